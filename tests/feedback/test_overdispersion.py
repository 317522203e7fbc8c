"""How much weeks vary beyond chance is estimated by the arithmetic of the papers."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import polygamma

from prodops.feedback.overdispersion import _trigamma_inverse, dispersion, level, memory, roughness, squeeze


def around_mean(counts: np.ndarray) -> np.ndarray:
    return np.repeat(counts.mean(axis=1, keepdims=True), counts.shape[1], axis=1)


def test_one_theme_by_hand() -> None:
    """Variance over mean, never under 1; a lone theme has nobody to lean on, and its own degrees of freedom."""
    counts = np.array([[0.0, 3, 6]])
    assert dispersion(counts, around_mean(counts)) == (3.0, 2)
    calm = np.array([[4.0, 4, 4]])
    assert dispersion(calm, around_mean(calm)) == (1.0, 2)
    single = np.array([[5.0]])
    assert dispersion(single, single) == (1.0, 1)


def test_roughness_by_hand() -> None:
    """Squared differences of neighbours over their sums: of 2, 8, 2 it is 72 over 20; a step from 2 to 8 counts once."""
    assert_allclose(roughness(np.array([[2.0, 8, 2]])).dispersion, [3.6])
    assert_allclose(roughness(np.array([[2.0] * 10 + [8.0] * 10])).dispersion, [1.0])


@pytest.mark.parametrize("y", [0.1, 1.0, 7.5, 300.0])
def test_trigamma_is_inverted(y: float) -> None:
    """Newton's method finds what trigamma was taken of."""
    assert_allclose(_trigamma_inverse(float(polygamma(1, y))), y, rtol=1e-6)


def test_squeeze_draws_alike_what_agrees() -> None:
    """Variances that differ by no more than chance become nearly one, known with many more degrees of freedom."""
    rng = np.random.default_rng(1)
    variances = 2.0 * rng.chisquare(25, 50) / 25
    drawn, freedom = squeeze(variances, np.ones(50, bool), 25)
    assert_allclose(drawn, 2.0, rtol=0.15)
    assert freedom > 100
    assert variances.max() > 3


def test_squeeze_recovers_the_prior() -> None:
    """Of variances drawn from a scaled inverse chi-square with 8 degrees of freedom around 3, both numbers come back (Smyth 2004)."""
    rng = np.random.default_rng(2)
    true = 3.0 * 8 / rng.chisquare(8, 4000)
    drawn, freedom = squeeze(true * rng.chisquare(25, 4000) / 25, np.ones(4000, bool), 25)
    assert_allclose(freedom, 25 + 8, rtol=0.1)
    assert ((drawn - true) ** 2).mean() < ((true * rng.chisquare(25, 4000) / 25 - true) ** 2).mean()


def test_dispersion_that_grows_with_the_mean() -> None:
    """Of 60 negative binomial themes with size 10, means from 3 to 300, dispersions come out near 1 + mean / 10."""
    rng = np.random.default_rng(3)
    means = np.geomspace(3, 300, 60)
    counts = rng.poisson(rng.gamma(10, means[:, None] / 10, (60, 26))).astype(float)
    found = dispersion(counts, around_mean(counts))
    assert np.all(found.freedom > 50)
    assert np.median(np.abs(np.log(found.dispersion / (1 + means / 10)))) < 0.25


def test_an_outbreak_says_nothing_of_other_themes() -> None:
    """One theme's wild week leaves the dispersions of the others, and how surely they are known, nearly as they were; its own is its own."""
    counts = np.random.default_rng(5).poisson(np.geomspace(5, 100, 30)[:, None], (30, 26)).astype(float)
    wild = counts.copy()
    wild[12, 9] *= 15
    calm, found = dispersion(counts, around_mean(counts)), dispersion(wild, around_mean(wild))
    others = np.arange(30) != 12
    assert_allclose(found.dispersion[others], calm.dispersion[others], rtol=0.1)
    assert found.freedom[others].min() > 100
    assert found.freedom[12] == 25
    assert found.dispersion[12] == pytest.approx(wild[12].var(ddof=1) / wild[12].mean())


def test_memory_by_hand() -> None:
    """Weeks without memory add nothing, nor do those that vary no more than chance; a likeness of 1/25 in half of the variance does so much."""
    alternating = np.array([[1.0, 3] * 20])
    assert memory(alternating, around_mean(alternating), np.array([2.0]), 4) == 1.0
    empty = np.array([[0.0, 0, 0]])
    assert memory(empty, empty, np.array([1.0]), 4) == 1.0
    steps = np.array([[1.0, 1, 3, 3] * 25])  # neighbours alike: 25 + 25 - 24 - 25 over 100, and 1/100 back: 0.02, of half the variance
    assert memory(steps, around_mean(steps), np.array([1.0]), 2) == 1.0
    late, long = 1 + 0.5 * 0.04, 1 + 0.5 * 2 * 0.04 / 0.96
    by_hand = (late / 2 + long / 100) / (1 / 2 + 1 / 100) * 99 / (100 - long)
    assert_allclose(memory(steps, around_mean(steps), np.array([2.0]), 2), by_hand)


def test_the_general_level() -> None:
    """A week in which all themes double is a level of 2; one theme's outbreak is none, nor are weeks that only vary by chance."""
    rng = np.random.default_rng(4)
    counts = rng.poisson(np.geomspace(5, 100, 20)[:, None], (20, 26)).astype(float)
    assert level(counts).tolist() == [1.0] * 26
    holiday = counts.copy()
    holiday[:, 10] *= 2
    assert_allclose(level(holiday)[10] / np.median(level(holiday)), 2, rtol=0.15)
    outbreak = counts.copy()
    outbreak[3, 10:] *= 20
    assert level(outbreak).tolist() == [1.0] * 26
    assert level(holiday[:5]).tolist() == [1.0] * 26
