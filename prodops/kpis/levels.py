"""Levels that nobody announced: where a number settled elsewhere in the past, though the calendar says nothing of it.

The search is PELT (Killick, Fearnhead and Eckley 2012) in ``ruptures``, on the past only; a number that climbs steadily has no levels.
"""

import numpy as np

from prodops.kpis.shifts import Array, Run

SHORTEST = 8
"""Fewest periods that make a level."""


def last_break(run: Run, recent: int) -> "np.datetime64 | None":
    """Give the start of the level on which a run stood before its ``recent`` last periods; nothing where it always stood there."""
    past = run.values[: max(len(run.values) - recent, 0)]
    found = breaks(past)
    return run.starts[found[-1]] if found else None


def breaks(values: Array) -> list[int]:
    """Give the places where new levels begin, oldest first.

    Each must lessen the squared error by four logarithms of the number of values times their long-run variance (the Bayesian criterion
    for a place and a level, more where neighbours hang together), and all together must leave less than a straight line does.
    """
    import ruptures

    if len(values) < 2 * SHORTEST:
        return []
    penalty = 4 * np.log(len(values)) * _long_run_variance(values)
    if penalty <= 1e-12 * float(values.max() - values.min()) ** 2:
        return []
    found = ruptures.Pelt(model="l2", min_size=SHORTEST, jump=1).fit(values).predict(pen=penalty)[:-1]
    return found if found and _left_by_levels(values, found) + penalty * len(found) < _left_by_line(values) + penalty else []


def _long_run_variance(values: Array) -> float:
    """Give the variance that a mean of many such values has, times their number, from what a search on all of them leaves unexplained.

    Differences tell the variance whatever the levels; how far neighbours hang together is told by differences two apart.
    """
    one, two = (float(np.median(np.abs(values[lag:] - values[:-lag]))) ** 2 for lag in (1, 2))
    memory = min(max(two / one - 1, 0.0), 0.8) if one > 0 else 0.0  # the variogram of AR(1): 1 - r and 1 - r squared
    variance = one / (2 * 0.6745**2 * (1 - memory))
    return variance * (1 + memory) / (1 - memory)


def _left_by_levels(values: Array, places: list[int]) -> float:
    return sum(float(((part - part.mean()) ** 2).sum()) for part in np.split(values, places))


def _left_by_line(values: Array) -> float:
    x = np.arange(len(values))
    return float(((values - np.polyval(np.polyfit(x, values, 1), x)) ** 2).sum())
