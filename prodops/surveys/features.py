"""What a feature is to people, from two questions each: Kano's categories and Ulwick's opportunity score."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from prodops.errors import InputError
from prodops.intervals import combined_shares_bounds
from prodops.surveys.estimates import Answers, Array, Estimate, kish, numbers, share_of, to_numbers, weighed
from prodops.surveys.scores import check_top

CATEGORIES = {"M": "must-be", "O": "one-dimensional", "A": "attractive", "I": "indifferent", "R": "reverse", "Q": "questionable"}
GRID = ("QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ")
"""Kano's table (1984; Berger et al. 1993): rows by the answer if the feature is there, columns if it is not, from like to dislike."""
WORDS = (("dislike", 5), ("like", 1), ("expect", 2), ("must", 2), ("neutral", 3), ("tolerate", 4), ("live with", 4), ("accept", 4))
"""What the five answers are called, the first that is found counts: "I expect it" is 2, "I can live with it" 4."""
SURE = 0.05


@dataclass(frozen=True)
class Kano:
    """What a feature is to most respondents, and how sure that is.

    ``shares`` gives each category's share (:data:`CATEGORIES`). ``category`` is the commonest, ``runner_up`` the next; ``p`` is the chance
    of so large a lead if both were as common, and ``is_sure`` says that it is at most 5 %. ``better`` is the share whom the feature
    would please, (A + O) ÷ (A + O + M + I), and ``worse`` the share whom its lack would annoy, −(O + M) over the same, from −1 to 0.
    """

    category: str
    runner_up: str
    p: float
    shares: dict[str, Estimate]
    better: Estimate
    worse: Estimate
    n: int
    effective_n: float

    @property
    def is_sure(self) -> bool:
        """Whether the leading category leads by more than chance."""
        return self.p <= SURE

    def to_frame(self) -> pd.DataFrame:
        """Give one row a category: ``category, name, share, lower, upper``."""
        rows = [(c, CATEGORIES[c], e.value, e.lower, e.upper) for c, e in self.shares.items()]
        return pd.DataFrame(rows, columns=["category", "name", "share", "lower", "upper"])


def kano(functional: Answers, dysfunctional: Answers, weights: Iterable[float] | None = None) -> Kano:
    """Classify a feature by Kano's grid from the answers if it is there and if it is not.

    Answers are 1 (like), 2 (expect), 3 (neutral), 4 (live with) and 5 (dislike), or these in words; a respondent with only one answer is
    left out. The lead is tested by the score test of two shares of the same answers (as Fong 1996 asks of a category). Without
    answers ``category`` is "" and ``p`` NaN.
    """
    there, absent = _steps(functional), _steps(dysfunctional)
    if len(there) != len(absent):
        raise InputError(
            f"There are {len(there):,} answers if the feature is there and {len(absent):,} if not; give one each a respondent."
        )
    weight = weighed(weights, len(there))
    known = (there > 0) & (absent > 0) & (weight > 0)
    weight = weight[known]
    found = np.array([GRID[i - 1][j - 1] for i, j in zip(there[known], absent[known], strict=True)], dtype="U1")
    shares = {c: share_of((found == c).astype(float), weight) for c in CATEGORIES}
    first, second, p = _lead(shares)
    judged = np.isin(found, list("MOAI"))
    better = share_of(np.isin(found[judged], ("A", "O")).astype(float), weight[judged])
    worse = share_of(np.isin(found[judged], ("O", "M")).astype(float), weight[judged])
    return Kano(first, second, p, shares, better, _negative(worse), len(weight), kish(weight))


def _steps(answers: Answers) -> "npt.NDArray[np.int_]":
    """Read answers as 1 to 5, 0 where there is none."""
    column = pd.Series(list(answers), dtype=object)
    words = column.astype("string").str.casefold()
    for word, step in WORDS:
        is_word = words.str.contains(word, regex=False).fillna(False).to_numpy(dtype=bool)
        column = column.mask(is_word, step)
        words = words.mask(is_word)
    score = to_numbers(column)
    odd = score[~np.isnan(score) & ~np.isin(score, (1, 2, 3, 4, 5))]
    if len(odd):
        raise InputError(f"An answer to Kano's question is {odd[0]:g}; expected 1 (like) to 5 (dislike), or these in words.")
    return np.nan_to_num(score).astype(int)


def _lead(shares: dict[str, Estimate]) -> tuple[str, str, float]:
    """Name the commonest category and the next, and test their difference at none: (a − b)² ÷ (a + b) is chi-squared."""
    from scipy.special import chdtrc

    size = next(iter(shares.values())).effective_n
    if not size:
        return "", "", math.nan
    (first, a), (second, b) = sorted(((c, e.value * size) for c, e in shares.items()), key=lambda pair: -pair[1])[:2]
    return first, second, float(chdtrc(1, (a - b) ** 2 / (a + b)))


def _negative(found: Estimate) -> Estimate:
    return Estimate(-found.value, -found.upper, -found.lower, found.n, found.effective_n)


# ------------------------------------------------------------------------------------------------ opportunity
@dataclass(frozen=True)
class Opportunity:
    """Ulwick's opportunity score, 0–20, with what it comes from: importance and satisfaction, each 0–10. Above 10 a need is underserved."""

    score: Estimate
    importance: Estimate
    satisfaction: Estimate


def opportunity(
    importance: Answers, satisfaction: Answers, weights: Iterable[float] | None = None, *, scale: tuple[int, int] = (1, 5), top: int = 2
) -> Opportunity:
    """Score an outcome that people want: I + max(I − S, 0), where I and S are ten times the top-box shares (Ulwick 2005).

    Only respondents with both answers count. As the score is the larger of I and 2·I − S, each of its bounds is the larger of theirs:
    Wilson's, and that of a sum of shares of the same answers (Bonett and Price 2012).
    """
    check_top(scale, top)
    pairs = [to_numbers(importance), to_numbers(satisfaction)]
    if len(pairs[0]) != len(pairs[1]):
        raise InputError(
            f"There are {len(pairs[0]):,} answers on importance and {len(pairs[1]):,} on satisfaction; give one each a respondent."
        )
    weight = weighed(weights, len(pairs[0]))
    known = np.all([(part >= scale[0]) & (part <= scale[1]) for part in pairs], axis=0)
    wanted, met = ((part[known] > scale[1] - top).astype(float) for part in pairs)
    important, satisfied = (_tenfold(share_of(*numbers(part, weight[known]))) for part in (wanted, met))
    return Opportunity(_gap(important, satisfied, wanted, met, weight[known]), important, satisfied)


def _gap(important: Estimate, satisfied: Estimate, wanted: Array, met: Array, weight: Array) -> Estimate:
    size = important.effective_n
    if not size:
        return important
    kinds = [wanted * (1 - met), wanted * met, (1 - wanted) * met]
    counts = [np.asarray(float((weight * kind).sum() / weight.sum() * size)) for kind in kinds]
    lower, upper = (10 * float(b) for b in combined_shares_bounds(np.array([2.0, 1.0, -1.0]), counts, np.asarray(size)))
    value = important.value + max(important.value - satisfied.value, 0.0)
    return Estimate(value, max(important.lower, lower), min(max(important.upper, upper), 20.0), important.n, size)


def _tenfold(found: Estimate) -> Estimate:
    return Estimate(10 * found.value, 10 * found.lower, 10 * found.upper, found.n, found.effective_n)
