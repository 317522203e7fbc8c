"""A plain kernel: ``python -m prodops.reports.kernels ipykernel PARENT MEMORY -f FILE`` becomes an IPython kernel.

It needs no kernelspec to be installed, reads no personal start-up file or profile, keeps no history and writes to nobody's home.
"""

import os
import sys
from pathlib import Path
from typing import Any

from prodops.reports.kernels import memory, processes

OWN_ARGUMENTS = 3
MODULE = "prodops.reports.kernels"
LABEL = "ipykernel"
"""The word by which people and monitors look for kernels in a list of processes."""
FLAGS = ("--HistoryManager.enabled=False", "--InteractiveShellApp.exec_PYTHONSTARTUP=False")


def command(limit: float) -> list[str]:
    """Give a kernel's command line, as a kernelspec has it; its parent is this process."""
    return [sys.executable, "-m", MODULE, LABEL, str(os.getpid()), str(int(limit)), "-f", "{connection_file}", *FLAGS]


def main() -> None:
    """Become a kernel whose life is tied to its parent's."""
    _end_with_parent(int(sys.argv[2]))
    processes.adopt()
    memory.cap(int(sys.argv[3]))
    postpone_grammar()
    if sys.path and Path(sys.path[0] or ".").resolve() == Path.cwd():
        del sys.path[0]  # as ipykernel_launcher does: no file of the working folder may stand in for a library's module
    run_kernel()


def run_kernel() -> None:
    """Be the kernel that the command line describes."""
    words = sys.orig_argv[sys.orig_argv.index(LABEL) :]
    sys.argv = [str(Path(__file__).with_name("__main__.py")), *words[OWN_ARGUMENTS:]]

    from ipykernel.kernelapp import launch_new_instance

    launch_new_instance()


def _end_with_parent(parent: int) -> None:
    """Have the system kill this process when its parent ends, however that comes; elsewhere than on Linux ipykernel looks each second."""
    if processes.prctl(processes.SET_PARENT_DEATH_SIGNAL, processes.KILL) and os.getppid() != parent:
        os._exit(1)  # it ended before we asked


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
