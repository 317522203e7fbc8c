"""The layers of a chart over time: axes, bands, lines, dots, target, labels, and what a pointer reads."""

from prodops.charts import frames, scales, words
from prodops.charts.layers import Spec, at, both, layer, number, pixel, time, tips, word
from prodops.charts.plots import Plot

_HERE = {"x": time("x"), "y": number("y")}


def axes(plot: Plot, most: int) -> list[Spec]:
    """Draw nothing but both axes: the other layers share their scales without saying them again."""
    return [layer("zero", "point", {"x": _time_axis(plot, most), "y": _value_axis(plot)}, opacity=0)]


def _time_axis(plot: Plot, most: int) -> Spec:
    """Make the true time axis: it ends with the first and last time drawn, and names at most ``most`` dates (its ends where two)."""
    alone = plot.first == plot.last
    first = scales.next_period(plot.first, plot.grain, -1) if alone else plot.first
    last = scales.next_period(plot.last, plot.grain) if alone else plot.last
    ticks, written = scales.time_ticks(plot.first, plot.last, plot.grain, most)
    values = [frames.milliseconds(tick) for tick in ticks]
    axis = {
        "values": values,
        "tickCount": len(ticks),
        "labelExpr": written,
        "labelFlush": most == 2,
        "title": None,
    }  # dates name themselves
    domain = [frames.milliseconds(first), frames.milliseconds(last)]
    return time("x", axis=axis, scale={"type": "utc", "domain": domain, "nice": False})


def _value_axis(plot: Plot) -> Spec:
    """Make the value axis: round ends, numbers in the unit; :func:`heading` writes its title."""
    ticks = list(plot.y.ticks)
    axis: Spec = {"values": ticks, "tickCount": len(ticks), "labelExpr": words.axis_labels(plot.unit, max(map(abs, ticks))), "title": None}
    return number("y", axis=axis, scale={"domain": [plot.y.low, plot.y.high], "nice": False, "zero": False})


def heading(plot: Plot) -> list[Spec]:
    """Write the value axis' title above it; the rules of events, drawn before, pass behind its words."""
    if not plot.axis_title:
        return []
    there = {"x": at(-plot.axis_width), "y": at(-13), "text": word("title")}
    styles = ("halo", "muted-label") if plot.events else ("muted-label",)
    return [layer("zero", "text", there, style=style, align="left", baseline="middle") for style in styles]


def _hue(plot: Plot, channel: str) -> Spec:
    """Give a colour channel where groups have a colour each; nothing where style alone tells them apart."""
    return {channel: word("group", scale={"domain": plot.names}, legend=None)} if plot.hues else {}


def bands(plot: Plot, keep: str = "") -> list[Spec]:
    """Draw the range of an estimate behind its line."""
    known = both("datum.tone == 'accent' && datum.whole && datum.lower != null && datum.upper != null", keep)
    encoding = {"x": time("x"), "y": number("lower"), "y2": {"field": "upper"}, "detail": word("group"), **_hue(plot, "fill")}
    return [layer("points", "area", encoding, style="band", keep=known)] if plot.banded else []


def lines(plot: Plot, keep: str = "") -> list[Spec]:
    """Draw whole periods as lines, pieces in progress dashed, the last values as dots; greys first, the accent on top."""
    drawn, partial = [], not plot.rows["whole"].all()
    for tone in _tones(plot):
        own, along = both(f"datum.tone == '{tone}'", keep), {**_HERE, "detail": word("group"), **_hue(plot, "stroke")}
        drawn.append(layer("points", "line", along, style=f"{tone}-line", keep=both(own, "datum.whole")))
        if partial:
            along = {**along, "detail": [word("group"), word("piece")]}
            drawn.append(layer("progress", "line", along, style=f"{tone}-line", keep=own, strokeDash=[3, 4], strokeCap="butt"))
        drawn.append(layer("dots", "point", {**_HERE, **_hue(plot, "fill")}, style=f"{tone}-dot", keep=both(own, "!datum.open")))
        if partial:
            drawn.append(layer("dots", "point", {**_HERE, **_hue(plot, "stroke")}, style=f"{tone}-open-dot", keep=both(own, "datum.open")))
    return drawn


def _tones(plot: Plot) -> list[str]:
    return [tone for tone in ("muted", "accent") if tone in set(plot.rows["tone"])]


def baseline(plot: Plot) -> list[Spec]:
    """Draw zero as a firmer line where it lies within the plot."""
    return [layer("zero", "rule", {"y": number("level")}, style="baseline")] if plot.y.low < 0 < plot.y.high else []


def target(plot: Plot) -> list[Spec]:
    """Draw the target as a dotted rule, named at its left end."""
    if plot.target is None:
        return []
    below = plot.y.position(plot.target, plot.height) < 18
    named = {"x": at(3), "y": number("level"), "text": word("text")}
    place: Spec = {"align": "left", "baseline": "top" if below else "bottom", "dy": 4 if below else -4}
    return [
        layer("target", "rule", {"y": number("level")}, style="target"),
        *(layer("target", "text", named, style=s, **place) for s in ("halo", "label")),
    ]


def end_labels(plot: Plot, *, short: bool) -> list[Spec]:
    """Name each line at its end, in its own colour."""
    named = {"x": time("x"), "y": pixel("at"), "text": word("short" if short else "text"), **_hue(plot, "fill")}
    return [
        layer("ends", "text", named, style=f"{tone}-label", keep=f"datum.tone == '{tone}'", align="left", baseline="middle", dx=9)
        for tone in _tones(plot)
    ]


def hover(plot: Plot, keep: str = "", *, name: str = "hover") -> list[Spec]:
    """Let a pointer read every point: period, group, value, range."""
    read = {
        "when": "Period",
        **({"group": "Series"} if len(plot.names) > 1 else {}),
        "value": plot.label or "Value",
        **({"range": "Range"} if "range" in plot.rows else {}),
    }
    return [layer("points", "point", {**_HERE, "tooltip": tips(**read)}, style="hidden", keep=both("datum.y != null", keep), name=name)]
