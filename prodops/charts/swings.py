"""What each lever of a scenario does to an outcome: a tornado, and the course of a node over months against base and target."""

from typing import TYPE_CHECKING

from prodops.charts import frames, lanes, ranks, words
from prodops.charts.display import Room, caption, figure, notice
from prodops.charts.layers import Spec, layer, number
from prodops.charts.ranks import Ranked
from prodops.charts.timelines import line
from prodops.stamps import in_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import pandas as pd

    from prodops.charts.display import Chart


def tornado(
    frame: "pd.DataFrame", *, title: str, subtitle: str, unit: str = "count", limit: int = 8, label: str = "", alt: str | None = None
) -> "Chart":
    """Draw what each lever alone does to an outcome: a bar from the outcome at the lever's low end to that at its high end.

    ``frame`` is what :meth:`Model.tornado` gives (``title``, ``unit``, ``low``, ``high``, ``at_low``, ``at_high``, ``point``), the widest
    swing first; ``unit`` is the outcome's. At most ``limit`` (twelve) levers are drawn, in the frame's order; a rule marks the outcome with
    all levers where they stand. An empty frame gives a notice.
    """
    columns = {"name": "title", "x": "at_high", "before": "at_low"}
    rows = ranks.read(frame, {**columns, "lower": None, "upper": None}, None)
    if rows.empty:
        return notice(caption(title, subtitle, alt or f"{words.clean(title)}. No lever moves it."))
    left_out = f"the {limit} widest of {len(rows):,}" if len(rows) > limit else ""
    given = frame.head(min(limit, frames.MOST_CLASSES)).reset_index(drop=True)
    rows = rows.head(len(given)).assign(name=[_named(row) for row in given.itertuples()], tone="accent")
    ranked = ranks.plan(rows, unit=unit, label=words.clean(label), zero=False, reference=float(given["point"].iloc[0]))
    around = caption(
        title,
        subtitle,
        alt or ranks.describe(ranked, title, "Tornado chart"),
        ["grey: at the lever's low end", "blue: at its high end", left_out],
    )
    return figure(
        lambda room: lanes.lay(ranked, room, _swings(ranked, room)),
        around,
        datasets={"points": ranks.points(ranked), "zero": [{"level": ranked.reference}]},
        columns={
            "name": "Lever",
            "before": f"{ranked.axis_title or 'Outcome'}, lever low",
            "x": f"{ranked.axis_title or 'Outcome'}, lever high",
        },
    )


def _named(row: "object") -> str:
    """Name a lever with both its ends: ``Churn (3.3 % to 4.8 %)``."""
    title, low, high, unit = (getattr(row, name) for name in ("title", "low", "high", "unit"))
    return f"{words.clean(title)} ({in_words(low, unit)} to {in_words(high, unit)})"


def _swings(ranked: Ranked, room: Room) -> list[Spec]:
    """Draw both halves of each swing from the line where the outcome stands."""
    size: Spec = {"height": 14 if room.narrow else 18, "yOffset": lanes.shift(room)}
    halves = [
        layer("points", "bar", {"x": number(field, stack=None), "x2": {"datum": ranked.reference}, "y": lanes.LANE}, style=style, **size)
        for field, style in (("before", "muted-bar"), ("x", "accent-bar"))
    ]
    return [*halves, *([] if room.narrow else [lanes.level()])]  # where names stand above the bars it would cross them


def fan(
    frame: "pd.DataFrame",
    months: "Sequence[date]",
    *,
    title: str,
    subtitle: str,
    unit: str = "count",
    target: float | None = None,
    now_label: str = "now",
    base_label: str = "base",
    label: str = "",
    alt: str | None = None,
) -> "Chart":
    """Draw a node over months with the range of 9 in 10 cases, against base and its target.

    ``frame`` is what :meth:`Simulation.fan` gives (``point``, ``p05``, ``p95`` and ``base``, a row a month), ``months`` their first days.
    """
    import pandas as pd

    now = pd.DataFrame({"month": list(months), "of": now_label, "value": frame["point"], "low": frame["p05"], "high": frame["p95"]})
    base = pd.DataFrame({"month": list(months), "of": base_label, "value": frame["base"]})
    both = pd.concat([now, base], ignore_index=True)
    return line(
        both,
        "month",
        "value",
        title=title,
        subtitle=subtitle,
        unit=unit,
        series="of",
        accent=now_label,
        lower="low",
        upper="high",
        target=target,
        grain="month",
        band="9 in 10 cases",
        label=label,
        alt=alt,
    )
