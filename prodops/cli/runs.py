"""``prodops run``: reports now, on a person's word."""

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from prodops.cli.options import (
    complain,
    instant,
    json_option,
    pairs,
    press_options,
    say,
    scenario_option,
    scenario_values,
    source_pairs,
    sources_option,
    workspace_option,
)
from prodops.cli.project import Project, utc_now
from prodops.errors import InputError, ParameterError, ProdopsError
from prodops.parameters.secrets import require

if TYPE_CHECKING:
    from prodops.reports.catalogue import Report, Slice
    from prodops.reports.press import Outcome, Run, State
    from prodops.sources import Context


@click.command()
@click.argument("reports", nargs=-1, required=True)
@workspace_option
@sources_option
@click.option("-p", "--param", "params", multiple=True, metavar="NAME=VALUE", help="Set a parameter; `prodops list` shows them.")
@scenario_option
@click.option("--as-of", metavar="DATE", help="See no row at or after it. Default: the midnight after the latest row.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR|FILE.html", help="Default: reports/ of the project.")
@press_options
@click.option(
    "--replay",
    type=click.Path(path_type=Path, exists=True),
    metavar="RECORD.json",
    help="Take recorded query results instead of asking the sources.",
)
@json_option
def run(
    reports: tuple[str, ...],
    workspace_file: Path | None,
    sources: tuple[str, ...],
    params: tuple[str, ...],
    scenario_file: Path | None,
    as_of: str | None,
    out: Path | None,
    jobs: int | None,
    cluster: str | None,
    cold: bool,
    replay: Path | None,
    as_json: bool,
) -> None:
    """Make reports: check the data and parameters, run the notebooks, write one HTML file each, print its path."""
    from prodops.reports import catalogue, ledger, press, publish

    project = Project.at(workspace_file, source_pairs(sources))
    given, found = _given(params, scenario_file), project.reports(reports)
    for report in found if scenario_file else ():
        _takes_scenarios(report, given)
    slices = [(report, each) for report in found for each in catalogue.slices(report, given)]
    if out and publish.is_page(out) and len(slices) > 1:
        raise ParameterError(f"--out {out.name} names one file and {len(slices)} reports were asked for; give a folder.")
    for _, each in slices:
        require(each.parameters, os.environ)
    press.warm_up()
    prepare = Door(project, as_of=instant(as_of) if as_of else None, replay=replay)
    folder = out if out and not publish.is_page(out) else project.reports_folder
    book = ledger.Ledger(folder / ledger.FILE)
    settled = project.settle(book)
    with progress_line(len(slices)) as progress:
        outcomes = press.run(
            lambda: [prepare(report, each) for report, each in slices],
            workspace=project.workspace,
            environ=os.environ,
            now=utc_now,
            ledger=book,
            out=out,
            jobs=jobs or min(os.cpu_count() or 1, len(slices)),
            progress=progress,
            cold=cold,
            cluster=cluster,
        )
    if out is None or out is folder:
        told(lambda: project.refresh_site(book, settled | {(o.report, o.slice_name) for o in outcomes}))
    tell_outcomes(outcomes, as_json=as_json)


def _given(params: tuple[str, ...], scenario_file: Path | None) -> dict[str, object]:
    """Put together what a person gives: parameters one by one, and those of a saved scenario; raises for one that is given twice."""
    given = pairs(params, "-p")
    kept = scenario_values(scenario_file) if scenario_file else {}
    if twice := sorted(given.keys() & kept.keys()):
        raise ParameterError(f"-p {twice[0]}: {scenario_file} gives it too; give it in one place.")
    return {**kept, **given}


def _takes_scenarios(report: "Report", given: Mapping[str, object]) -> None:
    known = {parameter.name for parameter in report.declared}
    if missing := [name for name in ("model", "scenario", "levers", "title", "notes") if name in given and name not in known]:
        raise ParameterError(f"{report.name} takes no saved scenario: its notebook has no parameter {', '.join(missing)}.")


def tell_outcomes(outcomes: "Sequence[Outcome]", *, as_json: bool = False) -> None:
    """Print the path of each page and, apart from those, why runs failed; exit 1 where one did."""
    for outcome in outcomes:
        if outcome.status == "failed":
            kept = f" The partial notebook: {outcome.kept}" if outcome.kept else ""
            complain(f"{outcome.label}: {outcome.message}{kept}")
        elif not as_json:
            say(str(outcome.path))
    if as_json:
        say(json.dumps([_told(outcome) for outcome in outcomes], ensure_ascii=False, indent=1))
    failures = sum(outcome.status == "failed" for outcome in outcomes)
    if failures and len(outcomes) > 1:
        complain(f"{failures:,} of {len(outcomes):,} runs failed.")
    if failures:
        raise SystemExit(1)


def _told(outcome: "Outcome") -> dict[str, str]:
    paths = {"path": str(outcome.path or ""), "kept": str(outcome.kept or "")}
    return {"report": outcome.report, "slice": outcome.slice_name, "status": outcome.status, "message": outcome.message, **paths}


def told(work: Callable[[], None]) -> None:
    """Do what comes after runs; what goes wrong with it is said, and undoes none of them."""
    try:
        work()
    except ProdopsError as fault:
        complain(fault)


# -------------------------------------------------------------------------------------------------- what is to be made
class Door:
    """Takes reports' tables through the door before any kernel starts, and says what each slice's run is told.

    The slices of a report share one look at its tables. Raises :class:`InputError` or :class:`WorkspaceError` for what cannot be used.
    """

    def __init__(self, project: Project, *, as_of: datetime | None = None, replay: Path | None = None) -> None:
        self.as_of, self._project, self._replay = as_of, project, replay
        self._seen: dict[str, Context] = {}
        self._on_scenarios: set[str] = set()

    def __call__(self, report: "Report", part: "Slice") -> "Run":
        """Make one slice's run."""
        from prodops.reports.press import Run

        if report.name not in self._seen:
            self._seen[report.name] = _preflight(self._project, report, self.as_of, self._replay)
            if not self._replay and "scenarios.define" in report.path.read_text(encoding="utf-8"):
                self._on_scenarios.add(report.name)
        if report.name in self._on_scenarios:
            self._project.check_scenario(part.parameters)
        context = self._seen[report.name]
        assert context.as_of is not None
        name = _own_name(part.name, self._project.sources) if self._project.sources else part.name
        return Run(report, part.parameters, context.as_of, context.to_dict(), name, part.given)


def _own_name(name: str, sources: Mapping[str, str]) -> str:
    """Name the slice of a run on other sources, so that it never takes the place of the standing report.

    It holds only the files' own names: what folder or host they lie in is not told, and changes no byte of a page.
    """
    items = [(kind, Path(urlsplit(source).path if "://" in source else source).name) for kind, source in sorted(sources.items())]
    words = "-".join(f"{kind}-{file}" for kind, file in items)
    plain = re.sub(r"[^a-z0-9]+", "-", f"{name}-{words}".lower()).strip("-")[:50].strip("-")
    return f"{plain}-{sha256(json.dumps([name, items]).encode()).hexdigest()[:8]}"


def _preflight(project: Project, report: "Report", as_of: datetime | None, replay: Path | None) -> "Context":
    from prodops.sources import Context, connect

    workspace = project.workspace
    context = Context(
        workspace.file,
        project.store,
        as_of=as_of,
        as_of_given=as_of is not None,
        before=project.wall_clock(),
        sources=project.sources,
        replay=replay.absolute() if replay else None,
    )
    for kind in report.tables[1:]:
        if kind not in workspace.tables:
            raise InputError(f'{report.name} needs the table "{kind}"; name its source in {workspace.file.name} under tables: {kind}: …')
    if "feedback" in report.tables:
        project.check_taxonomy()
    notebook = report.path.read_text(encoding="utf-8")
    if "kpis.yaml" in notebook:
        project.check_kpis()
    if "flow.yaml" in notebook:
        project.check_flow()
    if "launches.yaml" in notebook:
        project.check_launches()
    desk = connect(*report.tables, *report.optional_tables, either=not report.tables, context=context)
    return Context(**{**vars(context), "as_of": desk.as_of, "before": None, "lead": desk.lead})


@contextmanager
def progress_line(total: int) -> "Iterator[Callable[[State], None] | None]":
    """Show, on a terminal only, how many runs are done and which cell the others are at."""
    if not os.isatty(2):
        yield None
        return

    def show(state: "State") -> None:
        running = "  ".join(f"{label} {cell}/{cells}" for label, (cell, cells) in state.running.items())
        failed = f", {state.failed:,} failed" if state.failed else ""
        line = f"{state.done + state.failed:,} of {total:,} done{failed}   {running}"
        click.echo(f"\r\x1b[K{line[: shutil.get_terminal_size().columns - 1]}", nl=False, err=True)

    yield show
    click.echo("\r\x1b[K", nl=False, err=True)
