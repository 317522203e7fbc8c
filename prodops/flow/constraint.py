"""The bottleneck: the station with the least room between what is asked of it and what it can do, with evidence, cost and since when.

Which station that is, and by what evidence, is said in :mod:`prodops.flow.weighing`; how loaded each is in :mod:`prodops.flow.loads`.
Ranges and agreement come from resampling runs of four weeks.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from prodops.flow.kinds import Desk
from prodops.flow.loads import load, settled, unlimited
from prodops.flow.moves import lives, stays
from prodops.flow.spec import FlowSpec
from prodops.flow.station_tables import by_station, by_week, unknown
from prodops.flow.stations import first_queue, levels, line_ups, stations
from prodops.flow.wording import contested, why_none
from prodops.sources.engine import answer
from prodops.workspace import period_start

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from prodops.flow.kinds import Rows

    Array = npt.NDArray[np.float64]

HEAVY, STANDING, SURE = 0.9, 0.5, 0.9
"""A bottleneck is clear, not only likely, where so heavily loaded (a stage of waiting: where its queue stood in so many of the weeks) and
named by so many of the resamples, and no other station is as loaded."""
AGREED = 1 / 2
"""Unless most of the resamples name the same station none is named: stations that take turns, or are alike."""
FEWEST_WEEKS, FEWEST_ITEMS = 8, 20


@dataclass(frozen=True)
class Bottleneck:
    """What holds delivery back, with the evidence.

    ``stage`` is the constraint ("" = no clear bottleneck, and ``reason`` says why), ``queue`` the stages in which items wait for it (its own
    where it has none), ``strength`` how sure that is. ``wait_days`` is what an item waits there in all (95 % range ``lower`` to ``upper``);
    ``cost_days`` what an item would be faster by if it waited there as long as at ``next_stage``, the next longest wait,
    ``cost_total_days`` that over all ``finished`` items, ``cost_before_days`` what it was in the weeks before (missing without such). These
    and ``stations`` are told of the weeks of ``span`` (half-open); who is named and since when, of all weeks. ``agreement`` is the share of
    resamples that name the same stage, ``since`` the week from which on waits were longer than before (``before_days`` and ``after_days``,
    typical of a visit), if they were.

    How often that is right, by simulation (benchmarks/bottlenecks.py): of 50 systems with one station at 95 % load among others at 60–85 %
    (seed 4242) 49 had it named, 43 as clear; of 50 without such a station 5 had one named, none as clear. Of 48 of eight kinds that others
    might simulate (``--kinds``, seed 2031) 41 had it named (34 as clear) and 4 another, all where few items are allowed at a station, so that
    those before the constraint fill up. Of 48 of these without a constraint 1 had one named, as likely. Of 16 varied ones (``--varied``, seed
    2033) 11 had it named and 1 another; of 16 without, 2 had one named, 1 as clear.

    ``stations`` has one row per station, in order: ``stage``, ``queue``, ``shape`` (``queue``: stages of its own; ``waiting``: is one;
    ``mixed``: told apart by its pace), ``visits``, ``wait_days`` with ``wait_lower`` and ``wait_upper`` and ``work_days`` per finished item,
    ``share`` of all time, ``items_waiting`` (mean) and their ``growth`` (items a week), ``servers`` (most worked on at once while items wait;
    missing where no limit shows), ``utilisation`` (work done ÷ what is done while items wait; missing where that cannot be told), ``stood``
    (share of weeks in which the queue never emptied), ``empty`` (share of time with no queue), ``in_batches`` (items leave together),
    ``visit_days`` (mean of a visit, waiting included) beside ``little_days`` (what Little's law says: items ÷ departures a day),
    ``agreement`` (share of resamples that name it). ``weekly`` has one row per week and station: ``week_start``, ``stage``, ``items_waiting``,
    ``items_worked_on``, ``leaves``, ``visit_days`` (typical wait, or stay where the two are one, of visits begun then).
    """

    stage: str
    queue: tuple[str, ...]
    strength: Literal["", "likely", "clear"]
    reason: str
    wait_days: float
    lower: float
    upper: float
    next_stage: str
    cost_days: float
    cost_lower: float
    cost_upper: float
    cost_total_days: float
    cost_before_days: float
    finished: int
    span: tuple[date, date] | None
    agreement: float
    since: date | None
    before_days: float
    after_days: float
    stations: "pd.DataFrame" = field(repr=False)
    weekly: "pd.DataFrame" = field(repr=False)

    @property
    def utilisation(self) -> float:
        """How busy its people are; missing where no limit to their number shows."""
        return self.of("utilisation")

    def of(self, column: str, stage: str = "") -> float:
        """Give a number of ``stations``: of the constraint, or of a stage; missing where there is none."""
        row = self.stations.loc[self.stations["stage"] == (stage or self.stage), column]
        return float(row.iloc[0]) if len(row) else float("nan")

    @property
    def evidence(self) -> tuple[str, ...]:
        """Say what speaks for it, a sentence each, most telling first; nothing where none is named."""
        from prodops.flow.wording import evidence

        return evidence(self)


def bottleneck(
    transitions: "Rows",
    spec: FlowSpec,
    *,
    since: datetime | date | None = None,
    until: datetime | date | None = None,
    told_from: date | None = None,
    seed: int = 0,
    desk: Desk | None = None,
) -> Bottleneck:
    """Find the station that holds delivery back, over the whole weeks from ``since`` (the first move) to ``until`` (the as-of).

    Waits, loads and the cost are told of the weeks from ``told_from`` on; of all weeks where that is left out, or leaves fewer than four weeks or
    20 finished items.

    None is named where there are fewer than 8 weeks or 20 finished items, where no station is loaded to 85 %, none has by far the longest
    queue and no stage of waiting stands, or where resamples do not agree on one.
    """
    import numpy as np

    from prodops.flow.dating import broke, stays_by_week
    from prodops.flow.weighing import BLOCK, costs, during, measure, resamples

    spec = spec.settled(desk)
    visits = stays(transitions, spec)
    lines = stations(spec, first_queue(visits, spec, desk))
    weeks = _weeks(visits, spec, since, until, desk)
    finished = _finished(visits, spec, weeks, desk)
    items = int(finished.sum())
    if len(weeks) < FEWEST_WEEKS or items < FEWEST_ITEMS or not lines:
        short = f"there are {len(weeks)} whole weeks with {items} finished items; it takes {FEWEST_WEEKS} and {FEWEST_ITEMS}"
        return _nothing(f"Too little to tell: {short}.", *unknown(lines), items)
    rows, ups = levels(visits, spec, lines, weeks, desk), line_ups(visits, spec, lines, weeks, desk)
    lines = settled(lines, rows)
    moments = int(rows.groupby("station")["moments"].sum().max())
    loads = [load(line, rows[rows["station"] == n], ups[ups["station"] == n], len(weeks), moments) for n, line in enumerate(lines)]
    lines = tuple(unlimited(line, each) for line, each in zip(lines, loads, strict=True))
    begun = stays_by_week(visits, spec, lines, weeks, desk)
    drawn = resamples(len(weeks), np.random.default_rng(seed))
    measured = measure(lines, loads, finished, np.vstack([np.ones(len(weeks)), drawn]))
    agreed = [float((measured.named[1:] == n).mean()) for n in range(len(lines))]
    table, weekly = by_station(lines, loads, measured, begun, agreed), by_week(lines, loads, weeks, begun)
    named = int(measured.named[0])
    if named < 0:
        return _nothing(why_none(table), table, weekly, items)
    agreement = float(table["agreement"].iloc[named])
    if agreement < AGREED:
        return _nothing(contested(table, named), table, weekly, items)
    line = lines[named]
    on, before, after = broke(begun, named, weeks)
    heavy = measured.stood[0, named] >= STANDING if line.is_waiting else measured.load[0, named] >= HEAVY and not measured.shared[0]
    told, was = np.array([told_from is None or week >= told_from for week in weeks]), float("nan")
    if BLOCK <= told.sum() < len(weeks) and finished[told].sum() >= FEWEST_ITEMS:
        was = float(costs(measure(lines, during(loads, ~told), finished[~told], np.ones((1, (~told).sum()))).wait, named)[0])
        weights = np.vstack([np.ones(told.sum()), resamples(told.sum(), np.random.default_rng(seed))])
        loads, finished, begun = during(loads, told), finished[told], begun[told[begun["week"]]]
        measured = measure(lines, loads, finished, weights)
        table = by_station(lines, loads, measured, begun, agreed)
        weeks = [week for week, on_ in zip(weeks, told, strict=True) if on_]
    waits, cost = measured.wait, costs(measured.wait, named)
    bounds = [np.quantile(values[1:], [0.025, 0.975]) for values in (waits[:, named], cost)]
    others = [n for n in range(len(lines)) if n != named]
    return Bottleneck(
        stage=line.stage, queue=line.queues or (line.stage,), strength="clear" if agreement >= SURE and heavy else "likely", reason="",
        wait_days=float(waits[0, named]), lower=float(bounds[0][0]), upper=float(bounds[0][1]),
        next_stage=lines[max(others, key=lambda n: waits[0, n])].stage if others else "",
        cost_days=float(max(cost[0], 0.0)), cost_lower=float(max(bounds[1][0], 0.0)), cost_upper=float(max(bounds[1][1], 0.0)),
        cost_total_days=float(max(cost[0], 0.0) * finished.sum()), cost_before_days=max(was, 0.0) if was == was else was,
        finished=int(finished.sum()), span=(weeks[0], weeks[-1] + timedelta(weeks=1)), agreement=agreement,
        since=on, before_days=before, after_days=after, stations=table, weekly=weekly,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------------------- inside
def _weeks(visits: "ir.Table", spec: FlowSpec, since: object, until: object, desk: Desk | None) -> list[date]:
    """List the whole weeks asked for."""
    import pandas as pd

    start = spec.week_start or "monday"
    if since is None:
        first = answer(visits.aggregate(first=visits.entered.min()), "the first move", desk)["first"].iloc[0]
        if pd.isna(first):
            return []
        since = first
    end = min(pd.Timestamp(until), pd.Timestamp(spec.cut)) if until is not None else pd.Timestamp(spec.cut)
    day, last = period_start(pd.Timestamp(since).date(), "week", start), period_start(end.date(), "week", start)
    return [day + timedelta(weeks=n) for n in range((last - day).days // 7)]


def _finished(visits: "ir.Table", spec: FlowSpec, weeks: list[date], desk: Desk | None) -> "Array":
    """Count finished items per week."""
    import numpy as np
    import pandas as pd

    rows = lives(visits, spec)
    rows = rows.filter(rows.finished.notnull())
    days = rows.group_by(day=rows.finished.date()).agg(items=rows.count())
    found = answer(days.order_by("day"), "finished items per day", desk)
    if not weeks:
        return np.zeros(0)
    week = (pd.to_datetime(found["day"]) - pd.Timestamp(weeks[0])).dt.days.to_numpy() // 7
    inside = (week >= 0) & (week < len(weeks))
    return np.bincount(week[inside], found["items"].to_numpy("float64")[inside], minlength=len(weeks)).astype("float64")


def _nothing(reason: str, table: "pd.DataFrame", weekly: "pd.DataFrame", finished: int) -> Bottleneck:
    """Say that none is named, and why."""
    nan = float("nan")
    return Bottleneck(
        stage="", queue=(), strength="", reason=reason, wait_days=nan, lower=nan, upper=nan, next_stage="", cost_days=nan, cost_lower=nan,
        cost_upper=nan, cost_total_days=nan, cost_before_days=nan, finished=finished, span=None, agreement=nan, since=None, before_days=nan, after_days=nan,
        stations=table, weekly=weekly,
    )  # fmt: skip
