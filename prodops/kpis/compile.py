"""From definitions to Ibis: one query for each table and way of placing its rows in periods, however many KPIs share it.

Values of filters enter as bound literals, never as SQL text. Sums run over exact decimals, so the same rows give the same bytes in
whatever order an engine reads them.
"""

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import reduce

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from prodops.errors import DefinitionError, shorten
from prodops.kpis.definitions import ConversionKpi, Measure, Rows
from prodops.kpis.filters import Condition, Scalar, exclude
from prodops.kpis.kinds import SEPARATOR, SPELLS, TABLES, Desk
from prodops.workspace import Grain, Period, WeekStart

Slicing = tuple[str, ...]
"""The columns whose values make the slices; empty for all rows together."""

NONE = "(none)"
_UNITS = {"day": "D", "week": "W", "month": "M", "quarter": "Q", "year": "Y"}
_COMPARE: dict[str, Callable[..., ir.BooleanValue]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


# ------------------------------------------------------------------------------------------------------------ the tables
def open_table(desk: Desk, kind: str) -> ir.Table:
    """Open a table that a KPI names; visits are made from transitions."""
    table = desk.table(TABLES[kind])
    return visits(table) if kind == "visits" else table


def with_flags(table: ir.Table, used_by: Iterable[Rows]) -> ir.Table:
    """Add the columns of this room's own that some filters ask for."""
    wanted = any(c.column == "churned" for rows in used_by if rows.table == "accounts" for c in rows.where)
    return with_churned(table) if wanted else table


def visits(transitions: ir.Table) -> ir.Table:
    """Turn moves into visits: one row for each stay in a state, closed by the item's next move (open stays have no ``left_at``)."""
    order = ibis.window(group_by="item_id", order_by=["changed_at", "from_state", "to_state"])
    left = transitions.changed_at.lead().over(order)
    extra = [c for c in transitions.columns if c not in ("item_id", "from_state", "to_state", "changed_at")]
    stays = transitions.select("item_id", *extra, state="to_state", entered_at="changed_at", left_at=left)
    return stays.mutate(days=(stays.left_at.epoch_seconds() - stays.entered_at.epoch_seconds()) / 86_400)


def with_churned(accounts: ir.Table) -> ir.Table:
    """Add ``churned``: the spell ended, and no other spell of the account ran on at that instant."""
    later = accounts.select(other_id="account_id", other_start="started_at", other_end="ended_at")
    goes_on = (
        accounts.join(
            later,
            [
                accounts.account_id == later.other_id,
                later.other_start <= accounts.ended_at,
                later.other_end.isnull() | (later.other_end > accounts.ended_at),
            ],
        )
        .select("account_id", "started_at")
        .distinct()
        .rename(kept_id="account_id", kept_start="started_at")
    )
    both = accounts.left_join(goes_on, [accounts.account_id == goes_on.kept_id, accounts.started_at == goes_on.kept_start])
    churned = both.ended_at.notnull() & both.kept_id.isnull()
    return both.select(*accounts.columns, churned=churned)


# ------------------------------------------------------------------------------------------------------------ the filter
def predicate(table: ir.Table, where: Iterable[Condition]) -> ir.BooleanValue | None:
    """Give the filter as one expression; raises DefinitionError where a value cannot be compared with its column."""
    tests = [_test(table[c.column], c) for c in where]
    return reduce(operator.and_, tests) if tests else None


def _test(column: ir.Value, condition: Condition) -> ir.BooleanValue:
    if condition.op == "is_null":
        return column.isnull() if condition.value else column.notnull()
    if isinstance(condition.value, tuple):
        found = column.isin([_literal(column, v) for v in condition.value])
        return ~found if condition.op == "not_in" else found
    return _COMPARE[condition.op](column, _literal(column, condition.value))


def _literal(column: ir.Value, value: Scalar) -> ir.Scalar:
    """Bind a value as its column's type, or say why it cannot be."""
    kind = column.type()
    fits = (
        (kind.is_boolean() and isinstance(value, bool))
        or (kind.is_string() and isinstance(value, str))
        or (kind.is_numeric() and not kind.is_boolean() and isinstance(value, int | float) and not isinstance(value, bool))
    )
    if fits:
        return ibis.literal(value)
    if kind.is_temporal() and isinstance(value, str | date):
        try:
            moment = value if isinstance(value, date) else datetime.fromisoformat(value)
            return ibis.literal(moment).cast(kind)
        except ValueError:
            pass
    hint = "; put quotes around it" if kind.is_string() else ""
    words = "text" if kind.is_string() else "true or false" if kind.is_boolean() else "a date or time" if kind.is_temporal() else "a number"
    raise DefinitionError(f'the filter compares "{column.get_name()}", which is {words}, with {shorten(value)}{hint}.')


# ---------------------------------------------------------------------------------------------------------- the numbers
def aggregates(table: ir.Table, measures: Mapping[str, Measure]) -> dict[str, ir.Value]:
    """Give the columns of each measure: ``id`` (for a mean its sum), ``id__n`` (rows that count) and, for means, ``id__squares``."""
    columns: dict[str, ir.Value] = {}
    for key, measure in measures.items():
        where = predicate(table, measure.where)
        column = table[measure.column] if measure.column else None
        columns[f"{key}__n"] = table.count(where=where) if column is None else column.count(where=where)
        if measure.agg != "count" and column is not None:
            columns |= _values(key, measure.agg, column, where)
    return columns


def _values(key: str, agg: str, column: ir.Value, where: ir.BooleanValue | None) -> dict[str, ir.Value]:
    if agg == "count_distinct":
        return {key: column.nunique(where=where)}
    if agg in ("sum", "mean"):
        squares = {f"{key}__squares": _total(column * column, where)} if agg == "mean" else {}
        return {key: _total(column, where), **squares}
    if agg in ("max", "min"):
        return {key: getattr(column, agg)(where=where).cast("float64")}
    return {key: column.quantile(0.5 if agg == "median" else int(agg[1:]) / 100, where=where).cast("float64")}


def _total(column: ir.Value, where: ir.BooleanValue | None) -> ir.Value:
    exact = column.cast(dt.Decimal(38, 12)) if column.type().is_floating() else column
    return exact.sum(where=where).cast("float64")


# ---------------------------------------------------------------------------------------------------------- the queries
def flow(
    table: ir.Table,
    measures: Mapping[str, Measure],
    moment: str,
    span: Period,
    grain: Grain,
    week_start: WeekStart,
    slicings: Sequence[Slicing],
) -> ir.Table:
    """Aggregate what happened within each period of ``span``: rows by period, dimension and slice."""
    rows = _within(table, moment, span).mutate(_period=period_of(table[moment], grain, week_start))
    return _grouped(rows, measures, slicings)


def stock(table: ir.Table, kind: str, measures: Mapping[str, Measure], instants: Sequence[date], slicings: Sequence[Slicing]) -> ir.Table:
    """Aggregate what ran at each instant: spells that started before it and had not ended before it, all instants in one query."""
    begins, ends = SPELLS[kind]
    points = ibis.array([ibis.date(day.isoformat()) for day in instants]).unnest().name("_period").as_table()
    running = [table[begins] < points._period.cast(table[begins].type())]
    if ends in table.columns:
        running.append(table[ends].isnull() | (table[ends] >= points._period.cast(table[ends].type())))
    return _grouped(table.join(points, running), measures, slicings)


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
    kept = _filtered(_within(base, moment, span), rows[0].where)
    kept = kept.mutate(_period=period_of(kept[moment], grain, week_start))
    later = _filtered(then, rows[1].where).select(later_id=kpi.entity, later_at=rows[1].moment)
    follows = operator.ge if rows[0].table != rows[1].table or exclude(rows[0].where, rows[1].where) else operator.gt
    return _ordered([_converted(kept, later, kpi, moment, follows, slicing) for slicing in slicings])


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


def period_of(moment: ir.Value, grain: Grain, week_start: WeekStart) -> ir.DateValue:
    """Give the first day of the period that holds an instant."""
    if grain == "week" and week_start == "sunday":
        return ((moment + ibis.interval(days=1)).truncate("W") - ibis.interval(days=1)).cast("date")
    return moment.truncate(_UNITS[grain]).cast("date")


def slice_of(table: ir.Table, slicing: Slicing) -> ir.StringValue:
    """Name a row's slice: its values joined; a missing value is ``(none)``, while a segment called None or NA keeps its name."""
    parts: list[ir.StringValue] = [table[c].cast("string").nullif("").fill_null(NONE) for c in slicing]
    return reduce(lambda a, b: a + SEPARATOR + b, parts) if parts else ibis.literal("")


def _within(table: ir.Table, moment: str, span: Period) -> ir.Table:
    column = table[moment]
    low, high = (ibis.date(day.isoformat()).cast(column.type()) for day in (span.start, span.end))
    return table.filter(column >= low, column < high)


def _filtered(table: ir.Table, where: Iterable[Condition]) -> ir.Table:
    test = predicate(table, where)
    return table if test is None else table.filter(test)


def _grouped(rows: ir.Table, measures: Mapping[str, Measure], slicings: Sequence[Slicing]) -> ir.Table:
    columns = aggregates(rows, measures)
    return _ordered(
        [
            rows.group_by(period=rows._period, slice=slice_of(rows, slicing))
            .agg(**columns)
            .mutate(dimension=ibis.literal(SEPARATOR.join(slicing)))
            for slicing in slicings
        ]
    )


def _ordered(parts: list[ir.Table]) -> ir.Table:
    return reduce(lambda a, b: a.union(b), parts).order_by("dimension", "period", "slice")
