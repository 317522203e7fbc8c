"""Alarms come for what changed, in its week, and hardly ever for what did not."""

from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from feedback_corpus import weekly_of, weeks_of

from prodops.errors import InputError, ParameterError
from prodops.feedback import alarms, trend
from prodops.feedback.emergence import COLUMNS

STEADY = [5, 6, 4, 5, 7, 5, 4, 6, 5, 5, 4, 6]


def of(table: pd.DataFrame, theme: str) -> pd.DataFrame:
    return table[table["theme"] == theme].sort_values("week").reset_index(drop=True)


def test_an_outbreak_alarms_in_its_week() -> None:
    """A theme that jumps in its 13th week alarms there, first, since then, by that week alone; the one beside it never does."""
    table = alarms(weekly_of({"jump": [*STEADY, 40, 38], "same": [*STEADY, 5, 4]}))
    jump = of(table, "jump")
    assert jump.loc[jump["alarm"], ["direction", "first"]].to_numpy().tolist() == [["emerging", True], ["emerging", False]]
    start = jump.loc[jump["first"]].iloc[0]
    assert (start["week"], start["since"], start["weeks"], start["count"]) == (pd.Timestamp(2025, 3, 31), pd.Timestamp(2025, 3, 31), 1, 40)
    assert not of(table, "same")["alarm"].any()


def test_a_fall_is_fading() -> None:
    """A theme that nearly stops fades."""
    last = of(alarms(weekly_of({"fall": [20, 22, 18, 21, 19, 20, 21, 19, 20, 20, 2, 1, 0, 1]})), "fall").iloc[-1]
    assert (last["direction"], bool(last["alarm"])) == ("fading", True)
    assert last["upper"] < 0.5


def test_what_has_no_past_is_new() -> None:
    """A theme not heard before is new since its first week, and has no usual count."""
    last = of(alarms(weekly_of({"new": [0] * 12 + [0, 6, 5, 7], "same": [*STEADY, 5, 5, 5, 5]})), "new").iloc[-1]
    assert (last["direction"], bool(last["alarm"]), last["usual"]) == ("new", True, 0)
    assert last["since"] == pd.Timestamp(2025, 1, 6) + pd.Timedelta(weeks=13)
    assert np.isinf(last["ratio"])
    assert last["lower"] > 5


def test_slow_growth_is_seen_over_more_weeks() -> None:
    """What no single week shows, four together do."""
    last = of(alarms(weekly_of({f"t{i}": [30 + (week + i) % 3 - 1 for week in range(22)] + [30] * 4 for i in range(5)}
                               | {"grow": [30 + week % 3 - 1 for week in range(22)] + [46, 47, 46, 46]})), "grow").iloc[-1]  # fmt: skip
    assert (bool(last["alarm"]), last["weeks"], last["count"]) == (True, 4, 185)


def test_a_short_past_claims_nothing() -> None:
    """Up to eight weeks before, p is missing; with no week before there is no row; with no counts neither."""
    table = alarms(weekly_of({"jump": [1] * 8 + [50]}))
    assert of(table, "jump")["p"].isna().tolist() == [True] * 7 + [False]
    assert alarms(weekly_of({"jump": [1]})).empty
    assert alarms(weekly_of({})).columns.tolist() == list(COLUMNS)
    with pytest.raises(ParameterError, match="recent is 0"):
        alarms(weekly_of({}), recent=0)


def test_the_last_weeks_only() -> None:
    """Looking at the latest weeks gives the rows that looking at all does."""
    weekly = weekly_of({"jump": [*STEADY, 40, 38], "same": [*STEADY, 5, 4]})
    whole = alarms(weekly)
    pd.testing.assert_frame_equal(alarms(weekly, last=2).drop(columns="first"), whole.head(4).drop(columns="first"))


def test_the_week_in_progress_is_not_compared() -> None:
    """A wild running week changes nothing."""
    weekly = weekly_of({"same": [*STEADY, 5, 500]})
    weekly.loc[weekly["count"] == 500, "complete"] = False
    table = alarms(weekly)
    assert table["week"].max() == pd.Timestamp(2025, 3, 31)
    assert not table["alarm"].any()


def test_a_week_in_which_everybody_writes() -> None:
    """Where all themes double there is no news of each; the one that grows tenfold is news."""
    rng = np.random.default_rng(5)
    counts = {f"t{i:02}": [*rng.poisson(40, 26), *rng.poisson(80, 2)] for i in range(20)}
    table = alarms(weekly_of(counts | {"up": [*rng.poisson(40, 26), *rng.poisson(400, 2)]}), last=1)
    assert table.loc[table["alarm"], "theme"].tolist() == ["up"]


def test_exposure_is_taken_out() -> None:
    """Twice the users, twice the voices: no alarm, where the users are known. As many voices from a tenth of them: an alarm."""
    weekly = weekly_of({"a": [30] * 12 + [80], "b": [30] * 13})
    users = weekly["week"] == weekly["week"].max()
    assert alarms(weekly, last=1)["alarm"].tolist() == [True, False]
    table = alarms(weekly.assign(active_users=users.map({True: 2400, False: 900})), exposure="active_users", last=1)
    assert of(table, "a")["ratio"].tolist() == [1.0]
    assert not of(table, "a")["alarm"].any()
    fewer = alarms(weekly.assign(active_users=users.map({True: 100, False: 1000})), exposure="active_users", last=1)
    assert of(fewer, "b")["ratio"].tolist() == [10.0]
    assert fewer["alarm"].all()
    with pytest.raises(InputError, match='no column "active_user"'):
        alarms(weekly, exposure="active_user")


def test_a_week_without_known_users_says_nothing() -> None:
    """Its voices are left out on both sides, and where no recent week has users there is no p."""
    weekly = weekly_of({"a": [30] * 5 + [500] + [30] * 7, "b": [30] * 13})
    users = weekly.groupby("theme").cumcount()
    table = alarms(weekly.assign(orders=users.map(lambda week: None if week == 5 else 100)), exposure="orders", last=1)
    assert of(table, "a")["ratio"].tolist() == [1.0]
    assert alarms(weekly.assign(orders=users.map(lambda week: 0 if week > 8 else 100)), exposure="orders", last=1)["p"].isna().all()


def test_parts_are_tested_by_themselves() -> None:
    """Split by segment, the alarm is the segment's that it came from."""
    frame = pd.concat([weeks_of({"sync": [3] * 12 + [3]}, segment="team"), weeks_of({"sync": [3] * 12 + [30]}, segment="enterprise")])
    frame = frame.assign(id=frame["segment"] + frame["id"], voice=frame["segment"] + frame["voice"])
    table = alarms(trend(frame, as_of=datetime(2025, 4, 7), weeks=13, by="segment"), by="segment", last=1)
    assert table.loc[table["alarm"], ["theme", "segment"]].to_numpy().tolist() == [["sync", "enterprise"]]


def simulated(mean: np.ndarray, size: float | None, weeks: int, rng: np.random.Generator) -> dict[str, list[int]]:
    shape = (len(mean), weeks)
    rate = np.broadcast_to(mean[:, None], shape) if size is None else rng.gamma(size, mean[:, None] / size, shape)
    return {f"t{i:02}": row for i, row in enumerate(rng.poisson(rate).tolist())}


@pytest.mark.parametrize("size", [None, 10])
def test_stable_themes_hardly_ever_alarm(size: float | None) -> None:
    """In eight simulated years of 50 stable themes, Poisson or overdispersed, at most one alarm a year for all of them."""
    rng = np.random.default_rng(11)
    means = np.geomspace(3, 300, 50)
    found = sum(alarms(weekly_of(simulated(means, size, 78, rng)), last=52)["alarm"].sum() for _ in range(8))
    assert found <= 8


def test_a_doubling_is_seen_within_two_weeks() -> None:
    """A doubling from 30 a week, among 50 themes, alarms within two weeks in at least eight of ten runs."""
    rng = np.random.default_rng(12)
    means = np.geomspace(3, 300, 49)
    seen = 0
    for _ in range(40):
        counts = simulated(means, None, 28, rng) | {"up": [*rng.poisson(30, 26).tolist(), *rng.poisson(60, 2).tolist()]}
        seen += bool(of(alarms(weekly_of(counts), last=2), "up")["alarm"].any())
    assert seen >= 36
