"""Running totals in the engine: the number over the days before each of some points in time, exactly, for all slicings.

Rows are brought to one row a day and slice first. An entity counts once in the days before a point, by its first day among them: the
day whose own forerunner lies before them all. So days are counted by (day, forerunner), and no entity is read twice.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import reduce

import ibis
import ibis.expr.types as ir

from prodops.kpis.aggregates import Measure
from prodops.kpis.kinds import SEPARATOR
from prodops.kpis.partials import MERGES, parts, quantile, whole
from prodops.kpis.placing import Slicing, beside, coded, slice_in
from prodops.kpis.points import Point
from prodops.kpis.predicates import filtered

KEYS = ("dimension", "slice", "window", "period")
ALWAYS = date(1, 1, 1)


def running(
    table: ir.Table, measures: Mapping[str, Measure], moment: str, windows: Sequence[Sequence[Point]], slicings: Sequence[Slicing]
) -> ir.Table:
    """Aggregate the days before each point: rows by ``window`` (its place in ``windows``), ``period`` (the point's day) and slice."""
    points = _points(windows)
    rows = _reached(table, moment, windows)
    rows, codes = coded(rows.mutate(_day=rows[moment].truncate("D").cast("date")), slicings)
    fine = rows.group_by("_day", *codes.values()).agg(**parts(rows, measures))
    found = _each(fine, points, slicings, codes, lambda t: whole(t, measures))
    for key, measure in measures.items():
        if measure.agg == "count_distinct":
            found = beside(found, _distinct(rows, key, measure, points, slicings, codes), KEYS)
    ranked = {k: m for k, m in measures.items() if m.agg not in (*MERGES, "count_distinct")}
    if ranked:
        found = beside(found, _each(rows, points, slicings, codes, lambda t: {k: quantile(t, m) for k, m in ranked.items()}), KEYS)
    return found.order_by(*KEYS)


def _points(windows: Sequence[Sequence[Point]]) -> ir.Table:
    """Give the points as a table; each enters as one text of fixed width, the one kind of list that every engine unnests alike."""
    texts = [f"{place:04}{point.start or ALWAYS}{point.until}" for place, points in enumerate(windows) for point in points]
    table = ibis.array(texts).unnest().name("_text").as_table()
    day = [table._text.substr(place, 10).cast("date") for place in (4, 14)]
    return table.select(_window=table._text.substr(0, 4).cast("int64"), _from=day[0], _until=day[1])


def _reached(table: ir.Table, moment: str, windows: Sequence[Sequence[Point]]) -> ir.Table:
    """Keep the rows that some point covers."""
    column = table[moment]
    points = [point for points in windows for point in points]
    last = ibis.date(max(p.until for p in points).isoformat()).cast(column.type())
    first = min(p.start or ALWAYS for p in points)
    rows = table.filter(column < last)
    return rows if first == ALWAYS else rows.filter(rows[moment] >= ibis.date(first.isoformat()).cast(column.type()))


def _each(
    table: ir.Table,
    points: ir.Table,
    slicings: Sequence[Slicing],
    codes: Mapping[str, str],
    columns: Callable[[ir.Table], Mapping[str, ir.Value]],
) -> ir.Table:
    seen = table.join(points, [table._day >= points._from, table._day < points._until])
    return reduce(
        lambda a, b: a.union(b),
        [
            seen.group_by(window=seen._window, period=seen._until, slice=slice_in(seen, slicing, codes))
            .agg(**columns(seen))
            .mutate(dimension=ibis.literal(SEPARATOR.join(slicing)))
            for slicing in slicings
        ],
    )


def _distinct(
    rows: ir.Table, key: str, measure: Measure, points: ir.Table, slicings: Sequence[Slicing], codes: Mapping[str, str]
) -> ir.Table:
    entity = str(measure.column)
    kept = filtered(rows.filter(rows[entity].notnull()), measure.where)
    found = []
    for slicing in slicings:
        days = kept.select(_day=kept._day, _slice=slice_in(kept, slicing, codes), _entity=kept[entity]).distinct()
        before = days._day.lag().over(group_by=["_slice", "_entity"], order_by="_day")
        fine = days.mutate(_before=before).group_by("_day", "_before", "_slice").agg(_people=ibis._.count())
        first = fine._before.isnull() | (fine._before < points._from)
        seen = fine.join(points, [fine._day >= points._from, fine._day < points._until, first])
        counts = seen.group_by(window=seen._window, period=seen._until, slice=seen._slice).agg(**{key: seen._people.sum().cast("int64")})
        found.append(counts.mutate(dimension=ibis.literal(SEPARATOR.join(slicing))))
    return reduce(lambda a, b: a.union(b), found)
