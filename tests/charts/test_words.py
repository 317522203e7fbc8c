import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodops.charts import words


@pytest.mark.parametrize(("given_", "said"), [
    ("  two\n words\t", "two words"), ("a\x00b\x1b[31mc\x1b[0m", "abc"), ("\u202egnp.exe", "gnp.exe"), ("\ud800x\ufffe", "x"),
    ("👩\u200d👧", "👩\u200d👧"), (None, ""), (float("nan"), ""), (12, "12"), ("NA", "NA"),
])  # fmt: skip
def test_text_is_made_harmless(given_: object, said: str) -> None:
    """Controls, terminal colours, broken characters and reordering marks go; joiners, and what merely looks odd, stay."""
    assert words.clean(given_) == said


def test_lines_are_kept_sensibly() -> None:
    """Where lines matter they stay, trimmed, with at most one empty line between two."""
    assert words.clean("Hello \r\n\r\n\r\n\r\nthere\rfriend\n", lines=True) == "Hello\n\nthere\nfriend"


@given(st.text())
def test_cleaning_is_done_once(text: str) -> None:
    """Cleaning clean text changes nothing, and leaves no control characters."""
    once = words.clean(text)
    assert words.clean(once) == once
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in once)


@given(st.text(min_size=1).map(words.clean).filter(bool), st.integers(20, 400))
def test_a_cut_text_fits(text: str, width: int) -> None:
    """A text that is cut is no wider than asked, and says that it was cut; one that fits is left alone."""
    cut = words.cut(text, width)
    assert words.pixels(cut) <= width
    assert cut == text or cut.endswith("…")


def test_a_cut_prefers_a_word_s_end() -> None:
    """Where a word ends near the limit the cut falls there."""
    assert words.cut("Sync and offline data loss", 130) == "Sync and offline…"


def test_long_titles_break_evenly() -> None:
    """A title of two lines has no single word on its second."""
    text = "Activation rose to 44 % after guided onboarding and has stayed there since"
    assert words.wrap(text, 560, 16.5)[-1] == "since"
    assert words.wrap(text, 560, 16.5, even=True) == ["Activation rose to 44 % after guided", "onboarding and has stayed there since"]


def test_text_beyond_the_last_line_is_cut() -> None:
    """Nothing runs out of its frame: the last line ends with an ellipsis."""
    lines = words.wrap("word " * 60, 120, lines=2)
    assert len(lines) == 2
    assert lines[1].endswith("…")


@pytest.mark.parametrize(("column", "heading", "unit"), [
    ("cycle_days", "Cycle", "days"), ("mrr_eur", "MRR", "EUR"), ("share", "Share", "share"), ("positive_share", "Positive", "share"),
    ("activation_rate", "Activation rate", "share"), ("items", "Items", "count"), ("nps", "NPS", "nps"), ("change_pts", "Change", "points"),
])  # fmt: skip
def test_a_column_s_name_says_its_unit(column: str, heading: str, unit: str) -> None:
    """A suffix is the unit and not part of the heading."""
    assert words.heading(column) == heading
    assert words.unit_of(column) == unit


def test_axis_expressions_hold_nothing_from_data() -> None:
    """A unit in the user's own words, hostile or not, never gets into an expression."""
    assert words.axis_labels("'+alert(1)+'", 10) == words.axis_labels("count", 10)


def test_right_to_left_names_leave_numbers_alone() -> None:
    """A name in Hebrew is isolated from the number that follows it; others need nothing."""
    assert words.isolate("שלום") == "\u2068שלום\u2069"
    assert words.isolate("Billing") == "Billing"
