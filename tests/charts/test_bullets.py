"""Bullets show how far each has come, where it should be, and how sure that is."""

from typing import Any

import pandas as pd
import pytest
from chart_reading import domain, drawn, layers, payload, rows

from prodops import charts
from prodops.errors import ProdopsError

SAID = {"title": "Two of three are behind", "subtitle": "grade of each goal", "mark": "due"}
FRAME = pd.DataFrame({"goal": ["a", "b"], "grade": [0.4, 1.0], "due": [0.7, None], "low": [0.1, None], "high": [0.8, None]})


def bullets(frame: pd.DataFrame = FRAME, **options: Any) -> Any:
    return charts.bullets(frame, "goal", "grade", **{**SAID, **options})


def test_a_bar_from_zero_with_a_stroke_where_it_should_be() -> None:
    """Bars stand on zero in the frame's order; the stroke is drawn where something is due; the label says both."""
    chart = bullets()
    assert [r["name"] for r in rows(chart)] == ["a", "b"]
    assert domain(chart, "x")[0] == 0
    assert [r["value"] for r in rows(chart)] == ["0.4 of 0.7 due", "1"]
    (stroke,) = layers(chart, style="due-mark")
    assert (stroke["encoding"]["x"]["field"], stroke["transform"]) == ("before", [{"filter": "datum.before != null"}])
    assert "0.4 of 0.7 due" in drawn(charts.to_svg(chart))


def test_the_range_and_the_line_are_drawn_and_named() -> None:
    """Whiskers where a range is known, a dotted line for all; the subtitle says what each is, the alt text says it in words."""
    chart = bullets(lower="low", upper="high", line=0.7, line_label="0.7, achieved")
    assert len(layers(chart, style="whisker")) == len(layers(chart, style="target")) == 1
    assert rows(chart, "line") == [{"level": 0.7}]
    assert payload(chart)["subtitle"].endswith("upright stroke: due · thin line: range of the estimate · dotted: 0.7, achieved")
    assert payload(chart)["alt"] == "Two of three are behind. Bullet chart of Grade: a 0.4 of 0.7 due (0.1 to 0.8); b 1."
    assert payload(chart)["columns"] == {
        "name": "Goal", "x": "Grade", "lower": "Grade, lower", "upper": "Grade, upper", "before": "Grade, due",
    }  # fmt: skip
    assert layers(bullets(), style="whisker") == []


def test_nothing_to_draw_is_a_notice_and_a_missing_column_an_error() -> None:
    """As for bars."""
    assert payload(bullets(FRAME.head(0)))["alt"].endswith("No data in this period.")
    with pytest.raises(ProdopsError, match="later"):
        bullets(mark="later")
