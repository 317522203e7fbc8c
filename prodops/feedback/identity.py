"""Groups found anew become the themes that a team knows: ids that stay, and people's word above the machine's.

What is known is matched with what was found by its content (:mod:`prodops.feedback.matching`). A known theme that now lies in one group
with another is kept apart from it, and one that comes out of a known one is new; both are noted in the history. What people
said holds: names, the tree, merges and archives, and the texts that they pinned.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodops.feedback.defining import Counts, make_ids
from prodops.feedback.matching import SAME, Vote, above, alike, measure, pair, unit, vote
from prodops.feedback.recording import record
from prodops.feedback.settled import Settled, reach
from prodops.feedback.sharing import pinned, rows_of, share_out
from prodops.feedback.taxonomy import Entry, Taxonomy, children, is_archived, path, resolve, root

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from prodops.feedback.found import Found, Matrix

    Floats = NDArray[np.float64]
    Integers = NDArray[np.intp]

BELOW, ELSEWHERE = 0.9, 0.8
"""So much does a match count of a theme with a known sub-theme, and of a sub-theme known in another place of the tree."""
PART = 0.25
"""Cosine, of words or vectors, from which a group that votes for a known theme is a part of it."""
LEAST = 3
"""Texts that a known theme must get to be kept apart in a group that is another's; one of a person's own needs one."""


@dataclass(frozen=True)
class Matched:
    """The id of each theme and of each group found (a theme of one group shares its id with it), and the new ids with their parents.

    Ids of known themes that were merged into others are not yet followed.
    """

    themes: list[str]
    groups: list[str]
    new: dict[str, str]

    def tree(self, known: Taxonomy) -> Taxonomy:
        """Give the known entries with the new ones in their places."""
        return known | {id: Entry(name=id, status="new", **({"parent": up} if up else {})) for id, up in self.new.items()}


def settle(found: "Found", known: Taxonomy) -> Settled:
    """Give what was found the ids of what is known, and make ids for what is new; ``known`` is a checked taxonomy.

    The same texts with the same taxonomy give the same. Each text lies in one entry at most. Settled once more with what came out of a
    first run, every text has the entry that it had; after a run in which known themes were kept apart, one in a hundred may move.
    """
    import numpy as np

    told = np.array(pinned(found.texts, known), dtype=object)
    voted, counts = vote(found, known, rows_of(told)), Counts(found)
    matched = _match(found, known, voted, counts)
    origins = dict(_origins(found, matched, known, voted, counts))
    matched = _hide(matched, {id: origin for id, origin in origins.items() if is_archived(known, origin)})
    tree = matched.tree(known)
    events = [event for id, origin in origins.items() if id in matched.new for event in _split(id, origin)]
    entries = np.array([*(resolve(tree, id) for id in matched.groups), ""], dtype=object)[found.group]
    centres, of = [*found.centres], [resolve(tree, id) for id in matched.groups]
    for group, claimants in _claims(found, matched, tree, voted).items():
        rows = np.flatnonzero(found.group == group)
        names, own, shared = _keep_apart(found, group, rows, [matched.groups[group], *claimants], voted, tree, told)
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


# ------------------------------------------------------------------------------------------------------------- matching
def _match(found: "Found", known: Taxonomy, voted: Vote, counts: Counts) -> Matched:
    """Match themes with what is known, then groups with what is left; make ids for the rest, the largest first."""
    themes, new = _match_themes(found, known, voted, counts)
    groups = [themes[theme] for theme in found.theme]
    words = counts.words(found.group, len(groups))
    inside = [group for group, theme in enumerate(found.theme) if (found.theme == theme).sum() > 1]
    columns = sorted(known)
    measured = _compare(found, found.group, found.centres, words, known, voted)
    for column, id in enumerate(columns):
        measured[:, column] *= _weights(id, groups, known, {*themes})
    ids = _named(pair(measured[inside]), columns, [words[group] for group in inside], [*known, *themes])
    new |= {id: groups[group] for group, id in zip(inside, ids, strict=True) if id not in known}
    for group, id in zip(inside, ids, strict=True):
        groups[group] = id
    return Matched(themes, groups, new)


def _weights(id: str, themes: Sequence[str], known: Taxonomy, taken: set[str]) -> list[float]:
    """Say how much a match of an entry counts with groups that lie in these themes; a theme without sub-themes may stay a group in it."""
    steps = path(known, id)
    if id in taken:
        return [float(theme == id and not children(known, id)) for theme in themes]
    return [1 if theme in steps else ELSEWHERE for theme in themes]


def _match_themes(found: "Found", known: Taxonomy, voted: Vote, counts: Counts) -> tuple[list[str], dict[str, str]]:
    import numpy as np

    group = np.append(found.theme, -1)[found.group]
    many = int(found.theme.max(initial=-1)) + 1
    sizes = np.bincount(found.group[found.group >= 0], minlength=len(found.theme))
    centres = np.zeros((many, found.points.shape[1]), "float32")
    np.add.at(centres, found.theme, found.centres * sizes[:, None])
    words, columns = counts.words(group, many), sorted(known)
    measured = _compare(found, group, unit(centres), words, known, voted)
    measured *= [BELOW if known[id].get("parent") else 1 for id in columns]
    ids = _named(pair(measured), columns, words, known)
    return ids, {id: "" for id in ids if id not in known}


def _compare(
    found: "Found", group: "Integers", centres: "Matrix", words: Sequence[Mapping[str, float]], known: Taxonomy, voted: Vote
) -> "Floats":
    """Measure how much each group is each entry: one row for each group, one column for each entry, by id."""
    import numpy as np

    if not voted.ids or not len(centres):
        return np.zeros((len(centres), len(sorted(known))))
    near = alike(centres, words, voted, known, found.points.mean(axis=0))
    return measure(voted.tally(group, len(centres)), near, above(voted.ids, known, sorted(known)))


def _named(pairs: Sequence[int | None], columns: Sequence[str], words: Sequence[Mapping[str, float]], taken: Iterable[str]) -> list[str]:
    """Give the id of each pair's column, and new ids, made from their words, to groups without one."""
    fresh = iter(make_ids([said for said, column in zip(words, pairs, strict=True) if column is None], taken))
    return [next(fresh) if column is None else columns[column] for column in pairs]


# ------------------------------------------------------------------------------------------------- one theme in two groups
def _origins(found: "Found", matched: Matched, known: Taxonomy, voted: Vote, counts: Counts) -> Iterator[tuple[str, str]]:
    """Find new themes, and new sub-themes of known ones, that came out of a known theme: most of their texts vote for it."""
    votes = voted.tally(found.group, len(matched.groups))
    if not votes.size:
        return
    tree, words = matched.tree(known), counts.words(found.group, len(matched.groups))
    near = alike(found.centres, words, voted, known, found.points.mean(axis=0))
    for id, up in matched.new.items():
        if up in matched.new:
            continue
        groups = [group for group, owner in enumerate(matched.groups) if id in path(tree, owner)]
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


# --------------------------------------------------------------------------------------------- known themes in one group
def _claims(found: "Found", matched: Matched, tree: Taxonomy, voted: Vote) -> dict[int, list[str]]:
    """Find the known themes that no group is, by the group in which most of their votes lie; one split off lies wherever its origin does."""
    claims: dict[int, list[str]] = {}
    votes, held = voted.tally(found.group, len(matched.groups)), {*matched.themes, *matched.groups}
    for column, id in enumerate(voted.ids):
        if not held.isdisjoint((id, *children(tree, id))) or not votes.size:
            continue
        own, origin = votes[:, column], tree[id].get("out_of")
        home = [group for group, owner in enumerate(matched.groups) if origin and resolve(tree, origin) in path(tree, owner)]
        most = [int(own.argmax())] if own.max() * 2 >= max(own.sum(), 1) else []
        for group in home or most:
            if resolve(tree, id) != resolve(tree, matched.groups[group]):
                claims.setdefault(group, []).append(id)
    return claims


def _keep_apart(
    found: "Found", group: int, rows: "Integers", names: list[str], voted: Vote, tree: Taxonomy, told: "NDArray[np.object_]"
) -> "tuple[list[str], Integers, Matrix]":
    """Share out a group's texts among its own theme, the first, and others; one that gets too few, or what is unlike it, gets none."""
    import numpy as np

    place = {name: i for i, name in enumerate(names)}
    chosen = np.array([*(place.get(id, -1) for id in voted.ids), -1])
    fixed = np.array([place.get(id, -1) for id in told[rows]])
    anchors = voted.anchors[[voted.ids.index(name) for name in names[1:]]]
    own, centres = share_out(found.points[rows], chosen[voted.nearest[rows]], fixed, np.vstack([found.centres[group], anchors]))
    middle = found.points.mean(axis=0)
    near = [1.0, *(unit(centres[1:] - middle) * unit(anchors - middle)).sum(axis=1)]
    seeded = [bool(tree[name].get("seeds")) for name in names]
    sizes = np.bincount(own, minlength=len(names))
    least = [0, *(1 if by_hand else LEAST for by_hand in seeded[1:])]
    stay = [name for i, name in enumerate(names) if sizes[i] >= least[i] and (seeded[i] or near[i] >= SAME)]
    return (names, own, centres) if stay == names else _keep_apart(found, group, rows, stay, voted, tree, told)
