"""What left its usual range is found, what did not is left alone, and where the change sits is said."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from feedback_corpus import weekly_of
from numpy.testing import assert_allclose

from prodops.errors import ParameterError
from prodops.feedback import movers
from prodops.feedback.moving import window

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
    assert not movers(weekly_of({"swing": [*swinging, 30, 22, 30, 28]}))["moved"].any()
    assert movers(weekly_of({"calm": [10, 11, 10, 9, 10, 11, 10, 9, 10, 11, 10, 9, 30, 22, 30, 28]}))["moved"].all()


def test_new_themes() -> None:
    """A theme never heard before has no finite ratio and is a claim once it is loud."""
    moved = movers(weekly_of({"new": [0] * 12 + [4, 6, 5, 7], "same": [*STEADY, 5, 5, 5, 5]}))
    assert moved["theme"].iloc[0] == "new"
    assert bool(moved["moved"].iloc[0])
    assert np.isinf(moved["ratio"].iloc[0])
    assert moved["usual"].iloc[0] == 0


def test_short_history_claims_nothing() -> None:
    """With seven weeks before the last, the ratio is shown and nothing is claimed; with fewer than one before the recent ones there is no row."""
    moved = movers(weekly_of({"jump": [1, 1, 1, 1, 50, 50, 50, 50]}))
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


def test_the_weeks_that_tell() -> None:
    """What jumped in the last week is told by that week, what has lasted by all recent ones; what did not move shows the recent ones."""
    moved = movers(weekly_of({"late": [10] * 12 + [10, 10, 10, 45], "long": [10] * 12 + [25] * 4, "same": [10] * 16})).set_index("theme")
    assert moved["recent_weeks"].to_dict() == {"late": 1, "long": 4, "same": 4}
    assert moved["moved"].to_dict() == {"late": True, "long": True, "same": False}
    assert moved.loc["late", "since"] == pd.Timestamp(2025, 4, 21)


def test_window() -> None:
    """The days compared, as half-open spans."""
    assert window(weekly_of({"a": [1] * 6}), 4) == (date(2025, 1, 6), date(2025, 1, 20), date(2025, 2, 17))
    assert window(weekly_of({"a": [1] * 4}), 4) is None
