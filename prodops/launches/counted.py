"""Difference in differences of counts over counts: a share's change where the launch reached, beyond its change where it did not.

Pooled shares on each side, their errors widened by how much more the periods vary
than counting explains, and by how one period goes on into the next.
"""

import math
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

Array = npt.NDArray[np.float64]
FEWEST = 3
"""Periods that each side needs."""
LEVEL = 0.05


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


def shares_apart(treated: "pd.DataFrame", control: "pd.DataFrame", on: date, longest: int) -> Counted | None:
    """Compare two groups' shares before and after a day; nothing where a side has too few periods, or they are no counts over counts.

    Each frame has ``period_start``, ``period_end``, ``numerator``, ``denominator``; the period that holds the day counts on neither side,
    and at most ``longest`` periods after it count.
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
    tried = [_read(first[:at], first[at : at + len(last)])[3] <= LEVEL for at in range(2 * FEWEST, len(first) - FEWEST + 1)]
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
    from scipy.special import stdtr, stdtrit

    parts = [(side[:, group], side[:, group + 1]) for side in (first, last) for group in (0, 2)]
    freedom = max(2 * (len(first) + len(last)) - 4, 1)
    wider = max(1.0, sum(_chi_square(*part) for part in parts) / freedom)
    variance = sum(_variance(tops.sum(), bottoms.sum()) for tops, bottoms in parts) * wider
    change = [_pooled(last, group) - _pooled(first, group) for group in (0, 2)]
    effect = change[0] - change[1]
    error = math.sqrt(variance) * _memory(parts)
    half = float(stdtrit(freedom, 0.975)) * error
    return effect, effect - half, effect + half, float(2 * stdtr(freedom, -abs(effect) / error))


def _pooled(side: Array, group: int) -> float:
    return float(side[:, group].sum() / side[:, group + 1].sum())


def _variance(top: float, bottom: float) -> float:
    """Give the variance of a share; half a count is added to either side, so that none of many is not certainty."""
    share = (top + 0.5) / (bottom + 1)
    return share * (1 - share) / bottom


def _chi_square(tops: Array, bottoms: Array) -> float:
    share = float(tops.sum() / bottoms.sum())
    return float((((tops - share * bottoms) ** 2) / (bottoms * share * (1 - share))).sum()) if 0 < share < 1 else 0.0


def _memory(parts: list[tuple[Array, Array]]) -> float:
    """Give how much larger the error is as neighbouring periods hang together: sqrt((1 + r) / (1 - r)) of the lag-one correlation.

    What is measured of a short series is too small by (1 + 3r) / n (Marriott and Pope 1954), which is put back.
    """
    rest = [(tops - tops.sum() / bottoms.sum() * bottoms) / np.sqrt(bottoms) for tops, bottoms in parts]
    total = sum(float((r * r).sum()) for r in rest)
    r = sum(float((r[1:] * r[:-1]).sum()) for r in rest) / total if total else 0.0
    r += (1 + 3 * r) / (sum(len(one) for one in rest) / len(rest)) if total else 0.0
    r = min(max(r, 0.0), 0.8)
    return math.sqrt((1 + r) / (1 - r))


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
