"""One theme for every chart: two palettes, and the Vega-Lite configuration made of each.

Charts name their colours by style (``accent-line``, ``muted-bar`` …) and never by value, so that replacing the
configuration restyles them. Text reaches a contrast of 4.5:1 on paper and marks 3:1 (WCAG 2.2, AA); good and bad are
blue-green and orange, which the common kinds of colour blindness keep apart, and differ in lightness in print.
"""

from dataclasses import dataclass
from typing import Any, Literal

Mode = Literal["light", "dark"]
Config = dict[str, Any]

# Liberation Sans is bundled with vl-convert and as wide as Arial, glyph by glyph: a chart is laid out alike wherever it is made.
FONT = '"Liberation Sans", Arial, Helvetica, sans-serif'


@dataclass(frozen=True)
class Palette:
    """The colours of one mode; ``paper`` is what they are laid on, ``categories`` tell at most twelve classes apart."""

    paper: str
    ink: str
    soft: str
    muted: str
    faint: str
    grid: str
    edge: str
    accent: str
    good: str
    bad: str
    band: float
    categories: tuple[str, ...]


LIGHT = Palette(
    paper="#ffffff",
    ink="#1d2025",
    soft="#565d66",
    muted="#858c96",
    faint="#c3c8cf",
    grid="#e4e7eb",
    edge="#6b727c",
    accent="#0f5499",
    good="#0a6f8f",
    bad="#b34e00",
    band=0.16,
    categories=(
        "#0f5499",
        "#b34e00",
        "#2f1b3d",
        "#8a55e0",
        "#00806f",
        "#8b1a4a",
        "#3f4a00",
        "#c2389b",
        "#0b4a2c",
        "#1a74b3",
        "#7a4b12",
        "#4d5663",
    ),
)
DARK = Palette(
    paper="#15171b",
    ink="#eceef1",
    soft="#a9b0ba",
    muted="#7d8590",
    faint="#4a515b",
    grid="#2c3138",
    edge="#8a929d",
    accent="#6cb2f5",
    good="#5cc3d9",
    bad="#f5a05a",
    band=0.26,
    categories=(
        "#6cb2f5",
        "#f5a05a",
        "#f4f1de",
        "#8b6cf0",
        "#35c4a8",
        "#e0607e",
        "#d6d45a",
        "#f28fd6",
        "#6fcf7c",
        "#b5dcff",
        "#c9962e",
        "#9aa5b1",
    ),
)
PALETTES: dict[Mode, Palette] = {"light": LIGHT, "dark": DARK}


def theme(mode: Mode = "light") -> Config:
    """Give the Vega-Lite configuration of a mode; its paper is transparent, so that a page's own shows through."""
    p = PALETTES[mode]
    return {
        "aria": False,  # a chart is read by its alt text, not mark by mark
        "background": "transparent",
        "font": FONT,
        "padding": {"left": 2, "right": 6, "top": 2, "bottom": 2},
        "view": {"stroke": None, "continuousWidth": 560, "continuousHeight": 260},
        "axis": {
            "domain": False,
            "ticks": False,
            "gridColor": p.grid,
            "gridWidth": 1,
            "labelColor": p.soft,
            "labelFontSize": 12,
            "labelPadding": 6,
            "titleColor": p.soft,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
        },
        "axisX": {
            "domain": True,
            "domainColor": p.edge,
            "domainWidth": 1,
            "grid": False,
            "ticks": True,
            "tickColor": p.edge,
            "tickSize": 4,
        },
        "axisY": {"grid": True},
        "legend": {
            "labelColor": p.soft,
            "labelFontSize": 12,
            "titleColor": p.soft,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "orient": "top",
        },
        "header": {"labelColor": p.ink, "labelFontSize": 13, "labelFontWeight": "bold", "labelAnchor": "start", "title": None},
        "title": {
            "anchor": "start",
            "frame": "bounds",
            "offset": 10,
            "color": p.ink,
            "fontSize": 16,
            "fontWeight": "bold",
            "lineHeight": 21,
            "subtitleColor": p.soft,
            "subtitleFontSize": 13,
            "subtitleFontWeight": "normal",
            "subtitleLineHeight": 18,
            "subtitlePadding": 5,
        },
        "range": {"category": list(p.categories), "ordinal": [p.faint, p.muted, p.accent], "diverging": [p.bad, p.grid, p.good]},
        "mark": {"color": p.accent},
        "line": {"strokeCap": "round", "strokeJoin": "round"},
        "text": {"fontSize": 12, "color": p.ink},
        "style": _styles(p),
    }


def _styles(p: Palette) -> Config:
    dot = {"filled": True, "stroke": p.paper, "strokeWidth": 1.5, "opacity": 1}
    hollow = {**dot, "color": p.paper, "strokeWidth": 2, "size": 55}
    return {  # "color" is the stroke of lines and rules and the fill of all else
        "accent-line": {"color": p.accent, "strokeWidth": 2.5},
        "muted-line": {"color": p.muted, "strokeWidth": 1.5},
        "band": {"color": p.accent, "fillOpacity": p.band, "opacity": 1},
        "accent-bar": {"color": p.accent},
        "muted-bar": {"color": p.muted},
        "rest-bar": {"color": p.faint},
        "accent-tile": {"color": p.accent, "stroke": p.paper, "strokeWidth": 3},
        "muted-tile": {"color": p.grid, "stroke": p.paper, "strokeWidth": 3},
        "accent-cell": {"color": p.accent},
        "muted-cell": {"color": p.grid},
        "rest-tile": {"color": p.paper, "stroke": p.faint, "strokeWidth": 1},
        "accent-dot": {**dot, "color": p.accent, "size": 70},
        "muted-dot": {**dot, "color": p.muted, "size": 60},
        "accent-open-dot": {**hollow, "stroke": p.accent},
        "muted-open-dot": {**hollow, "stroke": p.muted},
        "accent-range": {"color": p.accent, "strokeWidth": 2.5},
        "muted-range": {"color": p.muted, "strokeWidth": 2.5},
        "whisker": {"color": p.ink, "strokeWidth": 1.25},
        "due-mark": {"color": p.ink, "opacity": 1},
        "baseline": {"color": p.edge, "strokeWidth": 1},
        "target": {"color": p.ink, "strokeWidth": 1.25, "strokeDash": [2, 3]},
        "event": {"color": p.soft, "strokeWidth": 1},
        "incident": {"color": p.bad, "strokeWidth": 1.25},
        "incident-span": {"color": p.bad, "fillOpacity": p.band, "opacity": 1},
        "label": {"color": p.ink, "fontSize": 12},
        "accent-label": {"color": p.accent, "fontSize": 13, "fontWeight": "bold"},
        "muted-label": {"color": p.soft, "fontSize": 12},
        "accent-tile-name": {"color": p.paper, "fontSize": 13, "fontWeight": "bold"},
        "muted-tile-name": {"color": p.ink, "fontSize": 13, "fontWeight": "bold"},
        "rest-tile-name": {"color": p.soft, "fontSize": 13},
        "accent-tile-value": {"color": p.paper, "fontSize": 12},
        "muted-tile-value": {"color": p.ink, "fontSize": 12},
        "accent-cell-value": {"color": p.paper, "fontSize": 13, "fontWeight": "bold"},
        "muted-cell-value": {"color": p.ink, "fontSize": 13},
        "accent-tile-part": {"color": p.paper, "fontSize": 12},
        "muted-tile-part": {"color": p.soft, "fontSize": 12},
        "rest-tile-part": {"color": p.soft, "fontSize": 12},
        "rest-tile-value": {"color": p.soft, "fontSize": 12},
        "event-label": {"color": p.soft, "fontSize": 12},
        "incident-label": {"color": p.bad, "fontSize": 12},
        "panel-title": {"fill": p.ink, "fontSize": 13, "fontWeight": "bold"},
        "halo": {"color": p.paper, "stroke": p.paper, "strokeWidth": 4, "strokeJoin": "round", "fontSize": 12},
        "notice": {"color": p.soft, "fontSize": 14},
        "hidden": {"color": p.ink, "opacity": 0, "size": 160},
    }


def dark_overrides() -> Config:
    """Give what a chart's own configuration must be overlaid with in dark mode: whole top-level keys of :func:`theme`."""
    light = theme("light")
    return {key: value for key, value in theme("dark").items() if value != light[key]}
