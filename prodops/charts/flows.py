"""Charts of delivery: a cloud of finished items over time, items by the stage they reached, and the age of those in progress."""

from typing import TYPE_CHECKING

from prodops.charts import drawing, events, frames, lanes, plots, ranks, scales, words
from prodops.charts.display import FIT, Room, caption, figure, notice
from prodops.charts.layers import Spec, at, layer, number, pixel, time, tips, word
from prodops.charts.plots import Plot
from prodops.charts.ranks import Ranked

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from prodops.charts.display import Chart

MOST_POINTS = 1_200
"""Points of a cloud; of more every so manieth is drawn, in their order."""
TALLEST = 2.0
"""A cloud reaches up to so many times its highest level; points beyond are drawn open at its upper edge."""
HEIGHT = 250


def cloud(
    frame: "pd.DataFrame",
    x: str,
    y: str,
    *,
    title: str,
    subtitle: str,
    unit: str = "days",
    levels: "Mapping[str, float] | None" = None,
    name: str | None = None,
    marks: "pd.DataFrame | None" = None,
    label: str | None = None,
    alt: str | None = None,
) -> "Chart":
    """Draw a point for each row over time, with named levels (``{"85 %": 9.0}``) as rules.

    ``x`` is a day or time, ``y`` in ``unit``; ``name`` is a column that a pointer reads. Of more than 1,200 rows every so manieth is drawn, in
    the order of time, and the subtitle says of how many; levels are the caller's, of all rows. Points beyond twice the highest level
    lie open at the upper edge, and are counted there. Marks are those of :func:`line`. An empty frame gives a notice.
    """
    rows = frames.take(frame, {"x": x, "y": y, "name": name})
    rows["x"], rows["y"] = frames.times(rows["x"], "x"), frames.numbers(rows["y"], "y")
    rows = rows[rows["x"].notna() & rows["y"].notna()].sort_values(["x", "y"], kind="stable")
    if rows.empty:
        return notice(caption(title, subtitle, alt or f"{words.clean(title)}. No data in this period."))
    every, known = -(-len(rows) // MOST_POINTS), dict(levels or {})
    kept = rows.iloc[::every].reset_index(drop=True)
    top = max(known.values()) * TALLEST if known else rows["y"].max()
    beyond = kept["y"] > top
    names = frames.labels(kept["name"]) if "name" in kept else ""
    kept = kept.assign(y=kept["y"].clip(upper=top), group="", whole=True, item=names, says=[words.say(v, unit) for v in kept["y"]])
    heading = words.heading(y) if label is None else words.clean(label)
    plot = plots.plan(
        kept.drop(columns=["name"], errors="ignore"),
        unit=unit,
        label=heading,
        grain="day",
        zero=True,
        accent=None,
        height=HEIGHT,
        marks=marks,
    )
    notes = [f"one in {every} of {len(rows):,} drawn" if every > 1 else "", _beyond(int(beyond.sum()), top, unit), _unmarked(plot)]
    placed = _events(plot, 46)
    notes.append(events.unnamed(placed))
    around = caption(title, subtitle, alt or _cloud_words(title, plot, rows, known), notes)
    data = {"points": _cloud_points(plot, beyond), **_levels(plot, known), "events": placed, "zero": [plots.zero(plot)]}
    return figure(
        lambda room: _cloud(plot, room),
        around,
        datasets=data,
        columns={**({"item": words.heading(name)} if name else {}), "when": "Day", "y": heading},
    )


def _beyond(count: int, top: float, unit: str) -> str:
    return f"open: {count:,} beyond {words.say(top, unit)}" if count else ""


def _unmarked(plot: Plot) -> str:
    return f"ticks at the axis: {plot.unmarked:,} events, too many to name" if plot.unmarked else ""


def _cloud_points(plot: Plot, beyond: "pd.Series") -> list[frames.Row]:
    fields = ["item", "when", "x", "y", "says", "open"]
    return frames.records(plot.rows.assign(open=beyond.to_numpy())[fields])


def _levels(plot: Plot, levels: "Mapping[str, float]") -> dict[str, list[frames.Row]]:
    """Give the rules and their names at the right end, nudged apart."""
    drawn = [(name, value * words.scale_of(plot.unit)) for name, value in levels.items()]
    placed = scales.spread([plot.y.position(value, plot.height) for _, value in drawn], 15, 4, plot.height - 4)
    said = [words.say(value, plot.unit) for value in levels.values()]
    return {
        "levels": [
            {"level": value, "at": at_, "text": f"{words.clean(name)}: {text}", "short": text, "x": frames.iso(plot.last)}
            for (name, value), at_, text in zip(drawn, placed, said, strict=True)
        ]
    }


def _events(plot: Plot, right: float) -> list[frames.Row]:
    return events.place(
        plot.events, plot.first, plot.last, left=plot.axis_width, right=(right * 2, right), title=words.pixels(plot.axis_title)
    )


def _cloud(plot: Plot, room: Room) -> Spec:
    here, read = {"x": time("x"), "y": number("y")}, {"item": "Item", "when": "Day", "says": plot.label or "Value"}
    named = {"x": at("width"), "y": pixel("at"), "text": word("short" if room.narrow else "text")}
    drawn = [
        *drawing.axes(plot, 4 if room.narrow else 8),
        *events.draw(plot.events, plot.height, room),
        *drawing.heading(plot),
        layer("points", "point", here, style="accent-dot", keep="!datum.open", size=16, opacity=0.45, strokeWidth=0),
        layer("points", "point", here, style="accent-open-dot", keep="datum.open", size=22, strokeWidth=1),
        layer("levels", "rule", {"y": number("level")}, style="target"),
        layer("levels", "text", named, style="label", align="left", baseline="middle", dx=6),
        layer("points", "point", {**here, "tooltip": tips(**read)}, style="hidden", name="hover"),
    ]
    return {"layer": drawn, "width": "container", "height": plot.height, "autosize": FIT}


def _cloud_words(title: str, plot: Plot, rows: "pd.DataFrame", levels: "Mapping[str, float]") -> str:
    said = "; ".join(f"{words.clean(name)} {words.say(value, plot.unit)}" for name, value in levels.items())
    first, last = (scales.period_words(day, "day") for day in (plot.rows["x"].min(), plot.rows["x"].max()))
    return f"{words.clean(title).rstrip('.')}. Cloud of {len(rows):,} points from {first} to {last}{f'; {said}' if said else ''}."


# ------------------------------------------------------------------------------------------------------- cumulative flow
def cumulative(
    frame: "pd.DataFrame",
    x: str,
    y: str,
    stage: str,
    *,
    title: str,
    subtitle: str,
    accent: str | None = None,
    marks: "pd.DataFrame | None" = None,
    label: str = "Items",
    alt: str | None = None,
) -> "Chart":
    """Draw how many items have reached each stage, stage before stage: a band is what lies in a stage, its width across is how long.

    ``frame`` has a row for each time and ``stage``, the stages in their order, the end last; ``y`` counts those that reached it. Counts start
    from what had reached the end at the first time shown. ``accent`` names the stage that matters. Of more than twelve stages the last twelve
    are drawn. An empty frame gives a notice.
    """
    rows = plots.read(frame, {"x": x, "y": y, "group": stage})
    if not rows["y"].notna().any():
        return notice(caption(title, subtitle, alt or f"{words.clean(title)}. No data in this period."))
    stages = frames.names_of(rows["group"])
    rows, dropped = rows[rows["group"].isin(stages[-frames.MOST_CLASSES :])], max(len(stages) - frames.MOST_CLASSES, 0)
    accent = plots.check_accent(accent, stages)
    base = float(rows.loc[rows["group"] == stages[-1], "y"].iloc[0])
    rows = rows.assign(y=rows["y"] - base).reset_index(drop=True)
    frames.refuse_crowd(len(rows), "points")
    plot = plots.plan(rows, unit="count", label=words.clean(label), grain=None, zero=True, accent=accent, height=290, marks=marks)
    notes = [f"the last {frames.MOST_CLASSES} of {len(stages)} stages" if dropped else "", _unmarked(plot)]
    around = caption(title, subtitle, alt or plots.describe(plot, title, "Cumulative flow diagram"), notes)
    data = {"points": plots.points(plot), "names": _bands(plot), "events": _events(plot, 60), "zero": [plots.zero(plot)]}
    return figure(lambda room: _stacked(plot, accent, room), around, datasets=data, columns=plots.columns(plot, stage))


def _bands(plot: Plot) -> list[frames.Row]:
    """Name each band at its end, in its middle; the number is what lies in it."""
    last = [plot.of(name)["y"].iloc[-1] for name in plot.names]
    inside = [high - low for high, low in zip(last, [*last[1:], 0.0], strict=True)]
    wanted = [plot.y.position(high - held / 2, plot.height) for high, held in zip(last, inside, strict=True)]
    placed = scales.spread(wanted, 15, 4, plot.height - 4)
    texts = [words.say(held, "count") for held in inside]
    tones = [plot.of(name)["tone"].iloc[-1] for name in plot.names]
    return [
        {"at": y, "tone": tone, "text": plots.end_label(name, text, 150), "short": plots.end_label(name, text, 62)}
        for name, text, tone, y in zip(plot.names, texts, tones, placed, strict=True)
    ]


def _stacked(plot: Plot, accent: str | None, room: Room) -> Spec:
    """Draw each stage's area before that of the next, on top of it: what stays to be seen is the band."""
    areas: list[Spec] = []
    for n, name in enumerate(plot.names):
        own, keep = {"x": time("x"), "y": number("y", stack=None), "y2": {"datum": 0}}, f"datum.group == {_quoted(name)}"
        style = "accent-bar" if name == accent else ("rest-bar", "muted-tile")[n % 2]
        areas.append(layer("points", "area", own, style=style, keep=keep, strokeWidth=0))
        areas.append(layer("points", "line", {"x": time("x"), "y": number("y")}, style="muted-line", keep=keep, strokeWidth=0.75))
    named = {"x": at("width"), "y": pixel("at"), "text": word("short" if room.narrow else "text")}
    labels = [
        layer("names", "text", named, style=f"{tone}-label", keep=f"datum.tone == '{tone}'", align="left", baseline="middle", dx=8)
        for tone in sorted(set(plot.rows["tone"]))
    ]
    drawn = [
        *drawing.axes(plot, 4 if room.narrow else 8),
        *areas,
        *events.draw(plot.events, plot.height, room),
        *drawing.heading(plot),
        *labels,
        *drawing.hover(plot),
    ]
    return {"layer": drawn, "width": "container", "height": plot.height, "autosize": FIT}


def _quoted(name: str) -> str:
    """Write a name as a text of Vega's expressions."""
    import json

    return json.dumps(name)


# ------------------------------------------------------------------------------------------------------------ aging items
def aging(
    items: "pd.DataFrame",
    usual: "pd.DataFrame",
    stage: str,
    age: str,
    *,
    title: str,
    subtitle: str,
    low: str = "p50",
    high: str = "p85",
    name: str | None = None,
    label: str = "Age",
    alt: str | None = None,
) -> "Chart":
    """Draw the age of each item in progress in its stage's lane, over the ages at which items usually left that stage.

    ``items`` has a row for each item (``stage``, ``age`` in days, and ``name``, which a pointer reads), ``usual`` one for each stage, in order:
    half of the past's items had left it at age ``low``, most at ``high``. Of more than 1,200 items the oldest are drawn. The number at a lane's end
    is the oldest age. Stages without items are left out; without any there is a notice.
    """
    rows = frames.take(items, {"stage": stage, "age": age, "name": name})
    rows["stage"], rows["age"] = frames.labels(rows["stage"]), frames.numbers(rows["age"], "age")
    rows = rows[rows["age"].notna()].sort_values("age", ascending=False, kind="stable", ignore_index=True)
    if rows.empty:
        return notice(caption(title, subtitle, alt or f"{words.clean(title)}. Nothing is in progress."), "Nothing is in progress")
    left_out = f"the {MOST_POINTS:,} oldest of {len(rows):,} items" if len(rows) > MOST_POINTS else ""
    oldest = rows.groupby("stage")["age"].max()
    bands = usual.assign(_oldest=frames.labels(usual[stage]).map(oldest))
    lane = ranks.read(bands, {"name": stage, "x": "_oldest", "lower": low, "upper": high}, None).head(frames.MOST_CLASSES)
    if lane.empty:
        return notice(caption(title, subtitle, alt or f"{words.clean(title)}. Nothing is in progress."), "Nothing is in progress")
    ranked = ranks.plan(lane.assign(tone="muted"), unit="days", label=words.clean(label), zero=True)
    notes = ["dark: half had moved on", "pale: 85\u00a0% had", "at the end: the oldest", left_out]
    around = caption(title, subtitle, alt or ranks.describe(ranked, title, "Ages of items by stage, the oldest of each"), notes)
    data = {"points": ranks.points(ranked), "items": _aged(rows.head(MOST_POINTS), ranked), "zero": [{"level": 0}]}
    return figure(lambda room: lanes.lay(ranked, room, _aging(room)), around, datasets=data, columns=_aging_columns(ranked, stage))


def _aging_columns(ranked: Ranked, stage: str) -> dict[str, str]:
    return {"name": words.heading(stage), "x": "Oldest, days", "lower": "Half had left at, days", "upper": "85 % had left at, days"}


def _aged(rows: "pd.DataFrame", ranked: Ranked) -> list[frames.Row]:
    """Give each item its lane, a place across it (items of one age side by side) and its words."""
    place = dict(zip(ranked.rows["name"], ranked.rows["rank"], strict=True))
    most = dict(zip(ranked.rows["name"], ranked.rows["upper"], strict=True))
    rows = rows[rows["stage"].isin(place)]
    beside = rows.groupby(["stage", "age"]).cumcount()
    aside = [(0, 1, -1, 2, -2)[n % 5] * 3.0 for n in beside]
    return frames.records(
        rows.assign(
            rank=rows["stage"].map(place),
            aside=aside,
            says=[words.say(value, "days") for value in rows["age"]],
            over=(rows["age"] > rows["stage"].map(most)).to_numpy(),
            item=frames.labels(rows["name"]) if "name" in rows else "",
        )[["item", "stage", "age", "says", "rank", "aside", "over"]]
    )


def _aging(room: Room) -> list[Spec]:
    size: Spec = {"height": 16 if room.narrow else 20, "yOffset": lanes.shift(room)}
    band = {"x2": {"datum": 0}, "y": lanes.LANE}
    dot = {"x": number("age"), "y": lanes.LANE}
    over: Spec = {"yOffset": {"expr": f"datum.aside + {lanes.shift(room)}"}, "size": 26, "strokeWidth": 0}
    return [
        layer("points", "bar", {"x": number("upper", stack=None), **band}, style="muted-cell", keep="datum.upper != null", **size),
        layer("points", "bar", {"x": number("lower", stack=None), **band}, style="rest-bar", keep="datum.lower != null", **size),
        layer("items", "point", dot, style="muted-dot", keep="!datum.over", **over),
        layer("items", "point", dot, style="accent-dot", keep="datum.over", **over),
    ]
