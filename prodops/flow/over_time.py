"""Flow over time: what is in progress, what arrives and leaves, what is finished, and how far items have come, per day or period."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import ibis

from prodops.flow.kinds import Desk
from prodops.flow.moves import lives, stays
from prodops.flow.spec import FlowSpec
from prodops.flow.work_items import by_item, sliced_by
from prodops.sources.engine import answer
from prodops.workspace import Grain, period_start, step

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from prodops.flow.kinds import Rows

ALL = ("arrivals", "finished", "cancelled")


def wip(
    transitions: "Rows",
    spec: FlowSpec,
    *,
    since: datetime | date | None = None,
    until: datetime | date | None = None,
    by: str = "",
    desk: Desk | None = None,
) -> "pd.DataFrame":
    """Count the items in progress at the end of each day: ``date``, ``slice``, ``wip``; whole days up to the as-of, from the first start.

    In progress is an item that has started and is neither finished nor given up, by how it stands at the as-of: one that was put back
    before the start counts from when it starts again.
    """
    found = _flows(transitions, spec, "day", since, until, by, desk)
    return found.rename(columns={"period_start": "date"})[["date", "slice", "wip"]]


def arrivals(
    transitions: "Rows",
    spec: FlowSpec,
    *,
    grain: Grain = "week",
    since: datetime | date | None = None,
    until: datetime | date | None = None,
    by: str = "",
    desk: Desk | None = None,
) -> "pd.DataFrame":
    """Hold what starts against what leaves, per whole period.

    ``period_start``, ``slice``, ``arrivals`` (items that started), ``departures`` (finished or given up), ``finished``, ``net_flow``
    (arrivals − departures) and ``wip`` at the period's end, which changes by just the net flow.
    """
    return _flows(transitions, spec, grain, since, until, by, desk)


def throughput(
    transitions: "Rows",
    spec: FlowSpec,
    *,
    grain: Grain = "week",
    since: datetime | date | None = None,
    until: datetime | date | None = None,
    periods: int | None = None,
    by: str = "",
    desk: Desk | None = None,
) -> "pd.DataFrame":
    """Count finished items per whole period, zeros included: ``period_start``, ``slice``, ``finished``.

    Periods run from the one with the first finish (of any slice), or from ``since``, to the last whole one before ``until`` or the as-of;
    ``periods`` keeps so many last ones.
    """
    found = _flows(transitions, spec, grain, since, until, by, desk)[["period_start", "slice", "finished"]]
    if since is None and len(found):
        busy = found.loc[found["finished"] > 0, "period_start"]
        found = found[found["period_start"] >= busy.min()] if len(busy) else found.iloc[:0]
    if periods is not None:
        found = found[found["period_start"].isin(sorted(found["period_start"].unique())[-periods:])]
    return found.reset_index(drop=True)


def cfd(
    transitions: "Rows",
    spec: FlowSpec,
    *,
    since: datetime | date | None = None,
    until: datetime | date | None = None,
    by: str = "",
    desk: Desk | None = None,
) -> "pd.DataFrame":
    """Count the items that have reached each stage by the end of each day: ``date``, ``slice``, ``stage`` (in order), ``reached``.

    An item has reached a stage when it was first there or in a later one, so the counts never decrease, over time or towards earlier
    stages. Stages of given-up work reach nothing. ``since`` starts the days shown; what was reached before counts.
    """
    import pandas as pd

    spec = spec.settled(desk)
    rows = by_item(stays(transitions, spec), by)
    count = len(spec.path)
    further = rows.filter(rows.place < count, rows.furthest.isnull() | (rows.place > rows.furthest))
    steps = further.group_by("slice", "place", from_=further.furthest.fill_null(-1), date=further.entered.date()).agg(items=further.count())
    found = answer(steps.order_by("date", "slice", "place", "from_"), "items by the stage they reached, per day", desk)
    days = _periods(found["date"], spec, "day", since, until)
    slices = sorted(found["slice"].unique())
    table = pd.MultiIndex.from_product([slices, range(count), [pd.Timestamp(d) for d in days]], names=["slice", "place", "date"])
    if not len(table):
        return pd.DataFrame({"date": pd.to_datetime([]), "slice": [], "stage": [], "reached": pd.Series([], dtype="int64")})
    spread = found.assign(place=[range(low + 1, high + 1) for low, high in zip(found["from_"], found["place"], strict=True)])
    spread = spread.explode("place").assign(date=lambda f: pd.to_datetime(f["date"]).clip(lower=pd.Timestamp(days[0])))
    daily = spread.groupby(["slice", "place", "date"])["items"].sum().reindex(table, fill_value=0)
    frame = daily.groupby(level=["slice", "place"]).cumsum().rename("reached").astype("int64").reset_index()
    frame = frame.sort_values(["date", "slice", "place"], ignore_index=True)
    return frame.assign(stage=[spec.path[p] for p in frame["place"]])[["date", "slice", "stage", "reached"]]


# ------------------------------------------------------------------------------------------------------------- inside
def _flows(transitions: "Rows", spec: FlowSpec, grain: Grain, since: object, until: object, by: str, desk: Desk | None) -> "pd.DataFrame":
    """Count starts, finishes and cancellations per period, and the items in progress at its end."""
    import pandas as pd

    spec = spec.settled(desk)
    rows = lives(stays(transitions, spec), spec)
    found = answer(_daily(rows, by).order_by("date", "slice"), f"starts and ends per day{' by ' * bool(by)}{by}", desk)
    days = _periods(found["date"], spec, grain, since, until)
    columns = ["period_start", "slice", "arrivals", "departures", "finished", "net_flow", "wip"]
    if not days:
        return pd.DataFrame({c: pd.Series([], dtype={"period_start": "datetime64[us]", "slice": "str"}.get(c, "int64")) for c in columns})
    starts = [period_start(day, grain, spec.week_start or "monday") for day in pd.to_datetime(found["date"]).dt.date]
    found = found.assign(period_start=pd.to_datetime(pd.Series(starts, index=found.index, dtype="object")))
    summed = found.groupby(["slice", "period_start"])[list(ALL)].sum()
    first = min(pd.Timestamp(days[0]), summed.index.get_level_values(1).min())
    whole = pd.DatetimeIndex(_all_periods(first.date(), days[-1], grain), name="period_start")
    index = pd.MultiIndex.from_product([sorted(found["slice"].unique()), whole], names=["slice", "period_start"])
    frame = summed.reindex(index, fill_value=0).astype("int64").reset_index()
    frame["departures"] = frame["finished"] + frame["cancelled"]
    frame["net_flow"] = frame["arrivals"] - frame["departures"]
    frame["wip"] = frame.groupby("slice")["net_flow"].cumsum()
    frame = frame[frame["period_start"] >= pd.Timestamp(days[0])].sort_values(["period_start", "slice"], ignore_index=True)
    return frame[columns]


def _daily(rows: "ir.Table", by: str) -> "ir.Table":
    """Count per day and slice the items that started, finished and were given up after a start."""
    rows = rows.filter(rows.started.notnull()).mutate(slice=sliced_by(rows, by))
    parts = [
        rows.filter(rows[column].notnull()).select("slice", date=rows[column].date(), what=ibis.literal(name))
        for name, column in zip(ALL, ("started", "finished", "cancelled"), strict=True)
    ]
    every = ibis.union(*parts)
    return every.group_by("date", "slice").agg(**{name: (every.what == name).sum().cast("int64") for name in ALL})


def _periods(known: Iterable[object], spec: FlowSpec, grain: Grain, since: object, until: object) -> list[date]:
    """List the whole periods asked for: from ``since`` or the first day known, up to ``until`` or the as-of."""
    import pandas as pd

    starts = spec.week_start or "monday"
    days = pd.to_datetime(pd.Series(list(known), dtype="object"))
    if since is None and days.empty:
        return []
    first = pd.Timestamp(since) if since is not None else days.min()
    last = min(pd.Timestamp(until), pd.Timestamp(spec.cut)) if until is not None else pd.Timestamp(spec.cut)
    end = period_start(last.date(), grain, starts)
    return _all_periods(period_start(first.date(), grain, starts), end - timedelta(days=1), grain) if end > first.date() else []


def _all_periods(first: date, last: date, grain: Grain) -> list[date]:
    """List the periods from the one that starts on ``first`` up to the one that starts on or before ``last``."""
    found = []
    while first <= last:
        found.append(first)
        first = step(first, grain)
    return found
