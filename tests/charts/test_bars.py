from typing import Any

import pandas as pd
import pytest
from chart_reading import axis, domain, drawn, layers, payload, rows

from prodops import charts
from prodops.errors import ProdopsError

SAID = {"title": "Lost data is the largest theme", "subtitle": "Feedback items in October"}


def named(values: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame({"theme": list(values), "items": list(values.values())})


def bars(frame: pd.DataFrame, **options: Any) -> Any:
    return charts.bars(frame, "theme", "items", **{**SAID, **options})


def test_bars_are_sorted_by_value() -> None:
    """The longest bar comes first; an order that has a meaning is kept where asked."""
    frame = named({"b": 2, "c": 9, "a": 5})
    assert [r["name"] for r in rows(bars(frame))] == ["c", "a", "b"]
    assert [r["name"] for r in rows(bars(frame, sort=False))] == ["b", "c", "a"]


def test_bars_stand_on_zero() -> None:
    """The axis starts at zero and each bar is drawn from there, whatever the values."""
    chart = bars(named({"a": 412, "b": 380}))
    assert domain(chart, "x")[0] == 0
    assert [layer["encoding"]["x2"] for layer in layers(chart, style="accent-bar")] == [{"datum": 0}]
    assert axis(chart, "x")["title"] == "Items"


def test_values_are_written_at_the_end() -> None:
    """Each bar's value is drawn in words, inside the frame: the axis leaves room for it."""
    chart = bars(named({"a": 41_200, "b": 31_000}), unit="EUR")
    assert {"€\u00a041.2\u00a0k", "€\u00a031\u00a0k"} <= set(drawn(charts.to_svg(chart)))
    assert domain(chart, "x")[1] > 41_200


def test_negative_bars_go_left_of_zero() -> None:
    """A loss is drawn to the left and its label beyond it."""
    chart = bars(named({"a": 5, "b": -4}))
    low, high = domain(chart, "x")
    assert low < -4 < 5 < high
    assert ("least", "right") in [(p["encoding"]["x"]["field"], p["mark"]["align"]) for p in layers(chart, style="accent-label")]


def test_the_rest_is_folded_where_it_adds_up() -> None:
    """Of 6,000 segments twelve are drawn and the others are one grey bar with their sum, last."""
    frame = pd.DataFrame({"theme": [f"segment {i}" for i in range(6000)], "items": 1})
    frame.loc[5, "items"] = 100
    found = rows(bars(frame))
    assert len(found) == 13
    assert found[0]["name"] == "segment 5"
    assert (found[-1]["name"], found[-1]["x"], found[-1]["tone"]) == ("other (5,988)", 5988, "rest")


def test_shares_are_not_added_up() -> None:
    """Rates of many segments have no sum: the rest is left out and counted, unless the author says that they add up."""
    frame = pd.DataFrame({"theme": [f"segment {i}" for i in range(20)], "items": [0.05] * 20})
    chart = bars(frame, unit="share")
    assert len(rows(chart)) == 12
    assert payload(chart)["subtitle"].endswith("the 12 largest of 20")
    assert rows(bars(frame, unit="share", rest=True))[-1]["x"] == 40


def test_the_accent_is_always_shown() -> None:
    """The bar that matters is drawn though it is the smallest; the others are grey."""
    found = rows(bars(pd.DataFrame({"theme": [f"t{i}" for i in range(30)], "items": range(30)}), accent="t0", limit=3))
    assert [(r["name"], r["tone"]) for r in found] == [("t29", "muted"), ("t28", "muted"), ("t0", "accent"), ("other (27)", "rest")]


def test_ranges_are_whiskers() -> None:
    """An estimate's range is drawn over its bar, which lets it show through, and the value stands beyond it."""
    frame = pd.DataFrame({"theme": ["a", "b"], "items": [0.4, 0.3], "lo": [0.35, None], "hi": [0.47, None]})
    chart = bars(frame, lower="lo", upper="hi", unit="share")
    (whisker,) = layers(chart, style="whisker")
    assert (whisker["encoding"]["x"]["field"], whisker["encoding"]["x2"]["field"]) == ("lower", "upper")
    assert [r["most"] for r in rows(chart)] == [47, 30]
    assert payload(chart)["alt"] == "Lost data is the largest theme. Bar chart of Items, %: a 40\u00a0% (35 to 47\u00a0%); b 30\u00a0%."


def test_long_names_are_wrapped_and_never_cut_off() -> None:
    """A name of 300 characters takes two lines that end in an ellipsis, stays whole in the data, and the drawing keeps its width."""
    name = "billing " * 38
    chart = bars(named({name: 3, "search": 2}))
    assert rows(chart)[0]["name"] == name.strip()
    assert rows(chart)[0]["text"].count("\n") == 1
    assert rows(chart)[0]["text"].endswith("…")
    assert ' width="680"' in charts.to_svg(chart)


def test_names_stand_above_their_bars_on_a_phone() -> None:
    """The narrow layout gives bars the whole width and each name its own line."""
    chart = bars(named({"a": 3, "b": 2}))
    (names,) = [p for p in payload(chart)["spec_narrow"]["layer"] if p["encoding"].get("text", {}).get("field") == "name"]
    assert (names["mark"]["align"], names["encoding"]["x"]["value"]) == ("left", 0)
    assert payload(chart)["spec_narrow"]["height"] == 80


def test_missing_values_have_no_bar() -> None:
    """A category without a value is left out; none with one is a notice."""
    assert [r["name"] for r in rows(bars(named({"a": 1, "b": None})))] == ["a"]
    assert [r["tone"] for r in rows(bars(named({"a": 1, "b": None}), accent="b"))] == ["muted"]
    assert payload(bars(named({"b": None})))["alt"].endswith("No data in this period.")
    assert payload(charts.dots(named({}), "theme", "items", **SAID))["alt"].endswith("No data in this period.")


def test_a_category_comes_once() -> None:
    """Two rows of one name are refused, as their bars would lie on each other."""
    with pytest.raises(ProdopsError, match='one row for each category; there are 1 more, the first at "a"'):
        bars(pd.concat([named({"a": 1}), named({"a": 2})]))


def test_dots_show_before_and_after() -> None:
    """A dumbbell joins the open dot (before) and the filled one (after); the label says both; zero is not needed."""
    frame = pd.DataFrame({"segment": ["enterprise", "self-serve"], "rate": [0.412, 0.287], "old": [0.33, None]})
    chart = charts.dots(frame, "segment", "rate", before="old", before_label="before the launch", unit="share", accent="enterprise", **SAID)
    assert [r["value"] for r in rows(chart)] == ["33\u00a0% → 41\u00a0%", "29\u00a0%"]
    assert domain(chart, "x")[0] == 25
    assert payload(chart)["columns"] == {"name": "Segment", "x": "Rate, %", "before": "Rate, %, before the launch"}
    assert payload(chart)["subtitle"].endswith("open dot: before the launch")
    assert len(layers(chart, style="muted-open-dot")) == 2


def test_differences_stand_beside_zero() -> None:
    """A rule marks no difference; values carry their sign."""
    frame = pd.DataFrame({"segment": ["a", "b"], "diff": [0.08, -0.012], "lo": [0.03, -0.03], "hi": [0.13, 0.01]})
    chart = charts.dots(frame, "segment", "diff", lower="lo", upper="hi", unit="points", reference=0, **SAID)
    assert rows(chart, "zero") == [{"level": 0}]
    assert [r["value"] for r in rows(chart)] == ["+8\u00a0pts", "−1.2\u00a0pts"]
    assert axis(chart, "x")["title"] == "Diff, percentage points"
