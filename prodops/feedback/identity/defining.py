"""What sets a group of texts apart, in words: its definition, the texts that show it, and an id made from its words."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from prodops.feedback.taxonomy.reshaping import make_id, numbered
from prodops.feedback.words import content, surface

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from prodops.feedback.found import Found

    Integers = NDArray[np.intp]

WORDS, EXAMPLES = 12, 3
READ = 500
"""Texts of one group that are read for its words: those nearest its centre."""
_VOCABULARY = 20_000


class Counts:
    """How often each word stands in the texts that are read; texts are read once, and summed by any grouping."""

    def __init__(self, found: "Found") -> None:
        from sklearn.feature_extraction.text import CountVectorizer

        self.rows = _read(found)
        if not len(self.rows):
            return
        counter = CountVectorizer(analyzer=content, max_features=_VOCABULARY)
        self.table = counter.fit_transform([found.texts[i] for i in self.rows])
        self.vocabulary = [str(word) for word in counter.get_feature_names_out()]

    def words(self, group: "Integers", groups: int) -> list[dict[str, float]]:
        """Define each of the groups 0, 1, … from its texts; ``group`` has one place for every text found (-1: none)."""
        import numpy as np
        from scipy.sparse import csr_matrix

        if not groups or not len(self.rows):
            return [{} for _ in range(groups)]
        of = group[self.rows]
        inside = np.flatnonzero(of >= 0)
        belongs = csr_matrix((np.ones(len(inside)), (of[inside], inside)), shape=(groups, len(self.rows)))
        return define(belongs @ self.table, self.vocabulary)


def _read(found: "Found") -> "Integers":
    """Choose the texts of each group that are read, in order of texts."""
    import numpy as np

    order = np.lexsort((-found.fit, found.group))
    order = order[found.group[order] >= 0]
    starts = np.searchsorted(found.group[order], found.group[order])  # the place where each one's own group begins
    return np.sort(order[np.arange(len(order)) - starts < READ])


def define(counts: "csr_matrix", vocabulary: Sequence[str]) -> list[dict[str, float]]:
    """Weigh each group's words: frequent in it, rare in the others (class-based tf-idf); unit length, heaviest first.

    ``counts`` has one row per group, one column per word. At most 12 words are kept of each group, with two decimals: they are kept
    in a file that people read.
    """
    import numpy as np

    table = counts.toarray().astype(float)
    share = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    weights = np.round(share * np.log1p(table.sum() / max(len(table), 1) / np.maximum(table.sum(axis=0), 1)), 9)
    defined = []
    for row in weights:
        top = np.lexsort((np.arange(len(row)), -row))[:WORDS]
        length = float(np.linalg.norm(row[top])) or 1.0
        defined.append({vocabulary[i]: weight for i in top if (weight := round(float(row[i]) / length, 2)) > 0})
    return defined


def make_ids(words_of: Sequence[Mapping[str, float]], taken: Iterable[str]) -> list[str]:
    """Make an id for each group from the heaviest of its words that no group before it has: ``sync-1a2b``.

    The heaviest word of a group is what changes least as texts come and go; two words or ten are kept far less often.
    """
    used, ids = set(taken), list[str]()
    for words in words_of:
        made = [make_id(word) for word in words or ["theme"]]
        ids.append(next((id for id in made if id not in used), numbered(made[0], used)))
        used.add(ids[-1])
    return ids


def likeness(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Compare two definitions by the cosine of their words (0 to 1)."""
    lengths = (sum(w * w for w in one.values()) * sum(w * w for w in other.values())) ** 0.5
    return sum(weight * other.get(word, 0.0) for word, weight in one.items()) / lengths if lengths else 0.0


def examples(central: Sequence[str]) -> list[str]:
    """Take texts of readable length from those nearest a group's centre, which come first."""
    readable = [text for text in central[:200] if 5 <= len(surface(text)) <= 50] or [text[:280] for text in central]
    return list(readable[:EXAMPLES])
