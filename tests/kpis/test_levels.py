from datetime import date

import numpy as np

from prodops.kpis.levels import breaks, last_break
from prodops.kpis.shifts import Run


def test_a_level_that_nobody_announced_is_found():
    """From 10 to 14 at the twentieth value, with noise of one: found there or next to it; twice where it falls back."""
    noise = np.random.default_rng(1).normal(0, 1, 60)
    (place,) = breaks(noise + np.where(np.arange(60) < 20, 10, 14))
    assert abs(place - 20) <= 1
    both = breaks(noise + np.where((np.arange(60) < 20) | (np.arange(60) >= 40), 10, 14))
    assert [abs(b - want) <= 1 for b, want in zip(both, (20, 40), strict=True)] == [True, True]


def test_what_stands_still_or_climbs_has_no_levels():
    """Of 60 stable series at most three have a break, of 60 that hang together (AR 0.5) at most a fifth; a climb and a constant have none."""
    rng, n = np.random.default_rng(2), 60
    assert sum(bool(breaks(rng.normal(0, 1, n))) for _ in range(60)) <= 3
    waves = rng.normal(0, 1, (60, n))
    for i in range(1, n):
        waves[:, i] += 0.5 * waves[:, i - 1]
    assert sum(bool(breaks(wave)) for wave in waves) <= 12
    assert breaks(0.3 * np.arange(n) + rng.normal(0, 1, n)) == []
    assert breaks(np.full(n, 5.0)) == breaks(np.array([1.0, 2.0])) == breaks(np.array([])) == []


def test_the_recent_periods_make_no_level():
    """A jump among the last six periods is for signals to judge; one before them starts a level, told by its date."""
    starts = np.arange("2024-01-01", "2025-01-01", 7, dtype="datetime64[D]")
    values = np.random.default_rng(3).normal(0, 1, len(starts))
    nothing = np.full(len(starts), np.nan)

    def at(place):
        return Run(
            "k", "", "", "week", starts, starts + 7, values + np.where(np.arange(len(starts)) >= place, 9, 0), nothing, nothing, False
        )

    assert last_break(at(len(starts) - 5), 6) is None
    assert last_break(at(20), 6).astype(object) == date(2024, 5, 20)
