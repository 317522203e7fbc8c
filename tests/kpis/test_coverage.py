"""The 95 % ranges hold the truth about 95 times in a hundred."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from prodops.intervals import per_entity_bounds, wilson_bounds
from prodops.kpis import RetentionSpec, retention_curve
from prodops.kpis.behaviour.frames import with_share

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


SKEWED = {
    "Poisson": (lambda rng, size: rng.poisson(3, size).astype(float), 3.0),
    "negative binomial": (lambda rng, size: rng.negative_binomial(2, 0.4, size).astype(float), 3.0),
    "gamma": (lambda rng, size: rng.gamma(2, 5, size), 10.0),
    "exponential": (lambda rng, size: rng.exponential(20, size), 20.0),
    "nothing from seven in ten": (lambda rng, size: rng.exponential(20, size) * (rng.random(size) < 0.3), 6.0),
    "log-normal": (lambda rng, size: rng.lognormal(0, 1, size), float(np.exp(0.5))),
}


def covered(totals, counted, truth):
    """The share of simulations whose range holds the true ratio."""
    sums = totals.sum(1), counted.sum(1).astype(float), (totals**2).sum(1), (totals * counted).sum(1), (totals < 0).sum(1)
    lower, upper = per_entity_bounds(*sums)
    return ((lower <= truth) & (truth <= upper)).mean()


@pytest.mark.slow
@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("name", SKEWED)
def test_ratios_per_entity_cover(name, n):
    """Tasks, minutes or money per active user, where one in five users is not counted as active: 10,000 simulations hold the truth in 94
    to 96 % (0.4 % allowed for the simulation's own error; 1 % for log-normal totals, of which 30 seldom show the largest)."""
    draw, mean = SKEWED[name]
    rng = np.random.default_rng(n)
    totals = draw(rng, (10_000, n))
    assert (0.93 if name == "log-normal" else 0.936) <= covered(totals, rng.random(totals.shape) < 0.8, mean / 0.8) <= 0.966


def curve_covers(sizes, retained, cohorts, truth, repeats=None):
    """The share of runs (rows, of twelve cohorts) in which the weighted curve's range holds the true mean, and that of cells that hold 0.3."""
    cells = {"slice": np.repeat(np.arange(len(sizes)), 12), "period": 1, "complete": True}
    grid = with_share(pd.DataFrame(cells | {"cohort_size": sizes.ravel(), "retained": retained.ravel()}), "retained", "cohort_size")
    curve = retention_curve(grid, RetentionSpec(cohorts=cohorts), repeats)
    some = grid[grid["cohort_size"] > 0]
    return curve["lower"].le(truth).mean() - curve["upper"].lt(truth).mean(), (some["lower"].le(0.3) & some["upper"].ge(0.3)).mean()


@pytest.mark.slow
@pytest.mark.parametrize("n", SIZES)
def test_retention_covers(n):
    """Of n people in twelve first-time cohorts 0.3 come back: cells and the weighted curve hold that in 92.5 to 98 % of 600 runs. Where the same
    people stand in cohort after cohort, each coming with a chance of their own, E p² ÷ E p = 1/2 is held as often by sums over people, and by
    the grid alone, which cannot tell, in 95 % at least."""
    rng = np.random.default_rng(n)
    sizes = rng.multinomial(n, np.full(12, 1 / 12), 600)
    for found in curve_covers(sizes, rng.binomial(sizes, 0.3), "first_time", 0.3):
        assert 0.925 <= found <= 0.98
    runs = 1_500
    comes = rng.random((13, runs, n)) < rng.beta(1, 2, (runs, n))
    sizes, back = comes[:-1].sum(2).T, (comes[:-1] & comes[1:]).sum(2).T
    assert curve_covers(sizes, back, "recurring", 0.5)[0] >= 0.95
    s, b = comes[:-1].sum(0), (comes[:-1] & comes[1:]).sum(0)
    sums = {"started": s, "back": b, "started_squared": s * s, "started_back": s * b, "back_squared": b * b}
    repeats = pd.DataFrame({"slice": range(runs), "period": 1, "people": (s > 0).sum(1)} | {k: v.sum(1) for k, v in sums.items()})
    assert 0.925 <= curve_covers(sizes, back, "recurring", 0.5, repeats)[0] <= 0.975


@pytest.mark.parametrize("n", [30, 100])
def test_money_lost_and_won_covers_too(n):
    """Where totals may be below 0 the range is the plain one, which may hold 0: profits of −5 to 5 around 1."""
    rng = np.random.default_rng(n)
    totals = rng.normal(1, 5, (2_000, n))
    assert 0.935 <= covered(totals, np.ones_like(totals, dtype=bool), 1.0) <= 0.965


def test_a_ratio_per_entity_by_hand():
    """Totals 1, 2, 3 and 6 of four, one of them not counted: 12 / 3 = 4, residuals −3, −2, 2 and 3, so 26 / 2 / 3 under the root and
    8.957 on either side, 2.239 times the ratio; where no total is below 0, 4 ÷ (1 + 2.239 / 2)² and twenty times 4. None where all are
    alike, or nobody is left to compare with."""
    half = 4.302652729911275 * (26 / 2 / 3) ** 0.5
    sums = (12.0, 3.0, 1 + 4 + 9 + 36.0, 1 + 2 + 6.0)
    for negative, expected in ((1.0, [4 - half, 4 + half]), (0.0, [4 / (1 + half / 8) ** 2, 80.0])):
        assert np.ravel(per_entity_bounds(*(np.array([v]) for v in (*sums, negative)))) == pytest.approx(expected)
    for alike in ((2.0, 2.0, 2.0, 2.0, 0.0), (2.0, 1.0, 4.0, 2.0, 0.0)):
        assert np.isnan(per_entity_bounds(*(np.array([v]) for v in alike))).all()


def test_the_upper_bound_leans_further():
    """Ten entities with 1, …, 10, all counted: 5.5 on average, ± 2.262 standard errors of 0.957 are 39.4 %, bent to both sides."""
    lower, upper = per_entity_bounds(*(np.array([v]) for v in (55.0, 10.0, 385.0, 55.0, 0.0)))
    part = 2.2621571628540993 * 0.9574271077563381 / 5.5
    assert (lower[0], upper[0]) == (pytest.approx(5.5 * (1 + part / 2) ** -2), pytest.approx(5.5 * (1 - 2 / 3 * part) ** -1.5))


def test_a_range_is_bent_no_further_than_it_says_something():
    """One of two entities has everything: half a range of 12.7 times the ratio says nothing on any scale, so the plain one is given."""
    lower, upper = per_entity_bounds(*(np.array([v]) for v in (10.0, 2.0, 100.0, 10.0, 0.0)))
    half = 12.706204736432095 * 5.0
    assert (lower[0], upper[0]) == (pytest.approx(5 - half), pytest.approx(5 + half))


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
        low, high = per_entity_bounds(*(np.array([v], float) for v in (sum(x), len(x), sum(v * v for v in x), sum(x), 0)))
        assert got.loc[part, ["value", "lower", "upper"]].tolist() == pytest.approx([sum(x) / len(x), low[0], high[0]])
