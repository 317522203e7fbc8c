"""Lifecycle: new, returning, resurrecting and dormant people, by hand and in plain Python."""

from datetime import datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodops.errors import ParameterError
from prodops.kpis import LifecycleSpec, lifecycle
from prodops.kpis.behaviour.lifecycle import COLUMNS

STATES = ["new", "returning", "resurrecting", "dormant", "active"]


def table(frame, slice_=""):
    return frame.loc[frame["slice"] == slice_, STATES].astype(int).to_numpy().tolist()


def test_each_person_is_one_thing_in_a_period(events):
    """Ann: new, returning, dormant, resurrecting. Bob came in 2023, so he is never new. A state shows in the period it is of."""
    rows = events(
        "ann in 2025-01-06", "ann in 2025-01-06T05", "ann in 2025-01-07T23:59:59", "ann in 2025-01-09", "bob in 2023-05-05", "bob in 2025-01-07"
    )  # fmt: skip
    frame = lifecycle(rows, LifecycleSpec(grain="day", periods=4, as_of=datetime(2025, 1, 10)))
    assert tuple(frame.columns) == COLUMNS
    assert frame["period_start"].dt.day.tolist() == [6, 7, 8, 9]
    assert table(frame) == [[1, 0, 0, 0, 1], [0, 1, 1, 0, 2], [0, 0, 0, -2, 0], [0, 0, 1, 0, 1]]


def test_the_period_before_the_window_is_looked_at(events):
    """Who was active just before the window is returning, or dormant, in its first period."""
    rows = events("ann in 2025-01-05", "ann in 2025-01-06", "bob in 2025-01-05")
    frame = lifecycle(rows, LifecycleSpec(grain="day", periods=1, as_of=datetime(2025, 1, 7)))
    assert table(frame) == [[0, 1, 0, -1, 1]]


def test_a_period_in_progress_is_missing(events):
    """A week that had not ended at as_of has no counts; one that had is counted without what came after."""
    rows = events("ann in 2025-01-06", "bob in 2025-01-14", "cat in 2025-01-16")
    frame = lifecycle(rows, LifecycleSpec(since="2025-01-06", until="2025-01-20", as_of=datetime(2025, 1, 15)))
    assert frame["complete"].tolist() == [True, False]
    assert frame.loc[0, STATES].tolist() == [1, 0, 0, 0, 1]
    assert frame.loc[1, STATES].isna().all()


def test_slices_by_first_value_or_by_each(events):
    """Ann begins free and turns to pro: by first value she stays in free; by each she leaves it, and is new in pro."""
    rows = events("ann in 2025-01-06 free", "ann in 2025-01-07 pro", "bob in 2025-01-07 -").rename(columns={"platform": "plan"})
    spec = LifecycleSpec(grain="day", periods=2, by="plan", as_of=datetime(2025, 1, 8))
    first = lifecycle(rows, spec)
    assert {s: table(first, s) for s in ("", "(none)", "free")} == {
        "": [[1, 0, 0, 0, 1], [1, 1, 0, 0, 2]],
        "(none)": [[0, 0, 0, 0, 0], [1, 0, 0, 0, 1]],
        "free": [[1, 0, 0, 0, 1], [0, 1, 0, 0, 1]],
    }
    each = lifecycle(rows, spec.model_copy(update={"by_value": "each"}))
    assert table(each, "free") == [[1, 0, 0, 0, 1], [0, 0, 0, -1, 0]]
    assert table(each, "pro") == [[0, 0, 0, 0, 0], [1, 0, 0, 0, 1]]
    assert spec.variant == "any event, calendar days, by plan (first value)"


def test_only_the_step_is_activity_and_aliases_are_one(events):
    """Other events are no activity, not even the first ever; two names of a person are one."""
    rows = events("ann see 2025-01-06", "ann pay 2025-01-07", "tab pay 2025-01-08")
    spec = LifecycleSpec(event="pay", grain="day", periods=3, as_of=datetime(2025, 1, 9))
    assert table(lifecycle(rows, spec, identities={"tab": "ann"})) == [[0, 0, 0, 0, 0], [1, 0, 0, 0, 1], [0, 1, 0, 0, 1]]


def test_nobody_is_an_empty_frame_and_a_misspelt_grain_is_refused(events):
    """No activity gives no rows and the right columns."""
    frame = lifecycle(events(), LifecycleSpec(as_of=datetime(2025, 1, 9)))
    assert frame.empty
    assert tuple(frame.columns) == COLUMNS
    with pytest.raises(ParameterError, match="LifecycleSpec: grain"):
        LifecycleSpec(grain="daily")


days = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 80)), min_size=1, max_size=40)


@settings(max_examples=8)
@given(days, st.sampled_from([1, 7, 31, 65]))
def test_states_are_what_a_loop_over_people_finds(rows, periods):
    """For any activity and windows of any length: each state as its definition says; new + returning + resurrecting = active."""
    start, first = datetime(2024, 2, 1), 80 - periods
    frame = pd.DataFrame(
        {"user_id": [u for u, _ in rows], "event": "in", "occurred_at": [start + timedelta(days=d, hours=9) for _, d in rows]}
    )
    found = lifecycle(frame, LifecycleSpec(grain="day", periods=periods, as_of=start + timedelta(days=80)))
    active = {person: {d for u, d in rows if u == person and d < 80} for person, _ in rows}
    expected = []
    for day in range(first, 80):
        here = [d for d in active.values() if day in d]
        new = sum(min(d) == day for d in here)
        returning = sum(day - 1 in d for d in here)
        left = sum(day - 1 in d and day not in d for d in active.values())
        expected.append([new, returning, len(here) - new - returning, -left, len(here)])
    anyone = any(day in d or day - 1 in d for d in active.values() for day in range(first, 80))
    assert (table(found) if len(found) else []) == (expected if anyone else [])
