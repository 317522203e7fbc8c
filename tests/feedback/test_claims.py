"""What the report says about themes is computed, compared, and ordered by surprise."""

from datetime import datetime

import pandas as pd
import pytest
from feedback_corpus import weeks_of
from numpy.testing import assert_allclose

from prodops.feedback import definitions, findings, summary, takeaways, trend
from prodops.feedback.claims import change_words, wilson

AS_OF = datetime(2025, 4, 28)
STEADY = [5, 6, 4, 5, 7, 5, 4, 6, 5, 5, 4, 6]
JUMP = weeks_of({"sync": [*STEADY, 15, 16, 14, 15], "price": [*STEADY, 5, 4, 6, 5], "": [1] * 16})
SYNC_LATELY = [theme == "sync" and int(id.split("-")[1]) >= 12 for theme, id in zip(JUMP["theme"], JUMP["id"], strict=True)]
JUMP = JUMP.assign(segment=["enterprise" if late else "team" for late in SYNC_LATELY])


def weekly_of(frame: pd.DataFrame, as_of: datetime = AS_OF) -> pd.DataFrame:
    return trend(frame, as_of=as_of, weeks=26)


def test_a_jump_is_told_first() -> None:
    """What changed, with number, range, comparison and place; then the largest theme and what has none."""
    change, largest, none = findings(JUMP, weekly_of(JUMP))
    assert (change.name, change.headline) == ("theme.sync.change", "“Sync” tripled")
    assert change.sentence.startswith("60 voices in the last four weeks against 21 in four weeks as usual (2.9 times, 95 % ")
    assert change.sentence.endswith(", nearly all of the change in segment enterprise.")
    assert (change.value, change.before) == (60, pytest.approx(62 / 3))
    assert change.lower < change.value < change.upper
    assert change.surprise > 2
    assert (largest.headline, largest.value) == ("“Sync” is the largest theme", 60 / 84)
    assert largest.sentence.startswith("60 of 84 voices in 31 Mar – 27 Apr 2025 (71\u00a0%, 95 % 61\u00a0% to ")
    assert (none.headline, none.good) == ("4.8\u00a0% of voices have no theme", "down")


def test_nothing_moved() -> None:
    """A quiet month says so, with what was looked at."""
    frame = weeks_of({"sync": [*STEADY, 5, 4, 6, 5], "price": [*STEADY, 6, 4, 5, 5]})
    steady, largest = findings(frame, weekly_of(frame))
    assert steady.headline == "Nothing left its usual range"
    assert (
        steady.sentence
        == "None of the themes changed by a quarter or more, beyond chance, in the last four weeks against the twelve weeks before."
    )
    assert largest.name == "themes.largest"


@pytest.mark.parametrize(("weeks", "words"), [(6, "six weeks"), (1, "one week")])
def test_too_little_history(weeks: int, words: str) -> None:
    """With a few weeks nothing is claimed to have changed, and the reason is given."""
    frame = weeks_of({"sync": [1] * (weeks - 1) + [90]}, start=datetime(2025, 4, 28) - pd.Timedelta(weeks=weeks))
    first = findings(frame, weekly_of(frame))[0]
    assert first.headline == "Too little history to say what changed"
    assert (
        first.sentence
        == f"The last four weeks would be compared with at least eight weeks before them; the feedback covers {words} in all."
    )


def test_never_more_than_five() -> None:
    """With many themes on the move, three are told and the others counted."""
    frame = weeks_of({f"t{i}": [*STEADY, 20, 20, 20, 20] for i in range(5)} | {"": [1] * 16})
    told = findings(frame, weekly_of(frame))
    assert len(told) == 5
    assert told[2].sentence.endswith(" 2 more themes left the usual range.")


def test_no_feedback() -> None:
    """No rows at all: too little history, nothing else, no takeaway."""
    frame = JUMP.head(0)
    assert [finding.name for finding in findings(frame, weekly_of(frame))] == ["themes.steady"]
    assert takeaways(frame, weekly_of(frame)) == ()


def test_takeaways_are_computed() -> None:
    """The claim, the decision, and the week's count that would change our mind: usual 5.17 a week plus 1.96 standard deviations, rounded up."""
    (act,) = takeaways(JUMP, weekly_of(JUMP))
    assert act.claim == "“Sync” tripled: 60 voices in four weeks, usually 21, nearly all of the change in segment enterprise."
    assert act.changes_our_mind == "Two weeks in a row with 10 voices or fewer, its usual range: then it has passed."


def test_the_largest_theme_is_a_takeaway() -> None:
    """Where it is not the one that moved, the largest theme is put before the head of product, with the one behind it."""
    frame = weeks_of({"sync": [6] * 16, "price": [4] * 16})
    (largest,) = takeaways(frame, weekly_of(frame))
    assert largest.claim == "“Sync” is the largest theme with 60\u00a0% of recent voices."
    assert largest.changes_our_mind == "“Price”, now 40\u00a0%, overtaking it for a whole month."


def test_the_lowest_rated_theme() -> None:
    """A theme rated clearly under the others is named with its range, and praise is not called the largest problem."""
    frame = weeks_of({"praise": [9] * 16, "sync": [6] * 16, "price": [5] * 16})
    ratings = {"praise": [5.0, 4.0], "sync": [1.0, 2.0], "price": [3.0, 4.0]}
    frame = frame.assign(rating=[ratings[theme][int(id.split("-")[2]) % 2] for theme, id in zip(frame["theme"], frame["id"], strict=True)])
    largest, lowest = takeaways(frame, weekly_of(frame))
    assert largest.claim == "“Sync” is the largest theme that is not rated above the mean, with 30\u00a0% of recent voices."
    assert lowest.claim.startswith("“Sync” goes with the lowest rating: 1.5 (95 % 1.28–1.72) against 4.14 in the other themes.")


def test_much_without_a_theme() -> None:
    """Where a fifth or more has no theme, the reader is told to look."""
    frame = weeks_of({"sync": [4] * 16, "": [2] * 16})
    assert takeaways(frame, weekly_of(frame))[-1].claim == "33\u00a0% of recent voices have no theme."


def test_summary_by_hand() -> None:
    """Voices, share, and the mean rating with Student's interval; what has no theme comes last."""
    frame = weeks_of({"sync": [3], "price": [1], "": [4]}).assign(rating=[1.0, 2.0, 3.0, 5.0, None, None, None, None])
    table = summary(frame)
    assert table[["theme", "name", "voices", "share", "rated"]].to_numpy().tolist() == [
        ["sync", "Sync", 3, 0.375, 3], ["price", "Price", 1, 0.125, 1], ["", "No theme", 4, 0.5, 0]]  # fmt: skip
    assert_allclose(table["rating"].iloc[:2], [2, 5])
    assert_allclose(table[["rating_lower", "rating_upper"]].iloc[0], [2 - 4.3027 / 3**0.5, 2 + 4.3027 / 3**0.5], atol=1e-4)
    assert table[["rating_lower", "rating_upper"]].iloc[1].isna().all()
    assert summary(frame.drop(columns="rating"))["rating"].isna().all()


@pytest.mark.parametrize(("ratio", "words"), [
    (float("inf"), "is new"), (12.4, "grew 12-fold"), (3.2, "more than tripled"), (3.0, "tripled"), (2.3, "more than doubled"), (2.0, "doubled"),
    (1.45, "rose by 45\u00a0%"), (0.7, "fell by 30\u00a0%"), (0.5, "halved"), (0.2, "more than halved"), (0.0, "stopped"),
])  # fmt: skip
def test_change_in_words(ratio: float, words: str) -> None:
    """A ratio reads as a verb."""
    assert change_words(ratio) == words


def test_headlines_fit() -> None:
    """However long a theme's name, a headline keeps to 80 letters; hostile names stay text."""
    frame = JUMP.assign(theme_name=JUMP["theme"].map({"sync": "<img src=x onerror=alert(1)> " * 5, "price": "p", "": ""}))
    told = findings(frame, weekly_of(frame))
    assert all(len(finding.headline) <= 80 for finding in told)
    assert "&lt;img" in told[0].line()
    assert "<img" not in told[0].line()


def test_wilson() -> None:
    """Wilson's interval, as in his table; nothing known is anything."""
    assert_allclose(wilson(5, 10), (0.2366, 0.7634), atol=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)


def test_definitions_name_the_tests() -> None:
    """The fine print names interval, test and correction."""
    counts, moved = definitions()
    assert "Garwood" in counts.text
    assert "Holm" in moved.text
    assert "The last four weeks" in moved.text
