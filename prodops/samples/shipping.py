"""What work is for and how it goes out: the launch that a work item belongs to, a list of items to come, and deployments."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from prodops.samples.company import Ints, pick_weighted
from prodops.samples.plans import LAUNCHES
from prodops.samples.story import AS_OF_S, DAY, DAYS, OUTAGE, START_S, seconds
from prodops.samples.work import DONE, TEAMS, Moves

NEXT_LAUNCH = "Offline mode"
"""Planned for late November 2025, so in no table of launches yet."""
PRODUCTS = tuple(name for name, _, kind, *_ in LAUNCHES if kind == "launch")
SHIPPED = (*PRODUCTS, NEXT_LAUNCH)
SERVICES = ("web", "mobile", "sync")
TO_COME = 14
"""Items of the next launch that nobody has begun."""

_WEEKS = {1: 10, 2: 7, 3: 5}  # of work before a launch, by tier
_PART = np.array([0.65, 0.20, 0.25])  # share of an item's type that is for the launch ahead
_REDESIGN = next(on for name, on, *_ in LAUNCHES if name == "Lumen 5.0 redesign")
_UPDATE = next(on for name, on, *_ in LAUNCHES if name == "Lumen 5.4")
_FAILS, _FAILS_AFTER_REDESIGN, _FAILS_IN_OUTAGE = 0.08, 0.32, 0.40
_REDESIGN_DAYS = 21


def launch_of(rng: np.random.Generator, moved: Moves) -> Ints:
    """Say for each move which launch its item is part of (a number in :data:`SHIPPED`; -1 for none): work done in the weeks before one."""
    count = int(moved.item.max()) + 1
    kind, done = np.zeros(count, dtype=np.int64), np.full(count, AS_OF_S)
    kind[moved.item] = moved.type
    over = moved.after == DONE
    done[moved.item[over]] = moved.when[over]
    chance, found = rng.random(count), np.full(count, -1)
    for name, on, _, _, tier, *_ in sorted((row for row in LAUNCHES if row[0] in PRODUCTS), key=lambda row: row[1]):
        ahead = (done < seconds(on)) & (done >= seconds(on) - _WEEKS[tier] * 7 * DAY) & (found < 0)
        found = np.where(ahead & (chance < _PART[kind]), SHIPPED.index(name), found)
    late = (done >= seconds(_UPDATE)) & (found < 0)
    found = np.where(late & (chance < np.where(done < AS_OF_S, 0.6, 1.2) * _PART[kind]), SHIPPED.index(NEXT_LAUNCH), found)
    return np.asarray(found[moved.item])


def with_work_to_come(rng: np.random.Generator, moved: Moves, launch: Ints) -> tuple[Moves, Ints]:
    """Add the next launch's items that are still in Backlog, after all others."""
    day = np.sort(rng.choice(np.arange(13, 32), TO_COME))
    when = seconds(date(2025, 10, 1)) + (day - 1) * DAY + rng.integers(9 * 3600, 17 * 3600, TO_COME)
    weekend = np.maximum((when // DAY + 3) % 7 - 4, 0)
    item = int(moved.item.max()) + 1 + np.arange(TO_COME)
    added = Moves(
        item, np.full(TO_COME, -1), np.zeros(TO_COME, dtype=np.int64), np.sort(when - weekend * DAY),
        pick_weighted(rng, np.array([0.8, 0.1, 0.1]), TO_COME), rng.integers(0, len(TEAMS), TO_COME),
    )  # fmt: skip
    both = {name: np.concatenate([getattr(moved, name), getattr(added, name)]) for name in Moves.__dataclass_fields__}
    return replace(moved, **both), np.concatenate([launch, np.full(TO_COME, SHIPPED.index(NEXT_LAUNCH))])


@dataclass(frozen=True)
class Deployments:
    """Deployments in order of time; ``launch`` is -1 for none, ``recovered`` lies at or beyond the sample's end where it is not known."""

    when: Ints
    committed: Ints
    failed: Ints
    recovered: Ints
    team: Ints
    service: Ints
    launch: Ints


def deployments(rng: np.random.Generator) -> Deployments:
    """Deploy a few times a week and team, in office hours; more of it fails after the redesign and in the outage."""
    weekday = (START_S // DAY + np.arange(DAYS) + 3) % 7
    quiet = np.isin(START_S // DAY + np.arange(DAYS), [seconds(date(2024, 12, 23)) // DAY + n for n in range(11)])
    pace = np.where((weekday > 4) | quiet, 0.0, np.where(weekday == 4, 0.25, 0.6))
    many = rng.poisson(np.outer([1.1, 0.9, 0.8], pace))
    team, day = (np.repeat(index.ravel(), many.ravel()) for index in np.indices(many.shape))
    when = START_S + day * DAY + rng.integers(9 * 3600, 17 * 3600, len(day))
    service = np.where(rng.random(len(day)) < 0.75, team, rng.integers(0, len(SERVICES), len(day)))
    on = np.array([seconds(row[1]) for row in LAUNCHES if row[0] in PRODUCTS])
    when, team, service = (
        np.concatenate([when, on + 9 * 3600]), np.concatenate([team, np.arange(len(on)) % len(TEAMS)]),
        np.concatenate([service, np.where(on == seconds(_UPDATE), SERVICES.index("sync"), 0)]),
    )  # fmt: skip
    launch = np.concatenate([np.full(len(day), -1), np.arange(len(on))])
    lead = rng.lognormal(np.log(1.9), 0.8, len(when)) * DAY
    shaken = (when >= seconds(_REDESIGN)) & (when < seconds(_REDESIGN) + _REDESIGN_DAYS * DAY)
    outage = (when >= seconds(_UPDATE)) & (when < OUTAGE.end)
    failed = rng.random(len(when)) < np.where(outage, _FAILS_IN_OUTAGE, np.where(shaken, _FAILS_AFTER_REDESIGN, _FAILS))
    update = (launch >= 0) & (when // DAY == seconds(_UPDATE) // DAY)
    failed |= update
    took = rng.lognormal(np.log(np.where(outage, 14.0, 2.5)), 0.9, len(when)) * 3600
    recovered = np.where(failed, np.where(update, OUTAGE.end - 7 * 3600, when + took), AS_OF_S)
    order = np.lexsort((service, team, when))
    parts = (when, when - lead, failed, recovered, team, service, launch)
    return Deployments(*(np.asarray(part)[order].astype(np.int64) for part in parts))
