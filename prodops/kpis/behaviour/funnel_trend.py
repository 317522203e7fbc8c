"""A funnel over time: of the people who entered in each period, how many converted."""

from datetime import datetime
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from prodops.errors import ParameterError
from prodops.kpis.behaviour.attempts import reached
from prodops.kpis.behaviour.conversion_time import checked_steps
from prodops.kpis.behaviour.frames import with_share
from prodops.kpis.behaviour.funnel_spec import FunnelSpec
from prodops.kpis.behaviour.funnels import prepared
from prodops.kpis.behaviour.periods import GRAINS, MOST, Calendar, Grain, moved, start_of
from prodops.kpis.filters import one_of
from prodops.kpis.kinds import Desk
from prodops.sources.engine import answer

if TYPE_CHECKING:
    import pandas as pd

    from prodops.kpis.behaviour.events import Events, Identities

COLUMNS = ("period_start", "entered", "converted", "share", "lower", "upper", "n_open", "complete")
EPOCH = datetime(1970, 1, 1)


def funnel_trend(
    events: "Events",
    spec: FunnelSpec,
    *,
    grain: Grain = "week",
    from_step: int = 1,
    to_step: int | None = None,
    identities: "Identities | None" = None,
    desk: Desk | None = None,
) -> "pd.DataFrame":
    """Give the conversion of each period's entrants.

    One row is a period, from ``since`` (or the first entry) to ``until`` (or the last entry): ``period_start``, ``entered`` (people with
    an attempt that began in it and got to ``from_step``), ``converted`` (those with such an attempt that got to ``to_step``, the last by
    default), ``share`` with its 95 % Wilson range (missing where nobody entered), ``n_open`` (entrants who have not converted but
    still may) and ``complete``: at ``as_of`` every attempt of the period had had all its window, so that the share can change no more.
    A person counts once in each period in which they began. ``by`` is not for trends. Raises ParameterError for steps that are not there.
    """
    spec = spec.settled(desk)
    first, last = checked_steps(spec, from_step, to_step)
    grain = _known(grain)
    if spec.by:
        raise ParameterError(f'a funnel trend has no slices; filter with where={{"{spec.by}": …}} and leave by out.')
    calendar = Calendar(start_of(EPOCH, grain, spec.week_start or "monday"), grain, 1)
    found = reached(prepared(events, spec, identities), spec)
    entered = _by_person(found[first - 1], calendar, 0).union(_by_person(found[last - 1], calendar, 1))
    return _frame(answer(_counted(entered, spec), "funnel trend", desk), spec, calendar)


def _known(grain: Grain) -> Grain:
    try:
        return one_of(grain, GRAINS, "a grain of behaviour")
    except ValueError as fault:
        raise ParameterError(f"{fault}.") from None


def _by_person(attempts: ir.Table, calendar: Calendar, converted: int) -> ir.Table:
    """Give one row for each person and period of beginning: whether they converted, and when they last began."""
    rows = attempts.select("person", "t1", period=calendar.index(attempts.t1))
    return rows.group_by("person", "period").agg(converted=ibis.literal(converted, "int64"), latest=rows.t1.max())


def _counted(entered: ir.Table, spec: FunnelSpec) -> ir.Table:
    people = entered.group_by("person", "period").agg(converted=entered.converted.max(), latest=entered.latest.max())
    still = (people.converted == 0) & (people.latest >= ibis.literal(spec.ripe))
    counts = {"entered": people.count(), "converted": people.converted.sum(), "n_open": people.count(where=still)}
    return people.group_by("period").agg(**{c: v.cast("int64") for c, v in counts.items()}).order_by("period")


def _frame(found: "pd.DataFrame", spec: FunnelSpec, calendar: Calendar) -> "pd.DataFrame":
    """Lay counts out period by period, none left out."""
    import pandas as pd

    seen = [moved(calendar.first, calendar.grain, int(n)) for n in found["period"]]
    starts = _starts(seen, spec, calendar)
    counts = found[["entered", "converted", "n_open"]].set_axis(pd.DatetimeIndex(seen).as_unit("us"))
    frame = counts.reindex(pd.DatetimeIndex(starts).as_unit("us"), fill_value=0).astype("int64").rename_axis("period_start").reset_index()
    frame["complete"] = [moved(start, calendar.grain, 1) <= spec.ripe for start in starts]
    return with_share(frame, "converted", "entered")[list(COLUMNS)]


def _starts(seen: list[datetime], spec: FunnelSpec, calendar: Calendar) -> list[datetime]:
    """List the periods from the first to the last that is asked for or seen; raises ParameterError for far too many."""
    week_start = spec.week_start or "monday"
    first = start_of(spec.since, calendar.grain, week_start) if spec.since else min(seen, default=None)
    end = spec.until or (moved(max(seen), calendar.grain, 1) if seen else None)
    if first is None or end is None:
        return []
    starts = [first]
    while moved(starts[-1], calendar.grain, 1) < end:
        if len(starts) == MOST:
            raise ParameterError(f"{first} to {end} is more than {MOST:,} {calendar.grain}s; begin later or take a coarser grain.")
        starts.append(moved(starts[-1], calendar.grain, 1))
    return starts
