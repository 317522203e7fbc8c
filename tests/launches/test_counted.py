"""Difference in differences of counts over counts, against what can be worked out by hand."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from prodops.launches.counted import shares_apart

STARTS = pd.date_range("2025-01-06", periods=20, freq="7D")
ON = date(2025, 3, 31)  # the 13th week


def counts(before: int, after: int, of: int = 100) -> pd.DataFrame:
    tops = np.where(np.arange(20) < 12, before, after).astype(float)
    ends = STARTS + pd.Timedelta(days=7)
    return pd.DataFrame({"period_start": STARTS, "period_end": ends, "numerator": tops, "denominator": float(of)})


def test_the_change_beyond_that_of_the_control_group() -> None:
    """Treated 5 → 9 %, control 4 → 5 %: 3 points; without spread between weeks the error is that of counting, and little more."""
    found = shares_apart(counts(5, 9), counts(4, 5), ON, 13)
    assert found is not None
    assert found.effect == pytest.approx(0.03)
    assert (found.before, found.after, found.control_before, found.control_after) == pytest.approx((0.05, 0.09, 0.04, 0.05))
    assert (found.periods, found.placebo_share) == (8, 0.0)
    counting = sum((k + 0.5) / (n + 1) * (1 - (k + 0.5) / (n + 1)) / n for k, n in ((60, 1200), (48, 1200), (72, 800), (40, 800)))
    alone = 2 * 2.0281 * counting**0.5  # Student's t with 36 degrees of freedom
    assert alone <= found.upper - found.lower <= 1.12 * alone


def test_the_same_change_on_both_sides_is_none() -> None:
    """What moves all alike is not the launch's."""
    found = shares_apart(counts(5, 9), counts(5, 9), ON, 13)
    assert found is not None
    assert (found.effect, found.p) == pytest.approx((0.0, 1.0))
    assert found.path["expected"].tolist() == pytest.approx([0.05] * 12 + [0.09] * 8)


def test_the_week_that_holds_the_day_counts_on_neither_side() -> None:
    """A launch on a Wednesday leaves its week out, and no more periods after it count than are asked for."""
    found = shares_apart(counts(5, 9), counts(4, 4), date(2025, 4, 2), 5)
    assert found is not None
    assert (found.periods, len(found.path)) == (5, 17)


def test_too_little_or_no_counts_is_no_comparison() -> None:
    """Fewer than three periods on a side, amounts of money, weeks that do not meet: nothing is claimed."""
    money: Any = counts(5, 9).assign(numerator=5.5)
    assert shares_apart(money, counts(4, 5), ON, 13) is None
    assert shares_apart(counts(5, 9).assign(numerator=120.0), counts(4, 5), ON, 13) is None
    assert shares_apart(counts(5, 9), counts(4, 5), date(2025, 5, 14), 13) is None
    assert shares_apart(counts(5, 9)[:0], counts(4, 5), ON, 13) is None


def test_nobody_ever_is_not_certainty() -> None:
    """None of many on every side leaves a range of some width."""
    found = shares_apart(counts(0, 0), counts(0, 0), ON, 13)
    assert found is not None
    assert found.lower < 0 < found.upper
    assert found.p == 1.0


def test_what_goes_on_from_week_to_week_is_no_launch() -> None:
    """Shares that carry 0.7 of a week's departure into the next, on both sides, and no effect: at most 4 of 50 are called one."""
    rng, claimed, week = np.random.default_rng(5), 0, np.timedelta64(7, "D")
    on, starts = date(2025, 12, 29), pd.date_range("2025-01-06", periods=60, freq="7D")
    for _ in range(50):
        sides = []
        for _ in range(2):
            shocks, odds = rng.normal(0, 0.3 * (1 - 0.7**2) ** 0.5, 110), np.zeros(110)
            for i in range(1, 110):
                odds[i] = 0.7 * odds[i - 1] + shocks[i]
            tops = rng.binomial(400, 0.2 / (0.2 + 0.8 * np.exp(-odds[50:]))).astype(float)
            sides.append(pd.DataFrame({"period_start": starts, "period_end": starts + week, "numerator": tops, "denominator": 400.0}))
        found = shares_apart(*sides, on, 8, checked=False)
        assert found is not None
        claimed += found.p <= 0.05
    assert claimed <= 4
