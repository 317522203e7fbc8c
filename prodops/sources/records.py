"""Records that carry their types: JSON (an array of objects, or one a line) and the sheets of spreadsheets."""

import json
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prodops.errors import InputError, did_you_mean
from prodops.sources.raw import LONGEST_SHOWN, Fault, Pick, Raw, RawFile, as_text, clean, refuse_doubles, usable_names
from prodops.sources.text import Settled, refuse_bomb
from prodops.workspace import TableSource

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

NO_OBJECT = "the line is not a JSON object"


# -------------------------------------------------------------------------------------------------------------- JSON
def read_json(path: Path, settled: Settled, work: Path, pick: Pick) -> Raw:
    """Read an array of objects, or one object a line; nested values stay JSON text."""
    records = _array(path.name, settled.path)
    found: dict[str, None] = {}
    for record, _ in records if records is not None else _lines(settled.path):
        if record is not None and not record.keys() <= found.keys():
            found |= dict.fromkeys(record)
    names = {clean(name): name for name in found}
    if not names:
        raise InputError(
            f"{path.name}: there is no JSON object with named columns in it; expected an array of objects, or one object a line."
        )
    wanted = pick(list(names), path.name)
    faults: list[Fault] = []

    def rows() -> Iterator[tuple[int, list[object]]]:
        for number, (record, shown) in enumerate(records if records is not None else _lines(settled.path), 1):
            if record is None:
                faults.append(Fault(number, shown[:LONGEST_SHOWN], NO_OBJECT))
            else:
                yield number, [record.get(names[name]) for name in wanted]

    with RawFile(work / "raw.parquet", wanted) as out:
        out.write_rows(rows())
    return out.done(settled.notes, faults)


def _array(name: str, text: Path) -> "list[tuple[dict[str, object] | None, str]] | None":
    """Read a file that holds one array, as pairs of object and text; nothing where it is not one array."""
    with text.open(encoding="utf-8") as file:
        if file.read(4096).lstrip()[:1] != "[":
            return None
    try:
        found = json.loads(text.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as fault:
        raise InputError(f"{name}: this is no whole JSON array ({fault}); export it again.") from None
    return [(item if isinstance(item, dict) else None, str(item)) for item in found]


def _lines(text: Path) -> "Iterator[tuple[dict[str, object] | None, str]]":
    with text.open(encoding="utf-8") as file:
        for line in file:
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except (ValueError, RecursionError):
                record = None
            yield record if isinstance(record, dict) else None, line


# ------------------------------------------------------------------------------------------------------------ sheets
def read_sheet(path: Path, source: TableSource, work: Path, pick: Pick) -> Raw:
    """Read one sheet of a spreadsheet (the first, or the one that ``table`` names); blank rows count in the row numbers."""
    _refuse_packed(path)
    cells = _sheet(path, source.table).iter_rows()
    header = next((row for row in cells if any(cell != "" for cell in row)), None)
    if header is None:
        raise InputError(f"{path.name}: the sheet is empty; no data to read. Expected a header row and rows.")
    labels = [(as_text(cell) or "").strip() for cell in header]
    while labels and not labels[-1]:  # columns that are only formatted
        labels.pop()
    names = usable_names(labels)
    wanted = pick(names, path.name)
    refuse_doubles(path.name, labels, wanted)
    with RawFile(work / "raw.parquet", wanted) as out:
        out.write_rows(_numbered(cells, [names.index(name) for name in wanted]))
    return out.done(())


def _numbered(cells: "Iterable[list[Any]]", places: list[int]) -> Iterator[tuple[int, list[object]]]:
    for number, row in enumerate(cells, 1):
        if any(cell != "" for cell in row):
            yield number, [row[i] for i in places]


def _sheet(path: Path, name: str | None) -> "CalamineSheet":
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
        if name is not None and name not in book.sheet_names:
            near = did_you_mean(name, book.sheet_names)
            raise InputError(f'{path.name}: there is no sheet "{name}".{near} It has {", ".join(book.sheet_names)}.')
        return book.get_sheet_by_name(name) if name is not None else book.get_sheet_by_index(0)
    except InputError:
        raise
    except Exception as fault:  # the reader has many error classes, all of them meaning the same to a person
        raise InputError(f"{path.name}: cannot be read as a spreadsheet ({' '.join(str(fault).split())[:120]}).") from None


def _refuse_packed(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as packed:
            refuse_bomb(path.name, path.stat().st_size, sum(member.file_size for member in packed.infolist()))
    except zipfile.BadZipFile:
        pass  # an older kind of spreadsheet, or none: the reader says which
