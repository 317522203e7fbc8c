"""Cleaning makes text plain and loses nothing that a person said."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodops.feedback import clean
from prodops.feedback.cleaning import LIMIT

PIECES = st.sampled_from([
    "*", "**", "_", "`", "~~", "# ", "---\n", "```\n", "[b]", "[/b]", "[quote]", "[/quote]", "[x](https://a.example)", "<blockquote>", "</blockquote>",
    "amp;", "&#38;", "<!--", "-->", "<a href=x>", "</a>", "\u0301\u0301\u0301", "𝗕", "（", "\n\n", "\n-- \n", "Thanks\nAnn\n", "ÃƒÂ©",
    "<b>", "</b>", "<br>", "&amp;", "&lt;", "&#27;", "\n", "\n> a", "\x1b[31m", "\u202e", "\u200b", "\u200d", "👍", "e\u0301", "Ã©", "Sent from my phone",
    "-- ", "Regards,", "Ann Lee", " ", "word", "é", "<script>", "\ud800", "On Mon, x wrote:",
])  # fmt: skip


@pytest.mark.parametrize(("raw", "plain"), [
    ("schÃ¶n â€“ really", "schön – really"),
    ("cafe\u0301", "café"),
    ("R&amp;D is &lt;slow&gt;", "R&D is <slow>"),
    ("red \x1b[31malert\x1b[0m \x1b]0;title\x07now", "red alert now"),
    ("nul\x00 bell\x07 gone", "nul bell gone"),
    ("ab\u202edcba\u202c zero\u200bwidth so\u00adft", "abdcba zerowidth soft"),
    ("👨\u200d👩\u200d👧 stays whole", "👨\u200d👩\u200d👧 stays whole"),
    ("Z\u0337\u0322\u031ba\u0334lg\u0338o\u0301\u0301\u0301\u0301", "Zalgo"),
    ("𝗕𝗼𝗹𝗱 ｗｉｄｅ", "Bold wide"),
    ("tiếng Việt, й, שָׁלוֹם, हिन्दी, ภาษาไทย", "tiếng Việt, й, שָׁלוֹם, हिन्दी, ภาษาไทย"),
    ("&amp;amp;amp;amp;amp;amp;amp;amp;amp;lt;", "<"),
    ("lone \ud800 surrogate", "lone \ufffd surrogate"),
    ("two   spaces\tand\r\n\r\n\r\n\r\nlines ", "two spaces and\n\nlines"),
])  # fmt: skip
def test_encoding_and_invisible_characters(raw: str, plain: str) -> None:
    """Broken encodings are mended, what cannot be seen is removed, letters come out in NFC."""
    assert clean(raw) == plain


@pytest.mark.parametrize(("raw", "plain"), [
    ("<p>Hello <b>world</b></p><br/>next", "Hello world\n\nnext"),
    ('<div style="font-size:12px">small</div>', "small"),
    ('<a href="https://x.example/a">here</a>', "here (https://x.example/a)"),
    ("&lt;p&gt;escaped twice&lt;/p&gt;", "escaped twice"),
    ("how do I use <b> in a note?", "how do I use <b> in a note?"),
])  # fmt: skip
def test_formatting_becomes_text(raw: str, plain: str) -> None:
    """Formatting tags go, their words stay; a text about a tag keeps it."""
    assert clean(raw) == plain


@pytest.mark.parametrize("hostile", [
    "<script>alert(1)</script>", '<img src=x onerror="alert(1)">', "</script><script>x()</script>", '<div style="position:fixed;inset:0">',
    '<p onclick="x()">', "[click](javascript:alert%281%29)", "{{7*7}} ${7*7}", "<!--<script>x", "=HYPERLINK(1)", "../../etc/passwd", "{0.__class__} %s",
])  # fmt: skip
def test_hostile_text_stays_readable(hostile: str) -> None:
    """What tries to run is text like any other: every letter of it stays."""
    assert clean(hostile) == hostile


@pytest.mark.parametrize(("raw", "plain"), [
    ("It fails.\n\nOn Mon, 3 Nov 2025 at 10:00, Ann <a@b.c> wrote:\n> old\n> older", "It fails."),
    ("Still broken\n-----Original Message-----\nFrom: x\nold", "Still broken"),
    ("Geht nicht.\nAm 3.11.2025 um 10:00 schrieb Ann:\nalt", "Geht nicht."),
    ("> they said\n> it works\nIt does not.", "It does not."),
    ("> 5 people have this", "> 5 people have this"),
    ("Works.\nSent from my iPhone", "Works."),
    ("Sent from my iPhone", ""),
    ("Broken\n-- \nBob\nAcme Ltd", "Broken"),
    ("It crashes.\n\nBest regards,\nJohn Smith\nCTO, Acme\n+49 30 1234", "It crashes."),
    ("Thanks\nBut it crashes when I open it", "Thanks\nBut it crashes when I open it"),
    ("Fails.\n\nThis e-mail is confidential and intended only for its reader.\nDelete it.\n\nPS: on Mac too", "Fails.\n\nPS: on Mac too"),
])  # fmt: skip
def test_mail_trimmings_are_cut(raw: str, plain: str) -> None:
    """Quoted replies, signatures and footers go; a text that only looks like one stays."""
    assert clean(raw) == plain


@settings(deadline=None, max_examples=300)
@given(st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=200))
def test_cleaning_twice_changes_nothing(raw: str) -> None:
    """Whatever comes in, a clean text is clean."""
    assert clean(clean(raw)) == clean(raw)


@pytest.mark.parametrize("endless", [
    "x" * 10_000_000, "a" * 40_000 + "!" + "@" * 20_000, "<b>" * 100_000, "Thanks\nA\n" * 10_000, "&amp;" * 100_000, "On a\n" * 50_000,
    "&" + "amp;" * 100_000 + "lt;", "&" + "#38;" * 100_000, "*a " * 4_000 + "a* " * 3_000, "*_" * 3_000 + "a" + "_*" * 3_000, "[quote]" * 1_000 + "[/quote]" * 1_000,
    "[b]" * 2_000 + "x" + "[/b]" * 2_000, "<!--" * 5_000, "[a](" * 5_000, "Z" + "\u0315" * 19_000, "\x00" * 20_000, "\ud800" * 20_000, "\n" * 20_000, "\n>" * 10_000,
    "ÃƒÂ©" * 4_000, "# " * 9_000 + "a", "`" * 20_000, "-- \n" * 5_000, "\u200b" * 10_000 + "a\u200d" * 5_000, "😀" * 20_000, "שלום " * 4_000,
])  # fmt: skip
def test_endless_texts_are_cut(endless: str) -> None:
    """No text is longer than the limit, whatever it is made of, and each comes out clean."""
    cleaned = clean(endless)
    assert len(cleaned) <= LIMIT
    assert clean(cleaned) == cleaned


def test_a_cut_text_says_so() -> None:
    """The cut is marked."""
    assert clean("x" * (LIMIT + 1)) == "x" * (LIMIT - 1) + "…"
