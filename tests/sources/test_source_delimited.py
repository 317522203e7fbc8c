"""Rows of delimited text are told apart whatever is in them; broken ones are set aside with their number, the rest is won back."""

import csv
import string
import tempfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from source_project import Project, csv_of, rows, stamp

from prodops.errors import InputError
from prodops.sources import delimited, raw, text
from prodops.sources.delimited import RAGGED, UNCLOSED, read_delimited
from prodops.sources.faults import HEADER_AGAIN
from prodops.workspace import TableSource

HEAD = "id,created_at,text,rating\n"


def line(n: int, said: str = "fine") -> str:
    return f"{n},2026-03-{n % 28 + 1:02d},{said},{n % 5}\n"


def raw_rows(content: str, folder: Path, **source: str) -> tuple[raw.Raw, list[tuple[object, ...]]]:
    """Read delimited text straight into raw values: number, then each column."""
    path = folder / "t.csv"
    path.write_text(content, newline="")
    found = read_delimited(path, text.settle(path, folder), TableSource(source="t.csv", **source), folder, lambda names, _: names)
    return found, [tuple(row.values()) for row in pq.read_table(found.path).to_pylist()]


texts = st.text(st.characters(exclude_characters="\x85", exclude_categories=["Cs", "Cc"]), max_size=12)
cells = st.one_of(
    texts, st.sampled_from(["", " ", "NA", "None", "NO", "007", "1e5", '"', '""', "a\nb", "\r\n", ",", ";", "2026-03-01", "=1+1"])
)


@settings(max_examples=120, deadline=None)
@given(
    table=st.lists(st.lists(cells, min_size=3, max_size=3), max_size=8),
    delimiter=st.sampled_from(",;|\t"),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_what_was_written_as_csv_reads_back_equal(table: list[list[str]], delimiter: str, end: str, quoting: int) -> None:
    """Any table of texts, numbers and dates that Python's csv module writes reads back as it was; wholly blank rows are left out."""
    content = csv_of([["a", "b", "c"], *table], delimiter=delimiter, lineterminator=end, quoting=quoting)
    if any("\r" in cell and "\n" not in cell and quoting == csv.QUOTE_MINIMAL for row in table for cell in row):
        content = csv_of([["a", "b", "c"], *table], delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    with tempfile.TemporaryDirectory() as folder:
        found, got = raw_rows(content, Path(folder), delimiter=delimiter)
    assert [list(row[1:]) for row in got] == [row for row in table if any(row)]
    assert found.faults == ()


@settings(max_examples=60, deadline=None)
@given(
    kinds=st.lists(st.sampled_from(["good", "short", "long", "blank", "space", "empty", "multi"]), max_size=40),
    block=st.sampled_from([64, 200, 1 << 20]),
)
def test_row_numbers_hold_whatever_lies_between(kinds: list[str], block: int) -> None:
    """Every row keeps its number under the header, through blank lines, broken rows, texts of many lines, and the parser's blocks."""
    lines = {
        "good": "{n},x,y\n",
        "short": "{n},x\n",
        "long": "{n},x,y,z\n",
        "blank": "\n",
        "space": "  \n",
        "empty": ",,\n",
        "multi": '{n},"x\ny",z\n',
    }
    content, number, good, bad = "a,b,c\n", 0, [], []
    for kind in kinds:
        number += kind not in ("blank", "space")
        content += lines[kind].format(n=number)
        if kind in ("good", "multi"):
            good.append((number, str(number)))
        elif kind in ("short", "long"):
            bad.append(number)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "BLOCK", block)
        found, got = raw_rows(content, Path(folder))
    assert [row[:2] for row in got] == good
    assert [(fault.row, fault.reason) for fault in found.faults] == [(n, RAGGED) for n in bad]
    assert found.rows == len(good) + len(bad)


def test_many_broken_rows_are_counted_quickly(tmp_path: Path) -> None:
    """A file of which every third row is broken is numbered right to its end."""
    content = "a,b\n" + "1,2\n3,4\n5\n" * 20_000
    found, got = raw_rows(content, tmp_path)
    assert len(found.faults) == 20_000
    assert (found.faults[-1].row, got[-1]) == (60_000, (59_999, "3", "4"))


def test_an_unclosed_quote_costs_one_row(project: Project) -> None:
    """A quote that is never closed breaks its own row only: the rows that it swallowed are won back, wherever it stands."""
    for broken in ('5,2026-03-05,"never closed,3\n', '5,2026-03-05,never,"closed\n', '5,"2026-03-05,never,3\n'):
        content = HEAD + "".join(line(n) for n in range(1, 5)) + broken + "".join(line(n, '"quoted, text"') for n in range(6, 21))
        desk = project.csv(content)
        assert {int(i) for (i,) in rows(desk, "id")} == {*range(1, 21)} - {5}
        assert [(row, reason) for row, _, _, reason in project.aside(desk)] == [("5", UNCLOSED)]
        assert stamp(desk).rows_read == 20


def test_the_last_row_may_be_the_unclosed_one(project: Project) -> None:
    """An upload cut off within a quoted text loses that row; inch signs elsewhere are no quotes."""
    desk = project.csv(HEAD + line(1, 'a 5" by 6" screen') + line(2, '"two\nlines\nthree"') + '3,2026-03-03,"cut o', max_bad_share=0.5)
    assert rows(desk, "id", "text") == [("1", 'a 5" by 6" screen'), ("2", "two\nlines\nthree")]
    assert project.aside(desk) == [["3", "", '3 fields where the header has 4: 3,2026-03-03,"cut o', UNCLOSED]]


def test_a_text_of_many_lines_in_a_broken_row_is_one_row(project: Project) -> None:
    """A row with too many fields that holds a text of several lines counts once."""
    desk = project.csv(HEAD + line(1) + '2,2026-03-02,"one\ntwo\nthree",4,extra\n' + line(3), max_bad_share=0.5)
    assert project.aside(desk) == [["2", "", '5 fields where the header has 4: 2,2026-03-02,"one', RAGGED]]
    assert rows(desk, "id") == [("1",), ("3",)]


def test_line_separators_within_a_text_are_no_line_ends(project: Project) -> None:
    """U+2028 and the like stand in a text as they are, in broken rows too; a huge field in a broken row is no crash."""
    said = "a\u2028b\x0bc\x85d"
    desk = project.csv(
        HEAD + line(1, said) + "2,2026-03-02," + said + "\n" + "3,2026-03-03," + "x" * 200_000 + "\n" + line(4), max_bad_share=0.5
    )
    assert rows(desk, "text") == [(said,), ("fine",)]
    assert [row for row, *_ in project.aside(desk)] == ["2", "3"]


def test_the_header_again_is_said_to_be_that(project: Project) -> None:
    """A second header in the middle, from files put together, is set aside as such, whatever blanks surround its names."""
    desk = project.csv(HEAD + "".join(line(n) for n in range(1, 20)) + " id ,created_at,text,rating\n" + line(21))
    assert project.aside(desk) == [["20", "", "", HEADER_AGAIN]]
    assert stamp(desk).reasons == ((HEADER_AGAIN, 1),)
    assert len(rows(desk, "id")) == 20


def test_blank_rows_are_told(project: Project) -> None:
    """Rows of commas only, as spreadsheets export them, are left out and mentioned; they do not count as bad."""
    desk = project.csv(HEAD + line(1) + ",,,\n" * 500)
    assert (stamp(desk).rows_read, stamp(desk).rows_set_aside, stamp(desk).notes) == (1, 0, ("500 blank rows left out",))


def test_unused_and_unnamed_columns_are_told(project: Project) -> None:
    """What is not used is listed, so that a misspelt optional column can be seen."""
    desk = project.csv("created_at,text,segmnt,,\n2026-03-01,a,x,,\n")
    assert stamp(desk).notes == (
        '3 columns not used: "segmnt", "unnamed (4)", "unnamed (5)"',
        "the table has no id: one is made from each row's number",
    )


def test_a_row_longer_than_a_block_is_refused_in_words(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the parser cannot hold is refused with the likely cause."""
    monkeypatch.setattr(delimited, "BLOCK", 1 << 20)
    with pytest.raises(
        InputError, match=r"reviews\.csv: the rows are malformed .*one is longer than 1 MB: is a quote opened and never closed\?"
    ):
        project.csv(HEAD + line(1) + '2,2026-03-02,"' + "x\n" * (2 << 20) + '",4\n')


@pytest.mark.parametrize(
    ("content", "delimiter"),
    [
        ("a;b\n1,5;2,5\n3,5;4,5\n", ";"),
        ("a,b\n1;2,3\n", ","),
        ("a|b\n1|2\n", "|"),
        ("a\tb,c\n1\t2\n", "\t"),
        ("only\n1\n", ","),
        ('a;b\n"x,y,z\nu,v";2\n', ";"),
        ("a,b\n" + string.ascii_letters * 9000, ","),
    ],
)
def test_delimiters_are_found(content: str, delimiter: str, tmp_path: Path) -> None:
    """The delimiter is the one that gives most rows the header's width."""
    (tmp_path / "t.csv").write_text(content)
    assert delimited._delimiter("t.csv", tmp_path / "t.csv", None) == delimiter


@pytest.mark.parametrize("hurt", ['","",""', '"",",""', '"","","'])
def test_a_row_after_a_torn_empty_one_reads_back(hurt: str, tmp_path: Path) -> None:
    """A quote lost among empty fields costs no other row, on Pythons whose possessive repeats end at the wrong place too."""
    _, got = raw_rows(f'"a","b","c"\n{hurt}\n"a","",""\n"d","e","f"\n', tmp_path, delimiter=",")
    assert [row for row in got if row[0] != 1] == [(2, "a", "", ""), (3, "d", "e", "f")]


words = st.text(st.sampled_from("ab, é"), max_size=5).map(lambda text: text.lstrip(","))


@settings(max_examples=100, deadline=None)
@given(table=st.lists(st.lists(words, min_size=3, max_size=3), min_size=2, max_size=6), data=st.data())
def test_a_lost_quote_costs_its_own_row_only(table: list[list[str]], data: st.DataObject) -> None:
    """Whichever quote of a quoted file is lost, all rows but its own read back, each with its number; an empty value may be a missing one."""
    lines = [csv_of([row], quoting=csv.QUOTE_ALL, lineterminator="\n") for row in table]
    hurt = data.draw(st.integers(0, len(lines) - 1))
    quote = data.draw(st.sampled_from([i for i, c in enumerate(lines[hurt]) if c == '"']))
    lines[hurt] = lines[hurt][:quote] + lines[hurt][quote + 1 :]
    with tempfile.TemporaryDirectory() as folder:
        _, got = raw_rows('"a","b","c"\n' + "".join(lines), Path(folder), delimiter=",")
    expected = [(number, *row) for number, row in enumerate(table, 1) if any(row) and number != hurt + 1]
    assert [(number, *(value or "" for value in row)) for number, *row in got if number != hurt + 1] == expected
