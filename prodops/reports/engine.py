"""papermill at work: the cells of one notebook run on a kernel of its own, and what was seen to happen noted as it happens.

papermill's own marks are not relied on: it would call every cell completed whose kernel was killed, and ``sys.exit(0)`` a success.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal

from prodops.reports import kernels
from prodops.reports.kernels import Heart, memory

if TYPE_CHECKING:
    from jupyter_client.client import KernelClient
    from jupyter_client.manager import AsyncKernelManager
    from nbformat import NotebookNode

Progress = Callable[[int, int], None]
End = Literal["", "no kernel", "dead", "frozen", "timeout", "silent", "flood", "memory"]
ENGINE = "prodops"
OUTPUT_LIMIT = 50_000_000
OUTPUT_SECONDS = 60


@dataclass(frozen=True)
class Limits:
    """What a run may take: seconds for one cell, for all, for the kernel to start, and without a heartbeat; bytes of memory.

    ``memory_bytes`` of 0 is this machine's share for one run at a time (:func:`kernels.memory.share`).
    """

    cell: float = 900
    run: float = 3600
    start: float = 60
    silence: float = 30
    memory_bytes: float = 0


@dataclass
class Running:
    """One notebook while it runs, and what was seen: ``at`` is the cell it is in, ``raised`` the error (name, text) that a cell
    ended it with, ``stopped`` an end that no cell raised, ``refusal`` why there is no kernel."""

    notebook: "NotebookNode"
    folder: Path
    environ: dict[str, str]
    limits: Limits
    progress: Progress | None
    on_kernel: Callable[[int], None] | None
    server: str = ""
    began: float = field(default_factory=monotonic)
    at: int = 0
    cell_began: float = 0.0
    seconds: list[float] = field(default_factory=list)
    raised: tuple[str, str] | None = None
    stopped: End = ""
    refusal: str = ""
    output_size: int = 0
    manager: "AsyncKernelManager | None" = None
    heart: Heart | None = None
    exit_code: int | None = None

    def kernel_is_up(self, client: "KernelClient") -> None:
        kernel = self._provisioner
        self.heart = Heart(
            client,
            kernel.pid,
            silent_seconds=self.limits.silence,
            memory_bytes=self.memory_bytes,
            inherited=kernel.inherited,
            on_fault=self.stop,
        )
        if self.on_kernel:
            self.on_kernel(kernel.pid)

    def stop(self, why: Literal["frozen", "flood", "memory"]) -> None:
        self.stopped = why
        kernels.kill(self._provisioner.pid)

    @contextmanager
    def ended(self) -> Iterator[None]:
        """Have the kernel, and all that it started, gone when the block is left, however that comes."""
        try:
            yield
        finally:
            if self.heart:
                self.heart.stop()
            process = self._provisioner.process if self.manager else None
            if process is not None:
                self.exit_code = process.poll()
                kernels.kill(process.pid)
                process.wait()

    @property
    def memory_bytes(self) -> float:
        return self.limits.memory_bytes or memory.share()

    @property
    def _provisioner(self) -> Any:
        return self.manager.provisioner if self.manager else None

    def cell_starts(self, cell: "NotebookNode", cell_index: int) -> None:
        self.at, self.cell_began = cell_index, monotonic()
        if self.progress:
            self.progress(cell_index + 1, len(self.notebook.cells))

    def cell_ran(self, cell: "NotebookNode", cell_index: int, execute_reply: Mapping[str, Any]) -> None:
        self.seconds.append(monotonic() - self.cell_began)
        content = execute_reply["content"]
        if content["status"] != "ok" and "raises-exception" not in cell.metadata.get("tags", []):
            self.raised = (str(content.get("ename", "")), str(content.get("evalue", "")))

    def seconds_left(self, cell: "NotebookNode") -> float:
        return max(0.01, min(self.limits.cell, self.began + self.limits.run - monotonic()))


# --------------------------------------------------------------------------------------------------------- papermill
def run_cells(run: Running) -> None:
    """Have papermill execute the notebook with an engine of ours, and note how it ended; the kernel is gone when this returns."""
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError
    from papermill.execute import execute_notebook

    _register_engine()
    try:
        execute_notebook(run.notebook, None, engine_name=ENGINE, kernel_name="python3", progress_bar=False, autosave_cell_every=0, run=run)
    except PapermillExecutionError:
        pass  # what the cell raised is noted already
    except CellTimeoutError as fault:
        run.stopped = "silent" if "IOPub" in str(fault) else "timeout"
    except DeadKernelError:
        run.stopped = run.stopped or "dead"
    except (RuntimeError, OSError) as fault:
        if run.heart:
            raise
        run.stopped, run.refusal = "no kernel", getattr(fault, "strerror", None) or str(fault)
    finally:
        run.notebook.cells = [c for c in run.notebook.cells if "papermill-error-cell-tag" not in c.metadata.get("tags", [])]


def _register_engine() -> None:
    """Give papermill an engine that runs the cells with papermill's client, on a kernel that is gone when it returns."""
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import Engine, papermill_engines

    from prodops.reports.kernels.client import manager

    class Client(PapermillNotebookClient):
        def __init__(self, nb_man: Any, run: Running) -> None:
            super().__init__(
                nb_man,
                startup_timeout=int(run.limits.start),
                timeout_func=run.seconds_left,
                iopub_timeout=OUTPUT_SECONDS,
                record_timing=False,
                store_widget_state=False,
                coalesce_streams=True,
                shutdown_kernel="immediate",
                on_notebook_start=self.kernel_is_up,
                on_cell_start=run.cell_starts,
                on_cell_executed=run.cell_ran,
            )
            self.run = run

        def create_kernel_manager(self) -> Any:
            run = self.run
            self.km = run.manager = manager(run.folder, memory_bytes=run.memory_bytes, server=run.server, seconds=run.limits.start)
            return self.km

        def kernel_is_up(self, notebook: "NotebookNode") -> None:
            self.run.kernel_is_up(self.kc)

        def output(self, outs: Any, msg: dict[str, Any], display_id: str | None, cell_index: int) -> Any:
            content = msg["content"]
            self.run.output_size += len(str(content.get("text") or content.get("data") or ""))
            if self.run.output_size > OUTPUT_LIMIT:
                return self.run.stop("flood")
            return super().output(outs, msg, display_id, cell_index)

    class PressEngine(Engine):
        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, *, run: Running, **_: object) -> None:
            run.notebook = nb_man.nb
            with open(run.folder / "kernel.log", "wb") as log, run.ended():
                Client(nb_man, run).execute(cwd=str(run.folder / "work"), env=run.environ, stdout=log, stderr=log)

    papermill_engines.register(ENGINE, PressEngine)
