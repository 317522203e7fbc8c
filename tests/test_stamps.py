"""Numbers and dates read as people say them; stamps carry the same record to the reader and to the press."""

import json
import math
import re
from dataclasses import FrozenInstanceError, fields
from datetime import date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodops.stamps import (
    KINDS,
    STAMP_MIME,
    Definition,
    Finding,
    QueryStamp,
    Scope,
    Stamp,
    TableStamp,
    Takeaway,
    Tile,
    between,
    day_words,
    field_names,
    in_words,
    listed,
    note,
    plain,
    range95,
    show,
    span_words,
    standard_errors,
)

SPACE = "\u00a0"


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0, "count", "0"),
        (7, "count", "7"),
        (1234, "count", "1,234"),
        (9994, "count", "9,994"),
        (12_345, "count", "12.3 k"),
        (480_000, "count", "480 k"),
        (1_000_000, "count", "1 M"),
        (999_900, "count", "1 M"),
        (2_500_000_000, "count", "2.5 bn"),
        (-1234, "count", "−1,234"),
        (0.25, "count", "0.25"),
        (12.5, "count", "12"),
        (1.5, "count", "1.5"),
        (9.96, "count", "10"),
        (4.2, "EUR", "€ 4.20"),
        (0.123, "share", "12 %"),
        (0.0456, "share", "4.6 %"),
        (0.05, "share", "5 %"),
        (1, "share", "100 %"),
        (-0.03, "points", "−3 pts"),
        (0.0996, "share", "10 %"),
        (31, "nps", "31 pts"),
        (-3.25, "nps", "−3.2 pts"),
        (4.333, "rating", "4.33"),
        (4.0, "rating", "4"),
        (0.5, "ratio", "0.5"),
        (12.34, "ratio", "12"),
        (1, "days", "1 day"),
        (2.5, "days", "2.5 days"),
        (1.02, "hours", "1 hour"),
        (0, "hours", "0 hours"),
        (3.14, "per_1000", "3.1 per 1,000"),
        (48_123, "EUR", "€ 48.1 k"),
        (-5, "USD", "−$ 5"),
        (0, "GBP", "£ 0"),
        (12, "XYZ", "XYZ 12"),
        (0.5, "months", "0.5 months"),
        (1, "months", "1 month"),
        (12_400, "EUR/months", "€ 12.4 k per month"),
        (None, "count", "n/a"),
        (math.nan, "share", "n/a"),
        (math.inf, "EUR", "n/a"),
        (-math.inf, "days", "n/a"),
    ],
)
def test_numbers_in_words(value: float | None, unit: str, words: str) -> None:
    """Each unit has its form: thousands shortened, fractions in percent, money with its sign, missing as n/a."""
    assert in_words(value, unit).replace(SPACE, " ") == words


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (5, "count", "+5"),
        (-5, "count", "−5"),
        (0, "count", "0"),
        (0.031, "points", "+3.1 pts"),
        (0.0001, "points", "0 pts"),
        (-0.0001, "points", "0 pts"),
        (12, "EUR", "+€ 12"),
    ],
)
def test_signed_numbers(value: float, unit: str, words: str) -> None:
    """A change carries its sign, a true minus; what rounds to nothing carries none."""
    assert in_words(value, unit, signed=True).replace(SPACE, " ") == words


@given(
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from(["count", "share", "points", "nps", "rating", "ratio", "days", "hours", "per_1000", "EUR", "?"]),
)
def test_any_number_has_words_and_its_opposite_too(value: float, unit: str) -> None:
    """No number breaks the words; a negative one says the same as the positive, with a minus."""
    words = in_words(value, unit)
    assert words
    assert in_words(-value, unit).removeprefix("−") == words.removeprefix("−")


def test_days_and_spans_in_words() -> None:
    """A span is said by its first and last day, the shared parts once."""
    assert day_words(date(2025, 11, 3)) == "3 Nov 2025"
    assert day_words(datetime(2025, 11, 3, 12), year=False) == "3 Nov"
    assert span_words(date(2025, 11, 17), date(2025, 11, 24)) == "17–23 Nov 2025"
    assert span_words(date(2025, 10, 27), date(2025, 11, 3)) == "27 Oct – 2 Nov 2025"
    assert span_words(date(2024, 12, 30), date(2025, 1, 6)) == "30 Dec 2024 – 5 Jan 2025"
    assert span_words(date(2025, 11, 3), date(2025, 11, 4)) == "3 Nov 2025"
    assert span_words(date(2025, 11, 4), date(2025, 11, 4)) == "3 Nov 2025"


@given(st.text())
def test_data_stays_text_in_markdown_and_html(text: str) -> None:
    """Whatever data a line holds, no character of it is left that Markdown or HTML would act on; nothing is lost but line ends."""
    shown = plain(text)
    assert not set(re.sub(r"\\.", "", shown)) & set("<>\n\r\\`*_{}[]()#+!|$~-")
    bare = re.sub(r"\\(.)", r"\1", shown).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert bare == " ".join(text.split())


TABLE = TableStamp(
    table="feedback",
    source="r.csv",
    rows_read=60,
    rows_used=50,
    rows_set_aside=3,
    rows_after_as_of=7,
    first=datetime(2025, 11, 1, 9),
    last=datetime(2025, 11, 3),
    reasons=(("rating is out of range", 3),),
    notes=("the delimiter is the semicolon",),
)
LINES: list[tuple[Stamp, str]] = [
    (Scope(start=date(2025, 11, 17), end=date(2025, 11, 24), scope="Atlas <b>"), "17–23 Nov 2025 · Atlas &lt;b&gt;"),
    (Finding(name="n", headline="A *rise*", sentence="From 1 to 2."), "**A \\*rise\\*.** From 1 to 2."),
    (Tile(name="t", title="Active", value=0.5, unit="share", before=0.25, target=1.0), "**Active** 50 % · week before 25 % · target 100 %"),
    (Tile(name="t", title="Active", value=None, unit="count"), "**Active** n/a"),
    (
        Takeaway(claim="Billing hurts.", decision="Mend it.", owner="Ada", changes_our_mind="Fewer than 3"),
        "**Billing hurts.** Mend it. *Asked of:* Ada. *What would change our mind:* Fewer than 3",
    ),
    (Takeaway(claim="a", decision="b"), "**a** b"),
    (
        TABLE,
        "**feedback**: 60 rows read, 3 set aside (3 rating is out of range), 7 dated at or after the as-of date and not used; "
        "1 Nov 2025 to 3 Nov 2025. "
        "the delimiter is the semicolon.",
    ),
    (TableStamp(table="t", source="s", rows_read=0, rows_used=0), "**t**: 0 rows read, 0 set aside."),
    (
        QueryStamp(name="weekly", sql="SELECT 1", key="k", rows=1234, sha256="abcdef0123456789"),
        "weekly: 1,234 rows, SHA-256 `abcdef012345`",
    ),
    (Definition(name="NPS", text="9–10 less 0–6", version="v1"), "**NPS**: 9–10 less 0–6 (version v1)"),
    (Definition(name="a", text="b"), "**a**: b"),
]


@pytest.mark.parametrize(("stamp", "line"), LINES)
def test_a_stamp_is_a_line_and_a_record(stamp: Stamp, line: str) -> None:
    """A stamp shows a line of Markdown, and carries under our MIME type the JSON of all its fields, its kind first."""
    assert stamp.line().replace(SPACE, " ") == line
    bundle = stamp._repr_mimebundle_()
    assert bundle == {STAMP_MIME: {"stamps": [stamp.to_dict()]}, "text/markdown": stamp.line(), "text/plain": stamp.line()}
    assert list(stamp.to_dict()) == ["kind", *(f.name for f in fields(stamp))] == ["kind", *field_names(stamp.kind)]  # type: ignore[arg-type]
    assert json.loads(json.dumps(stamp.to_dict(), allow_nan=False)) == stamp.to_dict()


def test_values_become_plain_json() -> None:
    """Dates are ISO text, tuples are lists, numpy's numbers are numbers, what is not finite is missing."""
    tile = Tile(
        name="t", title="T", value=np.float64(0.5), unit="share", target_on=date(2025, 12, 31), history=(None, math.nan, np.float64(3), 2.5)
    )
    found = tile.to_dict()
    assert (found["value"], found["target_on"], found["history"]) == (0.5, "2025-12-31", [None, None, 3, 2.5])
    assert TABLE.to_dict()["reasons"] == [["rating is out of range", 3]]
    assert TABLE.to_dict()["first"] == "2025-11-01T09:00:00"
    json.dumps(found)


def test_several_stamps_from_one_cell() -> None:
    """``show`` gives all of them in order, as one display."""
    one, two = Definition(name="a", text="b"), Definition(name="c", text="d")
    shown = show(one, two)
    assert (list(shown), len(shown)) == ([one, two], 2)
    assert shown._repr_mimebundle_() == {
        STAMP_MIME: {"stamps": [one.to_dict(), two.to_dict()]},
        "text/markdown": "- **a**: b\n- **c**: d",
        "text/plain": "- **a**: b\n- **c**: d",
    }


def test_stamps_do_not_change() -> None:
    """A record is frozen, has a kind of its own, and takes its fields by name only."""
    with pytest.raises(FrozenInstanceError):
        TABLE.rows_read = 61  # type: ignore[misc]
    assert (
        {stamp.kind for stamp in KINDS.values()}
        == set(KINDS)
        == {"scope", "finding", "tile", "takeaway", "table", "query", "published", "definition", "settings"}
    )
    with pytest.raises(TypeError):
        Definition("a", "b")  # type: ignore[call-arg]


def test_a_note_is_prose_and_no_record() -> None:
    """It shows its sentences, empty ones left out, and carries no stamp."""
    assert note("12 of 12 KPIs.", "", "All *here*.")._repr_mimebundle_() == {
        "text/markdown": "12 of 12 KPIs. All \\*here\\*.",
        "text/plain": "12 of 12 KPIs. All *here*.",
    }


def test_a_range_says_its_unit_once() -> None:
    """Units behind a number are said once; currencies, thousands and singulars stand at both ends."""
    ends = [
        ("96\u00a0%", "98\u00a0%"),
        ("−21\u00a0pts", "62\u00a0pts"),
        ("1\u00a0day", "2.5\u00a0days"),
        ("€\u00a02\u00a0k", "€\u00a03\u00a0k"),
        ("2", "3"),
    ]
    assert [between(*pair) for pair in ends] == [
        "96 to 98\u00a0%",
        "−21 to 62\u00a0pts",
        "1\u00a0day to 2.5\u00a0days",
        "€\u00a02\u00a0k to €\u00a03\u00a0k",
        "2 to 3",
    ]
    assert range95("96\u00a0%", "98\u00a0%") == "95\u00a0% range 96 to 98\u00a0%"


def test_many_queries_are_counted() -> None:
    """A notebook's reader sees how many there were and what they gave; the press reads each."""
    queries = [QueryStamp(name=f"q{n}", sql="", key="", rows=n, sha256="") for n in range(8)]
    shown = show(Definition(name="NPS", text="A score."), *queries)._repr_mimebundle_()
    assert shown["text/plain"] == "- **NPS**: A score.\n- 8 queries gave 28 rows; the report's fine print has each with its SHA-256."
    assert len(shown[STAMP_MIME]["stamps"]) == 9


def test_a_probability_is_a_distance_in_standard_errors() -> None:
    """The two-sided normal quantile: 0.05 is 1.96, 0.0027 three; certain is none; beyond 1e-50 it is no farther."""
    said = [round(standard_errors(p), 2) for p in (0.05, 0.0027, 1.0, 2.0, 1e-50, 0.0)]
    assert said == [1.96, 3.0, 0.0, 0.0, 14.98, 14.98]


def test_names_in_a_row() -> None:
    """The last one has its "and"; of more than asked for the rest is counted."""
    assert [listed(["a", "b", "c"][:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
    assert listed("abcde", 2) == "a, b and 3 more"
