"""Which station is the constraint, over the whole span and over resamples of its weeks.

A constraint is the station with the least room between what is asked of it and what it can do. So the most loaded station is it, if
its load is one at which queues no longer clear (a wait grows with load ÷ (1 − load): Kingman 1961) and items lose time there. Of
stations as loaded, the last: where the number of items is limited, those before a constraint fill up, and those after it
starve (the arrows of Kuo, Lim and Meerkov 1996); where all are as loaded, none is. Where none is so loaded, one at which a queue stands and
items wait by far the longest is likely it. A stage in which items only wait has no people whose load could be seen; there the
queue itself speaks: it *stood* in a week when it was empty in less than a twentieth of it (the idea of Nichols and Jacobson's controlled
delay, 2012: of a queue the least counts, not the mean).
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from prodops.flow.loads import Load
from prodops.flow.stations import Station

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

LOADED = 0.85
"""A station loaded less than this clears its queue time and again: it is nobody's constraint."""
AS_LOADED = 0.03
"""Loads that differ by less are alike."""
STANDS = 0.3
"""A stage of waiting whose queue stood in at least this share of the weeks may be the constraint."""
BUSY, OUTLASTS = 0.7, 3.0
"""Where no station is loaded that much, one as busy as this, whose queue stood like that and where items wait so many times as long as
anywhere else, is likely the constraint: over few weeks, or with few items, a load is told too roughly to rest on it alone."""
MATTERS, WAIT_MATTERS = 0.05, 0.1
"""A wait that is shorter than this is nobody's constraint: before a station, as a share of the time worked (how long a line stands before the
first may be any length); in a stage of waiting, of all time."""
FINISHED = 0.25
"""A resample is taken to have at least this share of the finished items: few weeks may hold nearly all of them."""
DAY = 86_400.0
BLOCK, RESAMPLES = 4, 1_000


@dataclass(frozen=True)
class Measured:
    """For the whole (first row) and each resample, by station.

    Days waited and worked per finished item, the load, the share of weeks that the queue stood, whether several are as loaded, and who is named (−1: none).
    """

    wait: "Array"
    work: "Array"
    load: "Array"
    stood: "Array"
    shared: "npt.NDArray[np.bool_]"
    named: "Array"


def measure(lines: tuple[Station, ...], loads: list[Load], finished: "Array", weights: "Array") -> Measured:
    """Weigh the stations by how often each week was drawn (one row a drawing)."""
    import numpy as np

    weights = weights * _going_on(loads)
    items = np.maximum(weights @ finished, FINISHED * finished.sum())[:, None] * DAY
    wait = np.stack([weights @ each.waiting for each in loads], axis=1) / items
    work = np.stack([weights @ each.working for each in loads], axis=1) / items
    used = [np.cumsum(each.leaves + each.working + each.waiting) > 0 for each in loads]
    stood = np.stack([weights @ (each.stood * on) / np.maximum(weights @ on, 1e-9) for each, on in zip(loads, used, strict=True)], axis=1)
    load = np.stack([each.utilisation(weights) for each in loads], axis=1)
    waits_only = np.array([line.is_waiting for line in lines])
    alike = _alike(wait, work, load) & ~waits_only
    known = np.array([line.shape == "queue" for line in lines]) | ~np.isnan(load)
    alone = alike & ~((alike.sum(axis=1) > 1) & (alike == (known & ~waits_only)).all(axis=1))[:, None]
    alone |= ~alike.any(axis=1, keepdims=True) & ~waits_only & (stood >= STANDS) & _outlasts(wait, work, load)
    return Measured(wait, work, load, stood, alike.sum(axis=1) > 1, _named(wait, work, alone, stood, waits_only))


def _going_on(loads: list[Load]) -> "npt.NDArray[np.bool_]":
    """Tell which weeks are not after the last in which anything was in the flow."""
    import numpy as np

    there = np.sum([each.waiting + each.working + each.leaves for each in loads], axis=0)
    return np.asarray(np.cumsum(there[::-1])[::-1] > 0)


def _alike(wait: "Array", work: "Array", load: "Array") -> "npt.NDArray[np.bool_]":
    """Tell which stations are the most loaded, of those where items lose time."""
    import numpy as np

    loaded = np.where(wait >= MATTERS * work.sum(axis=1, keepdims=True), np.nan_to_num(load), 0.0)
    return np.asarray(loaded >= np.maximum(loaded.max(axis=1, keepdims=True) - AS_LOADED, LOADED))


def _outlasts(wait: "Array", work: "Array", load: "Array") -> "npt.NDArray[np.bool_]":
    """Tell at which station items wait by far the longest, and so long that it matters, while it is busy."""
    import numpy as np

    ranked = np.sort(wait, axis=1)
    longest = wait >= ranked[:, -1:]
    next_longest = ranked[:, -2:-1] if wait.shape[1] > 1 else np.zeros_like(ranked)
    far = (wait >= OUTLASTS * next_longest) & (wait >= MATTERS * work.sum(axis=1, keepdims=True))
    return np.asarray(longest & far & (np.nan_to_num(load) >= BUSY))


def _named(wait: "Array", work: "Array", alike: "npt.NDArray[np.bool_]", stood: "Array", waits_only: "npt.NDArray[np.bool_]") -> "Array":
    """Name the last of the most loaded stations, or the stage of waiting that takes longer than it; −1 where there is neither."""
    import numpy as np

    last = alike.shape[1] - 1 - np.argmax(alike[:, ::-1], axis=1)
    may_be = waits_only & (stood >= STANDS) & (_share(wait, work) >= WAIT_MATTERS)
    may_be[np.arange(len(last)), last] |= alike.any(axis=1)
    return np.where(may_be.any(axis=1), np.argmax(np.where(may_be, wait, -1.0), axis=1), -1)


def _share(wait: "Array", work: "Array") -> "Array":
    import numpy as np

    return wait / np.maximum((wait + work).sum(axis=1, keepdims=True), 1e-12)


def during(loads: list[Load], inside: "npt.NDArray[np.bool_]") -> list[Load]:
    """Keep the weeks that are inside."""
    weekly = ("waiting", "working", "free", "pressed", "worked_then", "stood", "leaves")
    return [replace(each, **{name: getattr(each, name)[inside] for name in weekly}) for each in loads]


def costs(wait: "Array", named: int) -> "Array":
    """Give, for each row, by how much longer items wait at a station than at the next longest wait."""
    others = [n for n in range(wait.shape[1]) if n != named]
    return wait[:, named] - (wait[:, others].max(axis=1) if others else 0.0)


def resamples(weeks: int, rng: "np.random.Generator") -> "Array":
    """Draw runs of weeks, from anywhere and round the end, until there are as many: how often each week was drawn."""
    import numpy as np

    runs = -(-weeks // BLOCK)
    starts = rng.integers(0, weeks, (RESAMPLES, runs))
    drawn = ((starts[:, :, None] + np.arange(BLOCK)) % weeks).reshape(RESAMPLES, -1)[:, :weeks]
    return np.stack([np.bincount(row, minlength=weeks) for row in drawn]).astype("float64")
