"""The ledger's tables, and the steps that a transaction is made of."""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from prodops.errors import RunError
from prodops.reports.holders import Holder
from prodops.reports.ledger.rows import MADE, Slot, Status, Ticket, Trigger, key, text, utc

MARK = 0x70726F64
"""By which a file is known as a ledger of ours."""
SCHEMA = """
CREATE TABLE holders (
    id INTEGER PRIMARY KEY, host TEXT NOT NULL, pid INTEGER NOT NULL, started TEXT NOT NULL, beat TEXT NOT NULL,
    UNIQUE (host, pid, started)
) STRICT;
CREATE TABLE runs (
    number INTEGER PRIMARY KEY AUTOINCREMENT, report TEXT NOT NULL, slice TEXT NOT NULL, as_of TEXT NOT NULL,
    cause TEXT NOT NULL, status TEXT NOT NULL, attempt INTEGER NOT NULL, began TEXT NOT NULL, title TEXT NOT NULL DEFAULT '',
    message TEXT NOT NULL DEFAULT '', due TEXT, ended TEXT, seconds REAL, path TEXT NOT NULL DEFAULT '', kept TEXT NOT NULL DEFAULT '',
    page_sha256 TEXT NOT NULL DEFAULT '', run_id TEXT NOT NULL DEFAULT '', parameters TEXT NOT NULL DEFAULT '{}',
    figures TEXT NOT NULL DEFAULT '[]', holder INTEGER REFERENCES holders, outcome TEXT NOT NULL DEFAULT '', retry_at TEXT
) STRICT;
CREATE UNIQUE INDEX runs_slot ON runs (report, slice, as_of, attempt) WHERE cause <> 'person';
CREATE INDEX runs_report ON runs (report, number);
CREATE INDEX runs_running ON runs (status) WHERE status = 'running';
CREATE INDEX runs_again ON runs (retry_at) WHERE retry_at IS NOT NULL;
CREATE TABLE noted (report TEXT PRIMARY KEY, since TEXT NOT NULL, upto TEXT NOT NULL) STRICT;
CREATE TABLE waiting (
    report TEXT NOT NULL, slice TEXT NOT NULL, as_of TEXT NOT NULL, due TEXT NOT NULL, PRIMARY KEY (report, slice, as_of)
) STRICT, WITHOUT ROWID;
CREATE TABLE deliveries (
    run INTEGER NOT NULL REFERENCES runs, name TEXT NOT NULL, state TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0,
    message TEXT NOT NULL DEFAULT '', at TEXT, retry_at TEXT, holder INTEGER REFERENCES holders, PRIMARY KEY (run, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_open ON deliveries (state) WHERE state IN ('owed', 'held');
"""
PUBLISHED = """
CREATE TABLE published (
    run INTEGER NOT NULL REFERENCES runs, name TEXT NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY (run, name)
) STRICT, WITHOUT ROWID
"""
"""What a run published, as the store keeps it; no row is ever changed or removed."""


class Gone(RunError):
    """A run that a process takes for its own is not running any more: it was taken for lost, or ended already."""


# --------------------------------------------------------------------------------------------------- within a transaction
def claim(sql: sqlite3.Connection, slot: Slot, trigger: Trigger, now: datetime) -> int:
    """Take a slot out of what waits; gives the number of the attempt, 0 where it is not to be had."""
    attempt = 0
    if found := last(sql, slot):
        number, attempt, status, again = found
        is_open = again is not None and again <= utc(now)
        if not is_open and (trigger != "backfill" or status in ("running", *MADE)):
            return 0
        sql.execute("UPDATE runs SET retry_at = NULL WHERE number = ?", [number])
    leave(sql, slot)
    return attempt + 1


def leave(sql: sqlite3.Connection, slot: Slot) -> bool:
    """Take a slot out of what waits; false where it does not wait."""
    return bool(sql.execute("DELETE FROM waiting WHERE report = ? AND slice = ? AND as_of = ?", key(slot)).rowcount)


def last(sql: sqlite3.Connection, slot: Slot) -> tuple[int, int, str, str | None] | None:
    """Give a claimed slot's latest attempt: its run, its number, its status, and from when on it is open again."""
    query = "SELECT number, attempt, status, retry_at FROM runs WHERE report = ? AND slice = ? AND as_of = ? AND cause <> 'person'"
    found: tuple[int, int, str, str | None] | None = sql.execute(f"{query} ORDER BY attempt DESC LIMIT 1", key(slot)).fetchone()
    return found


def insert(sql: sqlite3.Connection, slot: Slot, **values: object) -> int:
    """Add a run and give its number; the names of ``values`` are columns."""
    row = dict(zip(("report", "slice", "as_of"), key(slot), strict=True)) | values
    query = f"INSERT INTO runs ({', '.join(row)}) VALUES ({', '.join('?' * len(row))}) RETURNING number"
    return int(sql.execute(query, list(row.values())).fetchone()[0])


def pass_by(sql: sqlite3.Connection, slot: Slot, status: Status, message: str, due: datetime, now: datetime, attempt: int) -> int:
    """Add a slot that was settled without a run."""
    at = utc(now)
    return insert(sql, slot, cause="schedule", status=status, attempt=attempt, began=at, ended=at, due=utc(due), message=text(message))


def update(sql: sqlite3.Connection, number: int, values: Mapping[str, object]) -> bool:
    """Change a run that is running; false where it is not."""
    query = f"UPDATE runs SET {', '.join(f'{name} = ?' for name in values)} WHERE number = ? AND status = 'running'"
    return bool(sql.execute(query, [*values.values(), number]).rowcount)


def change(sql: sqlite3.Connection, ticket: Ticket, values: Mapping[str, object]) -> None:
    """Change a run that must be running."""
    if not update(sql, ticket.number, values):
        found = sql.execute("SELECT status FROM runs WHERE number = ?", [ticket.number]).fetchone()
        state = f'is "{found[0]}" in the ledger' if found else "is not in the ledger"
        raise Gone(f"{ticket.slot.report}: this run ({ticket.number}) {state} and no longer this process's; what it made is left out.")


def owe(sql: sqlite3.Connection, number: int, names: Sequence[str], state: str) -> None:
    """Note deliveries of a run."""
    query = "INSERT INTO deliveries (run, name, state) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
    sql.executemany(query, [(number, name, state) for name in names])


def publish(sql: sqlite3.Connection, number: int, record: Mapping[str, Any] | None) -> None:
    """Note what a run publishes, by its record; it counts once the run is made."""
    query = "INSERT INTO published (run, name, sha256) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
    stamps = (record or {}).get("published") or ()
    sql.executemany(query, [(number, text(str(stamp["name"])), str(stamp["sha256"])) for stamp in stamps])


def settle_deliveries(sql: sqlite3.Connection, number: int, made: bool) -> None:
    """Deliveries noted before the page was put in place are owed once it is there, and never where it is not."""
    keep = "UPDATE deliveries SET state = 'owed' WHERE run = ? AND state = 'planned'"
    sql.execute(keep if made else "DELETE FROM deliveries WHERE run = ? AND state = 'planned'", [number])


def beat(sql: sqlite3.Connection, holder: Holder, now: datetime) -> int:
    """Note that a holder lives now; gives its number."""
    query = "INSERT INTO holders (host, pid, started, beat) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET beat = excluded.beat RETURNING id"
    return int(sql.execute(query, [holder.host, holder.pid, holder.started, utc(now)]).fetchone()[0])
