"""What is new in a review's frames: moves, levels that broke or stand elsewhere than a year before, tables that stopped, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from prodops.kpis import words
from prodops.kpis.book import KpiBook
from prodops.kpis.breaks import hold_together, level_shifts
from prodops.kpis.drivers.calendar import public_holidays
from prodops.kpis.drivers.locating import Key, locate
from prodops.kpis.drivers.why import Why
from prodops.kpis.kinds import Desk
from prodops.kpis.late import LateSlice, LateTable, kpis_on, late_slices, late_tables
from prodops.kpis.levels import last_break
from prodops.kpis.marks import marks_since
from prodops.kpis.moves import RECENT, Move, find_moves, is_stock
from prodops.kpis.shifts import Run, Shift, against_year_before, runs
from prodops.workspace import Grain, last_periods

Frames = Mapping[Grain, pd.DataFrame]
MOST_SLICES = 12
"""A dimension of more values than this is not searched: its slices are too thin to tell anything."""
FEWEST_ROWS = 30
"""A slice of fewer rows in its usual period is not searched either."""


@dataclass(frozen=True)
class News:
    """What a review found: moves out of the usual range, levels that broke at a launch, levels other than a year before, tables that
    stopped, the launches and incidents (``marks``) and public holidays of the months on the page, why numbers changed, by KPI, dimension
    and slice, and other series held beside the moves."""

    late: tuple[LateTable, ...]
    late_slices: tuple[LateSlice, ...]
    moves: tuple[Move, ...]
    shifts: tuple[Shift, ...]
    drifts: tuple[Shift, ...]
    marks: pd.DataFrame
    holidays: pd.DataFrame
    whys: Mapping[Key, Why] = field(default_factory=dict)
    beside: pd.DataFrame | None = None


def find_news(desk: Desk, book: KpiBook, everything: Frames, grains: Mapping[str, Grain], values: Mapping[str, int]) -> tuple[News, Frames]:
    """Search the frames: moves out of the usual range, levels that broke at a launch, levels other than a year before; and why.

    Gives the rows of the slices where moves sit, too, which are not among ``everything``.
    """
    frames = {g: _without_thin(f) for g, f in everything.items()}
    late = tuple(late_tables(desk, book))
    stopped, marks = kpis_on(book, [t.table for t in late]), _marks(desk)
    judged = {n: g for n, g in grains.items() if n not in stopped}
    rates = {n: g for n, g in judged.items() if not words.is_relative(book[n])}
    series = [
        run for g in dict.fromkeys(rates.values()) for run in runs(frames[g][frames[g]["kpi"].isin([n for n in rates if rates[n] == g])], g)
    ]
    shifts = tuple(level_shifts(series, _dates(marks)))
    since_then = {g: _rebased(f, _level_starts(book, f, g, [n for n in judged if judged[n] == g], shifts)) for g, f in frames.items()}
    found = locate(desk, book, find_moves(book, since_then, judged, desk.workspace.country), shifts, everything, since_then, values)
    drifts = tuple(_drifts([r for r in series if not r.dimension], {s.kpi for s in shifts} | {m.kpi for m in found.moves}))
    silent = tuple(late_slices(frames["week"]))
    moves = tuple(m for m in found.moves if not _is_of(m, silent))
    return News(late, silent, moves, shifts, drifts, marks, _holidays(desk), found.whys), found.frames


def _without_thin(frame: pd.DataFrame) -> pd.DataFrame:
    """Drop slices that are too thin to tell anything: of dimensions with too many values, or of too few rows in a usual period."""
    counts = frame.groupby(["kpi", "dimension"])["slice"].transform("nunique")
    usual = frame.groupby(["kpi", "dimension", "slice"])["n"].transform("median")
    return frame[frame["dimension"].eq("") | ((counts <= MOST_SLICES) & (usual >= FEWEST_ROWS))]


def _is_of(move: Move, silent: tuple[LateSlice, ...]) -> bool:
    """Whether a move is only that a slice has no rows any more."""
    where = (move.place.dimension, move.place.slice) if move.place else (move.dimension, move.slice)
    return move.is_latest and where in {(s.dimension, s.slice) for s in silent}


def _level_starts(book: KpiBook, frame: pd.DataFrame, grain: Grain, names: list[str], shifts: tuple[Shift, ...]) -> dict[str, pd.Timestamp]:
    """Give where each KPI's present level starts: at the last declared change that moved it, else where it settled unannounced."""
    starts = {n: pd.Timestamp(max(s.on for s in shifts if s.kpi == n)) for n in sorted({s.kpi for s in shifts})}
    silent = [n for n in names if n not in starts and not is_stock(book[n])]
    wholes = frame[frame["kpi"].isin(silent) & frame["dimension"].eq("")]
    found = {run.kpi: last_break(run, RECENT[grain]) for run in runs(wholes, grain)}
    return starts | {n: pd.Timestamp(start) for n, start in found.items() if start is not None}


def _rebased(frame: pd.DataFrame, starts: Mapping[str, pd.Timestamp]) -> pd.DataFrame:
    """Drop what lies before the start of a KPI's level, so that its limits rest on the level it has now."""
    for name, start in starts.items():
        frame = frame[~(frame["kpi"].eq(name) & (frame["period_start"] < start))]
    return frame


def _drifts(series: list[Run], told: set[str]) -> list[Shift]:
    """Find the rates that stand elsewhere than a year before and are not told already."""
    found = [s for run in series if (s := against_year_before(run))]
    holds = hold_together([s.p for s in found], 0.05)
    return sorted((s for s, h in zip(found, holds, strict=True) if h and s.kpi not in told), key=lambda s: (-abs(s.z), s.kpi))


def _holidays(desk: Desk) -> pd.DataFrame:
    """Give the public holidays of the months on the page, where the workspace names a country."""
    first = last_periods(desk.as_of, "month", 12, desk.workspace.week_start)[0].start
    country = desk.workspace.country
    return (
        public_holidays(country, first, desk.as_of.date()) if country else pd.DataFrame(columns=["name", "launched_on", "ended_on", "kind"])
    )


def _dates(marks: pd.DataFrame) -> dict[date, str]:
    """Name the dates on which something lasting began: launches and price changes."""
    dated = marks[marks["kind"].isin(["launch", "pricing"])]
    return {day.date(): " and ".join(names) for day, names in dated.groupby("launched_on")["name"]}


def _marks(desk: Desk) -> pd.DataFrame:
    """Read the launches, incidents and price changes of the months on the page."""
    return marks_since(desk, last_periods(desk.as_of, "month", 12, desk.workspace.week_start)[0].start)
