"""One run: a notebook and its parameters in, the executed notebook and its true status out. papermill does the running.

The parameters go in as a cell of our own (papermill would run a parameter's *name* as code), and the status is what was seen to
happen: a kernel that dies, freezes, runs too long or is left with ``sys.exit(0)`` has failed, and a cell counts as run only
when its reply came.
"""

import json
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal

from prodops import errors
from prodops.parameters.secrets import hide, hide_within, require
from prodops.parameters.types import Value
from prodops.reports import engine, kernels, notebooks, secrecy
from prodops.reports.catalogue import Report
from prodops.reports.engine import Limits, Progress, Running
from prodops.reports.kernels import memory

if TYPE_CHECKING:
    from nbformat import NotebookNode

Status = Literal["ok", "no data", "failed"]
OUTSIDE = (kernels.KILL, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM))
"""Signals by which others end a kernel."""
TRACE, FOUND = "read.jsonl", "found.json"
GREETING = (
    "NOTE: When using",
    "To exit, you will",
    '"quit" from a client',
    "To read more about",
    "To connect another client",
    "--existing",
)
"""How a kernel's log begins where all is well: how others may connect to it."""
OUR_ERRORS = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.ProdopsError)}


@dataclass(frozen=True)
class Executed:
    """What came of one run.

    ``cell`` is the number of the cell that stopped it, as ``In [n]`` shows it; ``error`` the name of what was raised there;
    ``message`` one line for a person. ``seconds`` (for each cell that ran) and ``noise`` (standard error) are of this run
    only and never enter the notebook. ``infrastructure`` marks what another attempt may mend: a kernel that was killed from
    outside, froze, or could not be started; never what a cell did. ``read`` are the stamps of all that the notebook
    read, whether or not it shows them.
    """

    notebook: "NotebookNode"
    status: Status
    message: str = ""
    error: str = ""
    cell: int | None = None
    seconds: tuple[float, ...] = ()
    noise: str = ""
    infrastructure: bool = False
    read: tuple[dict[str, Any], ...] = ()


def execute(
    report: Report,
    parameters: Mapping[str, Value],
    *,
    context: Mapping[str, object],
    folder: Path,
    environ: Mapping[str, str],
    limits: Limits | None = None,
    progress: Progress | None = None,
    on_kernel: Callable[[int], None] | None = None,
    server: str = "",
) -> Executed:
    """Run a report's notebook in a kernel of its own; no secret (:mod:`secrecy`) is in what comes of it.

    Raises :class:`ParameterError` where a secret is not set, and :class:`WorkspaceError` where the workspace cannot be read.

    ``context`` is told to the kernel (as JSON, in the variable ``PRODOPS_RUN``), ``folder`` is private to this run and holds
    the kernel's files and its working folder, ``environ`` is what the kernel's environment is made from. ``progress`` is
    called with the number of the cell and of all cells, ``on_kernel`` with the kernel's process id. The kernel is
    forked from the ``server`` at that address (:class:`kernels.Server`), or plain where there is none. Never raises for what a
    notebook does: that is the result's ``status`` and ``message``.
    """
    require(parameters, environ)
    secrets = secrecy.of_run(report, parameters, context, environ)
    source = report.path.read_bytes()
    run = Running(
        notebooks.prepare(source, parameters),
        folder,
        kernels.environment(environ, folder, {**_handed(context, folder), "trace": str(folder / TRACE)}),
        limits or Limits(),
        progress,
        on_kernel,
        server,
    )
    (folder / "work").mkdir(exist_ok=True)
    (folder / TRACE).unlink(missing_ok=True)
    engine.run_cells(run)
    notebooks.conceal(run.notebook, secrets)
    run.raised = run.raised and (hide(run.raised[0], secrets), hide(run.raised[1], secrets))
    status, message = _verdict(run)
    message = hide(message, secrets)  # the last words of a kernel that did not start
    cell = _number(run) if status != "ok" else None
    if cell is not None and run.heart:
        _mark_stopped(run.notebook.cells[run.at], status)
    noise = notebooks.tidy(run.notebook, private=folder, keep_noise=status == "failed")
    error = run.raised[0] if run.raised else run.stopped
    read = tuple(hide_within(stamp, secrets) for stamp in _traced(folder / TRACE))
    return Executed(run.notebook, status, message, error, cell, tuple(run.seconds), noise, _is_infrastructure(run), read)


def _handed(context: Mapping[str, object], folder: Path) -> Mapping[str, object]:
    """Put what other reports found into a file of the run's own, as the environment of a process holds no long texts."""
    if not context.get("found"):
        return context
    (folder / FOUND).write_text(json.dumps(context["found"]), encoding="utf-8")
    return {**context, "found": str(folder / FOUND)}


def _is_infrastructure(run: Running) -> bool:
    if run.raised:
        return False
    return run.stopped in ("no kernel", "frozen") or (
        run.stopped == "dead" and (run.exit_code == kernels.UNKNOWN or -(run.exit_code or 0) in OUTSIDE)
    )


def _traced(file: Path) -> tuple[dict[str, Any], ...]:
    """Read what the kernel noted as it read; a last line that a kill cut short is left out."""
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True) if file.is_file() else []
    return tuple(json.loads(line) for line in lines if line.endswith("\n"))


def _mark_stopped(cell: "NotebookNode", status: Status) -> None:
    """Number the cell that a run stopped in, though its own message may never have come; "no data" is shown without a traceback."""
    if _runs(cell):
        cell.execution_count = cell.execution_count or 0
        cell.outputs = [output for output in cell.outputs if status == "failed" or output.output_type != "error"]


# ------------------------------------------------------------------------------------------------------------ verdict
def _verdict(run: Running) -> tuple[Status, str]:
    """Say how a run ended; it is ``ok`` only where every cell's reply came and none had failed."""
    if run.raised and run.raised[0] == errors.NoData.__name__:
        return "no data", _one_line(run.raised[1]) or "There is no data to report on."
    if run.raised:
        return "failed", _raised(run, *run.raised)
    if run.stopped:
        return "failed", _stopped(run)
    if len(run.seconds) != sum(_runs(cell) for cell in run.notebook.cells):
        return "failed", f"{_place(run)} was the last to run; the run stopped before its end."
    return "ok", ""


def _runs(cell: "NotebookNode") -> bool:
    return bool(cell.cell_type == "code" and cell.source.strip() and "skip-execution" not in cell.metadata.get("tags", []))


def _raised(run: Running, name: str, text: str) -> str:
    if name in OUR_ERRORS:
        return _one_line(text)
    if name in memory.ERRORS:
        return f"{_place(run)} {_too_much(run)} ({name}{f': {_one_line(text)}' if text else ''})."
    if name == "SystemExit":
        return f"{_place(run)} left the notebook with sys.exit({_one_line(text)}); what comes after it did not run."
    return f"{_place(run)} raised {name}: {_one_line(text)}" if text else f"{_place(run)} raised {name}."


def _stopped(run: Running) -> str:
    limits, place = run.limits, _place(run)
    at = place[0].lower() + place[1:]
    match run.stopped:
        case "timeout" if monotonic() - run.began >= limits.run:
            return f"The run took longer than {limits.run:g} s and was stopped in {at}."
        case "timeout":
            return f"{place} took longer than {limits.cell:g} s, the limit for a cell, and was stopped."
        case "silent":
            return f"What {at} showed did not come through within {engine.OUTPUT_SECONDS} s."
        case "frozen":
            return f"The kernel gave no sign of life for {limits.silence:g} s in {at} and was ended."
        case "flood":
            return f"{place} showed more than {engine.OUTPUT_LIMIT // 1_000_000} MB, the limit for a run, and was stopped."
        case "memory":
            return f"{place} {_too_much(run)}, and was stopped."
        case "no kernel":
            last = _last_line(run.folder / "kernel.log")
            return f"The kernel did not start: {run.refusal}{f' ({last})' if last else ''}."
    return f"The kernel {_death(run.exit_code)} in {at}."


def _too_much(run: Running) -> str:
    return f"used more than {memory.words(run.memory_bytes)} of memory, the limit for a run"


def _death(code: int | None) -> str:
    if code == kernels.UNKNOWN:
        return "ended, as did the process that could have said how,"
    if code == -kernels.KILL:
        return "was killed (SIGKILL, often because memory ran out)"
    if code is not None and code < 0:
        return f"crashed ({kernels.signal_name(-code) or f'signal {-code}'})"
    return f"ended by itself (exit code {code})"


def _number(run: Running) -> int:
    """Number the current cell as ``In [n]`` does: code cells that ran, less the one that holds the parameters of the run."""
    cells = run.notebook.cells[: run.at + 1]
    return max(1, sum(_runs(cell) and notebooks.INJECTED not in cell.metadata.get("tags", []) for cell in cells))


def _place(run: Running) -> str:
    lines = [line.strip() for line in run.notebook.cells[run.at].source.splitlines()]
    first = next((line for line in lines if line and not line.startswith("#")), "")
    return f"Cell {_number(run)} ({first[:50]}{'…' if len(first) > 50 else ''})"


def _one_line(text: str, limit: int = 500) -> str:
    text = errors.on_one_line(text)
    return text if len(text) <= limit else text[:limit] + "…"


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    said = [line for line in lines if line.strip() and not line.lstrip().startswith(GREETING)]
    return _one_line(said[-1]) if said else ""
