"""Stations: where work is done and the queue before it; how many items wait and how many are worked on, week by week.

Which queue belongs to which station is read from the order of the stages: waiting stages that are queues by name (Ready for review, Queued)
feed the next active stage, and a stage just before the start feeds it where items leave it in the order in which they came; other waiting
stages (Review that is said to be waiting, Wait - User) are stations of their own. A Review that waits by its name alone may be work: that
is read from its pace.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import ibis

from prodops.flow import names
from prodops.flow.kinds import Desk
from prodops.flow.moves import seconds
from prodops.flow.spec import FlowSpec
from prodops.sources.engine import answer

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

WEEK = 7 * 86_400
TOGETHER = 3
"""Items that leave within one minute and so leave together."""
SAMPLE = 2_000
"""Leaving items, evenly spaced, of which it is asked which place in line they had."""
IN_ORDER = 0.2
"""Of those who stay behind when an item leaves a queue, fewer than this had come before it; where any may leave next it is half of them."""
_FEEDS = re.compile(r"\b(ready|queue\w*|wait\w*|await\w*)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Station:
    """A stage where work is done, or items wait for it, and the stages that are its queue."""

    stage: str
    queues: tuple[str, ...] = ()
    is_waiting: bool = False
    is_guess: bool = False
    """Whether its name alone says that it waits."""

    @property
    def shape(self) -> str:
        """How its queue is known: ``queue`` (stages of their own), ``waiting`` (it is one), or ``mixed`` (told apart by its pace)."""
        return "queue" if self.queues else "waiting" if self.is_waiting else "mixed"


def stations(spec: FlowSpec, feeds: str = "") -> tuple[Station, ...]:
    """List the stations of a flow, in order; ``feeds`` is a stage before the start that is a queue too."""
    guessed = "waiting" in spec.inferred
    found: list[Station] = []
    queues: list[str] = []
    for stage in spec.of_kind("before", "waiting", "active"):
        kind = spec.kind(stage)
        if kind == "before":
            queues += [stage] if stage == feeds or _FEEDS.search(stage) else []
        elif kind == "waiting" and names.is_queue(stage) and not names.is_for_others(stage):
            queues.append(stage)
        elif kind == "waiting":
            found.append(Station(stage, is_waiting=True, is_guess=guessed and names.is_handed_over(stage)))
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
    steps = ("queue_step", "work_step", "leaves", "passed")
    rows = rows.group_by("station", "at").agg(**{c: rows[c].sum().cast("int64") for c in steps})
    past, ahead = ibis.window(group_by="station", order_by="at", preceding=(None, 0)), ibis.window(group_by="station", order_by="at")
    minute = ibis.window(group_by=["station", "minute"])
    rows = rows.mutate(minute=rows["at"].truncate("m"))
    rows = rows.mutate(
        queue=rows.queue_step.sum().over(past), work=rows.work_step.sum().over(past),
        until=rows["at"].lead().over(ahead).fill_null(end), mates=rows.leaves.sum().over(minute),
    )  # fmt: skip
    rows = rows.filter(rows["at"] >= start).mutate(week=(seconds(rows["at"], start) / WEEK).floor().cast("int64"))
    lasts = rows.group_by("station", "week", "queue", "work").agg(seconds=seconds(rows.until, rows["at"]).sum(), moments=rows.count())
    zero = ibis.literal(0, "int64")
    lasts = lasts.mutate(leaves=zero, together=zero, goings=zero)
    out = rows.filter(rows.leaves > 0)
    left = out.group_by("station", "week", queue=out.queue - out.queue_step, work=out.work - out.work_step + out.passed).agg(
        leaves=out.leaves.sum(), together=out.leaves.sum(where=out.mates >= TOGETHER).fill_null(0), goings=out.count()
    )
    left = left.mutate(seconds=ibis.literal(0.0), moments=zero)
    keys, counts = ("station", "week", "queue", "work"), ("leaves", "together", "goings", "moments")
    both = lasts.select(*keys, "seconds", *counts).union(left.select(*keys, "seconds", *counts))
    found = both.group_by(*keys).agg(**{c: both[c].sum() for c in ("seconds", *counts)})
    frame = answer(found.order_by(*keys), "items waiting and worked on, by week", desk)
    return frame.astype(dict.fromkeys((*keys, *counts), "int64") | {"seconds": "float64"})


def _instant(day: date) -> "pd.Timestamp":
    import pandas as pd

    return pd.Timestamp(day).to_pydatetime()


def _steps(visits: "ir.Table", spec: FlowSpec, lines: tuple[Station, ...]) -> "ir.Table":
    """Give each entering and leaving of a station's stages as a step up or down."""
    place = {stage: n for n, stage in enumerate(spec.stages)}
    owner = [(place[stage], n) for n, line in enumerate(lines) for stage in (*line.queues, line.stage)]
    waits = [place[stage] for line in lines for stage in (line.queues or (line.stage,) * (line.is_waiting and not line.is_guess))]
    rows = visits.mutate(
        station=visits.place.cases(*owner, else_=ibis.null("int64")).cast("int64"), is_queue=visits.place.isin(waits or [-1])
    )
    rows = rows.filter(rows.station.notnull()).mutate(is_own=rows.place.isin([place[line.stage] for line in lines]))
    zero, one = ibis.literal(0, "int64"), rows.is_queue.ifelse(1, 0).cast("int64")
    into = rows.select("station", at=rows.entered, queue_step=one, work_step=1 - one, leaves=zero, passed=zero)
    gone = rows.filter(rows.left.notnull())
    one = gone.is_queue.ifelse(1, 0).cast("int64")
    own = gone.is_own.ifelse(1, 0).cast("int64")
    passed = (gone.is_own & (gone.left == gone.entered)).ifelse(1, 0).cast("int64")
    out = gone.select("station", at=gone.left, queue_step=-one, work_step=one - 1, leaves=own, passed=passed)
    return into.union(out)


def _marks(lines: int, weeks: int, first: date) -> "ir.Table":
    """Give a step of nothing at the start of each week, for each station, so that no stretch of time lies in two weeks."""
    week = _numbers("week", weeks)
    marks = _numbers("station", lines).cross_join(week)
    at = ibis.literal(_instant(first)) + marks.week * ibis.interval(days=7)
    zero = ibis.literal(0, "int64")
    return marks.select("station", at=at.cast("timestamp"), queue_step=zero, work_step=zero, leaves=zero, passed=zero)


def _numbers(name: str, count: int) -> "ir.Table":
    listed = ibis.array(list(range(count))).unnest().name(name).as_table()
    return listed.select(**{name: listed[name].cast("int64")})


def line_ups(visits: "ir.Table", spec: FlowSpec, lines: tuple[Station, ...], weeks: list[date], desk: Desk | None) -> "pd.DataFrame":
    """Count, for stations where one state holds waiting and work alike, which place in line those had that left.

    ``station``, ``rank`` (items that had come before and were still there), ``leaves`` (of a sample).
    """
    import pandas as pd

    place = {stage: n for n, stage in enumerate(spec.stages)}
    owner = [(place[line.stage], n) for n, line in enumerate(lines) if line.shape == "mixed" or line.is_guess]
    if not owner:
        return pd.DataFrame({"station": [], "rank": [], "leaves": []}, dtype="int64")
    start, end = ibis.literal(_instant(weeks[0])), ibis.literal(_instant(weeks[-1] + timedelta(weeks=1)))
    rows = visits.mutate(station=visits.place.cases(*owner, else_=ibis.null("int64")).cast("int64"), left=visits.left.fill_null(end))
    rows = rows.filter(rows.station.notnull()).select("station", "item_id", "n", "entered", "left")
    gone = rows.filter(rows.left >= start, rows.left < end)
    of_station = ibis.window(group_by="station", order_by=["entered", "item_id", "n"])
    gone = gone.mutate(nth=ibis.row_number().over(of_station), step=(gone.count().over(ibis.window(group_by="station")) / SAMPLE).ceil())
    gone = gone.filter((gone.nth % gone.step.cast("int64")) == 0).drop("step", "n")
    ahead = rows.select(other="station", came="entered", went="left", whose="item_id")
    both = gone.left_join(ahead, [gone.station == ahead.other, ahead.came <= gone.entered, ahead.went >= gone.left])
    is_ahead = (both.came < both.entered) | ((both.went == both.left) & (both.whose < both.item_id))
    ranks = both.group_by("station", "nth").agg(rank=both.other.count(where=is_ahead))
    found = ranks.group_by("station", "rank").agg(leaves=ranks.count())
    return answer(found.order_by("station", "rank"), "places in line of items that left", desk).astype("int64")


def first_queue(visits: "ir.Table", spec: FlowSpec, desk: Desk | None) -> str:
    """Name the stage just before the start where it is a queue: items leave it in the order in which they came, not as they are picked."""
    place = spec.stages.index(spec.start) - 1 if spec.start in spec.stages else -1
    if place < 0 or _FEEDS.search(spec.stages[place]):
        return ""
    rows = visits.filter(visits.place == place)
    gone = rows.filter(rows.left.notnull()).mutate(nth=ibis.row_number().over(ibis.window(order_by=["entered", "item_id", "n"])))
    gone = gone.mutate(step=(gone.count().over(ibis.window()) / SAMPLE).ceil().cast("int64"))
    gone = gone.filter((gone.nth % gone.step) == 0).select("entered", "left")
    others = rows.select(came="entered", went=rows.left.fill_null(ibis.literal(spec.cut)))
    both = gone.join(others, [others.came < gone.left, others.went > gone.left])
    found = answer(
        both.aggregate(there=both.count(), ahead=(both.came < both.entered).sum()), "who leaves the stage before the start", desk
    )
    there, ahead = (int(found[c].fillna(0).iloc[0]) for c in ("there", "ahead"))
    return spec.stages[place] if there and ahead < IN_ORDER * there else ""
