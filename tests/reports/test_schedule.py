"""The scheduler: makes what is due on time, says what became of it, and goes on from the ledger whatever kills it."""

import os
import random
import select
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from prodops.errors import InputError, NoData, RunError
from prodops.reports import holders, schedule
from prodops.reports.due import Due, Plan
from prodops.reports.ledger import Entry, Ledger, Slot, Ticket
from prodops.reports.schedule import Scheduler
from prodops.reports.settings import Needs
from prodops.reports.shelf import Shelf
from prodops.reports.times import Times
from tests.reports.small_project import Project

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "schedule_chaos.py"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
EVE = datetime(2025, 11, 2, 12, tzinfo=UTC)
"""A Sunday, when no report of these tests has been seen yet."""


class Over(BaseException):
    """The end of the time that a test looks at."""


@dataclass
class World:
    """A clock that moves when the scheduler rests, and a runner whose runs take some time of it."""

    ledger: Ledger
    now: datetime = EVE
    until: datetime = EVE + DAY
    takes: timedelta = MINUTE
    jobs: int = 2
    going: list[tuple[datetime, Ticket]] = field(default_factory=list)
    on_rest: Callable[[], None] = lambda: None
    told: list[str] = field(default_factory=list)
    after: list[frozenset[tuple[str, str]]] = field(default_factory=list)
    unbroken = staticmethod(nullcontext)

    @property
    def free(self) -> int:
        return self.jobs - len(self.going)

    def start(self, run: str, ticket: Ticket) -> None:
        self.going.append((self.now + self.takes, ticket))

    def wait(self, timeout: float | None) -> list[Slot]:
        assert timeout is not None
        first = min((end for end, _ in self.going), default=None)
        self.now = min(filter(None, [first, self.now + timedelta(seconds=timeout)]))
        self.on_rest()
        if self.now >= self.until:
            raise Over
        ended = [ticket for end, ticket in self.going if end <= self.now]
        self.going = [each for each in self.going if each[0] > self.now]
        for ticket in ended:
            self.ledger.finish(ticket, "ok", now=self.now)
        return [ticket.slot for ticket in ended]

    def run(self, *plans: Plan, once: bool = False, until: datetime | None = None, **more: Any) -> list[Entry]:
        """Schedule until the time is over; gives what ``--once`` gives, else all that is in the ledger."""
        self.until = until or self.until
        given = {
            "plans": lambda: plans,
            "make": lambda due: due.slot.report,
            "fresh": lambda *_: True,
            "placed": lambda e: False,
            "after": self.after.append,
            **more,
        }
        scheduler = Scheduler[str](
            ledger=self.ledger, runner=self, holder=holders.here(), now=lambda: self.now, told=self.told.append, **given
        )  # fmt: skip
        try:
            return scheduler.run(once=once)
        except Over:
            return self.ledger.entries()


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(schedule, "TURN", 30 * MINUTE)  # so that a day has few turns
    with closing(Ledger(tmp_path / "ledger.sqlite")) as ledger:
        yield World(ledger)


def daily(report: str = "themes", cron: str = "0 7 * * *", **more: Any) -> Plan:
    return Plan(report, more.pop("slices", ["all"]), Times((cron,), "UTC"), **more)


def day(n: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2025, 11, n, hour, minute, tzinfo=UTC)


def slot(n: int, report: str = "themes", name: str = "all") -> Slot:
    return Slot(report, name, datetime(2025, 11, n))


def seen(entries: Sequence[Entry]) -> list[tuple[int, str]]:
    return [(entry.slot.as_of.day, entry.status) for entry in entries]


# ------------------------------------------------------------------------------------------------------- day by day
def test_runs_begin_the_moment_they_are_due(world: World) -> None:
    """Two reports, three days: each begins on the second, and others are told of it."""
    entries = world.run(daily(), daily("kpis", "15 9 * * *"), until=day(5, 12))
    assert [(e.slot.report, e.slot.as_of.day, e.began, e.due, e.status) for e in entries] == [
        (report, n, at, at, "ok") for n in (3, 4, 5) for report, at in (("themes", day(n, 7)), ("kpis", day(n, 9, 15)))
    ]
    news = [changed for changed in world.after if changed]
    assert news == [frozenset({(report, "all")}) for _ in range(3) for report in ("themes", "themes", "kpis", "kpis")]
    assert len(world.after) > len(news)
    assert world.told == []


def test_only_so_many_go_on_at_a_time(world: World) -> None:
    """Five slices, two at a time: the rest begin as others end, none is lost."""
    entries = world.run(daily(slices=[f"s{n}" for n in range(5)]), until=day(3, 8))
    assert [(e.began - day(3, 7)) / MINUTE for e in entries] == [0, 0, 1, 1, 2]


def test_a_run_that_outlasts_its_period_holds_up_or_refuses_the_next(world: World) -> None:
    """An hourly report that takes ninety minutes: queued, they follow one another; refused, every second one is made."""
    world.takes = 90 * MINUTE
    entries = world.run(daily(cron="0 * * * *", overlap="queue"), daily("kpis", "0 * * * *", overlap="refuse"), until=day(2, 17))
    assert [e.began for e in entries if e.slot.report == "themes"] == [day(2, 12) + n * 90 * MINUTE for n in range(4)]
    assert [e.status for e in entries if e.slot.report == "kpis"] == ["ok", "refused", "ok", "refused", "running"]


def test_a_week_of_downtime_is_caught_up_as_each_report_says(world: World) -> None:
    """Down from Monday noon to the next: each date has one line for each report, made or skipped, and nothing twice."""
    plans = [daily(name, catch_up=name) for name in ("all", "latest", "none")]
    world.run(*plans, until=day(3, 12))
    world.now = day(10, 12)
    entries = world.run(*plans, until=day(10, 23))
    assert {
        name: seen(sorted((e for e in entries if e.slot.report == name), key=lambda e: e.slot)) for name in ("all", "latest", "none")
    } == {
        "all": [(n, "ok") for n in range(3, 11)],
        "latest": [(3, "ok"), *((n, "skipped") for n in range(4, 10)), (10, "ok")],
        "none": [(3, "ok"), *((n, "skipped") for n in range(4, 11))],
    }


# ------------------------------------------------------------------------------------------------------------- once
def test_once_makes_what_is_due_and_ends(world: World) -> None:
    """Called again and again, as cron would: it makes each date when it is due, gives what it made, and waits for nothing else."""
    plan = daily(slices=["a", "b", "c"])
    assert world.run(plan, once=True) == []
    world.until, world.now = day(9), day(3, 7, 1)
    assert [(e.slot.slice_name, e.status) for e in world.run(plan, once=True)] == [("a", "ok"), ("b", "ok"), ("c", "ok")]
    assert world.run(plan, once=True) == []
    assert world.now < day(3, 7, 10)


def test_once_leaves_what_waits_to_the_next_call(world: World) -> None:
    """A call does not wait at a gate that is shut; what comes after the gated slot is made; one whose deadline is over is told as failed."""
    plan, shut = daily(needs=Needs.model_validate({"fresh": "feedback", "deadline": "30h"}), catch_up="all"), {3, 5}

    def fresh(report: str, table: str, start: datetime, end: datetime) -> bool:
        return end.day not in shut

    world.until, told = day(9), list[list[tuple[int, str]]]()
    for now in (EVE, day(4, 8), day(4, 9), day(5, 8), day(6, 14)):
        world.now = now
        told.append(seen(world.run(plan, once=True, fresh=fresh)))
        if now == day(4, 9):
            shut.remove(3)
    assert told == [[], [(4, "ok")], [], [(3, "ok")], [(5, "failed"), (6, "ok")]]


def test_once_says_when_the_ledger_cannot_be_used(world: World) -> None:
    """One line, and nothing was run."""
    world.ledger.file.write_text("no ledger, and long enough to be looked at" * 100)
    with pytest.raises(RunError, match="damaged"):
        world.run(daily(), once=True)


# ------------------------------------------------------------------------------------------------------------ faults
@pytest.mark.parametrize(
    ("fault", "status", "message"),
    [
        (InputError("feedback.csv: there is no such file."), "failed", "feedback.csv: there is no such file."),
        (NoData("There is nothing to say."), "no data", "There is nothing to say."),
        (KeyError("odd"), "failed", "prodops met a fault of its own (KeyError: 'odd')."),
    ],
)
def test_a_run_that_cannot_be_made_has_failed(world: World, fault: Exception, status: str, message: str) -> None:
    """The slot says why in one line, and owes its deliveries; the next day's is tried as usual."""

    def make(due: Due) -> str:
        if due.slot == slot(3):
            raise fault
        return "run"

    entries = world.run(daily(), make=make, owes=lambda report, status: [f"{report} {status}"], until=day(4, 8))
    assert [(e.slot.as_of.day, e.status, e.message) for e in entries] == [(3, status, message), (4, "ok", "")]
    assert [name for _, name, _ in world.ledger.owed()] == [f"themes {status}"]


def test_asked_to_end_before_a_run_began_its_slot_is_open_again(world: World) -> None:
    """Ctrl-C while the data is looked at: the next scheduler makes it at once."""

    def make(due: Due) -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        world.run(daily(), make=make)
    assert seen(world.run(daily(), until=day(3, 8))) == [(3, "lost"), (3, "ok")]


@pytest.mark.parametrize(("retries", "made"), [(0, ["lost"]), (2, ["lost", "ok"])])
def test_what_a_killed_scheduler_left_is_taken_up(world: World, retries: int, made: list[str]) -> None:
    """Its run is lost, and made again after its backoff as often as the report allows."""
    gone = replace(holders.here(), pid=2**22 + 1)
    world.run(daily(), until=day(3, 6))
    world.ledger.begin(slot(3), trigger="schedule", now=world.now, holder=gone, due=day(3, 7))
    entries = world.run(daily(retries=retries, backoff=HOUR), until=day(3, 9))
    assert [e.status for e in entries] == made
    assert all(e.due == day(3, 7) for e in entries)


def test_a_report_that_cannot_be_read_keeps_the_slot_of_its_lost_run(world: World) -> None:
    """Its file is being edited as another scheduler's death is found: once it can be read the slot is made."""
    gone = replace(holders.here(), pid=2**22 + 1)
    world.ledger.begin(slot(3), trigger="schedule", now=world.now, holder=gone, due=day(3, 7))
    assert seen(world.run(until=day(2, 13))) == [(3, "lost")]
    assert seen(world.run(daily(retries=1), until=day(2, 14))) == [(3, "lost"), (3, "ok")]


def test_a_ledger_that_cannot_be_used_for_a_while_stops_no_scheduler(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk at seven: it is told, and the report is made when there is room again."""
    known = world.ledger.known

    def full() -> Any:
        if day(3, 6) <= world.now < day(3, 7, 30):
            raise RunError("the disk is full")
        return known()

    monkeypatch.setattr(world.ledger, "known", full)
    entries = world.run(daily(), until=day(3, 9))
    assert [(e.slot.as_of.day, e.began, e.status) for e in entries] == [(3, day(3, 7, 30), "ok")]
    assert set(world.told) == {"the disk is full"}


def test_an_end_that_could_not_be_written_is_written_later(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that failed before it began stays this scheduler's to settle until the ledger takes it."""
    finish, refusals = world.ledger.finish, [RunError("the disk is full")] * 2

    def full(*arguments: Any, **more: Any) -> None:
        if refusals:
            raise refusals.pop()
        finish(*arguments, **more)

    def make(due: Due) -> str:
        raise InputError("no file")

    monkeypatch.setattr(world.ledger, "finish", full)
    assert seen(world.run(daily(), make=make, until=day(3, 9))) == [(3, "failed")]
    assert world.told == ["the disk is full"] * 2


def test_a_fault_of_others_is_told_and_ends_nothing(world: World) -> None:
    """What is called when the ledger changed may fail: the reports are made all the same."""

    def broken(changed: frozenset[tuple[str, str]]) -> None:
        raise OSError("no mail today")

    assert seen(world.run(daily(), after=broken, until=day(3, 8))) == [(3, "ok")]
    assert "prodops met a fault of its own (OSError: no mail today)." in world.told


# ------------------------------------------------------------------------------------------------------------- gates
def test_a_run_waits_until_its_data_is_there(world: World) -> None:
    """Asked for the slot's own period, or a span before its as-of; begun within a minute of the last table's rows."""
    asked = set()

    def fresh(report: str, table: str, start: datetime, end: datetime) -> bool:
        asked.add((report, table, start, end))
        return world.now >= (day(3, 9, 40) if table == "feedback" else day(3, 8))

    needs = Needs.model_validate({"fresh": {"feedback": None, "orders": "2h"}})
    entries = world.run(daily(needs=needs), fresh=fresh, until=day(3, 12))
    assert seen(entries) == [(3, "ok")]
    assert day(3, 9, 40) <= entries[0].began <= day(3, 9, 41)
    end = datetime(2025, 11, 3)
    assert asked == {("themes", "feedback", end - DAY, end), ("themes", "orders", end - 2 * HOUR, end)}


def test_after_the_deadline_it_fails_and_names_the_table(world: World) -> None:
    """Two hours after it was due; other reports are not held up, and the next day's slot is tried on its own."""

    def fresh(report: str, table: str, start: datetime, end: datetime) -> bool:
        if table == "odd":
            raise KeyError("odd")
        if table == "orders":
            raise InputError("orders: no connection.")
        return end.day == 4

    needs = [Needs.model_validate({"fresh": table, "deadline": "2h"}) for table in ("feedback", "orders")]
    plans = [daily(needs=needs[0]), daily("kpis", needs=needs[1]), daily("free")]
    entries = world.run(*plans, fresh=fresh, owes=lambda report, status: [f"{report} {status}"], until=day(4, 8))
    assert [(e.slot.report, e.slot.as_of.day, e.status) for e in entries] == [
        ("free", 3, "ok"), ("kpis", 3, "failed"), ("themes", 3, "failed"), ("free", 4, "ok"), ("themes", 4, "ok"),
    ]  # fmt: skip
    assert {e.slot.report: e.message for e in entries if e.status == "failed"} == {
        "themes": 'The table "feedback" has no rows from 2025-11-02 00:00 to 2025-11-03 00:00. '
        "It waited until its deadline, 2 hours after it was due.",
        "kpis": 'The table "orders" could not be asked for rows from 2025-11-02 00:00 to 2025-11-03 00:00: orders: no connection. '
        "It waited until its deadline, 2 hours after it was due.",
    }
    assert all(day(3, 9) <= (e.ended or e.began) <= day(3, 9, 1) for e in entries if e.status == "failed")
    assert [name for _, name, _ in world.ledger.owed()] == ["kpis failed", "themes failed"]


# ----------------------------------------------------------------------------------------------------- changed files
def test_a_changed_schedule_takes_effect_without_a_restart(world: World, project: Project) -> None:
    """Moved, removed, broken, mended, renamed while the scheduler runs: it goes by what the files say now."""
    file = project.folder / "themes.yaml"
    project.add("themes", settings='schedule: {cron: "0 7 * * *"}\n')
    text = file.read_text()
    shelf = Shelf(project.folder, project.root, "UTC", world.told.append)
    changes = [
        (day(3, 8), lambda: file.write_text(text.replace("0 7", "30 9"))),
        (day(5, 0), lambda: file.write_text(text.replace("0 7", "0 99"))),
        (day(6, 0), lambda: file.write_text(text.replace("0 7", "0 11"))),
        (day(7, 0), lambda: file.rename(project.folder / "voices.yaml")),
        (day(8, 0), (project.folder / "voices.yaml").unlink),
    ]

    def on_rest() -> None:
        while changes and world.now >= changes[0][0]:
            changes.pop(0)[1]()

    world.on_rest = on_rest
    entries = world.run(plans=shelf.plans, until=day(10))
    assert [(e.slot.report, e.slot.as_of.day, e.status, f"{e.began:%d %H}") for e in entries] == [
        ("themes", 3, "ok", "03 07"),
        ("themes", 4, "ok", "04 09"),
        ("themes", 5, "ok", "06 00"),
        ("themes", 6, "ok", "06 11"),
        ("voices", 7, "ok", "07 11"),
    ]
    assert len(world.told) == 1
    assert 'themes.yaml: schedule.cron: "0 99 * * *": "99" is no hour here' in world.told[0]


def test_a_mended_notebook_is_found(project: Project) -> None:
    """A fault that lies in the notebook is told once, and the report rests until the notebook is changed."""
    told: list[str] = []
    shelf = Shelf(project.folder, project.root, "UTC", told.append)
    good = project.add("themes", settings='schedule: {cron: "0 7 * * *"}\n').path.read_text()
    notebook = project.root / "notebooks/themes.ipynb"
    notebook.write_text("{}")
    assert (shelf.plans(), shelf.plans(), len(told)) == ([], [], 1)
    notebook.write_text(good)
    assert [plan.report for plan in shelf.plans()] == ["themes"]
    notebook.write_text("[]")
    assert (shelf.plans(), len(told)) == ([], 2)


# --------------------------------------------------------------------------------------------------- real processes
JOB = """
import os, sys
def say(word, file):
    handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, f"{word}\\t{sys.argv[2]}\\t{os.getpid()}\\n".encode())
    os.close(handle)
pipe = os.path.join(os.path.dirname(sys.argv[1]), "pipe")
say("START", sys.argv[1])
say("START", pipe)
say("DONE", sys.argv[1])
say("DONE", pipe)
"""


def test_two_schedulers_killed_again_and_again_lose_and_double_nothing(tmp_path: Path) -> None:
    """Sixty slots a twentieth of a second apart; one of two real schedulers is killed six times, in the middle of its runs."""
    slots, every, seed = 60, 0.05, random.Random(7)
    job, done, store = tmp_path / "job.py", tmp_path / "done", tmp_path / "ledger.sqlite"
    job.write_text(JOB)
    os.mkfifo(tmp_path / "pipe")
    pipe = os.open(tmp_path / "pipe", os.O_RDWR)
    begin = datetime.now(UTC).timestamp() + 2
    command = [sys.executable, BENCHMARK, store, done, slots, every, begin, "--job", job, "--jobs", "3"]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    def up() -> "subprocess.Popen[bytes]":
        return subprocess.Popen(list(map(str, command)), env=environ, start_new_session=True)

    def finished() -> list[str]:
        lines = done.read_text().splitlines() if done.exists() else []
        return [line.split("\t")[1] for line in lines if line.startswith("DONE")]

    schedulers, kills, until = [up(), up()], 6, monotonic() + 60
    try:
        while len(set(finished())) < slots:
            assert monotonic() < until, f"{sorted({str(n) for n in range(slots)}.difference(finished()))} were not made"
            rung = select.select([pipe], [], [], 1)[0]  # a job may be killed between what it did and ringing
            lines = os.read(pipe, 65536).decode() if rung else ""
            if kills and "START" in lines and len(finished()) > (6 - kills) * slots // 6:
                kills -= 1
                n = seed.randrange(2)
                schedulers[n].kill()
                schedulers[n].wait()
                schedulers[n] = up()
        for scheduler in schedulers:
            scheduler.terminate()
        codes = [scheduler.wait(30) for scheduler in schedulers]
    finally:
        for scheduler in schedulers:
            scheduler.kill()
            scheduler.wait()
        os.close(pipe)
    with closing(Ledger(store)) as ledger:
        ledger.recover(now=datetime.now(UTC), placed=lambda e: True, retries=lambda s: 0, backoff=lambda s, n: 0)
        entries = ledger.entries()
    assert kills < 4
    assert sorted(map(int, finished())) == list(range(slots))
    assert sorted(Counter(e.slot for e in entries if e.status == "ok").values()) == [1] * slots
    assert {e.status for e in entries} <= {"ok", "lost"}
    assert set(codes) <= {143, -signal.SIGTERM}
