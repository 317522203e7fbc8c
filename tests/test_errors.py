"""Messages are one line, show the value at fault safely, and suggest the near miss."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodops import errors
from prodops.errors import ProdopsError, did_you_mean, shorten


def test_all_errors_are_one_family() -> None:
    """Whoever catches ``ProdopsError`` catches every fault that a person can mend."""
    family = {e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, Exception)}
    assert {e.__name__ for e in family} == {
        "ProdopsError",
        "WorkspaceError",
        "InputError",
        "ParameterError",
        "DefinitionError",
        "NoData",
        "RunError",
    }
    assert all(issubclass(e, ProdopsError) and e.__doc__ for e in family)


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("craeted_at", ["id", "created_at", "text"], ' Did you mean "created_at"?'),
        ("FEEDBACK", ["events", "feedback"], ' Did you mean "feedback"?'),
        ("feedback", ["Feedback"], ' Did you mean "Feedback"?'),
        ("x", ["created_at"], ""),
        ("weeks;import os", ["weeks"], ' Did you mean "weeks"?'),
        ("ｗｅｅｋｓ", ["weeks"], ' Did you mean "weeks"? (It holds FULLWIDTH LATIN SMALL LETTER W, U+FF57.)'),
        ("gr\u200bain", ["grain"], ' Did you mean "grain"? (It holds ZERO WIDTH SPACE, U+200B.)'),
        ("größe", ["größe", "grain"], ' Did you mean "größe"?'),
        ("weeks" * 100, ["weeks"], ""),
        ("", ["a"], ""),
        ("a", [], ""),
    ],
)
def test_the_near_miss_is_suggested(name: str, options: list[str], expected: str) -> None:
    """The nearest option is named as it is written, whatever the case; nothing where none is near."""
    assert did_you_mean(name, options) == expected


def test_a_message_is_one_line_of_bounded_length_whatever_it_is_made_of() -> None:
    """No value can break a line, colour a terminal or fill a screen; typographic blanks stay."""
    assert str(ProdopsError("a\nb\x1b[31m\u202e\udcff 12\u202f% é")) == r"a\nb\x1b[31m\u202e\udcff 12" + "\u202f% é"
    assert len(str(ProdopsError("x" * 10_000_000))) == 4_001


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("plain", '"plain"'),
        (3.5, '"3.5"'),
        (None, '"None"'),
        ("ü€😀", '"ü€😀"'),
        ("a\nb\t\x1b[31m", r'"a\nb\t\x1b[31m"'),
        ("a\u202eb\u2028", r'"a\u202eb\u2028"'),
        ("\ud83d", r'"\ud83d"'),
        ("x" * 60, f'"{"x" * 60}"'),
        ("x" * 61, f'"{"x" * 60}…"'),
    ],
)
def test_values_are_shown_on_one_line(value: object, shown: str) -> None:
    """A value is quoted, cut, and its control characters are written out."""
    assert shorten(value) == shown


@given(st.text())
def test_no_value_breaks_a_line_or_a_terminal(value: str) -> None:
    """Whatever the value, what is shown is printable and at most a little longer than the limit."""
    shown = shorten(value, 20)
    assert shown.isprintable()
    assert len(shown) <= 23
    shown.encode()
