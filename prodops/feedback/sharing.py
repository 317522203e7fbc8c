"""What people pinned, found in texts; and a group shared out among themes that lie in it."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from prodops.feedback.matching import unit
from prodops.feedback.taxonomy import Entry, resolve
from prodops.feedback.words import content, root, surface

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from prodops.feedback.found import Matrix

    Integers = NDArray[np.intp]

ROUNDS = 3


def pinned(texts: Iterable[str], known: Mapping[str, Entry]) -> list[str]:
    """Give for each text the id of the theme that people pinned it to, "" for none; merges are followed.

    A pinned example goes before seed words, of these the longest found in the text, then the first by id. Words match in any form
    under which they count as one: "refund" finds "Refunds".
    """
    examples = {_said(text): resolve(known, id) for id in sorted(known) for text in known[id].get("seeds", {}).get("examples", [])}
    seeds = [(_rooted(word), resolve(known, id)) for id in sorted(known) for word in known[id].get("seeds", {}).get("words", [])]
    seeds.sort(key=lambda seed: -len(seed[0].split()))
    if not examples and not seeds:
        return ["" for _ in texts]
    return [
        examples.get(_said(text)) or next((id for seed, id in seeds if seed in rooted), "") for text in texts for rooted in [_rooted(text)]
    ]


def _said(text: str) -> str:
    """Give what makes two texts the same one: their words that can carry a theme."""
    return " ".join(content(text)) or text


def _rooted(text: str) -> str:
    """Write a text's words in the form under which they count, with blanks around each."""
    return f" {' '.join(root(word) for word in surface(text))} "


def share_out(points: "Matrix", own: "Integers", fixed: "Integers", centres: "Matrix") -> "tuple[Integers, Matrix]":
    """Share out points among claimants, by k-means that begins with what each is known to own (Basu, Banerjee & Mooney 2002).

    ``own`` holds each point's claimant at first (-1: none), ``fixed`` the one that a person said, which stays. ``centres`` are those of
    claimants that own nothing at first. Gives each point's claimant, and the centres.
    """
    import numpy as np

    for _ in range(ROUNDS):
        sums = np.stack([points[own == claimant].sum(axis=0) for claimant in range(len(centres))])
        centres = np.where(np.abs(sums).sum(axis=1, keepdims=True) > 0, unit(sums), centres)
        nearest = np.where(fixed >= 0, fixed, np.round(points @ centres.T, 5).argmax(axis=1))
        if (nearest == own).all():
            break
        own = nearest
    return own, centres


def rows_of(ids: "NDArray[np.object_]") -> "dict[str, Integers]":
    """Give the rows of each id, in order of ids; "" is none."""
    import numpy as np

    return {id: np.flatnonzero(ids == id) for id in sorted(set(ids) - {""})}
