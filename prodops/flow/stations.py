"""Stations: where work is done and the queue before it; how many items wait and how many are worked on, week by week.

Which queue belongs to which station is read from the order of the stages: waiting stages that are queues by name (Ready for review, Queued)
feed the next active stage; other waiting stages (Review that is said to be waiting, Wait - User) are stations of their own. Where a stage
holds waiting and work alike, the two are told apart by how fast items leave: with c servers, n items leave at a rate that grows as
min(n, c), so what is above c waits. c is the one most likely, given how long there were n items and how many left then (the likelihood of
a birth and death process: Wolff 1965).
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import ibis

from prodops.flow import names
from prodops.flow.kinds import Desk, answer
from prodops.flow.moves import seconds
from prodops.flow.spec import FlowSpec

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Array = npt.NDArray[np.float64]

WEEK = 7 * 86_400
BUSY, QUIET = 0.95, 0.05
"""Shares of time: the concurrency that is exceeded in the rest of it while items wait is a station's capacity; a queue that is above nothing
in all but the rest of a week did not empty."""
TOGETHER, BUNCHED = 3, 0.5
"""Items that leave within one minute, and the share of such that makes a station one that hands over in batches."""
SURE = 1.92
"""How much likelier (in logs) a limit on servers must be than none: half the 95 % point of chi-square with one degree."""
_FEEDS = re.compile(r"\b(ready|queue\w*|wait\w*|await\w*)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Station:
    """A stage where work is done, or items wait for it, and the stages that are its queue."""

    stage: str
    queues: tuple[str, ...] = ()
    is_waiting: bool = False

    @property
    def shape(self) -> str:
        """How its queue is known: ``queue`` (stages of their own), ``waiting`` (it is one), or ``mixed`` (told apart by its pace)."""
        return "queue" if self.queues else "waiting" if self.is_waiting else "mixed"


def stations(spec: FlowSpec) -> tuple[Station, ...]:
    """List the stations of a flow, in order."""
    found: list[Station] = []
    queues: list[str] = []
    for stage in spec.of_kind("before", "waiting", "active"):
        kind = spec.kind(stage)
        if kind == "before":
            queues += [stage] if _FEEDS.search(stage) else []
        elif kind == "waiting" and names.is_queue(stage) and not names.is_for_others(stage):
            queues.append(stage)
        elif kind == "waiting":
            found.append(Station(stage, is_waiting=True))
        else:
            found.append(Station(stage, tuple(queues)))
            queues = []
    found += [Station(stage, is_waiting=True) for stage in queues if spec.kind(stage) == "waiting"]
    return tuple(found)


def levels(visits: "ir.Table", spec: FlowSpec, lines: tuple[Station, ...], weeks: list[date], desk: Desk | None) -> "pd.DataFrame":
    """Say how long, in each week, how many items waited and were worked on at each station, and how many left then.

    ``station`` (its number), ``week`` (its number), ``queue``, ``work`` (items), ``seconds`` that it was so, ``leaves`` (items that left
    the station's own stage at that level), ``together`` (of them within a minute of two others).
    """
    start = ibis.literal(_instant(weeks[0]))
    end = ibis.literal(_instant(weeks[-1] + timedelta(weeks=1)))
    moved = _steps(visits, spec, lines).filter(lambda t: t["at"] < end)
    rows = moved.union(_marks(len(lines), len(weeks), weeks[0]))
    order = ["at", "queue_step", "work_step"]
    past, ahead = ibis.window(group_by="station", order_by=order, preceding=(None, 0)), ibis.window(group_by="station", order_by=order)
    minute = ibis.window(group_by=["station", "minute", "leaves"])
    rows = rows.mutate(minute=rows["at"].truncate("m"))
    rows = rows.mutate(
        queue=rows.queue_step.sum().over(past), work=rows.work_step.sum().over(past),
        until=rows["at"].lead().over(ahead).fill_null(end), mates=rows.count().over(minute),
    )  # fmt: skip
    rows = rows.filter(rows["at"] >= start).mutate(week=(seconds(rows["at"], start) / WEEK).floor().cast("int64"))
    lasts = rows.group_by("station", "week", "queue", "work").agg(seconds=seconds(rows.until, rows["at"]).sum())
    lasts = lasts.mutate(leaves=ibis.literal(0, "int64"), together=ibis.literal(0, "int64"))
    out = rows.filter(rows.leaves == 1)
    left = out.group_by("station", "week", queue=out.queue - out.queue_step, work=out.work - out.work_step).agg(
        leaves=out.count(), together=(out.mates >= TOGETHER).sum()
    )
    left = left.mutate(seconds=ibis.literal(0.0)).select("station", "week", "queue", "work", "seconds", "leaves", "together")
    both = lasts.select("station", "week", "queue", "work", "seconds", "leaves", "together").union(left)
    columns = ("seconds", "leaves", "together")
    found = both.group_by("station", "week", "queue", "work").agg(**{c: both[c].sum() for c in columns})
    frame = answer(found.order_by("station", "week", "queue", "work"), "items waiting and worked on, by week", desk)
    return frame.astype(dict.fromkeys(("station", "week", "queue", "work", "leaves", "together"), "int64") | {"seconds": "float64"})


def _instant(day: date) -> "pd.Timestamp":
    import pandas as pd

    return pd.Timestamp(day).to_pydatetime()


def _steps(visits: "ir.Table", spec: FlowSpec, lines: tuple[Station, ...]) -> "ir.Table":
    """Give each entering and leaving of a station's stages as a step up or down."""
    place = {stage: n for n, stage in enumerate(spec.stages)}
    owner = [(place[stage], n) for n, line in enumerate(lines) for stage in (*line.queues, line.stage)]
    waits = [place[stage] for line in lines for stage in (line.queues or (line.stage,) * line.is_waiting)]
    rows = visits.mutate(
        station=visits.place.cases(*owner, else_=ibis.null("int64")).cast("int64"), is_queue=visits.place.isin(waits or [-1])
    )
    rows = rows.filter(rows.station.notnull()).mutate(is_own=rows.place.isin([place[line.stage] for line in lines]))
    one = rows.is_queue.ifelse(1, 0).cast("int64")
    into = rows.select("station", at=rows.entered, queue_step=one, work_step=1 - one, leaves=ibis.literal(0, "int64"))
    gone = rows.filter(rows.left.notnull())
    one = gone.is_queue.ifelse(1, 0).cast("int64")
    out = gone.select("station", at=gone.left, queue_step=-one, work_step=one - 1, leaves=gone.is_own.ifelse(1, 0).cast("int64"))
    return into.union(out)


def _marks(lines: int, weeks: int, first: date) -> "ir.Table":
    """Give a step of nothing at the start of each week, for each station, so that no stretch of time lies in two weeks."""
    week = _numbers("week", weeks)
    marks = _numbers("station", lines).cross_join(week)
    at = ibis.literal(_instant(first)) + marks.week * ibis.interval(days=7)
    zero = ibis.literal(0, "int64")
    return marks.select("station", at=at.cast("timestamp"), queue_step=zero, work_step=zero, leaves=zero)


def _numbers(name: str, count: int) -> "ir.Table":
    listed = ibis.array(list(range(count))).unnest().name(name).as_table()
    return listed.select(**{name: listed[name].cast("int64")})


# -------------------------------------------------------------------------------------------------- what the levels tell
@dataclass(frozen=True)
class Load:
    """One station week by week: ``waiting`` item-seconds, ``working`` item-seconds, ``stood`` (the queue never emptied), ``leaves``."""

    servers: float
    waiting: "Array"
    working: "Array"
    free: "Array"
    stood: "Array"
    leaves: "Array"
    in_batches: bool


def load(line: Station, rows: "pd.DataFrame", weeks: int) -> Load:
    """Read one station's levels: its capacity, who waited and who was worked on."""
    import numpy as np

    week, queue, work = (rows[c].to_numpy("int64") for c in ("week", "queue", "work"))
    lasts, leaves = rows["seconds"].to_numpy("float64"), rows["leaves"].to_numpy("float64")
    in_batches = bool(rows["together"].sum() > BUNCHED * max(leaves.sum(), 1))
    servers = float("nan")
    if line.shape == "queue":
        servers = _capacity(queue, work, lasts)
    elif line.shape == "mixed":
        servers = float("inf") if in_batches else _servers(work, lasts, leaves)
        queue, work = np.maximum(work - servers, 0), np.minimum(work, servers)

    def by_week(values: "Array") -> "Array":
        return np.bincount(week, values, minlength=weeks)[:weeks]

    empty = by_week(np.where(queue > 0, 0.0, lasts))
    total = by_week(lasts)
    return Load(
        servers=servers, waiting=by_week(queue * lasts), working=by_week(work * lasts), free=empty,
        stood=(empty < QUIET * total).astype("float64"), leaves=by_week(leaves), in_batches=in_batches,
    )  # fmt: skip


def _capacity(queue: "Array", work: "Array", lasts: "Array") -> float:
    """Give the concurrency that a station keeps up while items wait; the highest there was where hardly any did."""
    import numpy as np

    waits = queue > 0
    if lasts[waits].sum() < QUIET * lasts.sum():
        return float(work.max(initial=0))
    order = np.argsort(work[waits], kind="stable")
    reached = np.cumsum(lasts[waits][order]) >= BUSY * lasts[waits].sum()
    return float(work[waits][order][np.argmax(reached)])


def _servers(number: "Array", lasts: "Array", leaves: "Array") -> float:
    """Give the most likely number of servers behind the pace at which items leave; infinite where no limit shows."""
    import numpy as np

    n = np.arange(int(number.max(initial=0)) + 1)
    if len(n) < 3 or not leaves.sum():
        return float("inf")
    time, gone = np.bincount(number, lasts, len(n)), np.bincount(number, leaves, len(n))
    gone[0] = 0
    limits = n[1:]
    busy = np.cumsum(time * n)[1:] + limits * (time.sum() - np.cumsum(time)[1:])
    logs = np.log(np.maximum(n, 1))
    told = np.cumsum(gone * logs)[1:] + np.log(limits) * (gone.sum() - np.cumsum(gone)[1:]) - gone.sum() * np.log(busy)
    best = int(np.argmax(told))
    return float(limits[best]) if told[best] - told[-1] > SURE else float("inf")
