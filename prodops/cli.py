"""The command line: parse, call, print. Exit 0 when all went well, 1 when a report failed, 2 for misuse or bad input.

Results go to standard output, progress and messages to standard error. Only here are the clock and the environment read.
"""

import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

import prodops
from prodops.errors import InputError, ParameterError, ProdopsError, WorkspaceError, did_you_mean, shorten

if TYPE_CHECKING:
    from prodops.reports.catalogue import Report
    from prodops.sources import Context
    from prodops.workspace import Workspace

CHECKOUT = Path(prodops.__file__).parents[1]


class Commands(click.Group):
    """A group that suggests the near miss, and turns known errors into one line and exit 2."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; an unknown one is refused with the near miss."""
        if args and self.get_command(ctx, args[0]) is None:
            raise click.UsageError(f"There is no command {shorten(args[0])}.{did_you_mean(args[0], self.commands)}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; the library raises, this is where a fault becomes one line."""
        try:
            return super().invoke(ctx)
        except ProdopsError as fault:
            click.echo(f"prodops: {fault}", err=True)
            ctx.exit(2)


def workspace_option(command: Callable[..., None]) -> Callable[..., None]:
    """Add ``--workspace``, which all commands take."""
    return click.option(
        "--workspace",
        "workspace_file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Default: params/workspace.yaml here or above, else that of the checkout.",
    )(command)


def sources_option(command: Callable[..., None]) -> Callable[..., None]:
    """Add ``--source``."""
    return click.option(
        "--source",
        "sources",
        multiple=True,
        metavar="TABLE=FILE_OR_URL",
        help="Read a table from elsewhere, e.g. --source feedback=reviews.csv. Sample tables are then left out.",
    )(command)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(prodops.__version__, prog_name="prodops")
def main() -> None:
    """Notebooks that become reports for product operations: feedback themes, KPIs, and what moved.

    \b
    prodops run feedback_themes                                   on the workspace's data
    prodops run feedback_themes --source feedback=reviews.csv     on a file of yours
    prodops check                                                 is the data as it should be?
    """


# ---------------------------------------------------------------------------------------------------------- the verbs
@main.command("list")
@workspace_option
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def list_(workspace_file: Path | None, as_json: bool) -> None:
    """List the reports, their parameters, and the last run of each."""
    from prodops.reports import catalogue

    workspace = _workspace(workspace_file)
    folder, root = _catalogue(workspace)
    reports, faults = catalogue.load(folder, root)
    rows = [_entry(report, workspace) for report in reports]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        for row in rows:
            click.echo(f"{row['name']}  {row['title']}\n  reads {', '.join(row['tables'])}; last run {row['last_run'] or 'never'}")
            for parameter in row["parameters"]:
                click.echo(f"  -p {parameter['name']}={parameter['default']}  {parameter['help']}")
    for fault in faults:
        click.echo(f"prodops: {fault}", err=True)
    if faults:
        raise SystemExit(2)


@main.command()
@click.argument("reports", nargs=-1)
@workspace_option
@sources_option
@click.option("-p", "--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter to check.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def check(reports: tuple[str, ...], workspace_file: Path | None, sources: tuple[str, ...], params: tuple[str, ...], as_json: bool) -> None:
    """Check the workspace, every table's rows and the parameters; starts no kernel.

    All that is wrong is listed at once. Exit 0 also where rows would be set aside; 2 where a report would be refused.
    """
    workspace = _workspace(workspace_file).with_sources(_sources(sources))
    faults = _faults_of(lambda: [_parameters(report, params) for report in _reports(workspace, reports)])
    faults += _faults_of(lambda: _check_kpis(workspace))
    tables = [_check_table(workspace, kind) for kind in workspace.tables]
    faults += [fault for table in tables for fault in table["faults"]]
    if as_json:
        click.echo(json.dumps({"tables": tables, "faults": faults}, ensure_ascii=False, indent=1))
    else:
        for table in tables:
            click.echo(
                f"{table['table']:<12} {table['rows_read']:>11,} rows read, {table['rows_set_aside']:,} set aside  {table['source']}"
            )
            for line in (*table["set_aside"], *table["notes"]):
                click.echo(f"{'':<12} {line}")
        if any(t["rows_set_aside"] for t in tables) and not faults:
            click.echo(
                "Reports carry on without the rows set aside (on_bad_rows: quarantine) and count them; on_bad_rows: fail refuses instead."
            )
    for fault in faults:
        click.echo(f"prodops: {fault}", err=True)
    if faults:
        raise SystemExit(2)


@main.command()
@click.argument("reports", nargs=-1, required=True)
@workspace_option
@sources_option
@click.option("-p", "--param", "params", multiple=True, metavar="NAME=VALUE", help="Set a parameter; `prodops list` shows them.")
@click.option("--as-of", metavar="DATE", help="See no row at or after it. Default: the midnight after the latest row.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR|FILE.html", help="Default: reports/ of the project.")
@click.option("--jobs", type=click.IntRange(1, 256), default=None, help="Reports at a time. Default: the cores.")
@click.option(
    "--replay",
    type=click.Path(path_type=Path, exists=True),
    metavar="RECORD.json",
    help="Take recorded query results instead of asking the sources.",
)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def run(
    reports: tuple[str, ...],
    workspace_file: Path | None,
    sources: tuple[str, ...],
    params: tuple[str, ...],
    as_of: str | None,
    out: Path | None,
    jobs: int | None,
    replay: Path | None,
    as_json: bool,
) -> None:
    """Make reports: check the data and parameters, run the notebooks, write one HTML file each, print its path."""
    from prodops.reports import press, publish

    own_sources = _sources(sources)
    workspace = _workspace(workspace_file).with_sources(own_sources)
    chosen = _reports(workspace, reports)
    if out and publish.is_page(out) and len(chosen) > 1:
        raise ParameterError(f"--out {out.name} names one file and {len(chosen)} reports were asked for; give a folder.")
    values = {report.name: _parameters(report, params) for report in chosen}
    press.warm_up()
    runs = []
    for report in chosen:
        context = _preflight(workspace, report, own_sources, as_of, replay)
        assert context.as_of is not None
        runs.append(press.Run(report, values[report.name], context.as_of, context.to_dict(), _slice(params)))
    with _progress(len(runs)) as progress:
        outcomes = press.run(
            runs, workspace=workspace, out=out, jobs=jobs or min(os.cpu_count() or 1, len(runs)), environ=os.environ, progress=progress
        )
    for outcome in outcomes:
        if outcome.status == "failed":
            click.echo(f"prodops: {outcome.report}: {outcome.message}", err=True)
        elif not as_json:
            _say(str(outcome.path))
    if as_json:
        click.echo(
            json.dumps([{"report": o.report, "status": o.status, "path": str(o.path or ""), "message": o.message} for o in outcomes])
        )
    if any(outcome.status == "failed" for outcome in outcomes):
        raise SystemExit(1)


@main.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
@workspace_option
@click.pass_context
def lab(ctx: click.Context, workspace_file: Path | None) -> None:
    """Open the notebooks in JupyterLab; further arguments go to it (e.g. --no-browser --port=8899)."""
    from prodops.sources import Context
    from prodops.sources.desk import RUN_VARIABLE

    workspace = _workspace(workspace_file)
    home = workspace.home if (workspace.home / "notebooks").is_dir() else CHECKOUT
    context = Context(workspace.file, _store(workspace), before=_now(workspace))
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={home}", "--LabApp.default_url=/lab/tree/notebooks", *ctx.args]
    os.execve(sys.executable, command, {**os.environ, RUN_VARIABLE: context.to_json()})


# ------------------------------------------------------------------------------------------------------------ helpers
def _workspace(file: Path | None) -> "Workspace":
    from prodops.workspace import load

    if file is None:
        folders = [Path.cwd(), *Path.cwd().parents, CHECKOUT]
        file = next(
            (f / "params/workspace.yaml" for f in folders if (f / "params/workspace.yaml").is_file()), Path("params/workspace.yaml")
        )
    return load(file)


def _now(workspace: "Workspace") -> datetime:
    return datetime.now(ZoneInfo(workspace.time_zone)).replace(tzinfo=None, microsecond=0)


def _store(workspace: "Workspace") -> Path:
    return workspace.home / "reports" / "store"


def _catalogue(workspace: "Workspace") -> tuple[Path, Path]:
    """Give the folder of the reports' files and the project that their notebooks lie in: the workspace's own, or the checkout's."""
    own = workspace.file.parent / "reports"
    return (own, workspace.home) if any(own.glob("*.yaml")) else (CHECKOUT / "params" / "reports", CHECKOUT)


def _reports(workspace: "Workspace", names: tuple[str, ...]) -> "list[Report]":
    from prodops.reports import catalogue

    folder, root = _catalogue(workspace)
    return [catalogue.read(folder, name, root) for name in dict.fromkeys(names or catalogue.names(folder))]


def _entry(report: "Report", workspace: "Workspace") -> dict[str, Any]:
    runs = sorted((workspace.home / "reports" / report.name).glob("*/*/report.html"))
    return {
        "name": report.name,
        "title": report.title,
        "tables": [*report.tables, *report.optional_tables],
        "parameters": [{"name": p.name, "type": str(p.type), "default": str(p.default), "help": p.help} for p in report.declared],
        "last_run": max((r.parent.name for r in runs), default=None),
    }


def _pairs(items: tuple[str, ...], option: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for item in items:
        name, equals, value = item.partition("=")
        if not equals or not name.strip():
            raise ParameterError(f"{option} {shorten(item)}: expected NAME=VALUE.")
        if name.strip() in pairs:
            raise ParameterError(f"{option}: {shorten(name.strip())} is given twice.")
        pairs[name.strip()] = value
    return pairs


def _sources(items: tuple[str, ...]) -> dict[str, str]:
    """Read ``TABLE=FILE_OR_URL``; a path is taken from the folder at hand."""
    return {kind: value if "://" in value else str(Path(value).absolute()) for kind, value in _pairs(items, "--source").items()}


def _parameters(report: "Report", items: tuple[str, ...]) -> Mapping[str, Any]:
    from prodops.reports import catalogue

    return catalogue.resolve(report, _pairs(items, "-p"))


def _slice(params: tuple[str, ...]) -> str:
    """Name the folder of a run with parameters of its own, so that it never takes the place of the standing report."""
    if not params:
        return "all"
    given = sorted(params)
    words = re.sub(r"[^a-z0-9]+", "-", "-".join(given).lower()).strip("-")[:40].strip("-")
    return f"{words or 'own'}-{sha256(json.dumps(given).encode()).hexdigest()[:6]}"


def _say(line: str) -> None:
    """Print a result; a reader who has gone (a closed pipe) does not undo it."""
    try:
        click.echo(line)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _preflight(workspace: "Workspace", report: "Report", sources: Mapping[str, str], as_of: str | None, replay: Path | None) -> "Context":
    """Take the report's tables through the door, before any kernel starts, and settle its as-of."""
    from prodops.sources import Context, connect

    context = Context(
        workspace.file,
        _store(workspace),
        as_of=_instant(as_of) if as_of else None,
        as_of_given=bool(as_of),
        before=_now(workspace),
        sources=sources,
        replay=replay.absolute() if replay else None,
    )
    lead, *others = report.tables
    for kind in others:
        if kind not in workspace.tables:
            raise InputError(f'{report.name} needs the table "{kind}"; name its source in {workspace.file.name} under tables: {kind}: …')
    desk = connect(lead, *others, *report.optional_tables, context=context)
    return Context(**{**vars(context), "as_of": desk.as_of, "before": None})


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ParameterError(f"--as-of {shorten(text)}: expected a date such as 2025-11-03 (or 2025-11-03T12:00).") from None
    if moment.tzinfo:
        raise ParameterError(f"--as-of {shorten(text)}: give it in the workspace's time zone, without an offset.")
    if not 1971 <= moment.year <= 9000:
        raise ParameterError(f"--as-of {shorten(text)}: the year must lie between 1971 and 9000.")
    return moment


def _faults_of(call: Callable[[], object]) -> list[str]:
    try:
        call()
    except ProdopsError as fault:
        return [str(fault)]
    return []


def _check_kpis(workspace: "Workspace") -> None:
    from prodops import kpis
    from prodops.workspace import read_yaml

    file = workspace.file.parent / "kpis.yaml"
    if file.is_file():
        kpis.define(read_yaml(file), file=str(file))


def _check_table(workspace: "Workspace", kind: str) -> dict[str, Any]:
    """Judge one table: files from the record of their intake where there is one, else by opening it."""
    row: dict[str, Any] = {"table": kind, "rows_read": 0, "rows_set_aside": 0, "source": "", "set_aside": [], "notes": [], "faults": []}
    try:
        if not workspace.tables[kind].is_url:
            from prodops.sources.intake import admit

            intake = admit(kind, workspace, _store(workspace) / "tables")
            if intake.last < _now(workspace).isoformat():
                lines = [b.line(kind, intake.rows_read) for b in intake.breaches]
                return row | {
                    "rows_read": intake.rows_read,
                    "rows_set_aside": intake.rows_set_aside,
                    "source": intake.source,
                    "set_aside": lines,
                    "notes": list(intake.notes),
                }
        from prodops.sources import Context, connect

        changed = {k: t.source for k, t in workspace.tables.items()}
        desk = connect(kind, context=Context(workspace.file, _store(workspace), before=_now(workspace), sources=changed))
        stamp = next(iter(desk.tables)).to_dict()
        return (
            row
            | {key: stamp[key] for key in ("rows_read", "rows_set_aside", "source", "notes")}
            | {"set_aside": [b.line(kind, stamp["rows_read"]) for b in desk.breaches()[kind]]}
        )
    except (InputError, WorkspaceError) as fault:
        return row | {"faults": [str(fault)]}


@contextmanager
def _progress(total: int) -> Iterator[Callable[[str, int, int], None] | None]:
    """Show which cell each report is at, on a terminal only."""
    if not sys.stderr.isatty():
        yield None
        return
    at: dict[str, str] = {}

    def show(report: str, cell: int, cells: int) -> None:
        at[report] = f"{report} {cell}/{cells}"
        click.echo("\r\x1b[K" + "  ".join(at.values()), nl=False, err=True)

    yield show
    click.echo("\r\x1b[K", nl=False, err=True)


if __name__ == "__main__":
    main()
