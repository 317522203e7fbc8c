"""Delimited text (CSV, TSV and the like): found delimiter and header, rows told apart, those that are broken set aside."""

import csv
import io
import mmap
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from prodops.errors import InputError
from prodops.sources.raw import LONGEST_SHOWN, Fault, Pick, Raw, RawFile, refuse_doubles, usable_names
from prodops.sources.text import Settled
from prodops.workspace import TableSource

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    import pyarrow.csv as pc

BLOCK = 64 << 20
LONGEST_HEADER = 16 << 20
DELIMITERS = ",;\t|"
NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
LINE_END = re.compile(r"\r\n|\r|\n")
QUOTES = re.compile(b'"+')
TORN = '"\x1f'
"""How a line begins that was marked as torn."""
RAGGED = "the row has too few or too many fields"
UNCLOSED = "the row opens a quote that is never closed"


def read_delimited(path: Path, settled: Settled, source: TableSource, work: Path, pick: Pick) -> Raw:
    """Read delimited text; raises :class:`InputError` where it has no header or its rows cannot be told apart."""
    text, notes = settled.path, list(settled.notes)
    if source.delimiter == "whitespace":
        text, delimiter = _squeeze(text, work / "squeezed.csv"), "\t"
    else:
        delimiter = _delimiter(path.name, text, source.delimiter)
        if delimiter != "," and source.delimiter is None and ".tsv" not in path.name.lower():
            notes.append(f"the delimiter is the {NAMES[delimiter]}")
    header, lines_before = _header(path.name, text, delimiter)
    if not settled.quotes_balance and any(LINE_END.search(name) for name in header):
        raise InputError(f"{path.name}: the header opens a quote that is never closed, and so has rows in its names; close it.")
    names = usable_names(header)
    wanted = pick(names, path.name)
    refuse_doubles(path.name, header, wanted)
    ragged = Ragged(delimiter, [names.index(name) for name in wanted], len(names))
    if not settled.quotes_balance:
        text = _mark_torn_rows(text, delimiter, work / "marked.csv")
    with RawFile(work / "raw.parquet", wanted) as out:
        _write(path.name, text, lines_before, ragged, out)
        out.write_rows(ragged.mended)
    comma = source.decimal == "," or (source.decimal is None and delimiter == ";")
    return out.done(notes, ragged.broken, decimal_comma=comma)


def _write(name: str, text: Path, lines_before: int, ragged: "Ragged", out: RawFile) -> None:
    """Write the wanted columns of every whole row."""
    import pyarrow as pa
    import pyarrow.csv as pc

    fields = [f"f{place}" for place in ragged.places]
    try:
        reader = pc.open_csv(
            text,
            read_options=pc.ReadOptions(autogenerate_column_names=True, use_threads=False, block_size=BLOCK, skip_rows=lines_before),
            parse_options=pc.ParseOptions(delimiter=ragged.delimiter, newlines_in_values=True, invalid_row_handler=ragged),
            convert_options=pc.ConvertOptions(column_types=dict.fromkeys(fields, pa.string()), include_columns=fields),
        )
        record = 0
        for batch in reader:
            kept = ragged.kept(record, len(batch))
            record = int(kept[-1]) + 1 if len(kept) else record
            first = int(len(kept) > 0 and kept[0] == 0)  # the header
            out.write(pa.array(ragged.rows_of(kept)[first:]), [column[first:] for column in batch.columns])
    except pa.ArrowInvalid as fault:
        raise InputError(f"{name}: the rows are malformed and cannot be told apart ({_in_plain_words(fault)}).") from None


def _in_plain_words(fault: "pa.ArrowInvalid") -> str:
    if "straddl" in str(fault):
        return f"one is longer than {BLOCK >> 20} MB: is a quote opened and never closed?"
    return " ".join(str(fault).split())[:160]


class Ragged:
    """Collects the records that have too few or too many fields, as the parser meets them, and keeps count of rows.

    A record of many lines, of which some are whole rows by themselves, comes of a quote that is closed only by a later
    one: its first line is broken, the others are rows again. ``broken`` holds the rows lost, ``mended`` (row, values)
    those won back.
    """

    def __init__(self, delimiter: str, places: list[int], width: int) -> None:
        self.delimiter, self.places, self.width = delimiter, places, width
        self.broken: list[Fault] = []
        self.mended: list[tuple[int, list[str]]] = []
        self._skipped: list[int] = []
        self._more = [0]  # rows beyond records, so far

    def __call__(self, record: "pc.InvalidRow") -> str:
        """Judge one record (the parser counts from 1, the header being the first)."""
        row = record.number - 1 + self._more[-1]
        counted = self._judge(row, record.text, record.actual_columns)
        self._skipped.append(record.number - 1)
        self._more.append(self._more[-1] + counted - 1)
        return "skip"

    def kept(self, start: int, count: int) -> "np.ndarray":
        """Number the parser's next ``count`` records from ``start`` on, leaving out those that were skipped."""
        import numpy as np

        skipped = np.array([n for n in self._skipped if n >= start], dtype=np.int64)
        end = start + count
        while (more := start + count + int((skipped < end).sum())) > end:
            end = more
        return np.setdiff1d(np.arange(start, end), skipped, assume_unique=True)

    def rows_of(self, records: "np.ndarray") -> "np.ndarray":
        """Give the row numbers of the parser's records."""
        import numpy as np

        return records + np.array(self._more)[np.searchsorted(self._skipped, records)]

    def _judge(self, row: int, text: str, found: int) -> int:
        """Judge a record that stands at a row; gives how many rows it is."""
        if not text.strip():
            return 0
        if text.startswith(TORN):
            line = text[len(TORN) : -1].replace('""', '"')
            self._break(row, len(self._fields(line)), line, UNCLOSED)
            return 1
        lines = LINE_END.split(text)
        values = [self._fields(line) for line in lines[1:]]
        if not any(len(fields) == self.width for fields in values):
            self._break(row, found, lines[0], RAGGED)
            return 1
        self._break(row, len(self._fields(lines[0])), lines[0], UNCLOSED)
        for number, (line, fields) in enumerate(zip(lines[1:], values, strict=True), row + 1):
            if len(fields) == self.width:
                self.mended.append((number, [fields[i] for i in self.places]))
            else:
                self._break(number, len(fields), line, RAGGED)
        return len(lines)

    def _break(self, row: int, found: int, line: str, reason: str) -> None:
        self.broken.append(Fault(row, f"{found} fields where the header has {self.width}: {line}"[:LONGEST_SHOWN], reason))

    def _fields(self, line: str) -> list[str]:
        try:
            return next(csv.reader([line], delimiter=self.delimiter), [])
        except csv.Error:  # a field beyond all measure
            return []


# --------------------------------------------------------------------------------------------------------- torn quotes
def _mark_torn_rows(text: Path, delimiter: str, target: Path) -> Path:
    """Write each line whose quote is never closed as one quoted field, so that it breaks alone and swallows no other."""
    with text.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data, target.open("wb") as out:
        done = 0
        for quote in _torn_quotes(data, (delimiter + "\r\n").encode()):
            start, end = max(data.rfind(b"\n", 0, quote), data.rfind(b"\r", 0, quote)) + 1, _line_end(data, quote)
            out.write(data[done:start] + TORN.encode() + data[start:end].replace(b'"', b'""') + b'"')
            done = end
        out.write(data[done:])
    return target


def _torn_quotes(data: "mmap.mmap | bytes", ends: bytes) -> Iterator[int]:
    """Find the quotes that open a field and are closed by none: the next that could is the start of a later row's field.

    As the parser has it, quotes open at the start of a field only, and doubled ones stand for one.
    """
    ends_of = b"[" + re.escape(ends) + b"]"
    # in bounded steps: Python before 3.11.5 ends a possessive repeat of a group at the wrong place, a plain one remembers all of the file
    plain = re.compile(b'(?:[^"]*+(?<=' + ends_of + b')"[^"\\r\\n]*+"(?=' + ends_of + b")){1,4096}")
    at, opened = 0, -1
    while True:
        while opened < 0 and (fields := plain.match(data, at)):  # passes over all that is in order
            at = fields.end()
        run = QUOTES.search(data, at)
        if run is None and opened < 0:
            return
        torn = run is None
        if run is not None:
            at, odd = run.end(), (run.end() - run.start()) % 2
            if opened < 0:
                opened = run.start() if odd and (run.start() == 0 or data[run.start() - 1] in ends) else -1
            elif odd:
                closes = run.end() == len(data) or data[run.end()] in ends
                torn = not closes and _line_end(data, opened) < run.start()
                opened = opened if torn else -1
        if torn:
            yield opened
            at, opened = _line_end(data, opened), -1


def _line_end(data: "mmap.mmap | bytes", at: int) -> int:
    return min((end for end in (data.find(b"\n", at), data.find(b"\r", at)) if end >= 0), default=len(data))


# ------------------------------------------------------------------------------------------------------ how it is laid
def _squeeze(path: Path, target: Path) -> Path:
    with path.open(encoding="utf-8") as file, target.open("w", encoding="utf-8") as out:
        out.writelines("\t".join(line.split()) + "\n" for line in file)
    return target


def _delimiter(name: str, text: Path, given: str | None) -> str:
    if given:
        return "\t" if given == "tab" else given
    with text.open(encoding="utf-8", newline="") as file:
        start = file.read(1 << 16)
    if name.lower().endswith((".tsv", ".tsv.gz")) and "\t" in start:
        return "\t"
    if start.lstrip()[:1] in ("[", "{"):
        raise InputError(f"{name}: this looks like JSON, not a table with a header of column names; name it .json or .jsonl.")

    def fit(delimiter: str) -> tuple[int, int]:
        rows = [row for row in islice(_rows(io.StringIO(start, newline=""), delimiter), 50) if row]
        width = len(rows[0]) if rows else 0
        return (sum(len(row) == width for row in rows) if width > 1 else 0, width)

    return max(DELIMITERS, key=fit)


def _header(name: str, text: Path, delimiter: str) -> tuple[list[str], int]:
    """Give the first row that holds anything, and how many lines come before it."""
    with text.open(encoding="utf-8", newline="") as file:
        lines = 0
        reader = csv.reader(_short_lines(name, file), delimiter=delimiter)
        try:
            for row in reader:
                if any(cell.strip() for cell in row):
                    return [cell.strip() for cell in row], lines
                lines = reader.line_num
        except csv.Error as fault:
            raise InputError(f"{name}: the first row is no header of column names ({fault}).") from None
    raise InputError(f"{name}: the file is empty; no data to read. Expected a header line and rows.")


def _rows(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(lines, delimiter=delimiter)
    except csv.Error:  # a field beyond all measure: this is not the delimiter
        return


def _short_lines(name: str, file: Iterable[str]) -> Iterator[str]:
    for line in file:
        if len(line) > LONGEST_HEADER:
            said = f"a single line holds {len(line):,} characters, over the size limit"
            raise InputError(f"{name}: {said}: this is no header of column names.")
        yield line
