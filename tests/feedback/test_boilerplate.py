"""Marks that a channel puts on many texts are found and told from what people say."""

from prodops.feedback.boilerplate import Boilerplate, find_boilerplate, strip_boilerplate

WORDS = ["alpha", "beta", "gamma", "delta", "omega", "kappa", "sigma", "theta"]
OWN = [f"{a} {b} {c}" for a in WORDS for b in WORDS for c in WORDS][:400]


def test_a_mark_in_front() -> None:
    """A bracketed mark before one text in eight is found, counted, and taken off those texts only."""
    texts = [("[deleted by author] " if i % 8 == 0 else "") + own for i, own in enumerate(OWN)]
    marks = find_boilerplate(texts)
    assert marks == (Boilerplate("[deleted by author]", "brackets", 50, 400),)
    assert [strip_boilerplate(text, marks) for text in texts] == OWN
    assert marks[0].note() == "50 of 400 different texts held “[deleted by author]”, removed"


def test_a_mark_between_title_and_text() -> None:
    """A remark in brackets at the beginning of a line is found behind a title too."""
    texts = [f"{own}\n(removed later) {own}" for own in OWN[:40]] + OWN[40:]
    assert [mark.text for mark in find_boilerplate(texts)] == ["(removed later)"]
    assert strip_boilerplate(texts[0], find_boilerplate(texts)).split() == f"{OWN[0]} {OWN[0]}".split()


def test_a_mark_at_the_end_and_a_repeated_line() -> None:
    """An ending that opens like a mark, and a form's question on a line of its own, are found too."""
    texts = ["What could be better?\n" + own for own in OWN[:100]] + [own + " (via Helpdesk 2)" for own in OWN[100:200]] + OWN[200:]
    assert [strip_boilerplate(text, find_boilerplate(texts)) for text in texts] == OWN


def test_people_who_say_the_same() -> None:
    """Texts that merely begin with the same few words keep them, and few texts are never enough."""
    assert find_boilerplate(["I love this " + own for own in OWN]) == ()
    assert find_boilerplate(["Great app. " + own for own in OWN]) == ()
    assert find_boilerplate(["[mark] " + own for own in OWN[:19]]) == ()
    assert find_boilerplate([]) == ()


def test_copies_do_not_make_boilerplate() -> None:
    """A text that was sent a thousand times is one text here."""
    assert find_boilerplate(["Error: the sync failed"] * 1000 + OWN[:30]) == ()
