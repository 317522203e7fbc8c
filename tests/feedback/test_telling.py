"""A change is said in words that its interval bears out."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodops.feedback.telling import change_words, fit, number_words, times_words, usual_words, weeks_words


@pytest.mark.parametrize(("ratio", "lower", "upper", "words"), [
    (inf, 3.0, inf, "is new"), (0.0, 0.0, 0.2, "stopped"), (14.2, 12.4, 16.1, "grew at least 12-fold"), (7.9, 5.2, 11.0, "grew at least 5-fold"),
    (5.5, 4.0, 7.0, "at least quadrupled"), (4.0, 3.2, 5.1, "at least tripled"), (2.9, 2.0, 4.2, "at least doubled"),
    (2.5, 1.99, 3.1, "rose by at least 95\u00a0%"), (1.45, 1.31, 1.6, "rose by at least 30\u00a0%"), (1.3, 1.02, 1.6, "rose"), (1.3, 0.9, 1.9, "rose"),
    (0.7, 0.6, 0.8, "fell by at least 20\u00a0%"), (0.2, 0.1, 0.34, "fell by at least 65\u00a0%"), (0.9, 0.8, 0.98, "fell"), (0.9, 0.7, 1.2, "fell"),
])  # fmt: skip
def test_change_in_words(ratio: float, lower: float, upper: float, words: str) -> None:
    """The words claim the nearer end of the interval, rounded towards no change."""
    assert change_words(ratio, lower, upper) == words


@given(st.floats(1, 1000), st.floats(0, 1))
def test_words_never_claim_more_than_the_interval(lower: float, above: float) -> None:
    """The number in the words of a rise is never over the lower end."""
    words = change_words(lower + above, lower, inf)
    claimed = {"doubled": 2.0, "tripled": 3.0, "quadrupled": 4.0, "rose": 1.0}.get(words.split(" ")[-1])
    if claimed is None:
        number = float(words.split(" ")[-1].replace(",", "").removesuffix("-fold").removesuffix("\u00a0%"))
        claimed = number if words.endswith("-fold") else 1 + number / 100
    assert claimed <= lower + 1e-6
    assert lower < claimed + 1 or lower < 2


def test_numbers_in_words() -> None:
    """Small numbers in letters, large ones in digits; one week is no weeks."""
    assert [weeks_words(n) for n in (1, 4, 13)] == ["one week", "four weeks", "13 weeks"]
    assert number_words(1200) == "1,200"
    assert [usual_words(usual) for usual in (0.0, 0.4, 0.96, 20.7)] == ["0", "fewer than one", "1", "21"]
    assert [times_words(ratio) for ratio in (2.94, 12.4, inf)] == ["2.9", "12", "any number"]


def test_headlines_fit() -> None:
    """A long name is cut, so that the whole is 80 letters at most."""
    assert fit("Sync", "stopped") == "“Sync” stopped"
    assert len(fit("x" * 200, "stopped")) == 80
