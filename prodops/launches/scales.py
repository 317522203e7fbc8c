"""The scale on which a KPI is looked at: shares on log odds, counts and money on logarithms, so that what was expected stays possible."""

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
    """A scale and its way back, for numbers that lie ``above`` one limit and ``below`` another."""

    there: Bend
    back: Bend
    above: float = -np.inf
    below: float = np.inf

    def fits(self, values: Array) -> bool:
        return bool(((values > self.above) & (values < self.below)).all())

    def without(self, values: Array, effect: float) -> Array:
        """Give what values would have been without an effect that was added on this scale."""
        return self.back(self.there(values) - effect)


PLAIN = Scale(lambda v: v, lambda v: v)
LOGS = Scale(np.log, np.exp, above=0.0)
ODDS = Scale(lambda v: np.log(v / (1 - v)), lambda v: 1 / (1 + np.exp(-v)), above=0.0, below=1.0)
SCALES: dict[Kind, Scale] = {"": PLAIN, "share": ODDS, "count": LOGS, "money": LOGS}


def scale_of(kind: Kind, values: Array) -> Scale:
    """Choose a KPI's scale; the plain one where a value lies at or beyond the scale's ends, such as a count of 0."""
    return SCALES[kind] if SCALES[kind].fits(values) else PLAIN
