"""The scale on which a KPI is looked at: shares on log odds, counts and money on logarithms, so that what was expected stays possible.

What grows by so much percent a period is a line on logarithms only, what gains as much each period a line on the plain scale only. Of
counts and money logarithms are kept unless the past itself is far more likely on the plain scale (Box and Cox 1964, Journal of the
Royal Statistical Society B 26, 211–252).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Kind = Literal["", "share", "count", "money"]
Bend = Callable[[Array], Array]


@dataclass(frozen=True)
class Scale:
    """A scale and its way back, for numbers that lie ``above`` one limit and ``below`` another.

    ``steps`` is the logarithm of how much of the KPI's own unit a small step on the scale is.
    """

    there: Bend
    back: Bend
    steps: Bend
    above: float = -np.inf
    below: float = np.inf

    def fits(self, values: Array) -> bool:
        return bool(((values > self.above) & (values < self.below)).all())

    def without(self, values: Array, effect: float) -> Array:
        """Give what values would have been without an effect that was added on this scale."""
        return self.back(self.there(values) - effect)


PLAIN = Scale(lambda v: v, lambda v: v, np.zeros_like)
LOGS = Scale(np.log, np.exp, np.log, above=0.0)
ODDS = Scale(lambda v: np.log(v / (1 - v)), lambda v: 1 / (1 + np.exp(-v)), lambda v: np.log(v * (1 - v)), above=0.0, below=1.0)
SCALES: dict[Kind, tuple[Scale, ...]] = {"": (PLAIN,), "share": (ODDS,), "count": (LOGS, PLAIN), "money": (LOGS, PLAIN)}
"""A kind's scales, the usual one first."""
SURE = 20.0
"""So many times as likely the past must be on another scale than the usual one: strong evidence by Kass and Raftery (1995)."""


def scales_of(kind: Kind, values: Array) -> tuple[Scale, ...]:
    """Give the scales open to a KPI of some kind; the plain one where a value lies at or beyond the others' ends, such as a count of 0."""
    return tuple(scale for scale in SCALES[kind] if scale.fits(values)) or (PLAIN,)
