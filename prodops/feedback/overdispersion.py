"""How much weeks vary beyond chance: per theme, steadied by what the other themes show.

Counts are taken as negative binomial with a variance of ``dispersion`` times the mean. A theme's own few weeks say little of its
dispersion; those of all themes together say what dispersions are like, and each is drawn towards them by as much as they agree
(Smyth 2004, "Linear models and empirical Bayes methods", for variances; Lund et al. 2012, "Detecting differential expression
… using quasi-likelihood with shrunken dispersion estimates", for counts).
"""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

BUSY = 1.0
"""Voices a week below which a theme's weeks are too empty to say how they vary."""
FEW = 3
"""Busy themes below which no theme can lean on the others."""
_GROWTH = (0.0, *(10 ** (step / 4) for step in range(-12, 1)))
_CERTAIN, _AGREED = 1e4, 0.5


class Spread(NamedTuple):
    """Variance over mean, one per row (at least 1), and the degrees of freedom that it is known with."""

    dispersion: "Floats"
    freedom: float


def dispersion(counts: "Floats", expected: "Floats") -> Spread:
    """Estimate the dispersion of each row of weekly counts about what was expected of it (Pearson), steadied over rows.

    ``expected`` has the shape of ``counts``, and each row the sum of its counts: one degree of freedom a row is spent on that.
    """
    import numpy as np

    freedom = max(counts.shape[1] - 1, 1)
    own = ((counts - expected) ** 2 / np.maximum(expected, 1e-9)).sum(axis=1) / freedom
    return _steady(own, counts.mean(axis=1), freedom) if counts.shape[1] > 1 else Spread(np.ones(len(counts)), 1.0)


def roughness(counts: "Floats") -> Spread:
    """Estimate the dispersion from the differences of neighbouring weeks (von Neumann 1941), which a trend or a step hardly touches."""
    import numpy as np

    pairs = (counts[:, 1:] + counts[:, :-1]).sum(axis=1)
    own = (np.diff(counts, axis=1) ** 2).sum(axis=1) / np.maximum(pairs, 1e-9)
    return _steady(own, counts.mean(axis=1), 2 * (counts.shape[1] - 1) / 3)  # differences share weeks: two thirds are left


def _steady(own: "Floats", mean: "Floats", freedom: float) -> Spread:
    """Draw dispersions towards ``level * (1 + growth * mean)``: ``growth`` is 0 or more, whichever leaves them most alike."""
    import numpy as np

    busy = mean >= BUSY
    if busy.sum() < FEW:
        return Spread(np.maximum(own, 1.0), freedom)
    logs = np.log(np.maximum(own[busy], 1e-3)) - np.log1p(np.outer(_GROWTH, mean[busy]))
    trend = 1 + _GROWTH[int(logs.var(axis=1).argmin())] * mean
    drawn, known = squeeze(own / trend, busy, freedom)
    return Spread(np.maximum(drawn * trend, 1.0), known)


def squeeze(variances: "Floats", learn: "NDArray[np.bool_]", freedom: float) -> tuple["Floats", float]:
    """Draw variances, each known with ``freedom`` degrees, to what those marked ``learn`` have in common (Smyth 2004, section 6.2).

    Gives the drawn variances and the degrees of freedom they are known with.
    """
    import numpy as np
    from scipy.special import digamma, polygamma

    logs = np.log(np.maximum(variances[learn], 1e-3)) - digamma(freedom / 2) + np.log(freedom / 2)
    excess = logs.var(ddof=1) - float(polygamma(1, freedom / 2))
    if excess <= 1 / _CERTAIN:  # they differ by no more than chance: one value for all
        return np.full(len(variances), np.exp(logs.mean())), _CERTAIN
    prior = 2 * _trigamma_inverse(excess)
    common = np.exp(logs.mean() + digamma(prior / 2) - np.log(prior / 2))
    return (prior * common + freedom * variances) / (prior + freedom), prior + freedom


def _trigamma_inverse(value: float) -> float:
    """Solve trigamma(y) = value by Newton's method (Smyth 2004, appendix)."""
    from scipy.special import polygamma

    y = 0.5 + 1 / value
    for _ in range(20):
        there = float(polygamma(1, y))
        y += there * (1 - there / value) / float(polygamma(2, y))
    return y


def memory(counts: "Floats", expected: "Floats", dispersion: "Floats", weeks: int) -> "Floats":
    """Say by how much the variance of ``weeks`` weeks against those in ``counts`` grows because a week resembles the one before.

    Chance has no memory, so it can only lie in what is beyond chance: the share (dispersion − 1) / dispersion of a row's variance. The
    correlation of neighbouring weeks there, one for all rows, is fitted to that of each row (bias 1/n added back); it falls off by
    powers (AR(1)). Counted are what it adds to the weeks compared, to the mean before them, and what it hides from the dispersion.
    """
    import numpy as np

    beyond = np.where(counts.mean(axis=1) >= BUSY, 1 - 1 / dispersion, 0.0)
    rest = counts - expected
    seen = (rest[:, 1:] * rest[:, :-1]).sum(axis=1) / np.maximum((rest**2).sum(axis=1), 1e-9) + 1 / counts.shape[1]
    likeness = float(np.clip((seen * beyond).sum() / max((beyond**2).sum(), 1e-9), 0, 0.9))
    lags, n = np.arange(1, weeks), counts.shape[1]
    late = 1 + beyond * float((2 * (1 - lags / weeks) * likeness**lags).sum())
    long = 1 + beyond * 2 * likeness / (1 - likeness)
    return (late / weeks + long / n) / (1 / weeks + 1 / n) * np.maximum((n - 1) / np.maximum(n - long, 1), 1.0)


def level(counts: "Floats", *, least: int = 8) -> "Floats":
    """Give each week's general level, about 1: holidays, growth and a new channel move it, one theme's outbreak does not.

    The level of a week is the median, over busy themes, of its count divided by the theme's mean (Anders & Huber 2010, "size
    factors"). It is believed as far as two halves of the themes agree on it (Spearman–Brown), and is 1 in every week where
    they hardly do (a correlation under 0.5) or where there are not even ``least`` busy themes.
    """
    import numpy as np

    mean = counts.mean(axis=1)
    busy = np.argsort(-mean, kind="stable")[: int((mean >= FEW).sum())]
    flat = np.ones(counts.shape[1])
    if len(busy) < least:
        return flat
    ratios = counts[busy] / mean[busy, None]
    halves = [np.median(ratios[start::2], axis=0) for start in (0, 1)]
    if min(half.std() for half in halves) == 0 or (likeness := np.corrcoef(halves)[0, 1]) < _AGREED:
        return flat
    believed = 2 * likeness / (1 + likeness)
    return np.maximum(1 + believed * (np.median(ratios, axis=0) - 1), 0.05)
