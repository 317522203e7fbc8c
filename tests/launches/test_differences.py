"""Difference in differences: known answers, honest ranges under serial correlation, and parallel trends in words."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_ind

from prodops import launches
from prodops.errors import InputError, NoData


def units(n: int, periods: int, seed: int) -> pd.DataFrame:
    """Give units that follow one path and differ in level and noise."""
    rng = np.random.default_rng(seed)
    path = np.cumsum(np.random.default_rng(99).normal(size=periods))
    return pd.DataFrame(path[:, None] + rng.normal(0, 5, n) + rng.normal(size=(periods, n)))


def test_many_units_each_count_once() -> None:
    """With units enough the range is Welch's over the units' own changes, however many periods there are."""
    treated, control = units(8, 30, 1), units(9, 30, 2)
    treated.iloc[20:] += 2
    found = launches.compare(treated, control, post=20)
    changes = [(side.iloc[20:].mean() - side.iloc[:20].mean()).to_numpy() for side in (treated, control)]
    welch = ttest_ind(*changes, equal_var=False)
    assert found.effect == pytest.approx(changes[0].mean() - changes[1].mean())
    assert found.p == pytest.approx(welch.pvalue)
    assert (found.lower, found.upper) == pytest.approx(tuple(welch.confidence_interval(0.95)))
    assert found.lower < 2 < found.upper
    assert (found.treated, found.control, found.before, found.after) == (8, 9, 20, 10)


def test_one_series_a_side() -> None:
    """What moves both sides is no effect; what is added to the treated alone is found again to the last digit."""
    treated, control = units(1, 60, 1)[0], units(1, 60, 2)[0]
    without = launches.compare(treated, control, post=50)
    found = launches.compare(treated + np.where(np.arange(60) >= 50, 5.0, 0.0), control, post=50)
    assert found.effect - without.effect == pytest.approx(5)
    assert found.is_clear
    assert not without.is_clear
    assert list(found.path.columns) == ["at", "treated", "control", "gap", "is_after"]


def test_amounts_are_compared_in_ratio() -> None:
    """Two amounts that grow by 1 % a period, one three times the other, part by more euros each period and by no percent: with a kind there is no
    effect, and one of 10 % is found in the KPI's unit. Units, each once, likewise."""
    rng = np.random.default_rng(3)
    growth = 1_000 * np.exp(0.01 * np.arange(60))[:, None]
    treated, control = (level * growth * np.exp(rng.normal(0, 0.01, (60, 6))) for level in (3, 1))
    for width in (1, 6):
        sides = [pd.DataFrame(side[:, :width]) for side in (treated, control)]
        without = launches.compare(*sides, post=52, kind="money")
        lifted = sides[0] * np.where(np.arange(60) >= 52, 1.1, 1.0)[:, None]
        found = launches.compare(lifted, sides[1], post=52, kind="money")
        assert not without.is_clear
        assert found.is_clear
        assert found.effect == pytest.approx(0.1 / 1.1 * lifted.iloc[52:].mean(axis=None), rel=0.06)
        assert without.parallel_p > 0.05
    assert launches.compare(*sides, post=52).is_clear


@pytest.mark.slow
def test_periods_that_hang_together_are_not_counted_as_many() -> None:
    """Where the gap carries over (AR 0.8), of 12 comparisons without effect few are clear: the plain t test calls a third of them one."""
    clear, plain = 0, 0
    for seed in range(12):
        shocks, gap = np.random.default_rng(seed).normal(size=160), np.zeros(160)
        for i in range(1, 160):
            gap[i] = 0.8 * gap[i - 1] + shocks[i]
        gap = gap[100:]
        clear += launches.compare(gap, np.zeros(60), post=40).is_clear
        plain += bool(ttest_ind(gap[40:], gap[:40]).pvalue < 0.05)
    assert clear <= 2
    assert plain >= 4


def test_parallel_trends_in_words() -> None:
    """Sides that part before the launch are told so, others not, and a short past cannot tell."""
    control = np.random.default_rng(0).normal(size=60)
    parting = launches.compare(0.2 * np.arange(60) + np.random.default_rng(1).normal(size=60), control, post=50)
    assert parting.parallel_p < 0.05
    assert parting.parallel.startswith("Before the launch the two did not run parallel")
    alike = launches.compare(np.random.default_rng(2).normal(size=60), control, post=50)
    assert alike.parallel_p > 0.05
    assert alike.parallel.endswith("which is no proof of them.")


def test_what_cannot_be_compared_is_refused() -> None:
    """Sides that share no period, hold no numbers, or never differ."""
    values = pd.Series(np.random.default_rng(0).normal(size=40), index=pd.date_range("2025-01-06", periods=40, freq="W-MON"))
    with pytest.raises(InputError, match="share no period"):
        launches.compare(values, values.shift(freq="900D"), post="2025-08-04")
    with pytest.raises(InputError, match="The treated side must hold numbers"):
        launches.compare(pd.DataFrame({"a": ["x"] * 40}, index=values.index), values, post="2025-08-04")
    with pytest.raises(NoData, match="are alike"):
        launches.compare(values, values, post="2025-08-04")
