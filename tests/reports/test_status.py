"""True status: whatever happens to a run, the ledger, the folders and the outcome say so, and say the same."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from prodops.errors import RunError
from prodops.reports import holders, press
from prodops.reports.engine import Limits
from prodops.reports.ledger import Entry, Slot, Ticket, page_in
from tests.reports.small_project import WORKER, Project, is_gone, now

PAGE = "tick/all/2025-11-03/report.html"


def make(project: Project, *runs: press.Run, **more: object) -> list[press.Outcome]:
    """Make runs with cold kernels, and write them down."""
    settings = {"environ": os.environ, "now": now, "ledger": project.ledger, "limits": Limits(cell=60), "cold": True} | more
    return press.run(runs, workspace=project.workspace, jobs=2, **settings)  # type: ignore[arg-type]


def told(project: Project) -> list[tuple[str, int, str]]:
    """Give what the ledger says: status, attempt and message of each run."""
    return [(entry.status, entry.attempt, entry.message) for entry in project.ledger.entries()]


def recover(project: Project) -> list[Entry]:
    """Have the ledger settle what killed presses left."""
    placed = page_in(project.root / "reports")
    return project.ledger.recover(now=now(), placed=placed, retries=lambda slot: 0, backoff=lambda slot, attempt: 0)


def first_time(project: Project, code: str) -> str:
    """Write code for a cell that does something the first time only."""
    mark = project.root / "mark"
    return f"import os, signal, time\nif not os.path.exists({str(mark)!r}):\n    open({str(mark)!r}, 'w').close()\n    {code}"


# ----------------------------------------------------------------------------------------------------------- one run ends
@pytest.mark.parametrize(
    ("cell", "settings", "said", "attempts"),
    [
        ("1/0", "retries: 2\nbackoff: 0s", "Cell 2 (1/0) raised ZeroDivisionError: division by zero", 1),
        ("import sys; sys.exit(0)", "retries: 2\nbackoff: 0s", "left the notebook with sys.exit(0)", 1),
        ("import time; time.sleep(60)", "retries: 2\nbackoff: 0s\nlimits: {cell: 1s}", "took longer than 1 s, the limit for a cell", 1),
        ("import time; time.sleep(60)", "retries: 2\nbackoff: 0s\nlimits: {run: 2s}", "The run took longer than 2 s", 1),
        ("x = [0] * 10**9", "retries: 2\nbackoff: 0s\nlimits: {memory_gb: 0.5}", "used more than 500 MB of memory", 1),
        ("import os; os.kill(os.getpid(), 9)", "retries: 1\nbackoff: 0s", "The kernel was killed (SIGKILL", 2),
    ],
    ids=["exception", "exit", "cell", "run", "memory", "killed"],
)
def test_each_fault_is_said_and_only_the_machines_are_tried_again(
    project: Project, cell: str, settings: str, said: str, attempts: int
) -> None:
    """Outcome, ledger and record say the same; the partial notebook is kept; a fault of the notebook or a limit is never retried."""
    project.add("tick", cell, settings=settings + "\n")
    (outcome,) = make(project, project.run("tick"))
    assert (outcome.status, outcome.path, outcome.infrastructure) == ("failed", None, attempts > 1)
    assert said in outcome.message
    assert told(project) == [("failed", n, outcome.message) for n in range(1, attempts + 1)]
    kept = project.root / "reports" / project.ledger.entries()[-1].kept
    assert json.loads((kept / "record.json").read_text())["message"] == outcome.message
    assert ["failed" in c["metadata"] for c in json.loads((kept / "notebook.ipynb").read_text())["cells"]].count(True) == 1


@pytest.mark.parametrize("code", ["os.kill(os.getpid(), 9)", "os.kill(worker, 9); time.sleep(60)"], ids=["kernel", "worker"])
def test_a_run_that_was_killed_from_outside_is_made_again(project: Project, code: str) -> None:
    """As often as its report says; a good run leaves nothing of the earlier attempt but its line in the ledger."""
    project.add("tick", WORKER + first_time(project, code), settings="retries: 1\nbackoff: 0s\n")
    (outcome,) = make(project, project.run("tick"))
    assert (outcome.status, outcome.message) == ("ok", "")
    assert [(status, attempt) for status, attempt, _ in told(project)] == [("failed", 1), ("ok", 2)]
    assert not (project.root / "reports/tick/all/2025-11-03/failed").exists()


def test_failing_slices_stop_no_other(project: Project) -> None:
    """All the others are right, each failing one is named, and one display tells of all."""
    numbers = list(range(1, 13))
    settings = f"matrix: {{number: {numbers}}}\n"
    project.add("tick", "assert number % 4, f'set {number}'", "print('twice', number * 2)", parameters="number: int = 0", settings=settings)
    seen: list[press.State] = []
    outcomes = make(project, *project.runs("tick"), progress=seen.append)
    bad = [n for n in numbers if n % 4 == 0]
    assert [o.slice_name for o in outcomes] == [f"number-{n}" for n in numbers]
    assert [o.message.rpartition("AssertionError: ")[2] for o in outcomes if o.status == "failed"] == [f"set {n}" for n in bad]
    for number, outcome in zip(numbers, outcomes, strict=True):
        assert (outcome.path is None) == (number in bad)
        assert outcome.path is None or f"twice {number * 2}" in (outcome.path.parent / "notebook.ipynb").read_text()
    assert seen[-1] == press.State(len(numbers) - len(bad), len(bad), {}, 0)
    assert [state.done + state.failed + len(state.running) + state.waiting for state in seen] == [len(numbers)] * len(seen)


def test_a_display_that_nobody_reads_any_more_stops_nothing(project: Project) -> None:
    """A closed terminal or pipe: the runs go on."""

    def closed(state: press.State) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    project.add("tick", "1")
    assert [o.status for o in make(project, project.run("tick"), progress=closed)] == ["ok"]


# ------------------------------------------------------------------------------------------------------ the press is ended
SCRIPT = """
import os, signal, sys
from pathlib import Path
from prodops.reports import press, publish
from prodops.reports.ledger import FILE, Ledger
from tests.reports.small_project import Project, now
moment, number = sys.argv[2], int(sys.argv[3])
def hit(at):
    if at == moment:
        os.kill(os.getpid(), number)
class Watched(Ledger):
    def begin(self, *a, **k):
        ticket = super().begin(*a, **k); hit("begun"); return ticket
    def publishing(self, *a, **k):
        hit("made"); super().publishing(*a, **k); hit("noted")
    def finish(self, *a, **k):
        hit("placed"); super().finish(*a, **k); hit("finished")
if __name__ == "__main__":
    project = Project(Path(sys.argv[1]))
    ledger = Watched(project.root / "reports" / FILE)
    try:
        press.run([project.run("tick")], workspace=project.workspace, environ=os.environ, now=now, cold=True, ledger=ledger)
    except KeyboardInterrupt:
        sys.exit(130)
"""


def end_at(project: Project, tmp_path: Path, moment: str, number: int) -> int:
    """Run a report in a process of its own that gets a signal at a moment of its work; gives the exit code."""
    (tmp_path / "script.py").write_text(SCRIPT)
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, str(tmp_path / "script.py"), str(project.root), moment, str(number)]
    done = subprocess.run(command, env=environ, stderr=subprocess.PIPE, text=True, timeout=120, check=False)
    assert done.stderr == ""
    return done.returncode


@pytest.mark.parametrize(
    ("moment", "status"), [("begun", "lost"), ("made", "lost"), ("noted", "lost"), ("placed", "ok"), ("finished", "ok")]
)
def test_a_press_killed_at_any_moment_leaves_the_truth_to_be_found(project: Project, tmp_path: Path, moment: str, status: str) -> None:
    """A page in place is a run that is done, no page is a run that is lost, and the readers' page is whole or the one before."""
    project.add("tick", "'one'")
    page = project.root / "reports" / PAGE
    make(project, project.run("tick"))
    before = page.read_bytes()
    project.add("tick", "'two'")
    assert end_at(project, tmp_path, moment, signal.SIGKILL) == -signal.SIGKILL
    recover(project)
    assert [entry.status for entry in project.ledger.entries()] == ["ok", status]
    assert (page.read_bytes() != before) == (status == "ok")
    if status == "ok":
        assert project.ledger.entries()[-1].page_sha256 == hashlib.sha256(page.read_bytes()).hexdigest()
    assert [o.status for o in make(project, project.run("tick"))] == ["ok"]  # the same command works again, and clears up
    assert [p.name for p in page.parents[2].parent.iterdir() if p.name.startswith(".")] == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("moment", ["made", "noted", "placed"])
def test_a_signal_between_page_and_ledger_waits_for_both(project: Project, tmp_path: Path, moment: str, number: signal.Signals) -> None:
    """A press that is asked to end while it puts a page in place does that first: the ledger says ok, and the page is there."""
    project.add("tick", "1")
    assert end_at(project, tmp_path, moment, number) == 128 + number
    (entry,) = project.ledger.entries()
    digest = hashlib.sha256((project.root / "reports" / PAGE).read_bytes()).hexdigest()
    assert (entry.status, entry.path, entry.page_sha256) == ("ok", PAGE, digest)


def test_a_claimed_slot_opens_again_as_its_report_says_and_at_once_after_a_stop(project: Project) -> None:
    """A scheduled run that was killed is due again after its backoff, twice as long each time; one that was stopped is due now."""
    project.add("tick", "import os; os.kill(os.getpid(), 9)", settings="retries: 1\nbackoff: 10s\n")
    project.add("long", f"import time; open({str(project.root / 'mark')!r}, 'w').close(); time.sleep(60)")
    ledger = project.ledger

    def claim(name: str, later: float = 0) -> Ticket:
        at = now() + timedelta(seconds=later)
        ticket = ledger.begin(Slot(name, "all", project.run(name).as_of), trigger="schedule", now=at, holder=holders.here())
        assert ticket is not None
        return ticket

    def work() -> None:
        with press.Press(workspace=project.workspace, environ=os.environ, ledger=ledger, now=now, cold=True) as at_work:
            for later in (0, 10):
                at_work.start(project.run("tick"), claim("tick", later))
                assert [o.infrastructure for o in at_work.wait()] == [True]
            at_work.start(project.run("long"), claim("long"))
            while not (project.root / "mark").exists():
                at_work.wait(0.1)
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(SystemExit, match="143"):
        work()
    assert [(e.slot.report, e.status, e.attempt, e.retry_at) for e in ledger.entries()] == [
        ("tick", "failed", 1, None),  # its second attempt was made
        ("tick", "failed", 2, None),
        ("long", "failed", 1, now()),
    ]
    assert ledger.entries()[-1].message == "The run was stopped by SIGTERM in cell 2."


# ------------------------------------------------------------------------------------------------------------ a full disk
@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Give a disk of 6 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "none", str(place)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a disk of one's own takes root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(disk: Path) -> None:
    """Leave no byte of a disk."""
    with open(disk / "filler", "ab", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(b"0" * size)
            except OSError:
                continue


@pytest.fixture
def small(disk: Path) -> Project:
    """Give a project on a small disk."""
    made = Project(disk / "project")
    made.folder.mkdir(parents=True)
    (made.root / "notebooks").mkdir()
    (made.root / "params/workspace.yaml").write_text("time_zone: UTC\n")
    return made


FILL = "import os\ntry:\n    with open({!r}, 'ab', buffering=0) as file:\n        while file.write(bytes(4096)): pass\nexcept OSError: pass"


def test_a_disk_that_is_full_before_is_refused_at_once(small: Project, disk: Path) -> None:
    """Nothing starts; one line says which place and why; with room again the same command works."""
    small.add("tick", "1")
    fill(disk)
    with pytest.raises(RunError, match=r"cannot be (written|read or written) \((no space left on device|database or disk is full)"):
        make(small, small.run("tick"))
    (disk / "filler").unlink()
    assert [o.status for o in make(small, small.run("tick"))] == ["ok"]


def test_a_disk_that_fills_up_during_a_run_fails_it_and_readers_keep_their_page(small: Project, disk: Path) -> None:
    """No page is half there, the earlier one stays; what the ledger could not be told is said, and told as soon as there is room."""
    small.add("tick", "'one'")
    make(small, small.run("tick"))
    before = (small.root / "reports" / PAGE).read_bytes()
    small.add("tick", FILL.format(str(disk / "filler")))

    def clear(state: press.State) -> None:
        if state.failed:
            (disk / "filler").unlink(missing_ok=True)

    (outcome,) = make(small, small.run("tick"), progress=clear)
    assert (outcome.status, outcome.path, outcome.infrastructure) == ("failed", None, True)
    assert "no space left on device" in outcome.message
    assert (small.root / "reports" / PAGE).read_bytes() == before
    assert [status for status, *_ in told(small)] == ["ok", "failed"]
    assert [p.name for p in (small.root / "reports").iterdir() if p.name.startswith(".")] == []


def test_a_ledger_that_cannot_be_told_of_a_page_leaves_the_page_before(small: Project, disk: Path) -> None:
    """No room for the note that comes before a page: the page is not put in place, and the run has failed."""
    small.add("tick", "'one'")

    def no_room(run: press.Run, outcome: press.Outcome) -> Sequence[str]:
        fill(disk)
        return ()

    with press.Press(workspace=small.workspace, environ=os.environ, ledger=small.ledger, now=now, cold=True, owes=no_room) as at_work:
        at_work.start(small.run("tick"))
        (outcome,) = at_work.wait()
        (disk / "filler").unlink()
    assert (outcome.status, outcome.path, outcome.infrastructure) == ("failed", None, True)
    assert "ledger.sqlite: cannot be read or written" in outcome.message
    assert not (small.root / "reports" / PAGE).exists()
    assert [status for status, *_ in told(small)] == ["failed"]


def test_a_page_that_cannot_be_carried_to_a_full_disk_is_not_there(project: Project, disk: Path) -> None:
    """With --out on another disk that is full: nothing of the report lies there, and the ledger says that it failed."""
    project.add("tick", FILL.format(str(disk / "filler")))
    (outcome,) = make(project, project.run("tick"), out=disk / "out")
    assert (outcome.status, outcome.path) == ("failed", None)
    assert outcome.message.startswith(f"{disk / 'out/tick/all/2025-11-03'}: cannot be written (no space left on device)")
    assert [p for p in (disk / "out").rglob("*") if p.is_file()] == []
    assert [status for status, *_ in told(project)] == ["failed"]


def test_results_on_another_disk_are_whole_and_in_the_ledger(project: Project, disk: Path) -> None:
    """Where no rename leads, files are carried beside their place first; the ledger names a page outside by its whole path."""
    project.add("tick", "1")
    for _ in range(2):
        (outcome,) = make(project, project.run("tick"), out=disk / "out")
    assert outcome.path == disk / "out/tick/all/2025-11-03/report.html"
    assert sorted(p.name for p in outcome.path.parent.iterdir()) == [
        "notebook.ipynb", "record.json", "report.html", "ro-crate-metadata.json",
    ]  # fmt: skip
    assert [p.name for p in (disk / "out/tick/all").iterdir()] == ["2025-11-03"]
    assert [(e.status, e.path) for e in project.ledger.entries()] == [("ok", str(outcome.path))] * 2


def test_nothing_of_a_run_is_alive_after_it(project: Project) -> None:
    """What a notebook started ends with it, good or bad, also what left its session."""
    spawn = "import os, subprocess\npids = [subprocess.Popen(['sleep', '600'], start_new_session=apart).pid for apart in (False, True)]"
    note = f"open({str(project.root / 'notes')!r}, 'a').write(' '.join(map(str, [os.getpid(), *pids])) + ' ')"
    project.add("good", f"{spawn}\n{note}")
    project.add("bad", f"{spawn}\n{note}\n1/0")
    assert [o.status for o in make(project, project.run("good"), project.run("bad"))] == ["ok", "failed"]
    assert [pid for pid in map(int, (project.root / "notes").read_text().split()) if not is_gone(pid)] == []
