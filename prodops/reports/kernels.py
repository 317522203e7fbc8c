"""The kernel of one run: a process of its own that shares nothing with another run and cannot outlive the press.

Run as a module, this file *is* the kernel: it ties its life to its parent's and becomes an IPython kernel. It needs no
kernelspec to be installed, reads no personal start-up file or profile, keeps no history and writes to nobody's home.
"""

import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_client.client import KernelClient
    from jupyter_client.manager import AsyncKernelManager

CONTEXT = "PRODOPS_RUN"
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)
SET_PARENT_DEATH_SIGNAL, SET_CHILD_SUBREAPER = 1, 36  # of Linux' prctl
LONGEST_SOCKET_PATH = 90
LABEL = "ipykernel"
"""The word by which people and monitors look for kernels in a list of processes."""
PERSONAL = ("IPYTHON", "JUPYTER", "JPY_", "PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONOPTIMIZE", "PYTHONBREAKPOINT", "COLUMNS", "LINES")
"""Settings of a person's own session, by the start of their names: they never reach a report."""

FIXED = {
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",  # what a report calls local is said by the workspace, never by the machine
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "OMP_NUM_THREADS": "1",  # sums depend on the number of threads, and runs go on side by side
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
"""What every run finds the same, wherever it runs."""


def environment(environ: Mapping[str, str], folder: Path, context: Mapping[str, Any]) -> dict[str, str]:
    """Make the kernel's environment: the caller's, less what is personal, with its own folders and its one run context."""
    kept = {k: v for k, v in environ.items() if not k.startswith(PERSONAL)}
    package_home = str(Path(__file__).resolve().parents[2])
    return (
        kept
        | FIXED
        | {
            CONTEXT: json.dumps(context, sort_keys=True),
            "IPYTHONDIR": str(folder / "ipython"),
            "JUPYTER_CONFIG_DIR": str(folder / "jupyter"),
            "JUPYTER_DATA_DIR": str(folder / "jupyter"),
            "JUPYTER_RUNTIME_DIR": str(folder / "jupyter"),
            "PYTHONPATH": os.pathsep.join(filter(None, [package_home, kept.get("PYTHONPATH", "")])),
        }
    )


def manager(folder: Path) -> "AsyncKernelManager":
    """Make the manager of a kernel that is not started yet; its sockets and connection file lie in ``folder``."""
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager

    flags = ["--HistoryManager.enabled=False", "--InteractiveShellApp.exec_PYTHONSTARTUP=False"]
    spec = KernelSpec(
        argv=[sys.executable, "-m", "prodops.reports.kernels", LABEL, str(os.getpid()), "-f", "{connection_file}", *flags],
        display_name="prodops",
        language="python",
        metadata={"kernel_provisioner": {"provisioner_name": "local-provisioner"}},
    )

    class OneSpec(KernelSpecManager):
        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
            return spec

    made = AsyncKernelManager(kernel_spec_manager=OneSpec(), kernel_name="prodops", connection_file=str(folder / "kernel.json"))
    if os.name == "posix" and len(str(folder)) <= LONGEST_SOCKET_PATH:  # no ports: none to run out of, or for others to reach
        made.transport, made.ip = "ipc", str(folder / "kernel")
    return made


# ------------------------------------------------------------------------------------------------- in the kernel itself
def main() -> None:
    """Become a kernel: ``python -m prodops.reports.kernels ipykernel PARENT -f FILE``."""
    _end_with_parent(int(sys.argv[2]))
    del sys.argv[1:3]
    postpone_grammar()
    if sys.path and Path(sys.path[0] or ".").resolve() == Path.cwd():
        del sys.path[0]  # as ipykernel_launcher does: no file of the working folder may stand in for a library's module

    from ipykernel.kernelapp import launch_new_instance

    launch_new_instance()


def _end_with_parent(parent: int) -> None:
    """Have the system kill this process when its parent ends, however that comes; elsewhere than on Linux ipykernel looks each second."""
    if _prctl(SET_PARENT_DEATH_SIGNAL, KILL) and os.getppid() != parent:
        os._exit(1)  # it ended before we asked


def _prctl(option: int, value: int) -> bool:
    if sys.platform != "linux":
        return False
    import ctypes

    return ctypes.CDLL(None).prctl(option, value, 0, 0, 0) == 0


def postpone_grammar() -> None:
    """Have the IRI grammar built when it is first asked for.

    ``jsonschema`` imports ``rfc3987_syntax`` for a format that neither notebooks nor charts use, and that import builds a
    grammar for about 0.7 s. Until then a module stands in for it whose names load the real one.
    """
    from importlib import import_module
    from importlib.util import find_spec
    from types import ModuleType

    name = "rfc3987_syntax"
    if name in sys.modules or find_spec(name) is None:
        return
    stand_in = ModuleType(name)

    def real(attribute: str) -> Any:
        if attribute.startswith("__"):  # asked of every module by whoever looks through sys.modules
            raise AttributeError(attribute)
        if sys.modules.get(name) is stand_in:
            del sys.modules[name]
        return getattr(import_module(name), attribute)

    def is_valid_syntax(rule: str, text: str) -> bool:
        return bool(real("is_valid_syntax")(rule, text))

    stand_in.__getattr__ = real  # type: ignore[method-assign]
    stand_in.is_valid_syntax = is_valid_syntax  # type: ignore[attr-defined]
    sys.modules[name] = stand_in


# ------------------------------------------------------------------------------------------------ ends, from outside
def kill(pid: int) -> None:
    """End a kernel and all that it started, at once."""
    with contextlib.suppress(OSError):
        os.killpg(pid, KILL) if hasattr(os, "killpg") else os.kill(pid, KILL)


def signal_name(number: int) -> str:
    """Name a signal; nothing where there is none of that number."""
    return signal.Signals(number).name if number in set(signal.Signals) else ""


def adopt() -> None:
    """Have processes whose parent ended become children of this one, so that :func:`end_children` finds them (Linux)."""
    _prctl(SET_CHILD_SUBREAPER, 1)


def end_children() -> None:
    """End all processes that descend from this one (Linux; elsewhere the kernel's process group is all that is ended)."""
    for _ in range(10):  # a process that ends hands its own children to us
        children = _children(os.getpid())
        if not children:
            return
        for pid in children:
            with contextlib.suppress(OSError):
                os.kill(pid, KILL)
                os.waitpid(pid, 0)


def _children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            if int(entry.read_text(errors="replace").rpartition(")")[2].split()[1]) == parent:
                found.append(int(entry.parent.name))
    return found


class Heart(Thread):
    """Listens to a kernel's heartbeat while it works and calls ``on_silence`` where it stops.

    The heart beats in a thread that needs no Python: a cell that computes for hours, or holds the interpreter, never stops it;
    a kernel that is frozen does.
    """

    def __init__(self, client: "KernelClient", silent_seconds: float, on_silence: Callable[[], None]) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self._channel, self._limit, self._on_silence, self._done = (client.hb_channel, silent_seconds, on_silence, Event())
        self.start()

    def run(self) -> None:
        silent = 0
        while not self._done.wait(1.0):
            silent = 0 if self._channel.is_beating() else silent + 1
            if silent >= self._limit:
                self._on_silence()
                return

    def stop(self) -> None:
        self._done.set()
        self.join()


if __name__ == "__main__":
    main()
