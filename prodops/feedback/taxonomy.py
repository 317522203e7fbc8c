"""What a theme is, apart from today's texts: an id that stays, a name, the words that define it.

A taxonomy is a plain mapping, ready for JSON or YAML: ``{id: {"name": …, "status": …, "words": {word: weight}, "examples": […]}}``. Weights
have unit length. Themes found anew take the id and the name of the entry whose words are nearest (cosine), each entry
once, chosen so that the sum is highest (Kuhn 1955).
"""

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, TypedDict

from prodops.errors import WorkspaceError, shorten

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

SAME = 0.5
"""Cosine from which a theme found anew is the one in the taxonomy."""
_WORDS = 40


class Entry(TypedDict, total=False):
    """One theme of a taxonomy; ``status`` is ``new``, ``active`` or ``unseen`` (no text of this run belongs to it)."""

    name: str
    status: str
    words: dict[str, float]
    examples: list[str]


Taxonomy = dict[str, Entry]


def define(counts: "csr_matrix", vocabulary: Sequence[str]) -> list[dict[str, float]]:
    """Weigh each group's words: frequent in it, rare in the others (class-based tf-idf); unit length, heaviest first.

    ``counts`` has one row per group, one column per word.
    """
    import numpy as np

    table = counts.toarray().astype(float)
    share = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    weights = share * np.log1p(table.sum() / max(len(table), 1) / np.maximum(table.sum(axis=0), 1))
    defined = []
    for row in weights:
        top = np.lexsort((np.arange(len(row)), -row))[:_WORDS]
        length = float(np.linalg.norm(row[top])) or 1.0
        defined.append({vocabulary[i]: round(float(row[i]) / length, 4) for i in top if row[i] > 0})
    return defined


def make_id(words: Mapping[str, float]) -> str:
    """Make an id from the words: its two heaviest, and a hash of the ten heaviest."""
    heaviest = sorted(words, key=lambda word: (-words[word], word))
    slug = "-".join(filter(None, (re.sub(r"[^a-z0-9]+", "", word.lower()) for word in heaviest[:2]))) or "theme"
    return f"{slug[:32]}-{sha256(' '.join(sorted(heaviest[:10])).encode()).hexdigest()[:4]}"


def match(found: Sequence[Mapping[str, float]], known: Mapping[str, Entry]) -> list[str | None]:
    """Give each definition found anew the id of the known theme that it is, or none."""
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    ids = sorted(known)
    if not ids or not found:
        return [None] * len(found)
    near = np.array([[_cosine(words, known[id].get("words", {})) for id in ids] for words in found])
    rows, columns = linear_sum_assignment(np.where(near >= SAME, near, 0), maximize=True)
    matched: list[str | None] = [None] * len(found)
    for row, column in zip(rows, columns, strict=True):
        if near[row, column] >= SAME:
            matched[row] = ids[column]
    return matched


def _cosine(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    lengths = (sum(w * w for w in one.values()) * sum(w * w for w in other.values())) ** 0.5
    return sum(weight * other.get(word, 0.0) for word, weight in one.items()) / lengths if lengths else 0.0


def check(taxonomy: Mapping[str, Entry] | None) -> dict[str, Entry]:
    """Check a taxonomy given by a person; raises :class:`WorkspaceError` naming the theme and what is wrong."""
    if taxonomy is None:
        return {}
    if not isinstance(taxonomy, Mapping):
        raise WorkspaceError(
            f"The taxonomy is {type(taxonomy).__name__}; expected a mapping of theme ids to themes, as Themes.taxonomy gives it."
        )
    for id, entry in taxonomy.items():
        if not isinstance(entry, Mapping) or not isinstance(entry.get("name"), str) or not entry["name"].strip():
            raise WorkspaceError(f"Theme {shorten(id)} of the taxonomy needs a name.")
        words = entry.get("words", {})
        if not isinstance(words, Mapping) or not all(isinstance(w, int | float) and 0 <= w < float("inf") for w in words.values()):
            raise WorkspaceError(f"Theme {shorten(id)} of the taxonomy: words must map each word to its weight, a number of at least 0.")
    return {str(id): entry for id, entry in taxonomy.items()}
