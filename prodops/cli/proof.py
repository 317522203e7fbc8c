"""``prodops verify`` and ``prodops diff``: does a report come out the same again, and what differs between two?"""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prodops.cli.options import json_option, say, source_pairs, sources_option, workspace_option
from prodops.cli.project import Project, utc_now
from prodops.errors import ProdopsError

if TYPE_CHECKING:
    import pyarrow as pa

    from prodops.reports.catalogue import Report
    from prodops.reports.verify import Again, Made


@click.command()
@click.argument("page", type=click.Path(path_type=Path), metavar="REPORT.html")
@workspace_option
@sources_option
@click.option("--refresh", is_flag=True, help="Ask the sources again instead of the recorded query results.")
@json_option
def verify(page: Path, workspace_file: Path | None, sources: tuple[str, ...], refresh: bool, as_json: bool) -> None:
    """Make a report again from the record that it carries: identical to the byte, or what moved and why.

    Exit 0 where it is identical, 1 where something moved (code, package, parameter, definition, data, environment, or the file
    itself), 2 where it cannot be verified.
    """
    from prodops.reports import verify as verifying

    project = Project.at(workspace_file, source_pairs(sources))
    verdict = verifying.verify(
        page,
        workspace=project.workspace,
        root=project.root,
        find=lambda name: _find(project, name),
        stored=lambda name: _stored(project, name),
        run_again=lambda again: _run_again(project, again),
        refresh=refresh,
    )
    if as_json:
        say(json.dumps(verdict.to_dict(), ensure_ascii=False, indent=1, default=str))
    else:
        for line in verdict.lines():
            say(line)
    if verdict.exit_code:
        raise SystemExit(verdict.exit_code)


def _find(project: Project, name: str) -> "Report | None":
    try:
        return project.reports([name])[0]
    except ProdopsError:
        return None


def _stored(project: Project, name: str) -> "pa.Table":
    from prodops.sources.store import Store

    return Store(project.store).get(name)


def _run_again(project: Project, again: "Again") -> "Made":
    """Make a run in a folder of its own, which no ledger and no site is told of."""
    from prodops.reports import others, press
    from prodops.reports.ledger import Slot
    from prodops.reports.verify import Made
    from prodops.sources import Context

    context = Context(
        project.workspace.file,
        project.store,
        as_of=again.as_of,
        as_of_given=again.as_of_given,
        before=None if again.as_of_given else project.wall_clock(),
        sources=project.sources,
        replay=again.replay,
        published=() if again.replay else project.ledger().published(Slot(again.report.name, again.slice_name, again.as_of), utc_now()),
    )
    told = (
        []
        if again.replay
        else others.told(project.ledger(), project.others(again.report), as_of=again.as_of, before=utc_now(), linked=True)
    )
    handed = {**context.to_dict(), **({"found": told} if told else {})}
    run = press.Run(again.report, again.parameters, again.as_of, handed, again.slice_name, again.given, again.around)
    (outcome,) = press.run([run], workspace=project.workspace, environ=os.environ, now=utc_now, out=again.folder)
    return Made(outcome.path.read_bytes() if outcome.path else None, outcome.record, outcome.message)


@click.command()
@click.argument("before", type=click.Path(path_type=Path), metavar="A.html")
@click.argument("after", type=click.Path(path_type=Path), metavar="B.html")
@click.option("--workspace", hidden=True, expose_value=False)  # as all commands take it; two pages need none
@json_option
def diff(before: Path, after: Path, as_json: bool) -> None:
    """Say what differs between two reports: findings first, then tables, then the charts' data, then text."""
    from prodops.reports import diff as differing

    comparison = differing.compare(before, after)
    if as_json:
        say(json.dumps(comparison.to_dict(), ensure_ascii=False, indent=1, default=str))
    else:
        for line in comparison.lines():
            say(line)
