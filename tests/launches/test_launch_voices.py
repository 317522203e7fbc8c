"""Feedback themes before and after a launch."""

import pandas as pd
import pytest

from prodops.launches import define
from prodops.launches.voices import before_and_after

LAUNCH = define({"L": {"on": "2025-03-05", "themes": ["sync"]}}).launches["L"]


def themes(**counts: list[int]) -> pd.DataFrame:
    starts = pd.date_range("2025-01-06", periods=18, freq="7D")
    return pd.concat(
        [pd.DataFrame({"name": f"feedback on “{name}”", "period_start": starts, "value": values}) for name, values in counts.items()]
    )


def test_voices_a_week_on_both_sides() -> None:
    """Eight whole weeks each, the week of the launch left out; a theme four times as loud is clear, one as before is not."""
    found = before_and_after(themes(steady=[5, 6, 4] * 6, sync=[5] * 9 + [20] * 9), LAUNCH).set_index("theme")
    assert found.loc["sync", ["before", "after", "weeks"]].tolist() == [5, 20, 8]
    assert found.loc["sync", "ratio"] == pytest.approx(160.5 / 40.5)
    assert found.index.tolist() == ["sync", "steady"]
    assert found["is_clear"].tolist() == [True, False]
    assert found["is_named"].tolist() == [True, False]


def test_restless_themes_need_more() -> None:
    """Counts that swing widely anyway widen the range."""
    calm = before_and_after(themes(a=[10] * 9 + [16] * 9), LAUNCH)
    wild = before_and_after(themes(a=[1, 19, 10] * 3 + [2, 30, 16] * 3), LAUNCH)
    assert calm["is_clear"].tolist() == [True]
    assert wild["is_clear"].tolist() == [False]


def test_nothing_said_is_nothing_shown() -> None:
    """No themes, silence, and too few weeks after the launch: no row, no error."""
    late = define({"L": {"on": "2025-05-01"}}).launches["L"]
    for frame, launch in ((None, LAUNCH), (themes(a=[0] * 18), LAUNCH), (themes(a=[5] * 18), late)):
        assert before_and_after(frame, launch).empty
