"""Attempts at a funnel: every beginning, and how far it got, found in the engine by sorting and never by joining events to events.

Each step is one window over one person's attempts and that step's events in the order of time: the earliest such event from an
attempt's last step on. A greedy attempt is exact: taking the earliest fit at each step reaches every step as early as can be, and an
attempt that begins later reaches none of them earlier. So the best attempts of a person can be put together from least values alone.
"""

from collections import Counter
from functools import reduce

import ibis
import ibis.expr.types as ir

from prodops.kpis.behaviour.events import Step, did
from prodops.kpis.behaviour.funnel_spec import FunnelSpec
from prodops.kpis.behaviour.slices import person_of

Reached = list[ir.Table]
"""For each step the attempts that reached it: ``person`` (and ``slice``), ``t1`` … ``tn``, the instants of its steps so far."""


def reached(rows: ir.Table, spec: FunnelSpec) -> Reached:
    """Give the attempts that reached each step, without those of people whom an exclusion removes."""
    found = {"sequential": _sequential, "strict": _strict, "any": _any_order}[spec.order](rows, spec)
    if not spec.exclusions:
        return found
    out = _excluded(found, rows, spec)
    return [_without(attempts, out) for attempts in found]


def marks(rows: ir.Table, steps: tuple[Step, ...]) -> dict[str, ir.BooleanValue]:
    """Give a column for each step, ``is1`` …, that tells which events fit it."""
    return {f"is{n}": did(rows, step).fill_null(False) for n, step in enumerate(steps, 1)}


def _begun(at: ir.Value, spec: FunnelSpec) -> ir.BooleanValue:
    """Tell whether an attempt may begin at an instant."""
    ends = [end for end in (spec.until, spec.ripe if spec.whole_windows else None) if end is not None]
    tests = [at >= ibis.literal(spec.since)] if spec.since else []
    return ibis.and_(ibis.literal(True), *tests, *(at < ibis.literal(end) for end in ends))


def _in_time(at: ir.Value, start: ir.Value, spec: FunnelSpec) -> ir.BooleanValue:
    return at <= start + ibis.interval(seconds=int(spec.window.total_seconds()))


def _so_far(n: int) -> list[str]:
    return [f"t{k}" for k in range(1, n + 1)]


# ----------------------------------------------------------------------------------------------------------- sequential
def _sequential(rows: ir.Table, spec: FunnelSpec) -> Reached:
    """Lead attempts from step to step: ``key`` is where an attempt stands, and it takes the first event there or after.

    Where no event can fit two steps, instants are enough: an attempt stands at its last step's. Else events have a place of their own
    within their person's, and an attempt stands one place after its last event.
    """
    people = person_of(rows)
    placed = spec.overlaps
    events = [_candidates(rows, n, spec, people) for n in range(1, len(spec.steps) + 1)]
    first = events[0].filter(_begun(events[0]["at"], spec))
    found = [first.select(*people, t1="at", key=first.key + 1 if placed else first["at"])]
    for n in range(2, len(spec.steps) + 1):
        found.append(_next(found[-1], events[n - 1], n, spec, people))
    return [attempts.drop("key") for attempts in found]


def _candidates(rows: ir.Table, n: int, spec: FunnelSpec, people: list[str]) -> ir.Table:
    """Give the events of a step: where they stand (``key``) and when they were (``at``)."""
    if not spec.overlaps:
        fit = rows.filter(did(rows, spec.steps[n - 1]))
        return fit.select(*people, "at", key="at")
    marked = rows.mutate(**marks(rows, spec.steps))
    fit = marked.filter(ibis.or_(*(marked[f"is{k}"] for k in range(1, len(spec.steps) + 1))))
    numbered = fit.mutate(key=ibis.row_number().over(group_by=people, order_by=_in_order(spec)))
    return numbered.filter(numbered[f"is{n}"]).select(*people, "at", "key")


def _in_order(spec: FunnelSpec) -> list[ir.Value | str]:
    """Put events in the order of time, and within an instant in that of the steps they fit; those that fit none last."""
    return ["at", *(ibis.desc(f"is{n}") for n in range(1, len(spec.steps) + 1))]


def _next(attempts: ir.Table, events: ir.Table, n: int, spec: FunnelSpec, people: list[str]) -> ir.Table:
    """Give the attempts that take an event of step ``n`` in time, with its instant ``tn``."""
    both = _together(attempts, events)
    ahead = ibis.range_window(group_by=people, order_by="key", preceding=0, following=None)
    taken = {f"t{n}": both["at"].min().over(ahead)}
    if spec.overlaps:
        taken["ahead"] = ibis.ifelse(both["at"].notnull(), both.key, ibis.null("int64")).min().over(ahead)
    seen = both.mutate(**taken)
    found = seen.filter(seen["at"].isnull(), _in_time(seen[f"t{n}"], seen.t1, spec))
    return found.select(*people, *_so_far(n), key=found.ahead + 1 if spec.overlaps else found[f"t{n}"])


def _together(attempts: ir.Table, events: ir.Table) -> ir.Table:
    """Put attempts and events in one table: attempts have no ``at``, events no steps behind them."""
    columns = {c: ibis.null(kind) for c, kind in attempts.schema().items()}
    of_events = events.select(**(columns | {c: events[c] for c in events.columns}))
    return attempts.mutate(at=ibis.null("timestamp")).union(of_events.select(*attempts.columns, "at"))


# --------------------------------------------------------------------------------------------------------------- strict
def _strict(rows: ir.Table, spec: FunnelSpec) -> Reached:
    """Look at the events that follow one another at once: the next must fit the second step, the one after it the third, and so on."""
    people, depth = person_of(rows), len(spec.steps)
    marked = rows.select(*people, "at", **marks(rows, spec.steps))
    order = ibis.window(group_by=people, order_by=_in_order(spec))
    ahead = {f"t{n}": marked["at"].lead(n - 1).over(order) for n in range(2, depth + 1)}
    fits = {f"fits{n}": marked[f"is{n}"].lead(n - 1).over(order) for n in range(2, depth + 1)}
    seen = marked.mutate(t1=marked["at"], **ahead, **fits)
    found = [seen.filter(seen.is1, _begun(seen.t1, spec))]
    for n in range(2, depth + 1):
        found.append(found[-1].filter(lambda t, n=n: t[f"fits{n}"] & _in_time(t[f"t{n}"], t.t1, spec)))
    return [attempts.select(*people, *_so_far(n)) for n, attempts in enumerate(found, 1)]


# ------------------------------------------------------------------------------------------------------------ any order
def _any_order(rows: ir.Table, spec: FunnelSpec) -> Reached:
    """Look from each event that fits a step at when each step is next done; put in order, these are the instants of the attempt.

    A step that stands in the funnel twice is next done at the next such event and at the one after it.
    """
    people, counts = person_of(rows), Counter(spec.steps)
    marked = rows.select(*people, "at", **marks(rows, tuple(counts)))
    fit = marked.filter(ibis.or_(*(marked[f"is{k}"] for k in range(1, len(counts) + 1))))
    ahead = ibis.range_window(group_by=people, order_by="at", preceding=0, following=None)
    wanted = [(f"is{k}", n) for k, times in enumerate(counts.values(), 1) for n in range(times)]
    later = fit.mutate(**{f"{mark}_{n}": fit["at"].lead(n).over(group_by=[*people, mark], order_by="at") for mark, n in wanted})
    seen = later.mutate(**{f"u{i}": _where(later[mark], later[f"{mark}_{n}"]).min().over(ahead) for i, (mark, n) in enumerate(wanted)})
    return _in_turn(seen.filter(_begun(seen["at"], spec)), len(wanted), spec, people)


def _in_turn(seen: ir.Table, depth: int, spec: FunnelSpec, people: list[str]) -> Reached:
    """Put the instants ``u0`` … of each attempt in order: the n-th is the least that n of them do not exceed."""
    names = [f"u{i}" for i in range(depth)]
    timely = seen.mutate(**{u: _where(_in_time(seen[u], seen["at"], spec), seen[u]) for u in names})
    rank = {f"r{u}": reduce(lambda a, b: a + b, [ibis.ifelse(timely[v] <= timely[u], 1, 0) for v in names]) for u in names}
    ranked = timely.mutate(**rank)
    turns = {f"t{n}": ibis.least(*(_where(ranked[f"r{u}"] >= n, ranked[u]) for u in names)) for n in range(2, depth + 1)}
    begun = ranked.select(*people, t1="at", **turns)
    return [begun.select(*people, *_so_far(n)).filter(lambda t, n=n: t[f"t{n}"].notnull()) for n in range(1, depth + 1)]


def _where(test: ir.Value, value: ir.Value) -> ir.Value:
    return ibis.ifelse(test, value, ibis.null(value.type()))


# ----------------------------------------------------------------------------------------------------------- exclusions
def _excluded(found: Reached, rows: ir.Table, spec: FunnelSpec) -> ir.Table:
    """Give the people with an excluded event between two steps of an attempt that came before they first completed the funnel."""
    people, depth = person_of(rows), len(spec.steps)
    hops = [
        _between(found, n, rows.filter(did(rows, exclusion.step)), spec, people)
        for exclusion in spec.exclusions
        for n in range(exclusion.after, spec.last_of(exclusion))
    ]
    done = found[-1].group_by(people).agg(hit=ibis.null("timestamp"), done=found[-1][f"t{depth}"].min())
    both = reduce(lambda a, b: a.union(b), [*hops, done]).group_by(people).agg(hit=ibis._.hit.min(), done=ibis._.done.min())
    return both.filter(both.hit.notnull() & (both.done.isnull() | (both.hit < both.done))).select(*people)


def _between(found: Reached, n: int, events: ir.Table, spec: FunnelSpec, people: list[str]) -> ir.Table:
    """Give, for people with such an event after step ``n`` and before the next one, in time, the first of these."""
    here = found[n - 1].mutate(key=found[n - 1][f"t{n}"])
    gone = found[n].select(*people, *_so_far(n), after=f"t{n + 1}")
    ahead = ibis.range_window(group_by=people, order_by="key", preceding=0, following=None)
    both = _together(here, events.select(*people, "at", key="at"))
    hit = both.mutate(hit=both["at"].min().over(ahead))
    hit = hit.filter(hit["at"].isnull(), _in_time(hit.hit, hit.t1, spec)).select(*people, *_so_far(n), "hit")
    on = [*people, *_so_far(n)]
    next_ = gone.group_by(on).agg(after=gone.after.min()).rename({f"_{c}": c for c in on})
    joined = hit.left_join(next_, [hit[c] == next_[f"_{c}"] for c in on])
    between = joined.filter(joined.after.isnull() | (joined.hit < joined.after))
    return between.group_by(people).agg(hit=between.hit.min(), done=ibis.null("timestamp"))


def _without(attempts: ir.Table, out: ir.Table) -> ir.Table:
    people = person_of(attempts)
    gone = out.rename({f"_{c}": c for c in people})
    both = attempts.left_join(gone, [attempts[c] == gone[f"_{c}"] for c in people])
    return both.filter(both._person.isnull()).select(*attempts.columns)
