"""How far leaves stray ordinarily: each leaf's departure from what was expected, and the variance that is usual for its size."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from prodops.kpis.drivers.leaves import Leaves

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]
    Codes = npt.NDArray[np.int64]
    Mask = npt.NDArray[np.bool_]

SHRINK = 5.0
"""Denominators' worth of the overall rate that steady a small leaf's own, in its variance."""
STEADY = 1e-6
"""The least variance of a leaf, as a share of its size squared: nothing is steadier than 0.1 %."""
NEGLIGIBLE = 1e-12
"""A leaf of so small a part of the largest's size has none."""
BIN, BINS, PASSES = 30, 20, 4
"""Leaves in a bin of like size, and bins at most, from which the variance is read; and how often it is fitted."""
LIGHTEST = 1000.0
"""Degrees of freedom of tails that are as good as normal."""
CHI2_MEDIAN = 0.4549
"""Median of a squared standard normal."""


@dataclass(frozen=True, eq=False)
class Departures:
    """Each leaf's ``excess`` over what was expected, counted towards the move.

    ``size`` is what a shift multiplies; ``parts`` (two rows) are what the variance is built of, with ``floor`` the least
    weight of each; ``rate`` and ``up`` are the expected rate and the move's direction where the KPI is a share of counts.
    """

    excess: "Array"
    size: "Array"
    parts: "Array"
    floor: "Array"
    rate: "Array | None" = None
    up: bool = True


def departures(leaves: Leaves) -> Departures:
    """Compare each leaf with what was expected of it: its value before; for a ratio, its new denominator at its old rate."""
    import numpy as np

    d = _of_sum(leaves) if leaves.base is None or leaves.top is None else _of_ratio(leaves, leaves.base, leaves.top)
    return replace(d, size=np.where(d.size > NEGLIGIBLE * d.size.max(), d.size, 0))


def _of_sum(leaves: Leaves) -> Departures:
    """A sum's variance grows with size (as counts do) and with its square (as forecasts err); whole counts vary at least as Poisson's."""
    import numpy as np

    size = np.maximum(np.abs(leaves.before), np.abs(leaves.after))
    excess = leaves.after - leaves.before
    counted = sum(bool(((side >= 0) & (side == np.round(side))).all()) for side in (leaves.before, leaves.after))
    floor = np.array([float(counted), STEADY])
    return Departures(excess * _direction(excess), size, np.stack([size, size * size]), floor)


def _of_ratio(leaves: Leaves, base: "Array", top: "Array") -> Departures:
    """A share of counts varies at least as the binomial does, on both sides; other ratios as their leaves show."""
    import numpy as np

    overall = leaves.before.sum() / base.sum()
    old = np.where(base > 0, leaves.before / np.where(base > 0, base, 1), overall)
    excess = leaves.after - top * old
    doubt = top * (1 + top / np.maximum(base, 1))
    share = all(((a >= 0) & (a <= b * (1 + 1e-9))).all() for a, b in ((leaves.before, base), (leaves.after, top)))
    way = _direction(excess)
    if not share:
        scale = (leaves.before + leaves.after + SHRINK * overall) / (base + top + SHRINK)
        return Departures(excess * way, top, np.stack([doubt * scale**2, top * top * scale**2]), np.array([0.0, STEADY]))
    rate = np.clip((leaves.before + SHRINK * overall) / (base + SHRINK), 1e-6, 1 - 1e-6)
    parts = np.stack([doubt * rate * (1 - rate), top * top])
    return Departures(excess * way, top, parts, np.array([1.0, STEADY]), rate, way > 0)


def _direction(excess: "Array") -> float:
    return -1.0 if excess.sum() < 0 else 1.0


class Usual(NamedTuple):
    """Ordinary variation: each leaf's ``variance``, the degrees of ``freedom`` it is known with, and those of its ``tail``.

    A leaf's departure over its deviation is Student's t with ``tail`` degrees: few where far outliers are ordinary.
    """

    variance: "Array"
    freedom: float
    tail: float


def usual(d: Departures, among: "Mask") -> Usual:
    """Read ordinary variation from those leaves ``among`` that lie on the far side of the middle from the move.

    Causes push leaves one way; the other side shows ordinary variation alone, even where causes touch many leaves. Leaves are
    put into bins of like size; each bin's variance is its median square, and ``parts`` are fitted to the bins (all weights 0 or more).
    """
    import numpy as np

    usable = among & (d.size > 0) & (d.floor @ d.parts > 0)
    middle = np.median(d.excess[usable] / d.size[usable]) if usable.any() else 0.0
    apart = d.excess - middle * d.size
    calm = np.flatnonzero(usable & (apart <= 0))
    if len(calm) < 2:
        return Usual(d.floor @ d.parts, 1.0, LIGHTEST)
    calm = calm[np.argsort(d.size[calm], kind="stable")]
    extra, least = _fit(d, apart, calm) @ d.parts, d.floor @ d.parts
    variance = least + extra
    guessed = float(np.mean(extra[calm] / variance[calm]))
    seen = calm if d.rate is None else calm[len(calm) // 2 :]  # small leaves' shares are lumpy, not heavy-tailed
    return Usual(variance, len(calm) / 2 / max(guessed, 1e-3) ** 2, _tail(np.abs(apart[seen]) / np.sqrt(variance[seen])))


def _fit(d: Departures, apart: "Array", calm: "Codes") -> "Array":
    """Fit the parts' weights beyond their floors to the bins' variances; each bin counts by what was fitted to it before."""
    import numpy as np
    from scipy.optimize import nnls

    bins = np.array_split(calm, int(np.clip(len(calm) // BIN, 1, BINS)))
    seen = np.array([np.median((apart[b] / d.size[b]) ** 2) / CHI2_MEDIAN * np.mean(d.size[b] ** 2) for b in bins])
    parts = np.stack([d.parts[:, b].mean(axis=1) for b in bins])
    least, scale = parts @ d.floor, np.where(parts.any(axis=0), parts.max(axis=0), 1)
    weights, fitted = np.zeros(len(d.floor)), seen + least
    if not (fitted > 0).all():
        return weights
    for _ in range(PASSES):
        weights = nnls(parts / scale / fitted[:, None], np.maximum(seen - least, 0) / fitted)[0] / scale
        fitted = np.maximum(least + parts @ weights, 1e-3 * fitted)
    return np.asarray(weights, dtype=float)


def _tail(z: "Array") -> float:
    """Give the degrees of freedom of the t distribution whose 95 % point lies as far above its median as these departures' does."""
    import numpy as np
    from scipy.stats import t

    middle, far = np.quantile(z, [0.5, 0.95])
    degrees = np.array([3.0, 4, 5, 6, 8, 10, 15, 20, 30, LIGHTEST])
    ratio = t.isf(0.025, degrees) / t.isf(0.25, degrees)
    return float(np.interp(-far / max(middle, 1e-12), -ratio, degrees))
