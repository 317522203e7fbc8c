"""What is in progress: how old each item is, and how unusual that is where it stands."""

from datetime import datetime
from typing import TYPE_CHECKING

import ibis

from prodops.flow.kinds import DIMENSIONS, Desk
from prodops.flow.moves import DAY, lives, seconds, stays
from prodops.flow.spec import FlowSpec
from prodops.flow.work_items import LIKELY, named, within
from prodops.sources.engine import answer

if TYPE_CHECKING:
    import pandas as pd

    from prodops.flow.kinds import Rows

BOUNDS = tuple(f"p{share * 100:g}" for share in LIKELY)


def stage_ages(
    transitions: "Rows", spec: FlowSpec, *, since: datetime | None = None, until: datetime | None = None, desk: Desk | None = None
) -> "pd.DataFrame":
    """Say how old finished items were when they left each stage for the last time: ``stage``, ``items``, ``p50``, ``p85``, ``p95``.

    Days since the start, rounded up, interpolated between ranks; stages from the start to done, in order, those that nobody passed left
    out. ``since`` and ``until`` bound the finish. These are the lines of an ageing chart.
    """
    spec = spec.settled(desk)
    visits = stays(transitions, spec)
    ended = within(lives(visits, spec).filter(lambda t: t.finished.notnull()), "finished", since, until)
    ended = ended.select("item_id", "started", "finished")
    rows = visits.inner_join(ended, "item_id")
    rows = rows.filter(
        rows.place.isin([spec.stages.index(s) for s in spec.work] or [-1]), rows.entered >= rows.started, rows.left.notnull()
    )
    age = ibis.greatest((seconds(rows.left, rows.started) / DAY).ceil(), ibis.literal(1.0))
    rows = rows.mutate(age=age).group_by("item_id", "place").agg(age=lambda t: t.age.max())
    found = rows.group_by("place").agg(items=rows.count(), **{name: rows.age.quantile(q) for name, q in zip(BOUNDS, LIKELY, strict=True)})
    return named(answer(found.order_by("place"), "ages of finished items as they left each stage", desk), spec, stage="place")


def age(transitions: "Rows", spec: FlowSpec, *, desk: Desk | None = None) -> "pd.DataFrame":
    """List the items in progress, oldest first, with how their age compares.

    ``item_id``, ``type``, ``team``, ``launch``, ``stage``, ``kind`` (of the stage), ``started``, ``entered`` (the stage), ``age_days``
    (start to as-of, rounded up), ``stage_days`` (elapsed, fractional), ``percentile`` (share of finished items whose cycle time was shorter
    than this age; missing where none is finished) and ``level``: the highest of its stage's bounds (``p50``, ``p85``, ``p95`` of
    :func:`stage_ages`) that the age exceeds, or ``""``.
    """
    spec = spec.settled(desk)
    visits = stays(transitions, spec)
    every = lives(visits, spec)
    open_ = every.filter(every.age_days.notnull()).select(
        "item_id", "started", "age_days", *(every[d].name(f"last_{d}") for d in DIMENSIONS)
    )
    now = visits.filter(visits.left.isnull()).inner_join(open_, "item_id")
    now = now.select(
        "item_id", *(now[f"last_{d}"].name(d) for d in DIMENSIONS), "place", "started", "entered", "age_days", stage_days="days"
    )
    frame = answer(now.order_by(now.age_days.desc(), "item_id"), "items in progress", desk)
    done = every.filter(every.cycle_days.notnull()).group_by("cycle_days").agg(items=lambda t: t.count())
    counts = answer(done.order_by("cycle_days"), "finished items by cycle time", desk)
    bounds = stage_ages(transitions, spec, desk=desk).set_index("stage")
    frame = named(frame, spec, stage="place").astype({"age_days": "int64"})
    frame.insert(5, "kind", frame["stage"].map({s: spec.kind(s) for s in spec.stages}).astype("str"))
    known = counts["items"].sum()
    shorter = [counts.loc[counts["cycle_days"] < days, "items"].sum() / known if known else float("nan") for days in frame["age_days"]]
    levels = [_level(days, bounds, stage) for days, stage in zip(frame["age_days"], frame["stage"], strict=True)]
    return frame.assign(percentile=[float(x) for x in shorter], level=levels).astype({"level": "str", "percentile": "float64"})


def _level(days: int, bounds: "pd.DataFrame", stage: str) -> str:
    if stage not in bounds.index:
        return ""
    passed = [name for name in BOUNDS if days > bounds.loc[stage, name]]
    return passed[-1] if passed else ""
