import math

import numpy as np
import pandas as pd
import pytest

from prodops.kpis import signals


def test_limits_by_hand():
    """Past 1, 3, 1, 3, …: the line is flat at 2, moving ranges are 2, sigma 2 / 1.128 widened by the line's own error for the next point."""
    series = pd.Series([1.0, 3.0] * 5 + [2.0])
    last = signals(series).iloc[-1]
    places = np.arange(10)
    error = math.sqrt(1 + 1 / 10 + (10 - 4.5) ** 2 / ((places - 4.5) ** 2).sum())
    assert last.tolist() == pytest.approx([2, 2, 2 - 2.660 * 2 * error, 2 + 2.660 * 2 * error, 0, 0])


def test_a_steady_climb_is_expected_to_go_on():
    """A line with a little noise is continued; a value on the line is no signal, one far off it is."""
    climb = pd.Series([10.0 * i + (i % 2) for i in range(20)])
    on, off = (signals(pd.concat([climb, pd.Series([200.0])])).iloc[-1], signals(pd.concat([climb, pd.Series([230.0])])).iloc[-1])
    assert on["expected"] == pytest.approx(200.5, abs=1)
    assert (bool(on["signal"]), bool(off["signal"])) == (False, True)


def test_a_point_is_judged_by_its_past_only():
    """What comes later changes nothing: the first rows are the same with and without the last ones."""
    series = pd.Series(np.random.default_rng(1).normal(50, 5, 40))
    pd.testing.assert_frame_equal(signals(series).head(30), signals(series.head(30)))


def test_short_and_still_pasts_set_no_limits():
    """Seven values before it, or a past that never moved, say nothing about a point."""
    assert signals(pd.Series([1.0, 2.0] * 3 + [1.0, 99.0]))["expected"].isna().all()
    still = signals(pd.Series([5.0] * 20 + [6.0]))
    assert (still["signal"].any(), math.isnan(still["upper"].iloc[-1])) == (False, True)


def test_gaps_in_the_past_are_passed_over():
    """Missing values neither count nor break the line; a missing value is no signal."""
    series = pd.Series([float(i) if i % 3 else math.nan for i in range(24)] + [24.0, math.nan])
    got = signals(series)
    assert math.isnan(got["z"].iloc[-1])
    assert not got["signal"].any()


def test_a_values_own_error_widens_its_limits():
    """A share of few answers has to lie farther out."""
    series = pd.Series([0.50, 0.52] * 8 + [0.70])
    assert signals(series)["signal"].iloc[-1]
    assert not signals(series, error=pd.Series([0.1] * 17))["signal"].iloc[-1]


def test_a_stock_is_judged_by_its_change():
    """Revenue that runs goes on from where it was: a level far off an old line is no signal, a jump is."""
    level = pd.Series(np.cumsum([1.0, 2.0] * 10 + [9.0, 1.0, 2.0]))
    judged = signals(level, is_stock=True)
    assert judged["signal"].tolist()[-3:] == [True, False, False]
    assert judged["expected"].iloc[-3] == level.iloc[-4] + 2  # the median of ten steps of 2 and nine of 1


def test_last_judges_only_the_end():
    """Limits are worked out for as many values as are asked for."""
    got = signals(pd.Series([1.0, 2.0] * 10), last=3)
    assert got["expected"].notna().tolist() == [False] * 17 + [True] * 3


@pytest.mark.parametrize(("memory", "most"), [(0.0, 0.25), (0.5, 0.45)])
def test_few_stable_series_raise_an_alarm_in_half_a_year(memory, most):
    """Of 120 stable series at most a quarter raise any alarm in 26 weeks, where plain XmR rules do in 30 % (85 % where weeks hang together)."""
    rng, alarms = np.random.default_rng(11), 0
    for _ in range(120):
        series = np.zeros(62)
        for i, shock in enumerate(rng.normal(size=61), start=1):
            series[i] = memory * series[i - 1] + shock
        alarms += signals(pd.Series(series[10:]), last=26)["signal"].any()
    assert alarms / 120 <= most
