"""The press: each run in its own process; one that fails stops no other, and nothing outlives what started it."""

import json
import os
import select
import signal
import subprocess
import sys
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from prodops.errors import RunError
from prodops.reports import local, press
from prodops.reports.engine import Limits
from prodops.reports.ledger import page_in
from tests.reports.small_project import AS_OF, WORKER, Project, is_gone, now

SLOT = "reports/{}/all/2025-11-03"
SPAWNS = WORKER + "import subprocess\nchildren = [subprocess.Popen(['sleep', '600'], start_new_session=apart) for apart in (False, True)]"
NOTES = "open(os.environ['NOTES'], 'w').write(' '.join(map(str, [os.getpid(), worker, *(c.pid for c in children)])))"


def run(
    project: Project, *names: str, out: Path | None = None, jobs: int = 2, context: dict[str, str] | None = None
) -> list[press.Outcome]:
    """Run reports of a project with the press."""
    runs = [project.run(name, context) for name in names]
    return press.run(runs, workspace=project.workspace, environ=os.environ, now=now, out=out, jobs=jobs, limits=Limits(cell=60), cold=True)


SCRIPT = """
import os, sys
from pathlib import Path
from prodops.reports import press
from tests.reports.small_project import Project, now
if __name__ == "__main__":
    project = Project(Path(sys.argv[1]))
    try:
        press.run([project.run("long")], workspace=project.workspace, environ=os.environ, now=now, ledger=project.ledger, cold=True)
    except KeyboardInterrupt:
        sys.exit(130)
"""


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_runs_side_by_side_share_nothing_and_fail_alone(project: Project) -> None:
    """Good, failing and empty runs together: each has its true status, its files, and a kernel and a folder of its own."""
    project.add("one", "import os\nos.environ['MARK'] = 'one'; open('mark', 'w').close(); os.getcwd()", "weeks")
    project.add("two", "import os\n(os.environ.get('MARK'), os.listdir('.'))", settings="parameters: {weeks: 8}\n")
    project.add("empty", "from prodops.errors import NoData\nraise NoData('Nothing yet.')")
    project.add("bad", "1/0")
    seen: list[press.State] = []
    runs = [project.run(name) for name in ("one", "two", "bad", "empty")]
    outcomes = press.run(runs, workspace=project.workspace, environ=os.environ, now=now, jobs=3, progress=seen.append)
    assert [(o.report, o.status, o.message, o.infrastructure) for o in outcomes] == [
        ("one", "ok", "", False),
        ("two", "ok", "", False),
        ("bad", "failed", "Cell 2 (1/0) raised ZeroDivisionError: division by zero", False),
        ("empty", "no data", "Nothing yet.", False),
    ]
    pages = {name: project.root / SLOT.format(name) / "report.html" for name in ("one", "two", "empty")}
    assert {o.report: o.path for o in outcomes} == pages | {"bad": None}
    assert outcomes[2].kept == project.root / SLOT.format("bad") / "failed"
    assert files(project.root / "reports") == sorted(
        [
            *(
                f"{n}/all/2025-11-03/{f}"
                for n in ("one", "two", "empty")
                for f in ("notebook.ipynb", "record.json", "report.html", "ro-crate-metadata.json")
            ),
            *(f"bad/all/2025-11-03/failed/{f}" for f in ("notebook.ipynb", "record.json", "ro-crate-metadata.json")),
        ]
    )
    assert "(None, [])" in (project.root / SLOT.format("two") / "notebook.ipynb").read_text()
    record = json.loads((project.root / SLOT.format("two") / "record.json").read_text())
    assert (record["status"], record["parameters"], record["run_id"][:11]) == ("ok", {"weeks": 8}, "2025-11-03-")
    assert "Nothing yet." in (project.root / SLOT.format("empty") / "report.html").read_text()
    assert list(dict.fromkeys(state.running["one"] for state in seen if "one" in state.running)) == [(0, 0), *((i, 5) for i in range(1, 6))]
    assert max(len(state.running) for state in seen) == 3
    assert (seen[0], seen[-1]) == (press.State(0, 0, {"one": (0, 0)}, 3), press.State(3, 1, {}, 0))


def test_a_partial_notebook_marks_the_cell_that_stopped_it(project: Project) -> None:
    """What ran before is there with its outputs, what comes after has none, and the fault is said at the top."""
    project.add("bad", "print('before')", "1/0", "print('after')")
    (outcome,) = run(project, "bad")
    assert outcome.kept is not None
    cells = json.loads((outcome.kept / "notebook.ipynb").read_text())["cells"]
    assert cells[0]["source"][0].startswith("# This run failed")
    (at,) = [i for i, cell in enumerate(cells) if "failed" in cell["metadata"]]
    assert "".join(cells[at - 1]["source"]) == "**The run stopped in the next cell.**"
    assert (cells[at - 2]["outputs"][0]["text"], cells[at]["outputs"][0]["ename"]) == (["before\n"], "ZeroDivisionError")
    assert (cells[at + 1]["outputs"], cells[at + 1]["execution_count"]) == ([], None)


@pytest.mark.parametrize("cold", [False, True], ids=["warm", "cold"])
def test_a_worker_that_is_killed_leaves_nothing_and_its_run_failed(project: Project, cold: bool) -> None:
    """No process of its notebook lives on, not even one of a session of its own; others go on, and the owner finds the notebook."""
    project.add("lost", f"{SPAWNS}\n{NOTES}\nos.kill(worker, 9)\nchildren[0].wait()")
    project.add("good", "1")
    notes = project.root / "notes"
    runs = [project.run("lost"), project.run("good")]
    environ = {**os.environ, "NOTES": str(notes)}
    outcomes = press.run(runs, workspace=project.workspace, environ=environ, now=now, jobs=2, cold=cold)
    assert [(o.status, o.message, o.infrastructure) for o in outcomes] == [
        ("failed", "The process that makes the report was ended by SIGKILL, often because memory ran out.", True),
        ("ok", "", False),
    ]
    assert [pid for pid in map(int, notes.read_text().split()) if not is_gone(pid)] == []
    assert outcomes[0].kept is not None
    cells = json.loads((outcomes[0].kept / "notebook.ipynb").read_text())["cells"]
    assert ["failed" in cell["metadata"] for cell in cells].index(True) == len(cells) - 1
    assert sorted(p.name for p in (project.root / "reports").iterdir()) == ["good", "lost"]


def test_readers_keep_the_last_good_report_when_a_run_fails(project: Project) -> None:
    """A failure is kept beside it for the owner; the next good run takes its place."""
    project.add("themes", "1")
    page = run(project, "themes")[0].path
    assert page is not None
    good = page.read_bytes()
    project.add("themes", "1/0")
    assert run(project, "themes")[0].status == "failed"
    assert page.read_bytes() == good
    assert (page.parent / "failed/record.json").exists()
    project.add("themes", "1")
    assert run(project, "themes")[0].path == page
    assert files(page.parent) == ["notebook.ipynb", "record.json", "report.html", "ro-crate-metadata.json"]
    assert page.read_bytes() == good


def test_out_names_one_file_or_a_folder_of_runs(project: Project, tmp_path: Path) -> None:
    """One HTML file and nothing beside it, or the usual layout below a folder; set-aside rows go into the run's folder."""
    store = project.root / "reports/store"
    (store / "tables").mkdir(parents=True)
    (store / "tables/feedback.csv").write_text("rows")
    stamp = "from prodops.stamps import TableStamp\nTableStamp(table='feedback', source='x', rows_read=3, rows_used=2, quarantine='{}')"
    project.add("themes", stamp.format("store/tables/feedback.csv, store/../../../secret"))
    (project.root.parent / "secret").write_text("secret")
    (one,) = run(project, "themes", out=tmp_path / "out/report.html", context={"store": str(store)})
    (many,) = run(project, "themes", out=tmp_path / "many", context={"store": str(store)})
    assert (one.path, many.path) == (tmp_path / "out/report.html", tmp_path / "many/themes/all/2025-11-03/report.html")
    assert os.listdir(tmp_path / "out") == ["report.html"]
    assert files(tmp_path / "many/themes/all/2025-11-03") == [
        "notebook.ipynb",
        "record.json",
        "report.html",
        "ro-crate-metadata.json",
        "set-aside/feedback.csv",
    ]
    assert one.path.read_bytes() == many.path.read_bytes()
    assert files(project.root / "reports") == ["store/tables/feedback.csv"]


def test_an_output_that_cannot_be_is_refused_before_anything_starts(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two reports into one file, a folder in a file's place: one line and no process."""
    project.add("one", "1")
    project.add("two", "1")
    monkeypatch.setattr(local, "Worker", None)
    with pytest.raises(RunError, match="2 reports do not fit in one file"):
        run(project, "one", "two", out=tmp_path / "report.html")
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(RunError, match="is a folder"):
        run(project, "one", out=tmp_path / "folder.html")


def test_a_page_that_cannot_be_put_in_place_is_a_failed_run(project: Project, tmp_path: Path) -> None:
    """What breaks after the notebook ran is said in one line, and other runs go on."""
    project.add("breaks", f"import os\nos.rmdir({str(tmp_path / 'out')!r}); open({str(tmp_path / 'out')!r}, 'w').close()")
    (outcome,) = run(project, "breaks", out=tmp_path / "out/report.html")
    assert (outcome.status, outcome.path, outcome.detail) == ("failed", None, "")
    assert outcome.message.startswith(f"{tmp_path / 'out/report.html'}: cannot be written (")


def test_a_worker_that_cannot_start_is_a_failed_run(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system at its limits fails the run in one line and leaves no folder."""

    def no_process(*_: object) -> None:
        raise OSError(24, "Too many open files")

    project.add("one", "1")
    monkeypatch.setattr(local, "context", no_process)
    (outcome,) = run(project, "one")
    assert (outcome.status, outcome.message) == ("failed", "No process can be started for the report (too many open files).")
    assert list((project.root / "reports").iterdir()) == []


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGKILL, -9)], ids=["SIGTERM", "Ctrl-C", "SIGKILL"]
)
def test_nothing_outlives_the_press(project: Project, tmp_path: Path, number: signal.Signals, code: int) -> None:
    """However the press is ended, its worker, the kernel and what that started end too; ledger and partial notebook say what happened."""
    notes = tmp_path / "notes"
    os.mkfifo(notes)
    project.add("long", f"{SPAWNS}\n{NOTES}\nchildren[0].wait()")
    (tmp_path / "script.py").write_text(SCRIPT)
    with open(tmp_path / "errors", "wb") as errors:
        command = subprocess.Popen(
            [sys.executable, str(tmp_path / "script.py"), str(project.root)],
            stderr=errors,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "NOTES": str(notes)},
        )
    pipe = os.open(notes, os.O_RDONLY | os.O_NONBLOCK)
    assert select.select([pipe], [], [], 60)[0], (tmp_path / "errors").read_text()
    started = [int(pid) for pid in os.read(pipe, 1000).split()]
    os.killpg(command.pid, number) if number == signal.SIGINT else command.send_signal(
        number
    )  # a terminal's Ctrl-C reaches the whole group
    assert command.wait(30) == code
    assert (tmp_path / "errors").read_text() == ""
    assert [pid for pid in started if not is_gone(pid)] == []
    folder, ledger = project.root / "reports", project.ledger
    (kept,) = folder.glob("long/all/2025-11-03/failed/record.json")
    assert sorted(p.name for p in folder.iterdir() if not p.name.startswith("ledger.sqlite")) == ["long"]
    by = {"SIGINT": "Ctrl-C", "SIGKILL": "the end of the press"}.get(number.name, number.name)
    assert json.loads(kept.read_text())["message"] == f"The run was stopped by {by} in cell 2."
    if number == signal.SIGKILL:
        ledger.recover(now=now(), placed=page_in(folder), retries=lambda slot: 0, backoff=lambda slot, attempt: 0)
    (entry,) = ledger.entries()
    assert (entry.status, entry.path) == ("lost" if number == signal.SIGKILL else "failed", "")
    assert number == signal.SIGKILL or entry.message == f"The run was stopped by {by} in cell 2."


def tell(pipe: Connection) -> None:
    """Say, from a worker, what it has loaded."""
    pipe.send(
        [
            name
            for name in ("papermill.execute", "prodops.reports.render.exporter", "pandas", "rfc3987_syntax.syntax_helpers")
            if name in sys.modules
        ]
    )


def test_workers_start_with_papermill_loaded() -> None:
    """The server that workers are forked from has loaded what each of them needs, and nothing of the bench."""
    press.warm_up()
    ours, theirs = local.context().Pipe()
    process = local.context().Process(target=tell, args=(theirs,), daemon=True)
    process.start()
    assert ours.recv() == ["papermill.execute", "prodops.reports.render.exporter"]
    process.join()


def test_a_second_run_gives_the_same_bytes(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Page, notebook and record are the same from another folder, time zone and hash seed."""
    project.add(
        "themes",
        "print({'b', 'a'}); object()",
        "from prodops.stamps import Finding\nFinding(name='a', headline='A', sentence='B', value=1)",
    )
    out = [tmp_path / name for name in ("one", "two")]
    run(project, "themes", out=out[0])
    monkeypatch.chdir(tmp_path)
    run_two = [project.run("themes")]
    press.run(
        run_two,
        workspace=project.workspace,
        environ={**os.environ, "TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "5", "LC_ALL": "C"},
        now=now,
        out=out[1],
    )
    one, two = (
        {name: (folder / "themes/all/2025-11-03" / name).read_bytes() for name in ("report.html", "notebook.ipynb", "record.json")}
        for folder in out
    )
    assert one == two
    assert run_two[0].as_of == AS_OF
