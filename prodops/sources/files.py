"""From a file of any supported kind to one Parquet file of raw values: every value as it was written, rows numbered.

Rows count from 1 at the first row under the header, whatever blank lines lie between. Text stays text (leading
zeros, ``NA`` and ``NO`` included): types are the door's business.
"""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from prodops.errors import InputError, did_you_mean, shorten
from prodops.sources.text import Settled, settle
from prodops.workspace import TableSource

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.csv as pc

ROW = "_row"
BLOCK = 64 << 20
BATCH = 20_000
DELIMITERS = ",;\t|"
NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}

Pick = Callable[[list[str], str], list[str]]
"""Given a source's column names and what to call the source, the names to read; raises where a needed one is missing."""


@dataclass(frozen=True)
class Fault:
    """One row that cannot be used: its number, the column (empty: the whole row), the value found, and the reason."""

    row: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class Raw:
    """The raw values of one file: a Parquet file with ``_row`` and the picked columns."""

    path: Path
    rows: int
    columns: tuple[str, ...]
    notes: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    is_text: bool = True
    decimal_comma: bool = False


def read_file(path: Path, source: TableSource, work: Path, pick: Pick) -> Raw:
    """Read one file into the work folder; raises :class:`InputError` for what cannot be read."""
    suffixes = [s.lower() for s in path.suffixes[-2:]]
    last = suffixes[-1] if suffixes else ""
    kind = suffixes[-2] if last == ".gz" and len(suffixes) == 2 else last
    if kind in (".parquet", ".pq"):
        return _read_parquet(path, pick)
    if kind in (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods"):
        return _read_sheet(path, source, work, pick)
    if kind == ".zip":
        raise InputError(f"{path.name}: ZIP archives are an unsupported format; unpack it and name the file inside.")
    settled = settle(path, work, encoding=source.encoding)
    if kind in (".jsonl", ".ndjson", ".json"):
        return _read_json_lines(path, settled, work, pick)
    return _read_delimited(path, settled, source, work, pick)


# --------------------------------------------------------------------------------------------------- delimited text
def _read_delimited(path: Path, settled: Settled, source: TableSource, work: Path, pick: Pick) -> Raw:
    import pyarrow as pa
    import pyarrow.csv as pc

    text, notes = settled.path, list(settled.notes)
    if source.delimiter == "whitespace":
        text, delimiter = _squeeze(text, work / "squeezed.csv"), "\t"
    else:
        delimiter = _delimiter(text, source.delimiter, "\t" if path.name.lower().endswith((".tsv", ".tsv.gz")) else None)
        if delimiter != "," and source.delimiter is None and ".tsv" not in path.name.lower():
            notes.append(f"the delimiter is the {NAMES.get(delimiter, delimiter)}")
    header = _header(path, text, delimiter)
    names = _usable_names(header, notes)
    wanted = pick(names, path.name)
    _refuse_doubles(path, header, wanted)
    ragged = _Ragged(delimiter, [names.index(name) for name in wanted])
    fields = {name: f"f{names.index(name)}" for name in wanted}
    reader = pc.open_csv(
        text,
        read_options=pc.ReadOptions(autogenerate_column_names=True, use_threads=False, block_size=BLOCK),
        parse_options=pc.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=ragged),
        convert_options=pc.ConvertOptions(column_types=dict.fromkeys(fields.values(), pa.string()), include_columns=list(fields.values())))
    try:
        rows, tail = _write((batch.rename_columns(list(fields)) for batch in reader), wanted, work / "raw.parquet", ragged)
    except pa.ArrowInvalid as fault:
        raise InputError(f"{path.name}: the rows are malformed and cannot be told apart ({' '.join(str(fault).split())[:160]}).") from None
    if not settled.quotes_balance:
        _refuse_open_quote(path, tail)
    faults = tuple(Fault(row, "", value, "the row has too few or too many fields") for row, value in ragged.broken)
    comma = source.decimal == "," or (source.decimal is None and delimiter == ";")
    return Raw(work / "raw.parquet", rows + len(faults), tuple(wanted), tuple(notes), faults, decimal_comma=comma)


class _Ragged:
    """Collects the records that have too few or too many fields, as the parser meets them.

    A quote that is opened and not closed makes one record of many lines: its first line is broken, the others are
    rows again. ``broken`` holds (row, text); ``mended`` (row, values) for the rows won back.
    """

    def __init__(self, delimiter: str, places: list[int]) -> None:
        self.delimiter, self.places = delimiter, places
        self.broken: list[tuple[int, str]] = []
        self.mended: list[tuple[int, list[str]]] = []
        self.lengths: dict[int, int] = {}

    def __call__(self, record: "pc.InvalidRow") -> str:
        first, *rest = record.text.splitlines()
        start = self.row(record.number - 1)
        self.broken.append((start, f"{record.actual_columns} fields where the header has {record.expected_columns}: {first}"))
        for row, line in enumerate(rest, start + 1):
            values = next(csv.reader([line], delimiter=self.delimiter), [])
            if len(values) == record.expected_columns:
                self.mended.append((row, [values[i] for i in self.places]))
            else:
                self.broken.append((row, f"{len(values)} fields where the header has {record.expected_columns}: {line}"))
        self.lengths[record.number - 1] = 1 + len(rest)
        return "skip"

    def row(self, record: int) -> int:
        """Give the row number of the parser's n-th record."""
        return record + sum(length - 1 for at, length in self.lengths.items() if at < record)


def _squeeze(path: Path, target: Path) -> Path:
    with path.open(encoding="utf-8") as file, target.open("w", encoding="utf-8") as out:
        out.writelines("\t".join(line.split()) + "\n" for line in file)
    return target


def _first_lines(path: Path, size: int = 1 << 16) -> str:
    with path.open(encoding="utf-8", newline="") as file:
        text = file.read(size)
    return text if len(text) < size else text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text


def _delimiter(path: Path, given: str | None, default: str | None) -> str:
    if given:
        return "\t" if given in ("\\t", "tab") else given
    text = _first_lines(path)
    if default and default in text:
        return default
    if text.lstrip()[:1] in ("[", "{"):
        raise InputError(f"{path.name}: this looks like JSON, not a table with a header of column names; name it .jsonl if each line is one object.")

    def fields(delimiter: str) -> tuple[int, int]:
        rows = [row for row in csv.reader(text.splitlines()[:50], delimiter=delimiter) if row]
        width = len(rows[0]) if rows else 0
        return (sum(len(row) == width for row in rows) if width > 1 else 0, width)

    return max(DELIMITERS, key=fields)


def _header(path: Path, text: Path, delimiter: str) -> list[str]:
    with text.open(encoding="utf-8", newline="") as file:
        first = next((row for row in csv.reader(_short_lines(path, file), delimiter=delimiter) if any(cell.strip() for cell in row)), [])
    if not first:
        raise InputError(f"{path.name}: the file is empty; no data to read. Expected a header line and rows.")
    return [cell.strip() for cell in first]


def _short_lines(path: Path, file: Iterable[str]) -> Iterator[str]:
    for line in file:
        if len(line) > BLOCK // 4:
            raise InputError(f"{path.name}: a single line holds {len(line):,} characters, over the size limit: this is no header of column names.")
        yield line


def _usable_names(header: list[str], notes: list[str]) -> list[str]:
    unnamed = [str(i) for i, name in enumerate(header, 1) if not name]
    if unnamed:
        notes.append(f"unnamed column {', '.join(unnamed)} not used")
    names: list[str] = []
    for i, name in enumerate(header, 1):
        names.append(f"{name or 'unnamed'} ({i})" if not name or name in names else name)
    return names


def _refuse_doubles(path: Path, header: list[str], wanted: list[str]) -> None:
    for name in wanted:
        if header.count(name) > 1:
            places = [str(i) for i, cell in enumerate(header, 1) if cell == name]
            raise InputError(f'{path.name}: the column "{name}" stands {len(places)} times in the header (duplicate, places {", ".join(places)}): '
                             "rename one, so that it is clear which is meant.")


def _write(batches: "Iterable[pa.RecordBatch]", names: list[str], target: Path, ragged: _Ragged) -> tuple[int, tuple[int, str]]:
    """Write batches with their row numbers (the header is row 0); gives the rows written and the last row as text."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(ROW, pa.int64()), *((name, pa.string()) for name in names)])
    record, written, tail = 0, 0, (0, "")
    with pq.ParquetWriter(target, schema, compression="lz4") as out:
        for batch in batches:
            records = _records_of(record, len(batch), ragged.lengths)
            if not records:
                continue
            record = records[-1] + 1
            numbers = [ragged.row(n) for n in records] if ragged.lengths else records
            table = pa.table([pa.array(numbers, pa.int64()), *batch.columns], schema=schema).slice(1 if records[0] == 0 else 0)
            out.write_table(table)
            written += len(table)
            tail = (numbers[-1], "".join(str(v[-1].as_py()) for v in table.columns[1:])) if len(table) else tail
        if ragged.mended:
            rows = [{ROW: row, **dict(zip(names, values, strict=True))} for row, values in ragged.mended]
            out.write_table(pa.Table.from_pylist(rows, schema))
    return written + len(ragged.mended), tail


def _records_of(start: int, count: int, skipped: dict[int, int]) -> list[int]:
    """Number ``count`` records from ``start`` on, leaving out those that were skipped."""
    if not any(n >= start for n in skipped):
        return list(range(start, start + count))
    numbers: list[int] = []
    while len(numbers) < count:
        if start not in skipped:
            numbers.append(start)
        start += 1
    return numbers


def _refuse_open_quote(path: Path, tail: tuple[int, str]) -> None:
    row, text = tail
    if text.count("\n") + text.count("\r") >= 2:
        raise InputError(f'{path.name}: row {row:,} opens a quote (") that is never closed, so the rest of the file is malformed: {shorten(text)}. '
                         "Close or double the quote.")


# -------------------------------------------------------------------------------------------------- other containers
def _read_json_lines(path: Path, settled: Settled, work: Path, pick: Pick) -> Raw:
    faults: list[Fault] = []
    names: dict[str, None] = {}
    with settled.path.open(encoding="utf-8") as file:
        for _, record, _ in _records(file):
            names.update(dict.fromkeys(record or {}))
    if not names:
        raise InputError(f"{path.name}: no line is a JSON object with named columns; expected one object a line (JSON Lines).")
    wanted = pick(list(names), path.name)

    def rows() -> Iterator[tuple[int, list[object]]]:
        with settled.path.open(encoding="utf-8") as file:
            for number, record, line in _records(file):
                if record is None:
                    faults.append(Fault(number, "", line[:200], "the line is not a JSON object"))
                else:
                    yield number, [record.get(name) for name in wanted]

    count = _write_rows(rows(), wanted, work / "raw.parquet")
    return Raw(work / "raw.parquet", count + len(faults), tuple(wanted), settled.notes, tuple(faults))


def _records(file: Iterable[str]) -> Iterator[tuple[int, dict[str, object] | None, str]]:
    number = 0
    for line in file:
        if not line.strip():
            continue
        number += 1
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            record = None
        yield number, record if isinstance(record, dict) else None, line


def _read_sheet(path: Path, source: TableSource, work: Path, pick: Pick) -> Raw:
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
        sheet = book.get_sheet_by_name(source.table) if source.table else book.get_sheet_by_index(0)
    except python_calamine.WorksheetNotFound:
        raise InputError(f'{path.name}: there is no sheet "{source.table}"; it has {", ".join(book.sheet_names)}.') from None
    except Exception as fault:  # the reader has many error classes, all of them meaning the same to a person
        raise InputError(f"{path.name}: cannot be read as a spreadsheet ({' '.join(str(fault).split())[:120]}).") from None
    cells = iter(sheet.to_python(skip_empty_area=True))
    header = next((row for row in cells if any(cell != "" for cell in row)), None)
    if header is None:
        raise InputError(f"{path.name}: the sheet is empty; no data to read. Expected a header row and rows.")
    notes: list[str] = []
    labels = [str(cell).strip() for cell in header]
    names = _usable_names(labels, notes)
    wanted = pick(names, path.name)
    _refuse_doubles(path, labels, wanted)
    places = [names.index(name) for name in wanted]
    rows: Iterator[tuple[int, list[object]]] = ((number, [row[i] for i in places]) for number, row in enumerate(cells, 1) if any(cell != "" for cell in row))
    count = _write_rows(rows, wanted, work / "raw.parquet")
    return Raw(work / "raw.parquet", count, tuple(wanted), tuple(notes))


def _write_rows(rows: Iterator[tuple[int, list[object]]], names: list[str], target: Path) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(ROW, pa.int64()), *((name, pa.string()) for name in names)])
    count = 0
    with pq.ParquetWriter(target, schema, compression="lz4") as out:
        batch: list[dict[str, object]] = []
        for number, values in rows:
            batch.append({ROW: number, **{name: _as_text(value) for name, value in zip(names, values, strict=True)}})
            count += 1
            if len(batch) == BATCH:
                out.write_table(pa.Table.from_pylist(batch, schema))
                batch = []
        out.write_table(pa.Table.from_pylist(batch, schema))
    return count


def _as_text(value: object) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode().replace("\0", "")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _read_parquet(path: Path, pick: Pick) -> Raw:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        meta = pq.read_metadata(path)
    except (pa.ArrowInvalid, OSError) as fault:
        raise InputError(f"{path.name}: cannot be read as Parquet ({' '.join(str(fault).split())[:120]}).") from None
    wanted = pick(list(meta.schema.to_arrow_schema().names), path.name)
    return Raw(path, meta.num_rows, tuple(wanted), is_text=False)


def expand(pattern: str, home: Path) -> list[Path]:
    """Give the files that a path or a glob names, in order of name; raises :class:`InputError` where there is none."""
    path = Path(pattern) if Path(pattern).is_absolute() else home / pattern
    if path.is_file():
        return [path]
    if path.is_dir():
        raise InputError(f'{pattern}: this is a folder; name its files with a pattern such as "{pattern.rstrip("/")}/*.csv".')
    if re.search(r"[*?\[]", pattern):
        found = sorted(p for p in Path(path.anchor).glob(str(path.relative_to(path.anchor))) if p.is_file())
        if found:
            return found
        raise InputError(f"{pattern}: no file matches this pattern (looked in {home.name or home}).")
    near = did_you_mean(path.name, [p.name for p in path.parent.iterdir()]) if path.parent.is_dir() else ""
    raise InputError(f"{pattern}: there is no such file.{near}")
