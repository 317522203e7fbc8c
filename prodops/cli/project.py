"""The project that a command works on: its workspace, its reports, its store, its clock."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import prodops

if TYPE_CHECKING:
    from prodops.errors import WorkspaceError
    from prodops.reports.catalogue import Report
    from prodops.reports.ledger import Ledger
    from prodops.reports.others import Other
    from prodops.reports.site import Listed
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

    def ledger(self) -> "Ledger":
        """Open the ledger of the folder of reports."""
        from prodops.reports import ledger

        return ledger.Ledger(self.reports_folder / ledger.FILE)

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

    def others(self, report: "Report") -> "list[Other]":
        """Give the reports that one comes after, with their slices; one that cannot be read now is known by its name alone."""
        from prodops.reports import catalogue
        from prodops.reports.others import Other

        known = {each.name: each for each in self.readable_reports()[0]} if report.reads else {}
        return [
            Other(
                name, known[name].title, {part.name: part.words for part in catalogue.slices(known[name])}, known[name].schedule is not None
            )
            if name in known
            else Other(name, name, {catalogue.cut.ALL: ""})
            for name in report.reads
        ]

    @property
    def params(self) -> Path:
        """The folder of the team's settings, beside the workspace file."""
        return self.workspace.file.parent

    def next_due(self, report: "Report", now: datetime) -> str:
        """Say when a report is due next; nothing where it has no schedule."""
        from prodops.reports.due import next_due
        from prodops.stamps import day_words

        moment = next_due(report, now, self.workspace.time_zone)
        return f"{day_words(moment)}, {moment:%H:%M} {moment.tzinfo}" if moment else ""

    def settle(self, ledger: "Ledger") -> set[tuple[str, str]]:
        """Have the ledger say what became of runs whose process is gone; gives each (report, slice) of which it has something new."""
        from prodops.reports.ledger import page_in, pause

        def report(name: str) -> "Report | None":
            return next((each for each in self.readable_reports()[0] if each.name == name), None)

        found = ledger.recover(
            now=utc_now(),
            placed=page_in(ledger.file.parent),
            retries=lambda slot: each.slot_retries if (each := report(slot.report)) else 0,
            backoff=lambda slot, attempt: pause(attempt, each.backoff) if (each := report(slot.report)) else 0,
        )
        return {(entry.slot.report, entry.slot.slice_name) for entry in found}

    def refresh_site(self, ledger: "Ledger", changed: Collection[tuple[str, str]] | None = None) -> None:
        """Bring the index of the reports up to date; ``changed`` names each (report, slice) that ran (default: all)."""
        from prodops.reports import site

        reports = sorted(self.readable_reports()[0], key=lambda report: -len(report.reads))  # what tells of others stands first
        listed = [self._listed(report) for report in reports]
        site.refresh(ledger.file.parent, ledger, listed, changed=changed, zone=ZoneInfo(self.workspace.time_zone))

    def _listed(self, report: "Report") -> "Listed":
        from prodops.reports import catalogue, site, times

        def called(value: object) -> object:
            return report.words.get(str(value), value)

        slices = {each.name: {name: called(each.parameters[name]) for name in each.given} for each in catalogue.slices(report)}
        schedule = "; ".join(map(times.in_words, report.schedule.cron)) if report.schedule else ""
        return site.Listed(report.name, report.title, slices, schedule=schedule, next_due=self.next_due(report, utc_now()))

    def wall_clock(self) -> datetime:
        """Read the clock as the workspace's walls show it."""
        return datetime.now(ZoneInfo(self.workspace.time_zone)).replace(tzinfo=None, microsecond=0)


def utc_now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)
