"""Where work waits: how long visits to each state last, for KPIs that time one state."""

from dataclasses import dataclass

from prodops.kpis.book import KpiBook
from prodops.kpis.definitions import SimpleKpi
from prodops.kpis.kinds import Desk
from prodops.kpis.measure import compute
from prodops.workspace import last_periods

WEEKS = 13


@dataclass(frozen=True)
class Stage:
    """One state: the KPI's number for visits to it, averaged over the last 13 whole weeks, and how many visits ended in them."""

    state: str
    value: float
    visits: int


def stages_of(desk: Desk, book: KpiBook, name: str) -> tuple[Stage, ...]:
    """Give every state by the same measure, slowest first, where a KPI measures the days of visits to one state; else nothing."""
    kpi = book[name]
    if not isinstance(kpi, SimpleKpi) or kpi.table != "visits" or kpi.column != "days" or "state" not in {c.column for c in kpi.where}:
        return ()
    rest = tuple(c for c in kpi.where if c.column != "state")
    all_states = KpiBook({name: kpi.model_copy(update={"where": rest})}, book.file)
    frame = compute(desk, all_states, grain="week", periods=last_periods(desk.as_of, "week", WEEKS, desk.workspace.week_start), by="state")
    known = frame[(frame["slice"] != "") & frame["value"].notna()]
    stages = [Stage(str(state), float(rows["value"].mean()), int(rows["n"].sum())) for state, rows in known.groupby("slice")]
    return tuple(sorted(stages, key=lambda s: (-s.value, s.state)))
