"""Means with and without are compared like with like, by the arithmetic of the books."""

import numpy as np
from numpy.testing import assert_allclose

from prodops.feedback.like_for_like import difference


def test_difference_by_hand() -> None:
    """Two strata: (3 − 1) and (5 − 4) at weights 2·2/4 and 2·2/4 give 1.5, each side's variance pooled."""
    values, has = np.array([2.0, 4, 0, 2, 4, 6, 3, 5]), np.array([True, True, False, False] * 2)
    found = difference(values, has, np.repeat([0, 1], 4))
    assert (found.difference, found.n, found.n_without) == (1.5, 4, 4)
    assert_allclose(found.error, (2 * (2 / 2 + 2 / 2)) ** 0.5 / 2)


def test_shares_as_mantel_and_haenszel() -> None:
    """For yes and no it is their risk difference; a side without any yes is not taken as certain."""
    parts = [(0, True, 10, 8), (0, False, 20, 4), (1, True, 30, 3), (1, False, 40, 1)]
    values = np.array([float(i < yes) for _, _, n, yes in parts for i in range(n)])
    has, strata = (np.array([part[place] for part in parts for _ in range(part[2])]) for place in (1, 0))
    found = difference(values, has, strata, binary=True)
    by_hand = ((8 * 20 - 4 * 10) / 30 + (3 * 40 - 1 * 30) / 70) / (10 * 20 / 30 + 30 * 40 / 70)
    assert_allclose(found.difference, by_hand)
    assert difference(np.zeros(40), np.array([True, False] * 20), np.zeros(40, int), binary=True).error > 0.05


def test_one_side_only() -> None:
    """Strata with one side do not count; where all are such, nothing is known."""
    found = difference(np.array([1.0, 2.0]), np.array([True, False]), np.array([0, 1]))
    assert np.isnan(found.difference)
