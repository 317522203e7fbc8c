"""The catalogue of reports as static pages that need no server: what there is, what each says, how it went, and a search.

``index.html`` shows every report's latest good page, its figures over past runs, and what went wrong since; each slice has
a page of its own with all its runs, and beside it the text that the search reads (scripts, since a page that is opened as a
file may fetch nothing else). All of it follows from the ledger's entries and the catalogue alone: no clock is read, and the
same entries give the same bytes. A run's cost is its own slice's files and the index.
"""

import contextlib
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any, Protocol

from prodops.errors import RunError
from prodops.reports import publish
from prodops.reports.ledger import Entry

__all__ = ["INDEX", "Listed", "Runs", "refresh", "warm_up", "write"]

INDEX = "index.html"
LOCK = ".site.lock"


@dataclass(frozen=True)
class Listed:
    """What the catalogue says of a report.

    ``slices`` gives each standing slice's name and the parameters that make it; ``schedule`` and ``next_due`` are words for
    the reader (``Mondays at 07:00``, ``10 Nov 2025, 07:00 Europe/Berlin``), empty where nothing is scheduled.
    """

    name: str
    title: str
    slices: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    schedule: str = ""
    next_due: str = ""


class Runs(Protocol):
    """What the site asks of a ledger."""

    def entries(self, report: str | None = None) -> Sequence[Entry]:
        """Give runs, oldest first."""
        ...

    def standing(self, last: int) -> Sequence[Entry]:
        """Give what :func:`prodops.reports.site.shelf.standing` leaves of all runs."""
        ...


def warm_up() -> None:
    """Read the templates, which takes a process its first tenth of a second; call it where there is something to wait for anyway."""
    from prodops.reports.site import pages, search  # noqa: F401

    pages.index([])


def refresh(
    folder: Path, ledger: Runs, reports: Sequence[Listed], *, changed: Collection[tuple[str, str]] | None = None, zone: tzinfo = UTC
) -> None:
    """Bring the site in ``folder`` up to date with the ledger; ``changed`` names the (report, slice) that ran (default: all).

    Presses that do so at the same time take turns, so that the later one shows what both have done. Raises :class:`RunError`
    in one line where the folder cannot be written; the pages that were there are then unchanged.
    """
    from prodops.reports.site.shelf import PERIODS

    with _turn(folder):
        if changed is None:
            entries = list(ledger.entries())
        else:
            own = {name: list(ledger.entries(name)) for name in sorted({report for report, _ in changed})}
            entries = [e for e in ledger.standing(PERIODS) if e.slot.report not in own]
            entries += [entry for each in own.values() for entry in each]
        write(folder, entries, reports, changed=changed, zone=zone)


def write(
    folder: Path,
    entries: Sequence[Entry],
    reports: Sequence[Listed],
    *,
    changed: Collection[tuple[str, str]] | None = None,
    zone: tzinfo = UTC,
) -> None:
    """Write the index and the pages of the slices that ``changed`` names (default: all).

    ``entries`` holds all runs of those slices and of the others at least the standing ones. Pages whose bytes stay the same
    are not touched. Times are shown in ``zone``. A page that is no longer in ``folder`` is not linked.
    """
    from prodops.reports.site import pages, search, shelf

    shelves = shelf.arrange(entries, reports, folder, zone)
    for one in shelves:
        for part in one.slices:
            if part.folder and (changed is None or part.key in changed):
                _put(folder / part.folder / INDEX, pages.history(one, part))
                for name, text in search.blocks(part):
                    _put(folder / part.folder / name, text)
    _put(folder / INDEX, pages.index(shelves))


def _put(path: Path, text: str) -> None:
    """Write a file, whole or not at all, unless it says so already."""
    data = text.encode("utf-8", "replace")  # of what should be clean already: no text may keep the catalogue from being written
    with contextlib.suppress(OSError):
        if path.read_bytes() == data:
            return
    publish.write_file(path, data)


@contextlib.contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """Wait for other presses that write the site; where a system has no locks, nobody waits."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as fault:
        raise RunError(f"{folder}: the catalogue cannot be written ({(fault.strerror or type(fault).__name__).lower()}).") from None
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
