"""The catalogue in a real browser, opened as files: search, dates, keyboard, every reader, and nothing that runs or asks."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from prodops.reports import site
from tests.browser.test_page import WIDTHS, violations
from tests.reports.hostile import PAYLOADS
from tests.reports.many_runs import company, entry, finding, hostile_runs, placed, tile

expect = pytest.importorskip("playwright.sync_api").expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Reader

Visit = Callable[..., "Page"]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small company's catalogue, with a failure, and a report of one slice whose findings tests search for."""
    folder = tmp_path_factory.mktemp("reports")
    entries, listed = company(2, 5)
    for month, share in ((9, 0.12), (10, 0.14), (11, 0.15)):
        said = [finding("theme.sync", f"Señales: “Sync conflict” is {share:.0%} of voices", share, unit="share")]
        entries.append(entry(datetime(2025, month, 3), report="themes", title="Voices", figures=[*said, tile("nps", month * 1.0)]))
    failed = "Cell 3 of 9 failed: KeyError: 'plan'"
    entries.append(entry(datetime(2025, 12, 1), "failed", report="themes", message=failed, kept="themes/all/2025-12-01/failed"))
    listed = [site.Listed("themes", "Voices", {}, "On the first", "1 Jan 2026"), *listed, site.Listed("later", "Later")]
    site.write(placed(folder, entries), entries, listed)
    return folder


@pytest.fixture
def visit(reader: "Reader", reports: Path) -> Visit:
    """Open a page of the catalogue."""
    return lambda name="index.html", **how: reader.visits(reports / name, within=reports, **how)


def search(page: "Page", text: str) -> None:
    page.get_by_label("Search all runs").fill(text)


def said(page: "Page") -> Any:
    return page.locator("#results [role=status]")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index.html", "themes/all/index.html", "report_00/atlas-emea/index.html"])
def test_everybody_can_read_it(reader: "Reader", visit: Visit, name: str, width: int, scheme: str) -> None:
    """axe-core finds nothing serious, nothing scrolls sideways, nothing is asked for or complained of; with every fold open too."""
    page = visit(name, width=width, scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert violations(page) == []
    assert (reader.requests, reader.complaints) == ([], [])
    assert page.locator("h1").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_results_are_as_readable(reader: "Reader", visit: Visit, scheme: str) -> None:
    """Search results pass axe-core with their marks."""
    page = visit(width=390, scheme=scheme)
    search(page, "voices")
    expect(page.locator(".hits mark").first).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert (reader.requests, reader.complaints) == ([], [])


def test_words_find_runs(visit: Visit) -> None:
    """All words must be there, in any order, without accents, capitals or kinds of space; the newest run stands first and leads to its page."""
    page = visit()
    search(page, "SYNC senales")
    expect(said(page)).to_have_text("3 runs, newest first.")
    first = page.locator(".hits li").first
    expect(first).to_contain_text("Voices, as of 3 Nov 2025")
    assert first.locator("mark").all_text_contents() == ["Señales", "Sync", "Señales", "Sync"]
    assert first.get_by_role("link").get_attribute("href") == "themes/all/2025-11-03/report.html"
    search(page, '"is 14%"')
    expect(said(page)).to_have_text("1 run, newest first.")
    search(page, "no such words")
    expect(said(page)).to_have_text("Nothing found.")


def test_failures_are_found_by_their_reason(visit: Visit) -> None:
    """With the status in words and the partial notebook for the owner."""
    page = visit()
    search(page, "keyerror 'plan'")
    expect(said(page)).to_have_text("1 run, newest first.")
    hit = page.locator(".hits li")
    expect(hit).to_contain_text("as of 1 Dec 2025▲ failed")
    assert hit.get_by_role("link", name="partial notebook").get_attribute("href") == "themes/all/2025-12-01/failed/notebook.ipynb"


@pytest.mark.parametrize(
    ("day", "found"), [("2025-10-02", "3 Sep 2025"), ("2025-10-03", "3 Oct 2025"), ("2025-12-24", "3 Nov 2025"), ("2025-09-02", None)]
)
def test_a_date_finds_the_page_that_held_then(visit: Visit, day: str, found: str | None) -> None:
    """The good run of the latest as-of up to that day; none before the first."""
    page = visit()
    page.get_by_label("As of", exact=True).fill(day)
    search(page, "senales")
    expect(said(page)).to_contain_text("1 run, current on" if found else "Nothing found.")
    if found:
        expect(page.locator(".hits li")).to_contain_text(f"Voices, as of {found}")


def test_the_keyboard_is_enough(visit: Visit) -> None:
    """Skip link, search, a result's link and back: all by keys; Escape gives the shelves back."""
    page = visit()
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the reports")
    page.get_by_label("Search all runs").focus()
    page.keyboard.type("sync senales")
    expect(said(page)).to_have_text("3 runs, newest first.")
    assert not page.locator("#shelves").is_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#shelves")).to_be_visible()
    assert not page.locator("#results").is_visible()
    page.keyboard.type("sync senales")
    expect(said(page)).to_have_text("3 runs, newest first.")
    page.locator(".hits a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/themes/all/2025-11-03/report.html")


def test_the_contents_lead_out_of_a_search(visit: Visit) -> None:
    """A report chosen in the contents is shown, whatever was searched for."""
    page = visit()
    search(page, "sync")
    expect(said(page)).to_contain_text("newest first")
    page.get_by_role("navigation", name="Reports").get_by_role("link", name="Later").click()
    expect(page.locator("#r-later")).to_be_in_viewport()
    expect(page.get_by_label("Search all runs")).to_have_value("")


def test_pages_lead_to_each_other(visit: Visit) -> None:
    """From the index to a slice's runs and back to its report."""
    page = visit()
    page.get_by_role("link", name="All runs of Voices").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Voices")
    expect(page.get_by_role("heading", name="4 runs")).to_be_visible()
    page.get_by_role("link", name="All reports").click()
    page.wait_for_url("**/index.html#r-themes")


def test_histories_that_are_gone_are_counted(reader: "Reader", reports: Path, tmp_path: Path) -> None:
    """Where a slice's text cannot be read, the search says so rather than pretend."""
    (tmp_path / "index.html").write_bytes((reports / "index.html").read_bytes())
    page = reader.visits(tmp_path / "index.html", within=tmp_path)
    search(page, "sync")
    expect(said(page)).to_have_text("Nothing found. The runs of 33 could not be read.")


def test_it_reads_without_scripts(visit: Visit) -> None:
    """Shelves, failures and histories stand; what needs a script is not offered."""
    page = visit(scripts=False)
    assert page.get_by_role("heading", name="Needs attention").is_visible()
    assert not page.get_by_label("Search all runs").is_visible()
    assert not page.locator("#theme").is_visible()
    page.get_by_role("link", name="All runs of Voices").click()
    assert page.get_by_role("heading", name="4 runs").is_visible()


def test_dark_is_a_choice(visit: Visit) -> None:
    """The switch turns the page dark and light again."""
    page = visit()
    paper = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(paper)
    page.get_by_role("button", name="Dark").click()
    assert page.evaluate(paper) != light
    page.get_by_role("button", name="Light").click()
    assert page.evaluate(paper) == light


def test_print_holds_the_reports_and_nothing_to_press(visit: Visit) -> None:
    """On paper: findings and failures, no search, no switch."""
    page = visit()
    page.emulate_media(media="print")
    assert not page.get_by_label("Search all runs").is_visible()
    assert not page.locator("#theme").is_visible()
    assert page.get_by_role("heading", name="Voices", exact=True).is_visible()
    assert page.locator(".notice.failed").first.is_visible()


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_nothing_hostile_runs(reader: "Reader", tmp_path: Path, payload: str) -> None:
    """In the index, a history and the search's results, a payload is text: nothing runs, nothing is asked for."""
    folder = tmp_path / "reports"
    entries, listed = hostile_runs(payload)
    placed(folder, entries[:2])
    site.write(folder, entries, listed)
    page = reader.visits(folder / "index.html", within=folder)
    search(page, "kpi")
    search(page, payload[:100])
    expect(said(page)).to_contain_text("run")
    page.goto((folder / "kpi_review/all/index.html").as_uri())
    assert page.evaluate("[window.PWNED, document.querySelectorAll('img, iframe, form:not(.find)').length]") == [None, 0]
    assert (reader.requests, reader.complaints) == ([], [])


def test_an_injected_script_would_not_run(reader: "Reader", reports: Path, tmp_path: Path) -> None:
    """Should text ever come through as markup, the page's policy stops it: inline, by address, and as a handler."""
    (tmp_path / "evil.js").write_text("window.PWNED = 1")
    markup = '<script>window.PWNED=1</script><script src="evil.js"></script><img src=x onerror="window.PWNED=1">'
    html = (reports / "index.html").read_text(encoding="utf-8").replace("<main", f"{markup}<main")
    (tmp_path / "index.html").write_text(html, encoding="utf-8")
    page = reader.visits(tmp_path / "index.html", within=tmp_path)
    assert page.evaluate("window.PWNED") is None
    assert len(reader.complaints) >= 3
