"""Stickiness and active users, by hand and in plain Python."""

from datetime import datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodops.errors import ParameterError
from prodops.kpis import ActivesSpec, StickinessSpec, actives, stickiness, wilson


def test_stickiness_counts_exact_numbers_of_periods(events):
    """Ann was there on two days (three events), Bob on one, Cat on none within the window; every number up to all days has its row."""
    rows = events("ann in 2025-01-06", "ann in 2025-01-06T09", "ann in 2025-01-08", "bob in 2025-01-07", "cat in 2025-01-09")
    spec = StickinessSpec(periods=3, as_of=datetime(2025, 1, 9))
    frame = stickiness(rows, spec)
    assert frame.columns.tolist() == ["slice", "active_periods", "people", "share", "lower", "upper"]
    assert frame[["active_periods", "people"]].to_numpy().tolist() == [[1, 1], [2, 1], [3, 0]]
    assert frame.loc[0, ["share", "lower", "upper"]].tolist() == pytest.approx(list(wilson(1, 2)))
    assert spec.variant == "any event, exact number of calendar days"


def test_a_window_may_cut_periods(events):
    """From the 11th to the 20th only what lies within counts, though both are of one month; the window's end is not in it."""
    rows = events("ann in 2025-01-05", "bob in 2025-01-11", "bob in 2025-01-20", "cat in 2025-01-21")
    frame = stickiness(rows, StickinessSpec(grain="month", since="2025-01-11", until="2025-01-21", as_of=datetime(2025, 1, 21)))
    assert frame[["active_periods", "people"]].to_numpy().tolist() == [[1, 1]]


def test_a_window_that_has_not_ended_is_refused(events):
    """Stickiness of days that are not known yet would be too low: it is refused, in one line."""
    with pytest.raises(ParameterError, match="the window ends at 2025-01-10 00:00:00, after as_of 2025-01-09"):
        stickiness(events(), StickinessSpec(until="2025-01-10", as_of=datetime(2025, 1, 9)))


def test_stickiness_by_slice(events):
    """By first value a person is in one slice; by each value, in each they were active in."""
    rows = events("ann in 2025-01-06 web", "ann in 2025-01-07 ios")
    spec = StickinessSpec(periods=2, by="platform", as_of=datetime(2025, 1, 8))

    def shown(by_value):
        frame = stickiness(rows, spec.model_copy(update={"by_value": by_value}))
        return {s: part["people"].tolist() for s, part in frame.groupby("slice")}

    assert shown("first") == {"": [0, 1], "web": [0, 1]}
    assert shown("each") == {"": [0, 1], "ios": [1, 0], "web": [1, 0]}


def test_no_activity_is_an_empty_frame(events):
    """Nobody sticks and nobody is active: no rows, the right columns."""
    as_of = datetime(2025, 1, 9)
    assert stickiness(events(), StickinessSpec(as_of=as_of)).columns.tolist()[-1] == "upper"
    assert stickiness(events(), StickinessSpec(as_of=as_of)).empty
    frame = actives(events(), ActivesSpec(as_of=as_of))
    assert frame.empty
    assert frame.columns.tolist() == ["slice", "day", "dau", "wau", "mau", "share", "lower", "upper", "complete"]


def test_trailing_counts_hold_each_person_once(events):
    """Ann comes on days 0, 1 and 30, Bob on day 0: who came within 7 or 28 days counts once, and leaves on the day after."""
    rows = events("old in 2024-01-01", "ann in 2025-03-01", "ann in 2025-03-02", "ann in 2025-03-31", "bob in 2025-03-01")
    frame = actives(rows, ActivesSpec(since="2025-03-01", until="2025-04-01", as_of=datetime(2025, 4, 1))).set_index("day")
    assert frame["dau"].tolist() == [2, 1, *[0] * 28, 1]
    assert frame["wau"].tolist() == [2] * 7 + [1] + [0] * 22 + [1]
    assert frame["mau"].tolist() == [2] * 28 + [1, 0, 1]
    cell = frame.loc["2025-03-02"]
    assert cell[["share", "lower", "upper"]].tolist() == pytest.approx(list(wilson(1, 2)))
    by_30 = actives(rows, ActivesSpec(since="2025-03-01", until="2025-04-01", month_days=30, as_of=datetime(2025, 4, 1)))
    assert by_30["mau"].tolist() == [2] * 30 + [1]


def test_what_is_not_whole_is_missing(events):
    """A day in progress, and a trailing window that reaches back before the first event of all, have no number."""
    rows = events("ann in 2025-03-01T12", "ann in 2025-03-08T01")
    frame = actives(rows, ActivesSpec(since="2025-02-28", until="2025-03-09", as_of=datetime(2025, 3, 8, 12)))
    shown = frame.set_index(frame["day"].dt.strftime("%m-%d"))
    assert shown["complete"].tolist() == [True] * 8 + [False]
    assert shown["dau"].dropna().to_dict() == {"03-01": 1} | {f"03-0{n}": 0 for n in range(2, 8)}
    assert shown["wau"].dropna().to_dict() == {"03-07": 1}
    assert shown[["mau", "share"]].isna().all(axis=None)


def test_actives_by_slice_count_each_value(events):
    """Someone on two platforms is active on both; all together they are one."""
    rows = events("old in 2024-01-01 web", "ann in 2025-03-01 web", "ann in 2025-03-01 ios")
    spec = ActivesSpec(by="platform", periods=1, as_of=datetime(2025, 3, 2))
    assert actives(rows, spec).set_index("slice")["dau"].to_dict() == {"": 1, "ios": 1, "web": 1}
    assert spec.variant == "any event, daily, trailing 7 days and trailing 28 days, by platform"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ActivesSpec(grain="week"), '"week" is not a grain of daily, weekly and monthly actives.'),
        (lambda: ActivesSpec(month_days=31), 'month_days: Input should be 28 or 30 \\(found "31"\\)'),
        (lambda: StickinessSpec(by_value="last"), '"last" is not a value to slice by.'),
    ],
)
def test_variants_that_are_not_are_refused(make, message):
    """A word that no variant has is named, with those there are."""
    with pytest.raises(ParameterError, match=message):
        make()


visits = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 70)), min_size=1, max_size=30)


@settings(max_examples=8)
@given(visits, st.sampled_from([28, 30]))
def test_actives_are_what_sets_of_people_count(rows, month_days):
    """For any activity, each count is the size of the set of people seen within its days."""
    start = datetime(2024, 2, 1)
    frame = pd.DataFrame(
        {"user_id": [u for u, _ in rows], "event": "in", "occurred_at": [start + timedelta(days=d, hours=9) for _, d in rows]}
    )
    old = pd.DataFrame({"user_id": ["z"], "event": ["in"], "occurred_at": [start - timedelta(days=99)]})
    found = actives(pd.concat([frame, old]), ActivesSpec(periods=35, month_days=month_days, as_of=start + timedelta(days=70)))
    for column, days in {"dau": 1, "wau": 7, "mau": month_days}.items():
        expected = [len({u for u, d in rows if day - days < d <= day}) for day in range(35, 70)]
        assert found[column].tolist() == expected if len(found) else not any(expected)
