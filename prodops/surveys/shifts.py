"""Since when a score stands elsewhere, and among whom: steps found in each group, each laid beside all the others."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from prodops.surveys.guarding import kept_back
from prodops.surveys.standing import scored
from prodops.surveys.tallies import Tally

if TYPE_CHECKING:
    import pandas as pd

    from prodops.surveys.waves import Wave

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
    "question", "title", "kind", "unit", "by", "group", "wave", "start", "once", "fits_from", "n_before", "n_after", "before", "after",
    "change", "change_lower", "change_upper", "z", "rest", "rest_lower", "rest_upper", "also", "beside", "from", "until", "moves",
]  # fmt: skip
AS_LIKELY = 3.84
"""How far the square of a step's z may lie below the largest for its place to be as likely (95 % of the profile likelihood)."""
BEFORE = timedelta(days=31)
"""How long before a wave something may have happened for it to stand beside the wave's step."""
Mark = Mapping[str, Any]
"""Something that was launched or broke: ``name``, ``launched_on``, ``kind``, ``segment`` and, where known, ``tier``."""
Key = tuple[str, str]
"""A column and its value: a group; two empty texts for everybody."""


@dataclass(frozen=True)
class _Step:
    """A group's step at a wave; ``fits`` are the waves at which it may as well have been."""

    key: Key
    at: int
    z: float
    fits: tuple[int, ...]


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


def shifts(found: Mapping[str, Tally], cuts: tuple[str, ...], least: int, marks: "pd.DataFrame") -> "pd.DataFrame":
    """Find the steps of each score, the surest first: one row a step, told of the group that it is most its own of.

    ``change`` is the group's mean from the wave on, up to the question's next step, less that since its last step; ``rest`` is the same
    of all others, missing where the step is everybody's. Where several waves fit as well, the step is put where something weighty was
    launched or broke (``marks``), and ``fits_from`` names the earliest. ``also`` names other groups that moved the same way then.
    ``from`` is the wave from which before is counted and ``until`` that at which after ends ("" for the first and the last), and ``moves`` has the same change of
    each group with enough answers on both sides: column, group, change and its range.
    """
    import pandas as pd

    known = marks.to_dict("records")
    rows = [row for tally in scored(found) for row in _of(tally, cuts, least, known)]
    return pd.DataFrame(rows, columns=COLUMNS).sort_values("z", key=lambda z: -z.abs(), kind="stable", ignore_index=True)


def _of(tally: Tally, cuts: tuple[str, ...], least: int, marks: Sequence[Mark]) -> Iterator[dict[str, object]]:
    whole = [at for at, wave in enumerate(tally.waves) if wave.complete]
    frame, waves = tally.frame[tally.frame["at"].isin(whole)], len(tally.waves)
    sums = {("", ""): _sums(frame, waves)} | {(by, g): _sums(own, waves) for by in cuts for g, own in _groups(frame, by, least)}
    bar = NormalDist().inv_cdf(1 - SURE / (2 * len(sums) * max(len(whole) - 1, 1)))
    steps = [
        _Step(key, *step)
        for key, own in sums.items()
        for step in _steps(own, 0, waves, bar, [max((w for w, _ in beside(wave, marks, key[1])), default=0) for wave in tally.waves])
    ]
    places = _places(steps)
    edges = [0, *places, waves]
    for i, at in enumerate(places):
        near = [step for step in steps if abs(step.at - at) <= 1]
        yield from _told(tally, sums, (edges[i], at, edges[i + 2]), near, marks, max(least, FEWEST))


# ------------------------------------------------------------------------------------------------------- what stood beside
def beside(wave: "Wave", marks: Sequence[Mark], group: str) -> list[tuple[int, Mark]]:
    """Give what was launched or broke up to a month before a wave or in it, the weightiest first, the latest of equals."""
    near = [(_weight(mark, group), mark) for mark in marks if wave.start - BEFORE <= mark["launched_on"] < wave.end]
    return sorted(near, key=lambda found: (found[0], found[1]["launched_on"]), reverse=True)


def _weight(mark: Mark, group: str) -> int:
    """Weigh a mark: three where it is about the group, two for a large launch, an incident or a price change, else one."""
    about = f"{mark['name']} {mark['segment']}".casefold().split()
    if group and group.casefold() in about:
        return 3
    return 2 if mark.get("tier") == 1 or mark["kind"] in ("incident", "pricing") else 1


# ------------------------------------------------------------------------------------------------------------- the steps
def _groups(frame: "pd.DataFrame", by: str, least: int) -> list[tuple[str, "pd.DataFrame"]]:
    """Give the groups of a column that may be shown, missing ones left out."""
    sizes = {str(g): int(n) for g, n in frame.groupby(frame[by].fillna(""))["n"].sum().items()}
    hidden = kept_back(sizes, least)
    return [(g, frame[frame[by] == g]) for g in sorted(sizes) if g and g not in hidden and len(sizes) > 1]


def _sums(frame: "pd.DataFrame", waves: int) -> Sums:
    n, v = frame["n"].to_numpy(float), frame["value"].to_numpy(float)
    at = frame["at"].to_numpy(int)
    return np.stack([np.bincount(at, weights=w, minlength=waves) for w in (n, n * v, n * v * v)], axis=1)


def _steps(own: Sums, first: int, stop: int, bar: float, weights: list[int]) -> Iterator[tuple[int, float, tuple[int, ...]]]:
    """Part a group's waves where its mean moves most, and each side again, so long as the move is beyond chance."""
    found = {at: c.z for at in range(first + 1, stop) if (c := change(own, first, at, stop))}
    most = max(found.values(), key=abs, default=0.0)
    if abs(most) > bar:
        fits = [at for at, z in found.items() if z * most > 0 and z * z >= most * most - AS_LIKELY]
        at = max(fits, key=lambda i: (weights[i] if weights[i] > 1 else 0, abs(found[i]), -i))
        yield at, most, tuple(fits)
        yield from _steps(own, first, at, bar, weights)
        yield from _steps(own, at, stop, bar, weights)


def change(own: Sums, first: int, at: int, stop: int, fewest: int = FEWEST) -> Change | None:
    """Compare the waves from ``first`` up to ``at`` with those from there up to ``stop``; nothing where either has too few answers."""
    before, after = (own[a:b].sum(axis=0) for a, b in ((first, at), (at, stop)))
    if min(before[0], after[0]) < fewest:
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
    tally: Tally, sums: Mapping[Key, Sums], window: tuple[int, int, int], near: list[_Step], marks: Sequence[Mark], fewest: int
) -> Iterator[dict[str, object]]:
    """Tell a step of the group whose move is most its own; of everybody where no group's is."""
    everybody = sums["", ""]
    moved = {s.key: change(sums[s.key], *window) for s in near if s.key[1]}
    apart = {key: _apart(own, change(everybody - sums[key], *window)) for key, own in moved.items() if own}
    best = max(apart, key=lambda key: (apart[key], key), default=("", ""))
    key = best if apart.get(best, 0.0) > APART else ("", "")
    own, rest = change(sums[key], *window, fewest), change(everybody - sums[key], *window, fewest) if key[1] else None
    if own is None or own.error == 0:
        return
    q, wave = tally.question, tally.waves[window[1]]
    fits = [at for step in near if step.key == key for at in step.fits] or [window[1]]
    stood = beside(wave, marks, key[1])
    moves = {k: change(group, *window, fewest) for k, group in sums.items()}
    yield {
        "question": q.name, "title": q.label, "kind": q.kind, "unit": q.unit, "by": key[0], "group": key[1],
        "wave": wave.name, "start": wave.start, "fits_from": tally.waves[min(fits)].name,
        "once": all(later.between or not later.complete for later in tally.waves[window[1] + 1 :]),
        "n_before": own.n_before, "n_after": own.n_after, "before": own.before, "after": own.after,
        "change": own.value, "change_lower": own.value - Z95 * own.error, "change_upper": own.value + Z95 * own.error, "z": own.z,
        "rest": rest.value if rest else math.nan,
        "rest_lower": rest.value - Z95 * rest.error if rest else math.nan,
        "rest_upper": rest.value + Z95 * rest.error if rest else math.nan,
        "also": tuple(g for (by, g), c in moved.items() if c and (by, g) != key and c.value * own.value > 0),
        "beside": tuple((str(mark["name"]), mark["launched_on"]) for weight, mark in stood if weight > 1)[:1],
        "from": tally.waves[window[0]].name if window[0] else "", "until": tally.waves[window[2]].name if window[2] < len(tally.waves) else "",
        "moves": tuple((*k, c.value, c.value - Z95 * c.error, c.value + Z95 * c.error) for k, c in moves.items() if c and k[1]),
    }  # fmt: skip


def _apart(own: Change, rest: Change | None) -> float:
    """Give by how many standard errors a group moved farther than the others, in the way that it moved."""
    if rest is None:
        return 0.0
    error = math.hypot(own.error, rest.error)
    return math.copysign(1, own.value) * (own.value - rest.value) / error if error > 0 else 0.0
