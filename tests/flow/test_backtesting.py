"""Backtests: forecasts made at dates of the past, judged by what came."""

import numpy as np
import pandas as pd
import pytest

from prodops.errors import ParameterError
from prodops.flow.backtesting import backtest
from prodops.flow.forecasting import LIKELIHOODS


def weeks(counts):
    return pd.Series(np.asarray(counts, float), index=pd.date_range("2023-01-02", periods=len(counts), freq="7D"))


def rng(seed=0):
    return np.random.default_rng(seed)


def test_a_steady_team_keeps_its_dates_about_as_often_as_said():
    """A team of one steady pace keeps most dates given at 85 %, surer ones more often, and the range holds the share."""
    found = backtest(weeks(rng(3).poisson(6, 110)), rng=rng(), trials=300).kept
    for question in ("when", "how many"):
        rows = found[found["question"] == question]
        assert rows["likelihood"].tolist() == list(LIKELIHOODS)
        assert rows["kept"].is_monotonic_increasing
        assert rows["kept"].iloc[2] >= 0.75
        assert ((rows["lower"] < rows["kept"]) & (rows["kept"] <= rows["upper"] + 1e-9)).all()


def test_a_team_that_slows_to_a_third_breaks_its_dates():
    """Forecasts are judged by what came after, which they do not know: after the break the numbers given were too high."""
    steady, slower = rng(1).poisson(9, 60), rng(2).poisson(3, 12)
    kept = backtest(weeks([*steady, *slower]), rng=rng(), weeks=12, trials=300).kept.set_index(["question", "likelihood"])["kept"]
    whole = backtest(weeks([*steady, *rng(2).poisson(9, 12)]), rng=rng(), weeks=12, trials=300).kept.set_index(["question", "likelihood"])[
        "kept"
    ]
    assert kept["how many", 0.85] < whole["how many", 0.85]


def test_overlapping_forecasts_count_as_fewer():
    """The range of 20 forecasts made every 3 weeks, 12 weeks ahead, is wider than that of 20 which stand side by side."""
    found = backtest(weeks(rng(5).poisson(6, 90)), rng=rng(), weeks=12, trials=200).kept
    row = found[(found["question"] == "how many") & (found["likelihood"] == 0.85)].iloc[0]
    from prodops.intervals import wilson

    alone = wilson(row["kept"] * row["n"], row["n"])
    assert row["upper"] - row["lower"] > alone.upper - alone.lower


@pytest.mark.parametrize("counts", [[], [5] * 4, [5] * 20, [0] * 80])
def test_too_little_past_is_said_to_be_too_little(counts):
    """Fewer than eight forecasts say nothing, in words."""
    found = backtest(weeks(counts), rng=rng(), trials=50)
    assert found.kept.empty
    assert list(found.kept) == ["question", "likelihood", "kept", "lower", "upper", "n"]
    assert "too short" in found.sentence()


def test_the_sentence_says_share_range_and_number():
    """What stands beside a forecast: how many were given, how many kept, in which range."""
    said = backtest(weeks(rng(3).poisson(6, 90)), rng=rng(), weeks=4, trials=200).sentence()
    assert said.startswith("Of ")
    assert "95\u00a0% range" in said
    assert "4 weeks ahead" in said


def test_weeks_out_of_range_are_refused():
    """A backtest looks between one week and half a year ahead."""
    with pytest.raises(ParameterError, match="weeks is 40"):
        backtest(weeks([5] * 80), rng=rng(), weeks=40)
