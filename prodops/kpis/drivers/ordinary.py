"""How far leaves stray ordinarily: each leaf's departure from what was expected, and the variance that is usual for its size."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodops.kpis.drivers.leaves import Leaves

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]
    Mask = npt.NDArray[np.bool_]

SHRINK = 5.0
"""Denominators' worth of the overall rate that steady a small leaf's own, in its variance."""
STEADY = 1e-6
"""The least variance of a leaf, as a share of its size squared: nothing is steadier than 0.1 %."""
BIN, BINS = 30, 20
"""Leaves in a bin of like size, and bins at most, from which the variance is read."""
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
    return _of_sum(leaves) if leaves.base is None or leaves.top is None else _of_ratio(leaves, leaves.base, leaves.top)


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
        return Departures(excess * way, top, np.stack([doubt, top * top]), np.array([0.0, STEADY]))
    rate = np.clip((leaves.before + SHRINK * overall) / (base + SHRINK), 1e-6, 1 - 1e-6)
    parts = np.stack([doubt * rate * (1 - rate), top * top])
    return Departures(excess * way, top, parts, np.array([1.0, STEADY]), rate, way > 0)


def _direction(excess: "Array") -> float:
    return -1.0 if excess.sum() < 0 else 1.0


def usual_variance(d: Departures, among: "Mask") -> "Array":
    """Give every leaf's usual variance, read from those ``among`` that lie on the far side of the middle from the move.

    Causes push leaves one way; the other side shows ordinary variation alone, even where causes touch many leaves. Leaves are
    put into bins of like size; each bin's variance is its median square, and ``parts`` are fitted to the bins (all weights 0 or more).
    """
    import numpy as np
    from scipy.optimize import nnls

    usable = among & (d.size > 0)
    middle = np.median(d.excess[usable] / d.size[usable]) if usable.any() else 0.0
    apart = d.excess - middle * d.size
    calm = np.flatnonzero(usable & (apart <= 0))
    if len(calm) < 2:
        return d.floor @ d.parts
    calm = calm[np.argsort(d.size[calm], kind="stable")]
    bins = np.array_split(calm, int(np.clip(len(calm) // BIN, 1, BINS)))
    relative = [np.median((apart[b] / d.size[b]) ** 2) / CHI2_MEDIAN for b in bins]
    seen = np.array([v * np.mean(d.size[b] ** 2) for v, b in zip(relative, bins, strict=True)])
    if not seen.max() > 0:
        return d.floor @ d.parts
    seen = np.maximum(seen, 1e-9 * seen.max())
    built = np.stack([d.parts[:, b].mean(axis=1) for b in bins]) / seen[:, None]
    scale = built.max(axis=0)
    weights = nnls(built / scale, np.ones(len(bins)))[0] / scale
    return np.maximum(weights, d.floor) @ d.parts
