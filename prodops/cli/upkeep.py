"""``prodops gc``: the store within a size or an age."""

import json
import re
from datetime import timedelta
from pathlib import Path

import click

from prodops.cli.options import json_option, say, workspace_option
from prodops.cli.project import Project, utc_now
from prodops.errors import ParameterError, shorten

SIZES = {"": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
DAYS = {"d": 1, "w": 7, "y": 365}


@click.command()
@workspace_option
@click.option("--keep-size", metavar="SIZE", help="Remove the longest unused until the store is no larger, e.g. 2GB.")
@click.option("--keep-age", metavar="AGE", help="Remove what was not used for longer, e.g. 90d.")
@click.option("--runs", "drop_runs", metavar="AGE", help="Remove runs older than this too, but the last of each slice, e.g. 2y.")
@click.option("--keep-runs", type=click.IntRange(1), default=None, help="How many good runs of each slice stay, with --runs.")
@click.option("--dry-run", is_flag=True, help="Say what would be removed; remove nothing.")
@json_option
def gc(
    workspace_file: Path | None,
    keep_size: str | None,
    keep_age: str | None,
    drop_runs: str | None,
    keep_runs: int | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Keep the store of query results within a size or an age; nothing goes that a kept report needs to be replayed.

    Pages written elsewhere with --out are not known here: they stay as they are, but may lose what a replay needs.
    """
    from prodops.reports import gc

    project = Project.at(workspace_file)
    keep_bytes, older, old_runs = _size(keep_size), _age(keep_age, "--keep-age"), _age(drop_runs, "--runs")
    if keep_bytes is None and older is None and old_runs is None:
        raise ParameterError("say how much to keep: --keep-size 2GB, --keep-age 90d, or --runs 2y; with --dry-run nothing is removed.")
    book = project.ledger()
    project.settle(book)
    plan = gc.plan(
        gc.look(project.reports_folder, book.kept()),
        now=utc_now(),
        keep_bytes=keep_bytes,
        keep_age=older,
        drop_runs=old_runs,
        keep_runs=keep_runs or gc.KEPT_RUNS,
        at_work=[entry.began for entry in book.at_work()],
    )
    removed = plan.removals if dry_run else gc.carry_out(plan)
    if as_json:
        told = [{"path": r.path, "what": r.what, "bytes": r.size, "reason": r.reason} for r in removed]
        say(json.dumps({"removed": [] if dry_run else told, "would_remove": told if dry_run else [], "met": plan.met}, indent=1))
        return
    for line in plan.lines():
        say(line)
    if not dry_run:
        say(f"Removed: {len(removed):,}, {gc.size_words(sum(r.size for r in removed))}.")


def _size(text: str | None) -> int | None:
    if text is None:
        return None
    found = re.fullmatch(r"([0-9]{1,12}(?:\.[0-9]+)?)\s*([KMGT]?B)?", text.strip().upper())
    if not found:
        raise ParameterError(f"--keep-size {shorten(text)}: expected a size such as 500MB or 2GB.")
    return int(float(found[1]) * SIZES[found[2] if found[2] and found[2] != "B" else ""])


def _age(text: str | None, option: str) -> timedelta | None:
    if text is None:
        return None
    found = re.fullmatch(r"([0-9]{1,5})\s*([dwy])", text.strip().lower())
    if not found:
        raise ParameterError(f"{option} {shorten(text)}: expected an age such as 90d, 12w or 2y.")
    return timedelta(days=int(found[1]) * DAYS[found[2]])
