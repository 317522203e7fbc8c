"""The ledger: what ran, what is running, what came of it. One SQLite file (WAL) that any number of presses and schedulers share.

A slot is (report, slice, as_of). A scheduled slot is claimed in one transaction, so it is made once however many ask; a run of a
person is only written down. Times are aware, in UTC, and always given: nothing here reads a clock.

What is due waits in the ledger too: a slot is *noted* once, by whichever scheduler sees it first, and waits there until it is
claimed or settled. So no slot is lost with a scheduler that was killed, and none is taken for missed because it had to queue.
"""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from prodops.errors import RunError
from prodops.reports import holders
from prodops.reports.database import Database
from prodops.reports.holders import Holder

Status = Literal["running", "ok", "no data", "failed", "lost", "refused", "skipped"]
Trigger = Literal["person", "schedule", "backfill"]
FILE = "ledger.sqlite"
MARK = 0x70726F64
MADE = ("ok", "no data")
LONGEST_TEXT = 2_000
LONGEST_BACKOFF = timedelta(days=1)
SHOWN = ("kind", "name", "headline", "title", "value", "unit", "lower", "upper", "before", "target", "good", "surprise")
"""What is kept of findings and tiles: what lists, sparklines and conditions on deliveries need."""

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


@dataclass(frozen=True, order=True)
class Slot:
    """What one run is of: a report's slice, as of a wall-clock instant."""

    report: str
    slice_name: str
    as_of: datetime


@dataclass(frozen=True)
class Ticket:
    """One run in the ledger, held by the process that began it; ``attempt`` counts from 1 for its slot."""

    number: int
    slot: Slot
    attempt: int = 1


@dataclass(frozen=True)
class Entry:
    """One run, as the ledger tells it; ``path`` is the page, from the folder of reports (empty: none)."""

    number: int
    slot: Slot
    trigger: Trigger
    status: Status
    attempt: int
    began: datetime
    title: str = ""
    message: str = ""
    due: datetime | None = None
    ended: datetime | None = None
    seconds: float | None = None
    path: str = ""
    kept: str = ""
    page_sha256: str = ""
    run_id: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    figures: Sequence[Mapping[str, Any]] = ()
    """Findings and tiles, as the record has them, less what the site does not show."""
    holder: Holder | None = None
    retry_at: datetime | None = None

    @property
    def ticket(self) -> Ticket:
        return Ticket(self.number, self.slot, self.attempt)


@dataclass(frozen=True)
class Waiting:
    """A slot that is due and not made: noted by a scheduler, or open again after a fault, then not before ``not_before``."""

    slot: Slot
    due: datetime
    not_before: datetime | None = None


@dataclass(frozen=True)
class Passed:
    """A slot that is due and will not be made, and why."""

    slot: Slot
    due: datetime
    status: Literal["skipped", "refused"]
    message: str


@dataclass(frozen=True)
class Known:
    """What the ledger knows that bears on what is due: up to which as-of each report's slots are noted, what waits, which slices run."""

    noted: Mapping[str, datetime] = field(default_factory=dict)
    waiting: Sequence[Waiting] = ()
    running: frozenset[tuple[str, str]] = frozenset()


class Ledger:
    """The ledger in one file; safe to share between processes. Open it anew in each process."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._file = Database(file, [SCHEMA], MARK)

    def close(self) -> None:
        """Close the file; it opens again when it is used again."""
        self._file.close()

    # ---------------------------------------------------------------------------------------------- one run's life
    def begin(
        self,
        slot: Slot,
        *,
        trigger: Trigger,
        now: datetime,
        holder: Holder,
        title: str = "",
        due: datetime | None = None,
        parameters: Mapping[str, Any] | None = None,
        attempt: int = 1,
    ) -> Ticket | None:
        """Write down that a run begins. For a schedule or backfill the slot is claimed: nothing where it is held, done or given up.

        A backfill also takes what failed, was lost, refused or skipped. ``attempt`` is for a person's run; a claimed slot counts for
        itself. ``parameters`` must hold no secret. Raises :class:`RunError` where the ledger cannot be written.
        """
        with self._file.writing() as sql:
            if trigger != "person":
                attempt = _claim(sql, slot, trigger, now)
                if not attempt:
                    return None
            return Ticket(
                _insert(
                    sql, slot, cause=trigger, status="running", attempt=attempt, began=_utc(now), title=_text(title), due=_utc(due),
                    parameters=_json(parameters or {}), holder=_beat(sql, holder, now),
                ),
                slot,
                attempt,
            )  # fmt: skip

    def beat(self, holder: Holder, now: datetime) -> None:
        """Say that a holder lives; others that cannot see its process take it for gone after ``holders.SILENT`` without."""
        with self._file.writing() as sql:
            _beat(sql, holder, now)

    def publishing(
        self,
        ticket: Ticket,
        page_sha256: str,
        path: str,
        *,
        status: Literal["ok", "no data"] = "ok",
        message: str = "",
        record: Mapping[str, Any] | None = None,
        owes: Sequence[str] = (),
    ) -> None:
        """Note, before its page is put in place, what that page will be: a run killed right after can then be told from a lost one.

        ``path`` is the page, from the folder of reports. ``status``, ``message``, ``record`` and ``owes`` are what :func:`finish` would
        say: should the process be killed in between, they are taken from here. Raises :class:`RunError` where the run was taken for lost
        meanwhile: its page must then not be put in place, as another may be making it.
        """
        values = {"page_sha256": page_sha256, "path": path, "outcome": status, "message": _text(message), **_of(record)}
        with self._file.writing() as sql:
            _change(sql, ticket, values)
            _owe(sql, ticket.number, owes, "planned")

    def finish(
        self,
        ticket: Ticket,
        status: Status,
        *,
        now: datetime,
        message: str = "",
        seconds: float | None = None,
        path: str = "",
        kept: str = "",
        page_sha256: str = "",
        record: Mapping[str, Any] | None = None,
        retry_at: datetime | None = None,
        owes: Sequence[str] = (),
    ) -> None:
        """Write down how a run ended. ``retry_at`` opens its slot again from then on; ``owes`` are deliveries, noted with it in one transaction.

        What is left empty stays as :func:`publishing` noted it. A run that was ended in good order before it was done (SIGTERM) is "lost"
        with ``retry_at=now``. Raises :class:`RunError` where the run is not running any more.
        """
        values = {"status": status, "ended": _utc(now), "seconds": seconds, "retry_at": _utc(retry_at), "kept": kept, **_of(record)}
        told = {"message": _text(message), "path": path, "page_sha256": page_sha256}
        made = status in MADE
        with self._file.writing() as sql:
            _change(sql, ticket, values | {k: v for k, v in told.items() if v or not made})
            _settle_deliveries(sql, ticket.number, made)
            _owe(sql, ticket.number, owes, "owed")

    def recover(
        self,
        *,
        now: datetime,
        placed: Callable[[Entry], bool],
        retries: Callable[[Slot], int],
        backoff: Callable[[Slot, int], float],
        alive: Callable[[Holder], bool | None] = holders.alive,
        owes: Callable[[Entry], Sequence[str]] = lambda entry: (),
    ) -> list[Entry]:
        """Settle runs found "running" whose process is gone: finished where the very page that they were publishing is in place, else lost.

        ``placed`` tells whether an entry's page is there with its hash (:func:`page_in`). A lost slot that was scheduled opens again after
        ``backoff(slot, attempt)`` seconds, ``retries(slot)`` times. ``owes`` names deliveries for a lost run. Gives what was settled.
        """
        gone = [entry for entry in self._entries("r.status = 'running'") if not self._lives(entry.holder, now, alive)]
        settled = [entry.number for entry in gone if self._settle(entry, now, placed, retries, backoff, owes)]
        self._free_deliveries(now, alive)
        return [entry for number in settled if (entry := self.entry(number))]

    def _settle(
        self,
        entry: Entry,
        now: datetime,
        placed: Callable[[Entry], bool],
        retries: Callable[[Slot], int],
        backoff: Callable[[Slot, int], float],
        owes: Callable[[Entry], Sequence[str]],
    ) -> bool:
        made = bool(entry.page_sha256) and placed(entry)
        values: dict[str, Any] = {"ended": _utc(now)}
        if made:
            values |= {"status": None}  # as it was noted
        else:
            again = entry.trigger != "person" and entry.attempt <= retries(entry.slot)
            at = now + timedelta(seconds=backoff(entry.slot, entry.attempt)) if again else None
            message = "The process that made this report was gone before it was done."
            values |= {"status": "lost", "message": message, "path": "", "page_sha256": "", "retry_at": _utc(at)}
        with self._file.writing() as sql:
            if made:
                values["status"] = sql.execute("SELECT outcome FROM runs WHERE number = ?", [entry.number]).fetchone()[0]
            if not _update(sql, entry.number, values):
                return False  # another was quicker
            _settle_deliveries(sql, entry.number, made)
            _owe(sql, entry.number, () if made else owes(entry), "owed")
        return True

    def _lives(self, holder: Holder | None, now: datetime, alive: Callable[[Holder], bool | None]) -> bool:
        if holder is None:
            return False
        seen = alive(holder)
        if seen is not None:
            return seen
        with self._file.reading() as sql:
            query = "SELECT beat FROM holders WHERE host = ? AND pid = ? AND started = ?"
            beat = sql.execute(query, [holder.host, holder.pid, holder.started]).fetchone() if sql else None
        return bool(beat) and now - datetime.fromisoformat(beat[0]) <= holders.SILENT

    # ----------------------------------------------------------------------------------------------------- what is due
    def known(self, reports: Iterable[str] | None = None) -> Known:
        """Give all that bears on what is due, in one consistent view."""
        with self._file.reading() as sql:
            if sql is None:
                return Known()
            noted = {name: datetime.fromisoformat(upto) for name, upto in sql.execute("SELECT report, upto FROM noted")}
            again = "SELECT report, slice, as_of, COALESCE(due, began), retry_at FROM runs WHERE retry_at IS NOT NULL"
            rows = [*sql.execute("SELECT report, slice, as_of, due, NULL FROM waiting"), *sql.execute(again)]
            waiting = [Waiting(_slot(*row[:3]), datetime.fromisoformat(row[3]), _when(row[4])) for row in rows]
            running = sql.execute("SELECT report, slice FROM runs WHERE status = 'running' AND cause <> 'person'")
            return Known(noted, sorted(waiting, key=lambda w: (w.due, w.slot)), frozenset((r, s) for r, s in running))

    def note(
        self, report: str, *, was: datetime | None, upto: datetime, waiting: Sequence[Waiting], passed: Sequence[Passed], now: datetime
    ) -> bool:
        """Note what fell due for a report: slots that wait from now on, and those that will not be made.

        ``was`` and ``upto`` are the as-of up to which its slots were noted before (``None``: never) and are noted now. False, and nothing
        is changed, where another scheduler has noted something since ``was`` was read.
        """
        with self._file.writing() as sql:
            if was is None:
                done = sql.execute("INSERT OR IGNORE INTO noted VALUES (?, ?, ?)", [report, _utc(now), upto.isoformat()])
            else:
                done = sql.execute("UPDATE noted SET upto = ? WHERE report = ? AND upto = ?", [upto.isoformat(), report, was.isoformat()])
            if not done.rowcount:
                return False
            for each in waiting:
                if not _last(sql, each.slot):
                    sql.execute("INSERT OR IGNORE INTO waiting VALUES (?, ?, ?, ?)", [*_key(each.slot), _utc(each.due)])
            for gone in passed:
                if not _last(sql, gone.slot):
                    _pass(sql, gone.slot, gone.status, gone.message, gone.due, now, 0)
        return True

    def give_up(self, slot: Slot, *, due: datetime, message: str, now: datetime, owes: Sequence[str] = ()) -> bool:
        """Write down that a waiting slot failed without a run, as when the data it needs did not come; false where it waits no more."""
        with self._file.writing() as sql:
            if not sql.execute("DELETE FROM waiting WHERE report = ? AND slice = ? AND as_of = ?", _key(slot)).rowcount:
                return False
            _owe(sql, _pass(sql, slot, "failed", message, due, now, 1), owes, "owed")
        return True

    # -------------------------------------------------------------------------------------------------- what there is
    def entries(self, report: str | None = None, *, last: int | None = None) -> list[Entry]:
        """Give runs, oldest first; with ``last``, only so many of the newest. No ledger yet is no runs."""
        where, values = ("r.report = ?", [report]) if report is not None else ("1", [])
        return self._entries(where, values, last)

    def entry(self, number: int) -> Entry | None:
        """Give one run by its number."""
        return next(iter(self._entries("r.number = ?", [number])), None)

    def _entries(self, where: str, values: Sequence[object] = (), last: int | None = None) -> list[Entry]:
        query = f"SELECT r.*, h.host, h.pid, h.started FROM runs r LEFT JOIN holders h ON h.id = r.holder WHERE {where}"
        with self._file.reading() as sql:
            if sql is None:
                return []
            cursor = sql.execute(f"{query} ORDER BY r.number DESC LIMIT ?", [*values, -1 if last is None else last])
            names = [column[0] for column in cursor.description]
            return [_entry(dict(zip(names, row, strict=True))) for row in cursor][::-1]

    # ------------------------------------------------------------------------------------------------------ deliveries
    def owed(self, now: datetime | None = None) -> list[tuple[Ticket, str, int]]:
        """List deliveries not made yet: the run, the delivery's name, and how often it was tried; with ``now``, only those to be tried by then."""
        query = (
            "SELECT r.number, r.report, r.slice, r.as_of, r.attempt, d.name, d.tries FROM deliveries d JOIN runs r ON r.number = d.run "
            "WHERE d.state = 'owed' AND (? IS NULL OR d.retry_at IS NULL OR d.retry_at <= ?) ORDER BY d.run, d.name"
        )
        with self._file.reading() as sql:
            rows = sql.execute(query, [_utc(now), _utc(now)]).fetchall() if sql else []
        return [(Ticket(n, _slot(report, part, as_of), attempt), name, tries) for n, report, part, as_of, attempt, name, tries in rows]

    def take(self, ticket: Ticket, name: str, *, holder: Holder, now: datetime) -> bool:
        """Take a delivery that is owed, so that no other process makes it meanwhile; false where another has it, or it is made."""
        with self._file.writing() as sql:
            query = (
                "UPDATE deliveries SET state = 'held', holder = ?, tries = tries + 1, at = ? WHERE run = ? AND name = ? AND state = 'owed'"
            )
            return bool(sql.execute(query, [_beat(sql, holder, now), _utc(now), ticket.number, name]).rowcount)

    def delivered(self, ticket: Ticket, name: str, *, now: datetime) -> None:
        """Write down that a delivery was made."""
        self._delivery(ticket, name, "made", "", now, None)

    def undelivered(
        self, ticket: Ticket, name: str, message: str, *, now: datetime, final: bool = False, retry_at: datetime | None = None
    ) -> None:
        """Write down that a delivery could not be made; ``final`` gives it up, else it is owed again, from ``retry_at`` on where that is said."""
        self._delivery(ticket, name, "given up" if final else "owed", message, now, retry_at)

    def deliveries(self, ticket: Ticket) -> list[tuple[str, str, int, str]]:
        """List a run's deliveries: name, state (owed, held, made, given up), how often it was tried, and the last message."""
        query = "SELECT name, state, tries, message FROM deliveries WHERE run = ? AND state <> 'planned' ORDER BY name"
        with self._file.reading() as sql:
            return sql.execute(query, [ticket.number]).fetchall() if sql else []

    def _delivery(self, ticket: Ticket, name: str, state: str, message: str, now: datetime, retry_at: datetime | None) -> None:
        query = (
            "UPDATE deliveries SET tries = tries + (state = 'owed'), state = ?, message = ?, at = ?, retry_at = ?, holder = NULL "
            "WHERE run = ? AND name = ? AND state IN ('owed', 'held')"
        )
        with self._file.writing() as sql:
            sql.execute(query, [state, _text(message), _utc(now), _utc(retry_at), ticket.number, name])

    def _free_deliveries(self, now: datetime, alive: Callable[[Holder], bool | None]) -> None:
        """Give back deliveries whose maker was killed while it made them: made once more rather than never."""
        query = "SELECT d.run, d.name, h.host, h.pid, h.started FROM deliveries d JOIN holders h ON h.id = d.holder WHERE d.state = 'held'"
        with self._file.reading() as sql:
            held = sql.execute(query).fetchall() if sql else []
        gone = [(run, name) for run, name, *holder in held if not self._lives(Holder(*holder), now, alive)]
        if gone:
            with self._file.writing() as sql:
                sql.executemany("UPDATE deliveries SET state = 'owed', holder = NULL WHERE run = ? AND name = ? AND state = 'held'", gone)


def page_in(reports: Path) -> Callable[[Entry], bool]:
    """Make the question whether the very page that an entry names is in place below the folder of reports."""

    def placed(entry: Entry) -> bool:
        try:
            return hashlib.sha256((reports / entry.path).read_bytes()).hexdigest() == entry.page_sha256
        except OSError:
            return False

    return placed


def retry_at(now: datetime, *, attempt: int, retries: int, backoff: timedelta) -> datetime | None:
    """Say when a run that fell to a fault of infrastructure is made again: after ``backoff``, then twice that, and so on; ``None``: never."""
    return now + timedelta(seconds=pause(attempt, backoff)) if attempt <= retries else None


def pause(attempt: int, backoff: timedelta) -> float:
    """Give the seconds to wait after an attempt: doubled each time, a day at most."""
    return min(backoff.total_seconds() * 2 ** min(attempt - 1, 30), LONGEST_BACKOFF.total_seconds())


# --------------------------------------------------------------------------------------------------- within a transaction
def _claim(sql: sqlite3.Connection, slot: Slot, trigger: Trigger, now: datetime) -> int:
    """Take a slot out of what waits; gives the number of the attempt, 0 where it is not to be had."""
    last = _last(sql, slot)
    attempt = 0
    if last:
        number, attempt, status, again = last
        is_open = again is not None and again <= str(_utc(now))
        if not is_open and (trigger != "backfill" or status in ("running", *MADE)):
            return 0
        sql.execute("UPDATE runs SET retry_at = NULL WHERE number = ?", [number])
    sql.execute("DELETE FROM waiting WHERE report = ? AND slice = ? AND as_of = ?", _key(slot))
    return attempt + 1


def _last(sql: sqlite3.Connection, slot: Slot) -> tuple[int, int, str, str | None] | None:
    query = "SELECT number, attempt, status, retry_at FROM runs WHERE report = ? AND slice = ? AND as_of = ? AND cause <> 'person'"
    found: tuple[int, int, str, str | None] | None = sql.execute(f"{query} ORDER BY attempt DESC LIMIT 1", _key(slot)).fetchone()
    return found


def _insert(sql: sqlite3.Connection, slot: Slot, **values: object) -> int:
    row = dict(zip(("report", "slice", "as_of"), _key(slot), strict=True)) | values
    query = f"INSERT INTO runs ({', '.join(row)}) VALUES ({', '.join('?' * len(row))}) RETURNING number"
    return int(sql.execute(query, list(row.values())).fetchone()[0])


def _pass(sql: sqlite3.Connection, slot: Slot, status: Status, message: str, due: datetime, now: datetime, attempt: int) -> int:
    at = _utc(now)
    return _insert(sql, slot, cause="schedule", status=status, attempt=attempt, began=at, ended=at, due=_utc(due), message=_text(message))


def _update(sql: sqlite3.Connection, number: int, values: Mapping[str, object]) -> bool:
    query = f"UPDATE runs SET {', '.join(f'{name} = ?' for name in values)} WHERE number = ? AND status = 'running'"
    return bool(sql.execute(query, [*values.values(), number]).rowcount)


def _change(sql: sqlite3.Connection, ticket: Ticket, values: Mapping[str, object]) -> None:
    if not _update(sql, ticket.number, values):
        found = sql.execute("SELECT status FROM runs WHERE number = ?", [ticket.number]).fetchone()
        state = f'is "{found[0]}" in the ledger' if found else "is not in the ledger"
        raise RunError(f"{ticket.slot.report}: this run ({ticket.number}) {state} and no longer this process's; what it made is left out.")


def _owe(sql: sqlite3.Connection, number: int, names: Sequence[str], state: str) -> None:
    query = "INSERT INTO deliveries (run, name, state) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
    sql.executemany(query, [(number, name, state) for name in names])


def _settle_deliveries(sql: sqlite3.Connection, number: int, made: bool) -> None:
    """Deliveries noted before the page was put in place are owed once it is there, and never where it is not."""
    keep = "UPDATE deliveries SET state = 'owed' WHERE run = ? AND state = 'planned'"
    sql.execute(keep if made else "DELETE FROM deliveries WHERE run = ? AND state = 'planned'", [number])


def _beat(sql: sqlite3.Connection, holder: Holder, now: datetime) -> int:
    query = "INSERT INTO holders (host, pid, started, beat) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET beat = excluded.beat RETURNING id"
    return int(sql.execute(query, [holder.host, holder.pid, holder.started, _utc(now)]).fetchone()[0])


# -------------------------------------------------------------------------------------------------------- to and from text
def _utc(moment: datetime | None) -> str | None:
    """Write an aware instant so that text sorts as time does."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone; the ledger keeps aware times")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _when(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _key(slot: Slot) -> list[str]:
    if slot.as_of.tzinfo is not None:
        raise ValueError(f"{slot.as_of} has a time zone; a slot's as-of is wall-clock time")
    return [slot.report, slot.slice_name, slot.as_of.isoformat()]


def _slot(report: str, slice_name: str, as_of: str) -> Slot:
    return Slot(report, slice_name, datetime.fromisoformat(as_of))


def _text(value: str) -> str:
    """Fit text for the file: no lone surrogates, and not without end."""
    return value[:LONGEST_TEXT].encode("utf-8", "backslashreplace").decode()


def _json(value: object) -> str:
    return json.dumps(_short(value), default=str)


def _short(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(k): _short(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_short(v) for v in value]
    return value[:LONGEST_TEXT] if isinstance(value, str) else value


def _of(record: Mapping[str, Any] | None) -> dict[str, str]:
    if not record:
        return {}
    shown = [{k: v for k, v in each.items() if k in SHOWN} for key in ("findings", "tiles") for each in record.get(key) or ()]
    return {"run_id": str(record.get("run_id", "")), "figures": _json(shown)}


def _entry(row: dict[str, Any]) -> Entry:
    return Entry(
        number=row["number"],
        slot=_slot(row["report"], row["slice"], row["as_of"]),
        trigger=row["cause"],
        status=row["status"],
        attempt=row["attempt"],
        began=datetime.fromisoformat(row["began"]),
        due=_when(row["due"]),
        ended=_when(row["ended"]),
        retry_at=_when(row["retry_at"]),
        parameters=json.loads(row["parameters"]),
        figures=tuple(json.loads(row["figures"])),
        holder=Holder(row["host"], row["pid"], row["started"]) if row["holder"] is not None else None,
        **{name: row[name] for name in ("title", "message", "seconds", "path", "kept", "page_sha256", "run_id")},
    )
