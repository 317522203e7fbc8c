"""Moves of work items put in order, and from them each item's visits to stages: all in the engine, by window functions."""

from typing import TYPE_CHECKING

import ibis

from prodops.flow import names
from prodops.flow.kinds import DIMENSIONS, Desk, table_of
from prodops.flow.spec import FlowSpec
from prodops.sources.engine import answer

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from prodops.flow.kinds import Rows

COLUMNS = {"item_id": "string", "from_state": "string?", "to_state": "string", "changed_at": "timestamp"} | dict.fromkeys(
    DIMENSIONS, "string?"
)
DAY = 86_400.0
PLACES = 100_000


def moves(transitions: "Rows", spec: FlowSpec | None = None) -> "ir.Table":
    """Give each item's moves up to the spec's as-of, numbered by ``n`` from 1; rows without item, state or time are left out.

    With a spec ``place`` is the number of the stage moved to, and moves to states that it does not know are left out. Of several moves at
    one instant, forward ones come in the order of the stages and backward ones the other way round, so that a chain stays a chain.
    """
    table = table_of(transitions, COLUMNS, "the transitions")
    table = table.filter(table.item_id.notnull(), table.to_state.notnull(), table.changed_at.notnull())
    order = [table.changed_at, table.to_state, table.from_state]
    if spec is not None:
        table = table.filter(table.changed_at < ibis.literal(spec.cut)) if spec.as_of else table
        table = table.mutate(place=_place(table.to_state, spec), origin=_place(table.from_state, spec))
        table = table.filter(table.place.notnull()).mutate(team=_team(table, spec))
        is_back = table.origin.notnull() & (table.place < table.origin)
        order = [table.changed_at, is_back.ifelse(-table.place, table.place), table.to_state, table.from_state]
    return table.mutate(n=ibis.row_number().over(ibis.window(group_by="item_id", order_by=order)) + 1)


def _place(state: "ir.Value", spec: FlowSpec) -> "ir.Value":
    """Number a state's stage; missing for states that the spec does not know."""
    places = {stage: n for n, stage in enumerate(spec.stages)}
    if not spec.states:
        return ibis.null("int64")
    return state.cases(*((raw, places[stage]) for raw, stage in sorted(spec.states.items())), else_=ibis.null("int64")).cast("int64")


def _team(table: "ir.Table", spec: FlowSpec) -> "ir.Value":
    return table.team.cases(*sorted(spec.teams.items()), else_=table.team) if spec.teams else table.team


def _in(place: "ir.Value", stages: tuple[str, ...], spec: FlowSpec) -> "ir.BooleanValue":
    return place.isin([spec.stages.index(stage) for stage in stages]) if stages else ibis.literal(False)


# ------------------------------------------------------------------------------------------------------------ the states
def states(transitions: "Rows", *, desk: Desk | None = None) -> "pd.DataFrame":
    """Find the states of the data and their order, for :func:`flow.define`: one row is a state, in order.

    ``state``, ``items`` (that were ever in it), ``moves`` (into it), ``rests`` (items whose last state it is). A state comes before another
    where more items were first in it before they were first in the other (ranked by how many states it so precedes); of states entered at one
    instant neither is, and a queue by its name stands before the other. A state that items are only moved out of, as their first row says, counts as theirs.
    """
    import pandas as pd

    rows = moves(transitions)
    origins = rows.filter(rows.n == 1, rows.from_state.notnull(), rows.from_state != "")
    into, out = rows.select("item_id", "n", "changed_at", state="to_state"), origins.mutate(n=origins.n * 0)
    entered = ibis.union(into, out.select("item_id", "n", "changed_at", state="from_state"))
    entered = entered.mutate(last=entered.n == entered.n.max().over(ibis.window(group_by="item_id")))
    firsts = entered.group_by("item_id", "state").agg(
        first=entered.changed_at.min(), origin=(entered.n == 0).any(), moves=(entered.n > 0).sum(), rests=entered.last.any()
    )  # fmt: skip
    counts = firsts.group_by("state").agg(items=firsts.count(), moves=firsts.moves.sum(), rests=firsts.rests.sum())
    found = answer(counts.order_by("state"), "states", desk)
    one, other = firsts.select("item_id", "first", "origin", a="state"), firsts.select("item_id", b="state", then="first")
    both = one.join(other, ["item_id", one.a != other.b]).filter(lambda t: (t["first"] < t.then) | t.origin)
    pairs = answer(both.group_by("a", "b").agg(items=both.count()).order_by("a", "b"), "states: which comes before which", desk)
    ahead = pairs.pivot(index="a", columns="b", values="items").reindex(index=found["state"], columns=found["state"]).fillna(0).to_numpy()
    balance = pd.Series((ahead > ahead.T).sum(1) - (ahead < ahead.T).sum(1), index=found.index)
    margin = pd.Series(ahead.sum(1) - ahead.sum(0), index=found.index)
    found = found.assign(_balance=-balance, _margin=-margin, _works=[not names.is_queue(state) for state in found["state"]])
    found = found.sort_values(["_balance", "_margin", "_works", "state"])
    return found[["state", "items", "moves", "rests"]].astype(dict.fromkeys(("items", "moves", "rests"), "int64")).reset_index(drop=True)


# ------------------------------------------------------------------------------------------------------------ the visits
def stays(transitions: "Rows", spec: FlowSpec) -> "ir.Table":
    """Turn moves into visits: moves within a stage are one visit, and the next stage closes it.

    ``item_id``, ``n``, ``place``, ``before`` and ``after`` (places of the visits before and after), ``furthest`` (the furthest place on the
    path reached before), ``is_back`` (work went back: to an earlier stage, from anywhere but given-up work; out of a stage in which items
    only wait, to an earlier one than that it waited after), ``entered``, ``left`` (missing while there), ``days`` (to ``left`` or the as-of; missing where an item rests at
    an end), and the move's ``type``, ``team``, ``launch``.
    """
    rows = moves(transitions, spec)
    item = ibis.window(group_by="item_id", order_by="n")
    rows = rows.mutate(before=rows.place.lag().over(item))
    rows = rows.filter(rows.before.isnull() | (rows.before != rows.place))
    is_cancelled = _in(rows.place, spec.cancelled, spec)
    past = ibis.window(group_by="item_id", order_by="n", preceding=(None, 1))
    rows = rows.mutate(
        after=rows.place.lead().over(item),
        left=rows.changed_at.lead().over(item),
        furthest=is_cancelled.ifelse(ibis.null("int64"), rows.place).max().over(past),
    )
    rows = rows.mutate(is_back=_is_back(rows, spec, past))
    until = rows.left.fill_null(ibis.literal(spec.cut))
    rests = rows.left.isnull() & _in(rows.place, (*spec.done, *spec.cancelled), spec)
    days = rests.ifelse(ibis.null("float64"), seconds(until, rows.changed_at) / DAY)
    return rows.select(
        "item_id", "n", "place", "before", "after", "furthest", "is_back", *DIMENSIONS, entered=rows.changed_at, left=rows.left, days=days
    )


def seconds(later: "ir.Value", earlier: "ir.Value") -> "ir.Value":
    """Give the elapsed seconds between two instants, to the microsecond."""
    return (later.cast("timestamp").epoch_seconds() - earlier.cast("timestamp").epoch_seconds()).cast("float64")


def whole_days(later: "ir.Value", earlier: "ir.Value") -> "ir.Value":
    """Give elapsed days rounded up, so that same-day work counts 1."""
    days = (seconds(later, earlier) / DAY).ceil().cast("int64")
    return (days < 1).ifelse(ibis.literal(1, "int64"), days)  # missing where an end is, in every engine


def lives(visits: "ir.Table", spec: FlowSpec) -> "ir.Table":
    """Turn visits into items: when each began, started, finished or was given up, and what happened on its way.

    ``started`` is the first time in a stage from the start on, since the item last lay before the start; ``finished`` (``cancelled``) the
    instant since which it rests at an end, missing where it was reopened since.
    """
    places = visits.place
    is_done, is_over = _in(places, spec.done, spec), _in(places, (*spec.done, *spec.cancelled), spec)
    is_before = _in(places, spec.of_kind("before"), spec)
    is_begun = _in(places, (*spec.work, *spec.done), spec)
    item = ibis.window(group_by="item_id")
    rows = visits.mutate(
        begun=is_begun,
        done=is_done,
        over=is_over,
        put_back=visits.n.max(where=is_before).over(item).fill_null(0),
        open_until=visits.n.max(where=~is_over).over(item).fill_null(0),
        is_rework=visits.is_back,
        reopens=is_done & visits.after.notnull() & ~_in(visits.after, (*spec.done, *spec.cancelled), spec),
    )
    last = {d: rows[d].argmax(rows.n, where=rows[d].notnull()) for d in DIMENSIONS}
    found = rows.group_by("item_id").agg(
        **last,
        place=rows.place.argmax(rows.n),
        created=rows.entered.min(),
        started=rows.entered.min(where=rows.begun & (rows.n > rows.put_back)),
        finished=rows.entered.min(where=rows.done & (rows.n > rows.open_until)),
        ended=rows.entered.min(where=rows.over & (rows.n > rows.open_until)),
        reopened=rows.reopens.sum().cast("int64"),
        visits=rows.count(),
        moves_back=rows.is_rework.sum().cast("int64"),
    )
    is_finished = _in(found.place, spec.done, spec)
    finished = is_finished.ifelse(found.finished, ibis.null("timestamp"))
    cancelled = _in(found.place, spec.cancelled, spec).ifelse(found.ended, ibis.null("timestamp"))
    open_ = found.started.notnull() & finished.isnull() & cancelled.isnull()
    return found.select(
        "item_id", *DIMENSIONS, "place", "created", "started",
        finished=finished, cancelled=cancelled,
        cycle_days=whole_days(finished, found.started),
        age_days=open_.ifelse(whole_days(ibis.literal(spec.cut), found.started), ibis.null("int64")),
        reopened=found.reopened, visits=found.visits, moves_back=found.moves_back,
    )  # fmt: skip


def _is_back(rows: "ir.Table", spec: FlowSpec, past: object) -> "ir.BooleanValue":
    """Tell whether a visit is a move to an earlier stage of work; going on with what had waited is none."""
    over = _in(rows.before, spec.cancelled, spec)
    is_pause = lambda place: _in(place, tuple(s for s in spec.of_kind("waiting") if names.is_queue(s)), spec)  # noqa: E731
    marked = rows.n * PLACES + rows.place  # its greatest among past visits is the last one's
    worked = is_pause(rows.place).ifelse(ibis.null("int64"), marked).max().over(past) % PLACES
    return ((rows.place < rows.before) & ~over & (~is_pause(rows.before) | (rows.place < worked))).fill_null(False)
