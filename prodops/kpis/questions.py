"""What the engine is asked: one query for each table and way of placing its rows, and one for each conversion."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodops.kpis import compile as sql
from prodops.kpis.aggregates import Measure, Running
from prodops.kpis.book import KpiBook
from prodops.kpis.columns import Tables
from prodops.kpis.compile import Slicing
from prodops.kpis.definitions import ConversionKpi, RatioKpi
from prodops.kpis.kinds import TABLES, Desk, Once, kind_of
from prodops.kpis.points import Point, points_of
from prodops.kpis.running import running
from prodops.workspace import Grain, Period

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    Answers = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Question:
    """One query, and how its rows are told apart: by the key of each aggregate, ratio and conversion that it answers."""

    name: str
    expr: "ir.Table"
    answers: "Callable[[pd.DataFrame], Answers]"


@dataclass(frozen=True)
class Asking:
    """What some KPIs need, over a run of periods, by several slicings."""

    desk: Desk
    tables: Tables
    book: KpiBook
    names: tuple[str, ...]
    grain: Grain
    calendar: list[Period]
    slicings: Sequence[Slicing]

    @property
    def keys(self) -> dict[Measure, str]:
        """Name each aggregate once: by its KPI, or by the KPI whose numerator or denominator it is."""
        keys: dict[Measure, str] = {}
        for name in self.book.order:
            for place, measure in enumerate(self.book.measures(name)):
                keys.setdefault(measure, name if self.book[name].type == "simple" else f"{name}__{place}")
        wanted = {m for n in self.names for m in self.book.measures(n)}
        return {m: k for m, k in keys.items() if m in wanted}

    @property
    def points(self) -> dict[Running, list[Point]]:
        """Say where each running total is read."""
        week_start = self.desk.workspace.week_start
        return {m: points_of(m, self.calendar, self.desk.as_of, week_start) for m in self.keys if isinstance(m, Running)}

    @property
    def span(self) -> Period:
        return Period(self.calendar[0].start, self.calendar[-1].end)

    def questions(self) -> Iterable[Question]:
        """List the queries, each of the slicings that its table has."""
        for label, group in _groups(self.keys).items():
            first = next(iter(group.values()))
            if isinstance(first, Running) and not any(self.points.values()):
                continue  # no period has begun
            table = sql.with_flags(self.tables[first.table], group.values())
            if slicings := _possible(table, self.slicings):
                ask = self._running if isinstance(first, Running) else self._stock if first.at else self._flow
                yield ask(f"KPIs: {label} by {self.grain}", table, group, slicings)
        for kpi in dict.fromkeys(c for n in self.names for c in self.book.conversions(n)):
            if slicings := _possible(self.tables[self.book.rows(kpi.base).table], self.slicings):
                yield self._conversion(kpi, slicings)

    def _flow(self, name: str, table: "ir.Table", group: Mapping[str, Measure], slicings: Sequence[Slicing]) -> Question:
        first, pairs = next(iter(group.values())), self._pairs(group)
        expr = sql.flow(table, group, first.moment, self.span, self.grain, self.desk.workspace.week_start, slicings, pairs)
        return Question(name, expr, lambda frame: dict.fromkeys([*group, *pairs], frame))

    def _stock(self, name: str, table: "ir.Table", group: Mapping[str, Measure], slicings: Sequence[Slicing]) -> Question:
        instants = [p.start for p in self.calendar] + [self.calendar[-1].end]
        expr = sql.stock(table, next(iter(group.values())).table, group, instants, slicings)
        return Question(name, expr, lambda frame: dict.fromkeys(group, frame))

    def _running(self, name: str, table: "ir.Table", group: Mapping[str, Measure], slicings: Sequence[Slicing]) -> Question:
        """Ask for running totals: each aggregate once, however many windows it is read over."""
        own = {key: m for key, m in group.items() if isinstance(m, Running)}
        bases, points = {m.base: key for key, m in own.items()}, self.points
        windows = list(dict.fromkeys(tuple(points[m]) for m in own.values()))
        expr = running(table, {key: base for base, key in bases.items()}, next(iter(own.values())).moment, windows, slicings)

        def answers(frame: "pd.DataFrame") -> "Answers":
            read = {key: frame[(frame["window"] == windows.index(tuple(points[m]))).to_numpy()] for key, m in own.items()}
            return {key: _renamed(rows, bases[own[key].base], key) for key, rows in read.items()}

        return Question(name, expr, answers)

    def _conversion(self, kpi: ConversionKpi, slicings: Sequence[Slicing]) -> Question:
        rows = self.book.rows(kpi.base), self.book.rows(kpi.conversion)
        base, then = (self.tables[r.table] for r in rows)
        expr = sql.conversion(base, then, kpi, rows, self.span, self.grain, self.desk.workspace.week_start, slicings)
        return Question(f"KPIs: {kpi.name} by {self.grain}", expr, lambda frame: {kpi.name: frame})

    def _pairs(self, group: Mapping[str, Measure]) -> dict[str, tuple[Measure, Measure]]:
        """Find the ratios per entity: what is counted or summed over the distinct entities of the same rows."""
        found = {}
        for name in dict.fromkeys(ref for n in self.names for ref in self.book.behind(n)):
            kpi = self.book[name]
            if isinstance(kpi, RatioKpi) and (pair := per_entity(self.book, kpi)) and set(pair) <= set(group.values()):
                found[name] = pair
        return found


def per_entity(book: KpiBook, kpi: RatioKpi) -> tuple[Measure, Measure] | None:
    """Give the two sides of a ratio where it is a mean over entities: a count or sum over distinct entities of the same table."""
    top, bottom = book.sides(kpi)
    plain = not any(isinstance(m, Running) or m.at for m in (top, bottom)) and (top.table, top.moment) == (bottom.table, bottom.moment)
    return (top, bottom) if plain and top.agg in ("count", "sum") and bottom.agg == "count_distinct" else None


def _groups(keys: Mapping[Measure, str]) -> dict[str, dict[str, Measure]]:
    """Put the aggregates that one query can answer together."""
    groups: dict[str, dict[str, Measure]] = defaultdict(dict)
    for measure, key in keys.items():
        place = f"{measure.table} running" if measure.at else f"{measure.table}, {measure.moment}"
        groups[f"{place}, running totals" if isinstance(measure, Running) else place][key] = measure
    return dict(sorted(groups.items()))


def _renamed(rows: "pd.DataFrame", base: str, key: str) -> "pd.DataFrame":
    return rows.rename(columns={f"{base}{end}": f"{key}{end}" for end in ("", "__n", "__squares")}) if base != key else rows


def _possible(table: "ir.Table", slicings: Sequence[Slicing]) -> list[Slicing]:
    return [s for s in slicings if set(s) <= set(table.columns)]


Ends = tuple["pd.Timestamp", "pd.Timestamp"]


def first_and_last(desk: Desk, kinds: Sequence[str]) -> dict[str, Ends]:
    """Give the first and last instant of each table that KPIs name; missing where it has no row."""
    known = desk.ends if isinstance(desk, Once) else {}
    if asked := sorted({TABLES[k] for k in kinds} - set(known)):
        expr = sql.spans({s: desk.table(s) for s in asked}, {s: kind_of(s).time for s in asked})
        known |= {row.table: (row.first, row.last) for row in desk.read(expr, name="KPIs: first and last rows").itertuples()}
    return {kind: known[TABLES[kind]] for kind in kinds}
