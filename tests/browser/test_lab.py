"""The review panel in JupyterLab, in a real browser: themes are curated by keys alone, and the file is written when asked."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copy
from typing import TYPE_CHECKING

import pytest

from prodops import taxonomies
from tests.browser.serving import LAB, PATIENCE, run_all, served
from tests.browser.test_page import AXE

expect = pytest.importorskip("playwright.sync_api").expect
pytest.importorskip("jupyterlab")
pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

ROOT = Path(__file__).parents[2]
SAID = {
    "sync": [
        "Offline sync lost an hour of my edits",
        "The sync on my phone overwrote my edits again",
        "Sync never finishes and drops my edits",
    ],
    "invoice": [
        "The invoice for my seats is wrong again",
        "We were charged twice on one invoice",
        "Your invoice shows seats that we never bought",
    ],
    "search": [
        "Search finds no card from last week",
        "The search box ranks archived cards first",
        "Search is slow with many cards <img src=x onerror=top.RAN=1>",
    ],
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lab")
    for name in ("params", "notebooks"):
        (folder / name).mkdir()
    (folder / "params" / "workspace.yaml").write_text("tables: {feedback: feedback.csv}\n")
    copy(ROOT / "notebooks" / "taxonomy_review.ipynb", folder / "notebooks")
    rows = [
        f'{theme}{i},2026-{1 + i % 3:02d}-{1 + i % 28:02d},"{texts[i % 3]} {chr(97 + i % 26)}{i}"'
        for theme, texts in SAID.items()
        for i in range(60)
    ]
    (folder / "feedback.csv").write_text("id,created_at,text\n" + "\n".join(rows) + "\n")
    return folder


@pytest.fixture(scope="module")
def address(project: Path) -> Iterator[str]:
    """JupyterLab as ``prodops lab`` starts it."""
    with served(project, *LAB) as address:
        yield address


@pytest.fixture(scope="module")
def page(chromium: "Browser", address: str) -> "Iterator[Page]":
    """The notebook, run from top to bottom as a person would run it."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    run_all(page, f"{address}/lab/tree/notebooks/taxonomy_review.ipynb?token=token&reset")
    page.get_by_label("Themes", exact=True).wait_for()
    yield page
    context.close()


def panel(page: "Page") -> "Locator":
    return page.locator(".widget-hbox").filter(has=page.get_by_label("Themes", exact=True)).first


def said(page: "Page") -> "Locator":
    return panel(page).locator("[role=status], [role=alert]")


def press(page: "Page", name: str) -> None:
    """Go to a button by its name and press it, by keys."""
    panel(page).get_by_role("button", name=name, exact=True).focus()
    page.keyboard.press("Enter")


def kept(project: Path) -> dict[str, dict[str, object]]:
    return taxonomies.read(project / "params" / "taxonomy.yaml").entries


def test_the_arrow_keys_move_through_the_themes(page: "Page") -> None:
    """They stay in the list, though JupyterLab moves between cells with them, and what is read follows."""
    themes = panel(page).get_by_label("Themes", exact=True)
    themes.focus()
    first = panel(page).locator("h3").inner_text()
    page.keyboard.press("ArrowDown")
    expect(panel(page).locator("h3")).not_to_have_text(first)
    assert page.evaluate("document.activeElement.tagName") == "SELECT"
    page.keyboard.press("ArrowUp")
    expect(panel(page).locator("h3")).to_have_text(first)
    expect(panel(page).locator(".prodops-quote").first).to_be_visible()


def test_everything_is_reached_by_tab(page: "Page") -> None:
    """From the search on, in the order in which it stands; each control has a name."""
    panel(page).get_by_label("Find", exact=True).focus()
    names = []
    for _ in range(14):
        names.append(page.evaluate("document.activeElement.labels?.[0]?.textContent || document.activeElement.textContent"))
        page.keyboard.press("Tab")
    assert names[:4] == ["Find", "Themes", "Your name", "Name"]
    assert names[4:11] == ["Rename", "Merge into", "Merge", "Put under", "Move", "Pin words", "Pin"]


def test_nobody_is_barred_and_all_is_in_sight(page: "Page") -> None:
    """axe-core finds nothing serious in the panel, which is no wider than the notebook at 1280 pixels."""
    if not AXE.exists():
        pytest.skip(f"no axe-core at {AXE}; npm install axe-core there or set PRODOPS_AXE")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = panel(page).evaluate("panel => axe.run(panel).then(result => result.violations.map(v => [v.impact, v.id, v.nodes[0].html]))")
    assert [v for v in found if v[0] in ("serious", "critical")] == []
    assert panel(page).evaluate("panel => panel.scrollWidth <= panel.clientWidth + 1")
    assert page.evaluate("window.RAN") is None


def test_themes_are_curated_and_saved_by_keys(page: "Page", project: Path) -> None:
    """Without a name nothing is done; renamed, merged, undone and saved: the file holds what stands, and who did it."""
    panel(page).get_by_label("Name", exact=True).fill("Lost edits")
    press(page, "Rename")
    expect(said(page)).to_contain_text("Say by whom an edit is made")
    panel(page).get_by_label("Your name", exact=True).fill("Ana")
    panel(page).get_by_label("Name", exact=True).fill("Lost edits")
    press(page, "Rename")
    expect(said(page)).to_contain_text("to “Lost edits”. Not saved yet.")
    expect(panel(page).locator("h3")).to_have_text("Lost edits")
    panel(page).get_by_label("Merge into", exact=True).focus()
    page.keyboard.press("ArrowDown")
    press(page, "Merge")
    expect(said(page)).to_contain_text("Merged “Lost edits” into")
    press(page, "Undo")
    expect(said(page)).to_contain_text("Undone: Merged")
    assert not (project / "params" / "taxonomy.yaml").exists()
    press(page, "Save")
    expect(said(page)).to_contain_text("Saved to taxonomy.yaml.")
    (entry,) = [entry for entry in kept(project).values() if entry["name"] == "Lost edits"]
    assert (entry["by"], entry["status"]) == ("Ana", "new")
    assert entry["history"][-1]["did"].startswith("renamed, was ")  # type: ignore[index]


def test_a_newer_file_is_not_written_over_unasked(page: "Page", project: Path) -> None:
    """What somebody else wrote meanwhile stays until one says so."""
    file = project / "params" / "taxonomy.yaml"
    theirs = file.read_text(encoding="utf-8").replace("Lost edits", "Theirs")
    file.write_text(theirs, encoding="utf-8")
    panel(page).get_by_label("Pin words", exact=True).fill("overwrote, flight")
    press(page, "Pin")
    expect(said(page)).to_contain_text("Pinned overwrote, flight to")
    press(page, "Save")
    expect(said(page)).to_contain_text("taxonomy.yaml was changed by somebody else")
    assert file.read_text(encoding="utf-8") == theirs
    press(page, "Save over it")
    expect(said(page)).to_contain_text("Saved to taxonomy.yaml.")
    (entry,) = [entry for entry in kept(project).values() if entry["name"] == "Lost edits"]
    assert entry["seeds"] == {"words": ["overwrote", "flight"]}
