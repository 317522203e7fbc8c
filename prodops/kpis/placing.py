"""Where a row belongs: its period and its slice."""

from collections.abc import Mapping, Sequence
from functools import reduce

import ibis
import ibis.expr.types as ir

from prodops.fiscal import PLAIN
from prodops.kpis.kinds import SEPARATOR
from prodops.workspace import Grain, Period, WeekStart

Slicing = tuple[str, ...]
"""The columns whose values make the slices; empty for all rows together."""

NONE = "(none)"
_UNITS = {"day": "D", "week": "W", "month": "M", "quarter": "Q", "year": "Y"}


def period_of(moment: ir.Value, grain: Grain, week_start: WeekStart) -> ir.DateValue:
    """Give the first day of the period that holds an instant."""
    if grain in PLAIN:
        return _fiscal(moment, grain, week_start)
    if grain == "week" and week_start == "sunday":
        return ((moment + ibis.interval(days=1)).truncate("W") - ibis.interval(days=1)).cast("date")
    return moment.truncate(_UNITS[grain]).cast("date")


def _fiscal(moment: ir.Value, grain: Grain, week_start: WeekStart) -> ir.DateValue:
    """Go back from the week's Monday to the first of its month, quarter or year, whose weeks its Thursday numbers."""
    shifted = moment + ibis.interval(days=1) if week_start == "sunday" else moment
    monday = shifted.truncate("W")
    week = ((monday + ibis.interval(days=3)).day_of_year() - 1) // 7
    within = week - 13 * ibis.least(week // 13, 3)
    month = ibis.cases((within >= 8, 8), (within >= 4, 4), else_=0)
    weeks = {"month_445": within - month, "quarter_445": within, "year_445": week}[grain]
    days = weeks * 7 + (1 if week_start == "sunday" else 0)
    return (monday - days.cast("int64").as_interval("D")).cast("date")


def slice_of(table: ir.Table, slicing: Slicing) -> ir.StringValue:
    """Name a row's slice: its values joined; a missing value is ``(none)``, while a segment called None or NA keeps its name."""
    return _named([_code(table[c]) for c in slicing])


def _code(column: ir.Value) -> ir.StringValue:
    return column.cast("string").fill_null("")


def _named(codes: Sequence[ir.StringValue]) -> ir.StringValue:
    return reduce(lambda a, b: a + SEPARATOR + b, [c.nullif("").fill_null(NONE) for c in codes]) if codes else ibis.literal("")


def within(table: ir.Table, moment: str, span: Period) -> ir.Table:
    """Keep the rows whose time falls in a span of days."""
    column = table[moment]
    low, high = (ibis.date(day.isoformat()).cast(column.type()) for day in (span.start, span.end))
    return table.filter(column >= low, column < high)


def coded(table: ir.Table, slicings: Sequence[Slicing]) -> tuple[ir.Table, dict[str, str]]:
    """Add for each dimension its value as text, empty where it is missing; gives the columns that hold them, by dimension."""
    codes = {column: f"_slice{place}" for place, column in enumerate(sorted({c for s in slicings for c in s}))}
    return table.mutate(**{code: _code(table[column]) for column, code in codes.items()}), codes


def slice_in(table: ir.Table, slicing: Slicing, codes: Mapping[str, str]) -> ir.StringValue:
    """Name the slice of a row of a :func:`coded` table."""
    return _named([table[codes[c]] for c in slicing])


def ordered(parts: Sequence[ir.Table]) -> ir.Table:
    """Put the answers for several slicings under each other."""
    return reduce(lambda a, b: a.union(b), parts).order_by("dimension", "period", "slice")


def beside(found: ir.Table, more: ir.Table, keys: Sequence[str] = ("dimension", "period", "slice")) -> ir.Table:
    """Join the columns of another answer to the same periods and slices."""
    names = [c for c in more.columns if c not in keys]
    other = more.select(*names, **{f"_{key}": key for key in keys})
    return found.left_join(other, [found[key] == other[f"_{key}"] for key in keys]).select(*found.columns, *names)
