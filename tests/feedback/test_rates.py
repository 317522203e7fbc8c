"""Two rates are compared by the arithmetic of the books."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import nbinom, norm, poisson

from prodops.feedback.overdispersion import Spread
from prodops.feedback.rates import count_interval, ratio_interval, surprise

PLAIN = Spread(np.array([1.0]), 1e6)


def one(value: float) -> np.ndarray:
    return np.array([float(value)])


def test_poisson_deviance_by_hand() -> None:
    """30 voices in a week after 260 in 26: against 10.74 expected of 290, less half a voice; twice the sum of observed times log observed over expected."""
    expected, rest = 290 / 27, 290 * 26 / 27
    root = (2 * (29.5 * np.log(29.5 / expected) + 260.5 * np.log(260.5 / rest))) ** 0.5
    assert_allclose(surprise(one(30), one(260), 1, 26, PLAIN), 2 * norm.sf(root), rtol=1e-3)


@pytest.mark.parametrize(
    ("late", "mean", "dispersion"),
    [(20, 8, 1), (55, 30, 1), (420, 300, 1), (1, 12, 1), (40, 10, 3), (120, 60, 2), (900, 300, 31), (5, 60, 7)],
)
def test_it_agrees_with_the_exact_tail(late: int, mean: int, dispersion: float) -> None:
    """Against a mean that is all but known, it is twice the tail of the Poisson or negative binomial distribution, within a factor of two."""
    chance = poisson(mean) if dispersion == 1 else nbinom(mean / (dispersion - 1), 1 / dispersion)
    exact = 2 * (chance.sf(late - 1) if late > mean else chance.cdf(late))
    found = surprise(one(late), one(mean * 1e5), 1, 1e5, Spread(one(dispersion), 1e6))[0]
    assert 0.5 < found / exact < 2


def test_a_dispersion_known_from_little_needs_more() -> None:
    """The fewer degrees of freedom the dispersion is known with, the less surprising is the same count."""
    p = [float(surprise(one(30), one(260), 1, 26, Spread(one(1.5), freedom))[0]) for freedom in (5, 25, 1e6)]
    assert p == sorted(p, reverse=True)
    assert p[0] > 20 * p[2]


@given(st.integers(0, 500), st.integers(0, 5000), st.floats(1, 20), st.integers(1, 4))
def test_the_interval_holds_what_is_not_surprising(late: int, before: int, dispersion: float, weeks: int) -> None:
    """The ratio lies in its interval, and the interval holds 1 just where the p is over 0.05."""
    spread = Spread(one(dispersion), 30)
    (low,), (high,) = ratio_interval(one(late), one(before), weeks, 26, spread)
    assert low <= high
    if before:
        assert low * (1 - 1e-9) <= late / before * 26 / weeks <= high * (1 + 1e-9)
    p = float(surprise(one(late), one(before), weeks, 26, spread)[0])
    if abs(p - 0.05) > 1e-6 and late + before:
        assert (low <= 1 <= high) == (p > 0.05)


def test_nothing_before_and_nothing_late() -> None:
    """Without a voice before there is no upper end, without one late the lower is 0; without any at all nothing surprises."""
    (low,), (high,) = ratio_interval(one(12), one(0), 4, 22, PLAIN)
    assert low > 5
    assert np.isinf(high)
    (low,), (high,) = ratio_interval(one(0), one(220), 4, 22, PLAIN)
    assert low == 0
    assert 0 < high < 0.15
    assert surprise(one(0), one(0), 4, 22, PLAIN) == 1


def test_poisson_interval() -> None:
    """The exact interval, as in any table of it (Garwood 1936)."""
    lower, upper = count_interval([0, 1, 10])
    assert_allclose(lower, [0, 0.0253, 4.7954], atol=1e-4)
    assert_allclose(upper, [3.6889, 5.5716, 18.3904], atol=1e-4)
