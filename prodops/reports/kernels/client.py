"""How a run speaks to its kernel: jupyter_client's manager and client, waiting for exactly what must have come and no longer."""

import asyncio
import os
import weakref
from pathlib import Path
from queue import Empty
from time import monotonic
from typing import Any

import zmq
import zmq.asyncio
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager

from prodops.reports.kernels import plain
from prodops.reports.kernels.provisioner import NAME

LONGEST_SOCKET_PATH = 90
LOOK = 0.25
RECONNECT_MILLISECONDS = 2


class Client(AsyncKernelClient):
    """A client that is ready as soon as the kernel has answered and its outputs come through."""

    def _context_default(self) -> zmq.asyncio.Context:
        self._created_context = True
        context = zmq.asyncio.Context()
        context.setsockopt(zmq.RECONNECT_IVL, RECONNECT_MILLISECONDS)  # the kernel's sockets are not there yet when we call
        return context

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait for the reply to one question, and for any word at all on the channel of outputs; raises RuntimeError where none comes."""
        until = monotonic() + (float("inf") if timeout is None else timeout)
        self.kernel_info()
        outputs = asyncio.ensure_future(self._hear(self.iopub_channel, until))
        self._handle_kernel_info_reply(await self._hear(self.shell_channel, until))
        await outputs

    async def _hear(self, channel: Any, until: float) -> Any:
        while monotonic() < until:
            try:
                return await channel.get_msg(timeout=LOOK)
            except Empty:
                if not await self.is_alive():
                    raise RuntimeError("it ended before it answered") from None
        raise RuntimeError("it gave no answer in time")


def manager(folder: Path, *, memory_bytes: float = 0, server: str = "", seconds: float = 60) -> AsyncKernelManager:
    """Make the manager of a kernel that is not started yet; its sockets and connection file lie in ``folder``.

    ``server`` is the address of a :class:`Server`, from which the kernel is forked where that can be; without one it is plain.
    """
    config = {"server": server, "memory_bytes": memory_bytes, "start_seconds": seconds}
    spec = KernelSpec(
        argv=plain.command(memory_bytes),
        display_name="prodops",
        language="python",
        metadata={"kernel_provisioner": {"provisioner_name": NAME, "config": config}},
    )

    class OneSpec(KernelSpecManager):
        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
            return spec

    made = AsyncKernelManager(
        kernel_spec_manager=OneSpec(), kernel_name="prodops", connection_file=str(folder / "kernel.json"), client_factory=Client
    )
    if home := _socket_home(folder, made):
        made.transport, made.ip = "ipc", f"{home}/kernel"
    return made


def _socket_home(folder: Path, owner: object) -> str:
    """Name the folder for sockets in few enough characters, while ``owner`` lives; nothing where that cannot be, and ports must do.

    Sockets need no ports: there are none to run out of, and none for others to reach.
    """
    if os.name == "posix" and len(str(folder)) <= LONGEST_SOCKET_PATH:
        return str(folder)
    if not os.path.isdir("/proc/self/fd"):
        return ""
    handle = os.open(folder, os.O_RDONLY)
    weakref.finalize(owner, os.close, handle)
    return f"/proc/{os.getpid()}/fd/{handle}"
