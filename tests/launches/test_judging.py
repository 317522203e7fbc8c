"""Guardrails and decisions follow the stated rules, one case for each."""

from dataclasses import replace
from typing import Any

import pytest

from prodops.launches import define
from prodops.launches.effects import Effect
from prodops.launches.judging import Guarded, decide, guard
from prodops.launches.measures import Measures

CHURN = ("Churn", "share", "down")
MOVED = Effect("L", "use", "aim", "interrupted series", 0.1, 0.05, 0.15, 0.001, 0.01, meant=0.08)
NOT_SHOWN = replace(MOVED, effect=0.01, lower=-0.05, upper=0.07, p_together=0.6)


def launch(**said: Any) -> Any:
    return define({"L": {"on": "2025-02-03", **said}}).launches["L"]


def guarded(lower: float, effect: float, upper: float, book: Any) -> Guarded:
    told = Effect("L", "churn", "guardrail", "interrupted series", effect, lower, upper, good="down")
    (found,) = guard(launch(guardrails={"churn": {"worse_by": 0.005}}), [told], Measures(None, book(churn=CHURN)))
    return found


@pytest.mark.parametrize(
    ("lower", "effect", "upper", "state"),
    [
        (-0.004, 0.0, 0.004, "kept"),  # no harm beyond the limit is left in the range
        (0.001, 0.02, 0.04, "broken"),  # harm for sure, and more than is allowed
        (-0.01, 0.02, 0.05, "cannot tell"),
        (0.001, 0.003, 0.006, "cannot tell"),  # harm for sure, but its size is allowed
        (-0.05, -0.02, 0.01, "cannot tell"),
        (-0.05, -0.03, -0.01, "kept"),
    ],
)
def test_how_much_worse_is_allowed(lower: float, effect: float, upper: float, state: str, book: Any) -> None:
    """Broken, kept or not to be told, by the range of the harm."""
    assert guarded(lower, effect, upper, book).state == state


def test_harm_is_said_with_its_numbers(book: Any) -> None:
    """Worse and better in words, never by a sign alone."""
    assert guarded(0.006, 0.02, 0.04, book).shown == (
        "Churn 2.0\u00a0pts worse than without it (95\u00a0% range 0.6 to 4.0\u00a0pts worse), at most 0.5\u00a0pts worse allowed"
    )
    assert "0.5\u00a0pts better to 1.0\u00a0pts worse" in guarded(-0.005, 0.001, 0.01, book).shown


def level(history: Any, book: Any, *after: float) -> Guarded:
    measures = Measures(history("churn", "2025-01-06", [0.1] * 4 + list(after)), book(churn=CHURN))
    (found,) = guard(launch(guardrails={"churn": {"at_most": 0.15}}), [], measures)
    return found


def test_a_level_is_broken_by_a_week_whose_whole_range_lies_beyond(history: Any, book: Any) -> None:
    """Ranges here are ± 2 points: 18 % breaks 15 %, 16 % cannot be told, 15 % is kept; what came back has recovered."""
    assert [level(history, book, week).state for week in (0.15, 0.16, 0.18)] == ["kept", "cannot tell", "broken"]
    assert (level(history, book, 0.2, 0.12).state, level(history, book, 0.2, 0.12).recovered) == ("broken", True)
    assert not level(history, book, 0.12, 0.16, 0.2).recovered
    assert level(history, book).state == "cannot tell"


BROKEN = Guarded("churn", "broken", "Churn is up")
AIMS = {"aims": {"use": {"by": 0.08}}}


@pytest.mark.parametrize(
    ("effects", "rails", "weeks", "decision", "words"),
    [
        ([MOVED], [BROKEN], 9, "roll back", "Churn is up"),
        ([MOVED], [replace(BROKEN, recovered=True)], 2, "hold", "has recovered"),
        ([MOVED], [], 3, "hold", "too early: 3 whole weeks of the 4"),
        ([replace(MOVED, effect=-0.1, lower=-0.15, upper=-0.05)], [], 9, "hold", "went the wrong way"),
        ([MOVED], [Guarded("churn", "cannot tell", "")], 9, "go on", "moved as meant"),
        ([NOT_SHOWN], [], 9, "hold", "is shown to have moved"),
        ([replace(MOVED, p_together=0.2)], [], 9, "hold", "is shown to have moved"),
        ([Effect("L", "use", "aim", note="no value here")], [], 9, "hold", "cannot be measured here"),
    ],
)
def test_decisions(effects: Any, rails: Any, weeks: int, decision: str, words: str) -> None:
    """The first rule that applies decides; no effect, and one that only chance would call one, is never a success."""
    found = decide(launch(**AIMS), effects, rails, weeks, Measures())
    assert (found.decision, words in found.why) == (decision, True)


def test_nothing_to_decide_by() -> None:
    """A launch without aims and guardrails gets no decision."""
    assert decide(launch(), [replace(MOVED, role="watched")], [], 9, Measures()).decision == ""


def test_an_effect_knows_which_way_was_meant() -> None:
    """What was meant to fall works when it falls; what is ruled out falls short."""
    fell = replace(MOVED, effect=-0.1, lower=-0.15, upper=-0.05, good="up", meant=-0.2)
    assert (fell.worked, fell.harmed, fell.falls_short) == (True, False, True)
    assert (MOVED.falls_short, NOT_SHOWN.falls_short, replace(MOVED, meant=None, good="range").worked) == (False, True, False)
    assert replace(MOVED, good="down", meant=None).harmed
