"""A change shared out among the inputs of a formula, whatever the formula: each input's mean effect over the orders of changing them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from prodops.errors import ParameterError

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

MOST = 12
"""Most inputs that moved at once: their 4,096 mixed states are all worked out."""
TOO_FAR = 1e9
"""A mixed state so many times as large as both ends was divided by what rounding left of zero."""


def shapley(formula: "Callable[[Array], Array]", before: "Array", after: "Array") -> "Array":
    """Share the change of ``formula`` out among its inputs (Shapley 1953); for two factors these are Bennet's midpoints.

    ``before`` and ``after`` hold one value an input; ``formula`` takes rows of such values and gives one result a row, NaN where it is
    not defined. The contributions add up to the whole change. Orders that pass a mixed state without a value (a division by zero) are
    left out; where none remains, all contributions are 0. Raises ParameterError for more than 12 inputs that moved.
    """
    moved = np.flatnonzero(before != after)
    if len(moved) > MOST:
        raise ParameterError(
            f"{len(moved)} inputs of the formula moved; at most {MOST} are taken apart. Group some of them in KPIs of their own."
        )
    masks = np.arange(2 ** len(moved))
    bits = (masks[:, None] >> np.arange(len(moved))) & 1
    states = np.tile(before, (len(masks), 1))
    states[:, moved] = np.where(bits == 1, after[moved], before[moved])
    values = formula(states)
    shares = np.zeros(len(before))
    shares[moved] = _mean_steps(values, _is_sound(values), bits)
    return shares


def _is_sound(values: "Array") -> "npt.NDArray[np.bool_]":
    ends = np.abs(values[[0, -1]]).max()
    return np.isfinite(values) & ((np.abs(values) <= TOO_FAR * ends) | (ends == 0))


def _mean_steps(values: "Array", sound: "npt.NDArray[np.bool_]", bits: "npt.NDArray[np.int64]") -> "Array":
    """Give each input's mean step over all ways from the first state to the last that meet sound states only."""
    full, places = len(values) - 1, range(bits.shape[1])
    up = _ways(sound, bits)
    down = _ways(sound[::-1], bits)[::-1]  # a way back is a way up through the complements
    if not up[full]:
        return np.zeros(bits.shape[1])
    known = np.where(sound, values, 0.0)
    steps = []
    for place in places:
        low = np.flatnonzero(bits[:, place] == 0)
        high = low | (1 << place)
        steps.append(float((up[low] * down[high] / up[full] * (known[high] - known[low])).sum()))
    return np.array(steps)


def _ways(sound: "npt.NDArray[np.bool_]", bits: "npt.NDArray[np.int64]") -> "Array":
    """Count the ways from no input changed to each state, one input at a time."""
    ways = np.zeros(len(sound))
    ways[0] = float(sound[0])
    for mask in range(1, len(sound)):
        if sound[mask]:
            ways[mask] = sum(ways[mask ^ (1 << int(place))] for place in np.flatnonzero(bits[mask]))
    return ways
