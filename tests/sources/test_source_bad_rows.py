"""What is wrong in single rows is set aside, kept with row, value and reason, and counted; too much of it is refused."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from source_project import Project, csv_of, rows, stamp

from prodops.errors import InputError
from prodops.sources.aside import set_aside
from prodops.sources.faults import REPEATED
from prodops.tables import contract

HEAD = ["id", "created_at", "text", "rating", "revenue"]


def good(n: int) -> list[object]:
    return [f"g{n}", f"2026-03-{n % 28 + 1:02d}", f"said {n}", n % 11, n / 4]


def table(*bad: list[object], more: int = 60) -> str:
    """Write good rows with bad ones from row 3 on."""
    return csv_of([HEAD, good(0), good(1), *bad, *(good(n) for n in range(2, more))])


def test_each_sort_of_bad_row_is_kept_with_its_reason(project: Project) -> None:
    """Row number, column, value and reason of every row that cannot be used; the stamp counts them by reason."""
    bad: list[list[object]] = [
        ["b1", "soon", "said", 3, 1],
        ["b2", "", "said", 3, 1],
        ["b3", "2026-03-01", " ", 3, 1],
        ["b4", "2026-03-01", "said", "four", 1],
        ["b5", "2026-03-01", "said", 11, 1],
        ["b6", "2026-03-01", "said", -1, 1],
        ["b7", "2026-03-01", "said", 3, -0.01],
        ["b8", "2026-03-01", "said", 3, "inf"],
        ["b9", "2026-03-01", "said", 3, "NaN"],
        ["b10", "2026-03-01", "said", 3, "1e999"],
        ["b11", "2026-03-01", "said", 3, "$1,234.50"],
        ["b12", "2026-03-01", "said", 3, "1_000"],
        ["b13", "2026-03-01"],
        ["g0", *good(0)[1:]],
        ["g1", "2026-03-02", "something else", 1, 0.25],
    ]
    desk = project.csv(table(*bad), max_bad_share=0.5)
    expected = [
        ("3", "created_at", "soon", "created_at is not a date"),
        ("4", "created_at", "", "created_at is empty"),
        ("5", "text", " ", "text is empty"),
        ("6", "rating", "four", "rating is not a number"),
        ("7", "rating", "11", "rating is out of range"),
        ("8", "rating", "-1", "rating is out of range"),
        ("9", "revenue", "-0.01", "revenue is negative"),
        ("10", "revenue", "inf", "revenue is not a finite number"),
        ("11", "revenue", "NaN", "revenue is not a finite number"),
        ("12", "revenue", "1e999", "revenue is not a finite number"),
        ("13", "revenue", "$1,234.50", "revenue is not a number"),
        ("14", "revenue", "1_000", "revenue is not a number"),
        ("15", "", "2 fields where the header has 5: b13,2026-03-01", "the row has too few or too many fields"),
        ("16", "id", "g0 (as row 1)", REPEATED),
        ("17", "id", "g1 (as row 2)", "a duplicate id with other values: a conflict"),
    ]
    assert project.aside(desk) == [list(row) for row in expected]
    found = stamp(desk)
    assert (found.rows_read, found.rows_used, found.rows_set_aside) == (75, 60, 15)
    reasons = [reason for *_, reason in expected]
    assert dict(found.reasons) == {reason: reasons.count(reason) for reason in reasons}
    assert "75 rows read, 15 set aside (3 revenue is not a finite number; " in found.line().replace("\\", "")
    assert {b.reason: (b.column, b.rows, b.first) for b in desk.breaches()["feedback"]}["created_at is empty"] == (
        "created_at",
        1,
        (("4", ""),),
    )


def test_on_request_any_bad_row_is_refused(project: Project) -> None:
    """``on_bad_rows: fail`` names all breaches at once: table, column, how many, the first rows, what was expected."""
    bad: list[list[object]] = [
        ["b1", "soon", "said", 3, 1],
        ["b2", "2026-03-01", "said", 3, -1],
        ["b3", "2026-03-01", "said", 3, -2],
        ["g0", *good(0)[1:]],
    ]
    with pytest.raises(InputError) as refused:
        project.csv(table(*bad), on_bad_rows="fail")
    assert str(refused.value) == (
        'reviews.csv: feedback.revenue: 2 of 64 rows: revenue is negative (row 4 "-1", row 5 "-2"); '
        "expected an amount of money, not negative, in plain digits; "
        'feedback.created_at: 1 of 64 rows: created_at is not a date (row 3 "soon"); expected a date or time. '
        "Mend the source, or set on_bad_rows: quarantine to carry on without them."
    )
    assert stamp(project.csv(table(*bad))).rows_set_aside == 4


def test_above_the_stated_share_the_table_is_refused(project: Project) -> None:
    """The share is that of the rows read; rows that only repeat another do not count; the limit itself still passes."""
    bad = [[f"b{n}", "soon", "said", 3, 1] for n in range(7)]
    again = [good(0)] * 40
    assert stamp(project.csv(table(*bad, *again, more=23), max_bad_share=0.1)).rows_used == 23
    with pytest.raises(InputError, match=r"That is 10% of the rows, over the limit of 9%: mend the source .*, or raise max_bad_share\.$"):
        project.csv(table(*bad, *again, more=23), max_bad_share=0.09)


def test_text_in_a_number_s_column_far_down(project: Project) -> None:
    """A text at row 29,000 of a number's column is set aside; the column stays a number."""
    lines = [[n, "2026-03-01", "said", 5, "1.5" if n != 29_000 else "n/a yet"] for n in range(1, 30_001)]
    desk = project.csv(csv_of([HEAD, *lines]))
    assert project.aside(desk) == [["29000", "revenue", "n/a yet", "revenue is not a number"]]
    assert stamp(desk).rows_used == 29_999
    assert desk.read("feedback").revenue.sum() == 29_999 * 1.5


def test_words_for_missing_are_missing_only_where_a_number_may_be(project: Project) -> None:
    """``NA`` and its kin are missing in an optional number; in a text column they are what was written."""
    words = ["NA", "N/A", "null", "None", "?", "-", "", "NO", "nan"]
    desk = project.csv(
        csv_of([[*HEAD[:4], "segment"], *([i, "2026-03-01", word or "said", word, word] for i, word in enumerate(words))]),
        max_bad_share=0.5,
    )
    assert [tuple(r) for r in rows(desk, "rating", "segment")] == [(None, word or None) for word in words[:7]]
    assert [value for _, _, value, _ in project.aside(desk)] == ["NO", "nan"]


def test_the_file_of_rows_set_aside_runs_no_formula(project: Project) -> None:
    """A value that a spreadsheet would run as a formula is kept with an apostrophe before it; a plain negative number is not."""
    hostile = ["=1+1", "+HYPERLINK(0)", "-2+3", "@SUM(A1)", "\t=1", "-2", "+5e3"]
    bad = [[f"b{i}", "2026-03-01", "said", 3, value] for i, value in enumerate(hostile[:4])]
    desk = project.csv(table(*bad, ["b9", "2026-03-01", "said", 3, "-2"]))
    assert [value for _, _, value, _ in project.aside(desk)] == ["'=1+1", "'+HYPERLINK(0)", "'-2+3", "'@SUM(A1)", "-2"]
    name, _ = set_aside(project.home, "x", [("=1", "c", value, "r") for value in hostile], contract("feedback"))
    written = (project.home / name).read_text().splitlines()[1:]
    assert written == [f"'=1,c,{value},r" for value in ["'=1+1", "'+HYPERLINK(0)", "'-2+3", "'@SUM(A1)", "'\t=1", "-2", "+5e3"]]


def test_keys_of_several_columns(project: Project) -> None:
    """An account may start twice, and not at the same time; a key with a missing part is no key."""
    head = "account_id,plan,mrr,started_at\n"
    desk = project.desk(
        project.file("a.csv", head + "1,team,5,2026-01-01\n1,team,6,2026-02-01\n1,free,0,2026-01-01\n"), "accounts", max_bad_share=0.5
    )
    assert project.aside(desk) == [
        [
            "3",
            "account_id, started_at",
            "1 · 2026-01-01 00:00:00 (as row 1)",
            "a duplicate account_id, started_at with other values: a conflict",
        ]
    ]


def test_a_first_move_may_come_from_nowhere(project: Project) -> None:
    """``from_state`` may be empty; whole numbers and dates are held to what they are."""
    desk = project.desk(project.file("t.csv", "item_id,from_state,to_state,changed_at\n1,,Ready,2026-01-01\n"), "transitions")
    assert rows(desk, "from_state", "to_state", kind="transitions") == [(None, "Ready")]
    launches = csv_of([["name", "launched_on", "tier"], ["a", "2026-01-01 10:00", 1], ["b", "2026-01-02", 1.5], ["c", "2026-01-03", 0]])
    desk = project.desk(project.file("l.csv", launches), "launches", max_bad_share=0.9)
    assert [reason for *_, reason in project.aside(desk)] == ["tier is not a whole number", "tier is out of range"]
    assert str(desk.read("launches").launched_on[0]) == "2026-01-01 00:00:00"


kinds = {
    "good": ["2026-03-01", "said", "5"],
    "date": ["soon", "said", "5"],
    "text": ["2026-03-01", "", "5"],
    "number": ["2026-03-01", "said", "x"],
    "ragged": ["2026-03-01", "said"],
}


@settings(max_examples=6, deadline=None)
@given(drawn=st.lists(st.sampled_from(sorted(kinds)), min_size=1, max_size=30))
def test_every_row_is_used_or_set_aside(drawn: list[str], tmp_path_factory: Any) -> None:
    """Rows read are rows used plus rows set aside, and each is one or the other."""
    project = Project(tmp_path_factory.mktemp("p") / "project")
    desk = project.csv(
        csv_of([["id", "created_at", "text", "rating"], *([n, *kinds[kind]] for n, kind in enumerate(drawn, 1))]), max_bad_share=1.0
    )
    used = {int(i) for (i,) in rows(desk, "id")} if "good" in drawn else set()
    assert used == {n for n, kind in enumerate(drawn, 1) if kind == "good"}
    assert [int(row) for row, *_ in project.aside(desk)] == [n for n, kind in enumerate(drawn, 1) if kind != "good"]
    found = stamp(desk)
    assert (found.rows_read, found.rows_used, found.rows_set_aside) == (len(drawn), len(used), len(drawn) - len(used))
