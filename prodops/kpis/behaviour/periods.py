"""Calendar periods as small whole numbers: the engine counts in them, and only the frame shows dates again."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

import ibis
from pydantic import Field

from prodops import workspace
from prodops.errors import ParameterError
from prodops.kpis.behaviour.events import Asked, choice
from prodops.workspace import WeekStart

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

Grain = Literal["hour", "day", "week", "month", "quarter", "year"]
GRAINS: tuple[Grain, ...] = ("hour", "day", "week", "month", "quarter", "year")
AnyGrain = Annotated[Grain, choice(GRAINS, "a grain of behaviour")]
MOST = 1_000
"""Periods that one question may span."""


def start_of(at: datetime, grain: Grain, week_start: WeekStart = "monday") -> datetime:
    """Give the first instant of the period that holds an instant."""
    if grain == "hour":
        return at.replace(minute=0, second=0, microsecond=0)
    return _midnight(workspace.period_start(at, grain, week_start))


def moved(start: datetime, grain: Grain, n: int) -> datetime:
    """Move the start of a period by ``n`` periods (negative: back)."""
    if grain == "hour":
        return start + timedelta(hours=n)
    return _midnight(workspace.step(start.date(), grain, n))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


@dataclass(frozen=True)
class Calendar:
    """``count`` periods of one grain; the first begins at ``first``, which is period 0."""

    first: datetime
    grain: Grain
    count: int

    @property
    def end(self) -> datetime:
        """The instant at which the last period ends."""
        return moved(self.first, self.grain, self.count)

    def starts(self) -> "pd.DatetimeIndex":
        """Give the first instant of each period."""
        import pandas as pd

        return pd.DatetimeIndex([moved(self.first, self.grain, n) for n in range(self.count)]).as_unit("us")

    def ended(self, as_of: datetime) -> int:
        """Count the periods that had ended at an instant."""
        return sum(moved(self.first, self.grain, n + 1) <= as_of for n in range(self.count))

    def longer(self, before: int = 0, after: int = 0) -> "Calendar":
        """Add periods at either end."""
        return Calendar(moved(self.first, self.grain, -before), self.grain, before + self.count + after)

    def stretches(self, longest: int) -> "list[Calendar]":
        """Cut a long run of periods into runs of at most ``longest``."""
        return [Calendar(moved(self.first, self.grain, n), self.grain, min(longest, self.count - n)) for n in range(0, self.count, longest)]

    def index(self, at: "ir.Value") -> "ir.Value":
        """Number the period that holds an instant, 0 for the first; below 0 before it."""
        if self.grain in ("month", "quarter", "year"):
            months = at.year() * 12 + at.month() - (self.first.year * 12 + self.first.month)
            return (months // {"month": 1, "quarter": 3, "year": 12}[self.grain]).cast("int64")
        days = at.cast("date").delta(ibis.date(self.first.date().isoformat()), unit="day")
        if self.grain == "hour":
            return (days * 24 + at.hour() - self.first.hour).cast("int64")
        return (days // 7 if self.grain == "week" else days).cast("int64")

    def holds(self, at: "ir.Value") -> "ir.BooleanValue":
        """Tell whether an instant lies within the periods."""
        return (at >= ibis.literal(self.first)) & (at < ibis.literal(self.end))


class Windowed(Asked):
    """A question over a run of calendar periods: whole ones up to ``as_of`` unless ``since`` and ``until`` name others.

    ``since`` and ``until`` (half-open) are widened to whole periods. Without ``until`` the run ends with the last whole period at
    ``as_of``; without ``since`` it has ``periods`` of them.
    """

    grain: AnyGrain = "week"
    periods: int = Field(12, ge=1, le=MOST)
    since: datetime | None = None
    until: datetime | None = None

    @property
    def words(self) -> str:
        """The periods in words, such as "calendar weeks"."""
        return f"calendar {self.grain}s" + ", weeks from Sunday" * (self.grain == "week" and self.week_start == "sunday")

    def calendar(self) -> Calendar:
        """Give the periods asked for; raises ParameterError where there are none, or far too many."""
        starts = self.week_start or "monday"
        end = start_of(self.until or self.cut, self.grain, starts)
        if self.until and end < self.until:
            end = moved(end, self.grain, 1)
        first = start_of(self.since, self.grain, starts) if self.since else moved(end, self.grain, -self.periods)
        if end <= first:
            raise ParameterError(f"{type(self).__name__}: since {first} is not before {end}, where the periods asked for end.")
        span = Calendar(first, self.grain, MOST)
        if span.end < end:
            raise ParameterError(
                f"{type(self).__name__}: {first} to {end} is more than {MOST:,} {self.grain}s; begin later or take a coarser grain."
            )
        return Calendar(first, self.grain, span.ended(end))


def numbers(name: str, count: int) -> "ir.Table":
    """Give a table of one column: 0, 1, … ``count`` − 1."""
    listed = ibis.array(list(range(count))).unnest().name(name).as_table()
    return listed.select(**{name: listed[name].cast("int64")})  # in a step of its own, as Spark unnests on its own only
