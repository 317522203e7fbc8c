"""A Dask cluster makes the same reports: real workers on this machine, one of them killed, one that cannot see the project."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import Client, LocalCluster

from prodops.errors import RunError
from prodops.reports import press
from prodops.reports.engine import Limits
from tests.reports.small_project import WORKER, Project, is_gone, now

NOTE = """
import time
if not os.path.exists(NOTES):
    with open(NOTES + ".part", "w") as file:
        file.write(f"{os.getpid()} {worker}")
    os.rename(NOTES + ".part", NOTES)
    time.sleep(600)
"""
"""Code for a notebook: say which processes make it, then stay; the second time it goes through."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Give the address of a cluster with two worker processes."""
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address="127.0.0.1:0") as cluster:
        yield cluster.scheduler_address


def make(project: Project, runs: list[press.Run], address: str, **more: object) -> list[press.Outcome]:
    """Make runs on a cluster, with cold kernels."""
    return press.run(
        runs, workspace=project.workspace, environ=os.environ, now=now, ledger=project.ledger, limits=Limits(cell=60), cold=True,
        cluster=address, **more,
    )  # fmt: skip


def test_a_cluster_makes_the_same_bytes_as_this_machine(project: Project, address: str) -> None:
    """Good, failing and empty runs: statuses, ledger, pages and partial notebooks as here; the store is left as it was."""
    project.add("good", "1", parameters="team: str = ''", settings="matrix: {team: [a, b, c]}\n")
    project.add("bad", "1/0")
    seen: list[press.State] = []
    runs = [*project.runs("good"), project.run("bad")]
    outcomes = make(project, runs, address, progress=seen.append)
    folder = project.root / "reports"
    pages = {path: path.read_bytes() for path in folder.rglob("report.html")}
    assert [(o.slice_name, o.status, o.path in pages) for o in outcomes] == [
        ("team-a", "ok", True), ("team-b", "ok", True), ("team-c", "ok", True), ("all", "failed", False),
    ]  # fmt: skip
    assert outcomes[-1].message == "Cell 2 (1/0) raised ZeroDivisionError: division by zero"
    assert (folder / "bad/all/2025-11-03/failed/notebook.ipynb").exists()
    entries = {(e.slot.report, e.slot.slice_name): (e.status, e.page_sha256) for e in project.ledger.entries()}
    digests = {("good", path.parts[-3]): ("ok", hashlib.sha256(data).hexdigest()) for path, data in pages.items()}
    assert entries == digests | {("bad", "all"): ("failed", "")}
    assert [p for p in (folder / "store").rglob("*") if p.is_file()] == []
    assert (seen[-1], max(len(s.running) for s in seen)) == (press.State(3, 1, {}, 0), 2)
    assert (4, 4) in {s.running.get("good/team-a") for s in seen}
    press.run(runs[:1], workspace=project.workspace, environ=os.environ, now=now, cold=True)
    assert {path: path.read_bytes() for path in folder.rglob("report.html")} == pages


def test_a_lost_workers_run_is_made_elsewhere(project: Project, address: str) -> None:
    """A worker of the cluster that is killed in mid-run: its notebook's processes end with it, and another makes the run."""
    notes = project.root / "notes"
    project.add("long", f"{WORKER}NOTES = {str(notes)!r}{NOTE}")
    killer = threading.Thread(target=lambda: os.kill(dask_worker(told(notes)[1]), signal.SIGKILL))
    killer.start()
    (outcome,) = make(project, [project.run("long")], address)
    killer.join()
    assert (outcome.status, outcome.message) == ("ok", "")
    assert [pid for pid in told(notes) if not is_gone(pid)] == []
    assert [(e.status, e.attempt) for e in project.ledger.entries()] == [("ok", 1)]


def test_leaving_takes_runs_back_from_the_cluster(project: Project, address: str) -> None:
    """Ctrl-C: what the cluster was making ends there, and the ledger says what happened."""
    notes = project.root / "notes"
    project.add("long", f"{WORKER}NOTES = {str(notes)!r}{NOTE}")

    def work() -> None:
        with press.Press(
            workspace=project.workspace, environ=os.environ, ledger=project.ledger, now=now, cold=True, cluster=address
        ) as at_work:
            at_work.start(project.run("long"))
            while not notes.exists():
                at_work.wait(0.1)
            os.kill(os.getpid(), signal.SIGINT)
            at_work.wait()

    with pytest.raises(KeyboardInterrupt):
        work()
    assert [pid for pid in told(notes) if not is_gone(pid)] == []
    assert [(e.status, e.message) for e in project.ledger.entries()] == [("failed", "The run was stopped by Ctrl-C.")]


def test_a_worker_that_does_not_see_the_project_is_named(project: Project, address: str) -> None:
    """Before anything runs, in one line."""
    unseen = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none "$1" && shift && exec "$@"', "sh", str(project.root)]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--no-nanny", "--no-dashboard", "--host", "127.0.0.1"]
    with subprocess.Popen([*unseen, *worker, "--name", "far"], stderr=subprocess.DEVNULL, env=os.environ) as process:
        try:
            with Client(address, set_as_default=False) as client:
                client.wait_for_workers(3, timeout=60)
            with pytest.raises(
                RunError, match=r"the worker tcp://127.0.0.1:\d+ does not see the project's folder .* \(no such file"
            ) as fault:
                make(project, [], address)
            assert "\n" not in str(fault.value)
        finally:
            process.terminate()


def told(notes: Path) -> list[int]:
    """Wait for a notebook's note of its processes, the kernel and its worker; give them."""
    while not notes.exists():
        threading.Event().wait(0.05)
    return [int(pid) for pid in notes.read_text().split()]


def dask_worker(pid: int) -> int:
    """Find the Dask worker above one of our processes: the first whose parent is its nanny."""
    while b"spawn_main" not in Path(f"/proc/{pid}/cmdline").read_bytes():
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return pid


def test_an_address_where_no_scheduler_answers_is_refused_in_one_line(project: Project) -> None:
    """Within seconds, before anything runs."""
    project.add("good", "1")
    for wrong in ("tcp://127.0.0.1:9", "nonsense://x"):
        with pytest.raises(RunError, match=r"--cluster .*no Dask scheduler answers") as fault:
            make(project, [project.run("good")], wrong)
        assert "\n" not in str(fault.value)
    assert project.ledger.entries() == []
