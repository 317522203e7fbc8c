"""Voices per week and theme, with their ranges."""

from datetime import datetime

import pandas as pd
import pytest
from feedback_corpus import weeks_of
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from prodops.errors import InputError, ParameterError
from prodops.feedback import trend
from prodops.feedback.weekly import poisson_interval


def said(rows: list[tuple[str, str, str]], **columns: object) -> pd.DataFrame:
    """Build a themed frame from (voice, time, theme) rows; a row's id is its number."""
    voices, times, themes = zip(*rows, strict=True)
    return pd.DataFrame(
        {
            "id": [str(i) for i in range(len(rows))],
            "voice": list(voices),
            "theme": list(themes),
            "created_at": pd.to_datetime(list(times), format="ISO8601").astype("datetime64[us]"),
        }
    ).assign(**columns)


ROWS = said([
    ("0", "2025-10-06 00:00", "a"), ("1", "2025-10-12 23:59", "a"), ("2", "2025-10-13 00:00", "b"), ("2", "2025-10-20 09:00", "b"), ("4", "2025-10-22", ""),
    ("5", "2025-10-28", "a"), ("6", "2025-10-29 12:00", "a"),
])  # fmt: skip


def test_counts_by_hand() -> None:
    """Weeks start on Monday, silent weeks are zero, a voice counts in its first week, the running week is marked, texts without a theme do not count."""
    weekly = trend(ROWS, as_of=datetime(2025, 10, 29, 12), weeks=3)
    counted = weekly.assign(week=weekly["week"].dt.strftime("%d %b"))[["week", "theme", "name", "count", "complete"]]
    assert counted.to_numpy().tolist() == [
        ["06 Oct", "a", "a", 2, True], ["06 Oct", "b", "b", 0, True], ["13 Oct", "a", "a", 0, True], ["13 Oct", "b", "b", 1, True],
        ["20 Oct", "a", "a", 0, True], ["20 Oct", "b", "b", 0, True], ["27 Oct", "a", "a", 1, False], ["27 Oct", "b", "b", 0, False],
    ]  # fmt: skip


def test_no_week_in_progress() -> None:
    """Where as_of is a week's very start there is no week in progress, and what comes then is not seen."""
    weekly = trend(ROWS, as_of=datetime(2025, 10, 27), weeks=2)
    assert weekly["complete"].all()
    assert sorted(set(weekly["week"].dt.strftime("%d %b"))) == ["13 Oct", "20 Oct"]


def test_weeks_may_start_on_sunday() -> None:
    """With weeks from Sunday, Sunday's voice belongs to the next week."""
    weekly = trend(ROWS, as_of=datetime(2025, 10, 26), weeks=3, week_start="sunday")
    assert weekly.loc[weekly["theme"] == "a", ["week", "count"]].assign(week=lambda t: t["week"].dt.strftime("%d %b")).to_numpy().tolist() == [
        ["05 Oct", 1], ["12 Oct", 1], ["19 Oct", 0]]  # fmt: skip


def test_weeks_before_the_first_feedback_are_left_out() -> None:
    """Nobody was listening then: those weeks are not zero."""
    weekly = trend(ROWS, as_of=datetime(2025, 10, 20), weeks=26)
    assert weekly["week"].dt.strftime("%d %b").drop_duplicates().tolist() == ["06 Oct", "13 Oct"]


def test_split_by_a_column() -> None:
    """One row per week, theme and value seen; a missing value is not known."""
    weekly = trend(ROWS.assign(segment=["x", "y", None, None, "x", "x", "x"]), as_of=datetime(2025, 10, 20), weeks=2, by="segment")
    assert weekly[["theme", "segment", "count"]].to_numpy().tolist() == [
        ["a", "x", 1], ["a", "y", 1], ["b", "not known", 0], ["a", "x", 0], ["a", "y", 0], ["b", "not known", 1]]  # fmt: skip


def test_exposure_gives_rates() -> None:
    """Per 1,000 active users, with the range; weeks without users have no rate."""
    exposure = pd.DataFrame({"week": ["2025-10-06", "2025-10-13"], "active_users": [500, 0]})
    weekly = trend(ROWS, as_of=datetime(2025, 10, 20), weeks=2, exposure=exposure)
    first = weekly.iloc[0]
    assert (first["per_1000"], first["active_users"]) == (4.0, 500)
    assert_allclose(first["per_1000_upper"], 7.2247 * 2, rtol=1e-4)
    assert weekly["per_1000"].isna().tolist() == [False, False, True, True]


def test_poisson_interval() -> None:
    """The exact interval, as in any table of it."""
    lower, upper = poisson_interval([0, 1, 10])
    assert_allclose(lower, [0, 0.0253, 4.7954], atol=1e-4)
    assert_allclose(upper, [3.6889, 5.5716, 18.3904], atol=1e-4)


def test_names_come_along() -> None:
    """A theme's name stands beside its id."""
    assert set(trend(weeks_of({"a": [1, 2]}), as_of=datetime(2025, 1, 20), weeks=2)["name"]) == {"A"}


@pytest.mark.parametrize("column", ["created_at", "theme", "segment"])
def test_a_missing_column_is_named(column: str) -> None:
    """The error says what is missing and what to pass."""
    frame = ROWS.assign(segment="x").drop(columns=column)
    with pytest.raises(InputError, match=f'no column "{column}"'):
        trend(frame, as_of=datetime(2025, 10, 27), weeks=4, by="segment")


def test_misuse() -> None:
    """No weeks, or an exposure without users, is refused."""
    with pytest.raises(ParameterError, match="weeks is 0; expected at least 1"):
        trend(ROWS, as_of=datetime(2025, 10, 27), weeks=0)
    with pytest.raises(InputError, match=r'no column "active_users"\. Did you mean "active_user"'):
        trend(ROWS, as_of=datetime(2025, 10, 27), weeks=2, exposure=pd.DataFrame({"week": [], "active_user": []}))


@pytest.mark.parametrize("as_of", [datetime(2020, 1, 1), datetime(2025, 10, 6)])
def test_before_the_first_feedback(as_of: datetime) -> None:
    """Nothing said yet is an empty table with all its columns."""
    weekly = trend(ROWS, as_of=as_of, weeks=4)
    assert weekly.empty
    assert weekly.columns.tolist() == ["week", "theme", "name", "count", "lower", "upper", "complete"]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 6), st.sampled_from(["a", "b", ""])), min_size=1, max_size=30),
    st.integers(1, 10),
)
def test_counts_add_up(rows: list[tuple[int, int, str]], weeks: int) -> None:
    """All counts together are the themed voices whose first word fell into the weeks shown."""
    start = pd.Timestamp("2025-09-01")
    frame = said([(str(voice), str(start + pd.Timedelta(hours=4 * hour)), theme) for hour, voice, theme in rows])
    as_of = datetime(2025, 10, 29, 12)
    weekly = trend(frame, as_of=as_of, weeks=weeks)
    firsts = frame[frame["created_at"] < as_of].sort_values(["created_at", "id"]).drop_duplicates("voice")
    since = pd.Timestamp("2025-10-27") - pd.Timedelta(weeks=weeks)
    assert weekly["count"].sum() == ((firsts["created_at"] >= since) & (firsts["theme"] != "")).sum()
    assert ((weekly["lower"] <= weekly["count"]) & (weekly["count"] <= weekly["upper"])).all()
