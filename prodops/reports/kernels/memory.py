"""How much memory a run may use, how much it does use, and the hard stop for what grows faster than anyone looks."""

import contextlib
import os
import re
from collections.abc import Iterable
from pathlib import Path

PART = 0.8
"""What all runs together may use of the machine's memory."""
SLACK = 128 << 20
CGROUP = Path("/sys/fs/cgroup/memory.max")
ERRORS = ("MemoryError", "_ArrayMemoryError", "ArrowMemoryError", "OutOfMemoryException")
"""What Python, numpy, Arrow and DuckDB raise where there is no memory to be had."""


def share(jobs: int = 1) -> int:
    """Give the bytes that each of so many runs at a time may use of this machine; 0, no limit, where its memory is not known."""
    try:
        there = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return 0
    with contextlib.suppress(OSError, ValueError):
        there = min(there, int(CGROUP.read_text()))  # "max" where a container has no limit of its own
    return int(there * PART / max(1, jobs))


def cap(limit: float) -> None:
    """Have allocations of this process, and of each that it starts, fail well above ``limit`` more bytes than it has now (Linux; 0: never).

    Address space that is only reserved, as V8 and DuckDB do, does not count.
    """
    held = _kilobytes(os.getpid(), "status", "VmData") * 1024
    if not limit or not held:
        return
    import resource

    bytes_ = int(held + 1.25 * limit) + SLACK  # stacks of threads, and what allocators keep for later
    with contextlib.suppress(OSError, ValueError):  # a lower limit holds already
        resource.setrlimit(resource.RLIMIT_DATA, (bytes_, bytes_))
    with contextlib.suppress(OSError):  # where the machine's memory runs out all the same, let it be this process that goes
        Path("/proc/self/oom_score_adj").write_text("500")


def used(processes: Iterable[int]) -> int:
    """Give the bytes that processes hold, quickly: pages that they share count for each of them, files that are mapped for none (Linux)."""
    return 1024 * sum(_kilobytes(pid, "status", "RssAnon", "RssShmem", "VmSwap") for pid in processes)


def used_in_all(processes: Iterable[int]) -> int:
    """Give the bytes that processes hold together, exactly: of a page that n processes share, each counts an n-th (Linux)."""
    return 1024 * sum(_kilobytes(pid, "smaps_rollup", "Pss_Anon", "Pss_Shmem", "SwapPss") for pid in processes)


def words(limit: float) -> str:
    """Say a size: "4 GB"."""
    return f"{limit / 1e9:.3g} GB" if limit >= 1e9 else f"{limit / 1e6:.3g} MB"


def _kilobytes(pid: int, file: str, *names: str) -> int:
    try:
        text = Path(f"/proc/{pid}/{file}").read_text()
    except OSError:  # it ended
        return 0
    return sum(int(found[1]) for name in names if (found := re.search(rf"^{name}:\s+(\d+)", text, re.M)))
