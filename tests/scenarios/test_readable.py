"""A scenario's report as tables: every number in its own unit, in the order in which a reader asks."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from prodops import scenarios
from prodops.scenarios import Report

MODEL: dict[str, Any] = {
    "title": "Growth",
    "horizon": {"months": 4, "start": "2026-01"},
    "levers": {
        "people": {"title": "People", "value": 100, "range": [50, 200], "likely": [80, 120]},
        "staying": {"title": "Staying", "unit": "share", "value": 0.4, "range": [0.2, 0.8], "step": 0.01},
        "price": {"title": "Price", "unit": "EUR", "value": 10, "range": [5, 20]},
    },
    "nodes": {"revenue": {"title": "Revenue", "unit": "EUR", "formula": "people * staying * price"}},
    "outcomes": {"total": {"title": "Revenue in all", "node": "revenue", "at": "total", "target": 1600}},
    "scenarios": {"plan": {"staying": 0.5}},
}

STAYING = MODEL["levers"]["staying"] | {"from_data": {"kpi": "activation"}}


@pytest.fixture(scope="module")
def report() -> Report:
    model = scenarios.define(MODEL, file="growth.yaml")
    return scenarios.report(model, scenarios.chosen(model, "plan", ["price=12"], title="Dearer"), draws=1_000)


def test_what_the_past_tells_is_listed() -> None:
    """What stands up comes first; without a history there is nothing to tell."""
    weeks = pd.date_range("2025-01-06", periods=40, freq="7D")
    before, after = (30 + 2 * np.sin(np.arange(20) + phase) for phase in (0, 3))
    history = pd.DataFrame({"period_start": weeks, "activation": np.concatenate([before, after + 15]) / 100})
    launches = pd.DataFrame({"name": ["Guide", "Poster"], "launched_on": [weeks[20], weeks[10]]})
    model = scenarios.define({**MODEL, "levers": {**MODEL["levers"], "staying": STAYING}}, file="growth.yaml")
    table = scenarios.told(scenarios.report(model, history=history, launches=launches, draws=1_000))
    assert table["Can it be told?"].tolist() == ["yes", "no"]
    assert table.loc[0, "What followed"].startswith("Staying after Guide: +15")
    assert scenarios.told(scenarios.report(model, draws=1_000)).empty


def test_scenarios_stand_beside_each_other(report: Report) -> None:
    """The model's and this one, each with value, range and chance."""
    table = scenarios.beside(report)
    assert list(table.columns) == ["Outcome", "Base", "Plan", "Dearer"]
    assert table.loc[0, "Base"] == "€\xa01,600 (€\xa01,281 to €\xa01,919), target 50\xa0%"
    assert str(table.loc[0, "Dearer"]).startswith("€\xa02,400 (")


def test_changes_say_what_each_brings_alone(report: Report) -> None:
    """From base, in the outcome's unit with its sign."""
    assert scenarios.changes(report).to_dict("records") == [
        {"Lever": "Staying", "In base": "40\xa0%", "Here": "50\xa0%", "Alone brings (Revenue in all)": "+€\xa0400"},
        {"Lever": "Price", "In base": "€\xa010", "Here": "€\xa012", "Alone brings (Revenue in all)": "+€\xa0320"},
    ]


def test_every_lever_is_listed_with_where_it_comes_from(report: Report) -> None:
    """In base and here; without a history all is judgement."""
    table = scenarios.levers(report).set_index("Lever")
    assert table.loc["People", "Likely range in base"] == "80 to 120"
    assert table.loc["Price", ["In base", "Here", "Likely range in base"]].tolist() == ["€\xa010", "€\xa012", "taken as exact"]
    assert set(table["From"]) == {"judgement"}


def test_goals_say_what_is_needed(report: Report) -> None:
    """Of the levers that a scenario turns; the best chance with the place that gives it."""
    table = scenarios.needed(report)
    assert set(table["Lever"]) == {"Staying", "Price"}
    assert table["Now"].tolist() == ["50\xa0%" if lever == "Staying" else "€\xa012" for lever in table["Lever"]]


def test_a_report_says_what_it_is_about(report: Report) -> None:
    """The months of the horizon, the model and the scenario; the outcome's unit; where the doubt lies."""
    from datetime import datetime

    assert report.scope(datetime(2025, 11, 3)).line() == "1 Jan – 30 Apr 2026 · Growth: Dearer"
    assert report.unit == "EUR"
    assert "people" in report.doubt.lower()
