"""The project that a command works on: its workspace, its reports, its store, its clock."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import prodops
from prodops.errors import ParameterError, did_you_mean

if TYPE_CHECKING:
    from prodops.errors import WorkspaceError
    from prodops.parameters.types import Value
    from prodops.reports.catalogue import Report
    from prodops.reports.ledger import Ledger
    from prodops.reports.site import Listed
    from prodops.scenarios import Model
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

    def check_taxonomy(self) -> None:
        """Read the themes that the team keeps; raises :class:`WorkspaceError` where they cannot be used."""
        from prodops import taxonomies
        from prodops.errors import WorkspaceError
        from prodops.feedback import taxonomy

        file = self.workspace.file.parent / taxonomies.FILE
        entries = taxonomies.read(file).entries
        try:
            taxonomy.check(entries)
        except WorkspaceError as fault:
            raise WorkspaceError(f"{file}: {fault}") from None

    def check_kpis(self) -> None:
        """Read the definitions of the KPIs; raises :class:`DefinitionError` or :class:`WorkspaceError` where they cannot be used."""
        from prodops import kpis
        from prodops.workspace import read_yaml

        file = self.workspace.file.parent / "kpis.yaml"
        if file.is_file():
            kpis.define(read_yaml(file), file=str(file))

    def check_launches(self) -> None:
        """Read the plan of launches, its KPIs held against those that there are; raises :class:`WorkspaceError` where it cannot be used."""
        from prodops import launches
        from prodops.workspace import read_yaml

        folder = self.workspace.file.parent
        file, kpis = folder / "launches.yaml", folder / "kpis.yaml"
        if file.is_file():
            launches.define(read_yaml(file), file=str(file), kpis=read_yaml(kpis) if kpis.is_file() else None)

    def check_flow(self) -> None:
        """Read how work flows; raises :class:`DefinitionError` or :class:`WorkspaceError` where the file cannot be used."""
        from prodops import flow
        from prodops.workspace import read_yaml

        file = self.workspace.file.parent / "flow.yaml"
        if file.is_file():
            flow.define(read_yaml(file), file=str(file))

    def check_scenarios(self) -> None:
        """Read the scenario models; raises :class:`DefinitionError` or :class:`WorkspaceError` where one cannot be used."""
        for file in sorted((self.workspace.file.parent / "scenarios").glob("*.y*ml")):
            self._scenario_model(file)

    def check_scenario(self, asked: "Mapping[str, Value]") -> None:
        """Read the model and the scenario that a run's parameters ask for; raises as :meth:`check_scenarios`, and ParameterError for others."""
        from prodops import scenarios
        from prodops.workspace import read_yaml

        params, wanted = self.workspace.file.parent, str(asked.get("scenario") or "base")
        model = self._scenario_model(params / scenarios.place(str(asked.get("model"))))
        kept = {file.stem: file for file in sorted((params / "scenarios" / model.name).glob("*.yaml"))}
        names = [*model.scenarios, *kept]
        if wanted not in names:
            raise ParameterError(f'{model.name} has no scenario "{wanted}".{did_you_mean(wanted, names)} It has {", ".join(names)}.')
        saved = read_yaml(kept[wanted]) if wanted not in model.scenarios else None
        levers = asked.get("levers")
        scenarios.chosen(model, wanted, map(str, levers) if isinstance(levers, list) else (), saved=saved)

    def _scenario_model(self, file: Path) -> "Model":
        """Read one scenario model, its levers held against the KPIs that there are."""
        from prodops import scenarios
        from prodops.workspace import read_yaml

        kpis = self.workspace.file.parent / "kpis.yaml"
        return scenarios.load(file, kpis=read_yaml(kpis) if kpis.is_file() else None)

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

        listed = [self._listed(report) for report in self.readable_reports()[0]]
        site.refresh(ledger.file.parent, ledger, listed, changed=changed, zone=ZoneInfo(self.workspace.time_zone))

    def _listed(self, report: "Report") -> "Listed":
        from prodops.reports import catalogue, site, times

        slices = {each.name: {name: each.parameters[name] for name in each.given} for each in catalogue.slices(report)}
        schedule = "; ".join(map(times.in_words, report.schedule.cron)) if report.schedule else ""
        return site.Listed(report.name, report.title, slices, schedule=schedule, next_due=self.next_due(report, utc_now()))

    def wall_clock(self) -> datetime:
        """Read the clock as the workspace's walls show it."""
        return datetime.now(ZoneInfo(self.workspace.time_zone)).replace(tzinfo=None, microsecond=0)


def utc_now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)
