"""The press's handle on the preloaded process that warm kernels are forked from."""

import contextlib
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from prodops.reports import preloaded
from prodops.reports.kernels import environ as environs

PATIENCE = 10


class Server:
    """A preloaded process for the kernels of one press, and its successor where it was killed.

    ``environ`` is what kernels' environments are made from. Entering starts the process and returns at once; it loads in
    the background, and who asks for a kernel meanwhile waits. After ``forks`` kernels it loads afresh. On leaving it ends, and each
    kernel that is left with it.
    """

    def __init__(self, environ: Mapping[str, str], *, forks: int = 200) -> None:
        self._environ, self._forks = environs.shared(environ), forks
        self._process: subprocess.Popen[bytes] | None = None
        self._address, self._is_known = "", False

    def address(self) -> str:
        """Give the address to hand to a run, starting the process where it does not run; nothing where kernels cannot be forked."""
        self._be_there()
        self._is_known = bool(self._address)
        return self._address

    def _be_there(self) -> None:
        ended = self._process.poll() if self._process else None
        if ended == preloaded.CANNOT or not is_possible():
            self._address = ""
        elif self._process is None or ended is not None:
            self._end()
            with contextlib.suppress(OSError):  # no process to be had: kernels are plain until there is
                self._start()

    def _start(self) -> None:
        name = f"prodops-{os.getpid()}-{secrets.token_hex(8)}"
        with socket.socket(socket.AF_UNIX) as door:
            door.bind("\0" + name)  # not in any folder: nothing to clean up after a kill
            door.listen(64)
            self._process = subprocess.Popen(
                preloaded.command(door.fileno(), self._forks),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=self._environ,
                cwd="/",
                pass_fds=[door.fileno()],
                start_new_session=True,  # a terminal's Ctrl-C is for the press, which ends what it started
            )
            self._address = name

    def _end(self) -> None:
        """Have the process end what it forked, and itself; at once where nobody was told of it, as it may be loading still."""
        if self._process and self._process.stdin:
            self._process.stdin.close()
            if self._is_known:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(PATIENCE)
            self._process.kill()
            self._process.wait()
        self._process, self._address, self._is_known = None, "", False

    def __enter__(self) -> Self:
        self._be_there()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None) -> None:
        self._end()


def is_possible() -> bool:
    """Say whether kernels can be forked here: Linux, with what ties a kernel's life to another process's."""
    return sys.platform == "linux" and hasattr(os, "pidfd_open")
