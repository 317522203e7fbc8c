"""What a page shows, read back from its HTML: tables, the data of charts, and text, each with the section it stands in."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "path"}
BLOCKS = {"p", "li", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "figcaption", "caption", "th", "td", "tr"}
PASSED_OVER = {"svg", "style", "button", "nav", "footer"}
"""Elements that only draw, or say what the record says."""
PASSED_CLASSES = {"code", "data", "changes", "tiles", "tools", "proof"}
"""Source code, a chart's data as a table, and what repeats findings: all compared from elsewhere."""
Row = dict[str, Any]


@dataclass
class Shown:
    """One table or the data of one chart: its title (empty: none), the headings, and the rows, each a value for a heading."""

    title: str
    columns: list[str]
    rows: list[Row]
    section: str = ""


@dataclass
class Contents:
    """What a page shows; ``text`` holds pairs of a section's heading and one paragraph."""

    tables: list[Shown] = field(default_factory=list)
    charts: list[Shown] = field(default_factory=list)
    text: list[tuple[str, str]] = field(default_factory=list)


def contents(html: str) -> Contents:
    """Read what a page shows; parts that cannot be read are left out."""
    reader = _Reader()
    start = html.find("<main")
    reader.feed(html[max(start, 0) :].partition("</main>")[0])
    reader.close()
    return reader.found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found = Contents()
        self.section = ""
        self.open: list[str] = []
        self.hidden_at: int | None = None
        self.words: list[str] = []
        self.cells: list[str] | None = None
        self.rows: list[list[str]] = []
        self.caption = ""
        self.in_table = self.in_payload = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            return
        said = dict(attrs)
        if tag in BLOCKS:
            self._end_block("")
        self.open.append(tag)
        classes = set((said.get("class") or "").split())
        if self.hidden_at is None and (tag in PASSED_OVER or classes & PASSED_CLASSES):
            self.hidden_at = len(self.open)
        self.in_payload = tag == "script" and said.get("type") == "application/json"
        if tag == "table" and self.hidden_at is None:
            self.in_table, self.rows, self.caption = True, [], ""
        if tag == "tr":
            self.cells = []

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.open:
            return
        if tag in BLOCKS:
            self._end_block(tag)
        if tag == "tr" and self.in_table and self.cells:
            self.rows.append(self.cells)
        if tag == "table" and self.in_table:
            self.in_table = False
            self.found.tables += list(_table(self.caption, self.rows, self.section))
        while self.open.pop() != tag:
            pass
        if self.hidden_at is not None and len(self.open) < self.hidden_at:
            self.hidden_at = None

    def handle_data(self, data: str) -> None:
        if self.in_payload:
            self.in_payload = False
            self.found.charts += list(_chart(data, self.section))
        elif self.hidden_at is None and "script" not in self.open:
            self.words.append(data)

    def _end_block(self, tag: str) -> None:
        """Take in what was said since the last block began or ended."""
        text, self.words = " ".join("".join(self.words).split()), []
        if tag in ("td", "th") and self.cells is not None:
            self.cells.append(text)
        elif not text:
            return
        elif tag == "caption":
            self.caption = text
        elif self.in_table and self.cells is not None:
            self.words = [text, " "]
        else:
            self.section = text if tag == "h2" else self.section
            self.found.text.append((self.section, text))


def _table(caption: str, rows: list[list[str]], section: str) -> Iterator[Shown]:
    if len(rows) > 1:
        columns = [name or f"column {i}" for i, name in enumerate(rows[0], 1)]
        body = [dict(zip(columns, row, strict=False)) for row in rows[1:] if len(row) == len(columns)]
        yield Shown(caption, columns, body, section)


def _chart(payload: str, section: str) -> Iterator[Shown]:
    try:
        live = json.loads(payload)
        spec, columns = live["spec"], dict(live["columns"])
        rows = (spec.get("datasets") or {}).get(live["dataset"]) or (spec.get("data") or {}).get("values") or []
    except (ValueError, TypeError, KeyError, AttributeError):
        return
    title = spec.get("title")
    words = title.get("text") if isinstance(title, dict) else title
    said = " ".join(words) if isinstance(words, list) else str(words or "")
    headings = {field: str(heading) for field, heading in columns.items()} or {field: field for field in (rows[0] if rows else {})}
    body = [{heading: row.get(field) for field, heading in headings.items()} for row in rows if isinstance(row, dict)]
    yield Shown(re.sub(r"\s+", " ", said), list(headings.values()), body, section)
