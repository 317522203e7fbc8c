"""Where the time goes: days in each stage, and the part of them in which somebody worked."""

from datetime import datetime
from typing import TYPE_CHECKING

import ibis

from prodops.flow.kinds import Desk
from prodops.flow.moves import lives, stays
from prodops.flow.spec import FlowSpec
from prodops.flow.work_items import by_item, named, within
from prodops.intervals import Z95
from prodops.sources.engine import answer

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from prodops.flow.kinds import Rows


def time_in_stage(
    transitions: "Rows",
    spec: FlowSpec,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    by: str = "",
    desk: Desk | None = None,
) -> "pd.DataFrame":
    """Add up the time in each stage before done; every visit counts.

    One row is a stage in a slice: ``slice``, ``stage``, ``kind``, ``visits`` that ended (``since`` and ``until`` bound that), ``items``
    that they belong to, ``mean_days``, ``median_days``, ``p85_days`` of a visit, ``days_per_item`` (all of an item's visits), ``total_days``
    and ``share`` of all time from the start on (missing for stages before the start). Visits still going on are not in it.
    """
    spec = spec.settled(desk)
    rows = within(by_item(stays(transitions, spec), by).filter(lambda t: t.left.notnull()), "left", since, until)
    rows = rows.filter(rows.place.isin([spec.stages.index(s) for s in spec.of_kind("before", "waiting", "active")] or [-1]))
    found = rows.group_by("slice", "place").agg(
        visits=rows.count(),
        items=rows.item_id.nunique(),
        mean_days=rows.days.mean(),
        median_days=rows.days.quantile(0.5),
        p85_days=rows.days.quantile(0.85),
        total_days=rows.days.sum(),
    )
    frame = named(answer(found.order_by("slice", "place"), "time in stages", desk), spec, stage="place")
    frame["kind"] = frame["stage"].map({s: spec.kind(s) for s in spec.stages}).astype("str")
    frame["days_per_item"] = frame["total_days"] / frame["items"]
    counted = frame["total_days"].where(frame["kind"] != "before")
    frame["share"] = counted / counted.groupby(frame["slice"]).transform("sum")
    columns = ["slice", "stage", "kind", "visits", "items", "mean_days", "median_days", "p85_days", "days_per_item", "total_days", "share"]
    return frame[columns]


def on_their_way(visits: "ir.Table", spec: FlowSpec, since: datetime | None, until: datetime | None) -> "ir.Table":
    """Give the visits of finished items from their start to their finish; ``since`` and ``until`` bound the finish."""
    every = lives(visits, spec)
    ended = within(every.filter(every.finished.notnull()), "finished", since, until)
    rows = visits.inner_join(ended.select("item_id", "started", "finished", "cycle_days"), "item_id")
    return rows.filter(rows.entered >= rows.started, rows.entered < rows.finished)


def days_spent(
    transitions: "Rows", spec: FlowSpec, *, since: datetime, until: datetime, past: datetime, desk: Desk | None = None
) -> "pd.DataFrame":
    """Say in which stages the items finished in ``[since, until)`` spent their days, beside those finished in ``[past, since)``.

    One row is a stage that either went through: ``stage``, ``kind``, ``days`` and ``before`` (of all its visits, per finished item: from the start
    on, and in stages before it; missing where nothing was finished), ``share`` of the days from the start on (missing for stages before it).
    """
    import pandas as pd

    spec = spec.settled(desk)
    visits = stays(transitions, spec)
    ended = within(lives(visits, spec).filter(lambda t: t.finished.notnull()), "finished", past, until)
    ended = ended.select("item_id", "started", "finished", is_now=ended.finished >= ibis.literal(since))
    is_before = visits.place.isin([spec.stages.index(s) for s in spec.of_kind("before")] or [-1])
    rows = visits.mutate(is_before=is_before).inner_join(ended, "item_id")
    rows = rows.filter(rows.is_before | (rows.entered >= rows.started), rows.entered < rows.finished)
    sums = rows.group_by("place", "is_now").agg(days=rows.days.sum())
    counts = ended.group_by("is_now").agg(items=ended.count())
    found = answer(sums.inner_join(counts, "is_now").order_by("place", "is_now"), "days that finished items spent in stages", desk)
    table = found.assign(days=found["days"] / found["items"]).pivot(index="place", columns="is_now", values="days")
    table = table.reindex(columns=[True, False]).astype("float64")
    for side in table:
        table[side] = table[side].fillna(0.0) if table[side].notna().any() else table[side]
    frame = pd.DataFrame({"place": table.index, "days": table[True].to_numpy(), "before": table[False].to_numpy()})
    frame = named(frame, spec, stage="place")
    frame["kind"] = frame["stage"].map({s: spec.kind(s) for s in spec.stages}).astype("str")
    counted = frame["days"].where(frame["kind"] != "before")
    return frame.assign(share=counted / counted.sum())[["stage", "kind", "days", "before", "share"]]


def efficiency(
    transitions: "Rows",
    spec: FlowSpec,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    by: str = "",
    desk: Desk | None = None,
) -> "pd.DataFrame":
    """Give the flow efficiency of finished items, active ÷ (active + waiting), all items' days added up first.

    ``slice``, ``items``, ``active_days``, ``waiting_days`` (both per item), ``efficiency`` with its 95 % range ``lower`` and ``upper`` (a
    ratio of sums over items, linearised: Cochran 1977, 6.3; missing below two items). A stage that holds work and waiting alike counts as
    what the spec says it is, so where waiting stages are not told apart it is an upper bound.
    """
    import numpy as np

    spec = spec.settled(desk)
    rows = on_their_way(by_item(stays(transitions, spec), by), spec, since, until)
    waits = rows.place.isin([spec.stages.index(s) for s in spec.of_kind("waiting")] or [-1])
    works = rows.place.isin([spec.stages.index(s) for s in spec.of_kind("active")] or [-1])
    each = rows.group_by("slice", "item_id").agg(
        active=rows.days.sum(where=works).fill_null(0.0), waiting=rows.days.sum(where=waits).fill_null(0.0)
    )
    each = each.mutate(both=each.active + each.waiting)
    found = each.group_by("slice").agg(
        items=each.count(), active_days=each.active.mean(), waiting_days=each.waiting.mean(),
        _aa=(each.active * each.active).mean(), _ab=(each.active * each.both).mean(), _bb=(each.both * each.both).mean(),
    )  # fmt: skip
    frame = answer(found.order_by("slice"), "active and waiting days", desk)
    both = (frame["active_days"] + frame["waiting_days"]).replace(0, np.nan)
    share = frame["active_days"] / both
    rest = (frame["_aa"] - 2 * share * frame["_ab"] + share**2 * frame["_bb"]).clip(lower=0)
    half = Z95 * np.sqrt(rest / (frame["items"] - 1).where(frame["items"] > 1)) / both
    frame = frame.assign(efficiency=share, lower=(share - half).clip(lower=0), upper=(share + half).clip(upper=1))
    return frame[["slice", "items", "active_days", "waiting_days", "efficiency", "lower", "upper"]]
