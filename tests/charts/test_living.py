"""What puts a model's sliders into a report: a payload for the press, a drawing and words for everybody else."""

import json
from datetime import date

from prodops import charts, scenarios
from prodops.scenarios.saved import Saved
from prodops.stamps import LIVE_MIME
from tests.scenarios.live_model import ALL, everything


def test_the_bundle_holds_model_drawing_and_words() -> None:
    """The specification at the scenario's levers, the outcomes as simulated, the fan as SVG, the alt text in words; plain JSON."""
    model, saved = everything(), Saved("growth", "Our plan", "plan", {"price": 45})
    bundle = charts.live(model, saved, draws=100)._repr_mimebundle_()
    payload = json.loads(json.dumps(bundle[LIVE_MIME], allow_nan=False))
    assert payload["spec"] == model.to_vega(saved.settings(model), draws=100)
    assert payload["spec"]["usermeta"]["prodops"]["settings"] == {**model.settings("plan"), "price": 45}
    assert [row["outcome"] for row in payload["outcomes"]] == list(model.outcomes)
    assert payload["saved"] == {"model": "growth", "title": "Our plan", "scenario": "plan", "notes": ""}
    assert bundle["text/plain"] == payload["alt"]
    assert payload["alt"].startswith("Fix sync & launch: MRR at the end € ".replace("€ ", "€\u00a0"))
    assert bundle["image/svg+xml"].startswith('<svg role="img" aria-label="Fix sync &amp; launch: ')


def test_the_same_scenario_gives_the_same_bytes() -> None:
    """Twice the same; and the drawing is that of its own fan, so other levers give another."""
    made = [charts.live(everything(), Saved("growth", levers=levers), draws=100)._repr_mimebundle_() for levers in ({}, {}, {"price": 60})]
    assert made[0] == made[1]
    assert made[0]["image/svg+xml"] != made[2]["image/svg+xml"]


def test_a_model_without_a_calendar_takes_the_reports() -> None:
    """Its months are those from the month given; without one they are numbers, and the page says so."""
    text = {**ALL, "horizon": {"months": 6}}
    model = scenarios.define(text, file="growth.yaml")
    named, numbered = (charts.live(model, start=start, draws=100).payload["months"] for start in (date(2025, 11, 3), None))
    assert [row["start"] for row in named[:3]] == ["2025-11-01", "2025-12-01", "2026-01-01"]
    assert [(row["month"], row["start"]) for row in numbered[:2]] == [(1, ""), (2, "")]
