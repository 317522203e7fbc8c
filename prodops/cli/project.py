"""The project that a command works on: its workspace, its reports, its store, its clock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import prodops

if TYPE_CHECKING:
    from prodops.errors import WorkspaceError
    from prodops.reports.catalogue import Report
    from prodops.workspace import Workspace

CHECKOUT = Path(prodops.__file__).parents[1]


@dataclass(frozen=True)
class Project:
    """A workspace with the tables it names (or ``sources`` instead of them), and the reports that it has, or the checkout's."""

    workspace: "Workspace"
    sources: Mapping[str, str]

    @classmethod
    def at(cls, file: Path | None, sources: Mapping[str, str] | None = None) -> "Project":
        """Open the workspace that was named, or the one of the folder at hand, of those above it, or of the checkout."""
        from prodops.workspace import load

        if file is None:
            places = (folder / "params/workspace.yaml" for folder in (Path.cwd(), *Path.cwd().parents, CHECKOUT))
            file = next((place for place in places if place.is_file()), Path("params/workspace.yaml"))
        return cls(load(file).with_sources(sources or {}), sources or {})

    @property
    def reports_folder(self) -> Path:
        """Where runs, store and ledger lie."""
        return self.workspace.home / "reports"

    @property
    def store(self) -> Path:
        return self.reports_folder / "store"

    @property
    def root(self) -> Path:
        """The folder that notebooks are named from: the workspace's project where that has reports, else the checkout."""
        return self.workspace.home if self._has_reports else CHECKOUT

    @property
    def catalogue(self) -> Path:
        """The folder of the reports' own files."""
        return self.workspace.file.parent / "reports" if self._has_reports else CHECKOUT / "params" / "reports"

    @property
    def _has_reports(self) -> bool:
        return any((self.workspace.file.parent / "reports").glob("*.yaml"))

    def reports(self, names: Iterable[str] = ()) -> "list[Report]":
        """Read the reports of these names, or all; raises for the first that cannot be used."""
        from prodops.reports import catalogue

        return [catalogue.read(self.catalogue, name, self.root) for name in dict.fromkeys(names) or catalogue.names(self.catalogue)]

    def readable_reports(self) -> "tuple[list[Report], list[WorkspaceError]]":
        """Read all reports; the faults of those that cannot be used stand beside them."""
        from prodops.reports import catalogue

        return catalogue.load(self.catalogue, self.root)

    def wall_clock(self) -> datetime:
        """Read the clock as the workspace's walls show it."""
        return datetime.now(ZoneInfo(self.workspace.time_zone)).replace(tzinfo=None, microsecond=0)


def utc_now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)
