"""Where a number is heading: day-of-week shape × level with a damped trend, and a range from how far the same forecast missed before.

Holt's linear method with the damped trend of Gardner and McKenzie (1985) on whole weeks of the series without its shape; the range is
split-conformal (Lei et al. 2018) over rolling origins in the later half of the history.
"""

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from prodops.intervals import Interval

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]
    Final = Callable[[Mapping[str, Array]], Array]

COVERAGE = 0.8
ALPHAS, TREND, DAMPING = (0.1, 0.2, 0.35, 0.5, 0.8), 0.2, 0.85
SHAPE_OF = 8
"""Seasons (weeks) whose mean shape is taken."""
FEWEST, MOST_ORIGINS = 8, 60
"""Seasons of history a forecast needs, and origins it is tried at."""


def project(past: "Array", ahead: int, season: int = 1) -> "Array":
    """Forecast ``ahead`` further values of a series without gaps; ``season`` values (7 for days) make one round of its shape."""
    import numpy as np

    rounds = past[len(past) % season :].reshape(-1, season)
    shape = _shape(rounds[-SHAPE_OF:])
    level, trend = _holt((rounds / shape).mean(axis=1))
    days = np.arange(1, ahead + 1)
    distance = (days + (season - 1) / 2) / season
    path = level + trend * DAMPING * (1 - DAMPING**distance) / (1 - DAMPING)
    ahead_of = (np.maximum(path, 0.0) if past.min() >= 0 else path) * shape[(days - 1) % season]
    return np.asarray(ahead_of)


def _shape(rounds: "Array") -> "Array":
    """Give each place's share of the mean; flat where the series has negative values or is nothing, or a place never has any."""
    import numpy as np

    means = rounds.mean(axis=0)
    flat = rounds.min() < 0 or means.min() <= 0
    return np.ones(rounds.shape[1]) if flat else means / means.mean()


def _holt(values: "Array") -> tuple[float, float]:
    """Give level and damped trend, with the smoothing that forecast the series' own next values best."""
    _, level, trend = min(_smoothed(values.tolist(), alpha) for alpha in ALPHAS)
    return level, trend


def _smoothed(values: list[float], alpha: float) -> tuple[float, float, float]:
    """Give how far the next values were missed in sum, the last level and the last trend; plain floats, as arrays of one are slow."""
    level, trend, missed = sum(values[:4]) / len(values[:4]), 0.0, 0.0
    for value in values:
        expected = level + DAMPING * trend
        missed += abs(value - expected)
        before, level = level, expected + alpha * (value - expected)
        trend = TREND * alpha * (level - before) + (1 - TREND * alpha) * DAMPING * trend
    return missed, level, trend


# -------------------------------------------------------------------------------------------------------------- the range
def to_end(
    parts: "Mapping[str, Array]", known: int, ahead: int, final: "Final", *, season: int = 7, relative: bool, coverage: float = COVERAGE
) -> Interval:
    """Forecast what a formula over totals comes to at a period's end, ``known`` values into it and ``ahead`` before it.

    ``parts`` are the inputs, one value a day, of one length without gaps, the last ``known`` of which belong to the period. ``final`` turns
    totals (one each origin) into the number. ``relative`` says that misses grow with the number. The bounds hold it with
    ``coverage``; they are NaN where the history is too short to try the forecast out, and all is NaN where it is too short to make one.
    """
    import numpy as np

    length = min(len(p) for p in parts.values())
    if length < FEWEST * season:
        return Interval(math.nan, math.nan, math.nan)
    starts = _origins(length, known, ahead, season)
    told = {n: [_total(p, at, known) + project(p[:at], ahead, season).sum() for at in (length, *starts)] for n, p in parts.items()}
    came = {n: np.array([_total(p, at, known) + p[at : at + ahead].sum() for at in starts]) for n, p in parts.items()}
    now, *tried = final({n: np.array(v) for n, v in told.items()})
    return _with_range(float(now), np.array(tried), final(came), ahead, starts, relative, coverage)


def at_end(past: "Array", ahead: int, *, relative: bool, coverage: float = COVERAGE) -> Interval:
    """Forecast the value ``ahead`` whole periods on, for numbers that do not add up over days; see :func:`to_end`."""
    import numpy as np

    if len(past) < FEWEST:
        return Interval(math.nan, math.nan, math.nan)
    starts = _origins(len(past), 0, ahead, 1)
    now, *tried = (float(project(past[:at], ahead)[-1]) for at in (len(past), *starts))
    came = np.array([past[at + ahead - 1] for at in starts])
    return _with_range(now, np.array(tried), came, ahead, starts, relative, coverage)


def _origins(length: int, known: int, ahead: int, season: int) -> list[int]:
    """Places in the past from which the same forecast can be made and checked, the latest first."""
    stride = max(1, ahead // 4)
    return list(range(length - ahead, max(FEWEST * season, known, length // 2) - 1, -stride))[:MOST_ORIGINS]


def _total(values: "Array", at: int, known: int) -> float:
    return float(values[at - known : at].sum())


def _with_range(now: float, tried: "Array", came: "Array", ahead: int, starts: list[int], relative: bool, coverage: float) -> Interval:
    import numpy as np

    scale = np.abs(tried) if relative else np.ones(len(tried))
    misses = np.sort(np.abs(came - tried)[scale > 0] / scale[scale > 0])
    misses = misses[np.isfinite(misses)]
    free = len(misses)
    if (free + 1) * coverage > free:  # too few misses to say how far four in five go
        return Interval(now, math.nan, math.nan)
    half = float(np.quantile(misses, (free + 1) * coverage / free)) * (abs(now) if relative else 1.0)
    return Interval(now, now - half, now + half)
