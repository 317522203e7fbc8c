"""Takeaways are computed, each with a decision and what would change our mind."""

from feedback_corpus import weeks_of
from feedback_jump import JUMP, weekly_of

from prodops.feedback import takeaways


def test_takeaways_are_computed() -> None:
    """The claim, the decision, and the week's count that would change our mind: usual 5.17 a week plus 1.96 standard deviations, rounded up."""
    (act,) = takeaways(JUMP, weekly_of(JUMP))
    assert (
        act.claim
        == "“Sync” rose by at least 90\u00a0%: 60 voices in four weeks, usually 21, nearly all of the change in segment enterprise."
    )
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
    assert lowest.claim.startswith(
        "“Sync” goes with the lowest rating: 1.5 (95\u00a0% range 1.28 to 1.72) against 4.14 in the other themes."
    )


def test_much_without_a_theme() -> None:
    """Where a fifth or more has no theme, the reader is told to look."""
    frame = weeks_of({"sync": [4] * 16, "": [2] * 16})
    assert takeaways(frame, weekly_of(frame))[-1].claim == "33\u00a0% of recent voices have no theme."
