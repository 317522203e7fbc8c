"""The ledger: every run and slot told truly, whoever is killed, however many share it, whatever becomes of its file."""

import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodops.errors import RunError
from prodops.reports import holders
from prodops.reports.holders import Holder
from prodops.reports.ledger import Entry, Gone, Ledger, Passed, Slot, Status, Ticket, Trigger, Waiting, page_in, pause, retry_at, tables
from prodops.reports.ledger.database import Database

NOW = datetime(2025, 11, 3, 7, tzinfo=UTC)
SLOT = Slot("themes", "all", datetime(2025, 11, 3))
ME = holders.here()
GONE = replace(ME, pid=2**22 + 1)
"""A process number that no system gives."""
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with closing(Ledger(tmp_path / "reports" / "ledger.sqlite")) as made:
        yield made


def begin(ledger: Ledger, slot: Slot = SLOT, trigger: Trigger = "schedule", now: datetime = NOW, holder: Holder = ME) -> Ticket:
    """Begin a run that is to be had."""
    ticket = ledger.begin(slot, trigger=trigger, now=now, holder=holder)
    assert ticket is not None
    return ticket


def recover(ledger: Ledger, now: datetime = NOW, *, placed: bool = False, retries: int = 0) -> list[Entry]:
    return ledger.recover(now=now, placed=lambda e: placed, retries=lambda s: retries, backoff=lambda s, n: pause(n, timedelta(seconds=30)))


# --------------------------------------------------------------------------------------------------- one run's life
def test_a_run_is_told_from_its_beginning_to_its_end(ledger: Ledger) -> None:
    """What was said when it began, when its page was about to be placed, and when it ended, is one entry."""
    due = NOW - MINUTE
    ticket = ledger.begin(SLOT, trigger="schedule", now=NOW, holder=ME, title="Themes", due=due, parameters={"weeks": 8})
    assert ticket == Ticket(1, SLOT, 1)
    finding = {"kind": "finding", "name": "nps", "value": 31.5, "headline": "NPS fell", "sentence": "It fell from 34."}
    ledger.publishing(ticket, "ab12", "themes/all/2025-11-03/report.html", record={"run_id": "r1", "findings": [finding], "tiles": []})
    ledger.finish(ticket, "ok", now=NOW + MINUTE, seconds=59.5)
    assert ledger.entries() == [
        Entry(
            1, SLOT, "schedule", "ok", 1, NOW, title="Themes", due=due, ended=NOW + MINUTE, seconds=59.5,
            path="themes/all/2025-11-03/report.html", page_sha256="ab12", run_id="r1", parameters={"weeks": 8},
            figures=(finding,), holder=ME,
        )
    ]  # fmt: skip


def test_a_run_that_failed_after_all_leaves_no_page_in_the_ledger(ledger: Ledger) -> None:
    """A page that could not be put in place is not told as if it were there; the owner's partial notebook is."""
    ticket = begin(ledger)
    ledger.publishing(ticket, "ab12", "themes/report.html")
    ledger.finish(ticket, "failed", now=NOW, message="the disk is full", kept="themes/failed")
    (entry,) = ledger.entries()
    assert (entry.status, entry.message, entry.path, entry.page_sha256, entry.kept) == (
        "failed",
        "the disk is full",
        "",
        "",
        "themes/failed",
    )


def test_runs_come_oldest_first_by_report_and_last(ledger: Ledger) -> None:
    """All, one report's, the newest of them; a report that never ran has none."""
    for n, report in enumerate(["a", "b", "a", "a"]):
        ledger.finish(begin(ledger, Slot(report, "all", datetime(2025, 1, 1 + n))), "ok", now=NOW)
    assert [e.number for e in ledger.entries()] == [1, 2, 3, 4]
    assert [e.number for e in ledger.entries("a", last=2)] == [3, 4]
    assert ledger.entries("c") == []


runs_made = st.lists(
    st.tuples(
        st.sampled_from("ab"), st.sampled_from(["all", "eu"]), st.integers(1, 5),
        st.sampled_from(["ok", "no data", "failed", "lost", "refused", "skipped", "running"]),
    ),
    max_size=25,
)  # fmt: skip


@given(runs_made, st.integers(1, 3))
@settings(max_examples=30)
def test_the_standing_runs_are_those_that_an_overview_needs(made: list[tuple[str, str, int, Status]], last: int) -> None:
    """Of each slice the last good run of its newest good as-ofs, and how the newest as-of came out; found one by one here."""
    with TemporaryDirectory() as folder, closing(Ledger(Path(folder) / "ledger.sqlite")) as ledger:
        for report, name, on, status in made:
            ticket = begin(ledger, Slot(report, name, datetime(2025, 1, on)), trigger="person")
            if status != "running":
                ledger.finish(ticket, status, now=NOW)
        entries, wanted = ledger.entries(), set[int]()
        for key in {(e.slot.report, e.slot.slice_name) for e in entries}:
            own = [e for e in entries if (e.slot.report, e.slot.slice_name) == key and e.status in ("ok", "no data", "failed", "lost")]
            good = {e.slot.as_of: e.number for e in own if e.status in ("ok", "no data")}
            wanted |= {good[as_of] for as_of in sorted(good)[-last:]}
            wanted |= {max(e.number for e in own if e.slot.as_of == max(e.slot.as_of for e in own))} if own else set()
        assert [e.number for e in ledger.standing(last)] == sorted(wanted)


def test_looking_makes_no_file(ledger: Ledger) -> None:
    """Where nothing ran there is no ledger, and asking what ran makes none."""
    assert (ledger.entries(), ledger.owed(), ledger.known().waiting, ledger.entry(1)) == ([], [], (), None)
    assert not ledger.file.parent.exists()


def test_hostile_text_stays_text(ledger: Ledger) -> None:
    """Quotes, NUL, lone surrogates and ten million characters are kept as text, the last cut short."""
    values = {"name": "'); DROP TABLE runs;--", "nul": "a\0b", "lone": "\ud800", "long": "x" * 10_000_000}
    ticket = ledger.begin(replace(SLOT, report="a'b"), trigger="person", now=NOW, holder=ME, title="\ud800'", parameters=values)
    assert ticket
    ledger.finish(ticket, "failed", now=NOW, message="\udfff" + "y" * 1_000_000)
    (entry,) = ledger.entries("a'b")
    assert {k: v for k, v in entry.parameters.items() if k != "long"} == {k: v for k, v in values.items() if k != "long"}
    assert (entry.title, entry.message[:8], len(entry.message) < 3_000, ledger.file.stat().st_size < 100_000) == (
        "\\ud800'",
        "\\udfffyy",
        True,
        True,
    )


def test_times_without_a_zone_are_refused(ledger: Ledger) -> None:
    """An instant must be aware, an as-of must not: neither is guessed."""
    with pytest.raises(ValueError, match="no time zone"):
        begin(ledger, now=NOW.replace(tzinfo=None))
    with pytest.raises(ValueError, match="wall-clock"):
        begin(ledger, replace(SLOT, as_of=NOW))
    assert ledger.entries() == []


# ------------------------------------------------------------------------------------------------------------ slots
def test_a_slot_is_claimed_once(ledger: Ledger) -> None:
    """While it runs, and once it is made or has failed, nobody gets it again; another slice, another as-of are other slots."""
    for status in ("ok", "no data", "failed", "lost"):
        slot = replace(SLOT, slice_name=status.replace(" ", "-"))
        ticket = begin(ledger, slot)
        assert ledger.begin(slot, trigger="schedule", now=NOW, holder=ME) is None
        ledger.finish(ticket, status, now=NOW)
        assert ledger.begin(slot, trigger="schedule", now=NOW + 9 * DAY, holder=ME) is None
    assert ledger.begin(replace(SLOT, as_of=SLOT.as_of + DAY), trigger="schedule", now=NOW, holder=ME)


def test_a_persons_runs_claim_nothing(ledger: Ledger) -> None:
    """A person may run what a schedule has made, as often as they like, and takes no slot from it."""
    first, second = (begin(ledger, trigger="person") for _ in range(2))
    scheduled = begin(ledger)
    assert (first.number, second.number, scheduled.number, scheduled.attempt) == (1, 2, 3, 1)
    assert ledger.known().running == {("themes", "all")}


def test_a_backfill_takes_what_was_not_made(ledger: Ledger) -> None:
    """Failed, lost, refused and skipped slots are made by a backfill; what is made or runs is left alone."""
    passed = [Passed(replace(SLOT, slice_name=status), NOW, status, "so") for status in ("refused", "skipped")]  # type: ignore[arg-type]
    assert ledger.note("themes", was=None, upto=SLOT.as_of, waiting=[], passed=passed, now=NOW)
    for status in ("failed", "lost", "ok"):
        ledger.finish(begin(ledger, replace(SLOT, slice_name=status)), status, now=NOW)
    begin(ledger, replace(SLOT, slice_name="running"))
    names = ("refused", "skipped", "failed", "lost", "ok", "running")
    got = {name: ledger.begin(replace(SLOT, slice_name=name), trigger="backfill", now=NOW, holder=ME) for name in names}
    assert {name: ticket and ticket.attempt for name, ticket in got.items()} == {
        "refused": 1, "skipped": 1, "failed": 2, "lost": 2, "ok": None, "running": None,
    }  # fmt: skip


CLAIMS = """
import sys
from datetime import *
from pathlib import Path
from prodops.reports import holders
from prodops.reports.ledger import Ledger, Slot
from prodops.reports.ledger.database import Database
now, ledger = datetime(2025, 11, 3, tzinfo=UTC), Ledger(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for n in range(40):
    ticket = ledger.begin(Slot("themes", f"s{n}", datetime(2025, 11, 3)), trigger="schedule", now=now, holder=holders.here())
    if ticket:
        ledger.finish(ticket, "ok", now=now)
        print(n, flush=True)
"""


def child(code: str, *arguments: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_processes_that_begin_at_once_share_the_slots(ledger: Ledger) -> None:
    """Four processes, let go at one moment on a ledger that is not there yet, claim forty slots: each is made once."""
    racing = [child(CLAIMS, ledger.file) for _ in range(4)]
    for process in racing:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in racing:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [process.communicate(timeout=60)[0].split() for process in racing]
    assert [process.returncode for process in racing] == [0] * 4
    assert sorted(int(n) for each in told for n in each) == list(range(40))
    assert sorted((e.slot.slice_name, e.status) for e in ledger.entries()) == sorted((f"s{n}", "ok") for n in range(40))


# ----------------------------------------------------------------------------------------------------- killed ones
WORK = """
import sys
from datetime import *
from pathlib import Path
from prodops.reports import holders
from prodops.reports.ledger import Ledger, Slot
from prodops.reports.ledger.database import Database
now, ledger, until = datetime(2025, 11, 3, tzinfo=UTC), Ledger(Path(sys.argv[1])), sys.argv[2]
n = 0
while True:
    n += 1
    ticket = ledger.begin(Slot("themes", f"s{n}", datetime(2025, 11, 3)), trigger="schedule", now=now, holder=holders.here())
    if until == "begun":
        print(n, flush=True)
        sys.stdin.read()
    ledger.publishing(ticket, sys.argv[3], "page.html", record={"run_id": "r1"}, owes=["mail"])
    if until == "publishing":
        print(n, flush=True)
        sys.stdin.read()
    ledger.finish(ticket, "ok", now=now)
    print(n, flush=True)
"""


@contextmanager
def killed(ledger: Ledger, until: str, page: str = "", lines: int = 1) -> Iterator[list[str]]:
    """Have another process work on the ledger and kill it once it has said so many lines; gives all that it said."""
    process = child(WORK, ledger.file, until, hashlib.sha256(page.encode()).hexdigest())
    assert process.stdout
    said = [process.stdout.readline() for _ in range(lines)]
    process.send_signal(signal.SIGKILL)
    said += process.communicate(timeout=30)[0].splitlines(keepends=True)
    yield said


def test_a_process_killed_in_its_run_is_found(ledger: Ledger) -> None:
    """Its run is lost, says so, and stands no more in its slice's way; a second look finds nothing."""
    with killed(ledger, "begun"):
        (entry,) = recover(ledger)
    assert (entry.status, entry.message, entry.path, entry.retry_at) == (
        "lost", "The process that made this report was gone before it was done.", "", None,
    )  # fmt: skip
    assert (recover(ledger), ledger.known().running) == ([], frozenset())


@pytest.mark.parametrize(("there", "status", "owed"), [("the page", "ok", 1), ("an older page", "lost", 0), (None, "lost", 0)])
def test_a_process_killed_as_it_put_its_page_in_place(ledger: Ledger, there: str | None, status: str, owed: int) -> None:
    """The very page in place: the run is finished, with its figures and deliveries. Another page, or none: it is lost, and owes none."""
    with killed(ledger, "publishing", page="the page"):
        if there is not None:
            (ledger.file.parent / "page.html").write_text(there)
        (entry,) = ledger.recover(now=NOW, placed=page_in(ledger.file.parent), retries=lambda s: 0, backoff=lambda s, n: 0)
    assert (entry.status, entry.run_id, len(ledger.owed())) == (status, "r1", owed)


def test_a_kill_at_any_moment_leaves_a_whole_ledger(ledger: Ledger) -> None:
    """Of a process that was killed in the middle of writing, all that it said was finished is, and at most one run is lost."""
    for lines in (1, 7, 20):
        with killed(ledger, "never", lines=lines) as said:
            recover(ledger)
        with closing(sqlite3.connect(ledger.file)) as file:
            assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        made = [e for e in ledger.entries() if e.status == "ok"]
        assert len(made) >= len([line for line in said if line.endswith("\n")])
        assert {e.status for e in ledger.entries()} <= {"ok", "lost"}
        ledger.close()
        for file_ in ledger.file.parent.iterdir():
            file_.unlink()


def test_a_number_given_again_is_no_sign_of_life(ledger: Ledger) -> None:
    """A process that has the number of one that is gone, but started at another moment, does not hold its runs."""
    begin(ledger, holder=replace(ME, started=ME.started + "1"))
    begin(ledger, replace(SLOT, slice_name="mine"))
    assert [e.slot.slice_name for e in recover(ledger)] == ["all"]


def test_a_process_of_another_host_lives_as_long_as_it_says_so(ledger: Ledger) -> None:
    """What cannot be looked up here counts as gone only when its heartbeat is older than the stated time; so does another boot."""
    far = [replace(ME, host="elsewhere"), replace(ME, started="another-boot pid:[1] 77")]
    for n, holder in enumerate(far):
        begin(ledger, replace(SLOT, slice_name=f"s{n}"), holder=holder)
    assert recover(ledger, NOW + holders.SILENT) == []
    ledger.beat(far[0], NOW + 8 * MINUTE)
    assert [e.slot.slice_name for e in recover(ledger, NOW + holders.SILENT + SECOND)] == ["s1"]
    assert [e.slot.slice_name for e in recover(ledger, NOW + 8 * MINUTE + holders.SILENT + SECOND)] == ["s0"]


def test_a_zombie_is_gone() -> None:
    """A process that ended and that nobody has waited for answers for nothing."""
    process = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    holder = replace(ME, pid=process.pid, started=" ".join([ME.started.rpartition(" ")[0], holders._started(process.pid)]))
    assert holders.alive(holder) is True
    handle = os.pidfd_open(process.pid)
    try:
        process.kill()
        os.waitid(os.P_PIDFD, handle, os.WEXITED | os.WNOWAIT)
        assert holders.alive(holder) is False
    finally:
        os.close(handle)
        process.communicate()


def test_a_run_taken_for_lost_is_refused_its_page_and_its_end(ledger: Ledger) -> None:
    """A process that was silent too long must not put its page over another's."""
    ticket = begin(ledger, holder=replace(ME, host="elsewhere"))
    recover(ledger, NOW + DAY)
    with pytest.raises(Gone, match=r'themes: this run \(1\) is "lost" in the ledger'):
        ledger.publishing(ticket, "ab12", "themes/report.html")
    with pytest.raises(Gone):
        ledger.finish(ticket, "ok", now=NOW + DAY)
    assert [e.status for e in ledger.entries()] == ["lost"]


def test_a_lost_slot_opens_again_with_backoff_and_not_for_ever(ledger: Ledger) -> None:
    """Two retries: after 30 s, after 60 s, then no more. Until then nobody gets it, and it waits in the agenda."""
    now, waits = NOW, []
    for attempt in (1, 2, 3):
        ticket = begin(ledger, now=now, holder=GONE)
        assert ticket.attempt == attempt
        (entry,) = recover(ledger, now, retries=2)
        if entry.retry_at is None:
            break
        waits.append((entry.retry_at - now) / SECOND)
        assert ledger.begin(SLOT, trigger="schedule", now=entry.retry_at - SECOND, holder=ME) is None
        assert ledger.known().waiting == [Waiting(SLOT, now, entry.retry_at)]
        now = entry.retry_at
    assert waits == [30, 60]
    assert (ledger.begin(SLOT, trigger="schedule", now=now + DAY, holder=ME), ledger.known().waiting) == (None, [])
    assert [(e.attempt, e.status) for e in ledger.entries()] == [(1, "lost"), (2, "lost"), (3, "lost")]


def test_a_persons_lost_run_is_not_made_again(ledger: Ledger) -> None:
    """Whoever asked for it asks again, or not."""
    begin(ledger, trigger="person", holder=GONE)
    assert [(e.status, e.retry_at) for e in recover(ledger, retries=5)] == [("lost", None)]


def test_a_run_ended_in_good_order_gives_its_slot_back(ledger: Ledger) -> None:
    """Finished as lost with a time to retry: the slot is open from then on, once."""
    ledger.finish(begin(ledger), "lost", now=NOW, message="The scheduler was asked to end.", retry_at=NOW)
    assert begin(ledger).attempt == 2
    assert ledger.begin(SLOT, trigger="schedule", now=NOW, holder=ME) is None


def test_backoff_doubles_up_to_a_day() -> None:
    """Half a minute, a minute, … a day at most; and only so often."""
    assert [pause(n, 30 * SECOND) for n in (1, 2, 3, 12, 400)] == [30, 60, 120, 1_920, 1_920]
    assert pause(7, timedelta(hours=2)) == 86_400
    assert [retry_at(NOW, attempt=n, retries=2, backoff=MINUTE) for n in (1, 2, 3)] == [NOW + MINUTE, NOW + 2 * MINUTE, None]


# ---------------------------------------------------------------------------------------------------------- agenda
def test_what_fell_due_is_noted_by_one_scheduler(ledger: Ledger) -> None:
    """Of two that saw the same state the second changes nothing; what was claimed meanwhile does not wait again."""
    other = Ledger(ledger.file)
    tomorrow = replace(SLOT, as_of=SLOT.as_of + DAY)
    assert ledger.note("themes", was=None, upto=SLOT.as_of, waiting=[Waiting(SLOT, NOW)], passed=[], now=NOW)
    assert not other.note("themes", was=None, upto=SLOT.as_of, waiting=[Waiting(SLOT, NOW)], passed=[], now=NOW)
    begin(ledger)
    waiting = [Waiting(SLOT, NOW), Waiting(tomorrow, NOW + DAY)]
    assert other.note("themes", was=SLOT.as_of, upto=tomorrow.as_of, waiting=waiting, passed=[], now=NOW + DAY)
    assert not ledger.note("themes", was=SLOT.as_of, upto=tomorrow.as_of, waiting=waiting, passed=[], now=NOW + DAY)
    known = ledger.known()
    assert (known.noted, known.waiting, known.running) == (
        {"themes": tomorrow.as_of}, [Waiting(tomorrow, NOW + DAY)], {("themes", "all")},
    )  # fmt: skip
    other.close()


def test_what_will_not_be_made_is_told(ledger: Ledger) -> None:
    """Skipped and refused slots stand in the ledger with the reason, and are never claimed by a schedule."""
    ledger.note("themes", was=None, upto=SLOT.as_of, waiting=[], passed=[Passed(SLOT, NOW - DAY, "skipped", "Nothing ran.")], now=NOW)
    (entry,) = ledger.entries()
    assert (entry.status, entry.message, entry.due, entry.attempt, entry.holder) == ("skipped", "Nothing ran.", NOW - DAY, 0, None)
    assert ledger.begin(SLOT, trigger="schedule", now=NOW, holder=ME) is None


def test_a_slot_given_up_has_failed_once(ledger: Ledger) -> None:
    """What waited in vain fails with its reason and its deliveries; once it is claimed, or given up, it waits no more."""
    ledger.note("themes", was=None, upto=SLOT.as_of, waiting=[Waiting(SLOT, NOW)], passed=[], now=NOW)
    assert ledger.give_up(SLOT, due=NOW, message="No rows.", now=NOW + DAY, owes=["mail"])
    assert not ledger.give_up(SLOT, due=NOW, message="No rows.", now=NOW + DAY)
    assert [(e.status, e.message, e.due) for e in ledger.entries()] == [("failed", "No rows.", NOW)]
    assert (len(ledger.owed()), ledger.begin(SLOT, trigger="schedule", now=NOW, holder=ME)) == (1, None)


# ------------------------------------------------------------------------------------------------------ deliveries
def test_deliveries_are_remembered(ledger: Ledger) -> None:
    """Owed with the end of the run, tried again from the time said, made once, given up for good."""
    ticket = begin(ledger)
    ledger.finish(ticket, "ok", now=NOW, owes=["mail", "chat", "mail"])
    assert ledger.owed() == [(ticket, "chat", 0), (ticket, "mail", 0)]
    ledger.delivered(ticket, "chat", now=NOW)
    ledger.undelivered(ticket, "mail", "no answer", now=NOW, retry_at=NOW + MINUTE)
    assert (ledger.owed(NOW), ledger.owed(NOW + MINUTE), ledger.owed()) == ([], [(ticket, "mail", 1)], [(ticket, "mail", 1)])
    ledger.undelivered(ticket, "mail", "refused", now=NOW, final=True)
    ledger.undelivered(ticket, "chat", "too late to say so", now=NOW)
    assert ledger.owed() == []
    assert ledger.deliveries(ticket) == [("chat", "made", 1, ""), ("mail", "given up", 2, "refused")]


def test_a_delivery_is_made_by_one_process(ledger: Ledger) -> None:
    """Who takes it has it; of a process that was killed with it, it is owed again."""
    ticket = begin(ledger)
    ledger.finish(ticket, "ok", now=NOW, owes=["mail"])
    assert ledger.take(ticket, "mail", holder=GONE, now=NOW)
    assert not ledger.take(ticket, "mail", holder=ME, now=NOW)
    assert ledger.owed() == []
    recover(ledger)
    assert ledger.owed() == [(ticket, "mail", 1)]
    assert ledger.take(ticket, "mail", holder=ME, now=NOW)
    recover(ledger)
    assert ledger.owed() == []
    ledger.delivered(ticket, "mail", now=NOW)
    assert ledger.deliveries(ticket) == [("mail", "made", 2, "")]


def test_a_lost_run_owes_what_is_said_of_failures(ledger: Ledger) -> None:
    """Its recipients hear of it, though no process was left to tell them; not of one that is made again."""
    ticket = begin(ledger, holder=GONE)
    again = begin(ledger, replace(SLOT, slice_name="again"), holder=GONE)
    retries = {ticket.slot: 0, again.slot: 1}
    ledger.recover(
        now=NOW, placed=lambda e: False, retries=retries.__getitem__, backoff=lambda s, n: 0, owes=lambda e: [f"{e.slot.report}-owner"]
    )
    assert ledger.owed() == [(ticket, "themes-owner", 0)]


# --------------------------------------------------------------------------------------------------------- its file
def test_a_damaged_file_is_one_line(ledger: Ledger) -> None:
    """It names the file and the next step; once it is moved away a new ledger is begun, by those that run too."""
    begin(ledger)
    ledger.close()
    ledger.file.write_bytes(b"no database at all, but long enough to be looked at " * 100)
    with pytest.raises(RunError, match=r"ledger\.sqlite: this file is damaged .*; move it away and a new one is begun\.$") as fault:
        ledger.entries()
    assert "\n" not in str(fault.value)
    ledger.file.rename(ledger.file.with_suffix(".damaged"))
    assert begin(ledger).number == 1


def test_a_ledger_moved_away_is_begun_anew(ledger: Ledger) -> None:
    """A process that has it open writes where others look, not into a file that nobody finds."""
    begin(ledger)
    for file in ledger.file.parent.iterdir():
        file.rename(file.with_name(f"old-{file.name}"))
    begin(ledger)
    with closing(Ledger(ledger.file)) as other:
        assert len(other.entries()) == 1


def test_a_newer_ledger_is_left_alone(ledger: Ledger) -> None:
    """What a later version wrote is neither read wrongly nor changed."""
    begin(ledger)
    ledger.close()
    with closing(sqlite3.connect(ledger.file)) as file:
        file.execute("PRAGMA user_version = 99")
    before = ledger.file.read_bytes()
    with pytest.raises(RunError, match=r"a newer prodops wrote this file \(version 99, this one knows \d+\); update prodops\.$"):
        ledger.entries()
    assert ledger.file.read_bytes() == before


def test_another_programs_data_is_left_alone(ledger: Ledger) -> None:
    """A file that is in our place but not ours gets no tables of ours."""
    ledger.file.parent.mkdir()
    with closing(sqlite3.connect(ledger.file)) as file:
        file.execute("CREATE TABLE theirs (x)")
    with pytest.raises(RunError, match="another program's data"):
        begin(ledger)
    with closing(sqlite3.connect(ledger.file)) as file:
        assert file.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    """A file where the folder should be."""
    (tmp_path / "reports").write_text("")
    with pytest.raises(RunError, match=r"ledger\.sqlite: cannot be read or written \(.*\); what it holds is unchanged\.$"):
        begin(Ledger(tmp_path / "reports" / "ledger.sqlite"))


FULL = """
import resource, signal, sys
from datetime import *
from pathlib import Path
from prodops.errors import RunError
from prodops.reports import holders
from prodops.reports.ledger import Ledger, Slot
from prodops.reports.ledger.database import Database
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
ledger, now, n = Ledger(Path(sys.argv[1])), datetime(2025, 11, 3, tzinfo=UTC), 0
ledger.beat(holders.here(), now)
size = 1_000_000
resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
try:
    while True:
        ticket = ledger.begin(Slot("themes", f"s{n}", datetime(2025, 11, 3)), trigger="schedule", now=now, holder=holders.here())
        ledger.finish(ticket, "ok", now=now, message="x" * 1000)
        n += 1
except RunError as fault:
    print(n, fault)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
again = ledger.begin(Slot("themes", "again", datetime(2025, 11, 3)), trigger="schedule", now=now, holder=holders.here())
print(again is not None)
"""


def test_a_file_that_may_not_grow_stays_whole(ledger: Ledger) -> None:
    """Where the system lets nothing more be written: one line, all that was finished still there, and it goes on once there is room."""
    told = child(FULL, ledger.file).communicate(timeout=60)[0].splitlines()
    count, line = told[0].split(" ", 1)
    assert "ledger.sqlite: cannot be read or written (" in line
    assert told[1:] == ["True"]
    with closing(sqlite3.connect(ledger.file)) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert len([e for e in ledger.entries() if e.status == "ok"]) == int(count) > 20


def test_a_forked_process_opens_the_ledger_for_itself(ledger: Ledger) -> None:
    """A child uses no connection of its parent's; both go on."""
    begin(ledger)
    pid = os.fork()
    if not pid:
        begin(ledger, replace(SLOT, slice_name="child"))
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    begin(ledger, replace(SLOT, slice_name="parent"))
    assert [e.slot.slice_name for e in ledger.entries()] == ["all", "child", "parent"]


def test_an_interrupted_transaction_is_taken_back(ledger: Ledger) -> None:
    """Whatever ends it, Ctrl-C too: nothing of it is kept, and the next one goes on."""

    def interrupted() -> None:
        with ledger._file.writing() as sql:
            sql.execute("INSERT INTO noted VALUES ('a', 'b', 'c')")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert ledger.known().noted == {}
    begin(ledger)


def test_an_older_file_is_brought_up_to_date(tmp_path: Path) -> None:
    """Each step that a file lacks is taken once, in one transaction, and what it holds stays."""
    steps = ["CREATE TABLE a (x TEXT) STRICT", "ALTER TABLE a ADD COLUMN y TEXT; CREATE TABLE b (z TEXT) STRICT"]
    with closing(Database(tmp_path / "file", steps[:1], 7)) as old, old.writing() as sql:
        sql.execute("INSERT INTO a VALUES ('kept')")
    with closing(Database(tmp_path / "file", steps, 7)) as new:
        for _ in range(2):
            with new.reading() as read:
                assert read
                assert read.execute("SELECT * FROM a").fetchall() == [("kept", None)]
            new.close()


# ------------------------------------------------------------------------------------------------------ what was published
def published(ledger: Ledger, as_of: datetime, sha256: str, *, ended: datetime = NOW, status: Status = "ok", name: str = "KPIs") -> Ticket:
    """Make a run that publishes one thing."""
    ticket = begin(ledger, replace(SLOT, as_of=as_of), trigger="person")
    ledger.finish(ticket, status, now=ended, record={"published": [{"kind": "published", "name": name, "sha256": sha256, "rows": 3}]})
    return ticket


def test_what_runs_published_is_kept_in_order(ledger: Ledger) -> None:
    """A run is told what good runs of its report and slice for earlier as-ofs published, oldest first, each making of one as-of."""
    published(ledger, datetime(2025, 10, 27), "b")
    published(ledger, datetime(2025, 10, 20), "a")
    published(ledger, datetime(2025, 10, 20), "a2")
    published(ledger, SLOT.as_of, "own as-of")
    published(ledger, datetime(2025, 10, 13), "failed", status="failed")
    other = begin(ledger, replace(SLOT, slice_name="emea", as_of=datetime(2025, 10, 13)), trigger="person")
    ledger.finish(other, "ok", now=NOW, record={"published": [{"name": "KPIs", "sha256": "other slice"}]})
    found = ledger.published(SLOT, NOW + SECOND)
    assert found == [("2025-10-20T00:00:00", "KPIs", "a"), ("2025-10-20T00:00:00", "KPIs", "a2"), ("2025-10-27T00:00:00", "KPIs", "b")]
    assert ledger.kept() == ["a", "a2", "b", "other slice", "own as-of"]


def test_only_what_was_published_before_an_instant_is_told(ledger: Ledger) -> None:
    """What ends later, as the other slots of one backfill, is not told: which of them is quicker makes no difference."""
    published(ledger, datetime(2025, 10, 20), "early", ended=NOW - MINUTE)
    published(ledger, datetime(2025, 10, 27), "at the same time", ended=NOW)
    assert [sha256 for *_, sha256 in ledger.published(SLOT, NOW)] == ["early"]


def test_what_a_killed_run_published_counts_once_it_is_found_done(ledger: Ledger) -> None:
    """Killed after its page was placed: recovered as done, with what it published; killed before, it published nothing."""
    record = {"published": [{"name": "KPIs", "sha256": "ab"}]}
    for as_of, placed in ((datetime(2025, 10, 20), True), (datetime(2025, 10, 27), False)):
        ticket = begin(ledger, replace(SLOT, as_of=as_of), holder=GONE)
        ledger.publishing(ticket, "f" * 64, "page.html", record=record)
        recover(ledger, placed=placed)
    assert ledger.published(SLOT, NOW + DAY) == [("2025-10-20T00:00:00", "KPIs", "ab")]


def test_a_ledger_of_before_gains_what_is_published(tmp_path: Path) -> None:
    """A file of the first schema is brought to the second with all that it holds."""
    file = tmp_path / "ledger.sqlite"
    with closing(Ledger(file)) as old:
        old._file = Database(file, [tables.SCHEMA], tables.MARK)
        begin(old)
    with closing(Ledger(file)) as new:
        assert new.published(SLOT, NOW) == []
        assert len(new.entries()) == 1
        published(new, datetime(2025, 10, 20), "a")
        assert new.kept() == ["a"]
