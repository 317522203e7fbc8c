"""The calendar's launches: marked on charts, and read out where no plan names them."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from prodops.launches.plan import Launch, Plan
from prodops.stamps import day_words

if TYPE_CHECKING:
    import pandas as pd

    from prodops.launches.adoption import Desk

COLUMNS = ("name", "launched_on", "ended_on", "kind", "tier")
MOST = 12
"""Launches that are taken from the table where there is no plan, the latest."""
WEEKS, SHARE = 13, 0.25
"""Weeks after a launch in which incidents are told, and the share of those read out from which on one may be what they show."""


def marks(data: "Desk") -> "pd.DataFrame":
    """Read the launches table: ``name``, ``launched_on``, ``ended_on``, ``kind``, ``tier``; no rows where the workspace has none."""
    import pandas as pd

    frame = pd.DataFrame(columns=list(COLUMNS))
    if data.has("launches"):
        table = data.table("launches")
        wanted = [column for column in COLUMNS if column in table.columns]
        frame = data.read(table.select(*wanted).order_by("launched_on", "name"), name="launches and incidents").reindex(
            columns=list(COLUMNS)
        )
    for column in ("launched_on", "ended_on"):
        frame[column] = pd.to_datetime(frame[column]).astype("datetime64[us]")
    kinds = frame["kind"].astype("object").where(frame["kind"].notna(), "launch").astype("str").str.lower()
    names = frame["name"].astype("str")
    return frame.assign(kind=kinds, name=names.where(~names.str.isdecimal(), kinds + " " + names))


def with_marked(plan: Plan, calendar: "pd.DataFrame") -> Plan:
    """Give the plan, or where it has no launch one made of the calendar: incidents are nobody's launch."""
    if len(plan) or calendar.empty:
        return plan
    rows = calendar[calendar["kind"] != "incident"].tail(MOST)
    found: dict[str, Launch] = {}
    for row in rows.itertuples():
        name = str(row.name)[:100] or "launch"
        name = name if name not in found else f"{name[:80]} of {row.launched_on:%Y-%m-%d}"
        found[name] = Launch(name=name, on=_day(row.launched_on), tier=_tier(row.tier), gates={}, aims={}, guardrails={})
    return Plan(found, plan.file)


class Incident(NamedTuple):
    """An incident after a launch: its first and last day, and whether it touches so many of the weeks read out that it may be what they show."""

    name: str
    on: date
    until: date
    coincides: bool

    def __str__(self) -> str:
        days = day_words(self.until, year=False)
        if self.on == self.until:
            return f"{self.name} ({days})"
        return f"{self.name} ({day_words(self.on, year=False).removesuffix(f' {self.until:%b}')} to {days})"


def incidents(launch: Launch, calendar: "pd.DataFrame", weeks: int) -> tuple[Incident, ...]:
    """Name the incidents of the 13 weeks after a launch; one coincides that touches a quarter of the whole ``weeks`` read out, or more."""
    end = launch.on + timedelta(weeks=WEEKS)
    found = []
    for row in calendar[calendar["kind"] == "incident"].itertuples(index=False):
        on = _day(row.launched_on)
        until = max(_day(row.ended_on), on) if row.ended_on == row.ended_on else on
        if launch.on <= on < end:
            touched = range((on - launch.on).days // 7, min((until - launch.on).days // 7 + 1, weeks, WEEKS))
            found.append(Incident(str(row.name), on, until, bool(touched) and len(touched) >= SHARE * min(weeks, WEEKS)))
    return tuple(found)


def _day(value: "pd.Timestamp") -> date:
    return value.date()


def _tier(value: object) -> int:
    """Give a tier from 1 to 9; 3 where none is known."""
    try:
        return min(max(int(value), 1), 9)  # type: ignore[call-overload]
    except (TypeError, ValueError):
        return 3
