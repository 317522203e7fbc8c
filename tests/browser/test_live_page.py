"""Sliders in the mailed file, in a real browser without a network: they give what the kernel gives, and everybody can use them."""

import math
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from prodops import charts, scenarios
from prodops.reports.render import exporter, render
from prodops.reports.render.live import chance_words, difference_words, range_words, setting
from prodops.scenarios.saved import Saved, from_text, to_text
from prodops.stamps import in_words
from tests.browser.test_page import violations
from tests.reports.example_report import RECORD, code, notebook, shown, text
from tests.scenarios.live_model import ALL, everything

expect = pytest.importorskip("playwright.sync_api").expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.browser.conftest import Reader

PLAN = Saved("growth", 'Fix "sync" </script>', "plan", {"churn": 0.046}, "As agreed:\n– sync first\u2028")
DRAWS = 400


def page_of(live: charts.Live) -> str:
    """A report of which one cell shows a model."""
    return page_showing(live._repr_mimebundle_())


def page_showing(bundle: dict[str, Any]) -> str:
    output = shown(**{kind.replace("/", "_", 1): value for kind, value in bundle.items()})
    return render(notebook(text("# What if\n\nWhat if we fix sync?\n\n## Try it"), code("charts.live(model, plan)", output)), RECORD)


@cache
def html() -> str:
    return page_of(charts.live(everything(), PLAN, draws=DRAWS))


def opened(reader: "Reader", html_text: str = "", **how: Any) -> "Page":
    """Open a page and wait until its fan is live."""
    page = reader.opens(html_text or html(), **how)
    page.locator(".live-model").scroll_into_view_if_needed()
    expect(page.locator(".live-model .plot")).to_have_class("plot drawn")
    return page


def slider(page: "Page", name: str) -> "Locator":
    return page.locator(f"input[data-lever={name}]")


def move(page: "Page", name: str, key: str, times: int = 1) -> None:
    """Move a slider by keyboard, and wait for the frame after."""
    for _ in range(times):
        slider(page, name).press(key)
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def settings(page: "Page") -> dict[str, float]:
    said = page.locator("input[data-lever]").evaluate_all("sliders => sliders.map(s => [s.dataset.lever, Number(s.value)])")
    return dict(said)


def tiles(page: "Page", part: str) -> list[str]:
    return page.locator(f"[data-outcome] {part}").all_inner_texts()


def held_to_python(page: "Page") -> None:
    """Points to 1e-9, and ranges, chances and differences in the very words."""
    model, now = everything(), settings(page)
    known = model.simulate(now, draws=DRAWS).outcomes
    points = [float(v) for v in page.locator("[data-outcome]").evaluate_all("tiles => tiles.map(t => t.dataset.value)")]
    assert np.allclose(points, known["point"], rtol=1e-9, atol=1e-12)
    assert tiles(page, ".among") == [range_words(row.p05, row.p95, row.unit) for row in known.itertuples()]
    apart = [[row.difference_p05, row.difference, row.difference_p95] for row in known.itertuples()]
    assert tiles(page, ".against") == [difference_words(each, unit) for each, unit in zip(apart, known["unit"], strict=True)]
    aimed = known.dropna(subset=["probability"])
    assert [said for said in tiles(page, ".target") if said] == [
        chance_words(row.probability, row.target, row.unit, row.good) for row in aimed.itertuples()
    ]


# ------------------------------------------------------------------------------------------------ as it should be
def test_a_move_by_keyboard_gives_what_the_kernel_gives(reader: "Reader") -> None:
    """Before and after moves of every lever: tiles as Python has them, another fan, and the values said."""
    page = opened(reader)
    held_to_python(page)
    course = page.locator(".live-model .now-line path")
    before = course.get_attribute("d")
    for name, key, times in (
        ("activation", "ArrowRight", 3),
        ("delay", "ArrowRight", 1),
        ("churn", "PageUp", 1),
        ("spread", "End", 1),
        ("price", "ArrowLeft", 5),
    ):
        move(page, name, key, times)
        held_to_python(page)
    assert settings(page)["activation"] == 0.53
    assert course.get_attribute("d") != before
    assert slider(page, "activation").get_attribute("aria-valuetext") == "53\u00a0%"
    move(page, "spread", "Home")
    held_to_python(page)
    assert (reader.requests, reader.complaints) == ([], [])


def test_the_table_behind_the_fan_follows(reader: "Reader") -> None:
    """Open, it has the months as the kernel gives them, base unmoved; the fan's label says what it shows now."""
    page = opened(reader)
    page.get_by_text("Show data").click()
    move(page, "price", "ArrowRight", 4)
    fan = everything().simulate(settings(page), draws=DRAWS).fan("mrr")
    cells = [[in_words(row[name], "EUR") for name in ("point", "p05", "p95")] for _, row in fan.iterrows()]
    rows = page.locator(".months tbody tr").evaluate_all("rows => rows.map(row => [...row.cells].map(cell => cell.innerText))")
    assert [row[1:4] for row in rows] == cells
    assert [row[4] for row in rows] == [in_words(v, "EUR") for v in everything().point()["mrr"]]
    assert f"MRR at the end {tiles(page, '.value')[0]}" in (page.locator(".live-model .plot").get_attribute("aria-label") or "")


def test_reset_and_scenarios_set_all_sliders(reader: "Reader") -> None:
    """A scenario's button sets its levers and stays pressed; reset goes back to where the report was made, to the last digit."""
    page = opened(reader)
    start, said = settings(page), tiles(page, ".value")
    assert page.get_by_role("button", name="Reset").is_disabled()
    page.get_by_role("button", name="Bold").click()
    expect(page.get_by_role("button", name="Bold")).to_have_attribute("aria-pressed", "true")
    assert settings(page) == everything().settings("bold")
    held_to_python(page)
    page.get_by_role("button", name="Reset").click()
    expect(page.get_by_role("button", name="Reset")).to_be_disabled()
    assert (settings(page), tiles(page, ".value")) == (start, said)
    assert reader.complaints == []


def test_a_value_between_two_steps_stays_exact(reader: "Reader") -> None:
    """A lever fitted from data lies on no step of its slider: what is shown is worked out from its value, until it is moved."""
    levers = {**ALL["levers"], "churn": {**ALL["levers"]["churn"], "value": 0.0412345}}
    model = scenarios.define({**ALL, "levers": levers}, file="growth.yaml")
    page = opened(reader, page_of(charts.live(model, draws=100)))
    first, point = page.locator("[data-outcome]").first, model.simulate(draws=100).outcomes["point"][0]
    assert float(first.get_attribute("data-value") or 0) == pytest.approx(point, rel=1e-9)
    move(page, "churn", "ArrowRight")
    assert float(first.get_attribute("data-value") or 0) == pytest.approx(model.point(model.settings(churn=0.042))["mrr"][-1], rel=1e-9)
    page.get_by_role("button", name="Reset").click()
    page.wait_for_function("point => Math.abs(document.querySelector('[data-outcome]').dataset.value / point - 1) < 1e-9", arg=point)


def test_a_copied_scenario_is_the_saved_file(reader: "Reader") -> None:
    """The clipboard holds what the panel would save, and it reads back; what was moved and nothing else."""
    page = opened(reader)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    move(page, "price", "ArrowRight", 3)
    move(page, "delay", "ArrowLeft")
    page.get_by_role("button", name="Copy scenario as YAML").click()
    page.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    moved = Saved("growth", PLAN.title, "plan", {"price": 41.5, "delay": 0.5, "churn": 0.046}, PLAN.notes)
    assert copied == to_text(moved)
    assert from_text(copied) == moved
    assert page.locator("#said").inner_text() == "Copied"


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_nothing_bars_anybody_from_the_sliders(reader: "Reader", width: int, scheme: Any) -> None:
    """axe-core finds nothing serious; all fits the screen; each slider is labelled and 44 pixels high; nothing jumps."""
    page = reader.opens(html(), width=width, scheme=scheme)
    page.evaluate(
        "new PerformanceObserver(list => list.getEntries().forEach(e => window.jumps = (window.jumps ?? 0) + e.value))"
        ".observe({type: 'layout-shift', buffered: true})"
    )
    expect(page.locator(".live-model .plot")).to_have_class("plot drawn")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    heights = page.locator(".levers :is(input, button)").evaluate_all("parts => parts.map(p => p.getBoundingClientRect().height)")
    assert len(heights) == 11
    assert min(heights) >= 44
    assert page.get_by_label("Activation", exact=True).is_enabled()
    assert page.evaluate("window.jumps ?? 0") < 0.02
    assert reader.complaints == []


def test_without_scripts_the_block_stands_as_it_was_set(reader: "Reader") -> None:
    """Values, ranges and the drawing are there; sliders and buttons, which would do nothing, are not."""
    page = reader.opens(html(), scripts=False)
    assert page.locator(".live-model .still svg").is_visible()
    assert tiles(page, ".value")[0] == in_words(everything().simulate(PLAN.settings(everything()), draws=DRAWS).outcomes["point"][0], "EUR")
    assert page.locator("output").all_inner_texts()[1] == "50\u00a0%"
    assert [part.is_visible() for part in page.locator(".live-model :is(input, button)").all()] == [False] * 11


def test_print_shows_the_values_as_set(reader: "Reader") -> None:
    """Printed after a move from a dark screen: the moved values and fan, in dark on light, no sliders and no buttons."""
    page = opened(reader, scheme="dark")
    move(page, "activation", "Home")
    page.emulate_media(media="print")
    assert page.locator("output").all_inner_texts()[1] == "30\u00a0%"
    assert page.locator(".live-model .live svg").is_visible()
    assert not page.locator(".live-model .still").is_visible()
    assert not page.locator(".live-model :is(input, button)").first.is_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('.live-model .now-line path')).stroke") == "rgb(15, 84, 153)"


def test_only_pages_with_a_model_carry_its_script(reader: "Reader") -> None:
    """The script and its hash in the policy stand where the block stands, and nowhere else."""
    script = exporter.asset("live.js")
    assert script in html()
    assert script not in render(notebook(text("# T")), RECORD)


def test_numbers_read_as_the_rest_of_the_report_has_them(reader: "Reader") -> None:
    """The script says some thousand numbers in every unit as Python does, half-way cases and signs among them."""
    source = exporter.asset("live.js")
    words = source[source.index("  const hard") : source.index("  // ---- a saved scenario's file")]
    rng = np.random.default_rng(0)
    values = [
        0.0,
        0.5,
        1,
        -1,
        1.005,
        2.5,
        0.125,
        9.95,
        9.949,
        99.95,
        100,
        9994.9,
        9995,
        9999,
        10_000,
        99_949,
        99_950,
        12.5,
        0.005,
        1e9,
        0.00049,
    ]
    values += [float(f"{v:.6g}") for v in 10 ** rng.uniform(-4, 10, 150)]
    values += [-v for v in values]
    units = ["count", "share", "points", "nps", "days", "hours", "months", "per_1000", "rating", "ratio", "EUR", "SEK", "EUR/months"]
    page = reader.opens("<!doctype html><title>words</title>")
    said = page.evaluate(
        f"([values, units]) => {{ {words} return units.map(u => values.map(v => [inWords(v, u), inWords(v, u, true), setting(v, u, 0.05)])); }}",
        [values, units],
    )
    for unit, found in zip(units, said, strict=True):
        for value, told in zip(values, found, strict=True):
            assert told == [in_words(value, unit), in_words(value, unit, signed=True), setting(value, unit, 0.05)], (unit, value)
    assert page.evaluate(f"() => {{ {words} return inWords(NaN, 'count'); }}") == in_words(math.nan)


# ------------------------------------------------------------------------------------------------ as it should not be
def test_hostile_words_are_words(reader: "Reader") -> None:
    """Markup in every title, branch, description, unit and scenario shows as text; no code runs, nothing is asked for."""
    evil = "</script><img src=x onerror=top.RAN=1>'\"{{7*7}}"
    model = everything()
    text_of = {**model.text, "title": evil, "question": evil}
    text_of["levers"] = {
        n: {**body, "title": evil[:60], "branch": evil[:60], "description": evil} for n, body in model.text["levers"].items()
    }
    text_of["outcomes"] = {n: {**body, "title": evil[:60]} for n, body in model.text["outcomes"].items()}
    made = charts.live(scenarios.define(text_of, file="growth.yaml"), Saved("growth", evil, notes=evil), draws=100)._repr_mimebundle_()
    about = made["application/vnd.prodops.live+json"]["spec"]["usermeta"]["prodops"]
    about["scenarios"][evil] = about["scenarios"].pop("bold")
    page = opened(reader, page_showing(made))
    page.locator("[data-scenario]").last.click()
    move(page, "price", "ArrowRight")
    assert (reader.requests, reader.complaints) == ([], [])
    assert page.evaluate("top.RAN") is None
    assert page.locator(".live-model h3").inner_text() == evil


HOSTILE: dict[str, Any] = {
    "data from an address": lambda spec: spec["data"].append({"name": "x", "url": "https://beacon.invalid/x.json"}),
    "a link": lambda spec: spec["marks"][0]["encode"]["update"].update(href={"value": "javascript:top.RAN=1"}),
    "a picture": lambda spec: spec["marks"].append(
        {"type": "image", "encode": {"update": {"url": {"value": "https://beacon.invalid/x.png"}}}}
    ),
    "a listener": lambda spec: spec["signals"].append({"name": "x", "on": [{"events": "window:mousemove", "update": "1"}]}),
    "a function": lambda spec: spec["data"][0]["transform"].append(
        {"type": "formula", "as": "x", "expr": "open('https://beacon.invalid')"}
    ),
    "a way out": lambda spec: spec["data"][0]["transform"].append(
        {"type": "formula", "as": "x", "expr": "datum.constructor.constructor('x')"}
    ),
    "a loader": lambda spec: spec["data"][0]["transform"].append({"type": "load", "url": "https://beacon.invalid"}),
    "a text field": lambda spec: spec["signals"].append({"name": "x", "bind": {"input": "text", "element": "body"}}),
    "no levers": lambda spec: spec["usermeta"]["prodops"].update(levers="x"),
    "no number": lambda spec: spec["signals"][0]["bind"].update(min="x"),
    "settings of its own": lambda spec: spec["usermeta"].update(embedOptions={"loader": {"target": "_top"}}, prodops=None),
}


@pytest.mark.slow
@pytest.mark.parametrize("what", HOSTILE)
def test_a_specification_that_reaches_out_is_a_drawing(reader: "Reader", what: str, tmp_path: Path) -> None:
    """It is not taken at all: the drawing stands, the page says why, nothing runs and nothing is asked for."""
    made = charts.live(everything(), PLAN, draws=100)._repr_mimebundle_()
    HOSTILE[what](made["application/vnd.prodops.live+json"]["spec"])
    page = reader.opens(page_showing(made))
    assert page.locator("main svg").first.is_visible()
    assert "Without sliders" in page.locator("main").inner_text()
    assert page.locator("input[type=range]").count() == 0
    assert (reader.requests, reader.complaints) == ([], [])
    assert page.evaluate("top.RAN") is None
