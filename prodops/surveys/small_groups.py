"""Groups too small to show, and those kept back with them so that no total gives them away."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from prodops.errors import InputError, did_you_mean

LEAST_GROUP = 5
"""The fewest answers of a group that is shown: below it, who said what could be told."""

Flags = npt.NDArray[np.bool_]
Array = npt.NDArray[np.float64]


def shown(
    frame: pd.DataFrame, *, keep: Sequence[str], n: str = "n", totals: Sequence[Sequence[str]] = ((),), least: int = LEAST_GROUP
) -> pd.DataFrame:
    """Keep back what is known of groups with fewer than ``least`` answers, and of as many more as it takes to hide them.

    One row of ``frame`` is one group; ``keep`` names the columns that say which, ``n`` the one that counts its answers. ``totals`` says
    which sums the reader can also see: ``()`` that of all rows, ``("wave",)`` that of each wave. In the result all columns but ``keep``
    are missing where a group is kept back, and ``kept_back`` says where. The smallest further groups are kept back until those of
    each total differ in size and together have ``least`` answers, so that a total less what is shown tells none of them.
    Where not one group can be shown, none is named. Raises InputError for a column that is not there.
    """
    for name in [n, *keep, *(c for columns in totals for c in columns)]:
        if name not in frame.columns:
            raise InputError(f'There is no column "{name}" among the groups.{did_you_mean(name, [str(c) for c in frame.columns])}')
    count = frame[n].astype(float).fillna(0).to_numpy()
    lines = [line for columns in totals for line in _lines(frame, columns)]
    hidden = _hidden(count, lines, least)
    result = frame.copy()
    values = [c for c in frame.columns if c not in keep]
    result[values] = result[values].mask(pd.Series(hidden, index=frame.index))
    result["kept_back"] = hidden
    return result.iloc[:0] if hidden.all() else result


def _lines(frame: pd.DataFrame, columns: Sequence[str]) -> list[Flags]:
    """Give, for each total that is shown, which rows it adds up."""
    if not columns:
        return [np.ones(len(frame), dtype=bool)]
    number = frame.groupby(list(columns), dropna=False, sort=False).ngroup().to_numpy()
    return [number == i for i in range(number.max() + 1)] if len(number) else []


def _hidden(count: Array, lines: list[Flags], least: int) -> Flags:
    """Choose the groups to keep back: the small ones, then the smallest beside them, all of one size together, until no line gives one away."""
    hidden = count < least
    while True:
        told = next((line for line in lines if (line & ~hidden).any() and _is_told(count, lines, line, hidden, least)), None)
        if told is None:
            return hidden
        beside = told & ~hidden
        hidden |= beside & (count == count[beside].min())  # all that are as small: which of them was taken would tell


def _is_told(count: Array, lines: list[Flags], line: Flags, hidden: Flags, least: int) -> bool:
    """Whether a line's total gives away a group in it, or a few people together."""
    back = count[line & hidden]
    if not len(back):
        return False
    return bool(back.sum() < least or len(np.unique(back)) < 2 or (_follows(lines, hidden) & line).any())


def _follows(lines: list[Flags], hidden: Flags) -> Flags:
    """Which hidden groups follow from the totals: those that no change of hidden counts can alter while all totals stay."""
    from scipy.linalg import null_space

    if not lines:
        return np.zeros(len(hidden), dtype=bool)
    places = np.flatnonzero(hidden)
    free = null_space(np.array([line[places] for line in lines], dtype=float))
    follows = np.zeros(len(hidden), dtype=bool)
    follows[places] = (np.abs(free) < 1e-9).all(axis=1)
    return follows
