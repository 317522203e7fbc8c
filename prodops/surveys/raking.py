"""Raking: weights with which answers add up to known margins, such as the customers by plan and by region.

Written out rather than taken from a library: of those that rake, balance holds numpy below 2, samplics and weightipy bring much along, and ipfn
is not kept up; the algorithm is one line, repeated (Deming and Stephan 1940).
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from numbers import Real

import numpy as np
import numpy.typing as npt
import pandas as pd

from prodops.errors import InputError, did_you_mean, shorten
from prodops.surveys.estimates import Array, kish, weighed

LARGEST = 5.0
"""No weight is more than this many times the mean (the usual cap of survey raking, DeBell and Krosnick 2009)."""
ROUNDS, CLOSE = 200, 1e-6
"""Rounds over all margins at most, and how near each share must come."""


@dataclass(frozen=True)
class Weights:
    """Weights with mean 1 over the respondents that count, in the order of the frame, and what they cost.

    ``design_effect`` is how many times more answers the same certainty takes (Kish 1965). ``converged`` says whether every margin is met;
    ``farthest`` by how much the worst is missed, as a share. ``trimmed`` counts the weights held at the cap. ``unreached`` gives, by
    column, the known groups that nobody answered from, with their share: no weight can make them heard.
    """

    weights: pd.Series
    design_effect: float
    effective_n: float
    converged: bool
    farthest: float
    rounds: int
    trimmed: int
    unreached: dict[str, dict[Hashable, float]] = field(default_factory=dict)


Margin = tuple[npt.NDArray[np.intp], Array]
"""Each row's group by number, and each group's share."""


def rake(
    frame: pd.DataFrame, margins: Mapping[str, Mapping[Hashable, float]], base: Iterable[float] | None = None, *, largest: float = LARGEST
) -> Weights:
    """Weigh respondents so that their shares by each column of ``margins`` are the known ones (iterative proportional fitting).

    ``margins`` gives, by column of ``frame``, each value's share or head count: ``{"plan": {"free": 7_000, "pro": 3_000}}``. ``base`` are
    weights to start from. A respondent whose value is missing keeps the sample's share of missing ones in that column. A group with
    a share of 0 counts nothing. Weights over ``largest`` times the mean are cut to it and the rest raked again. Raises InputError for
    an unknown column, a value that the margin does not name, and shares that are negative or none.
    """
    start = weighed(base, len(frame))
    if not start.sum():
        return Weights(pd.Series(start, index=frame.index), np.nan, 0.0, False, np.nan, 0, 0)
    if largest <= 1:
        raise InputError(f"No weights have a mean of 1 and none over {largest:g}; the cap must be over 1 (5 is usual).")
    unreached: dict[str, dict[Hashable, float]] = {}
    known = [_margin(frame, column, shares, start, unreached) for column, shares in margins.items()]
    weight, rounds = _fit(start / start[start > 0].mean(), known, largest)
    farthest = max((_gap(weight, *margin) for margin in known), default=0.0)
    size, counts = kish(weight), int((weight > 0).sum())
    trimmed = int((weight >= largest * (1 - 1e-9)).sum())
    return Weights(pd.Series(weight, index=frame.index), counts / size, size, farthest <= CLOSE * 10, farthest, rounds, trimmed, unreached)


def _margin(
    frame: pd.DataFrame, column: str, shares: Mapping[Hashable, float], start: Array, unreached: dict[str, dict[Hashable, float]]
) -> Margin:
    """Number a column's groups and give each its share: known ones share what missing ones leave, those that nobody is in drop out."""
    _check(frame, column, shares)
    there = frame[column].notna().to_numpy()
    total = sum(shares.values())
    heard = set(frame.loc[there & (start > 0), column])
    missed = {value: share / total for value, share in shares.items() if share and value not in heard}
    if missed:
        unreached[column] = missed
    groups = [value for value, share in shares.items() if value in heard]
    goal = np.array([shares[value] for value in groups], dtype=float)
    if there.any() and not goal.sum():
        raise InputError(f'Nobody who answered is in a group of "{column}" that has a share; raking needs one who is.')
    gone = float(start[~there].sum() / start.sum())
    place = pd.Index(groups, dtype=object).get_indexer(frame[column].astype(object))
    number = np.where(place >= 0, place, len(groups))
    return number, np.append(goal / (goal.sum() or 1) * (1 - gone), gone)


def _check(frame: pd.DataFrame, column: str, shares: Mapping[Hashable, float]) -> None:
    if column not in frame.columns:
        raise InputError(f'There is no column "{column}" to rake by.{did_you_mean(column, [str(c) for c in frame.columns])}')
    for value, share in shares.items():
        if not (isinstance(share, Real) and 0 <= share < float("inf")):
            raise InputError(
                f'The margin of {shorten(value)} in "{column}" is {shorten(share)}; expected a share or a head count, 0 or more.'
            )
    if not sum(shares.values()):
        raise InputError(f'The margins of "{column}" add up to 0; give each value its share or head count.')
    strange = sorted({str(v) for v in frame[column].dropna().unique() if v not in shares})
    if strange:
        near = did_you_mean(strange[0], [str(v) for v in shares])
        raise InputError(f'{shorten(strange[0])} is in "{column}" but has no margin.{near} Name its share, or make it missing.')


def _fit(weight: Array, margins: list[Margin], largest: float) -> tuple[Array, int]:
    """Scale the weights to each margin in turn and cut the largest, until nothing moves; say after how many rounds."""
    for rounds in range(1, ROUNDS + 1):
        before = weight
        for group, goal in margins:
            now = np.bincount(group, weight, len(goal))
            weight = weight * np.divide(goal * weight.sum(), now, out=np.zeros_like(now), where=now > 0)[group]
        weight = _cut(weight, largest)
        if np.abs(weight - before).max() <= CLOSE:
            return weight, rounds
    return weight, ROUNDS


def _cut(weight: Array, largest: float) -> Array:
    """Bring the weights to mean 1 and none over the cap: what is cut off goes to the others, which may bring them to the cap in turn."""
    for _ in range(ROUNDS):
        weight = weight / weight[weight > 0].mean()
        if weight.max() <= largest * (1 + 1e-9):
            break
        weight = np.minimum(weight, largest)
    return weight


def _gap(weight: Array, group: "npt.NDArray[np.intp]", goal: Array) -> float:
    return float(np.abs(np.bincount(group, weight, len(goal)) / weight.sum() - goal).max())
