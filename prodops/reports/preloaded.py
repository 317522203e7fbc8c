"""The process that warm kernels are forked from: ``python -m prodops.reports.preloaded SOCKET FORKS KERNELS ROOM``.

It loads what notebooks import, holds nothing of any run, and has one thread, for a lock held by another would stay held in a fork.
Each kernel that it forks is told apart from it at once: its own session, environment, folder, files and random numbers. It says
how each ended, ends what a dead kernel left behind, starts itself afresh when files that it loaded have changed, and ends with its
press. Its name has nothing of a kernel in it, so that nobody who looks for kernels takes it for one.
"""

import contextlib
import gc
import json
import os
import socket
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from itertools import pairwise
from multiprocessing.connection import wait
from pathlib import Path
from pkgutil import walk_packages
from typing import Any, NoReturn

import prodops
from prodops.reports.kernels import environ, memory, processes
from prodops.reports.kernels.plain import postpone_grammar, run_kernel

PRESS = 0
"""Standard input: it ends when the press ends."""
CANNOT, PATIENCE = 3, 5.0
ROOM = " " * 1024
"""Stands last on the command line, for a kernel to write its own over it."""
FIRST = (
    "pandas", "pyarrow.compute", "pyarrow.parquet", "pyarrow.dataset", "duckdb", "ibis", "ibis.backends.duckdb", "altair", "yaml", "pydantic",
    "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell", "ipykernel.debugger", "IPython.core.debugger",
    "IPython.extensions.storemagic", "matplotlib_inline.backend_inline", "tornado.platform.asyncio", "zmq.asyncio", "pdb",
)  # fmt: skip
"""What a kernel itself, and nearly every notebook, imports."""
LATER = (
    "sklearn.feature_extraction.text", "sklearn.cluster", "sklearn.decomposition", "sklearn.neighbors", "scipy.sparse", "scipy.optimize",
    "scipy.stats", "ipywidgets", "matplotlib.pyplot",
)  # fmt: skip
"""What some notebooks import: loaded while there is no kernel."""
PRESS_ONLY = ("prodops.reports", "prodops.cli")


@dataclass
class Nursery:
    """The kernels that live, each with the connection on which its worker waits to hear how it ends; ``most`` may be forked."""

    door: socket.socket
    most: int
    kernels: dict[int, socket.socket] = field(default_factory=dict)
    handles: dict[int, int] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    forks: int = 0

    @classmethod
    def of(cls, door: str, most: str, kernels: str) -> "Nursery":
        """Take up the work of the process that this one replaced."""
        made = cls(socket.socket(fileno=int(door)), int(most))
        for pid, connection in json.loads(kernels).items():
            made.add(int(pid), socket.socket(fileno=connection))
        return made

    def add(self, pid: int, connection: socket.socket) -> None:
        self.kernels[pid], self.handles[os.pidfd_open(pid)] = connection, pid

    def reap(self, handle: int) -> None:
        """Say how a kernel ended, and end what it left."""
        pid = self.handles.pop(handle)
        os.close(handle)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        with self.kernels.pop(pid) as connection:
            processes.end_all_but(set(self.kernels))
            tell(connection, {"exit": code})

    def close(self) -> None:
        for each in (self.door, *self.kernels.values()):
            each.close()

    def start_afresh(self) -> NoReturn:
        """Become a new process of the same kind, with the same kernels."""
        for each in (self.door, *self.kernels.values()):
            each.set_inheritable(True)
        kernels = json.dumps({pid: connection.fileno() for pid, connection in self.kernels.items()})
        os.execve(sys.executable, command(self.door.fileno(), self.most, kernels), self.given)


@dataclass(frozen=True)
class Birth:
    """What one kernel is to be: its command line, environment, folder and limit; its own ends of log, lifeline and connection;
    and the environment that this process was ``given``."""

    asked: dict[str, Any]
    log: int
    lifeline: int
    connection: socket.socket
    given: dict[str, str]


def command(door: int, most: int, kernels: str = "{}") -> list[str]:
    """Give the command line of this process."""
    return [sys.executable, "-m", "prodops.reports.preloaded", str(door), str(most), kernels, ROOM]


def main() -> None:
    """Load, then fork a kernel for each request; what comes after the loop happens in a kernel."""
    with contextlib.suppress(ValueError):
        sys.path.remove(os.getcwd())  # no file of the working folder may stand in for a library's module
    processes.adopt()
    nursery, library = Nursery.of(*sys.argv[1:4]), Library()
    library.load(*FIRST, *_rooms())
    if threads() > 1:
        sys.exit(CANNOT)
    birth = serve(nursery, library)
    begin(birth)
    run_kernel()


# ---------------------------------------------------------------------------------------------------------- to preload
class Library:
    """What is loaded, and the files that it was read from."""

    def __init__(self) -> None:
        self.later = list(LATER)
        self._ages = {str(file): _age(str(file)) for file in Path(prodops.__file__).parent.rglob("*.py")}
        self._modules: set[str] = set()

    def load(self, *names: str) -> None:
        """Import modules; what cannot be imported, the notebook that wants it will say."""
        postpone_grammar()
        for name in names:
            with contextlib.suppress(Exception):
                import_module(name)
        if "duckdb" in names and (duckdb := sys.modules.get("duckdb")):
            duckdb.execute("SET threads = 1")  # its standing connection works with a thread for each further core
        new = sys.modules.keys() - self._modules
        files = [file for name in new if (file := getattr(sys.modules[name], "__file__", None))]
        self._ages = {file: _age(file) for file in files} | self._ages
        self._modules |= new
        gc.collect()
        gc.freeze()

    def has_changed(self) -> bool:
        return any(_age(file) != age for file, age in self._ages.items())


def _rooms() -> Iterator[str]:
    found = walk_packages(prodops.__path__, "prodops.", onerror=lambda name: None)
    return (module.name for module in found if not module.name.startswith(PRESS_ONLY))


def _age(file: str) -> tuple[int, int]:
    """Give a file's time and size, by which a change is noticed; a file that is not there has none."""
    try:
        found = os.stat(file)
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def threads() -> int:
    return len(os.listdir("/proc/self/task"))


# ------------------------------------------------------------------------------------------------------------ to serve
def serve(nursery: Nursery, library: Library) -> Birth:
    """Answer requests, and load more while no kernel is at work that wants the core; comes back only in a new kernel, with what that is to be."""
    while True:
        idle = library.later and not nursery.kernels
        ready = wait([PRESS, nursery.door, *nursery.handles], timeout=0 if idle else None)
        if not ready:
            library.load(library.later.pop(0))
        for handle in [each for each in ready if each in nursery.handles]:
            nursery.reap(handle)
        if PRESS in ready:
            processes.end_all_but(frozenset())
            os._exit(0)
        if nursery.door in ready:
            if nursery.forks >= nursery.most or library.has_changed():
                nursery.start_afresh()  # who asks is still at the door
            if birth := fork(nursery):
                return birth


def fork(nursery: Nursery) -> Birth | None:
    """Fork a kernel for who stands at the door; gives what it is to be in the kernel, nothing here."""
    connection, _ = nursery.door.accept()
    files: list[int] = []
    try:
        asked = receive(connection, files)
        if why := refuse(connection, asked, files, nursery.given):
            tell(connection, {"refused": why})
            connection.close()
        elif pid := os.fork():
            nursery.forks += 1
            nursery.add(pid, connection)
        else:
            nursery.close()
            log, lifeline = files
            return Birth(asked, log, lifeline, connection, nursery.given)
    except (OSError, ValueError):  # who asked is gone, or there is no process to be had
        connection.close()
    for each in files:
        os.close(each)
    return None


def receive(connection: socket.socket, files: list[int]) -> dict[str, Any]:
    """Read a request: JSON up to the end of what is sent, with the kernel's log and lifeline."""
    connection.settimeout(PATIENCE)
    data, received, _, _ = socket.recv_fds(connection, 1 << 16, 2)
    files += received
    while more := connection.recv(1 << 16):
        data += more
    asked: dict[str, Any] = json.loads(data)
    return asked


def refuse(connection: socket.socket, asked: dict[str, Any], files: list[int], given: dict[str, str]) -> str:
    """Say why a request cannot be granted; nothing where it can."""
    peer = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[1]
    if peer != os.getuid() or len(files) != 2:
        return "not ours"
    if names := environ.differs(asked["env"], given):
        return f"another environment ({', '.join(names)})"
    return "more than one thread" if threads() > 1 else ""


def tell(connection: socket.socket, news: dict[str, Any], files: tuple[int, ...] = ()) -> None:
    """Say something to a worker that may have gone."""
    with contextlib.suppress(OSError):
        socket.send_fds(connection, [json.dumps(news).encode() + b"\n"], files)


# ---------------------------------------------------------------------------------------------------- in the new kernel
def begin(birth: Birth) -> None:
    """Make a fork what a fresh process would be, and say that it lives."""
    os.setsid()
    processes.adopt()
    processes.end_with(birth.lifeline)
    _own_files(birth)
    for name in birth.given.keys() - birth.asked["env"].keys():
        os.environ.pop(name, None)
    os.environ.update(birth.asked["env"])  # what libraries set as they were imported stays
    os.chdir(birth.asked["cwd"])
    memory.cap(birth.asked["memory"])
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()
    if duckdb := sys.modules.get("duckdb"):
        duckdb.execute("RESET threads")
    sys.orig_argv = birth.asked["command"]
    processes.show_as(sys.orig_argv)
    handle = os.pidfd_open(os.getpid())
    tell(birth.connection, {"pid": os.getpid(), "inherited": memory.used([os.getpid()])}, (handle,))
    os.close(handle)
    birth.connection.close()


def _own_files(birth: Birth) -> None:
    """Keep of all open files the log, the lifeline and the connection."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    for theirs, ours in ((nothing, 0), (birth.log, 1), (birth.log, 2)):
        os.dup2(theirs, ours)
    kept = [2, *sorted((birth.lifeline, birth.connection.fileno())), os.sysconf("SC_OPEN_MAX")]
    for below, above in pairwise(kept):
        os.closerange(below + 1, above)


if __name__ == "__main__":
    main()
