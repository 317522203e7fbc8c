"""Draws of levers: the ends of a likely range are its percentiles, and every lever has draws of its own."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from prodops.scenarios import Lever
from prodops.scenarios.draws import deviates, drawn, from_link, link_of, moved, order, standard, standard_deviates, to_link

SHAPES = ("normal", "lognormal", "logit-normal", "uniform", "triangular")


def lever(shape: str = "normal", **changes: object) -> Lever:
    body = {"name": "rate", "range": (0.01, 0.9), "value": 0.3, "likely": (0.2, 0.5), "shape": shape}
    return Lever.model_validate(body | changes)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("likely", [(0.2, 0.5), (0.25, 0.35), (0.29, 0.6)])
def test_value_and_ends_are_percentiles(shape: str, likely: tuple[float, float]) -> None:
    """The value is the median and the ends of the likely range the 5th and 95th percentile, on whichever side it is longer."""
    draws = moved(lever(shape, likely=likely), 0.3, deviates(lever(shape, likely=likely), 10_000, 0))
    assert np.quantile(draws, [0.05, 0.5, 0.95]) == pytest.approx([likely[0], 0.3, likely[1]], rel=2e-3)


def test_symmetrical_normal_is_plain() -> None:
    """With symmetrical ends a normal lever is the normal distribution of that spread, in every quantile."""
    draws = 0.3 + deviates(lever(likely=(0.2, 0.4)), 10_000, 0)
    u = (np.arange(10_000) + 0.5) / 10_000
    assert np.sort(draws) == pytest.approx(stats.norm.ppf(u, 0.3, 0.1 / stats.norm.ppf(0.95)), abs=1e-6)


@pytest.mark.parametrize(("shape", "ends"), [("uniform", 10 / 9), ("triangular", 1 / (1 - np.sqrt(0.1)))])
def test_bounded_shapes_end(shape: str, ends: float) -> None:
    """A uniform or triangular lever goes a known way beyond its likely range, and no further."""
    u = np.array([0.0, 1.0])
    assert standard(shape, u) == pytest.approx([-ends, ends])
    assert np.abs(standard_deviates("x", shape, 1_000, 0)).max() < ends


@pytest.mark.parametrize("shape", SHAPES)
def test_uncertainty_moves_along(shape: str) -> None:
    """A lever that is moved keeps its deviates on the scale of its shape."""
    one = lever(shape)
    apart = deviates(one, 1_000, 0)
    link = link_of(shape)
    assert to_link(link, moved(one, 0.6, apart)) - to_link(link, 0.6) == pytest.approx(apart, abs=1e-9)


def test_exactly_known_lever_is_a_number() -> None:
    """A lever without a likely range is its value."""
    assert moved(lever(likely=None), 0.4, 0.0) == 0.4


def test_draws_depend_on_name_and_seed_alone(growth) -> None:
    """Other levers, another order of them, or another scenario do not change a lever's draws; name and seed do."""
    base, plan = (drawn(growth, growth.settings(s), 500, 3) for s in ("base", "bold"))
    assert np.array_equal(base["churn"], plan["churn"])
    assert np.array_equal(order("churn", 100, 0), order("churn", 100, 0))
    assert not np.array_equal(order("churn", 100, 0), order("churn", 100, 1))
    assert not np.array_equal(order("churn", 100, 0), order("price", 100, 0))


def test_order_is_fixed() -> None:
    """The draws are the same in every version and on every machine: the first places of one order, written down."""
    assert order("activation", 1_000, 0)[:6].tolist() == [479, 799, 659, 694, 445, 27]


@given(st.text(min_size=1, max_size=20), st.integers(2, 400), st.integers(0, 2**63))
def test_every_slice_is_drawn_once(name: str, draws: int, seed: int) -> None:
    """Each of the slices of equal chance gives one draw, whatever the name."""
    assert sorted(order(name, draws, seed)) == list(range(draws))


def test_levers_are_independent() -> None:
    """Ranks of different levers are as little correlated as chance leaves them, and so are their magnitudes."""
    names = [f"lever_{n}" for n in range(12)]
    ranks = np.array([order(name, 10_000, 0) for name in names]) - 4_999.5
    found = [float(np.corrcoef(a, b)[0, 1]) for a, b in combinations([*ranks, *(abs(r) for r in ranks)], 2)]
    assert max(map(abs, found)) < 0.045  # 276 pairs of standard error 0.01
    assert np.std(found) == pytest.approx(0.01, rel=0.25)


def test_rounded_to_what_a_file_carries() -> None:
    """Standard deviates have five decimals, so that kernel and file hold the same numbers."""
    found = standard_deviates("x", "normal", 1_000, 0)
    assert [float(f"{v:.5f}") for v in found] == found.tolist()
    assert not found.flags.writeable


@pytest.mark.parametrize("link", ["identity", "log", "logit"])
def test_links_go_back(link) -> None:
    """A link's scale leads back to the values, the edges of a share included."""
    values = np.array([0.0, 1e-9, 0.3, 1.0])
    assert from_link(link, to_link(link, values)) == pytest.approx(values)
