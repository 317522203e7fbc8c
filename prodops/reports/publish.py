"""Putting a run's files in place: whole or not at all, whatever stops it, and never over the last good report in parts.

Everything is written under a hidden name beside its place, brought to the disk, and then renamed. A folder that is there
already is *exchanged* with the new one by a single rename (Linux ``renameat2``), so that a reader finds the old run or the
new one, never neither and never a mixture. Where a file system cannot do that, files are replaced one by one with
``report.html`` last: it holds all a reader needs in itself, and it at least is whole at every moment.

A run that was killed leaves its hidden file or folder behind. Each holds a lock (``flock``) while its run lives, so the next
run can tell a dead one's leftovers, and only those, and removes them.
"""

import contextlib
import errno
import os
import re
import secrets
import shutil
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from prodops.errors import RunError, shorten
from prodops.reports.catalogue import NAME

try:
    import fcntl
except ImportError:  # Windows: no locks, so nothing is ever taken for a leftover
    fcntl = None  # type: ignore[assignment]

PAGE, NOTEBOOK, RECORD, FAILED = "report.html", "notebook.ipynb", "record.json", "failed"
HIDDEN = re.compile(r"\.prodops-[0-9a-f]{16}\.tmp")
AT_FDCWD, RENAME_EXCHANGE = -100, 2  # of Linux' renameat2


# ----------------------------------------------------------------------------------------------------------- the places
def slot(root: Path, report: str, slice_name: str, as_of: datetime) -> Path:
    """Name the folder of one run, ``<root>/<report>/<slice>/<as_of>``; raises :class:`RunError` for what is no plain name."""
    for name in (report, slice_name):
        if not NAME.fullmatch(name):
            raise RunError(f"{shorten(name)} cannot name a folder: small letters, digits, - and _ only.")
    moment = as_of.strftime("%Y-%m-%d" if as_of.time() == as_of.min.time() else "%Y-%m-%dT%H%M%S")
    folder = root / report / slice_name / moment
    if not _real(folder).is_relative_to(_real(root)):
        raise RunError(f"{folder} leads out of {root} by a link; remove the link.")
    return folder


def is_page(out: Path) -> bool:
    """Tell whether ``--out`` names one HTML file rather than a folder of runs."""
    return out.suffix.lower() in (".html", ".htm")


def check(out: Path) -> None:
    """Make sure, before anything runs, that a report can be put at ``out``; raises :class:`RunError` in one line."""
    place = _real(out)
    if is_page(out):
        _file_place(place)
    elif place.exists() and not place.is_dir():
        raise RunError(f"{out}: the place for reports is a file; give a folder, or a name that ends in .html.")
    folder = place.parent if is_page(out) else place
    with said(out, "nothing was run"):
        folder.mkdir(parents=True, exist_ok=True)
        with hidden(folder) as made:
            write_files(made, {"room": bytes(4096)})


# ------------------------------------------------------------------------------------------------------------ one file
def write_file(path: Path, data: bytes) -> Path:
    """Write one file, whole or not at all; a link is followed and stays. Raises :class:`RunError` in one line."""
    place = _real(path)
    _file_place(place)
    with said(path):
        place.parent.mkdir(parents=True, exist_ok=True)
        sweep(place.parent)
        name, handle = _open_hidden(place.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                _put(file.fileno(), data)
                with contextlib.suppress(OSError):
                    os.fchmod(file.fileno(), place.stat().st_mode & 0o777)
                os.replace(name, place)
            _sync_folder(place.parent)
        finally:
            with contextlib.suppress(OSError):
                name.unlink()
    return path


def _file_place(place: Path) -> None:
    if place.is_dir():
        raise RunError(f"{place}: the place for the report is a folder; give a file's name in it.")
    if place.exists() and not place.is_file():
        raise RunError(f"{place}: the place for the report is not a plain file.")


# ---------------------------------------------------------------------------------------------------------- one folder
def write_files(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write a run's files, brought to the disk, into a folder that nobody looks into yet. Raises OSError as the system does."""
    folder.mkdir(exist_ok=True)
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            _put(handle, data)
        finally:
            os.close(handle)
    for each in (folder, *(p for p in folder.rglob("*") if p.is_dir())):
        _sync_folder(each)
    return folder


def place(made: Path, folder: Path) -> Path:
    """Put a folder of whole files at ``folder`` by one rename, in the place of an earlier run of the same slot.

    What was there is at ``made`` afterwards, for its owner to remove. Raises :class:`RunError` in one line.
    """
    with said(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            _swap(made, folder)
        except OSError as fault:
            if fault.errno != errno.EXDEV:
                raise
            _carry(made, folder)
        _sync_folder(folder.parent)
    return folder


def write_run(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Put a run's files at ``folder``, in the place of an earlier run of the same slot. Raises :class:`RunError` in one line."""
    with said(folder):
        beside = _beside(folder)
        sweep(beside)
        with hidden(beside, mode=0o777) as made:
            write_files(made, files)
            place(made, folder)
    return folder


def _beside(folder: Path) -> Path:
    """Give where hidden folders on the way to ``folder`` lie: never in a run's own."""
    beside = folder.parent if folder.name != FAILED else folder.parent.parent
    beside.mkdir(parents=True, exist_ok=True)
    return beside


def _carry(made: Path, folder: Path) -> None:
    """Bring a folder from another file system: copied beside its place first."""
    beside = _beside(folder)
    sweep(beside)
    with hidden(beside, mode=0o777) as copy:
        write_files(copy, {p.relative_to(made).as_posix(): p.read_bytes() for p in made.rglob("*") if p.is_file()})
        try:
            _swap(copy, folder)
        except OSError as fault:
            if fault.errno != errno.EXDEV:  # what is there comes from a lower layer of an overlay
                raise
            _replace_each(copy, folder)


def _swap(made: Path, folder: Path) -> None:
    """Put ``made`` at ``folder``; what was there is at ``made`` afterwards."""
    for _ in range(100):  # another run may put its own there in between
        try:
            if not folder.exists():
                return os.rename(made, folder)
            return _exchange(made, folder)
        except FileNotFoundError:
            if not made.exists():
                raise
        except OSError as fault:
            if fault.errno in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
                return _replace_each(made, folder)
            if fault.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
    raise OSError(errno.EBUSY, "other runs keep replacing it")


def _exchange(one: Path, other: Path) -> None:
    if sys.platform != "linux":
        raise OSError(errno.ENOSYS, "no exchange of folders here")
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    if library.renameat2(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), str(other))


def _replace_each(made: Path, folder: Path) -> None:
    """Replace file by file, the page last, then remove what the new run does not have."""
    new = sorted((p.relative_to(made) for p in made.rglob("*") if p.is_file()), key=lambda p: (p.name == PAGE, p))
    old = {p.relative_to(folder) for p in folder.rglob("*") if p.is_file()}
    for path in new:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        os.replace(made / path, folder / path)
    for path in old.difference(new):
        (folder / path).unlink(missing_ok=True)


# -------------------------------------------------------------------------------------------------- hidden, until whole
@contextlib.contextmanager
def hidden(folder: Path, mode: int = 0o700) -> Iterator[Path]:
    """Make a locked, hidden folder of this run in ``folder``; it is gone when the block is left."""
    made, handle = _make_hidden(folder, mode)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
        if handle is not None:
            os.close(handle)


def sweep(folder: Path) -> None:
    """Remove what killed runs left in ``folder``: hidden files and folders of ours that no living run holds a lock on."""
    for path in [] if fcntl is None else list(folder.iterdir()):
        if not HIDDEN.fullmatch(path.name) or path.is_symlink():
            continue
        with contextlib.suppress(OSError):
            handle = os.open(path, os.O_RDONLY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink()
            finally:
                os.close(handle)


def _open_hidden(folder: Path) -> tuple[Path, int]:
    while True:
        path = folder / f".prodops-{secrets.token_hex(8)}.tmp"
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        if _locked(handle):
            return path, handle
        os.close(handle)


def _make_hidden(folder: Path, mode: int) -> tuple[Path, int | None]:
    while True:
        path = folder / f".prodops-{secrets.token_hex(8)}.tmp"
        path.mkdir(mode=mode)
        if fcntl is None:
            return path, None
        with contextlib.suppress(FileNotFoundError):
            handle = os.open(path, os.O_RDONLY)
            if _locked(handle):
                return path, handle
            os.close(handle)


def _locked(handle: int) -> bool:
    """Lock what was just made; false where a run that sweeps was quicker and took it for a leftover."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks: nobody can lock it to remove it either
        return True
    return os.fstat(handle).st_nlink > 0


def _put(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]
    os.fsync(handle)


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # some systems cannot; the rename is atomic all the same
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _real(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        raise RunError(f"{path}: the link cannot be followed.") from None


@contextlib.contextmanager
def said(place: Path, state: str = "what was there is unchanged") -> Iterator[None]:
    """Turn what the system says into one line: which place, why, and that nothing was lost."""
    try:
        yield
    except OSError as fault:
        raise RunError(f"{place}: cannot be written ({(fault.strerror or type(fault).__name__).lower()}); {state}.") from None
