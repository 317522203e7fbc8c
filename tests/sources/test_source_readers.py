"""Every kind of file gives the same rows, and what is laid out oddly is understood or refused in words."""

import gzip
import json
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from source_project import Project, csv_of, rows, stamp, xlsx

from prodops.errors import InputError
from prodops.sources import delimited, records, text

HEADER = ["id", "created_at", "text", "rating", "segment"]
DATA = [
    ["007", "2026-03-01T10:00:00", 'Sync, "again"\nlost my work', "4.5", "NA"],
    ["008", "2026-03-02T11:30:00", "Ünïcode – fine", "", "NO"],
    ["009", "2026-03-03", "third", "3", "None"],
]
EXPECTED = [
    ("007", datetime(2026, 3, 1, 10), 'Sync, "again"\nlost my work', 4.5, "NA"),
    ("008", datetime(2026, 3, 2, 11, 30), "Ünïcode – fine", None, "NO"),
    ("009", datetime(2026, 3, 3), "third", 3.0, "None"),
]
TABLE = [HEADER, *DATA]
RECORDS = [dict(zip(HEADER, row, strict=True)) for row in DATA]


def packed(content: bytes) -> bytes:
    """Compress with gzip, the same bytes each time."""
    return gzip.compress(content, mtime=0)


def parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return sink.getvalue().to_pybytes()


FILES = {
    "reviews.csv": csv_of(TABLE).encode(),
    "reviews.csv.gz": packed(csv_of(TABLE).encode()),
    "reviews.txt": csv_of(TABLE, delimiter="|").encode(),
    "reviews.tsv": csv_of(TABLE, delimiter="\t").encode(),
    "reviews.tsv.gz": packed(csv_of(TABLE, delimiter="\t").encode()),
    "unix.csv": csv_of(TABLE, lineterminator="\n").encode(),
    "quoted.csv": csv_of(TABLE, quoting=1).encode(),
    "blank-lines.csv": ("\n  \n,,,,\n" + csv_of([HEADER, DATA[0]]) + "\n\n" + csv_of(DATA[1:]) + "\n,,,,\n").encode(),
    "bom.csv": b"\xef\xbb\xbf" + csv_of(TABLE).encode(),
    "utf16.csv": csv_of(TABLE).encode("utf-16"),
    "nul.csv": csv_of(TABLE).replace("third", "th\0ird").encode(),
    "reviews.jsonl": "\n".join(json.dumps(r) for r in RECORDS).encode() + b"\n\n",
    "reviews.json": json.dumps(RECORDS, indent=2).encode(),
    "lines.json": "\n".join(json.dumps(r) for r in RECORDS).encode(),
    "reviews.ndjson.gz": packed("\n".join(json.dumps(r, ensure_ascii=False) for r in RECORDS).encode()),
    "reviews.parquet": parquet(pa.Table.from_pylist(RECORDS)),
    "reviews.xlsx": xlsx({"Reviews": TABLE, "Other": [["x"]]}),
}


@pytest.mark.parametrize("name", FILES)
def test_every_reader_gives_the_same_rows(project: Project, name: str) -> None:
    """CSV, TSV, gzip, JSON, Parquet and Excel with the same content give the same table; texts stay as written."""
    desk = project.desk(project.file(name, FILES[name]))
    assert rows(desk, *HEADER) == EXPECTED
    assert (stamp(desk).rows_read, stamp(desk).rows_used, stamp(desk).rows_set_aside, stamp(desk).source) == (3, 3, 0, name)


def test_typed_files_keep_their_types(project: Project) -> None:
    """In Parquet, times with a zone turn to the workspace's, floats that are ids lose their point, NaN is missing."""
    table = pa.table(
        {
            "id": pa.array([1.0, 2.0, None]),
            "created_at": pa.array([datetime(2026, 3, 1, 10)] * 3, pa.timestamp("ns", tz="UTC")),
            "text": pa.array(["a", "b", "c"]).dictionary_encode(),
            "rating": pa.array([1.0, float("nan"), None]),
            "revenue": pa.array([1, 2, 3], pa.int16()),
        }
    )
    desk = project.desk(project.file("r.parquet", parquet(table)))
    at = datetime(2026, 3, 1, 11)
    assert rows(desk, "id", "created_at", "text", "rating", "revenue") == [
        ("1", at, "a", 1.0, 1.0),
        ("2", at, "b", None, 2.0),
        ("row 3", at, "c", None, 3.0),
    ]


def test_parquet_of_other_types_is_read_as_if_it_were_text(project: Project) -> None:
    """A date kept as a whole number is read as its digits; a truth value is no number."""
    table = pa.table({"created_at": [20260301, 20260302], "text": ["a", "b"], "rating": [None, True]})
    desk = project.desk(project.file("r.parquet", parquet(table)), max_bad_share=0.5)
    assert rows(desk, "created_at", "text") == [(datetime(2026, 3, 1), "a")]
    assert project.aside(desk) == [["2", "rating", "true", "rating is not a number"]]


def test_excel_dates_numbers_and_sheets(project: Project) -> None:
    """Excel's own dates are dates, whole numbers carry no point, a named sheet is taken, blank rows are passed over but counted."""
    book = xlsx(
        {
            "Notes": [["nothing"]],
            "Data": [
                [],
                ["ID", "Date", "Comment", "Stars", None],
                [17, datetime(2026, 3, 1, 10, 30), "good", 4.5],
                [],
                [18, datetime(2026, 3, 2), "bad", "many"],
            ],
        }
    )
    desk = project.desk(project.file("r.xlsx", book), table="Data", max_bad_share=0.5)
    assert rows(desk, "id", "created_at", "text", "rating") == [("17", datetime(2026, 3, 1, 10, 30), "good", 4.5)]
    assert project.aside(desk) == [["3", "rating", "many", "rating is not a number"]]
    with pytest.raises(InputError, match=r'r\.xlsx: there is no sheet "Dat"\. Did you mean "Data"\? It has Notes, Data\.$'):
        project.desk("r.xlsx", table="Dat")


def test_a_glob_reads_all_files_in_order(project: Project) -> None:
    """Files of a pattern make one table: columns that one lacks are missing there, made ids and bad rows name their file."""
    project.file("in/b.csv", "created_at,text,rating\n2026-03-02,two,2\n2026-03-0x,three,3\n")
    project.file("in/a.jsonl", '{"created_at": "2026-03-01", "text": "one"}')
    project.file("in/c.md", "not asked for")
    desk = project.desk("in/*.[cj]s*", max_bad_share=0.4)
    assert rows(desk, "id", "text", "rating") == [("a row 1", "one", None), ("b row 1", "two", 2.0)]
    assert project.aside(desk) == [["b 2", "created_at", "2026-03-0x", "created_at is not a date"]]
    assert stamp(desk).source == "a.jsonl, b.csv"


def test_files_of_one_name_are_told_apart(project: Project) -> None:
    """Files with the same name in different folders keep their own rows and numbers; a repeated key drops one row only."""
    for folder in ("de", "fr"):
        project.file(f"in/{folder}/r.csv", f"id,created_at,text\n1,2026-03-01,same\n{folder},2026-03-01,{folder}\n")
    desk = project.desk("in/*/r.csv")
    assert rows(desk, "id", "text") == [("1", "same"), ("de", "de"), ("fr", "fr")]
    assert project.aside(desk) == [["fr/r.csv 1", "id", "1 (as row 1)", "a duplicate: the same row again"]]


def test_whitespace_and_named_delimiters(project: Project) -> None:
    """Columns parted by any blanks, or by a named character, are told apart."""
    blanks = "  customer_id  date  spent\n 00001 19970101   11.77\n 00002 19970112  12.00\n"
    settings: dict[str, Any] = {"constants": {"event": "purchase"}, "columns": {"revenue": "spent"}}
    for delimiter, content in (("whitespace", blanks), (" ", blanks), ("~", "customer_id~date~spent\n00001~19970101~11.77\n")):
        desk = project.desk(project.file("c.txt", content), "events", delimiter=delimiter, **settings)
        assert rows(desk, "user_id", "occurred_at", "revenue", kind="events")[0] == ("00001", datetime(1997, 1, 1), 11.77)


def test_decimal_commas(project: Project) -> None:
    """With semicolons a comma is a decimal mark, and a point is one too; elsewhere it is where the workspace says so."""
    content = "created_at;text;rating\n2026-03-01;a;4,5\n2026-03-02;b;3.5\n"
    assert rows(project.csv(content), "rating") == [(4.5,), (3.5,)]
    tabs = project.file("t.tsv", content.replace(";", "\t"))
    assert rows(project.desk(tabs, decimal=","), "rating") == [(4.5,), (3.5,)]
    with pytest.raises(InputError, match=r'rating is not a number \(row 1 "4,5"\)'):
        project.desk(tabs)


def test_names_that_differ_in_case_only(project: Project) -> None:
    """Two source columns that differ in case are two columns, in text and in Parquet."""
    table = pa.table({"created_at": ["2026-03-01"], "Text": ["upper"], "text": ["lower"]})
    for name, content in (("r.csv", b"created_at,Text,text\n2026-03-01,upper,lower\n"), ("r.parquet", parquet(table))):
        desk = project.desk(project.file(name, content), columns={"text": "Text", "title": "text"})
        assert rows(desk, "text", "title") == [("upper", "lower")]


def test_file_names_are_taken_as_they_are(project: Project) -> None:
    """Characters that a pattern or SQL would use mean nothing in a file's name."""
    for name in ("a[1]'b.parquet", "c d%20.parquet"):
        content = parquet(pa.table({"created_at": ["2026-03-01"], "text": [name]}))
        assert rows(project.desk(project.file(name, content)), "text") == [(name,)]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("r.csv", b"", "r.csv: the file is empty; no data to read. Expected a header line and rows."),
        ("r.csv", b" \n\t\n\0", "r.csv: the file is empty; no data to read. Expected a header line and rows."),
        ("r.csv", b"\xff\xfe\n\0", "r.csv: the file is empty; no data to read. Expected a header line and rows."),
        ("r.csv", b",,\n,,\n", "r.csv: the file is empty; no data to read. Expected a header line and rows."),
        (
            "r.csv",
            b"PK\x03\x04...",
            "r.csv: this is a ZIP archive or a spreadsheet (binary), not a CSV or other text file: unpack it, or name a spreadsheet .xlsx.",
        ),
        ("r.csv", b"\x89PNG\r\n", "r.csv: this is a PNG image (binary), not a CSV or other text file: give a text file such as CSV."),
        ("r.csv", b"PAR1xxxx", "r.csv: this is a Parquet file (binary), not a CSV or other text file: name it .parquet."),
        (
            "r.csv.gz",
            packed(packed(b"a,b\n")),
            "r.csv.gz: this is compressed twice (binary), not a CSV or other text file: unpack it once.",
        ),
        ("r.csv", bytes(range(1, 32)) * 9, "r.csv: this is a binary file, not a CSV or other text file."),
        (
            "r.csv",
            b"<!DOCTYPE html><html>",
            "r.csv: this is an HTML page (often a log-in page saved by mistake), not a table with a header of column names: "
            "download the data again.",
        ),
        (
            "r.csv",
            b"version https://git-lfs.github.com/spec/v1\n",
            "r.csv: this is a Git LFS pointer, not the data, so it has no columns: fetch it with `git lfs pull`.",
        ),
        ("r.csv", b'[{"text": "a"}]', "r.csv: this looks like JSON, not a table with a header of column names; name it .json or .jsonl."),
        (
            "r.csv",
            "a,b\n1,2\n".encode("utf-16-le"),
            "r.csv: nearly every second byte is NUL: the encoding looks like UTF-16 without its mark. "
            "Save it as UTF-8, or name the encoding in the workspace (encoding: utf-16-le).",
        ),
        (
            "r.csv.gz",
            packed(b"created_at,text\n" * 99)[:-9],
            "r.csv.gz: the gzip file is damaged or cut off (Compressed file ended before the "
            "end-of-stream marker was reached); copy or export it again.",
        ),
        (
            "r.csv",
            b"created_at,text,text\n1,2,3\n",
            'r.csv: the column "text" stands 2 times in the header (duplicate, places 2, 3): rename one, so that it is '
            "clear which is meant.",
        ),
        (
            "r.csv",
            b'id,created_at,text,"rating\n1,2026-03-01,a,5\n',
            "r.csv: the header opens a quote that is never closed, and so has rows in its names; close it.",
        ),
        ("r.zip", b"PK\x03\x04", "r.zip: ZIP archives are an unsupported format; unpack it and name the file inside."),
        (
            "r.jsonl",
            b"1\n2\n",
            "r.jsonl: there is no JSON object with named columns in it; expected an array of objects, or one object a line.",
        ),
        (
            "r.json",
            b'[{"a": 1}',
            "r.json: this is no whole JSON array (Expecting ',' delimiter: line 1 column 10 (char 9)); export it again.",
        ),
        ("r.xlsx", b"no spreadsheet", "r.xlsx: cannot be read as a spreadsheet (invalid Zip archive: Could not find EOCD)."),
        ("r.xlsx", xlsx({"Empty": []}), "r.xlsx: the sheet is empty; no data to read. Expected a header row and rows."),
        (
            "r.parquet",
            b"PAR1",
            "r.parquet: cannot be read as Parquet (Parquet file size is 4 bytes, smaller than the minimum file footer (8 bytes)).",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(project: Project, name: str, content: bytes, message: str) -> None:
    """A file that is not what it seems is refused in one line that says what it is and what to do."""
    with pytest.raises(InputError) as refused:
        project.desk(project.file(name, content))
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("in/review.csv", 'in/review.csv: there is no such file. Did you mean "reviews.csv"?'),
        ("nowhere/r.csv", "nowhere/r.csv: there is no such file."),
        ("in", 'in: this is a folder; name its files with a pattern such as "in/*.csv".'),
        ("in/loop.csv", "in/loop.csv: this is no plain file (a pipe, a device, or a link that leads nowhere); name a file."),
        ("in/*.tsv", "in/*.tsv: no file matches this pattern (looked in project)."),
        ("in/**.csv", "in/**.csv: this pattern cannot be used (Invalid pattern: '**' can only be an entire path component)."),
        ("r" * 300 + ".csv", "cannot be taken in: [Errno 36] File name too long"),
    ],
)
def test_missing_files_are_named(project: Project, source: str, message: str) -> None:
    """A path that leads nowhere is refused with the near miss."""
    project.file("in/reviews.csv", "created_at,text\n2026-03-01,a\n")
    (project.home / "in/loop.csv").symlink_to("loop.csv")
    with pytest.raises(InputError) as refused:
        project.desk(source)
    assert message in str(refused.value)


def test_bombs_are_refused_before_they_burst(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that unpacks beyond the limit is refused, as gzip and as a spreadsheet; one within it is read."""
    monkeypatch.setattr(text, "BOMB_BYTES", 10_000)
    content = b"created_at,text\n" + b"2026-03-01,aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n" * 40
    assert len(rows(project.desk(project.file("r.csv.gz", packed(content))), "text")) == 40
    monkeypatch.setattr(text, "BOMB_RATIO", 2)
    bomb = packed(content * 10)
    with pytest.raises(InputError) as refused:
        project.desk(project.file("r.csv.gz", bomb))
    assert str(refused.value) == (
        f"r.csv.gz: the compressed file of {len(bomb)} bytes unpacks to more than 10,000 bytes, "
        "over the size limit for compressed files; unpack it yourself if it is what it should be."
    )
    monkeypatch.setattr(text, "BOMB_BYTES", 100)
    monkeypatch.setattr(text, "BOMB_RATIO", 0)
    with pytest.raises(InputError, match="over the size limit for compressed files"):
        project.desk(project.file("r.xlsx", xlsx({"S": TABLE})))


def test_a_header_beyond_all_measure_is_none(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A first line that is one endless cell is refused, whichever limit it meets first."""
    with pytest.raises(InputError, match=r"reviews\.csv: the first row is no header of column names \(field larger than field limit"):
        project.csv(b"x" * 200_000)
    monkeypatch.setattr(delimited, "LONGEST_HEADER", 1_000)
    with pytest.raises(InputError, match=r"reviews\.csv: a single line holds 200,000 characters, over the size limit"):
        project.csv(b"x" * 200_000)


def test_json_records_of_all_sorts(project: Project) -> None:
    """Lines that are no objects are set aside; nested values stay JSON text; lone surrogates and NULs cannot get in."""
    lines = [
        '{"created_at": "2026-03-01", "text": "a\\ud83d b\\u0000", "more": {"b": [1, "ä"], "a": null}, "rating": 4}',
        "[1, 2]",
        "{broken",
        "9" * 5000,
        '{"\\ud83dx": 1, "created_at": "2026-03-02", "text": "b", "more": true}',
        "{}",
    ]
    desk = project.desk(project.file("r.jsonl", "\n".join(lines)), columns={"more": "more"}, max_bad_share=0.6)
    assert rows(desk, "text", "more", "rating") == [("a? b", '{"a": null, "b": [1, "ä"]}', 4.0), ("b", "true", None)]
    assert [(row, reason) for row, _, _, reason in project.aside(desk)] == [(str(n), records.NO_OBJECT) for n in (2, 3, 4)]
    assert "1 blank row left out" in stamp(desk).notes
