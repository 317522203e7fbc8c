import numpy as np
import pandas as pd
import pytest

from prodops.kpis import signals
from prodops.kpis.alarms import A_YEAR, false_alarms_a_year


def test_the_expected_number_by_hand():
    """Ten weekly and two monthly KPIs: ten times a weekly one's and twice a monthly one's, and a hundredth of 52 looks where slices are searched."""
    want = 10 * A_YEAR["week"] + 2 * A_YEAR["month"]
    assert false_alarms_a_year({"week": 10, "month": 2}) == pytest.approx(want)
    assert false_alarms_a_year({"week": 10, "month": 2}, has_slices=True) == pytest.approx(want + 0.52)
    assert false_alarms_a_year({}) == false_alarms_a_year({}, has_slices=True) == 0


def test_a_book_keeps_what_is_stated():
    """Fifteen weekly KPIs of five stable kinds, eight such books, two years each: no more false alarms a year than stated, within three
    standard errors of a Poisson count; and not so few that the statement would be empty."""
    rng, alarms, n = np.random.default_rng(5), 0, 40 + 104
    index = pd.date_range("2022-01-03", periods=n, freq="W-MON")
    for i in range(15 * 8):
        noise = rng.normal(0, 1, n)
        if i % 5 == 1:
            for t in range(1, n):
                noise[t] += 0.5 * noise[t - 1]
        values = {2: rng.poisson(12, n), 3: noise + 0.1 * np.arange(n), 4: rng.binomial(400, 0.3, n) / 400}.get(i % 5, noise)
        out = signals(pd.Series(values, index=index, dtype=float))["signal"].to_numpy()[40:]
        alarms += int((out & ~np.r_[False, out[:-1]] & ~np.r_[False, False, out[:-2]]).sum())
    stated = false_alarms_a_year({"week": 15}) * 8 * 2
    assert 0.5 * stated <= alarms <= stated + 3 * stated**0.5


@pytest.mark.parametrize("sizes", [1.0, 1.5])
def test_what_runs_keeps_what_is_stated_where_rare_large_accounts_move_it(sizes):
    """Revenue that runs: two accounts a week come or go, of log-normal sizes; twenty KPIs, two years each, raise no more than stated."""
    rng, alarms, n = np.random.default_rng(6), 0, 40 + 104
    index = pd.date_range("2022-01-03", periods=n, freq="W-MON")
    for _ in range(20):
        moved = [rng.lognormal(0, sizes, rng.poisson(1.1)).sum() - rng.lognormal(0, sizes, rng.poisson(1)).sum() for _ in range(n)]
        out = signals(pd.Series(np.cumsum(moved) + 500, index=index), is_stock=True)["signal"].to_numpy()[40:]
        alarms += int((out & ~np.r_[False, out[:-1]] & ~np.r_[False, False, out[:-2]]).sum())
    stated = false_alarms_a_year({"week": 20}) * 2
    assert alarms <= stated + 3 * stated**0.5


def test_a_stock_still_alarms_at_a_change_six_sigma_out():
    """Of thirty stocks with normal steps whose last is six sigma out, at least nine in ten alarm."""
    rng, seen = np.random.default_rng(7), 0
    for _ in range(30):
        steps = rng.normal(0.3, 1, 41)
        steps[-1] += 6
        seen += bool(signals(pd.Series(np.cumsum(steps)), is_stock=True)["signal"].iloc[-1])
    assert seen >= 27
