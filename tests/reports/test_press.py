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
from prodops.reports import press
from prodops.reports.engine import Limits
from tests.reports.small_project import AS_OF, Project, is_gone

SLOT = "reports/{}/all/2025-11-03"
SPAWNS = "import os, subprocess\nchildren = [subprocess.Popen(['sleep', '600'], start_new_session=apart) for apart in (False, True)]"
NOTES = "open(os.environ['NOTES'], 'w').write(' '.join(map(str, [os.getpid(), os.getppid(), *(c.pid for c in children)])))"


def run(
    project: Project, *names: str, out: Path | None = None, jobs: int = 2, context: dict[str, str] | None = None
) -> list[press.Outcome]:
    """Run reports of a project with the press."""
    runs = [project.run(name, context) for name in names]
    return press.run(runs, workspace=project.workspace, environ=os.environ, out=out, jobs=jobs, limits=Limits(cell=60))


SCRIPT = """
import os, sys
from pathlib import Path
from prodops.reports import press
from tests.reports.small_project import Project
if __name__ == "__main__":
    project = Project(Path(sys.argv[1]))
    try:
        press.run([project.run("long")], workspace=project.workspace, environ=os.environ)
    except KeyboardInterrupt:
        sys.exit(130)
"""


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_runs_side_by_side_share_nothing_and_fail_alone(project: Project) -> None:
    """Good, failing, empty and crashing runs together: each has its true status, its files, and a kernel and a folder of its own."""
    project.add("one", "import os\nos.environ['MARK'] = 'one'; open('mark', 'w').close(); os.getcwd()", "weeks")
    project.add("two", "import os\n(os.environ.get('MARK'), os.listdir('.'))", settings="parameters: {weeks: 8}\n")
    project.add("empty", "from prodops.errors import NoData\nraise NoData('Nothing yet.')")
    project.add("bad", "1/0")
    project.add("lost", f"{SPAWNS}\n{NOTES}\nos.kill(os.getppid(), 9); children[0].wait()")
    notes, seen = project.root / "notes", []
    runs = [project.run(name) for name in ("one", "two", "bad", "lost", "empty")]
    outcomes = press.run(
        runs, workspace=project.workspace, environ={**os.environ, "NOTES": str(notes)}, jobs=3, progress=lambda *at: seen.append(at)
    )
    assert [(o.report, o.status, o.message) for o in outcomes] == [
        ("one", "ok", ""),
        ("two", "ok", ""),
        ("bad", "failed", "Cell 2 (1/0) raised ZeroDivisionError: division by zero"),
        ("lost", "failed", "The process that makes the report was ended by SIGKILL, often because memory ran out."),
        ("empty", "no data", "Nothing yet."),
    ]
    assert [at for at in seen if at[0] == "one"] == [("one", i, 5) for i in range(1, 6)]
    pages = {name: project.root / SLOT.format(name) / "report.html" for name in ("one", "two", "empty")}
    assert {o.report: o.path for o in outcomes} == pages | {"bad": None, "lost": None}
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
    partial = json.loads((project.root / SLOT.format("bad") / "failed/notebook.ipynb").read_text())
    assert "# This run failed" in "".join(partial["cells"][0]["source"])
    kernel, worker, same_group, apart = map(int, notes.read_text().split())
    os.kill(apart, signal.SIGKILL)  # left its group while its worker was killed: the one case where nobody is left to know of it
    assert all(is_gone(pid) for pid in (kernel, worker, same_group))


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
    monkeypatch.setattr(press, "_Worker", None)
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
    monkeypatch.setattr(press, "_context", no_process)
    (outcome,) = run(project, "one")
    assert (outcome.status, outcome.message) == ("failed", "No process can be started for the report (too many open files).")
    assert list((project.root / "reports").iterdir()) == []


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGKILL, -9)], ids=["SIGTERM", "Ctrl-C", "SIGKILL"]
)
def test_nothing_outlives_the_press(project: Project, tmp_path: Path, number: signal.Signals, code: int) -> None:
    """However the press is ended, its worker, the kernel, and what the kernel started end too, and no folder of theirs stays."""
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
    assert list((project.root / "reports").iterdir()) == []


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
    ours, theirs = press._context().Pipe()
    process = press._context().Process(target=tell, args=(theirs,), daemon=True)
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
        out=out[1],
    )
    one, two = (
        {name: (folder / "themes/all/2025-11-03" / name).read_bytes() for name in ("report.html", "notebook.ipynb", "record.json")}
        for folder in out
    )
    assert one == two
    assert run_two[0].as_of == AS_OF
