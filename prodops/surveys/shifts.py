"""Since when a score stands elsewhere, and among whom: steps found in each group, each laid beside all the others."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from prodops.surveys.guarding import kept_back
from prodops.surveys.standing import scored
from prodops.surveys.tallies import Tally

if TYPE_CHECKING:
    import pandas as pd

Sums = npt.NDArray[np.float64]
"""A row a wave: answers, their values' sum, and the sum of their squares."""
FEWEST = 20
"""Answers that either side of a step needs."""
SURE = 0.01
"""The chance of any false step in a question's groups, all places of a step counted."""
APART = 1.645
"""Standard errors by which a group's step exceeds that of the others, for it to be called the group's own (one-sided 5 %)."""
Z95 = 1.959963984540054
COLUMNS = [
    "question", "title", "kind", "unit", "by", "group", "at", "wave", "start", "last", "n_before", "n_after", "before", "after",
    "change", "change_lower", "change_upper", "z", "rest", "rest_lower", "rest_upper", "also",
]  # fmt: skip


@dataclass(frozen=True)
class _Step:
    """A group's step at a wave, within the waves from ``first`` up to ``stop``."""

    by: str
    group: str
    at: int
    z: float


@dataclass(frozen=True)
class Change:
    """How far a mean moved: with its standard error."""

    before: float
    after: float
    error: float
    n_before: int
    n_after: int

    @property
    def value(self) -> float:
        return self.after - self.before

    @property
    def z(self) -> float:
        return self.value / self.error if self.error > 0 else 0.0


def shifts(found: Mapping[str, Tally], cuts: tuple[str, ...], least: int) -> "pd.DataFrame":
    """Find the steps of each score, the surest first: one row a step, told of the group that it is most its own of.

    ``change`` is the group's mean from the wave on, up to the question's next step, less that since its last step; ``rest`` is the same
    of all others, missing where the step is everybody's. ``also`` names the other groups that moved the same way then.
    """
    import pandas as pd

    rows = [row for tally in scored(found) for row in _of(tally, cuts, least)]
    return pd.DataFrame(rows, columns=COLUMNS).sort_values("z", key=lambda z: -z.abs(), kind="stable", ignore_index=True)


def _of(tally: Tally, cuts: tuple[str, ...], least: int) -> Iterator[dict[str, object]]:
    whole = [at for at, wave in enumerate(tally.waves) if wave.complete]
    frame = tally.frame[tally.frame["at"].isin(whole)]
    sums = {("", ""): _sums(frame, len(tally.waves))} | {
        (by, group): _sums(own, len(tally.waves)) for by in cuts for group, own in _groups(frame, by, least)
    }
    bar = NormalDist().inv_cdf(1 - SURE / (2 * len(sums) * max(len(whole) - 1, 1)))
    steps = [_Step(by, group, at, z) for (by, group), own in sums.items() for at, z in _steps(own, 0, len(tally.waves), bar)]
    places = _places(steps)
    edges = [0, *places, len(tally.waves)]
    for i, at in enumerate(places):
        near = [step for step in steps if abs(step.at - at) <= 1]
        yield from _told(tally, sums, (edges[i], at, edges[i + 2]), near, least)


def _groups(frame: "pd.DataFrame", by: str, least: int) -> list[tuple[str, "pd.DataFrame"]]:
    """Give the groups of a column that may be shown, missing ones left out."""
    sizes = {str(g): int(n) for g, n in frame.groupby(frame[by].fillna(""))["n"].sum().items()}
    hidden = kept_back(sizes, least)
    return [(g, frame[frame[by] == g]) for g in sorted(sizes) if g and g not in hidden and len(sizes) > 1]


def _sums(frame: "pd.DataFrame", waves: int) -> Sums:
    n, v = frame["n"].to_numpy(float), frame["value"].to_numpy(float)
    at = frame["at"].to_numpy(int)
    return np.stack([np.bincount(at, weights=w, minlength=waves) for w in (n, n * v, n * v * v)], axis=1)


def _steps(own: Sums, first: int, stop: int, bar: float) -> Iterator[tuple[int, float]]:
    """Part a group's waves where its mean moves most, and each side again, so long as the move is beyond chance."""
    found = {at: change(own, first, at, stop) for at in range(first + 1, stop)}
    known = {at: c.z for at, c in found.items() if c and abs(c.z) > bar}
    if known:
        at = max(known, key=lambda i: (abs(known[i]), -i))
        yield at, known[at]
        yield from _steps(own, first, at, bar)
        yield from _steps(own, at, stop, bar)


def change(own: Sums, first: int, at: int, stop: int) -> Change | None:
    """Compare the waves from ``first`` up to ``at`` with those from there up to ``stop``; nothing where either has too few answers."""
    before, after = (own[a:b].sum(axis=0) for a, b in ((first, at), (at, stop)))
    if min(before[0], after[0]) < FEWEST:
        return None
    means = [float(side[1] / side[0]) for side in (before, after)]
    spreads = [max(float(side[2] / side[0]) - m * m, 0.0) / float(side[0] - 1) for side, m in zip((before, after), means, strict=True)]
    return Change(means[0], means[1], math.sqrt(sum(spreads)), round(before[0]), round(after[0]))


def _places(steps: list[_Step]) -> list[int]:
    """Give the waves of steps in order, each where its surest step is; steps a wave apart are one."""
    places: list[int] = []
    for step in sorted(steps, key=lambda s: -abs(s.z)):
        if all(abs(step.at - at) > 1 for at in places):
            places.append(step.at)
    return sorted(places)


def _told(
    tally: Tally, sums: Mapping[tuple[str, str], Sums], window: tuple[int, int, int], near: list[_Step], least: int
) -> Iterator[dict[str, object]]:
    """Tell a step of the group whose move is most its own; of everybody where no group's is."""
    everybody = sums["", ""]
    moved = {(s.by, s.group): change(sums[s.by, s.group], *window) for s in near if s.group}
    apart = {key: _apart(own, change(everybody - sums[key], *window)) for key, own in moved.items() if own}
    best = max(apart, key=lambda key: (apart[key], key), default=None)
    key = best if best is not None and apart[best] > APART else ("", "")
    own = change(sums[key], *window)
    if own is None or own.error == 0:
        return
    rest = change(everybody - sums[key], *window) if key[1] else None
    also = [g for (by, g), c in moved.items() if c and (by, g) != key and c.value * own.value > 0]
    last = tally.waves[window[2] - 1] if window[2] == len(tally.waves) and window[2] - window[1] > 1 else None
    wave = tally.waves[window[1]]
    yield {
        "question": tally.question.name, "title": tally.question.label, "kind": tally.question.kind, "unit": tally.question.unit,
        "by": key[0], "group": key[1], "at": window[1], "wave": wave.name, "start": wave.start, "last": last.name if last else "",
        "n_before": own.n_before, "n_after": own.n_after, "before": own.before, "after": own.after,
        "change": own.value, "change_lower": own.value - Z95 * own.error, "change_upper": own.value + Z95 * own.error, "z": own.z,
        "rest": rest.value if rest else math.nan,
        "rest_lower": rest.value - Z95 * rest.error if rest else math.nan,
        "rest_upper": rest.value + Z95 * rest.error if rest else math.nan,
        "also": ", ".join(also),
    }  # fmt: skip


def _apart(own: Change, rest: Change | None) -> float:
    """Give by how many standard errors a group moved farther than the others, in the way that it moved."""
    if rest is None:
        return 0.0
    error = math.hypot(own.error, rest.error)
    return math.copysign(1, own.value) * (own.value - rest.value) / error if error > 0 else 0.0
