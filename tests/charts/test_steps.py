from typing import Any

import pandas as pd
import pytest
from chart_reading import axis, domain, drawn, layers, payload, rows

from prodops import charts
from prodops.errors import ProdopsError

SAID = {"title": "Most of the fall sits on ios", "subtitle": "What each platform brought to the order rate"}


def steps(values: dict[str, Any], before: float, after: float, **options: Any) -> Any:
    frame = pd.DataFrame({"platform": list(values), "brought": list(values.values())})
    return charts.contributions(frame, "platform", "brought", before=before, after=after, **{**SAID, **options})


def test_steps_lead_from_before_to_after() -> None:
    """Largest first, each bar begins where the last one ended, and the last reaches the level after."""
    found = rows(steps({"web": 1, "ios": -7, "android": 2}, 20, 16))
    assert [r["name"] for r in found] == ["before", "ios", "android", "web", "after"]
    assert [(r["before"], r["x"]) for r in found] == [(20, 20), (20, 13), (13, 15), (15, 16), (16, 16)]
    assert [r["value"] for r in found] == ["20", "−7", "+2", "+1", "16"]


def test_shares_are_levels_in_percent_and_steps_in_points() -> None:
    """A rate's ends are said in percent, what brought it there in points; the axis starts near the levels."""
    chart = steps(
        {"ios": -0.14, "web": -0.02}, 0.4, 0.24, unit="share", accent="ios", before_label="Expected", after_label="Week of 20 Oct"
    )
    assert [r["value"] for r in rows(chart)] == ["40\u00a0%", "−14\u00a0pts", "−2\u00a0pts", "24\u00a0%"]
    assert [r["tone"] for r in rows(chart)] == ["muted", "accent", "muted", "muted"]
    assert domain(chart, "x")[0] == 20
    assert axis(chart, "x")["title"] == "Level, %"
    assert payload(chart)["alt"] == (
        "Most of the fall sits on ios. Steps from Expected 40\u00a0% to Week of 20 Oct 24\u00a0%: ios −14\u00a0pts; web −2\u00a0pts."
    )
    assert payload(chart)["columns"] == {"name": "Platform", "step": "Contribution, percentage points", "x": "Level reached, %"}


def test_the_rest_and_the_unexplained_are_steps_too() -> None:
    """Of thirty parts eight are drawn, the others as one; what all leave over is a grey step of its own; so the bars reach the end."""
    found = rows(steps({f"p{i:02}": 1 for i in range(30)}, 0, 40))
    assert len(found) == 12
    assert [(r["name"], r["step"], r["tone"]) for r in found[-3:-1]] == [("other (22)", 22, "rest"), ("unexplained", 10, "rest")]
    assert found[-2]["x"] == found[-1]["x"] == 40


def test_a_rest_of_one_keeps_its_name() -> None:
    """Nine parts are nine bars, not eight and "other (1)"."""
    assert [r["name"] for r in rows(steps({f"p{i}": 1 for i in range(9)}, 0, 9))][-2] == "p8"


def test_the_accent_is_drawn_though_it_is_small() -> None:
    """The part that matters keeps its bar among many larger ones."""
    found = rows(steps({f"p{i:02}": 50 - i for i in range(30)}, 0, 1065, accent="p29", limit=3))
    assert [(r["name"], r["tone"]) for r in found[1:-1]] == [("p00", "muted"), ("p01", "muted"), ("p29", "accent"), ("other (27)", "rest")]


def test_a_fall_below_zero() -> None:
    """Scores may pass zero: bars cross it, and labels stay beside their bars."""
    chart = steps({"enterprise": -20, "free": 4}, 8, -8, unit="nps")
    low, high = domain(chart, "x")
    assert low < -12
    assert high > 8
    assert {"−20\u00a0pts", "+4\u00a0pts"} <= set(drawn(charts.to_svg(chart)))


def test_bars_are_floating_and_joined_where_there_is_room() -> None:
    """Each bar spans its step and thin joints lead to the next, but not on a phone, where names stand between the bars."""
    chart = steps({"ios": -7, "web": 1}, 20, 14)
    assert {layer["encoding"]["x2"]["field"] for layer in layers(chart, style="accent-bar")} == {"x"}
    wide, narrow = ([p["mark"]["type"] for p in payload(chart)[key]["layer"]] for key in ("spec", "spec_narrow"))
    assert ("rule" in wide, "rule" in narrow) == (True, False)


def test_nothing_to_draw_is_a_notice() -> None:
    """Without a part, or without a level to start from, the chart says that there is no data."""
    for chart in (steps({}, 1, 2), steps({"a": None}, 1, 2), steps({"a": 1}, float("nan"), 2)):
        assert payload(chart)["alt"].endswith("No data in this period.")


def test_faulty_frames_are_refused() -> None:
    """A part that comes twice, words for numbers, and an accent nobody has are refused in a line."""
    with pytest.raises(ProdopsError, match="one row for each category"):
        charts.contributions(pd.DataFrame({"p": ["a", "a"], "v": [1, 2]}), "p", "v", before=1, after=4, **SAID)
    with pytest.raises(ProdopsError, match="needs numbers"):
        steps({"a": "much"}, 1, 2)
    with pytest.raises(ProdopsError, match="bee"):
        steps({"bees": 1}, 1, 2, accent="bee")
