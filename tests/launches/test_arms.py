"""Two arms set against each other from sums: the field's own formulas, one library's numbers, and ranges that hold when peeked at."""

import math

import numpy as np
import pytest
import tea_tasting as tt
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, ttest_ind, ttest_ind_from_stats
from tea_tasting.aggr import Aggregates

from prodops.errors import ParameterError
from prodops.launches import Arm, contrast

ONE, OTHER = np.array([1.0, 2, 3]), np.array([4.0, 6, 8, 10])


def arm(values: np.ndarray) -> Arm:
    return Arm.of_sums(len(values), float(values.sum()), float((values**2).sum()))


def test_a_difference_is_welchs() -> None:
    """Of 1, 2, 3 and 4, 6, 8, 10: 5 with an error of √(1/3 + 5/3), 4.0755 degrees of freedom, and scipy's p."""
    found = contrast(arm(ONE), arm(OTHER))
    assert (found.value, found.error, found.freedom) == (5, pytest.approx(2**0.5), pytest.approx(4.0755, abs=1e-4))
    assert found.p == pytest.approx(ttest_ind(OTHER, ONE, equal_var=False).pvalue)
    assert found.upper - 5 == pytest.approx(2.7563 * 2**0.5, abs=1e-3)


@pytest.mark.parametrize("sides", ["greater", "less"])
def test_one_sided_ranges_are_open_at_one_end(sides) -> None:
    """As scipy has them; the end that is asked about is nearer than that of a two-sided range."""
    found, both = contrast(arm(ONE), arm(OTHER), sides=sides), contrast(arm(ONE), arm(OTHER))
    assert found.p == pytest.approx(ttest_ind(OTHER, ONE, equal_var=False, alternative=sides).pvalue)
    assert (found.lower > both.lower, math.isinf(found.upper)) == ((True, True) if sides == "greater" else (False, False))
    assert (found.upper < both.upper, math.isinf(found.lower)) == ((True, True) if sides == "less" else (False, False))


def test_shares_by_the_normal_curve() -> None:
    """200 of 1,000 against 240 of 1,000: 0.04 over √(0.16 + 0.1824)/√1000, 1.96 errors on either side."""
    found = contrast(Arm.of_hits(1_000, 200), Arm.of_hits(1_000, 240), normal=True)
    error = math.sqrt((0.2 * 0.8 + 0.24 * 0.76) / 1_000)
    assert (found.value, found.error) == (pytest.approx(0.04), pytest.approx(error))
    assert (found.lower, found.p) == (pytest.approx(0.04 - 1.959964 * error), pytest.approx(2 * norm.sf(0.04 / error)))


def test_a_lift_has_the_error_of_a_quotient() -> None:
    """From 10 to 11 with variances 4 and 9 over 100 units each: 10 %, error √(9/100 + 1.1² · 4/100) ÷ 10 (delta method)."""
    found = contrast(Arm(100, 10, 4), Arm(100, 11, 9), relative=True)
    assert (found.value, found.error) == (pytest.approx(0.1), pytest.approx(math.sqrt(0.09 + 1.21 * 0.04) / 10))


def test_a_difference_against_a_margin() -> None:
    """Not worse than by 0.5 is another question than not worse: p is that of the difference less the margin."""
    found = contrast(Arm(100, 10, 4), Arm(100, 9.8, 4), sides="greater", null=-0.5)
    assert found.p == pytest.approx(ttest_ind_from_stats(10.3, 2, 100, 10, 2, 100, equal_var=False, alternative="greater").pvalue)
    assert found.lower < -0.5 or found.p < 0.05


def units(seed: int, n: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Give values of n units and what they were before."""
    rng = np.random.default_rng(seed)
    before = rng.gamma(2, 5, n)
    return before + rng.normal(0, 3, n), before


def test_what_was_known_before_is_taken_off_as_tea_tasting_does() -> None:
    """Difference, range and p of CUPED are those of tea-tasting on the same sums."""
    sides = [units(1), units(2)]
    arms = [arm(value).after(arm(before), float((value * before).sum())) for value, before in sides]
    sums = [
        Aggregates(len(v), {"v": v.mean(), "b": b.mean()}, {"v": v.var(ddof=1), "b": b.var(ddof=1)}, {("v", "b"): np.cov(v, b)[0, 1]})
        for v, b in sides
    ]
    theirs = tt.Mean("v", "b", equal_var=False, use_t=True, confidence_level=0.95, alternative="two-sided").analyze_aggregates(*sums)
    found = contrast(*arms)
    assert (found.value, found.lower, found.upper) == pytest.approx(
        (theirs.effect_size, theirs.effect_size_ci_lower, theirs.effect_size_ci_upper)
    )
    assert found.p == pytest.approx(theirs.pvalue)
    assert found.error < 0.7 * contrast(*(arm(v) for v, _ in sides)).error


def test_a_ratio_is_linearised_as_tea_tasting_does() -> None:
    """One value over another of the same units has the delta method's error."""
    sides = [units(1), units(2)]
    arms = [arm(value).over(arm(bottom), float((value * bottom).sum())) for value, bottom in sides]
    sums = [
        Aggregates(len(v), {"v": v.mean(), "b": b.mean()}, {"v": v.var(ddof=1), "b": b.var(ddof=1)}, {("v", "b"): np.cov(v, b)[0, 1]})
        for v, b in sides
    ]
    metric = tt.RatioOfMeans("v", "b", equal_var=False, use_t=True, confidence_level=0.95, alternative="two-sided")
    theirs = metric.analyze_aggregates(*sums)
    found = contrast(*arms)
    assert (found.value, found.upper, found.p) == pytest.approx((theirs.effect_size, theirs.effect_size_ci_upper, theirs.pvalue))


def test_a_ratios_lift_leans_on_its_adjusted_value() -> None:
    """The lift of a ratio that was known before is (what is gained beyond that) ÷ control: its error is that of the delta method, taken numerically."""
    c, t = (Arm(50, m, 4.0, is_ratio=True).with_before(Arm(50, b, 9.0), 3.0) for m, b in ((10.0, 7.0), (12.0, 8.0)))

    def lift(c_now: float, c_then: float, t_now: float, t_then: float) -> float:
        return (t_now - c_now - (t_then - c_then) / 3) / c_now  # the slope within both arms is 3 ÷ 9

    at, step = np.array([10.0, 7.0, 12.0, 8.0]), 1e-6
    gradient = np.array([(lift(*(at + step * one)) - lift(*(at - step * one))) / (2 * step) for one in np.eye(4)])
    spread = np.kron(np.eye(2), [[4.0, 3.0], [3.0, 9.0]]) / 50
    found = contrast(c, t, relative=True)
    assert (found.value, found.error) == pytest.approx((lift(*at), float(gradient @ spread @ gradient) ** 0.5))


def test_strata_weigh_as_their_units() -> None:
    """Two strata of 100 and 300 units with differences 1 and 2: 1.75, and their variances by the squares of 1/4 and 3/4 with the strata's own spread."""
    control = [Arm(50, 10, 4), Arm(150, 20, 4)]
    treated = [Arm(50, 11, 4), Arm(150, 22, 4)]
    found = contrast(control, treated)
    within = (1 / 4) ** 2 * (4 / 50 * 2) + (3 / 4) ** 2 * (4 / 150 * 2)
    assert (found.value, found.error) == (pytest.approx(1.75), pytest.approx(math.sqrt(within + 3 / 16 / 400)))
    assert contrast([control[0]], [treated[0]]) == contrast(control[0], treated[0])


def test_an_always_valid_range_holds_when_looked_at_a_hundred_times() -> None:
    """Of 400 experiments without an effect, looked at after each 50 units up to 5,000, at most 5 % are ever said to have one; plain p: over 20 %."""
    rng = np.random.default_rng(1)
    looks = np.arange(50, 5_001, 50)
    ever = np.zeros((400, 2), dtype=bool)
    for run in range(400):
        sums = [np.array([d.cumsum(), (d**2).cumsum()])[:, looks // 2 - 1] for d in rng.normal(0, 1, (2, 2_500))]
        for place in range(0, len(looks), 4):
            c, t = (Arm.of_sums(int(looks[place] // 2), *s[:, place]) for s in sums)
            ever[run] |= contrast(c, t, expected_units=5_000).p <= 0.05, contrast(c, t, normal=True).p <= 0.05
    assert ever[:, 0].mean() <= 0.05
    assert ever[:, 1].mean() > 0.2


@settings(max_examples=50)
@given(st.floats(-3, 3), st.integers(2, 10_000), st.sampled_from(["two-sided", "greater", "less"]), st.booleans())
def test_range_and_p_agree(gap: float, n: int, sides, sequential: bool) -> None:
    """p is at most 5 % exactly where the 95 % range leaves out no difference."""
    found = contrast(Arm(n, 0, 1), Arm(n, gap, 1), sides=sides, expected_units=5_000 if sequential else None)
    if abs(found.p - 0.05) > 1e-9:
        assert (found.p < 0.05) == (found.lower > 0 or found.upper < 0)


@pytest.mark.parametrize(
    ("control", "treated"),
    [(Arm.of_sums(0, 0, 0), arm(OTHER)), (arm(ONE[:1]), arm(OTHER)), (Arm(9, 1, 0), Arm(9, 1, 0)), (Arm.of_hits(0, 0), Arm.of_hits(9, 1))],
)
def test_too_little_is_not_compared(control: Arm, treated: Arm) -> None:
    """Nobody, one unit, or no variation gives no range and no p."""
    found = contrast(control, treated)
    assert math.isnan(found.p)
    assert math.isnan(found.lower)


def test_there_is_no_lift_over_nothing() -> None:
    """A control whose mean is 0 has no relative change; a ratio over nothing no value."""
    assert math.isnan(contrast(Arm(9, 0, 1), Arm(9, 1, 1), relative=True).value)
    assert math.isnan(arm(ONE).over(Arm.of_sums(3, 0, 0), 0).mean)


def test_a_level_is_a_share() -> None:
    """95 for 95 % is refused."""
    with pytest.raises(ParameterError, match="level of a range is 95; expected a share"):
        contrast(arm(ONE), arm(OTHER), level=95)
