"""The report page in a real browser: nothing runs that should not, everything works that should, and everybody can read it.

The accessibility checks need axe-core: ``npm install axe-core`` in this folder, or ``PRODOPS_AXE`` naming its ``axe.min.js``.
"""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from prodops.reports.render import render
from tests.reports.example_report import RECORD, chart, code, notebook, report, shown, text
from tests.reports.hostile import PAYLOADS, hostile_report

expect = pytest.importorskip("playwright.sync_api").expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Reader

AXE = Path(os.environ.get("PRODOPS_AXE", Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"))
WIDTHS = [390, 1280]


def see_all(page: "Page") -> None:
    """Look at every chart, as scrolling would, and wait until each is live."""
    for plot in page.locator(".plot").all():
        plot.scroll_into_view_if_needed()
        expect(plot).to_have_class("plot drawn")


def violations(page: "Page") -> list[str]:
    """What axe-core finds that is serious or critical."""
    if not AXE.exists():
        pytest.skip(f"no axe-core at {AXE}; npm install axe-core there or set PRODOPS_AXE")
    page.evaluate(AXE.read_text(encoding="utf-8"))  # not as a script element: the page's policy would refuse it, as it should
    found: list[dict[str, Any]] = page.evaluate("axe.run().then(result => result.violations)")
    return [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found if v["impact"] in ("serious", "critical")]


# ------------------------------------------------------------------------------------------------ as it should be
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_rests_quietly_and_fits(reader: "Reader", width: int, scheme: Any) -> None:
    """All charts come alive without a request, a console message, a sideways scroll or a jump of the layout."""
    page = reader.opens(render(report(), RECORD), width=width, scheme=scheme)
    page.evaluate(
        "new PerformanceObserver(list => list.getEntries().forEach(e => window.jumps = (window.jumps ?? 0) + e.value))"
        ".observe({type: 'layout-shift', buffered: true})"
    )
    see_all(page)
    assert (reader.requests, reader.complaints) == ([], [])
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate("window.jumps ?? 0") < 0.01
    assert page.locator("figure.chart .live svg").count() == 2


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_bars_anybody_from_reading(reader: "Reader", width: int, scheme: Any) -> None:
    """axe-core finds nothing serious or critical, with charts live, code shown and every fold open."""
    page = reader.opens(render(report(), RECORD), width=width, scheme=scheme)
    see_all(page)
    page.get_by_label("Show code").check()
    page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    assert violations(page) == []


@pytest.mark.parametrize("status", ["no data", "failed"])
def test_pages_of_runs_that_did_not_go_well_are_as_readable(reader: "Reader", status: str) -> None:
    """The empty and the failed page pass axe-core too and rest as quietly."""
    error = {"output_type": "error", "ename": "KeyError", "evalue": "'segment'", "traceback": []}
    page = reader.opens(render(notebook(text("# Themes"), text("## Topic"), code("x", error)), {**RECORD, "status": status}))
    assert violations(page) == []
    assert reader.complaints == []


def test_charts_stand_without_scripts(reader: "Reader") -> None:
    """Without JavaScript the drawings, the data and the code switch are there; buttons that need it are not."""
    page = reader.opens(render(report(), RECORD), scripts=False)
    assert page.locator("figure.chart .still svg").first.is_visible()
    assert not page.locator("details.code").first.is_visible()
    assert not page.locator("#theme").is_visible()
    page.get_by_label("Show code").check()
    assert page.locator("details.code").first.is_visible()
    page.get_by_text("Show data").first.click()
    assert page.get_by_role("cell", name="4 Aug 2025").first.is_visible()
    assert not page.get_by_text("Copy as CSV").first.is_visible()


def test_nothing_bars_anybody_where_no_script_runs(reader: "Reader") -> None:
    """axe-core, which is a script itself, finds nothing serious in a page whose own scripts never ran."""
    page = reader.opens(re.sub("<script.*?</script>", "", render(report(), RECORD), flags=re.DOTALL))
    assert page.locator("figure.chart .still svg").first.is_visible()
    assert violations(page) == []


def test_a_chart_that_cannot_be_drawn_leaves_its_drawing(reader: "Reader") -> None:
    """A broken specification is a note in the console; the reader sees the drawing."""
    output = chart()
    next(iter(output.data.values()))["spec"] = {"mark": {"type": 7}, "data": {"values": []}}
    page = reader.opens(render(notebook(code("chart", output)), RECORD))
    page.wait_for_event("console", lambda message: "stays a drawing" in message.text)
    assert page.locator("figure.chart .still svg").is_visible()
    assert not page.locator("figure.chart .live").is_visible()


def test_a_live_chart_keeps_its_dates(reader: "Reader") -> None:
    """A scale that is given in milliseconds keeps its labels, though nothing is evaluated as code."""
    output = chart()
    spec = next(iter(output.data.values()))["spec"]
    axis = {"values": [1754265600000, 1758499200000], "format": "%-d %b %Y"}
    spec["layer"] = [
        {
            "mark": "line",
            "encoding": {
                "x": {"field": "week", "type": "temporal", "scale": {"domain": [1754265600000, 1761523200000]}, "axis": axis},
                "y": {"field": "reports", "type": "quantitative"},
            },
        }
    ]
    page = reader.opens(render(notebook(code("chart", output)), RECORD))
    see_all(page)
    labels = page.locator(".live .role-axis-label").first.locator("text").all_text_contents()
    assert [label.split(" ", 1)[1] for label in labels] == ["Aug 2025", "Sep 2025"]
    assert reader.complaints == []


def test_pointing_at_a_chart_shows_its_value_as_text(reader: "Reader") -> None:
    """The tooltip holds the datum's text, markup and all, and stays out of the way otherwise."""
    page = reader.opens(render(notebook(code("chart", chart(PAYLOADS["image"]))), RECORD))
    see_all(page)
    page.locator(".live .mark-symbol path").nth(5).hover()
    tip = page.locator("#vg-tooltip-element")
    assert PAYLOADS["image"] in tip.inner_text()
    assert tip.is_visible()
    page.mouse.move(1, 1)
    assert not tip.is_visible()
    assert page.evaluate("top.PWNED") is None


def test_the_switch_turns_page_and_charts_dark(reader: "Reader") -> None:
    """One press changes paper and charts, another changes them back; the system's choice is where it starts."""
    page = reader.opens(render(report(), RECORD), scheme="light")
    see_all(page)
    paper = "getComputedStyle(document.documentElement).backgroundColor"
    label = page.locator(".live .role-axis-label text").first
    assert (page.evaluate(paper), label.get_attribute("fill")) == ("rgb(255, 255, 255)", "#565d66")
    page.get_by_role("button", name="Dark").click()
    expect(label).to_have_attribute("fill", "#a9b0ba")
    assert page.evaluate(paper) == "rgb(21, 23, 27)"
    page.get_by_role("button", name="Light").click()
    expect(label).to_have_attribute("fill", "#565d66")


def test_narrow_screens_get_the_narrow_chart(reader: "Reader") -> None:
    """Crossing the breakpoint redraws with the narrow specification, within the screen."""
    page = reader.opens(render(report(), RECORD), width=1280)
    see_all(page)
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator(".live svg").first).to_have_attribute("width", re.compile("^35.$"))
    expect(page.locator(".live svg").first).to_have_attribute("height", re.compile("^2[0-4].$"))  # the wide one is 50 higher
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_tables_sort_by_what_their_cells_mean(reader: "Reader") -> None:
    """Numbers sort largest first, then smallest first, missing values last; words by the alphabet; by keyboard too."""
    page = reader.opens(render(report(), RECORD))
    table = page.locator("#about-themes-side-by-side table")
    column = "rows => rows.map(row => row.cells[{}].innerText.trim())"
    table.get_by_role("button", name="Reports").click()
    assert table.locator("tbody tr").evaluate_all(column.format(1)) == ["1,138", "125", "41", "9"]
    table.get_by_role("button", name="Change").click()
    assert table.locator("tbody tr").evaluate_all(column.format(2)) == ["+242", "+12", "−4", "–"]
    table.get_by_role("button", name="Change").press("Enter")
    assert table.locator("tbody tr").evaluate_all(column.format(2)) == ["−4", "+12", "+242", "–"]
    assert table.locator("th[aria-sort]").evaluate_all("cells => cells.map(c => [c.innerText.trim(), c.ariaSort])") == [
        ["Change, %", "ascending"]
    ]
    table.get_by_role("button", name="Theme").click()
    assert table.locator("tbody tr").evaluate_all(column.format(0))[0] == "Billing and invoices"


def test_copied_csv_is_whole_and_runs_in_no_spreadsheet(reader: "Reader") -> None:
    """The clipboard holds headings and all rows, quotes doubled, numbers plain; text that opens a formula gets an apostrophe."""
    output = chart()
    payload = next(iter(output.data.values()))
    payload["columns"] = {"week": "Week", "n": "=1+1", "note": "Note"}
    payload["spec"]["datasets"]["weekly"] = [
        {"week": "2025-08-04", "n": -3.5, "note": '=HYPERLINK("x")'},
        {"week": "2025-08-11", "n": None, "note": "+1, @home\n-2"},
        {"week": "2025-08-18", "n": 7, "note": " @x"},
    ]
    page = reader.opens(render(notebook(code("chart", output)), RECORD))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_text("Show data").click()
    page.get_by_role("button", name="Copy as CSV").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == (
        'Week,\'=1+1,Note\r\n2025-08-04,-3.5,"\'=HYPERLINK(""x"")"\r\n2025-08-11,,"\'+1, @home\n-2"\r\n2025-08-18,7,\' @x\r\n'
    )
    assert page.get_by_role("status").inner_text() == "Copied"


def test_the_contents_stay_in_view_and_mark_the_place(reader: "Reader") -> None:
    """On a wide screen the contents stand open beside the text and follow it; on a narrow one they are folded."""
    page = reader.opens(render(report(), RECORD), width=1280)
    page.get_by_role("link", name="Activation", exact=True).click()
    expect(page.locator(".contents [aria-current]")).to_have_text("Activation")
    assert page.locator(".contents ol").is_visible()
    assert page.locator(".contents").bounding_box()["y"] >= 0
    assert not reader.opens(render(report(), RECORD), width=390).locator(".contents ol").is_visible()


def test_lines_are_as_long_as_eyes_like(reader: "Reader") -> None:
    """Body text is at least 16 pixels and runs 60 to 75 characters a line on a wide screen."""
    page = reader.opens(render(notebook(text("# T\n\nq\n\n## S\n\n" + "The quick brown fox jumps over the lazy dog. " * 20)), RECORD))
    prose = page.locator("#about-s p").first
    size, width, lines = prose.evaluate(
        "p => [parseFloat(getComputedStyle(p).fontSize), p.clientWidth, Math.round(p.clientHeight / parseFloat(getComputedStyle(p).lineHeight))]"
    )
    assert size >= 16
    assert width <= 640
    assert 60 <= 900 / (lines - 0.5) <= 78


def test_print_is_light_whole_and_numbered(reader: "Reader", tmp_path: Path) -> None:
    """Printed from a dark screen: light drawings, no live chart, no code, no buttons, definitions unfolded."""
    page = reader.opens(render(report(), RECORD), scheme="dark")
    see_all(page)
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    assert page.locator(".still svg").first.is_visible()
    assert not page.locator(".live svg").first.is_visible()
    assert page.get_by_text("Share of new sign-ups that shared their first project").is_visible()
    hidden = [".tools", ".contents", "details.code", "details.data", ".hint"]
    assert [name for name in hidden if page.locator(name).first.is_visible()] == []
    assert page.evaluate("getComputedStyle(document.querySelector('figure')).breakInside") == "avoid"
    page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")


# ------------------------------------------------------------------------------------------------ as it should not be
@pytest.mark.parametrize("name", PAYLOADS)
def test_hostile_text_does_nothing(reader: "Reader", name: str) -> None:
    """On every route into the page at once: no code ran, no request left, nothing complained, the page stayed and shows its text."""
    page = reader.opens(render(hostile_report(PAYLOADS[name]), RECORD))
    see_all(page)
    page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    page.mouse.move(600, 500)
    page.keyboard.press("Tab")
    assert page.evaluate("top.PWNED") is None
    assert (reader.requests, reader.complaints) == ([], [])
    assert (
        page.evaluate("location.protocol + document.querySelector('h1').innerText + getComputedStyle(document.body).display")
        == "file:Feedback themesblock"
    )
    assert "".join(PAYLOADS[name].split()) in "".join(page.evaluate("document.body.textContent").split())


def test_the_policy_stands_where_the_allow_list_would_fail(reader: "Reader") -> None:
    """Markup planted in the finished page, past all cleaning, neither runs nor loads."""
    html = render(report(), RECORD).replace("<main", f"{PAYLOADS['script']}{PAYLOADS['image']}{PAYLOADS['beacon']}<main", 1)
    page = reader.opens(html)
    assert page.evaluate("top.PWNED") is None
    assert reader.requests == []
    assert sum("Content Security Policy" in complaint for complaint in reader.complaints) >= 3


def test_unknown_tables_are_styled_and_stay_in_their_box(reader: "Reader") -> None:
    """A wide frame of pandas scrolls within itself on a phone."""
    import pandas as pd

    wide = pd.DataFrame({f"column {i}": [i * 1000.5, i] for i in range(30)})
    page = reader.opens(render(notebook(text("## Frame"), code("wide", shown(text_html=wide._repr_html_()))), RECORD), width=390)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.get_by_role("cell", name="29,014.5").or_(page.get_by_role("cell", name="29014.5")).count() == 1
