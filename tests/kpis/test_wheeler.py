import math

import numpy as np
import pandas as pd
import pytest

from prodops.errors import ParameterError
from prodops.kpis import xmr

RUNS = [8.0, 7, 19, 12, 16, 8, 16, 12, 11, 11, 17, 18, 19, 20, 19, 18, 17, 19]


def test_limits_by_hand():
    """4, 6, 4, 6, 5: mean 5, ranges 2, 2, 2, 1 of mean 1.75; limits 5 ± 2.660 × 1.75, the ranges' 3.268 × 1.75."""
    got = xmr([4.0, 6, 4, 6, 5])
    assert got["moving_range"].tolist()[1:] == [2, 2, 2, 1]
    assert got.loc[0, ["centre", "lower", "upper", "mean_range", "range_upper"]].tolist() == pytest.approx([5, 0.345, 9.655, 1.75, 5.719])
    assert math.isnan(got["moving_range"].iloc[0])
    assert not got["signal"].any()


def test_the_flow_rate_example():
    """NIST/SEMATECH e-Handbook 6.3.2.2: mean 50.81 and mean moving range 1.8778; its limits take 3/1.128 where Wheeler rounds to 2.660."""
    got = xmr([49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]).iloc[0]
    assert got[["centre", "mean_range"]].tolist() == pytest.approx([50.81, 1.8778], abs=1e-4)
    assert got[["lower", "upper"]].tolist() == pytest.approx([45.8159, 55.8041], abs=1e-3)


def test_medians_by_hand():
    """1, 2, 4, 3, 99: median 3, ranges 1, 2, 1, 96 of median 1.5: 3 ± 3.145 × 1.5, and 3.865 × 1.5; the last is outside."""
    got = xmr([1.0, 2, 4, 3, 99], medians=True)
    assert got.loc[0, ["centre", "lower", "upper", "range_upper"]].tolist() == pytest.approx([3, -1.7175, 7.7175, 5.7975])
    assert got["rule"].tolist() == [0, 0, 0, 0, 1]


def test_limits_rest_on_the_stated_baseline():
    """What comes after the first three does not move the limits; what lies outside them is rule 1."""
    got = xmr([9.0, 11, 10, 10, 30], baseline=3)
    assert got.loc[4, ["centre", "mean_range"]].tolist() == [10, 1.5]
    assert got["rule"].tolist() == [0, 0, 0, 0, 1]


def test_eight_on_one_side_and_three_of_four_near_a_limit():
    """From the eighth in a row above the centre on, rule 2; the third of four that is nearer the limit than the centre, rule 3."""
    assert xmr([-2.0, 2] * 4 + [1.0] * 9, baseline=8)["rule"].tolist() == [0] * 14 + [2, 2, 2]  # the last 2 begins the run
    assert xmr([-1.0, 1] * 4 + [4.0, 4, 0, 4, 4], baseline=8)["rule"].tolist() == [0] * 11 + [3, 3]


def test_a_run_of_eight_starts_new_limits():
    """Mean 12.4 of the first five; the eight from the eleventh on lie above it: new limits from 17, 18, 19, 20, 19 and the ranges that
    lead to them, 6, 1, 1, 1, 1."""
    got = xmr(RUNS, baseline=5, rebase="run")
    assert got["since"].unique().tolist() == [0, 10]
    assert got.loc[10, ["centre", "mean_range"]].tolist() == [18.6, 2.0]
    assert xmr(RUNS, baseline=5)["since"].unique().tolist() == [0]


def test_a_short_run_starts_new_limits():
    """Three in a row far below 10 ± 2.66 × 2 begin a level of their own."""
    got = xmr([9.0, 11, 9, 11, 10, 2, 2, 2, 2], baseline=4, rebase="short run")
    assert got["since"].unique().tolist() == [0, 5]
    assert got.loc[5, ["centre", "mean_range"]].tolist() == pytest.approx([2, 8 / 3])


def test_a_declared_change_starts_new_limits():
    """From the label of a change on, its own values count; a missing value is passed over."""
    weeks = pd.Series([1.0, 3, 1, 3, np.nan, 11, 13, 11], index=pd.date_range("2025-01-06", periods=8, freq="W-MON"))
    got = xmr(weeks, changes=[weeks.index[5]])
    assert got["centre"].tolist()[:4] == [2] * 4
    assert (got["since"].iloc[-1], got["centre"].iloc[-1]) == (weeks.index[5], pytest.approx(35 / 3))
    assert (got["signal"].iloc[4], math.isnan(got["upper"].iloc[4])) == (False, True)


def test_no_values_and_wrong_wishes():
    """An empty series gives an empty chart; a baseline of one, an unknown label and a re-basing without baseline are refused."""
    assert xmr([]).empty
    with pytest.raises(ParameterError, match="baseline is 1"):
        xmr([1.0, 2], baseline=1)
    with pytest.raises(ParameterError, match="changes holds 7"):
        xmr([1.0, 2], changes=[7])
    with pytest.raises(ParameterError, match="without a baseline"):
        xmr([1.0, 2], rebase="run")


def test_unit_and_zero_do_not_matter():
    """In another unit and from another zero the same points are signals."""
    values = np.random.default_rng(1).normal(0, 1, 60)
    assert xmr(values)["rule"].tolist() == xmr(values * 37 + 5)["rule"].tolist()
