"""The scheduler: a loop around :func:`due`, which writes down what fell due, starts it, and waits until something ends or is due.

It keeps nothing in memory that matters: whatever kills it, the next one goes on from the ledger. Any number may run at a time.
"""

import contextlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from prodops.errors import NoData, ProdopsError, RunError
from prodops.reports.due import Agenda, Due, Plan, due, next_due, slots_between
from prodops.reports.ledger import Entry, Gone, Holder, Ledger, Slot, Status, Ticket, pause
from prodops.reports.shelf import Shelf

__all__ = ["Due", "Plan", "Runner", "Scheduler", "Shelf", "due", "next_due", "slots_between"]

TURN = timedelta(seconds=5)
"""How often the reports are looked at again at least, for a schedule that was changed."""
LOOK = timedelta(minutes=1)
"""How often a gate is tried again, and others are called where nothing happens."""

Run = TypeVar("Run")
Run_contra = TypeVar("Run_contra", contravariant=True)
Fresh = Callable[[str, str, datetime, datetime], bool]
"""Tells whether, for a report, a table has rows from one wall-clock time up to another."""


class Ended(Protocol):
    """What tells that a run ended: of which report's slice."""

    @property
    def report(self) -> str: ...
    @property
    def slice_name(self) -> str: ...


class Runner(Protocol[Run_contra]):
    """What makes runs, several at a time, puts them in place, and tells the ledger: how they ended, and meanwhile that it lives."""

    @property
    def free(self) -> int: ...
    def unbroken(self) -> AbstractContextManager[None]:
        """Let a block end before a signal is followed."""
        ...

    def start(self, run: Run_contra, ticket: Ticket) -> object: ...
    def wait(self, timeout: float | None) -> Sequence[Ended]:
        """Wait until runs end, or for ``timeout`` seconds, also where none is going on; gives one outcome for each that ended."""
        ...


class Scheduler(Generic[Run]):
    """Makes what is due. All that it asks of the world is given to it.

    ``plans`` gives the scheduled reports, and is asked at every turn; ``make`` turns what is due into a run: what it raises becomes the
    run's failure; ``fresh`` tells whether a table has rows (see :data:`Fresh`); ``placed`` whether the page of a run that was killed is
    in place (``ledger.page_in``); ``owes`` which deliveries a report owes for a run that failed without being made, or was lost; ``after``
    is called with the (report, slice) of which the ledger has something new, and once a minute with none; ``told`` takes one line for a
    person.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        runner: Runner[Run],
        holder: Holder,
        now: Callable[[], datetime],
        plans: Callable[[], Sequence[Plan]],
        make: Callable[[Due], Run],
        placed: Callable[[Entry], bool],
        fresh: Fresh,
        owes: Callable[[str, Status], Sequence[str]] = lambda report, status: (),
        after: Callable[[frozenset[tuple[str, str]]], None] = lambda changed: None,
        told: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._ledger, self._runner, self._holder, self._now, self._read = ledger, runner, holder, now, plans
        self._make, self._placed, self._fresh, self._owes, self._after, self._told = make, placed, fresh, owes, after, told
        self._plans: dict[str, Plan] = {}
        self._looked: dict[Slot, datetime] = {}
        self._given_up: list[Ticket] = []
        self._ended: list[tuple[Ticket, Status, str]] = []
        self._called: datetime | None = None
        self._wake: datetime | None = None
        self._changed: set[tuple[str, str]] = set()
        self._going = 0

    def run(self, *, once: bool = False) -> list[Entry]:
        """Make what is due, from now on until SIGTERM, Ctrl-C or an exception; what goes on then is the runner's to end.

        With ``once`` it makes what is due now, waits for it, and gives the runs; what waits at a gate or for its next attempt is left for
        the next call. Raises :class:`RunError` where the ledger cannot be used; without ``once`` that is told, and tried again.
        """
        begun: list[Ticket] = []
        while True:
            tickets = self._turn(once)
            begun += tickets if once else []
            if once and not self._going:
                return [entry for ticket in begun if (entry := self._ledger.entry(ticket.number))]
            ended = self._runner.wait(self._rest())
            self._going -= len(ended)
            self._changed |= {(each.report, each.slice_name) for each in ended}

    def _turn(self, once: bool) -> list[Ticket]:
        """Settle what ended, start what can be started, tell others of it; gives what was begun, or failed before it began."""
        begun = self._given_up = []
        try:
            self._reread()
            self._settle()
            while ticket := self._start():
                begun.append(ticket)
        except ProdopsError as fault:
            if once:
                raise
            self._wake = None
            self._told(str(fault))
        self._tell()
        return begun

    def _rest(self) -> float:
        """Give the seconds until there may be something to do."""
        now = self._now()
        return max(0.0, (min(filter(None, [self._wake, now + TURN])) - now).total_seconds())

    # ------------------------------------------------------------------------------------------------ what has ended
    def _settle(self) -> None:
        """Bring the ledger up to date: runs that never started, runs of processes that are gone."""
        now = self._now()
        while self._ended:
            ticket, status, message = self._ended[0]
            with contextlib.suppress(Gone):
                self._ledger.finish(ticket, status, now=now, message=message, owes=self._owes(ticket.slot.report, status))
            self._ended.pop(0)
        found = self._ledger.recover(
            now=now,
            placed=self._placed,
            retries=lambda slot: self._plans[slot.report].retries if slot.report in self._plans else 1,  # unreadable at the moment
            backoff=lambda slot, attempt: pause(attempt, self._plans[slot.report].backoff) if slot.report in self._plans else 0,
            owes=lambda entry: self._owes(entry.slot.report, "lost"),
        )
        self._changed |= {_lane(entry.slot) for entry in found}

    def _tell(self) -> None:
        """Have others take up what changed; their faults are theirs, and end no scheduler."""
        now = self._now()
        if not self._changed and self._called is not None and now - self._called < LOOK:
            return
        changed, self._changed, self._called = frozenset(self._changed), set(), now
        try:
            self._after(changed)
        except Exception as fault:
            self._told(_line(fault))

    # -------------------------------------------------------------------------------------------------- what is due
    def _start(self) -> Ticket | None:
        """Write down what fell due, and start the first of it that can be."""
        while True:
            agenda = self._due()
            held = len(self._looked)
            for each in agenda.start:
                if self._runner.free <= 0:
                    return None
                if not self._is_held(each) and (ticket := self._launch(each)):
                    return ticket
            if len(self._looked) == held:  # none was found to wait at its gate: nothing comes forward in its place
                return None

    def _reread(self) -> None:
        self._plans = {plan.report: plan for plan in self._read()}

    def _due(self) -> Agenda:
        self._reread()
        now = self._now()
        self._looked = {slot: at for slot, at in self._looked.items() if now - at < LOOK}
        agenda = due(list(self._plans.values()), self._ledger.known(), now, self._looked)
        for each in agenda.notes:
            if self._ledger.note(each.report, was=each.was, upto=each.upto, waiting=each.waiting, passed=each.passed, now=now):
                self._changed |= {_lane(gone.slot) for gone in each.passed}
        self._wake = min(filter(None, [agenda.wake, *(at + LOOK for at in self._looked.values())]), default=None)
        return agenda

    def _is_held(self, each: Due) -> bool:
        """Tell whether a slot still waits for its data; after its deadline it fails, and the ledger says what was missing."""
        needs = self._plans[each.slot.report].needs
        if needs is None or each.again:
            return False
        missing = [line for table, span in needs.fresh.items() if (line := self._missing(each, table, span))]
        if not missing:
            return False
        now = self._now()
        self._looked[each.slot] = now
        if now >= each.at + needs.deadline:
            message = f"{' '.join(missing)} It waited until its deadline, {_hours(needs.deadline)} after it was due."
            owes = self._owes(each.slot.report, "failed")
            if ticket := self._ledger.give_up(each.slot, due=each.at, message=message, now=now, owes=owes):
                self._given_up.append(ticket)
                self._changed.add(_lane(ticket.slot))
        return True

    def _missing(self, each: Due, table: str, span: timedelta | None) -> str:
        start = each.slot.as_of - span if span else each.start
        between = f"from {start:%Y-%m-%d %H:%M} to {each.slot.as_of:%Y-%m-%d %H:%M}"
        try:
            return "" if self._fresh(each.slot.report, table, start, each.slot.as_of) else f'The table "{table}" has no rows {between}.'
        except Exception as fault:
            return f'The table "{table}" could not be asked for rows {between}: {_line(fault)}'

    def _launch(self, each: Due) -> Ticket | None:
        """Claim a slot and hand it to the runner; one that cannot even be made has failed. Nothing where another was quicker."""
        ticket, now, title = None, self._now(), self._plans[each.slot.report].title
        try:
            with self._runner.unbroken():
                ticket = self._ledger.begin(each.slot, trigger="schedule", now=now, holder=self._holder, title=title, due=each.at)
            if ticket:
                self._changed.add(_lane(each.slot))
                self._hand_over(each, ticket)
        except BaseException as asked:
            if ticket and not isinstance(asked, Exception):  # asked to end before the run began: its slot is open again at once
                with contextlib.suppress(RunError):
                    self._ledger.finish(ticket, "lost", now=now, message="The scheduler was ended before this run began.", retry_at=now)
            raise
        return ticket

    def _hand_over(self, each: Due, ticket: Ticket) -> None:
        try:
            self._runner.start(self._make(each), ticket)
            self._going += 1
        except Exception as fault:
            self._ended.append((ticket, "no data" if isinstance(fault, NoData) else "failed", _line(fault)))
            self._settle()


def _lane(slot: Slot) -> tuple[str, str]:
    return slot.report, slot.slice_name


def _line(fault: Exception) -> str:
    if isinstance(fault, ProdopsError):
        return str(fault)
    return f"prodops met a fault of its own ({type(fault).__name__}: {' '.join(str(fault).split())[:300]})."


def _hours(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours:g} hour{'' if hours == 1 else 's'}" if hours >= 1 else f"{span.total_seconds() / 60:g} minutes"
