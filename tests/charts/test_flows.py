"""Charts of delivery: a cloud of finished items, cumulative flow, and the age of what is in progress."""

import pandas as pd
import pytest
from chart_reading import layers, payload, rows

from prodops import charts
from prodops.errors import ProdopsError

SAID = {"title": "t", "subtitle": "s"}
DAYS = pd.date_range("2025-05-05", periods=4)


def test_a_cloud_has_a_point_for_each_row_and_its_levels() -> None:
    """Points as they come, several on one day too; levels as named rules; what lies far beyond them is open at the edge, and counted."""
    frame = pd.DataFrame({"finished": [*DAYS, DAYS[3]], "cycle_days": [1, 2, 3, 4, 90], "item_id": ["a", "b", "c", "d", "<i>"]})
    chart = charts.cloud(frame, "finished", "cycle_days", name="item_id", levels={"50 %": 3.0, "85 %": 5.0}, **SAID)
    assert [(row["item"], row["y"], row["open"]) for row in rows(chart)] == [
        ("a", 1, False),
        ("b", 2, False),
        ("c", 3, False),
        ("d", 4, False),
        ("<i>", 10, True),
    ]
    assert [row["text"] for row in rows(chart, "levels")] == ["50 %: 3\u00a0days", "85 %: 5\u00a0days"]
    assert "open: 1 beyond 10\u00a0days" in payload(chart)["subtitle"]
    assert payload(chart)["alt"] == "t. Cloud of 5 points from 5 May 2025 to 8 May 2025; 50 % 3\u00a0days; 85 % 5\u00a0days."


def test_a_crowded_cloud_is_thinned_and_says_so() -> None:
    """Of 3,000 points every third is drawn, evenly over time; the levels stay those of all."""
    frame = pd.DataFrame({"day": pd.date_range("2020-01-01", periods=3_000, freq="h"), "days": 2.0})
    chart = charts.cloud(frame, "day", "days", levels={"85 %": 2.0}, **SAID)
    assert len(rows(chart)) == 1_000
    assert "one in 3 of 3,000 drawn" in payload(chart)["subtitle"]


def test_cumulative_flow_stacks_what_reached_each_stage() -> None:
    """Counts start from what was done at first; the number at a band's end is what lies in it; the accent has the accent's colour."""
    reached = {"Ready": [12, 14, 16, 18], "Review": [11, 12, 14, 15], "Done": [10, 11, 12, 12]}
    frame = pd.concat([pd.DataFrame({"date": DAYS, "stage": stage, "reached": n}) for stage, n in reached.items()])
    chart = charts.cumulative(frame, "date", "reached", "stage", accent="Review", **SAID)
    assert [row["y"] for row in rows(chart) if row["group"] == "Done"] == [0, 1, 2, 2]
    assert [row["text"] for row in rows(chart, "names")] == ["Ready 3", "Review 3", "Done 2"]
    assert [layer["transform"][0]["filter"] for layer in layers(chart, style="accent-bar")] == ['datum.group == "Review"']


def test_a_stage_s_name_is_never_an_expression() -> None:
    """Quotes and signs in a stage's name stay text in the filter."""
    frame = pd.DataFrame({"date": DAYS, "stage": '"]||true//', "reached": [1, 2, 3, 4]})
    chart = charts.cumulative(frame, "date", "reached", "stage", **SAID)
    assert payload(chart)["spec"]["layer"][1]["transform"][0]["filter"] == 'datum.group == "\\"]||true//"'
    assert "<svg" in charts.to_svg(chart)


def test_ages_lie_over_what_is_usual_for_their_stage() -> None:
    """Items stand in the lanes of their stages, the oldest named; those over the upper bound have the accent's colour."""
    items = pd.DataFrame({"stage": ["Review", "Review", "Build"], "age_days": [4, 20, 2], "item_id": ["a", "b", "c"]})
    usual = pd.DataFrame({"stage": ["Ready", "Build", "Review"], "p50": [1.0, 3.0, 5.0], "p85": [2.0, 6.0, 9.0]})
    chart = charts.aging(items, usual, "stage", "age_days", name="item_id", **SAID)
    assert [(row["name"], row["x"], row["upper"]) for row in rows(chart)] == [("Build", 2, 6), ("Review", 20, 9)]
    assert [(row["item"], row["rank"], row["over"]) for row in rows(chart, "items")] == [("b", 1, True), ("a", 1, False), ("c", 0, False)]


@pytest.mark.parametrize("draw", ["cloud", "cumulative", "aging"])
def test_nothing_to_draw_is_a_notice(draw: str) -> None:
    """Empty frames give a chart that says so."""
    frame = pd.DataFrame({"stage": [], "day": pd.to_datetime([]), "n": []})
    usual = pd.DataFrame({"stage": ["Build"], "p50": [1.0], "p85": [2.0]})
    asked = {"cloud": (frame, "day", "n"), "cumulative": (frame, "day", "n", "stage"), "aging": (frame, usual, "stage", "n")}
    assert "notice" in getattr(charts, draw)(*asked[draw], **SAID).to_dict()["datasets"]


def test_an_accent_that_is_no_stage_is_refused() -> None:
    """With the near miss."""
    frame = pd.DataFrame({"date": DAYS, "stage": "Review", "reached": [1, 2, 3, 4]})
    with pytest.raises(ProdopsError, match='Did you mean "Review"'):
        charts.cumulative(frame, "date", "reached", "stage", accent="Reviev", **SAID)
