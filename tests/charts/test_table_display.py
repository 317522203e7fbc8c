import datetime

import pandas as pd
import pytest

from prodops import charts
from prodops.charts import cells
from prodops.errors import ProdopsError


def body(table: charts.Table) -> str:
    return table.to_html().split("<tbody>")[1].split("</tbody>")[0]


def test_a_table_reads_as_written_by_hand() -> None:
    """Heads carry units, figures are right-aligned with equal decimals and thousands separators, missing is a dash."""
    frame = pd.DataFrame({
        "theme": ["sync", "billing"], "items": [1412, None], "share": [0.4412, 0.031], "mrr_eur": [48210.5, -1200], "rating": [3.456, 4],
        "last_seen": pd.to_datetime(["2025-11-02", None]),
    })  # fmt: skip
    table = charts.table(frame, caption="Themes of the last four weeks")
    assert table.heads == ("Theme", "Items", "Share, %", "MRR, €", "Rating", "Last seen")
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["sync", "1,412", "44.1", "48,210", "3.46", "2 Nov 2025"],
        ["billing", "–", "3.1", "−1,200", "4.00", "–"],
    ]
    assert body(table) == (
        '<tr><th scope="row" dir="auto">sync</th><td class="prodops-num" data-value="1412">1,412</td><td class="prodops-num" data-value="0.4412">44.1</td>'
        '<td class="prodops-num" data-value="48210.5">48,210</td><td class="prodops-num" data-value="3.456">3.46</td>'
        '<td data-value="2025-11-02T00:00:00">2 Nov 2025</td></tr>'
        '<tr><th scope="row" dir="auto">billing</th><td class="prodops-num">–</td><td class="prodops-num" data-value="0.031">3.1</td>'
        '<td class="prodops-num" data-value="-1200">−1,200</td><td class="prodops-num" data-value="4">4.00</td><td>–</td></tr>'
    )
    assert (
        '<caption>Themes of the last four weeks</caption><thead><tr><th scope="col">Theme</th><th scope="col" class="prodops-num">'
        in table.to_html()
    )


@pytest.mark.parametrize(("values", "unit", "said"), [
    ([0.1234, 0.5], "share", ["12.3", "50.0"]), ([0.081, -0.012, 0.0], "points", ["+8.1", "−1.2", "0.0"]), ([3, 12_345_678], "count", ["3", "12,345,678"]),
    ([1234.567, 2.5], "EUR", ["1,235", "2"]), ([12.345, 2], "EUR", ["12.35", "2.00"]), ([2.5, 130.25], "days", ["2.5", "130.2"]), ([-0.001], "count", ["0.00"]),
])  # fmt: skip
def test_numbers_have_at_most_two_decimals(values: list[float], unit: str, said: list[str]) -> None:
    """Decimals are the same down a column and no more than the size of its numbers warrants; differences carry their sign."""
    table = charts.table(pd.DataFrame({"v": values}), caption="", units={"v": unit})
    assert [row[0].text for row in table.rows] == said


def test_numbers_in_words_are_figures() -> None:
    """A column of numbers written out with their units, ranges or blanks is right-aligned; codes, names and the first column are text."""
    frame = pd.DataFrame({
        "year": ["2024", "2025"], "value": ["€\u00a01.2\u00a0k", "€\u00a0310"], "change": ["+3.1\u00a0pts", ""],
        "range": ["−21 to 62\u00a0pts", "174 per\u00a01,000 to 325 per\u00a01,000"], "zip": ["01067", "80331"], "due": ["1,600 by 31 Dec", "45\u00a0%"],
    })  # fmt: skip
    assert charts.table(frame, caption="Figures").kinds == ("text", "figure", "figure", "figure", "text", "text")
    shown = body(charts.table(frame, caption="Figures"))
    assert '<td class="prodops-num">€\u00a01.2\u00a0k</td>' in shown
    ends = '<span class="prodops-whole">174 per\u00a01,000</span> to <span class="prodops-whole">325 per\u00a01,000</span>'
    assert f'<td class="prodops-num prodops-wraps">{ends}</td>' in shown, "a long range may break, between its ends"


def test_what_is_read_as_one_stays_on_one_line() -> None:
    """Dates, ids, places and short ranges never break within a cell, a sign never parts from its currency; other words and codes are left alone."""
    whole = ["13 Oct 2025", "Q3 2024", "LUM-0853", "2 of 9", "280 : 279", "−2.8 to +3.7\u00a0pts", "−€\u00a016.3\u00a0k"]
    for text in whole:
        assert cells.unbroken(f"so {text}, or (<{text}>)").count(f'<span class="prodops-whole">{text}</span>') == 2
    for text in ("mid-market", "−3\u00a0pts", "5 people may 3", "174,000\u00a0hours to 325,000\u00a0hours", "A-1", "to be"):
        assert cells.unbroken(text) == text
    ends = '<span class="prodops-whole">−€\u00a016.3\u00a0k</span> to <span class="prodops-whole">+€\u00a05,610</span>'
    assert cells.unbroken("−€\u00a016.3\u00a0k to +€\u00a05,610") == ends


def test_columns_are_picked_named_and_ordered() -> None:
    """A heading, or a Column with unit, kind and decimals, says how a column is shown; unknown ones are refused."""
    frame = pd.DataFrame({"a": [1.239], "b": ["x"], "c": [0]})
    table = charts.table(frame, caption="", columns={"b": "Name", "a": charts.Column("Cycle time", "days", decimals=1)})
    assert table.heads == ("Name", "Cycle time, days")
    assert [cell.text for cell in table.rows[0]] == ["x", "1.2"]
    with pytest.raises(ProdopsError, match="no column"):
        charts.table(frame, caption="", columns={"d": "D"})
    with pytest.raises(ProdopsError, match="column b needs numbers"):
        charts.table(frame, caption="", bars=["b"])


def test_bars_start_from_zero() -> None:
    """The largest value has the whole width, half of it half; negative ones end where the others start."""
    rects = [part.split('"')[0] for part in body(charts.table(pd.DataFrame({"v": [4, 2]}), caption="", bars=["v"])).split(' width="')[2::2]]
    assert rects == ["64.0", "32.0"]
    mixed = body(charts.table(pd.DataFrame({"v": [3.0, -1.0]}), caption="", bars=["v"]))
    assert 'x="16.0" y="0" width="48.0"' in mixed
    assert 'x="0.0" y="0" width="16.0"' in mixed


def test_sparklines_break_where_values_are_missing() -> None:
    """A list of numbers is a small line with a dot at its end and its course in words; it sorts by the last value."""
    table = charts.table(pd.DataFrame({"trend": [[0, 10, None, 5]], "n": [1]}), caption="")
    (cell, _) = table.rows[0]
    assert 'd="M3.0,15.0L27.7,3.0M77.0,9.0"' in cell.html
    assert '<circle cx="77.0" cy="9.0"' in cell.html
    assert 'role="img" aria-label="0 to 5, lowest 0, highest 10"' in cell.html
    assert (cell.value, cell.text) == ("5", "0 … 5")


@pytest.mark.parametrize("trend", [[], [None, None], [3], [3, 3]])
def test_short_trends_are_drawn_or_a_dash(trend: list[float | None]) -> None:
    """No values are a dash; one, or a constant, is a line in the middle."""
    cell = charts.table(pd.DataFrame({"t": [trend]}), caption="", sparks=["t"]).rows[0][0]
    assert cell.text == ("–" if not any(trend) else "3 … 3")
    assert not any(trend) or 'cy="9.0"' in cell.html


def test_only_what_is_shown_is_written() -> None:
    """Of a million rows thirty are written, and the others counted."""
    table = charts.table(pd.DataFrame({"n": range(1_000_000)}), caption="All")
    assert len(table.rows) == 30
    assert "and 999,970 more rows" in table.to_html()
    assert table.to_text().endswith("and 999,970 more rows")


def test_no_rows_are_said() -> None:
    """An empty frame is a table with its heads and a line that says so."""
    table = charts.table(pd.DataFrame({"theme": [], "share": []}), caption="Themes")
    assert "No rows in this period" in table.to_html()
    assert table.to_text().splitlines() == ["Themes", "Theme  Share, %", "No rows in this period"]


def test_plain_text_is_aligned() -> None:
    """Without HTML a table still reads as one."""
    table = charts.table(pd.DataFrame({"theme": ["sync", "billing"], "items": [1412, 3]}), caption="Themes")
    assert table.to_text().splitlines() == ["Themes", "Theme    Items", "sync     1,412", "billing      3"]
    assert table._repr_mimebundle_() == {"text/html": table.to_html(), "text/plain": table.to_text()}


def test_dates_times_and_truths_are_words() -> None:
    """Days are written as days, times with their clock, truths as yes and no."""
    frame = pd.DataFrame({"day": [datetime.date(2025, 11, 3)], "at": pd.to_datetime(["2025-11-03 14:05"]), "ok": [True]})
    assert [cell.text for cell in charts.table(frame, caption="").rows[0]] == ["3 Nov 2025", "3 Nov 2025 14:05", "yes"]


def test_the_style_comes_first_and_once() -> None:
    """The style block leads, so that a page with a style of its own can drop it; nothing else in the table carries any."""
    html = charts.table(pd.DataFrame({"v": [1.0], "t": [[1, 2]]}), caption="", bars=["v"]).to_html()
    assert html.startswith("<style>")
    assert (html.count("<style"), html.count(" style=")) == (1, 0)


def test_a_folded_table_opens_on_demand():
    """What few readers need stands behind its caption; it is the same table."""
    frame = pd.DataFrame({"name": ["<b>"]})
    plain, folded = (charts.table(frame, caption="Rows & more", folded=f).to_html() for f in (False, True))
    assert folded.replace('<details class="prodops-fold"><summary>Rows &amp; more</summary>', "").replace("</details>", "") == plain
    assert folded.count("<details") == 1


def test_texts_lead_to_other_reports() -> None:
    """A column of addresses makes links of another; a row without one has none; what an address holds is escaped."""
    frame = pd.DataFrame({"report": ["KPIs", "Themes", "Odd"], "page": ["../../../kpis/all/2025-11-03/report.html", None, '"><b>']})
    table = charts.table(frame, caption="Reports", columns={"report": charts.Column("Report", link="page")})
    assert table.heads == ("Report",)
    assert [cell.html for (cell,) in table.rows] == [
        '<a href="../../../kpis/all/2025-11-03/report.html">KPIs</a>',
        "Themes",
        '<a href="&quot;&gt;&lt;b&gt;">Odd</a>',
    ]
    assert table.to_text().splitlines()[2:] == ["KPIs", "Themes", "Odd"]
