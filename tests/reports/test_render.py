"""The page that the press writes: whole, inert, the same every time, and complete where the run was not."""

import itertools
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from nbformat.v4 import new_output

from prodops.reports.provenance import read_page as read_back
from prodops.reports.render import render, sanitise
from prodops.reports.render.exporter import unbroken
from prodops.reports.render.figures import read_figure
from prodops.reports.render.figures import shown as datum
from prodops.reports.render.page import read_page
from prodops.reports.render.tiles import change_words, finding_words, sparkline, target_words
from prodops.stamps import CHART_MIME, KINDS, STAMP_MIME, Finding, TableStamp, field_names
from tests.reports import example_report as example
from tests.reports.example_report import RECORD, SURGE, chart, code, notebook, report, shown, stamped, text
from tests.reports.hostile import PAYLOADS, hostile_report

NBSP = "\u00a0"
INLINE = {"a", "b", "code", "em", "span", "strong", "sub"}
VOID = {"meta", "link", "br", "hr", "img", "input", "col"}


class Outline(HTMLParser):
    """What a browser would make of the page, as far as the promises below need it."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.headings: list[tuple[int, str]] = []
        self.scripts: list[tuple[dict[str, str], str]] = []
        self.visible = ""
        self.stack: list[str] = []
        self.feed(str(html))  # not Markup, which would escape what it is added to
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {k: v or "" for k, v in attrs}))
        self.stack += [] if tag in VOID else [tag]
        self.visible += "" if tag in INLINE else " "
        if re.fullmatch("h[1-6]", tag):
            self.headings.append((int(tag[1]), ""))
        if tag == "script":
            self.scripts.append((self.elements[-1][1], ""))

    def handle_endtag(self, tag: str) -> None:
        self.visible += "" if tag in INLINE else " "
        if tag not in VOID:
            assert self.stack.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        if self.stack[-1:] == ["script"]:
            self.scripts[-1] = (self.scripts[-1][0], self.scripts[-1][1] + data)
        elif "style" not in self.stack:
            self.visible += data
            if self.headings and self.stack and re.fullmatch("h[1-6]", self.stack[-1]):
                self.headings[-1] = (self.headings[-1][0], self.headings[-1][1] + data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def words(self) -> str:
        return " ".join(self.visible.split())


def page(*cells: Any, **record: Any) -> str:
    """The page of these cells; the record is the example's with some values changed."""
    return render(notebook(*cells), {**RECORD, **record})


# ------------------------------------------------------------------------------------------------ the whole page
def test_same_inputs_same_bytes_and_neither_is_changed() -> None:
    """The page is a pure function of notebook and record: twice the same, and cell ids and counts leave no trace."""
    first, again = report(), report()
    before = json.dumps([first, RECORD])
    for number, cell in enumerate(again.cells):
        cell.id = f"other-{number}"
        if cell.cell_type == "code":
            cell.execution_count = number
    assert render(first, RECORD) == render(again, RECORD)
    assert json.dumps([first, RECORD]) == before


def test_one_whole_page_within_two_megabytes() -> None:
    """The page ends in </html>, its elements nest, every id is there once, it encodes as UTF-8, and it is small enough to mail."""
    html = render(report(), RECORD)
    outline = Outline(html)
    ids = [a["id"] for _, a in outline.elements if "id" in a]
    assert html.startswith("<!doctype html>")
    assert html.endswith("</html>\n")
    assert outline.stack == []
    assert sorted(set(ids)) == sorted(ids)
    assert len(html.encode()) < 2_000_000


def test_every_link_within_the_page_leads_somewhere() -> None:
    """Contents, findings and skip link point at ids that exist."""
    outline = Outline(render(report(), RECORD))
    ids = {a["id"] for _, a in outline.elements if "id" in a}
    targets = {a["href"][1:] for a in outline.all("a") if a.get("href", "").startswith("#")}
    assert targets
    assert targets <= ids


def test_headings_tell_the_story_in_order() -> None:
    """One h1, a section headed by its first finding and else by its topic, no level skipped."""
    assert Outline(render(report(), RECORD)).headings == [
        (1, "Feedback themes"),
        (2, "What changed"),
        (2, "Against target"),
        *((3, tile.title) for tile in example.TILES),
        (2, "Reports of lost offline edits tripled during the sync outage"),
        (3, "In their words"),
        (2, "Themes side by side"),
        (2, "Activation holds at 44 % since guided onboarding"),
        (2, "Takeaways"),
        (2, "Fine print"),
    ]


@given(st.lists(st.integers(1, 6), max_size=8))
def test_no_heading_level_is_skipped_whatever_the_prose(levels: list[int]) -> None:
    """Markdown headings of any level, in cells and in outputs, never break the order of the page."""
    cells = [
        text(f"{'#' * level} Heading") if i % 2 else code("x", shown(text_html=f"<h{level}>Heading</h{level}>"))
        for i, level in enumerate(levels)
    ]
    found = [level for level, _ in Outline(page(*cells)).headings]
    assert found.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(found))


def test_landmarks_and_language_are_there() -> None:
    """A screen reader finds the language, one main, one nav, header, footer, and the skip link first."""
    outline = Outline(render(report(), RECORD))
    assert outline.all("html") == [{"lang": "en"}]
    assert [len(outline.all(tag)) for tag in ("main", "nav", "header", "footer")] == [1, 1, 1, 1]
    assert outline.all("a")[0] == {"class": "skip", "href": "#report"}


def test_title_period_scope_and_proof_open_the_page() -> None:
    """Title, period and scope, as-of and run id stand in the masthead; the record's title wins over the notebook's, ours over both."""
    html = render(report(), RECORD)
    masthead = Outline(html[html.index("<header") : html.index("</header>")]).words()
    assert masthead.endswith(
        "Feedback themes 4 Aug – 2 Nov 2025 · Lumen, all segments "
        "As of 3 Nov 2025 · run 2025-11-03-4f2a9c · data and code fingerprints in the fine print"
    )
    assert Outline(render(report(), {})).headings[0] == (1, "Feedback themes")
    assert Outline(render(report(), RECORD, title="Monday")).headings[0] == (1, "Monday")


def test_what_changed_lists_findings_by_surprise_and_links_the_evidence() -> None:
    """Most surprising first; a finding that a section shows links there, another does not; of more than seven, those after
    the fifth fold."""
    read = read_page(report(), RECORD)
    assert [(c.finding["name"], c.figure, c.before, c.tone, c.evidence) for c in read.changes] == [
        (SURGE, "▲ 41", "was 12, worse", "bad", "#about-sync-and-lost-edits"),
        ("kpi.activation", f"▲ 44{NBSP}%", f"was 34{NBSP}%, better", "good", "#about-activation"),
        ("flow.review", f"▲ 4.1{NBSP}days", f"was 2.6{NBSP}days, worse", "bad", ""),
    ]
    many = [Finding(name=f"f{i}", headline=f"Finding {i}", sentence="It moved.", surprise=float(i)) for i in range(8)]
    html = page(code("found", stamped(*many), tags=("bottom-line",)))
    assert html.index("Finding 3") < html.index("3 more") < html.index("Finding 2") < html.index("Finding 0")
    assert " more</summary>" not in page(code("found", stamped(*many[:7]), tags=("bottom-line",)))


def test_an_id_in_a_sentence_stays_on_one_line_and_is_copied_as_it_is() -> None:
    """Its hyphen ends no line, and nothing unseen is put into it; all else is escaped as anywhere."""
    said = unbroken("LUM-0853, <b> and 1-739197171 cost −€ 5, not LUM-next.")
    whole = '<span class="prodops-whole">{}</span>'.format
    assert said == f"{whole('LUM-0853')}, &lt;b&gt; and {whole('1-739197171')} cost −\u2060€ 5, not LUM-next."


def test_where_a_finding_stands_is_a_small_line_below_it() -> None:
    """Only where it says so, escaped."""
    found = Finding(name="a", headline="A", sentence="It moved.", source="Surveys & more · new")
    assert "It moved. <small>Surveys &amp; more · new</small>" in page(code("found", stamped(found), tags=("bottom-line",)))


REPORT = "../../../kpi_review/all/2025-11-03/report.html"


@pytest.mark.parametrize(
    ("address", "leads"),
    [
        (REPORT, True),
        ("../../../digest/audience-exec/2025-11-03T080000/report.html", True),
        ("../../../kpi_review/all/2025-11-03/../../../../x/report.html", False),
        ("../../../../kpi_review/all/2025-11-03/report.html", False),
        ("../../../kpi_review/all/2025-11-03/notebook.ipynb", False),
        (f"{REPORT}?x=1", False),
        (f"{REPORT}\n", False),
        ("//evil.example/../../kpi_review/all/2025-11-03/report.html", False),
        ("javascript:alert(1)", False),
    ],
)
def test_pages_lead_to_other_reports_and_nowhere_else_in_the_folder(address: str, leads: bool) -> None:
    """A finding's page and a link in a table are kept where they are a report's page from another's; any other relative address is not."""
    found = Finding(name="kpi.nps", headline="NPS fell", sentence="By 3.", page=address)
    html = page(code("found", stamped(found), tags=("bottom-line",)))
    assert (f'<a href="{REPORT[:9]}' in html.split('id="record"')[0]) == leads
    assert ("href" in sanitise.html(f'<a href="{address}">x</a>')) == leads


def test_a_sections_sentence_stands_below_its_chart() -> None:
    """A finding shown before the chart heads the section and explains below the chart, with what its cell says after it; later ones stay."""
    beside, later = (Finding(name=name, headline=f"It {name}", sentence="Back to 19.") for name in ("fell", "eased"))
    first = code("found", stamped(example.FINDINGS[0], beside))
    html = page(text("## Sync"), first, code("chart", chart()), code("later", stamped(later)))
    section = html[html.index('id="about-sync"') : html.index("</main>")]
    order = [
        '<p class="kicker">Sync</p>',
        "tripled during",
        "<figure",
        "</figure>",
        "41 of 1,204",
        "<strong>It fell.</strong> Back to 19.",
        "<strong>It eased.</strong> Back to 19.",
    ]
    assert [section.index(part) for part in order] == sorted(section.index(part) for part in order)
    assert section.count("tripled during the sync outage") == 1


def test_a_section_that_had_nothing_to_show_is_left_out() -> None:
    """Prose that leads up to cells without output is not read, nor listed among the contents; prose alone is."""
    html = page(
        text("## Ratings\n\nHow it is rated."), code("ratings"), text("## A word\n\nProse alone."), text("## Sync"), code("chart", chart())
    )
    outline = Outline(html)
    assert [heading for level, heading in outline.headings if level == 2 and heading in ("Ratings", "A word", "Sync")] == [
        "Ratings",
        "A word",
        "Sync",
    ]
    contents = html[html.index("<nav") : html.index("</nav>")]
    assert ("about-ratings" in contents, "about-a-word" in contents, "about-sync" in contents) == (False, True, True)
    assert 'class="topic code-only"' in html[html.index('id="about-ratings"') : html.index('id="about-a-word"')]
    assert "code-only" not in html[html.index('id="about-a-word"') : html.index('id="about-sync"')]


def test_a_missing_record_or_notebook_part_is_left_out_without_a_fault() -> None:
    """Nothing in the record is needed; odd values are shown or left out, never raised."""
    bare = Outline(render(notebook(), {}))
    assert bare.headings == [(1, "Report"), (2, "Fine print")]
    odd = {
        "tables": [{"table": "x"}, 7],
        "queries": None,
        "packages": ["a"],
        "as_of": "soon",
        "parameters": {"n": float("nan"), 3: None},
        "code": "?",
    }
    assert "0 rows read, 0 set aside" in Outline(render(notebook(), odd)).words()


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda v: st.lists(v, max_size=2) | st.dictionaries(st.text(max_size=3), v, max_size=2),
    max_leaves=4,
)


@given(
    st.sampled_from(sorted(KINDS)).flatmap(
        lambda kind: st.fixed_dictionaries({"kind": st.just(kind)}, optional=dict.fromkeys(field_names(kind), ODD))
    )
)
def test_an_odd_stamp_spoils_no_page(stamp: dict[str, Any]) -> None:
    """Whatever stands in a stamp's fields, the page is written, whole."""
    output = new_output("display_data", data={STAMP_MIME: {"stamps": [stamp]}})
    for tag in ("bottom-line", "other"):
        assert Outline(page(text("## Topic"), code("x", output, tags=(tag,)), tables=[])).stack == []


# ------------------------------------------------------------------------------------------------ parts
def test_code_is_kept_folded_behind_the_switch() -> None:
    """Every code cell's source is on the page, highlighted, within details; sections of code alone are not in the contents."""
    html = render(report(), RECORD)
    outline = Outline(html)
    assert sum(a.get("class") == "code" for a in outline.all("details")) == sum(cell.cell_type == "code" for cell in report().cells)
    assert "weeks: int = 13 # trailing weeks shown" in outline.words()
    assert "Bottom line" not in Outline(html[html.index("<nav") : html.index("</nav>")]).words()


def test_fine_print_counts_rows_and_names_versions() -> None:
    """Rows read and set aside, reasons, definitions, queries, parameters, packages and hashes are in the page."""
    words = Outline(render(report(), RECORD)).words()
    for said in (
        "feedback 60 rows read, 3 set aside; 4 Aug 2025 to 2 Nov 2025",
        "2 dates that do not parse",
        "time zone taken as Europe/Berlin",
        "version 5be1",
        "feedback by week 13 rows",
        "WHERE created_at < TIMESTAMP '2025-11-03'",
        'channels ["email", "chat"]',
        "scikit-learn 1.9.1",
        "commit 1a2b3c4",
    ):
        assert said in words


def test_stamps_stand_in_for_a_record_without_tables() -> None:
    """A table stamp shown twice by the notebook is counted once in the fine print."""
    html = page(code("desk", stamped(example.DATA)), code("desk", stamped(example.DATA)), tables=[])
    assert Outline(html).words().count("feedback 60 rows read, 3 set aside") == 1


def test_the_record_is_embedded_as_given() -> None:
    """The JSON in the page is the record, value for value, whatever text it holds."""
    record = {**RECORD, "message": "</script><!-- & \u2028 é"}
    scripts = Outline(render(report(), record)).scripts
    embedded = next(body for attributes, body in scripts if attributes.get("id") == "record")
    assert json.loads(embedded) == record
    assert not set("<>&\u2028") & set(embedded)


def test_the_page_carries_the_notebook_as_it_was_written_and_a_seal(tmp_path: Path) -> None:
    """Read back, record and source are exact, to the last odd character; one changed byte anywhere breaks the seal."""
    odd = "x = '</script><!-- \u2028 \x07\x85 ü \ud83d'"
    made, record = (
        notebook(text(f"# {odd}"), code("weeks = 1", tags=("parameters",)), code("weeks = 2", tags=("injected-parameters",)), code(odd)),
        {**RECORD, "message": odd},
    )
    file = tmp_path / "report.html"
    file.write_text(render(made, record), encoding="utf-8", newline="")
    found = read_back(file)
    assert found.record == record
    assert found.notebook is not None
    assert [c["source"] for c in found.notebook["cells"]] == [f"# {odd}", "weeks = 1", odd]
    assert found.intact
    data = file.read_bytes()
    for at in (data.index(b"<h1>") + 5, len(data) - 20):
        file.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        assert not read_back(file).intact


def test_the_vega_bundle_is_in_the_page_once_and_only_with_a_chart() -> None:
    """Two charts share one bundle; a page without a chart has none and stays under 100 kB."""
    assert render(report(), RECORD).count("globalThis.loadVega = ") == 1
    without = page(text("## Topic\n\nProse."))
    assert "globalThis.loadVega = " not in without
    assert len(without) < 100_000


def test_a_chart_carries_drawing_words_data_and_json() -> None:
    """A figure holds a titled drawing with its own ids, alt text, the data as a table, and the payload without an early end."""
    clip = '<svg width="9" height="9"><defs><clipPath id="a"></clipPath></defs>'
    svg = clip + '<g clip-path="url(#a)" onload="x()"><path d="M0,0" style="fill:red"></path></g></svg>'
    payload = chart("</script>").data[CHART_MIME]
    figure = read_figure(payload, svg, 4)
    assert figure.drawing == Markup(
        '<svg width="9" height="9"><defs><clipPath id="chart-4-a"></clipPath></defs><g clip-path="url(#chart-4-a)"><path d="M0,0"></path></g></svg>'
    )
    assert (figure.caption, figure.heights, figure.more) == ("Lost edits per week", (290, 240), 0)
    assert figure.columns == [("Week", False), ("Reports", True), ("Note", False)]
    assert figure.rows[0] == ["4 Aug 2025", "11", "</script>"]
    assert "</script" not in figure.payload
    assert json.loads(figure.payload)["spec"]["datasets"] == payload["spec"]["datasets"]


def test_a_chart_that_draws_its_own_title_gets_no_second_one() -> None:
    """The caption is left out where the specification has a title; broken payloads give a figure with words only."""
    assert read_figure({"title": "Seen", "spec": {"title": {"text": "Seen"}}}, "", 1).caption == ""
    empty = read_figure({"spec": 5, "columns": [], "height": "tall"}, "no drawing", 1)
    assert (empty.alt, empty.drawing, empty.rows, empty.heights) == ("Chart", "", [], (0, 0))


def test_long_data_is_cut_in_the_table_and_whole_in_the_payload() -> None:
    """The table shows 200 rows and says how many more there are; the payload has all."""
    rows = [{"n": i} for i in range(450)]
    figure = read_figure({"spec": {"data": {"values": rows}}}, "", 1)
    assert (len(figure.rows), figure.more, figure.columns) == (200, 250, [("n", True)])
    assert json.loads(figure.payload)["spec"]["data"]["values"] == rows


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "–"),
        (True, "yes"),
        (1234, "1,234"),
        (-5.0, "−5"),
        (0.4412345, "0.441"),
        (12.3456, "12.35"),
        (-1234.5, "−1,234.5"),
        (0.00012345, "0.000123"),
        ("2025-10-27T00:00:00", "27 Oct 2025"),
        ("2025-10-27T09:30:00", "2025-10-27T09:30:00"),
        ("2025-99-27", "2025-99-27"),
        ("text", "text"),
    ],
)
def test_data_are_shown_as_a_reader_says_them(value: object, words: str) -> None:
    """Numbers lose digits that nobody reads, days are dates in words, missing is a dash, text stays."""
    assert datum(value) == words


@pytest.mark.parametrize(
    ("value", "before", "unit", "good", "words"),
    [
        (0.441, 0.438, "share", "up", f"▲ 0.3{NBSP}pts on the week before, better"),
        (0.049, 0.046, "share", "down", f"▲ 0.3{NBSP}pts on the week before, worse"),
        (3288, 3412, "count", "up", f"▼ 3.6{NBSP}% on the week before, worse"),
        (5.0, 4.0, "days", "range", f"▲ 1{NBSP}day on the week before"),
        (9.0, 9.0, "days", "down", "= unchanged on the week before"),
        (9.0, None, "days", "down", "no week before to compare with"),
    ],
)
def test_a_change_is_said_with_an_arrow_and_in_words(value: float, before: float | None, unit: str, good: str, words: str) -> None:
    """Shares change by points, counts by percent; better and worse are words, not only colours."""
    assert change_words(value, before, unit, good, "week") == words


@pytest.mark.parametrize(
    ("value", "target", "good", "words"),
    [
        (0.441, 0.45, "up", f"0.9{NBSP}pts short of the target of 45{NBSP}% by 31 Dec 2025"),
        (0.45, 0.45, "up", f"meets the target of 45{NBSP}% by 31 Dec 2025"),
        (0.05, 0.03, "down", f"2{NBSP}pts above the target of 3{NBSP}% by 31 Dec 2025"),
        (0.02, 0.03, "range", f"1{NBSP}pts below the target of 3{NBSP}% by 31 Dec 2025"),
        (None, 0.03, "up", f"target of 3{NBSP}% by 31 Dec 2025"),
        (0.02, None, "up", "no target set"),
    ],
)
def test_the_place_against_a_target_is_said_in_words(value: float | None, target: float | None, good: str, words: str) -> None:
    """Short of, above, below or met, by how much, and by when."""
    assert target_words(value, target, "share", good, "2025-12-31") == words


def test_a_sparkline_breaks_where_a_value_is_missing_and_shows_the_target() -> None:
    """Two strokes around a gap, a dot on the last value, the target as its own line, and words for those who cannot see it."""
    drawing = sparkline([1.0, 2.0, None, 3.0], 2.0, "count", "week", "Users")
    assert drawing.count("M") == 2
    assert drawing.count("L") == 1
    assert 'class="goal" x1="0" x2="160" y1="22.0" y2="22.0"' in drawing
    assert 'cx="155.0" cy="5.0"' in drawing
    assert 'aria-label="Users, last 4 weeks: from 1 to 3"' in drawing
    assert "path" not in sparkline([1.0, None], None, "count", "week", "Users")


def test_a_finding_without_numbers_has_no_figure() -> None:
    """No number, no arrow; a number without one before has no arrow either."""
    assert finding_words({}) == ("", "", "plain")
    assert finding_words({"value": 0.5, "unit": "share"}) == (f"50{NBSP}%", "", "plain")


def test_no_more_than_six_tiles() -> None:
    """A seventh tile stays in the record and off the page."""
    assert len(read_page(notebook(code("t", stamped(*example.TILES, *example.TILES))), {}).tiles) == 6


# ------------------------------------------------------------------------------------------------ runs that did not go well
def test_no_data_is_an_honest_page() -> None:
    """The message, what was read and the parameters stand in the open; no chart, no finding, no error is shown."""
    empty = TableStamp(table="feedback", source="feedback.csv", rows_read=0, rows_used=0)
    stopped = {"output_type": "error", "ename": "NoData", "evalue": "Nothing was said.", "traceback": []}
    html = render(
        notebook(text("# Feedback themes\n\nWhat changed?"), text("## Themes"), code("desk.read()", stopped), code("chart", chart())),
        {**RECORD, "status": "no data", "message": "No feedback lies before 3 Nov 2025.", "tables": [empty.to_dict()]},
    )
    outline = Outline(html)
    assert [words for _, words in outline.headings] == ["Feedback themes", "No data for this period", "Fine print"]
    notice = Outline(html[html.index('<section class="notice"') : html.index("</section>")]).words()
    assert notice.startswith("No data for this period No feedback lies before 3 Nov 2025. What was read: feedback 0 rows read, 0 set aside")
    assert notice.endswith('Asked with weeks = 13, segment = all, channels = ["email", "chat"].')
    assert "<figure" not in html
    assert "NoData" not in outline.words()
    assert "globalThis.loadVega = " not in html


def test_a_failed_run_says_so_at_its_top_and_where() -> None:
    """The first error is a notice with a link to its cell, one line each; tracebacks and papermill's own marks stay out."""
    error = {"output_type": "error", "ename": "KeyError", "evalue": "'segment'\nsecond line", "traceback": ["\x1b[31mTraceback\x1b[0m"]}
    mark = text('<span style="color:red">An Exception was encountered</span>')
    mark.metadata["tags"] = ["papermill-error-cell-tag"]
    html = page(text("# Title"), mark, text("## Topic"), code("frame['segment']", error), status="failed", message="")
    words = Outline(html).words()
    assert "This run failed KeyError: 'segment' What follows" in words
    assert "Error KeyError: 'segment'" in words
    assert re.search(r'href="#(fault-1)">Go to the cell', html)
    assert 'id="fault-1"' in html
    assert "Traceback" not in html
    assert "An Exception" not in html


# ------------------------------------------------------------------------------------------------ hostile text
@pytest.mark.parametrize("name", PAYLOADS)
def test_hostile_text_is_inert_and_visible(name: str) -> None:
    """No element, handler or address that a payload wrote is in the page; where text is shown, the payload reads as written."""
    outline = Outline(render(hostile_report(PAYLOADS[name]), RECORD))
    assert not [
        (tag, key)
        for tag, attributes in outline.elements
        for key in attributes
        if key.startswith("on") or key in ("srcdoc", "style", "srcset")
    ]
    assert not [
        tag
        for tag, _ in outline.elements
        if tag in ("iframe", "object", "embed", "base", "form", "video", "audio", "image", "use", "math", "animate")
    ]
    assert not [a for a in outline.all("a") if not re.match("#|https://example.org/", a.get("href", "#"))]
    assert not [a for a in outline.all("img") if not a["src"].startswith("data:image/png")]
    assert [a["http-equiv"] for a in outline.all("meta") if "http-equiv" in a] == ["Content-Security-Policy"]
    assert all(attributes.get("type") == "application/json" or "PWNED" not in body for attributes, body in outline.scripts)
    assert "".join(sanitise.readable(PAYLOADS[name]).split()) in "".join(outline.visible.split())


def test_scripts_and_styles_are_the_pages_own() -> None:
    """The policy names the hash of each script and style in the page and allows nothing else, neither inline nor evaluated."""
    import base64
    import hashlib

    html = render(hostile_report(PAYLOADS["script"]), RECORD)
    outline = Outline(html)
    policy = next(a["content"] for a in outline.all("meta") if "http-equiv" in a)
    bodies = [body for attributes, body in outline.scripts if attributes.get("type") != "application/json"] + re.findall(
        "<style>(.*?)</style>", html, re.S
    )
    hashes = {f"'sha256-{base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()}'" for body in bodies}
    assert set(re.findall("'sha256-[^']+'", policy)) == hashes
    assert len(hashes) == 4
    assert (
        re.sub("'sha256-[^']+'", "#", policy)
        == "default-src 'none'; img-src data:; style-src # #; script-src # #; base-uri 'none'; form-action 'none'"
    )
    assert "unsafe" not in policy


def test_no_address_is_loaded_by_the_page() -> None:
    """No src, srcset, link or import names another host, nor does the inlined script."""
    html = render(hostile_report(PAYLOADS["beacon"]), RECORD)
    outline = Outline(html)
    loads = [a[key] for _, a in outline.elements for key in ("src", "srcset", "data", "poster", "background", "action") if key in a]
    assert [a for a in loads if not a.startswith("data:image/png")] == []
    assert [a["href"] for a in outline.all("link")] == ["data:,"]
    code_of_page = "".join(body for attributes, body in outline.scripts if attributes.get("type") != "application/json")
    assert not re.search(r"""(?:import\s*\(?|from\s*|src\s*=\s*|require\()['"](?:https?:)?//""", code_of_page)


def test_control_characters_and_half_characters_do_not_reach_the_page() -> None:
    """Terminal colours vanish, other controls become their pictures, half an emoji becomes �; the page encodes."""
    dirty = "a\x1b[31mred\x1b[0m\x07\x00\x9b1mb \ud83d \x1b]0;title\x07c"
    html = page(
        text(f"# T\n\n{dirty}"),
        code(f"x = '{dirty}'", shown(text_plain=dirty), shown(text_html=f"<p>{dirty}</p>"), chart(dirty)),
        message=dirty,
    )
    html.encode("utf-8")
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", html)
    assert "ared␇␀b � c" in html


@pytest.mark.parametrize(
    "name", ["script", "image", "end of script", "end of everything", "frame", "open comment", "style", "refresh", "beacon", "form"]
)
def test_markup_that_may_not_live_is_read_as_written(name: str) -> None:
    """HTML and Markdown that came out of a cell show such tags, attributes and comments as text, to the last character."""
    written = "".join(PAYLOADS[name].split())
    for cleaned in (sanitise.html(f"<p>{PAYLOADS[name]}</p>"), sanitise.markdown(f"<p>{PAYLOADS[name]}</p>")):
        assert written in "".join(Outline(cleaned).visible.split())


@given(st.text(max_size=60))
def test_any_text_in_a_table_or_message_is_read_as_written(value: str) -> None:
    """Escaped text survives the allow-list, character by character, but for white space and control characters."""
    shown_text = Outline(sanitise.html(f"<table><tr><td>{Markup.escape(sanitise.readable(value))}</td></tr></table>")).visible
    assert shown_text.split() == sanitise.readable(value).split()


@given(st.text("<>/!-ab=\"' &;svgimgonscripttableherf:", max_size=80))
def test_the_allow_list_settles(source: str) -> None:
    """Cleaning what was cleaned changes nothing: no second reading of it can bring an element to life."""
    once = sanitise.html(source)
    assert sanitise.html(once) == once


def test_known_html_is_kept() -> None:
    """Tables of pandas lose their style block and keep their cells; links keep safe addresses; images keep embedded ones."""
    style = "<style scoped>\n    .dataframe tbody tr th { vertical-align: top; }\n</style>"
    frame = f'<div>\n{style}\n<table border="1" class="dataframe x"><tr><td>1</td></tr></table></div>'
    assert sanitise.html(frame) == '<div>\n\n<table class="dataframe"><tbody><tr><td>1</td></tr></tbody></table></div>'
    assert sanitise.markdown("[a](https://example.org/) [b](javascript:x) [c](data:text/html,x) [d](#s)") == (
        '<p><a href="https://example.org/" rel="noopener noreferrer">a</a> <a rel="noopener noreferrer">b</a> '
        '<a rel="noopener noreferrer">c</a> <a href="#s" rel="noopener noreferrer">d</a></p>\n'
    )
    assert (
        sanitise.html('<img src="data:image/png;base64,AAAA" alt="dot" onerror="x">') == '<img src="data:image/png;base64,AAAA" alt="dot">'
    )
    assert sanitise.html('<p class="prodops-note evil" id="record" style="x" role="main">t</p>') == '<p class="prodops-note">t</p>'


def test_an_authors_markdown_may_hold_html_and_comments_an_outputs_may_not() -> None:
    """A notebook's own cell may use tags of the list; text that came out of a cell shows its tags."""
    assert sanitise.markdown("H<sub>2</sub>O <!-- note --> <b onclick='x'>b</b>", trusted=True) == "<p>H<sub>2</sub>O  <b>b</b></p>\n"
    assert sanitise.markdown("H<sub>2</sub>O") == "<p>H&lt;sub&gt;2&lt;/sub&gt;O</p>\n"


def test_outputs_are_shown_by_the_richest_safe_form() -> None:
    """HTML, then drawings, images, Markdown, text; scripts and widgets fall back to their text; standard error stays out."""
    streams = [
        {"output_type": "stream", "name": "stdout", "text": ["12 ", "rows\n"]},
        {"output_type": "stream", "name": "stderr", "text": "Warning"},
    ]
    html = page(
        text("## Topic"),
        code(
            "x",
            shown(text_html="<b>rich</b>", text_plain="poor"),
            shown(text_markdown="*said*"),
            shown(image_png="QUJD\n", text_plain="A dot"),
            shown(**{"application/javascript": "alert(1)", "text_plain": "A script"}),
            *streams,
            shown(text_plain="9" * 20_001),
        ),
    )
    assert "<b>rich</b>" in html
    assert "poor" not in html
    assert "<em>said</em>" in html
    assert '<img src="data:image/png;base64,QUJD" alt="A dot">' in html
    words = Outline(html).words()
    assert "A script 12 rows" in words
    assert "alert(1)" not in html
    assert "Warning" not in html
    assert "… 1 more characters, kept in the executed notebook" in words


def test_what_is_too_long_or_made_to_be_slow_is_cut() -> None:
    """HTML beyond the limit gives way to its text, and that is cut; markup that never closes costs no more than its length."""
    html = page(text("## Topic"), code("x", shown(text_html="<b>" + "9" * 400_000, text_plain="a frame"), shown(text_html="8" * 400_001)))
    assert "a frame" in html
    assert "9" * 100 not in html
    assert "… 380,001 more characters" in html
    assert sanitise.html("<img " * 60_000).count("&lt;img ") == 60_000
