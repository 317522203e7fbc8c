"""One reading of the tables: every aggregate that some KPIs need, for a run of periods and several ways of slicing."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from prodops.kpis import compile as sql
from prodops.kpis.book import KpiBook
from prodops.kpis.columns import Tables
from prodops.kpis.compile import Slicing
from prodops.kpis.definitions import ConversionKpi, Measure, Rows
from prodops.kpis.intervals import mean_bounds, wilson_bounds
from prodops.kpis.kinds import SEPARATOR, TABLES, Desk, kind_of
from prodops.workspace import Grain, Period, step

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True)
class Wide:
    """One number in frames of periods × slices; ``complete`` says by period whether it had ended and the table had begun."""

    value: pd.DataFrame
    n: pd.DataFrame
    complete: pd.Series
    numerator: pd.DataFrame | None = None
    denominator: pd.DataFrame | None = None
    lower: pd.DataFrame | None = None
    upper: pd.DataFrame | None = None

    def shifted(self, periods: int | None) -> "Wide":
        """Give the value so many periods earlier; all missing where there is no such number of periods."""
        if periods is None:
            return Wide(self.value * np.nan, self.n * np.nan, self.complete & False)
        return Wide(self.value.shift(periods), self.n.shift(periods), self.complete.shift(periods, fill_value=False))


@dataclass
class Panel:
    """The answers of the engine, kept by measure, and what is needed to read them."""

    calendar: list[Period]
    as_of: datetime
    spans: dict[str, tuple[pd.Timestamp, pd.Timestamp]]
    keys: dict[Measure, str]
    results: dict[str, pd.DataFrame] = field(default_factory=dict)

    @cached_property
    def index(self) -> pd.DatetimeIndex:
        return pd.DatetimeIndex([p.start for p in self.calendar], name="period_start").as_unit("us")

    def slices(self, keys: Iterable[str], slicing: Slicing) -> list[str]:
        """List the slices that any of these results has seen."""
        return sorted({s for key in keys for s in self._rows(key, slicing)["slice"].unique()}) if slicing else [""]

    def measure(self, measure: Measure, slicing: Slicing, slices: list[str]) -> Wide:
        """Lay one aggregate out over periods × slices: 0 where nothing happened, missing before the table begins."""
        key = self.keys[measure]
        frame, at = self._rows(key, slicing), self._points(measure)
        count = self._wide(frame, f"{key}__n", slices, at).fillna(0.0)
        value = count if measure.agg == "count" else self._wide(frame, key, slices, at)
        if measure.agg in ("sum", "count_distinct"):
            value = value.fillna(0.0)
        lower = upper = None
        if measure.agg == "mean":
            squares = self._wide(frame, f"{key}__squares", slices, at)
            low, high = mean_bounds(value.to_numpy(), squares.to_numpy(), count.to_numpy())
            value, lower, upper = value / count.where(count > 0), self._like(value, low), self._like(value, high)
        begun = self._begun(measure.table, measure.at)
        return Wide(value.where(begun, axis=0), count.where(begun, axis=0), self._complete(measure.table), lower=lower, upper=upper)

    def conversion(self, kpi: ConversionKpi, base: Rows, slicing: Slicing, slices: list[str]) -> Wide:
        """Lay a conversion out: missing where the window of the period's last day has not passed at ``as_of``."""
        frame = self._rows(kpi.name, slicing)
        ripe = pd.Series([_midnight(p.end) + pd.Timedelta(days=kpi.window.days) <= self.as_of for p in self.calendar], index=self.index)
        known = ripe & self._begun(base.table, None)
        n, converted = (self._wide(frame, c, slices, self.index).fillna(0.0).where(known, axis=0) for c in ("base", "converted"))
        low, high = wilson_bounds(converted.to_numpy(), n.to_numpy())
        return Wide(converted / n.where(n > 0), n, ripe & self._complete(base.table), converted, n, self._like(n, low), self._like(n, high))

    def _rows(self, key: str, slicing: Slicing) -> pd.DataFrame:
        frame = self.results[key]
        return frame[(frame["dimension"] == SEPARATOR.join(slicing)).to_numpy()]

    def _points(self, measure: Measure) -> pd.DatetimeIndex:
        """The instants whose rows answer for each period: its start, or, for what runs at its end, its end."""
        return pd.DatetimeIndex([p.end for p in self.calendar]).as_unit("us") if measure.at == "end" else self.index

    def _wide(self, frame: pd.DataFrame, column: str, slices: Sequence[str], at: pd.DatetimeIndex) -> pd.DataFrame:
        values = np.full((len(at), len(slices)), np.nan)
        rows = at.get_indexer(pd.DatetimeIndex(frame["period"]).as_unit("us"))
        columns = pd.Index(slices, dtype="str").get_indexer(frame["slice"])
        seen = (rows >= 0) & (columns >= 0)
        values[rows[seen], columns[seen]] = frame[column].to_numpy(dtype=float, na_value=np.nan)[seen]
        return pd.DataFrame(values, index=self.index, columns=slices)

    def _like(self, frame: pd.DataFrame, values: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame(values, index=frame.index, columns=frame.columns)

    def _begun(self, table: str, at: str | None) -> pd.Series:
        """Whether the table had begun: before its first row nothing is known, so nothing is zero."""
        first = self.spans[table][0]
        ends = [p.start if at == "start" else p.end for p in self.calendar]
        return pd.Series([pd.notna(first) and _midnight(end) > first for end in ends], index=self.index)

    def _complete(self, table: str) -> pd.Series:
        """Whether the period had ended at ``as_of`` and lies wholly within the time the table tells of."""
        first = self.spans[table][0]
        start = first.normalize() if pd.notna(first) else pd.Timestamp.max
        return pd.Series([_midnight(p.start) >= start and _midnight(p.end) <= self.as_of for p in self.calendar], index=self.index)


def _midnight(day: date) -> pd.Timestamp:
    return pd.Timestamp(datetime.combine(day, time()))


# ------------------------------------------------------------------------------------------------------------- reading
def read_panel(
    desk: Desk, tables: Tables, book: KpiBook, names: Iterable[str], grain: Grain, calendar: list[Period], slicings: Sequence[Slicing]
) -> Panel:
    """Ask the engine for all that these KPIs need: one query for each table and way of placing its rows, one for each conversion."""
    names = list(names)
    measures = _keys(book, names)
    conversions = list(dict.fromkeys(c for n in names for c in book.conversions(n)))
    panel = Panel(calendar, desk.as_of, _spans(desk, sorted(book.reads(names))), measures)
    for label, group in _groups(measures).items():
        table = sql.with_flags(tables[next(iter(group.values())).table], group.values())
        if possible := _possible(table, slicings):
            frame = desk.read(_query(table, group, desk, grain, calendar, possible), name=f"KPIs: {label} by {grain}")
            panel.results |= dict.fromkeys(group, frame)
    for kpi in conversions:
        rows = book.rows(kpi.base), book.rows(kpi.conversion)
        base, then = (tables[r.table] for r in rows)
        if possible := _possible(base, slicings):
            expr = sql.conversion(base, then, kpi, rows, _span(calendar), grain, desk.workspace.week_start, possible)
            panel.results[kpi.name] = desk.read(expr, name=f"KPIs: {kpi.name} by {grain}")
    return panel


def _keys(book: KpiBook, names: Iterable[str]) -> dict[Measure, str]:
    """Name each aggregate once: by its KPI, or by the KPI whose numerator or denominator it is."""
    keys: dict[Measure, str] = {}
    for name in book.order:
        for place, measure in enumerate(book.measures(name)):
            keys.setdefault(measure, name if book[name].type == "simple" else f"{name}__{place}")
    wanted = {m for n in names for m in book.measures(n)}
    return {m: k for m, k in keys.items() if m in wanted}


def _groups(keys: Mapping[Measure, str]) -> dict[str, dict[str, Measure]]:
    """Put the aggregates that one query can answer together."""
    groups: dict[str, dict[str, Measure]] = defaultdict(dict)
    for measure, key in keys.items():
        groups[f"{measure.table} running" if measure.at else f"{measure.table}, {measure.moment}"][key] = measure
    return dict(sorted(groups.items()))


def _query(
    table: "ir.Table", group: Mapping[str, Measure], desk: Desk, grain: Grain, calendar: list[Period], slicings: Sequence[Slicing]
) -> "ir.Table":
    some = next(iter(group.values()))
    if some.at:
        return sql.stock(table, some.table, group, [p.start for p in calendar] + [calendar[-1].end], slicings)
    return sql.flow(table, group, some.moment, _span(calendar), grain, desk.workspace.week_start, slicings)


def _possible(table: "ir.Table", slicings: Sequence[Slicing]) -> list[Slicing]:
    return [s for s in slicings if set(s) <= set(table.columns)]


def _span(calendar: list[Period]) -> Period:
    return Period(calendar[0].start, calendar[-1].end)


def _spans(desk: Desk, kinds: Sequence[str]) -> dict[str, tuple[pd.Timestamp, pd.Timestamp]]:
    """Read the first and last instant of each table."""
    sources = sorted({TABLES[k] for k in kinds})
    frame = desk.read(
        sql.spans({s: desk.table(s) for s in sources}, {s: kind_of(s).time for s in sources}), name="KPIs: first and last rows"
    )
    found = {row.table: (row.first, row.last) for row in frame.itertuples()}
    return {kind: found[TABLES[kind]] for kind in kinds}


def whole_calendar(periods: Sequence[Period], grain: Grain, back: int) -> list[Period]:
    """Give every period from ``back`` before the first to the last, without gaps."""
    start, stop = step(min(p.start for p in periods), grain, -back), max(p.end for p in periods)
    calendar: list[Period] = []
    while start < stop:
        calendar.append(Period(start, step(start, grain)))
        start = calendar[-1].end
    return calendar
