"""Who speaks of what: shares beside those of all others, and only what is beyond chance stands out."""

from datetime import datetime
from typing import Any

import pandas as pd
import pytest

from prodops.feedback import profile, spoken_by

DAY = datetime(2025, 10, 6)


def said(counts: dict[tuple[str, str | None], int], **more: Any) -> pd.DataFrame:
    """Rows of (theme, segment), so many of each."""
    rows = [(theme, segment) for (theme, segment), n in counts.items() for _ in range(n)]
    frame = pd.DataFrame(rows, columns=["theme", "segment"])
    names = [theme.upper() for theme in frame["theme"]]
    return frame.assign(id=[f"F{i:04d}" for i in range(len(frame))], created_at=DAY, theme_name=names, **more).assign(
        voice=lambda f: f["id"]
    )


COUNTS: dict[tuple[str, str | None], int] = {
    ("sync", "big"): 30,
    ("price", "big"): 70,
    ("sync", "small"): 20,
    ("price", "small"): 160,
    ("", "small"): 20,
}


def test_shares_are_of_a_groups_voices() -> None:
    """30 of 100 voices of the big and 20 of 200 of the small speak of sync: 30 % against 10 %, three times as much."""
    table = profile(said(COUNTS)).set_index(["theme", "value"])
    row = table.loc[("sync", "big")]
    assert (row["voices"], row["of"], row["share"], row["others_share"]) == (30, 100, 0.3, 0.1)
    assert row["ratio"] == pytest.approx(3)
    assert row["p"] == pytest.approx(1.6e-5, rel=0.3)  # hypergeometric: 30 or more of 100 drawn from 300 with 50
    assert list(table.index[table["more"]]) == [("sync", "big")]  # price: 70 % against 80 %


def test_a_small_difference_does_not_stand_out() -> None:
    """Four of ten against three of ten is chance."""
    table = profile(said({("sync", "big"): 4, ("price", "big"): 6, ("sync", "small"): 3, ("price", "small"): 7}))
    calm = spoken_by(table)
    assert not table["more"].any()
    assert calm is not None
    assert calm.headline == "No group stands out"


def test_who_is_not_known_is_left_out() -> None:
    """Voices without a segment are in no share; a theme's voices and all voices are of those that are known."""
    table = profile(said({**COUNTS, ("sync", None): 500}))
    assert table.set_index(["theme", "value"]).loc[("sync", "small"), "others_share"] == 0.3
    assert set(table["value"]) == {"big", "small"}


def test_a_voice_counts_once() -> None:
    """A voice that speaks of two themes is one of the voices of its segment, and one of each theme's."""
    frame = said({("sync", "big"): 2, ("price", "small"): 1, ("price", "big"): 1})
    frame.loc[3, ["id", "voice"]] = "F0000"  # the first speaker of sync speaks of price too
    row = profile(frame).set_index(["theme", "value"]).loc[("price", "big")]
    assert (row["voices"], row["of"]) == (1, 2)


def test_what_stands_out_is_said() -> None:
    """The sentence has the share, its range, the others' share and how many more cells are coloured."""
    found = spoken_by(profile(said(COUNTS)))
    assert found is not None
    assert found.headline == "“SYNC” is said most in segment big"
    assert (
        found.sentence.replace("\u00a0", " ") == "30 % of the voices from segment big (95 % range 22 to 40 %) against 10 % of the others."
    )
    assert (found.value, found.before, found.unit) == (0.3, pytest.approx(0.1), "share")


def test_nothing_is_known() -> None:
    """Without such a column, or with one value only, there is no row, nothing to say, and no error."""
    frame = said(COUNTS).drop(columns="segment")
    assert profile(frame).empty
    assert profile(frame.assign(segment="one")).empty
    assert spoken_by(profile(frame)) is None
    assert profile(said(COUNTS).head(0)).empty


def test_without_any_theme_there_is_nothing_to_compare() -> None:
    """Feedback that holds no theme gives an empty table with all columns, and nothing is said of it."""
    table = profile(said({("", "big"): 30, ("", "small"): 20}))
    assert table.empty
    assert set(profile(said(COUNTS))) == set(table)
    assert spoken_by(table) is None
