"""KPIs over any spans of days, overlapping or not: each span is aggregated whole by the engine, so that distinct counts are right too."""

import math
import operator
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import reduce
from typing import TYPE_CHECKING, Any

import pandas as pd

from prodops.kpis import compile as sql
from prodops.kpis import expressions
from prodops.kpis.aggregates import Running
from prodops.kpis.book import KpiBook
from prodops.kpis.columns import Tables, open_tables
from prodops.kpis.definitions import DerivedKpi, Measure, RatioKpi, SimpleKpi
from prodops.kpis.kinds import Desk
from prodops.kpis.questions import first_and_last
from prodops.workspace import Period

if TYPE_CHECKING:
    import ibis.expr.types as ir

Values = dict[Period, float]
Row = Mapping[str, Any]


def over_spans(desk: Desk, book: KpiBook, names: Iterable[str], spans: Sequence[Period]) -> dict[str, Values]:
    """Give each KPI's value in each span, in the KPI's unit; NaN where it cannot be known.

    Inputs are aggregated over the whole span and then divided. One query for each table and way of placing its rows answers all.
    Missing are spans that begin before the table does or that have not ended, ratios of nothing, and KPIs that no such query can
    answer: conversions, whose window must pass first, and those that look back by an offset.
    """
    names, spans = list(names), sorted(set(spans))
    tables = open_tables(desk, book)
    measures = list(dict.fromkeys(m for n in names if answers(book, n) for m in book.measures(n)))
    known = _read(desk, tables, measures, spans) if measures and spans else {}
    index = pd.Index(range(len(spans)))
    frames = {m: pd.DataFrame({"": pd.Series(v, index=index, dtype=float)}) for m, v in known.items()}
    blank = pd.DataFrame({"": math.nan}, index=index)
    values = {n: value_of(book, n, frames) if answers(book, n) else blank for n in names}
    return {n: dict(zip(spans, frame[""].tolist(), strict=True)) for n, frame in values.items()}


def answers(book: KpiBook, name: str) -> bool:
    """Whether a KPI is arithmetic on aggregates of the span itself; what runs over days of its own is not, whoever is made of it."""
    kpi = book[name]
    if isinstance(kpi, DerivedKpi):
        return all(part.offset is None and answers(book, part.kpi) for part in kpi.parts.values())
    return isinstance(kpi, SimpleKpi | RatioKpi) and not any(isinstance(m, Running) for m in book.measures(name))


def value_of(book: KpiBook, name: str, known: Mapping[Measure, pd.DataFrame]) -> pd.DataFrame:
    """Work a KPI out over rows of aggregates; raises nothing: what is divided by zero is missing."""
    kpi = book[name]
    if isinstance(kpi, SimpleKpi):
        return known[kpi.measure]
    if isinstance(kpi, RatioKpi):
        top, bottom = (known[side] for side in book.sides(kpi))
        value = expressions.divide(top, bottom)
    else:
        assert isinstance(kpi, DerivedKpi)
        value = expressions.evaluate(kpi.expr, {alias: value_of(book, part.kpi, known) for alias, part in kpi.parts.items()})
    assert isinstance(value, pd.DataFrame)
    return value


# ---------------------------------------------------------------------------------------------------------- the queries
def _read(desk: Desk, tables: Tables, measures: Sequence[Measure], spans: Sequence[Period]) -> dict[Measure, list[float]]:
    ends = first_and_last(desk, sorted({m.table for m in measures}))
    found: dict[Measure, list[float]] = {}
    for (table, when), group in _groups(measures):
        keys = {f"m{at}": measure for at, measure in enumerate(group)}
        ask = _running if group[0].at else _flowing
        rows = ask(desk, sql.with_flags(tables[table], group), when, keys, spans)
        for key, measure in keys.items():
            known = [_is_known(measure, span, ends[table][0], desk) for span in spans]
            found[measure] = [
                _cell(rows.get(span, {}), key, measure) if is_known else math.nan for span, is_known in zip(spans, known, strict=True)
            ]
    return found


def _groups(measures: Iterable[Measure]) -> list[tuple[tuple[str, str], list[Measure]]]:
    """Put the aggregates that one query can answer together, by table and what places its rows."""
    groups: dict[tuple[str, str], list[Measure]] = defaultdict(list)
    for measure in measures:
        groups[measure.table, measure.at or measure.moment].append(measure)
    return sorted(groups.items())


def _running(desk: Desk, table: "ir.Table", at: str, keys: Mapping[str, Measure], spans: Sequence[Period]) -> dict[Period, Row]:
    """Aggregate what ran at each span's start or end."""
    instants = {span: span.start if at == "start" else span.end for span in spans}
    kind = next(iter(keys.values())).table
    frame = desk.read(sql.stock(table, kind, keys, sorted(set(instants.values())), [()]), name=f"KPIs: {kind} running at the {at} of spans")
    rows = {pd.Timestamp(row["period"]).date(): row for row in frame.to_dict("records")}
    return {span: rows.get(instant, {}) for span, instant in instants.items()}


def _flowing(desk: Desk, table: "ir.Table", moment: str, keys: Mapping[str, Measure], spans: Sequence[Period]) -> dict[Period, Row]:
    """Aggregate what happened within each span; spans that do not overlap share a reading of the rows."""
    layers = _layers(spans)
    asked = reduce(lambda a, b: a.union(b), [_layer(table, moment, keys, at, layer) for at, layer in enumerate(layers)])
    kind = next(iter(keys.values())).table
    frame = desk.read(asked.order_by("layer", "period"), name=f"KPIs: {kind}, {moment} over spans")
    spans_of = {(at, span.start): span for at, layer in enumerate(layers) for span in layer}
    return {spans_of[int(row["layer"]), pd.Timestamp(row["period"]).date()]: row for row in frame.to_dict("records")}


def _layer(table: "ir.Table", moment: str, keys: Mapping[str, Measure], at: int, layer: Sequence[Period]) -> "ir.Table":
    import ibis

    column = table[moment]
    days = [[ibis.date(day.isoformat()) for day in (span.start, span.end)] for span in layer]
    inside = [(column >= start.cast(column.type())) & (column < end.cast(column.type())) for start, end in days]
    starts = [start for start, _ in days]
    rows = table.filter(reduce(operator.or_, inside)).mutate(_period=ibis.cases(*zip(inside, starts, strict=True)))
    return rows.group_by(period=rows._period).agg(**sql.aggregates(rows, keys)).mutate(layer=ibis.literal(at, "int64"))


def _layers(spans: Sequence[Period]) -> list[list[Period]]:
    """Part sorted spans into lists without overlap, as few as can be."""
    layers: list[list[Period]] = []
    for span in spans:
        free = next((layer for layer in layers if layer[-1].end <= span.start), None)
        if free is None:
            layers.append([span])
        else:
            free.append(span)
    return layers


def by_day(desk: Desk, book: KpiBook, names: Iterable[str], days: int) -> dict[Measure, pd.Series]:
    """Give the counts and sums behind KPIs for up to ``days`` whole days before ``as_of``, from the table's first whole day on."""
    tables, end = open_tables(desk, book), desk.as_of.date()
    measures = dict.fromkeys(m for n in names for m in book.measures(n))
    ends = first_and_last(desk, sorted({m.table for m in measures}))
    found: dict[Measure, pd.Series] = {}
    for (table, moment), group in _groups(measures):
        begun = ends[table][0]
        start = max(end - timedelta(days=days), begun.date() + timedelta(days=1)) if pd.notna(begun) else end
        if start < end:
            found |= _daily(desk, sql.with_flags(tables[table], group), moment, group, Period(start, end))
    return found


def _daily(desk: Desk, table: "ir.Table", moment: str, group: Sequence[Measure], span: Period) -> dict[Measure, pd.Series]:
    keys = {f"m{at}": measure for at, measure in enumerate(group)}
    asked = sql.flow(table, keys, moment, span, "day", desk.workspace.week_start, [()])
    frame = desk.read(asked, name=f"KPIs: {group[0].table}, {moment} by day")
    frame = frame.set_index(pd.DatetimeIndex(frame["period"]))
    index = pd.date_range(span.start, span.end, inclusive="left")
    columns = {m: f"{k}__n" if m.agg == "count" else k for k, m in keys.items()}
    return {m: frame[c].reindex(index).astype(float).fillna(0.0) for m, c in columns.items()}


def _is_known(measure: Measure, span: Period, first: pd.Timestamp, desk: Desk) -> bool:
    """Whether a span has ended, and lies wholly within the time that the table tells of."""
    if pd.isna(first) or pd.Timestamp(span.end) > desk.as_of:
        return False
    instant = span.end if measure.at == "end" else span.start
    return pd.Timestamp(instant) > first if measure.at else pd.Timestamp(span.start) >= first.normalize()


def _cell(row: Row, key: str, measure: Measure) -> float:
    """Give one aggregate of one span; where nothing happened counts and sums are 0, and the rest is missing."""
    n = float(row.get(f"{key}__n", 0))
    if measure.agg == "count":
        return n
    value = row.get(key, math.nan)
    if pd.isna(value):
        return 0.0 if measure.agg in ("sum", "count_distinct") else math.nan
    return float(value) / (n if measure.agg == "mean" else 1.0)
