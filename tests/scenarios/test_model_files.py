"""A scenario model's file: what is right is read whole, what is wrong is one line with file, line, key and near miss."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from prodops import scenarios
from prodops.errors import DefinitionError, WorkspaceError

FILE = """\
title: Growth
horizon: {months: 12, start: 2026-01}
levers:
  sign_ups: {unit: count, value: 300, range: [100, 500], likely: [270, 330]}
  activation:
    title: Activation
    unit: share
    value: 0.42
    range: [0.3, 0.6]
    likely: [0.39, 0.45]
    shape: logit-normal
    ramp: {start: 1 + delay, months: 3}
  delay: {unit: months, value: 0, range: [0, 6], step: 0.5}
  price: {unit: EUR, value: 60, range: [20, 90]}
nodes:
  activated: {unit: count, formula: sign_ups * activation}
  mrr:
    unit: EUR
    formula: previous(mrr, 100000) * 0.97 + activated * price
outcomes:
  mrr_end: {node: mrr, at: end, target: 180000}
scenarios:
  plan: {activation: 0.5, delay: 0.5}
"""

MODEL = yaml.safe_load(FILE)


def changed(path: str, value: Any) -> dict[str, Any]:
    """Give the model with one key changed, or taken out where the value is None."""
    model = copy.deepcopy(MODEL)
    *above, last = path.split(".")
    place = model
    for key in above:
        place = place.setdefault(key, {})
    place[last] = value
    return model


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    """Name, horizon, levers, nodes in order of computing, outcomes and scenarios; base is always there."""
    file = tmp_path / "growth.yaml"
    file.write_text(FILE)
    model = scenarios.load(file)
    assert (model.name, model.title, model.months, model.start) == ("growth", "Growth", 12, "2026-01")
    assert list(model.nodes) == ["activated", "mrr"]
    assert model.scenarios == {"base": {}, "plan": {"activation": 0.5, "delay": 0.5}}
    assert model.settings("plan", price=70) == {"sign_ups": 300.0, "activation": 0.5, "delay": 0.5, "price": 70.0}
    assert model.levers["price"].by == 1.0
    assert model.point()["activated"].tolist() == [126.0] * 12


def test_the_line_is_named(tmp_path: Path) -> None:
    """The line is that of the key, in the file as it lies there."""
    file = tmp_path / "growth.yaml"
    for old, new, told in (
        (
            "0.97 + activated",
            "0.97 + activatd",
            'line 19, nodes.mrr.formula: there is no lever or node "activatd". Did you mean "activated"?',
        ),
        ("value: 0.42", "valeu: 0.42", 'line 8, levers.activation.valeu: there is no such key. Did you mean "value"?'),
        ("plan: {activation", "plan: {activaton", 'line 23, scenarios.plan.activaton: there is no such lever. Did you mean "activation"?'),
        ("1 + delay", "1 + activation", 'line 12, levers.activation.ramp.start: there is no lever without a ramp "activation"'),
        ("[0.39, 0.45]", "[0.45, 0.39]", "line 10, levers.activation.likely: the low end 0.45 is not below the high end 0.39"),
    ):
        file.write_text(FILE.replace(old, new))
        with pytest.raises(DefinitionError) as refused:
            scenarios.load(file)
        assert str(refused.value).startswith(f"{file}, {told}")
        assert "\n" not in str(refused.value)


def test_a_mapping_from_a_file_knows_its_lines(tmp_path: Path) -> None:
    """A notebook that reads the file through its desk is told the line as well."""
    from prodops.plainyaml import read_yaml

    file = tmp_path / "growth.yaml"
    file.write_text(FILE.replace("months: 12", "months: 0"))
    with pytest.raises(DefinitionError, match=r"params/scenarios/growth.yaml, line 2, horizon.months: "):
        scenarios.define(read_yaml(file), file="params/scenarios/growth.yaml")


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("levers.price.range", [90, 20], "the low end 90 is not below the high end 20; write [20, 90]"),
        ("levers.price.range", [20, 20], "both ends are 20"),
        ("levers.price.value", 100, "100 lies outside the range, 20 to 90"),
        ("levers.price.value", "60,5", "(found"),
        ("levers.price.value", float("nan"), "finite"),
        ("levers.price.value", None, "give the lever a value, or from_data"),
        ("levers.price.likely", [61, 70], "61 to 70 does not hold the value, 60"),
        ("levers.price.step", 0, "a step is above 0"),
        ("levers.price.step", -1, "a step is above 0"),
        ("levers.price.shape", "lognormale", 'Did you mean "lognormal"?'),
        ("levers.price.unit", "eur", 'Did you mean "EUR"?'),
        ("levers.price.name", "cost", "there is no such key"),
        ("levers.price.from_data", {"kpi": "price", "week": 3}, 'Did you mean "weeks"?'),
        ("levers.activation.range", [0, 0.6], "reaches neither; found 0"),
        ("levers.activation", {"unit": "share", "value": 42, "range": [30, 60]}, "a share lies from 0 to 1; found 42, write 0.42"),
        ("levers.price", {"value": 1, "range": [0, 9], "shape": "lognormal"}, "lies above 0; found 0"),
        ("levers.price", 60, "expected keys such as"),
        ("levers.Price", {"value": 1, "range": [0, 2]}, "a name has small letters"),
        ("levers.month", {"value": 1, "range": [0, 2]}, "is no word that formulas use"),
        ("levers.scenario", {"value": 1, "range": [0, 2]}, "is no word that formulas use"),
        ("levers.lambda", {"value": 1, "range": [0, 2]}, "is no word that formulas use"),
        ("levers.mrr", {"value": 1, "range": [0, 2]}, 'there is a lever "mrr" too'),
        ("levers", [], "one has none"),
        ("nodes.mrr.formula", "mrr + activated * price", "go round in a circle: mrr → mrr; what comes from the month before is previous"),
        ("nodes.activated.formula", "sign_ups * activation + 0 * mrr / price", "go round in a circle: activated → mrr → activated"),
        ("nodes.mrr.formula", "previous(sum(mrr), 1)", "needs every month"),
        ("nodes.mrr.formula", "previous(mrr, 1) + activation", 'adds "mrr" (EUR) and "activation" (share); to change an amount by a share'),
        ("nodes.mrr.unit", "count", "adds a count and an amount in EUR"),
        ("nodes.activated.unit", "share", "the formula gives count, the unit says share"),
        ("nodes.activated.formula", ["a"], "valid string"),
        ("nodes.activated.formula", "__import__('os')", "not a function that formulas know"),
        ("nodes.activated.formula", "sign_ups / (activation - 0.4)", 'divides by "activation − 0.4", which passes 0'),
        ("nodes.activated.fromula", "1", 'Did you mean "formula"?'),
        ("outcomes.mrr_end.node", "mmr", 'there is no node "mmr". Did you mean "mrr"?'),
        ("outcomes.mrr_end.at", "ende", 'Did you mean "end"?'),
        ("outcomes.mrr_end.at", 13, "month 13 lies beyond the horizon of 12 months"),
        ("outcomes", {}, "one has none"),
        ("horizon.months", 0, "greater than or equal to 1"),
        ("horizon.months", 121, "less than or equal to 120"),
        ("horizon.start", "January", "match pattern"),
        ("horizon", None, "expected keys such as months"),
        ("scenarios.plan", {"activation": 0.9}, "0.9 lies outside the lever's range, 0.3 to 0.6"),
        ("scenarios.plan", {"activation": "high"}, "expected a number"),
        ("scenarios.base", {"delay": 1}, "base is the levers' own values"),
        ("scenarios.Big plan", {}, "a scenario's name has small letters"),
        ("leevers", {}, 'Did you mean "levers"?'),
    ],
)
def test_what_is_wrong_is_one_line(path: str, value: Any, told: str) -> None:
    """Each mistake names the file, its key, and what was expected or what to write."""
    with pytest.raises(DefinitionError) as refused:
        scenarios.define(changed(path, value), file="growth.yaml")
    message = str(refused.value)
    assert message.startswith("growth.yaml, ")
    assert told in message
    assert "\n" not in message
    assert ".." not in message


PLACES = [
    *("title", "horizon", "horizon.months", "levers", "levers.price", "nodes", "nodes.mrr", "outcomes.mrr_end", "outcomes.mrr_end.at"),
    *("levers.activation.ramp", "levers.activation.ramp.start", "scenarios", "scenarios.plan", "scenarios.plan.delay"),
    *(f"levers.activation.{key}" for key in scenarios.Lever.model_fields),
    *(f"nodes.mrr.{key}" for key in scenarios.Node.model_fields),
]
NASTY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["mrr", "a" * 2_000_000, "1/0", "{0}", "<b>"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4) | st.integers(), inner, max_size=3),
    max_leaves=4,
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.sampled_from(PLACES), NASTY)
def test_whatever_is_written_is_taken_or_refused_in_one_line(path: str, value: Any) -> None:
    """No key of the file leads to a traceback, whatever stands there."""
    told = ""
    try:
        scenarios.define(changed(path, value), file="growth.yaml")
    except DefinitionError as refused:
        told = str(refused)
    assert "\n" not in told


def test_what_is_too_much_is_refused() -> None:
    """More nodes than a reader follows, or more operations than a slider's move holds, are refused before they are computed."""
    many = {f"n{i}": {"formula": "sign_ups"} for i in range(400)}
    with pytest.raises(DefinitionError, match="at most 300"):
        scenarios.define(changed("nodes", many), file="growth.yaml")
    wide = {f"n{i}": {"formula": " + ".join(f"sign_ups * {i}.{j}" for j in range(1, 30))} for i in range(200)}
    with pytest.raises(DefinitionError, match="operations; at most 4,000"):
        scenarios.define(changed("nodes", wide) | {"outcomes": {"o": {"node": "n1"}}}, file="growth.yaml")


def test_a_missing_kpi_is_refused() -> None:
    """Where the KPIs are known, a lever from the data names one of them."""
    asked = changed("levers.price.from_data", {"kpi": "churn_rate", "weeks": 26})
    assert scenarios.define(asked).levers["price"].from_data
    with pytest.raises(
        DefinitionError, match=r'levers.price.from_data.kpi: there is no KPI "churn_rate". Did you mean "monthly_churn_rate"\?'
    ):
        scenarios.define(asked, file="growth.yaml", kpis=["mrr", "monthly_churn_rate"])


def test_no_file_stands_for_a_larger_one(tmp_path: Path) -> None:
    """Aliases are refused, and a file that is not there has its near miss."""
    file = tmp_path / "growth.yaml"
    file.write_text(FILE.replace("range: [20, 90]", "range: &r [20, 90]").replace("range: [100, 500]", "range: *r"))
    with pytest.raises(WorkspaceError, match="alias"):
        scenarios.load(file)
    with pytest.raises(WorkspaceError, match=r'Did you mean "growth\.yaml"'):
        scenarios.load(tmp_path / "grwoth.yaml")


def test_the_sample_s_model_tells_its_story() -> None:
    """Fixing sync and smoothing the start bring more than a launch two weeks later costs; the delay alone costs."""
    from prodops.plainyaml import read_yaml

    params = Path(__file__).parents[2] / "params"
    model = scenarios.load(params / "scenarios/growth.yaml", kpis=read_yaml(params / "kpis.yaml"))
    end = {name: model.point(model.settings(name))["mrr"][-1] for name in model.scenarios}
    late = model.point(model.settings(launch_delay=0.5))["mrr"][-1]
    assert late < end["base"] < end["plan"] < end["bold"]
    assert model.formulas().set_index("node").formula["activated"] == "Activated sign-ups = sign-ups × activation"
