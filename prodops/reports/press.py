"""The press: each run in a worker process of its own, several side by side; one that fails stops no other.

Whoever ends first, nothing is left over: the press ends the kernel of a worker that was killed and removes the run's private
folder; a worker whose press is gone does the same for itself.
"""

import contextlib
import multiprocessing
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import monotonic
from typing import Any

from prodops.errors import RunError
from prodops.reports import kernels, publish
from prodops.reports.engine import Limits
from prodops.reports.worker import Outcome, Place, Run, failed, work
from prodops.workspace import Workspace

WARM = "prodops.reports.warm"
PATIENCE = 10


Progress = Callable[[str, int, int], None]


# ---------------------------------------------------------------------------------------------------------- the press
def run(
    runs: Sequence[Run],
    *,
    workspace: Workspace,
    environ: Mapping[str, str],
    out: Path | None = None,
    jobs: int = 1,
    limits: Limits | None = None,
    progress: Progress | None = None,
) -> list[Outcome]:
    """Make all runs, up to ``jobs`` at a time, and give their outcomes in the order asked for.

    Results go to ``<home>/reports/<report>/<slice>/<as_of>/``, or below ``out`` where that is a folder, or into the one file that
    it names. ``progress`` is called with a report's name and the number of its cell and of all its cells. Raises
    :class:`RunError` only for what concerns all runs, before any starts, as an output that cannot be written. On SIGTERM
    everything that was started is ended before the process exits.
    """
    place = Place(workspace.home / "reports", out)
    if out is not None and publish.is_page(out) and len(runs) > 1:
        raise RunError(f"{out}: {len(runs)} reports do not fit in one file; give a folder.")
    for folder in (place.reports, *([out] if out is not None else [])):
        publish.check(folder)
    waiting, outcomes, working = list(enumerate(runs)), dict[int, Outcome](), dict[int, _Worker]()
    try:
        with _stoppable():
            while waiting or working:
                while waiting and len(working) < max(1, jobs):
                    number, each = waiting.pop(0)
                    try:
                        working[number] = _Worker(each, place, environ, limits or Limits())
                    except (OSError, EOFError) as fault:
                        why = getattr(fault, "strerror", None) or type(fault).__name__
                        outcomes[number] = failed(each, f"No process can be started for the report ({why.lower()}).")
                if working:
                    connection.wait([worker.pipe for worker in working.values()])
                for number, worker in list(working.items()):
                    if outcome := worker.hear(progress):
                        outcomes[number] = outcome
                        working.pop(number).end()
    finally:
        for worker in working.values():
            worker.end(early=True)
    return [outcomes[number] for number in range(len(runs))]


class _Worker:
    """One worker process, seen from the press."""

    def __init__(self, run: Run, place: Place, environ: Mapping[str, str], limits: Limits) -> None:
        self.of, self.kernel, self.began = run, 0, monotonic()
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(publish.hidden(place.reports))
            self.pipe, theirs = _context().Pipe()
            stack.callback(self.pipe.close)
            self.process: BaseProcess = _context().Process(
                target=work, args=(theirs, run, place, dict(environ), limits, folder), daemon=True
            )
            with theirs:
                self.process.start()
            self._left = stack.pop_all()

    def hear(self, progress: Progress | None) -> Outcome | None:
        """Take in what the worker says; gives the outcome when it comes, or when the worker is gone without one."""
        try:
            while self.pipe.poll():
                said = self.pipe.recv()
                if isinstance(said, Outcome):
                    return replace(said, seconds=monotonic() - self.began)
                if isinstance(said, int):
                    self.kernel = said
                elif progress:
                    progress(self.of.report.name, *said)
        except (EOFError, OSError):
            return self._lost()
        return None

    def _lost(self) -> Outcome:
        self.process.join(PATIENCE)
        code = self.process.exitcode or 0
        number = -code if code < 0 else code - 128  # as a shell would say it
        name = kernels.signal_name(number)
        how = f"was ended by {name}" if name else "ended before its time"
        hint = ", often because memory ran out" if number == kernels.KILL else ""
        return replace(failed(self.of, f"The process that makes the report {how}{hint}."), seconds=monotonic() - self.began)

    def end(self, *, early: bool = False) -> None:
        """Leave nothing of it: the worker, its kernel, its folder."""
        if early:
            self.process.terminate()
        self.process.join(PATIENCE)
        if self.process.is_alive():
            self.process.kill()
            self.process.join(PATIENCE)
        if self.process.exitcode != 0 and self.kernel:
            kernels.kill(self.kernel)
        self._left.close()


def warm_up() -> None:
    """Start what workers are made from, in the background; call it early where there is other work to do before :func:`run`."""
    if "forkserver" in multiprocessing.get_all_start_methods():
        from multiprocessing.forkserver import ensure_running

        _context()
        with contextlib.suppress(OSError):  # whatever it is, run() meets it again, and says so
            ensure_running()


def _context() -> Any:
    """Fork workers from a server that has papermill loaded, where there can be one; else start them afresh."""
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    if "forkserver" in methods:
        context.set_forkserver_preload([WARM])
    return context


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """Have SIGTERM unwind the press, as Ctrl-C does, so that what it started ends with it."""

    def stop(number: int, frame: object) -> None:
        raise SystemExit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
