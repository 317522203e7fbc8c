"""One wave or group of a survey against another, many at once, and several pooled into one."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass

import numpy as np
import pandas as pd

from prodops.errors import InputError
from prodops.intervals import Z95, benjamini_hochberg
from prodops.surveys.estimates import Answers, Estimate, weighed

DIFFERS = 0.05
"""Of the differences claimed among many, at most this share is chance; of a single one, its chance."""


@dataclass(frozen=True)
class Change:
    """A later estimate less an earlier one, in their unit, with its 95 % range; ``p`` is the chance of so large a change if there is none."""

    value: float
    lower: float
    upper: float
    p: float

    @property
    def differs(self) -> bool:
        """Whether the change is more than chance; as ``p`` and range come from the same distances, the range then leaves out 0."""
        return self.p <= DIFFERS


def difference(before: Estimate, after: Estimate) -> Change:
    """Give after − before of two estimates of different people, from their ranges: each end's distances are added as squares.

    This is Newcombe's (1998, method 10; Zou and Donner 2008) way, which keeps 95 % for shares, NPS and means, weighted ones too, as their
    own ranges do. ``p`` is read off the same distances: it is 5 % where the range ends at 0. If the same people answered both, the
    range is wider than it need be. NaN where either has no range.
    """
    from scipy.special import ndtr

    change = after.value - before.value
    down = math.hypot(after.value - after.lower, before.upper - before.value)
    up = math.hypot(after.upper - after.value, before.value - before.lower)
    if math.isnan(down) or math.isnan(up):
        return Change(change, math.nan, math.nan, math.nan)
    toward = down if change > 0 else up
    p = 2 * float(ndtr(-Z95 * abs(change) / toward)) if toward else float(change == 0)
    return Change(change, change - down, change + up, p)


def differences(pairs: Mapping[str, tuple[Estimate, Estimate]]) -> pd.DataFrame:
    """Compare many pairs at once, such as each segment's wave with the one before, or each segment with the rest.

    One row a pair, in their order: ``name``; ``before, after, change, lower, upper`` (95 %, each for itself); ``n_before, n_after``; ``p``;
    ``p_adjusted`` (Benjamini & Hochberg 1995, over all pairs) and ``differs``: of those that are said to, at most 5 % do by chance.
    """
    rows = []
    for name, (before, after) in pairs.items():
        value, lower, upper, p = astuple(difference(before, after))
        rows.append((name, before.value, after.value, value, lower, upper, before.n, after.n, p))
    columns = ["name", "before", "after", "change", "lower", "upper", "n_before", "n_after", "p"]
    table = pd.DataFrame(rows, columns=columns)
    adjusted = benjamini_hochberg(table["p"].to_numpy(float))
    return table.assign(p_adjusted=adjusted, differs=adjusted <= DIFFERS)


def pooled(
    measure: Callable[[Answers, Iterable[float] | None], Estimate],
    waves: Sequence[Answers],
    weights: Sequence[Iterable[float] | None] | None = None,
) -> Estimate:
    """Pool the respondents of several waves or groups and measure them as one: ``pooled(surveys.nps, [spring, autumn])``.

    Respondents are pooled, never scores: a wave of a thousand counts ten times one of a hundred. ``weights`` has one entry a wave, each
    with a weight an answer or None.
    """
    parts = [list(wave) for wave in waves]
    given = list(weights) if weights is not None else [None] * len(parts)
    if len(given) != len(parts):
        raise InputError(f"There are {len(parts)} waves and weights for {len(given)}; give one entry a wave.")
    weight = np.concatenate([weighed(w, len(part)) for w, part in zip(given, parts, strict=True)]) if parts else np.empty(0)
    return measure([answer for part in parts for answer in part], weight)
