"""The 95 % ranges hold the truth about 95 times in a hundred."""

import numpy as np
import pytest
from scipy.stats import binom

from prodops.kpis.intervals import per_entity_bounds, wilson_bounds

SIZES = (30, 100, 1_000)


@pytest.mark.parametrize("n", SIZES)
def test_shares_cover_on_average_and_never_far_off(n):
    """Over shares from 0.05 to 0.95 the exact coverage is 94 to 96 % on average; at single ones counts, being whole, make it 92.5 to 98 %."""
    counts = np.arange(n + 1.0)
    lower, upper = wilson_bounds(counts, np.full(n + 1, float(n)))
    found = [binom.pmf(counts, n, p)[(lower <= p) & (p <= upper)].sum() for p in np.linspace(0.05, 0.95, 181)]
    assert 0.94 <= np.mean(found) <= 0.96
    assert min(found) >= 0.92
    assert max(found) <= 0.98


@pytest.mark.slow
@pytest.mark.parametrize("n", SIZES)
def test_ratios_per_entity_cover(n):
    """Tasks per active user, where one in five users with tasks is not counted as active: 10,000 simulations."""
    rng = np.random.default_rng(n)
    totals = rng.poisson(3, (10_000, n)).astype(float)
    active = rng.random(totals.shape) < 0.8
    bounds = per_entity_bounds(totals.sum(1), active.sum(1).astype(float), (totals**2).sum(1), (totals * active).sum(1))
    assert 0.94 <= ((bounds[0] <= 3 / 0.8) & (bounds[1] >= 3 / 0.8)).mean() <= 0.96


def test_a_ratio_per_entity_by_hand():
    """Totals 1, 2, 3 and 6 of four, one of them not counted: 12 / 3 = 4, residuals −3, −2, 2 and 3, so 26 / 2 / 3 under the root."""
    half = 4.302652729911275 * (26 / 2 / 3) ** 0.5
    found = per_entity_bounds(*(np.array([v]) for v in (12.0, 3.0, 1 + 4 + 9 + 36.0, 1 + 2 + 6.0)))
    assert np.ravel(found) == pytest.approx([4 - half, 4 + half])
    assert np.isnan(per_entity_bounds(*(np.array([v]) for v in (2.0, 2.0, 2.0, 2.0)))).all()
    assert np.isnan(per_entity_bounds(*(np.array([v]) for v in (2.0, 1.0, 4.0, 2.0)))).all()


def test_the_engine_sums_up_what_the_range_needs(desk):
    """Two platforms for one user: the slices split the user's tasks, the whole does not; the range is that of the users' totals."""
    from datetime import date

    from prodops.kpis import compute, define
    from prodops.workspace import Period

    rows = [("a", "web", 1), ("a", "ios", 2), ("b", "web", 5), ("c", "ios", 1), ("d", "ios", 4)]
    events = [{"user_id": u, "event": "task", "occurred_at": "2025-01-06", "platform": p} for u, p, n in rows for _ in range(n)]
    book = define(
        {
            "per_user": {
                "type": "ratio",
                "numerator": {"table": "events", "agg": "count"},
                "denominator": {"table": "events", "agg": "count_distinct", "column": "user_id"},
            }
        }
    )
    week = Period(date(2025, 1, 6), date(2025, 1, 13))
    got = compute(desk("2025-01-20", events=events), book, grain="week", periods=[week], by="platform").set_index("slice")
    totals = {"": [3, 5, 1, 4], "web": [1, 5], "ios": [2, 1, 4]}
    for part, x in totals.items():
        low, high = per_entity_bounds(*(np.array([v], float) for v in (sum(x), len(x), sum(v * v for v in x), sum(x))))
        assert got.loc[part, ["value", "lower", "upper"]].tolist() == pytest.approx([sum(x) / len(x), low[0], high[0]])
