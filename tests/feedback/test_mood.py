"""A theme that is rated or sounds otherwise than it used to is found, and others are left alone."""

from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from feedback_corpus import weeks_of
from numpy.testing import assert_allclose

from prodops.feedback import felt, findings, mood_definitions, moods, trend

AS_OF = datetime(2025, 4, 28)
FRAME = weeks_of({"sync": [10] * 16, "price": [10] * 16})
LATE = (FRAME["created_at"] >= datetime(2025, 3, 31)) & (FRAME["theme"] == "sync")
EVEN = FRAME["id"].str.split("-").str[2].astype(int) % 2


def weekly_of(frame: pd.DataFrame) -> pd.DataFrame:
    return trend(frame, as_of=AS_OF, weeks=26)


def test_a_fall_in_ratings_by_hand() -> None:
    """40 ratings of 1 and 2 against 120 of 3 and 4: two stars lower, with Welch's interval; each variance takes one score like all others."""
    frame = FRAME.assign(rating=3 + EVEN - 2 * LATE)
    table = moods(frame, weekly_of(frame)).set_index("theme")
    overall = frame["rating"].var()
    own, past = (((n - 1) * n / (n - 1) / 4 + overall) / n / n for n in (40, 120))
    assert table.loc["sync", ["measure", "recent", "score", "before", "usual", "change"]].tolist() == ["rating", 40, 1.5, 120, 3.5, -2.0]
    assert_allclose((table.loc["sync", "change_upper"] + 2) / (own + past) ** 0.5, 1.9966, atol=0.01)  # t at about 66 degrees of freedom
    assert table["changed"].to_dict() == {"sync": True, "price": False}
    assert table.loc["price", "change"] == 0


def test_the_finding() -> None:
    """It names the theme, both means, the difference with its range."""
    frame = FRAME.assign(rating=3 + EVEN - 2 * LATE)
    told = {finding.name: finding for finding in findings(frame, weekly_of(frame))}["theme.sync.rating"]
    assert told.headline == "“Sync” is rated lower"
    assert told.sentence.startswith("Mean rating 1.5 in the last four weeks (40 voices, 95\u00a0% range 1.3")
    assert "against 3.5 as usual: 2 lower (95\u00a0% range 1.8" in told.sentence
    assert (told.value, told.before, told.good) == (1.5, 3.5, "up")


def test_what_is_felt_is_said() -> None:
    """The change that surprises most and how many more there are; that none is, of how many; nothing where none could be compared."""
    frame = FRAME.assign(rating=3 + EVEN - 2 * (FRAME["created_at"] >= datetime(2025, 3, 31)))
    both = felt(moods(frame, weekly_of(frame)), 4)
    assert both is not None
    assert both.headline == "“Price” is rated lower"
    assert both.sentence.endswith("to 2.19). 1 more theme is rated otherwise than before.")
    calm = felt(moods(FRAME.assign(rating=3 + EVEN), weekly_of(FRAME)), 4)
    assert calm is not None
    assert (calm.name, calm.headline) == ("themes.felt", "No theme is rated otherwise than before")
    assert calm.sentence == "Two themes have enough voices to be compared; no mean rating changed beyond chance."
    assert felt(moods(FRAME.head(0), weekly_of(FRAME)), 4) is None


def test_sentiment_stands_in_where_nothing_is_rated() -> None:
    """Without ratings, what the texts feel like is compared."""
    texts = np.where(LATE, np.where(EVEN, "terrible sync", "it is awful"), np.where(EVEN, "good sync", "I love it"))
    frame = FRAME.assign(text=texts, language="en")
    table = moods(frame, weekly_of(frame)).set_index("theme")
    assert table["measure"].unique().tolist() == ["sentiment"]
    assert table["changed"].to_dict() == {"sync": True, "price": False}
    assert "“Sync” sounds worse" in [finding.headline for finding in findings(frame, weekly_of(frame))]


def test_sentiment_that_ratings_refute_is_not_shown() -> None:
    """Where old ratings contradict the words, no sentiment is given for the new, unrated ones; asked for by name it is."""
    texts = np.where(EVEN, "terrible", "lovely")
    frame = FRAME.assign(text=texts, rating=np.where(EVEN, 5.0, 1.0), language="en")
    frame.loc[frame["created_at"] >= datetime(2025, 1, 6), "rating"] = np.where(EVEN, 5.0, 1.0)
    old = frame.assign(id="old" + frame["id"], voice="old" + frame["voice"], created_at=frame["created_at"] - pd.Timedelta(days=700))
    both = pd.concat([old, frame.assign(rating=np.nan)], ignore_index=True)
    assert moods(both, weekly_of(both)).empty
    assert len(moods(both, weekly_of(both), measure="sentiment")) == 2
    assert "so it is not shown" in mood_definitions(both)[1].text


def test_a_theme_that_always_swings_needs_more() -> None:
    """The same fall is no claim where weekly means swing as far anyway."""
    week = FRAME["id"].str.split("-").str[1].astype(int)
    swinging = FRAME.assign(rating=2 + EVEN + 1.5 * (week % 2) - 1.2 * LATE)
    calm = FRAME.assign(rating=2 + EVEN + 0.75 - 1.2 * LATE)
    assert not moods(swinging, weekly_of(swinging))["changed"].any()
    assert moods(calm, weekly_of(calm)).set_index("theme").loc["sync", "changed"]


def test_stable_ratings_are_left_alone() -> None:
    """In 30 reports on ten themes with ratings that do not change, none or one says that any did."""
    rng = np.random.default_rng(7)
    frame = weeks_of({f"t{i}": [6] * 16 for i in range(10)})
    weekly = weekly_of(frame)
    assert sum(bool(moods(frame.assign(rating=rng.choice([1, 2, 3, 4, 5], len(frame))), weekly)["changed"].any()) for _ in range(30)) <= 1


@pytest.mark.parametrize("rows", [0, 5])
def test_too_little_to_compare(rows: int) -> None:
    """Without scores enough there are no rows, and all columns."""
    frame = FRAME.assign(rating=3.0).head(rows)
    table = moods(frame, weekly_of(frame))
    assert table.empty
    assert {"theme", "change", "changed"} <= set(table.columns)


def test_where_nobody_spoke_before_nothing_is_compared() -> None:
    """All feedback lies in the last weeks, or more than half a year before them: an empty table."""
    frame = weeks_of({"sync": [0] * 12 + [10] * 4})
    old = weeks_of({"sync": [10]}, start=datetime(2024, 9, 2))
    frame = pd.concat([frame, old.assign(id=old["id"] + "-old")]).assign(rating=3)
    table = moods(frame, weekly_of(frame))
    assert table.empty
    assert set(table) == set(moods(FRAME.assign(rating=3 + EVEN), weekly_of(FRAME)))
