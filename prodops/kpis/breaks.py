"""Which launches moved which numbers: dates after which a KPI settled on another level, held together over all that were looked at."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from prodops.intervals import Z95
from prodops.kpis.shifts import FEWEST, SIDES, Array, Run, Shift, compare

TOGETHER = timedelta(days=60)
"""Dates nearer than this compete for one break."""
LIKELIHOOD = 6.63
"""Twice the drop in log likelihood that chance makes in one of a hundred (chi-square, one degree of freedom)."""


def level_shifts(series: Sequence[Run], marks: Mapping[date, str]) -> list[Shift]:
    """Find the dates after which a KPI, or one of its slices, settled on another level; one shift for each break.

    ``marks`` are the dates to look at, with their names. A shift is named when it holds among all that were looked at (see
    :func:`_holding`) and the series breaks there as well as anywhere: a number that only drifts breaks elsewhere. A slice is named where
    it changed otherwise than the rest, or the whole did not change. Of dates that lie close, the one that names the slice goes first,
    then the better fit; the others that fit stand in ``also``.
    """
    tried = _holding([(shift, run) for run in series for on in sorted(marks) if (shift := compare(run, on))])
    kept = [(s, run, away) for s, run in tried if (away := distance_from_break(run, s.on)) is not None]
    wholes = {(s.kpi, s.on): run for s, run, _ in kept if not s.slice}
    told = [(s, away) for s, run, away in kept if (s.kpi, s.on) not in wholes or not s.slice or stands_out(run, wholes[s.kpi, s.on], s.on)]
    chosen: list[Shift] = []
    for shift, _ in sorted(told, key=lambda pair: (not _names(marks[pair[0].on], pair[0].slice), pair[1], -abs(pair[0].z), pair[0].on)):
        if not any(_competes(shift, other) for other in chosen):
            also = [
                s.on
                for s, _ in told
                if s.on != shift.on and _competes(s, shift) and (s.dimension, s.slice) == (shift.dimension, shift.slice)
            ]
            chosen.append(replace(shift, also=tuple(also)))
    return sorted(chosen, key=lambda s: (-abs(s.z), s.kpi, s.on))


def _holding(tried: list[tuple[Shift, Run]]) -> list[tuple[Shift, Run]]:
    """Keep the shifts that many tests together allow: of all wholes named at most one in twenty is chance; a slice of such a whole has to
    hold among its slices; of the slices of other wholes at most one in a hundred named is chance."""
    wholes = [t for t in tried if not t[0].slice]
    kept = [t for t, holds in zip(wholes, hold_together([s.p for s, _ in wholes], 0.05), strict=True) if holds]
    known = {(s.kpi, s.on) for s, _ in kept}
    inside = [t for t in tried if t[0].slice and (t[0].kpi, t[0].on) in known]
    beside = [t for t in tried if t[0].slice and (t[0].kpi, t[0].on) not in known]
    looks = Counter((s.kpi, s.on) for s, _ in inside)
    kept += [(s, run) for s, run in inside if s.p <= 0.05 / looks[s.kpi, s.on]]
    return kept + [t for t, holds in zip(beside, hold_together([s.p for s, _ in beside], 0.01), strict=True) if holds]


def stands_out(part: Run, whole: Run, on: date) -> bool:
    """Whether a slice of counts over counts changed at a date by more than the rest of the whole, or against it (95 %)."""
    if not (part.is_share and whole.is_share):
        return False
    same = np.isin(whole.starts, part.starts)
    tops, bottoms = whole.tops[same] - part.tops, whole.bottoms[same] - part.bottoms
    some = bottoms > 0
    rest = replace(part.part(some), tops=tops[some], bottoms=bottoms[some], values=tops[some] / bottoms[some])
    own, other = compare(part, on), compare(rest, on)
    if own is None or other is None:
        return False
    error = math.hypot(*((s.change.upper - s.change.lower) / (2 * Z95) for s in (own, other)))
    return abs(own.change.value - other.change.value) > Z95 * error and abs(own.change.value) > abs(other.change.value)


def _names(mark: str, part: str) -> bool:
    """Whether a mark's name speaks of a slice."""
    return bool(part) and set(part.lower().split()) <= set(mark.lower().split())


def _competes(one: Shift, other: Shift) -> bool:
    """Whether two shifts tell of one break of one KPI."""
    return one.kpi == other.kpi and abs(one.on - other.on) <= TOGETHER and one.change.value * other.change.value > 0


def hold_together(chances: Sequence[float], level: float) -> list[bool]:
    """Say which of many tests hold when at most a share ``level`` of those that do may be chance (Benjamini and Hochberg 1995)."""
    ranked = np.sort(np.asarray(chances, dtype=float))
    under = ranked <= level * np.arange(1, len(ranked) + 1) / max(len(ranked), 1)
    bar = float(ranked[under][-1]) if under.any() else -1.0
    return [chance <= bar for chance in chances]


def distance_from_break(run: Run, on: date) -> int | None:
    """Count the periods between a date and the best place to split the series around it in two levels; nothing where the date is no
    such place: over three weeks (or one longer period) off, or leaving so much more unexplained that chance hardly does it (the 99 %
    likelihood bound of one parameter).
    """
    around = _boundaries(run, on)
    low, high = max(around[0] - SIDES[run.grain], 0), min(around[-1] + SIDES[run.grain], len(run.values))
    values, weights = run.values[low:high], run.weights[low:high]
    left = {low + at: _left_over(values, weights, at) for at in range(FEWEST[run.grain], len(values) - FEWEST[run.grain] + 1)}
    if not left:
        return None
    best = min(left, key=lambda at: (left[at], at))
    bound = max(left[best], 1e-300) * math.exp(LIKELIHOOD / len(values))
    away = [abs(best - at) for at in around if at in left and left[at] <= bound]
    return min(away) if away and min(away) <= (3 if run.grain in ("day", "week") else 1) else None


def _boundaries(run: Run, on: date) -> list[int]:
    """Give the places of the periods that start at a date, or next before and next after it."""
    after = int((run.starts < np.datetime64(on)).sum())
    return [after] if after < len(run.starts) and run.starts[after] == np.datetime64(on) else [max(after - 1, 0), after]


def _left_over(values: Array, weights: Array, at: int) -> float:
    """Give the squared error that two levels, before and from a place on, leave."""
    sides = ((values[:at], weights[:at]), (values[at:], weights[at:]))
    return float(sum((w * (v - np.average(v, weights=w)) ** 2).sum() for v, w in sides))
