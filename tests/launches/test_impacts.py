"""The effect of a launch: known answers, what must not change it, and what is refused in one line."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

from prodops import launches
from prodops.errors import InputError, NoData, ParameterError, ProdopsError
from prodops.launches import structural


def noise(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=n)


def weekly(values: np.ndarray) -> pd.Series:
    return pd.Series(values, index=pd.date_range("2024-01-01", periods=len(values), freq="W-MON"))


def test_noise_around_a_level_gives_students_range(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only noise that starts anew is held possible, the range is Student's for a mean of new values."""
    alone = (structural.World(1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0),)
    monkeypatch.setattr(structural, "worlds", lambda is_seasonal: alone)
    values = 50 + 3 * noise(30)
    before, after = values[:24], values[24:]
    found = launches.impact(values, post=24)
    half = student.ppf(0.975, 23) * before.std(ddof=1) * np.sqrt(1 / 24 + 1 / 6)
    change = after.mean() - before.mean()
    assert (found.effect, found.lower, found.upper) == pytest.approx((change, change - half, change + half))
    assert found.p == pytest.approx(2 * student.sf(abs(change) / (half / student.ppf(0.975, 23)), 23))
    assert (found.before, found.after, found.expected) == (24, 6, pytest.approx(before.mean()))


@given(effect=st.floats(-100, 100), post=st.integers(20, 44))
@settings(max_examples=8, deadline=None)
def test_an_effect_moves_the_estimate_by_itself(effect: float, post: int) -> None:
    """What is added after the launch is found again to the last digit, its range as wide as without."""
    values, more = 10 + noise(50), np.where(np.arange(50) >= post, effect, 0.0)
    without, found = launches.impact(values, post=post), launches.impact(values + more, post=post)
    assert (found.effect - without.effect, found.lower - without.lower, found.upper - without.upper) == pytest.approx(
        (effect,) * 3, abs=1e-6
    )
    assert found.cumulative == pytest.approx(found.effect * (50 - post))


@given(scale=st.floats(1e-6, 1e6), level=st.floats(-1e3, 1e3), apart=st.floats(1e-3, 1e3))
@settings(max_examples=8, deadline=None)
def test_units_and_origin_do_not_matter(scale: float, level: float, apart: float) -> None:
    """In another unit, from another zero, with a control in another unit too, the effect is the same."""
    control = noise(50, 1)
    values = 2 * control + noise(50) + np.where(np.arange(50) >= 40, 1.0, 0.0)
    plain = launches.impact(values, post=40, controls=control)
    other = launches.impact(scale * (values + level), post=40, controls=apart * control + level)
    assert (other.effect / scale, other.lower / scale, other.upper / scale) == pytest.approx(
        (plain.effect, plain.lower, plain.upper), rel=1e-5
    )
    assert other.p == pytest.approx(plain.p, rel=1e-4)


@given(pattern=st.lists(st.floats(-10, 10), min_size=7, max_size=7))
@settings(max_examples=6, deadline=None)
def test_a_weeks_pattern_is_no_effect(pattern: Sequence[float]) -> None:
    """Days that follow the week tell the effect as days that do not, to a fraction of its standard deviation."""
    days = pd.date_range("2025-01-01", periods=80)
    values = pd.Series(noise(80, 3), index=days)
    plain = launches.impact(values, post="2025-03-15")
    found = launches.impact(values + np.resize(pattern, 80), post="2025-03-15")
    assert found.seasons == 7
    assert abs(found.effect - plain.effect) < 0.5 * plain.sd


def test_a_control_takes_out_what_it_explains() -> None:
    """A KPI that follows its control in ups and downs shows the effect of 3 and nothing else; without the control it drowns."""
    control = 100 + 10 * np.sin(np.arange(90) / 6) + noise(90, 5)
    values = weekly(1.2 * control + noise(90, 6) + np.where(np.arange(90) >= 70, 3.0, 0.0))
    found = launches.impact(values, post=70, controls={"other region": control})
    assert found.is_clear
    assert found.lower < 3 < found.upper
    assert found.upper - found.lower < 3
    alone = launches.impact(values, post=70)
    assert alone.upper - alone.lower > 2 * (found.upper - found.lower)


@pytest.mark.slow
def test_a_trend_that_goes_on_is_no_effect() -> None:
    """Weekly KPIs that climb along a line: of 10 launches without effect at most 2 are clear, of those with one at least 9."""
    clear = [
        launches.impact(0.1 * np.arange(90) + noise(90, seed) + np.where(np.arange(90) >= 80, effect, 0.0), post=80).is_clear
        for effect in (0.0, 3.0)
        for seed in range(10)
    ]
    assert sum(clear[:10]) <= 2
    assert sum(clear[10:]) >= 9


def test_a_wandering_level_gives_a_wide_range() -> None:
    """Where the level wanders, the range grows with the periods looked at, as the step of a random walk has it."""
    walk = np.cumsum(noise(110, 4))
    short, long = (launches.impact(walk[: 90 + n], post=90) for n in (2, 20))
    assert long.memory > 0.9
    assert long.upper - long.lower > 2 * (short.upper - short.lower)


def test_the_period_that_holds_the_launch_counts_on_neither_side() -> None:
    """A launch on a Thursday leaves its week out; one on a Monday does not. Missing weeks leave a gap and no value."""
    values = weekly(noise(40))
    thursday, monday = (launches.impact(values, post=day) for day in ("2024-07-04", "2024-07-01"))
    assert (thursday.before, thursday.after) == (26, 13)
    assert (monday.before, monday.after) == (26, 14)
    gone = launches.impact(values.drop(values.index[5]), post="2024-07-01")
    blank = launches.impact(values.where(values.index != values.index[5]), post="2024-07-01")
    assert (gone.effect, gone.before) == (pytest.approx(blank.effect), 25)
    assert list(thursday.path.columns) == ["at", "actual", "expected", "lower", "upper", "is_after"]
    assert thursday.path["is_after"].sum() == 13


@pytest.mark.parametrize(("kind", "least", "most"), [("share", 0.0, 1.0), ("money", 0.0, np.inf)])
def test_expectations_stay_possible(kind: str, least: float, most: float) -> None:
    """On its own scale a share's expected path stays within 0 and 1, an amount's above 0; and a factor is found as a factor."""
    values = np.exp(0.02 * noise(60, 2) - 0.05)
    values[50:] *= 0.5
    found = launches.impact(values if kind == "money" else np.clip(values, 0.01, 0.99), post=50, kind=kind)  # type: ignore[arg-type]
    assert found.path[["lower", "expected", "upper"]].to_numpy().min() > least
    assert found.path[["lower", "expected", "upper"]].to_numpy().max() < most
    assert found.relative == pytest.approx(-0.5, abs=0.05)
    assert found.relative_lower < found.relative < found.relative_upper


def test_no_scale_for_a_count_of_nothing() -> None:
    """A count of 0 has no logarithm: the plain scale is taken, and a relative effect is only told where 0 is not expected."""
    values = np.random.default_rng(0).poisson(2, 40).astype(float)
    found = launches.impact(values, post=30, kind="count")
    assert found.effect == launches.impact(values, post=30).effect
    assert np.isnan(launches.impact(noise(40), post=30).relative)


def test_what_the_past_was_taken_for_is_said() -> None:
    """The words name trend, season and how much goes on."""
    days = pd.date_range("2025-01-01", periods=100)
    line = pd.Series(np.arange(100.0) + noise(100) + np.resize([0, 0, 0, 0, 0, -20, -20], 100), index=days)
    assert launches.impact(line, post="2025-04-01").taken_for.startswith("a steady level along a line, a season of 7 periods; ")


Y = noise(40)


@pytest.mark.parametrize(
    ("values", "options", "kind", "said"),
    [
        ([1, 2, 3, 4], {"post": 2}, NoData, "There are 2 periods with a value before place 2: at least 6"),
        ([], {"post": 1}, NoData, "The series has no value."),
        ([1.0] * 20 + [2.0], {"post": 20}, NoData, "All 20 values before place 20 are alike"),
        ([np.nan] * 30, {"post": 20}, NoData, "There are 0 periods"),
        (Y, {"post": 99}, ParameterError, "post is 99, but the series has 40 numbers: it must lie between 1 and 39."),
        (Y, {"post": True}, ParameterError, "not true or false"),
        (Y, {"post": "2025-01-01"}, ParameterError, "the values have no dates"),
        (weekly(Y), {"post": "soon"}, ParameterError, 'post is "soon", which is no date.'),
        (weekly(Y), {"post": "2031-01-01"}, NoData, "There is no whole period with a value after"),
        (["a", "b"], {"post": 1}, InputError, "The values must be numbers"),
        (np.r_[Y, np.inf], {"post": 20}, InputError, "infinite"),
        (Y, {"post": 20, "seasons": 0}, ParameterError, 'seasons is "0"'),
        (Y, {"post": 20, "kind": "shares"}, ParameterError, 'Did you mean "share"?'),
        (Y, {"post": 20, "controls": [1, 2]}, InputError, 'Control "0" has 2 values for 40 periods.'),
        (Y, {"post": 20, "controls": ["a"] * 40}, InputError, "The controls must be numbers"),
        (Y, {"post": 20, "controls": np.ones((40, 41))}, ParameterError, "41 controls"),
        (pd.Series(Y[:2], index=["a", "b"]), {"post": 1}, InputError, 'dates or whole numbers; found "a".'),
        (pd.Series([1.0, 2.0], index=pd.DatetimeIndex(["2025-01-01"] * 2)), {"post": 1}, InputError, "two numbers at"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(values: object, options: dict, kind: type[ProdopsError], said: str) -> None:
    """Each refusal names the value and what was expected."""
    with pytest.raises(kind) as fault:
        launches.impact(values, **options)
    assert said in str(fault.value)
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize("values", [Y * 1e90, Y * 1e-90, 1e9 + Y, np.r_[np.zeros(30), Y[:10]], np.arange(40.0)])
def test_odd_sizes_are_answered(values: np.ndarray) -> None:
    """Very large and small numbers, a past that hardly varied, and one exactly along a line give finite answers."""
    found = launches.impact(values, post=32)
    assert np.isfinite([found.effect, found.lower, found.upper, found.p, found.sd]).all()
    assert found.lower <= found.effect <= found.upper


def test_the_same_input_gives_the_same_answer() -> None:
    """Nothing is drawn by chance."""
    one, two = (launches.impact(Y, post=30, controls=noise(40, 9), seed=seed) for seed in (0, 1))
    assert (one.effect, one.lower, one.upper, one.p) == (two.effect, two.lower, two.upper, two.p)
