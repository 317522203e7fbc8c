"""Processes, seen from outside: how one is ended with all that it started, and what it is called."""

import contextlib
import ctypes
import os
import select
import signal
import sys
from collections.abc import Set
from pathlib import Path

KILL = getattr(signal, "SIGKILL", signal.SIGTERM)
SET_PARENT_DEATH_SIGNAL, SET_CHILD_SUBREAPER = 1, 36  # of Linux' prctl
UNKNOWN = 1000
"""Stands for the exit code of a kernel that nobody saw end: the process that forked it had gone before it."""
SET_SIGNAL = 10  # of Linux' fcntl


def kill(pid: int) -> None:
    """End a kernel and all that it started, at once."""
    apart = descendants(pid)  # what left its process group is found only while the kernel lives
    with contextlib.suppress(OSError):
        os.killpg(pid, KILL) if hasattr(os, "killpg") else os.kill(pid, KILL)
    for each in apart:
        with contextlib.suppress(OSError):
            os.kill(each, KILL)


def signal_name(number: int) -> str:
    """Name a signal; nothing where there is none of that number."""
    return signal.Signals(number).name if number in set(signal.Signals) else ""


def adopt() -> None:
    """Have processes whose parent ended become children of this one, so that they are found (Linux)."""
    prctl(SET_CHILD_SUBREAPER, 1)


def end_children() -> None:
    """End all processes that descend from this one (Linux; elsewhere the kernel's process group is all that is ended)."""
    end_all_but(frozenset())


def end_all_but(kept: Set[int]) -> None:
    """End the children of this process that are not ``kept``, and theirs: a process that ends hands its own children to us."""
    for _ in range(10):
        ours = set(children(os.getpid())) - kept
        if not ours:
            return
        for pid in ours:
            with contextlib.suppress(OSError):
                os.kill(pid, KILL)
                os.waitpid(pid, 0)


def descendants(pid: int) -> list[int]:
    """Give a process's children, their children and so on; nothing where the system does not tell (elsewhere than on Linux)."""
    found = children(pid)
    for each in found:
        found += [child for child in children(each) if child not in found]
    return found


def children(pid: int) -> list[int]:
    """Give the processes that a process started and has not waited for."""
    found: list[int] = []
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += map(int, thread.read_text().split())
    return found


def prctl(option: int, value: int) -> bool:
    """Set something of this process that only Linux has; false elsewhere."""
    return sys.platform == "linux" and ctypes.CDLL(None).prctl(option, value, 0, 0, 0) == 0


def show_as(command: list[str]) -> None:
    """Have lists of processes show this one as ``command``, which is cut where the present one is shorter (Linux)."""
    start, end = map(int, Path("/proc/self/stat").read_text().rpartition(")")[2].split()[45:47])
    text = "\0".join(command).encode(errors="surrogateescape")[: end - start - 1]
    ctypes.memmove(start, text.ljust(end - start, b"\0"), end - start)


def end_with(lifeline: int) -> None:
    """Have the system kill this process's whole group as soon as the other end of a socket is closed, by whomever (Linux).

    It needs nothing of this process: a cell that holds the interpreter, or has stopped every thread, is ended all the same.
    """
    import fcntl

    fcntl.fcntl(lifeline, fcntl.F_SETOWN, -os.getpgrp())
    fcntl.fcntl(lifeline, SET_SIGNAL, int(KILL))
    fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)
    if select.select([lifeline], [], [], 0)[0]:  # it was closed before we asked
        os._exit(1)
