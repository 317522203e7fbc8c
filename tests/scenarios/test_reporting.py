"""A scenario's report: sentences with numbers that the frames have, decisions, tiles and definitions."""

import numpy as np
import pandas as pd
import pytest

from prodops import scenarios
from prodops.stamps import in_words


@pytest.fixture(scope="module")
def plan(growth) -> scenarios.Report:
    """The report of the plan."""
    return scenarios.report(growth, "plan", draws=2_000)


def said(report: scenarios.Report) -> dict[str, str]:
    return {f.name: f.sentence for f in report.findings()}


def test_outcomes_come_first_with_range_difference_and_chance(plan) -> None:
    """Each outcome is said with its range, against base and with its chance; the main one is the most surprising."""
    first, second = plan.findings()[:2]
    row = plan.outcomes.iloc[0]
    assert (first.name, first.value, first.lower, first.upper, first.before) == (
        "scenario.mrr_end",
        row["point"],
        row["p05"],
        row["p95"],
        row["base"],
    )
    assert f"MRR at the end comes to {in_words(row['point'], 'EUR')} (" in first.sentence
    assert f"{in_words(row['difference'], 'EUR')} more than in base (" in first.sentence
    assert first.sentence.endswith(f"reached with a chance of {in_words(round(row['probability'], 2), 'share')}.")
    assert second.name == "scenario.activated_total"
    assert first.surprise > max(f.surprise for f in plan.findings()[1:])
    assert all(len(f.headline) <= 80 for f in plan.findings())


def test_changes_are_told_one_at_a_time(plan, growth) -> None:
    """What each change brings by itself is that of a scenario with this change alone."""
    table = plan.changes.set_index("lever")
    alone = growth.simulate({"activation": 0.5}, draws=2_000).outcomes["difference"].iloc[0]
    assert table.loc["activation", ["base", "set", "alone"]].tolist() == [0.42, 0.5, alone]
    assert table.index.tolist() == ["activation", "delay"]
    assert "Each change alone, from base: activation from 42\u00a0% to 50\u00a0%: +€" in said(plan)["scenario.change"]


def test_what_decides_and_what_it_takes(plan) -> None:
    """The lever with the largest share of the variance is named with its range; the goal is the shortest way among levers that turn."""
    assert plan.sensitivity["lever"].iloc[0] == "churn"
    assert said(plan)["scenario.lever"].startswith("Churn lies between 2.5\u00a0% and 4\u00a0% (90\u00a0%); MRR at the end is then €")
    assert {g.lever for g in plan.goals} == {"activation", "delay", "price"}
    assert "Churn" not in said(plan)["scenario.goal"]
    efforts = [g.effort for g in plan.goals]
    assert efforts == sorted(efforts)


def test_what_rests_on_judgement_is_said(plan, growth) -> None:
    """Without a history all ranges are judgements; with one, levers from the data are named and the model is the fitted one."""
    assert "Ranges by judgement: Sign ups, Activation, Churn, Price. Taken as exact: Delay." in said(plan)["scenario.data"]
    levers = {n: dict(b) for n, b in growth.text["levers"].items()}
    levers["churn"]["from_data"] = {"kpi": "churn", "weeks": 78}
    model = scenarios.define({**growth.text, "levers": levers}, file="growth.yaml")
    rates = np.random.default_rng(0).binomial(900, 0.02, 18) / 900
    history = pd.DataFrame({"period_start": pd.date_range("2024-05-01", periods=18, freq="MS"), "churn": rates})
    found = scenarios.report(model, "plan", history=history, draws=500)
    assert found.model.levers["churn"].value == pytest.approx(0.02, abs=0.003)
    assert found.settings["churn"] == found.model.levers["churn"].value
    assert "From the data: Churn." in said(found)["scenario.data"]


def test_base_is_told_without_comparison(growth) -> None:
    """The report of base speaks of things as they stand, and of no change."""
    base = scenarios.report(growth, draws=500)
    assert said(base)["scenario.mrr_end"].startswith("As things stand, MRR at the end comes to")
    assert "base" not in said(base)["scenario.mrr_end"]
    assert "scenario.change" not in said(base)
    assert all(tile.before is None for tile in base.tiles())


def test_own_scenarios_stand_beside_the_models(growth) -> None:
    """A saved setting is compared with all of the model's; one of the model's is not shown twice."""
    own = scenarios.report(growth, scenarios.Saved("growth", title="Dearer", levers={"price": 14}), {"delay": 1}, draws=500)
    assert own.settings["price"] == 14
    assert own.settings["delay"] == 1
    assert list(dict.fromkeys(own.scenarios["scenario"])) == ["base", "plan", "bold", "Dearer"]
    assert said(own)["scenario.mrr_end"].startswith("Under Dearer, ")
    assert list(dict.fromkeys(scenarios.report(growth, "bold", draws=500).scenarios["scenario"])) == ["base", "plan", "bold"]


def test_takeaways_ask_for_a_decision(plan, growth) -> None:
    """A target that is hardly reached is not to be committed to; one that is safe is."""
    assert [t.owner for t in plan.takeaways()] == ["Head of Product", "Product", "Product Operations"]
    assert plan.takeaways()[0].decision.startswith("Commit to €\u00a058\u00a0k only with price at least €\u00a019")
    sure = scenarios.report(growth, "bold", outcome="activated_total", draws=500)
    assert sure.takeaways()[0].claim == "Activated total reaches 5,200 with a chance of over 99\u00a0%."
    assert sure.takeaways()[0].decision == "Commit to 5,200."
    assert "5,200 is safe" in {f.name: f.headline for f in sure.findings()}["scenario.goal"]


def test_tiles_have_target_and_date(plan) -> None:
    """A tile stands beside base, with its target at the horizon's end and the months on the way."""
    tile = plan.tiles()[0]
    assert (tile.period, tile.target, str(tile.target_on)) == ("base", 58_000, "2026-12-31")
    assert tile.history == tuple(plan.fan["point"])


def test_definitions_hold_every_formula(plan) -> None:
    """How numbers are made, and each node's formula in words."""
    names = [d.name for d in plan.definitions()]
    assert names[:2] == ["Ranges and chances", "Doubt"]
    assert {"MRR", "Activated"} <= set(names)


def test_same_arguments_same_report(growth, plan) -> None:
    """A report is the same to the last byte when made again."""
    again = scenarios.report(growth, "plan", draws=2_000)
    assert again.findings() == plan.findings()
    assert again.tiles() == plan.tiles()
    assert again.sensitivity.equals(plan.sensitivity)
