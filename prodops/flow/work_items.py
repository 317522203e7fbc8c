"""Work items and their visits as frames: who is where since when, and how long the finished ones took."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import ibis

from prodops.errors import ParameterError, did_you_mean
from prodops.flow.kinds import DIMENSIONS, Desk
from prodops.flow.moves import lives, stays
from prodops.flow.spec import FlowSpec
from prodops.sources.engine import answer

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from prodops.flow.kinds import Rows

LIKELY = (0.5, 0.85, 0.95)
"""The percentiles that are stated unless others are asked for."""


def named(frame: "pd.DataFrame", spec: FlowSpec, **columns: str) -> "pd.DataFrame":
    """Put stages' names in place of their numbers: ``named(frame, spec, stage="place")`` renames ``place`` to ``stage``."""
    import pandas as pd

    names = dict(enumerate(spec.stages))
    found = {column: pd.Series(frame[place].map(names), index=frame.index, dtype="str") for column, place in columns.items()}
    back = {place: column for column, place in columns.items()}
    return frame.assign(**{place: found[column] for column, place in columns.items()}).rename(columns=back)


def within(table: "ir.Table", column: str, since: datetime | None, until: datetime | None) -> "ir.Table":
    """Keep the rows whose instant lies in the half-open span; nothing named is no bound."""
    if since is not None:
        table = table.filter(table[column] >= ibis.literal(since))
    return table if until is None else table.filter(table[column] < ibis.literal(until))


def sliced_by(table: "ir.Table", by: str) -> "ir.Value":
    """Give the value of the slice that a row belongs to: ``""`` = all; a missing value is called ``(none)``."""
    if not by:
        return ibis.literal("")
    check_dimension(by)
    return table[by].fill_null("(none)")


def by_item(visits: "ir.Table", by: str) -> "ir.Table":
    """Add to each visit the ``slice`` of its item, by the last value known of it."""
    if not by:
        return visits.mutate(slice=ibis.literal(""))
    check_dimension(by)
    item = ibis.window(group_by="item_id")
    rows = visits.mutate(known=visits.n.max(where=visits[by].notnull()).over(item))
    return rows.mutate(slice=rows[by].max(where=rows.n == rows.known).over(item).fill_null("(none)")).drop("known")


def check_dimension(by: str) -> None:
    """Refuse a slicing that items do not have."""
    if by not in ("", *DIMENSIONS):
        raise ParameterError(f'flow cannot be sliced by "{by}".{did_you_mean(by, DIMENSIONS)} It can by {", ".join(DIMENSIONS)}.')


# ------------------------------------------------------------------------------------------------------------- the frames
def visits(transitions: "Rows", spec: FlowSpec, *, desk: Desk | None = None) -> "pd.DataFrame":
    """List every visit of an item to a stage, by item and time; moves within a stage are one visit.

    ``item_id``, ``stage``, ``kind`` (of the stage), ``entered``, ``left`` (missing while there), ``days`` (elapsed, fractional: to ``left``
    or the as-of; missing where the item rests at an end), ``back`` (work went back to it), ``type``, ``team``, ``launch`` of the move.
    """
    spec = spec.settled(desk)
    rows = stays(transitions, spec)
    columns = rows.select("item_id", "n", "place", "entered", "left", "days", *DIMENSIONS, back=rows.is_back)
    frame = named(answer(columns.order_by("item_id", "n"), "visits", desk), spec, stage="place").drop(columns="n")
    frame.insert(2, "kind", frame["stage"].map({stage: spec.kind(stage) for stage in spec.stages}).astype("str"))
    return frame[["item_id", "stage", "kind", "entered", "left", "days", "back", *DIMENSIONS]]


def items(transitions: "Rows", spec: FlowSpec, *, desk: Desk | None = None) -> "pd.DataFrame":
    """List every item, by when it was created: one row is an item.

    ``item_id``, ``type``, ``team``, ``launch`` (the last known of each), ``stage`` (now), ``created`` (first move), ``started`` (first in a
    stage from the start on, since it last lay before it), ``finished`` and ``cancelled`` (the instant since which it rests at such an end;
    missing where it was reopened since), ``cycle_days`` (start to finish, whole days rounded up, same day = 1), ``age_days`` (start to the
    as-of, for items in progress), ``reopened`` (times it left done), ``visits``, ``moves_back`` (of work, to an earlier stage).
    """
    spec = spec.settled(desk)
    rows = lives(stays(transitions, spec), spec)
    frame = answer(rows.order_by("created", "item_id"), "items", desk)
    return named(frame.astype({"cycle_days": "Int64", "age_days": "Int64"}), spec, stage="place")


def cycle_times(
    transitions: "Rows", spec: FlowSpec, *, since: datetime | None = None, until: datetime | None = None, desk: Desk | None = None
) -> "pd.DataFrame":
    """List finished items by when they finished: ``item_id``, ``type``, ``team``, ``launch``, ``started``, ``finished``, ``cycle_days``.

    ``cycle_days`` are elapsed days from start to finish rounded up, so that same-day work counts 1 (Kanban Guide). ``since`` and ``until``
    bound the finish, half-open. An item that was reopened and is not done again is not finished.
    """
    spec = spec.settled(desk)
    rows = lives(stays(transitions, spec), spec)
    rows = within(rows.filter(rows.finished.notnull()), "finished", since, until)
    columns = rows.select("item_id", *DIMENSIONS, "started", "finished", "cycle_days")
    return answer(columns.order_by("finished", "item_id"), "cycle times", desk).astype({"cycle_days": "int64"})


def percentiles(cycle_times: "pd.DataFrame", *, by: str = "", at: Sequence[float] = LIKELY) -> "pd.DataFrame":
    """Give percentiles of cycle times: ``slice`` ("" = all), ``items``, ``p50``, ``p85``, ``p95`` in days, interpolated between ranks.

    Without finished items there are no rows.
    """
    import pandas as pd

    check_dimension(by)
    slices = cycle_times[by].fillna("(none)") if by else pd.Series("", index=cycle_times.index, dtype="str")
    days = cycle_times["cycle_days"].astype("float64").groupby(slices)
    found = {f"p{share * 100:g}": days.quantile(share) for share in at}
    frame = pd.DataFrame({"items": days.size(), **found}).rename_axis("slice").reset_index()
    return frame.sort_values(["items", "slice"], ascending=[False, True], ignore_index=True)
