import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from prodops.intervals import (
    benjamini_hochberg,
    combined_shares_bounds,
    holm,
    mean_bounds,
    means_difference,
    shares_difference,
    wilson,
    wilson_bounds,
)


@pytest.mark.parametrize(
    ("successes", "n", "lower", "upper"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_intervals(successes, n, lower, upper):
    """The four examples of Newcombe (1998, Statistics in Medicine 17, 857-872, method 3) come out to the last digit printed."""
    share = wilson(successes, n)
    assert (round(share.lower, 4), round(share.upper, 4)) == (lower, upper)
    assert share.value == successes / n


def test_wilson_has_no_interval_without_rows_or_for_what_is_no_share():
    """Nothing over nothing, and more successes than tries, have no interval."""
    assert all(math.isnan(part) for part in wilson(0, 0))
    lower, upper = wilson_bounds(np.array([3.0, np.nan]), np.array([2.0, 5.0]))
    assert np.isnan([*lower, *upper]).all()


def test_a_difference_of_shares_has_the_published_interval():
    """56 of 70 less 48 of 80 is 0.2000 with 0.0524 to 0.3339 (Newcombe 1998, 873-890, method 10)."""
    assert tuple(round(part, 4) for part in shares_difference((48, 80), (56, 70))) == (0.2, 0.0524, 0.3339)


def test_a_mean_has_students_interval():
    """Of 4, 5 and 9: mean 6, sd 2.6458, t with two degrees 4.3027, so 6 ± 6.5724; one value alone has none."""
    lower, upper = mean_bounds(np.array([18.0, 4.0]), np.array([122.0, 16.0]), np.array([3.0, 1.0]))
    assert (round(lower[0], 4), round(upper[0], 4)) == (-0.5724, 12.5724)
    assert np.isnan([lower[1], upper[1]]).all()


def test_a_difference_of_means_has_welchs_interval():
    """Of 1, 2, 3 and 4, 6, 8, 10: difference 5, standard error sqrt(1/3 + 6.6667/4), 4.0755 degrees of freedom, t 2.756."""
    change, error, freedom = means_difference(np.array([1.0, 2.0, 3.0]), np.array([4.0, 6.0, 8.0, 10.0]))
    assert (error, freedom) == (pytest.approx(2**0.5), pytest.approx(4.0755, abs=0.0001))
    assert change.value == 5
    assert (change.upper - change.lower) / 2 == pytest.approx(2.7563 * 2**0.5, abs=0.0005)
    assert math.isnan(means_difference(np.array([1.0]), np.array([2.0, 3.0]))[0].lower)


@pytest.mark.parametrize("n", [30, 100, 1000])
def test_the_range_of_an_nps_covers_as_it_says(n):
    """Of 20,000 polls with half promoters and a fifth detractors, the 95 % range holds the true 30 in 94 to 96.5 %."""
    counts = np.random.default_rng(4).multinomial(n, [0.5, 0.2, 0.3], size=20_000).astype(float)
    size = np.full(20_000, float(n))
    lower, upper = combined_shares_bounds(np.array([100.0, -100.0]), [counts[:, 0], counts[:, 1]], size)
    assert 0.94 <= ((lower <= 30) & (upper >= 30)).mean() <= 0.965


def test_holm_by_hand():
    """The smallest p is multiplied by how many there are, the next by one less, and none falls below one before it."""
    assert_allclose(holm(np.array([0.01, 0.04, np.nan, 0.03])), [0.03, 0.06, np.nan, 0.06])
    assert_allclose(holm(np.array([0.9, 0.6])), [1.0, 1.0])


def test_benjamini_hochberg_as_published():
    """The example of the paper's section 3.2: at 5 % the four smallest of fifteen are claimed."""
    p = np.array([0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0])
    assert (benjamini_hochberg(p) <= 0.05).tolist() == [True] * 4 + [False] * 11
    assert_allclose(benjamini_hochberg(np.array([0.01, np.nan, 0.04, 0.03])), [0.03, np.nan, 0.04, 0.04])
