"""Writing the catalogue's pages: Jinja templates that escape everything, one policy that lets only the page's own script run."""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from prodops.reports import render
from prodops.reports.render.sanitise import readable, script_json
from prodops.reports.site import figures
from prodops.reports.site.shelf import BAD, Run, Shelf, Slice

HERE = Path(__file__).parent / "templates"
LISTED, FOLDED, CLAIMS, TILES, PAST = 1_000, 10, 3, 6, 60
"""Runs that a history shows, slices before a fold, findings and numbers of a report, as-of dates of a history's lines."""
SHAPES = {"ok": "●", "no data": "○", "failed": "▲", "lost": "◆", "refused": "■", "skipped": "–"}


def index(shelves: Sequence[Shelf]) -> str:
    """Write the page that lists all reports."""
    parts = [(shelf, part) for shelf in shelves for part in shelf.slices]
    dates = [part.current for _, part in parts if part.current]
    return _page(
        "index.html.j2",
        shelves=shelves,
        made=[shelf for shelf in shelves if any(part.runs for part in shelf.slices)],
        latest=max(dates, key=lambda run: run.as_of).when if dates else "",
        troubles=[(shelf, part) for shelf, part in parts if part.trouble],
        ran=sum(1 for _, part in parts if part.runs),
        slices=script_json([[s.listed.name, p.name, readable(s.listed.title), readable(p.label)] for s, p in parts if p.folder]),
    )


def history(shelf: Shelf, part: Slice) -> str:
    """Write the page of one slice: its figures over past runs, and all its runs."""
    good = part.good
    linked = {run.entry.number for run in good}
    runs = sorted(part.runs, key=lambda run: (run.as_of, run.entry.number), reverse=True)
    return _page(
        "history.html.j2",
        shelf=shelf,
        part=part,
        lines=[f for f in _all_figures(part.current, good) if f.line] if part.current else [],
        groups=_grouped(islice(runs, LISTED), "%B %Y" if len(runs) > LISTED else "%Y"),
        linked=linked,
        left=max(0, len(runs) - LISTED),
    )


def _all_figures(run: Run, good: Sequence[Run]) -> Iterator[figures.Figure]:
    yield from figures.tiles(run, good, PAST)
    yield from figures.findings(run, good, PAST)


def _grouped(runs: Iterable[Run], by: str) -> list[tuple[str, list[Run]]]:
    return [(name, list(each)) for name, each in groupby(runs, lambda run: f"{run.as_of:{by}}")]


# ------------------------------------------------------------------------------------------------------------- the page
def _page(template: str, **values: Any) -> str:
    style, script = _style(), (HERE / "site.js").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {_hash(script)} 'strict-dynamic'; "
        "base-uri 'none'; form-action 'none'"
    )
    made = _environment().get_template(template).render(values, policy=policy, style=Markup(style), script=Markup(script))
    return made.rstrip() + "\n"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: readable(value) if type(value) is str else value,
    )
    environment.globals |= {"SHAPES": SHAPES, "BAD": BAD, "FOLDED": FOLDED, "CLAIMS": CLAIMS, "TILES": TILES}
    environment.globals |= {"tiles": figures.tiles, "findings": figures.findings, "first_words": figures.first_words, "lead": figures.lead}
    return environment


@cache
def _style() -> str:
    """Join the report page's style, whose colours and type the catalogue shares, and the catalogue's own."""
    page = Path(render.__file__).parent / "templates" / "page.css"
    return page.read_text(encoding="utf-8") + (HERE / "site.css").read_text(encoding="utf-8")


def _hash(source: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"
