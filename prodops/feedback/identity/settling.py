"""Groups found anew become the themes that a team knows: ids that stay, and people's word above the machine's.

What is known is matched with what was found by its content. A known theme that now lies in one group with another is kept apart
from it, and one that comes out of a known one is new; both are noted in the history. What people said holds: names, the tree, merges
and archives, and the texts that they pinned.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from prodops.feedback.identity.defining import Counts
from prodops.feedback.identity.matching import Matched, match
from prodops.feedback.identity.pinning import pinned, rows_of
from prodops.feedback.identity.recording import record
from prodops.feedback.identity.settled import Settled, reach
from prodops.feedback.identity.sharing import claims, keep_apart
from prodops.feedback.identity.voting import Vote, alike, vote
from prodops.feedback.taxonomy import Taxonomy, is_archived, path, resolve, root

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from prodops.feedback.found import Found

    Floats = NDArray[np.float64]
    Integers = NDArray[np.intp]

PART = 0.25
"""Cosine, of words or vectors, from which a group that votes for a known theme is a part of it."""


def settle(found: "Found", known: Taxonomy) -> Settled:
    """Give what was found the ids of what is known, and make ids for what is new; ``known`` is a checked taxonomy.

    The same texts with the same taxonomy give the same. Each text lies in one entry at most. Settled once more with what came out of a
    first run, every text has the entry that it had; after a run in which known themes were kept apart, one in a hundred may move.
    """
    import numpy as np

    told = np.array(pinned(found.texts, known), dtype=object)
    voted, counts = vote(found, known, rows_of(told)), Counts(found)
    matched = match(found, known, voted, counts)
    origins = dict(_origins(found, matched, known, voted, counts))
    matched = _hide(matched, {id: origin for id, origin in origins.items() if is_archived(known, origin)})
    tree = matched.tree(known)
    events = [event for id, origin in origins.items() if id in matched.new for event in _split(id, origin)]
    entries = np.array([*(resolve(tree, id) for id in matched.groups), ""], dtype=object)[found.group]
    centres, of = [*found.centres], [resolve(tree, id) for id in matched.groups]
    for group, claimants in claims(found, matched, tree, voted).items():
        rows = np.flatnonzero(found.group == group)
        names, own, shared = keep_apart(found, group, rows, [matched.groups[group], *claimants], voted, tree, told)
        stand = [resolve(tree, name) for name in names]
        entries[rows] = np.array(stand, dtype=object)[own]
        centres = [*centres[:group], shared[0], *centres[group + 1 :], *shared[1:]]
        of += stand[1:]
        events += [(id, f"merge: found in one group with {stand[0]}") for id in names[1:] if not tree[id].get("out_of")]
    entries = np.where(told != "", told, entries)
    taxonomy = record(found, tree, known, entries, counts, events)
    kept = [(centre, id) for centre, id in zip(centres, of, strict=True) if id in taxonomy]
    middles = np.array([centre for centre, _ in kept])
    near = reach(found.points[(entries != "") & (told == "")], middles)
    return Settled(taxonomy, tuple(entries), found.copies, middles, tuple(id for _, id in kept), *near)


# ------------------------------------------------------------------------------------------------- one theme in two groups
def _origins(found: "Found", matched: Matched, known: Taxonomy, voted: Vote, counts: Counts) -> Iterator[tuple[str, str]]:
    """Find new themes, and new sub-themes of known ones, that came out of a known theme: most of their texts vote for it."""
    votes = voted.tally(found.group, len(matched.groups))
    if not votes.size:
        return
    tree, words = matched.tree(known), counts.words(found.group, len(matched.groups))
    near = alike(found.centres, words, voted, known, found.points.mean(axis=0))
    for id, up in matched.new.items():
        groups = [group for group, owner in enumerate(matched.groups) if id in path(tree, owner)]
        if up in matched.new or not groups:  # a new theme whose groups are all known elsewhere holds nothing
            continue
        most = int(votes[groups].sum(axis=0).argmax())
        origin = resolve(known, voted.ids[most]) if up else root(known, voted.ids[most])
        if near[groups, most].max() >= PART and votes[groups, most].sum() * 2 >= votes[groups].sum() and origin not in path(tree, id):
            yield id, origin


def _hide(matched: Matched, hidden: Mapping[str, str]) -> Matched:
    """Count what came out of an archived theme as that theme: it does not come back as new."""
    tree = matched.tree({})
    inside = {id: next((hidden[step] for step in _up(matched.new, id) if step in hidden), "") for id in tree}
    named = [[inside.get(id) or id for id in ids] for ids in (matched.themes, matched.groups)]
    return Matched(named[0], named[1], {id: up for id, up in matched.new.items() if not inside[id]})


def _up(new: Mapping[str, str], id: str) -> list[str]:
    return [id, new[id]] if new.get(id) else [id]


def _split(id: str, origin: str) -> list[tuple[str, str]]:
    return [(id, f"split: came out of {origin}"), (origin, f"split: {id} came out of it")]
