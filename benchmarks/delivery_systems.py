"""Delivery systems with a planted constraint, drawn with other assumptions than those of bottlenecks.py: for its ``--varied``.

Four to eight stations of one to eight people; 200 to 2,000 items in half a year to two years, of up to three types with routes of their
own, of one size or many; rework from any station; service times gamma, Weibull, two-phase or nearly constant; taken first come first
served, by priority, last first or at random; in a quarter the number of items at a station is limited, so that those before it
block; arrivals at random, evenly or on Mondays; office hours, whole days or round the clock; people on leave. The constraint is loaded
to 0.90–0.98, the others to 0.50–0.85; where none is planted all are at 0.60–0.80, or all near one load. Loads are those that come
about over the span: work brought ÷ what the people could do.
"""

import heapq
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

NAMES = ("Intake", "Analysis", "Design", "Build", "Check", "Test", "Staging", "Release")
START = datetime(2024, 1, 1)
Array = npt.NDArray[np.float64]


@dataclass
class Varied:
    """A drawn system: each item's path and the working days it takes at each step of it."""

    stations: tuple[str, ...]
    servers: list[int]
    planted: int | None
    weeks: int
    path: list[list[int]]
    takes: list[list[float]]
    arrives: Array
    order: str
    limits: dict[int, int]
    away: list[tuple[int, int, int]]
    hours: str

    @property
    def hard(self) -> str:
        """What is difficult about it, in two words."""
        return f"{self.order}, {'limited' if self.limits else 'unlimited'}"

    @property
    def truth(self) -> set[str]:
        """The station that is the constraint."""
        return set() if self.planted is None else {self.stations[self.planted]}


def draw(rng: np.random.Generator, has_bottleneck: bool) -> Varied:
    """Draw a system: routes first, then the times that give the loads."""
    count, items, weeks = int(rng.integers(4, 9)), int(np.exp(rng.uniform(np.log(200), np.log(2_000)))), int(rng.integers(26, 105))
    planted = int(rng.integers(count)) if has_bottleneck else None
    load = _loads(rng, count, planted)
    servers = rng.integers(1, 9, count)
    path = _paths(rng, count, items, planted)
    size = rng.gamma(4, 0.25, items) if rng.random() < 0.5 else np.ones(items)
    takes = _takes(rng, path, size, load * servers * weeks * 5)
    limits = {k: int(servers[k] + rng.integers(3, 12)) for k in range(1, count)} if rng.random() < 0.25 else {}
    firsts = [(k, int(rng.integers(0, weeks * 5 - 10))) for k in range(count) if rng.random() < 0.3]
    return Varied(
        stations=NAMES[:count], servers=[int(s) for s in servers], planted=planted, weeks=weeks, path=path, takes=takes,
        arrives=_arrivals(rng, items, weeks), order=str(rng.choice(["first", "first", "priority", "random", "last"])), limits=limits,
        away=[(k, first, first + int(rng.integers(3, 11))) for k, first in firsts],
        hours=str(rng.choice(["office", "office", "round", "days"])),
    )  # fmt: skip


def _loads(rng: np.random.Generator, count: int, planted: int | None) -> Array:
    if planted is not None:
        load = rng.uniform(0.5, 0.85, count)
        load[planted] = rng.uniform(0.90, 0.98)
        return load
    alike = np.clip(rng.uniform(0.6, 0.85) + rng.normal(0, 0.02, count), 0.5, 0.9)
    return rng.uniform(0.6, 0.8, count) if rng.random() < 0.5 else alike


def _paths(rng: np.random.Generator, count: int, items: int, planted: int | None) -> list[list[int]]:
    """Draw each item's way: its type's route, and back again where it fails."""
    kinds = int(rng.integers(1, 4))
    routes = [[k for k in range(count) if kind == 0 or k == planted or rng.random() < 0.75] for kind in range(kinds)]
    fails = {int(k): float(rng.uniform(0.05, 0.2)) for k in rng.choice(np.arange(1, count), int(rng.integers(0, 3)), replace=False)}
    paths = []
    for kind in rng.choice(kinds, items, p=rng.dirichlet(np.ones(kinds) * 3)):
        route, way, at = routes[kind], [], 0
        while at < len(route):
            way.append(route[at])
            goes_back = at and len(way) < 40 and rng.random() < fails.get(route[at], 0.0)
            at = int(rng.integers(0, at)) if goes_back else at + 1
        paths.append(way)
    return paths


def _takes(rng: np.random.Generator, path: list[list[int]], size: Array, work: Array) -> list[list[float]]:
    """Draw the time of each step, so that each station's add up to the work meant for it."""
    shapes = [(str(kind), float(rng.uniform(0.8, 2))) for kind in rng.choice(["gamma", "weibull", "constant", "two"], len(work))]
    drawn = [[_time(rng, *shapes[k]) * size[n] for k in way] for n, way in enumerate(path)]
    total = np.zeros(len(work))
    for way, times in zip(path, drawn, strict=True):
        np.add.at(total, way, times)
    scale = work / np.maximum(total, 1e-9)
    return [[float(t * scale[k]) for k, t in zip(way, times, strict=True)] for way, times in zip(path, drawn, strict=True)]


def _time(rng: np.random.Generator, kind: str, shape: float) -> float:
    if kind == "gamma":
        return float(rng.gamma(shape)) + 1e-3
    if kind == "weibull":
        return float(rng.weibull(shape)) + 1e-3
    return float(rng.uniform(0.8, 1.2)) if kind == "constant" else float(rng.exponential(3.5 if rng.random() < 0.2 else 0.5)) + 1e-3


def _arrivals(rng: np.random.Generator, items: int, weeks: int) -> Array:
    manner = rng.choice(["random", "mondays", "even"])
    if manner == "mondays":
        return np.sort(rng.integers(0, weeks, items) * 5 + rng.random(items))
    days = rng.random(items) if manner == "random" else np.minimum((np.arange(items) + rng.uniform(0, 2, items)) / items, 1.0)
    return np.sort(days) * weeks * 5


class Run:
    """One run of a system; ``log`` has item, station, "queue" or "work" or "done", and the working day."""

    def __init__(self, system: Varied, rng: np.random.Generator) -> None:
        self.system, self.rng = system, rng
        count = len(system.stations)
        self.log: list[tuple[int, int, str, float]] = []
        self.events: list[tuple[float, int, str, int, int]] = []
        self.queue: list[list[tuple[float, int, int]]] = [[] for _ in range(count)]
        self.blocked: list[list[tuple[int, int, int]]] = [[] for _ in range(count)]
        self.busy, self.here = [0] * count, [0] * count
        self.urgent = rng.random(len(system.path)) < 0.15
        for item, at in enumerate(system.arrives):
            self.plan(float(at), "arrive", item, 0)
        for k, _first, last in system.away:
            self.plan(float(last), "back", k, 0)
        while self.events and self.events[0][0] < system.weeks * 5:
            now, _, what, item, step = heapq.heappop(self.events)
            if what == "back":
                self.begin(item, now)
            elif what == "arrive":
                self.enter(item, step, now)
            else:
                self.served(item, step, now)

    def plan(self, at: float, what: str, item: int, step: int) -> None:
        heapq.heappush(self.events, (at, len(self.events) + len(self.log) * 10_000, what, item, step))

    def enter(self, item: int, step: int, now: float) -> None:
        k, order = self.system.path[item][step], self.system.order
        late = {"first": now, "priority": now - 1e6 * self.urgent[item], "random": self.rng.random(), "last": -now}[order]
        self.here[k] += 1
        self.log.append((item, k, "queue", now))
        heapq.heappush(self.queue[k], (float(late), item, step))
        self.begin(k, now)

    def begin(self, k: int, now: float) -> None:
        if any(who == k and first <= now < last for who, first, last in self.system.away):
            return
        while self.queue[k] and self.busy[k] < self.system.servers[k]:
            _, item, step = heapq.heappop(self.queue[k])
            self.busy[k] += 1
            self.log.append((item, k, "work", now))
            self.plan(now + self.system.takes[item][step], "served", item, step)

    def has_room(self, k: int) -> bool:
        return self.here[k] < self.system.limits.get(k, 10**9)

    def served(self, item: int, step: int, now: float) -> None:
        way = self.system.path[item]
        if step + 1 == len(way):
            self.log.append((item, -1, "done", now))
        elif way[step + 1] <= way[step] or self.has_room(way[step + 1]):
            self.enter(item, step + 1, now)
        else:
            self.blocked[way[step + 1]].append((item, step + 1, way[step]))
            return
        self.leave(way[step], now)

    def leave(self, k: int, now: float) -> None:
        """Free a place at a station, and let in the one that was blocked from it, and so on up the line."""
        self.busy[k] -= 1
        self.here[k] -= 1
        self.begin(k, now)
        if self.blocked[k] and self.has_room(k):
            item, step, held_at = self.blocked[k].pop(0)
            self.enter(item, step, now)
            self.leave(held_at, now)


def calendar(day: Array, hours: str) -> pd.DatetimeIndex:
    """Put working days into weeks: nine to five, whole weekdays, or round the clock."""
    whole = np.floor(day)
    opened = {"office": (9 + 8 * (day - whole)) / 24, "days": day - whole, "round": 0 * day}[hours]
    at = day * 7 / 5 if hours == "round" else whole // 5 * 7 + whole % 5 + opened
    return pd.DatetimeIndex(pd.Timestamp(START) + pd.to_timedelta(at, "D")).as_unit("us")
