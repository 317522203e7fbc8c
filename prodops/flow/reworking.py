"""Rework: work that goes back to an earlier stage, how often, from where, and the days it takes; going on after a wait is none."""

from datetime import datetime
from typing import TYPE_CHECKING

import ibis

from prodops.flow.kinds import Desk
from prodops.flow.moves import stays
from prodops.flow.spec import FlowSpec
from prodops.flow.stage_times import on_their_way
from prodops.flow.work_items import by_item, named, within
from prodops.intervals import wilson_bounds
from prodops.sources.engine import answer

if TYPE_CHECKING:
    import pandas as pd

    from prodops.flow.kinds import Rows


def rework(
    transitions: "Rows",
    spec: FlowSpec,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    by: str = "",
    desk: Desk | None = None,
) -> "pd.DataFrame":
    """Say how many finished items went back to an earlier stage on their way, and what that took.

    ``slice``, ``items`` (finished; ``since`` and ``until`` bound that), ``reworked`` and their ``share`` with its 95 % Wilson range
    ``lower`` and ``upper``, ``visits`` (to stages from the start to done), ``back_visits`` (work that went back) and their
    ``visit_share``, ``rework_days`` (all days in stages at or before the furthest one that the item had reached before) and
    ``days_per_item`` (per reworked item), ``first_pass_share`` (items that never went back).
    """
    spec = spec.settled(desk)
    rows = on_their_way(by_item(stays(transitions, spec), by), spec, since, until)
    is_back = (rows.is_back & (rows.entered > rows.started)).fill_null(False)
    is_again = (rows.furthest.notnull() & (rows.place <= rows.furthest) & (rows.entered > rows.started)).fill_null(False)
    rows = rows.mutate(is_back=is_back, is_again=is_again)
    each = rows.group_by("slice", "item_id").agg(
        visits=rows.count(), back=rows.is_back.sum(), again=rows.days.sum(where=rows.is_again & rows.days.notnull()).fill_null(0.0)
    )
    found = each.group_by("slice").agg(
        items=each.count(),
        reworked=(each.back > 0).sum(),
        visits=each.visits.sum(),
        back_visits=each.back.sum(),
        rework_days=each.again.sum(where=each.back > 0).fill_null(0.0),
    )
    frame = answer(found.order_by("slice"), "rework", desk)
    counts = {c: frame[c].astype("int64") for c in ("items", "reworked", "visits", "back_visits")}
    frame = frame.assign(**counts)
    lower, upper = wilson_bounds(frame["reworked"].to_numpy("float64"), frame["items"].to_numpy("float64"))
    share = frame["reworked"] / frame["items"]
    frame = frame.assign(
        share=share, lower=lower, upper=upper, visit_share=frame["back_visits"] / frame["visits"],
        days_per_item=frame["rework_days"] / frame["reworked"].where(frame["reworked"] > 0), first_pass_share=1 - share,
    )  # fmt: skip
    columns = ["slice", "items", "reworked", "share", "lower", "upper", "visits", "back_visits", "visit_share", "rework_days"]
    return frame[[*columns, "days_per_item", "first_pass_share"]]


def moves_back(
    transitions: "Rows", spec: FlowSpec, *, since: datetime | None = None, until: datetime | None = None, desk: Desk | None = None
) -> "pd.DataFrame":
    """Count moves to an earlier stage by where from and where to, most frequent first: ``from_stage``, ``to_stage``, ``moves``, ``items``.

    Of all items, finished or not; ``since`` and ``until`` bound the move. Returns from given-up work are not among them, nor is going on after a wait.
    """
    spec = spec.settled(desk)
    rows = within(stays(transitions, spec), "entered", since, until)
    rows = rows.filter(rows.is_back)
    found = rows.group_by("before", "place").agg(moves=rows.count(), items=rows.item_id.nunique())
    frame = answer(found.order_by(ibis.desc("moves"), "before", "place"), "moves back", desk)
    return named(frame, spec, from_stage="before", to_stage="place")
