"""The bottleneck: the station whose queue seldom empties and where most time is lost, with the evidence, its cost and since when.

Every queue has bad days; a constraint's queue stands. So a station is looked at week by week: the queue *stood* in a week when it was
empty in less than a twentieth of it (the idea of Nichols and Jacobson's controlled delay, 2012: of a queue the least counts, not the
mean). A station whose queue stood in at least a third of the weeks may be the constraint; of several, the one at which items wait longest
is. Ranges and agreement come from resampling runs of four weeks.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from prodops.flow.kinds import Desk
from prodops.flow.moves import lives, stays
from prodops.flow.spec import FlowSpec
from prodops.flow.stations import Load, Station, levels, load, stations
from prodops.workspace import period_start

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from prodops.flow.kinds import Rows

    Array = npt.NDArray[np.float64]

STANDS = 1 / 3
"""A queue that stood in at least this share of the weeks may be the constraint's."""
MATTERS = 0.1
"""A wait that is a smaller share of all time than this is nobody's constraint."""
CLEAR = (0.9, 0.5)
"""A bottleneck is clear, not only likely, where so many of the resamples name it and its queue stood in so many of the weeks."""
FEWEST_WEEKS, FEWEST_ITEMS = 8, 20
BLOCK, RESAMPLES = 4, 1_000
DAY = 86_400.0

STATION_COLUMNS = (
    "stage", "queue", "shape", "visits", "wait_days", "wait_lower", "wait_upper", "work_days", "share", "items_waiting", "growth", "servers",
    "utilisation", "stood", "empty", "in_batches", "visit_days", "little_days", "agreement",
)  # fmt: skip


@dataclass(frozen=True)
class Bottleneck:
    """What holds delivery back, with the evidence.

    ``stage`` is the constraint ("" = no clear bottleneck, and ``reason`` says why), ``queue`` the stages in which items wait for it (its own
    where it has none), ``strength`` how sure that is. ``wait_days`` is what an item waits there in all (95 % range ``lower`` to ``upper``);
    ``cost_days`` what an item would be faster by if it waited there as long as at ``next_stage``, the next longest wait, and
    ``cost_total_days`` that over all ``finished`` items. ``agreement`` is the share of resamples that name the same stage, ``since`` the week
    from which on waits were longer than before (``before_days`` and ``after_days``, typical of a visit), if they were.

    ``stations`` has one row per station, in order: ``stage``, ``queue``, ``shape`` (``queue``: stages of its own; ``waiting``: is one;
    ``mixed``: told apart by its pace), ``visits``, ``wait_days`` with ``wait_lower`` and ``wait_upper`` and ``work_days`` per finished item,
    ``share`` of all time, ``items_waiting`` (mean) and their ``growth`` (items a week), ``servers`` (most worked on at once while items wait;
    missing where no limit shows), ``utilisation`` of these, ``stood`` (share of weeks in which the queue never emptied), ``empty`` (share of
    time with no queue), ``in_batches`` (items leave together), ``visit_days`` (mean of a visit, waiting included) beside ``little_days``
    (what Little's law says: items ÷ departures a day), ``agreement`` (share of resamples that name it). ``weekly`` has one row per week and
    station: ``week_start``, ``stage``, ``items_waiting``, ``items_worked_on``, ``leaves``, ``visit_days`` (typical wait, or stay where the two
    are one, of visits begun then).
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
    finished: int
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
    seed: int = 0,
    desk: Desk | None = None,
) -> Bottleneck:
    """Find the station that holds delivery back, over the whole weeks from ``since`` (the first move) to ``until`` (the as-of).

    None is named where there are fewer than 8 weeks or 20 finished items, where no queue stands, or where resamples do not agree on one.
    """
    import numpy as np

    spec = spec.settled(desk)
    lines = stations(spec)
    visits = stays(transitions, spec)
    weeks = _weeks(visits, spec, since, until, desk)
    finished = _finished(visits, spec, weeks, desk)
    if len(weeks) < FEWEST_WEEKS or finished.sum() < FEWEST_ITEMS or not lines:
        short = f"there are {len(weeks)} whole weeks with {int(finished.sum())} finished items; it takes {FEWEST_WEEKS} and {FEWEST_ITEMS}"
        return _nothing(f"Too little to tell: {short}.", lines, int(finished.sum()))
    rows = levels(visits, spec, lines, weeks, desk)
    loads = [load(line, rows[rows["station"] == n], len(weeks)) for n, line in enumerate(lines)]
    from prodops.flow.dating import broke, stays_by_week

    begun = stays_by_week(visits, spec, lines, weeks, desk)
    drawn = _resamples(len(weeks), np.random.default_rng(seed))
    measured = _measure(loads, finished, np.vstack([np.ones(len(weeks)), drawn]))
    table = _stations(lines, loads, measured, begun, len(weeks))
    weekly = _weekly(lines, loads, weeks, begun)
    named = int(measured.named[0])
    found = measured.named[1:]
    if named < 0:
        return _nothing("No queue stands: at every station it emptied in most weeks.", lines, int(finished.sum()), table, weekly)
    agreement = float((found == named).mean())
    if agreement < 0.5:
        return _nothing(_contested(lines, found, named), lines, int(finished.sum()), table, weekly)
    waits = measured.wait
    rest = np.delete(waits, named, axis=1)
    cost = waits[:, named] - (rest.max(axis=1) if rest.shape[1] else 0.0)
    others = [n for n in range(len(lines)) if n != named]
    line = lines[named]
    on, before, after = broke(begun, named, weeks)
    bounds = [np.quantile(values[1:], [0.025, 0.975]) for values in (waits[:, named], cost)]
    return Bottleneck(
        stage=line.stage, queue=line.queues or (line.stage,),
        strength="clear" if agreement >= CLEAR[0] and measured.stood[0, named] >= CLEAR[1] else "likely", reason="",
        wait_days=float(waits[0, named]), lower=float(bounds[0][0]), upper=float(bounds[0][1]),
        next_stage=lines[max(others, key=lambda n: waits[0, n])].stage if others else "",
        cost_days=float(max(cost[0], 0.0)), cost_lower=float(max(bounds[1][0], 0.0)), cost_upper=float(max(bounds[1][1], 0.0)),
        cost_total_days=float(max(cost[0], 0.0) * finished.sum()), finished=int(finished.sum()), agreement=agreement,
        since=on, before_days=before, after_days=after, stations=table, weekly=weekly,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------------------- inside
@dataclass(frozen=True)
class _Measured:
    """For the whole (first row) and each resample: days waited and worked per finished item, weeks that the queue stood, and who is named."""

    wait: "Array"
    work: "Array"
    stood: "Array"
    named: "Array"


def _measure(loads: list[Load], finished: "Array", weights: "Array") -> _Measured:
    import numpy as np

    items = np.maximum(weights @ finished, 1)[:, None] * DAY
    wait = np.stack([weights @ each.waiting for each in loads], axis=1) / items
    work = np.stack([weights @ each.working for each in loads], axis=1) / items
    used = [np.cumsum(each.leaves + each.working + each.waiting) > 0 for each in loads]
    stood = np.stack([weights @ (each.stood * on) / np.maximum(weights @ on, 1e-9) for each, on in zip(loads, used, strict=True)], axis=1)
    share = wait / np.maximum((wait + work).sum(axis=1, keepdims=True), 1e-12)
    may_be = (stood >= STANDS) & (share >= MATTERS)
    return _Measured(wait, work, stood, np.where(may_be.any(axis=1), np.argmax(np.where(may_be, wait, -1.0), axis=1), -1))


def _resamples(weeks: int, rng: "np.random.Generator") -> "Array":
    """Draw runs of weeks, from anywhere and round the end, until there are as many: how often each week was drawn."""
    import numpy as np

    runs = -(-weeks // BLOCK)
    starts = rng.integers(0, weeks, (RESAMPLES, runs))
    drawn = ((starts[:, :, None] + np.arange(BLOCK)) % weeks).reshape(RESAMPLES, -1)[:, :weeks]
    return np.stack([np.bincount(row, minlength=weeks) for row in drawn]).astype("float64")


def _weeks(visits: object, spec: FlowSpec, since: object, until: object, desk: Desk | None) -> list[date]:
    """List the whole weeks asked for."""
    import pandas as pd

    from prodops.flow.kinds import answer

    start = spec.week_start or "monday"
    if since is None:
        first = answer(visits.aggregate(first=visits.entered.min()), "the first move", desk)["first"].iloc[0]  # type: ignore[attr-defined]
        if pd.isna(first):
            return []
        since = first
    end = min(pd.Timestamp(until), pd.Timestamp(spec.cut)) if until is not None else pd.Timestamp(spec.cut)  # type: ignore[arg-type]
    day, last = period_start(pd.Timestamp(since).date(), "week", start), period_start(end.date(), "week", start)  # type: ignore[arg-type]
    return [day + timedelta(weeks=n) for n in range((last - day).days // 7)]


def _finished(visits: object, spec: FlowSpec, weeks: list[date], desk: Desk | None) -> "Array":
    """Count finished items per week."""
    import numpy as np
    import pandas as pd

    from prodops.flow.kinds import answer

    rows = lives(visits, spec)  # type: ignore[arg-type]
    rows = rows.filter(rows.finished.notnull())
    days = rows.group_by(day=rows.finished.date()).agg(items=rows.count())
    found = answer(days.order_by("day"), "finished items per day", desk)
    if not weeks:
        return np.zeros(0)
    week = (pd.to_datetime(found["day"]) - pd.Timestamp(weeks[0])).dt.days.to_numpy() // 7
    inside = (week >= 0) & (week < len(weeks))
    return np.bincount(week[inside], found["items"].to_numpy("float64")[inside], minlength=len(weeks))


def _stations(lines: tuple[Station, ...], loads: list[Load], measured: _Measured, begun: "pd.DataFrame", weeks: int) -> "pd.DataFrame":
    """Lay out what is known of each station."""
    import numpy as np
    import pandas as pd

    span = weeks * 7 * DAY
    all_days = float((measured.wait[0] + measured.work[0]).sum()) or 1.0
    found = []
    for n, (line, each) in enumerate(zip(lines, loads, strict=True)):
        low, high = np.quantile(measured.wait[1:, n], [0.025, 0.975])
        own = begun[begun["station"] == n]
        leaves = each.leaves.sum()
        present = each.waiting.sum() + each.working.sum()
        waiting = each.waiting / (7 * DAY)
        found.append(
            {
                "stage": line.stage, "queue": ", ".join(line.queues), "shape": line.shape, "visits": int(leaves),
                "wait_days": measured.wait[0, n], "wait_lower": low, "wait_upper": high, "work_days": measured.work[0, n],
                "share": (measured.wait[0, n] + measured.work[0, n]) / all_days, "items_waiting": waiting.mean(),
                "growth": float(np.polyfit(np.arange(weeks), waiting, 1)[0]),
                "servers": each.servers if np.isfinite(each.servers) else np.nan,
                "utilisation": each.working.sum() / each.servers / span if np.isfinite(each.servers) and each.servers else np.nan,
                "stood": measured.stood[0, n], "empty": each.free.sum() / span, "in_batches": each.in_batches,
                "visit_days": own["days"].sum() / leaves if leaves else np.nan, "little_days": present / DAY / leaves if leaves else np.nan,
                "agreement": float((measured.named[1:] == n).mean()),
            }
        )  # fmt: skip
    return pd.DataFrame(found, columns=list(STATION_COLUMNS))


def _weekly(lines: tuple[Station, ...], loads: list[Load], weeks: list[date], begun: "pd.DataFrame") -> "pd.DataFrame":
    import numpy as np
    import pandas as pd

    parts = [
        pd.DataFrame(
            {
                "week_start": pd.to_datetime(pd.Series(weeks)), "stage": line.stage,
                "items_waiting": each.waiting / (7 * DAY), "items_worked_on": each.working / (7 * DAY), "leaves": each.leaves.astype("int64"),
                "visit_days": begun[begun["station"] == n].set_index("week")["typical"].reindex(range(len(weeks))).to_numpy("float64", na_value=np.nan),
            }
        )
        for n, (line, each) in enumerate(zip(lines, loads, strict=True))
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True).sort_values(["week_start"], kind="stable", ignore_index=True)


def _contested(lines: tuple[Station, ...], found: "Array", named: int) -> str:
    import numpy as np

    often = np.bincount(found[found >= 0].astype(int), minlength=len(lines))
    other = max((n for n in range(len(lines)) if n != named), key=lambda n: often[n], default=named)
    if other == named or not often[other]:
        return f"Items queue at {lines[named].stage}, but in too few weeks to be sure."
    return f"Items queue at {lines[named].stage} and at {lines[other].stage}, and the weeks do not agree on which holds them up longer."


def _nothing(
    reason: str, lines: tuple[Station, ...], finished: int, table: "pd.DataFrame | None" = None, weekly: "pd.DataFrame | None" = None
) -> Bottleneck:
    """Say that none is named, and why."""
    import pandas as pd

    nan = float("nan")
    if table is None:
        table = pd.DataFrame(
            [{"stage": each.stage, "queue": ", ".join(each.queues), "shape": each.shape} for each in lines], columns=STATION_COLUMNS
        )
    if weekly is None:
        weekly = pd.DataFrame(columns=["week_start", "stage", "items_waiting", "items_worked_on", "leaves", "visit_days"])
    return Bottleneck(
        stage="", queue=(), strength="", reason=reason, wait_days=nan, lower=nan, upper=nan, next_stage="", cost_days=nan, cost_lower=nan,
        cost_upper=nan, cost_total_days=nan, finished=finished, agreement=nan, since=None, before_days=nan, after_days=nan,
        stations=table, weekly=weekly,
    )  # fmt: skip
