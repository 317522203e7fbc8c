"""What became of runs whose process was killed: done after all, or lost and perhaps to be made again."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from prodops.reports import holders
from prodops.reports.holders import Holder
from prodops.reports.ledger import tables
from prodops.reports.ledger.deliveries import Deliveries
from prodops.reports.ledger.rows import Entry, Slot, utc, utc_or_none

LONGEST_BACKOFF = timedelta(days=1)
DOUBLED = 6


class Settling(Deliveries):
    """The part of the ledger that finds what killed processes left behind."""

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
        ``backoff(slot, attempt)`` seconds, ``retries(slot)`` times. ``owes`` names deliveries for a lost run that is not made again.
        Gives what was settled.
        """
        gone = self._gone(now, alive)
        left = [entry for entry in self.at_work() if entry.holder in gone]
        lost = [entry for entry in left if not (entry.page_sha256 and placed(entry))]
        settled = [entry.number for entry in left if entry not in lost and self._made(entry, now)]
        for entry in lost:
            again = entry.trigger != "person" and entry.attempt <= retries(entry.slot)
            at = now + timedelta(seconds=backoff(entry.slot, entry.attempt)) if again else None
            settled += [entry.number] * self._lost(entry, now, at, () if at else owes(entry))
        self._free_deliveries(gone)
        return [found for number in settled if (found := self.entry(number))]

    def _gone(self, now: datetime, alive: Callable[[Holder], bool | None]) -> set[Holder]:
        """Find who holds something and lives no more, or has been silent for too long where that cannot be seen."""
        held = "SELECT holder FROM runs WHERE status = 'running' UNION SELECT holder FROM deliveries WHERE state = 'held'"
        with self._file.reading() as sql:
            rows = sql.execute(f"SELECT host, pid, started, beat FROM holders WHERE id IN ({held})").fetchall() if sql else []
        silent_since = utc(now - holders.SILENT)
        seen = [(holder, alive(holder), beat) for *row, beat in rows for holder in [Holder(*row)]]
        return {holder for holder, lives, beat in seen if lives is False or (lives is None and beat < silent_since)}

    def _made(self, entry: Entry, now: datetime) -> bool:
        """Finish a run as it was noted before its page was put in place; false where another was quicker."""
        with self._file.writing() as sql:
            outcome = sql.execute("SELECT outcome FROM runs WHERE number = ?", [entry.number]).fetchone()[0]
            done = tables.update(sql, entry.number, {"status": outcome, "ended": utc(now)})
            if done:
                tables.settle_deliveries(sql, entry.number, True)
        return done

    def _lost(self, entry: Entry, now: datetime, again: datetime | None, owes: Sequence[str]) -> bool:
        message = "The process that made this report was gone before it was done."
        values = {"status": "lost", "ended": utc(now), "message": message, "path": "", "page_sha256": "", "retry_at": utc_or_none(again)}
        with self._file.writing() as sql:
            done = tables.update(sql, entry.number, values)
            if done:
                tables.settle_deliveries(sql, entry.number, False)
                tables.owe(sql, entry.number, owes, "owed")
        return done

    def _free_deliveries(self, gone: set[Holder]) -> None:
        """Give back deliveries whose maker was killed while it made them: made once more rather than never."""
        query = (
            "UPDATE deliveries SET state = 'owed', holder = NULL WHERE state = 'held' AND holder = "
            "(SELECT id FROM holders WHERE host = ? AND pid = ? AND started = ?)"
        )
        if gone:
            with self._file.writing() as sql:
                sql.executemany(query, [(holder.host, holder.pid, holder.started) for holder in gone])


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
    """Give the seconds to wait after an attempt: doubled six times, so that a disk that was full for an hour costs no day."""
    return min(backoff.total_seconds() * 2 ** min(attempt - 1, DOUBLED), LONGEST_BACKOFF.total_seconds())
