"""What the search and the as-of lookup read: each slice's runs as scripts, the newest in ``runs.js``, full blocks before it beside it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from prodops.reports.render.sanitise import readable
from prodops.reports.site.shelf import Run, Slice

BLOCK = 256
"""Runs in a block: of a long history only the last block is written again."""


def blocks(part: Slice) -> Iterator[tuple[str, str]]:
    """Give a slice's scripts by name: each calls ``prodopsRuns(report, slice, number of full blocks before, rows)``."""
    pages = {run.entry.number for run in part.good}
    full = (len(part.runs) - 1) // BLOCK
    for i in range(full + 1):
        rows = [_row(run, linked=run.entry.number in pages) for run in part.runs[i * BLOCK : (i + 1) * BLOCK]]
        arguments = (json.dumps(value, ensure_ascii=False, separators=(",", ":")) for value in (part.report, part.name, i, rows))
        yield ("runs.js" if i == full else f"runs-{i}.js"), f"prodopsRuns({','.join(arguments)});\n"


def _row(run: Run, *, linked: bool) -> list[Any]:
    """Write one run as the script reads it: as-of, status, page, kept notebook, when it was made, then all its sentences."""
    said = [run.entry.title, run.entry.message]
    for stamp in run.entry.figures:
        if isinstance(stamp, Mapping):
            said += [str(stamp.get(key) or "") for key in ("title", "headline", "sentence")]
    said += [f"{name} = {value}" for name, value in run.entry.parameters.items()] + [run.entry.run_id]
    page = run.page if linked else ""
    return [run.as_of.isoformat(), run.status, page, run.kept, run.made, *dict.fromkeys(readable(s) for s in said if s)]
