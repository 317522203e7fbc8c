"""A run that wants more memory than it may have is ended with a clear line, and the machine goes on."""

import os

from prodops.reports.engine import Limits
from prodops.reports.kernels import memory
from tests.reports.small_project import Project

LIMIT = Limits(memory_bytes=400e6)
TOO_MUCH = "used more than 400 MB of memory, the limit for a run"


def test_memory_that_grows_ends_the_run(either: Project) -> None:
    """Growth in the kernel and in what it started is seen and stopped; one leap ends in the cell; what is within the limit goes on."""
    grows = "held = []\nwhile True: held.append(bytearray(5_000_000)); import time; time.sleep(.005)"
    child = "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'import time; held = [bytearray(90_000_000) for _ in range(5)]; time.sleep(60)'])"
    found = [
        either.execute(cell, limits=LIMIT) for cell in (grows, child, "held = bytearray(5_000_000_000)", "held = bytearray(150_000_000)")
    ]
    assert [(each.status, each.error, each.infrastructure) for each in found] == [
        ("failed", "memory", False),
        ("failed", "memory", False),
        ("failed", "MemoryError", False),
        ("ok", "", False),
    ]
    assert found[0].message == f"Cell 2 (held = []) {TOO_MUCH}, and was stopped."
    assert found[2].message == f"Cell 2 (held = bytearray(5_000_000_000)) {TOO_MUCH} (MemoryError)."


def test_a_run_may_use_its_share_of_the_machine() -> None:
    """All runs together leave a fifth of the machine alone; sizes are said in round numbers."""
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert 0 < memory.share(1) <= 0.8 * whole
    assert abs(memory.share(1) - 4 * memory.share(4)) <= 4
    assert [memory.words(n) for n in (4e9, 9.42e9, 400e6)] == ["4 GB", "9.42 GB", "400 MB"]
