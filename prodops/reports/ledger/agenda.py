"""What is due and not made: noted once, by whoever sees it first, and kept until it is claimed or given up."""

from collections.abc import Sequence
from datetime import datetime

from prodops.reports.ledger import tables
from prodops.reports.ledger.reading import Reading
from prodops.reports.ledger.rows import Known, Passed, Slot, Ticket, Waiting, key, slot_of, utc, when


class Agenda(Reading):
    """The part of the ledger that schedulers share."""

    def known(self) -> Known:
        """Give all that bears on what is due, in one consistent view."""
        with self._file.reading() as sql:
            if sql is None:
                return Known()
            noted = {name: datetime.fromisoformat(upto) for name, upto in sql.execute("SELECT report, upto FROM noted")}
            again = "SELECT report, slice, as_of, COALESCE(due, began), retry_at FROM runs WHERE retry_at IS NOT NULL AND cause <> 'person'"
            rows = [*sql.execute("SELECT report, slice, as_of, due, NULL FROM waiting"), *sql.execute(again)]
            waiting = [Waiting(slot_of(*row[:3]), datetime.fromisoformat(row[3]), when(row[4])) for row in rows]
            running = sql.execute("SELECT report, slice, as_of FROM runs WHERE status = 'running' AND cause <> 'person'")
            slots = frozenset(slot_of(*row) for row in running)
            lanes = frozenset((slot.report, slot.slice_name) for slot in slots)
            return Known(noted, sorted(waiting, key=lambda w: (w.due, w.slot)), lanes, slots)

    def note(
        self, report: str, *, was: datetime | None, upto: datetime, waiting: Sequence[Waiting], passed: Sequence[Passed], now: datetime
    ) -> bool:
        """Note what fell due for a report: slots that wait from now on, and those that will not be made.

        ``was`` and ``upto`` are the as-of up to which its slots were noted before (``None``: never) and are noted now. False, and nothing
        is changed, where another scheduler has noted something since ``was`` was read.
        """
        with self._file.writing() as sql:
            if was is None:
                done = sql.execute("INSERT OR IGNORE INTO noted VALUES (?, ?, ?)", [report, utc(now), upto.isoformat()])
            else:
                done = sql.execute("UPDATE noted SET upto = ? WHERE report = ? AND upto = ?", [upto.isoformat(), report, was.isoformat()])
            if not done.rowcount:
                return False
            for each in waiting:
                if not tables.last(sql, each.slot):
                    sql.execute("INSERT OR IGNORE INTO waiting VALUES (?, ?, ?, ?)", [*key(each.slot), utc(each.due)])
            for gone in passed:
                if not tables.last(sql, gone.slot):
                    tables.pass_by(sql, gone.slot, gone.status, gone.message, gone.due, now, 0)
        return True

    def give_up(self, slot: Slot, *, due: datetime, message: str, now: datetime, owes: Sequence[str] = ()) -> Ticket | None:
        """Write down that a waiting slot failed without a run, as when the data it needs did not come; nothing where it waits no more."""
        with self._file.writing() as sql:
            if not tables.leave(sql, slot):
                return None
            number = tables.pass_by(sql, slot, "failed", message, due, now, 1)
            tables.owe(sql, number, owes, "owed")
        return Ticket(number, slot)
