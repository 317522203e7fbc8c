"""What a section is made of: one small record per thing shown, and the reading of a cell's outputs into them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from markupsafe import Markup

from prodops.errors import shorten
from prodops.reports.render import sanitise
from prodops.reports.render.figures import Figure, read_figure
from prodops.reports.render.live import Live, read_live
from prodops.reports.render.taken import Refused
from prodops.stamps import CHART_MIME, LIVE_MIME, STAMP_MIME

Json = dict[str, Any]
TEXT_LIMIT, RICH_LIMIT = 20_000, 400_000
_IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")


@dataclass(frozen=True)
class Code:
    """A cell's source; hidden until the reader asks for code."""

    kind: ClassVar[str] = "code"
    source: str


@dataclass(frozen=True)
class Rich:
    """Inert HTML: prose, a table, quotes."""

    kind: ClassVar[str] = "rich"
    html: Markup


@dataclass(frozen=True)
class Text:
    """Plain text, line by line."""

    kind: ClassVar[str] = "text"
    text: str


@dataclass(frozen=True)
class Image:
    """A picture that a cell drew, as a data URI, and what it shows in words."""

    kind: ClassVar[str] = "image"
    source: str
    alt: str


@dataclass(frozen=True)
class Said:
    """A finding at its place; the headline is empty where it is the section's heading already."""

    kind: ClassVar[str] = "said"
    headline: str
    sentence: str


@dataclass(frozen=True)
class Fault:
    """An error that stopped the run, in one line."""

    kind: ClassVar[str] = "fault"
    line: str
    anchor: str


Block = Code | Rich | Text | Image | Said | Fault | Figure | Live


def stamps_of(output: Json) -> list[Json]:
    """List the stamps that an output carries; what is not a stamp's JSON gives none."""
    payload = output.get("data", {}).get(STAMP_MIME)
    stamps = payload.get("stamps") if isinstance(payload, dict) else None
    return [s for s in stamps if isinstance(s, dict) and isinstance(s.get("kind"), str)] if isinstance(stamps, list) else []


def read_output(output: Json, number: int) -> Iterator[Block]:
    """Read one output that is not a stamp into what the page shows; ``number`` makes its ids unique."""
    kind = output.get("output_type")
    if kind == "error":
        yield Fault(shorten_line(f"{output.get('ename', 'Error')}: {output.get('evalue', '')}"), f"fault-{number}")
    elif kind == "stream":
        if (text := _text(output.get("text"))).strip() and output.get("name") == "stdout":
            yield _cut(text)
    elif kind in ("display_data", "execute_result"):
        yield from _read_data(output.get("data", {}), number)


def _read_data(data: Json, number: int) -> Iterator[Block]:
    rich, prose, plain = (_text(data.get(mime)) for mime in ("text/html", "text/markdown", "text/plain"))
    if isinstance(data.get(LIVE_MIME), dict):
        yield _live(data[LIVE_MIME], _text(data.get("image/svg+xml")), number)
    elif isinstance(data.get(CHART_MIME), dict):
        yield read_figure(data[CHART_MIME], _text(data.get("image/svg+xml")), number)
    elif 0 < len(rich) <= RICH_LIMIT:
        yield Rich(sanitise.html(rich))
    elif drawing := sanitise.svg(_text(data.get("image/svg+xml")), f"drawing-{number}-"):
        yield Rich(drawing)
    elif image := next((mime for mime in _IMAGES if mime in data), None):
        yield Image(f"data:{image};base64,{re.sub('[^A-Za-z0-9+/=]', '', _text(data[image]))}", plain)
    elif 0 < len(prose) <= RICH_LIMIT:
        yield Rich(sanitise.markdown(prose))
    elif text := (plain.strip() and plain) or prose or rich:
        yield _cut(text)


def _live(payload: Json, drawing: str, number: int) -> Block:
    """Read a model with its sliders; one that holds what a page does not take is a drawing, and says why."""
    try:
        return read_live(payload, drawing, number)
    except Refused as fault:
        note = Markup('<p class="prodops-more">Without sliders: the specification was not taken, {}.</p>').format(str(fault))
        return Rich(sanitise.svg(drawing, f"live-{number}-") + note)


def shorten_line(text: str) -> str:
    """Cut a message to its first line, at most 300 characters."""
    return shorten(text.strip().split("\n", 1)[0], 300)[1:].removesuffix('"')


def _cut(text: str) -> Text:
    rest = len(text) - TEXT_LIMIT
    return Text(text if rest <= 0 else f"{text[:TEXT_LIMIT]}\n… {rest:,} more characters, kept in the executed notebook")


def _text(value: object) -> str:
    return "".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
