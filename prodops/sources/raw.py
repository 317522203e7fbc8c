"""Raw values: what every reader of files leaves behind, whatever the file was: values as text, rows numbered.

Rows count from 1 at the first row under the header, whatever blank lines lie between in a text file. Text stays
text (leading zeros, ``NA`` and ``NO`` included): types are the door's business.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Self

from prodops.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

ROW = "_row"
BATCH = 20_000
LONGEST_SHOWN = 400
"""Characters of a broken row that are set aside; what is kept is masked first, and cut shorter then."""

Pick = Callable[[list[str], str], list[str]]
"""Given a source's column names and what to call the source, the names to read; raises where a needed one is missing."""


@dataclass(frozen=True)
class Fault:
    """One row that cannot be used at all: its number, the text found, and the reason."""

    row: int
    value: str
    reason: str


@dataclass(frozen=True)
class Raw:
    """The raw values of one file, as a Parquet file.

    ``columns`` are the source's names of its columns in order; ``numbered`` where a column ``_row`` stands before them.
    """

    path: Path
    rows: int
    columns: tuple[str, ...]
    notes: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    numbered: bool = True
    decimal_comma: bool = False


class RawFile:
    """Writes raw values with their row numbers; rows in which every value is blank are left out and counted."""

    def __init__(self, path: Path, names: Sequence[str]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.path, self.names, self.rows, self.blank = path, tuple(names), 0, 0
        # by place, not by name: names may differ in case only, which the engine cannot tell apart
        self._schema = pa.schema([(ROW, pa.int64()), *((f"c{i}", pa.string()) for i in range(len(names)))])
        self._out = pq.ParquetWriter(path, self._schema, compression="lz4")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._out.close()

    def write(self, numbers: "pa.Array", columns: "list[pa.Array]") -> None:
        """Write one batch of columns."""
        import pyarrow as pa
        import pyarrow.compute as pc

        table = pa.table([numbers, *columns], schema=self._schema)
        blank = _blank(columns)
        if blank is not None:
            self.blank += pc.sum(blank).as_py()
            table = table.filter(pc.invert(blank))
        self.rows += len(table)
        self._out.write_table(table)

    def write_rows(self, rows: Iterable[tuple[int, Sequence[object]]]) -> None:
        """Write rows of any values, each with its number."""
        import pyarrow as pa

        rows = iter(rows)
        while batch := list(islice(rows, BATCH)):
            columns = [pa.array([as_text(values[i]) for _, values in batch], pa.string()) for i in range(len(self.names))]
            self.write(pa.array([number for number, _ in batch], pa.int64()), columns)

    def done(self, notes: Iterable[str], faults: Iterable[Fault] = (), *, decimal_comma: bool = False) -> Raw:
        """Give the record of what was written and what was set aside."""
        faults = tuple(faults)
        said = [f"{self.blank:,} blank row{'s' if self.blank > 1 else ''} left out"] if self.blank else []
        return Raw(self.path, self.rows + len(faults), self.names, (*notes, *said), faults, decimal_comma=decimal_comma)


def _blank(columns: "list[pa.Array]") -> "pa.Array | None":
    """Tell which rows hold nothing in any column; nothing where no row is so."""
    import pyarrow.compute as pc

    blank = None
    for column in columns:
        empty = pc.fill_null(pc.equal(column, ""), True)
        blank = empty if blank is None else pc.and_(blank, empty)
        if not pc.any(blank).as_py():
            return None
    return blank


def as_text(value: object) -> str | None:
    """Write a spreadsheet's or JSON's value as text; an empty one is missing."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, list | dict):
        return clean(json.dumps(value, ensure_ascii=False, sort_keys=True))
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def clean(text: str) -> str:
    """Take out what no text file could hold: lone surrogates become ``?``, NULs go."""
    whole = text if text.isascii() else text.encode("utf-8", "replace").decode()
    return whole.replace("\0", "") if "\0" in whole else whole


def usable_names(header: list[str]) -> list[str]:
    """Give each column a name of its own: those without one, and those whose name was taken, get their place behind it."""
    first = {name: i for i, name in reversed(list(enumerate(header, 1)))}
    return [name if name and first[name] == i else f"{name or 'unnamed'} ({i})" for i, name in enumerate(header, 1)]


def refuse_doubles(where: str, header: list[str], wanted: list[str]) -> None:
    """Refuse to choose where a wanted name stands in the header more than once."""
    for name in wanted:
        if header.count(name) > 1:
            places = ", ".join(str(i) for i, cell in enumerate(header, 1) if cell == name)
            raise InputError(
                f'{where}: the column "{name}" stands {header.count(name)} times in the header (duplicate, places {places}): '
                "rename one, so that it is clear which is meant."
            )
