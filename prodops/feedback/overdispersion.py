"""How much weeks vary beyond chance: per theme, steadied by what the other themes show.

Counts are taken as negative binomial with a variance of ``dispersion`` times the mean. A theme's own few weeks say little of its
dispersion; those of all themes together say what dispersions are like, and each is drawn towards them by as much as they agree
(Smyth 2004, "Linear models and empirical Bayes methods", for variances; Lund et al. 2012, "Detecting differential expression
… using quasi-likelihood with shrunken dispersion estimates", for counts).

Arrays are of themes by weeks; more dimensions may stand before these, each table of themes by weeks being a world of its own.
"""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

BUSY = 1.0
"""Voices a week below which a theme's weeks are too empty to say how they vary."""
FEW = 3
"""Busy themes below which no theme can lean on the others; voices a week that a theme needs to say how busy a week is."""
_GROWTH = (0.0, *(10 ** (step / 4) for step in range(-12, 1)))
_CERTAIN, _AGREED, _FAR = 1e4, 0.5, 4.0


class Spread(NamedTuple):
    """Variance over mean, one per row (at least 1), and the degrees of freedom that it is known with."""

    dispersion: "Floats"
    freedom: "Floats | float"


def dispersion(counts: "Floats", expected: "Floats") -> Spread:
    """Estimate the dispersion of each row of weekly counts about what was expected of it (Pearson), steadied over rows.

    ``expected`` has the shape of ``counts``, and each row the sum of its counts: one degree of freedom a row is spent on that.
    """
    import numpy as np

    if counts.shape[-1] < 2:
        return Spread(np.ones(counts.shape[:-1]), 1.0)
    freedom = counts.shape[-1] - 1
    own = ((counts - expected) ** 2 / np.maximum(expected, 1e-9)).sum(axis=-1) / freedom
    return _steady(own, counts.mean(axis=-1), freedom)


def roughness(counts: "Floats") -> Spread:
    """Estimate the dispersion from the differences of neighbouring weeks (von Neumann 1941), which a trend or a step hardly touches."""
    import numpy as np

    pairs = (counts[..., 1:] + counts[..., :-1]).sum(axis=-1)
    own = (np.diff(counts, axis=-1) ** 2).sum(axis=-1) / np.maximum(pairs, 1e-9)
    return _steady(own, counts.mean(axis=-1), 2 * (counts.shape[-1] - 1) / 3)  # differences share weeks: two thirds are left


def _steady(own: "Floats", mean: "Floats", freedom: float) -> Spread:
    """Draw dispersions towards ``level * (1 + growth * mean)``: ``growth`` is 0 or more, whichever leaves them most alike."""
    import numpy as np

    busy = mean >= BUSY
    growths = np.reshape(_GROWTH, (-1, *[1] * mean.ndim))
    unlike = _variance(np.log(np.maximum(own, 1e-3)) - np.log1p(growths * mean), busy)
    trend = 1 + np.array(_GROWTH)[unlike.argmin(axis=0)][..., None] * mean
    usual = busy & ~_far_out(own / trend, busy, freedom)
    drawn, known = squeeze(own / trend, usual, freedom)
    lean = (busy.sum(axis=-1, keepdims=True) >= FEW) & (usual | ~busy)
    return Spread(np.maximum(np.where(lean, drawn * trend, own), 1.0), np.where(lean, known, freedom))


def _far_out(variances: "Floats", among: "NDArray[np.bool_]", freedom: float) -> "NDArray[np.bool_]":
    """Mark variances that chance alone would not put so far above the middle one: outbreaks, which say nothing of other themes' weeks."""
    import numpy as np
    from scipy.special import polygamma

    logs = np.sort(np.where(among, np.log(np.maximum(variances, 1e-3)), np.nan), axis=-1)  # what is missing comes last
    middle = np.take_along_axis(logs, np.maximum(among.sum(axis=-1, keepdims=True) - 1, 0) // 2, axis=-1)
    return np.log(np.maximum(variances, 1e-3)) > middle + _FAR * np.sqrt(float(polygamma(1, freedom / 2)))


def _variance(values: "Floats", among: "NDArray[np.bool_]") -> "Floats":
    """Give the variance along the last axis of the values that are marked; 0 where there are fewer than two."""
    import numpy as np

    n = among.sum(axis=-1)
    centre = (values * among).sum(axis=-1) / np.maximum(n, 1)
    return ((values - centre[..., None]) ** 2 * among).sum(axis=-1) / np.maximum(n - 1, 1)


def squeeze(variances: "Floats", learn: "NDArray[np.bool_]", freedom: float) -> tuple["Floats", "Floats"]:
    """Draw variances, each known with ``freedom`` degrees, to what those marked ``learn`` have in common (Smyth 2004, section 6.2).

    Gives the drawn variances and the degrees of freedom they are known with (one per table).
    """
    import numpy as np
    from scipy.special import digamma, polygamma

    logs = np.log(np.maximum(variances, 1e-3)) - digamma(freedom / 2) + np.log(freedom / 2)
    mean = ((logs * learn).sum(axis=-1) / np.maximum(learn.sum(axis=-1), 1))[..., None]
    excess = _variance(logs, learn)[..., None] - float(polygamma(1, freedom / 2))
    alike = excess <= 1 / _CERTAIN  # they differ by no more than chance: one value for all
    prior = 2 * _trigamma_inverse(np.where(alike, 1.0, excess))
    common = np.exp(mean + digamma(prior / 2) - np.log(prior / 2))
    drawn = (prior * common + freedom * variances) / (prior + freedom)
    return np.where(alike, np.exp(mean), drawn), np.where(alike, _CERTAIN, prior + freedom)


def _trigamma_inverse(value: "Floats") -> "Floats":
    """Solve trigamma(y) = value by Newton's method (Smyth 2004, appendix)."""
    from scipy.special import polygamma

    y = 0.5 + 1 / value
    for _ in range(8):  # it converges from below, and fast
        there = polygamma(1, y)
        y = y + there * (1 - there / value) / polygamma(2, y)
    return y


def memory(counts: "Floats", expected: "Floats", dispersion: "Floats", weeks: int) -> "Floats":
    """Say by how much the variance of ``weeks`` weeks against those in ``counts`` grows because a week resembles the one before.

    Chance has no memory, so it can only lie in what is beyond chance: the share (dispersion − 1) / dispersion of a row's variance. The
    correlation of neighbouring weeks there, one for all rows, is fitted to that of each row (bias 1/n added back); it falls off by
    powers (AR(1)). Counted are what it adds to the weeks compared, to the mean before them, and what it hides from the dispersion.
    """
    import numpy as np

    beyond, n = np.where(counts.mean(axis=-1) >= BUSY, 1 - 1 / dispersion, 0.0), counts.shape[-1]
    rest = counts - expected
    seen = (rest[..., 1:] * rest[..., :-1]).sum(axis=-1) / np.maximum((rest**2).sum(axis=-1), 1e-9) + 1 / n
    fitted = (seen * beyond).sum(axis=-1, keepdims=True) / np.maximum((beyond**2).sum(axis=-1, keepdims=True), 1e-9)
    likeness, lags = np.clip(fitted, 0, 0.9), np.arange(1, weeks)
    late = 1 + beyond * (2 * (1 - lags / weeks) * likeness**lags).sum(axis=-1, keepdims=True)
    long = 1 + beyond * 2 * likeness / (1 - likeness)
    return (late / weeks + long / n) / (1 / weeks + 1 / n) * np.maximum((n - 1) / np.maximum(n - long, 1), 1.0)


def level(counts: "Floats", *, least: int = 8) -> "Floats":
    """Give each week's general level, about 1: holidays, growth and a new channel move it, one theme's outbreak does not.

    The level of a week is the median, over busy themes, of its count divided by the theme's mean (Anders & Huber 2010, "size
    factors"). It is believed as far as two halves of the themes agree on it (Spearman–Brown), and is 1 in every week where
    they hardly do (a correlation under 0.5) or where there are not even ``least`` busy themes.
    """
    import numpy as np

    if counts.shape[-2] < least:
        return np.ones((*counts.shape[:-2], counts.shape[-1]))
    order = np.argsort(-counts.mean(axis=-1), axis=-1, kind="stable")[..., None]
    counts = np.take_along_axis(counts, order, axis=-2)
    mean = counts.mean(axis=-1, keepdims=True)
    ratios = np.where(mean >= FEW, counts / np.maximum(mean, FEW), np.nan)
    one, other = (_median(ratios[..., start::2, :]) for start in (0, 1))
    one, other = one - one.mean(axis=-1, keepdims=True), other - other.mean(axis=-1, keepdims=True)
    both = np.sqrt((one**2).sum(axis=-1, keepdims=True) * (other**2).sum(axis=-1, keepdims=True))
    likeness = (one * other).sum(axis=-1, keepdims=True) / np.maximum(both, 1e-12)
    agreed = (likeness >= _AGREED) & ((mean >= FEW).sum(axis=-2) >= least)
    if not agreed.any():
        return np.ones(one.shape)
    believed = 2 * likeness / (1 + np.maximum(likeness, 0))
    return np.where(agreed, np.maximum(1 + believed * (_median(ratios) - 1), 0.05), 1.0)


def _median(values: "Floats") -> "Floats":
    """Give the median along the last axis but one of what is not missing, 1 where all is; rows with what is missing come last."""
    import numpy as np

    n = np.isfinite(values[..., :1]).sum(axis=-2, keepdims=True)
    ordered = np.sort(values, axis=-2)  # what is missing comes last
    ends = [np.take_along_axis(ordered, np.maximum(place, 0), axis=-2)[..., 0, :] for place in ((n - 1) // 2, n // 2)]
    return np.where(n[..., 0, :] > 0, (ends[0] + ends[1]) / 2, 1.0)
