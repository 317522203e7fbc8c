"""One run in a process of its own: execute, record, render, write whole files to a hidden folder, and say what came of it.

The press puts the files in place. A worker that is asked to stop ends its kernel, and then says what there was up to then; one
whose press is gone does the same, and leaves that beside the report for its owner.
"""

import contextlib
import os
import shutil
import signal
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import sha256
from multiprocessing import connection
from pathlib import Path
from typing import Any

from prodops.errors import ProdopsError
from prodops.parameters.secrets import hide
from prodops.reports import crate, kernels, notebooks, provenance, publish, secrecy
from prodops.reports.engine import Progress
from prodops.reports.execute import Executed, execute
from prodops.reports.runs import Job, Made, Outcome, Run, failed

MADE = "made"
"""The folder of whole files, within a run's private one."""
CACHE = ".cache"
"""The folder, within that of reports, of what is made once and kept for speed."""
GRACE = 8.0
"""Seconds that a worker has to say what there was, once it is asked to stop."""


class Stop:
    """Whether a run was asked to stop, and by what; its kernel ends with the asking, or as soon as it is there."""

    def __init__(self) -> None:
        self.why = ""
        self._kernel = 0

    def ask(self, why: str) -> None:
        self.why = why
        self.kernel_is(self._kernel)

    def kernel_is(self, pid: int) -> None:
        self._kernel = pid
        if self.why and pid:
            kernels.kill(pid)


# -------------------------------------------------------------------------------------------------- the worker's process
def work(pipe: connection.Connection, leash: connection.Connection, job: Job) -> None:
    """Make one run and say what came of it; the whole life of a worker process.

    ``pipe`` is told the kernel's process id (an int), each cell as it starts (its number and the number of all), at last a
    :class:`Made`. A word on the ``leash`` asks the worker to stop; its end says that the press is gone.
    """
    stop, gone = Stop(), threading.Event()
    _guard(leash, stop, gone, job.folder)

    def tell(news: object) -> None:
        with contextlib.suppress(OSError):
            pipe.send(news)

    def on_kernel(pid: int) -> None:
        tell(pid)
        stop.kernel_is(pid)

    made = attempt(job, stop, lambda i, n: tell((i, n)), on_kernel)
    kernels.end_children()
    if gone.is_set():
        _leave(job, made)
    tell(made)


def _guard(leash: connection.Connection, stop: Stop, gone: threading.Event, folder: Path) -> None:
    """Listen for who asks this worker to stop; leave Ctrl-C to the press, and what libraries say to nobody's report."""

    def end() -> None:
        stop.ask(stop.why)
        kernels.end_children()
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(128 + signal.SIGTERM)

    def listen() -> None:
        try:
            why = leash.recv()
        except (EOFError, OSError):
            why = "the end of the press"
            gone.set()
        late = threading.Timer(GRACE, end)
        late.daemon = True
        late.start()
        stop.ask(why)

    signal.signal(signal.SIGTERM, lambda *_: stop.ask("SIGTERM"))
    signal.signal(signal.SIGINT, lambda *_: None)
    kernels.adopt()
    with contextlib.suppress(OSError):
        os.dup2(os.open(folder / "worker.log", os.O_WRONLY | os.O_CREAT, 0o600), 2)
    threading.Thread(target=listen, daemon=True).start()


def _leave(job: Job, made: Made) -> None:
    """Do without a press: leave what there was of the run for its owner, and take the private folder along."""
    if made.folder and made.outcome.status == "failed":
        with contextlib.suppress(ProdopsError):
            publish.place(made.folder, job.run.slot(job.reports) / publish.FAILED)
    shutil.rmtree(job.folder, ignore_errors=True)


# ---------------------------------------------------------------------------------------------------------- the making
def attempt(job: Job, stop: Stop, progress: Progress | None = None, on_kernel: Callable[[int], None] | None = None) -> Made:
    """Make one run, whatever happens; what breaks is the outcome."""
    run, secrets = job.run, dict[str, str]()
    try:
        secrets = secrecy.of_run(run.report, run.parameters, run.context, job.environ)
        return _make(job, stop, progress, on_kernel or stop.kernel_is)
    except ProdopsError as fault:
        return Made(failed(run, str(fault)))
    except OSError as fault:
        message = f"The report could not be made ({_refusal(fault, job.folder)}); what was there is unchanged."
        return Made(failed(run, message, infrastructure=True))
    except Exception as fault:  # a fault of prodops: said, never swallowed
        message = f"prodops could not make the report ({type(fault).__name__}: {hide(' '.join(str(fault).split()), secrets)[:300]})."
        return Made(replace(failed(run, message), detail=hide(traceback.format_exc(), secrets)))


def _refusal(fault: OSError, private: Path) -> str:
    """Say what the system refused, without the names of a run's private files."""
    why = (fault.strerror or type(fault).__name__).lower()
    name = str(fault.filename or "")
    return f"{why}: {name}" if name and not Path(name).is_relative_to(private) else why


def _make(job: Job, stop: Stop, progress: Progress | None, on_kernel: Callable[[int], None]) -> Made:
    """Execute, record, render, write."""
    kernels.postpone_grammar()
    run = job.run
    basis = provenance.basis(run.report, run.around)
    executed = execute(
        run.report,
        run.parameters,
        context=run.context,
        folder=job.folder,
        environ=job.environ,
        limits=job.limits,
        progress=progress,
        on_kernel=on_kernel,
        server=job.server,
    )
    stop.kernel_is(0)
    if stop.why and executed.infrastructure:
        cell = f" in cell {executed.cell}" if executed.cell else ""
        executed = replace(executed, message=f"The run was stopped by {stop.why}{cell}.", error="stopped")
    record = _record(run, basis, executed)
    made = Outcome(
        run.report.name,
        run.slice_name,
        executed.status,
        executed.message,
        record=record,
        noise=executed.noise,
        cell_seconds=executed.seconds,
        infrastructure=executed.infrastructure,
    )
    return _keep(made, executed, job) if executed.status == "failed" else _write(made, executed, job)


def _write(outcome: Outcome, executed: Executed, job: Job) -> Made:
    """Write the files that readers get."""
    from prodops.reports.render import render

    page = render(executed.notebook, dict(outcome.record), title=job.run.report.title, cache=job.reports / CACHE).encode()
    files = {
        publish.PAGE: page,
        publish.NOTEBOOK: notebooks.dumps(executed.notebook),
        publish.RECORD: provenance.dumps(outcome.record),
        **_set_aside(outcome.record, job.run),
    }
    return Made(outcome, publish.write_files(job.folder / MADE, _described(outcome.record, files)), sha256(page).hexdigest())


def _keep(outcome: Outcome, executed: Executed, job: Job) -> Made:
    """Write the partial notebook of a failed run, for the report's owner; readers keep the last good report."""
    try:
        return Made(outcome, publish.write_files(job.folder / MADE, partial(executed, outcome.record)))
    except OSError as fault:
        return Made(replace(outcome, message=f"{outcome.message} The partial notebook could not be kept ({_refusal(fault, job.folder)})."))


def partial(executed: Executed, record: Mapping[str, Any], at: int | None = None) -> dict[str, bytes]:
    """Give the files that are kept of a failed run; ``at`` is the place of the cell that stopped it, found by its number by default."""
    cells = executed.notebook.cells
    found = [i for i, cell in enumerate(cells) if executed.cell and cell.get("execution_count") == executed.cell]
    notebooks.mark_failure(executed.notebook, executed.message, found[0] if found else at)
    return _described(record, {publish.NOTEBOOK: notebooks.dumps(executed.notebook), publish.RECORD: provenance.dumps(record)})


def lost(run: Run, message: str, at: int | None) -> dict[str, bytes]:
    """Give what can be kept of a run whose worker is gone: the notebook as it was to run, with the cell ``at`` which it was marked."""
    notebook = notebooks.prepare(run.report.path.read_bytes(), run.parameters)
    executed = Executed(notebook, "failed", message, error="lost")
    return partial(executed, _record(run, provenance.basis(run.report, run.around), executed), at)


def _record(run: Run, basis: Mapping[str, Any], executed: Executed) -> dict[str, Any]:
    return provenance.record(run.report, basis, executed, run.parameters, as_of=run.as_of, slice_name=run.slice_name, given=run.given)


def _described(record: Mapping[str, Any], files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Add the description that makes a run's folder a Process Run Crate."""
    return {**files, crate.FILE: crate.describe(record, files)}


def _set_aside(record: Mapping[str, Any], run: Run) -> dict[str, bytes]:
    """Copy the rows that were set aside into the run's folder; a table's stamp names their files in the store."""
    if not run.context.get("store"):
        return {}
    store = Path(str(run.context["store"])).resolve()
    named = [
        store.parent / part.strip() for table in record["tables"] for part in str(table.get("quarantine", "")).split(",") if part.strip()
    ]
    return {f"set-aside/{path.name}": path.read_bytes() for path in named if path.resolve().is_relative_to(store) and path.is_file()}
