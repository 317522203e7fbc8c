"""How much a group of texts is a theme that is known: decided by where texts would go if they chose among the known ones.

Of a known theme there are some words, examples and seeds; encoded, they are its anchor. Every text found votes for the nearest
anchor. A group is much of a theme whose votes it is made of, where that theme has few votes elsewhere and is like it in words or
vectors. As votes compare known themes with each other, the scale of an encoder's cosines matters little.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodops.feedback.identity.defining import likeness
from prodops.feedback.taxonomy import Entry, path

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from prodops.feedback.found import Found, Matrix

    Floats = NDArray[np.float64]
    Integers = NDArray[np.intp]

SAME = 0.5
"""Cosine of words, or of anchor and centre, from which a group may be a known theme."""
LIKENESS = 0.4
"""The part of likeness in what is measured of a pair; votes are the rest."""
VOTERS = 20_000


@dataclass(frozen=True)
class Vote:
    """Who chose what: the ids that have an anchor, the anchors (a unit row each), and the anchor nearest to each text (-1: did not vote)."""

    ids: tuple[str, ...]
    anchors: "Matrix"
    nearest: "Integers"

    def tally(self, group: "Integers", groups: int) -> "Floats":
        """Count votes: one row for each group, one column for each id."""
        import numpy as np

        cast, many = (group >= 0) & (self.nearest >= 0), len(self.ids)
        return np.bincount(group[cast] * many + self.nearest[cast], minlength=groups * many).reshape(groups, many).astype(float)


def vote(found: "Found", known: Mapping[str, Entry], pinned: Mapping[str, "Integers"]) -> Vote:
    """Build the anchors, and let the texts (evenly spaced ones where there are very many) choose among them.

    ``pinned`` gives the rows of the texts that people pinned to an entry: they are part of its anchor.
    """
    import numpy as np

    ids = [id for id in sorted(known) if _content(known[id])]
    nearest = np.full(len(found.texts), -1)
    if not ids or not len(found.texts):
        return Vote((), np.zeros((0, found.points.shape[1]), "float32"), nearest)
    anchors = np.stack([_anchor(found, known[id], pinned.get(id)) for id in ids])
    voters = np.linspace(0, len(nearest) - 1, min(len(nearest), VOTERS)).astype(int)
    near = np.round(found.points[voters] @ anchors.T, 5)
    nearest[voters] = np.where(near.max(axis=1) > 0, near.argmax(axis=1), -1)
    return Vote(tuple(ids), anchors, nearest)


def _content(entry: Entry) -> list[str]:
    """Give the texts that stand for an entry: its examples, its words as one text, and what people pinned."""
    seeds = entry.get("seeds", {})
    told = [" ".join(entry.get("words", {})), " ".join(seeds.get("words", []))]
    return [text for text in (*entry.get("examples", []), *seeds.get("examples", []), *told) if text]


def _anchor(found: "Found", entry: Entry, pinned: "Integers | None") -> "Matrix":
    import numpy as np

    told = unit(found.encode(_content(entry)).sum(axis=0))
    return told if pinned is None else unit(told + unit(np.sum(found.points[pinned], axis=0)))


def unit(rows: "Matrix") -> "Matrix":
    """Bring rows to unit length; zeros stay."""
    import numpy as np

    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return (rows / np.where(lengths > 0, lengths, 1)).astype("float32")


def above(ids: Sequence[str], known: Mapping[str, Entry], columns: Sequence[str]) -> "Floats":
    """Say which votes count for which entry: one row for each of ``ids``, 1 in its own column and in those on its path from the top."""
    import numpy as np

    place = {id: i for i, id in enumerate(columns)}
    counts = np.zeros((len(ids), len(columns)))
    for row, id in enumerate(ids):
        counts[row, [place[step] for step in (id, *path(known, id))]] = 1
    return counts


def alike(centres: "Matrix", words: Sequence[Mapping[str, float]], voted: Vote, known: Mapping[str, Entry], middle: "Matrix") -> "Floats":
    """Compare groups and anchors by their words and by their vectors, whichever is closer: one row for each group.

    Vectors are seen from ``middle``, the mean of all texts, so that those of an encoder that all point one way are told apart too.
    """
    import numpy as np

    vectors = (unit(centres - middle) @ unit(voted.anchors - middle).T).astype("float64")
    said = [[likeness(one, known[id].get("words", {})) for id in voted.ids] for one in words]
    nearer: Floats = np.maximum(vectors, np.array(said, dtype="float64").reshape(vectors.shape))
    return nearer


def measure(votes: "Floats", likenesses: "Floats", counts_for: "Floats") -> "Floats":
    """Measure how much each group is each entry: the F measure of texts and votes (0.6) with the likeness of what counts for the entry (0.4).

    0 where nothing that counts for the entry is like the group.
    """
    import numpy as np

    for_entry = votes @ counts_for
    nearest = np.stack([likenesses[:, column > 0].max(axis=1, initial=0) for column in counts_for.T], axis=1)
    both = votes.sum(axis=1)[:, None] + for_entry.sum(axis=0)[None, :]
    joined = (1 - LIKENESS) * 2 * for_entry / np.maximum(both, 1) + LIKENESS * nearest
    measured: Floats = np.where(nearest >= SAME, joined, 0).round(9)
    return measured
