"""Two rates compared, and one given with its range, where counts vary more than chance alone would have it."""

from typing import TYPE_CHECKING

from prodops.feedback.overdispersion import Spread

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

_LARGEST, _STEPS = 1e6, 60


def surprise(late: "Floats", before: "Floats", late_size: "Floats | float", before_size: "Floats | float", spread: Spread) -> "Floats":
    """Give the two-sided p of a late count, if its rate were that of the count before.

    ``late_size`` and ``before_size`` say how much was listened to (weeks, or users times weeks). The signed root of the deviance of two
    negative binomial counts with one rate, with continuity correction, is referred to Student's t with the degrees of freedom
    that the dispersion is known with (Lund et al. 2012; Chen, Lun & Smyth 2016); with a dispersion of 1 it is the
    Poisson one.
    """
    import numpy as np
    from scipy.special import stdtr

    return 2 * stdtr(spread.freedom, -np.abs(_root(late, before, np.asarray(late_size / before_size), _clumps(before, spread))))


def _clumps(before: "Floats", spread: Spread) -> "Floats":
    """Give the negative binomial size of the count before: it grows with what is listened to, not with what is said there."""
    import numpy as np

    return np.maximum(before, 1) / np.maximum(spread.dispersion - 1, 1e-6)


def _root(late: "Floats", before: "Floats", scale: "Floats", clumps: "Floats", ratio: "Floats | float" = 1.0) -> "Floats":
    """Give the signed root deviance of late against before, where late is listened to ``scale`` times as much and said ``ratio`` times
    as often."""
    import numpy as np

    total, part = late + before, scale * ratio / (1 + scale * ratio)
    off = late - total * part
    off = np.sign(off) * np.maximum(np.abs(off) - 0.5, 0)
    deviance = _part(total * part, off, clumps * scale) + _part(total * (1 - part), -off, clumps)
    return np.sign(off) * np.sqrt(2 * np.maximum(deviance, 0))


def _part(expected: "Floats", off: "Floats", size: "Floats") -> "Floats":
    """Half the deviance of one negative binomial count that is ``off`` from what was expected."""
    import numpy as np

    expected = np.maximum(expected, 1e-12)
    seen = np.maximum(expected + off, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        own = np.where(seen > 0, seen * np.log1p((seen - expected) / expected), 0.0)
    return own - (seen + size) * np.log1p((seen - expected) / (expected + size))


def ratio_interval(
    late: "Floats", before: "Floats", late_size: "Floats | float", before_size: "Floats | float", spread: Spread, level: float = 0.95
) -> "tuple[Floats, Floats]":
    """Give the interval of late over before, as rates: the ratios that :func:`surprise` would not find surprising.

    Without a voice late the lower end is 0, without one before the upper end is infinite.
    """
    import numpy as np
    from scipy.stats import t

    far, scale, clumps = t.isf((1 - level) / 2, spread.freedom), np.asarray(late_size / before_size), _clumps(before, spread)

    def edge(wanted: "Floats | float") -> "Floats":
        low, high = np.full(len(late), -np.log(_LARGEST)), np.full(len(late), np.log(_LARGEST))
        for _ in range(_STEPS):  # the root falls as the ratio grows
            middle = (low + high) / 2
            above = _root(late, before, scale, clumps, np.exp(middle)) > wanted
            low, high = np.where(above, middle, low), np.where(above, high, middle)
        return np.exp(low)

    return np.where(late > 0, edge(far), 0.0), np.where(before > 0, edge(-far), np.inf)


def count_interval(counts: "ArrayLike", spread: Spread | None = None, level: float = 0.95) -> "tuple[Floats, Floats]":
    """Give the interval of the mean behind each count: Garwood's (1936) exact one, on counts divided by their dispersion.

    Without a ``spread`` the counts are taken as Poisson.
    """
    import numpy as np
    from scipy.stats import chi2, norm, t

    dispersion = spread.dispersion if spread else np.asarray(1.0)
    tail = norm.sf(t.isf((1 - level) / 2, spread.freedom)) if spread else (1 - level) / 2
    scaled = np.asarray(counts, float) / dispersion
    low = np.where(scaled > 0, chi2.ppf(tail, 2 * np.maximum(scaled, 1e-9)) / 2, 0.0)
    return low * dispersion, chi2.ppf(1 - tail, 2 * scaled + 2) / 2 * dispersion
