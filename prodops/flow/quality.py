"""What is odd in a log of moves, on which day items reached each stage for good, and how long they were blocked."""

from datetime import datetime
from typing import TYPE_CHECKING

import ibis

from prodops.flow.kinds import Desk, table_of
from prodops.flow.moves import COLUMNS, lives, moves, stays
from prodops.flow.spec import FlowSpec
from prodops.sources.engine import answer

if TYPE_CHECKING:
    import pandas as pd

    from prodops.flow.kinds import Rows

ODD = {
    "left_out": "moves without an item, a state or a time were left out",
    "unknown_states": "moves lead to a state that the flow does not know, and were left out",
    "at_once": "moves share their item and instant with another; they were put in the order of the stages",
    "not_from_there": "moves say they come from another state than the one the item was in; where it went to was believed",
    "begun_before": "items were in a state already when their first move was recorded; since when is not known",
    "within_stage": "moves stay within a stage; they open no new visit",
    "never_started": "items have not started, or were put back before the start",
    "reopened": "items left done again",
}
"""What may be odd, in words that follow the count."""


def oddities(transitions: "Rows", spec: FlowSpec, *, desk: Desk | None = None) -> "pd.DataFrame":
    """Count what is odd in the moves and say how it was read: ``name``, ``count``, ``sentence``; only what there is, in a fixed order."""
    import pandas as pd

    spec = spec.settled(desk)
    raw = table_of(transitions, COLUMNS, "the transitions")
    raw = raw.filter((raw.changed_at < ibis.literal(spec.cut)) | raw.changed_at.isnull())
    is_whole = raw.item_id.notnull() & raw.to_state.notnull() & raw.changed_at.notnull()
    known = raw.to_state.isin(sorted(spec.states)) if spec.states else ibis.literal(False)
    door = answer(raw.aggregate(left_out=(~is_whole).sum(), unknown_states=(is_whole & ~known).sum()), "moves left out", desk)
    rows = moves(transitions, spec)
    item = ibis.window(group_by="item_id", order_by="n")
    rows = rows.mutate(
        was=rows.to_state.lag().over(item), was_place=rows.place.lag().over(item),
        mates=rows.count().over(ibis.window(group_by=["item_id", "changed_at"])),
    )  # fmt: skip
    says = rows.from_state.notnull() & (rows.from_state != "")
    inside = rows.aggregate(
        at_once=(rows.mates > 1).sum(),
        not_from_there=(says & rows.was.notnull() & (rows.was != rows.from_state)).sum(),
        begun_before=(says & (rows.n == 1)).sum(),
        within_stage=(rows.was_place == rows.place).sum(),
    )
    whole = lives(stays(transitions, spec), spec)
    outcome = whole.aggregate(never_started=whole.started.isnull().sum(), reopened=(whole.reopened > 0).sum())
    parts = [door, answer(inside, "odd moves", desk), answer(outcome, "odd items", desk)]
    counts = {name: int(value) for part in parts for name, value in part.iloc[0].fillna(0).items()}
    found = [(name, counts[name], f"{counts[name]:,} {text}.") for name, text in ODD.items() if counts[name]]
    return pd.DataFrame(found, columns=["name", "count", "sentence"])


def stage_dates(transitions: "Rows", spec: FlowSpec, *, desk: Desk | None = None) -> "pd.DataFrame":
    """Give the instant since which each item is in a stage or a later one for good: ``item_id`` and a column per stage of the path.

    Moving back clears the later stages; a stage that was skipped has the instant of the next one reached; missing where not reached.
    """
    spec = spec.settled(desk)
    rows = stays(transitions, spec)
    count = len(spec.path)
    rows = rows.filter(rows.place < count)
    item = ibis.window(group_by="item_id")
    rows = rows.mutate(**{f"below_{p}": rows.n.max(where=rows.place < p).over(item).fill_null(0) for p in range(count)})
    dates = {f"at_{p}": rows.entered.min(where=(rows.place >= p) & (rows.n > rows[f"below_{p}"])) for p in range(count)}
    found = answer(rows.group_by("item_id").agg(**dates).order_by("item_id"), "when items reached each stage for good", desk)
    return found.rename(columns={f"at_{p}": stage for p, stage in enumerate(spec.path)})


def blocked_days(flags: "pd.DataFrame", items: "pd.DataFrame", *, as_of: datetime) -> "pd.DataFrame":
    """Count the calendar days that items were flagged as blocked while in progress: ``item_id``, ``blocked_days``, one row per item.

    ``flags`` has one row per change: ``item_id``, ``changed_at``, ``flagged`` (1 set, 0 taken off); a flag that is never taken off ends
    with the item, or at ``as_of``. ``items`` is what :func:`items` gives. A day counts where a midnight passes under the flag; flags
    set and taken off before the start count nothing.
    """
    import pandas as pd

    lives_ = items[["item_id", "started", "finished", "cancelled"]]
    rows = flags[flags["changed_at"] < pd.Timestamp(as_of)].sort_values(["item_id", "changed_at"], kind="stable")
    rows = rows.assign(off=rows.groupby("item_id")["changed_at"].shift(-1)).merge(lives_, on="item_id")
    rows = rows[rows["flagged"].astype(bool) & rows["started"].notna()]
    end = rows[["off", "finished", "cancelled"]].min(axis=1).fillna(pd.Timestamp(as_of))
    start = rows[["changed_at", "started"]].max(axis=1)
    days = (end.dt.normalize() - start.dt.normalize()).dt.days.clip(lower=0) if len(rows) else pd.Series([], dtype="int64")
    total = days.groupby(rows["item_id"]).sum() if len(rows) else pd.Series(dtype="int64")
    return items[["item_id"]].assign(blocked_days=items["item_id"].map(total).fillna(0).astype("int64"))
