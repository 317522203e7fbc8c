"""``prodops list`` and ``prodops check``: what there is, and is it as it should be? No kernel starts."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from prodops.cli.options import complain, json_option, pairs, source_pairs, sources_option, workspace_option
from prodops.cli.project import Project, utc_now
from prodops.errors import InputError, ProdopsError, WorkspaceError

if TYPE_CHECKING:
    from prodops.reports.catalogue import Report

NAMED = 6
"""How many of a report's slices are listed by name."""


@click.command("list")
@workspace_option
@json_option
def list_(workspace_file: Path | None, as_json: bool) -> None:
    """List the reports, their slices and parameters, the last run of each and when it is due next."""
    project = Project.at(workspace_file)
    reports, faults = project.readable_reports()
    rows = [_entry(report, project) for report in reports]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        for row in rows:
            click.echo("\n".join(_lines(row)))
    _tell(faults)


def _lines(row: dict[str, Any]) -> Iterator[str]:
    yield f"{row['name']}  {row['title']}"
    due = f"; next due {row['next_due']}" if row["next_due"] else ""
    yield f"  reads {', '.join(row['tables'])}; last run {row['last_run'] or 'never'}{due}"
    if row["slices"]:
        more = f" and {len(row['slices']) - NAMED} more" if len(row["slices"]) > NAMED else ""
        yield f"  {len(row['slices'])} slices: {', '.join(row['slices'][:NAMED])}{more}"
    for parameter in row["parameters"]:
        yield f"  -p {parameter['name']}={parameter['default']}  {parameter['help']}"


def _entry(report: "Report", project: Project) -> dict[str, Any]:
    from prodops.reports import catalogue

    slices = [each.name for each in catalogue.slices(report)]
    runs = sorted((project.reports_folder / report.name).glob("*/*/report.html"))
    return {
        "name": report.name,
        "title": report.title,
        "tables": [*report.tables, *report.optional_tables],
        "parameters": [{"name": p.name, "type": str(p.type), "default": str(p.default), "help": p.help} for p in report.declared],
        "slices": slices if slices != ["all"] else [],
        "last_run": max((r.parent.name for r in runs), default=None),
        "next_due": project.next_due(report, utc_now()),
    }


def _tell(faults: "list[str] | list[WorkspaceError]") -> None:
    for fault in faults:
        complain(fault)
    if faults:
        raise SystemExit(2)


# --------------------------------------------------------------------------------------------------------------- check
@click.command()
@click.argument("reports", nargs=-1)
@workspace_option
@sources_option
@click.option("-p", "--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter to check.")
@json_option
def check(reports: tuple[str, ...], workspace_file: Path | None, sources: tuple[str, ...], params: tuple[str, ...], as_json: bool) -> None:
    """Check the workspace, every table's rows and the parameters; starts no kernel.

    All that is wrong is listed at once. Exit 0 also where rows would be set aside; 2 where a report would be refused.
    """
    from prodops.reports import catalogue, deliver

    project = Project.at(workspace_file, source_pairs(sources))
    faults = _faults_of(lambda: [catalogue.resolve(report, pairs(params, "-p")) for report in project.reports(reports)])
    faults += _faults_of(project.check_kpis)
    faults += _faults_of(project.check_flow)
    faults += _faults_of(project.check_taxonomy)
    faults += _faults_of(project.check_scenarios)
    faults += _faults_of(project.check_launches)
    faults += [fault for report in project.readable_reports()[0] for fault in deliver.check(report, os.environ)]
    tables = [_check_table(project, kind) for kind in project.workspace.tables]
    faults += [fault for table in tables for fault in table["faults"]]
    if as_json:
        click.echo(json.dumps({"tables": tables, "faults": faults}, ensure_ascii=False, indent=1))
    else:
        for table in tables:
            counts = f"{table['rows_read']:>11,} rows read, {table['rows_set_aside']:,} set aside"
            click.echo(f"{table['table']:<12} {counts}  {table['source']}")
            for line in (*table["set_aside"], *table["notes"]):
                click.echo(f"{'':<12} {line}")
        if any(t["rows_set_aside"] for t in tables) and not faults:
            carry_on = (
                "Reports carry on without the rows set aside (on_bad_rows: quarantine) and count them; on_bad_rows: fail refuses instead."
            )
            click.echo(carry_on)
    _tell(faults)


def _faults_of(call: Callable[[], object]) -> list[str]:
    try:
        call()
    except ProdopsError as fault:
        return [str(fault)]
    return []


def _check_table(project: Project, kind: str) -> dict[str, Any]:
    """Judge one table: files from the record of their intake where there is one, else by opening it."""
    row: dict[str, Any] = {"table": kind, "rows_read": 0, "rows_set_aside": 0, "source": "", "set_aside": [], "notes": [], "faults": []}
    try:
        return row | (_taken_in(project, kind) or _opened(project, kind))
    except (InputError, WorkspaceError) as fault:
        return row | {"faults": [str(fault)]}


def _taken_in(project: Project, kind: str) -> dict[str, Any] | None:
    """Tell a table's counts from its intake; nothing where only a look at its rows will do."""
    if project.workspace.tables[kind].is_url:
        return None
    from prodops.sources.intake import admit

    intake = admit(kind, project.workspace, project.store / "tables")
    if intake.last >= project.wall_clock().isoformat():
        return None
    lines = [breach.line(kind, intake.rows_read) for breach in intake.breaches]
    counts = {"rows_read": intake.rows_read, "rows_set_aside": intake.rows_set_aside}
    return {**counts, "source": intake.source, "set_aside": lines, "notes": list(intake.notes)}


def _opened(project: Project, kind: str) -> dict[str, Any]:
    from prodops.sources import Context, connect

    changed = {kind: table.source for kind, table in project.workspace.tables.items()}
    desk = connect(kind, context=Context(project.workspace.file, project.store, before=project.wall_clock(), sources=changed))
    stamp = next(iter(desk.tables)).to_dict()
    told = {key: stamp[key] for key in ("rows_read", "rows_set_aside", "source", "notes")}
    return {**told, "set_aside": [breach.line(kind, stamp["rows_read"]) for breach in desk.breaches()[kind]]}
