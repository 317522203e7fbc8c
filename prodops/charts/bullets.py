"""Bullets: how far each of several things has come, against where each should be by now and a line for all of them."""

from dataclasses import replace
from typing import TYPE_CHECKING

from prodops.charts import lanes, ranks, words
from prodops.charts.display import Room, caption, figure, notice
from prodops.charts.layers import Spec, layer, number
from prodops.charts.ranks import Ranked

if TYPE_CHECKING:
    import pandas as pd

    from prodops.charts.display import Chart

KNOWN = "datum.lower != null && datum.upper != null"


def bullets(
    frame: "pd.DataFrame",
    y: str,
    x: str,
    *,
    title: str,
    subtitle: str,
    mark: str,
    mark_label: str = "due",
    lower: str | None = None,
    upper: str | None = None,
    line: float | None = None,
    line_label: str = "",
    unit: str = "ratio",
    decimals: int | None = None,
    limit: int = 12,
    label: str | None = None,
    alt: str | None = None,
) -> "Chart":
    """Draw a bar from zero to ``x`` for each category ``y``, an upright stroke where it should be (``mark``), and its range as a thin line.

    Rows come in the frame's order, at most ``limit`` (twelve); ``line`` is one value for all of them, dotted. Each row's end says its value
    and its mark, with so many ``decimals`` or as ``unit`` is said. Missing values are left out; a frame without values gives a notice.
    Raises :class:`ProdopsError` as ``charts.bars`` does.
    """
    rows = ranks.read(frame, {"name": y, "x": x, "lower": lower, "upper": upper, "before": mark}, None)
    if rows.empty:
        return notice(caption(title, subtitle, alt or f"{words.clean(title)}. No data in this period."))
    rows, left_out = ranks.fold(rows, accent=None, sort=False, limit=limit, adds_up=False)
    plan = ranks.plan(rows, unit=unit, label=words.heading(x) if label is None else words.clean(label), zero=True, reference=line)
    ranked = replace(plan, rows=plan.rows.assign(value=_said(rows, unit, words.clean(mark_label), decimals)))
    notes = [f"upright stroke: {words.clean(mark_label)}", "thin line: range of the estimate" if "range" in ranked.rows else ""]
    notes += [f"dotted: {words.clean(line_label)}" if line is not None and line_label else "", left_out]
    around = caption(title, subtitle, alt or ranks.describe(ranked, title, "Bullet chart"), notes)
    return figure(
        lambda room: lanes.lay(ranked, room, _drawn(ranked, room)),
        around,
        columns=ranks.columns(ranked, y, mark_label),
        datasets={"points": ranks.points(ranked), "zero": [{"level": 0}], "line": [{"level": ranked.reference}]},
    )


def _said(rows: "pd.DataFrame", unit: str, mark_label: str, decimals: int | None) -> list[str]:
    """Say each value and where it should be: ``0.4 of 0.7 due``."""
    say = (lambda value: words.say(value, unit)) if decimals is None else (lambda value: f"{value:.{decimals}f}")
    return [
        say(value) + (f" of {say(due)} {mark_label}" if due == due else "") for value, due in zip(rows["x"], rows["before"], strict=True)
    ]


def _drawn(ranked: Ranked, room: Room) -> list[Spec]:
    """Draw bars, ranges and strokes, and the line across all rows behind them."""
    down, thick = lanes.shift(room), 10 if room.narrow else 12
    bar = {"x": number("x", stack=None), "x2": {"datum": 0}, "y": lanes.LANE}
    span = {"x": number("lower"), "x2": {"field": "upper"}, "y": lanes.LANE}
    stroke = {"x": number("before"), "y": lanes.LANE}
    across = [layer("line", "rule", {"x": number("level")}, style="target")] if ranked.reference is not None else []
    ranges = [layer("points", "rule", span, style="whisker", keep=KNOWN, yOffset=down, y2Offset=down)] if "range" in ranked.rows else []
    return [
        *([] if room.narrow else across),
        layer("points", "bar", bar, style="accent-bar", height=thick, yOffset=down, fillOpacity=0.75),
        *ranges,
        layer("points", "tick", stroke, style="due-mark", keep="datum.before != null", thickness=3, size=thick + 10, yOffset=down),
        *([] if room.narrow else [lanes.level()]),
    ]
