"""How a run ends: its files put in place, and the ledger told, in an order that a kill at any moment leaves true.

The ledger first notes what the page will be, then one rename puts it in place, then the ledger calls the run done.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

from prodops.errors import RunError
from prodops.reports import holders, others, publish
from prodops.reports.ledger import Ledger, Slot, Ticket, retry_at
from prodops.reports.runs import Made, Outcome, Run

Owes = Callable[[Run, Outcome], Sequence[str]]
BEAT = holders.BEAT.total_seconds() / 2
AGAIN = 1.0
"""Seconds after which the ledger is told again what it could not be told, as while a disk was full."""


class Register:
    """Puts what a press has made in place and writes it down; without a ledger it only does the first."""

    def __init__(self, *, reports: Path, out: Path | None, ledger: Ledger | None, now: Callable[[], datetime], owes: Owes) -> None:
        self._reports, self._out, self._ledger, self._now, self._owes = reports, out, ledger, now, owes
        self._holder, self._beat = holders.here(), monotonic()
        self._unsaid: list[tuple[Ticket, dict[str, Any]]] = []
        self._since = now() if ledger else None

    def check(self) -> None:
        """Make sure that results can be written; raises :class:`RunError` in one line."""
        for folder in (self._reports, *([self._out] if self._out is not None else [])):
            publish.check(folder)
        publish.sweep(self._reports)

    def begin(self, run: Run, attempt: int) -> Ticket | None:
        """Write down that a person's run begins; raises :class:`RunError` where the ledger cannot be written."""
        if self._ledger is None:
            return None
        return self._ledger.begin(
            Slot(run.report.name, run.slice_name, run.as_of),
            trigger="person",
            now=self._now(),
            holder=self._holder,
            title=run.report.title,
            parameters={name: run.parameters[name] for name in run.given},
            attempt=attempt,
        )

    def published(self, ticket: Ticket | None) -> list[tuple[str, str, str]]:
        """Give what earlier runs of this report and slice published before this one was due, or else before this press began.

        So what a run is told does not hang on which of several runs side by side ends first. Raises :class:`RunError` where the ledger
        cannot be read.
        """
        if self._ledger is None or self._since is None or ticket is None:
            return []
        entry = self._ledger.entry(ticket.number)
        return self._ledger.published(ticket.slot, entry.due if entry and entry.due else self._since)

    def found(self, run: Run) -> list[dict[str, Any]]:
        """Give what the reports that a run comes after have found by now; raises :class:`RunError` where the ledger cannot be read."""
        if self._ledger is None:
            return []
        in_place = self._out is None or not publish.is_page(self._out)
        return others.told(self._ledger, run.others, as_of=run.as_of, before=self._now(), linked=in_place)

    def settle(self, run: Run, made: Made, ticket: Ticket | None, *, again: Callable[[datetime, Outcome], datetime | None]) -> Outcome:
        """Put what a run made in place and write down how it ended; what goes wrong there is how it ended. Never raises.

        ``again`` says when its slot opens again (``None``: never).
        """
        outcome = made.outcome
        try:
            outcome = self._keep(run, made) if outcome.status == "failed" else self._publish(run, made, ticket)
        except RunError as fault:
            outcome = replace(outcome, status="failed", message=str(fault), infrastructure=True)
        if ticket is None or self._ledger is None:
            return outcome
        now = self._now()
        retry_at = again(now, outcome)
        told: dict[str, Any] = {
            "now": now,
            "status": outcome.status,
            "message": outcome.message,
            "seconds": round(outcome.seconds, 3),
            "path": self._told(outcome.path),
            "kept": self._told(outcome.kept),
            "page_sha256": made.page_sha256 if outcome.path else "",
            "record": outcome.record,
            "retry_at": retry_at,
            "owes": () if retry_at else self._owes(run, outcome),  # nobody is told of what is tried again
        }
        try:
            self._ledger.finish(ticket, **told)
        except RunError as fault:
            self._unsaid.append((ticket, told))
            outcome = replace(outcome, message=f"{outcome.message} The ledger could not be told: {fault}".strip())
        return outcome

    def _publish(self, run: Run, made: Made, ticket: Ticket | None) -> Outcome:
        """Put the page of a good run in place, after a note in the ledger that says what it will be."""
        assert made.folder is not None
        file = self._out if self._out is not None and publish.is_page(self._out) else None
        target = run.slot(self._out or self._reports) if file is None else file.parent
        page = file or target / publish.PAGE
        outcome = replace(made.outcome, path=page)
        if self._ledger and ticket:
            self._ledger.publishing(
                ticket,
                made.page_sha256,
                self._told(page),
                status="ok" if outcome.status == "ok" else "no data",
                message=outcome.message,
                record=outcome.record,
                owes=self._owes(run, outcome),
            )
        if file is None:
            publish.place(made.folder, target)
        else:
            publish.write_file(file, (made.folder / publish.PAGE).read_bytes())
        return outcome

    def _keep(self, run: Run, made: Made) -> Outcome:
        """Keep the partial notebook of a failed run for the report's owner; readers keep the last good report."""
        if made.folder is None:
            return made.outcome
        place = run.slot(self._reports if self._out is None or publish.is_page(self._out) else self._out)
        try:
            return replace(made.outcome, kept=publish.place(made.folder, place / publish.FAILED))
        except RunError as fault:
            return replace(made.outcome, message=f"{made.outcome.message} The partial notebook could not be kept: {fault}")

    def _told(self, path: Path | None) -> str:
        """Write a path as the ledger has it: from the ledger's own folder where it lies in it."""
        if path is None or self._ledger is None:
            return ""
        home = self._ledger.file.parent
        return path.relative_to(home).as_posix() if path.is_relative_to(home) else str(path.absolute())

    @property
    def pause(self) -> float:
        """The seconds after which :meth:`keep_up` has something to do at the latest."""
        return AGAIN if self._unsaid else BEAT

    def keep_up(self, *, is_busy: bool, at_once: bool = False) -> None:
        """Tell the ledger what it could not be told before, and, while runs are under way, that this process lives."""
        if self._ledger is None or (not at_once and monotonic() - self._beat < self.pause) or not (is_busy or self._unsaid):
            return
        self._beat = monotonic()
        try:
            while self._unsaid:
                ticket, told = self._unsaid[0]
                entry = self._ledger.entry(ticket.number)
                if entry is not None and entry.status == "running":
                    self._ledger.finish(ticket, **told)
                del self._unsaid[0]
            if is_busy:
                self._ledger.beat(self._holder, self._now())
        except RunError:
            return  # it is said later, or found by who recovers


def owes_nothing(run: Run, outcome: Outcome) -> Sequence[str]:
    """Give the deliveries that an outcome calls for where nobody is to be told: none."""
    return ()


def untimed() -> datetime:
    """Stand for the time where no ledger asks for it."""
    raise ValueError("a ledger needs the time: give now")


def again(run: Run, ticket: Ticket | None, *, is_ending: bool) -> Callable[[datetime, Outcome], datetime | None]:
    """Make the answer to when a claimed slot (``ticket``) opens again after a fault of infrastructure: as its report says, and at
    once where the press was asked to end."""

    def when(now: datetime, outcome: Outcome) -> datetime | None:
        if ticket is None or outcome.status != "failed" or not outcome.infrastructure:
            return None
        return now if is_ending else retry_at(now, attempt=ticket.attempt, retries=run.report.slot_retries, backoff=run.report.backoff)

    return when
