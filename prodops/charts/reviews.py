"""The charts of a weekly business review: a number's last weeks beside its last months, each over the same span of the year before."""

from typing import TYPE_CHECKING

from prodops.charts import drawing, events, frames, plots, words
from prodops.charts.display import Room, caption, figure, notice
from prodops.charts.layers import Spec
from prodops.charts.plots import Plot
from prodops.charts.scales import Grain

if TYPE_CHECKING:
    import pandas as pd

    from prodops.charts.display import Chart

NOW, BEFORE = "this year", "year before"
_OWN = ("ends", "target", "zero", "events")
"""Data sets of which each panel has its own."""


def six_twelve(
    weeks: "pd.DataFrame",
    months: "pd.DataFrame",
    *,
    title: str,
    subtitle: str,
    unit: str = "count",
    marks: "pd.DataFrame | None" = None,
    targets: tuple[float | None, float | None] = (None, None),
    alt: str | None = None,
    height: int = 150,
) -> "Chart":
    """Draw weeks and months side by side, this year's line before the grey one of the year before; on narrow screens one above the other.

    Both frames have a row a period: ``period_start``, ``value`` and ``year_before``, in ``unit``; missing breaks a line. The two value
    axes differ where a month's total does, and both start from zero. ``targets`` are those of a week and of a month. ``marks`` are as in
    :func:`prodops.charts.line`. Without values the chart is a notice.
    """
    given = [(weeks, "week"), (months, "month")]
    read = [_lines(frame) for frame, _ in given]
    if not any(rows["y"].notna().any() for rows in read):
        return notice(caption(title, subtitle, alt or f"{words.clean(title)}. No data in this period."))
    panels = [
        _plan(rows, unit, grain, target, height, marks, at)
        for at, (rows, (_, grain), target) in enumerate(zip(read, given, targets, strict=True))
        if rows["y"].notna().any()
    ]
    said = {event["said"]: event for plot in panels for event in plot.events}
    shown = [NOW, *([BEFORE] if any(BEFORE in plot.names for plot in panels) else [])]
    ticks = max(plot.unmarked for plot in panels)
    notes = ["grey: the same span of the year before" if BEFORE in shown else "no year before", events.listed(list(said.values()), most=2)]
    notes.append(f"ticks: {ticks:,} events" if ticks else "")
    text = alt or " ".join([f"{words.clean(title).rstrip('.')}.", *(plots.describe(p, f"By {p.grain}") for p in panels)])
    return figure(
        lambda room: _side_by_side(panels, room),
        caption(title, subtitle, text, notes),
        datasets=_datasets(panels),
        columns={"when": "Period", "group": "Series", "y": panels[0].axis_title or "Value"},
    )


def _lines(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Make two lines of the two columns; that of the year before only where it has a value."""
    import pandas as pd

    rows = frames.take(frame, {"x": "period_start", "now": "value", "before": "year_before"})
    parts = [(NOW, "now")] + ([(BEFORE, "before")] if rows["before"].notna().any() else [])
    long = pd.concat([rows[["x"]].assign(y=rows[column], series=name) for name, column in parts], ignore_index=True)
    return plots.read(long, {"x": "x", "y": "y", "group": "series"})


def _plan(rows: "pd.DataFrame", unit: str, grain: str, target: float | None, height: int, marks: "pd.DataFrame | None", at: int) -> Plot:
    from dataclasses import replace

    chosen: Grain = "week" if grain == "week" else "month"
    plot = plots.plan(rows, unit=unit, label="", grain=chosen, zero=True, accent=NOW, height=height, marks=marks, target=target, ticks=4)
    return replace(plot, rows=plot.rows.assign(panel=at))


def _datasets(panels: list[Plot]) -> dict[str, list[frames.Row]]:
    found: dict[str, list[frames.Row]] = {
        "points": [row for plot in panels for row in plots.points(plot)],
        "dots": [row for plot in panels for row in plots.dots(plot)],
    }
    for plot in panels:
        at = int(plot.rows["panel"].iloc[0])
        own = {
            "ends": [row | {"text": row["text"].split(" ", 2)[-1]} for row in plots.ends(plot)],
            "events": events.place(plot.events, plot.first, plot.last, left=0, right=(0, 0), title=0),
            **plots.levels(plot),
        }
        found |= {f"{name}_{at}": rows for name, rows in own.items()}
    return found


def _side_by_side(panels: list[Plot], room: Room) -> Spec:
    columns, gap = (1, 12) if room.narrow else (len(panels), 20)
    taken = sum(_beside(plot) for plot in panels) if columns > 1 else _beside(panels[0])
    space = room.width - 8 - (columns - 1) * gap - taken
    shares = [1.0] if columns == 1 else [0.42, 0.58] if len(panels) == 2 else [1.0]
    widths = [int(space * share) for share in (shares if columns > 1 else shares * len(panels))]
    return {
        "concat": [_panel(plot, width) for plot, width in zip(panels, widths, strict=True)],
        "columns": columns,
        "spacing": {"row": 14, "column": gap},
        "align": "each",
    }


def _beside(plot: Plot) -> int:
    """The pixels that the axis and the labels at the lines' ends take."""
    return plot.axis_width + 16 + round(max(words.pixels(row["text"].split(" ", 2)[-1]) for row in plots.ends(plot)))


def _panel(plot: Plot, width: int) -> Spec:
    at = int(plot.rows["panel"].iloc[0])
    keep = f"datum.panel == {at}"
    drawn = [
        *drawing.axes(plot, 3 if plot.grain == "week" else 4),
        *events.draw(plot.events, plot.height, None),
        *drawing.baseline(plot),
        *drawing.lines(plot, keep),
        *drawing.target(plot),
        *drawing.end_labels(plot, short=False),
        *drawing.hover(plot, keep, name=f"hover_{at}"),
    ]
    own = [{**part, "data": {"name": f"{part['data']['name']}_{at}"}} if part["data"]["name"] in _OWN else part for part in drawn]
    title = f"By {plot.grain}"
    return {"layer": own, "width": width, "height": plot.height, "title": {"text": title, "style": "panel-title"}}
