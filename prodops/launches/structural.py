"""What a series would have done had nothing launched: its past, season and controls carried on, with all that is not known of them.

The series is a level, its controls and a Gaussian process of unknown scale: noise that carries over from one period to the next or not,
a level that wanders, a line that may bend, a season. In each of these worlds what would have followed is a Student's t in closed form
(generalised least squares with conjugate priors); the worlds are averaged by how likely each makes the past times how common it is held
to be beforehand. That is the structural time series of Brodersen et al. (2015, Annals of Applied Statistics 9, 247–274) with noise, trend
and the controls' part summed over a grid in place of sampling, so that the same input gives the same answer.

A period's innovation depends only on those before it: one pass over a series serves every date at which a launch might have been.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

WHITE, CARRIED, WANDERS = 0.35, 0.35, 0.30
"""How common noise is held to be that starts anew each period, that carries over, and a level that wanders for good."""
LASTS, APART = (1.5, 3.0, 6.0, 12.0, 25.0, 60.0), (0.0, 0.5, 0.8)
"""Periods for which carried noise lasts (1 / (1 − memory)), and the part of the noise that carries nothing over."""
WALKS = (0.1, 0.3, 1.0, 10.0)
"""Standard deviations of a wandering level's step, in those of the noise beside it."""
TRENDS = ((0.0, 0.0, 0.64), (0.01, 0.0, 0.1), (0.05, 0.0, 0.1), (0.25, 0.0, 0.1), (0.05, 0.003, 0.03), (0.25, 0.02, 0.03))
"""Standard deviations of a line's step a period and of that step's own change, in those of the noise; and how common each is."""
SEASONS = ((0.0, 0.2), (1.0, 0.4), (8.0, 0.4))
"""Standard deviation of a season, in those of the noise; and how common each is where there may be a season."""
CONTROLS = (1.0, 3.0, 10.0, 30.0)
"""By how many of the noise's standard deviations the controls may move the series as they vary: 1 is the unit-information prior."""
BESIDE, STEADY = 0.4, 4.0
"""Beside controls, which are there to explain it, wandering or bending is held so many times as common; and the effect itself is told in
worlds without it, whose noise lasts at most this part of the past, as the steady relation of Brodersen et al. has it: only the range allows for the others."""


class World(NamedTuple):
    """One kind of noise and trend, sizes in the noise's standard deviations, and how common it is held to be."""

    lasts: float
    apart: float
    walk: float
    slope: float
    bend: float
    season: float
    common: float

    @property
    def carried(self) -> float:
        """The correlation of one period's departure with the next one's; 1 where the level wanders."""
        return 1.0 if self.walk else (1 - self.apart) * (1 - 1 / self.lasts)


@lru_cache(maxsize=4)
def worlds(is_seasonal: bool) -> tuple[World, ...]:
    """Lay out the worlds: noise × trend × season."""
    each = CARRIED / len(LASTS) / len(APART)
    noise = [(1.0, 1.0, 0.0, WHITE)] + [(lasts, apart, 0.0, each) for lasts in LASTS for apart in APART]
    noise += [(1.0, 1.0, walk, WANDERS / len(WALKS)) for walk in WALKS]
    seasons = SEASONS if is_seasonal else ((0.0, 1.0),)
    return tuple(
        World(lasts, apart, walk, slope, bend, season, p * q * r)
        for lasts, apart, walk, p in noise
        for slope, bend, q in TRENDS
        for season, r in seasons
    )


class Window(NamedTuple):
    """Places in a series: ``before`` are read, ``after`` to ``stop`` are looked at."""

    before: int
    after: int
    stop: int


@dataclass(frozen=True)
class Told:
    """A number as the averaged worlds tell it: a mixture of Student's t distributions with the same degrees of freedom.

    ``steady`` weighs the centres alone, for the number itself.
    """

    centres: Array
    scales: Array
    weights: Array
    steady: Array
    freedom: int

    @property
    def value(self) -> float:
        return float(self.steady @ self.centres)

    @property
    def sd(self) -> float:
        """The standard deviation; infinite below three degrees of freedom."""
        if self.freedom <= 2:
            return float("inf")
        within = self.scales**2 * (self.freedom / (self.freedom - 2))
        return float(np.sqrt(self.weights @ (within + (self.centres - self.weights @ self.centres) ** 2)))

    def chance_below(self, value: float) -> float:
        """Give the chance that the number lies below a value."""
        from scipy.special import stdtr

        return float(self.weights @ stdtr(self.freedom, (value - self.centres) / self.scales))

    @property
    def p(self) -> float:
        """Give the chance, both ways, of a number as far from 0 if it were 0."""
        below = self.chance_below(0.0)
        return min(2 * min(below, 1 - below), 1.0)

    def quantile(self, p: float) -> float:
        """Give the value below which the number lies with chance ``p``."""
        from scipy.optimize import brentq
        from scipy.special import stdtrit

        ends = self.centres + self.scales * stdtrit(self.freedom, p)
        low, high = float(ends.min()), float(ends.max())
        return low if high - low <= 1e-12 * max(abs(low), abs(high)) else float(brentq(lambda v: self.chance_below(v) - p, low, high))


@dataclass(frozen=True)
class Fit:
    """What fits the past before a launch, by world and by strength of the controls."""

    weights: Array
    steady: Array
    coefficients: Array
    inverses: Array
    spreads: Array
    before: int
    evidence: float
    """The logarithm of how likely the past is, in the values' own unit; of use against other fits of the same past."""

    @property
    def by_world(self) -> Array:
        """How likely each world is."""
        return np.asarray(self.weights.sum(axis=1))


@dataclass(frozen=True)
class Structure:
    """A series passed through every world; made by :func:`lay_out`.

    ``whitened`` is world × period × (level, controls, values): innovations; ``crossed`` adds up their products, ``log_roots`` the logarithms
    of their scales. ``leads`` has for each window how the mean of its last part hangs on its innovations, ``ahead`` for the first window
    how each period does.
    """

    worlds: tuple[World, ...]
    values: Array
    controls: Array
    level: float
    unit: float
    windows: tuple[Window, ...]
    whitened: Array
    crossed: Array
    roots: Array
    leads: tuple[Array, ...]
    ahead: Array

    def fit(self, before: int) -> Fit:
        """Fit the first ``before`` periods in every world and at every strength of the controls."""
        k = self.controls.shape[1]
        crossed = self.crossed[:, before - 1, None]
        spread = self.controls[:before].std(axis=0)
        strength = np.outer(np.array(CONTROLS if k else (0.0,)) / max(k, 1) ** 0.5, np.divide(1, spread, out=np.zeros(k), where=spread > 0))
        scale = np.column_stack([np.ones(len(strength)), strength])  # strengths × (level, controls)
        pairs = scale[:, :, None] * scale[:, None, :]
        inverse = np.linalg.inv(crossed[..., :-1, :-1] * pairs + np.diag([0.0] + [1.0] * k))
        moment = crossed[..., :-1, -1] * scale
        found = np.einsum("wsij,wsj->wsi", inverse, moment)
        total, freedom = crossed[..., -1, -1], before - 1
        squares = np.maximum(total - np.einsum("wsi,wsi->ws", found, moment), 1e-20 * total)
        logs = 0.5 * np.linalg.slogdet(inverse)[1] - freedom / 2 * np.log(squares) - np.log(self.roots[:, :before]).sum(axis=1)[:, None]
        weighed, held = (logs + np.log(common)[:, None] for common in self._common(before))
        evidence = float(np.logaddexp.reduce(weighed, axis=None)) - freedom * math.log(self.unit)
        return Fit(_normalised(weighed), _normalised(held), found * scale, inverse * pairs, np.sqrt(squares / freedom), before, evidence)

    def _common(self, before: int) -> tuple[Array, Array]:
        """Give how common the worlds are held to be, and how common for the effect itself: beside controls, those with a steady level alone."""
        common = np.array([w.common for w in self.worlds])
        if not self.controls.shape[1]:
            return common, common
        wanders = np.array([w.walk > 0 or w.bend > 0 for w in self.worlds])
        lasting = np.array([w.lasts > max(before / STEADY, 1) for w in self.worlds])
        return np.where(wanders, BESIDE * common, common), np.where(wanders | lasting, 1e-300, common)

    def effect(self, fit: Fit, window: int = 0) -> Told:
        """Tell the mean of actual − expected in a window's last part, from a fit of what lies before the window."""
        before, _, stop = self.windows[window]
        lead = self.leads[window]
        moved = np.einsum("wt,wtc->wc", lead, self.whitened[:, before:stop])
        centres = moved[:, None, -1] - np.einsum("wc,wsc->ws", moved[:, :-1], fit.coefficients)
        reach = np.einsum("wc,wscd,wd->ws", moved[:, :-1], fit.inverses, moved[:, :-1])
        scales = fit.spreads * np.sqrt((lead**2).sum(axis=1)[:, None] + reach)
        return _told(centres * self.unit, scales * self.unit, fit.weights, fit.steady, fit.before - 1)

    def coefficient(self, fit: Fit, column: int) -> Told:
        """Tell by how much the series moves when a control moves by its past standard deviation, in worlds without a line of their own."""
        among = np.array([not w.slope for w in self.worlds])[:, None] * fit.weights
        scales = fit.spreads * np.sqrt(fit.inverses[..., column + 1, column + 1])
        return _told(fit.coefficients[..., column + 1] * self.unit, scales * self.unit, among, among, fit.before - 1)

    def expected(self, fit: Fit) -> tuple[Array, Array]:
        """Give what was expected of each period, with its standard deviation: one step ahead up to the launch, from the launch on after it."""
        kept = np.flatnonzero(np.maximum(fit.weights, fit.steady).sum(axis=1) > 1e-5)
        moved = self.roots[kept, :, None] * self.whitened[kept]
        moved[:, fit.before :] = np.einsum("wij,wjc->wic", self.ahead[kept], self.whitened[kept][:, fit.before :])
        alone = self.roots[kept] ** 2
        alone[:, fit.before :] = (self.ahead[kept] ** 2).sum(axis=2)
        gaps = moved[..., None, -1] - np.einsum("wtc,wsc->wts", moved[..., :-1], fit.coefficients[kept])
        reach = np.einsum("wtc,wscd,wtd->wts", moved[..., :-1], fit.inverses[kept], moved[..., :-1])
        squares = fit.spreads[kept][:, None] ** 2 * (alone[..., None] + reach) * ((fit.before - 1) / max(fit.before - 3, 1))
        weights, steady = (w[kept] / w[kept].sum() for w in (fit.weights, fit.steady))
        centre = np.einsum("ws,wts->t", weights, gaps)
        variance = np.einsum("ws,wts->t", weights, squares + (gaps - centre[:, None]) ** 2)
        return self.level + (self.values - np.einsum("ws,wts->t", steady, gaps)) * self.unit, np.sqrt(variance) * self.unit


def _normalised(logs: Array) -> Array:
    weights = np.exp(logs - logs.max())
    return np.asarray(weights / weights.sum())


def _told(centres: Array, scales: Array, weights: Array, steady: Array, freedom: int) -> Told:
    """Flatten worlds × strengths to those that count."""
    kept = (np.maximum(weights, steady) > 1e-7).ravel()
    centres, scales, weights, steady = (x.ravel()[kept] for x in (centres, scales, weights, steady))
    return Told(centres, scales, weights / weights.sum(), steady / steady.sum(), freedom)


def lay_out(times: Sequence[int] | Ints, values: Array, controls: Array, seasons: int, windows: Sequence[Window]) -> Structure:
    """Pass a series and its controls through every world, each of ``times`` (whole numbers, rising) with its value.

    ``windows`` are the dates to be looked at, the launch's own first, which sets the unit. The past of none may be all alike.
    """
    from scipy.linalg import solve_triangular

    first, at = windows[0], np.asarray(times, dtype=np.int64)
    level, unit, scaled = _standard(values[:, None], first.before)
    columns = np.column_stack([np.ones(len(at)), _standard(controls, first.before)[2], scaled])
    here = worlds(seasons > 1)
    whitened, roots = np.empty((len(here), *columns.shape)), np.empty((len(here), len(at)))
    leads = [np.empty((len(here), w.stop - w.before)) for w in windows]
    ahead = np.empty((len(here), first.stop - first.before, first.stop - first.before))
    for i, covariance in enumerate(_covariances(at, seasons, here)):
        root = np.linalg.cholesky(covariance)
        whitened[i], roots[i] = solve_triangular(root, columns, lower=True, check_finite=False), np.diag(root)
        ahead[i] = root[first.before : first.stop, first.before : first.stop]
        sums = root.cumsum(axis=0)
        for lead, w in zip(leads, windows, strict=True):
            lead[i] = (sums[w.stop - 1, w.before : w.stop] - sums[w.after - 1, w.before : w.stop]) / (w.stop - w.after)
    crossed = np.cumsum(whitened[..., :, None] * whitened[..., None, :], axis=1)
    return Structure(
        here, scaled[:, 0], columns[:, 1:-1], float(level[0]), float(unit[0]), tuple(windows), whitened, crossed, roots, tuple(leads), ahead
    )


def _standard(columns: Array, before: int) -> tuple[Array, Array, Array]:
    """Give the past's mean and standard deviation (1 where there is none) by column, and the columns in them; safe for numbers of any size."""
    level = columns[:before].mean(axis=0)
    reach = np.abs(columns[:before] - level).max(axis=0, initial=0.0)
    reach[reach == 0] = 1.0
    spread = ((columns[:before] - level) / reach).std(axis=0)
    unit = reach * np.where(spread > 0, spread, 1.0)
    return level, unit, (columns - level) / unit


def _covariances(at: Ints, seasons: int, here: tuple[World, ...]) -> Iterator[Array]:
    """Give each world's covariance between the periods."""
    gaps = np.abs(at[:, None] - at)
    same, steps = np.eye(len(at)), np.minimum(at[:, None], at) - at[0] + 1.0
    centred = (at - at.mean()).astype(float)
    line, season = np.outer(centred, centred), (gaps % seasons == 0).astype(float)
    bend = steps * (steps + 1) * (2 * steps + 3 * gaps + 1) / 6  # Σ (s − i)(t − i) over i < min(s, t), of a step's change added up twice
    noise: dict[tuple[float, ...], Array] = {}
    trend: dict[tuple[float, ...], Array] = {}
    for w in here:
        kind, way = w[:3], w[3:6]
        if kind not in noise:
            carried = (1 - 1 / w.lasts) ** np.arange(gaps.max() + 1.0)
            noise[kind] = w.apart * same + (1 - w.apart) * carried[gaps] + w.walk**2 * steps
        if way not in trend:
            trend[way] = w.slope**2 * line + w.bend**2 * bend + w.season**2 * season
        yield noise[kind] + trend[way]
