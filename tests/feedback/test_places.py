"""Where a change sits is said, and only where it does."""

from datetime import datetime

import pandas as pd
from feedback_corpus import weeks_of

from prodops.feedback import segments, trend
from prodops.feedback.moving import movers, moves
from prodops.feedback.places import where


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


def test_a_sub_theme_is_a_place() -> None:
    """Growth in one sub-theme is found there, measured by what that sub-theme had before."""
    frame = weeks_of({"sync": [4] * 8 + [12] * 4, "other": [10] * 12})
    frame = frame.assign(subtheme=[f"{theme} {int(id.split('-')[2]) < 2}" for theme, id in zip(frame["theme"], frame["id"], strict=True)])
    table = segments(frame, "sync", trend(frame, as_of=datetime(2025, 3, 31), weeks=12))
    assert table[["by", "value", "recent", "usual", "concentrated"]].to_numpy().tolist() == [
        ["subtheme", "sync False", 40.0, 8.0, True], ["subtheme", "sync True", 8.0, 8.0, False]]  # fmt: skip


def test_other_voices_count_once() -> None:
    """Who speaks of two other themes is one other voice, and who also speaks of this one is none."""
    frame = split_by({"big": ([1, 17], [10, 10]), "small": ([3, 3], [30, 30])})
    twice = pd.concat(
        [frame, frame[frame["theme"] == "other"].assign(theme="third"), frame[frame["theme"] == "sync"].assign(theme="third")]
    )
    weekly = trend(frame, as_of=datetime(2025, 3, 31), weeks=12)
    pd.testing.assert_frame_equal(segments(twice, "sync", weekly), segments(frame, "sync", weekly))


def test_the_place_in_words() -> None:
    """The value that holds most of it is named, over the weeks that the theme moved in."""
    frame = split_by({"big": ([1, 17], [10, 10]), "small": ([3, 3], [30, 30])})
    weekly = trend(frame, as_of=datetime(2025, 3, 31), weeks=12)
    (move,) = moves(movers(weekly))
    assert where(frame, move, weekly) == "nearly all of the change in segment big"
    assert where(frame, move, weekly, by=("channel",)) == ""
