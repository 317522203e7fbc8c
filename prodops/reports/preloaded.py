"""The process that warm kernels are forked from: ``python -m prodops.reports.preloaded SOCKET FORKS KERNELS ROOM``.

It loads what notebooks import, holds nothing of any run, and has one thread, for a lock held by another would stay held in a fork.
Each kernel that it forks is told apart from it at once: its own session, environment, folder, files and random numbers. It says
how each ended, ends what a dead kernel left behind, starts itself afresh when files that it loaded have changed, and ends with its
press. Its name has nothing of a kernel in it, so that nobody who looks for kernels takes it for one.
"""

import contextlib
import json
import os
import socket
import struct
import sys
from dataclasses import dataclass, field
from itertools import pairwise
from multiprocessing.connection import wait
from typing import Any, NoReturn

from prodops.reports.kernels import environ, memory, processes
from prodops.reports.kernels.library import Library
from prodops.reports.kernels.plain import run_kernel

PRESS = 0
"""Standard input: it ends when the press ends."""
CANNOT, PATIENCE = 3, 5.0
ROOM = " " * 1024
"""Stands last on the command line, for a kernel to write its own over it."""
IDLE, LOOK = 1.0, 0.5
"""Seconds without a kernel after which more is loaded (at a press's start its other processes want the cores), and between looks at
what kernels have loaded."""


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
    library.load_first()
    if threads() > 1:
        sys.exit(CANNOT)
    birth = serve(nursery, library)
    begin(birth)
    run_kernel()


def threads() -> int:
    return len(os.listdir("/proc/self/task"))


# ------------------------------------------------------------------------------------------------------------ to serve
def serve(nursery: Nursery, library: Library) -> Birth:
    """Answer requests, and load more between them; comes back only in a new kernel, with what that is to be."""
    pause = IDLE
    while True:
        ready = wait([PRESS, nursery.door, *nursery.handles], timeout=(LOOK if nursery.kernels else pause) if library.later else None)
        pause = IDLE if ready else 0.0
        if not ready:
            library.load_later(nursery.kernels)
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
