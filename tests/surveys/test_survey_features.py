"""Kano's categories and Ulwick's opportunity, with how sure they are."""

import math

import pytest

from prodops import surveys
from prodops.errors import InputError

PAIRS = {"M": (3, 5), "O": (1, 5), "A": (1, 3), "I": (3, 3), "R": (5, 1), "Q": (1, 1)}


def asked(**counts: int) -> tuple[list[int], list[int]]:
    """Give the two questions' answers of so many respondents in each category."""
    pairs = [PAIRS[category] for category, count in counts.items() for _ in range(count)]
    return [a for a, _ in pairs], [b for _, b in pairs]


def test_kanos_grid_is_the_published_one() -> None:
    """All 25 cells, rows from like to dislike if the feature is there, columns if it is not (Berger et al. 1993)."""
    grid = ["".join(surveys.kano([i], [j]).category for j in range(1, 6)) for i in range(1, 6)]
    assert grid == ["QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ"]


def test_words_are_understood() -> None:
    """The usual wordings of the five answers stand for them."""
    there = ["I like it", "I expect it that way", "I am neutral", "I can live with it", "I dislike it"]
    assert [surveys.kano([word], [5]).category for word in there] == ["O", "M", "M", "M", "Q"]
    with pytest.raises(InputError, match='no number: "perhaps"'):
        surveys.kano(["perhaps"], [1])
    with pytest.raises(InputError, match="Kano's question is 6"):
        surveys.kano([6], [1])


def test_better_and_worse_by_hand() -> None:
    """9 M, 10 O, 1 A, 2 I and 3 R: better 11 of 22, worse −19 of 22; the lead of one is no sure one."""
    found = surveys.kano(*asked(M=9, O=10, A=1, I=2, R=3))
    assert (found.category, found.runner_up, found.is_sure, found.n) == ("O", "M", False, 25)
    assert (found.better.value, found.worse.value) == (0.5, pytest.approx(-19 / 22))
    assert -1 <= found.worse.lower < found.worse.value < found.worse.upper < 0
    assert found.to_frame()["share"].tolist() == [9 / 25, 10 / 25, 1 / 25, 2 / 25, 3 / 25, 0]


def test_a_clear_lead_is_sure() -> None:
    """20 against 5 of 30 is (20 − 5)² ÷ 25 = 9 on one degree of freedom, p = 0.0027."""
    found = surveys.kano(*asked(A=20, I=5, M=5))
    assert found.is_sure
    assert round(found.p, 4) == 0.0027


def test_half_answers_and_nobody() -> None:
    """Who answered one question only is left out; of nobody there is no category."""
    assert surveys.kano([1, None, 1], [5, 5, None]).n == 1
    none = surveys.kano([], [])
    assert (none.category, none.is_sure, none.n) == ("", False, 0)
    assert math.isnan(none.better.value)
    with pytest.raises(InputError, match="2 answers if the feature is there and 1 if not"):
        surveys.kano([1, 2], [1])


def test_weights_can_turn_a_category() -> None:
    """A group that stands for more people decides."""
    assert surveys.kano([1, 1, 3], [5, 5, 5], [1, 1, 5]).category == "M"


def test_opportunity_is_ulwicks() -> None:
    """Importance 9.5 and satisfaction 3.2 make 15.8 (Ulwick 2002); the better satisfied are no smaller opportunity than their importance."""
    important, met = [5] * 190 + [1] * 10, [4] * 64 + [2] * 136
    found = surveys.opportunity(important, met)
    assert (found.importance.value, found.satisfaction.value, found.score.value) == pytest.approx((9.5, 3.2, 15.8))
    assert found.score.lower < 15.8 < found.score.upper
    assert surveys.opportunity([5, 5, 1, 1], [5, 5, 5, 5]).score.value == 5


def test_opportunity_of_half_answers_and_nobody() -> None:
    """Only who answered both counts, on the scale; of nobody there is no score."""
    assert surveys.opportunity([5, 5, None, 9], [1, None, 1, 1]).score.n == 1
    assert math.isnan(surveys.opportunity([], []).score.value)
