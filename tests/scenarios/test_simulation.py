"""Scenarios simulated: known answers, common draws, and the ranges that a reader sees."""

import numpy as np
import pytest
from scipy import stats

from prodops import scenarios
from prodops.errors import ParameterError
from prodops.scenarios.simulation import quantiles

Z = float(stats.norm.ppf(0.95))


def linear() -> scenarios.Model:
    """3a − 2b + c, each normal: mean 3·10 − 2·4 + 7 = 29, standard deviation √(9·4 + 4·1 + 9) = 7."""
    levers = {
        name: {"value": mean, "range": [mean - 20, mean + 20], "likely": [mean - Z * sd, mean + Z * sd]}
        for name, mean, sd in (("a", 10, 2), ("b", 4, 1), ("c", 7, 3))
    }
    return scenarios.define(
        {
            "title": "Linear",
            "horizon": {"months": 1},
            "levers": levers,
            "nodes": {"y": {"formula": "3 * a - 2 * b + c"}},
            "outcomes": {"y": {"title": "y", "node": "y", "target": 35, "good": "up"}},
        }
    )


def test_linear_tree_agrees_with_the_closed_form() -> None:
    """A linear tree of normal levers has the normal outcome of theory, within 1 %, and so has its chance."""
    row = linear().simulate().outcomes.iloc[0]
    assert row[["p05", "p50", "p95"]].tolist() == pytest.approx([29 - 7 * Z, 29, 29 + 7 * Z], rel=0.01)
    assert row["probability"] == pytest.approx(stats.norm.sf(6 / 7), abs=0.01)
    assert row["point"] == 29


def test_common_draws_make_differences_sharp() -> None:
    """What a change brings is known exactly where it is a shift, however wide the outcome's own range."""
    row = linear().simulate({"a": 12}).outcomes.iloc[0]
    assert row[["difference", "difference_p05", "difference_p95"]].tolist() == pytest.approx([6, 6, 6])
    assert row["p95"] - row["p05"] > 20
    assert row["base"] == pytest.approx(29, rel=0.01)


def test_same_seed_same_numbers(growth) -> None:
    """The same setting and seed give the same numbers to the last bit, whatever was asked before; another seed other ones."""
    plan = growth.settings("plan")
    first, again = (scenarios.define(growth.text, file="growth.yaml").simulate(plan, draws=500) for _ in range(2))
    growth.simulate(growth.settings("bold"), draws=500)
    assert first.outcomes.equals(again.outcomes)
    assert first.months.equals(growth.simulate(plan, draws=500).months)
    assert not first.outcomes.equals(growth.simulate(plan, draws=500, seed=1).outcomes)


def test_outcomes_by_hand(growth) -> None:
    """Range, chance and difference are those of the draws, taken one by one; base differs from itself by nothing."""
    found = growth.simulate(growth.settings("plan"), draws=1_000)
    row = found.outcomes.set_index("outcome").loc["mrr_end"]
    reached, base = found.reached["mrr_end"], found.base["mrr_end"]
    assert row[["p05", "p50", "p95"]].tolist() == pytest.approx(np.quantile(reached, [0.05, 0.5, 0.95]).tolist())
    assert row["probability"] == (reached >= 58_000).mean() == found.chance("mrr_end")
    assert row["difference"] == pytest.approx(np.median(reached - base))
    assert growth.simulate(draws=1_000).outcomes[["difference", "difference_p05", "difference_p95"]].eq(0).all(axis=None)


def test_less_is_better_where_the_outcome_says_so(growth) -> None:
    """The chance of an outcome that should fall is that of staying at or below its target; without a target there is none."""
    text = {**growth.text, "outcomes": {"low": {"node": "mrr", "target": 50_000, "good": "down"}, "none": {"node": "mrr"}}}
    found = scenarios.define(text).simulate(draws=500)
    assert found.outcomes["probability"].tolist() == pytest.approx([(found.reached["low"] <= 50_000).mean(), np.nan], nan_ok=True)


def test_months_by_hand(growth) -> None:
    """Every node has every month; the last month of a stock is its outcome at the end, and base stands beside it."""
    found = growth.simulate(growth.settings("plan"), draws=1_000)
    months = found.months
    assert months.groupby("node")["month"].apply(list).to_dict() == {node: list(range(1, 13)) for node in growth.nodes}
    last = months[(months["node"] == "mrr") & (months["month"] == 12)].iloc[0]
    row = found.outcomes.set_index("outcome").loc["mrr_end"]
    assert last[["p05", "p50", "p95", "point"]].tolist() == row[["p05", "p50", "p95", "point"]].tolist()
    assert found.fan("mrr")["base"].iloc[-1] == row["base"]


def test_what_is_known_has_no_width(growth) -> None:
    """A node that hangs on no uncertain lever is the same in all draws and months."""
    text = {**growth.text, "nodes": {**growth.text["nodes"], "wait": {"unit": "months", "formula": "delay * 2"}}}
    fan = scenarios.define(text).simulate({"delay": 1.5}, draws=200).fan("wait")
    assert fan[["point", "p05", "p50", "p95"]].eq(3).all(axis=None)
    assert fan["base"].eq(0).all()


def test_compare_stands_side_by_side(growth) -> None:
    """Scenarios are compared on the same draws, in the order asked; an unknown one is refused with the near miss."""
    table = growth.compare(["bold", "base"], draws=500)
    assert table[["scenario", "outcome"]].values.tolist() == [[s, o] for s in ("bold", "base") for o in growth.outcomes]
    assert table["p50"].iloc[0] == growth.simulate(growth.settings("bold"), draws=500).outcomes["p50"].iloc[0]
    with pytest.raises(ParameterError, match=r'no scenario "blod".*"bold"'):
        growth.compare(["blod"])


def test_quantiles_are_numpys() -> None:
    """Quantiles over draws are numpy's default ones, for one month and many, few draws and constants."""
    values = np.random.default_rng(0).normal(size=(101, 7))
    assert quantiles(values) == pytest.approx(np.quantile(values, [0.05, 0.5, 0.95], axis=0))
    assert quantiles(values[:, 0], [0.0, 0.31, 1.0])[:, 0] == pytest.approx(np.quantile(values[:, 0], [0.0, 0.31, 1.0]))
    assert quantiles(np.full((1, 3), 4.0)).tolist() == [[4.0] * 3] * 3


@pytest.mark.parametrize("draws", [0, 99, 10**7])
def test_odd_numbers_of_draws_are_refused(growth, draws: int) -> None:
    """Too few draws to tell a range from, or more than memory bears, are refused."""
    with pytest.raises(ParameterError, match="a range needs 100 to 200,000"):
        growth.simulate(draws=draws)
