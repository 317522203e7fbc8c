import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodops.errors import ParameterError
from prodops.kpis import define, review, signals

JUDGED = ["expected", "lower", "upper", "z"]


def weeks(values):
    return pd.Series(values, index=pd.date_range("2023-01-02", periods=len(values), freq="W-MON"), dtype=float)


def days(values, start="2023-01-02"):
    return pd.Series(values, index=pd.date_range(start, periods=len(values)), dtype=float)


def wander(rng, n, memory):
    """A stable series of variance one whose neighbours hang together."""
    values, shocks = np.zeros(n + 20), rng.normal(0, math.sqrt(1 - memory**2), n + 20)
    for i in range(1, n + 20):
        values[i] = memory * values[i - 1] + shocks[i]
    return values[20:]


def test_what_is_expected_by_hand():
    """Ten, and nine values beside it by turns: the line is their weighted mean; ups and downs echo no further than not at all."""
    got = signals(weeks([10.0, 12.0] * 12 + [11.0, 20.0]))
    last = got.iloc[-1]
    assert last["expected"] == pytest.approx(11, abs=0.2)
    assert 2 < last["upper"] - last["expected"] < 6  # three times the spread of 1, and what learning it cost
    assert (last["signal"], last["rule"]) == (True, "point")
    assert not got["signal"].iloc[:-1].any()


def test_z_is_three_at_the_limit_and_signals_are_what_lies_beyond():
    """On either side z counts thirds of the way from the expectation to that side's limit."""
    got = signals(weeks(np.random.default_rng(1).gamma(2, 1, 150))).dropna()
    side = np.where(got["value"] > got["expected"], got["upper"] - got["expected"], got["expected"] - got["lower"])
    points = got[got["rule"] != "shift"]
    assert (points["z"] * side[got["rule"] != "shift"] / 3).to_numpy() == pytest.approx((points["value"] - points["expected"]).to_numpy())
    assert (got["signal"] == (got["z"].abs() > 3)).all()
    assert got["signal"].any()


def test_skewed_numbers_have_a_farther_limit_where_they_reach_farther():
    """The upper limit of a lognormal series lies farther off than the lower."""
    last = signals(days(np.exp(np.random.default_rng(2).normal(0, 0.8, 400))), season=None).iloc[-1]
    assert last["upper"] - last["expected"] > 1.3 * (last["expected"] - last["lower"])


def test_a_steady_climb_is_expected_to_go_on():
    """A line with a little noise is continued, and one that falls too; what lies far off it is a signal."""
    for slope in (10.0, -10.0):
        climb = [slope * i + (i % 2) for i in range(40)]
        on, off = (signals(weeks([*climb, end])).iloc[-1] for end in (slope * 40, slope * 43))
        assert on["expected"] == pytest.approx(slope * 40, abs=3)
        assert (bool(on["signal"]), bool(off["signal"])) == (False, True)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-100, 100), min_size=12, max_size=60), st.integers(8, 59), st.sampled_from([None, 7, "auto"]))
def test_a_point_is_judged_by_its_past_only(values, upto, season):
    """What comes later changes nothing: the first rows are the same with and without the last ones."""
    series, some = pd.Series(values), pd.Series(values[:upto])
    pd.testing.assert_frame_equal(signals(series, season=season).head(len(some)), signals(some, season=season))


def test_dates_tell_nothing_of_what_comes_later():
    """Neither do the seasons read from the dates, nor the year before."""
    for series in (days(np.arange(900) % 7 + np.random.default_rng(3).normal(0, 1, 900)), weeks(np.sin(np.arange(180) / 8))):
        pd.testing.assert_frame_equal(signals(series).head(150), signals(series.head(150)))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**20), st.floats(0.01, 1000), st.floats(-1000, 1000))
def test_unit_and_zero_do_not_matter(seed, unit, zero):
    """In another unit, from another zero or upside down the same points are signals, as far out as before."""
    values = np.random.default_rng(seed).normal(0, 1, 70) + np.where(np.arange(70) > 50, 4, 0)
    one = signals(weeks(values))
    for other in (signals(weeks(values * unit + zero)), signals(weeks(-values))):
        assert one["z"].abs().to_numpy() == pytest.approx(other["z"].abs().to_numpy(), rel=1e-5, abs=1e-5, nan_ok=True)


def test_short_and_still_pasts_set_no_limits():
    """Seven values before it, or a past that never moved, say nothing about a point; no value at all is an answer too."""
    assert signals(pd.Series([1.0, 2.0] * 3 + [1.0, 99.0]))["expected"].isna().iloc[:7].all()
    still = signals(pd.Series([5.0] * 20 + [6.0]))
    assert (still["signal"].any(), math.isnan(still["upper"].iloc[-1])) == (False, True)
    for nothing in (pd.Series(dtype=float), pd.Series([math.nan] * 30), weeks([math.inf] * 9)):
        assert signals(nothing)["expected"].isna().all()


def test_gaps_in_the_past_are_passed_over():
    """Missing values neither count nor break the line; a missing value is no signal."""
    values = [float(i) + (i % 2) if i % 3 else math.nan for i in range(60)]
    got = signals(weeks([*values, 60.0, math.nan]))
    assert got["expected"].iloc[-2] == pytest.approx(60.5, abs=1.5)
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
    assert judged["expected"].iloc[-3] == pytest.approx(level.iloc[-4] + 1.5, abs=0.2)


def test_last_judges_only_the_end():
    """Limits are given for as many values as are asked for, and are those of the whole."""
    series = weeks(np.random.default_rng(4).normal(0, 1, 40))
    got = signals(series, last=3)
    assert got["expected"].notna().tolist() == [False] * 37 + [True] * 3
    pd.testing.assert_frame_equal(got.tail(3), signals(series).tail(3))


def test_an_outlier_does_not_widen_limits_for_ever():
    """One value a hundred sigma out leaves the limits a little wider, and the way back to the line is no alarm."""
    values = np.random.default_rng(5).normal(100, 1, 80)
    values[60] += 100
    calm, hit = signals(weeks(np.delete(values, 60))), signals(weeks(values))
    assert hit["signal"].iloc[60]
    assert not hit["signal"].iloc[61:].any()
    width = [float((f["upper"] - f["lower"]).iloc[-1]) for f in (calm, hit)]
    assert width[1] < 1.3 * width[0]


def test_limits_rest_on_the_new_level_once_a_shift_has_held():
    """A level that moved by six sigma is a signal at once; some weeks later what is usual there is expected, and the old level is a signal."""
    values = np.random.default_rng(6).normal(100, 1, 70)
    values[40:] += 6
    got = signals(weeks([*values, 100]))
    assert got["signal"].iloc[40]
    assert not got["signal"].iloc[50:70].any()
    assert got["expected"].iloc[55:70].between(104, 108).all()
    assert got["signal"].iloc[-1]


def test_two_values_together_are_a_shift():
    """Two weeks in a row near the limit, neither beyond it, are a signal where one is none."""
    quiet = np.tile([99.0, 101.0, 100.5, 99.5], 12)
    near = signals(weeks([*quiet, 100])).iloc[-1]["upper"] - 0.1
    got = signals(weeks([*quiet, near, near]))
    assert not got["signal"].iloc[-2]
    assert got["rule"].iloc[-1] == "shift"
    assert got["value"].iloc[-1] < got["upper"].iloc[-1]


def test_days_of_the_week_are_read_from_the_dates():
    """Weekends at a third of the working days are as expected; a working day like a weekend is a signal."""
    rng = np.random.default_rng(7)
    values = np.tile([100.0, 100, 100, 100, 100, 30, 30], 12) + rng.normal(0, 3, 84)
    values[79] = 30  # a Wednesday
    got = signals(days(values))
    assert got.index[got["signal"]].tolist() == [got.index[79]]
    assert signals(pd.Series(values))["signal"].iloc[79]  # without dates the past speaks for sevens


def test_hours_of_the_day_are_read_from_the_dates():
    """A quiet night is expected; noon's number at three in the morning is a signal, though noon has it every day."""
    hours = np.arange(24 * 30)
    values = 100 + 80 * np.sin(hours / 24 * 2 * np.pi) + np.random.default_rng(8).normal(0, 4, len(hours))
    values[-6] = 100 + 80 * np.sin(np.pi / 2)
    got = signals(pd.Series(values, index=pd.date_range("2024-01-01", periods=len(hours), freq="h")))
    assert got["signal"].iloc[-6]
    assert got["signal"].iloc[24 * 4 : -6].sum() <= 2


def test_the_same_weeks_of_a_year_before_are_heard():
    """Where every December doubles, the third and the fourth surprise less than the first."""
    rng = np.random.default_rng(9)
    values = 100 + rng.normal(0, 3, 52 * 5)
    for year in range(5):
        values[52 * year + 45 : 52 * year + 52] += 20
    z = signals(weeks(values))["z"].abs()
    assert z.iloc[52 * 4 + 45] < 0.75 * z.iloc[45]


def test_days_off_are_compared_with_each_other():
    """On German holidays as few come as on every one before: no signal where the country is told, one where it is not."""
    dates = pd.date_range("2021-01-04", "2023-12-31")
    from prodops.kpis.signalling import days_off

    off = days_off(dates, "DE")
    assert off[dates.get_loc("2022-10-03")] == 1
    values = pd.Series(np.where(off, 20.0, 100.0) + np.random.default_rng(10).normal(0, 4, len(dates)), index=dates)
    unity = pd.Timestamp("2023-10-03")
    assert signals(values)["signal"][unity]
    assert not signals(values, holidays="DE")["signal"][unity]
    with pytest.raises(ParameterError, match='holidays is "XX"; expected a country'):
        signals(values, holidays="XX")


def test_weeks_with_a_public_holiday_are_compared_with_each_other(desk):
    """A made-up shop sells 300 a week and 200 in one with a German holiday on a working day: the week of 3 October is no move where the
    workspace names the country, and is one where it names none; a drop to 200 in a week without a holiday is a move either way."""
    mondays = pd.date_range("2021-12-27", "2024-09-30", freq="W-MON")
    off = [1, *_weeks_with_a_day_off(mondays[1:])]
    sold = [(200 if o else 300) + (i * 7) % 5 for i, o in enumerate(off)]
    book = define({"sold": {"type": "simple", "table": "events", "agg": "count"}})
    for numbers, expected in ((sold, [False, True]), ([*sold[:-2], 200, 204], [True, True])):
        rows = pd.DataFrame({"user_id": "a", "event": "sold", "occurred_at": np.repeat(mondays, numbers)})
        desks = [desk("2024-10-07", named, events=rows) for named in ({"country": "DE"}, {})]
        assert [bool(review(at, book).news.moves) for at in desks] == expected


def test_a_share_of_one_row_tells_little(desk):
    """17 of 20 are content every week, give or take one. A week with one answer, which is not, is no move: chance brings that in one week
    of seven; none of 20 is one."""
    mondays = pd.date_range(end="2025-10-27", periods=60, freq="W-MON")
    content = {"table": "events", "agg": "count", "where": {"event": "content"}}
    book = define({"csat": {"type": "ratio", "unit": "share", "numerator": content, "denominator": {"table": "events", "agg": "count"}}})
    for last, is_move in (["grumpy"], False), (["grumpy"] * 20, True):
        weeks_of = [["content"] * (16 + at % 3) + ["grumpy"] * (4 - at % 3) for at in range(59)] + [last]
        rows = [{"user_id": "a", "event": e, "occurred_at": day} for day, many in zip(mondays, weeks_of, strict=True) for e in many]
        assert bool(review(desk("2025-11-03", events=rows), book).news.moves) == is_move


def _weeks_with_a_day_off(mondays):
    """German public holidays on Mondays to Fridays, by hand."""
    days = ["2022-04-15", "2022-04-18", "2022-05-26", "2022-06-06", "2022-10-03", "2022-12-26"]
    days += ["2023-04-07", "2023-04-10", "2023-05-01", "2023-05-18", "2023-05-29", "2023-10-03", "2023-12-25", "2023-12-26"]
    days += ["2024-01-01", "2024-03-29", "2024-04-01", "2024-05-01", "2024-05-09", "2024-05-20", "2024-10-03", "2024-12-25", "2024-12-26"]
    weeks_of = pd.to_datetime(days) - pd.to_timedelta(pd.to_datetime(days).day_of_week, unit="D")
    return mondays.isin(weeks_of)


def test_what_cannot_be_judged_is_refused():
    """An index that goes back in time and a season below one each have their own line."""
    with pytest.raises(ParameterError, match="goes back in time"):
        signals(weeks(np.arange(20.0)).iloc[::-1])
    with pytest.raises(ParameterError, match="season is 0"):
        signals(pd.Series(np.arange(20.0)), season=0)


@pytest.mark.parametrize(("memory", "most", "least"), [(0.0, 0.30, 0.78), (0.5, 0.33, 0.74)])
def test_stable_series_seldom_alarm_and_shifts_are_seen(memory, most, least):
    """Of 150 stable series at most three in ten alarm in 26 weeks (plain XmR rules: 30 %, and 85 % where weeks hang together); a shift of
    three sigma is seen within three weeks in four of five. The bounds allow for the simulation's error (two standard errors)."""
    rng, alarms, seen = np.random.default_rng(11), 0, 0
    for _ in range(150):
        series = wander(rng, 52, memory)
        alarms += signals(weeks(series))["signal"].iloc[26:].any()
        series[26:29] += 3
        seen += signals(weeks(series[:29]))["signal"].iloc[26:].any()
    assert alarms / 150 <= most
    assert seen / 150 >= least


def test_spikes_that_a_machine_repeats_become_no_news():
    """A number read every five minutes spikes in one reading of fifty: in the second week few of its spikes alarm, a far larger one does."""
    rng = np.random.default_rng(8)
    values = rng.normal(20, 1, 4032) + 40 * (rng.random(4032) < 0.02)
    values[-1] += 400
    judged = signals(pd.Series(values, index=pd.date_range("2025-01-06", periods=4032, freq="5min")))
    second = judged.iloc[2016:-1]
    assert second["signal"].sum() < 0.25 * (second["value"] > 45).sum()
    assert judged["signal"].iloc[-1]
