"""From definitions to Ibis: one query for each table and way of placing its rows in periods, however many KPIs and slicings share it."""

import operator
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import reduce

import ibis
import ibis.expr.types as ir

from prodops.kpis import entities
from prodops.kpis.aggregates import Measure, Rows
from prodops.kpis.definitions import ConversionKpi
from prodops.kpis.filters import exclude
from prodops.kpis.kept import Pairs
from prodops.kpis.kinds import SEPARATOR, SPELLS
from prodops.kpis.made import open_table, visits, with_churned, with_flags
from prodops.kpis.partials import MERGES, aggregates, parts, quantile, whole
from prodops.kpis.placing import NONE, Slicing, beside, coded, ordered, period_of, slice_in, slice_of, within
from prodops.kpis.predicates import filtered, predicate
from prodops.workspace import Grain, Period, WeekStart

__all__ = [
    "NONE",
    "Slicing",
    "aggregates",
    "conversion",
    "flow",
    "open_table",
    "period_of",
    "predicate",
    "slice_of",
    "spans",
    "stock",
    "visits",
    "with_churned",
    "with_flags",
    "within",
]


def flow(
    table: ir.Table,
    measures: Mapping[str, Measure],
    moment: str,
    span: Period,
    grain: Grain,
    week_start: WeekStart,
    slicings: Sequence[Slicing],
    pairs: Pairs | None = None,
) -> ir.Table:
    """Aggregate what happened within each period of ``span``: rows by period, dimension and slice."""
    rows = within(table, moment, span).mutate(_period=period_of(table[moment], grain, week_start))
    return grouped(rows, measures, slicings, pairs)


def stock(table: ir.Table, kind: str, measures: Mapping[str, Measure], instants: Sequence[date], slicings: Sequence[Slicing]) -> ir.Table:
    """Aggregate what ran at each instant: spells that started before it and had not ended before it, all instants in one query."""
    begins, ends = SPELLS[kind]
    points = ibis.array([ibis.date(day.isoformat()) for day in instants]).unnest().name("_period").as_table()
    running = [table[begins] < points._period.cast(table[begins].type())]
    if ends in table.columns:
        running.append(table[ends].isnull() | (table[ends] >= points._period.cast(table[ends].type())))
    return grouped(table.join(points, running), measures, slicings)


def conversion(
    base: ir.Table,
    then: ir.Table,
    kpi: ConversionKpi,
    rows: tuple[Rows, Rows],
    span: Period,
    grain: Grain,
    week_start: WeekStart,
    slicings: Sequence[Slicing],
) -> ir.Table:
    """Count, by period and slice, entities with a base row and those whose first one was followed within the window.

    A row at the same instant follows it, unless one row could be both: then only a later one does.
    """
    moment = rows[0].moment
    kept = filtered(within(base, moment, span), rows[0].where)
    kept = kept.mutate(_period=period_of(kept[moment], grain, week_start))
    later = filtered(then, rows[1].where).select(later_id=kpi.entity, later_at=rows[1].moment)
    follows = operator.ge if rows[0].table != rows[1].table or exclude(rows[0].where, rows[1].where) else operator.gt
    return ordered([_converted(kept, later, kpi, moment, follows, slicing) for slicing in slicings])


def _converted(
    kept: ir.Table, later: ir.Table, kpi: ConversionKpi, moment: str, follows: Callable[..., ir.BooleanValue], slicing: Slicing
) -> ir.Table:
    starts = kept.group_by(period=kept._period, slice=slice_of(kept, slicing), entity=kept[kpi.entity]).agg(first=kept[moment].min())
    starts = starts.filter(starts.entity.notnull())
    pairs = starts.left_join(
        later,
        [
            starts.entity == later.later_id,
            follows(later.later_at, starts["first"]),
            later.later_at < starts["first"] + ibis.interval(days=kpi.window.days),
        ],
    )
    counted = pairs.group_by("period", "slice").agg(
        base=pairs.entity.nunique(), converted=pairs.entity.nunique(where=pairs.later_id.notnull())
    )
    return counted.mutate(dimension=ibis.literal(SEPARATOR.join(slicing)))


def spans(tables: Mapping[str, ir.Table], moments: Mapping[str, str]) -> ir.Table:
    """Give the first and last instant of each table, as one small table."""
    parts = [
        t.agg(first=t[moments[k]].min().cast("timestamp"), last=t[moments[k]].max().cast("timestamp")).mutate(table=ibis.literal(k))
        for k, t in sorted(tables.items())
    ]
    return reduce(lambda a, b: a.union(b), parts).order_by("table")


def grouped(rows: ir.Table, measures: Mapping[str, Measure], slicings: Sequence[Slicing], pairs: Pairs | None = None) -> ir.Table:
    """Aggregate rows that know their ``_period``, for all slicings: what adds up, what is counted once, and what must be ranked."""
    rows, codes = coded(rows, slicings)
    fine = rows.group_by("_period", *codes.values()).agg(**parts(rows, measures))
    found = _each_slicing(fine, slicings, codes, whole(fine, measures))
    combinations = fine.select(*codes.values()).distinct() if codes else fine
    for entity, some in _by_entity(measures, pairs or {}).items():
        found = beside(found, entities.counted(rows, entity, *some, slicings, codes, combinations))
    ranked = {k: m for k, m in measures.items() if m.agg not in (*MERGES, "count_distinct")}
    if ranked:
        found = beside(found, _each_slicing(rows, slicings, codes, {k: quantile(rows, m) for k, m in ranked.items()}))
    return found.order_by("dimension", "period", "slice")


def _each_slicing(table: ir.Table, slicings: Sequence[Slicing], codes: Mapping[str, str], columns: Mapping[str, ir.Value]) -> ir.Table:
    return reduce(
        lambda a, b: a.union(b),
        [
            table.group_by(period=table._period, slice=slice_in(table, slicing, codes))
            .agg(**columns)
            .mutate(dimension=ibis.literal(SEPARATOR.join(slicing)))
            for slicing in slicings
        ],
    )


def _by_entity(measures: Mapping[str, Measure], pairs: Pairs) -> dict[str, tuple[dict[str, Measure], dict[str, tuple[Measure, Measure]]]]:
    """Put what is counted once by its column: distinct counts, and the ratios whose denominator counts it."""
    found: dict[str, tuple[dict[str, Measure], dict[str, tuple[Measure, Measure]]]] = defaultdict(lambda: ({}, {}))
    for key, measure in measures.items():
        if measure.agg == "count_distinct":
            found[str(measure.column)][0][key] = measure
    for key, pair in pairs.items():
        found[str(pair[1].column)][1][key] = pair
    return dict(sorted(found.items()))
