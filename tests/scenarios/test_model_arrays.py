"""A model computed: known answers, stocks and loops, shapes, memory that is used again, and draws that give no number."""

from typing import Any

import numpy as np
import pytest

from prodops import scenarios
from prodops.errors import ParameterError

LEVER: dict[str, Any] = {"unit": "ratio", "value": 2.0, "range": [0.5, 4.0]}


def model(nodes: dict[str, str], months: int = 6, **levers: dict[str, Any]) -> scenarios.Model:
    """Make a model of plain ratios from formulas."""
    return scenarios.define(
        {
            "horizon": {"months": months},
            "levers": {"a": LEVER, "b": LEVER | {"value": 1.0}} | levers,
            "nodes": {name: {"unit": "ratio", "formula": formula} for name, formula in nodes.items()},
            "outcomes": {"end": {"node": list(nodes)[-1]}},
        },
        file="small.yaml",
    )


def test_arithmetic_is_what_it_says() -> None:
    """Each function has the value worked out by hand, month by month."""
    found = model(
        {
            "season": "month / months",
            "total": "sum(month)",
            "average": "mean(month)",
            "final": "last(a * month)",
            "running": "cumulative(b + month)",
            "before": "previous(month, 10)",
            "limited": "clip(month, 2, 4)",
            "chosen": "a if month > 3 else b",
            "both": "month > 1 and not month >= 4 or month == 6",
            "ramped": "ramp(2, 3)",
            "halfway": "ramp(1.5, 1)",
            "powers": "a ** 2 + 4 ** 0.5 - a ** -1",
            "logs": "log(exp(a)) + sqrt(9)",
        }
    ).point()
    assert found["season"] == pytest.approx(np.arange(1, 7) / 6)
    assert found["total"].tolist() == [21] * 6
    assert found["average"].tolist() == [3.5] * 6
    assert found["final"].tolist() == [12] * 6
    assert found["running"].tolist() == [2, 5, 9, 14, 20, 27]
    assert found["before"].tolist() == [10, 1, 2, 3, 4, 5]
    assert found["limited"].tolist() == [2, 2, 3, 4, 4, 4]
    assert found["chosen"].tolist() == [1, 1, 1, 2, 2, 2]
    assert found["both"].tolist() == [0, 1, 1, 0, 0, 1]
    assert found["ramped"] == pytest.approx([0, 1 / 3, 2 / 3, 1, 1, 1])
    assert found["halfway"].tolist() == [0.5, 1, 1, 1, 1, 1]
    assert found["powers"].tolist() == [5.5] * 6
    assert found["logs"] == pytest.approx([5] * 6)


def test_a_stock_follows_its_closed_form() -> None:
    """s(t) = s(t−1) · q + p is q^t · s0 + p · (q^t − 1)/(q − 1)."""
    found = model({"stock": "previous(stock, 100) * 0.9 + a"}, months=24).point()["stock"]
    months = np.arange(1, 25)
    assert found == pytest.approx(0.9**months * 100 + 2 * (0.9**months - 1) / (0.9 - 1), rel=1e-12)


def test_a_loop_may_lead_through_several_nodes() -> None:
    """Users bring users: each month's sign-ups come of last month's users, whichever node stands first."""
    found = model({"invited": "previous(users, 8) * 0.5", "users": "previous(users, 8) + invited", "seen": "cumulative(invited)"}, months=4)
    assert found.point()["users"].tolist() == [12, 18, 27, 40.5]
    assert found.point()["seen"].tolist() == [4, 10, 19, 32.5]
    assert list(found.nodes) == ["invited", "users", "seen"]


def test_nodes_stand_in_order_of_computing() -> None:
    """A node may be written before what it needs."""
    assert list(model({"c": "d + 1", "d": "a * 2"}).nodes) == ["d", "c"]


def test_a_ramped_lever_is_phased_in_from_base() -> None:
    """With start 1 + a = 3 and two months, the change begins in month 3 and is whole in month 4; a tree at base does not move."""
    ramped = model({"seen": "r * 10"}, r={"unit": "ratio", "value": 1.0, "range": [0.0, 3.0], "ramp": {"start": "1 + a", "months": 2}})
    assert ramped.point(ramped.settings(r=2.0))["seen"].tolist() == [10, 10, 15, 20, 20, 20]
    assert ramped.point()["seen"].tolist() == [10] * 6
    from_draws = ramped.evaluate({"r": np.array([2.0, 3.0])}, base={"r": np.array([0.0, 1.0])})["seen"]
    assert from_draws[:, [0, 2, 5]].tolist() == [[0, 10, 20], [10, 20, 30]]


def test_what_does_not_vary_stays_small() -> None:
    """Rows and columns are as many as are needed: a node of exact levers has one draw, one without months has one month."""
    small = model({"plain": "b * 3", "drawn": "a + 1", "monthly": "b * month", "both": "a * month"})
    found = small.evaluate({"a": np.array([1.0, 2.0, 3.0])})
    assert {name: array.shape for name, array in found.items()} == {"plain": (1, 1), "drawn": (3, 1), "monthly": (1, 6), "both": (3, 6)}
    assert small.evaluate({"a": np.ones((1, 6))})["drawn"].shape == (1, 6)


def test_a_month_s_draws_lie_side_by_side() -> None:
    """Quantiles run along contiguous memory."""
    found = model({"both": "a * month"}).evaluate({"a": np.ones(1000)})["both"]
    assert found.T.flags.c_contiguous


def test_memory_used_again_changes_nothing() -> None:
    """Nodes asked for one at a time, all at once or twice in a row are the same, and the levers' arrays stay as they were."""
    names = {f"n{i}": f"(a * {i + 1} + b) * (a - b / {i + 2}) - max(a, b, {i}) if a > b else n{i - 1} * 2" for i in range(1, 6)}
    big = model({"n0": "a * b * month + a * b", **names})
    a = np.random.default_rng(3).uniform(0.5, 4, 50)
    kept = a.copy()
    whole = big.evaluate({"a": a})
    for name in big.nodes:
        np.testing.assert_array_equal(big.evaluate({"a": a}, only=[name])[name], whole[name])
    assert a.tolist() == kept.tolist()
    one_by_one = np.array([big.point(big.settings(a=value))["n5"] for value in a])
    np.testing.assert_array_equal(np.broadcast_to(whole["n5"], (50, 6)), one_by_one)


BREAKING = {
    "b / a": 0.0,
    "log(a - 0.4)": 0.3,
    "sqrt(a - 0.4)": 0.3,
    "(a - 0.4) ** 0.5": 0.3,
    "exp(100 * a)": 9.0,
    "a ** 60 * 1e250": 300.0,
    "1e150 * a * 1e150 * a": 1e5,
}


@pytest.mark.parametrize(("formula", "broken"), BREAKING.items())
def test_a_draw_that_gives_no_number_is_refused(formula: str, broken: float) -> None:
    """Ranges may hold while a draw beyond them does not: the node, its months and how many draws are named, even where it is not asked for."""
    small = model({"risky": formula, "next": "min(risky, 1)"})
    draws = np.full(20_000, 2.0)
    assert np.isfinite(small.evaluate({"a": draws})["next"]).all()
    draws[17] = broken
    for only in (None, ["next"]):
        with pytest.raises(ParameterError, match=r'node "risky" of small gives no number in every month, in 1 of 20,000 draws'):
            small.evaluate({"a": draws}, only=only)


def test_the_months_without_a_number_are_named() -> None:
    """A stock that runs out of bounds says from which month on."""
    grows = model({"stock": "previous(stock, 1e300) * a"}, months=40, a={"unit": "ratio", "value": 1.0, "range": [0.5, 1.5]})
    with pytest.raises(ParameterError, match="in month 28 to 40, in 1 of 2 draws"):
        grows.evaluate({"a": np.array([1.0, 2.0])})


def test_a_guarded_division_is_no_fault() -> None:
    """What a condition keeps from being used may be without a number."""
    guarded = model({"safe": "b / (a - 2) if a > 3 else 0"})
    assert guarded.evaluate({"a": np.array([2.0, 4.0])})["safe"].tolist() == [[0.0], [0.5]]


def test_settings_are_checked() -> None:
    """An unknown scenario or lever has its near miss; what lies outside the slider, or is no number, is refused."""
    small = model({"n": "a"})
    assert small.settings(a=3) == {"a": 3.0, "b": 1.0}
    faults: list[tuple[dict[str, Any], str]] = [
        ({"a": 9}, "goes from 0.5 to 4"),
        ({"aa": 1}, 'no lever "aa". Did you mean "a"?'),
        ({"a": "2"}, "takes a number"),
        ({"a": True}, "takes a number"),
        ({"scenario": "bse"}, 'Did you mean "base"?'),
    ]
    for asked, told in faults:
        with pytest.raises(ParameterError) as refused:
            small.settings(**asked)
        assert told in str(refused.value)
    for levers in ({"x": 1.0}, {"a": np.array([1.0, np.nan])}):
        with pytest.raises(ParameterError):
            small.evaluate(levers)
    with pytest.raises(ParameterError, match='no node "m"'):
        small.evaluate({}, only=["m"])


def test_an_outcome_takes_its_month() -> None:
    """The end, the total, the mean and one month's number, of a node that varies and of one that does not."""
    values = {"varies": np.array([[1.0, 2.0, 6.0]]), "same": np.array([[2.0]])}
    want = {"end": (6, 2), "total": (9, 6), "mean": (3, 2), 2: (2, 2)}
    for at, (varies, same) in want.items():
        outcome = scenarios.Outcome(name="o", node="n", at=at)
        assert outcome.of(values["varies"], 3).tolist() == [varies]
        assert outcome.of(values["same"], 3).tolist() == [same]
