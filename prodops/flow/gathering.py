"""What a review brings together: the weeks before and after held side by side, forecasts of what is open, and what other tables add."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from prodops.flow.backtesting import backtest
from prodops.flow.comparing import changes
from prodops.flow.forecasting import enough, forecast, weekly
from prodops.flow.moves import lives, stays
from prodops.flow.spec import FlowSpec
from prodops.flow.work_items import percentiles, within
from prodops.sources.engine import answer

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from prodops.flow.reviewing import Desk

MOST_LAUNCHES = 6
"""Launches with open items that are forecast: those with the most."""
FARTHEST = 13
"""Weeks ahead, at most, at which a forecast's like is tried out on the past."""
MARKS = ("name", "launched_on", "ended_on", "kind")


def finished(moves: "ir.Table", spec: FlowSpec, since: datetime, until: datetime, desk: "Desk") -> "pd.DataFrame":
    """List the items finished in a span: as :func:`cycle_times` does, with ``moves_back``."""
    rows = lives(stays(moves, spec), spec)
    rows = within(rows.filter(rows.finished.notnull()), "finished", since, until)
    columns = rows.select("item_id", "type", "team", "launch", "started", "finished", "cycle_days", "moves_back")
    return answer(columns.order_by("finished", "item_id"), "finished items", desk).astype({"cycle_days": "int64", "moves_back": "int64"})


def usual(finished: "pd.DataFrame", since: datetime) -> "pd.DataFrame":
    """Give the percentiles of cycle time of the weeks shown (``when``: now) and of those before (before); no row for a side without items."""
    import pandas as pd

    is_now = finished["finished"] >= pd.Timestamp(since)
    return beside(percentiles(finished[is_now]), percentiles(finished[~is_now]))


def beside(now: "pd.DataFrame", before: "pd.DataFrame") -> "pd.DataFrame":
    """Put a measure of all items now and before below each other, told apart by ``when``."""
    import pandas as pd

    both = pd.concat([now.assign(when="now"), before.assign(when="before")], ignore_index=True)
    return both[both["slice"] == ""].drop(columns="slice").reset_index(drop=True)


def changed(flows: "pd.DataFrame", finished: "pd.DataFrame", since: datetime, past: datetime) -> "pd.DataFrame":
    """Test what moved, week by week."""
    import pandas as pd

    rows = flows[(flows["slice"] == "") & (flows["period_start"] >= pd.Timestamp(past))].set_index("period_start")
    busy = rows["finished"].gt(0).idxmax() if rows["finished"].gt(0).any() else None
    rows = rows[rows.index >= busy] if busy is not None else rows.iloc[:0]
    week = pd.Series(pd.NaT, index=finished.index, dtype="datetime64[us]")
    if len(rows) and len(finished):
        place = rows.index.searchsorted(finished["finished"].to_numpy(), side="right") - 1
        week = pd.Series(rows.index[place.clip(0)], index=finished.index)
    by_week = finished.assign(back=finished["moves_back"] > 0).groupby(week)
    values = {
        "cycle": by_week["cycle_days"].median(),
        "finished": rows["finished"],
        "arrivals": rows["arrivals"],
        "rework": by_week["back"].mean(),
    }
    at = pd.Timestamp(since)
    return changes({name: (each[each.index < at].to_numpy(float), each[each.index >= at].to_numpy(float)) for name, each in values.items()})


# -------------------------------------------------------------------------------------------------------------- forecasts
def forecasts(moves: "ir.Table", spec: FlowSpec, flows: "pd.DataFrame", ahead: int, seed: int, desk: "Desk") -> dict[str, Any]:
    """Forecast when all open items are done, and those of each launch, how many are in ``ahead`` weeks, and how such forecasts were kept."""
    import numpy as np
    import pandas as pd

    start = desk.as_of.date()
    left = remaining(moves, spec, desk)
    past = weekly(flows)
    past = past[past.gt(0).cumsum() > 0]  # from the first week in which something was finished
    found = []
    for row in left.head(MOST_LAUNCHES + 1).itertuples():
        frame = forecast(past, items=int(row.remaining), start=start, rng=np.random.default_rng(seed))
        found.append(frame.assign(launch=row.launch, remaining=int(row.remaining)))
    empty = pd.DataFrame({"launch": [], "remaining": [], "likelihood": [], "weeks": [], "date": []})
    pace = past.iloc[-12:].mean() if enough(past) else 0.0
    open_ = int(left["remaining"].max()) if len(left) else 0
    distance = min(max(round(open_ / pace), 1), FARTHEST) if pace else ahead
    kept = backtest(past, weeks=distance, rng=np.random.default_rng(seed))
    return {
        "remaining": left,
        "when": pd.concat(found, ignore_index=True)[list(empty)] if found else empty,
        "how_many": forecast(past, until=start + timedelta(weeks=ahead), start=start, rng=np.random.default_rng(seed)),
        "kept": kept,
        "kept_many": kept if distance == ahead else backtest(past, weeks=ahead, rng=np.random.default_rng(seed)),
    }


def remaining(moves: "ir.Table", spec: FlowSpec, desk: "Desk") -> "pd.DataFrame":
    """Count the items that are neither finished nor given up, by launch: ``launch`` ("" = all, first), ``remaining``, ``of`` (items in all).

    Launches without an open item are left out.
    """
    import pandas as pd

    rows = lives(stays(moves, spec), spec)
    rows = rows.mutate(open=rows.finished.isnull() & rows.cancelled.isnull(), launch=rows.launch.fill_null(""))
    counts = rows.group_by("launch").agg(remaining=rows.open.sum(), of=rows.count())
    frame = answer(counts.order_by("launch"), "open items by launch", desk).astype({"remaining": "int64", "of": "int64"})
    each = frame[(frame["launch"] != "") & (frame["remaining"] > 0)].sort_values(["remaining", "launch"], ascending=[False, True])
    total = pd.DataFrame({"launch": [""], "remaining": [frame["remaining"].sum()], "of": [frame["of"].sum()]})
    return pd.concat([total, each], ignore_index=True)


# ----------------------------------------------------------------------------------------------------------- other tables
def dora(desk: "Desk", since: datetime, until: datetime, past: datetime) -> "pd.DataFrame":
    """Give DORA's keys of the weeks shown and of those before; no row where there are no deployments."""
    import pandas as pd

    from prodops.flow.deliveries import dora as keys

    if not desk.has("deployments"):
        return pd.DataFrame()
    table = desk.table("deployments")
    now, before = (keys(table, grain=None, since=start, until=end, desk=desk) for start, end in ((since, until), (past, since)))
    both = beside(now, before)
    return both[both["deployments"] > 0].reset_index(drop=True) if len(both) else both


def launches(moves: "ir.Table", spec: FlowSpec, desk: "Desk") -> "pd.DataFrame":
    """Follow launches from their items' first start to their date; no row where moves name no launch."""
    import pandas as pd

    from prodops.flow.to_market import time_to_market
    from prodops.flow.work_items import named

    rows = lives(stays(moves, spec), spec)
    rows = rows.filter(rows.launch.notnull(), rows.launch != "")
    if "launch" not in moves.columns:
        return time_to_market(pd.DataFrame(columns=["launch"]), as_of=desk.as_of)
    items = named(answer(rows.order_by("created", "item_id"), "items of launches", desk), spec, stage="place")
    return time_to_market(items, _launched(desk) if desk.has("launches") else None, as_of=desk.as_of)


def marks(desk: "Desk", since: date) -> "pd.DataFrame":
    """Give the launches, incidents and price changes from a day on, for charts; no row where there is no such table."""
    import pandas as pd

    if not desk.has("launches"):
        return pd.DataFrame(columns=list(MARKS))
    found = _launched(desk)
    return found[found["launched_on"] >= pd.Timestamp(since)].reset_index(drop=True)


def _launched(desk: "Desk") -> "pd.DataFrame":
    import pandas as pd

    table = desk.table("launches")
    columns = [c for c in MARKS if c in table.columns]
    frame = answer(table.select(*columns).order_by("launched_on", "name"), "launches and incidents", desk).reindex(columns=list(MARKS))
    frame["kind"] = frame["kind"].fillna("launch").astype("str").str.lower()
    return frame.assign(**{c: pd.to_datetime(frame[c]).astype("datetime64[us]") for c in ("launched_on", "ended_on")})
