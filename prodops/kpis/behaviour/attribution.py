"""Which slice a person's best attempt at a funnel is in: by the values at its steps."""

from functools import reduce

import ibis
import ibis.expr.types as ir

from prodops.kpis.behaviour.events import did
from prodops.kpis.behaviour.funnel_spec import FunnelSpec
from prodops.kpis.behaviour.slices import sliced
from prodops.kpis.compile import NONE


def in_best_slices(best: ir.Table, rows: ir.Table, spec: FunnelSpec) -> ir.Table:
    """Add to each person's best attempt its ``slice``: a value at its steps, ``(none)`` where none is known.

    Of several events of a step in one instant the least value counts.
    """
    assert spec.by
    steps = [spec.attribution] if isinstance(spec.attribution, int) else list(range(1, len(spec.steps) + 1))
    known = sliced(rows, spec.by)
    known = known.filter(known.slice != NONE)
    values = reduce(lambda a, b: a.union(b), [_values_at(best, known, n, spec) for n in steps])
    turn = ibis.desc("step") if spec.attribution == "last" else ibis.asc("step")
    chosen = values.mutate(place=ibis.row_number().over(group_by="person", order_by=[turn, "slice"]))
    chosen = chosen.filter(chosen.place == 0).select(_person="person", _slice="slice")
    both = best.left_join(chosen, best.person == chosen._person)
    return both.mutate(slice=both._slice.fill_null(NONE)).drop("_person", "_slice")


def _values_at(best: ir.Table, known: ir.Table, n: int, spec: FunnelSpec) -> ir.Table:
    """Give the known values of the events that a best attempt took as its step ``n``."""
    fits = [did(known, step) for step in (spec.steps if spec.order == "any" else (spec.steps[n - 1],))]
    events = known.filter(ibis.or_(*fits)).select(_who="person", _at="at", slice="slice")
    both = best.inner_join(events, [best.person == events._who, best[f"t{n}"] == events._at])
    return both.select("person", "slice", step=ibis.literal(n, "int64"))
