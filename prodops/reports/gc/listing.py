"""What lies in a folder of reports: the store's files, the runs' folders, and what the runs' records name in the store."""

import contextlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from prodops.errors import InputError
from prodops.reports.publish import FAILED, PAGE, RECORD

STORE, LOCK, LEFTOVER = "store", ".gc.lock", ".part-"
Kind = Literal["result", "checked table", "set-aside rows", "sample", "model's reply", "artefact", "leftover"]
KINDS: dict[Kind, str] = {
    "leftover": r"(.*/)?\.part-[^/]*",
    "result": r"[0-9a-f]{2}/[0-9a-f]{64}\.parquet",
    "set-aside rows": r"tables/[a-z_]+-set-aside-[0-9a-f]{16}\.csv",
    "checked table": r"tables/[a-z_]+-[0-9a-f]{16}\.(json|parquet)",
    "sample": r"sample-[0-9a-f]{12}",
    "model's reply": r"replies/[0-9a-f]{2}/[0-9a-f]{64}\.json",
    "artefact": r"artefacts/.+",
}


@dataclass(frozen=True)
class Kept:
    """One file (or folder) of the store; ``used`` is when it was made or last used, ``sha256`` what a checked table holds."""

    path: str
    kind: Kind
    size: int
    used: datetime
    sha256: str = ""


@dataclass(frozen=True)
class RunFolder:
    """One run's folder, from the folder of reports, and the files of the store that its records name (see :func:`_named`)."""

    path: str
    size: int
    made: datetime
    good: bool
    names: frozenset[str]

    @property
    def slice(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def as_of(self) -> datetime:
        """Its as-of by its name; the earliest there is where that is none."""
        with contextlib.suppress(ValueError):
            return datetime.fromisoformat(self.path.rpartition("/")[2]).replace(tzinfo=UTC)
        return datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Listing:
    """What lies in a folder of reports; ``unknown`` is how many bytes of the store are nobody's, which stay, as do ``published`` values."""

    reports: Path
    kept: tuple[Kept, ...]
    runs: tuple[RunFolder, ...]
    unknown: int = 0
    published: frozenset[str] = frozenset()


def look(reports: Path, published: Iterable[str] = ()) -> Listing:
    """List the store and the runs' folders; links are not followed. ``published`` are the SHA-256 of what the ledger keeps for good.

    Raises :class:`InputError` where a run's record cannot be read, since nobody can then say what its report needs.
    """
    store = reports / STORE
    kept, unknown = [], 0
    for path, entry in _walk(store, ""):
        kind = next((kind for kind, pattern in KINDS.items() if re.fullmatch(pattern, path)), None)
        with contextlib.suppress(FileNotFoundError):
            if kind is None or entry.is_symlink():
                unknown += entry.stat(follow_symlinks=False).st_size
                continue
            size = _size(Path(entry.path)) if entry.is_dir() else entry.stat().st_size
            sha256 = _sha256_of_table(Path(entry.path)) if kind == "checked table" else ""
            kept.append(Kept(path, kind, size, changed(Path(entry.path)), sha256))
    return Listing(reports, tuple(kept), tuple(_runs(reports)), unknown, frozenset(map(stored, published)))


def _walk(folder: Path, under: str) -> Iterator[tuple[str, "os.DirEntry[str]"]]:
    """Give what lies in the store, by its path there; a sample's folder and a leftover are one thing each."""
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda e: e.name):
            path = f"{under}{entry.name}"
            whole = entry.name.startswith((LEFTOVER, "sample-"))
            if entry.is_dir(follow_symlinks=False) and not whole:
                yield from _walk(Path(entry.path), f"{path}/")
            elif path != LOCK:
                yield path, entry


def _runs(reports: Path) -> Iterator[RunFolder]:
    for folder in sorted(p for p in reports.glob("*/*/*") if p.is_dir() and p.relative_to(reports).parts[0] != STORE):
        records = [r for r in (folder / RECORD, folder / FAILED / RECORD) if r.is_file()]
        if folder.name.startswith(".") or not (records or (folder / PAGE).is_file()):
            continue
        path = folder.relative_to(reports).as_posix()
        names = frozenset(name for record in records for name in _named(record))
        yield RunFolder(path, _size(folder), changed(folder), (folder / PAGE).is_file(), names)


def _named(record: Path) -> Iterator[str]:
    """Give what a record names in the store: results by path, set-aside rows by path, checked tables by ``sha256:…``."""
    try:
        told = json.loads(record.read_text(encoding="utf-8"))
        for result in (*told["queries"], *told.get("published", ())):
            yield stored(str(result["sha256"]))
        for table in told["tables"]:
            yield f"sha256:{table.get('sha256', '')}"
            yield from (part.strip().removeprefix(f"{STORE}/") for part in str(table.get("quarantine", "")).split(","))
    except FileNotFoundError:
        return
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise InputError(
            f"{record}: this record cannot be read, so what its report needs is not known and nothing was removed; "
            "run the report again for that date, or remove its folder."
        ) from None


def stored(sha256: str) -> str:
    """Say where a result lies in the store."""
    return f"{sha256[:2]}/{sha256}.parquet"


def _sha256_of_table(file: Path) -> str:
    try:
        return str(json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _size(folder: Path) -> int:
    total = 0
    for base, _, files in os.walk(folder):
        for name in files:
            with contextlib.suppress(FileNotFoundError):
                total += os.lstat(os.path.join(base, name)).st_size
    return total


def changed(path: Path) -> datetime:
    return datetime.fromtimestamp(os.lstat(path).st_mtime, UTC)


def needed(kept: Sequence[Kept], runs: Iterable[RunFolder], published: Iterable[str] = ()) -> set[str]:
    """Give the paths of published values and those that kept runs name; of a table that was checked several times to the same rows,
    the one used last."""
    names = set(published).union(*(run.names for run in runs))
    last: dict[str, str] = {}
    for each in sorted(kept, key=lambda k: (k.used, k.path)):
        if each.sha256 and f"sha256:{each.sha256}" in names:
            last[each.sha256] = each.path.rpartition(".")[0]
    tables = {f"{stem}.{suffix}" for stem in last.values() for suffix in ("json", "parquet")}
    return {k.path for k in kept if k.path in names or k.path in tables}
