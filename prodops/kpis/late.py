"""Data that stopped coming: a table that had rows every week and has none in the last one is late, and its numbers have not dropped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from prodops.kpis import compile as sql
from prodops.kpis.aggregates import Measure
from prodops.kpis.book import KpiBook
from prodops.kpis.kinds import Desk, kind_of
from prodops.workspace import Period, last_periods

FLOWING = ("events", "feedback", "surveys", "transitions")
WEEKS = 26
USUAL = 0.9


@dataclass(frozen=True)
class LateTable:
    """A table without rows in the last whole week, though nine weeks in ten before had some."""

    table: str
    last: date


def late_tables(desk: Desk, book: KpiBook) -> list[LateTable]:
    """Find the tables that the book reads whose rows stopped before the last whole week."""
    weeks = last_periods(desk.as_of, "week", WEEKS, desk.workspace.week_start)
    found = []
    for kind in (k for k in FLOWING if k in book.needs and desk.has(k)):
        rows = sql.flow(
            desk.table(kind),
            {"rows": Measure(table=kind, agg="count")},
            kind_of(kind).time,
            Period(weeks[0].start, weeks[-1].end),
            "week",
            desk.workspace.week_start,
            [()],
        )
        if late := _late(kind, desk.read(rows, name=f"KPIs: rows of {kind} by week"), weeks):
            found.append(late)
    return found


def _late(kind: str, frame: pd.DataFrame, weeks: Sequence[Period]) -> LateTable | None:
    seen = {pd.Timestamp(p) for p in frame["period"]}
    if not seen or pd.Timestamp(weeks[-1].start) in seen:
        return None
    since = [w for w in weeks if pd.Timestamp(w.start) >= min(seen)]
    until = [w for w in since if pd.Timestamp(w.start) <= max(seen)]
    steady = len(until) >= 8 and len(seen) / len(until) >= USUAL
    return LateTable(kind, max(seen).date()) if steady else None


def kpis_on(book: KpiBook, tables: Sequence[str]) -> set[str]:
    """Name the KPIs that count rows of these tables."""
    return {name for name in book.order if set(book.tables(name)) & set(tables)}
