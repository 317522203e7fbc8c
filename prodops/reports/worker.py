"""One run in a process of its own: execute, record, render, publish, and say what came of it.

A worker whose press is gone, or that is asked to stop, ends its kernel, takes its private folder along, and goes.
"""

import contextlib
import multiprocessing
import os
import shutil
import signal
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from multiprocessing import connection
from pathlib import Path
from typing import Any

from prodops.errors import ProdopsError, RunError
from prodops.parameters.types import Value
from prodops.reports import kernels, notebooks, provenance, publish
from prodops.reports.catalogue import Report
from prodops.reports.engine import Limits, Progress
from prodops.reports.execute import Executed, Status, execute


@dataclass(frozen=True)
class Run:
    """One run to make: a report with all its parameters' values, as of an instant; ``context`` (plain values) is told to the kernel."""

    report: Report
    parameters: Mapping[str, Value]
    as_of: datetime
    context: Mapping[str, Any]
    slice_name: str = "all"


@dataclass(frozen=True)
class Outcome:
    """What came of one run: its true status, one line for a person, and where the results lie (``None``: nowhere).

    ``path`` is the page that readers get; ``kept`` the folder with the partial notebook of a run that failed, for its owner.
    ``detail`` is a traceback where prodops itself is at fault, ``noise`` what the notebook wrote to standard error.
    """

    report: str
    slice_name: str
    status: Status
    message: str = ""
    path: Path | None = None
    kept: Path | None = None
    record: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    cell_seconds: tuple[float, ...] = ()
    noise: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Place:
    """Where results go: the project's folder of reports, and what a person asked for instead."""

    reports: Path
    out: Path | None


def failed(run: Run, message: str) -> Outcome:
    """Give the outcome of a run that came to nothing."""
    return Outcome(run.report.name, run.slice_name, "failed", message)


def work(pipe: connection.Connection, run: Run, place: Place, environ: Mapping[str, str], limits: Limits, folder: Path) -> None:
    """Make one run and say what came of it; the whole life of a worker process."""
    kernel: list[int] = []
    _guard(kernel, folder)

    def on_kernel(pid: int) -> None:
        kernel.append(pid)
        pipe.send(pid)

    try:
        outcome = _make(run, place, environ, limits, folder, lambda i, n: pipe.send((i, n)), on_kernel)
    except ProdopsError as fault:
        outcome = failed(run, str(fault))
    except Exception as fault:  # a fault of prodops, or a system at its limits: said, never swallowed
        message = f"prodops could not make the report ({type(fault).__name__}: {' '.join(str(fault).split())[:300]})."
        outcome = replace(failed(run, message), detail=traceback.format_exc())
    kernels.end_children()
    with contextlib.suppress(OSError):
        pipe.send(outcome)


def _guard(kernel: list[int], folder: Path) -> None:
    """Have this worker, its kernel and its folder go at once when the press is gone or asks for it; leave Ctrl-C to the press."""

    def end(*_: object) -> None:
        for pid in kernel:
            kernels.kill(pid)
        kernels.end_children()
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(128 + signal.SIGTERM)

    def watch(parent: Any) -> None:
        parent.join()
        end()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, lambda *_: None)
    kernels.adopt()
    with contextlib.suppress(OSError):  # what libraries say here is nobody's report
        os.dup2(os.open(folder / "worker.log", os.O_WRONLY | os.O_CREAT, 0o600), 2)
    threading.Thread(target=watch, args=(multiprocessing.parent_process(),), daemon=True).start()


def _make(
    run: Run, place: Place, environ: Mapping[str, str], limits: Limits, folder: Path, progress: Progress, on_kernel: Callable[[int], None]
) -> Outcome:
    """Execute, record, render, publish."""
    from prodops.reports.render import render

    kernels.postpone_grammar()
    basis = provenance.basis(run.report)
    executed = execute(
        run.report,
        run.parameters,
        context=run.context,
        folder=folder,
        environ=environ,
        limits=limits,
        progress=progress,
        on_kernel=on_kernel,
    )
    record = provenance.record(run.report, basis, executed, run.parameters, as_of=run.as_of, slice_name=run.slice_name)
    outcome = Outcome(
        run.report.name,
        run.slice_name,
        executed.status,
        executed.message,
        record=record,
        noise=executed.noise,
        cell_seconds=executed.seconds,
    )
    own = publish.slot(place.reports, run.report.name, run.slice_name, run.as_of)
    if executed.status == "failed":
        return _keep(outcome, executed, own / publish.FAILED)
    page = render(executed.notebook, record, title=run.report.title).encode()
    if place.out is not None and publish.is_page(place.out):
        return replace(outcome, path=publish.write_file(place.out, page))
    target = own if place.out is None else publish.slot(place.out, run.report.name, run.slice_name, run.as_of)
    files = {
        publish.PAGE: page,
        publish.NOTEBOOK: notebooks.dumps(executed.notebook),
        publish.RECORD: provenance.dumps(record),
        **_set_aside(record, run),
    }
    return replace(outcome, path=publish.write_run(target, files) / publish.PAGE)


def _keep(outcome: Outcome, executed: Executed, folder: Path) -> Outcome:
    """Keep the partial notebook of a failed run for the report's owner; readers keep the last good report."""
    notebooks.mark_failure(executed.notebook, executed.message)
    files = {publish.NOTEBOOK: notebooks.dumps(executed.notebook), publish.RECORD: provenance.dumps(outcome.record)}
    try:
        return replace(outcome, kept=publish.write_run(folder, files))
    except RunError as fault:
        return replace(outcome, message=f"{outcome.message} The partial notebook could not be kept: {fault}")


def _set_aside(record: Mapping[str, Any], run: Run) -> dict[str, bytes]:
    """Copy the rows that were set aside into the run's folder; a table's stamp names their files in the store."""
    if not run.context.get("store"):
        return {}
    store = Path(str(run.context["store"])).resolve()
    named = [
        store.parent / part.strip() for table in record["tables"] for part in str(table.get("quarantine", "")).split(",") if part.strip()
    ]
    return {f"set-aside/{path.name}": path.read_bytes() for path in named if path.resolve().is_relative_to(store) and path.is_file()}
