"""Data that stopped coming: a table with no rows, or rows for a part of its usual days, in the last whole week is late; so is a slice that stopped.
Nothing of it has dropped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import TYPE_CHECKING

import pandas as pd

from prodops.kpis import compile as sql
from prodops.kpis.book import KpiBook
from prodops.kpis.kinds import Desk, kind_of
from prodops.workspace import Period, last_periods

if TYPE_CHECKING:
    import ibis.expr.types as ir

FLOWING = ("events", "feedback", "surveys", "transitions")
WEEKS = 26
FEWEST_WEEKS = 8
USUAL = 0.9
FEWER = 2
"""A week with so many days fewer than any week before has a part of its data only."""


FEWEST_ROWS = 5
"""Rows in each week before, below which a slice without rows is no surprise."""


@dataclass(frozen=True)
class LateTable:
    """A table without rows in the last whole week, though nine weeks in ten before had some; or with rows on ``days`` days of it, though
    no week before had fewer than ``usual``, which is two more at least. ``last`` is the last day with rows."""

    table: str
    last: date
    days: int = 0
    usual: int = 0


def late_tables(desk: Desk, book: KpiBook) -> list[LateTable]:
    """Find the tables that the book reads whose rows stopped before the end of the last whole week, or have days missing in it."""
    weeks = last_periods(desk.as_of, "week", WEEKS, desk.workspace.week_start)
    flowing = [k for k in FLOWING if k in book.needs and desk.has(k)]
    if not flowing:
        return []
    days = reduce(lambda a, b: a.union(b), [_days_with_rows(desk, k, Period(weeks[0].start, weeks[-1].end)) for k in flowing])
    seen = desk.read(days.order_by("table", "day"), name="KPIs: days with rows")
    days_of = {k: {pd.Timestamp(day).date() for day in seen.loc[seen["table"] == k, "day"]} for k in flowing}
    return [late for k in flowing if (late := late_in_last_week(k, days_of[k], weeks))]


def _days_with_rows(desk: Desk, kind: str, span: Period) -> "ir.Table":
    import ibis

    time = kind_of(kind).time
    rows = sql.within(desk.table(kind), time, span)
    return rows.select(table=ibis.literal(kind), day=rows[time].truncate("D").cast("date")).distinct()


def late_in_last_week(kind: str, seen: set[date], weeks: Sequence[Period]) -> LateTable | None:
    """Say whether the last of some weeks lacks days that the weeks before had; ``seen`` are the days with rows."""
    before = [sum(w.start <= day < w.end for day in seen) for w in weeks[:-1]]
    begun = next((i for i, n in enumerate(before) if n), len(before))
    whole = before[begun + 1 :]
    days = sum(weeks[-1].start <= day < weeks[-1].end for day in seen)
    if days:
        is_late = len(whole) >= FEWEST_WEEKS and days <= min(whole) - FEWER
        return LateTable(kind, max(seen), days, min(whole)) if is_late else None
    until = next((i for i, n in enumerate(reversed(before)) if n), len(before))
    lived = before[begun : len(before) - until]
    steady = len(lived) >= FEWEST_WEEKS and sum(n > 0 for n in lived) / len(lived) >= USUAL
    return LateTable(kind, max(seen)) if steady else None


@dataclass(frozen=True)
class LateSlice:
    """A slice without a row in the last whole week, though every week before, eight at least, had some; ``last`` starts its last week."""

    dimension: str
    slice: str
    last: date


def late_slices(frame: pd.DataFrame) -> list[LateSlice]:
    """Find the slices whose rows stopped, for every KPI that counted them, in a weekly frame of whole periods and dimensions."""
    parts = frame[frame["complete"] & frame["dimension"].ne("")]
    found = []
    for (dimension, part), rows in parts.groupby(["dimension", "slice"]):
        counts = rows.pivot_table(index="period_start", columns="kpi", values="n", aggfunc="sum").reindex(
            sorted(parts["period_start"].unique())
        )
        rows_a_week = counts.fillna(0).max(axis=1)
        before = rows_a_week.iloc[:-1]
        lived = before.loc[before.gt(0).idxmax() :] if before.gt(0).any() else before.head(0)
        if len(lived) >= FEWEST_WEEKS and lived.min() >= FEWEST_ROWS and rows_a_week.iloc[-1] == 0:
            found.append(LateSlice(str(dimension), str(part), lived.index[-1].date()))
    return found


def kpis_on(book: KpiBook, tables: Sequence[str]) -> set[str]:
    """Name the KPIs that count rows of these tables."""
    return {name for name in book.order if set(book.tables(name)) & set(tables)}
