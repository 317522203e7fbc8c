"""Voices per week and theme, with their ranges."""

from datetime import datetime

import pandas as pd
import pytest
from feedback_corpus import weeks_of
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import chi2, norm, t

from prodops.errors import InputError, ParameterError
from prodops.feedback import trend
from prodops.feedback.weekly import count_voices, voices_of


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


def test_exposure_is_what_the_workspace_counts() -> None:
    """Orders do as well as users, by segment too; the column keeps its name."""
    orders = pd.DataFrame({"week": ["2025-10-06"] * 2, "segment": ["x", "y"], "orders": [100, 400]})
    weekly = trend(ROWS.assign(segment=["x", "y", *"xxxxx"]), as_of=datetime(2025, 10, 13), weeks=1, by="segment", exposure=orders)
    assert weekly[["theme", "segment", "count", "orders", "per_1000"]].to_numpy().tolist() == [
        ["a", "x", 1, 100, 10.0],
        ["a", "y", 1, 400, 2.5],
    ]


def test_a_voice_counts_once_for_each_theme() -> None:
    """Two statements on one theme are one voice, on two themes one of each; what has no theme counts only where nothing has."""
    frame = said(
        [("0", "2025-10-06", "a"), ("0", "2025-10-07", "a"), ("0", "2025-10-06", "b"), ("0", "2025-10-05", ""), ("1", "2025-10-08", "")]
    )
    assert voices_of(frame)[["voice", "theme"]].to_numpy().tolist() == [["0", "a"], ["0", "b"], ["1", ""]]
    assert trend(frame, as_of=datetime(2025, 10, 13), weeks=1)["count"].tolist() == [1, 1]
    assert count_voices(frame) == 2
    assert count_voices(frame.drop(columns="voice")) == 5
    assert len(voices_of(frame.drop(columns=["voice", "id"]))) == 5


def test_a_breakdown_by_sub_theme() -> None:
    """A voice with two sub-themes of one theme counts in both, and once in the theme."""
    frame = said([("0", "2025-10-06", "a"), ("0", "2025-10-07", "a"), ("1", "2025-10-08", "a")], subtheme=["a1", "a2", "a1"])
    weekly = trend(frame, as_of=datetime(2025, 10, 13), weeks=1, by="subtheme")
    assert weekly[["theme", "subtheme", "count"]].to_numpy().tolist() == [["a", "a1", 2], ["a", "a2", 1]]
    assert trend(frame, as_of=datetime(2025, 10, 13), weeks=1)["count"].tolist() == [2]


def test_rough_weeks_have_wider_ranges() -> None:
    """Nine weeks of 2 and 8 in turn: squared differences of 36 over sums of 10, a dispersion of 3.6, and the range of 8 that of 8 / 3.6, times 3.6."""
    weekly = trend(weeks_of({"a": [2, 8, 2, 8, 2, 8, 2, 8, 2]}), as_of=datetime(2025, 3, 10), weeks=9)
    smooth = trend(weeks_of({"a": [5] * 9}), as_of=datetime(2025, 3, 10), weeks=9)
    tail = norm.sf(t.isf(0.025, 16 / 3))
    assert_allclose(weekly.loc[weekly["count"] == 8, "upper"], 3.6 * chi2.ppf(1 - tail, 2 * 8 / 3.6 + 2) / 2)
    assert_allclose(smooth["lower"], chi2.ppf(tail, 10) / 2)


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
    with pytest.raises(InputError, match="The exposure has the columns week; expected week and one that counts who was listened to"):
        trend(ROWS, as_of=datetime(2025, 10, 27), weeks=2, exposure=pd.DataFrame({"week": []}))


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
    firsts = frame[frame["created_at"] < as_of].sort_values(["created_at", "id"]).drop_duplicates(["voice", "theme"])
    since = pd.Timestamp("2025-10-27") - pd.Timedelta(weeks=weeks)
    assert weekly["count"].sum() == ((firsts["created_at"] >= since) & (firsts["theme"] != "")).sum()
    assert ((weekly["lower"] <= weekly["count"]) & (weekly["count"] <= weekly["upper"])).all()
