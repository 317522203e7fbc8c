"""The options that several commands share, and the words given to them, read."""

import os
import re
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from prodops.errors import ParameterError, ProdopsError, did_you_mean, shorten


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
            complain(fault)
            ctx.exit(2)


Command = Callable[..., None]


def workspace_option(command: Command) -> Command:
    """Add ``--workspace``, which all commands take."""
    return click.option(
        "--workspace",
        "workspace_file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Default: params/workspace.yaml here or above, else that of the checkout.",
    )(command)


def sources_option(command: Command) -> Command:
    """Add ``--source``."""
    return click.option(
        "--source",
        "sources",
        multiple=True,
        metavar="TABLE=FILE_OR_URL",
        help="Read a table from elsewhere, e.g. --source feedback=reviews.csv. Sample tables are then left out.",
    )(command)


def scenario_option(command: Command) -> Command:
    """Add ``--scenario``."""
    return click.option(
        "--scenario",
        "scenario_file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Take model, scenario, levers, title and notes from a saved scenario, as a what-if report's button copies it.",
    )(command)


def json_option(command: Command) -> Command:
    """Add ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="For programs.")(command)


def press_options(command: Command) -> Command:
    """Add what says how runs are made: ``--jobs``, ``--cluster`` and ``--cold``."""
    for option in (
        click.option("--cold", is_flag=True, help="Start each kernel afresh rather than fork it from a preloaded one."),
        click.option("--cluster", metavar="ADDRESS", help="Make the runs on a Dask cluster, e.g. tcp://10.0.0.5:8786."),
        click.option("--jobs", type=click.IntRange(1, 256), default=None, help="Runs at a time. Default: the cores."),
    ):
        command = option(command)
    return command


# ------------------------------------------------------------------------------------------------- what was given, read
def pairs(items: tuple[str, ...], option: str) -> dict[str, str]:
    """Read ``NAME=VALUE`` items; the values stay as they were typed."""
    found: dict[str, str] = {}
    for item in items:
        name, equals, value = item.partition("=")
        if not equals or not name.strip():
            name = (re.match(r"\w*", item) or [""])[0]  # what follows may be a secret
            raise ParameterError(f"{option} {shorten(name)}{'' if name == item else '…'}: expected NAME=VALUE.")
        if name.strip() in found:
            raise ParameterError(f"{option}: {shorten(name.strip())} is given twice.")
        found[name.strip()] = value
    return found


def source_pairs(items: tuple[str, ...]) -> dict[str, str]:
    """Read ``TABLE=FILE_OR_URL``; a path is taken from the folder at hand."""
    return {kind: value if "://" in value else str(Path(value).absolute()) for kind, value in pairs(items, "--source").items()}


def scenario_values(file: Path) -> dict[str, object]:
    """Read a saved scenario as a report's parameters; what it leaves empty stays as the report has it. Raises what is wrong with it."""
    from prodops.plainyaml import read_yaml
    from prodops.scenarios import saved

    found = saved.read(read_yaml(file, aliases=False), file=str(file))
    return {name: value for name, value in found.parameters().items() if value}


def instant(text: str, option: str = "--as-of") -> datetime:
    """Read a wall-clock date or time."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ParameterError(f"{option} {shorten(text)}: expected a date such as 2025-11-03 (or 2025-11-03T12:00).") from None
    if moment.tzinfo:
        raise ParameterError(f"{option} {shorten(text)}: give it in the workspace's time zone, without an offset.")
    if not 1971 <= moment.year <= 9000:
        raise ParameterError(f"{option} {shorten(text)}: the year must lie between 1971 and 9000.")
    return moment


def complain(what: object) -> None:
    """Say on standard error what is wrong."""
    click.echo(f"prodops: {what}", err=True)


def say(line: str) -> None:
    """Print a result; a reader who has gone (a closed pipe) does not undo it."""
    try:
        click.echo(line)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
