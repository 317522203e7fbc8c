"""Parameters: read from the cell without running it; text read by type, typed values taken strictly."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodops.errors import WorkspaceError
from prodops.parameters.declared import read_cell
from prodops.parameters.secrets import Reference
from prodops.parameters.types import Parameter, Type

CELL = '''
"""What this report can be asked."""
from datetime import date
from typing import Annotated, Literal, Optional
weeks: Annotated[int, range(4, 105)] = 12  # weeks shown
share: Annotated[float, Interval(gt=0, le=1)] = 0.5  # least share # of all
segment: Optional[str] = None
grain: Literal["day", "week"] = "week"  # of the charts
plans: list[str] = ["team",
                    "free"]  # plans shown
since: date = date(2025, 1, 2)
offset: int | None = -3
token: SecretStr = "${API_TOKEN}"  # of the survey tool
keys: list[pydantic.SecretStr] = [SecretStr("${KEY_1}")]
'''


def test_reads_name_type_default_and_help_of_every_form() -> None:
    """Each form of annotation is read; the comment on the line where a parameter ends is its help."""
    assert read_cell(CELL, "nb.ipynb") == (
        Parameter("weeks", Type("int", low=4, high=104), 12, "weeks shown"),
        Parameter("share", Type("float", above=0, high=1), 0.5, "least share # of all"),
        Parameter("segment", Type("str", optional=True), None),
        Parameter("grain", Type("str", choices=("day", "week")), "week", "of the charts"),
        Parameter("plans", Type("str", many=True), ["team", "free"], "plans shown"),
        Parameter("since", Type("date"), date(2025, 1, 2)),
        Parameter("offset", Type("int", optional=True), -3),
        Parameter("token", Type("SecretStr"), Reference("${API_TOKEN}"), "of the survey tool"),
        Parameter("keys", Type("SecretStr", many=True), [Reference("${KEY_1}")]),
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("weeks = 5", "weeks has no type; write weeks: int = 5"),
        ("weeks = -5.5", "write weeks: float = -5.5"),
        ("weeks: int", "weeks has no default"),
        ("weeks: complex = 1", "the type complex is not understood"),
        ("weeks: list[list[int]] = []", "the type list[list[int]] is not understood"),
        ("weeks: int = 'a'", "weeks: the default 'a' is not a whole number"),
        ("weeks: Annotated[int, range(4, 105)] = 3", "the default 3 is not a whole number from 4 to 104"),
        ("weeks: int = __import__('os').getpid()", "the default __import__('os').getpid() is not"),
        ("weeks: Annotated[int, At(1)] = 1", "the range At(1) is not understood"),
        ("weeks: Literal[1, 'a'] = 1", "and not both"),
        ("weeks: int = 1; weeks: int = 2", "weeks is declared twice"),
        ("import os", "move import os to the next cell"),
        ("def f(): pass", "move def f(): pass to the next cell"),
        ("_weeks: int = 1", '"_weeks" cannot be'),
        ("a.b: int = 1", "move a.b: int = 1"),
        ("%time 1", "not plain Python"),
        ("(" * 500, "not plain Python"),
        ("weeks: str = '\ud800'", "not plain Python"),
    ],
)
def test_a_cell_that_cannot_be_read_is_refused_with_its_line(line: str, said: str) -> None:
    """What is no parameter is refused by file and line, and nothing of it has run."""
    with pytest.raises(WorkspaceError) as fault:
        read_cell(f"\n{line}", "nb.ipynb")
    assert str(fault.value).startswith("nb.ipynb: parameters cell, line ")
    assert said in str(fault.value)
    assert "\n" not in str(fault.value)


INT, FLOAT, TEXT, BOOL, DATE = Type("int", low=4, high=104), Type("float"), Type("str"), Type("bool"), Type("date")


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (INT, "12", 12),
        (INT, " +12 ", 12),
        (Type("int"), "-0", 0),
        (Type("int"), "9223372036854775807", 2**63 - 1),
        (FLOAT, "1e-1", 0.1),
        (FLOAT, "12", 12.0),
        (FLOAT, ".5", 0.5),
        (BOOL, "yes", True),
        (BOOL, "0", False),
        (BOOL, "TRUE", True),
        (DATE, "2024-02-29", date(2024, 2, 29)),
        *[(TEXT, t, t) for t in ("0012", "NO", "1e5", "12:30", "null", "", " a ", "NaN", "../../x", "weeks=1;import os", "None")],
        (Type("str", many=True), 'a, "b, c",0012,NO', ["a", "b, c", "0012", "NO"]),
        (Type("str", many=True), "", []),
        (Type("str", many=True), ' " a ", 5" pipe ,,"b""c" ', [" a ", '5" pipe', "", 'b"c']),
        (Type("str", many=True), "a\nb, c,", ["a\nb", "c", ""]),
        (Type("SecretStr"), "${API_TOKEN}", Reference("${API_TOKEN}")),
        (Type("int", many=True), "1,2", [1, 2]),
        (Type("int", optional=True), "none", None),
        (Type("str", optional=True), "", None),
        (Type("str", optional=True), "none", "none"),
        (Type("int", choices=(7, 28)), "28", 28),
    ],
)
def test_text_of_a_command_line_is_read_by_the_declared_type(kind: Type, text: str, value: object) -> None:
    """Numbers, truths, dates and lists come out typed; text stays as it was typed, to the character."""
    assert kind.parse(text) == value
    assert type(kind.parse(text)) is type(value)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (INT, "12.5"),
        (INT, "3"),
        (INT, "105"),
        (INT, "1e1"),
        (INT, "0x10"),
        (INT, "012"),
        (INT, "1_0"),
        (INT, "１２"),
        (INT, ""),
        (INT, "9" * 5000),
        (INT, "12; import os"),
        (FLOAT, "nan"),
        (FLOAT, "inf"),
        (FLOAT, "1e999"),
        (FLOAT, "1,5"),
        (BOOL, "2"),
        (BOOL, "ja"),
        (DATE, "2025-02-30"),
        (DATE, "20250203"),
        (DATE, "today"),
        (DATE, "2025-W01-1"),
        (TEXT, "x" * 10_001),
        (TEXT, "\ud800"),
        (Type("str", choices=("day", "week")), "Week"),
        (Type("str", many=True), '"a'),
        (Type("str", many=True), '"a"b'),
        (Type("str", many=True), " " * 9_999 + '"'),
        (Type("SecretStr"), "hunter2"),
        (Type("SecretStr"), "$API_TOKEN"),
        (Type("SecretStr"), "a${API_TOKEN}"),
        (Type("int", many=True), "1,,2"),
        (Type("float", above=0), "0"),
        (Type("float", below=1), "1"),
        (Type("str", many=True), "a," * 2000),
    ],
)
def test_text_that_does_not_fit_is_refused(kind: Type, text: str) -> None:
    """Nothing is rounded, guessed or cut to fit."""
    with pytest.raises(ValueError):
        kind.parse(text)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (INT, "12"),
        (INT, True),
        (INT, 12.0),
        (INT, 2**63),
        (FLOAT, "1"),
        (FLOAT, float("nan")),
        (FLOAT, True),
        (FLOAT, 10**400),
        (BOOL, 1),
        (BOOL, "true"),
        (TEXT, 12),
        (TEXT, False),
        (TEXT, None),
        (DATE, 20250203),
        (Type("str", many=True), "a"),
        (Type("str", many=True), [1]),
        (Type("int", many=True), [[1]]),
    ],
)
def test_typed_values_are_taken_strictly(kind: Type, value: object) -> None:
    """A value of a file or a program is not converted: text is no number and a number is no truth."""
    with pytest.raises(ValueError):
        kind.check(value)


def test_a_whole_number_is_a_number_and_iso_text_is_a_date() -> None:
    """The two widenings that a YAML file needs."""
    assert repr(FLOAT.check(3)) == "3.0"
    assert DATE.check("2025-11-03") == date(2025, 11, 3)


@given(st.integers(-(10**6), 10**6))
def test_every_whole_number_within_the_range_and_no_other_is_taken(number: int) -> None:
    """The range of ``range(4, 105)`` is Python's: 104 is in, 105 is out."""
    if number in range(4, 105):
        assert INT.parse(str(number)) == number
    else:
        with pytest.raises(ValueError):
            INT.parse(str(number))


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (INT, "a whole number from 4 to 104"),
        (Type("int", low=1000), "a whole number of at least 1,000"),
        (Type("float", above=0, high=1), "a number above 0 and of at most 1"),
        (Type("str", choices=("day", "week")), "one of day, week"),
        (Type("date", many=True), "a list, each a date such as 2025-11-03"),
        (Type("str", optional=True), "text, or nothing"),
    ],
)
def test_a_type_says_in_words_what_it_expects(kind: Type, words: str) -> None:
    """Messages and help name the type and its range."""
    assert kind.words == words == str(kind)


def test_a_secret_s_default_is_a_reference_and_is_not_shown_where_it_is_none() -> None:
    """A literal secret in the cell itself is refused by its name alone."""
    with pytest.raises(WorkspaceError) as fault:
        read_cell('token: SecretStr = "hunter2"', "nb.ipynb")
    assert str(fault.value) == (
        "nb.ipynb: parameters cell, line 1: token: the default is not the name of an environment variable, such as ${API_TOKEN}."
    )


@given(st.lists(st.text(max_size=20), max_size=5))
def test_a_list_written_as_it_would_be_typed_reads_back_as_itself(items: list[str]) -> None:
    """Commas, quotes, blanks and empty texts survive the way through a field or a command line."""
    kind = Type("str", many=True)
    assert kind.parse(kind.typed(list(items))) == items


def test_a_refusal_names_value_expectation_and_near_miss() -> None:
    """The sentence says what came, what was expected, and the nearest choice; a huge text is not repeated."""
    grain = Parameter("grain", Type("str", choices=("day", "week")), "week")
    assert grain.refusal("weak") == 'grain: expected one of day, week; got "weak". Did you mean "week"?'
    assert grain.refusal("x" * 20_000) == "grain: the text has 20,000 characters; at most 10,000 are taken."
