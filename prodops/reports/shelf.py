"""The scheduled reports of a project, as its files say now: a schedule that was changed takes effect without a restart."""

import contextlib
from collections.abc import Callable
from pathlib import Path

from prodops.reports import catalogue
from prodops.reports.catalogue import Report
from prodops.reports.due import Plan, plan


class Shelf:
    """The scheduled reports of a project, read anew where a file changed."""

    def __init__(self, folder: Path, root: Path, time_zone: str, told: Callable[[str], None] = lambda line: None) -> None:
        self._folder, self._root, self._zone, self._told = folder, root, time_zone, told
        self._seen: object = None
        self._faults: set[str] = set()
        self._plans: list[Plan] = []
        self.reports: dict[str, Report] = {}

    def plans(self) -> list[Plan]:
        """Give the plans as the files say now. A report that cannot be read is told once, and rests until it is mended."""
        seen = self._signature()
        if seen != self._seen or self._faults:
            found, faults = catalogue.load(self._folder, self._root)
            self.reports = {report.name: report for report in found}
            made = (plan(each, [part.name for part in catalogue.slices(each)], self._zone) for each in found)
            self._plans = [each for each in made if each]
            for line in sorted({str(fault) for fault in faults} - self._faults):
                self._told(line)
            self._faults = {str(fault) for fault in faults}
            self._seen = seen  # as it was before reading: what changed meanwhile is read again
        return self._plans

    def _signature(self) -> list[tuple[object, ...]]:
        return [_stat(file) for file in (*sorted(self._folder.glob("*.yaml")), *(report.path for report in self.reports.values()))]


def _stat(file: Path) -> tuple[object, ...]:
    with contextlib.suppress(OSError):
        found = file.stat()
        return file, found.st_mtime_ns, found.st_size, found.st_ino
    return file, None
