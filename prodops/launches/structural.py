"""What a series would have done had nothing launched: its own past, season and controls carried on, with all that is not known of them.

The series is a level, its controls and a Gaussian process of unknown scale: noise that carries over from one period to the next or not,
a level that wanders, a line, a season. Each of these :data:`worlds` gives what would have followed in closed form, as a Student's t
(generalised least squares with conjugate priors); they are averaged by how likely each makes the past times how common it is held to be
beforehand. That is the structural time series of Brodersen et al. (2015, Annals of Applied Statistics 9, 247–274) with the noise, the
trend and the controls' part integrated over a grid in place of sampling, so that the same input gives the same answer.

A period's innovation depends only on those before it, so one pass over a series serves every date at which a launch might have been.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class World(NamedTuple):
    """One kind of noise: AR(1) with ``memory``, of which ``apart`` is no memory; a wandering level, a line and a season beside it.

    ``walk`` is the standard deviation of the level's step, ``slope`` of the line's step a period, ``season`` of the season, each in the noise's standard deviations.
    """

    memory: float
    apart: float
    walk: float
    slope: float
    season: float
    common: float

    @property
    def carried(self) -> float:
        """The correlation of one period's departure with the next one's; 1 where the level wanders."""
        return 1.0 if self.walk else (1 - self.apart) * self.memory


NOISE: tuple[tuple[float, float, float, float], ...] = (
    (0.0, 1.0, 0.0, 0.40),
    *((memory, apart, 0.0, 0.30 / 8) for memory in (0.3, 0.5, 0.7, 0.85) for apart in (0.0, 0.5)),
    *((0.0, 1.0, walk, 0.30 / 6) for walk in (0.03, 0.1, 0.2, 0.4, 1.0, 5.0)),
)
"""Kinds of noise: memory, the part without, the step of a wandering level, and how common each is held to be."""
SLOPES: tuple[tuple[float, float], ...] = ((0.0, 0.5), (0.01, 0.17), (0.05, 0.17), (0.25, 0.16))
SEASONS: tuple[tuple[float, float], ...] = ((0.0, 0.2), (1.0, 0.4), (8.0, 0.4))
CONTROLS: tuple[float, ...] = (0.0, 0.3, 1.0, 3.0, 10.0, 100.0)
"""How much a control with the spread of its past may move the series, in the noise's standard deviations: each held as common."""


@lru_cache(maxsize=4)
def worlds(seasons: int) -> tuple[World, ...]:
    """Lay out the kinds of noise; a season of 1 is none."""
    return tuple(
        World(*noise, slope, season, part * often * share)
        for *noise, part in NOISE
        for slope, often in SLOPES
        for season, share in (SEASONS if seasons > 1 else ((0.0, 1.0),))
    )


@lru_cache(maxsize=4)
def _roots(times: bytes, seasons: int) -> tuple[Array, ...]:
    """Give the lower Cholesky root of each world's covariance between the given periods."""
    at = np.frombuffer(times, dtype=np.int64)
    apart = np.abs(at[:, None] - at).astype(float)
    same = np.eye(len(at))
    walk = np.minimum(at[:, None], at) - at[0] + 1.0
    centred = at - at.mean()
    line, season = np.outer(centred, centred), (apart % seasons == 0).astype(float)
    return tuple(
        np.linalg.cholesky(
            w.apart * same
            + (1 - w.apart) * (w.memory**apart if w.memory else same)
            + w.walk**2 * walk
            + w.slope**2 * line
            + w.season**2 * season
        )
        for w in worlds(seasons)
    )


@dataclass(frozen=True)
class Told:
    """A number as the averaged worlds tell it: a mixture of Student's t distributions with the same degrees of freedom."""

    centres: Array
    scales: Array
    weights: Array
    freedom: int

    @property
    def mean(self) -> float:
        return float(self.weights @ self.centres)

    @property
    def sd(self) -> float:
        """The standard deviation; infinite below three degrees of freedom."""
        if self.freedom <= 2:
            return float("inf")
        within = self.scales**2 * self.freedom / (self.freedom - 2)
        return float(np.sqrt(self.weights @ (within + (self.centres - self.mean) ** 2)))

    def chance_below(self, value: float) -> float:
        """Give the chance that the number lies below a value."""
        from scipy.special import stdtr

        return float(self.weights @ stdtr(self.freedom, _standard(value - self.centres, self.scales)))

    def quantile(self, p: float) -> float:
        """Give the value below which the number lies with chance ``p``."""
        from scipy.optimize import brentq
        from scipy.special import stdtrit

        ends = self.centres + self.scales * stdtrit(self.freedom, p)
        low, high = float(ends.min()), float(ends.max())
        return low if high - low <= 1e-12 * max(abs(low), abs(high)) else float(brentq(lambda v: self.chance_below(v) - p, low, high))


def _standard(gaps: Array, scales: Array) -> Array:
    return np.divide(gaps, scales, out=np.sign(gaps) * np.inf, where=scales > 0) if (scales <= 0).any() else gaps / scales


@dataclass(frozen=True)
class Readout:
    """One date's forecast: weights of worlds × controls' strengths, and in each what fits the past."""

    weights: Array
    coefficients: Array
    spreads: Array
    inverses: Array
    before: int
    trend: float
    memory: float
    noise: float


@dataclass(frozen=True)
class Structure:
    """A series with its controls in every world; see :func:`lay_out`."""

    times: Ints
    values: Array
    controls: Array
    seasons: int
    level: float
    unit: float

    @cached_property
    def worlds(self) -> tuple[World, ...]:
        return worlds(self.seasons)

    @cached_property
    def roots(self) -> tuple[Array, ...]:
        return _roots(self.times.tobytes(), self.seasons)

    @cached_property
    def whitened(self) -> Array:
        """World × period × (level, controls, values): each period's innovation."""
        from scipy.linalg import solve_triangular

        columns = np.column_stack([np.ones(len(self.values)), self.controls, self.values])
        return np.stack([solve_triangular(root, columns, lower=True, check_finite=False) for root in self.roots])

    @cached_property
    def crossed(self) -> Array:
        """World × period × columns × columns: innovations' products added up to and with the period."""
        return np.cumsum(self.whitened[..., :, None] * self.whitened[..., None, :], axis=1)

    @cached_property
    def log_roots(self) -> Array:
        """World × period: half the log determinant of the covariance up to the period."""
        return np.cumsum(np.log(np.stack([np.diag(root) for root in self.roots])), axis=1)

    def read(self, before: int) -> Readout:
        """Fit the first ``before`` periods in every world and at every strength of the controls."""
        k = self.controls.shape[1]
        crossed = self.crossed[:, before - 1]
        spread = self.controls[:before].std(axis=0)
        strength = np.outer(CONTROLS if k else (0.0,), np.divide(1, spread, out=np.zeros(k), where=spread > 0))
        scale = np.column_stack([np.ones(len(strength)), strength])  # strengths × columns
        gram = crossed[:, None, :-1, :-1] * (scale[:, :, None] * scale[:, None, :]) + np.diag([0.0] + [1.0] * k)
        inverse = np.linalg.inv(gram)
        moment = crossed[:, None, :-1, -1] * scale
        found = np.einsum("wsij,wsj->wsi", inverse, moment)
        freedom = before - 1
        floor = 1e-22 * crossed[:, None, -1, -1] + 1e-300
        squares = np.maximum(crossed[:, None, -1, -1] - np.einsum("wsi,wsi->ws", found, moment), floor)
        logs = np.log([w.common for w in self.worlds])[:, None] - self.log_roots[:, before - 1, None]
        logs = logs + 0.5 * np.linalg.slogdet(inverse)[1] - freedom / 2 * np.log(squares)
        weights = np.exp(logs - logs.max())
        weights /= weights.sum()
        spreads = np.sqrt(squares / freedom)
        by_world = weights.sum(axis=1)
        return Readout(
            weights,
            found * scale,
            spreads,
            inverse * (scale[:, :, None] * scale[:, None, :]),
            before,
            float(by_world @ [w.slope > 0 for w in self.worlds]),
            float(by_world @ [w.carried for w in self.worlds]),
            float(np.sqrt((weights * spreads**2).sum())),
        )

    def effect(self, read: Readout, after: slice) -> Told:
        """Tell the mean of actual − expected over some periods, all of them later than those read."""
        lead = np.stack([root[after, read.before : after.stop].mean(axis=0) for root in self.roots])
        return self._told(read, lead, self.whitened[:, read.before : after.stop])

    def _told(self, read: Readout, lead: Array, whitened: Array) -> Told:
        moved = np.einsum("wt,wtc->wc", lead, whitened)
        centres = moved[:, None, -1] - np.einsum("wc,wsc->ws", moved[:, :-1], read.coefficients)
        reach = np.einsum("wc,wscd,wd->ws", moved[:, :-1], read.inverses, moved[:, :-1])
        scales = read.spreads * np.sqrt((lead**2).sum(axis=1)[:, None] + reach)
        keep = read.weights.ravel() > 1e-7
        weights = read.weights.ravel()[keep]
        unit = self.unit
        return Told(centres.ravel()[keep] * unit, scales.ravel()[keep] * unit, weights / weights.sum(), read.before - 1)

    def expected(self, read: Readout) -> tuple[Array, Array]:
        """Give for each period what was expected of it and the standard deviation: one step ahead in the past, from the launch on after it."""
        n, freedom = len(self.values), read.before - 1
        means, variances = np.zeros(n), np.zeros(n)
        keep = np.flatnonzero(read.weights.sum(axis=1) > 1e-5)
        tables = []
        for w in keep:
            lead = np.diag(np.diag(self.roots[w]))
            lead[read.before :, read.before :] = self.roots[w][read.before :, read.before :]
            moved = lead @ self.whitened[w]
            centres = moved[:, -1, None] - moved[:, :-1] @ read.coefficients[w].T
            reach = np.einsum("tc,scd,td->ts", moved[:, :-1], read.inverses[w], moved[:, :-1])
            tables.append((read.weights[w], centres, read.spreads[w] ** 2 * ((lead**2).sum(axis=1)[:, None] + reach)))
        total = sum(float(weights.sum()) for weights, _, _ in tables)
        for weights, centres, _ in tables:
            means += centres @ weights / total
        for weights, centres, squares in tables:
            variances += (squares * (freedom / max(freedom - 2, 1)) + (centres - means[:, None]) ** 2) @ weights / total
        return (self.values - means) * self.unit + self.level, np.sqrt(variances) * self.unit


def lay_out(times: Sequence[int] | Ints, values: Array, controls: Array, seasons: int, before: int) -> Structure:
    """Put a series (without gaps in ``values``; ``times`` says which periods they are) and its controls in a unit of their own."""
    unit = float(values[:before].std()) or 1.0
    level = float(values[:before].mean())
    centred = controls - controls[:before].mean(axis=0)
    return Structure(np.asarray(times, dtype=np.int64), (values - level) / unit, centred, max(seasons, 1), level, unit)
