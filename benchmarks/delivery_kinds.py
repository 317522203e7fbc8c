"""Kinds of delivery systems that others might simulate, each with a constraint planted or all stations alike: for bottlenecks.py ``--kinds``.

``tandem`` exponential times, random arrivals, the constraint at 88–98 % load; ``overloaded`` it gets 5–40 % more than it can do, so that its queue
grows to the end; ``limited`` few items may be at a station, so that those before the constraint are blocked; ``closed`` a new item starts
when one is finished; ``daily`` moves are dated by day, and a station passes on so many items a day; ``waits`` nobody's capacity is
simulated: items wait longer before one station than before others; ``messy`` rework, urgent items, people on leave, office hours;
``plain`` moves are dated by day, an item stays in a stage until the stage, which can pass on so many a day, passes it on, a day later at the
earliest; items come at random, evenly, or all on the first day.

The others are loaded to 40–75 %, and where no constraint is planted all stations to 45–70 %, within 3 points (``closed``: all can
do as much; ``waits``: all wait as long). States are the stations' own, or have a queue state before each; they come with a settings file or without;
the first queue may be a Backlog.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import delivery_systems as other
import numpy as np
import numpy.typing as npt
import pandas as pd

NAMES = ("Analysis", "Design", "Development", "Review", "Test", "Release")
QUEUES = ("Ready for {}", "Waiting for {}", "{} queue")
Array = npt.NDArray[np.float64]
Log = list[tuple[int, int, str, float]]


@dataclass
class Drawn:
    """A system and its log: item, station, "queue" or "work" or "done", and the working day."""

    hard: str
    stations: tuple[str, ...]
    planted: int | None
    weeks: int
    log: Log
    hours: str
    explicit: bool
    told: bool
    backlog: bool
    manner: str

    @property
    def truth(self) -> set[str]:
        """The station that is the constraint."""
        return set() if self.planted is None else {self.stations[self.planted]}

    @property
    def servers(self) -> str:
        """What else is to be known of it."""
        return f"backlog {self.backlog}, told {self.told}"

    @property
    def as_of(self) -> datetime:
        """The end of the log."""
        return other.START + timedelta(weeks=self.weeks)

    def state(self, station: int, what: str) -> str:
        """Name the state of an item that waits or is worked on at a station, or is done."""
        name = self.stations[station]
        if what == "done":
            return "Done"
        if what == "work" or not (self.explicit or (self.backlog and station == 0)):
            return name
        return "Backlog" if self.backlog and station == 0 else self.manner.format(name.lower() if self.manner[0] != "{" else name)

    def moves(self) -> pd.DataFrame:
        """Write the log as moves."""
        frame = pd.DataFrame(
            [(f"I-{item:05d}", self.state(k, what), day) for item, k, what, day in self.log], columns=["item_id", "to_state", "day"]
        )
        same = frame.groupby("item_id")["to_state"].shift().eq(frame["to_state"])
        frame = frame[~same].reset_index(drop=True)
        return frame.assign(from_state=None, changed_at=other.calendar(frame["day"].to_numpy("float64"), self.hours)).drop(columns="day")

    def settings(self) -> dict[str, object] | None:
        """Give a settings file, where it comes with one."""
        if not self.told:
            return None
        stages = list(dict.fromkeys(self.state(k, what) for k in range(len(self.stations)) for what in ("queue", "work")))
        waiting = [s for s in stages if s not in self.stations and s != "Backlog"]
        return {"stages": [*stages, "Done"], "start": next(s for s in stages if s != "Backlog"), "done": "Done", "waiting": waiting}


def draw(kind: str, n: int, has_bottleneck: bool, seed: int) -> Drawn:
    """Draw the n-th system of a kind, with a constraint or without."""
    rng = np.random.default_rng([seed, list(KINDS).index(kind), n, has_bottleneck])
    count = int(rng.integers(3, 7))
    names = tuple(NAMES[i] for i in sorted(rng.choice(len(NAMES), count, replace=False)))
    planted = int(rng.integers(count)) if has_bottleneck else None
    weeks, items = int(rng.integers(20, 79)), int(np.exp(rng.uniform(np.log(120), np.log(2_000))))
    low, high = LOADS.get(kind, (0.88, 0.98))
    load = rng.uniform(0.40, 0.75, count) if has_bottleneck else rng.uniform(0.45, 0.70) + rng.uniform(-0.015, 0.015, count)
    if planted is not None:
        load[planted] = rng.uniform(low, high)
    log = KINDS[kind](rng, load, items, weeks, planted)
    hours = "office" if kind == "messy" else "round"
    explicit = kind == "waits" or (kind != "plain" and n % 2 == 0)
    backlog = kind not in ("waits", "plain") and (n // 4) % 2 == 0
    return Drawn(kind, names, planted, weeks, log, hours, explicit, (n // 2) % 2 == 0, backlog, QUEUES[n % 3])


def _system(
    rng: np.random.Generator, load: Array, items: int, weeks: int, path: list[list[int]], time: Callable[[], float], most: int = 6
) -> other.Varied:
    """Give stations with servers; each step takes what ``time`` draws, scaled so that each station has its load on average."""
    servers = rng.integers(1, most, len(load))
    visits = np.bincount([k for way in path for k in way], minlength=len(load))
    mean = load * servers * weeks * 5 / np.maximum(visits, 1)
    return other.Varied(
        stations=NAMES[: len(load)], servers=[int(s) for s in servers], planted=None, weeks=weeks, path=path,
        takes=[[time() * mean[k] for k in way] for way in path], arrives=np.sort(rng.random(items)) * weeks * 5,
        order="first", limits={}, away=[], hours="round",
    )  # fmt: skip


def _straight(count: int, items: int) -> list[list[int]]:
    return [list(range(count)) for _ in range(items)]


def _tandem(rng: np.random.Generator, load: Array, items: int, weeks: int, _planted: int | None) -> Log:
    system = _system(rng, load, items, weeks, _straight(len(load), items), rng.exponential)
    return other.Run(system, rng).log


def _overloaded(rng: np.random.Generator, load: Array, items: int, weeks: int, _planted: int | None) -> Log:
    spread = float(rng.uniform(0.3, 0.9))
    system = _system(rng, load, items, weeks, _straight(len(load), items), lambda: float(rng.lognormal(-(spread**2) / 2, spread)))
    return other.Run(system, rng).log


def _limited(rng: np.random.Generator, load: Array, items: int, weeks: int, planted: int | None) -> Log:
    """More comes than can be done, and few items may be at each station: the one of least capacity holds back the rest."""
    load = load / load.max() * 1.15 if planted is not None else load
    system = _system(rng, load, items, weeks, _straight(len(load), items), lambda: float(rng.gamma(3, 1 / 3)))
    system.limits = {k: system.servers[k] + int(rng.integers(1, 5)) for k in range(1, len(load))}
    return other.Run(system, rng).log


class _Closed(other.Run):
    """A run in which an item starts when another is finished."""

    def __init__(self, system: other.Varied, rng: np.random.Generator, first: int) -> None:
        self.began = first
        super().__init__(system, rng)

    def served(self, item: int, step: int, now: float) -> None:
        """Let the next item in with the last step of one."""
        super().served(item, step, now)
        if step + 1 == len(self.system.path[item]) and self.began < len(self.system.path):
            self.plan(now, "arrive", self.began, 0)
            self.began += 1


def _closed(rng: np.random.Generator, load: Array, items: int, weeks: int, _planted: int | None) -> Log:
    load = load / load.max()
    system = _system(rng, load, items, weeks, _straight(len(load), items), rng.exponential, most=4)
    first = sum(system.servers) + int(rng.integers(2, 12))
    system.arrives = np.where(np.arange(items) < first, rng.random(items) * 5, 1e9)
    return _Closed(system, rng, first).log


def _daily(rng: np.random.Generator, load: Array, items: int, weeks: int, _planted: int | None) -> Log:
    """Each day a station takes up as many as it can, which varies, first come first served, and passes them on the next day."""
    days, count = weeks * 7, len(load)
    come = np.bincount(rng.integers(0, days, items), minlength=days)
    can = items / days / load
    queue: list[list[int]] = [[] for _ in range(count)]
    busy: list[list[int]] = [[] for _ in range(count)]
    log: Log = []
    serial = 0
    for day in range(days):
        at = day * 5 / 7
        for k in range(count):
            for item in busy[k]:
                log.append((item, k + 1, "queue", at) if k + 1 < count else (item, -1, "done", at))
            if k + 1 < count:
                queue[k + 1] += busy[k]
            busy[k] = []
        new = list(range(serial, serial + int(come[day])))
        log += [(item, 0, "queue", at) for item in new]
        queue[0], serial = queue[0] + new, serial + len(new)
        for k in range(count):
            able = int(rng.poisson(can[k]))
            busy[k], queue[k] = queue[k][:able], queue[k][able:]
            log += [(item, k, "work", at) for item in busy[k]]
    return log


def _waits(rng: np.random.Generator, load: Array, items: int, weeks: int, planted: int | None) -> Log:
    """Items wait before each station, longer before the planted one, and are worked on; each as if it were alone."""
    wait, work = rng.uniform(0.5, 1.5, len(load)), rng.uniform(0.3, 1.5, len(load))
    wait = wait if planted is not None else np.ones(len(load))
    if planted is not None:
        wait[planted] = float(rng.uniform(3, 6))
    log: Log = []
    for item, start in enumerate(np.sort(rng.random(items)) * weeks * 5):
        at = float(start)
        for k in range(len(load)):
            log.append((item, k, "queue", at))
            at += float(rng.lognormal(-0.18, 0.6)) * wait[k]
            log.append((item, k, "work", at))
            at += float(rng.lognormal(-0.18, 0.6)) * work[k]
        log.append((item, -1, "done", at))
    return sorted((row for row in log if row[3] < weeks * 5), key=lambda row: row[3])


def _messy(rng: np.random.Generator, load: Array, items: int, weeks: int, _planted: int | None) -> Log:
    count, paths = len(load), []
    fails = float(rng.uniform(0.05, 0.2))
    late = int(rng.integers(1, count))
    for _ in range(items):
        way, at = [], 0
        while at < count:
            way.append(at)
            at = int(rng.integers(0, at)) if at == late and rng.random() < fails else at + 1
        paths.append(way)
    system = _system(rng, load, items, weeks, paths, lambda: float(rng.lognormal(-0.32, 0.8)))
    system.order = "priority"
    away = int(rng.integers(0, weeks * 5 - 10))
    system.away = [(int(rng.integers(count)), away, away + 5)]
    return other.Run(system, rng).log


def _plain(rng: np.random.Generator, load: Array, items: int, weeks: int, planted: int | None) -> Log:
    """Each day a stage passes on as many as it can of those that came on earlier days."""
    days, count = weeks * 7, len(load)
    come = rng.choice(["random", "even", "once"] if planted is not None else ["random", "even"])
    even = np.diff(np.floor(np.arange(days + 1) * items / days)).astype("int64")
    new = {"random": rng.poisson(items / days, days), "even": even, "once": np.where(np.arange(days) == 0, items, 0)}[come]
    can, is_fixed = items / days / load * (1.25 if come == "once" else 1.0), rng.random() < 0.5
    there: list[list[int]] = [[] for _ in range(count)]
    log: Log = []
    spare, serial = np.zeros(count), 0
    for day in range(days):
        at = day * 5 / 7
        spare = np.minimum(spare, 1.0) + can if is_fixed else rng.poisson(can).astype("float64")
        for k in reversed(range(count)):
            go, there[k] = there[k][: int(spare[k])], there[k][int(spare[k]) :]
            spare[k] -= int(spare[k])
            log += [(item, k + 1, "queue", at) if k + 1 < count else (item, -1, "done", at) for item in go]
            if k + 1 < count:
                there[k + 1] += go
        here = list(range(serial, serial + int(new[day])))
        log += [(item, 0, "queue", at) for item in here]
        there[0], serial = there[0] + here, serial + len(here)
    return log


KINDS: dict[str, Callable[[np.random.Generator, Array, int, int, int | None], Log]] = {
    "tandem": _tandem,
    "overloaded": _overloaded,
    "limited": _limited,
    "closed": _closed,
    "daily": _daily,
    "waits": _waits,
    "messy": _messy,
    "plain": _plain,
}
LOADS = {"overloaded": (1.05, 1.4), "daily": (0.92, 1.15), "messy": (0.9, 1.1), "plain": (0.95, 1.3)}
