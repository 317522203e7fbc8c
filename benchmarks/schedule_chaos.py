"""Run many short jobs through the real ledger and scheduler, for a harness that kills schedulers and counts what was lost or doubled.

    python benchmarks/schedule_chaos.py STORE LEDGER SLOTS EVERY T0 --job JOB.py

plans slots 0 … SLOTS-1 at T0 + slot × EVERY (seconds since 1970) and runs ``JOB.py LEDGER SLOT`` once for each; STORE is where the
schedulers keep their own ledger. A job appends a line that begins with DONE and its slot to LEDGER when it is done: as the press asks
whether a page is in place, this asks whether that line is there. Any number of these may run on one STORE; each goes on where another
was killed. Linux only.
"""

import argparse
import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from prodops.errors import RunError
from prodops.reports import holders
from prodops.reports.due import Due, Plan
from prodops.reports.ledger import Entry, Ledger, Slot, Ticket
from prodops.reports.schedule import Scheduler
from prodops.reports.times import Moment

LANES = 8
SET_PARENT_DEATH_SIGNAL = 1
RETRIES, BACKOFF = 1_000, timedelta(seconds=0.3)


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Given:
    """Slots at instants that are given, each ``step`` after the one before; as-ofs are the same instants in UTC."""

    first: datetime
    step: timedelta
    count: int

    def after(self, as_of: datetime) -> Iterator[Moment]:
        begin = (as_of - self._as_of(0)) // self.step + 1
        return (self._moment(n) for n in range(max(0, begin), self.count))

    def before(self, as_of: datetime) -> Iterator[Moment]:
        end = -((self._as_of(0) - as_of) // self.step)
        return (self._moment(n) for n in range(min(self.count, end) - 1, -1, -1))

    def passed(self, now: datetime) -> Iterator[Moment]:
        return (moment for moment in self.before(self.local(now) + self.step) if moment.at <= now)

    def next(self, now: datetime) -> Moment | None:
        return next((moment for moment in self.after(self.local(now) - self.step) if moment.at > now), None)

    def local(self, now: datetime) -> datetime:
        return now.astimezone(UTC).replace(tzinfo=None)

    def _as_of(self, n: int) -> datetime:
        return self.local(self.first) + n * self.step

    def _moment(self, n: int) -> Moment:
        return Moment(self._as_of(n), self.first + n * self.step)


@dataclass
class Jobs:
    """Runs jobs as children, several at a time; they end with this process."""

    ledger: Ledger
    command: Sequence[str]
    done: Path
    most: int
    going: dict[int, tuple[subprocess.Popen[bytes], Ticket]] = field(default_factory=dict)
    settled: list[Slot] = field(default_factory=list)
    unbroken = staticmethod(contextlib.nullcontext)

    @property
    def free(self) -> int:
        return self.most - len(self.going)

    def start(self, run: int, ticket: Ticket) -> None:
        self.ledger.publishing(ticket, str(run), "DONE")
        if ticket.attempt > 1 and self.is_done(run):
            self.ledger.finish(ticket, "ok", now=now())
            self.settled.append(ticket.slot)
            return
        child = subprocess.Popen([*self.command, str(run)], preexec_fn=_end_with_parent)  # noqa: PLW1509  (one thread only)
        self.going[os.pidfd_open(child.pid)] = (child, ticket)

    def wait(self, timeout: float | None) -> list[Slot]:
        ready = select.select([*self.going], [], [], 0 if self.settled else timeout)[0]
        ended, self.settled = self.settled, []
        for handle in ready:
            child, ticket = self.going.pop(handle)
            os.close(handle)
            code = child.wait()
            again = None if code == 0 else now() + BACKOFF
            with contextlib.suppress(RunError):
                self.ledger.finish(ticket, "failed" if code else "ok", now=now(), retry_at=again, message=f"exit {code}" if code else "")
            ended.append(ticket.slot)
        return ended

    def end(self) -> None:
        """End what goes on, in order: its slots are open again."""
        for child, ticket in self.going.values():
            child.kill()
            child.wait()
            done = self.is_done(int(str(child.args[-1])))  # type: ignore[index]
            with contextlib.suppress(RunError):
                self.ledger.finish(ticket, "ok" if done else "lost", now=now(), retry_at=None if done else now())

    def is_done(self, slot: int) -> bool:
        with contextlib.suppress(FileNotFoundError):
            return any(line.split("\t")[:2] == ["DONE", str(slot)] for line in self.done.read_text().splitlines())
        return False


_prctl = ctypes.CDLL(None).prctl
_parent = os.getpid()


def _end_with_parent() -> None:
    _prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != _parent:
        os._exit(1)


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Have SIGTERM unwind what stands in the block, once, so that all that it started is ended in order."""

    def stop(number: int, frame: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, stop)
    yield


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, kind in (("store", Path), ("ledger", Path), ("slots", int), ("every", float), ("t0", float)):
        parser.add_argument(name, type=kind)
    parser.add_argument("--job", required=True)
    parser.add_argument("--jobs", type=int, default=6)
    asked = parser.parse_args(arguments)
    first, every = datetime.fromtimestamp(asked.t0, UTC), timedelta(seconds=asked.every)

    def plans() -> list[Plan]:
        """Deal the slots to several reports, as runs of one report's slice go one after the other."""
        return [
            Plan(f"lane-{lane}", ["all"], Given(first + lane * every, LANES * every, len(range(lane, asked.slots, LANES))),
                 catch_up="all", retries=RETRIES, backoff=BACKOFF)
            for lane in range(min(LANES, asked.slots))
        ]  # fmt: skip

    def number(as_of: datetime) -> int:
        return round((as_of.replace(tzinfo=UTC) - first) / every)

    ledger = Ledger(asked.store)
    jobs = Jobs(ledger, [sys.executable, asked.job, str(asked.ledger)], asked.ledger, asked.jobs)

    def placed(entry: Entry) -> bool:
        return jobs.is_done(number(entry.slot.as_of))

    def make(due: Due) -> int:
        return number(due.slot.as_of)

    with stoppable():
        try:
            Scheduler[int](
                ledger=ledger, runner=jobs, holder=holders.here(), now=now, plans=plans, make=make, placed=placed,
                fresh=lambda *_: True, told=lambda line: print(line, file=sys.stderr, flush=True),
            ).run()  # fmt: skip
        finally:
            jobs.end()


if __name__ == "__main__":
    main(sys.argv[1:])
