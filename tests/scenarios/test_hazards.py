"""What would divide by zero within the levers' ranges is refused when the file is read; what cannot is not."""

from typing import Any

import pytest

from prodops import scenarios
from prodops.errors import DefinitionError


def read(formula: str, **changes: Any) -> scenarios.Model:
    """Read a model of three levers and one formula that may be hazardous."""
    share = {"unit": "ratio", "value": 0.5, "range": [0.1, 0.9]}
    return scenarios.define(
        {
            "horizon": {"months": 6},
            "levers": {"a": share, "b": share | {"value": 0.3}, "n": {"value": 100, "range": [0, 200]}} | changes.pop("levers", {}),
            "nodes": {"people": {"formula": "n + 50"}, "risky": {"unit": "ratio", "formula": formula}} | changes.pop("nodes", {}),
            "outcomes": {"end": {"node": "risky"}},
            "scenarios": {"plan": {"n": 50}},
        },
        file="risky.yaml",
        lines={("nodes", "risky", "formula"): 12},
    )


@pytest.mark.parametrize(
    ("formula", "told"),
    [
        ("a / 0", 'divides by "0", which is 0 at the levers\' values (month 1)'),
        ("a / (month - 3)", "which is 0 at the levers' values (month 3)"),
        (
            "a / n",
            'divides by "n", which is 0 where n is 0 (month 1); write a / max(n, …) with the least it can be, or a / n if n != 0 else 0',
        ),
        ("a / (n - 50)", "which is 0 in scenario plan"),
        ("a / (a - b)", "0 within the levers' ranges"),
        ("a / (a - 0.45) ** 3", "which passes 0 within the levers' ranges"),
        ("a / (b > 0.95)", "which is 0"),
        ("log(a - 0.1)", "takes log of"),
        ("log(a - b)", "which is 0 or less"),
        ("sqrt(a - b)", "which is below 0"),
        ("(a - b) ** 0.5", "to a power that is not whole"),
        ("(a - 0.1) ** -1", "to a power below 0"),
        ("exp(10 * n)", "larger than can be computed"),
        ("previous(risky, 1) * 1e60", "larger than can be computed"),
        ("a / (b - 0.5) if a > 0.6 else 0", ""),
    ],
)
def test_a_hazard_is_refused_with_place_and_advice(formula: str, told: str) -> None:
    """The line says what is divided by, where it is zero, and what to write; inside a condition only what is sure is refused."""
    if not told:
        assert read(formula)
        return
    with pytest.raises(DefinitionError) as refused:
        read(formula)
    assert str(refused.value).startswith("risky.yaml, line 12, nodes.risky.formula: the formula ")
    assert told in str(refused.value)


@pytest.mark.parametrize(
    "formula",
    [
        "a / (a + b)",
        "n / (n + 1)",
        "n / people",
        "people / (people - n)",
        "a / n if n > 0 else 0",
        "a / max(n, 1)",
        "0 if n == 0 else log(n / people)",
        "previous(risky, 1) * (1 - a) / (1 - previous(risky, 1) * b / 10)",
        "(sqrt(n) + n ** 0.5) / people + (-2) ** 3",
        "a / (1 if a > b else -1)",
        "exp(-n)",
        "1 / month + 1 / cumulative(a)",
    ],
)
def test_a_well_behaved_formula_is_taken(formula: str) -> None:
    """No refusal for what never happens, though its parts could look as if it did."""
    assert read(formula).point()["risky"].shape == (6,)


def test_the_cause_is_named_before_what_follows_from_it() -> None:
    """Where one node's division spoils another's sum, the division is named."""
    with pytest.raises(DefinitionError, match=r"nodes\.cause\.formula: the formula divides"):
        read("previous(risky, 1) + cause", nodes={"cause": {"unit": "ratio", "formula": "a / (previous(risky, 1) - 1)"}})


def test_a_ramp_s_own_formula_is_looked_at() -> None:
    """A ramp that starts at a month divided by nothing is refused at the lever."""
    ramped = {"unit": "ratio", "value": 1.0, "range": [0.5, 2.0], "ramp": {"start": "1 / n", "months": 2}}
    with pytest.raises(DefinitionError, match=r"levers\.r\.ramp: the formula divides"):
        read("r * a", levers={"r": ramped})
