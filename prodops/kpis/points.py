"""The days a running total covers at each point in time where it is read."""

import calendar as months_of
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from prodops.kpis.aggregates import Running, Span
from prodops.workspace import Period, WeekStart, period_start, step


@dataclass(frozen=True)
class Point:
    """One reading for a period: the days from ``start`` (the first ever where there is none) to before ``until``."""

    period: date
    start: date | None
    until: date


def points_of(running: Running, calendar: Sequence[Period], as_of: datetime, week_start: WeekStart) -> list[Point]:
    """List where a running total is read: at each period's end, at the end of its first day, or of each of its days.

    A period in progress is read at ``as_of``; one that has not begun is not read.
    """
    reached = as_of.date() + timedelta(days=as_of.time() > time())
    return [
        Point(period.start, _start(running, until, week_start), until)
        for period in calendar
        if period.start < reached
        for until in dict.fromkeys(min(end, reached) for end in _ends(running, period, reached))
    ]


def _ends(running: Running, period: Period, reached: date) -> list[date]:
    if running.period_agg == "last":
        return [period.end]
    ends = [min(step(period_start(period.start, running.every), running.every), period.end)]
    while running.period_agg == "average" and ends[-1] < min(period.end, reached):
        ends.append(min(step(ends[-1], running.every), period.end))
    return ends


def _start(running: Running, until: date, week_start: WeekStart) -> date | None:
    if running.window:
        return back(until, running.window)
    return period_start(until - timedelta(days=1), running.grain_to_date, week_start) if running.grain_to_date else None


def back(day: date, span: Span) -> date:
    """Give the day so long before; a month before 31 March is the last of February."""
    if span.grain in ("day", "week"):
        return step(day, span.grain, -span.n)
    month = step(day.replace(day=1), span.grain, -span.n)
    return month.replace(day=min(day.day, months_of.monthrange(month.year, month.month)[1]))
