"""The spans of a weekly business review: six weeks, twelve months and the year so far, each beside the same span of the year before."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from prodops.workspace import Period, step

Months = Literal["trailing", "fiscal"]
TO_DATE = ("month", "quarter", "year")
WEEKS, MONTHS, YEAR_OF_WEEKS = 6, 12, timedelta(weeks=52)


@dataclass(frozen=True)
class Pair:
    """A span and the one it is compared with a year before."""

    now: Period
    before: Period


@dataclass(frozen=True)
class Spans:
    """What a page looks at, oldest first; ``to_date`` has the month, the quarter and the year up to the last week's end."""

    weeks: tuple[Pair, ...]
    months: tuple[Pair, ...]
    to_date: dict[str, Pair]

    @property
    def end(self) -> date:
        """The day after the last week."""
        return self.weeks[-1].now.end

    def all(self) -> tuple[Period, ...]:
        """Give every span once, in order."""
        pairs: Iterable[Pair] = (*self.weeks, *self.months, *self.to_date.values())
        return tuple(sorted({span for pair in pairs for span in (pair.now, pair.before)}))


def spans(end: date, *, fiscal_year_end: int = 12, months: Months = "trailing") -> Spans:
    """Lay out a page for the week that ended before the day ``end``, on whatever weekday that is.

    A week is compared with the one 52 weeks earlier, so that weekdays match; months and the parts of a year with the same calendar
    days (29 February with 28). Trailing months are the last twelve that have ended; fiscal ones those of the running fiscal year, which
    ends with the month ``fiscal_year_end``.
    """
    last = end - timedelta(days=1)
    starts = [end - timedelta(weeks=back) for back in range(WEEKS, 0, -1)]
    weeks = [Period(start, start + timedelta(weeks=1)) for start in starts]
    year = fiscal_year_start(last, fiscal_year_end)
    first = step(end.replace(day=1), "month", -MONTHS) if months == "trailing" else year
    begins = {"month": last.replace(day=1), "quarter": step(year, "quarter", _months_between(year, last) // 3), "year": year}
    return Spans(
        tuple(Pair(week, Period(week.start - YEAR_OF_WEEKS, week.end - YEAR_OF_WEEKS)) for week in weeks),
        tuple(_month(step(first, "month", n)) for n in range(MONTHS)),
        {
            name: Pair(Period(start, end), Period(step(start, "month", -12), year_earlier(last) + timedelta(days=1)))
            for name, start in begins.items()
        },
    )


def fiscal_year_start(day: date, fiscal_year_end: int = 12) -> date:
    """Give the first day of the fiscal year that holds a day."""
    first = fiscal_year_end % 12 + 1
    return date(day.year - (day.month < first), first, 1)


def year_earlier(day: date) -> date:
    """Give the same day of the year before; of 29 February the 28th."""
    return day.replace(year=day.year - 1, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)


def _month(start: date) -> Pair:
    before = step(start, "month", -12)
    return Pair(Period(start, step(start, "month")), Period(before, step(before, "month")))


def _months_between(start: date, day: date) -> int:
    return (day.year - start.year) * 12 + day.month - start.month
