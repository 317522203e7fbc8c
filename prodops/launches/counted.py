"""Difference in differences of counts over counts: a share's change where the launch reached, beyond its change where it did not.

Pooled shares on each side. How far chance moves a period by counting is known; how much more the periods vary, and for how long that
goes on from one period to the next, is averaged over a grid by how likely it makes what was counted (restricted likelihood).
"""

import math
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from prodops.launches.structural import LASTS, Told

if TYPE_CHECKING:
    import pandas as pd

Array = npt.NDArray[np.float64]
FEWEST = 3
"""Periods that each side needs."""
LEVEL = 0.05
BEYOND = (0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
"""The variance beyond counting, in that of counting."""
COMMON = np.array([0.5, *[0.5 / len(LASTS)] * len(LASTS)])[:, None]
"""How common variance is held to be that starts anew each period, and that lasts for some."""


@dataclass(frozen=True)
class Counted:
    """The difference in differences with its 95 % range and p, the shares behind it, and the share of placebo dates that "worked"."""

    effect: float
    lower: float
    upper: float
    p: float
    before: float
    after: float
    control_before: float
    control_after: float
    periods: int
    placebo_share: float
    placebos: int
    path: "pd.DataFrame"


def shares_apart(treated: "pd.DataFrame", control: "pd.DataFrame", on: date, longest: int, *, checked: bool = True) -> Counted | None:
    """Compare two groups' shares before and after a day; nothing where a side has too few periods, or they are no counts over counts.

    Each frame has ``period_start``, ``period_end``, ``numerator``, ``denominator``; the period that holds the day counts on neither side,
    and at most ``longest`` periods after it count. Placebo dates are looked at unless ``checked`` is false.
    """
    both = treated.merge(control, on=["period_start", "period_end"], suffixes=("", "_control"))
    columns = ["numerator", "denominator", "numerator_control", "denominator_control"]
    counts = both[columns].to_numpy(dtype=float)
    if not len(both) or not np.isfinite(counts).all() or not _are_counts(counts):
        return None
    both, counts = both[counts[:, [1, 3]].min(axis=1) > 0], counts[counts[:, [1, 3]].min(axis=1) > 0]
    ends, starts = (both[c].to_numpy().astype("datetime64[D]") for c in ("period_end", "period_start"))
    day = np.datetime64(on)
    first, last = counts[ends <= day], counts[starts >= day][:longest]
    if min(len(first), len(last)) < FEWEST:
        return None
    found = _read(first, last)
    dates = range(2 * FEWEST, len(first) - FEWEST + 1) if checked else ()
    tried = [_read(first[:at], first[at : at + len(last)])[3] <= LEVEL for at in dates]
    kept = np.concatenate([np.flatnonzero(ends <= day), np.flatnonzero(starts >= day)[:longest]])
    levels = [_pooled(side, group) for side in (first, last) for group in (0, 2)]
    return Counted(
        *found,
        before=levels[0],
        control_before=levels[1],
        after=levels[2],
        control_after=levels[3],
        periods=len(last),
        placebo_share=float(np.mean(tried)) if tried else math.nan,
        placebos=len(tried),
        path=_path(both.iloc[kept], counts[kept], len(first)),
    )


def _are_counts(counts: Array) -> bool:
    """Whether all are whole numbers and no part is more than its whole."""
    return bool((counts == np.rint(counts)).all() and (counts[:, 0] <= counts[:, 1]).all() and (counts[:, 2] <= counts[:, 3]).all())


def _read(first: Array, last: Array) -> tuple[float, float, float, float]:
    """Give the effect, its range and its p."""
    values, vectors = _carried(len(first) + len(last))
    spread = 1 + np.array(BEYOND)[:, None] * values[:, None]  # lasting × beyond × direction
    logs, variance = np.log(COMMON) + np.zeros(spread.shape[:2]), np.zeros(spread.shape[:2])
    for group in (0, 2):
        columns = vectors.transpose(0, 2, 1) @ _departures(first, last, group)
        products = np.einsum("lik,lbi,lij->lbkj", columns[..., :3], 1 / spread, columns[..., :3])
        fitted = np.linalg.solve(products[..., :2, :2], products[..., :2, 2:])[..., 0]
        squares = products[..., 2, 2] - (fitted * products[..., :2, 2]).sum(axis=-1)
        logs -= (np.log(spread).sum(axis=-1) + np.linalg.slogdet(products[..., :2, :2])[1] + squares) / 2
        variance += np.einsum("li,lbi->lb", columns[..., 3] ** 2, spread)
    weights = (np.exp(logs - logs.max()) / np.exp(logs - logs.max()).sum()).ravel()
    change = [_pooled(last, group) - _pooled(first, group) for group in (0, 2)]
    effect = change[0] - change[1]
    told = Told(np.full(weights.size, effect), np.sqrt(variance).ravel(), weights, weights, max(2 * (len(first) + len(last)) - 4, 1))
    half = told.quantile(0.975) - effect
    return effect, effect - half, effect + half, told.p


def _departures(first: Array, last: Array, group: int) -> Array:
    """Give a group's periods in standard deviations of counting: what is free in them (a level a side), departures, weights in the change."""
    sides, found = (first, last), np.zeros((len(first) + len(last), 4))
    places = np.split(np.arange(len(found)), [len(first)])
    for n, (side, at) in enumerate(zip(sides, places, strict=True)):
        tops, bottoms = side[:, group], side[:, group + 1]
        unit = np.sqrt(bottoms * _variance(tops.sum(), bottoms.sum()) * bottoms.sum())
        found[at, n] = bottoms / unit
        found[at, 2] = (tops - _pooled(side, group) * bottoms) / unit
        found[at, 3] = (2 * n - 1) * unit / bottoms.sum()
    return found


@lru_cache(maxsize=256)
def _carried(periods: int) -> tuple[Array, Array]:
    """Give the directions in which periods vary together, and how much, for variance that starts anew each period or lasts for some."""
    gaps = np.abs(np.subtract.outer(np.arange(periods), np.arange(periods)))
    found = [np.linalg.eigh((1 - 1 / lasts) ** gaps) for lasts in (1.0, *LASTS)]
    return np.array([one.eigenvalues for one in found]), np.array([one.eigenvectors for one in found])


def _pooled(side: Array, group: int) -> float:
    return float(side[:, group].sum() / side[:, group + 1].sum())


def _variance(top: float, bottom: float) -> float:
    """Give the variance of a share; half a count is added to either side, so that none of many is not certainty."""
    share = (top + 0.5) / (bottom + 1)
    return share * (1 - share) / bottom


def _path(rows: "pd.DataFrame", counts: Array, before: int) -> "pd.DataFrame":
    """Give the treated share and what the control group's change would have made of it, by period."""
    import pandas as pd

    control = counts[:before, 2].sum() / counts[:before, 3].sum()
    base = counts[:before, 0].sum() / counts[:before, 1].sum()
    after = counts[before:, 2].sum() / counts[before:, 3].sum() - control
    is_after = np.arange(len(rows)) >= before
    expected = np.where(is_after, base + after, base)
    blank = np.full(len(rows), np.nan)
    frame = {
        "at": rows["period_start"].to_numpy(),
        "actual": counts[:, 0] / counts[:, 1],
        "expected": expected,
        "lower": blank,
        "upper": blank,
    }
    return pd.DataFrame(frame | {"is_after": is_after})
