"""How often ``flow.bottleneck`` names the constraint of simulated delivery systems, and names one where there is none.

python benchmarks/bottlenecks.py [--systems 200] [--seed 0] [--varied | --kinds] [--show]

A system is a line of three to six stations, each with servers of its own, at which items arrive at random and queue first come, first
served (an open tandem network, as in Kleinrock 1975, with log-normal service times). One station, anywhere, is loaded to 0.95 of its
capacity, the others to 0.6–0.85; in as many systems none is. Each system has one difficulty: none, rework (items go back), batches
(a station hands over once a fortnight, or work arrives in batches), holidays (all, or one station's people, are away), shared
specialists (one pool serves two stations), changing demand (by 10–20 % over half a year). Loads are those that came about, not only those
meant: there are as many arrivals as planned, and each station's service times have the planned mean. The log has 18 months, either with a queue
state before each station's own (Ready for review → Review), or with one state for both.

``--varied`` draws systems of another kind (delivery_systems.py), with which the method was developed;
``--kinds`` so many of each of eight kinds that others might simulate (delivery_kinds.py).
"""

import argparse
import heapq
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import delivery_kinds as kinds
import delivery_systems as varied
import numpy as np
import pandas as pd

from prodops import flow

HARD = ("plain", "rework", "batches", "holidays", "shared", "changing")
NAMES = ("Analysis", "Design", "Build", "Check", "Test", "Release")
START, DAYS = datetime(2024, 1, 1), 390  # working days: 18 months
AS_OF = START + timedelta(weeks=78)


@dataclass
class System:
    """A line of stations: what each can do, what is planted in it."""

    stations: tuple[str, ...]
    pool: tuple[int, ...]  # the pool of servers of each station
    servers: list[int]  # by pool
    mean: list[float]  # working days of service, by station
    spread: list[float]
    rate: float  # arrivals a working day
    hard: str
    planted: int | None
    back: dict[int, tuple[int, float]] = field(default_factory=dict)
    release: int | None = None
    bulk: int = 1
    away: list[tuple[int | None, int, int]] = field(default_factory=list)  # pool (None = all), first day, last day
    swing: float = 0.0

    @property
    def truth(self) -> set[str]:
        """The stations that are the constraint."""
        return set() if self.planted is None else {n for n, p in zip(self.stations, self.pool, strict=True) if p == self.pool[self.planted]}


def draw(rng: np.random.Generator, hard: str, has_bottleneck: bool) -> System:
    """Draw a system: loads first, then the service times that give them."""
    count = int(rng.integers(3, 7))
    names = tuple(NAMES[i] for i in sorted(rng.choice(len(NAMES), count, replace=False)))
    pool = list(range(count))
    planted = int(rng.integers(count)) if has_bottleneck else None
    if hard == "shared":
        one, other = sorted(rng.choice(count, 2, replace=False))
        pool = [p if p != other else int(one) for p in pool]
    load = {p: float(rng.uniform(0.6, 0.85)) for p in sorted(set(pool))}
    if planted is not None:
        load[pool[planted]] = 0.95
    servers = [int(rng.integers(1, 7)) for _ in range(count)]
    rate = float(rng.uniform(0.8, 3.0))
    back = {}
    if hard == "rework":
        late = rng.choice(np.arange(1, count), min(2, count - 1), replace=False)
        back = {int(k): (int(rng.integers(0, k)), float(rng.uniform(0.08, 0.25))) for k in late}
    visits = rates(count, back)
    shares = {p: [k for k in range(count) if pool[k] == p] for p in load}
    mean = [load[pool[k]] * servers[pool[k]] / (rate * visits[k]) / len(shares[pool[k]]) for k in range(count)]
    system = System(names, tuple(pool), servers, mean, list(rng.uniform(0.5, 1.2, count)), rate, hard, planted, back)
    if hard == "batches":
        others = [k for k in range(count) if k != planted]
        system.release, system.bulk = (int(rng.choice(others)), 1) if rng.random() < 0.5 else (None, int(rng.integers(3, 7)))
    if hard == "holidays":
        first = int(rng.integers(60, 300))
        system.away = [(None, first, first + 9), (int(rng.integers(count)), (first + 150) % 380, (first + 150) % 380 + 9)]
    if hard == "changing":
        system.swing = float(rng.uniform(0.1, 0.2))
    return system


def rates(count: int, back: dict[int, tuple[int, float]]) -> list[float]:
    """How often an item visits each station."""
    through = np.zeros((count, count))
    for k in range(count):
        share = back.get(k, (0, 0.0))
        if k + 1 < count:
            through[k, k + 1] += 1 - share[1]
        through[k, share[0]] += share[1]
    return list(np.linalg.solve(np.eye(count) - through.T, np.eye(count)[0]))


def run(system: System, rng: np.random.Generator) -> list[tuple[int, int, str, float]]:
    """Let the system run; gives item, station, "queue" or "work" or "done", and the working day."""
    count, log = len(system.stations), []
    queues: dict[int, list[tuple[float, int, int]]] = {p: [] for p in system.pool}
    busy = dict.fromkeys(system.pool, 0)
    events: list[tuple[float, int, str, int, int]] = []
    serial, many = 0, round(system.rate * DAYS / system.bulk)
    days = np.linspace(0, DAYS, 10_001)
    heard = np.cumsum(1 + system.swing * np.sin(2 * np.pi * days / 130))
    for at in np.interp(np.sort(rng.random(many)), heard / heard[-1], days):  # a Poisson process of which the count is known
        for _ in range(system.bulk):
            heapq.heappush(events, (float(at), serial, "arrive", serial, 0))
            serial += 1
    drawn = [_service(rng, mean, spread) for mean, spread in zip(system.mean, system.spread, strict=True)]
    for p, _first, last in system.away:
        for q in queues if p is None else [system.pool[p]]:
            heapq.heappush(events, (last + 1.0, serial, "back", q, 0))
            serial += 1

    def free(p: int, now: float) -> bool:
        return busy[p] < system.servers[p] and not any(q in (None, p) and first <= now < last + 1 for q, first, last in system.away)

    while events:
        now, _, what, who, k = heapq.heappop(events)
        if now >= DAYS:
            break
        p = system.pool[k] if what != "back" else who
        if what == "arrive":
            log.append((who, k, "queue", now))
            heapq.heappush(queues[p], (now, who, k))
        elif what == "served":
            busy[p] -= 1
            to, share = system.back.get(k, (0, 0.0))
            onward = to if rng.random() < share else k + 1
            ready = now if k != system.release or onward <= k else (now // 10 + 1) * 10.0
            if onward == count:
                log.append((who, k, "done", ready))
            else:
                serial += 1
                heapq.heappush(events, (ready, serial, "arrive", who, onward))
        while queues[p] and free(p, now):
            _, first_in, station = heapq.heappop(queues[p])
            log.append((first_in, station, "work", now))
            busy[p] += 1
            serial += 1
            heapq.heappush(events, (now + next(drawn[station]), serial, "served", first_in, station))
    return [row for row in log if row[3] < DAYS]


def _service(rng: np.random.Generator, mean: float, spread: float) -> Iterator[float]:
    """Give log-normal service times of which every hundred have the planned mean."""
    sigma = np.sqrt(np.log1p(spread * spread))
    while True:
        drawn = rng.lognormal(0, sigma, 100)
        yield from (drawn * mean / drawn.mean()).tolist()


def moves_of(stations: tuple[str, ...], log: list[tuple[int, int, str, float]], explicit: bool, hours: str = "office") -> pd.DataFrame:
    """Write the log as moves, with a queue state before each station's or without."""
    rows = [
        (
            f"I-{item:05d}",
            "Done" if what == "done" else f"Ready for {stations[k].lower()}" if what == "queue" and explicit else stations[k],
            day,
        )
        for item, k, what, day in log
        if explicit or what != "work"
    ]
    frame = pd.DataFrame(rows, columns=["item_id", "to_state", "day"])
    return frame.assign(from_state=None, changed_at=varied.calendar(frame["day"].to_numpy("float64"), hours)).drop(columns="day")


def spec_of(stations: tuple[str, ...], explicit: bool, as_of: datetime) -> flow.FlowSpec:
    stages = [s for name in stations for s in ([f"Ready for {name.lower()}"] if explicit else []) + [name]]
    waiting = [s for s in stages if s.startswith("Ready")]
    return flow.define({"stages": [*stages, "Done"], "start": stages[0], "done": "Done", "waiting": waiting}, as_of=as_of)


Drawn = tuple[System | varied.Varied | kinds.Drawn, bool, pd.DataFrame, flow.FlowSpec]


def systems(count: int, seed: int) -> Iterator[Drawn]:
    """Draw so many systems with a bottleneck and as many without, the difficulties and the two shapes in turn."""
    for n in range(count):
        for has_bottleneck in (True, False):
            rng = np.random.default_rng([seed, n, has_bottleneck])
            system = draw(rng, HARD[n % len(HARD)], has_bottleneck)
            explicit = (n // len(HARD)) % 2 == 0
            yield system, explicit, moves_of(system.stations, run(system, rng), explicit), spec_of(system.stations, explicit, AS_OF)


def varied_systems(count: int, seed: int) -> Iterator[Drawn]:
    """Draw as many of the other kind."""
    for n in range(count):
        for has_bottleneck in (True, False):
            rng = np.random.default_rng([seed, n, has_bottleneck, 77])
            system, explicit = varied.draw(rng, has_bottleneck), n % 2 == 0
            moves = moves_of(system.stations, varied.Run(system, rng).log, explicit, system.hours)
            yield system, explicit, moves, spec_of(system.stations, explicit, varied.START + timedelta(weeks=system.weeks))


def kinds_of_systems(count: int, seed: int) -> Iterator[Drawn]:
    """Draw as many of each kind, half of them with a settings file, the others with what is read from the moves."""
    for kind in kinds.KINDS:
        for n in range(count):
            for has_bottleneck in (True, False):
                system = kinds.draw(kind, n, has_bottleneck, seed)
                moves = system.moves()
                told = system.settings()
                spec = flow.define(told, states=() if told else flow.states(moves), as_of=system.as_of)
                yield system, system.explicit, moves, spec


def main() -> None:
    """Ask for the bottleneck of every system and count what is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--systems", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--varied", action="store_true", help="systems of the other kind")
    parser.add_argument("--kinds", action="store_true", help="so many of each kind that others might simulate")
    parser.add_argument("--show", action="store_true", help="list what was named wrongly")
    asked = parser.parse_args()
    drawn = varied_systems if asked.varied else kinds_of_systems if asked.kinds else systems
    rows, started = [], time.process_time()
    for system, explicit, moves, spec in drawn(asked.systems, asked.seed):
        found = flow.bottleneck(moves, spec)
        outcome = (
            ("right" if found.stage in system.truth else "none" if not found.stage else "wrong")
            if system.truth
            else ("false" if found.stage else "right")
        )
        rows.append((bool(system.truth), system.hard, "explicit" if explicit else "implicit", outcome, found.strength))
        if asked.show and outcome != "right":
            print(outcome, system.hard, explicit, system.truth, system.servers, found.stage, found.strength, found.reason)
            print(found.stations.round(2).to_string())
    frame = pd.DataFrame(rows, columns=["planted", "difficulty", "shape", "outcome", "strength"])
    for planted, part in frame.groupby("planted"):
        print("\nwith a bottleneck" if planted else "\nwithout a bottleneck", f"({len(part)})")
        print(pd.crosstab([part["shape"], part["difficulty"]], part["outcome"], margins=True).to_string())
        print(part["outcome"].value_counts(normalize=True).round(3).to_dict())
        print("called clear:", part.loc[part["strength"] == "clear", "outcome"].value_counts().div(len(part)).round(3).to_dict())
    print(f"{(time.process_time() - started) / len(rows):.2f} CPU seconds a system")


if __name__ == "__main__":
    main()
