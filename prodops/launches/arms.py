"""Two arms of an experiment set against each other, from sums alone: difference or lift, with range and p.

The arithmetic of every A/B readout once the rows are summed up. Where a value is a ratio its arm is linearised (Deng, Knoblich and Lu 2018),
where it was known before it is adjusted (CUPED; Deng, Xu, Kohavi and Walker 2013); a lift's error comes by the delta method.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from prodops.errors import ParameterError

Sides = Literal["two-sided", "greater", "less"]
EXPECTED_UNITS = 5_000.0
"""The number of units at which an always-valid range is made to be narrowest (Waudby-Smith et al. 2024, 2.4)."""


@dataclass(frozen=True)
class Arm:
    """One arm: its units, the mean of their values and the variance of one; what they were before, if known, likewise.

    ``before``, its variance and its covariance with the value are of the same units. A ratio's variances are those of its linearised values.
    """

    n: int
    mean: float
    variance: float
    before: float = 0.0
    before_variance: float = 0.0
    covariance: float = 0.0
    is_ratio: bool = False

    @classmethod
    def of_sums(cls, n: int, total: float, squares: float) -> "Arm":
        """Make an arm from a sum and a sum of squares; no units or one have no variance."""
        if n < 1:
            return cls(0, math.nan, math.nan)
        mean = total / n
        return cls(n, mean, (squares - n * mean * mean) / (n - 1) if n > 1 else math.nan)

    @classmethod
    def of_hits(cls, n: int, hits: float) -> "Arm":
        """Make an arm of units that did or did not: the variance is that of the share, p(1 − p)."""
        return cls(n, hits / n, hits / n * (1 - hits / n)) if n else cls(0, math.nan, math.nan)

    def over(self, bottom: "Arm", products: float) -> "Arm":
        """Divide by another value of the same units, sum by sum: ``products`` is Σ value · other."""
        shared = covariance(self, bottom, products)
        return self.ratio_of(bottom, shared)

    def ratio_of(self, bottom: "Arm", shared: float) -> "Arm":
        """Divide by another value whose covariance with this one is known."""
        if not bottom.mean:
            return Arm(self.n, math.nan, math.nan)
        ratio = self.mean / bottom.mean
        spread = self.variance - 2 * ratio * shared + ratio * ratio * bottom.variance
        return Arm(self.n, ratio, spread / bottom.mean**2, is_ratio=True)

    def after(self, before: "Arm", products: float) -> "Arm":
        """Add what the same units' value was before: ``products`` is Σ value · before."""
        return self.with_before(before, covariance(self, before, products))

    def with_before(self, before: "Arm", shared: float) -> "Arm":
        """Add what the same units' value was before, the covariance of the two being known."""
        return replace(self, before=before.mean, before_variance=before.variance, covariance=shared)


def covariance(one: Arm, other: Arm, products: float) -> float:
    """Give the covariance of two values of the same units from the sum of their products."""
    return (products - one.n * one.mean * other.mean) / (one.n - 1) if one.n > 1 else math.nan


@dataclass(frozen=True)
class Contrast:
    """What a treated arm is over its control: the difference, or the lift (the difference over the control's mean), with range and p.

    ``error`` is the standard error and ``freedom`` its degrees of freedom. All are NaN where the arms have too few units or do not vary.
    """

    value: float
    lower: float
    upper: float
    p: float
    error: float
    freedom: float


NOT_KNOWN = Contrast(*[math.nan] * 6)


def contrast(
    control: Arm | Sequence[Arm],
    treated: Arm | Sequence[Arm],
    *,
    relative: bool = False,
    sides: Sides = "two-sided",
    level: float = 0.95,
    null: float = 0.0,
    normal: bool = False,
    expected_units: float | None = None,
    slope: float | None = None,
) -> Contrast:
    """Compare two arms, or two arms stratum by stratum (post-stratified: strata weigh as their units in both arms; Miratrix et al. 2013).

    The range is Welch's by Student's t, or by the normal curve (``normal``), at ``level``; one-sided it is open at the other end. ``null``
    is what the difference is tested against. With ``expected_units`` range and p are always valid: they hold their level however
    often one looks (asymptotic confidence sequence; Waudby-Smith et al. 2024), narrowest about that many units. ``slope`` is how much of
    what units were before is taken off (CUPED), found from both arms unless given.
    """
    if not 0 < level < 1:
        raise ParameterError(f"The level of a range is {level:g}; expected a share between 0 and 1, such as 0.95.")
    pairs = list(zip(_strata(control), _strata(treated), strict=True))
    value, error, freedom = _value(pairs, relative, slope)
    if not error > 0:
        return NOT_KNOWN
    if expected_units is not None:
        units = sum(c.n + t.n for c, t in pairs)
        return _always_valid(value, error, units, expected_units, sides, level, null)
    return _at_once(value, error, math.inf if normal else freedom, sides, level, null)


def _strata(arm: Arm | Sequence[Arm]) -> list[Arm]:
    return [arm] if isinstance(arm, Arm) else list(arm)


def _value(pairs: list[tuple[Arm, Arm]], relative: bool, slope: float | None) -> tuple[float, float, float]:
    """Give the difference or lift with its error and Welch's degrees of freedom, those of the difference."""
    usable = [(c, t) for c, t in pairs if c.n > 1 and t.n > 1]
    units = sum(c.n + t.n for c, t in usable)
    shares = [(c.n + t.n) / units for c, t in usable]
    slopes = [slope_of(c, t) if slope is None else slope for c, t in usable]
    gains = [t.mean - c.mean - s * (t.before - c.before) for (c, t), s in zip(usable, slopes, strict=True)]
    base, plain, gain = (
        sum(share * m for share, m in zip(shares, means, strict=True))
        for means in ([c.mean for c, _ in usable], [t.mean for _, t in usable], gains)
    )
    if not usable or (relative and not base):
        return math.nan, math.nan, math.nan
    lean = (gain / base if usable[0][0].is_ratio else plain / base - 1) if relative else 0.0
    moved = [g - lean * c.mean for g, (c, _) in zip(gains, usable, strict=True)]
    variance = _variance(usable, shares, slopes, lean) + _drawn(moved, shares) / units
    scale = base if relative else 1.0
    return gain / scale, math.sqrt(max(variance, 0.0)) / abs(scale), _freedom(usable, shares, slopes)


def _variance(pairs: list[tuple[Arm, Arm]], shares: list[float], slopes: list[float], lean: float) -> float:
    """Add up the strata's variances; a lift leans on the control's mean once more: by the plain lift, of a ratio by the adjusted one."""
    both = zip(pairs, shares, slopes, strict=True)
    return sum(share**2 * (_spread(t, 1.0, s) / t.n + _spread(c, 1.0 + lean, s) / c.n) for (c, t), share, s in both)


def _drawn(moved: list[float], shares: list[float]) -> float:
    """Give the variance that comes of the strata's shares being those of a sample."""
    centre = sum(share * m for share, m in zip(shares, moved, strict=True))
    return sum(share * (m - centre) ** 2 for share, m in zip(shares, moved, strict=True))


def _freedom(pairs: list[tuple[Arm, Arm]], shares: list[float], slopes: list[float]) -> float:
    parts = [(sh**2 * _spread(arm, 1.0, s) / arm.n, arm.n) for pair, sh, s in zip(pairs, shares, slopes, strict=True) for arm in pair]
    squares = sum(part * part / (n - 1) for part, n in parts)
    return sum(part for part, _ in parts) ** 2 / squares if squares > 0 else math.nan


def slope_of(c: Arm, t: Arm) -> float:
    """Give how much of what units were before is in what they are, as if both arms were one; of a ratio by what is within the arms."""
    if c.is_ratio:
        spread = c.before_variance + t.before_variance
        return (c.covariance + t.covariance) / spread if spread > 0 else 0.0
    spread = sum(arm.before_variance * (arm.n - 1) for arm in (c, t))
    if not spread > 0:
        return 0.0
    apart = c.n * t.n / (c.n + t.n) * (t.before - c.before)
    shared = sum(arm.covariance * (arm.n - 1) for arm in (c, t))
    return (shared + apart * (t.mean - c.mean)) / (spread + apart * (t.before - c.before))


def _spread(arm: Arm, weight: float, slope: float) -> float:
    return weight**2 * arm.variance - 2 * weight * slope * arm.covariance + slope**2 * arm.before_variance


def _at_once(value: float, error: float, freedom: float, sides: Sides, level: float, null: float) -> Contrast:
    from scipy.special import ndtr, ndtri, stdtr, stdtrit

    def below(score: float) -> float:
        return float(ndtr(score) if math.isinf(freedom) else stdtr(freedom, score))

    tail = level if sides != "two-sided" else (1 + level) / 2
    half = float(ndtri(tail) if math.isinf(freedom) else stdtrit(freedom, tail)) * error
    score = (value - null) / error
    p = {"two-sided": 2 * below(-abs(score)), "greater": below(-score), "less": below(score)}[sides]
    return Contrast(value, *_ends(value, half, sides), p, error, freedom)


def _ends(value: float, half: float, sides: Sides) -> tuple[float, float]:
    return (-math.inf if sides == "less" else value - half), (math.inf if sides == "greater" else value + half)


def _always_valid(value: float, error: float, units: int, expected: float, sides: Sides, level: float, null: float) -> Contrast:
    chance, one = 1 - level, sides != "two-sided"
    held = 2 * chance if one else chance
    rho2 = (-2 * math.log(held) + math.log(1 - 2 * math.log(held))) / expected
    seen = units * rho2
    reach = math.log(1 + math.sqrt(seen + 1) / held) if one else math.log(math.sqrt(seen + 1) / held)
    half = error * math.sqrt(2 * (seen + 1) / seen * reach)
    score = (value - null) / error
    known = seen * score * score / (2 * (seen + 1))
    if not one:
        p = min(1.0, math.sqrt(seen + 1) * math.exp(-known))
    else:
        toward = known > 0 and (score > 0) == (sides == "greater")
        p = min(0.5, math.sqrt(seen + 1) / (2 * math.expm1(min(known, 700.0)))) if toward else 0.5
    return Contrast(value, *_ends(value, half, sides), p, error, math.inf)
