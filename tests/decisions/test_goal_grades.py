"""Grades come from KPIs: linear from start to target, beside the share of the time that has gone, as sure as the KPI's noise lets them be."""

from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pasts import monthly, weekly

from prodops import decisions
from prodops.decisions.levels import chance_above, change, level
from prodops.errors import InputError

AS_OF = datetime(2025, 11, 3)


def goal(**given: Any) -> pd.DataFrame:
    """One goal from 1 January 2025 to 31 December 2025, from 100 to 200."""
    row = {
        "goal": "Grow",
        "kpi": "users",
        "start_on": "2025-01-01",
        "due_on": "2025-12-31",
        "start_value": 100.0,
        "target": 200.0,
        "owner": "Me",
    }
    return pd.DataFrame([row | given]).astype({"start_on": "datetime64[us]", "due_on": "datetime64[us]"})


def graded(values: list[float], as_of: datetime = AS_OF, good: dict[str, Any] | None = None, **given: Any) -> dict[str, Any]:
    return decisions.grades(goal(**given), weekly("users", values), as_of=as_of, good=good).to_dict("records")[0]


def test_a_grade_is_linear_from_start_to_target() -> None:
    """150 on the way from 100 to 200 is 0.5; of 365 days 306 have gone, so 0.838 was due: 183.8."""
    row = graded([150.0] * 10)
    assert row["grade"] == pytest.approx(0.5)
    assert row["expected"] == pytest.approx(306 / 365)
    assert row["due_value"] == pytest.approx(100 + 100 * 306 / 365)
    assert (row["lower"], row["upper"], row["chance"], row["pace"]) == (pytest.approx(0.5), pytest.approx(0.5), 0, "behind")
    assert (row["start_from"], row["period_end"]) == ("the goal", date(2025, 11, 3))


def test_a_falling_kpi_is_graded_alike() -> None:
    """From 0.04 down to 0.03, 0.032 is 0.8; at or beyond the target it is 1, before the start 0."""
    falling = {"start_value": 0.04, "target": 0.03}
    assert [round(graded([v] * 10, **falling)["grade"], 6) for v in (0.032, 0.02, 0.05)] == [0.8, 1, 0]
    assert graded([0.03] * 10, **falling)["pace"] == "ahead"


@settings(max_examples=20)
@given(st.floats(-50, 50), st.floats(1, 40), st.floats(0.1, 10), st.floats(-100, 100))
def test_a_grade_is_the_same_on_any_scale(start: float, way: float, factor: float, shift: float) -> None:
    """Counting in other units, from another zero or downwards leaves grade, range and pace."""
    values = list(start + way * np.array([0.3, 0.5, 0.4, 0.6, 0.5, 0.7]))
    one = graded(values, start_value=start, target=start + way)
    for scale in (factor, -factor):
        other = graded([v * scale + shift for v in values], start_value=start * scale + shift, target=(start + way) * scale + shift)
        for key in ("grade", "lower", "upper", "chance"):
            assert other[key] == pytest.approx(one[key], abs=1e-6)
        assert other["pace"] == one["pace"]


def test_noise_leaves_the_pace_open() -> None:
    """A number that jumps about may be behind; one that is as due keeps pace; one that is far off is behind for sure."""
    noisy = list(170 + 60 * np.array([1, -1, 1, -1, -1, 1, 1, -1, 1, -1, 1, -1.0]))
    assert graded(noisy)["pace"] == "perhaps behind"
    assert graded(noisy, target=300)["pace"] == "behind"
    calm = list(184 + 3 * np.array([1, -1, 1, -1, -1, 1, 1, -1, 1, -1, 1, -1.0]))
    assert graded(calm)["pace"] == "on pace"
    assert graded(calm, target=120)["pace"] == "ahead"


def test_a_goal_whose_day_is_past_is_judged_on_that_day() -> None:
    """Later values are not looked at: 0.7 is achieved, 1 reached, less is missed."""
    weeks = [170.0] * 8 + [900.0] * 4  # the last four weeks lie after 30 September
    past = {"due_on": "2025-10-05"}
    assert (graded(weeks, **past)["grade"], graded(weeks, **past)["pace"]) == (pytest.approx(0.7), "achieved")
    assert graded([160.0] * 8 + [900.0] * 4, **past)["pace"] == "missed"
    assert graded([200.0] * 8 + [0.0] * 4, **past)["pace"] == "reached"
    assert graded(weeks, **past)["expected"] == 1


def test_a_start_that_is_not_given_is_the_kpi_s_own() -> None:
    """Taken from the periods before the goal began, and said; a KPI beyond its target then is not graded the wrong way round."""
    weeks = [100.0] * 20 + [150.0] * 10
    row = graded(weeks, start_value=float("nan"), start_on="2025-08-25")
    assert (row["start"], row["grade"], row["start_from"]) == (pytest.approx(100), pytest.approx(0.5, abs=1e-4), "the KPI at its start")
    late = graded([120.0] * 5, start_value=float("nan"))  # the KPI begins after the goal: its first value
    assert late["start"] == pytest.approx(120)
    beyond = graded(weeks, start_value=float("nan"), start_on="2025-08-25", target=90, good={"users": "up"})
    assert (beyond["pace"], beyond["note"]) == (
        "not known",
        "the KPI stood beyond the target when the goal began, and the goal names no start",
    )


@pytest.mark.parametrize(
    ("given", "as_of", "note"),
    [
        ({"kpi": "gone"}, AS_OF, 'there is no value of the KPI "gone"'),
        ({"target": float("nan")}, AS_OF, "the goal has no target"),
        ({"target": 100}, AS_OF, "start and target are the same, so nothing lies between them"),
        ({"due_on": "2024-12-31"}, AS_OF, "it is due on 31 Dec 2024, which is not after its start on 1 Jan 2025"),
        ({"start_on": "2025-12-01"}, AS_OF, "it begins on 1 Dec 2025"),
        ({"start_on": "2025-11-03"}, datetime(2025, 11, 5), "no whole period of the KPI has ended since it began"),
    ],
)
def test_what_is_not_known_is_missing_and_says_why(given: dict[str, Any], as_of: datetime, note: str) -> None:
    """A goal that cannot be graded has no grade, never 0."""
    row = graded([150.0] * 10, as_of, **given)
    assert np.isnan(row["grade"])
    assert row["note"] == note
    assert row["pace"] in ("not known", "not begun")


def test_one_value_and_none_are_no_fault() -> None:
    """A single period has a grade, its range from the KPI's own, and a pace; a table without goals gives none."""
    row = graded([150.0])
    assert (row["grade"], row["pace"]) == (pytest.approx(0.5), "behind")
    assert np.isnan(row["lower"])
    told = decisions.grades(goal(), weekly("users", [150.0], n=50, half=19.6), as_of=AS_OF).iloc[0]
    assert (told["value_lower"], told["value_upper"]) == (pytest.approx(130.4, abs=0.01), pytest.approx(169.6, abs=0.01))
    assert decisions.grades(goal().head(0), weekly("users", [1.0]), as_of=AS_OF).empty
    with pytest.raises(InputError, match='no column "kpi"'):
        decisions.grades(goal().drop(columns="kpi"), weekly("users", [1.0]), as_of=AS_OF)


def test_a_level_follows_what_wanders_and_averages_what_scatters() -> None:
    """A random walk's level is its last value; noise's is its mean, with the mean's error; a value of many rows weighs more."""
    rng = np.random.default_rng(4)
    walk = np.cumsum(rng.normal(size=200))
    assert level(walk).value == pytest.approx(walk[-1], abs=0.3)
    still = [level(rng.normal(5, 1, 200)) for _ in range(50)]
    assert np.mean([found.value for found in still]) == pytest.approx(5, abs=0.05)
    assert np.std([found.value for found in still]) < 0.2  # one value's would be 1, the mean of 200's 0.07
    assert level(np.array([0.0, 0.0, 0.0, 1.0]), np.array([1.0, 1.0, 1.0, 997.0])).value > 0.9


def test_a_level_s_range_covers() -> None:
    """Of 400 short series of noise around a level that wanders, 95 % ranges hold the level in 87 to 97 %."""
    rng = np.random.default_rng(11)
    held = 0
    for _ in range(400):
        truth = np.cumsum(rng.normal(0, 0.3, 26))
        found = level(truth + rng.normal(size=26)).interval()
        held += found.lower <= truth[-1] <= found.upper
    assert 0.87 <= held / 400 <= 0.97


def test_chances_have_ends() -> None:
    """Without an error a level lies on one side or the other; without anything known there is no chance."""
    assert chance_above(level(np.array([2.0] * 5)), 1.0) == 1
    assert chance_above(level(np.array([2.0] * 5)), 3.0) == 0
    assert np.isnan(chance_above(level(np.array([])), 3.0))


def test_months_are_held_against_months() -> None:
    """A change leaves out the month that holds the day: of six months around 7 April, three lie before and two after."""
    moved = change(monthly("churn", [1, 2, 3, 50, 7, 9], end="2025-07-01"), date(2025, 4, 7), most=12)
    assert (moved.before, moved.after, moved.periods) == (2, 8, (3, 2))
    assert moved.difference.value == 6
    assert moved.difference.lower < 6 < moved.difference.upper
