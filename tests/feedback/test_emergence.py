"""Alarms come for what changed, in its week, and hardly ever for what did not."""

from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from feedback_corpus import weekly_of, weeks_of
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from prodops.errors import InputError, ParameterError
from prodops.feedback import alarms, trend
from prodops.feedback.against_past import judge
from prodops.feedback.emergence import A_YEAR, COLUMNS, WEEKS_A_YEAR, looks_of

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


def test_a_theme_that_stays_while_others_rise_has_not_faded() -> None:
    """Beside fourteen themes that treble, six that go on as before are no news, however far they lie under the general level."""
    rng = np.random.default_rng(6)
    counts = {f"t{i:02}": [*rng.poisson(40, 26), *rng.poisson(120 if i < 14 else 40, 4)] for i in range(20)}
    table = alarms(weekly_of(counts), last=1).set_index("theme").sort_index()
    assert not table["alarm"].any()
    assert_allclose(table.loc["t14":, "usual"], [sum(counts[f"t{i}"][:26]) / 26 * 4 for i in range(14, 20)])
    assert (table.loc[:"t13", "usual"] > 350).all()


def test_few_voices_are_no_news() -> None:
    """Four voices where there was hardly one are surprising, and too few to act on; six are not."""
    quiet = [0, 0, 0, 0, 0, 1, *[0] * 20]
    table = alarms(weekly_of({"a": [*quiet, 4], "b": [*quiet, 6]}), last=1, a_year=WEEKS_A_YEAR)
    assert of(table, "a")["p_adjusted"].max() < 0.1
    assert table.loc[table["alarm"], "theme"].tolist() == ["b"]


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


def test_a_short_fall_is_no_news_until_it_lasts() -> None:
    """One week of silence is not looked at by itself; four weeks with little are."""
    busy = {"hush": [40] * 16 + [20], "same": [*STEADY] + [5] * 5}
    assert not alarms(weekly_of(busy), last=1)["alarm"].any()
    assert of(alarms(weekly_of(busy | {"hush": [40] * 16 + [20] * 4}), last=1), "hush")["alarm"].tolist() == [True]


def test_expected_false_alarms_are_what_is_compared_times_p() -> None:
    """With two themes and three looks at rises, and one at falls, a one-sided p is multiplied by eight."""
    table = alarms(weekly_of({"a": [*STEADY, 9, 5, 6, 7], "b": [*STEADY, 5, 4, 5, 5]}), last=1)
    assert_allclose(table["p_adjusted"], np.minimum(1, table["p"] / 2 * 8))


@given(st.integers(1, 12), st.integers(2, 40), st.integers(1, 5), st.integers(0, 2**32))
@settings(max_examples=10)
def test_worlds_judged_together_are_judged_as_each_alone(themes: int, weeks: int, last: int, seed: int) -> None:
    """What the simulations judge in arrays is what the table of alarms says of each world."""
    rng = np.random.default_rng(seed)
    counts = rng.poisson(rng.gamma(1, 20, (3, themes, 1)) * rng.gamma(5, 1 / 5, (3, 1, weeks)), (3, themes, weeks)).astype(float)
    together = judge(counts, looks=looks_of(4), allowed=A_YEAR / WEEKS_A_YEAR, last=last)
    for world, own in enumerate(counts):
        table = alarms(weekly_of({f"t{i:02}": [int(n) for n in row] for i, row in enumerate(own)}), last=last)
        table = table.sort_values(["week", "theme"])
        for name in ("count", "usual", "dispersion", "p"):
            assert_allclose(table[name], together[name][:, world].ravel(), rtol=1e-9, err_msg=name)
        assert table["alarm"].tolist() == together["alarm"][:, world].ravel().tolist()


def simulated(size: float | None, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    return np.ones(shape) if size is None else rng.gamma(size, 1 / size, shape)


@pytest.mark.parametrize("size", [None, 30, 10, 5])
def test_stable_themes_hardly_ever_alarm(size: float | None) -> None:
    """In 30 simulated years of 50 stable themes, Poisson or overdispersed, at most one alarm a year for all of them."""
    rng = np.random.default_rng(11)
    counts = rng.poisson(np.geomspace(3, 300, 50)[:, None] * simulated(size, (30, 50, 81), rng)).astype(float)
    assert judge(counts, looks=looks_of(), allowed=A_YEAR / WEEKS_A_YEAR, last=WEEKS_A_YEAR)["alarm"].sum() <= 30


@pytest.mark.parametrize(("size", "least"), [(None, 0.95), (30, 0.5)])
def test_a_doubling_is_seen_within_two_weeks(size: float | None, least: float) -> None:
    """A doubling from 30 a week, among 50 themes, alarms within two weeks nearly always, and mostly where weeks vary by a fifth more."""
    rng = np.random.default_rng(12)
    means = np.array([30, *np.geomspace(3, 300, 49)])
    rates = means[:, None] * simulated(size, (100, 50, 28), rng)
    rates[:, 0, -2:] *= 2
    alarm = judge(rng.poisson(rates).astype(float), looks=looks_of(), allowed=A_YEAR / WEEKS_A_YEAR, last=2)["alarm"]
    assert alarm[..., 0].any(axis=0).mean() >= least
