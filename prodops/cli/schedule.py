"""``prodops schedule`` and ``prodops backfill``: what is due, and what would have been."""

import os
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from prodops.cli.options import complain, instant, press_options, say, workspace_option
from prodops.cli.project import Project, utc_now
from prodops.cli.runs import Door, progress_line, tell_outcomes, told
from prodops.errors import ParameterError, WorkspaceError, shorten

if TYPE_CHECKING:
    from prodops.reports.catalogue import Report, Slice
    from prodops.reports.due import Due
    from prodops.reports.ledger import Entry, Ledger, Status
    from prodops.reports.press import Outcome, Press, Run
    from prodops.reports.schedule import Shelf


@click.command()
@workspace_option
@press_options
@click.option("--once", is_flag=True, help="Make what is due now, and end: for cron, systemd and Kubernetes.")
@click.option("--now", "at", metavar="TIME", help="With --once: take this for the time, e.g. 2025-11-03T08:00.")
def schedule(workspace_file: Path | None, jobs: int | None, cluster: str | None, cold: bool, once: bool, at: str | None) -> None:
    """Make the reports that are due by their `schedule:`, and deliver them; goes on until SIGTERM or Ctrl-C.

    What was made, failed or was missed stands in reports/ledger.sqlite, so that any number of schedulers may work at once, and
    whatever ends one, the next goes on from there. Edited schedules take effect at once.
    """
    from prodops.reports import holders, ledger, press
    from prodops.reports.deliver import Courier
    from prodops.reports.schedule import Scheduler, Shelf

    if at and not once:
        raise ParameterError("--now is for --once.")
    project = Project.at(workspace_file)
    clock = _stopped(at, project.workspace.time_zone) if at else utc_now
    book = project.ledger()
    shelf = Shelf(project.catalogue, project.root, project.workspace.time_zone, told=complain)
    if not shelf.plans():
        complain("no report has a schedule; give one in params/reports/*.yaml: schedule: {cron: 0 7 * * MON}")
    work = _Work(workspace_file, project, shelf, book, clock)
    courier = Courier(work.deliver, complain)

    def after(changed: Collection[tuple[str, str]]) -> None:
        courier.nudge()
        if changed:
            project.refresh_site(book, changed)

    with (
        closing(courier),
        press.Press(
            workspace=project.workspace,
            environ=os.environ,
            ledger=book,
            now=clock,
            jobs=jobs or os.cpu_count() or 1,
            cold=cold,
            cluster=cluster,
            owes=work.owes,
        ) as made_by,
    ):
        scheduler: Scheduler[Run] = Scheduler(
            ledger=book,
            runner=made_by,
            holder=holders.here(),
            now=clock,
            plans=shelf.plans,
            make=work.make,
            fresh=work.fresh,
            placed=ledger.page_in(project.reports_folder),
            owes=work.owes_without_run,
            after=after,
            told=complain,
        )
        _tell_entries(scheduler.run(once=once), project)


def _stopped(text: str, time_zone: str) -> "Callable[[], datetime]":
    """Give a clock that always shows one time, in the workspace's time zone where it names none."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ParameterError(
            f"--now {shorten(text)}: expected a time such as 2025-11-03T08:00, or with an offset, 2025-11-03T07:00+00:00."
        ) from None
    return lambda: moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(time_zone))


def _tell_entries(entries: "Sequence[Entry]", project: Project) -> None:
    """Print what a turn made; exit 1 where a run of it failed."""
    from prodops.reports.runs import label

    for entry in entries:
        name = label(entry.slot.report, entry.slot.slice_name)
        if entry.path:
            say(str(project.reports_folder / entry.path))
        else:
            complain(f"{name} as of {entry.slot.as_of:%Y-%m-%d %H:%M}: {entry.status}. {entry.message}")
    if any(entry.status in ("failed", "lost") for entry in entries):
        raise SystemExit(1)


class _Work:
    """What a scheduler asks for, on the workspace as its file says at that moment."""

    def __init__(self, file: Path | None, project: Project, shelf: "Shelf", book: "Ledger", clock: "Callable[[], datetime]") -> None:
        self._file, self._project, self._shelf, self._book, self._clock = file, project, shelf, book, clock
        self._door: Door | None = None

    def make(self, due: "Due") -> "Run":
        """Turn what is due into a run; raises where its data or its report cannot be used."""
        from prodops.reports import catalogue

        report = self._report(due.slot.report)
        part = next((each for each in catalogue.slices(report) if each.name == due.slot.slice_name), None)
        if part is None:
            raise WorkspaceError(f"{report.name} has no slice {due.slot.slice_name} any more.")
        if self._door is None or self._door.as_of != due.slot.as_of:  # what is due together has one look at the tables
            self._door = Door(Project.at(self._file), as_of=due.slot.as_of)
        return self._door(report, part)

    def fresh(self, report: str, table: str, start: datetime, end: datetime) -> bool:
        """Tell whether a table has rows in a period."""
        from prodops.sources import Context, connect

        project = Project.at(self._file)
        context = Context(project.workspace.file, project.store, as_of=end, as_of_given=True, before=project.wall_clock())
        return connect(table, context=context).has_rows(table, since=start)

    def owes(self, run: "Run", outcome: "Outcome") -> Sequence[str]:
        """Name the deliveries that a run calls for."""
        from prodops.reports import deliver

        for doubt in deliver.doubts(run.report, outcome.record) if outcome.status == "ok" else ():
            complain(f"{run.label}: deliver: {doubt}")
        return deliver.owes(run.report, outcome.status, outcome.record, run.slice_name)

    def owes_without_run(self, report: str, status: "Status") -> Sequence[str]:
        """Name the deliveries of a slot that came to nothing before a run."""
        from prodops.reports import deliver

        found = self._shelf.reports.get(report)
        return deliver.owes(found, status, {}) if found else ()

    def deliver(self) -> None:
        """Send what is owed."""
        from prodops.reports import deliver, holders

        reports, folder = list(self._shelf.reports.values()), self._project.reports_folder
        for each in deliver.settle(self._book, reports, folder=folder, environ=os.environ, now=self._clock, holder=holders.here()):
            if each.message:
                complain(f"{each.ticket.slot.report}: delivery {each.name} {each.state}: {each.message}")

    def _report(self, name: str) -> "Report":
        if name not in self._shelf.reports:
            raise WorkspaceError(f"there is no report {name} any more.")
        return self._shelf.reports[name]


# ------------------------------------------------------------------------------------------------------------ backfill
@click.command()
@click.argument("report")
@workspace_option
@press_options
@click.option("--since", required=True, metavar="DATE", help="The first date of an as-of.")
@click.option("--until", required=True, metavar="DATE", help="The last one.")
def backfill(report: str, workspace_file: Path | None, jobs: int | None, cluster: str | None, cold: bool, since: str, until: str) -> None:
    """Make a report for each slot of its schedule in a span of dates (weekly where it has none), but those that are made already."""
    from prodops.reports import catalogue, press

    project = Project.at(workspace_file)
    (chosen,) = project.reports([report])
    moments = _slots(project, chosen, instant(since, "--since"), instant(until, "--until"))
    parts = catalogue.slices(chosen)
    press.warm_up()
    book = project.ledger()
    project.settle(book)
    with progress_line(len(moments) * len(parts)) as progress:
        made = press.Press(
            workspace=project.workspace,
            environ=os.environ,
            ledger=book,
            now=utc_now,
            jobs=jobs or os.cpu_count() or 1,
            progress=progress,
            cold=cold,
            cluster=cluster,
        )
        with made:
            outcomes = _fill(project, made, book, chosen, parts, moments)
    told(lambda: project.refresh_site(book))
    if len(outcomes) < len(moments) * len(parts):
        complain(f"{len(moments) * len(parts) - len(outcomes):,} are made already, or are being made.")
    tell_outcomes(outcomes)


def _slots(project: Project, report: "Report", since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    from prodops.reports.due import slots_between

    if until < since:
        raise ParameterError("--until lies before --since.")
    week, zone = project.workspace.week_start, project.workspace.time_zone
    found = slots_between(report, since.date(), until.date(), now=utc_now(), time_zone=zone, week_start=week)
    if not found:
        raise ParameterError(f"{report.name} has no slot from {since:%Y-%m-%d} to {until:%Y-%m-%d}.")
    return found


def _fill(
    project: Project,
    made_by: "Press",
    book: "Ledger",
    report: "Report",
    parts: "Sequence[Slice]",
    moments: Sequence[tuple[datetime, datetime]],
) -> "list[Outcome]":
    """Claim each slot in turn, oldest first, and make it as there is room."""
    from prodops.reports import holders
    from prodops.reports.ledger import Slot

    outcomes: list[Outcome] = []
    here = holders.here()
    for as_of, at in moments:
        door = Door(project, as_of=as_of)
        for part in parts:
            run = door(report, part)
            while not made_by.free:
                outcomes += made_by.wait()
            with made_by.unbroken():
                slot = Slot(report.name, part.name, as_of)
                ticket = book.begin(slot, trigger="backfill", now=utc_now(), holder=here, title=report.title, due=at)
                if ticket:
                    made_by.start(run, ticket)
    while waited := made_by.wait():
        outcomes += waited
    return outcomes
