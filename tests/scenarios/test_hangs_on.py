"""What an outcome hangs on: tornado, Sobol' indices and goal seek, against published and closed answers."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from prodops import scenarios
from prodops.errors import ParameterError
from prodops.scenarios.crossings import SCAN, best_place, nearest, where_reached
from prodops.scenarios.sensitivity import indices

Z = float(stats.norm.ppf(0.95))


def tree(formula: str, target: float = 0, good: str = "up", **levers: dict[str, object]) -> scenarios.Model:
    outcome = {"y": {"title": "Y", "node": "y", "target": target, "good": good}}
    nodes = {"y": {"title": "Y", "formula": formula}}
    return scenarios.define({"title": "T", "horizon": {"months": 2}, "levers": levers, "nodes": nodes, "outcomes": outcome})


# ---------------------------------------------------------------------------------------------------------------- tornado
def test_tornado_by_hand() -> None:
    """Each lever alone, at both ends of its likely range: the widest first, with the ends that made it."""
    model = tree("a * b - c", a={"value": 10, "range": [0, 30], "likely": [8, 14]}, b={"value": 2, "range": [0, 5]},
                 c={"value": 5, "range": [0, 9], "likely": [4, 7]})  # fmt: skip
    table = model.tornado()
    assert table[["lever", "over", "low", "high", "at_low", "at_high", "point", "swing"]].values.tolist() == [
        ["a", "likely", pytest.approx(8), pytest.approx(14), pytest.approx(11), pytest.approx(23), 15, pytest.approx(12)],
        ["c", "likely", pytest.approx(4), pytest.approx(7), pytest.approx(16), pytest.approx(13), 15, pytest.approx(3)],
    ]
    over = model.tornado({"a": 20}, over="range")
    assert over[["lever", "at_low", "at_high", "swing"]].values.tolist() == [["b", -5, 95, 100], ["a", -5, 55, 60], ["c", 40, 31, 9]]


def test_tornado_of_a_ramped_lever(growth) -> None:
    """Not knowing a ramped lever holds from the first month, in base too; turning it is phased in."""
    likely = growth.tornado(outcome="activated_total").set_index("lever").loc["activation"]
    assert likely["at_high"] == pytest.approx(12 * 1_000 * 0.45)
    turned = growth.tornado(outcome="activated_total", over="range").set_index("lever").loc["activation"]
    assert turned["at_high"] == pytest.approx(1_000 * (12 * 0.42 + 11 * (0.6 - 0.42)))  # a third, two thirds, then ten months


def test_unknown_outcome_is_refused(growth) -> None:
    """A misspelt outcome or lever is one line with the near miss."""
    with pytest.raises(ParameterError, match=r'no outcome "mrr_and".*"mrr_end"'):
        growth.tornado(outcome="mrr_and")
    with pytest.raises(ParameterError, match=r'no lever "chrun".*"churn"'):
        growth.seek("mrr_end", "chrun")


# ------------------------------------------------------------------------------------------------------------ sensitivity
def test_ishigami_has_the_published_indices() -> None:
    """Ishigami's function (a = 7, b = 0.1) has first-order indices 0.3139, 0.4424, 0 and total ones 0.5576, 0.4424, 0.2437."""

    def ishigami(u: np.ndarray) -> np.ndarray:
        x = (2 * u - 1) * np.pi
        return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])

    found = indices(ishigami, ["x1", "x2", "x3"])
    assert found["first"].tolist() == pytest.approx([0.3139, 0.4424, 0], abs=0.02)
    assert found["total"].tolist() == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.02)
    assert found["first_low"].lt([0.3139, 0.4424, 0]).all()
    assert found["first_high"].gt([0.3139, 0.4424, 0]).all()
    assert found.equals(indices(ishigami, ["x1", "x2", "x3"]))


def test_sensitivity_of_a_linear_tree() -> None:
    """In a linear tree a lever's share is its variance's: 36, 4 and 9 of 49; a lever known exactly is not among them."""
    normal = {n: {"value": 5, "range": [-20, 30], "likely": [5 - Z * sd, 5 + Z * sd]} for n, sd in (("a", 2), ("b", 1), ("c", 3))}
    model = tree("3 * a - 2 * b + c + d", **normal, d={"value": 1, "range": [0, 2]})
    table = model.sensitivity()
    assert table["lever"].tolist() == ["a", "c", "b"]
    assert table["first"].tolist() == pytest.approx([36 / 49, 9 / 49, 4 / 49], abs=0.02)
    assert table["total"].tolist() == pytest.approx([36 / 49, 9 / 49, 4 / 49], abs=0.02)


def test_nothing_uncertain_has_no_shares() -> None:
    """Without an uncertain lever the table is empty; an outcome that does not vary has shares of 0, without a warning."""
    exact = tree("a + 1", a={"value": 1, "range": [0, 2]})
    assert exact.sensitivity().empty
    assert exact.tornado().empty
    idle = tree("a + 0 * b", a={"value": 1, "range": [0, 2]}, b={"value": 1, "range": [0, 2], "likely": [0.9, 1.1]})
    assert idle.sensitivity()[["first", "total"]].values.tolist() == [[0, 0]]


# -------------------------------------------------------------------------------------------------------------- goal seek
def test_seek_agrees_with_the_closed_form_and_with_bisection() -> None:
    """A normal lever's goal is the target plus 0.84 standard deviations; bisection on the same draws finds the same place."""
    model = tree(
        "a + b", target=20, a={"value": 10, "range": [0, 40]}, b={"value": 5, "range": [-20, 30], "likely": [5 - 2 * Z, 5 + 2 * Z]}
    )
    goal = model.seek("y", "a")
    assert goal.status == "reached"
    assert goal.value == pytest.approx(15 + 2 * stats.norm.ppf(0.8), rel=0.01)
    low, high = 0.0, 40.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if np.quantile(model.simulate({"a": middle}).reached["y"], 0.2) >= 20 else (middle, high)
    assert goal.value == pytest.approx(high, abs=1e-6)
    assert goal.sentence() == "For Y at least 20 with a chance of 80\u00a0%, a must be at least 17; now it is 10 (0.6\u00a0%)."


def test_seek_where_less_is_better() -> None:
    """An outcome that should fall is sought from above."""
    model = tree("a * 2", target=10, good="down", a={"value": 8, "range": [0, 10]})
    goal = model.seek(None, "a", probability=0.9)
    assert (goal.value, goal.low, goal.high) == (pytest.approx(5), 0, pytest.approx(5))
    assert "a must be at most 5" in goal.sentence()


def test_seek_in_the_middle_of_a_hill() -> None:
    """Where an outcome rises and falls, the stretch nearest to where the lever stands is named, with both of its ends."""
    model = tree("16 - (a - 5) ** 2", target=12, a={"value": 9, "range": [0, 10]})
    goal = model.seek("y", "a")
    assert (goal.low, goal.high, goal.value) == (pytest.approx(3), pytest.approx(7), pytest.approx(7))
    assert "between 3 and 7" in goal.sentence()


def test_seek_out_of_reach_and_met() -> None:
    """A target beyond the slider says how near it comes; one that is met says so."""
    model = tree("a", target=12, a={"value": 9, "range": [0, 10]})
    goal = model.seek("y", "a")
    assert (goal.status, goal.value, goal.best, goal.chance_at_best) == ("out_of_reach", None, 10, 0)
    assert "cannot be reached by a alone within its range (0 to 10): at its best, 10, the chance is 0" in goal.sentence()
    met = model.seek("y", "a", target=8)
    assert (met.status, met.value, met.chance_now) == ("met", 9, 1)


@pytest.mark.parametrize(("changes", "said"), [({"probability": 1}, "between 0.01 and 0.99"), ({"draws": 5}, "a range needs")])
def test_senseless_goals_are_refused(changes: dict[str, float], said: str) -> None:
    """A certainty, or a handful of draws, cannot be sought by."""
    model = tree("a", target=12, a={"value": 9, "range": [0, 10]})
    with pytest.raises(ParameterError, match=said):
        model.seek("y", "a", **changes)


@settings(max_examples=60)
@given(st.lists(st.floats(0.05, 0.95), min_size=1, max_size=3, unique=True), st.booleans())
def test_stretches_hold_what_they_say(roots: list[float], up: bool) -> None:
    """Within each stretch the margin is not negative, just outside it is; stretches rise and do not touch. Roots lie further apart than the scan."""
    assume(all(b - a > 1 / (SCAN - 1) for a, b in pairwise(sorted(roots))))
    sign = 1 if up else -1

    def margin(x: float) -> float:
        return sign * float(np.prod([x - r for r in roots]))

    found = where_reached(margin, 0.0, 1.0)
    for low, high in found:
        assert margin((low + high) / 2) >= -1e-12
        assert min(abs(low - edge) for edge in [0, *roots]) < 1e-6
        assert min(abs(high - edge) for edge in [1, *roots]) < 1e-6
    assert all(a[1] < b[0] for a, b in pairwise(found))


def test_nearest_and_best() -> None:
    """The nearest stretch is the one with the shortest way; the best place has the largest margin."""
    assert nearest([(0, 1), (4, 5)], 3) == (4, 5)
    assert best_place(lambda x: -abs(x - 0.5), 0, 1) == 0.5
