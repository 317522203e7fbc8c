"""Texts are scored by how they feel, where the language is known, and the score is held against ratings."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodops.feedback import moodwords
from prodops.feedback.sentiment import sentiment, weight


def score(text: str) -> float:
    return float(sentiment([text])[0])


def test_one_word_by_hand() -> None:
    """A word of weight 2 alone: 2 over the root of 2² + 4."""
    assert score("It is good") == pytest.approx(2 / math.sqrt(8))
    assert score("It was terrible") == pytest.approx(-3 / math.sqrt(13))


@pytest.mark.parametrize(("better", "worse"), [
    ("It is good", "It is not good"), ("The sync is very good", "The sync is good"), ("The sync is a bit slow", "The sync is slow"),
    ("It was bad but now it is good", "It was good but now it is bad"), ("It works", "It doesn't work"), ("It opens", "It won’t open"),
    ("Not bad", "Bad"), ("Great!!!", "Great"), ("I love it. However, the price is high.", "I hate it. However, the price is high."),
    ("No problem at all", "A problem"), ("GOOD", "BAD"), ("I recommend it", "I wouldn't recommend it"),
])  # fmt: skip
def test_which_of_two_feels_better(better: str, worse: str) -> None:
    """Negations, intensifiers, turns and exclamations do what they do in speech."""
    known = [-1.0 if math.isnan(value) else value for value in (score(worse),)]
    assert (0.0 if math.isnan(score(better)) else score(better)) > known[0]


def test_a_negation_reaches_three_words() -> None:
    """What stands further off, or behind a comma, is not turned round."""
    assert score("not really all that good") > 0 > score("not really that good")
    assert score("No, good") > 0


@pytest.mark.parametrize("text", ["", "   ", "The report has twelve columns", "😀", "12345", "\x00\ud800"])
def test_nothing_felt_is_missing(text: str) -> None:
    """No word that is felt: no score, which is not a score of 0."""
    assert math.isnan(score(text))


def test_other_languages_are_refused() -> None:
    """A text in another language has no score, even where one of its words looks English; a table's code is believed."""
    assert math.isnan(score("Das ist leider nicht gut und ich bin mit dem Service gar nicht mehr super zufrieden"))
    assert np.isnan(sentiment(["great"], ["de"])).all()
    assert not np.isnan(sentiment(["great", "great", "great", "great"], ["en", "en-GB", "English", None])).any()
    assert math.isnan(float(sentiment([None])[0]))  # type: ignore[list-item]


@given(st.text(max_size=200))
def test_every_text_has_a_score_or_none(text: str) -> None:
    """Whatever is written, the score lies strictly between −1 and 1 or is missing."""
    value = score(text)
    assert math.isnan(value) or -1 < value < 1


def test_no_word_is_good_and_bad() -> None:
    """The lists do not contradict each other, and a beginning does not catch a word of the other list."""
    lists = {sign: " ".join(words.values()).split() for sign, words in (("good", moodwords.GOOD), ("bad", moodwords.BAD))}
    assert not set(lists["good"]) & set(lists["bad"])
    assert all(weight(word.rstrip("*")) > 0 for word in lists["good"])
    assert all(weight(word.rstrip("*")) < 0 for word in lists["bad"])
