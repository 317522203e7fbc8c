"""Which group of texts is which theme that is known: pairs are chosen so that the sum is highest, each theme once (Kuhn 1955)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodops.feedback.identity.defining import Counts, make_ids
from prodops.feedback.identity.voting import Vote, above, alike, measure, unit
from prodops.feedback.taxonomy import Entry, Taxonomy, children, path

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from prodops.feedback.found import Found, Matrix

    Floats = NDArray[np.float64]
    Integers = NDArray[np.intp]

BELOW, ELSEWHERE = 0.9, 0.8
"""So much does a match count of a theme with a known sub-theme, and of a sub-theme known in another place of the tree."""
PAIR = 0.25
"""What a pair must measure."""


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


def match(found: "Found", known: Taxonomy, voted: Vote, counts: Counts) -> Matched:
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


def pair(measured: "Floats") -> list[int | None]:
    """Give each row its column so that the sum is highest, each column once; what measures less than 0.25 is no pair."""
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    matched: list[int | None] = [None] * len(measured)
    if measured.size:
        for row, column in zip(*linear_sum_assignment(np.where(measured >= PAIR, measured, 0), maximize=True), strict=True):
            if measured[row, column] >= PAIR:
                matched[int(row)] = int(column)
    return matched
