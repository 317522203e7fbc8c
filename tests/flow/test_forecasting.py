"""Forecasts of delivery: futures drawn from the past's weekly throughput, and what is read off them."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from prodops.errors import InputError, ParameterError
from prodops.flow.forecasting import enough, forecast, simulate, weekly, weeks_until
from prodops.flow.wandering import SCATTERS, STEP, WANDERS, _moves, follow


def rng(seed=0):
    return np.random.default_rng(seed)


def weeks(*counts):
    return pd.Series(counts, index=pd.date_range("2025-01-06", periods=len(counts), freq="7D"), dtype=float)


def test_the_rate_is_expected_to_stay_and_wanders_as_far_as_it_says():
    """The grid's weekly moves keep the expected rate and have the variance of the step, far from the grid's ends."""
    logs = np.arange(0, 6, STEP)
    middle = len(logs) // 2
    for moves, step in zip(_moves(len(logs)), WANDERS, strict=True):
        row = moves[middle]
        assert row.sum() == pytest.approx(1)
        assert row @ np.exp(logs) == pytest.approx(np.exp(logs[middle]), rel=1e-6)
        mean = row @ logs
        assert row @ (logs - mean) ** 2 == pytest.approx(step**2, rel=0.01)


def test_a_steady_past_is_seen_to_be_steady_and_a_wild_one_to_be_wild():
    """The weights of scatter follow the data: about Poisson for a steady team, a small size for one that works in bursts."""
    steady, wild = rng().poisson(6, 150).astype(float), rng().negative_binomial(0.8, 0.8 / 6.8, 150).astype(float)
    size = np.array(SCATTERS)
    assert follow(steady).weights.sum(axis=0) @ size > 10
    assert follow(wild).weights.sum(axis=0) @ size < 1.5


def test_a_future_resembles_the_past_it_comes_from():
    """Futures of a steady team have its mean; futures of a team that doubled have the new one."""
    assert simulate(np.full(60, 6.0), rng(), trials=4_000, horizon=8).mean() == pytest.approx(6, rel=0.1)
    assert simulate(np.repeat([4.0, 8.0], 60), rng(), trials=4_000, horizon=8).mean() == pytest.approx(8, rel=0.12)


def test_the_shape_is_trials_by_weeks_and_the_seed_decides():
    """One seed gives the same futures, another gives others."""
    past = [3, 4, 0, 5, 2, 4, 3, 6]
    once, again, other = (simulate(past, rng(seed), trials=50, horizon=7) for seed in (1, 1, 2))
    assert once.shape == (50, 7)
    assert (once == again).all()
    assert (once != other).any()
    assert (once >= 0).all()
    assert (once == np.round(once)).all()


@pytest.mark.parametrize("history", [[], [1, float("nan")], [2, -1]])
def test_what_is_no_history_is_refused(history):
    """A history without a week, with a gap or a negative count, is named."""
    with pytest.raises(InputError, match="history of throughput"):
        simulate(history, rng())


def test_when_a_future_is_done_is_counted_by_hand():
    """2 + 0 + 3 reaches 4 with the second of week three's three (half through it), 5 with the fourth of five, 3 × 1 never in three weeks."""
    futures = np.array([[2, 0, 3], [5, 0, 0], [1, 1, 1]], dtype=float)
    assert weeks_until(futures, 4).tolist() == [2.5, pytest.approx(4 / 6), 4]
    assert weeks_until(futures, 0).tolist() == [0, 0, 0]


def test_when_gives_later_dates_for_surer_ones():
    """About 5 a week make 40 items in about 8 weeks; the surer, the later, and a date is so many whole days on."""
    found = forecast(weeks(*rng().poisson(5, 60)), items=40, rng=rng())
    assert list(found) == ["likelihood", "weeks", "date"]
    assert found["likelihood"].tolist() == [0.5, 0.7, 0.85, 0.95]
    assert found["weeks"].is_monotonic_increasing
    assert 7 <= found["weeks"].iloc[0] <= 10
    end = pd.Timestamp("2025-01-06") + pd.Timedelta(weeks=60)
    assert (found["date"] == end + pd.to_timedelta(found["weeks"] * 7, unit="D")).all()


def test_how_many_gives_fewer_for_surer_ones_and_part_of_a_week_for_part_of_it():
    """About 5 a week are about 40 in 8 weeks; half a week more lies between 8 and 9 weeks; no time, nothing."""
    past = weeks(*rng().poisson(5, 60))
    end = date(2026, 3, 2)
    now, eight, part, nine = (forecast(past, until=end + pd.Timedelta(days=days), rng=rng())["items"] for days in (0, 56, 60, 63))
    assert now.tolist() == [0, 0, 0, 0]
    assert eight.is_monotonic_decreasing
    assert 32 <= eight[0] <= 46
    assert eight[0] < part[0] <= nine[0]


def test_what_a_year_does_not_do_has_no_date():
    """5,000 items at 5 a week are not done within a year: the date is missing, never the year's end."""
    found = forecast(weeks(*rng().poisson(5, 60)), items=5_000, rng=rng())
    assert found["date"].isna().all()
    assert found["weeks"].isna().all()


@pytest.mark.parametrize("past", [weeks(), weeks(3, 4), weeks(*[0] * 30), weeks(*[9] * 30, *[0] * 12)])
def test_too_little_past_says_nothing(past):
    """Few weeks, or hardly anything finished lately, give no row rather than a guess."""
    assert not enough(past)
    assert forecast(past, items=10, rng=rng()).empty
    if len(past):
        assert forecast(past, until=past.index[-1] + pd.Timedelta(weeks=2), rng=rng()).empty


def test_one_question_at_a_time():
    """Neither or both of items and until, a date before the past's end or far ahead, and a negative number are refused."""
    past = weeks(*[5] * 20)
    for asked in ({}, {"items": 3, "until": date(2025, 7, 1)}, {"items": -1}, {"until": date(2025, 1, 1)}, {"until": date(2099, 1, 1)}):
        with pytest.raises(ParameterError):
            forecast(past, rng=rng(), **asked)


def test_the_week_in_progress_is_no_past():
    """A frame's incomplete week is left out."""
    frame = pd.DataFrame(
        {"period_start": pd.date_range("2025-01-06", periods=3, freq="7D"), "finished": [4, 5, 1], "complete": [True, True, False]}
    )
    assert weekly(frame).tolist() == [4.0, 5.0]


def test_counts_alone_are_enough() -> None:
    """Counts without dates are forecast in weeks; their dates follow from the day that they end."""
    past = [3, 5, 4, 6, 2, 5, 4, 4, 5, 3, 6, 4] * 2
    bare = forecast(past, items=12, rng=np.random.default_rng(3))
    dated = forecast(past, items=12, start=date(2025, 11, 3), rng=np.random.default_rng(3))
    assert bare["weeks"].tolist() == dated["weeks"].tolist()
    assert bare["date"].isna().all()
    assert dated["date"].tolist() == [pd.Timestamp(2025, 11, 3) + pd.Timedelta(days=round(w * 7)) for w in dated["weeks"]]
    with pytest.raises(ParameterError, match="give start"):
        forecast(past, until=date(2025, 12, 1), rng=np.random.default_rng(3))
