"""Sorting runs for the catalogue: each report's slices, what a reader finds first in them, and what went wrong since."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, tzinfo
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from prodops.reports.catalogue import NAME
from prodops.reports.ledger import Entry
from prodops.reports.publish import NOTEBOOK
from prodops.reports.render.tiles import number
from prodops.reports.site import Listed
from prodops.stamps import day_words, listed

PERIODS = 13
"""As-of dates that a figure's line goes back."""
GOOD, BAD = ("ok", "no data"), ("failed", "lost")
WHOLE = "all"
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Run:
    """One run that ended; ``page`` and its ``kept`` partial notebook are addresses from the site's folder, empty where there is none."""

    entry: Entry
    page: str
    kept: str
    when: str
    made: str

    @property
    def status(self) -> str:
        return self.entry.status

    @property
    def as_of(self) -> datetime:
        return self.entry.slot.as_of

    def of_kind(self, kind: str) -> list[Mapping[str, Any]]:
        """List its figures of one kind in their order, the first of each name."""
        names: dict[str, Mapping[str, Any]] = {}
        for stamp in self._figures:
            if stamp.get("kind") == kind:
                names.setdefault(str(stamp.get("name")), stamp)
        return list(names.values())

    @cached_property
    def values(self) -> dict[Key, float]:
        """Its numbers by kind, name and unit."""
        known = ((key_of(stamp), number(stamp.get("value"))) for stamp in reversed(self._figures))
        return {key: value for key, value in known if value is not None and math.isfinite(value)}

    @cached_property
    def _figures(self) -> list[Mapping[str, Any]]:
        return [stamp for stamp in self.entry.figures if isinstance(stamp, Mapping)]


@dataclass(frozen=True)
class Slice:
    """A slice of a report: its runs, oldest first, and where its own page lies (empty: nowhere).

    ``current`` is the page that readers get: the good run of the latest as-of. ``trouble`` is the latest run that failed or
    was lost since, and that no later attempt made good.
    """

    report: str
    name: str
    label: str
    runs: tuple[Run, ...]
    folder: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.report, self.name

    @cached_property
    def good(self) -> list[Run]:
        """The last good run of each as-of, oldest as-of first."""
        last = {run.as_of: run for run in self.runs if run.status in GOOD}
        return [last[as_of] for as_of in sorted(last)]

    @cached_property
    def current(self) -> Run | None:
        return next((run for run in reversed(self.good) if run.page), None)

    @cached_property
    def trouble(self) -> Run | None:
        last = {run.as_of: run for run in self.runs if run.status in (*GOOD, *BAD)}
        newest = max((as_of for as_of, run in last.items() if run.status in BAD), default=None)
        if newest is None or (self.current and newest < self.current.as_of):
            return None
        return last[newest]


@dataclass(frozen=True)
class Shelf:
    """One report: what the catalogue says of it, its standing slices, and the runs that people made with values of their own."""

    listed: Listed
    known: bool
    standing: tuple[Slice, ...]
    others: tuple[Slice, ...]

    @property
    def slices(self) -> tuple[Slice, ...]:
        return (*self.standing, *self.others)

    @property
    def by(self) -> str:
        """Say what its slices differ by: ``product and region``."""
        names = [_spaced(name) for name in dict.fromkeys(name for values in self.listed.slices.values() for name in values)]
        return listed(names, len(names))


def standing(entries: Iterable[Entry], last: int = PERIODS) -> list[Entry]:
    """Leave the runs that the index needs, in their order.

    Of each slice these are: the last good run of each of its ``last`` newest good as-ofs, and the last run that ended for the
    newest as-of at which a run ended well or badly.
    """
    entries = [entry for entry in entries if entry.status in (*GOOD, *BAD)]
    good: dict[tuple[str, str], dict[datetime, int]] = {}
    final: dict[tuple[str, str], dict[datetime, int]] = {}
    for entry in entries:
        key = entry.slot.report, entry.slot.slice_name
        final.setdefault(key, {})[entry.slot.as_of] = entry.number
        if entry.status in GOOD:
            good.setdefault(key, {})[entry.slot.as_of] = entry.number
    wanted = {runs[as_of] for runs in good.values() for as_of in sorted(runs)[-last:]}
    wanted |= {number for runs in final.values() for _, number in [max(runs.items())]}
    return [entry for entry in entries if entry.number in wanted]


def arrange(entries: Iterable[Entry], reports: Sequence[Listed], folder: Path, zone: tzinfo) -> list[Shelf]:
    """Put runs that ended on their shelves: reports in the catalogue's order, those without a run last, then those it no longer lists, by name."""
    found: dict[str, dict[str, list[Run]]] = {}
    for entry in entries:
        if entry.status != "running":
            found.setdefault(entry.slot.report, {}).setdefault(entry.slot.slice_name, []).append(_run(entry, folder, zone))
    shelves = [_shelf(listed, found.pop(listed.name, {}), known=True) for listed in reports]
    shelves.sort(key=lambda shelf: not any(part.runs for part in shelf.slices))
    return shelves + [_shelf(Listed(name, ""), found[name], known=False) for name in sorted(found)]


def _shelf(listed: Listed, found: Mapping[str, Sequence[Run]], *, known: bool) -> Shelf:
    runs = [run for each in found.values() for run in each]
    title = listed.title or next((run.entry.title for run in reversed(runs) if run.entry.title), "") or listed.name
    listed = replace(listed, title=title)
    names = list(listed.slices) or ([WHOLE] if known or WHOLE in found else [])
    shown = [_slice(listed, name, found.get(name, ())) for name in names]
    others = [_slice(listed, name, found[name]) for name in sorted(set(found).difference(names))]
    others = [part for part in others if part.current]  # what a person tried out, or put elsewhere, is no report of the project
    return Shelf(listed, known, tuple(s for s in shown if s.runs or len(names) > 1), tuple(others))


def _slice(listed: Listed, name: str, runs: Sequence[Run]) -> Slice:
    values = listed.slices.get(name) or (runs[-1].entry.parameters if runs and name not in (*listed.slices, WHOLE) else {})
    bare = name in listed.slices  # the report says by what its slices differ
    label = " · ".join(value if bare and isinstance(value, str) else f"{_spaced(key)}: {value}" for key, value in values.items())
    fit = bool(runs) and bool(NAME.fullmatch(listed.name) and NAME.fullmatch(name))
    return Slice(
        report=listed.name,
        name=name,
        label="" if name == WHOLE else label[:200] or name,
        runs=tuple(runs),
        folder=f"{listed.name}/{name}" if fit else "",
    )


def _spaced(name: str) -> str:
    return name.replace("_", " ")


# ------------------------------------------------------------------------------------------------------------- one run
def _run(entry: Entry, folder: Path, zone: tzinfo) -> Run:
    ended = entry.ended.astimezone(zone) if entry.ended else None
    return Run(
        entry=entry,
        page=_address(entry.path, folder) if entry.status in GOOD else "",
        kept=_address(f"{entry.kept}/{NOTEBOOK}", folder) if entry.kept and entry.status not in GOOD else "",
        when=moment_words(entry.slot.as_of),
        made=f"{day_words(ended.date())}, {ended:%H:%M} {ended.tzname()}" if ended else "",
    )


def _address(path: str, folder: Path) -> str:
    """Give a file's address from the site's folder; nothing where it lies elsewhere or is gone."""
    parts = PurePosixPath(path).parts
    fit = bool(parts) and ".." not in parts and not path.startswith("/") and "\0" not in path
    return quote("/".join(parts), errors="replace") if fit and (folder / path).is_file() else ""


def key_of(stamp: Mapping[str, Any]) -> Key:
    """Say which number a figure is: runs tell of the same one where kind, name and unit are the same."""
    return str(stamp.get("kind")), str(stamp.get("name")), str(stamp.get("unit"))


def moment_words(moment: datetime) -> str:
    """Say a day, with its time where that is not midnight."""
    day = day_words(date(moment.year, moment.month, moment.day))
    return day if moment.time() == time() else f"{day}, {moment:%H:%M}"
