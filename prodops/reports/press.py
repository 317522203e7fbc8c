"""The press: runs made side by side, each put in place whole and written down truly; one that fails stops no other."""

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from multiprocessing import connection
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any, Protocol, Self

from prodops.errors import RunError
from prodops.reports import local, provenance, publish
from prodops.reports.engine import Limits
from prodops.reports.kernels import memory
from prodops.reports.ledger import Ledger, Ticket, pause
from prodops.reports.local import warm_up
from prodops.reports.register import Owes, Register, again, owes_nothing, untimed
from prodops.reports.runs import Cell, Made, Outcome, Run, failed
from prodops.reports.stopping import Signals, word
from prodops.workspace import Workspace

__all__ = ["Outcome", "Press", "Run", "State", "run", "warm_up"]

PATIENCE = 10.0
"""Seconds that runs have to say what there was, once the press is asked to end."""
FRESH = 10.0
"""Seconds for which what all runs stand on (code, packages, commit) is not asked again."""


@dataclass(frozen=True)
class State:
    """How far a press is: runs that are done and that failed, those under way with the cell that each is at, and how many wait."""

    done: int
    failed: int
    running: Mapping[str, Cell]
    waiting: int


class Hand(Protocol):
    """One run under way. ``signs`` are what to wait for, ``hear`` gives each cell as it starts and at last what was made, ``ask``
    has it say at once what there is, ``end`` leaves nothing of it."""

    @property
    def signs(self) -> list[Any]: ...
    def hear(self) -> Iterable[Cell | Made]: ...
    def ask(self, why: str) -> None: ...
    def end(self) -> None: ...


class Crew(Protocol):
    """Where runs are made, ``size`` at a time; starting one raises OSError where there is no process to be had."""

    @property
    def size(self) -> int: ...
    def start(self, run: Run, limits: Limits) -> Hand: ...
    def __enter__(self) -> object: ...
    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None) -> None: ...


@dataclass
class Task:
    """One run under way in this press: its claim or note in the ledger, who makes it, and the cell it is at."""

    number: int
    run: Run
    ticket: Ticket | None
    is_claimed: bool
    hand: Hand
    began: float
    cell: Cell = (0, 0)


class Press:
    """Makes runs, up to ``jobs`` at a time, on this machine or on the Dask cluster at an address.

    Results go to ``<home>/reports/<report>/<slice>/<as_of>/``, or below ``out`` where that is a folder, or into the one file that
    it names. ``progress`` is told the :class:`State` whenever it changes. ``now`` gives the time for the ledger, ``owes`` the
    deliveries that an outcome calls for. Kernels are started afresh where they are to be ``cold``.

    Entering raises :class:`RunError` for what concerns all runs, as an output that cannot be written or a cluster that cannot be
    reached. Leaving ends what is still under way, and writes that down; so do SIGTERM and Ctrl-C.
    """

    def __init__(
        self,
        *,
        workspace: Workspace,
        environ: Mapping[str, str],
        ledger: Ledger | None,
        now: Callable[[], datetime],
        out: Path | None = None,
        jobs: int = 1,
        limits: Limits | None = None,
        progress: Callable[[State], None] | None = None,
        cold: bool = False,
        cluster: str | None = None,
        owes: Owes = owes_nothing,
    ) -> None:
        reports, limits = workspace.home / "reports", limits or Limits()
        self.waiting = 0
        self._register = Register(reports=reports, out=out, ledger=ledger, now=now, owes=owes)
        self._limits = replace(limits, memory_bytes=limits.memory_bytes or memory.share(jobs))
        self._crew = _crew(reports, environ, jobs, cold, cluster)
        self._progress, self._signals, self._numbers = progress, Signals(), itertools.count(1)
        self._tasks: dict[int, Task] = {}
        self._ready: list[Outcome] = []
        self._done = self._failed = 0
        self._is_ending = False
        self._around: tuple[float, Path, Mapping[str, Any]] | None = None

    def __enter__(self) -> Self:
        self._register.check()
        self._crew.__enter__()
        self._signals.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None) -> None:
        try:
            self._wind_down(word(value))
        finally:
            self._signals.__exit__(kind, value, traceback)
            self._crew.__exit__(kind, value, traceback)

    # ------------------------------------------------------------------------------------------------ what owners call
    @property
    def free(self) -> int:
        """How many runs could start now."""
        return max(0, self._crew.size - len(self._tasks))

    def unbroken(self) -> AbstractContextManager[None]:
        """Let a block end before SIGTERM or Ctrl-C is followed, as between a slot's claim and its :meth:`start`."""
        return self._signals.later()

    def start(self, run: Run, ticket: Ticket | None = None, *, attempt: int = 1) -> int:
        """Start a run; gives its number, which its outcome has too. Never raises: that it could not start is its outcome.

        ``ticket`` is its slot's claim in the ledger; without one it is a person's run, and is begun in the ledger here.
        """
        number, is_claimed, began = next(self._numbers), ticket is not None, monotonic()
        with self._signals.later():
            try:
                ticket = ticket or self._register.begin(run, attempt)
                hand = self._crew.start(self._told(run, ticket), self._limits_of(run))
                self._tasks[number] = Task(number, run, ticket, is_claimed, hand, began)
            except (RunError, OSError, EOFError) as fault:
                why = (getattr(fault, "strerror", None) or type(fault).__name__).lower()
                message = str(fault) if isinstance(fault, RunError) else f"No process can be started for the report ({why})."
                made = Made(replace(failed(run, message, infrastructure=True), number=number))
                self._take(self._register.settle(run, made, ticket, again=again(run, ticket if is_claimed else None, is_ending=False)))
            self._show()
        return number

    def wait(self, timeout: float | None = None) -> list[Outcome]:
        """Wait until runs have ended, ``timeout`` seconds at most, and give their outcomes: in place, and in the ledger.

        Without a timeout it waits for one run at least; where none is under way there is nothing to wait for.
        """
        until = None if timeout is None else monotonic() + timeout
        while True:
            with self._signals.later():
                self._hear()
                self._register.keep_up(is_busy=bool(self._tasks))
            outcomes, self._ready = self._ready, []
            left = None if until is None else until - monotonic()
            if outcomes or (not self._tasks if left is None else left <= 0):
                return outcomes
            connection.wait(self._signs(), min(filter(None, [self._register.pause, left])))

    # ------------------------------------------------------------------------------------------------- runs under way
    def _told(self, run: Run, ticket: Ticket | None) -> Run:
        """Tell a run what all stand on, what earlier runs of its report published, and what the reports that it comes after found."""
        told = {"published": self._register.published(ticket), "found": self._register.found(run)}
        context = {**run.context, **{name: value for name, value in told.items() if value}}
        return replace(run, context=context, around=run.around or self._surroundings(run))

    def _surroundings(self, run: Run) -> Mapping[str, Any]:
        """Give what all runs stand on: asked once for many, but anew after a while, as code may change while a scheduler works."""
        root = run.report.root
        if self._around is None or self._around[1] != root or monotonic() - self._around[0] > FRESH:
            self._around = (monotonic(), root, provenance.surroundings(root))
        return self._around[2]

    def _limits_of(self, run: Run) -> Limits:
        """Give the limits of a run: its report's, and the press's where that says nothing."""
        own, limits = run.report.limits, self._limits
        return replace(
            limits,
            cell=own.cell.total_seconds() if own.cell else limits.cell,
            run=own.run.total_seconds() if own.run else limits.run,
            memory_bytes=own.memory_gb * 1e9 if own.memory_gb else limits.memory_bytes,
        )

    def _signs(self) -> list[Any]:
        return [sign for task in self._tasks.values() for sign in task.hand.signs]

    def _hear(self) -> None:
        """Take in what workers say, and settle the runs that have ended."""
        for task in list(self._tasks.values()):
            for news in task.hand.hear():
                if isinstance(news, Made):
                    self._settle(task, news)
                else:
                    task.cell = news
                self._show()

    def _settle(self, task: Task, made: Made) -> None:
        outcome = replace(made.outcome, number=task.number, seconds=monotonic() - task.began)
        when = again(task.run, task.ticket if task.is_claimed else None, is_ending=self._is_ending)
        self._take(self._register.settle(task.run, replace(made, outcome=outcome), task.ticket, again=when))
        del self._tasks[task.number]
        task.hand.end()

    def _take(self, outcome: Outcome) -> None:
        self._failed += outcome.status == "failed"
        self._done += outcome.status != "failed"
        self._ready.append(outcome)

    def _show(self) -> None:
        if self._progress:
            try:
                running = {task.run.label: task.cell for task in self._tasks.values()}
                self._progress(State(self._done, self._failed, running, self.waiting))
            except OSError:  # nobody looks any more
                self._progress = None

    def _wind_down(self, why: str) -> None:
        """Ask what is under way to stop, take in what there was, and write all of it down; a second signal makes it short."""
        with self._signals.later():
            self._is_ending = True
            for task in self._tasks.values():
                task.hand.ask(why)
            until = monotonic() + PATIENCE
            while self._tasks and monotonic() < until and not self._signals.heard:
                connection.wait(self._signs(), 0.5)
                self._hear()
            for task in list(self._tasks.values()):
                self._settle(task, Made(failed(task.run, f"The run was stopped by {why}.", infrastructure=True)))
            self._register.keep_up(is_busy=False, at_once=True)


def _crew(reports: Path, environ: Mapping[str, str], jobs: int, cold: bool, cluster: str | None) -> Crew:
    if cluster is None:
        return local.Crew(reports=reports, environ=environ, size=jobs, cold=cold)
    from prodops.reports.cluster import Cluster

    return Cluster(cluster, reports=reports, cold=cold)


# ------------------------------------------------------------------------------------------------------ a person's runs
def run(
    runs: Sequence[Run] | Callable[[], Sequence[Run]],
    *,
    workspace: Workspace,
    environ: Mapping[str, str],
    ledger: Ledger | None = None,
    now: Callable[[], datetime] = untimed,
    out: Path | None = None,
    jobs: int = 1,
    limits: Limits | None = None,
    progress: Callable[[State], None] | None = None,
    cold: bool = False,
    cluster: str | None = None,
) -> list[Outcome]:
    """Make all runs and give their outcomes in the order asked for; see :class:`Press`.

    ``runs`` may be a function, which is called when what runs need is being loaded in the background. A run that fell to a fault
    of infrastructure is made again, as often as its report says in ``retries``. Raises
    :class:`RunError` only for what concerns all runs, before any starts.
    """
    if not callable(runs):
        _check(runs, out)
    press = Press(
        workspace=workspace, environ=environ, ledger=ledger, now=now, out=out, jobs=jobs, limits=limits, progress=progress, cold=cold,
        cluster=cluster,
    )  # fmt: skip
    with press:
        asked = runs() if callable(runs) else runs
        _check(asked, out)
        return _make(press, asked)


def _first(runs: Sequence[Run], ready: Iterable[tuple[int, int]], outcomes: Mapping[int, Outcome]) -> tuple[int, int] | None:
    """Give the first of those that are ready that comes after none whose outcome is not known yet."""
    open_reports = {run.report.name for place, run in enumerate(runs) if place not in outcomes}
    return next((each for each in ready if open_reports.isdisjoint(runs[each[0]].report.reads)), None)


def _check(runs: Sequence[Run], out: Path | None) -> None:
    if out is not None and publish.is_page(out) and len(runs) > 1:
        raise RunError(f"{out}: {len(runs)} reports do not fit in one file; give a folder.")


def _make(press: Press, runs: Sequence[Run]) -> list[Outcome]:
    """Start runs as there is room; those to be made again wait for their moment."""
    ready, later = deque((place, 1) for place in range(len(runs))), list[tuple[float, int, int]]()
    started, outcomes = dict[int, tuple[int, int]](), dict[int, Outcome]()
    while len(outcomes) < len(runs):
        ready.extend((place, attempt) for at, place, attempt in later if at <= monotonic())
        later = [each for each in later if each[1:] not in ready]
        while press.free and (next_one := _first(runs, ready, outcomes)):
            ready.remove(next_one)
            place, attempt = next_one
            press.waiting = len(ready) + len(later)
            started[press.start(runs[place], attempt=attempt)] = (place, attempt)
        soonest = min((at for at, *_ in later), default=None)
        for outcome in press.wait(None if soonest is None else max(0.0, soonest - monotonic())):
            place, attempt = started.pop(outcome.number)
            report = runs[place].report
            if outcome.infrastructure and attempt <= (report.retries or 0):
                later.append((monotonic() + pause(attempt, report.backoff), place, attempt + 1))
            else:
                outcomes[place] = outcome
    return [outcomes[place] for place in range(len(runs))]
