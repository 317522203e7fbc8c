"""The what-if panel in JupyterLab and in Voilà, in a real browser with no other host to ask: moved by keys, saved, found again."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copy
from typing import TYPE_CHECKING

import pytest

from prodops.plainyaml import read_yaml
from tests.browser.serving import LAB, PATIENCE, ROOT, run_all, served
from tests.browser.test_page import AXE

expect = pytest.importorskip("playwright.sync_api").expect
pytest.importorskip("jupyterlab")
pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

MODEL = """
title: More <img src=x onerror=top.RAN=1>
question: What if more people get going?
horizon: {months: 12, start: 2026-01}
levers:
  sign_ups: {title: Sign-ups, branch: Reach, unit: count, value: 100, range: [50, 200], step: 5, likely: [80, 120]}
  activation: {title: Activation, branch: Start, unit: share, value: 0.4, range: [0.2, 0.8], step: 0.01, likely: [0.35, 0.45]}
nodes:
  activated: {title: Activated, unit: count, formula: sign_ups * activation}
  people: {title: People, unit: count, formula: "previous(people, activated) + activated"}
outcomes:
  people_end: {title: People at the end, node: people, at: end, target: 600}
  activated_total: {title: Activated in the year, node: activated, at: total}
scenarios:
  plan: {activation: 0.5}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whatif")
    for name in ("params/scenarios", "params/reports", "notebooks"):
        (folder / name).mkdir(parents=True)
    (folder / "params" / "workspace.yaml").write_text("tables: {feedback: feedback.csv}\n")
    (folder / "params" / "scenarios" / "growth.yaml").write_text(MODEL)
    (folder / "feedback.csv").write_text("id,created_at,text\n1,2025-12-31,Sync lost my edits\n")
    copy(ROOT / "params" / "kpis.yaml", folder / "params")
    copy(ROOT / "params" / "reports" / "whatif.yaml", folder / "params" / "reports")
    copy(ROOT / "notebooks" / "whatif.ipynb", folder / "notebooks")
    return folder


def opened(chromium: "Browser", address: str, asked: list[str]) -> "Page":
    """Open a page that may speak to its own server and to nobody else."""
    page = chromium.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    page.route(lambda url: not url.startswith((address, "data:", "blob:")), lambda route: (asked.append(route.request.url), route.abort()))
    return page


@pytest.fixture(scope="module")
def lab(chromium: "Browser", project: Path) -> "Iterator[Page]":
    """JupyterLab with the notebook run from top to bottom."""
    asked: list[str] = []
    with served(project, *LAB) as address:
        page = opened(chromium, address, asked)
        run_all(page, f"{address}/lab/tree/notebooks/whatif.ipynb?token=token&reset")
        page.locator(".prodops-tiles").wait_for()
        yield page
        page.context.close()
    assert asked == []


@pytest.fixture(scope="module")
def meeting(chromium: "Browser", project: Path) -> "Iterator[Page]":
    """The notebook as ``prodops present`` shows it, with a parameter."""
    asked: list[str] = []
    with served(project, "present", "whatif", "-p", "scenario=plan") as address:
        page = opened(chromium, address, asked)
        page.goto(address)
        page.locator(".prodops-tiles").wait_for()
        yield page
        page.context.close()
    assert asked == []


def panel(page: "Page") -> "Locator":
    return page.locator(".widget-hbox").filter(has=page.locator(".prodops-tiles")).first


def tile(page: "Page") -> "Locator":
    return page.locator(".prodops-tiles b").first


def press(page: "Page", name: str) -> None:
    """Go to a button by its name and press it, by keys."""
    panel(page).get_by_role("button", name=name, exact=True).focus()
    page.keyboard.press("Enter")


def move(page: "Page", lever: str, key: str, times: int = 1) -> None:
    """Move a slider by keys."""
    panel(page).get_by_role("slider", name=lever, exact=True).focus()
    for _ in range(times):
        page.keyboard.press(key)


def test_a_lever_is_moved_by_keys(lab: "Page") -> None:
    """Tiles, chart and the lever's words follow; undo takes it back."""
    expect(tile(lab)).to_have_text("520")
    chart = panel(lab).get_by_role("img").first
    before = chart.get_attribute("aria-label")
    move(lab, "Activation", "ArrowRight")
    expect(tile(lab)).to_have_text("533")
    expect(panel(lab)).to_contain_text("base 40")
    expect(chart).not_to_have_attribute("aria-label", before or "")
    press(lab, "Undo")
    expect(tile(lab)).to_have_text("520")
    expect(panel(lab).get_by_role("slider", name="Activation", exact=True)).to_have_attribute("aria-valuenow", "0.4")


def test_everything_is_reached_by_tab(lab: "Page") -> None:
    """From the choice of a scenario on, in the order in which it stands; each control has a name."""
    panel(lab).get_by_label("Scenario", exact=True).focus()
    names = []
    for _ in range(9):
        names.append(
            lab.evaluate("(e => e.ariaLabel || e.labels?.[0]?.textContent.trim() || e.textContent.trim())(document.activeElement)")
        )
        lab.keyboard.press("Tab")
    assert names == ["Scenario", "Reset", "Sign-ups", "Activation", "Name", "Notes", "Save", "Make report", "Look at"]


def test_nobody_is_barred_and_all_is_in_sight(lab: "Page") -> None:
    """axe-core finds nothing serious in the panel, which is no wider than the notebook beside the file browser at 1280 pixels."""
    if not AXE.exists():
        pytest.skip(f"no axe-core at {AXE}; npm install axe-core there or set PRODOPS_AXE")
    lab.evaluate(AXE.read_text(encoding="utf-8"))
    found = panel(lab).evaluate("panel => axe.run(panel).then(result => result.violations.map(v => [v.impact, v.id, v.nodes[0].html]))")
    assert [v for v in found if v[0] in ("serious", "critical")] == []
    assert panel(lab).evaluate("panel => panel.scrollWidth <= panel.clientWidth + 1")
    assert lab.evaluate("window.RAN") is None


def test_a_scenario_is_saved_and_found_after_a_reload(lab: "Page", project: Path) -> None:
    """The file holds what differs; the notebook opened again has it to choose, and its levers stand there."""
    move(lab, "Activation", "ArrowRight", 5)
    expect(tile(lab)).to_have_text("585")
    panel(lab).get_by_label("Name", exact=True).fill("Spring")
    panel(lab).get_by_label("Notes", exact=True).fill("Ads & mail")
    press(lab, "Save")
    expect(panel(lab)).to_contain_text("Saved to growth/spring.yaml.")
    kept = read_yaml(project / "params" / "scenarios" / "growth" / "spring.yaml")
    assert (kept["levers"], kept["notes"]) == ({"activation": 0.45}, "Ads & mail")
    lab.on("dialog", lambda dialog: dialog.accept())
    run_all(lab, lab.url)
    panel(lab).get_by_label("Scenario", exact=True).select_option("Spring")
    expect(tile(lab)).to_have_text("585")
    expect(panel(lab).get_by_label("Notes", exact=True)).to_have_value("Ads & mail")


def test_a_meeting_sees_the_panel_and_no_code(meeting: "Page") -> None:
    """Over the page's whole width, standing as the parameter says; moved by keys as in JupyterLab."""
    assert meeting.locator(".jp-CodeCell .jp-InputArea-editor, .highlight").count() == 0
    expect(meeting.get_by_role("button", name="Full screen")).to_be_visible()
    expect(tile(meeting)).to_have_text("650")
    move(meeting, "Activation", "ArrowLeft")
    expect(tile(meeting)).to_have_text("637")
    panel(meeting).get_by_label("Name", exact=True).fill("Meeting")
    press(meeting, "Save")
    expect(panel(meeting)).to_contain_text("Saved to growth/meeting.yaml.")
    meeting.reload()
    meeting.locator(".prodops-tiles").wait_for()
    panel(meeting).get_by_label("Scenario", exact=True).select_option("Meeting")
    expect(tile(meeting)).to_have_text("637")
