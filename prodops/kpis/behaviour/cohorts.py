"""The queries of retention: people counted by cohort and period, both as small whole numbers.

Each gives ``slice``, ``cohort``, ``period`` and ``people``: in period 0 the cohort itself, then those whose return fell there. For
``on_or_after`` people count in the last period of a return only; adding up from the end is the frame's.
"""

from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from prodops.kpis.behaviour.events import did
from prodops.kpis.behaviour.periods import Calendar, numbers
from prodops.kpis.behaviour.slices import all_in_one, earliest
from prodops.kpis.masks import BITS, has, mask

if TYPE_CHECKING:
    from prodops.kpis.behaviour.retention import RetentionSpec

KEYS = ("slice", "cohort", "period")


def cells(rows: ir.Table, spec: "RetentionSpec", calendar: Calendar) -> ir.Table:
    """Choose the quick way where it can answer, for the usual grid of up to 31 periods; the other answers everything."""
    span = calendar.longer(after=spec.periods - 1)
    span = Calendar(span.first, span.grain, min(span.count, span.ended(spec.cut)))
    is_plain = spec.counts == "on" and spec.windows == "calendar" and spec.times == 1 and "slice" not in rows.columns
    found = by_bits(rows, spec, calendar, span) if is_plain and 0 < span.count <= BITS else by_pairs(rows, spec, calendar)
    return found.order_by(*KEYS)


# ----------------------------------------------------------------------------------------------------------- the quick way
def by_bits(rows: ir.Table, spec: "RetentionSpec", calendar: Calendar, span: Calendar) -> ir.Table:
    """Reduce events to each person's bits of starts and returns, and count people with the same bits together."""
    after = (_recurring if spec.cohorts == "recurring" else _first_time)(rows, spec, calendar, span)
    grid = after.cross_join(numbers("period", min(spec.periods, BITS)))
    grid = grid.filter((grid.period == 0) | has(grid.bits, grid.period))
    counted = grid.group_by("cohort", "period").agg(people=grid.people.sum().cast("int64"))
    return all_in_one(counted)


def _recurring(rows: ir.Table, spec: "RetentionSpec", calendar: Calendar, span: Calendar) -> ir.Table:
    """Count people by cohort and the bits of their returns, bit 0 being the cohort's own period."""
    kept = rows.filter(span.holds(rows["at"]))
    index = span.index(kept["at"])
    began = did(kept, spec.start) & (index < calendar.count)
    person = kept.group_by("person").agg(began=mask(index, began), back=mask(index, did(kept, spec.comes_back)))
    alike = person.filter(person.began != 0).group_by("began", "back").agg(people=ibis._.count())
    cohort = alike.cross_join(numbers("cohort", calendar.count))
    cohort = cohort.filter(has(cohort.began, cohort.cohort))
    after = cohort.back >> cohort.cohort.cast("int32")
    return cohort.group_by(cohort.cohort, bits=after).agg(people=cohort.people.sum())


def _first_time(rows: ir.Table, spec: "RetentionSpec", calendar: Calendar, span: Calendar) -> ir.Table:
    """Count people as :func:`_recurring` does, by the first time ever: all rows are looked at, those before the window too."""
    back = span.holds(rows["at"]) & did(rows, spec.comes_back)
    person = rows.group_by("person").agg(first=rows["at"].min(where=did(rows, spec.start)), back=mask(span.index(rows["at"]), back))
    person = person.filter(calendar.holds(person["first"]))
    cohort = calendar.index(person["first"])
    return person.group_by(cohort=cohort, bits=person.back >> cohort.cast("int32")).agg(people=person.count())


# ------------------------------------------------------------------------------------------------------------- the full way
def by_pairs(rows: ir.Table, spec: "RetentionSpec", calendar: Calendar) -> ir.Table:
    """Pair each start of a cohort with each period of a return."""
    began = starts(rows, spec, calendar)
    pairs = returns_in(began, rows, spec, calendar)
    both = began.select(slice="slice", cohort="cohort", period=ibis.literal(0, "int64")).union(pairs.select(*KEYS))
    return both.group_by(*KEYS).agg(people=both.count())


def starts(rows: ir.Table, spec: "RetentionSpec", calendar: Calendar) -> ir.Table:
    """Give one row a person and cohort: ``person``, ``cohort``, ``slice`` and ``at``, the first start in it."""
    kept, keys = rows.filter(did(rows, spec.start)), ["person"]
    if spec.cohorts == "recurring":
        kept = kept.filter(calendar.holds(kept["at"]))
        kept, keys = kept.mutate(cohort=calendar.index(kept["at"])), ["person", "cohort"]
    first = earliest(kept, *keys) if "slice" in rows.columns else all_in_one(kept.group_by(*keys).agg(at=kept["at"].min()))
    first = first.filter(calendar.holds(first["at"]))
    return first.select("person", "slice", "at", cohort=calendar.index(first["at"]))


def returns_in(began: ir.Table, rows: ir.Table, spec: "RetentionSpec", calendar: Calendar) -> ir.Table:
    """Give one row a start and period of a return, ``person``, ``slice``, ``cohort`` and ``period``; of ``on_or_after`` the last period only."""
    returns = rows.filter(did(rows, spec.comes_back)).select(_person="person", _at="at")
    pairs = (_in_calendar if spec.windows == "calendar" else _in_windows)(began, returns, spec, calendar)
    return pairs.filter(pairs.period < spec.periods) if spec.counts == "on" else pairs


def _in_calendar(began: ir.Table, returns: ir.Table, spec: "RetentionSpec", calendar: Calendar) -> ir.Table:
    """Give the calendar periods of return after each start; of ``on_or_after`` the last."""
    period = calendar.index(returns._at)
    kept = returns.filter(returns._at >= ibis.literal(calendar.first)).group_by("_person", _period=period).agg(_times=ibis._.count())
    kept = kept.filter(kept._times >= spec.times)
    if spec.counts == "on_or_after":
        kept = kept.group_by("_person").agg(_period=kept._period.max())
    pairs = began.join(kept, [began.person == kept._person, kept._period > began.cohort])
    return pairs.mutate(period=pairs._period - pairs.cohort)


def _in_windows(began: ir.Table, returns: ir.Table, spec: "RetentionSpec", calendar: Calendar) -> ir.Table:
    """Give the rolling windows of return after each start; of ``on_or_after`` the last."""
    pairs = began.join(returns, [began.person == returns._person, returns._at >= began["at"]])
    pairs = pairs.mutate(period=_window(pairs["at"], pairs._at, spec.grain))
    keys = ["person", *KEYS]
    kept = pairs.filter(pairs.period > 0).group_by(*keys).agg(_times=ibis._.count())
    kept = kept.filter(kept._times >= spec.times)
    return kept if spec.counts == "on" else kept.group_by("person", "slice", "cohort").agg(period=kept.period.max())


def _window(anchor: ir.Value, at: ir.Value, grain: str) -> ir.Value:
    """Number the whole windows between two instants, by whole units of the clock: those between their starts, less an unfinished one."""
    units = at.cast("date").delta(anchor.cast("date"), unit="day")
    if grain == "hour":
        units = units * 24 + at.hour() - anchor.hour()
    reached = anchor + units.as_interval("h" if grain == "hour" else "D")
    whole = units - ibis.ifelse(reached > at, 1, 0)
    return (whole // 7 if grain == "week" else whole).cast("int64")
