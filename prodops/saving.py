"""Files that people and panels both write: the whole file or none of it, and never over someone's newer one unasked."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from prodops.errors import WorkspaceError

try:
    import fcntl
except ImportError:  # Windows: two that save in the same instant are not kept apart
    fcntl = None  # type: ignore[assignment]


class Newer(WorkspaceError):
    """The file was written by somebody else since it was read."""


def digest(path: Path) -> str:
    """Give the SHA-256 of a file's bytes, "" where there is no file; raises :class:`WorkspaceError` where it cannot be read."""
    try:
        return sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return ""
    except OSError as fault:
        raise WorkspaceError(f"{path}: cannot be read ({fault.strerror}).") from None


def save(path: Path, data: bytes, *, read: str, force: bool = False) -> str:
    """Put ``data`` in place of the file that was ``read`` (its SHA-256, "" = there was none), and give the SHA-256 of what is there now.

    Folders are made. Raises :class:`Newer` where the file on disk is no longer the one that was read, unless ``force`` says to write over
    it, and :class:`WorkspaceError` where it cannot be written.
    """
    place = path.resolve()
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with _alone(place.parent):
            if digest(place) != read and not force:
                raise Newer(
                    f"{path}: it changed on disk since it was read, so nothing was saved; read it again and repeat the edits, or "
                    "save with force=True to write over what is there."
                )
            _replace(place, data)
    except OSError as fault:
        raise WorkspaceError(f"{path}: cannot be written ({fault.strerror}).") from None
    return sha256(data).hexdigest()


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one save at a time look at the file and replace it."""
    if fcntl is None:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _replace(place: Path, data: bytes) -> None:
    mode = place.stat().st_mode & 0o777 if place.exists() else 0o644
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, mode)
        os.replace(name, place)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
