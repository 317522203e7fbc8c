"""Whatever data hold, they come out as text."""

import json
from html.parser import HTMLParser
from typing import Any

import altair as alt
import pandas as pd
import pytest
from chart_reading import bundle, drawn, payload

from prodops import charts
from prodops.charts import display
from prodops.errors import ProdopsError
from prodops.stamps import CHART_MIME

NASTY = [
    "</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "javascript:alert(1)", "a.b['c']\"\\", "\x00nul\x1b[31m\u202e", "עברית שלום",
    "👩\u200d👩\u200d👧 family", "x" * 300, "__proto__", "${1+1} {{7*7}} datum.x", "' + alert(1) + '",
]  # fmt: skip
WEEKS = pd.date_range("2025-09-22", periods=3, freq="7D")
LONG = pd.concat([pd.DataFrame({"we.ek['": WEEKS, 'it"ems': [i, i + 1, i + 2], "<th>": name}) for i, name in enumerate(NASTY)])
SAID = {"title": "</title><script>alert(1)</script>", "subtitle": '"><img src=x onerror=alert(1)>'}
MARKS = pd.DataFrame({"on": ["2025-09-30"], "label": [NASTY[0]], "kind": ["<b>"]})


def made() -> dict[str, Any]:
    last = LONG[LONG["we.ek['"] == WEEKS[-1]]
    return {
        "line": charts.line(LONG, "we.ek['", 'it"ems', series="<th>", accent=NASTY[0], marks=MARKS, **SAID),
        "hues": charts.line(LONG[LONG["<th>"].isin(NASTY[:5])], "we.ek['", 'it"ems', series="<th>", label=NASTY[1], **SAID),
        "panels": charts.small_multiples(LONG, "we.ek['", 'it"ems', "<th>", accent=NASTY[1], marks=MARKS, unit=NASTY[0], **SAID),
        "bars": charts.bars(last, "<th>", 'it"ems', accent=NASTY[3], unit=NASTY[-1], **SAID),
        "map": charts.treemap(last, "<th>", 'it"ems', note="<th>", accent=[NASTY[0]], unit=NASTY[-1], **SAID),
        "parts": charts.treemap(last.assign(all=NASTY[0]), "<th>", 'it"ems', group="all", **SAID),
        "grid": charts.grid(LONG, "<th>", "we.ek['", 'it"ems', note="<th>", unit=NASTY[0], **SAID),
        "steps": charts.contributions(last, "<th>", 'it"ems', before=1, after=9, before_label=NASTY[1], unit=NASTY[0], **SAID),
        "answers": charts.answers(LONG.assign(part="<b>", s=0.5), "<th>", "we.ek['", "s", value="part", **SAID),
        "plane": charts.plane(
            last,
            'it"ems',
            'it"ems',
            "<th>",
            x_label=NASTY[0],
            y_label=NASTY[-1],
            ends=(0, 20),
            unit=NASTY[0],
            corners=(NASTY[1],) * 4,
            **SAID,
        ),
        "dots": charts.dots(last, "<th>", 'it"ems', before_label=NASTY[0], before='it"ems', **SAID),
    }


class Tags(HTMLParser):
    """Collects which elements and attributes a parser finds."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.fixture(scope="module")
def shown() -> dict[str, dict[str, Any]]:
    return {name: bundle(chart) for name, chart in made().items()}


KINDS = pytest.mark.parametrize("kind", ["line", "hues", "panels", "bars", "dots", "steps", "map", "parts", "grid", "answers", "plane"])


@KINDS
def test_a_drawing_holds_texts_and_shapes_only(shown: dict[str, Any], kind: str) -> None:
    """A parser finds nothing in the SVG but shapes and texts, and no attribute that could act."""
    tags = Tags(shown[kind]["image/svg+xml"])
    assert tags.tags <= {"svg", "g", "path", "rect", "line", "text", "tspan"}
    assert not {
        name for name in tags.attributes if name.startswith("on") or "href" in name.removeprefix("xmlns:") or name in ("style", "id")
    }
    assert any("<img src=x" in text for text in drawn(shown[kind]["image/svg+xml"]))


@KINDS
def test_no_field_is_named_by_data(shown: dict[str, Any], kind: str) -> None:
    """Names from data are values; fields, filters and expressions are the same whatever the data are."""

    def strings(part: Any, key: str = "") -> list[str]:
        if isinstance(part, dict):
            return [s for k, v in part.items() if k not in ("datasets", "description", "title", "config", "domain") for s in strings(v, k)]
        return [s for v in part for s in strings(v, key)] if isinstance(part, list) else [part] if isinstance(part, str) else []

    spec = shown[kind][CHART_MIME]["spec"]
    assert not [s for s in strings(spec) if "alert" in s or 'it"ems' in s or "<" in s.replace(" < ", "").replace(" <= ", "")]
    assert "href" not in json.dumps({k: v for k, v in spec.items() if k != "datasets"})


@KINDS
def test_control_characters_are_gone(shown: dict[str, Any], kind: str) -> None:
    """Neither payload nor drawing holds a control character, a broken one, or one that reorders the page."""
    text = json.dumps(shown[kind], ensure_ascii=False)
    assert not [c for c in text if ord(c) < 32 or c in "\u202e\u202d\x7f"]
    text.encode("utf-8")


def test_everything_is_still_told_apart() -> None:
    """Eleven hostile names are eleven bars, each with its own full name in the data."""
    chart = made()["bars"]
    names = [row["name"] for row in payload(chart)["spec"]["datasets"]["points"]]
    assert len(set(names)) == len(NASTY)
    assert {"</script><script>alert(1)</script>", "x" * 300, "__proto__"} <= set(names)


def test_a_table_escapes_all() -> None:
    """Names of columns, cells, caption and units are text."""
    frame = pd.DataFrame({name: [name, name] for name in NASTY}).assign(n=[1, 2])
    tags = Tags(charts.table(frame, caption=NASTY[0], units={"n": NASTY[1]}, bars=["n"]).to_html())
    assert tags.tags == {"style", "div", "table", "caption", "thead", "tr", "th", "tbody", "td", "svg", "rect"}
    assert not {name for name in tags.attributes if name.startswith("on") or name in ("style", "src", "href")}


def test_quotes_escape_all() -> None:
    """Words and sources are text; nothing is lost of what was said."""
    frame = pd.DataFrame({"text": NASTY, "channel": NASTY, "id": NASTY})
    found = charts.quotes(frame, limit=20)
    assert Tags(found.to_html()).tags == {"style", "figure", "blockquote", "p", "figcaption", "span"}
    assert found.items[0].text == NASTY[0]


def test_links_that_hold_code_are_refused() -> None:
    """A chart of one's own with such a link is not drawn, in one line; the next chart is."""
    display.enable()
    own = alt.Chart(alt.InlineData(values=[{"a": "javascript:alert(1)"}])).mark_text().encode(text="a:N", href="a:N")
    with pytest.raises(ProdopsError, match=r"^The chart cannot be drawn: "):
        bundle(own)
    assert "finding" in drawn(charts.to_svg(charts.bars(pd.DataFrame({"n": ["a"], "v": [1]}), "n", "v", title="finding", subtitle="S")))
