"""Charts over time: a line with its range, target and events, and small multiples on shared scales."""

from typing import TYPE_CHECKING

from prodops.charts import drawing, events, frames, plots, words
from prodops.charts.display import FIT, Room, caption, figure, notice
from prodops.charts.layers import Spec
from prodops.charts.plots import Plot
from prodops.charts.scales import Grain

if TYPE_CHECKING:
    import pandas as pd

    from prodops.charts.display import Chart


def line(
    frame: "pd.DataFrame",
    x: str,
    y: str,
    *,
    title: str,
    subtitle: str,
    unit: str = "count",
    series: str | None = None,
    accent: str | None = None,
    lower: str | None = None,
    upper: str | None = None,
    complete: str | None = None,
    marks: "pd.DataFrame | None" = None,
    target: float | None = None,
    zero: bool = True,
    grain: Grain | None = None,
    band: str = "range of the estimate",
    label: str | None = None,
    alt: str | None = None,
    height: int = 250,
) -> "Chart":
    """Draw values over time as lines that are labelled at their end.

    ``frame`` has one row for each time (``x``, the period's start) and, where given, ``series``. ``y`` is in ``unit`` (see
    :func:`prodops.stamps.in_words`; fractions are drawn in percent), missing breaks the line. ``lower`` and ``upper`` are
    drawn as a band, which ``band`` names; where ``complete`` is false the line is dashed. ``marks`` are dated events with the columns
    ``on, label, kind`` and, where known, ``until`` (or those of the launches table). ``accent`` names the series that
    matters, the others are grey; without it up to six series have a colour each. More than twelve: the twelve largest at
    the end are drawn, and the subtitle says so. A frame without values gives a notice, not an error.

    Raises :class:`ProdopsError` for columns that are missing, values that are no dates or numbers, two rows for one point,
    and more than 5,000 points.
    """
    rows = plots.read(frame, {"x": x, "y": y, "group": series, "lower": lower, "upper": upper, "complete": complete})
    if not rows["y"].notna().any():
        return notice(caption(title, subtitle, alt or f"{words.clean(title)}. No data in this period."))
    rows, left_out = plots.keep_largest(rows, accent, frames.MOST_CLASSES)
    frames.refuse_crowd(len(rows), "points")
    plot = plots.plan(
        rows,
        unit=unit,
        label=words.heading(y) if label is None else words.clean(label),
        grain=grain,
        zero=zero,
        accent=accent,
        height=height,
        marks=marks,
        target=target,
    )
    data = _datasets(plot)
    notes = [
        *plots.notes(plot, band),
        f"the {len(plot.names)} largest of {left_out + len(plot.names):,}" if left_out else "",
        events.unnamed(data["events"]),
    ]
    return figure(
        lambda room: _one(plot, room),
        caption(title, subtitle, alt or plots.describe(plot, title), notes),
        datasets=data,
        columns=plots.columns(plot, series),
    )


def _datasets(plot: Plot) -> dict[str, list[frames.Row]]:
    ends = plots.ends(plot)
    right = [max(words.pixels(end[field]) for end in ends) + 10 for field in ("text", "short")]
    placed = events.place(plot.events, plot.first, plot.last, left=plot.axis_width, right=right, title=words.pixels(plot.axis_title))
    return {
        "points": plots.points(plot),
        "progress": plots.in_progress(plot),
        "dots": plots.dots(plot),
        "ends": ends,
        "events": placed,
        **plots.levels(plot),
    }


def _one(plot: Plot, room: Room) -> Spec:
    drawn = [
        *drawing.axes(plot, 5 if room.narrow else 8),
        *events.draw(plot.events, plot.height, room),
        *drawing.heading(plot),
        *drawing.baseline(plot),
        *drawing.bands(plot),
        *drawing.lines(plot),
        *drawing.target(plot),
        *drawing.end_labels(plot, short=room.narrow),
        *drawing.hover(plot),
    ]
    return {"layer": drawn, "width": "container", "height": plot.height, "autosize": FIT}


def small_multiples(
    frame: "pd.DataFrame",
    x: str,
    y: str,
    facet: str,
    *,
    title: str,
    subtitle: str,
    unit: str = "count",
    accent: str | None = None,
    lower: str | None = None,
    upper: str | None = None,
    complete: str | None = None,
    marks: "pd.DataFrame | None" = None,
    zero: bool = True,
    grain: Grain | None = None,
    sort: bool = True,
    label: str | None = None,
    alt: str | None = None,
    height: int = 84,
) -> "Chart":
    """Draw one small chart for each value of ``facet``, all on the same two scales.

    Columns and marks are those of :func:`line`; one row for each time and facet. Panels are sorted by their last value
    (by their first appearance where ``sort`` is false); at most twelve are drawn, and the subtitle says of how many.
    ``accent`` names the panel that matters; without it all lines have the accent's colour.
    """
    rows = plots.read(frame, {"x": x, "y": y, "group": facet, "lower": lower, "upper": upper, "complete": complete})
    if not rows["y"].notna().any():
        return notice(caption(title, subtitle, alt or f"{words.clean(title)}. No data in this period."))
    rows, left_out = plots.keep_largest(rows, accent, frames.MOST_CLASSES)
    frames.refuse_crowd(len(rows), "points")
    rows = plots.in_order(rows, plots.by_last_value(rows)) if sort else rows
    plot = plots.plan(
        rows,
        unit=unit,
        label=words.heading(y) if label is None else words.clean(label),
        grain=grain,
        zero=zero,
        accent=accent,
        height=height,
        marks=marks,
        ticks=3,
        panels=True,
    )
    notes = [
        f"the {len(plot.names)} largest of {left_out + len(plot.names):,}, all on the same scales"
        if left_out
        else "all on the same scales",
        *plots.notes(plot),
        events.listed(plot.events),
    ]
    around = caption(title, subtitle, alt or plots.describe(plot, title, "Small line charts"), notes)
    return figure(lambda room: _panels(plot, room), around, datasets=_panel_datasets(plot), columns=plots.columns(plot, facet))


def _panel_datasets(plot: Plot) -> dict[str, list[frames.Row]]:
    placed = events.place(plot.events, plot.first, plot.last, left=0, right=(0, 0), title=0)
    return {
        "points": plots.points(plot),
        "progress": plots.in_progress(plot),
        "dots": plots.dots(plot),
        "events": placed,
        **plots.levels(plot),
    }


def _panels(plot: Plot, room: Room) -> Spec:
    columns, gap = (2, 12) if room.narrow else (3, 22)
    width = (room.width - 8 - (columns - 1) * gap) // columns - plot.axis_width - 8  # the last dots reach beyond the plot
    panels = [_panel(plot, at, width) for at in range(len(plot.names))]
    return {"concat": panels, "columns": columns, "spacing": {"row": 14, "column": gap}, "align": "all"}


def _panel(plot: Plot, at: int, width: int) -> Spec:
    own, name = plot.of(plot.names[at]), plot.names[at]
    keep = f"datum.panel == {at}"
    drawn = [
        *drawing.axes(plot, 2),
        *events.draw(plot.events, plot.height, None),
        *drawing.baseline(plot),
        *drawing.bands(plot, keep),
        *drawing.lines(plot, keep),
        *drawing.hover(plot, keep, name=f"hover_{at}"),
    ]
    value = "".join(own[own["whole"]]["value"].iloc[-1:]) or "no data"
    title = plots.end_label(name, value, width + plot.axis_width - words.pixels(value, 14), 14)
    return {"layer": drawn, "width": width, "height": plot.height, "title": {"text": title, "style": "panel-title"}}
