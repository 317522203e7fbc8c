"""The press's hands on this machine: a worker process for each run, forked from a server that has papermill loaded."""

import contextlib
import multiprocessing
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from prodops.reports import kernels, publish
from prodops.reports.engine import Limits
from prodops.reports.kernels.processes import children
from prodops.reports.runs import Cell, Job, Made, Run, failed
from prodops.reports.worker import MADE, lost, work

WARM = "prodops.reports.warm"
PATIENCE = 10.0
"""Seconds that a worker has to end by itself."""
TRIES, PAUSE = 10, 0.05
"""How often a worker is started, and the seconds in between: the server that it is forked from may be dying at this moment."""


class Crew:
    """Workers of this machine, ``size`` at a time; their kernels are forked from one preloaded process unless they are to be ``cold``.

    Each run's private folder lies in ``within``: the folder of reports, so that one rename puts its files in place, unless another
    machine's press does that.
    """

    def __init__(self, *, reports: Path, environ: Mapping[str, str], size: int, cold: bool, within: Path | None = None) -> None:
        self.size = max(1, size)
        self._reports, self._environ, self._cold, self._within = reports, dict(environ), cold, within or reports
        self._kernels = kernels.Server(environ)

    def start(self, run: Run, limits: Limits) -> "Worker":
        """Start one run; raises OSError where the system has no process to give."""
        server = "" if self._cold else self._kernels.address()
        return Worker(Job(run, self._reports, self._within, self._environ, limits, server))

    def __enter__(self) -> Self:
        kernels.adopt()
        warm_up()
        if not self._cold:
            self._kernels.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None) -> None:
        self._kernels.__exit__(kind, value, traceback)


class Worker:
    """One worker process, seen from the press. Whatever becomes of it, :meth:`end` leaves nothing behind."""

    def __init__(self, job: Job) -> None:
        self.run, self._kernel, self._cell = job.run, 0, 0
        with contextlib.ExitStack() as stack:
            self._folder = stack.enter_context(publish.hidden(job.folder))
            self._start(replace(job, folder=self._folder), stack)
            self._left = stack.pop_all()

    def _start(self, job: Job, stack: contextlib.ExitStack) -> None:
        for left in reversed(range(TRIES)):
            ours, theirs = multiprocessing.Pipe(duplex=False)
            listens, self._leash = multiprocessing.Pipe(duplex=False)
            with theirs, listens:
                try:
                    self._process: BaseProcess = context().Process(target=work, args=(theirs, listens, job), daemon=True)
                    self._process.start()
                    break
                except (OSError, EOFError):
                    ours.close()
                    self._leash.close()
                    if not left:
                        raise
                    connection.wait([], PAUSE)
        self._pipe = ours
        stack.callback(self._pipe.close)
        stack.callback(self._leash.close)
        self._gone: Any = self._process.sentinel
        if hasattr(os, "pidfd_open"):  # tells of the worker itself, also where the server that forked it is gone
            with contextlib.suppress(ProcessLookupError):
                self._gone = os.pidfd_open(self._process.pid or 0)
                stack.callback(os.close, self._gone)

    @property
    def signs(self) -> list[Any]:
        """What to wait for: one of these is ready when there is something to hear."""
        return [self._pipe, self._gone]

    def hear(self) -> Iterator[Cell | Made]:
        """Give what the worker says: each cell as it starts, at last what it made; that it is lost where it is gone without."""
        gone = self._is_gone()
        try:
            while self._pipe.poll():
                said = self._pipe.recv()
                if isinstance(said, Made):
                    yield said
                    return
                if isinstance(said, int):
                    self._kernel = said
                else:
                    self._cell = said[0]
                    yield said
        except (EOFError, OSError):
            gone = self._is_gone(PATIENCE) or True
        if gone:
            yield self._lost()

    def ask(self, why: str) -> None:
        """Ask the worker to stop: it ends its kernel and says what there was."""
        with contextlib.suppress(OSError):
            self._leash.send(why)

    def end(self) -> None:
        """Leave nothing of it: the worker, its kernel and what that started, its folder."""
        self._leash.close()
        if not self._is_gone(PATIENCE):
            self._process.kill()
            self._is_gone(PATIENCE)
        if self._code() != 0:
            if self._kernel:
                kernels.kill(self._kernel)
            end_orphans()
        self._left.close()

    def _is_gone(self, seconds: float = 0) -> bool:
        return bool(connection.wait([self._gone], seconds))

    def _code(self) -> int:
        with contextlib.suppress(OSError):  # a worker whose server is gone has become our own child
            return os.waitstatus_to_exitcode(os.waitpid(self._process.pid or 0, os.WNOHANG)[1])
        self._process.join(PATIENCE)
        return self._process.exitcode or 0

    def _lost(self) -> Made:
        code = self._code()
        number = -code if code < 0 else code - 128  # as a shell would say it
        name = kernels.signal_name(number)
        how = f"was ended by {name}" if name else "ended before its time"
        hint = ", often because memory ran out" if number == kernels.KILL else ""
        outcome = failed(self.run, f"The process that makes the report {how}{hint}.", infrastructure=True)
        with contextlib.suppress(Exception):  # what cannot be kept changes nothing of what happened
            files = lost(self.run, outcome.message, self._cell - 1 if self._cell else None)
            return Made(outcome, publish.write_files(self._folder / f"{MADE}-here", files))
        return Made(outcome)


def warm_up() -> None:
    """Start what workers are made from, in the background; call it early where there is other work to do before."""
    if "forkserver" in multiprocessing.get_all_start_methods():
        from multiprocessing.forkserver import ensure_running

        with contextlib.suppress(OSError):  # whatever it is, the first worker meets it again, and says so
            context()
            ensure_running()


def context() -> Any:
    """Fork workers from a server that has papermill loaded, where there can be one; else start them afresh."""
    methods = multiprocessing.get_all_start_methods()
    made = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    if "forkserver" in methods:
        made.set_forkserver_preload([WARM])
    return made


def end_orphans() -> None:
    """End what killed workers left: it has become the children of the server that workers are forked from (Linux)."""
    from multiprocessing import forkserver

    server = vars(forkserver)["_forkserver"]._forkserver_pid
    if not server:
        return
    for _ in range(10):  # what ends hands its own children on to the server
        ours = {process.pid for process in multiprocessing.active_children()}
        orphans = [pid for pid in children(server) if pid not in ours]
        if not orphans:
            return
        for pid in orphans:
            with contextlib.suppress(OSError):
                os.kill(pid, kernels.KILL)
