"""How often people come: stickiness, and daily, weekly and monthly active users."""

from typing import TYPE_CHECKING, Annotated, Literal

import ibis
import ibis.expr.types as ir
from pydantic import Field

from prodops.errors import ParameterError
from prodops.kpis.behaviour.events import AnyStep, Step, choice, did, people
from prodops.kpis.behaviour.frames import with_share
from prodops.kpis.behaviour.lifecycle import ByValue
from prodops.kpis.behaviour.periods import MOST, AnyGrain, Calendar, Windowed
from prodops.kpis.behaviour.slices import all_in_one, in_slices, person_of
from prodops.kpis.kinds import Desk
from prodops.sources.engine import answer

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from prodops.kpis.behaviour.events import Events, Identities

WEEK = 7


class StickinessSpec(Windowed):
    """Which stickiness is meant: people by the number of periods of ``grain`` in the window in which they did ``event``.

    ``since`` and ``until`` are taken to the instant: a period that they cut counts with the part inside. ``by`` slices by the first value
    that a person ever had, or (``by_value="each"``) by each value on its own.
    """

    event: AnyStep = Step()
    grain: AnyGrain = "day"
    periods: int = Field(28, ge=1, le=MOST)
    by: str | None = None
    by_value: ByValue = "first"

    @property
    def variant(self) -> str:
        """The variant in words, such as "any event, exact number of calendar days"."""
        return f"{self.event}, exact number of {self.words}" + (f", by {self.by} ({self.by_value} value)" if self.by else "")


def stickiness(
    events: "Events", spec: StickinessSpec, *, identities: "Identities | None" = None, desk: Desk | None = None
) -> "pd.DataFrame":
    """Count people by the exact number of periods in the window in which they were active.

    One row is a number of periods, from 1 to all of the window's, in a slice: ``slice`` ("" = all), ``active_periods``, ``people``, and
    ``share`` of all people active in the window with its 95 % Wilson range ``lower`` and ``upper``. Without any activity the frame is
    empty. Raises ParameterError for a window that had not ended at ``as_of``.
    """
    import pandas as pd

    spec = spec.settled(desk)
    calendar = spec.calendar()
    since, until = spec.since or calendar.first, spec.until or calendar.end
    if until > spec.cut:
        raise ParameterError(f"StickinessSpec: the window ends at {until}, after as_of {spec.cut}: its days are not all known yet.")
    rows = people(events, identities=identities, entity=spec.entity, once=False)
    found = [
        answer(_periods_of(part, spec, calendar, ibis.literal(since), ibis.literal(until)), "stickiness" + f" by {spec.by}" * n, desk)
        for n, part in enumerate(in_slices(rows.filter(rows["at"] < spec.cut), spec.by, spec.by_value))
    ]
    counted = pd.concat(found, ignore_index=True).set_index(["slice", "active_periods"])["people"]
    grid = pd.MultiIndex.from_product([sorted({s for s, _ in counted.index}), range(1, calendar.count + 1)], names=counted.index.names)
    frame = counted.reindex(grid, fill_value=0).reset_index()
    frame["_all"] = frame.groupby("slice")["people"].transform("sum")
    return with_share(frame, "people", "_all").drop(columns="_all")


def _periods_of(rows: ir.Table, spec: StickinessSpec, calendar: Calendar, since: ir.Value, until: ir.Value) -> ir.Table:
    kept = rows.filter(did(rows, spec.event), rows["at"] >= since, rows["at"] < until)
    person = all_in_one(kept.group_by(*person_of(kept)).agg(active_periods=calendar.index(kept["at"]).nunique()))
    return person.group_by("slice", "active_periods").agg(people=person.count()).order_by("slice", "active_periods")


# ----------------------------------------------------------------------------------------------------------- active users
class ActivesSpec(Windowed):
    """Which active users are meant: those who did ``event`` on a day, in the 7 days up to it, and in the ``month_days`` up to it.

    ``by`` slices by each event's own value: a person active in two slices counts in both.
    """

    event: AnyStep = Step()
    grain: Annotated[Literal["day"], choice(("day",), "a grain of daily, weekly and monthly actives")] = "day"
    periods: int = Field(28, ge=1, le=MOST)
    month_days: Literal[28, 30] = 28
    by: str | None = None

    @property
    def variant(self) -> str:
        """The variant in words, such as "any event, daily, trailing 7 days and trailing 28 days"."""
        return f"{self.event}, daily, trailing {WEEK} days and trailing {self.month_days} days" + (f", by {self.by}" if self.by else "")


def actives(events: "Events", spec: ActivesSpec, *, identities: "Identities | None" = None, desk: Desk | None = None) -> "pd.DataFrame":
    """Count daily, weekly and monthly active users, and DAU over MAU.

    One row is a day in a slice: ``slice`` ("" = all), ``day``, ``dau``, ``wau`` (people active in the 7 days that end with it), ``mau`` (in
    the 28 or 30), ``share`` = DAU ÷ MAU of that day with its 95 % Wilson range ``lower`` and ``upper``, and ``complete``. A day that had
    not ended at ``as_of`` is missing, as is a trailing count that reaches back before the day of the first event of all. Without any
    activity the frame is empty.
    """
    import pandas as pd

    spec = spec.settled(desk)
    calendar = spec.calendar()
    rows = people(events, identities=identities, entity=spec.entity, once=False)
    rows = rows.filter(rows["at"] < spec.cut)
    first = answer(rows.agg(first=rows["at"].min()), "actives: the first event", desk)["first"].iloc[0]
    found = [
        answer(_spans(part.filter(did(part, spec.event)), spec, calendar), "actives" + f" by {spec.by}" * n, desk)
        for n, part in enumerate(in_slices(rows, spec.by, "each"))
    ]
    return _days(pd.concat(found, ignore_index=True), spec, calendar, first)


def _spans(rows: ir.Table, spec: ActivesSpec, calendar: Calendar) -> ir.Table:
    """Count people by the day they were active on and the days until their next, ``month_days`` at most.

    A person who was active counts on each of the days of a trailing window after it, up to their next active day: so trailing counts
    are sums of these small numbers, and no person is counted twice.
    """
    reach = calendar.longer(before=spec.month_days - 1)
    rows = rows.filter(reach.holds(rows["at"]))
    days = rows.select(*person_of(rows), day=reach.index(rows["at"])).distinct()
    ahead = days.day.lead().over(ibis.window(group_by=person_of(rows), order_by="day"))
    days = all_in_one(days).mutate(gap=ibis.least((ahead - days.day).fill_null(spec.month_days), spec.month_days))
    return days.group_by("slice", "day", "gap").agg(people=days.count()).order_by("slice", "day", "gap")


def _days(found: "pd.DataFrame", spec: ActivesSpec, calendar: Calendar, first: object) -> "pd.DataFrame":
    import pandas as pd

    reach = calendar.longer(before=spec.month_days - 1)
    parts = [
        pd.DataFrame({"slice": name, "day": reach.starts(), **{c: _active(rows, days, reach.count) for c, days in _windows(spec).items()}})
        for name, rows in found.groupby("slice")
    ]
    columns = ["slice", "day", "dau", "wau", "mau"]
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns).astype({"day": "datetime64[us]"})
    frame = frame[frame["day"] >= pd.Timestamp(calendar.first)].reset_index(drop=True)
    frame["complete"] = frame["day"] + pd.Timedelta(days=1) <= pd.Timestamp(spec.cut)
    for column, days in _windows(spec).items():
        covered = frame["day"] - pd.Timedelta(days=days - 1) >= pd.to_datetime(first).floor("D")
        frame[column] = frame[column].astype("Int64").where(frame["complete"] & covered)
    return with_share(frame, "dau", "mau")[[*columns, "share", "lower", "upper", "complete"]]


def _windows(spec: ActivesSpec) -> dict[str, int]:
    return {"dau": 1, "wau": WEEK, "mau": spec.month_days}


def _active(rows: "pd.DataFrame", days: int, count: int) -> "npt.NDArray[np.int64]":
    """Add up who is within ``days`` of an active day of theirs, for each day: who came, less who ran out or came again."""
    import numpy as np

    came = np.bincount(rows["day"], rows["people"], count)
    gone = np.bincount(rows["day"] + rows["gap"].clip(upper=days), rows["people"], count + days)[:count]
    return (came - gone).cumsum().astype("int64")
