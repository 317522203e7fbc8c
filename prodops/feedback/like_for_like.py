"""Means with and without something, compared like with like."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Integers = NDArray[np.intp]


class Difference(NamedTuple):
    """Mean with, minus mean without, within strata, and its standard error."""

    value: float
    without: float
    difference: float
    error: float
    n: int
    n_without: int


def difference(values: "Floats", has: "Bools", strata: "Integers", *, binary: bool = False) -> Difference:
    """Compare means with and without, like with like: strata are weighted by n₁n₀/(n₁+n₀), as Mantel and Haenszel do (Greenland & Robins
    1985).

    ``strata`` numbers each value's stratum. Variances are pooled over strata; those of shares take one more yes and one more no on either
    side (Agresti & Caffo 2000), so that no share is certain. Strata that hold only one side do not count; the difference is missing where
    all are such.
    """
    import numpy as np

    def side(rows: "Bools") -> "tuple[Floats, Floats, Floats]":
        most = int(strata.max(initial=0)) + 1
        n, total, squares = (np.bincount(strata[rows], values[rows] ** power, most).astype(float) for power in (0, 1, 2))
        return n, total / np.maximum(n, 1), squares - total**2 / np.maximum(n, 1)

    (n1, mean1, rest1), (n0, mean0, rest0) = side(has), side(~has)
    both = (n1 > 0) & (n0 > 0)
    if not both.any():
        return Difference(np.nan, np.nan, np.nan, np.nan, 0, 0)
    n1, mean1, rest1, n0, mean0, rest0 = (each[both] for each in (n1, mean1, rest1, n0, mean0, rest0))
    weight = n1 * n0 / (n1 + n0)
    apart = float((weight * (mean1 - mean0)).sum() / weight.sum())
    spread = weight**2 * (_variance(n1, mean1, rest1, binary) / n1 + _variance(n0, mean0, rest0, binary) / n0)
    value = float((n1 * mean1).sum() / n1.sum())
    return Difference(value, value - apart, apart, float(np.sqrt(spread.sum()) / weight.sum()), int(n1.sum()), int(n0.sum()))


def _variance(n: "Floats", mean: "Floats", rest: "Floats", binary: bool) -> float:
    """Pool the variance of one side over strata, from sizes, means and sums of squares about them."""
    if not binary:
        return float(rest.sum() / max((n - 1).sum(), 1))
    share = ((n * mean).sum() + 1) / (n.sum() + 2)
    return float(share * (1 - share))
