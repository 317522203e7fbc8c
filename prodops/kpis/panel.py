"""One reading of the tables: every aggregate that some KPIs need, for a run of periods and several ways of slicing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cached_property

import numpy as np
import pandas as pd

from prodops.intervals import mean_bounds, wilson_bounds
from prodops.kpis.aggregates import Measure, Rows, Running
from prodops.kpis.compile import Slicing
from prodops.kpis.definitions import ConversionKpi
from prodops.kpis.kinds import SEPARATOR
from prodops.kpis.points import Point
from prodops.kpis.questions import Asking, first_and_last
from prodops.workspace import Grain, Period, step

_NOTHING = pd.DataFrame({c: pd.Series(dtype=t) for c, t in (("dimension", "str"), ("slice", "str"), ("period", "datetime64[us]"))})


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
    points: dict[Running, list[Point]]
    results: dict[str, pd.DataFrame] = field(default_factory=dict)
    _parts: dict[tuple[int, str], pd.DataFrame] = field(default_factory=dict)
    _seats: dict[tuple[int, tuple[str, ...], bytes], tuple[np.ndarray, ...]] = field(default_factory=dict)

    @cached_property
    def index(self) -> pd.DatetimeIndex:
        return pd.DatetimeIndex([p.start for p in self.calendar], name="period_start").as_unit("us")

    def slices(self, keys: Iterable[str], slicing: Slicing) -> list[str]:
        """List the slices that any of these results has seen."""
        return sorted({s for key in keys for s in self._rows(key, slicing)["slice"].unique()}) if slicing else [""]

    def measure(self, measure: Measure, slicing: Slicing, slices: list[str]) -> Wide:
        """Lay one aggregate out over periods × slices: 0 where nothing happened, missing before the table begins."""
        key, at = self.keys[measure], self._instants(measure)
        frame, begun = self._rows(key, slicing), self._begun(measure).to_numpy()[:, None]
        count = _zero_where_missing(self._grid(frame, f"{key}__n", slices, at))
        value = count if measure.agg == "count" else self._grid(frame, key, slices, at)
        if measure.agg in ("sum", "count_distinct"):
            value = _zero_where_missing(value)
        bounds: list[pd.DataFrame] = []
        if measure.agg == "mean":
            averaged = isinstance(measure, Running) and measure.period_agg == "average"
            known = mean_bounds(value, self._grid(frame, f"{key}__squares", slices, at), count)
            bounds = [self._by_period(part * np.nan if averaged else part, slices, measure) for part in known]
            value = value / np.where(count > 0, count, np.nan)
        value, count = (self._by_period(np.where(begun, part, np.nan), slices, measure) for part in (value, count))
        lower, upper = bounds or (None, None)
        return Wide(value, count, self._complete(measure), lower=lower, upper=upper)

    def squares(self, name: str, slicing: Slicing, slices: list[str]) -> list[pd.DataFrame] | None:
        """Lay out the sums that the range of a ratio per entity needs; nothing where the ratio is none."""
        if name not in self.results:
            return None
        frame = self._rows(name, slicing)
        return [self._wide(frame, f"{name}__{what}", slices, self.index) for what in ("xx", "xd", "neg")]

    def conversion(self, kpi: ConversionKpi, base: Rows, slicing: Slicing, slices: list[str]) -> Wide:
        """Lay a conversion out: missing where the window of the period's last day has not passed at ``as_of``."""
        frame = self._rows(kpi.name, slicing)
        ripe = pd.Series([_midnight(p.end) + pd.Timedelta(days=kpi.window.days) <= self.as_of for p in self.calendar], index=self.index)
        known = ripe & self._begun(base)
        n, converted = (self._wide(frame, c, slices, self.index).fillna(0.0).where(known, axis=0) for c in ("base", "converted"))
        complete = ripe & self._complete(base)
        if kpi.calculation == "count":
            return Wide(converted, n, complete, converted, n)
        low, high = wilson_bounds(converted.to_numpy(), n.to_numpy())
        return Wide(converted / n.where(n > 0), n, complete, converted, n, self._like(n, low), self._like(n, high))

    def _rows(self, key: str, slicing: Slicing) -> pd.DataFrame:
        frame, dimension = self.results.get(key, _NOTHING), SEPARATOR.join(slicing)
        if (id(frame), dimension) not in self._parts:
            self._parts[id(frame), dimension] = frame[(frame["dimension"] == dimension).to_numpy()]
        return self._parts[id(frame), dimension]

    def _instants(self, rows: Rows) -> pd.DatetimeIndex:
        """The instants whose rows answer: each period's start, or, for what runs at its end, its end; of a running total its points."""
        if isinstance(rows, Running):
            return pd.DatetimeIndex([p.until for p in self.points[rows]]).as_unit("us")
        return pd.DatetimeIndex([p.end for p in self.calendar]).as_unit("us") if _at(rows) == "end" else self.index

    def _by_period(self, values: np.ndarray, slices: list[str], measure: Measure) -> pd.DataFrame:
        """Bring what was read at instants to periods: one reading each, or the mean of several."""
        if not isinstance(measure, Running):
            return pd.DataFrame(values, index=self.index, columns=slices)
        periods = pd.DatetimeIndex([p.period for p in self.points[measure]]).as_unit("us")
        return pd.DataFrame(values, columns=slices).groupby(periods).mean().reindex(self.index)

    def _wide(self, frame: pd.DataFrame, column: str, slices: Sequence[str], at: pd.DatetimeIndex) -> pd.DataFrame:
        return pd.DataFrame(self._grid(frame, column, slices, at), index=at, columns=slices)

    def _grid(self, frame: pd.DataFrame, column: str, slices: Sequence[str], at: pd.DatetimeIndex) -> np.ndarray:
        values = np.full((len(at), len(slices)), np.nan)
        rows, columns, seen = self._seated(frame, tuple(slices), at)
        if len(seen):
            values[rows, columns] = frame[column].to_numpy(dtype=float, na_value=np.nan)[seen]
        return values

    def _seated(self, frame: pd.DataFrame, slices: tuple[str, ...], at: pd.DatetimeIndex) -> tuple[np.ndarray, ...]:
        """Say where an answer's rows lie among instants and slices, and which of them do."""
        asked = (id(frame), slices, at.asi8.tobytes())
        if asked not in self._seats:
            rows = at.get_indexer(pd.DatetimeIndex(frame["period"]).as_unit("us"))
            columns = pd.Index(slices, dtype="str").get_indexer(frame["slice"])
            seen = np.flatnonzero((rows >= 0) & (columns >= 0))
            self._seats[asked] = rows[seen], columns[seen], seen
        return self._seats[asked]

    def _like(self, frame: pd.DataFrame, values: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame(values, index=frame.index, columns=frame.columns)

    def _begun(self, rows: Rows) -> pd.Series:
        """Whether the table had begun at each instant: before its first row nothing is known, so nothing is zero."""
        first, at = self.spans[rows.table][0], self._instants(rows)
        if not isinstance(rows, Running):
            ends = [p.start if _at(rows) == "start" else p.end for p in self.calendar]
            return pd.Series([pd.notna(first) and _midnight(end) > first for end in ends], index=at)
        return pd.Series([pd.notna(first) and _midnight(p.until) > first for p in self.points[rows]], index=at)

    def _complete(self, rows: Rows) -> pd.Series:
        """Whether the period had ended at ``as_of``, and it, or what a running total covers, lies within the time the table tells of."""
        first = self.spans[rows.table][0]
        start = first.normalize() if pd.notna(first) else pd.Timestamp.max
        begins: dict[date, date] = {p.start: p.start for p in self.calendar}
        if isinstance(rows, Running):
            begins = {}
            for point in self.points[rows]:
                begins[point.period] = min(begins.get(point.period, date.max), point.start or point.period)
        return pd.Series(
            [p.start in begins and _midnight(begins[p.start]) >= start and _midnight(p.end) <= self.as_of for p in self.calendar],
            index=self.index,
        )


def _zero_where_missing(values: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(values), 0.0, values)


def _at(rows: Rows) -> str | None:
    return rows.at if isinstance(rows, Measure) else None


def _midnight(day: date) -> pd.Timestamp:
    return pd.Timestamp(datetime.combine(day, time()))


# ------------------------------------------------------------------------------------------------------------- reading
def read_panel(asking: Asking) -> Panel:
    """Ask the engine for all that some KPIs need."""
    desk = asking.desk
    spans = first_and_last(desk, sorted(asking.book.reads(asking.names)))
    panel = Panel(asking.calendar, desk.as_of, spans, asking.keys, asking.points)
    for question in asking.questions():
        panel.results |= question.answers(desk.read(question.expr, name=question.name))
    return panel


def whole_calendar(periods: Sequence[Period], grain: Grain, back: int) -> list[Period]:
    """Give every period from ``back`` before the first to the last, without gaps."""
    start, stop = step(min(p.start for p in periods), grain, -back), max(p.end for p in periods)
    calendar: list[Period] = []
    while start < stop:
        calendar.append(Period(start, step(start, grain)))
        start = calendar[-1].end
    return calendar
