"""Watching a kernel while it works: does it live, and how much memory does it hold."""

from collections.abc import Callable
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, Literal

from prodops.reports.kernels import memory, processes

if TYPE_CHECKING:
    from jupyter_client.client import KernelClient

LOOK = 0.2


class Heart(Thread):
    """Listens to a kernel's heartbeat and looks at its memory, and says once where the first stops or the second outgrows its limit.

    The heart beats in a thread that needs no Python: a cell that computes for hours, or holds the interpreter, never stops it;
    a kernel that is frozen does. Memory is that of the kernel and all that it started, less what it ``inherited``.
    """

    def __init__(
        self,
        client: "KernelClient",
        kernel: int,
        *,
        silent_seconds: float,
        memory_bytes: float = 0,
        inherited: int = 0,
        on_fault: Callable[[Literal["frozen", "memory"]], None],
    ) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self._channel, self._kernel, self._on_fault, self._done = client.hb_channel, kernel, on_fault, Event()
        self._silent_seconds, self._memory_bytes, self._inherited = silent_seconds, memory_bytes, inherited
        self.start()

    def run(self) -> None:
        heard = monotonic()
        while not self._done.wait(LOOK):
            now = monotonic()
            heard = now if self._channel.is_beating() else heard
            if now - heard >= self._silent_seconds:
                return self._on_fault("frozen")
            if self._is_too_large():
                return self._on_fault("memory")
        return None

    def _is_too_large(self) -> bool:
        if not self._memory_bytes:
            return False
        tree = [self._kernel, *processes.descendants(self._kernel)]
        return memory.used(tree) - self._inherited > self._memory_bytes and memory.used_in_all(tree) > self._memory_bytes

    def stop(self) -> None:
        self._done.set()
        self.join()
