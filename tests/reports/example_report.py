"""An executed notebook as the press hands it to the page, built by hand: a week of a fictional work-planning app."""

from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from prodops.stamps import CHART_MIME, Definition, Finding, QueryStamp, Scope, Stamp, TableStamp, Takeaway, Tile, show

Json = dict[str, Any]
SURGE = "theme.sync.change"

FINDINGS = (
    Finding(
        name=SURGE,
        headline="Reports of lost offline edits tripled during the sync outage",
        sentence="41 of 1,204 pieces of feedback (3.4 %, 2.5 to 4.6 %) in the week of 20 Oct were about lost edits, against 12 in a usual week.",
        value=41,
        before=12,
        lower=30,
        upper=55,
        good="down",
        surprise=6.2,
    ),
    Finding(
        name="kpi.activation",
        headline="Activation holds at 44 % since guided onboarding",
        sentence="44.1 % (42.6 to 45.6 %) of new sign-ups were activated in a week, up from 34.2 % before 7 Jul 2025.",
        value=0.441,
        before=0.342,
        unit="share",
        good="up",
        surprise=3.1,
    ),
    Finding(
        name="flow.review",
        headline="Work waits four days for review",
        sentence="Half of all items waited 4.1 days or more in Review.",
        value=4.1,
        unit="days",
        before=2.6,
        good="down",
        surprise=2.4,
    ),
)
TILES = (
    Tile(
        name="activation",
        title="Activation rate",
        value=0.441,
        unit="share",
        before=0.438,
        target=0.45,
        target_on=date(2025, 12, 31),
        history=(0.34, 0.345, 0.35, None, 0.41, 0.43, 0.44, 0.436, 0.441, 0.439, 0.443, 0.438, 0.441),
    ),
    Tile(
        name="wau",
        title="Weekly active users",
        value=3412,
        unit="count",
        before=3288,
        target=3300,
        history=(2900, 2950, 3010, 3080, 3100, 3150, 3190, 3230, 3200, 3120, 3180, 3288, 3412),
    ),
    Tile(
        name="churn",
        title="Monthly churn, team plan",
        value=0.049,
        unit="share",
        before=0.046,
        target=0.03,
        good="down",
        period="month",
        history=(0.024, 0.026, 0.025, 0.024, 0.027, 0.025, 0.026, 0.044, 0.049, 0.05, 0.047, 0.046, 0.049),
    ),
    Tile(
        name="nps",
        title="NPS",
        value=34,
        unit="nps",
        before=37,
        target=35,
        period="month",
        history=(30, 31, 33, 35, 36, 37, 36, 38, 37, 36, 37, 37, 34),
    ),
    Tile(
        name="mrr",
        title="Recurring revenue",
        value=481_300,
        unit="EUR",
        before=476_900,
        target=500_000,
        period="month",
        history=(*tuple(400000 + 6800 * i for i in range(12)), 481300),
    ),
    Tile(
        name="cycle",
        title="Cycle time, 85th percentile",
        value=9.0,
        unit="days",
        before=9.0,
        target=7,
        good="down",
        history=(6, 6, 7, 7, 8, 8, 8, 9, 9, 8, 9, 9, 9),
    ),
)
DATA = TableStamp(
    table="feedback",
    source="feedback.csv",
    rows_read=60,
    rows_used=57,
    rows_set_aside=3,
    first=datetime(2025, 8, 4),
    last=datetime(2025, 11, 2),
    reasons=(("dates that do not parse", 2), ("a key that came twice", 1)),
    notes=("time zone taken as Europe/Berlin",),
    sha256="9f" * 32,
)
QUERY = QueryStamp(
    name="feedback by week",
    sql="SELECT date_trunc('week', created_at) AS week, count(*) AS n\nFROM feedback\nWHERE created_at < TIMESTAMP '2025-11-03'\nGROUP BY 1",
    key="q1",
    rows=13,
    sha256="ab" * 32,
)
RECORD: Json = {
    "schema": "prodops.record/2",
    "run_id": "2025-11-03-4f2a9c",
    "report": "feedback_themes",
    "slice": "all",
    "title": "Feedback themes",
    "as_of": "2025-11-03T00:00:00",
    "status": "ok",
    "message": "",
    "parameters": {"weeks": 13, "segment": "all", "channels": ["email", "chat"]},
    "given": {"channels": "person"},
    "notebook": {"path": "notebooks/feedback_themes.ipynb", "sha256": "c0" * 32, "cells": []},
    "code": {"version": "0.1.0", "sha256": "d1" * 32, "commit": "1a2b3c4", "dirty": False, "files": {"kpis/nps.py": "d2d2d2d2d2d2"}},
    "python": "3.11.7",
    "packages": {"altair": "6.3.0", "duckdb": "1.5.6", "ibis-framework": "12.0.0", "pandas": "3.1.1", "scikit-learn": "1.9.1"},
    "platform": {"system": "Linux", "machine": "x86_64", "python": "CPython"},
    "lock": {"path": "requirements.lock", "sha256": "e3" * 32},
    "modules": {},
    "tables": [DATA.to_dict()],
    "queries": [QUERY.to_dict()],
    "settings": [{"kind": "settings", "file": "kpis.yaml", "sha256": "f4" * 32, "values": {"activation": {"target": 0.45}}}],
    "findings": [finding.to_dict() for finding in FINDINGS],
    "tiles": [tile.to_dict() for tile in TILES],
    "takeaways": [],
    "definitions": [
        Definition(
            name="Activation rate", text="Share of new sign-ups that shared their first project within seven days.", version="5be1"
        ).to_dict()
    ],
}
_HEAD = '<div class="prodops-scroll"><table class="prodops-table"><caption>Themes of the last whole week</caption><thead><tr><th scope="col">Theme</th>'
_ROW = '<tr><th scope="row" dir="auto">{}</th><td class="prodops-num" data-value="{}">{} {}</td><td class="prodops-num"{}>{}</td></tr>'
_BAR = '<svg class="prodops-bar" aria-hidden="true" width="64" height="10"><rect x="0" y="0" width="{}" height="10" fill="currentColor"></rect></svg>'
TABLE = (
    "<style>.prodops-table{border-collapse:collapse}</style>"
    + _HEAD
    + '<th scope="col" class="prodops-num">Reports</th><th scope="col" class="prodops-num">Change, %</th></tr></thead><tbody>'
    + _ROW.format("Sync and lost edits", "41", _BAR.format(2.3), "41", ' data-value="2.42"', "+242")
    + _ROW.format("Billing and invoices", "1138", _BAR.format(64), "1,138", ' data-value="-0.04"', "−4")
    + _ROW.format("Export is slow", "9", _BAR.format(0.5), "9", "", "–")
    + _ROW.format("Praise for onboarding", "125", _BAR.format(7), "125", ' data-value="0.12"', "+12")
    + '</tbody><tfoot><tr><td class="prodops-more" colspan="3">and 7 more rows</td></tr></tfoot></table></div>'
)
QUOTES = """<style>.prodops-quote p{margin:0}</style><figure class="prodops-quote"><blockquote dir="auto"><p>Lost a whole afternoon of edits on the train.
They were there, then the app synced and they were gone.</p></blockquote><figcaption><span dir="auto">App store</span> · <span dir="auto">21 Oct 2025</span> ·
<span dir="auto">enterprise</span></figcaption></figure><figure class="prodops-quote"><blockquote dir="auto"><p>Nach dem Sync war alles weg &lt;b&gt;wirklich
alles&lt;/b&gt;</p></blockquote><figcaption><span dir="auto">E-mail</span> · <span dir="auto">22 Oct 2025</span></figcaption></figure>"""


def stamped(*stamps: Stamp) -> Any:
    """An output that shows stamps."""
    return new_output("display_data", data=show(*stamps)._repr_mimebundle_())


def shown(**data: Any) -> Any:
    """An output of these MIME types, written with underscores: ``text_html`` for ``text/html``."""
    return new_output("execute_result", data={k.replace("_", "/", 1): v for k, v in data.items()})


def rows(note: str = "as usual") -> list[Json]:
    """Thirteen weeks of reports about one theme."""
    values = [11, 12, 9, 13, 12, 14, 11, 12, 13, 12, 38, 41, 19]
    return [
        {
            "week": (date(2025, 8, 4) + timedelta(weeks=i)).isoformat() + "T00:00:00",
            "reports": n,
            "low": n * 0.75,
            "high": n * 1.3,
            "note": note,
        }
        for i, n in enumerate(values)
    ]


def specification(data: list[Json], *, width: int | str = "container") -> Json:
    """A line with its range and a mark for the outage."""
    x = {"field": "week", "type": "temporal", "title": None, "axis": {"format": "%-d %b", "labelAngle": 0}}
    return {
        "data": {"name": "weekly"},
        "datasets": {"weekly": data},
        "width": width,
        "height": 250,
        "background": "transparent",
        "autosize": {"type": "fit-x", "contains": "padding"},
        "config": {
            "font": "Arial, sans-serif",
            "view": {"stroke": None},
            "axis": {"labelColor": "#565d66", "gridColor": "#e4e7eb", "labelFontSize": 12, "domain": False},
            "style": {"accent-line": {"stroke": "#0f5499"}, "band": {"fill": "#0f5499", "fillOpacity": 0.16}},
        },
        "layer": [
            {
                "mark": {"type": "area", "style": "band"},
                "encoding": {"x": x, "y": {"field": "low", "type": "quantitative", "title": "reports a week"}, "y2": {"field": "high"}},
            },
            {"mark": {"type": "line", "style": "accent-line"}, "encoding": {"x": x, "y": {"field": "reports", "type": "quantitative"}}},
            {
                "mark": {"type": "point", "opacity": 0, "size": 300},
                "encoding": {
                    "x": x,
                    "y": {"field": "reports", "type": "quantitative"},
                    "tooltip": [{"field": "week", "type": "temporal"}, {"field": "reports"}, {"field": "note"}],
                },
            },
        ],
    }


@cache
def drawing() -> str:
    """The static drawing of the chart."""
    import vl_convert

    return vl_convert.vegalite_to_svg(specification(rows(), width=680))


def chart(
    note: str = "as usual",
    *,
    title: str = "Lost edits per week",
    alt: str = "Line chart: reports of lost edits rose from about 12 to 41 a week.",
) -> Any:
    """An output that holds a chart, its drawing and its words."""
    payload = {
        "spec": specification(rows(note)),
        "spec_narrow": {"height": 200},
        "title": title,
        "alt": alt,
        "dataset": "weekly",
        "height": 290,
        "height_narrow": 240,
        "columns": {"week": "Week", "reports": "Reports", "note": "Note"},
        "dark": {
            "axis": {"labelColor": "#a9b0ba", "gridColor": "#2c3138", "labelFontSize": 12, "domain": False, "titleColor": "#a9b0ba"},
            "style": {"accent-line": {"stroke": "#6cb2f5"}, "band": {"fill": "#6cb2f5", "fillOpacity": 0.26}},
        },
    }
    return new_output("display_data", data={CHART_MIME: payload, "image/svg+xml": drawing(), "text/plain": alt})


def code(source: str, *outputs: Any, tags: tuple[str, ...] = ()) -> Any:
    """A code cell with outputs."""
    return new_code_cell(source, outputs=list(outputs), metadata={"tags": list(tags)})


def text(source: str) -> Any:
    """A Markdown cell."""
    return new_markdown_cell(source)


def notebook(*cells: Any) -> nbformat.NotebookNode:
    """A notebook of these cells."""
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
    return new_notebook(cells=list(cells))


def report() -> nbformat.NotebookNode:
    """The whole example: findings, tiles, three sections, quotes, a table, takeaways."""
    return notebook(
        text(
            "# Feedback themes\n\nWhich complaints grew this week, and which of them should the product team take up first? "
            "For the **head of product** and the head of support."
        ),
        code("weeks: int = 13  # trailing weeks shown\nsegment: str = 'all'", tags=("parameters",)),
        code("from prodops import charts, feedback, sources"),
        code(
            "desk = sources.connect()\ndata = desk.read('feedback')\ndata",
            stamped(Scope(start=date(2025, 8, 4), end=date(2025, 11, 3), scope="Lumen, all segments"), DATA, QUERY),
        ),
        text("## Bottom line"),
        code("found = feedback.findings(data)\nfound", stamped(*FINDINGS), tags=("bottom-line",)),
        code("kpis.review(desk)", stamped(*TILES)),
        text(
            "## Sync and lost edits\n\nFeedback about lost offline edits, a week. The band is the range that chance alone would give; "
            "the outage of 14 to 24 October is marked."
        ),
        code("charts.trend(weekly, 'sync')", chart()),
        code("found[0]", stamped(FINDINGS[0])),
        text(
            "People describe edits that were there and then gone. It cannot be told from the feedback how many edits were lost in all.\n\n### In their words"
        ),
        code("charts.quotes(data)", shown(text_html=QUOTES)),
        text("## Themes side by side\n\nAll themes with at least five reports in the last whole week, and their change on a usual week."),
        code("charts.table(themes)", shown(text_html=TABLE)),
        text("## Activation\n\nShare of new sign-ups activated within seven days, by week of sign-up."),
        code("charts.trend(activation)", chart(title="Activation by week of sign-up")),
        code("found[1]", stamped(FINDINGS[1])),
        text("## Takeaways"),
        code(
            "takeaways",
            stamped(
                Takeaway(
                    claim="Sync failures cost trust in the accounts that pay most.",
                    decision="Put conflict-free sync ahead of the calendar view in the next cycle.",
                    owner="Head of product",
                    changes_our_mind="Reports of lost edits back under 15 a week by 1 Dec without a change.",
                ),
                Takeaway(claim="Guided onboarding keeps its gain.", decision="Extend it to invited users.", owner="Growth team"),
            ),
            tags=("takeaways",),
        ),
    )
