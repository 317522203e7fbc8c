"""One run's life in the ledger, from its beginning to its end."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from prodops.reports.holders import Holder
from prodops.reports.ledger import tables
from prodops.reports.ledger.agenda import Agenda
from prodops.reports.ledger.rows import MADE, Slot, Status, Ticket, Trigger, as_json, text, told_by, utc, utc_or_none
from prodops.reports.ledger.settling import Settling


class Ledger(Agenda, Settling):
    """The ledger in one file; safe to share between processes and threads. Raises :class:`RunError` in one line where it cannot be used."""

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
                attempt = tables.claim(sql, slot, trigger, now)
                if not attempt:
                    return None
            return Ticket(
                tables.insert(
                    sql, slot, cause=trigger, status="running", attempt=attempt, began=utc(now), title=text(title), due=utc_or_none(due),
                    parameters=as_json(parameters or {}), holder=tables.beat(sql, holder, now),
                ),
                slot,
                attempt,
            )  # fmt: skip

    def beat(self, holder: Holder, now: datetime) -> None:
        """Say that a holder lives; others that cannot see its process take it for gone after ``holders.SILENT`` without."""
        with self._file.writing() as sql:
            tables.beat(sql, holder, now)

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
        say: should the process be killed in between, they are taken from here. Raises :class:`Gone` (a :class:`RunError`) where the run was taken
        for lost meanwhile: its page must then not be put in place, as another may be making it.
        """
        values = {"page_sha256": page_sha256, "path": path, "outcome": status, "message": text(message), **told_by(record)}
        with self._file.writing() as sql:
            tables.change(sql, ticket, values)
            tables.owe(sql, ticket.number, owes, "planned")
            tables.publish(sql, ticket.number, record)

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
        with ``retry_at=now``. Raises :class:`Gone` where the run is not running any more.
        """
        values = {
            "status": status,
            "ended": utc(now),
            "seconds": seconds,
            "retry_at": utc_or_none(retry_at),
            "kept": kept,
            **told_by(record),
        }
        told = {"message": text(message), "path": path, "page_sha256": page_sha256}
        made = status in MADE
        with self._file.writing() as sql:
            tables.change(sql, ticket, values | {k: v for k, v in told.items() if v or not made})
            tables.settle_deliveries(sql, ticket.number, made)
            tables.owe(sql, ticket.number, owes, "owed")
            tables.publish(sql, ticket.number, record if made else None)
