"""Placebo launches: the same readout where nothing launched, and the verdict that rests on it."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr, ndtri

from prodops import launches
from prodops.errors import ParameterError
from prodops.launches.placebos import is_trusted


def noise(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=n)


def test_each_placebo_is_the_readout_at_its_date() -> None:
    """A placebo date tells what the impact there would have told, had the series ended as many periods later."""
    values = 10 + noise(50)
    found = launches.placebo(values, post=44)
    assert list(found.dates["at"]) == list(range(12, 39))
    row = found.dates[found.dates["at"] == 30].iloc[0]
    there = launches.impact(values[:36], post=30)
    assert (row["effect"], row["p"]) == (pytest.approx(there.effect), pytest.approx(there.p))


def test_a_real_launch_ranks_first_and_worked() -> None:
    """An effect of four standard deviations is believed, ranks before every placebo date, and is no success where the KPI should fall."""
    values = noise(70, 2) + np.where(np.arange(70) >= 62, 4.0, 0.0)
    up, down = (launches.placebo(values, post=62, good=good) for good in ("up", "down"))  # type: ignore[arg-type]
    assert (up.rank, up.worked, down.worked) == (1, True, False)
    assert up.share <= 0.1
    assert up.lower > 0
    assert up.n == len(up.dates)


def test_a_past_that_surprised_often_widens_the_range() -> None:
    """Where placebo launches work again and again, as in steps after a quiet start, the launch's p grows and its range with it."""
    steps = np.repeat([0.0, 0, 0, 0, 3, -3, 6, -6, 9, -9], 8)
    found = launches.placebo(noise(80, 1) + steps, post=74)
    assert found.share > 0.05
    assert found.wider > 1
    assert found.p > found.impact.p
    assert found.upper - found.lower == pytest.approx(found.wider * (found.impact.upper - found.impact.lower))


def test_a_placebo_date_is_judged_as_the_launch_is() -> None:
    """Each date's range is widened by the dates that share no period with it: what worked is that rule's p, not the readout's alone."""
    steps = np.repeat([0.0, 0, 0, 0, 3, -3, 6, -6, 9, -9], 8)
    dates = launches.placebo(noise(80, 1) + steps, post=74).dates
    row = dates.iloc[20]
    far = dates[(dates["at"] - row["at"]).abs() >= 6]
    squares = (ndtri(far["p"] / 2) ** 2).mean()
    wider = max((4 + len(far) / 6 * squares) / (4 + len(far) / 6), 1) ** 0.5
    assert row["worked"] == (2 * ndtr(ndtri(row["p"] / 2) / wider) <= 0.05)
    assert dates["worked"].sum() < (dates["p"] <= 0.05).sum()


def test_where_placebo_launches_work_often_nothing_is_believed() -> None:
    """More than one in five of at least 12 dates; fewer dates are too few to tell."""
    assert [is_trusted(share, n) for share, n in ((0.2, 50), (0.22, 50), (0.5, 11), (float("nan"), 0))] == [True, False, True, True]


@pytest.mark.slow
def test_growth_is_no_launch() -> None:
    """Money that grows by 2 % a period is a line on logarithms: read so no launch of ten is claimed, read as it stands three or more are."""
    claimed = {"money": 0, "": 0}
    for seed in range(10):
        values = 20 * np.exp(0.02 * np.arange(112)) * (1 + 0.03 * noise(112, seed))
        for kind in claimed:
            claimed[kind] += launches.impact(values, post=104, kind=kind).is_clear  # type: ignore[arg-type]
    assert claimed["money"] <= 1
    assert claimed[""] >= 3


def test_other_launches_are_no_placebos() -> None:
    """No placebo date looks at periods in which another launch lies."""
    values = pd.Series(noise(60), index=pd.date_range("2025-01-06", periods=60, freq="W-MON"))
    found = launches.placebo(values, post=values.index[55], others=[values.index[30].date(), "2019-01-01", "2031-01-01"])
    places = values.index.get_indexer(found.dates["at"])
    assert len(places)
    assert not ((places <= 30) & (places + 5 > 30)).any()
    assert {25, 31} <= set(places)
    assert places.max() == 50


def test_without_room_there_are_no_placebos() -> None:
    """A short past leaves no date: the share is not known, the verdict rests on the readout alone."""
    found = launches.placebo(noise(9), post=7)
    assert (found.n, found.rank, found.wider, found.p) == (0, 1, 1.0, found.impact.p)
    assert np.isnan(found.share)


def test_an_unknown_way_is_refused() -> None:
    """The near miss is named."""
    with pytest.raises(ParameterError, match='Did you mean "up"'):
        launches.placebo(noise(40), post=30, good="upp")  # type: ignore[arg-type]


@pytest.mark.slow
def test_few_placebo_launches_work() -> None:
    """Over KPIs of several kinds at most two of 12 launches without effect are called a success."""
    worked = []
    for seed in range(12):
        line, walk = 0.1 * np.arange(70), np.cumsum(noise(70, seed) * 0.3)
        worked.append(launches.placebo([0, line, walk][seed % 3] + noise(70, seed + 100), post=62, good="up").worked)
    assert sum(worked) <= 2


def test_together_holds_many_to_one_rate() -> None:
    """Among several KPIs a p of 0.04 no longer does; Benjamini and Hochberg's adjustment is stated."""
    values = noise(60, 2)
    strong = launches.placebo(values + np.where(np.arange(60) >= 52, 6.0, 0.0), post=52)
    weak = [launches.placebo(noise(60, seed), post=52) for seed in (3, 4, 5)]
    table = launches.together({"strong": strong} | {f"weak {i}": w for i, w in enumerate(weak)})
    assert list(table.columns) == ["kpi", "effect", "lower", "upper", "p", "p_together", "worked"]
    assert table["worked"].tolist() == [True, False, False, False]
    assert table["p_together"].iloc[0] == pytest.approx(4 * strong.p)
    assert launches.together({}).empty
