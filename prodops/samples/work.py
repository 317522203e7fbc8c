"""Work items on their way through delivery: one row per move, with a long queue before review."""

from dataclasses import dataclass

import numpy as np

from prodops.samples.activity import rhythm
from prodops.samples.company import Floats, Ints, pick, pick_weighted
from prodops.samples.story import AS_OF_S, BOTTLENECK, DAY, START_S

STATES = ("Backlog", "Ready", "In progress", "Review", "Test", "Done")
TYPES = ("feature", "bug", "chore")
TEAMS = ("Atlas", "Birch", "Cedar")
DONE, REVIEW = STATES.index("Done"), STATES.index("Review")

_MEDIAN_DAYS = np.array([0.45, 0.35, 0.50, BOTTLENECK.effect("median_days").before, 0.35])  # in each state but Done
_SPREAD = np.array([0.9, 0.8, 0.75, 0.65, 0.7])
_BACK = np.array([0.0, 0.0, 0.0, 0.17, 0.10])  # share of visits that end in rework, back to "In progress"
_SIZE = np.array([1.15, 0.75, 0.95])  # by type


@dataclass(frozen=True)
class Moves:
    """Moves in order of item and time; ``before`` is -1 for an item's first."""

    item: Ints
    before: Ints
    after: Ints
    when: Ints
    type: Ints
    team: Ints


def moves(rng: np.random.Generator, items: int) -> Moves:
    """Let ``items`` work items be written down over the sample's months and move on until they are done or the sample ends."""
    day = np.sort(pick_weighted(rng, np.maximum(rhythm() - 0.2, 0), items))
    when = _office(START_S + day * DAY + rng.integers(8 * 3600, 17 * 3600, items))
    kind, team = pick(rng, (0.5, 0.34, 0.16), items), pick(rng, (0.36, 0.34, 0.30), items)
    item, state = np.arange(items), np.zeros(items, dtype=np.int64)
    parts = [(item, np.full(items, -1), state, when)]
    while len(item):
        when = _office(when + (_days_in(rng, state, when, kind[item]) * DAY).astype(np.int64) + 900)
        after = np.where(rng.random(len(item)) < _BACK[state], STATES.index("In progress"), state + 1)
        parts.append((item, state, after, when))
        going = (when < AS_OF_S) & (after < DONE)
        item, state, when = item[going], after[going], when[going]
    number, before, after, times = (np.concatenate([part[i] for part in parts]) for i in range(4))
    order = np.lexsort((times, number))
    order = order[times[order] < AS_OF_S]
    number = number[order]
    return Moves(number, before[order], after[order], times[order], kind[number], team[number])


def _days_in(rng: np.random.Generator, state: Ints, since: Ints, kind: Ints) -> Floats:
    """Draw the days an item stays in a state; review gets slower over the first month of the bottleneck."""
    worse = np.clip((since - BOTTLENECK.start) / (30 * DAY) + 0.5, 0, 1) * (since >= BOTTLENECK.start)
    queue = np.where(state == REVIEW, 1 + (BOTTLENECK.effect("median_days").ratio - 1) * worse, 1.0)
    days: Floats = _MEDIAN_DAYS[state] * _SIZE[kind] * queue * rng.lognormal(0, _SPREAD[state])
    return days


def _office(when: Ints) -> Ints:
    """Put a time that falls outside office hours (weekdays 8 to 18) into the next morning's, spread by its own seconds."""
    weekday, second = (when // DAY + 3) % 7, when % DAY
    late = second >= 18 * 3600
    day = when // DAY + late
    weekday = (weekday + late) % 7
    day = day + np.where(weekday > 4, 7 - weekday, 0)
    outside = late | (second < 8 * 3600) | (weekday > 4)
    return day * DAY + np.where(outside, 8 * 3600 + second % 9000, second)
