"""Ranges around numbers, 95 % ones that are honest at small counts and none where no honest one exists; and p-values of many claims at once."""

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

Z95 = 1.959963984540054
WIDEST = 3.0
"""Half a range of totals per entity, as a multiple of the ratio: a wider one says nothing on a bent scale, and the plain one is given."""
LEAN = -1 / 2, -2 / 3
"""The powers of the ratio on which its lower and its upper bound are symmetric: totals lean to the right, their means less so."""
FARTHEST = 20.0
"""No upper bound is more times the ratio than this, nearer though the scale's own end may be."""


class Interval(NamedTuple):
    """A value with its 95 % range; NaN where there is none."""

    value: float
    lower: float
    upper: float


def wilson(successes: float, n: float, z: float = Z95) -> Interval:
    """Give a share with Wilson's score interval (Wilson 1927; Newcombe 1998, method 3); NaN where ``n`` is 0."""
    import numpy as np

    lower, upper = wilson_bounds(np.asarray([successes], float), np.asarray([n], float), z)
    return Interval(successes / n if n else math.nan, float(lower[0]), float(upper[0]))


def wilson_bounds(successes: "Array", n: "Array", z: float = Z95) -> "tuple[Array, Array]":
    """Give Wilson's bounds for arrays; NaN where ``n`` is 0 or the counts are no share of ``n``."""
    import numpy as np

    usable = (n > 0) & (successes >= 0) & (successes <= n)
    size = np.where(usable, n, np.nan)
    share = successes / size
    centre = (share + z * z / (2 * size)) / (1 + z * z / size)
    half = z / (1 + z * z / size) * np.sqrt(share * (1 - share) / size + z * z / (4 * size * size))
    return np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1)


def mean_bounds(total: "Array", squares: "Array", n: "Array") -> "tuple[Array, Array]":
    """Give Student's t bounds of a mean from the sum, the sum of squares and ``n``; NaN below two values."""
    import numpy as np
    from scipy.special import stdtrit

    size = np.where(n >= 2, n, np.nan)
    mean = total / size
    variance = np.clip((squares - size * mean**2) / (size - 1), 0, None)
    half = stdtrit(size - 1, 0.975) * np.sqrt(variance / size)
    return mean - half, mean + half


def per_entity_bounds(total: "Array", entities: "Array", squares: "Array", shared: "Array", negative: "Array") -> "tuple[Array, Array]":
    """Give bounds of ``total / entities`` from each entity's own total: a ratio of sums, linearised (Cochran 1977, 6.3), by Student's t.

    ``squares`` adds up the squares of the entities' totals, ``shared`` the totals of those that the denominator counts, ``negative`` counts
    the totals below 0. Where there are none each bound is symmetric on the scale of a negative power of the ratio (:data:`LEAN`), as totals
    then lean to the right: at 30 entities that holds the truth in 95 to 96 % for Poisson and exponential totals and 94 % for log-normal
    ones, where the plain bounds hold it in 93 and 89 %. NaN below two entities, and where all entities are alike, as nothing then tells
    how far they might differ.
    """
    import numpy as np
    from scipy.special import stdtrit

    size = np.where(entities >= 2, entities, np.nan)
    ratio = total / size
    rest = squares - 2 * ratio * shared + ratio**2 * size
    rest = np.where(rest > 1e-9 * np.maximum(squares, 1e-300), rest, np.nan)
    half = stdtrit(size - 1, 0.975) * np.sqrt(rest / (size - 1) / size)
    is_bent = (negative == 0) & (half < WIDEST * ratio)
    part = half / np.where(is_bent, ratio, np.inf)
    below, above = LEAN
    lowest = (1 - below * part) ** (1 / below)
    highest = np.maximum(1 + above * part, FARTHEST**above) ** (1 / above)
    return np.where(is_bent, ratio * lowest, ratio - half), np.where(is_bent, ratio * highest, ratio + half)


def combined_shares_bounds(weights: "Array", counts: "list[Array]", n: "Array", constant: float = 0.0) -> "tuple[Array, Array]":
    """Give bounds of ``constant + Σ weight · share`` over shares of the same answers that exclude each other (an NPS, for one).

    The multinomial variance with two answers added, spread over the shares (Bonett and Price 2012), which covers at small ``n``
    where the plain variance does not.
    """
    import numpy as np

    size = np.where(n > 0, n + 2, np.nan)
    shares = [(count + 2 / len(counts)) / size for count in counts]
    centre = sum(w * p for w, p in zip(weights, shares, strict=True))
    spread = sum(w * w * p for w, p in zip(weights, shares, strict=True)) - centre**2
    half = Z95 * np.sqrt(np.clip(spread, 0, None) / size)
    return constant + centre - half, constant + centre + half


def shares_difference(before: tuple[float, float], after: tuple[float, float], z: float = Z95) -> Interval:
    """Give after − before of two shares, each (successes, n), with Newcombe's hybrid score interval (1998, method 10)."""
    first, then = wilson(*before, z), wilson(*after, z)
    change = then.value - first.value
    return Interval(
        change,
        change - math.hypot(then.value - then.lower, first.upper - first.value),
        change + math.hypot(then.upper - then.value, first.value - first.lower),
    )


def means_difference(before: "Array", after: "Array", wider: float = 1.0) -> tuple[Interval, float, float]:
    """Give after − before of two means of period values with Welch's interval, its standard error and degrees of freedom.

    ``wider`` multiplies the error. Bounds, error and freedom are NaN below two values on a side, and the bounds are the change itself
    where nothing varies.
    """
    from scipy.special import stdtrit

    change = float(after.mean() - before.mean()) if len(before) and len(after) else math.nan
    if min(len(before), len(after)) < 2:
        return Interval(change, math.nan, math.nan), math.nan, math.nan
    parts = [wider**2 * float(side.var(ddof=1)) / len(side) for side in (before, after)]
    error = math.sqrt(sum(parts))
    if error == 0:
        return Interval(change, change, change), 0.0, math.inf
    freedom = sum(parts) ** 2 / sum(p * p / (len(side) - 1) for p, side in zip(parts, (before, after), strict=True))
    half = float(stdtrit(freedom, 0.975)) * error
    return Interval(change, change - half, change + half), error, freedom


def holm(p: "Array") -> "Array":
    """Adjust p-values so that, over all of them, a false claim is as rare as one alone (Holm 1979); missing stays missing."""
    import numpy as np

    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    adjusted = np.full(len(p), np.nan)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(p[order] * np.arange(len(order), 0, -1)))
    return adjusted


def benjamini_hochberg(p: "Array") -> "Array":
    """Adjust p-values so that of all claims made at most that share is false (Benjamini & Hochberg 1995); missing stays missing."""
    import numpy as np
    from scipy.stats import false_discovery_control

    known = ~np.isnan(p)
    adjusted = np.full(len(p), np.nan)
    adjusted[known] = false_discovery_control(p[known])
    return adjusted


def net_share_bounds(more: "npt.ArrayLike", fewer: "npt.ArrayLike", n: "npt.ArrayLike", z: float = Z95) -> "tuple[Array, Array]":
    """Give the score bounds of ``(more − fewer) ÷ n``, two shares of the same answers that exclude each other (promoters and detractors).

    Tango's (1998) interval for such a difference: as Wilson's for a share, it keeps 95 % at small ``n`` and near the ends, never goes
    beyond −1 and 1, and is no point where all answers are alike. NaN where ``n`` is 0 or the counts are no shares of it.
    """
    import numpy as np

    up, down, size = (np.asarray(part, float) for part in np.broadcast_arrays(more, fewer, n))
    usable = (size > 0) & (up >= 0) & (down >= 0) & (up + down <= size * (1 + 1e-9))
    up, down, size = (np.where(usable, part, np.nan) for part in (up, down, size))
    value = (up - down) / size

    def is_out(net: "Array") -> "Array":
        """Whether the score at a net share is over ``z``; the smaller share is then the likeliest that the net share allows."""
        b = (2 * size - up + down) * net - up - down
        share = (np.sqrt(np.maximum(b * b + 8 * size * down * net * (1 - net), 0)) - b) / (4 * size)
        return (value - net) ** 2 * size > z * z * np.maximum(2 * share + net * (1 - net), 0)

    out, within = np.broadcast_arrays(np.reshape([-1.0, 1.0], (2, *[1] * value.ndim)), value)
    for _ in range(50):
        middle = (out + within) / 2
        outside = is_out(middle)
        out, within = np.where(outside, middle, out), np.where(outside, within, middle)
    lower, upper = np.where(usable, within, np.nan)
    return lower, upper
