"""A kernel provisioner for jupyter_client: kernels that are forked from a preloaded process, and plain ones where that cannot be."""

import contextlib
import json
import os
import select
import socket
import subprocess
from typing import Any, BinaryIO

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import LocalProvisioner
from traitlets import Float, Unicode

from prodops.reports.kernels import processes
from prodops.reports.kernels.processes import UNKNOWN

NAME = "prodops-fork"
PATIENCE = 5.0


class ForkProvisioner(LocalProvisioner):
    """Starts a kernel through the server at an address, or as jupyter_client does where there is none or it cannot; the log says why.

    A kernel that was forked ends with this process: it holds one end of a socket, this object the other.
    """

    server = Unicode(help="Where a preloaded process listens; nothing: kernels are plain.").tag(config=True)
    memory_bytes = Float(help="What a run may use, in bytes; 0: no limit.").tag(config=True)
    start_seconds = Float(60.0, help="How long a server may take, which may be loading still.").tag(config=True)
    inherited = 0

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel."""
        if self.server:
            try:
                self.process = Forked(self.server, self._request(cmd, kwargs), kwargs["stdout"], self.start_seconds)
                self.pid = self.pgid = self.process.pid
                self.inherited = self.process.inherited
                return self.connection_info
            except (OSError, ValueError) as fault:
                kwargs["stdout"].write(f"prodops: not forked: {fault or type(fault).__name__}\n".encode())
                kwargs["stdout"].flush()
        return await super().launch_kernel(cmd, **kwargs)

    def _request(self, cmd: list[str], kwargs: dict[str, Any]) -> dict[str, Any]:
        return {"command": cmd, "env": kwargs["env"], "cwd": str(kwargs["cwd"]), "memory": self.memory_bytes}

    async def kill(self, restart: bool = False) -> None:
        """End the kernel and be sure that it is gone, so that nobody needs to look again."""
        if self.process:
            processes.kill(self.process.pid)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(PATIENCE)


class Forked:
    """A kernel that another process forked; what :class:`subprocess.Popen` is to one's own."""

    stdin = stdout = stderr = None

    def __init__(self, server: str, request: dict[str, Any], log: BinaryIO, seconds: float) -> None:
        self.returncode: int | None = None
        self._lifeline, theirs = socket.socketpair()
        self._server = socket.socket(socket.AF_UNIX)
        try:
            with theirs:
                self._server.settimeout(seconds)
                self._server.connect("\0" + server)
                self._ask(request, [log.fileno(), theirs.fileno()])
            said, files = self._hear()
            if "pid" not in said:
                raise ValueError(f"it ended as it began (exit code {said['exit']})")
            self._handle = files[0]
            self.pid, self.inherited = int(said["pid"]), int(said["inherited"])
            self._server.settimeout(PATIENCE)
        except (OSError, ValueError):
            self._close()
            raise

    def _ask(self, request: dict[str, Any], files: list[int]) -> None:
        data = json.dumps(request).encode()
        sent = socket.send_fds(self._server, [data], files)
        self._server.sendall(data[sent:])
        self._server.shutdown(socket.SHUT_WR)

    def _hear(self) -> tuple[dict[str, Any], list[int]]:
        """Hear one line from the server, or from the kernel as it begins; raises ValueError where that is no good news."""
        line, files, _, _ = socket.recv_fds(self._server, 4096, 1)
        said: dict[str, Any] = json.loads(line.partition(b"\n")[0] or b'{"refused": "the server is gone"}')
        if not {"pid", "exit"} & said.keys() or (not files and "pid" in said):
            raise ValueError(said.get("refused", "no kernel came of it"))
        return said, files

    def poll(self) -> int | None:
        """Give the exit code as Popen does (a signal is negative), ``UNKNOWN`` where nobody can say, None while it runs."""
        if self.returncode is None and select.select([self._handle], [], [], 0)[0]:
            try:
                self.returncode = int(self._hear()[0]["exit"])
            except (LookupError, OSError, ValueError):
                self.returncode = UNKNOWN
            os.close(self._handle)
            self._close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; raises :class:`subprocess.TimeoutExpired`."""
        if self.returncode is None and not select.select([self._handle], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired("kernel", timeout or 0)
        code = self.poll()
        assert code is not None
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(processes.KILL)

    def terminate(self) -> None:
        self.send_signal(15)

    def _close(self) -> None:
        self._lifeline.close()
        self._server.close()
