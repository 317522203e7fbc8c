import hashlib
import json
import os
import subprocess
import sys
from typing import Any

import altair as alt
import pandas as pd
import pytest
from chart_reading import bundle, layers, payload

from prodops import charts
from prodops.charts import display
from prodops.charts.theme import theme
from prodops.stamps import CHART_MIME

WEEKS = pd.date_range("2025-09-22", periods=6, freq="7D")
SAID = {"title": "A finding", "subtitle": "Items a week"}
MAKE = """
import hashlib, json, pandas as pd
from prodops import charts
def made():
    weeks = pd.date_range("2025-09-22", periods=6, freq="7D")
    frame = pd.concat([pd.DataFrame({"week": weeks, "theme": t, "items": [3, 4, 9, 5, 6, 2], "whole": [True] * 5 + [False]}) for t in ("sync", "billing")])
    said = {"title": "A finding", "subtitle": "Items a week"}
    marks = pd.DataFrame({"on": ["2025-10-14"], "label": ["Outage"], "kind": ["incident"]})
    return [charts.line(frame, "week", "items", series="theme", complete="whole", marks=marks, **said),
            charts.small_multiples(frame, "week", "items", "theme", complete="whole", **said),
            charts.bars(frame[frame["week"] == weeks[0]], "theme", "items", **said), charts.dots(frame[frame["week"] == weeks[0]], "theme", "items", **said)]
def digest():
    return hashlib.sha256(json.dumps([c._repr_mimebundle_() for c in made()]).encode()).hexdigest()
"""
HELPERS: dict[str, Any] = {}
exec(MAKE, HELPERS)
KINDS = pytest.mark.parametrize("at", range(4), ids=["line", "small multiples", "bars", "dots"])


@pytest.fixture(scope="module")
def made() -> list[Any]:
    return HELPERS["made"]()


@KINDS
def test_a_chart_shows_a_payload_a_drawing_and_words(made: list[Any], at: int) -> None:
    """The bundle holds our payload, an SVG and the alt text, and nothing that a frontend would trip over."""
    shown = bundle(made[at])
    assert list(shown) == [CHART_MIME, "image/svg+xml", "text/plain"]
    chart = shown[CHART_MIME]
    assert {"spec", "alt", "title", "subtitle", "dataset", "columns", "dark", "height", "spec_narrow", "height_narrow"} == set(chart)
    assert shown["text/plain"] == chart["alt"] == chart["spec"]["description"]
    assert chart["alt"].startswith("A finding. ")
    assert set(chart["columns"]) <= set(chart["spec"]["datasets"][chart["dataset"]][0])
    json.dumps(shown, allow_nan=False)


@KINDS
def test_both_layouts_are_valid(made: list[Any], at: int) -> None:
    """The specification and the one for narrow pages, laid over it, both keep Vega-Lite's schema."""
    chart = payload(made[at])
    for spec in (chart["spec"], {**chart["spec"], **chart["spec_narrow"]}):
        assert display._assemble(spec).to_dict(validate=True)["datasets"] == spec["datasets"]


@KINDS
def test_the_drawing_stands_alone(made: list[Any], at: int) -> None:
    """The SVG has no script, no address, no id that could clash on a page, and is one image that says what it shows, not many half-named ones."""
    svg = bundle(made[at])["image/svg+xml"]
    assert svg.startswith('<svg role="img" aria-label="A finding. ')
    assert (svg.count(" aria-"), svg.count(' role="')) == (1, 1)
    for part in ("<script", "href=", " id=", "<style", "url(", "<image"):
        assert part not in svg
    assert svg.count("http") == svg.count("http://www.w3.org/")


@KINDS
def test_heights_can_be_reserved(made: list[Any], at: int) -> None:
    """The payload's heights are those of the two drawings."""
    chart = payload(made[at])
    for key, narrow in (("height", False), ("height_narrow", True)):
        assert f' height="{chart[key]}"' in charts.to_svg(made[at], narrow=narrow)


@KINDS
def test_colours_come_from_the_theme_alone(made: list[Any], at: int) -> None:
    """No mark names a colour; every style it names is in both modes."""
    for layer in layers(made[at]):
        assert not {"color", "fill", "stroke"} & set(layer["mark"])
        for mode in ("light", "dark"):
            assert layer["mark"].get("style", "label") in theme(mode)["style"]


@KINDS
def test_dark_mode_changes_the_drawing_but_not_its_size(made: list[Any], at: int) -> None:
    """A dark drawing has the same place for everything and none of the light paper's ink."""
    light, dark = (charts.to_svg(made[at], mode=mode) for mode in ("light", "dark"))
    assert light.split("viewBox=")[1].split(">")[0] == dark.split("viewBox=")[1].split(">")[0]
    assert "#1d2025" in light
    assert "#1d2025" not in dark


def test_the_same_data_give_the_same_bytes(made: list[Any]) -> None:
    """Charts made before, another hash seed, another time zone: not a byte changes, and names carry no counter."""
    first = hashlib.sha256(json.dumps([bundle(c) for c in made]).encode()).hexdigest()
    assert HELPERS["digest"]() == first
    environment = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}
    other = subprocess.run([sys.executable, "-c", MAKE + "print(digest())"], capture_output=True, text=True, check=True, env=environment)
    assert other.stdout.strip() == first
    assert set(payload(made[0])["spec"]["datasets"]) == {"points", "progress", "dots", "ends", "events", "zero"}


def test_a_chart_of_one_s_own_is_shown_too() -> None:
    """A plain Altair chart in the same notebook gets the same kind of bundle and the theme, from what it says of itself."""
    display.enable()
    own = alt.Chart(pd.DataFrame({"a": [1, 2]}), title="My own").mark_point().encode(x="a:Q")
    shown = bundle(own)
    assert list(shown) == [CHART_MIME, "image/svg+xml", "text/plain"]
    assert (shown["text/plain"], shown[CHART_MIME]["title"], shown[CHART_MIME]["columns"]) == ("My own", "My own", {})
    assert shown[CHART_MIME]["spec"]["config"]["font"] == theme("light")["font"]


def test_a_choice_made_later_stands() -> None:
    """Charts switch the renderer on once; who enables another afterwards keeps it."""
    display.enable()
    try:
        alt.renderers.enable("json")
        charts.bars(pd.DataFrame({"n": ["a"], "v": [1]}), "n", "v", **SAID)
        assert alt.renderers.active == "json"
    finally:
        alt.renderers.enable(display.NAME)


def test_a_pointer_reads_what_a_drawing_leaves_out(made: list[Any]) -> None:
    """Hidden marks for tooltips are in the live specification and not in the drawing."""
    assert [layer["name"] for layer in layers(made[0]) if "tooltip" in layer["encoding"] and "name" in layer] == ["hover"]
    assert 'opacity="0"' not in bundle(made[0])["image/svg+xml"]


def test_importing_is_quick() -> None:
    """Importing the room loads neither pandas nor Altair nor the drawing engine."""
    code = "import sys, prodops.charts; print([m for m in ('pandas', 'altair', 'vl_convert', 'numpy') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
