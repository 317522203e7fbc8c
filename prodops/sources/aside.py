"""Rows that were set aside: kept in a file, counted by column and reason, and judged to be few enough or too many."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from prodops.errors import InputError, shorten
from prodops.sources.engine import fetch
from prodops.sources.faults import FILE, REPEATED, ROW
from prodops.sources.store import temporary
from prodops.sources.text import sha256_of
from prodops.sources.values import NUMBER
from prodops.tables import Contract, contract
from prodops.workspace import Workspace

if TYPE_CHECKING:
    import ibis.expr.types as ir

SHOWN = 3
LONGEST = 200
"""Characters of a value that are kept."""
BATCH = 10_000

Fault = tuple[str, str, str, str]
"""A row's number, the column, the value found, and the reason."""


@dataclass(frozen=True)
class Breach:
    """One way in which rows break the contract: how many, and the first of them (row number, value)."""

    column: str
    reason: str
    rows: int
    first: tuple[tuple[str, str], ...]
    expected: str = ""

    def line(self, table: str, of: int) -> str:
        """Say it on one line."""
        first = ", ".join(f"row {row} {shorten(value, 40)}" for row, value in self.first)
        where = f"{table}.{self.column}" if self.column else table
        return f"{where}: {self.rows:,} of {of:,} rows: {self.reason} ({first})" + (f"; expected {self.expected}" if self.expected else "")


def listed(unfit: "ir.Table", mask: Callable[[str], str] = str) -> Iterator[Fault]:
    """Fetch faults in order of file and row, their values masked."""
    for batch in fetch(unfit.order_by(FILE, ROW)).to_batches(max_chunksize=BATCH):
        for file, row, column, value, reason in zip(*(c.to_pylist() for c in batch.columns), strict=True):
            yield f"{file} {row}" if file else str(row), column, mask(value or "")[:LONGEST], reason


def set_aside(folder: Path, name: str, faults: Iterable[Fault], rules: Contract) -> tuple[str, tuple[Breach, ...]]:
    """Keep faults as ``NAME-<hash>.csv``; gives that file's name (empty where there is no fault) and what was wrong, by frequency."""
    faults = iter(faults)
    first = next(faults, None)
    if first is None:
        return "", ()
    groups: dict[tuple[str, str], _Group] = {}
    place = temporary(folder / f"{name}.csv")
    with place as part:
        with part.open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            out.writerow(["row", "column", "value", "reason"])
            for row, column, value, reason in chain([first], faults):
                out.writerow([_inert(row), column, _inert(value), reason])
                groups.setdefault((column, reason), _Group()).add(row, value)
        place.path = folder / f"{name}-{sha256_of(part)[:16]}.csv"
    return place.path.name, _breaches(groups, rules)


@dataclass
class _Group:
    rows: int = 0
    first: tuple[tuple[str, str], ...] = ()

    def add(self, row: str, value: str) -> None:
        self.rows += 1
        if len(self.first) < SHOWN:
            self.first += ((row, value),)


def _breaches(groups: dict[tuple[str, str], _Group], rules: Contract) -> tuple[Breach, ...]:
    expected = {c.name: c.expected for c in rules.columns}
    by_frequency = sorted(groups.items(), key=lambda g: (-g[1].rows, g[0]))
    return tuple(Breach(column, reason, group.rows, group.first, expected.get(column, "")) for (column, reason), group in by_frequency)


def _inert(value: str) -> str:
    """Keep a spreadsheet from running a value as a formula, by an apostrophe before it; plain numbers need none."""
    return "'" + value if value[:1] in tuple("=+-@\t\r") and not re.match(NUMBER, value) else value


def judge(workspace: Workspace, kind: str, source: str, rows: int, breaches: tuple[Breach, ...]) -> None:
    """Refuse a table of which too many rows cannot be used; raises :class:`InputError` listing every breach.

    Rows that only repeat an earlier row are dropped, and count against nothing.
    """
    settings = workspace.tables[kind]
    mode = settings.on_bad_rows or workspace.on_bad_rows
    limit = workspace.max_bad_share if settings.max_bad_share is None else settings.max_bad_share
    wrong = [b for b in breaches if b.reason != REPEATED]
    share = sum(b.rows for b in wrong) / rows if rows else 0.0
    if not wrong or (mode == "quarantine" and share <= limit):
        return
    step = "Mend the source, or set on_bad_rows: quarantine to carry on without them"
    if mode == "quarantine":
        over = f"That is {share:.0%} of the rows, over the limit of {limit:.0%}"
        step = f"{over}: mend the source or the workspace's settings for it, or raise max_bad_share"
    key = ", ".join(contract(kind).key)
    if key and any(b.column == key for b in wrong):
        step += f". If {key} is not unique, as ids rounded by a spreadsheet are, leave it out: columns: {{{key}: []}}"
    raise InputError(f"{source}: {'; '.join(b.line(kind, rows) for b in wrong)}. {step}.")
