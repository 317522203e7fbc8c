"""A small model that the tests of scenarios share."""

import pytest

from prodops import scenarios

GROWTH = {
    "title": "More activated sign-ups",
    "horizon": {"months": 12, "start": "2026-01"},
    "levers": {
        "sign_ups": {"branch": "Reach", "value": 1000, "range": [500, 2000], "likely": [900, 1150], "shape": "lognormal"},
        "activation": {
            "title": "Activation",
            "branch": "Onboarding",
            "unit": "share",
            "value": 0.42,
            "range": [0.3, 0.6],
            "step": 0.01,
            "likely": [0.39, 0.45],
            "shape": "logit-normal",
            "ramp": {"start": "1 + delay", "months": 3},
        },
        "delay": {"unit": "months", "value": 0, "range": [0, 6], "step": 0.5},
        "churn": {"unit": "share", "value": 0.03, "range": [0.01, 0.06], "likely": [0.025, 0.04]},
        "price": {"unit": "EUR", "value": 12, "range": [9, 20], "likely": [11, 13], "shape": "uniform"},
    },
    "nodes": {
        "activated": {"formula": "sign_ups * activation"},
        "mrr": {"title": "MRR", "unit": "EUR", "formula": "previous(mrr, 60000) * (1 - churn) + activated * 0.2 * price"},
    },
    "outcomes": {
        "mrr_end": {"title": "MRR at the end", "node": "mrr", "at": "end", "target": 58000, "good": "up"},
        "activated_total": {"node": "activated", "at": "total", "target": 5200},
    },
    "scenarios": {"plan": {"activation": 0.5, "delay": 0.5}, "bold": {"activation": 0.55, "price": 15}},
}


@pytest.fixture(scope="package")
def growth() -> scenarios.Model:
    """Sign-ups who activate and pay, against churn; three scenarios and two outcomes."""
    return scenarios.define(GROWTH, file="growth.yaml")
