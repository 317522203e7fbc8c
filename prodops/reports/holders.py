"""Who answers for a run, and whether that process still lives.

A process is known by its host, its number, and when it started; the last tells it from a later one of the same number.
``started`` names the boot and the process namespace too: only what shares both with us can be looked up here. Of any other
process (another host, another container, before a restart) nothing can be told but by its heartbeat.
"""

import os
import socket
import subprocess
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

SILENT = timedelta(minutes=10)
"""A holder that cannot be looked up here is taken for gone when its heartbeat is older than this."""
BEAT = timedelta(minutes=1)
"""How often a holder beats at least."""


@dataclass(frozen=True)
class Holder:
    """The process that answers for a run: gone when no process of this id and start exists on its host."""

    host: str
    pid: int
    started: str


def here() -> Holder:
    """Give this process as a holder."""
    pid = os.getpid()
    return Holder(socket.gethostname(), pid, f"{_place()} {_started(pid)}")


def alive(holder: Holder) -> bool | None:
    """Tell whether a holder lives; ``None`` where that cannot be seen from here."""
    place, _, started = holder.started.rpartition(" ")
    if holder.host != socket.gethostname() or place != _place() or not started:
        return None
    return _started(holder.pid) == started


def _place() -> str:
    """Name this boot of this machine and the namespace that process numbers belong to; empty where a system has no such names."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return ""


def _started(pid: int) -> str:
    """Say when a process started, in the system's own words; empty where it is gone, a zombie, or the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        return "" if fields[0] in "ZX" else fields[19]
    except (OSError, IndexError):
        return _started_elsewhere(pid) if os.name == "posix" and not Path("/proc/self/stat").exists() else ""


def _started_elsewhere(pid: int) -> str:
    try:
        told = subprocess.run(
            ["ps", "-o", "lstart=", "-p", str(pid)], check=False, capture_output=True, text=True, timeout=10, env={"LC_ALL": "C"}
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return "-".join(told.stdout.split())
