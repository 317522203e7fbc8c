"""When a schedule's slots fall: cron expressions in a time zone, taken as wall-clock time, and the instants that it happens at.

A schedule that fires at most once a day has one slot for each local date, whatever the clocks do that day: its as-of is the
date's midnight, and it falls at the first instant at or after the wanted time. One that fires more often has one slot for each
wall-clock time, which is its as-of: once where the hour happens twice; a time that a gap leaves out becomes the first instant
after the gap. Between two slots nothing is left out: each covers what lies between the as-of before it and its own.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from heapq import merge
from itertools import groupby, takewhile
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from prodops.errors import shorten

if TYPE_CHECKING:
    from cronsim import CronSim

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
FIELDS = ("minute", "hour", "day-of-month", "month", "day-of-week")
WEEKS_OF_FOUR_YEARS = 209


@dataclass(frozen=True)
class Moment:
    """One slot's as-of (wall-clock time) and the instant, in UTC, at which it is due."""

    as_of: datetime
    at: datetime


@dataclass(frozen=True)
class Times:
    """The slots of one or several cron expressions in a time zone."""

    cron: tuple[str, ...]
    zone: str

    def after(self, as_of: datetime) -> Iterator[Moment]:
        """Give the slots after an as-of, oldest first, without end."""
        start = _midnight(as_of.date()) + DAY - SECOND if self._daily else as_of
        walls = merge(*(_walls(expression, start) for expression in self.cron))
        return (moment for moment in self._moments(walls) if moment.as_of > as_of)

    def before(self, as_of: datetime) -> Iterator[Moment]:
        """Give the slots before an as-of, newest first."""
        whole = as_of == _midnight(as_of.date())
        start = as_of if whole or not self._daily else _midnight(as_of.date()) + DAY
        walls = merge(*(_walls(expression, start, reverse=True) for expression in self.cron), reverse=True)
        return (moment for moment in self._moments(walls) if moment.as_of < as_of)

    def passed(self, now: datetime) -> Iterator[Moment]:
        """Give the slots that are due at ``now``, newest first."""
        again = DAY if now.astimezone(self.tz).fold else SECOND  # in an hour that happens again, later times have been already
        return (moment for moment in self.before(self.local(now) + again) if moment.at <= now)

    def next(self, now: datetime) -> Moment | None:
        """Give the next slot that is due after ``now``."""
        start = self.local(now) - (DAY if self._daily else SECOND)
        return next((moment for moment in self.after(start) if moment.at > now), None)

    def local(self, now: datetime) -> datetime:
        """Give the wall-clock time of an instant."""
        return now.astimezone(self.tz).replace(tzinfo=None, fold=0)

    def _moments(self, walls: Iterable[datetime]) -> Iterator[Moment]:
        """Make slots of wall-clock times; times that come to one slot make one."""
        slots = (self._daily_moment(wall) if self._daily else self._timed_moment(wall) for wall in walls)
        return (next(same) for _, same in groupby((slot for slot in slots if slot), key=lambda slot: slot.as_of))

    def _daily_moment(self, wall: datetime) -> Moment | None:
        """Give a date's slot, or nothing for a date that a zone left out."""
        midnight = _midnight(wall.date())
        skipped = first_instant(midnight, self.tz) == first_instant(midnight + DAY, self.tz)
        return None if skipped else Moment(midnight, first_instant(wall, self.tz))

    def _timed_moment(self, wall: datetime) -> Moment:
        at = first_instant(wall, self.tz)
        return Moment(max(wall, self.local(at)), at)

    @cached_property
    def tz(self) -> ZoneInfo:
        """The time zone itself."""
        return ZoneInfo(self.zone)

    @cached_property
    def _daily(self) -> bool:
        """Tell whether no date has two of the wanted times: seen over four years where days are named, at once where all times are one."""
        sims = [_parsed(expression, datetime.min) for expression in self.cron]
        if any(len(sim.minutes) * len(sim.hours) > 1 for sim in sims):
            return False
        if len({(*sim.minutes, *sim.hours) for sim in sims}) == 1:
            return True
        begin = datetime(2024, 1, 1)
        end = begin + timedelta(weeks=WEEKS_OF_FOUR_YEARS)
        walls = {wall for each in self.cron for wall in takewhile(lambda wall: wall < end, _walls(each, begin))}
        return len({wall.date() for wall in walls}) == len(walls)


def first_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Give the first instant (UTC) at which a zone's clocks show ``wall`` or, where a gap leaves it out, the first after the gap."""
    before, after = wall.replace(tzinfo=zone).utcoffset(), wall.replace(tzinfo=zone, fold=1).utcoffset()
    assert before is not None
    assert after is not None
    at = (wall - before).replace(tzinfo=UTC)
    if after <= before:  # no gap; where the time happens twice this is the first
        return at
    early = (wall - after).replace(tzinfo=UTC)  # before the change; ``at`` is after it
    while at - early > SECOND:
        middle = early + ((at - early) // (2 * SECOND)) * SECOND
        early, at = (early, middle) if middle.astimezone(zone).utcoffset() == after else (middle, at)
    return at


def in_words(cron: str) -> str:
    """Say a cron expression in words: ``At 07:00 on Monday``."""
    from cronsim import CronSim

    return str(CronSim(cron, datetime(1970, 1, 1)).explain())


def check_cron(expression: str) -> str:
    """Check a cron expression; raises ValueError that says what is wrong with it."""
    from cronsim import CronSimError

    usual = 'expected minute, hour, day of month, month and day of week, such as "0 7 * * 1" (Mondays at 7:00)'
    fields = expression.split()
    if len(fields) != len(FIELDS):
        raise ValueError(f"{shorten(expression)} has {len(fields)} of {len(FIELDS)} fields; {usual}")
    try:
        never = next(_parsed(expression, datetime(2024, 1, 1)), None) is None
    except CronSimError as fault:
        at = FIELDS.index(str(fault).removeprefix("Bad "))
        raise ValueError(f"{shorten(expression)}: {shorten(fields[at])} is no {FIELDS[at].replace('-', ' ')} here; {usual}") from None
    if never:
        raise ValueError(f"{shorten(expression)} names no day that ever comes; {usual}")
    return expression


def _parsed(expression: str, start: datetime, *, reverse: bool = False) -> "CronSim":
    from cronsim import CronSim

    return CronSim(expression, start, reverse=reverse)


def _walls(expression: str, start: datetime, *, reverse: bool = False) -> Iterator[datetime]:
    """Give the wall-clock times of an expression after (before) a start. Without a zone cron is plain arithmetic."""
    return iter(_parsed(expression, start, reverse=reverse))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())
