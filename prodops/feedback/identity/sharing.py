"""Known themes that lie in one group: who claims texts of it, and how the group is shared out among them."""

from typing import TYPE_CHECKING

from prodops.feedback.identity.matching import Matched
from prodops.feedback.identity.voting import SAME, Vote, unit
from prodops.feedback.taxonomy import Taxonomy, children, path, resolve

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from prodops.feedback.found import Found, Matrix

    Integers = NDArray[np.intp]

ROUNDS = 3
LEAST = 3
"""Texts that a known theme must get to be kept apart in a group that is another's; one of a person's own needs one."""


def claims(found: "Found", matched: Matched, tree: Taxonomy, voted: Vote) -> dict[int, list[str]]:
    """Find the known themes that no group is, by the group in which most of their votes lie; one split off lies wherever its origin does."""
    claimed: dict[int, list[str]] = {}
    votes, held = voted.tally(found.group, len(matched.groups)), {*matched.themes, *matched.groups}
    for column, id in enumerate(voted.ids):
        if not held.isdisjoint((id, *children(tree, id))) or not votes.size:
            continue
        own, origin = votes[:, column], tree[id].get("out_of")
        home = [group for group, owner in enumerate(matched.groups) if origin and resolve(tree, origin) in path(tree, owner)]
        most = [int(own.argmax())] if own.max() * 2 >= max(own.sum(), 1) else []
        for group in home or most:
            if resolve(tree, id) != resolve(tree, matched.groups[group]):
                claimed.setdefault(group, []).append(id)
    return claimed


def keep_apart(
    found: "Found", group: int, rows: "Integers", names: list[str], voted: Vote, tree: Taxonomy, told: "NDArray[np.object_]"
) -> "tuple[list[str], Integers, Matrix]":
    """Share out a group's texts among its own theme, the first, and others; one that gets too few, or what is unlike it, gets none."""
    import numpy as np

    place = {name: i for i, name in enumerate(names)}
    chosen = np.array([*(place.get(id, -1) for id in voted.ids), -1])
    fixed = np.array([place.get(id, -1) for id in told[rows]])
    anchors = voted.anchors[[voted.ids.index(name) for name in names[1:]]]
    own, centres = _share_out(found.points[rows], chosen[voted.nearest[rows]], fixed, np.vstack([found.centres[group], anchors]))
    middle = found.points.mean(axis=0)
    near = [1.0, *(unit(centres[1:] - middle) * unit(anchors - middle)).sum(axis=1)]
    seeded = [bool(tree[name].get("seeds")) for name in names]
    sizes = np.bincount(own, minlength=len(names))
    least = [0, *(1 if by_hand else LEAST for by_hand in seeded[1:])]
    stay = [name for i, name in enumerate(names) if sizes[i] >= least[i] and (seeded[i] or near[i] >= SAME)]
    return (names, own, centres) if stay == names else keep_apart(found, group, rows, stay, voted, tree, told)


def _share_out(points: "Matrix", own: "Integers", fixed: "Integers", centres: "Matrix") -> "tuple[Integers, Matrix]":
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
