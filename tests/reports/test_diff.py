"""Two reports side by side: values first, each said as a reader would."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_output

from prodops.errors import InputError
from prodops.reports import diff
from prodops.reports.contents import contents
from prodops.reports.render import render
from prodops.stamps import CHART_MIME, Finding, Tile
from tests.reports.example_report import RECORD, code, notebook, report, shown, text

Pages = Callable[..., Path]


@pytest.fixture
def page(tmp_path: Path) -> Pages:
    """Give a function that writes a page of cells and parts of a record."""

    def write(*cells: Any, **record: Any) -> Path:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.html"
        given = {key: [stamp.to_dict() for stamp in value] for key, value in record.items()}
        html = render(notebook(*cells), {**RECORD, "findings": [], "tiles": [], **given})
        path.write_text(html, encoding="utf-8", newline="")
        return path

    return write


def finding(value: float | None, unit: str = "nps", **more: Any) -> Finding:
    """A finding of this value."""
    return Finding(name="nps", headline=f"NPS is {value}", sentence="S.", value=value, unit=unit, **more)


def table(*rows: tuple[str, ...], caption: str = "Themes") -> Any:
    """A table that a cell shows."""
    head, *body = ("".join(f"<{tag}>{cell}</{tag}>" for cell in row) for tag, row in [("th", rows[0]), *(("td", r) for r in rows[1:])])
    html = (
        f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{''.join(f'<tr>{r}</tr>' for r in body)}</tbody></table>"
    )
    return code("t", shown(text_html=html))


def chart(rows: list[dict[str, Any]], title: str = "Week by week") -> Any:
    """A chart of these rows."""
    spec = {"title": {"text": title.split(" by ")}, "datasets": {"d": rows}, "mark": "point"}
    payload = {"spec": spec, "dataset": "d", "title": title, "alt": "A", "columns": {"week": "Week", "n": "Voices"}}
    return code("c", new_output("display_data", data={CHART_MIME: payload, "text/plain": "A"}))


def test_the_same_page_twice_shows_the_same(page: Pages) -> None:
    """No difference is found where there is none, however the page looks."""
    one, two = (page(*report().cells) for _ in range(2))
    found = diff.compare(one, two)
    assert (found.same, found.lines()) == (True, ["Both show the same."])


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        (finding(34), finding(31), "nps 34 pts → 31 pts (−3 pts): NPS is 31"),
        (finding(0.34, "share"), finding(0.31, "share"), "nps 34 % → 31 % (−3 pts): NPS is 0.31"),
        (finding(1200, "EUR"), finding(1500, "EUR"), "nps € 1,200 → € 1,500 (+€ 300): NPS is 1500"),
        (finding(None), finding(3), "nps n/a → 3 pts: NPS is 3"),
        (finding(3, "count"), finding(3, "days"), "nps 3 → 3 days: NPS is 3"),
        (finding(34, lower=30, upper=36), finding(25, lower=20, upper=29), "nps 34 pts → 25 pts (−9 pts), ranges apart: NPS is 25"),
        (finding(34, lower=30, upper=36), finding(31, lower=28, upper=35), "nps 34 pts → 31 pts (−3 pts): NPS is 31"),
        (finding(34, lower=30), finding(34, lower=32), "nps 34 pts, as before; lower 30 pts → 32 pts"),
        (finding(34), replace(finding(34), sentence="T."), "nps 34 pts, as before; its words changed"),
    ],
)
def test_a_finding_that_moved_is_said_in_words(page: Pages, before: Finding, after: Finding, line: str) -> None:
    """Both values in their unit, and the difference where it can be taken; ranges only where they lie apart."""
    (found,) = diff.compare(page(findings=[before]), page(findings=[after])).differences
    assert (found.part, found.where, found.line.replace("\u00a0", " ")) == ("findings", "nps", line)


def test_findings_and_tiles_that_came_or_went_are_named(page: Pages) -> None:
    """New and gone ones by name; a tile by its title."""
    tile = Tile(name="k", title="NPS", value=34, unit="nps")
    one = page(findings=[finding(34)], tiles=[tile])
    two = page(findings=[Finding(name="f", headline="F", sentence="S")], tiles=[replace(tile, value=31)])
    found = diff.compare(one, two)
    assert [line.replace("\u00a0", " ") for line in found.lines()] == [
        "Findings:",
        "  gone: nps 34 pts: NPS is 34",
        "  new: f: F",
        "Tiles:",
        "  NPS 34 pts → 31 pts (−3 pts)",
    ]
    assert found.to_dict()["differences"][2] | {"line": ""} == {"part": "tiles", "where": "k", "line": "", "before": 34, "after": 31}


def test_tables_are_compared_row_by_row(page: Pages) -> None:
    """A row is known by its texts, not by its place: one that moved down has not changed."""
    head = ("Theme", "Plan", "Voices")
    one = page(table(head, ("Sync", "team", "41"), ("Sync", "free", "7"), ("Billing", "free", "3")))
    two = page(table(head, ("Billing", "free", "3"), ("Sync", "team", "44"), ("Export", "free", "9")))
    assert diff.compare(one, two).lines() == [
        "Tables:",
        '  "Themes", Sync · team: Voices 41 → 44',
        '  "Themes", Sync · free: gone (Voices 7)',
        '  "Themes", Export · free: new (Voices 9)',
    ]


def test_tables_that_came_or_have_other_columns_are_named(page: Pages) -> None:
    """By caption; what both have is compared all the same."""
    one = page(table(("Theme", "A"), ("Sync", "1")))
    two = page(table(("Theme", "B", "A"), ("Sync", "2", "3")), table(("X",), ("1",), caption="More"))
    assert diff.compare(one, two).lines() == ["Tables:", '  "Themes": other columns: B', '  "Themes", Sync: A 1 → 3', '  new: "More"']


def test_charts_are_compared_by_their_data(page: Pages) -> None:
    """By heading and point; how a chart is drawn is not compared."""
    weeks = [{"week": "2025-10-20T00:00:00", "n": 3, "tone": "a"}, {"week": "2025-10-27T00:00:00", "n": 4.5, "tone": "a"}]
    one = page(chart(weeks))
    two = page(chart([weeks[0] | {"tone": "b"}, weeks[1] | {"n": None}, {"week": "2025-11-03T00:00:00", "n": 1}]))
    assert diff.compare(one, two).lines() == [
        "Charts:",
        '  "Week week", 2025-10-27: Voices 4.5 → –',
        '  "Week week", 2025-11-03: new (Voices 1)',
    ]


def test_text_comes_last_and_names_its_section(page: Pages) -> None:
    """Paragraphs that changed, came or went; the section that they stand in."""
    one, two = page(text("# T\n\nA.\n\n## S\n\nOne.\n\nTwo.")), page(text("# T\n\nA.\n\n## S\n\nEins.\n\nTwo.\n\nThree."))
    found = diff.compare(one, two).differences
    assert [(d.part, d.where, d.line, d.before, d.after) for d in found] == [
        ("text", "S", "− One.  + Eins.", "One.", "Eins."),
        ("text", "S", "+ Three.", None, "Three."),
    ]


def test_many_differences_are_cut_in_lines_and_whole_in_the_data(page: Pages) -> None:
    """A reader gets the first ones and the number of the rest; programs get all."""
    one = page(table(("N", "V"), *((f"r{i}", "1") for i in range(30))))
    two = page(table(("N", "V"), *((f"r{i}", "2") for i in range(30))))
    found = diff.compare(one, two)
    assert (len(found.lines()), found.lines()[-1]) == (14, "  … and 18 more")
    assert len(found.to_dict()["differences"]) == 30


def test_what_is_no_report_is_refused_in_one_line(page: Pages, tmp_path: Path) -> None:
    """A file that is missing, is no page of ours, or whose record is damaged: each is said."""
    good = page()
    bad = tmp_path / "bad.html"
    with pytest.raises(InputError, match=r"bad\.html: cannot be read \(no such file or directory\)\.$"):
        diff.compare(good, bad)
    for content, said in (
        (b"", "this is no report of prodops"),
        (b"\xff\xfe<html><script>1</script>", "this is no report of prodops"),
        (good.read_bytes().replace(b'"schema"', b"schema"), "the record in this report is damaged"),
        (good.read_bytes().replace(b"prodops.record/2", b"prodops.record/9"), "of another version"),
    ):
        bad.write_bytes(content)
        with pytest.raises(InputError, match=rf"bad\.html: .*{said}") as refused:
            diff.compare(good, bad)
        assert "\n" not in str(refused.value)


def test_any_html_is_read_without_a_fault() -> None:
    """Pages may be damaged: what cannot be read is left out."""
    for html in (
        "<main><table><tr><td>1</table></main>",
        "<main></p></div><table><tr><th>A</th></tr><tr><td>1</td><td>2</td></tr></table>",
        '<main><script type="application/json">{"spec": 3}</script><script type="application/json">{</script>x',
        "<main><svg><text>no</text><p>yes",
    ):
        contents(html)
    assert contents("<main><h2>S</h2><p>a <b>b</b></p><svg><text>no</text></svg><p>c</p></main>").text == [
        ("S", "S"),
        ("S", "a b"),
        ("S", "c"),
    ]
