"""Aggregates in two steps: parts of fine groups first, then the parts put together for each period and slice.

One pass over the rows serves all slicings: the fine groups are few, and every slicing is made from them. Sums run over exact decimals,
so the same rows give the same bytes in whatever order, and on however many threads, an engine reads them.
"""

from collections.abc import Mapping

import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from prodops.kpis.aggregates import Measure
from prodops.kpis.predicates import predicate

MERGES = ("count", "sum", "mean", "max", "min")
"""Aggregates whose parts can be put together."""


def parts(rows: ir.Table, measures: Mapping[str, Measure]) -> dict[str, ir.Value]:
    """Give the columns of each measure within a group: ``id``, ``id__n`` (rows that count) and, for means, ``id__squares``."""
    columns: dict[str, ir.Value] = {}
    for key, measure in measures.items():
        where = predicate(rows, measure.where)
        column = rows[measure.column] if measure.column else None
        columns[f"{key}__n"] = rows.count(where=where) if column is None else column.count(where=where)
        if column is None or measure.agg not in MERGES[1:]:
            continue
        columns[key] = getattr(column, measure.agg)(where=where) if measure.agg in ("max", "min") else exact(column).sum(where=where)
        if measure.agg == "mean":
            columns[f"{key}__squares"] = exact(column.cast("float64") * column.cast("float64")).sum(where=where)
    return columns


def whole(fine: ir.Table, measures: Mapping[str, Measure]) -> dict[str, ir.Value]:
    """Put the parts of :func:`parts` together."""
    columns: dict[str, ir.Value] = {}
    for key, measure in measures.items():
        columns[f"{key}__n"] = fine[f"{key}__n"].sum().cast("int64")
        for name in (key, f"{key}__squares"):
            if name in fine.columns:
                columns[name] = getattr(fine[name], measure.agg if measure.agg in ("max", "min") else "sum")().cast("float64")
    return columns


def exact(column: ir.Value) -> ir.Value:
    """Give a number that adds up to the same sum in any order."""
    return column.cast(dt.Decimal(38, 12)) if column.type().is_floating() else column


def quantile(rows: ir.Table, measure: Measure) -> ir.Value:
    """Give a median or percentile, on the line between neighbours; it has no parts, so all rows are ranked."""
    share = 0.5 if measure.agg == "median" else int(measure.agg[1:]) / 100
    return rows[str(measure.column)].quantile(share, where=predicate(rows, measure.where)).cast("float64")


def aggregates(rows: ir.Table, measures: Mapping[str, Measure]) -> dict[str, ir.Value]:
    """Give the columns of each measure in one step, for rows that are grouped once only."""
    columns: dict[str, ir.Value] = {}
    for name, value in parts(rows, measures).items():
        columns[name] = value if name.endswith("__n") else value.cast("float64")
    for key, measure in measures.items():
        if measure.agg == "count_distinct":
            columns[key] = rows[str(measure.column)].nunique(where=predicate(rows, measure.where))
        elif measure.agg not in MERGES:
            columns[key] = quantile(rows, measure)
    return columns
