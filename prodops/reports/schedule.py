"""The scheduler: a loop around :func:`due`, which writes down what fell due, starts it, and waits until something ends or is due.

It keeps nothing in memory that matters: whatever kills it, the next one goes on from the ledger. Any number may run at a time.
"""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from prodops.errors import NoData, ProdopsError, RunError
from prodops.reports import catalogue, holders
from prodops.reports.catalogue import Report
from prodops.reports.due import Agenda, Due, Plan, due, next_due, plan, slots_between
from prodops.reports.ledger import Entry, Gone, Holder, Ledger, Slot, Status, Ticket, pause

__all__ = ["Due", "Plan", "Runner", "Scheduler", "Shelf", "due", "next_due", "plan", "slots_between", "stoppable"]

TURN = timedelta(seconds=5)
"""How often the reports are looked at again at least, for a schedule that was changed."""
LOOK = timedelta(minutes=1)
"""How often a gate is tried again, and others are called where nothing happens."""

Run = TypeVar("Run")
Run_contra = TypeVar("Run_contra", contravariant=True)
Fresh = Callable[[str, str, datetime, datetime], bool]
"""Tells whether, for a report, a table has rows from one wall-clock time up to another."""


class Runner(Protocol[Run_contra]):
    """What makes runs: several at a time, each put in its place and written down in the ledger by the runner itself."""

    @property
    def free(self) -> int: ...
    def start(self, run: Run_contra, ticket: Ticket) -> None: ...
    def wait(self, timeout: float | None) -> Sequence[object]:
        """Wait until runs end, or for ``timeout`` seconds, also where none is going on; gives one outcome for each that ended."""


class Shelf:
    """The scheduled reports of a project, read anew where a file changed."""

    def __init__(self, folder: Path, root: Path, time_zone: str, told: Callable[[str], None] = lambda line: None) -> None:
        self._folder, self._root, self._zone, self._told = folder, root, time_zone, told
        self._seen: object = None
        self._faults: set[str] = set()
        self._plans: list[Plan] = []
        self.reports: dict[str, Report] = {}

    def plans(self) -> list[Plan]:
        """Give the plans as the files say now. A report that cannot be read is told once, and rests until it is mended."""
        seen = self._signature()
        if seen != self._seen or self._faults:
            found, faults = catalogue.load(self._folder, self._root)
            self.reports = {report.name: report for report in found}
            made = (plan(each, [part.name for part in catalogue.slices(each)], self._zone) for each in found)
            self._plans = [each for each in made if each]
            for line in sorted({str(fault) for fault in faults} - self._faults):
                self._told(line)
            self._faults = {str(fault) for fault in faults}
            self._seen = seen  # as it was before reading: what changed meanwhile is read again
        return self._plans

    def _signature(self) -> list[tuple[object, ...]]:
        return [_stat(file) for file in (*sorted(self._folder.glob("*.yaml")), *(report.path for report in self.reports.values()))]


def _stat(file: Path) -> tuple[object, ...]:
    with contextlib.suppress(OSError):
        found = file.stat()
        return file, found.st_mtime_ns, found.st_size, found.st_ino
    return file, None


class Scheduler(Generic[Run]):
    """Makes what is due. All that it asks of the world is given to it.

    ``plans`` gives the scheduled reports, and is asked at every turn; ``make`` turns what is due into a run: what it raises becomes the
    run's failure; ``fresh`` tells whether a table has rows (see :data:`Fresh`); ``placed`` whether the page of a run that was killed is
    in place (``ledger.page_in``); ``owes`` which deliveries a run with a status owes; ``after`` is called when the ledger changed, and
    once a minute; ``told`` takes one line for a person.
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
        after: Callable[[], None] = lambda: None,
        told: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._ledger, self._runner, self._holder, self._now, self._read = ledger, runner, holder, now, plans
        self._make, self._placed, self._fresh, self._owes, self._after, self._told = make, placed, fresh, owes, after, told
        self._plans: dict[str, Plan] = {}
        self._looked: dict[Slot, datetime] = {}
        self._given_up: list[Ticket] = []
        self._ended: list[tuple[Ticket, Status, str]] = []
        self._beaten: datetime | None = None
        self._called: datetime | None = None
        self._wake: datetime | None = None
        self._going, self._changed = 0, False

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
            self._changed = self._changed or bool(ended)

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
        """Bring the ledger up to date: runs that never started, runs of processes that are gone, our own heartbeat."""
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
        self._changed = self._changed or bool(found)
        if self._beaten is None or now - self._beaten >= holders.BEAT:
            self._ledger.beat(self._holder, now)
            self._beaten = now

    def _tell(self) -> None:
        """Have others take up what changed; their faults are theirs, and end no scheduler."""
        now = self._now()
        if not self._changed and self._called is not None and now - self._called < LOOK:
            return
        self._changed, self._called = False, now
        try:
            self._after()
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
                if not self._is_held(each) and (ticket := self._begin(each)):
                    self._launch(each, ticket)
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
            noted = self._ledger.note(each.report, was=each.was, upto=each.upto, waiting=each.waiting, passed=each.passed, now=now)
            self._changed = self._changed or noted
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
                self._changed = True
        return True

    def _missing(self, each: Due, table: str, span: timedelta | None) -> str:
        start = each.slot.as_of - span if span else each.start
        between = f"from {start:%Y-%m-%d %H:%M} to {each.slot.as_of:%Y-%m-%d %H:%M}"
        try:
            return "" if self._fresh(each.slot.report, table, start, each.slot.as_of) else f'The table "{table}" has no rows {between}.'
        except ProdopsError as fault:
            return f'The table "{table}" could not be asked for rows {between}: {fault}'

    def _begin(self, each: Due) -> Ticket | None:
        title = self._plans[each.slot.report].title
        return self._ledger.begin(each.slot, trigger="schedule", now=self._now(), holder=self._holder, title=title, due=each.at)

    def _launch(self, each: Due, ticket: Ticket) -> None:
        """Hand a slot that is ours to the runner; one that cannot even start has failed."""
        self._changed = True
        try:
            self._runner.start(self._make(each), ticket)
            self._going += 1
        except Exception as fault:
            self._ended.append((ticket, "no data" if isinstance(fault, NoData) else "failed", _line(fault)))
            self._settle()
        except BaseException:  # asked to end before the run began: its slot is open again at once
            with contextlib.suppress(RunError):
                now = self._now()
                self._ledger.finish(ticket, "lost", now=now, message="The scheduler was ended before this run began.", retry_at=now)
            raise


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Have SIGTERM unwind what stands in the block, once, as Ctrl-C does, so that all that it started is ended in order."""

    def stop(number: int, frame: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise SystemExit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _line(fault: Exception) -> str:
    return (
        str(fault)
        if isinstance(fault, ProdopsError)
        else f"prodops met a fault of its own ({type(fault).__name__}: {' '.join(str(fault).split())[:300]})."
    )


def _hours(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours:g} hour{'' if hours == 1 else 's'}" if hours >= 1 else f"{span.total_seconds() / 60:g} minutes"
