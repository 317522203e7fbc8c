"""Tornado and fan: drawn from what a simulation gives, in its order, at its places."""

from datetime import date

import pandas as pd
import pytest

from prodops import charts
from prodops.errors import ProdopsError
from prodops.stamps import CHART_MIME

SWINGS = pd.DataFrame(
    {
        "lever": ["price", "churn"],
        "title": ["Price", "Churn <b>"],
        "unit": ["EUR", "share"],
        "low": [36.0, 0.03],
        "high": [45.0, 0.05],
        "at_low": [90.0, 108.0],
        "at_high": [115.0, 93.0],
        "point": [100.0, 100.0],
        "swing": [25.0, 15.0],
    }
)


def test_a_tornado_has_a_bar_to_either_end() -> None:
    """Rows as they come, both ends and the line between them, the lever's own ends in its name."""
    chart = charts.tornado(SWINGS, title="Price moves most", subtitle="MRR, €", unit="EUR", label="MRR")
    data = chart.to_dict()["datasets"]
    assert [(row["name"], row["before"], row["x"]) for row in data["points"]] == [
        ("Price (€\u00a036.00 to €\u00a045.00)".replace(".00", ""), 90, 115),
        ("Churn <b> (3\u00a0% to 5\u00a0%)", 108, 93),
    ]
    assert data["zero"] == [{"level": 100}]
    bars = [layer for layer in chart.to_dict()["layer"] if layer["mark"]["type"] == "bar" and "style" in layer["mark"]]
    assert [(bar["encoding"]["x"]["field"], bar["encoding"]["x2"]["datum"]) for bar in bars] == [("before", 100), ("x", 100)]


def test_a_tornado_draws_the_widest_only() -> None:
    """Beyond the limit the subtitle says how many there are; none at all is a notice."""
    chart = charts.tornado(SWINGS, title="t", subtitle="s", limit=1).to_dict()
    assert len(chart["datasets"]["points"]) == 1
    assert "the 1 widest of 2" in " ".join(chart["title"]["subtitle"])
    assert "notice" in charts.tornado(SWINGS.head(0), title="t", subtitle="s").to_dict()["datasets"]


def test_a_tornado_needs_its_columns() -> None:
    """A frame without them is refused in one line."""
    with pytest.raises(ProdopsError, match="at_high"):
        charts.tornado(SWINGS.drop(columns="at_high"), title="t", subtitle="s")


def test_a_fan_stands_against_base_and_target() -> None:
    """The point with its range accented, base beside it without one, the target as a rule."""
    frame = pd.DataFrame({"point": [1.0, 2.0], "p05": [0.5, 1.0], "p95": [1.5, 3.0], "base": [1.0, 1.25]})
    months = [date(2026, 1, 1), date(2026, 2, 1)]
    bundle = charts.fan(frame, months, title="t", subtitle="s", target=2.5)._repr_mimebundle_()
    data = (bundle[0] if isinstance(bundle, tuple) else bundle)[CHART_MIME]["spec"]["datasets"]
    points = [(row["group"], row["x"][:10], row["y"], row.get("lower"), row.get("upper"), row["tone"]) for row in data["points"]]
    assert points == [
        ("now", "2026-01-01", 1, 0.5, 1.5, "accent"),
        ("now", "2026-02-01", 2, 1, 3, "accent"),
        ("base", "2026-01-01", 1, None, None, "muted"),
        ("base", "2026-02-01", 1.25, None, None, "muted"),
    ]
    assert data["target"][0]["level"] == 2.5
