"""What a short history tells of its future, with an honest range: a level in noise that may hang together, wander or climb.

The noise is a Gaussian process of unit scale: AR(1), a random walk beside it, or a line beside it. Each of these :data:`WAYS` gives level,
scale and the future's mean in closed form, as a Student's t; the ways are averaged by how likely each makes the history (restricted
marginal likelihood) times how common it is held to be beforehand. So a history that plainly drifts gives the wide range of one that
drifts, and a short one the range of not knowing. Drift is told in the noise's standard deviations over the history, so that weeks and
months are treated alike.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

WAYS: tuple[tuple[str, float, float, float], ...] = (
    *(("none", 0.0, memory, 0.80 * common) for memory, common in ((0.0, 0.8), (0.3, 0.17), (0.6, 0.03))),
    *(("walk", size, 0.0, 0.18 * common) for size, common in ((1.0, 0.1), (2.5, 0.3), (6.0, 0.3), (15.0, 0.3))),
    *(("line", size, memory, 0.01 * common) for size in (2.0, 6.0) for memory, common in ((0.0, 0.6), (0.3, 0.3), (0.6, 0.1))),
)
"""Kinds of noise: the drift and its size over the history, the AR(1) coefficient, and how common it is held to be."""
WALK_IN_LINE = 1 / 24
"""A line is never quite straight: it wanders by this part of its size."""
SHIFT, SHIFT_SIZE = 0.1, 3.0
"""How common a change of level within a history is held to be, and its size in the noise's standard deviations."""
FEWEST, FEWEST_BEFORE = 6, 4
"""Periods that a level needs at the least, and one that is over."""


@dataclass(frozen=True)
class Way:
    """One kind of noise, for a history of one length: what whitens it, and how the future's mean hangs on it."""

    drift: str
    whiten: Array
    on_future: Array
    future: float
    log_weight: float


@dataclass(frozen=True)
class Told:
    """A number as the averaged ways tell it: a mixture of Student's t distributions with the same degrees of freedom."""

    centres: Array
    scales: Array
    weights: Array
    freedom: int
    drifts: tuple[str, ...]

    def chance_below(self, value: float) -> float:
        """Give the chance that the number lies below a value."""
        from scipy.special import stdtr

        return float(self.weights @ stdtr(self.freedom, (value - self.centres) / self.scales))

    def quantile(self, p: float) -> float:
        """Give the value below which the number lies with chance ``p``."""
        from scipy.optimize import brentq
        from scipy.special import stdtrit

        ends = self.centres + self.scales * stdtrit(self.freedom, p)
        low, high = float(ends.min()), float(ends.max())
        return low if high - low <= 1e-12 * max(abs(low), abs(high)) else float(brentq(lambda v: self.chance_below(v) - p, low, high))

    @cached_property
    def bounds(self) -> tuple[float, float, float]:
        """The 5th, 50th and 95th percentile."""
        return self.quantile(0.05), self.quantile(0.5), self.quantile(0.95)

    def share_of(self, drift: str) -> float:
        """Give how likely one kind of drift is."""
        return float(sum(w for w, d in zip(self.weights, self.drifts, strict=True) if d == drift))


@lru_cache(maxsize=8)
def ways(n: int, ahead: int) -> tuple[Way, ...]:
    """Lay the kinds of noise out over ``n`` periods and the mean of the ``ahead`` next ones."""
    times = np.arange(1.0, n + ahead + 1)
    both = np.zeros((n + 1, n + ahead))
    both[:n, :n], both[n, n:] = np.eye(n), 1 / ahead
    apart, walk = np.abs(times[:, None] - times), np.minimum(times[:, None], times) / n
    line = np.outer(times - (n + 1) / 2, times - (n + 1) / 2) / n**2
    found = []
    for drift, size, memory, common in WAYS:
        noise = memory**apart + size**2 * {"none": 0.0, "walk": walk, "line": line + WALK_IN_LINE**2 * walk}[drift]
        joint = both @ noise @ both.T
        lower = np.linalg.cholesky(joint[:n, :n])
        whiten = np.linalg.inv(lower)
        weight = float(np.log(common) - np.log(np.diag(lower)).sum())
        found.append(Way(drift, whiten, whiten @ joint[:n, n], float(joint[n, n]), weight))
    return tuple(found)


def future_mean(values: Array, ahead: int) -> Told:
    """Tell the mean of the next ``ahead`` periods of a series without gaps."""
    level = np.ones((len(values), 1))
    return _averaged([_one(way, values, level, np.ones(1), future=True) for way in ways(len(values), ahead)], len(values) - 1)


def effect(values: Array, causes: Array) -> Told:
    """Tell the coefficient of a series' cause (one value a period) beside a level: by how much the series moves when that moves by 1."""
    design = np.column_stack([np.ones(len(values)), causes])
    return _averaged([_one(way, values, design, np.array([0.0, 1.0]), future=False) for way in ways(len(values), 1)], len(values) - 2)


def _one(way: Way, values: Array, design: Array, wanted: Array, *, future: bool) -> tuple[float, float, float, str]:
    """Give centre, scale and log likelihood of a wanted number under one kind of noise (generalised least squares)."""
    x, y = way.whiten @ design, way.whiten @ values
    inverse = np.linalg.inv(x.T @ x)
    found = inverse @ (x.T @ y)
    left = y - x @ found
    freedom = len(values) - design.shape[1]
    squares = max(float(left @ left), 1e-300)
    beside = way.on_future if future else np.zeros(len(values))
    reach = wanted - x.T @ beside
    spread = (way.future - float(beside @ beside) if future else 0.0) + float(reach @ inverse @ reach)
    log_likelihood = way.log_weight + 0.5 * float(np.linalg.slogdet(inverse)[1]) - freedom / 2 * np.log(squares)
    return float(wanted @ found + beside @ left), float(np.sqrt(squares / freedom * spread)), log_likelihood, way.drift


def _averaged(each: list[tuple[float, float, float, str]], freedom: int) -> Told:
    centres, scales, logs = (np.array(column) for column in list(zip(*each, strict=True))[:3])
    weights = np.exp(logs - logs.max())
    return Told(centres, scales, weights / weights.sum(), freedom, tuple(way[3] for way in each))


def last_shift(values: Array) -> int | None:
    """Give the place where a series went over to another level for good; None where noise, memory or drift tell the history as well."""
    n = len(values)
    places = np.arange(FEWEST_BEFORE, n - FEWEST + 1)
    if not len(places):
        return None
    steps = (np.arange(n)[:, None] >= places).astype(float)
    without, with_one = [], []
    for way in ways(n, 1):
        level, y, u = way.whiten @ np.ones(n), way.whiten @ values, way.whiten @ steps
        size = float(level @ level)
        left, across = y - level * (level @ y) / size, u - np.outer(level, level @ u) / size
        squares, length = max(float(left @ left), 1e-300), (across**2).sum(axis=0)
        base = way.log_weight - 0.5 * np.log(size)
        explained = SHIFT_SIZE**2 * (left @ across) ** 2 / (1 + SHIFT_SIZE**2 * length)
        without.append(base - (n - 1) / 2 * np.log(squares))
        with_one.append(
            base - 0.5 * np.log1p(SHIFT_SIZE**2 * length) - (n - 1) / 2 * np.log(np.maximum(squares - explained, 1e-12 * squares))
        )
    top = max(*without, float(np.max(with_one)))
    none = (1 - SHIFT) * float(np.exp(np.array(without) - top).sum())
    each = SHIFT / len(places) * np.exp(np.array(with_one) - top).sum(axis=0)
    return int(places[each.argmax()]) if each.sum() > none else None
