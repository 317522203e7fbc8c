"""Figures over past runs: which numbers of a run recur, in words and as a line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from prodops.reports.render.sanitise import readable
from prodops.reports.render.tiles import finding_words, number
from prodops.reports.site.shelf import PERIODS, Run, key_of, moment_words
from prodops.stamps import in_words

WIDTH, HEIGHT, EDGE = 104, 28, 4
Point = tuple[datetime, float | None]


@dataclass(frozen=True)
class Figure:
    """One number of a run: what it says, its value and how that moved within the run, and its line over the runs before.

    ``span`` says the line's range in words; both are empty where no earlier run has the number in the same unit.
    """

    name: str
    title: str
    sentence: str
    value: str
    change: str
    tone: str
    line: Markup
    span: str


def tiles(run: Run, good: Sequence[Run], last: int = PERIODS) -> list[Figure]:
    """List a run's numbers with a target, in the report's order; ``good`` are the slice's good runs, oldest as-of first."""
    return [_figure(stamp, run, good, last) for stamp in run.of_kind("tile")]


def findings(run: Run, good: Sequence[Run], last: int = PERIODS) -> list[Figure]:
    """List a run's findings, the most surprising first."""
    return [_figure(stamp, run, good, last) for stamp in _by_surprise(run)]


def lead(run: Run, good: Sequence[Run], last: int = PERIODS) -> list[Figure]:
    """Give the one number that stands for a run in a row, if any: its first with a target, else its most surprising finding's."""
    tile = [_figure(stamp, run, good, last) for stamp in run.of_kind("tile")[:1]]
    return tile or [
        _figure(stamp, run, good, last) for stamp in _by_surprise(run)[:1] if number(stamp.get("value"))
    ]  # 0: it says so in words


def first_words(run: Run) -> str:
    """Say what a run found, by its most surprising finding."""
    return next((_title(stamp) for stamp in _by_surprise(run)), "")


def _by_surprise(run: Run) -> list[Mapping[str, Any]]:
    return sorted(run.of_kind("finding"), key=lambda stamp: -(number(stamp.get("surprise")) or 0))


def _title(stamp: Mapping[str, Any]) -> str:
    return str(stamp.get("title") or stamp.get("headline") or stamp.get("name") or "")


def _figure(stamp: Mapping[str, Any], run: Run, good: Sequence[Run], last: int) -> Figure:
    title = _title(stamp)
    points = series(stamp, [r for r in good if r.as_of <= run.as_of][-last:])
    known = [value for _, value in points if value is not None]
    drawn = len(known) > 1
    unit = str(stamp.get("unit", "count"))
    words, change, tone = finding_words(dict(stamp))
    if drawn and in_words(min(known), unit) == in_words(max(known), unit):  # no line shows what no word does
        points = [(as_of, value if value is None else known[-1]) for as_of, value in points]
    return Figure(
        name=str(stamp.get("name") or ""),
        title=title,
        sentence=str(stamp.get("sentence") or ""),
        value=words,
        change=change,
        tone=tone,
        line=_line(points, f"{title}: {_told(points, unit)}") if drawn else Markup(),
        span=_span(known, unit) if drawn else "",
    )


def series(stamp: Mapping[str, Any], good: Sequence[Run]) -> list[Point]:
    """Follow a number by its kind, name and unit through runs; ``None`` where a run does not have it so."""
    key = key_of(stamp)
    return [(run.as_of, run.values.get(key)) for run in good]


def _span(known: Sequence[float], unit: str) -> str:
    low, high = in_words(min(known), unit), in_words(max(known), unit)
    return f"{low} in all {len(known)} runs" if low == high else f"{low} to {high} in {len(known)} runs"


def _told(points: Sequence[Point], unit: str) -> str:
    known = [(as_of, value) for as_of, value in points if value is not None]
    (since, first), (until, latest) = known[0], known[-1]
    return f"from {in_words(first, unit)} as of {moment_words(since)} to {in_words(latest, unit)} as of {moment_words(until)}, {len(known)} runs"


def _line(points: Sequence[Point], label: str) -> Markup:
    """Draw values at their as-of dates, oldest first; the line breaks at runs without the number, single ones are dots."""
    known = [(as_of, value) for as_of, value in points if value is not None]
    low, high = min(v for _, v in known), max(v for _, v in known)
    start, seconds = known[0][0], (known[-1][0] - known[0][0]).total_seconds() or 1

    def at(as_of: datetime, value: float) -> str:
        x = EDGE + (as_of - start).total_seconds() / seconds * (WIDTH - 2 * EDGE)
        y = HEIGHT - EDGE - ((value - low) / (high - low) if high > low else 0.5) * (HEIGHT - 2 * EDGE)
        return f"{x:.1f},{y:.1f}"

    path, pen = "", "M"
    for as_of, value in points:
        path += f"{pen}{at(as_of, value)}{'h0' if pen == 'M' else ''}" if value is not None else ""  # h0: a dot, where no line follows
        pen = "M" if value is None else "L"
    x, y = at(*known[-1]).split(",")
    drawn = Markup('<path d="{}"/><circle cx="{}" cy="{}" r="2.6"/>').format(path, x, y)
    return Markup('<svg class="trail" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, HEIGHT, readable(label), drawn
    )
