"""Charts of categories: bars from zero, and dots with their ranges."""

from typing import TYPE_CHECKING

from prodops.charts import lanes, ranks, words
from prodops.charts.display import Room, caption, figure, notice
from prodops.charts.layers import Spec, both, layer, number
from prodops.charts.ranks import Ranked

if TYPE_CHECKING:
    import pandas as pd

    from prodops.charts.display import Chart


def bars(
    frame: "pd.DataFrame",
    y: str,
    x: str,
    *,
    title: str,
    subtitle: str,
    unit: str = "count",
    accent: str | None = None,
    lower: str | None = None,
    upper: str | None = None,
    sort: bool = True,
    limit: int = 12,
    rest: bool | None = None,
    label: str | None = None,
    alt: str | None = None,
) -> "Chart":
    """Draw one horizontal bar from zero for each category ``y``, its value ``x`` written at its end.

    Bars are sorted by value (in the frame's order where ``sort`` is false). Of more than ``limit`` (at most twelve) the
    largest are drawn; where values add up (counts and money, or ``rest=True``) the others are one bar "other (n)", else the
    subtitle says how many are left out. ``lower`` and ``upper`` are drawn as whiskers; missing values are left out.
    ``accent`` names the bar that matters, the others are grey. A frame without values gives a notice.

    Raises :class:`ProdopsError` for columns that are missing, values that are no numbers, and a category that comes twice.
    """
    rows = ranks.read(frame, {"name": y, "x": x, "lower": lower, "upper": upper}, accent)
    if rows.empty:
        return notice(caption(title, subtitle, alt or f"{words.clean(title)}. No data in this period."))
    adds_up = (unit == "count" or words.is_money(unit)) if rest is None else rest
    rows, left_out = ranks.fold(rows, accent=accent, sort=sort, limit=limit, adds_up=adds_up)
    ranked = ranks.plan(rows, unit=unit, label=words.heading(x) if label is None else words.clean(label), zero=True)
    around = caption(title, subtitle, alt or ranks.describe(ranked, title, "Bar chart"), [_range_note(ranked), left_out])
    return figure(
        lambda room: lanes.lay(ranked, room, _bars(ranked, room)),
        around,
        datasets={"points": ranks.points(ranked), "zero": [{"level": 0}]},
        columns=ranks.columns(ranked, y),
    )


def dots(
    frame: "pd.DataFrame",
    y: str,
    x: str,
    *,
    title: str,
    subtitle: str,
    unit: str = "count",
    before: str | None = None,
    before_label: str = "before",
    accent: str | None = None,
    lower: str | None = None,
    upper: str | None = None,
    reference: float | None = None,
    sort: bool = True,
    limit: int = 12,
    zero: bool = False,
    label: str | None = None,
    band: str = "range of the estimate",
    alt: str | None = None,
) -> "Chart":
    """Draw one dot for each category ``y`` at its value ``x``, with its range (which ``band`` names) and, where given, the value ``before`` as an open dot.

    A rule marks ``reference`` (0 for differences). Dots need no zero: the axis starts near the least value unless ``zero``.
    Sorting, limits, what is missing and what is raised are those of :func:`bars`; nothing is added up.
    """
    rows = ranks.read(frame, {"name": y, "x": x, "lower": lower, "upper": upper, "before": before}, accent)
    if rows.empty:
        return notice(caption(title, subtitle, alt or f"{words.clean(title)}. No data in this period."))
    rows, left_out = ranks.fold(rows, accent=accent, sort=sort, limit=limit, adds_up=False)
    ranked = ranks.plan(rows, unit=unit, label=words.heading(x) if label is None else words.clean(label), zero=zero, reference=reference)
    before_label = words.clean(before_label)
    has_before = before and ranked.rows["before"].notna().any()
    notes = [_range_note(ranked, band), f"open dot: {before_label}" if has_before else "", left_out]
    around = caption(title, subtitle, alt or ranks.describe(ranked, title, "Dot chart"), notes)
    return figure(
        lambda room: lanes.lay(ranked, room, _dots(ranked, room)),
        around,
        columns=ranks.columns(ranked, y, before_label),
        datasets={"points": ranks.points(ranked), "zero": [{"level": 0 if reference is None else ranked.reference}]},
    )


def _range_note(ranked: Ranked, band: str = "range of the estimate") -> str:
    return f"lines: {words.clean(band)}" if "range" in ranked.rows else ""


# -------------------------------------------------------------------------------------------------------------- drawing


def _bars(ranked: Ranked, room: Room) -> list[Spec]:
    size: Spec = {"height": 14 if room.narrow else 18, "yOffset": lanes.shift(room)}
    long = {"x": number("x", stack=None), "x2": {"datum": 0}, "y": lanes.LANE}
    see_through = 0.75 if "range" in ranked.rows else 1  # a whisker is seen where it crosses its bar
    drawn = [
        layer(
            "points",
            "bar",
            long,
            style=f"{tone}-bar",
            keep=f"datum.tone == '{tone}'",
            fillOpacity=see_through if tone == "accent" else 1,
            **size,
        )
        for tone in lanes.tones(ranked)
    ]
    return [*drawn, *_ranges(ranked, room, "whisker"), *([] if room.narrow and ranked.x.low >= 0 else [lanes.level()])]


def _dots(ranked: Ranked, room: Room) -> list[Spec]:
    down = lanes.shift(room)
    drawn = [lanes.level()] if ranked.reference is not None else []
    for tone in lanes.tones(ranked):
        own = f"datum.tone == '{tone}'"
        drawn += _ranges(ranked, room, f"{tone}-range", own)
        if "before" in ranked.rows:
            moved, old = both(own, "datum.before != null"), {"x": number("before"), "y": lanes.LANE}
            drawn.append(
                layer("points", "rule", {**old, "x2": {"field": "x"}}, style=f"{tone}-range", keep=moved, yOffset=down, y2Offset=down)
            )
            drawn.append(layer("points", "point", old, style="muted-open-dot", keep=moved, yOffset=down))
        drawn.append(layer("points", "point", {"x": number("x"), "y": lanes.LANE}, style=f"{tone}-dot", keep=own, yOffset=down))
    return drawn


def _ranges(ranked: Ranked, room: Room, style: str, keep: str = "") -> list[Spec]:
    down, known = lanes.shift(room), both("datum.lower != null && datum.upper != null", keep)
    span = {"x": number("lower"), "x2": {"field": "upper"}, "y": lanes.LANE}
    return [layer("points", "rule", span, style=style, keep=known, yOffset=down, y2Offset=down)] if "range" in ranked.rows else []
