"""What themes are learnt from: different texts, long ones by their statements, at most so many."""

import numpy as np
import pytest

from prodops.feedback import learnt
from prodops.feedback.learnt import different, learn_from

EXPORT, LOGIN = "The export loses half of my columns.", "The login page never lets me in."
SYNC, PRICE = "Offline sync overwrote all my edits.", "The price per seat doubled this year."
SEARCH = "Full text search misses recent cards."
LONG = " ".join((EXPORT, LOGIN, SYNC, PRICE, SEARCH))


def test_texts_that_differ_in_blanks_and_signs_are_one() -> None:
    """The first in order stands for all; texts without a word that can carry a theme are none."""
    texts = ["Slow  search!", "slow search", "", "???", "the of", "Dark mode"]
    distinct, of = different(texts)
    assert distinct == ["Dark mode", "Slow search!"]
    assert of.tolist() == [1, 1, -1, -1, -1, 0]


def test_a_long_text_counts_by_its_statements() -> None:
    """More than four statements are learnt from one by one, each as often as it was said, alone or within; fewer stay whole."""
    short = f"{EXPORT} {LOGIN}"
    distinct, of = different([short, LONG, LONG, PRICE])
    texts, times = learn_from(distinct, np.bincount(of))
    assert dict(zip(texts, times.tolist(), strict=True)) == {short: 1, EXPORT: 2, LOGIN: 2, SYNC: 2, PRICE: 3, SEARCH: 2}
    assert texts == sorted(texts)


def test_no_more_than_the_limit_is_learnt_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts are drawn before long ones are cut, and their statements once more; one drawn stays drawn when others come."""
    monkeypatch.setattr(learnt, "FIT_LIMIT", 5)
    many = sorted(f"Report number {word} came too late" for word in ("one", "two", "three", "four", "six", "seven", "nine"))
    kept, _ = learn_from(many, np.ones(7, int))
    assert len(kept) == 5
    assert set(learn_from([text for text in many if text != kept[0]], np.ones(6, int))[0]) >= set(kept[1:])
    assert len(learn_from([LONG, *many[:2]], np.ones(3, int))[0]) == 5
