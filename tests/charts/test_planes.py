"""Dots on a plane: where they lie, their names apart, their ranges."""

from typing import Any

import pandas as pd
import pytest
from chart_reading import drawn, payload, rows

from prodops import charts
from prodops.errors import ProdopsError

SAID = {"title": "Guest access is a must-be", "subtitle": "% of respondents", "x_label": "pleased", "y_label": "put off"}
IDEAS = pd.DataFrame(
    {
        "idea": ["Guest access", "Dark mode", "Summaries"],
        "x": [0.33, 0.52, 0.5],
        "y": [0.72, 0.15, 0.15],
        "low": [0.3, 0.5, 0.45],
        "high": [0.4, 0.6, 0.55],
    }
)


def plane(frame: pd.DataFrame = IDEAS, **options: Any) -> Any:
    return charts.plane(frame, "x", "y", "idea", **{**SAID, **options})


@pytest.mark.parametrize("end", ["", "_narrow"])
def test_dots_lie_where_their_values_are(end: str) -> None:
    """More to the right is more of x, higher up more of y; a value beyond the ends lies on the edge."""
    dots = {d["name"]: d for d in rows(plane(pd.concat([IDEAS, pd.DataFrame({"idea": ["Odd"], "x": [7.0], "y": [-3.0]})])), f"dots{end}")}
    assert dots["Guest access"]["x"] < dots["Summaries"]["x"] < dots["Dark mode"]["x"] < dots["Odd"]["x"]
    assert dots["Guest access"]["y"] < dots["Dark mode"]["y"] < dots["Odd"]["y"]
    assert dots["Odd"]["x"] <= (340 if end else 680)


@pytest.mark.parametrize("end", ["", "_narrow"])
def test_names_do_not_lie_on_each_other(end: str) -> None:
    """Two dots nearly at one place still have their names apart."""
    labels = [label for label in rows(plane(), f"labels{end}") if label["text"] in ("Dark mode", "Summaries")]
    (one, other) = labels
    assert abs(one["y"] - other["y"]) >= 14 or one["side"] != other["side"]


def test_ranges_and_corners_are_drawn() -> None:
    """A cross for each dot with known ends, and the corners' words."""
    chart = plane(ranges=("low", "high", "low", "high"), corners=("must-be", "", "", "delights"))
    assert len(rows(chart, "crosses")) == 6
    assert {"must-be", "delights", "pleased →", "↑ put off"} <= set(drawn(charts.to_svg(chart)))
    assert "lines: 95\u00a0% ranges" in payload(chart)["subtitle"]


def test_the_accent_matters_and_the_rest_is_grey() -> None:
    """Named dots are accented; a name that is not there is refused with the near miss."""
    assert [d["tone"] for d in rows(plane(accent=["Dark mode"]), "dots")] == ["muted", "accent", "muted"]
    with pytest.raises(ProdopsError, match='Did you mean "Dark mode"'):
        plane(accent=["Dark mod"])


def test_words_for_those_who_do_not_see_it() -> None:
    """The alt text says where each dot lies, the table behind has the values in the axes' units."""
    shown = payload(plane())
    assert "Guest access: pleased 33\u00a0%, put off 72\u00a0%" in shown["alt"]
    assert shown["columns"] == {"name": "Idea", "x": "pleased, %", "y": "put off, %"}
    assert rows(plane())[0] == {"name": "Guest access", "x": 33, "y": 72}


def test_no_dots_are_a_notice() -> None:
    """A frame without values says so."""
    assert "No data in this period" in drawn(charts.to_svg(plane(IDEAS.assign(x=float("nan")))))
