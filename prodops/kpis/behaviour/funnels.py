"""Funnels: of the people who began, how many got to each step, how long it took them, and who may still get there."""

from difflib import get_close_matches
from functools import reduce
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from prodops.errors import InputError, shorten
from prodops.kpis.behaviour.attempts import Reached, reached
from prodops.kpis.behaviour.attribution import in_best_slices
from prodops.kpis.behaviour.events import Step, did, people
from prodops.kpis.behaviour.frames import mean, with_share
from prodops.kpis.behaviour.funnel_spec import FunnelSpec
from prodops.kpis.behaviour.slices import all_in_one, person_of, sliced
from prodops.kpis.kinds import Desk
from prodops.sources.engine import answer

if TYPE_CHECKING:
    import pandas as pd

    from prodops.kpis.behaviour.events import Events, Identities

COLUMNS = (
    "slice", "step", "event", "entities", "share", "lower", "upper", "share_of_previous", "lower_of_previous", "upper_of_previous",
    "median_seconds_from_previous", "mean_seconds_from_previous", "n_open",
)  # fmt: skip
NEARLY = 0.85
"""How like two names must be for one to be a misspelling of the other, by difflib's ratio."""


def funnel(events: "Events", spec: FunnelSpec, *, identities: "Identities | None" = None, desk: Desk | None = None) -> "pd.DataFrame":
    """Count the people who got to each step of a funnel.

    One row is a step of a slice: ``slice`` ("" = all, then each value of ``by``), ``step`` (from 1) and its ``event``, ``entities`` (the
    people whose best attempt got there), ``share`` of those at step 1 and ``share_of_previous``, each with its 95 % Wilson range, the
    median and mean seconds since the step before, and ``n_open``: people who did not get there but still may, as the window of an
    attempt of theirs had not passed at ``as_of``. Shares of nobody and times of nobody are missing. Raises ParameterError for a spec
    that makes no sense, and InputError for a column that is not there or an event that is not, where one of nearly its name is.
    """
    spec = spec.settled(desk)
    rows = prepared(events, spec, identities)
    frame = _frame(answer(_summary(rows, spec), "funnel", desk), spec)
    check_names(rows, frame, spec, desk)
    return frame


def prepared(events: "Events", spec: FunnelSpec, identities: "Identities | None") -> ir.Table:
    """Give the events that a funnel looks at: before ``as_of``, passing its filter, duplicates as one where they could matter."""
    once = spec.order == "strict" or spec.overlaps
    rows = people(events, identities=identities, entity=spec.entity, once=once)
    rows = rows.mutate(at=rows["at"].cast("timestamp"))  # engines tell timestamps of different precision apart
    rows = rows.filter(rows["at"] < ibis.literal(spec.cut))
    return rows.filter(did(rows, Step(None, spec.where))) if spec.where else rows


# ------------------------------------------------------------------------------------------------------- the best attempt
def best(found: Reached) -> ir.Table:
    """Give each person's best attempt: its ``depth``, the instants ``t1`` …, and when their ``latest`` attempt began.

    Attempts that got further are fewer, and what is least of fewer is not less: so the greatest of the steps' least instants belongs
    to the attempts that got furthest, and among these to the earliest.
    """
    depth, keys = len(found), person_of(found[0])
    levels = []
    for n, attempts in enumerate(found, 1):
        times = {f"t{k}": attempts[f"t{k}"].min() if k <= n else ibis.null("timestamp") for k in range(1, depth + 1)}
        latest = attempts.t1.max() if n == 1 else ibis.null("timestamp")
        levels.append(attempts.group_by(keys).agg(depth=ibis.literal(n, "int64"), **times, latest=latest))
    table = reduce(lambda a, b: a.union(b), levels)
    values = {c: table[c].max() for c in table.columns if c not in keys}
    return table.group_by(keys).agg(**values)


def _summary(rows: ir.Table, spec: FunnelSpec) -> ir.Table:
    """Aggregate people to one row a slice: how many at each step, and their times."""
    whole = best(reached(rows, spec))
    parts = [whole]
    if spec.by and spec.attribution == "all":
        parts.append(best(reached(sliced(rows, spec.by), spec)))
    elif spec.by:
        parts.append(in_best_slices(whole, rows, spec))
    columns = ["slice", *(c for c in whole.columns if c != "person")]
    return _counted(reduce(lambda a, b: a.union(b), [all_in_one(part).select(columns) for part in parts]), spec)


def _counted(table: ir.Table, spec: FunnelSpec) -> ir.Table:
    still = table.latest >= ibis.literal(spec.ripe)
    columns: dict[str, ir.Value] = {}
    for n in range(1, len(spec.steps) + 1):
        columns[f"entities_{n}"] = table.count(where=table.depth >= n)
        columns[f"open_{n}"] = table.count(where=(table.depth < n) & still)
        if n > 1:
            took = table[f"t{n}"].delta(table[f"t{n - 1}"], unit="microsecond")
            columns |= {f"median_{n}": took.median(), f"mean_{n}": mean(took)}
    return table.group_by("slice").agg(**{c: v.cast("float64" if c[0] == "m" else "int64") for c, v in columns.items()}).order_by("slice")


# ------------------------------------------------------------------------------------------------------------- the frame
def _frame(found: "pd.DataFrame", spec: FunnelSpec) -> "pd.DataFrame":
    """Lay one row a slice out as one row a step."""
    import numpy as np
    import pandas as pd

    found = found.set_index("slice").reindex(["", *found.loc[found["slice"] != "", "slice"]]).reset_index()
    parts = []
    for n, step in enumerate(spec.steps, 1):
        entities, n_open = (found[f"{c}_{n}"].fillna(0).astype("int64") for c in ("entities", "open"))
        took = {f"{c}_seconds_from_previous": found[f"{c}_{n}"] / 1e6 if n > 1 else np.nan for c in ("median", "mean")}
        parts.append(found[["slice"]].assign(step=n, event=str(step), entities=entities, n_open=n_open, **took))
    frame = pd.concat(parts).sort_values(["slice", "step"], kind="stable", ignore_index=True)
    by_slice = frame.groupby("slice")["entities"]
    frame["first"], frame["previous"] = by_slice.transform("first"), by_slice.shift()
    of_previous = with_share(frame, "entities", "previous")[["share", "lower", "upper"]]
    frame[["share_of_previous", "lower_of_previous", "upper_of_previous"]] = of_previous
    return with_share(frame, "entities", "first", certain=(frame["step"] == 1) & (frame["entities"] > 0))[list(COLUMNS)]


def check_names(rows: ir.Table, frame: "pd.DataFrame", spec: FunnelSpec, desk: Desk | None) -> None:
    """Refuse a step that nobody got to whose event never happened where one spelt nearly so did, that is no step itself.

    Other steps of nobody are answers: an event may not have happened yet.
    """
    unreached = set(frame.loc[frame["entities"] == 0, "step"])
    names = [step.event for n, step in enumerate(spec.steps, 1) if n in unreached and step.event is not None]
    if not names:
        return
    known = [str(name) for name in answer(rows.group_by("event").agg().order_by("event"), "events", desk)["event"].dropna()]
    others = [name for name in known if name not in {step.event for step in spec.steps}]
    for name in names:
        near = [] if name in known else get_close_matches(name, others, n=1, cutoff=NEARLY)
        if near:
            raise InputError(
                f"no event up to {spec.cut} is called {shorten(name)}. Did you mean {shorten(near[0])}? "
                f'If it only has not happened yet, write Step(where={{"event": {shorten(name)}}}).'
            )
