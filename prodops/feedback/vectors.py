"""Texts into vectors, learnt from the texts themselves: no model to download, the same every time.

Two views are joined. Latent semantic analysis (tf-idf of words and word pairs, truncated SVD; Deerwester et al. 1990)
says which texts share words. Word vectors from the texts' own co-occurrence counts (positive pointwise mutual
information, smoothed and factorised; Levy, Goldberg & Dagan 2015), averaged with rare words weighing more (Arora et
al. 2017), say which texts share company though they share no word. Short feedback needs both.
"""

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol, Self

from prodops.feedback.languages import language, usual
from prodops.feedback.lexicon import BLAMED, PRAISED
from prodops.feedback.words import content

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    Matrix = NDArray[np.float32]

FEELING = {PRAISED: 0.5, BLAMED: 0.5}
"""How people feel weighs less than what they speak of; see :mod:`prodops.feedback.words`."""
LONGEST = 300
"""Content words of one text that are looked at."""


class Encoder(Protocol):
    """Anything that turns texts into vectors of unit length; a text it knows nothing of becomes zeros."""

    def fit(self, texts: Sequence[str]) -> Self: ...

    def encode(self, texts: Sequence[str]) -> "Matrix": ...


def grams(text: str, usual: str = "") -> list[str]:
    """Give a text's content words, the pairs that stand side by side among them, and its language where that is not the usual one.

    The language's own entry keeps texts of a rare language together that share few words; it counts as often as half of the text.
    """
    words = content(text)[:LONGEST]
    spoken = language(text) if usual else ""
    return words + [f"{a} {b}" for a, b in pairwise(words)] + [f"<{spoken}>"] * (len(words) // 2 + 1 if spoken not in ("", usual) else 0)


class CorpusEncoder:
    """The two views above, of ``dimensions`` numbers each."""

    def __init__(self, dimensions: int = 64, seed: int = 0) -> None:
        self.dimensions, self.seed = dimensions, seed

    def fit(self, texts: Sequence[str]) -> Self:
        """Learn vocabulary, weights and factors; texts without a single content word are fine."""
        from scipy.sparse import diags
        from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

        self._usual = usual(texts)
        least = 1 if len(texts) < 50 else 2 if len(texts) < 2000 else 3
        self._counter = CountVectorizer(analyzer=partial(grams, usual=self._usual), min_df=least, max_features=30_000)
        try:
            counts = self._counter.fit_transform(texts).astype("float32")
        except ValueError:  # not one word in common
            self._counter = None
            return self
        self._tfidf = TfidfTransformer(sublinear_tf=True)
        self._tfidf.fit(counts)
        self._weight = diags(
            [min(FEELING.get(word, 1.0) for word in gram.split(" ")) for gram in self._counter.get_feature_names_out()], dtype="float32"
        )
        self._texts_svd = _factors(self._tfidf.transform(counts) @ self._weight, self.dimensions, self.seed)
        self._fit_words(counts)
        return self

    def _fit_words(self, counts: "csr_matrix", most: int = 5000) -> None:
        import numpy as np

        present = counts.sign()
        rows_with = np.asarray(present.sum(axis=0)).ravel()
        single = np.array([" " not in gram for gram in self._counter.get_feature_names_out()])
        order = np.argsort(-np.where(single, rows_with, -1), kind="stable")
        self._words = np.sort(order[: min(most, int(single.sum()))])
        present, rows_with = present[:, self._words], rows_with[self._words]
        factors = _factors(_ppmi(present, rows_with), self.dimensions, self.seed)
        vectors = factors.of_rows
        share = rows_with / counts.shape[0]
        rare = 0.1 / (0.1 + share) * self._weight.diagonal()[self._words]
        self._word_vectors = (vectors * rare[:, None]).astype("float32")
        self._common = np.zeros(vectors.shape[1], "float32")
        self._common = self._mean_words(present).mean(axis=0)

    def _mean_words(self, present: "csr_matrix") -> "Matrix":
        from sklearn.preprocessing import normalize

        return normalize(present) @ self._word_vectors - self._common

    def encode(self, texts: Sequence[str]) -> "Matrix":
        """Give one row per text: unit length, or zeros where no word is known."""
        import numpy as np
        from sklearn.preprocessing import normalize

        if self._counter is None or not len(texts):
            return np.zeros((len(texts), 1), "float32")
        counts = self._counter.transform(texts).astype("float32")
        by_text = self._texts_svd.transform(self._tfidf.transform(counts) @ self._weight)
        by_word = self._mean_words(counts[:, self._words].sign())
        joined = normalize(np.hstack([normalize(by_text), normalize(by_word)]))
        joined[np.diff(counts.indptr) == 0] = 0
        return joined.astype("float32")


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


class _factors:
    """Truncated SVD that also takes tables narrower than the dimensions asked for."""

    def __init__(self, table: "csr_matrix", dimensions: int, seed: int) -> None:
        import numpy as np
        from sklearn.decomposition import TruncatedSVD
        from sklearn.preprocessing import normalize

        self._svd = None
        if min(table.shape) > dimensions + 1:
            self._svd = TruncatedSVD(dimensions, n_iter=4, random_state=seed)
            rows = self._svd.fit_transform(table) / np.sqrt(np.maximum(self._svd.singular_values_, 1e-9))
        else:
            rows = table.toarray()
        self.of_rows = normalize(rows)

    def transform(self, table: "csr_matrix") -> "NDArray[np.float32]":
        return table.toarray() if self._svd is None else self._svd.transform(table)
