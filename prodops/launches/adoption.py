"""Who takes a launch up: week by week, the share of those who could that did."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from prodops.errors import InputError, did_you_mean, shorten
from prodops.intervals import wilson_bounds
from prodops.launches.measures import Measures
from prodops.launches.plan import Launch
from prodops.workspace import Workspace, last_periods, period_start

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

COLUMNS = ("period_start", "value", "lower", "upper", "people", "of", "complete")
MOST_WEEKS = 26


class Desk(Protocol):
    """What this room needs of the door to data; ``sources.Desk`` is one."""

    @property
    def as_of(self) -> datetime: ...
    @property
    def workspace(self) -> Workspace: ...
    def has(self, kind: str) -> bool: ...
    def table(self, kind: str) -> "ir.Table": ...
    def read(self, what: Any, *, name: str = "") -> "pd.DataFrame": ...


def adoption(desk: Desk, launch: Launch, measures: Measures) -> "pd.DataFrame":
    """Give the adoption curve of a launch over its first 26 whole weeks; no row where its plan names none, or the events are not here.

    One row is a week: ``period_start``, ``value`` (a share 0–1, or the KPI's own), ``lower``, ``upper`` (95 %, Wilson), ``people`` that
    took it up, ``of`` how many, ``complete`` (all had their days). Raises InputError for an event that never happened, with the near miss.
    """
    import pandas as pd

    plan = launch.adoption
    if plan is None or (plan.event and not desk.has("events")):
        return pd.DataFrame(columns=list(COLUMNS))
    if plan.kpi:
        rows = measures.series(plan.kpi)
        rows = rows[rows["period_start"] >= str(launch.on)].head(MOST_WEEKS)
        return rows.assign(people=float("nan"), of=float("nan"), complete=True)[list(COLUMNS)].reset_index(drop=True)
    _check(desk, plan.event, plan.of)
    counted = desk.read(_by_week(desk, launch), name=f"adoption of {launch.name}")
    lower, upper = wilson_bounds(counted["people"].to_numpy(dtype=float), counted["of"].to_numpy(dtype=float))
    wait = timedelta(days=7 + (plan.within_days or 0))
    whole = counted["period_start"] + wait <= desk.as_of
    return counted.assign(value=counted["people"] / counted["of"], lower=lower, upper=upper, complete=whole)[list(COLUMNS)]


def _by_week(desk: Desk, launch: Launch) -> "ir.Table":
    """Count, by week, the people with the event ``of`` and those of them who had taken the launch up."""
    import ibis

    plan = launch.adoption
    assert plan
    first = period_start(launch.on, "week", desk.workspace.week_start)
    last = last_periods(desk.as_of, "week", 1, desk.workspace.week_start)[0].end
    events = desk.table("events").select("user_id", "event", "occurred_at")
    events = events.filter(events.occurred_at >= ibis.literal(datetime.combine(first, datetime.min.time())))
    took = events.filter(
        (events.event == plan.event) & (events.occurred_at >= ibis.literal(datetime.combine(launch.on, datetime.min.time())))
    )
    took = took.group_by("user_id").agg(took_at=took.occurred_at.min())
    could = events if not plan.of else events.filter(events.event == plan.of)
    could = could.filter(
        could.occurred_at < ibis.literal(datetime.combine(min(last, first + timedelta(weeks=MOST_WEEKS)), datetime.min.time()))
    )
    day = could.occurred_at.date()
    shift = 0 if desk.workspace.week_start == "monday" else 1
    week = (day - ibis.interval(days=1) * ((day.day_of_week.index() + shift) % 7)).cast("timestamp")
    could = could.mutate(period_start=week).group_by("user_id", "period_start").agg(at=could.occurred_at.min())
    both = could.left_join(took, "user_id")
    limit = both.at + ibis.interval(days=plan.within_days) if plan.within_days else both.period_start + ibis.interval(days=7)
    table = both.mutate(has=(both.took_at < limit).fill_null(False))
    counted = table.group_by("period_start").agg(people=table.has.sum().cast("float64"), of=table.count().cast("float64"))
    return counted.order_by("period_start")


def _check(desk: Desk, *events: str) -> None:
    table = desk.table("events")
    known = list(desk.read(table.group_by("event").agg().order_by("event"), name="events")["event"].dropna().astype(str))
    for event in filter(None, events):
        if event not in known:
            raise InputError(f"adoption: no event is called {shorten(event)}.{did_you_mean(event, known)}")
