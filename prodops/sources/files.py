"""From a file of any supported kind to its raw values."""

import os
import re
from pathlib import Path

from prodops.errors import InputError, did_you_mean
from prodops.sources.delimited import read_delimited
from prodops.sources.raw import Pick, Raw
from prodops.sources.records import read_json, read_sheet
from prodops.sources.text import settle
from prodops.workspace import TableSource

PARQUET = (".parquet", ".pq")
SHEETS = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods")
JSON = (".jsonl", ".ndjson", ".json")


def read_file(path: Path, source: TableSource, work: Path, pick: Pick) -> Raw:
    """Read one file into the work folder, by the ending of its name; raises :class:`InputError` for what cannot be read.

    What has no known ending is taken for delimited text.
    """
    kind = Path(path.name.lower().removesuffix(".gz")).suffix
    if kind in PARQUET:
        return _read_parquet(path, pick)
    if kind in SHEETS:
        return read_sheet(path, source, work, pick)
    if kind == ".zip":
        raise InputError(f"{path.name}: ZIP archives are an unsupported format; unpack it and name the file inside.")
    settled = settle(path, work, encoding=source.encoding)
    if kind in JSON:
        return read_json(path, settled, work, pick)
    return read_delimited(path, settled, source, work, pick)


def _read_parquet(path: Path, pick: Pick) -> Raw:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        meta = pq.read_metadata(path)
    except (pa.ArrowException, OSError) as fault:
        raise InputError(f"{path.name}: cannot be read as Parquet ({' '.join(str(fault).split())[:120]}).") from None
    names = tuple(meta.schema.to_arrow_schema().names)
    pick(list(names), path.name)
    return Raw(path, meta.num_rows, names, numbered=False)


def expand(pattern: str, home: Path) -> list[Path]:
    """Give the files that a path or a glob names, in order of name; raises :class:`InputError` where there is none."""
    path = home / pattern
    if path.is_file():
        return [path]
    if path.is_dir():
        raise InputError(f'{pattern}: this is a folder; name its files with a pattern such as "{pattern.rstrip("/")}/*.csv".')
    if re.search(r"[*?\[]", pattern):
        return _matching(pattern, path, home)
    if os.path.lexists(path):
        raise InputError(f"{pattern}: this is no plain file (a pipe, a device, or a link that leads nowhere); name a file.")
    near = did_you_mean(path.name, [p.name for p in path.parent.iterdir()]) if path.parent.is_dir() else ""
    raise InputError(f"{pattern}: there is no such file.{near}")


def _matching(pattern: str, path: Path, home: Path) -> list[Path]:
    try:
        found = sorted(p for p in Path(path.anchor).glob(str(path.relative_to(path.anchor))) if p.is_file())
    except ValueError as fault:
        raise InputError(f"{pattern}: this pattern cannot be used ({fault}).") from None
    if not found:
        raise InputError(f"{pattern}: no file matches this pattern (looked in {home.name or home}).")
    return found
