"""The last weeks at a glance, and what should have been seen."""

from datetime import datetime

import pandas as pd
import pytest
from feedback_corpus import weeks_of

from prodops.feedback import goes_with, has_course, latest, movers, steadiness, trend, when, with_course, within

AS_OF = datetime(2025, 4, 28)  # sixteen weeks after weeks_of begins
COUNTS = {"sync": [10] * 12 + [40] * 4, "price": [12, 9, 11, 8, 10, 12, 9, 11, 10, 8, 12, 10, 9, 11, 10, 10]}


@pytest.fixture(scope="module")
def said() -> pd.DataFrame:
    return weeks_of(COUNTS)


@pytest.fixture(scope="module")
def weekly(said: pd.DataFrame) -> pd.DataFrame:
    return trend(said, as_of=AS_OF, weeks=16)


def test_the_last_weeks_are_counted(said: pd.DataFrame, weekly: pd.DataFrame) -> None:
    """Voices of the last four whole weeks, the largest theme first, with a note where it left its range."""
    table = latest(said, weekly, movers(weekly))
    assert table[["theme", "name", "part", "voices", "moved", "note"]].to_numpy().tolist() == [
        ["sync", "Sync", "Sync", 160, True, "▲ 4.0×"],
        ["price", "Price", "Price", 40, False, ""],
    ]


def test_parts_are_sub_themes(said: pd.DataFrame, weekly: pd.DataFrame) -> None:
    """Sub-themes are the parts of a theme, what lies in none has the theme's name; they sum to the theme's voices."""
    names = ["Offline" if i % 4 else "" for i in range(len(said))]
    table = latest(said.assign(subtheme_name=names), weekly, movers(weekly))
    assert table["name"].tolist() == ["Sync", "Sync", "Price", "Price"]
    assert table.groupby("theme")["voices"].sum().to_dict() == {"sync": 160, "price": 40}
    assert set(table["part"]) == {"Offline", "Sync", "Price"}


def test_only_the_last_weeks_are_kept(said: pd.DataFrame, weekly: pd.DataFrame) -> None:
    """Rows before the recent weeks are out; where there are not so many weeks, all rows stay."""
    assert within(said, weekly)["created_at"].min() >= pd.Timestamp("2025-03-31")
    assert len(within(said, weekly, recent=99)) == len(said)


def test_a_course_is_every_whole_week(weekly: pd.DataFrame) -> None:
    """Oldest first, zeros included, the week in progress left out."""
    table = with_course(pd.DataFrame({"theme": ["price", "none"]}), weekly)
    assert table["course"].tolist() == [COUNTS["price"], []]


def test_what_stayed_is_said(weekly: pd.DataFrame) -> None:
    """How many themes stayed within their range, and which did not; nothing where nothing was compared."""
    found = steadiness(movers(weekly))
    assert found is not None
    assert (found.headline, found.sentence, found.value) == (
        "One of two themes stayed within their usual range",
        "Outside it: “Sync”.",
        0.5,
    )
    assert steadiness(movers(trend(weeks_of({"a": [3] * 6}), as_of=datetime(2025, 2, 17), weeks=6))) is None
    calm = steadiness(movers(trend(weeks_of({"price": COUNTS["price"]}), as_of=AS_OF, weeks=16)))
    assert calm is not None
    assert calm.headline == "All themes stayed within their usual range"


def beside(*rows: tuple[str, str, float, bool]) -> pd.DataFrame:
    table = pd.DataFrame(list(rows), columns=["theme", "outcome", "difference", "goes_with"])
    return table.assign(name=table["theme"], unit="rating", value=2.0, without=3.0, words=[f"{t} in words." for t in table["theme"]])


def test_the_worst_company_is_said() -> None:
    """Accounts that leave come first, then low ratings, then whatever is beyond chance; no claim where nothing is."""
    praise, low, lost = ("love", "rating", 0.8, True), ("sync", "rating", -0.9, True), ("price", "churn", 0.1, True)
    found = [goes_with(beside(*rows)) for rows in ([praise, low, lost], [praise, low], [praise])]
    assert [f.headline for f in found if f] == [
        "“price” goes with more accounts leaving",
        "“sync” goes with a lower rating",
        "“love” goes with a higher rating",
    ]
    assert found[0] is not None
    assert found[0].sentence == "price in words. 2 more of 3 such differences are beyond chance."
    none = goes_with(beside(("sync", "rating", -0.1, False)))
    assert none is not None
    assert none.sentence == "Of 1 comparisons (rating) none differs beyond chance."
    assert goes_with(beside()) is None


def test_which_weeks_are_spoken_of(weekly: pd.DataFrame) -> None:
    """The last ones by number, or all there is; a line takes two whole weeks."""
    short, none = (trend(weeks_of({"a": [3] * n}), as_of=datetime(2025, 1, 15), weeks=4) for n in (2, 0))
    assert [when(weekly), when(weekly, recent=1), when(short), when(none)] == [
        "in the last four weeks",
        "in the last week",
        "in all",
        "in all",
    ]
    assert [has_course(weekly), has_course(short), has_course(none)] == [True, False, False]
