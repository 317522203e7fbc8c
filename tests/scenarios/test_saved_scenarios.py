"""A saved scenario: one small text, the same each time, that reads back as it was written."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from prodops import scenarios
from prodops.errors import ProdopsError
from prodops.scenarios.saved import Saved, chosen, from_text, plain_number, read, to_text


def test_the_text_is_plain() -> None:
    """One key a line, levers in the order given, text in double quotes."""
    saved = Saved("growth", "Spring plan", "plan", {"activation": 0.47, "sign_ups": 1200.0}, "Agreed on\nMonday: 2 weeks")
    assert to_text(saved) == (
        'model: "growth"\ntitle: "Spring plan"\nscenario: "plan"\nlevers:\n  activation: 0.47\n  sign_ups: 1200\n'
        'notes: "Agreed on\\nMonday: 2 weeks"\n'
    )
    assert from_text(to_text(saved)) == saved
    assert to_text(Saved("growth")) == 'model: "growth"\ntitle: ""\nscenario: "base"\nlevers: {}\nnotes: ""\n'


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(TEXTS, TEXTS, st.floats(0.3, 0.6), st.sampled_from(["base", "plan", "bold"]))
def test_whatever_is_written_reads_back(title: str, notes: str, value: float, scenario: str) -> None:
    """Any title and notes (line breaks, quotes, colons, signs that YAML does not print) and any number come back as they were."""
    saved = Saved("growth", title, scenario, {"activation": value}, notes)
    assert from_text(to_text(saved)) == saved
    assert read(yaml.safe_load(to_text(saved))) == saved or "e" in plain_number(value)


WRITTEN = {
    0.47: "0.47",
    12.0: "12",
    1e-05: "0.00001",
    1e-7: "1e-7",
    1.5e21: "1.5e+21",
    1e20: "100000000000000000000",
    -0.5: "-0.5",
    -0.0: "0",
    0.1 + 0.2: "0.30000000000000004",
}


@pytest.mark.parametrize(("value", "text"), WRITTEN.items())
def test_numbers_are_written_as_a_browser_does(value: float, text: str) -> None:
    """The page's button and the panel write the same bytes (ECMA-262, Number::toString)."""
    assert plain_number(value) == text


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        ({"model": "grwth"}, "grwth"),
        ({}, "model"),
        ({"model": "growth", "scenario": "plann"}, 'Did you mean "plan"?'),
        ({"model": "growth", "levers": {"activaton": 0.4}}, 'Did you mean "activation"?'),
        ({"model": "growth", "levers": {"activation": 4}}, "goes from 0.3 to 0.6"),
        ({"model": "growth", "levers": {"activation": "x"}}, "expected a number"),
        ({"model": "growth", "levers": [1]}, "expected lever: value"),
        ({"model": "growth", "lever": {}}, 'Did you mean "levers"?'),
        ({"model": "growth", "title": "x" * 81}, "at most 80 characters"),
        ({"model": "growth", "notes": {"a": 1}}, "expected a text"),
        ([], "expected keys such as"),
    ],
)
def test_what_does_not_fit_the_model_is_refused(growth: scenarios.Model, mapping: dict[str, object], told: str) -> None:
    """One line names what was wrong, what was expected and the near miss, whether the text or the model refuses it."""
    with pytest.raises(ProdopsError) as refused:
        chosen(growth, "plan.yaml", saved=read(mapping, file="plan.yaml").__dict__)
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)
