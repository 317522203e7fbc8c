"""One run in a real kernel: its true status whatever happens, one clear line, and nothing left over."""

import os
from pathlib import Path

import pytest

from prodops.reports import engine, kernels, notebooks
from prodops.reports.engine import Limits
from prodops.reports.execute import Executed
from tests.reports.small_project import Project, code, is_gone


@pytest.fixture
def project(either: Project) -> Project:
    """Give an empty project; all that is promised here holds for both kinds of kernels."""
    return either


def shown(executed: Executed) -> list[str]:
    """All text that the cells displayed."""
    return [
        o.get("text") or o["data"]["text/plain"]
        for cell in executed.notebook.cells
        for o in cell.get("outputs", [])
        if o.output_type != "error"
    ]


def test_a_good_run_is_whole_private_and_clean(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parameters, context and a working folder of its own reach the kernel; personal settings do not; nothing is left in HOME."""
    home = project.root / "home"
    (home / ".ipython/profile_default/startup").mkdir(parents=True)
    (home / ".ipython/profile_default/startup/mine.py").write_text("leaked = True")
    (home / "start.py").write_text("leaked = True")
    personal = {
        "HOME": str(home),
        "PYTHONSTARTUP": str(home / "start.py"),
        "PYTHONOPTIMIZE": "2",
        "MPLBACKEND": "TkAgg",
        "TZ": "Asia/Kathmandu",
    }
    for name, value in personal.items():
        monkeypatch.setenv(name, value)
    before = sorted(home.rglob("*"))
    executed = project.execute(
        "import os, sys, json, time\n(weeks, 'leaked' in globals(), sys.flags.optimize, os.environ['MPLBACKEND'][:6], time.tzname[0], os.listdir('.'))",
        "json.loads(os.environ['PRODOPS_RUN'])['as_of']",
        "print('out'); print('err', file=sys.stderr)",
        "get_ipython().history_manager.enabled",
        "import multiprocessing\nfrom prodops import stamps\nstamps.plain('<')",
        given={"weeks": "8"},
    )
    assert (executed.status, executed.message, executed.error, executed.cell, executed.noise) == ("ok", "", "", None, "cell 4: err\n")
    assert shown(executed) == ["(8, False, 0, 'module', 'UTC', [])", "'2025-11-03'", "out\n", "False", "'&lt;'"]
    assert len(executed.seconds) == 7
    assert sorted(home.rglob("*")) == before
    assert os.environ["TZ"] == "Asia/Kathmandu"


@pytest.mark.parametrize(
    ("cells", "said", "error", "number"),
    [
        (["print('seen')", "1/0", "print('never')"], "Cell 3 (1/0) raised ZeroDivisionError: division by zero", "ZeroDivisionError", 3),
        (
            ["# why\nimport sys; sys.exit(0)", "print('never')"],
            "Cell 2 (import sys; sys.exit(0)) left the notebook with sys.exit(0); ",
            "SystemExit",
            2,
        ),
        (["%nothing"], "Cell 2 (%nothing) raised UsageError: Line magic function `%nothing` not found.", "UsageError", 2),
        (
            ["from prodops.errors import InputError\nraise InputError('reviews.csv: no column \"text\".')"],
            'reviews.csv: no column "text".',
            "InputError",
            2,
        ),
        (["import os; os._exit(0)"], "The kernel ended by itself (exit code 0) in cell 2 (import os; os._exit(0)).", "dead", 2),
    ],
    ids=["raises", "sys.exit(0)", "bad magic", "known error", "os._exit(0)"],
)
def test_a_run_that_does_not_reach_its_end_has_failed(project: Project, cells: list[str], said: str, error: str, number: int) -> None:
    """Nothing but every cell's own reply makes a run ok; the line says which cell and why, without a traceback."""
    executed = project.execute(*cells)
    assert (executed.status, executed.error, executed.cell) == ("failed", error, number)
    assert executed.message.startswith(said)
    assert "\n" not in executed.message
    assert "never" not in "".join(shown(executed))
    after = [cell.execution_count for cell in executed.notebook.cells if cell.source == "print('never')"]
    assert all(count is None for count in after)


def test_a_killed_kernel_is_named_and_takes_its_children_along(project: Project) -> None:
    """The line says SIGKILL and the cell; cells never run do not look as if they had; no process stays."""
    executed = project.execute(
        "import os, subprocess", "child = subprocess.Popen(['sleep', '600']); print(child.pid)", "os.kill(os.getpid(), 9)", "2"
    )
    assert (executed.status, executed.error, executed.cell) == ("failed", "dead", 4)
    assert executed.message == "The kernel was killed (SIGKILL, often because memory ran out) in cell 4 (os.kill(os.getpid(), 9))."
    assert [cell.get("execution_count") for cell in executed.notebook.cells[-2:]] == [4, None]
    assert is_gone(int(shown(executed)[0]))


def test_a_cell_that_never_ends_is_stopped_at_its_limit(project: Project) -> None:
    """The limit of a cell ends the run, and the processes that it started."""
    executed = project.execute(
        "import subprocess\nchild = subprocess.Popen(['sleep', '600']); print(child.pid)", "while True: pass", limits=Limits(cell=1)
    )
    assert executed.message == "Cell 3 (while True: pass) took longer than 1 s, the limit for a cell, and was stopped."
    assert (executed.status, executed.error, executed.cell) == ("failed", "timeout", 3)
    assert is_gone(int(shown(executed)[0]))


def test_a_run_that_takes_too_long_as_a_whole_is_stopped(project: Project) -> None:
    """Many cells, each within its limit, still end at the run's."""
    executed = project.execute("import time; time.sleep(30)", limits=Limits(run=2))
    assert (executed.status, executed.message) == (
        "failed",
        "The run took longer than 2 s and was stopped in cell 2 (import time; time.sleep(30)).",
    )


def test_a_frozen_kernel_is_told_from_a_busy_one(project: Project) -> None:
    """No heartbeat ends the run; a cell that holds the interpreter for longer than that does not."""
    busy = project.execute("import ctypes; ctypes.PyDLL(None).usleep(2_500_000)", limits=Limits(silence=2))
    frozen = project.execute("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", limits=Limits(silence=2))
    assert busy.status == "ok"
    assert (frozen.status, frozen.error) == ("failed", "frozen")
    assert frozen.message.startswith("The kernel gave no sign of life for 2 s in cell 2 (import os, signal; ")


def test_no_data_is_an_answer_and_stops_the_notebook(project: Project) -> None:
    """What the notebook says stands in the message; no traceback is shown and no later cell has run."""
    executed = project.execute(
        "from prodops.errors import NoData", "print('before')\nraise NoData('There is no feedback yet.')", "print('never')"
    )
    assert (executed.status, executed.message, executed.error, executed.cell) == ("no data", "There is no feedback yet.", "NoData", 3)
    assert shown(executed) == ["before\n"]
    assert all(output.output_type != "error" for cell in executed.notebook.cells for output in cell.get("outputs", []))


def test_errors_that_a_cell_is_meant_to_raise_do_not_fail_the_run(project: Project) -> None:
    """The tags raises-exception and skip-execution mean what they mean in Jupyter; what is shown names no path."""
    executed = project.execute(code("1/0", "raises-exception"), code("1/0", "skip-execution"), "print('end')")
    assert (executed.status, shown(executed)) == ("ok", ["end\n"])
    assert executed.notebook.cells[3].outputs[0].traceback == ["ZeroDivisionError: division by zero"]


def test_a_flood_of_output_ends_the_run_not_the_machine(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a run shows is limited, and the line says so."""
    monkeypatch.setattr(engine, "OUTPUT_LIMIT", 2_000_000)
    executed = project.execute("while True: print('x' * 100_000, flush=True)", limits=Limits(cell=20))
    assert (
        executed.message
        == "Cell 2 (while True: print('x' * 100_000, flush=True)) showed more than 2 MB, the limit for a run, and was stopped."
    )


def test_a_kernel_that_cannot_start_says_why(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last line of what the kernel wrote is the reason given."""
    broken = project.root / "broken"
    broken.mkdir()
    (broken / "ipykernel.py").write_text("raise SystemError('half installed')")
    monkeypatch.setenv("PYTHONPATH", str(broken))
    monkeypatch.setattr(kernels.environ, "HOME", broken)  # so that the kernel's path starts with the broken folder
    (broken / "prodops").symlink_to(Path(engine.__file__).parents[1])
    executed = project.execute("1")
    assert (executed.status, executed.error, executed.cell) == ("failed", "no kernel", 1)
    assert executed.message == "The kernel did not start: it ended before it answered (SystemError: half installed)."


def test_a_kernel_in_a_deep_folder_needs_no_port(project: Project) -> None:
    """A socket's path may have some hundred characters only: a longer one is reached by a shorter name, and no port is taken."""
    project = Project(project.root / ("deep" * 20) / ("deeper" * 20))
    for folder in (project.folder, project.root / "notebooks"):
        folder.mkdir(parents=True)
    executed = project.execute("import json, ipykernel\njson.load(open(ipykernel.get_connection_file()))['transport']")
    assert (executed.status, executed.message) == ("ok", "")
    assert executed.notebook.cells[-1].outputs[0]["data"]["text/plain"] == "'ipc'"


def test_a_second_run_from_elsewhere_gives_the_same_bytes(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Working folder, time zone, locale and hash seed of the caller leave no trace in the notebook."""
    cells = (
        "import sys, time; print(sorted({'a', 'b', 'c'}, key=hash)); print('w', file=sys.stderr)",
        "object()",
        "time.strftime('%Z'), {'b', 'a'}",
    )
    one = project.execute(*cells)
    for name, value in {"TZ": "Asia/Kathmandu", "LC_ALL": "de_DE.UTF-8", "PYTHONHASHSEED": "77", "COLUMNS": "20"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    two = project.execute(*cells)
    assert notebooks.dumps(one.notebook) == notebooks.dumps(two.notebook)
    assert (one.status, two.status) == ("ok", "ok")


def test_what_was_read_is_known_though_no_cell_shows_it_and_the_run_fails(project: Project) -> None:
    """The kernel notes each read as it is made; a note that a kill cut short is left out, one of an earlier run is gone."""
    note = "import json, os\nfile = open(json.loads(os.environ['PRODOPS_RUN'])['trace'], 'a')\nfile.write('{\"kind\": \"query\"}\\n{\"kin')\nfile.close()"
    failed = project.execute(note, "1 / 0")
    assert (failed.status, failed.read) == ("failed", ({"kind": "query"},))
    assert project.execute("1").read == ()
