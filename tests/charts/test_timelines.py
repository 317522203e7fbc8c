import itertools
from typing import Any

import pandas as pd
import pytest
from chart_reading import axis, domain, drawn, layers, payload, rows

from prodops import charts
from prodops.errors import ProdopsError

WEEKS = pd.date_range("2025-09-22", periods=6, freq="7D")
SAID = {"title": "Activation rose", "subtitle": "Share of sign-ups activated, %"}


def activation(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"week": WEEKS, "rate": [0.34, 0.35, 0.33, 0.43, 0.44, 0.2], **columns})


def themes(n: int, **columns: Any) -> pd.DataFrame:
    """Theme i has i, i+1, … items; the last is the largest."""
    return pd.concat([pd.DataFrame({"week": WEEKS, "theme": f"theme {i}", "items": range(i, i + 6), **columns}) for i in range(n)])


def line(frame: pd.DataFrame, **options: Any) -> Any:
    return charts.line(frame, "week", "rate", **{**SAID, "unit": "share", **options})


def by_theme(frame: pd.DataFrame, **options: Any) -> Any:
    return charts.line(frame, "week", "items", series="theme", **{**SAID, **options})


def test_a_line_starts_from_zero_on_a_true_time_axis() -> None:
    """Time is on a UTC scale from the first week to the last, values from zero to a round end in percent, units in the title."""
    chart = line(activation())
    assert domain(chart, "x") == [1_758_499_200_000, 1_761_523_200_000]
    assert layers(chart)[0]["encoding"]["x"]["scale"]["type"] == "utc"
    assert (domain(chart, "y"), axis(chart, "y")["values"]) == ([0, 50], [0, 10, 20, 30, 40, 50])
    assert "Rate, %" in drawn(charts.to_svg(chart))
    assert drawn(charts.to_svg(chart))[:8] == ["22 Sep", "2025", "29 Sep", "6 Oct", "13 Oct", "20 Oct", "27 Oct", "0\u00a0%"]


def test_zero_can_be_left_out_of_a_line() -> None:
    """Where asked, the axis is about the values."""
    assert domain(line(activation(), zero=False), "y") == [20, 45]


def test_data_behind_a_line_are_what_is_read() -> None:
    """Points carry the period in words and the value in the unit of its heading."""
    chart = line(activation())
    assert payload(chart)["columns"] == {"when": "Period", "y": "Rate, %"}
    assert payload(chart)["dataset"] == "points"
    first = rows(chart)[0]
    assert (first["x"], first["when"], first["y"], first["value"]) == ("2025-09-22T00:00:00Z", "week of 22 Sep 2025", 34, "34\u00a0%")


def test_the_period_in_progress_is_dashed() -> None:
    """The last, unfinished week is a dashed piece with an open dot; the label at the end is that of the last whole week."""
    chart = line(activation(whole=[True] * 5 + [False]), complete="whole")
    assert [layer["mark"]["strokeDash"] for layer in layers(chart, source="progress")] == [[3, 4]]
    assert [(r["x"][:10], r["y"]) for r in rows(chart, "progress")] == [("2025-10-20", 44), ("2025-10-27", 20)]
    assert [(r["y"], r["open"]) for r in rows(chart, "dots")] == [(44, False), (20, True)]
    assert [layer["transform"] for layer in layers(chart, source="points", style="accent-line")] == [
        [{"filter": "datum.tone == 'accent' && datum.whole"}]
    ]
    assert [r["text"] for r in rows(chart, "ends")] == ["44\u00a0%"]
    assert "dashed: week in progress" in payload(chart)["subtitle"]


def test_whole_periods_are_not_dashed() -> None:
    """A chart of whole weeks has no dashed layer and says nothing of one."""
    assert layers(line(activation()), source="progress") == []
    assert "dashed" not in payload(line(activation()))["subtitle"]


def test_the_range_of_an_estimate_is_drawn() -> None:
    """Lower and upper are a band behind the line, named in the subtitle and listed in the table."""
    chart = line(activation(lo=[0.3] * 6, hi=[0.48] * 6), lower="lo", upper="hi")
    (band,) = layers(chart, style="band")
    assert (band["mark"]["type"], band["encoding"]["y"]["field"], band["encoding"]["y2"]["field"]) == ("area", "lower", "upper")
    assert payload(chart)["columns"] == {"when": "Period", "y": "Rate, %", "lower": "Rate, %, lower", "upper": "Rate, %, upper"}
    assert rows(chart)[0]["range"] == "30 to 48\u00a0%"
    assert payload(chart)["subtitle"].endswith("shaded: range of the estimate")


def test_a_target_is_a_rule_with_a_name() -> None:
    """The target is on the chart in words and inside its axis."""
    chart = line(activation(), target=0.62)
    assert rows(chart, "target") == [{"level": 62, "text": "target 62\u00a0%"}]
    assert domain(chart, "y") == [0, 80]
    assert "target 62\u00a0%" in drawn(charts.to_svg(chart))


def test_one_accent_stands_before_greys() -> None:
    """The series that matters has the accent, is drawn last, and all are named at their end, nudged apart."""
    chart = by_theme(themes(4), accent="theme 1")
    lines = [layer["mark"]["style"] for layer in layers(chart, source="points") if layer["mark"]["type"] == "line"]
    assert lines == ["muted-line", "accent-line"]
    assert {r["group"] for r in rows(chart) if r["tone"] == "accent"} == {"theme 1"}
    ends = sorted(rows(chart, "ends"), key=lambda r: r["at"])
    assert [r["text"] for r in ends] == ["theme 3 8", "theme 2 7", "theme 1 6", "theme 0 5"]
    assert all(below["at"] - above["at"] >= 16 for above, below in itertools.pairwise(ends))


def test_without_an_accent_few_series_have_colours_and_many_do_not() -> None:
    """Up to six series have a colour each, in the order in which they came; more are grey."""
    hues = [layer["encoding"]["stroke"]["scale"]["domain"] for layer in layers(by_theme(themes(6)), style="accent-line")]
    assert hues == [[f"theme {i}" for i in range(6)]]
    assert all("stroke" not in layer["encoding"] for layer in layers(by_theme(themes(7))))


def test_at_most_twelve_lines_are_drawn() -> None:
    """Of many series the twelve with the largest last value stay, the accent among them; the subtitle says of how many."""
    chart = by_theme(themes(40), accent="theme 3")
    assert {r["group"] for r in rows(chart)} == {"theme 3", *(f"theme {i}" for i in range(29, 40))}
    assert payload(chart)["subtitle"].endswith("the 12 largest of 40")


def test_events_are_marked_on_the_line() -> None:
    """A launch and an incident within the span are rules with their names, the incident with its days; others are left out."""
    marks = pd.DataFrame({
        "on": pd.to_datetime(["2025-10-01", "2025-10-14", "2025-01-01", "2025-12-24"]), "label": ["Guided onboarding", "Outage", "Old", "Future"],
        "kind": ["launch", "incident", "launch", "launch"], "until": [None, pd.Timestamp("2025-10-25"), None, None],
    })  # fmt: skip
    chart = line(activation(), marks=marks)
    found = rows(chart, "events")
    assert [(e["text"], e["on"][:10], (e["until"] or "")[:10], e["incident"]) for e in found] == [
        ("Guided onboarding", "2025-10-01", "", False),
        ("Outage", "2025-10-14", "2025-10-25", True),
    ]
    assert [layer["mark"]["type"] for layer in layers(chart, source="events")] == ["rect", "rule", "rule", "text", "text", "text"]
    assert {"Guided onboarding", "Outage"} <= set(drawn(charts.to_svg(chart)))
    assert "Incident: Outage, 14 Oct to 25 Oct 2025." in payload(chart)["alt"]


def test_a_launches_table_can_be_given_as_it_is() -> None:
    """The columns of the launches table are understood, its kinds too; a frame with neither is refused."""
    launches = pd.DataFrame({"name": ["Team price"], "launched_on": ["2025-10-01"], "kind": ["pricing"], "ended_on": [None], "tier": [1]})
    assert [e["said"] for e in rows(line(activation(), marks=launches), "events")] == ["Pricing: Team price, 1 Oct 2025"]
    with pytest.raises(ProdopsError, match="Marks need the columns on and label"):
        line(activation(), marks=pd.DataFrame({"when": []}))


def test_events_without_room_are_counted() -> None:
    """Names never overlap: what finds no lane stays a rule, and the subtitle counts it."""
    marks = pd.DataFrame({"on": pd.date_range("2025-10-01", periods=9), "label": [f"Release {i} of the product" for i in range(9)]})
    chart = line(activation(), marks=marks)
    named = [e for e in rows(chart, "events") if e["text"]]
    assert len({e["top"] for e in named}) == len(named) == 4
    assert payload(chart)["subtitle"].endswith("5 more events not named")


def test_missing_values_break_the_line() -> None:
    """A gap stays a gap, and a value alone between two gaps is a dot."""
    chart = charts.line(pd.DataFrame({"week": WEEKS, "n": [1, None, 3, None, 5, 6]}), "week", "n", **SAID)
    assert [r["y"] for r in rows(chart)] == [1, None, 3, None, 5, 6]
    assert [r["y"] for r in rows(chart, "dots")] == [1, 3, 6]


def test_the_alt_text_says_what_is_seen() -> None:
    """Title, span, first and last value, least and most; the accent before the others."""
    assert payload(line(activation(whole=[True] * 5 + [False]), complete="whole"))["alt"] == (
        "Activation rose. Line chart of Rate, %, week of 22 Sep 2025 to week of 27 Oct 2025. It went from 34\u00a0% (week of 22 Sep 2025) to 44\u00a0% "
        "(week of 20 Oct 2025); lowest 33\u00a0%, highest 44\u00a0%."
    )
    many = payload(by_theme(themes(6), accent="theme 2"))["alt"]
    assert many.startswith("Activation rose. Line chart of Items, week of 22 Sep 2025 to week of 27 Oct 2025. theme 2 went from 2 (")
    assert many.endswith("2 more lines.")


def test_an_alt_text_of_one_s_own_is_kept() -> None:
    """The author's words replace ours, everywhere."""
    chart = line(activation(), alt="A line that rises.")
    assert (payload(chart)["alt"], chart.to_dict()["description"]) == ("A line that rises.",) * 2


@pytest.mark.parametrize("values", [[], [None] * 6], ids=["no rows", "no values"])
def test_nothing_to_draw_is_said(values: list[None]) -> None:
    """A frame without values gives a small chart that says so."""
    chart = charts.line(pd.DataFrame({"week": WEEKS[: len(values)], "n": values}), "week", "n", **SAID)
    assert drawn(charts.to_svg(chart)) == ["No data in this period", "Activation rose", "Share of sign-ups activated, %"]
    assert payload(chart)["alt"] == "Activation rose. No data in this period."


def test_one_point_is_a_dot() -> None:
    """A single period is drawn in the middle, with its value."""
    chart = charts.line(pd.DataFrame({"day": ["2025-11-02"], "n": [7]}), "day", "n", **SAID)
    low, high = domain(chart, "x")
    assert high - low == 2 * 86_400_000
    assert "7" in drawn(charts.to_svg(chart))


def test_far_dates_are_dates() -> None:
    """Years up to 9998 are drawn and labelled."""
    frame = pd.DataFrame({"day": pd.to_datetime(["2025-01-01", "2999-12-31", "9998-01-01"]), "n": [1, 2, 3]})
    assert {"4000", "8000"} <= set(drawn(charts.to_svg(charts.line(frame, "day", "n", **SAID))))


def test_what_cannot_be_drawn_is_refused() -> None:
    """Doubled points, too many points, an unknown accent, an empty title: one line that says what to do."""
    with pytest.raises(ProdopsError, match="one row for each time; there are 6 more"):
        line(pd.concat([activation(), activation()]))
    with pytest.raises(ProdopsError, match="would draw 6,000 points; at most 5,000"):
        charts.line(pd.DataFrame({"day": pd.date_range("2000-01-01", periods=6000), "n": 1}), "day", "n", **SAID)
    with pytest.raises(ProdopsError, match=r'no "them 1" to accent\. Did you mean "theme 1"'):
        by_theme(themes(3), accent="them 1")
    with pytest.raises(ProdopsError, match="needs a title that states the finding"):
        line(activation(), title=" ")


def test_panels_share_their_scales_and_say_so() -> None:
    """Every panel has the same ends on both axes, a title with its last value, and the largest comes first."""
    chart = charts.small_multiples(themes(3), "week", "items", "theme", **SAID)
    spec = chart.to_dict()
    scales = [(p["layer"][0]["encoding"]["x"]["scale"], p["layer"][0]["encoding"]["y"]["scale"]) for p in spec["concat"]]
    assert scales == [scales[0]] * 3
    assert [p["title"]["text"] for p in spec["concat"]] == ["theme 2 7", "theme 1 6", "theme 0 5"]
    assert "all on the same scales" in payload(chart)["subtitle"]


def test_panels_fit_a_phone() -> None:
    """The narrow layout has two columns and is no wider than 340 pixels; the wide one three and 680."""
    chart = charts.small_multiples(themes(5), "week", "items", "theme", **SAID)
    assert (chart.to_dict()["columns"], payload(chart)["spec_narrow"]["columns"]) == (3, 2)
    for narrow, most in ((False, 680), (True, 340)):
        assert int(charts.to_svg(chart, narrow=narrow).split(' width="')[1].split('"')[0]) <= most


def test_at_most_twelve_panels_are_drawn() -> None:
    """Of thirty themes twelve have a panel, one accent stands out, and events are named in the subtitle."""
    marks = pd.DataFrame({"on": ["2025-10-14"], "label": ["Outage"], "kind": ["incident"]})
    chart = charts.small_multiples(themes(30), "week", "items", "theme", accent="theme 0", marks=marks, **SAID)
    assert len(chart.to_dict()["concat"]) == 12
    assert {r["group"] for r in rows(chart) if r["tone"] == "accent"} == {"theme 0"}
    assert payload(chart)["subtitle"].endswith("the 12 largest of 30, all on the same scales · vertical lines: Outage (14 Oct)")
