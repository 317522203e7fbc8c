"""Lifecycle: of the people active in a period, who is new, who came back from the period before, who from longer ago, and who left."""

from typing import TYPE_CHECKING, Annotated, Literal

import ibis
import ibis.expr.types as ir

from prodops.kpis.behaviour.events import AnyStep, Step, choice, did, people
from prodops.kpis.behaviour.periods import Calendar, Windowed, numbers
from prodops.kpis.behaviour.slices import all_in_one, in_slices, person_of
from prodops.kpis.kinds import Desk
from prodops.kpis.masks import BITS, has, mask
from prodops.sources.engine import answer

if TYPE_CHECKING:
    import pandas as pd

    from prodops.kpis.behaviour.events import Events, Identities

STATES = ("new", "returning", "resurrecting", "dormant")
COLUMNS = ("slice", "period_start", *STATES, "active", "complete")
ByValue = Annotated[Literal["first", "each"], choice(("first", "each"), "a value to slice by")]


class LifecycleSpec(Windowed):
    """Which lifecycle is meant: activity is any event that is the step ``event``, counted by ``grain``.

    New is the first activity ever, over the whole history up to ``as_of`` and not only the window. ``by`` slices by a column: by the
    first value that a person ever had, so that slices add up to all people, or (``by_value="each"``) by each value on its own, as if
    the others were not there: someone who changes plans is then dormant in the one and new in the other.
    """

    event: AnyStep = Step()
    by: str | None = None
    by_value: ByValue = "first"

    @property
    def variant(self) -> str:
        """The variant in words, such as "any event, calendar weeks"."""
        return f"{self.event}, {self.words}" + (f", by {self.by} ({self.by_value} value)" if self.by else "")


def lifecycle(events: "Events", spec: LifecycleSpec, *, identities: "Identities | None" = None, desk: Desk | None = None) -> "pd.DataFrame":
    """Count people by what their activity in a period is to their activity before.

    One row is a period of a slice: ``slice`` ("" = all), ``period_start``, ``new`` (active for the first time ever), ``returning`` (active
    in the period before, too), ``resurrecting`` (active before that, not in the period before), ``dormant`` (active in the period before,
    not in this; negative), ``active`` (the sum of the first three) and ``complete``. Counts of a period that had not ended at ``as_of``
    are missing. Without any activity the frame is empty.
    """
    import pandas as pd

    spec = spec.settled(desk)
    calendar = spec.calendar()
    rows = people(events, identities=identities, entity=spec.entity, once=False)
    found = [
        answer(_counts(part.filter(did(part, spec.event)), calendar), "lifecycle" + f" by {spec.by}" * n, desk)
        for n, part in enumerate(in_slices(rows.filter(rows["at"] < spec.cut), spec.by, spec.by_value))
    ]
    return _frame(pd.concat(found, ignore_index=True), spec, calendar)


def _counts(rows: ir.Table, calendar: Calendar) -> ir.Table:
    """Reduce events to each person's first instant and bits of activity, and count people with the same bits together.

    Bits run from the period before a stretch of periods to its last; a long window is several stretches, all from one reading.
    """
    rows = rows.filter(rows["at"] < ibis.literal(calendar.end))
    longest = BITS - 1
    stretches = {f"bits{n}": stretch for n, stretch in enumerate(calendar.stretches(longest))}
    bits = {name: mask(s.longer(before=1).index(rows["at"]), s.longer(before=1).holds(rows["at"])) for name, s in stretches.items()}
    person = all_in_one(rows.group_by(*person_of(rows)).agg(first=rows["at"].min(), **bits))
    parts = [_by_state(person, name, stretch, n * longest) for n, (name, stretch) in enumerate(stretches.items())]
    return ibis.union(*parts).order_by("slice", "period") if len(parts) > 1 else parts[0].order_by("slice", "period")


def _by_state(person: ir.Table, name: str, stretch: Calendar, place: int) -> ir.Table:
    born = ibis.greatest(stretch.index(person["first"]), -1)
    alike = person.filter(person[name] != 0).group_by("slice", born=born, bits=name).agg(people=ibis._.count())
    grid = alike.cross_join(numbers("period", stretch.count))
    before, now = has(grid.bits, grid.period), has(grid.bits, grid.period + 1)
    states = (now & (grid.born == grid.period), now & before, now & ~before & (grid.born < grid.period), before & ~now)
    counts = {state: grid.people.sum(where=where).fill_null(0).cast("int64") for state, where in zip(STATES, states, strict=True)}
    return grid.group_by("slice", period=grid.period + place).agg(**counts)


def _frame(found: "pd.DataFrame", spec: LifecycleSpec, calendar: Calendar) -> "pd.DataFrame":
    import pandas as pd

    grid = pd.MultiIndex.from_product([sorted(found["slice"].unique()), range(calendar.count)], names=["slice", "period"])
    frame = found.set_index(["slice", "period"]).astype("Int64").reindex(grid, fill_value=0)
    frame["dormant"] = -frame["dormant"]
    frame["active"] = frame["new"] + frame["returning"] + frame["resurrecting"]
    frame["complete"] = grid.get_level_values("period") < calendar.ended(spec.cut)
    frame.loc[~frame["complete"], [*STATES, "active"]] = pd.NA
    frame = frame.reset_index()
    return frame.assign(period_start=calendar.starts()[frame["period"]])[list(COLUMNS)]
