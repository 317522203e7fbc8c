"""The catalogue: what readers and owners find in its pages, that it follows from the runs alone, and that nothing in it runs."""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from prodops.errors import RunError
from prodops.reports import site
from prodops.reports.ledger import Entry
from prodops.reports.site import Listed
from prodops.reports.site.search import BLOCK
from prodops.reports.site.shelf import arrange, standing
from tests.reports.hostile import PAYLOADS
from tests.reports.many_runs import Book, company, entry, finding, hostile_runs, placed, tile

KPI = Listed("kpi_review", "KPI review")
OCT, NOV, NEXT = datetime(2025, 10, 27), datetime(2025, 11, 3), datetime(2025, 11, 10)


def written(folder: Path, *entries: Entry, reports: Sequence[Listed] = (KPI,), page: str = "index.html", **more: Any) -> str:
    """Write the site over runs whose pages lie in place; gives one page."""
    site.write(placed(folder, entries), entries, reports, **more)
    return (folder / page).read_text(encoding="utf-8")


def words(html: str) -> str:
    """A page's text as one line of words and single spaces, without its style and scripts."""
    return " ".join(re.sub(r"<[^>]*>", " ", re.sub(r"<(style|script)\b.*?</\1>", "", html, flags=re.S)).split())


def links(html: str) -> list[str]:
    return re.findall(r'href="([^"#][^"]*)"', html)


def trails(html: str) -> list[str]:
    return re.findall(r'class="trail"[^>]*aria-label="([^"]*)"', html)


def rows(script: Path) -> tuple[str, str, int, list[list[Any]]]:
    """Read a block as the page's script would be given it."""
    call = re.fullmatch(r"prodopsRuns\((.*)\);\n", script.read_text(encoding="utf-8"), flags=re.S)
    assert call
    report, name, block, runs = json.loads(f"[{call[1]}]")
    return report, name, block, runs


# ------------------------------------------------------------------------------------------------------ what is found
def test_before_any_run_it_says_what_to_do(tmp_path: Path) -> None:
    """An empty catalogue names the command that fills it, or where reports are described."""
    assert "Make the first with prodops run kpi_review" in words(written(tmp_path))
    assert "Add a file to params/reports/" in words(written(tmp_path, reports=[]))
    assert "search" not in written(tmp_path).partition("<body")[2].partition("<script")[0]


def test_a_report_shows_its_latest_page_and_figures(tmp_path: Path) -> None:
    """The title leads to the page of the latest as-of; numbers and findings stand in words, when it is due next as given."""
    figures = [
        tile("churn", 0.031, unit="share", before=0.028, good="down"),
        finding("a", "Little moved", surprise=0.1),
        finding("b", "NPS fell", 31.0, unit="nps", surprise=3.0),
    ]
    listed = Listed("kpi_review", "KPI review", {}, "Mondays at 07:00", "10 Nov 2025, 07:00 Europe/Berlin")
    html = written(tmp_path, entry(NOV, figures=figures), entry(OCT), reports=[listed])
    assert '<a href="kpi_review/all/2025-11-03/report.html">KPI review</a>' in html
    assert "● ok as of 3 Nov 2025 All runs Mondays at 07:00. Next due 10 Nov 2025, 07:00 Europe/Berlin." in words(html)
    assert "Churn ▲ 3.1 % was 2.8 %, worse NPS fell 31 pts Little moved" in words(html)


def test_a_failure_stands_beside_the_last_good_page(tmp_path: Path) -> None:
    """Readers keep the good page; the owner finds reason, attempt and partial notebook; the contents carry a word, not only a shape."""
    failed = entry(NEXT, "failed", message="Cell 3 of 9 failed: KeyError: 'plan'", kept="kpi_review/all/2025-11-10/failed", attempt=2)
    html = written(tmp_path, entry(NOV), failed)
    assert '<a href="kpi_review/all/2025-11-03/report.html">KPI review</a>' in html
    assert "1 needs attention" in words(html)
    assert "▲ failed as of 10 Nov 2025 10 Nov 2025, 06:00 UTC, attempt 2 Cell 3 of 9 failed: KeyError: &#39;plan&#39;" in words(html)
    assert "Readers keep the page as of 3 Nov 2025." in words(html)
    assert "kpi_review/all/2025-11-10/failed/notebook.ipynb" in links(html)
    assert "KPI review ▲ needs attention" in words(html)


def test_a_failure_without_any_good_page_says_so(tmp_path: Path) -> None:
    """Then there is no link to a page."""
    html = written(tmp_path, entry(NOV, "lost", message="The process is gone."))
    assert "no good page yet" in words(html)
    assert "◆ lost as of 3 Nov 2025" in words(html)
    assert [link for link in links(html) if "report.html" in link] == []


@pytest.mark.parametrize(
    "after",
    [entry(NOV, attempt=2), entry(NEXT), entry(NOV, "no data", message="Nothing in this week.")],
    ids=["made good by a retry", "a later as-of is good", "without data"],
)
def test_what_was_made_good_needs_no_attention(tmp_path: Path, after: Entry) -> None:
    """A failure that a later attempt or as-of has settled is history."""
    html = written(tmp_path, entry(OCT), entry(NOV, "failed", message="once", number=after.number - 1), after)
    assert "attention" not in words(html)
    assert "once" in words((tmp_path / "kpi_review/all/index.html").read_text())


def test_a_good_page_stays_though_its_repeat_failed(tmp_path: Path) -> None:
    """A run of the same as-of that fails later takes no page away, and is told of."""
    html = written(tmp_path, entry(NOV), entry(NOV, "failed", message="again"))
    assert '<a href="kpi_review/all/2025-11-03/report.html">' in html
    assert "Readers keep the page as of 3 Nov 2025." in words(html)


def test_runs_at_work_are_not_shown(tmp_path: Path) -> None:
    """A page that nobody rewrites would go on saying "running"."""
    html = written(tmp_path, entry(NOV), entry(NEXT, "running"))
    assert "running" not in html.partition("<body")[2].partition("<script")[0]
    assert "1 run" in words((tmp_path / "kpi_review/all/index.html").read_text())


def test_a_page_that_is_gone_is_not_linked(tmp_path: Path) -> None:
    """After old runs were dropped their history stays and says that the page was removed."""
    entries = [entry(OCT), entry(NOV)]
    placed(tmp_path, entries)
    (tmp_path / entries[1].path).unlink()
    site.write(tmp_path, entries, [KPI])
    assert '<a href="kpi_review/all/2025-10-27/report.html">' in (tmp_path / "index.html").read_text()
    assert words((tmp_path / "kpi_review/all/index.html").read_text()).count("its page was removed") == 1


def test_slices_stand_in_the_catalogues_order_others_folded(tmp_path: Path) -> None:
    """A matrix is listed by its values; a person's own run comes after it, under its parameters."""
    listed = Listed("kpi_review", "KPI review", {"b": {"product": "Beacon"}, "a": {"product": "Atlas"}})
    own = entry(NOV, slice_name="weeks-4-abcdef", parameters={"weeks": 4})
    html = written(tmp_path, entry(NOV, slice_name="a"), entry(NOV, slice_name="b"), own, reports=[listed])
    assert re.findall(r"Beacon|Atlas|weeks: 4", words(html.partition('id="shelves"')[2])) == ["Beacon", "Atlas", "weeks: 4"]
    assert "2 slices by product." in words(html)
    assert "1 with other parameters" in words(html)


def test_reports_without_a_run_come_last(tmp_path: Path) -> None:
    """What can be read stands above what cannot be read yet; else the catalogue's order holds."""
    listed = [Listed(name, name.title()) for name in ("north", "kpi_review", "south")]
    shelves = arrange([entry(NOV), entry(NOV, report="south")], listed, tmp_path, UTC)
    assert [shelf.listed.name for shelf in shelves] == ["kpi_review", "south", "north"]


def test_a_row_says_nothing_twice(tmp_path: Path) -> None:
    """A slice's number has its name only where the finding beside it says another thing; of nothing there is no number."""
    listed = Listed("kpi_review", "KPI review", {name: {"product": name} for name in "abc"})
    found = finding("sync", "Sync tripled", 90.0, surprise=2.0)
    calm = finding("calm", "Nothing left its range", 0.0, surprise=0.0)
    runs = [
        entry(NOV, slice_name="a", figures=[found]),
        entry(NOV, slice_name="b", figures=[calm]),
        entry(NOV, slice_name="c", figures=[found, tile("churn", 0.03, unit="share")]),
    ]
    html = written(tmp_path, *runs, reports=[listed])
    assert "All runs Sync tripled 90 b" in words(html)
    assert "All runs Nothing left its range c" in words(html)
    assert "All runs Sync tripled Churn 3 %" in words(html)


def test_what_a_person_put_elsewhere_is_not_listed(tmp_path: Path) -> None:
    """A page written with --out on other data, and a try that failed, are in the ledger; they are no reports of the project."""
    away = entry(NOV, slice_name="all-feedback-mine-csv-abcdef01", trigger="person", path=str(tmp_path / "elsewhere.html"))
    tried = entry(NOV, "failed", slice_name="weeks-4", trigger="person", parameters={"weeks": 4}, path="")
    html = words(written(tmp_path, entry(NOV), away, tried))
    assert "with other parameters" not in html
    assert "weeks" not in html


def test_a_report_that_left_the_catalogue_stays_to_be_read(tmp_path: Path) -> None:
    """Its runs stand at the end, under the title they had."""
    html = written(tmp_path, entry(NOV, report="old", title="Old review"), entry(NOV))
    assert re.findall(r"<h2 id=\"h-[^>]*>(?:<a[^>]*>)?([^<]*)", html) == ["KPI review", "Old review"]
    assert "No longer in the catalogue." in words(html)


def test_a_slice_has_its_history(tmp_path: Path) -> None:
    """All its runs, the latest as-of first, each with status, reason, time and what it found; a replaced run is no link."""
    entries = [
        entry(OCT, run_id="2025-10-27-abc"),
        entry(NOV, figures=[finding("b", "First said")]),
        entry(NOV, figures=[finding("b", "Then said")], trigger="person"),
        entry(NEXT, "refused", message="The run of 3 Nov was still at work."),
    ]
    html = written(tmp_path, *entries, page="kpi_review/all/index.html", zone=ZoneInfo("Europe/Berlin"))
    assert "4 runs 10 Nov 2025 ■ refused The run of 3 Nov was still at work." in words(html)
    assert "3 Nov 2025 ● ok Then said 3 Nov 2025, 07:00 CET · 12 s · by a person" in words(html)
    assert "First said 3 Nov 2025, 07:00 CET · 12 s · on schedule · replaced by a later run" in words(html)
    assert links(html).count("../../kpi_review/all/2025-11-03/report.html") == 2
    assert "2025-10-27-abc" in words(html)


# ---------------------------------------------------------------------------------------------------------- the lines
def test_a_line_follows_one_number_through_the_good_runs(tmp_path: Path) -> None:
    """Same name, kind and unit; in as-of order; of an as-of run twice, the last good one; failed runs do not count."""
    entries = [
        entry(NOV, figures=[tile("nps", 30.0, unit="nps")]),
        entry(datetime(2025, 10, 20), figures=[tile("nps", 0.2, unit="share"), finding("nps", "NPS", 7.0, unit="nps")]),
        entry(OCT, figures=[tile("nps", 99.0, unit="nps")]),
        entry(OCT, figures=[tile("nps", 20.0, unit="nps")]),
        entry(OCT, "failed", figures=[tile("nps", 77.0, unit="nps")]),
        entry(datetime(2025, 10, 13), figures=[tile("nps", 10.0, unit="nps")]),
    ]
    html = written(tmp_path, *entries)
    assert trails(html) == ["Nps: from 10\u00a0pts as of 13 Oct 2025 to 30\u00a0pts as of 3 Nov 2025, 3 runs"]


def test_a_lines_points_lie_at_their_dates(tmp_path: Path) -> None:
    """Weeks apart as in time, the lowest below and the highest above; a gap breaks the line, a value alone is a dot."""
    values = {datetime(2025, 10, 6): 2.0, datetime(2025, 10, 13): None, datetime(2025, 10, 20): 4.0, NOV: 3.0}
    html = written(tmp_path, *(entry(day, figures=[tile("nps", value)]) for day, value in values.items()))
    # 96 wide and 20 high within a margin of 4: 6, 20 Oct and 3 Nov are 0, 14 and 28 of 28 days
    assert re.findall(r'<path d="([^"]*)"', html)[0] == "M4.0,24.0h0M52.0,4.0h0L100.0,14.0"


def test_one_value_makes_no_line(tmp_path: Path) -> None:
    """Nor do values that are missing or no numbers."""
    html = written(tmp_path, entry(OCT, figures=[tile("nps", None), tile("mrr", 1.0)]), entry(NOV, figures=[tile("nps", 3.0)]))
    assert trails(html) == []


def test_a_change_that_words_do_not_show_draws_no_slope(tmp_path: Path) -> None:
    """24.05 % and 24.2 % are both 24 %; a line between them would claim a jump."""
    runs = [entry(day, figures=[tile("nps", value, unit="share")]) for day, value in ((OCT, 0.2405), (NOV, 0.242))]
    assert re.findall(r'<path d="([^"]*)"', written(tmp_path, *runs)) == ["M4.0,14.0h0L100.0,14.0"]
    assert "24 % in all 2 runs" in words((tmp_path / "kpi_review/all/index.html").read_text())


# ------------------------------------------------------------------------------------------------------- how it is written
def test_the_same_runs_give_the_same_bytes(tmp_path: Path) -> None:
    """Wherever it is written; and pages that stay the same are not touched again."""
    entries, listed = company(2, 3)
    for name in ("a", "b"):
        site.write(placed(tmp_path / name, entries), entries, listed)
    files = [{p.relative_to(tmp_path / n): p.read_bytes() for p in (tmp_path / n).rglob("*") if p.is_file()} for n in "ab"]
    assert files[0] == files[1]
    before = {p: p.stat().st_ino for p in (tmp_path / "a").rglob("*.*")}
    site.write(tmp_path / "a", entries, listed)
    assert {p: p.stat().st_ino for p in (tmp_path / "a").rglob("*.*")} == before


def test_a_run_costs_its_own_slice_and_the_index(tmp_path: Path) -> None:
    """After one run only its slice's files and the index are written, and they are as if all had been."""
    entries, listed = company(2, 6)
    book = Book(entries)
    site.refresh(placed(tmp_path / "a", entries), book, listed)
    new = entry(NEXT, report="report_00", slice_name="atlas-emea", figures=[tile("kpi.nps", 3.0, unit="nps")])
    book.runs.append(new)
    before = {p: p.stat().st_ino for p in placed(tmp_path / "a", [new]).rglob("*.*")}
    site.refresh(tmp_path / "a", book, listed, changed={("report_00", "atlas-emea")})
    changed = {p.relative_to(tmp_path / "a").as_posix() for p, inode in before.items() if p.stat().st_ino != inode}
    assert changed == {"index.html", "report_00/atlas-emea/index.html", "report_00/atlas-emea/runs.js"}
    site.refresh(placed(tmp_path / "b", book.runs), book, listed)
    for name in changed:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_standing_runs_are_few(tmp_path: Path) -> None:
    """Of a long history the index needs thirteen good runs and the last failure, however many failed since."""
    entries = [entry(datetime(2025, 1 + i // 28, 1 + i % 28)) for i in range(100)]
    entries += [entry(NEXT, "failed", message=f"attempt {i}") for i in range(50)]
    assert [e.number for e in standing(entries, 13)] == [e.number for e in entries[87:100]] + [entries[-1].number]


def test_text_for_the_search_is_written_in_blocks(tmp_path: Path) -> None:
    """Of a long history only the last block changes; together the blocks hold every run once, oldest first."""
    entries = [entry(datetime(2020, 1 + i // 280, 1 + i // 10 % 28, i % 10)) for i in range(2 * BLOCK + 10)]
    written(tmp_path, *entries)
    folder = tmp_path / "kpi_review/all"
    found = [rows(folder / name) for name in ("runs-0.js", "runs-1.js", "runs.js")]
    assert [(f[:3], len(f[3])) for f in found] == [(("kpi_review", "all", i), n) for i, n in enumerate((BLOCK, BLOCK, 10))]
    assert [row[0] for f in found for row in f[3]] == [e.slot.as_of.isoformat() for e in entries]


def test_a_block_says_all_there_is_to_find(tmp_path: Path) -> None:
    """Title, message, figures, parameters, run id; the page's address where it has one."""
    run = entry(NOV, figures=[finding("b", "NPS fell")], parameters={"weeks": 4}, run_id="2025-11-03-abc")
    written(tmp_path, run)
    assert rows(tmp_path / "kpi_review/all/runs.js")[3][0] == [
        *("2025-11-03T00:00:00", "ok", "kpi_review/all/2025-11-03/report.html", "", "3 Nov 2025, 06:00 UTC"),
        *("KPI review", "NPS fell", "NPS fell.", "weeks = 4", "2025-11-03-abc"),
    ]


def test_a_very_long_history_lists_its_latest_runs(tmp_path: Path) -> None:
    """A page stays openable: a thousand runs by month, the rest by the search."""
    entries = [entry(datetime(2025, 1 + i // 280, 1 + i // 10 % 28, i % 10), path="") for i in range(1_010)]
    html = written(tmp_path, *entries, page="kpi_review/all/index.html")
    assert html.count('<p class="when">') == 1_000
    assert "10 earlier runs are not listed here" in words(html)


def test_a_folder_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    """As a fault that a person can mend."""
    (tmp_path / "reports").write_text("a file")
    with pytest.raises(RunError, match=r"reports: the catalogue cannot be written \("):
        site.refresh(tmp_path / "reports", Book([]), [KPI])


@pytest.mark.slow
def test_ten_thousand_runs_are_all_there(tmp_path: Path) -> None:
    """A year of 192 slices: every run is in a history and in the search."""
    entries, listed = company()
    site.refresh(tmp_path, Book(entries), listed)
    assert sum(len(rows(p)[3]) for p in tmp_path.rglob("runs*.js")) == len(entries) == 9_984
    assert sum(p.read_text().count('<p class="when">') for p in tmp_path.glob("*/*/index.html")) == 9_984
    assert (tmp_path / "index.html").stat().st_size < 400_000


# ------------------------------------------------------------------------------------------------------------ untrusted
class Elements(HTMLParser):
    """All elements of a page with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attributes)))


@pytest.mark.parametrize("payload", [*PAYLOADS.values(), "\ud800\x1b]0;\x07\x00"], ids=[*PAYLOADS, "broken characters"])
def test_hostile_text_is_text(tmp_path: Path, payload: str) -> None:
    """No payload makes an element, an attribute or an address of its own, in pages or scripts; names never lead out of the folder."""
    entries, listed = hostile_runs(payload)
    reports = tmp_path / "reports"
    placed(reports, entries[:2])
    site.write(reports, entries, listed)
    assert {p.name for p in tmp_path.iterdir()} == {"reports"}
    for page in reports.rglob("index.html"):
        elements = Elements(page.read_text(encoding="utf-8")).found
        assert {tag for tag, _ in elements}.isdisjoint({"img", "iframe", "base", "video", "math", "object", "template"})
        assert not [name for _, attributes in elements for name in attributes if name.startswith("on")]
        addresses = [value or "" for _, attributes in elements for name, value in attributes.items() if name in ("href", "src")]
        assert all(re.match(r"#|data:,$|(\.\./\.\./)?[\w%.~-]+(/[\w%.~-]+)*(#|$)", address) for address in addresses), addresses
        assert sum(tag == "script" for tag, _ in elements) <= 2
    assert len(rows(reports / "kpi_review/all/runs.js")[3]) == 4


@pytest.mark.parametrize("path", ["../../etc/passwd", "/etc/passwd", "//beacon.invalid/x", "javascript:alert(1)", "a\0b", ""])
def test_no_address_leads_out(tmp_path: Path, path: str) -> None:
    """What lies elsewhere is not linked, though it exists."""
    shelves = arrange([entry(NOV, path=path, kept="")], [KPI], tmp_path, UTC)
    assert shelves[0].standing[0].runs[0].page == ""
