"""Lanes, one for each category: what charts of categories share, the value axis, names, values and what a pointer reads."""

from prodops.charts import ranks, words
from prodops.charts.display import FIT, Room
from prodops.charts.layers import Spec, at, both, layer, number, tips, word
from prodops.charts.ranks import Ranked

LANE = {"field": "rank", "type": "ordinal", "axis": None}


def lay(ranked: Ranked, room: Room, drawn: list[Spec]) -> Spec:
    """Lay the marks of a chart out in its lanes, each with its name, its value and its tooltip."""
    height = (40 if room.narrow else ranked.step) * len(ranked.rows)
    layers = [_axes(ranked, room), *drawn, _names(room), *_values(ranked, room), _hover(ranked)]
    return {"layer": layers, "width": "container", "height": height, "autosize": FIT}


def _axes(ranked: Ranked, room: Room) -> Spec:
    """Draw nothing but the value axis, and set both scales for the other layers."""
    scale = ranked.scale_in(300 if room.narrow else 570 - ranked.names_width)
    axis = {
        "values": list(scale.ticks),
        "tickCount": len(scale.ticks),
        "labelExpr": words.axis_labels(ranked.unit, max(map(abs, scale.ticks))),
        "grid": True,
        "domain": False,
        "ticks": False,
        "title": ranked.axis_title or None,
        "titleAnchor": "start",
        "titlePadding": 4,
    }
    x = number("x", axis=axis, scale={"domain": [scale.low, scale.high], "nice": False, "zero": False})
    rows = {"domain": list(range(len(ranked.rows))), "paddingInner": 0, "paddingOuter": 0}
    return layer("zero", "point", {"x": x, "y": {**LANE, "scale": rows}}, opacity=0)


def shift(room: Room) -> int:
    """Give how far below its row's middle a mark lies: in the narrow room the name stands above it."""
    return 9 if room.narrow else 0


def tones(ranked: Ranked) -> list[str]:
    """List the tones that some rows have."""
    return sorted(set(ranked.rows["tone"]))


def level() -> Spec:
    """Draw the line from which values are read."""
    return layer("zero", "rule", {"x": number("level")}, style="baseline")


def _names(room: Room) -> Spec:
    """Name each row: beside the plot in one or two lines, or above the mark where there is no room beside it."""
    size: Spec = {"style": "label", "baseline": "middle", "fontSize": ranks.NAME_SIZE}
    if room.narrow:
        return layer("points", "text", {"x": at(0), "y": LANE, "text": word("name")}, align="left", dy=-9, limit=300, **size)
    lines: Spec = {"lineBreak": "\n", "lineHeight": 15, "dy": {"expr": "indexof(datum.text, '\\n') < 0 ? 0 : -7"}}
    return layer("points", "text", {"x": at(-10), "y": LANE, "text": word("text")}, align="right", **size, **lines)


def _values(ranked: Ranked, room: Room) -> list[Spec]:
    """Write each value beyond the end of its mark."""
    drawn = []
    for keep, field, align, aside in (("datum.x >= 0", "most", "left", 7), ("datum.x < 0", "least", "right", -7)):
        place: Spec = {"align": align, "baseline": "middle", "dx": aside, "yOffset": shift(room)}
        for tone in tones(ranked):
            style = "accent-label" if tone == "accent" else "muted-label"
            said = {"x": number(field), "y": LANE, "text": word("value")}
            drawn.append(layer("points", "text", said, style=style, keep=both(keep, f"datum.tone == '{tone}'"), **place))
    return drawn


def _hover(ranked: Ranked) -> Spec:
    read = {"name": "Name", "value": ranked.label or "Value", **({"range": "Range"} if "range" in ranked.rows else {})}
    return layer("points", "bar", {"x": at(0), "x2": at("width"), "y": LANE, "tooltip": tips(**read)}, opacity=0, name="hover")
