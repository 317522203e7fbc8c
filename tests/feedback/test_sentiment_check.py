"""The sentiment is held against ratings, and what it fails in is said."""

import math

import pandas as pd
import pytest

from prodops.feedback.sentiment_check import Agreement, check, definition


def rated(pairs: list[tuple[str, float]], times: int, **columns: object) -> pd.DataFrame:
    return pd.DataFrame(pairs * times, columns=["text", "rating"]).assign(**columns)


def test_a_check_that_passes() -> None:
    """Where ratings follow the words the correlation is 1 and the score may be shown; what cannot be scored is counted."""
    frame = rated([("good app", 5.0), ("ok app", 4.0), ("bad app", 2.0), ("terrible app", 1.0), ("an app", 3.0)], 40)
    found = check(frame)
    assert (found.rated, found.scored, found.usable) == (200, 160, True)
    assert found.correlation == pytest.approx(1)
    assert "Against 160 ratings here, rank correlation 1.00" in definition(found).text
    assert "20\u00a0% of rated texts could not be scored" in definition(found).text


def test_a_check_that_fails_says_where() -> None:
    """Where words and ratings go apart the score may not be shown, and a channel in which they do is named."""
    right, wrong = [("good app", 5.0), ("bad app", 1.0)], [("good app", 1.0), ("bad app", 5.0)]
    mixed = check(pd.concat([rated(right, 400, channel="mail"), rated(wrong, 60, channel="chat")]))
    assert mixed.usable
    assert ("chat", pytest.approx(-1), 120) in mixed.weak
    assert "It fails in: chat (-1.00, 120 texts)." in definition(mixed).text
    failed = check(rated(wrong, 100))
    assert (failed.usable, failed.checked) == (False, True)
    assert "so it is not shown" in definition(failed).text


def test_without_ratings_it_is_not_checked() -> None:
    """Fewer than 100 rated texts check nothing, and the fine print says so."""
    assert check(pd.DataFrame({"text": ["good"]})) == Agreement(0, 0, *[pytest.approx(math.nan, nan_ok=True)] * 5, ())
    found = check(rated([("good", 5.0), ("bad", 1.0)], 10))
    assert (found.checked, found.usable) == (False, True)
    assert "Not checked here: that takes 100 rated texts that can be scored, and there are 20." in definition(found).text


def test_good_and_bad_by_hand() -> None:
    """Of two good texts and two bad ones, three of the four pairs are in order, and one bad text in two sounds good."""
    frame = rated([("good app", 5.0), ("great app", 4.9), ("terrible app", 1.0), ("thanks a lot, awesome app", 1.1), ("bad app", 3.0)], 30)
    found = check(frame)
    assert (found.told_apart, found.fooled) == (0.5, 0.5)
    text = definition(found).text
    assert (
        "Of a well and a badly rated text it scores the better one higher in 50\u00a0%; 50\u00a0% of badly rated texts sound good to it."
        in text
    )


def test_negations_that_mislead_are_named() -> None:
    """Where texts with a negation are rated against their score, they are named among what it fails in."""
    frame = pd.concat([rated([("good app", 5.0), ("bad app", 1.0)], 300), rated([("not bad at all", 1.0), ("not a good app", 5.0)], 60)])
    assert [name for name, _, _ in check(frame).weak] == ["texts with a negation"]
