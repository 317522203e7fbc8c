"""A hidden folder for work in progress, which goes whatever ends the run: raw rows lie there before they are masked."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from prodops.sources.store import HIDDEN, writable

LEFT_AFTER = 24 * 3600
"""Seconds after which a hidden file is taken for one that a machine has left as it went down."""
_SHELL = Path("/bin/sh")


@contextmanager
def working_folder(parent: Path) -> Iterator[Path]:
    """Make a hidden folder and remove it; also those that lie there for a day or more."""
    with writable(parent):
        work = Path(tempfile.mkdtemp(prefix=HIDDEN, dir=parent)).resolve()
    guard = _guard(work)
    try:
        _clear(parent, work)
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
        if guard:
            guard.communicate()


def _guard(folder: Path) -> "subprocess.Popen[bytes] | None":
    """Have a process of its own remove the folder once ours is gone, though it was killed: then the pipe between them ends."""
    if not _SHELL.exists():
        return None
    command = [str(_SHELL), "-c", 'read -r _; rm -rf -- "$0"', str(folder)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True)


def _clear(parent: Path, work: Path) -> None:
    for old in parent.glob(f"{HIDDEN}*"):
        with suppress(OSError):
            if work.stat().st_mtime - old.stat().st_mtime > LEFT_AFTER:
                shutil.rmtree(old) if old.is_dir() else old.unlink()
