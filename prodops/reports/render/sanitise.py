"""The only way into the page: whatever a cell showed passes one allow-list, and what may not live is shown as text.

nh3 (Rust's ammonia) is the guard. It drops what it does not know, so before it a tag that is not on the list is
escaped: a hostile comment reads as it was written, and nothing of it runs. Three walls stand behind each other:
this list, ``<`` escaped in all embedded JSON, and the page's content security policy.
"""

import json
import math
import re

import nh3
from markupsafe import Markup

_TAGS = {
    "a",
    "abbr",
    "b",
    "blockquote",
    "br",
    "caption",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "mark",
    "meter",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "small",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "u",
    "ul",
    "var",
}
_SVG_TAGS = {
    "circle",
    "clipPath",
    "defs",
    "ellipse",
    "g",
    "line",
    "linearGradient",
    "path",
    "polygon",
    "polyline",
    "radialGradient",
    "rect",
    "stop",
    "svg",
    "text",
    "tspan",
}
_SVG_ATTRIBUTES = {
    "aria-hidden",
    "aria-label",
    "class",
    "clip-path",
    "cx",
    "cy",
    "d",
    "dominant-baseline",
    "dx",
    "dy",
    "fill",
    "fill-opacity",
    "fill-rule",
    "focusable",
    "font-family",
    "font-size",
    "font-style",
    "font-weight",
    "gradientTransform",
    "gradientUnits",
    "height",
    "id",
    "offset",
    "opacity",
    "pointer-events",
    "points",
    "preserveAspectRatio",
    "r",
    "role",
    "rx",
    "ry",
    "stop-color",
    "stop-opacity",
    "stroke",
    "stroke-dasharray",
    "stroke-dashoffset",
    "stroke-linecap",
    "stroke-linejoin",
    "stroke-miterlimit",
    "stroke-opacity",
    "stroke-width",
    "text-anchor",
    "transform",
    "vector-effect",
    "viewBox",
    "width",
    "x",
    "x1",
    "x2",
    "y",
    "y1",
    "y2",
}
_SVG = dict.fromkeys(_SVG_TAGS, _SVG_ATTRIBUTES)
_ATTRIBUTES = {
    "*": {"aria-hidden", "aria-label", "class", "dir", "lang", "role"},
    "a": {"href"},
    "abbr": {"title"},
    "details": {"open"},
    "img": {"alt", "height", "src", "width"},
    "meter": {"max", "min", "value"},
    "ol": {"start"},
    "time": {"datetime"},
    "td": {"colspan", "data-value", "rowspan"},
    "th": {"colspan", "data-value", "rowspan", "scope"},
    **_SVG,
}
_ROLES = {"img", "group", "list", "listitem", "note", "table", "row", "cell", "columnheader", "rowheader"}
_CLASSES = re.compile(r"prodops-[\w-]+|dataframe")
_VEGA_CLASSES = re.compile(r"(?:mark|role)-[\w-]+|background|foreground|root|marks")
_INLINE_IMAGE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]*")
_LINK = re.compile(r"(?:https?://|mailto:|#)", re.I)
_NAME = r"[a-z0-9][a-z0-9_-]{0,63}"
_REPORT = re.compile(rf"(?:\.\./){{3}}{_NAME}/{_NAME}/\d{{4}}-\d\d-\d\d(?:T\d{{6}})?/report\.html")
_PAINT = re.compile(r"\s*url\(\s*['\"]?#([\w-]+)['\"]?\s*\)\s*")

_NOT_ALLOWED = re.compile(rf"<(?!/?(?:{'|'.join(sorted(_TAGS | _SVG_TAGS, key=len, reverse=True))})(?=[\s/>]))", re.I)
_REMOTE_IMAGE = re.compile(r"<(?=img\b(?![^>]{0,400}\ssrc\s*=\s*['\"]?data:image/))", re.I)
_FOREIGN_DRAWING = re.compile(r"<(?=svg\b(?![^>]{0,400}\sclass\s*=\s*['\"]?prodops-))", re.I)
_STYLE_FIRST = re.compile(r"^(\s*(?:<div[^>]*>\s*)?)<style[^>]*>[^<]*</style>", re.I)
_ANSI = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
_UNSAFE = re.compile("[<>&\u2028\u2029\x7f-\x9f]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def html(source: str) -> Markup:
    """Make HTML from a cell inert; a leading style block (pandas writes one) is dropped, other tags that may not live show as text.

    Drawings within it (sparklines, bars in cells) live where their class is one of ours.
    """
    source = _STYLE_FIRST.sub(r"\1", source)
    for unwanted in (_NOT_ALLOWED, _REMOTE_IMAGE, _FOREIGN_DRAWING):
        source = unwanted.sub("&lt;", source)
    return Markup(
        nh3.clean(
            source,
            tags=_TAGS | _SVG_TAGS,
            attributes=_ATTRIBUTES,
            attribute_filter=_html_attribute,
            clean_content_tags=set(),
            url_schemes={"http", "https", "mailto", "data"},
        )
    )


def markdown(source: str, *, trusted: bool = False) -> Markup:
    """Turn Markdown into inert HTML; tags within it are shown as text unless the notebook's author (``trusted``) wrote them."""
    import mistune

    if trusted:
        source = re.sub(r"<!--.*?-->", "", source, flags=re.S)
    renderer = mistune.HTMLRenderer(escape=not trusted, allow_harmful_protocols=True)  # the allow-list drops those addresses, whole
    to_html = mistune.create_markdown(renderer=renderer, plugins=["table", "strikethrough"])
    return html(str(to_html(source)))


def svg(source: str, prefix: str) -> Markup:
    """Make a drawing inert and its ids unique on the page by ``prefix``; anything but one SVG element gives nothing."""

    def attribute(tag: str, name: str, value: str) -> str | None:
        if name == "id":
            return f"{prefix}{value}"
        if name == "class":
            return " ".join(c for c in value.split() if _VEGA_CLASSES.fullmatch(c)) or None
        if "url(" in value:
            return f"url(#{prefix}{paint[1]})" if (paint := _PAINT.fullmatch(value)) else None
        return value

    start = source.find("<svg")
    cleaned = nh3.clean(source[start:], tags=_SVG_TAGS, attributes=_SVG, attribute_filter=attribute)
    return Markup(cleaned if start >= 0 and cleaned.startswith("<svg") else "")  # nh3 made it safe


def readable(text: str) -> str:
    """Drop terminal colours; show other control characters as their pictures (␇), broken characters as �."""
    return _CONTROL.sub(_picture, _ANSI.sub("", text))


def readable_all(value: object) -> object:
    """Apply :func:`readable` to every text within lists and mappings, names included; numbers that JSON lacks become ``None``."""
    if isinstance(value, str):
        return readable(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {readable(str(k)): readable_all(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [readable_all(v) for v in value]
    return value


def script_json(value: object) -> Markup:
    """Write JSON that cannot end the script element it stands in; read back, it is the very value."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str).encode(errors="backslashreplace").decode()
    return Markup(_UNSAFE.sub(lambda c: f"\\u{ord(c[0]):04x}", text))  # nothing in it can end a script


def is_report(address: str) -> bool:
    """Tell whether an address leads from one report's page to another's, in the same folder of reports."""
    return bool(_REPORT.fullmatch(address))


def _html_attribute(tag: str, name: str, value: str) -> str | None:
    if name == "class":
        return " ".join(c for c in value.split() if _CLASSES.fullmatch(c)) or None
    if name == "href":
        return value if _LINK.match(value.strip()) or is_report(value) else None
    if name == "src":
        return value if _INLINE_IMAGE.fullmatch(value) else None
    if name == "role":
        return value if value in _ROLES else None
    if name == "id" or "url(" in value:
        return None
    return value


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else "\ufffd"
