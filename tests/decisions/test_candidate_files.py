"""Candidates are read once, plainly: what cannot be ranked is refused in one line that names file, key, value and the near miss."""

import re
from typing import Any

import pytest

from prodops import decisions
from prodops.decisions.amounts import Range, Source
from prodops.errors import DefinitionError, ProdopsError

RICE = {"reach": 100, "impact": 1, "confidence": 0.8, "effort": 2}


def one(**inputs: Any) -> dict[str, Any]:
    return {"candidates": {"search": {"rice": {**RICE, **inputs}}}}


def test_numbers_ranges_and_sources_are_inputs() -> None:
    """A number is exact; two ends have their geometric middle; three say the likely value; a source waits for the data."""
    read = decisions.define(one(reach={"from_theme": "Billing", "times": [2, 8]}, effort=[1, 4], confidence=[0.5, 0.8, 1]))
    inputs = read["search"].inputs("rice")
    assert inputs["effort"] == Range(low=1, likely=2, high=4)
    assert inputs["confidence"] == Range(low=0.5, likely=0.8, high=1)
    assert inputs["impact"] == Range(low=1, likely=1, high=1)
    assert inputs["reach"] == Source(from_theme="Billing", times=[2, 8])
    assert (read.sources("from_theme"), read.sources("from_kpi"), read.methods) == (("Billing",), (), ("rice",))


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        (one(impact=1.5), "impact is 1.5, which is not one of 0.25, 0.5, 1, 2, 3; what lies between is a range, such as [1, 2]"),
        (one(confidence=80), "confidence is 80; expected 0.5 to 1"),
        (one(effort=0), "effort is 0; expected above 0"),
        (one(reach=-5), "reach is -5; expected 0 or more"),
        (one(reach=[5, 3]), 'candidates.search.rice.reach: a range runs from low to high; found "[5, 3]"'),
        (one(reach=[1, 2, 3, 4]), "expected a number, a range such as"),
        (one(reach="many"), 'found "many"'),
        (one(reach=None), 'found "nothing"'),
        (one(reach=float("nan")), "finite number"),
        (one(reach={"from_thema": "x"}), 'Did you mean "from_theme"?'),
        (one(reach={"from_theme": "x", "from_kpi": "y"}), "expected one of from_theme, from_kpi, from_survey"),
        (one(reech=3), 'Did you mean "reach"?'),
        ({"candidates": {"search": {"rise": RICE}}}, 'Did you mean "rice"?'),
        ({"candidates": {"search": {"title": "Search"}}}, "at least one of rice, ice, wsjf, opportunity"),
        ({"candidates": {"search": {"wsjf": {"value": 4, "time_criticality": 1, "risk_reduction": 1, "size": 1}}}}, "such as [3, 5]"),
        ({"candidates": {"search": 4}}, "candidates.search"),
        ({"candidate": {}}, 'Did you mean "candidates"?'),
        ({"candidates": {"a": {"title": "One", "rice": RICE}, "b": {"title": "One", "rice": RICE}}}, 'two candidates are called "One"'),
        ({"capacity": 0, **one()}, "capacity"),
        ({"candidates": {" ": {"rice": RICE}}}, "cannot be a candidate's name"),
    ],
)
def test_what_cannot_be_ranked_is_refused_in_one_line(mapping: dict[str, Any], said: str) -> None:
    """The line names the file, the key and the value."""
    with pytest.raises(DefinitionError, match=re.escape(said)) as fault:
        decisions.define(mapping, file="params/candidates.yaml")
    assert str(fault.value).startswith("params/candidates.yaml: ")
    assert "\n" not in str(fault.value)


def test_values_between_those_of_the_scale_are_ranges_and_said() -> None:
    """RICE's impact may lie between its steps as a range; the reader is told."""
    assert decisions.define(one(impact=[1, 2])).warnings == ()
    assert decisions.define(one(impact=[0.7, 1.5])).warnings == (
        "search.rice: impact is 0.7 to 1.5, between the values that RICE knows (0.25, 0.5, 1, 2, 3).",
    )


def test_an_empty_file_has_no_candidates_and_no_actions() -> None:
    """A workspace without the files, or with empty ones, is none to complain about."""
    assert len(decisions.define({})) == len(decisions.actions({})) == 0
    assert len(decisions.define({"candidates": None})) == len(decisions.actions({"actions": None})) == 0
    assert decisions.rank(decisions.define({})).empty


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ({"due": "next week"}, '"next week" is no date; expected year-month-day'),
        ({"due": 20250101}, '"20250101" is no date'),
        ({"decided": "2025-02-01", "shipped": "2025-01-01"}, "it shipped on 2025-01-01, before it was decided on 2025-02-01"),
        ({"shipped": "2025-01-01", "waiting": {"on": "Legal"}}, "it has shipped, so it waits on nobody"),
        ({"waiting": {"for": "the wording"}}, "waiting.on"),
        ({"teem": "Atlas"}, 'Did you mean "team"?'),
    ],
)
def test_actions_that_make_no_sense_are_refused(action: dict[str, Any], said: str) -> None:
    """So is an action that shipped before it was decided, or a day that is none."""
    with pytest.raises(ProdopsError, match=re.escape(said)) as fault:
        decisions.actions({"actions": {"letter": action}}, file="params/actions.yaml")
    assert re.match(r'params/actions.yaml: (unknown key ")?actions\.letter', str(fault.value))
