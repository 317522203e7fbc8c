"""Bennet's (1920) midpoint split of a ratio's change over its slices: exact, so that nothing is left over.

A ratio is the sum of share × rate over its slices. What a slice brought is its part's change less the mean level times its share's
change. Of that its rate brought its mean share times its rate's change; the rest is mix: its share's change times how far its mean
rate lies from the mean level.
"""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]
    Pair = tuple[Array, Array]


def rates(tops: "Array", bottoms: "Array") -> "Array":
    """Give each slice's own ratio; NaN where it has no bottom."""
    return np.divide(tops, bottoms, out=np.full(len(bottoms), np.nan), where=bottoms != 0)


def brought(parts: "Pair", shares: "Pair", level: float) -> "Array":
    """Give what each slice brought to the change of the sum of ``parts``; ``level`` is that sum's mean over both sides."""
    return parts[1] - parts[0] - level * (shares[1] - shares[0])


def by_rate(shares: "Pair", own: "Pair") -> "Array":
    """Give what each slice's own rate brought; 0 where a side has none."""
    return np.nan_to_num((shares[0] + shares[1]) / 2 * (own[1] - own[0]))
