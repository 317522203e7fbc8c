"""``prodops run``: reports now, on a person's word."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prodops.cli.options import instant, json_option, pairs, press_options, say, source_pairs, sources_option, workspace_option
from prodops.cli.project import Project
from prodops.errors import InputError, ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable

    from prodops.parameters.types import Value
    from prodops.reports.catalogue import Report
    from prodops.reports.press import Run
    from prodops.sources import Context


@click.command()
@click.argument("reports", nargs=-1, required=True)
@workspace_option
@sources_option
@click.option("-p", "--param", "params", multiple=True, metavar="NAME=VALUE", help="Set a parameter; `prodops list` shows them.")
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
    as_of: str | None,
    out: Path | None,
    jobs: int | None,
    cluster: str | None,
    cold: bool,
    replay: Path | None,
    as_json: bool,
) -> None:
    """Make reports: check the data and parameters, run the notebooks, write one HTML file each, print its path."""
    from prodops.reports import press, publish

    project = Project.at(workspace_file, source_pairs(sources))
    chosen = project.reports(reports)
    if out and publish.is_page(out) and len(chosen) > 1:
        raise ParameterError(f"--out {out.name} names one file and {len(chosen)} reports were asked for; give a folder.")
    wanted = {report.name: asked(report, pairs(params, "-p")) for report in chosen}
    press.warm_up()
    moment = instant(as_of) if as_of else None
    runs = [run for report in chosen for run in prepare(project, report, wanted[report.name], as_of=moment, replay=replay)]
    with _progress() as progress:
        outcomes = press.run(
            runs,
            workspace=project.workspace,
            out=out,
            jobs=jobs or min(os.cpu_count() or 1, len(runs)),
            environ=os.environ,
            progress=progress,
        )
    for outcome in outcomes:
        if outcome.status == "failed":
            click.echo(f"prodops: {outcome.report}: {outcome.message}", err=True)
        elif not as_json:
            say(str(outcome.path))
    if as_json:
        told = [{"report": o.report, "status": o.status, "path": str(o.path or ""), "message": o.message} for o in outcomes]
        click.echo(json.dumps(told))
    if any(outcome.status == "failed" for outcome in outcomes):
        raise SystemExit(1)


# -------------------------------------------------------------------------------------------------- what is to be made
Asked = Mapping[str, "Mapping[str, Value]"]
"""The slices that are to be made, by name, each with all its parameters' values."""


def asked(report: "Report", given: Mapping[str, str]) -> Asked:
    """Resolve a report's parameters; with values of a person's own the slice is one of their own too."""
    from prodops.reports import catalogue

    return {_own_name(given) if given else "all": catalogue.resolve(report, given)}


def _own_name(given: Mapping[str, str]) -> str:
    """Name the folder of a run with parameters of its own, so that it never takes the place of the standing report."""
    items = sorted(f"{name}={value}" for name, value in given.items())
    words = re.sub(r"[^a-z0-9]+", "-", "-".join(items).lower()).strip("-")[:40].strip("-")
    return f"{words or 'own'}-{sha256(json.dumps(items).encode()).hexdigest()[:6]}"


def prepare(project: Project, report: "Report", wanted: Asked, *, as_of: datetime | None, replay: Path | None) -> "list[Run]":
    """Take the report's tables through the door, before any kernel starts, and say what each slice's run is told."""
    from prodops.reports.press import Run

    context = _preflight(project, report, as_of, replay)
    assert context.as_of is not None
    return [Run(report, values, context.as_of, context.to_dict(), name) for name, values in wanted.items()]


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
    lead, *others = report.tables
    for kind in others:
        if kind not in workspace.tables:
            raise InputError(f'{report.name} needs the table "{kind}"; name its source in {workspace.file.name} under tables: {kind}: …')
    desk = connect(lead, *others, *report.optional_tables, context=context)
    return Context(**{**vars(context), "as_of": desk.as_of, "before": None})


@contextmanager
def _progress() -> "Iterator[Callable[[str, int, int], None] | None]":
    """Show which cell each report is at, on a terminal only."""
    if not os.isatty(2):
        yield None
        return
    at: dict[str, str] = {}

    def show(report: str, cell: int, cells: int) -> None:
        at[report] = f"{report} {cell}/{cells}"
        click.echo("\r\x1b[K" + "  ".join(at.values()), nl=False, err=True)

    yield show
    click.echo("\r\x1b[K", nl=False, err=True)
