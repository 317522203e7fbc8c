"""What the report says about themes is computed, compared, and ordered by surprise."""

from datetime import datetime

import pandas as pd
import pytest
from feedback_corpus import weeks_of
from feedback_jump import JUMP, STEADY, weekly_of

from prodops.feedback import definitions, findings, takeaways


def test_a_jump_is_told_first() -> None:
    """What changed, with number, range, comparison and place; then the largest theme and what has none."""
    change, largest, none = findings(JUMP, weekly_of(JUMP))
    assert (change.name, change.headline) == ("theme.sync.change", "“Sync” rose by at least 90\u00a0%")
    assert change.sentence.startswith("60 voices in the last four weeks against 21 as usual (2.9 times, 95\u00a0% range ")
    assert change.sentence.endswith(
        ", nearly all of the change in segment enterprise. Expected false alarms, over all themes and weeks, ratings included: at most 1 a year."
    )
    assert (change.value, change.before) == (60, pytest.approx(62 / 3))
    assert change.lower < change.value < change.upper
    assert change.surprise > 2
    assert (largest.headline, largest.value) == ("“Sync” is the largest theme", 60 / 84)
    assert largest.sentence.startswith("60 of 84 voices in 31 Mar – 27 Apr 2025 (71\u00a0%, 95\u00a0% range 61 to ")
    assert (none.headline, none.good) == ("4.8\u00a0% of voices have no theme", "down")


def test_nothing_moved() -> None:
    """A quiet month says so, with what was looked at."""
    frame = weeks_of({"sync": [*STEADY, 5, 4, 6, 5], "price": [*STEADY, 6, 4, 5, 5]})
    steady, largest = findings(frame, weekly_of(frame))
    assert steady.headline == "Nothing left its usual range"
    assert (
        steady.sentence
        == "Neither theme changed by a quarter or more, beyond chance, in the last four weeks against the twelve weeks before. "
        "Expected false alarms, over all themes and weeks, ratings included: at most 1 a year."
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
    frame = weeks_of({f"t{i}": [*STEADY, 20, 20, 20, 20] for i in range(5)} | {"": [3] * 16})
    told = findings(frame, weekly_of(frame))
    assert len(told) == 5
    assert told[2].sentence.endswith(" 2 more themes left the usual range.")


def test_no_feedback() -> None:
    """No rows at all: too little history, nothing else, no takeaway."""
    frame = JUMP.head(0)
    assert [finding.name for finding in findings(frame, weekly_of(frame))] == ["themes.steady"]
    assert takeaways(frame, weekly_of(frame)) == ()


def test_headlines_fit() -> None:
    """However long a theme's name, a headline keeps to 80 letters; hostile names stay text."""
    frame = JUMP.assign(theme_name=JUMP["theme"].map({"sync": "<img src=x onerror=alert(1)> " * 5, "price": "p", "": ""}))
    told = findings(frame, weekly_of(frame))
    assert all(len(finding.headline) <= 80 for finding in told)
    assert "&lt;img" in told[0].line()
    assert "<img" not in told[0].line()


def test_definitions_name_the_tests() -> None:
    """The fine print names interval, test and correction."""
    counts, moved = definitions()
    assert "Garwood" in counts.text
    assert "Bonferroni" in moved.text
    assert "the last four weeks" in moved.text
