"""Which deliveries are owed, being made, made: each at least once, and by one process at a time."""

from datetime import datetime

from prodops.reports.holders import Holder
from prodops.reports.ledger import tables
from prodops.reports.ledger.reading import Reading
from prodops.reports.ledger.rows import Ticket, slot_of, text, utc, utc_or_none


class Deliveries(Reading):
    """The part of the ledger that remembers deliveries."""

    def owed(self, now: datetime | None = None) -> list[tuple[Ticket, str, int]]:
        """List deliveries not made yet: the run, the delivery's name, and how often it was tried; with ``now``, only those to be tried by then."""
        query = (
            "SELECT r.number, r.report, r.slice, r.as_of, r.attempt, d.name, d.tries FROM deliveries d JOIN runs r ON r.number = d.run "
            "WHERE d.state = 'owed' AND (? IS NULL OR d.retry_at IS NULL OR d.retry_at <= ?) ORDER BY d.run, d.name"
        )
        with self._file.reading() as sql:
            rows = sql.execute(query, [utc_or_none(now), utc_or_none(now)]).fetchall() if sql else []
        return [(Ticket(n, slot_of(report, part, as_of), attempt), name, tries) for n, report, part, as_of, attempt, name, tries in rows]

    def take(self, ticket: Ticket, name: str, *, holder: Holder, now: datetime) -> bool:
        """Take a delivery that is owed, so that no other process makes it meanwhile; false where another has it, or it is made."""
        with self._file.writing() as sql:
            query = (
                "UPDATE deliveries SET state = 'held', holder = ?, tries = tries + 1, at = ? WHERE run = ? AND name = ? AND state = 'owed'"
            )
            return bool(sql.execute(query, [tables.beat(sql, holder, now), utc(now), ticket.number, name]).rowcount)

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
            sql.execute(query, [state, text(message), utc(now), utc_or_none(retry_at), ticket.number, name])
