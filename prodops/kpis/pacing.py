"""Where a number should stand by now on the way to its target: a level on a straight line, a total by last year's shape."""

import math
from dataclasses import dataclass
from datetime import timedelta

import pandas as pd

from prodops.kpis import words
from prodops.kpis.book import KpiBook
from prodops.kpis.definitions import AnyKpi, Target
from prodops.kpis.kinds import Desk
from prodops.kpis.spans import year_earlier
from prodops.kpis.totals import over_spans
from prodops.workspace import Period, period_start, step


@dataclass(frozen=True)
class Pace:
    """Where a number should stand by now: ``expected`` of the way to ``target``, by the shape that ``by`` names."""

    value: float
    expected: float
    target: float
    by: str
    gap: float
    is_behind: bool


def pace_of(desk: Desk, book: KpiBook, name: str, series: pd.Series) -> Pace | None:
    """Hold a KPI against its target; nothing where it has none, where that is a range or due already, or where nothing is known yet.

    ``series`` are its whole periods, oldest first.
    """
    kpi = book[name]
    if kpi.target is None or kpi.target.value is None or kpi.target.on < desk.as_of.date():
        return None
    return _pace_of_total(desk, book, kpi, kpi.target) if kpi.target.per else _pace_of_level(kpi, kpi.target, series)


def _pace_of_level(kpi: AnyKpi, target: Target, series: pd.Series) -> Pace | None:
    """Hold the latest value against a straight line to the target at its date, from the last four values before this year (their median)."""
    if series.empty or target.value is None:
        return None
    year = pd.Timestamp(series.index[-1].year, 1, 1)
    before = series[series.index < year]
    if before.empty:
        return None
    start, latest = float(before.iloc[-4:].median()), float(series.iloc[-1])
    share = min((series.index[-1] - before.index[-1]).days / max((pd.Timestamp(target.on) - before.index[-1]).days, 1), 1.0)
    is_there = (start - target.value) * (1 if kpi.good == "up" else -1) >= 0
    expected = target.value if is_there else start + (target.value - start) * share
    return _pace(kpi, latest, expected, target.value, f"a straight line since {before.index[-1]:%b %Y}")


def _pace_of_total(desk: Desk, book: KpiBook, kpi: AnyKpi, target: Target) -> Pace | None:
    """Hold the total so far against the share of the target that last year had by the same day, or else that days have passed."""
    assert target.per
    assert target.value is not None
    last = desk.as_of.date() - timedelta(days=1)
    start = period_start(target.on, target.per)
    if not start <= last:
        return None
    now, before = Period(start, desk.as_of.date()), Period(step(start, "month", -12), year_earlier(last) + timedelta(days=1))
    whole = Period(before.start, step(before.start, target.per))
    values = over_spans(desk, book, [kpi.name], [now, before, whole])[kpi.name]
    shaped = values[before] / values[whole] if values[whole] and math.isfinite(values[whole]) else math.nan
    share = shaped if math.isfinite(shaped) else (now.end - now.start).days / (step(start, target.per) - start).days
    return _pace(kpi, values[now], target.value * share, target.value, "last year's shape" if math.isfinite(shaped) else "elapsed days")


def _pace(kpi: AnyKpi, value: float, expected: float, target: float, by: str) -> Pace | None:
    if not (math.isfinite(value) and math.isfinite(expected)):
        return None
    gap = words.change(kpi, expected, value)
    return Pace(value, expected, target, by, gap, gap * (1 if kpi.good == "up" else -1) < -1e-9)
