"""A survey's number with its 95 % range, and what every measure does with answers and weights before it counts."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from prodops.errors import InputError, shorten
from prodops.intervals import wilson

Array = npt.NDArray[np.float64]
Answers = Iterable[object]
"""One answer a respondent, in any order: a list, an array or a column; None and NaN are no answer."""


@dataclass(frozen=True)
class Estimate:
    """A number of a survey with its 95 % range: shares 0–1, means in the scale's own steps, an NPS from −100 to 100.

    ``n`` counts the answers; ``effective_n`` is how many equally weighted ones would tell as much (Kish 1965: (Σw)² ÷ Σw²). Without an
    answer ``value`` is NaN, and the bounds are NaN where no honest range exists.
    """

    value: float
    lower: float
    upper: float
    n: int
    effective_n: float

    @property
    def design_effect(self) -> float:
        """How many times more answers the weights cost: ``n ÷ effective_n``."""
        return self.n / self.effective_n if self.effective_n else math.nan


FEW = 5.0
"""With so many answers apart from the commonest, their own error and Kish's rule are believed alike."""
NOTHING = Estimate(math.nan, math.nan, math.nan, 0, 0.0)


def share(hits: Answers, weights: Iterable[float] | None = None) -> Estimate:
    """Give the share of hits among those who answered, with Wilson's range on the effective number of answers.

    ``hits`` holds true, false or missing a respondent. Raises InputError for other values, and for weights that do not fit.
    """
    hit, weight = numbers(hits, weights)
    if not np.isin(hit, (0, 1)).all():
        odd = hit[~np.isin(hit, (0, 1))][0]
        raise InputError(f"A share counts hits, true or false; one of them is {odd:g}.")
    return share_of(hit, weight)


def share_of(hit: Array, weight: Array) -> Estimate:
    """Give a share of answers already cleaned: 1 and 0, each with its weight."""
    if not len(hit):
        return NOTHING
    size = told(hit, weight)
    found = wilson(float(np.average(hit, weights=weight)) * size, size)
    return Estimate(found.value, found.lower, found.upper, len(hit), kish(weight))


def mean(values: Answers, weights: Iterable[float] | None = None) -> Estimate:
    """Give the mean with Student's t range; with weights its error is linearised (Cochran 1977, 6.3) and its freedom Kish's.

    No range below two answers, nor where all are alike: nothing then tells how far others might lie.
    """
    from scipy.special import stdtrit

    value, weight = numbers(values, weights)
    if not len(value):
        return NOTHING
    size, centre = kish(weight), float(np.average(value, weights=weight))
    spread = float((weight**2 * (value - centre) ** 2).sum() / weight.sum() ** 2)
    if spread <= 1e-24 * max(1.0, centre**2) or size <= 1:
        return Estimate(centre, math.nan, math.nan, len(value), size)
    half = float(stdtrit(size - 1, 0.975)) * math.sqrt(spread * size / (size - 1))
    return Estimate(centre, centre - half, centre + half, len(value), size)


def off_scale(scores: Answers, scale: tuple[float, float]) -> "pd.Series":
    """Count the answers that are numbers outside a scale, such as a code for "no answer": by value, smallest first.

    The scores leave these out as they leave out missing ones; a report says how many there were.
    """
    value = to_numbers(scores)
    return pd.Series(value[(value < scale[0]) | (value > scale[1])], dtype=float).value_counts().sort_index()


# ------------------------------------------------------------------------------------------------ answers and weights
def kish(weight: Array) -> float:
    """Give the effective number of answers: (Σw)² ÷ Σw² (Kish 1965)."""
    return float(weight.sum() ** 2 / (weight**2).sum()) if len(weight) else 0.0


def told(value: Array, weight: Array) -> float:
    """Give how many equally weighted answers would tell as much of these values' mean; ``n`` itself where all weigh the same.

    Kish's number takes it that what people answer has nothing to do with their weight. Where the heavy answer otherwise than the light,
    the linearised error knows better (Cochran 1977, 6.3), but with few answers apart from the commonest it is itself a guess: the
    two are mixed by how many there are.
    """
    size, centre = kish(weight), np.average(value, weights=weight)
    part = np.bincount(np.unique(value, return_inverse=True)[1], weight)
    apart = size * (1 - part.max() / part.sum())
    spread = np.average((value - centre) ** 2, weights=weight)
    if not apart or not spread:
        return size
    own = spread * weight.sum() ** 2 / (weight**2 * (value - centre) ** 2).sum()
    trust = apart / (apart + FEW)
    return float(1 / (trust / own + (1 - trust) / size))


def told_of_shares(share: Array, squares: Array, weight: Array) -> Array:
    """Give what :func:`told` gives for many shares of the same people: of each, ``squares`` adds up its hits' squared weights."""
    size, all_squares = kish(weight), float((weight**2).sum())
    apart, spread = size * np.minimum(share, 1 - share), share * (1 - share)
    linear = squares * (1 - share) ** 2 + (all_squares - squares) * share**2
    mixed = (apart > 1e-9) & (spread > 1e-12) & (linear > 0)
    own = np.divide(spread * weight.sum() ** 2, linear, out=np.full(len(share), size), where=mixed)
    trust = np.where(mixed, apart / (apart + FEW), 0.0)
    return 1 / (trust / own + (1 - trust) / size) if size else np.full(len(share), np.nan)


def numbers(answers: Answers, weights: Iterable[float] | None, scale: tuple[float, float] | None = None) -> tuple[Array, Array]:
    """Give the answers that are there and on the scale, as numbers, with their weights (1 where none are given)."""
    value = to_numbers(answers)
    weight = weighed(weights, len(value))
    known = ~np.isnan(value) & (weight > 0)
    if scale:
        known &= (value >= scale[0]) & (value <= scale[1])
    return value[known], weight[known]


def to_numbers(answers: Answers) -> Array:
    """Read answers as numbers, missing and infinite ones as NaN; what is no number is refused by name."""
    if isinstance(answers, pd.Series | np.ndarray) and answers.dtype.kind in "biuf":
        plain = np.asarray(answers.to_numpy(dtype=float, na_value=np.nan) if isinstance(answers, pd.Series) else answers, dtype=float)
        return np.where(np.isfinite(plain), plain, np.nan)
    column = answers if isinstance(answers, pd.Series) else pd.Series(list(answers), dtype=object)
    found = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    odd = np.isnan(found) & column.notna().to_numpy()
    if odd.any():
        raise InputError(f"An answer is no number: {shorten(column[odd].iloc[0])}. Map words to numbers first, or make them missing.")
    return np.where(np.isfinite(found), found, np.nan)


def weighed(weights: Iterable[float] | None, n: int) -> Array:
    """Read the weights of ``n`` answers: 1 without any, 0 where one is missing; raises InputError where they do not fit."""
    if weights is None:
        return np.ones(n)
    weight = np.nan_to_num(to_numbers(weights), nan=0.0)
    if len(weight) != n:
        raise InputError(f"There are {n:,} answers and {len(weight):,} weights; give one weight an answer.")
    if (weight < 0).any():
        raise InputError(f"A weight is {weight.min():g}; weights say how many people an answer stands for, so 0 or more.")
    return weight
