"""A text as a point: what its words mean in general, and what company they keep in these texts.

Two views are joined. The first is an encoder's (:mod:`prodops.feedback.encoders`), seen from the mean of all texts, as the
direction that all share says nothing (Mu & Viswanath 2018). The second is learnt from the texts: word vectors from co-occurrence counts
(positive pointwise mutual information, smoothed and factorised; Levy, Goldberg & Dagan 2015), averaged with rare words weighing more
(Arora, Liang & Ma 2017). It knows the words of the trade and of the product that no general encoder knows.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from prodops.feedback.encoders import Encoder, StaticEncoder, encode, learn, unit
from prodops.feedback.lexicon import BLAMED, PRAISED
from prodops.feedback.words import content

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from prodops.feedback.encoders import Matrix

FEELING = {PRAISED: 0.5, BLAMED: 0.5}
"""How people feel weighs less than what they speak of; see :mod:`prodops.feedback.words`."""
COMPANY = 0.4
"""Weight of the view learnt from the texts, beside 1 for the encoder's."""
LONGEST, FEW = 300, 1
"""Content words of one text that are looked at; texts as many as which the mean of all texts is half trusted."""


class Points:
    """Both views of texts, joined to unit length; ``encoder`` is the general one (the shipped static vectors where none is given)."""

    def __init__(self, encoder: Encoder | None = None) -> None:
        self.encoder = encoder or StaticEncoder()

    def fit(self, texts: Sequence[str]) -> "Matrix":
        """Learn from the texts, and give their points."""
        learn(self.encoder, texts)
        general = encode(self.encoder, texts)
        self._middle = general.sum(axis=0) / (len(texts) + FEW)
        self._company = Company()
        return self._join(general, self._company.fit_encode(texts))

    def encode(self, texts: Sequence[str]) -> "Matrix":
        """Give one row per text: unit length, or zeros where neither view knows a word."""
        return self._join(encode(self.encoder, texts), self._company.encode(texts))

    def _join(self, general: "Matrix", company: "Matrix") -> "Matrix":
        import numpy as np

        centred = unit(general - self._middle * (np.abs(general).sum(axis=1, keepdims=True) > 0))
        return unit(np.hstack([centred, COMPANY * company]))


class Company:
    """Word vectors of ``dimensions`` numbers from the texts' own co-occurrence counts, averaged over a text."""

    def __init__(self, dimensions: int = 32, seed: int = 0) -> None:
        self.dimensions, self.seed = dimensions, seed

    def fit_encode(self, texts: Sequence[str], most: int = 5000) -> "Matrix":
        """Learn the vectors of the commonest words, and give a row per text, as :meth:`encode` does; texts without a content word are fine."""
        import numpy as np
        from sklearn.feature_extraction.text import CountVectorizer

        least = 1 if len(texts) < 50 else 2 if len(texts) < 2000 else 3
        self._counter = CountVectorizer(analyzer=_words, min_df=least, max_features=most, binary=True, dtype="float32")
        try:
            present = self._counter.fit_transform(texts)
        except ValueError:  # not one word in common
            self._counter = None
            return np.zeros((len(texts), 1), "float32")
        present.sort_indices()  # sums in the order of encode()
        rows_with = np.asarray(present.sum(axis=0)).ravel()
        names = self._counter.get_feature_names_out()
        rare = 0.1 / (0.1 + rows_with / len(texts)) * [FEELING.get(name, 1.0) for name in names]
        self._vectors = (_factors(_ppmi(present, rows_with), self.dimensions, self.seed) * rare[:, None]).astype("float32")
        self._common = np.zeros(self._vectors.shape[1], "float32")
        self._common = self._mean(present).sum(axis=0) / (len(texts) + FEW)
        return self._rows(present)

    def _mean(self, present: "csr_matrix") -> "Matrix":
        from sklearn.preprocessing import normalize

        return normalize(present) @ self._vectors - self._common

    def encode(self, texts: Sequence[str]) -> "Matrix":
        """Give one row per text: unit length, or zeros where no word is known."""
        import numpy as np

        if self._counter is None or not len(texts):
            return np.zeros((len(texts), 1), "float32")
        return self._rows(self._counter.transform(texts))

    def _rows(self, present: "csr_matrix") -> "Matrix":
        import numpy as np

        rows = unit(self._mean(present))
        rows[np.diff(present.indptr) == 0] = 0
        return rows


def _words(text: str) -> list[str]:
    return content(text)[:LONGEST]


def _ppmi(present: "csr_matrix", rows_with: "NDArray[np.float32]") -> "csr_matrix":
    """Positive pointwise mutual information of words within a text, contexts smoothed by the power 0.75."""
    import numpy as np
    from scipy.sparse import csr_matrix

    pairs = (present.T @ present).tocoo()
    context = rows_with**0.75
    expected = rows_with[pairs.row] * context[pairs.col] / context.sum() / rows_with.sum()
    gain = np.log(pairs.data / pairs.data.sum() / expected)
    keep = (gain > 0) & (pairs.row != pairs.col)
    return csr_matrix((gain[keep].astype("float32"), (pairs.row[keep], pairs.col[keep])), shape=pairs.shape)


def _factors(table: "csr_matrix", dimensions: int, seed: int) -> "NDArray[np.float32]":
    """Give rows of unit length from a truncated SVD, directions weighing the root of their singular value less; small tables as they are."""
    import numpy as np
    from sklearn.decomposition import TruncatedSVD

    if min(table.shape) <= dimensions + 1:
        return unit(table.toarray())
    svd = TruncatedSVD(dimensions, n_iter=4, random_state=seed)
    return unit(svd.fit_transform(table) / np.sqrt(np.maximum(svd.singular_values_, 1e-9)))
