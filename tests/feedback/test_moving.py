"""What left its usual range is found, what did not is left alone, and where the change sits is said."""

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from feedback_corpus import weeks_of
from numpy.testing import assert_allclose

from prodops.errors import ParameterError
from prodops.feedback import movers, segments, trend
from prodops.feedback.moving import dispersion, holm, memory, window


def weekly_of(counts: dict[str, list[int]]) -> pd.DataFrame:
    """The weekly counts themselves, as trend gives them, from Monday 6 Jan 2025 on."""
    rows = [
        (pd.Timestamp(2025, 1, 6) + pd.Timedelta(weeks=week), theme, theme.capitalize(), count, True)
        for theme, series in counts.items()
        for week, count in enumerate(series)
    ]
    return pd.DataFrame(rows, columns=["week", "theme", "name", "count", "complete"])


STEADY = [5, 6, 4, 5, 7, 5, 4, 6, 5, 5, 4, 6]


def test_a_jump_is_found_and_the_rest_is_not() -> None:
    """Four recent weeks against twelve: the arithmetic by hand, and one theme out of three moved."""
    moved = movers(weekly_of({"jump": [*STEADY, 15, 16, 14, 15], "same": [*STEADY, 5, 4, 6, 5], "rare": [0, 1] * 6 + [1, 0, 0, 1]}))
    assert moved[["theme", "name", "recent", "moved", "recent_weeks", "before_weeks"]].iloc[0].tolist() == ["jump", "Jump", 60, True, 4, 12]
    assert moved["moved"].tolist() == [True, False, False]
    assert_allclose(moved["usual"].iloc[0], 62 / 3)
    assert_allclose(moved["ratio"].iloc[0], 60 / (62 / 3))
    assert (moved["lower"] <= moved["ratio"]).all()
    assert (moved["ratio"] <= moved["upper"]).all()
    assert 1 < moved["lower"].iloc[0] < 60 / (62 / 3) < moved["upper"].iloc[0] < 6


def test_a_fall_is_found() -> None:
    """A theme that nearly stopped moved too."""
    moved = movers(weekly_of({"fall": [20, 22, 18, 21, 19, 20, 21, 19, 20, 20, 2, 1, 0, 1]}))
    assert bool(moved["moved"].iloc[0])
    assert moved["upper"].iloc[0] < 0.3


def test_a_theme_that_always_swings_needs_more() -> None:
    """The same jump is no claim in a theme whose weeks vary far beyond chance."""
    swinging = [1, 20, 2, 18, 0, 22, 1, 19, 3, 20, 1, 17]
    assert not movers(weekly_of({"swing": [*swinging, 25, 2, 20, 13]}))["moved"].any()
    assert movers(weekly_of({"calm": [10, 11, 10, 9, 10, 11, 10, 9, 10, 11, 10, 9, 25, 2, 20, 13]}))["moved"].all()


def test_new_themes() -> None:
    """A theme never heard before has no finite ratio and is a claim once it is loud."""
    moved = movers(weekly_of({"new": [0] * 12 + [4, 6, 5, 7], "same": [*STEADY, 5, 5, 5, 5]}))
    assert moved["theme"].iloc[0] == "new"
    assert bool(moved["moved"].iloc[0])
    assert np.isinf(moved["ratio"].iloc[0])
    assert moved["usual"].iloc[0] == 0


def test_short_history_claims_nothing() -> None:
    """With seven weeks before, the ratio is shown and nothing is claimed; with fewer than one there is no row."""
    moved = movers(weekly_of({"jump": [1, 1, 1, 1, 1, 1, 1, 50, 50, 50, 50]}))
    assert moved["ratio"].iloc[0] == 50
    assert moved["p"].isna().all()
    assert not moved["moved"].any()
    assert movers(weekly_of({"jump": [1, 9, 9, 9]})).empty
    assert movers(weekly_of({})).columns.tolist() == moved.columns.tolist()


def test_the_week_in_progress_is_not_compared() -> None:
    """A wild running week changes nothing."""
    weekly = weekly_of({"same": [*STEADY, 5, 4, 6, 5, 500]})
    weekly.loc[weekly["count"] == 500, "complete"] = False
    assert not movers(weekly)["moved"].any()
    with pytest.raises(ParameterError, match="recent is 0"):
        movers(weekly, recent=0)


def test_stable_themes_are_left_alone() -> None:
    """In 200 reports on 12 stable themes, at most one in twenty names any."""
    rng = np.random.default_rng(11)
    means = np.geomspace(0.3, 100, 12)
    named = sum(
        movers(weekly_of({f"t{i:02}": rng.poisson(mean, 26).tolist() for i, mean in enumerate(means)}))["moved"].any() for _ in range(200)
    )
    assert named <= 10


def test_doubling_is_seen() -> None:
    """A doubling from 30 a week, among 12 themes, is seen in at least nine reports of ten."""
    rng = np.random.default_rng(12)
    seen = 0
    for _ in range(30):
        counts = {f"t{i}": rng.poisson(30, 26).tolist() for i in range(11)} | {
            "up": [*rng.poisson(30, 22).tolist(), *rng.poisson(60, 4).tolist()]
        }
        seen += "up" in set(movers(weekly_of(counts)).query("moved")["theme"])
    assert seen >= 27


def test_holm_by_hand() -> None:
    """The smallest p is multiplied by how many there are, the next by one less, and none falls below one before it."""
    assert_allclose(holm(np.array([0.01, 0.04, np.nan, 0.03])), [0.03, 0.06, np.nan, 0.06])
    assert_allclose(holm(np.array([0.9, 0.6])), [1.0, 1.0])


def test_dispersion_by_hand() -> None:
    """Variance over mean, never under 1, and never under the median of all."""
    assert_allclose(dispersion(np.array([[2.0, 2, 2], [0, 3, 6], [4, 4, 4]])), [1.0, 3.0, 1.0])
    assert_allclose(dispersion(np.array([[0.0, 3, 6], [0, 3, 6], [4, 4, 4]])), [3.0, 3.0, 3.0])
    assert_allclose(dispersion(np.array([[5.0]])), [1.0])


def test_memory_by_hand() -> None:
    """Weeks without memory add nothing; with a likeness of 1/2 two weeks vary by half more than two alone."""
    alternating = np.array([[1.0, 3] * 20])
    assert memory(alternating, 4) == 1.0
    assert memory(np.array([[0.0, 0, 0]]), 4) == 1.0
    steps = np.array([[1.0, 1, 3, 3] * 25])  # neighbours alike: 25 + 25 - 24 - 25 over 100, and 1/100 back
    assert_allclose(memory(steps, 2), 1 + 2 * 0.5 * 0.02)


def test_window() -> None:
    """The days compared, as half-open spans."""
    assert window(weekly_of({"a": [1] * 6}), 4) == (date(2025, 1, 6), date(2025, 1, 20), date(2025, 2, 17))
    assert window(weekly_of({"a": [1] * 4}), 4) is None


def split_by(segments_of: dict[str, tuple[list[int], list[int]]]) -> pd.DataFrame:
    """Build twelve weeks of two themes; per segment the weekly counts of "sync" before and in the last four weeks, beside ten others a week."""
    parts = [
        weeks_of({"sync": [before] * 8 + [late] * 4, "other": [other_before] * 8 + [other_late] * 4}).assign(segment=segment)
        for segment, ((before, late), (other_before, other_late)) in segments_of.items()
    ]  # type: ignore[misc]
    frame = pd.concat(parts, ignore_index=True)
    return frame.assign(id=frame["segment"] + frame["id"], voice=frame["segment"] + frame["voice"])


def test_where_a_change_sits() -> None:
    """Growth in one segment is found there, with the numbers by hand; the other segment is not named."""
    frame = split_by({"big": ([1, 17], [10, 10]), "small": ([3, 3], [30, 30])})
    table = segments(frame, "sync", trend(frame, as_of=datetime(2025, 3, 31), weeks=12), by=("segment", "channel"))
    # a tenth of what others say in either segment: 40 and 120 others in four weeks
    assert table[["by", "value", "recent", "usual", "change", "concentrated"]].to_numpy().tolist() == [
        ["segment", "big", 68.0, 4.0, 64.0, True], ["segment", "small", 12.0, 12.0, 0.0, False]]  # fmt: skip
    assert table["share_of_change"].tolist() == [1.0, 0.0]
    assert table["ratio"].tolist() == [17.0, 1.0]


def test_a_new_version_is_not_the_place() -> None:
    """A value that is new to all feedback alike is not where a theme's growth sits."""
    frame = split_by({"v1": ([2, 0], [20, 0]), "v2": ([0, 8], [0, 20])})
    table = segments(frame, "sync", trend(frame, as_of=datetime(2025, 3, 31), weeks=12), by=("segment",))
    assert table.set_index("value").loc["v2", ["recent", "usual"]].tolist() == [32.0, 8.0]
    assert not table["concentrated"].any()


def test_a_fall_has_a_place_too() -> None:
    """Where a theme fell, the place is where it fell most."""
    frame = split_by({"big": ([12, 1], [10, 10]), "small": ([3, 3], [30, 30])})
    table = segments(frame, "sync", trend(frame, as_of=datetime(2025, 3, 31), weeks=12), by=("segment",))
    assert table.loc[table["concentrated"], "value"].tolist() == ["big"]


def test_without_other_feedback() -> None:
    """Where nothing else was said, the weeks before are the measure."""
    frame = split_by({"big": ([1, 17], [0, 0]), "small": ([3, 3], [0, 0])})
    table = segments(frame, "sync", trend(frame, as_of=datetime(2025, 3, 31), weeks=12), by=("segment",))
    assert table[["value", "usual", "concentrated"]].to_numpy().tolist() == [["big", 4.0, True], ["small", 12.0, False]]


def test_nowhere_to_look() -> None:
    """Without the columns, or without the weeks, there are no rows."""
    frame = weeks_of({"sync": [1] * 12})
    weekly = trend(frame, as_of=datetime(2025, 3, 31), weeks=12)
    assert segments(frame, "sync", weekly).empty
    assert segments(frame.assign(segment="x"), "sync", weekly.head(2)).empty
    assert segments(frame.assign(segment="x"), "nothing", weekly).empty
