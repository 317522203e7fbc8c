"""The scores that surveys are known by: NPS, CSAT, CES and PMF, by their standard definitions."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from prodops.errors import InputError
from prodops.intervals import net_share_bounds
from prodops.surveys.estimates import NOTHING, Answers, Estimate, kish, mean, numbers, share_of, told, weighed

NPS_SCALE, CES_SCALE = (0, 10), (1, 7)
VERY = "very disappointed"


def nps(scores: Answers, weights: Iterable[float] | None = None) -> Estimate:
    """Give the Net Promoter Score of answers on 0–10, in points: 100 times the share of 9–10 less the share of 0–6 (Reichheld 2003).

    The range is Tango's score interval on the effective number of answers, which holds its 95 % from ten answers on where the usual
    variance, (p + d − (p − d)²) ÷ n, does not. Numbers outside 0–10 are codes for no answer and left out, as missing ones are.
    """
    score, weight = numbers(scores, weights, NPS_SCALE)
    if not len(score):
        return NOTHING
    promoters, detractors = np.average(score >= 9, weights=weight), np.average(score <= 6, weights=weight)
    size = told(np.sign(score - 7.5) * ((score >= 9) | (score <= 6)), weight)
    lower, upper = net_share_bounds(promoters * size, detractors * size, size)
    return Estimate(100 * float(promoters - detractors), 100 * float(lower), 100 * float(upper), len(score), kish(weight))


def csat(scores: Answers, weights: Iterable[float] | None = None, *, scale: tuple[int, int] = (1, 5), top: int = 2) -> Estimate:
    """Give customer satisfaction: the share in the ``top`` boxes of the scale (4–5 on 1–5), with Wilson's range.

    Numbers off the scale are left out. Raises InputError where the scale has no box besides the top ones.
    """
    check_top(scale, top)
    score, weight = numbers(scores, weights, scale)
    return share_of((score > scale[1] - top).astype(float), weight)


def ces(scores: Answers, weights: Iterable[float] | None = None) -> Estimate:
    """Give the Customer Effort Score: the mean of answers on 1–7, 7 the easiest (CES 2.0), with its range within the scale."""
    score, weight = numbers(scores, weights, CES_SCALE)
    found = mean(score, weight)
    return Estimate(found.value, max(found.lower, 1.0), min(found.upper, 7.0), found.n, found.effective_n)


def pmf(answers: Answers, weights: Iterable[float] | None = None) -> Estimate:
    """Give product-market fit by Sean Ellis' question: the share who would be "very disappointed" without the product; its bar is 40 %.

    Answers are words, capitals and blanks around them aside. All who answered count; make those missing who no longer use the product
    if the question is not for them.
    """
    column = pd.Series(list(answers), dtype=object)
    weight = weighed(weights, len(column))
    known = column.notna().to_numpy() & (weight > 0)
    hit = column.astype("string").str.strip().str.casefold().eq(VERY).fillna(False).to_numpy(dtype=float)
    return share_of(hit[known], weight[known])


def check_top(scale: tuple[int, int], top: int) -> None:
    """Refuse a scale whose top boxes are all of it, or none."""
    if not 1 <= top <= scale[1] - scale[0]:
        raise InputError(f"The top {top} boxes of {scale[0]} to {scale[1]} say nothing; give 1 to {scale[1] - scale[0]} of them.")
