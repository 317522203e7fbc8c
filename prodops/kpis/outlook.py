"""Where each KPI is heading: forecast to the end of its period with its range, and its pace against the target."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pandas as pd

from prodops.fiscal import per_grain
from prodops.intervals import Interval
from prodops.kpis import words
from prodops.kpis.book import KpiBook
from prodops.kpis.definitions import AnyKpi, DerivedKpi, Measure, RatioKpi, SimpleKpi
from prodops.kpis.forecasts import at_end, to_end
from prodops.kpis.kinds import Desk
from prodops.kpis.measure import compute_slicings
from prodops.kpis.pacing import Pace, pace_of
from prodops.kpis.totals import answers, by_day, value_of
from prodops.workspace import Grain, Period, last_periods, period_start, step

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

DAYS = 420
HISTORY: dict[Grain, int] = per_grain({"day": 182, "week": 65, "month": 36, "quarter": 16, "year": 10})
FARTHEST = timedelta(weeks=26)


@dataclass(frozen=True)
class Forecast:
    """What a KPI comes to in the period that ends before ``end``, with an 80 % range; NaN where its history is too short.

    ``so_far`` is the running period's value up to ``as_of`` where days add up and some have passed, else missing; ``latest`` is that of
    the last whole period of the KPI's own grain. ``basis`` says what the forecast rests on.
    """

    kpi: str
    title: str
    unit: str
    good: str
    grain: Grain
    start: date
    end: date
    value: float
    lower: float
    upper: float
    so_far: float
    latest: float
    basis: str
    pace: Pace | None = None

    def sentence(self) -> str:
        """Say the forecast in a line."""
        if not math.isfinite(self.value):
            return f"{self.title}: the history is too short for a forecast."
        return f"{self.title} is {self.heading} in {self.period}, {self.basis}."

    @property
    def heading(self) -> str:
        """Where it is heading, in words: ``heading for 282 (80 % range 162 to 402)``."""
        known = f" (80\u00a0% range {words.range_words(self.lower, self.upper, self.unit)})" if math.isfinite(self.lower) else ""
        return f"heading for {words.say(self.value, self.unit)}{known}"

    @property
    def period(self) -> str:
        """The period forecast, in words."""
        return words.period_words(self.start, self.grain)


def forecast(desk: Desk, book: KpiBook, name: str, *, grain: Grain = "month") -> Forecast:
    """Forecast a KPI to the end of its running period, with its range and its pace against the target; see :func:`forecasts`."""
    return forecasts(desk, book, {name: book[name].grain if book[name].grain != "day" else "week"}, {}, grain=grain)[0]


def forecasts(
    desk: Desk, book: KpiBook, grains: Mapping[str, Grain], frames: Mapping[Grain, pd.DataFrame], *, grain: Grain = "month"
) -> list[Forecast]:
    """Forecast KPIs by their own grains; ``frames`` are their whole periods where these are known already.

    What days add up to (counts, sums, and ratios of them) is forecast from its whole days so far and a model of the rest of the
    running ``grain``. The rest (distinct counts, medians, what runs at an instant, conversions, and counts with a target for each of
    their periods) goes on from its whole periods, to the target's date or else to the quarter's end.
    """
    by_days = [n for n in grains if _adds_up(book, n) and not _has_own_target(book[n])]
    daily = by_day(desk, book, by_days, DAYS)
    if not all(m in daily for n in by_days for m in book.measures(n)):
        by_days = [n for n in by_days if all(m in daily for m in book.measures(n))]
    told = []
    for name, own in grains.items():
        kpi = book[name]
        series = _periods(desk, book, name, own, frames)
        made = _of_days(desk, book, name, daily, _period(kpi, grain)) if name in by_days else _of_periods(desk, kpi, series, own)
        latest = float(series.iloc[-1]) if len(series) else math.nan
        told.append(replace(made, latest=latest, pace=pace_of(desk, book, name, series)))
    return told


def _adds_up(book: KpiBook, name: str) -> bool:
    """Whether a KPI is arithmetic on counts and sums of what happened, which days add up to."""
    return answers(book, name) and book[name].grain == "day" and all(m.agg in ("count", "sum") and not m.at for m in book.measures(name))


def _has_own_target(kpi: AnyKpi) -> bool:
    """Whether a total has a target for each of its own periods, so that a longer period's total does not compare."""
    return isinstance(kpi, SimpleKpi) and kpi.target is not None and kpi.target.per is None


def _period(kpi: AnyKpi, grain: Grain) -> Grain:
    return kpi.target.per if kpi.target and kpi.target.per else grain


# ---------------------------------------------------------------------------------------------------------- two ways
def _of_days(desk: Desk, book: KpiBook, name: str, daily: Mapping[Measure, pd.Series], grain: Grain) -> Forecast:
    """Forecast the running period from its whole days so far and a model of its rest."""
    kpi, today = book[name], desk.as_of.date()
    start = period_start(today, grain)
    end, known = step(start, grain), (today - start).days
    measures = book.measures(name)
    length = min(len(daily[m]) for m in measures)
    parts = {f"m{at}": daily[m].to_numpy()[-length:] for at, m in enumerate(measures)}

    def final(totals: "Mapping[str, Array]") -> "Array":
        frames = {m: pd.DataFrame({"": totals[f"m{at}"]}) for at, m in enumerate(measures)}
        return value_of(book, name, frames)[""].to_numpy()

    if known > length:
        made, so_far = Interval(math.nan, math.nan, math.nan), math.nan
    else:
        made = to_end(parts, known, (end - today).days, final, relative=words.is_relative(kpi))
        so_far = float(final({n: p[length - known :].sum(keepdims=True) for n, p in parts.items()})[0]) if known else math.nan
    basis = f"from {known} whole day{'' if known == 1 else 's'} and the usual course of the rest"
    return _forecast(desk, kpi, grain, Period(start, end), made, so_far, basis)


def _of_periods(desk: Desk, kpi: AnyKpi, series: pd.Series, grain: Grain) -> Forecast:
    """Go on from the whole periods to the one that ends last before the target is due, or before the quarter ends."""
    today, target = desk.as_of.date(), kpi.target
    due = target.on if target and today <= target.on <= today + FARTHEST else None
    until = due + timedelta(days=1) if due else step(period_start(today, "quarter"), "quarter")
    begins = series.index[-1].date() if len(series) else period_start(today, grain, desk.workspace.week_start)
    ahead = 1
    while step(begins, grain, ahead + 2) <= until or step(begins, grain, ahead + 1) <= today:
        ahead += 1
    made = at_end(series.to_numpy(dtype=float), ahead, relative=words.is_relative(kpi))
    period = Period(step(begins, grain, ahead), step(begins, grain, ahead + 1))
    return _forecast(desk, kpi, grain, period, made, math.nan, f"going on as its last {grain}s do")


def _forecast(desk: Desk, kpi: AnyKpi, grain: Grain, period: Period, made: Interval, so_far: float, basis: str) -> Forecast:
    low, high = _bounds(kpi)
    value, lower, upper = (min(max(v, low), high) if math.isfinite(v) else v for v in made)
    unit = kpi.unit_in(desk.workspace.currency)
    return Forecast(kpi.name, kpi.label, unit, kpi.good, grain, period.start, period.end, value, lower, upper, so_far, math.nan, basis)


def _bounds(kpi: AnyKpi) -> tuple[float, float]:
    if kpi.unit == "nps":
        return -100.0, 100.0
    is_positive = isinstance(kpi, SimpleKpi | RatioKpi) and kpi.unit != "currency"
    return (0.0 if is_positive else -math.inf), (1.0 if kpi.unit == "share" and not isinstance(kpi, DerivedKpi) else math.inf)


def _periods(desk: Desk, book: KpiBook, name: str, grain: Grain, frames: Mapping[Grain, pd.DataFrame]) -> pd.Series:
    """Give the KPI's whole periods, oldest first, from the first after which none is missing."""
    frame = frames.get(grain)
    if frame is None:
        asked = last_periods(desk.as_of, grain, HISTORY[grain], desk.workspace.week_start)
        frame = compute_slicings(desk, book, grain=grain, periods=asked, slicings=[()], names=[name])
    rows = frame[frame["kpi"].eq(name) & frame["dimension"].eq("") & frame["complete"]].sort_values("period_start")
    values = pd.Series(rows["value"].to_numpy(dtype=float), index=pd.DatetimeIndex(rows["period_start"]))
    gaps = values.isna().to_numpy().nonzero()[0]
    return values.iloc[gaps[-1] + 1 :] if len(gaps) else values
