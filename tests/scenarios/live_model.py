"""A model that uses every operation of formulas, every shape of lever, ramps and stocks: for what reads models elsewhere."""

from typing import Any

from prodops import scenarios

ALL: dict[str, Any] = {
    "title": "Fix sync & launch",
    "question": "What if we fix sync?",
    "horizon": {"months": 6, "start": "2026-11"},
    "levers": {
        "sign_ups": {"title": "Sign-ups", "branch": "Growth", "value": 300, "range": [100, 600], "step": 5, "likely": [250, 330]},
        "activation": {
            "title": "Activation",
            "branch": "Onboarding",
            "description": "Within a week.",
            "unit": "share",
            "value": 0.42,
            "range": [0.3, 0.6],
            "step": 0.01,
            "likely": [0.39, 0.47],
            "shape": "logit-normal",
            "ramp": {"start": "1 + delay", "months": 3},
        },
        "price": {"unit": "EUR", "value": 40, "range": [20, 80], "step": 0.5, "likely": [35, 47], "shape": "lognormal"},
        "delay": {"unit": "months", "value": 0, "range": [0, 3], "step": 0.5},
        "churn": {"unit": "share", "value": 0.04, "range": [0, 0.1], "step": 0.001, "likely": [0.03, 0.05], "shape": "triangular"},
        "spread": {"unit": "ratio", "value": -0.2, "range": [-1, 1], "step": 0.05, "likely": [-0.4, 0.1], "shape": "uniform"},
    },
    "nodes": {
        "active": {"unit": "count", "formula": "sign_ups * activation * (1 + spread * month / months)"},
        "mrr": {"unit": "EUR", "formula": "previous(mrr, 9000) * (1 - churn) + active * price"},
        "odd": {
            "unit": "ratio",
            "formula": "clip(sqrt(exp(-spread) + month ** 2), 0.5, 4) + min(spread, churn, 0.03) - max(1, spread, -spread)",
        },
        "chosen": {"unit": "ratio", "formula": "odd if spread > 0 and not churn >= 0.045 or month == 2 else log(1 + activation) / -2"},
        "so_far": {"unit": "ratio", "formula": "cumulative(chosen) + mean(odd) - last(chosen) + 0 * sum(odd)"},
    },
    "outcomes": {
        "mrr_end": {"title": "MRR at the end", "node": "mrr", "at": "end", "target": 35000},
        "active_total": {"title": "Activated", "node": "active", "at": "total"},
        "odd_mean": {"title": "Odd", "node": "odd", "at": "mean", "target": 2, "good": "down"},
        "third": {"title": "So far", "node": "so_far", "at": 3},
    },
    "scenarios": {"plan": {"activation": 0.5, "delay": 1}, "bold": {"activation": 0.55, "sign_ups": 400}},
}


def everything() -> scenarios.Model:
    """Give the model, called "growth"."""
    return scenarios.define(ALL, file="growth.yaml")
