"""From one level to another, part by part: a waterfall whose bars are what each part brought."""

from typing import TYPE_CHECKING

from prodops.charts import frames, lanes, ranks, words
from prodops.charts.display import Room, caption, figure, notice
from prodops.charts.layers import Spec, layer, number
from prodops.charts.ranks import Ranked

if TYPE_CHECKING:
    import pandas as pd

    from prodops.charts.display import Chart

NEGLIGIBLE = 0.005
"""What the parts leave over is shown where it is more than this share of the whole way."""


def contributions(
    frame: "pd.DataFrame",
    part: str,
    contribution: str,
    *,
    before: float,
    after: float,
    title: str,
    subtitle: str,
    unit: str = "count",
    accent: str | None = None,
    before_label: str = "before",
    after_label: str = "after",
    limit: int = 8,
    label: str = "Level",
    alt: str | None = None,
) -> "Chart":
    """Draw the way from ``before`` to ``after``: a dot at each end, between them one floating bar for each part's ``contribution``.

    The largest parts come first, at most ``limit`` (twelve) of them, then "other (n)" with the sum of the rest, then what all parts
    leave unexplained, so that the bars always reach ``after``. Bars are differences, so the axis starts near the levels and not at zero.
    ``accent`` names the part that matters, the others are grey. Parts without a contribution are left out; where an end is missing, or
    no part is left, a notice says so. ``unit`` is that of the levels; contributions to shares are written in points.

    Raises :class:`ProdopsError` for columns that are missing, values that are no numbers, and a part that comes twice.
    """
    rows = ranks.read(frame, {"name": part, "x": contribution}, accent)
    if rows.empty or words.is_missing(before) or words.is_missing(after):
        return notice(caption(title, subtitle, alt or f"{words.clean(title)}. No data in this period."))
    steps = _with_ends(_largest(rows, accent, limit, after - before), before, after, words.clean(before_label), words.clean(after_label))
    ranked = ranks.plan(steps[["name", "x", "before", "tone"]], unit=unit, label=words.clean(label), zero=False)
    said = [
        words.say(x, unit) if end else _signed(step, unit) for x, step, end in zip(steps["x"], steps["step"], steps["end"], strict=True)
    ]
    drawn = ranked.rows.assign(value=said, step=steps["step"] * words.scale_of(unit), end=steps["end"], next=ranked.rows["rank"] + 1)
    ranked = Ranked(drawn, ranked.x, ranked.unit, ranked.label, None)
    return figure(
        lambda room: lanes.lay(ranked, room, _drawn(ranked, room)),
        caption(title, subtitle, alt or _describe(ranked, title)),
        datasets={"points": frames.records(drawn), "zero": [{"level": 0}]},
        columns=_columns(ranked, part),
    )


def _largest(rows: "pd.DataFrame", accent: str | None, limit: int, way: float) -> "pd.DataFrame":
    """Keep the parts that brought most, either way; sum up the others, and add what no part explains."""
    import pandas as pd

    sized = rows.assign(size=rows["x"].abs())
    most = max(1, min(limit, frames.MOST_CLASSES))
    kept = sized.sort_values(["size", "name"], ascending=[False, True]).head(most if len(sized) != most + 1 else most + 1)
    if accent is not None and words.clean(accent) in set(rows["name"]) - set(kept["name"]):
        kept = pd.concat([kept.iloc[:-1], sized[sized["name"] == words.clean(accent)]])
    rest, left = rows.drop(kept.index), way - float(rows["x"].sum())
    more = [{"name": f"other ({len(rest):,})", "x": float(rest["x"].sum()), "tone": "rest"}] if len(rest) else []
    more += [{"name": "unexplained", "x": left, "tone": "rest"}] if abs(left) > NEGLIGIBLE * abs(way) + 1e-12 else []
    tones = ["accent" if accent is None or name == words.clean(accent) else "muted" for name in kept["name"]]
    return pd.concat([kept.drop(columns="size").assign(tone=tones), pd.DataFrame(more)], ignore_index=True)


def _with_ends(parts: "pd.DataFrame", before: float, after: float, first: str, last: str) -> "pd.DataFrame":
    """Lay the parts end to end between the two levels: ``before`` and ``x`` are where a step starts and ends."""
    import pandas as pd

    reached = before + parts["x"].cumsum()
    steps = pd.DataFrame(
        {"name": parts["name"], "x": reached, "before": reached - parts["x"], "step": parts["x"], "tone": parts["tone"], "end": False}
    )
    ends = [
        pd.DataFrame([{"name": n, "x": v, "before": v, "step": None, "tone": "muted", "end": True}])
        for n, v in ((first, before), (last, after))
    ]
    return pd.concat([ends[0].astype({"step": "float64"}), steps, ends[1].astype({"step": "float64"})], ignore_index=True)


def _signed(step: float, unit: str) -> str:
    return words.in_words(step, "points" if unit == "share" else unit, signed=True)


def _drawn(ranked: Ranked, room: Room) -> list[Spec]:
    down = lanes.shift(room)
    drawn = [
        layer(
            "points",
            "bar",
            {"x": number("before", stack=None), "x2": {"field": "x"}, "y": lanes.LANE},
            style=f"{tone}-bar",
            keep=f"datum.tone == '{tone}' && !datum.end",
            height=14 if room.narrow else 18,
            yOffset=down,
        )
        for tone in lanes.tones(ranked)
    ]
    ends = layer("points", "point", {"x": number("x"), "y": lanes.LANE}, style="muted-dot", keep="datum.end", yOffset=down)
    return [*([] if room.narrow else [_joints(ranked)]), *drawn, ends]


def _joints(ranked: Ranked) -> Spec:
    """Join the end of each step to the start of the next; where names stand above the bars the joints would cross them."""
    across = {"x": number("x"), "y": lanes.LANE, "y2": {"field": "next"}}
    return layer("points", "rule", across, style="baseline", keep=f"datum.next < {len(ranked.rows)}")


def _describe(ranked: Ranked, title: str) -> str:
    named = [f"{words.cut(name, 500)} {value}" for name, value in zip(ranked.rows["name"], ranked.rows["value"], strict=True)]
    return f"{words.clean(title).rstrip('.')}. Steps from {named[0]} to {named[-1]}: {'; '.join(named[1:-1])}."


def _columns(ranked: Ranked, part: str) -> dict[str, str]:
    unit = words.unit_words("points" if ranked.unit == "share" else ranked.unit)
    level = words.unit_words(ranked.unit)
    return {
        "name": words.heading(part),
        "step": ", ".join(filter(None, ["Contribution", unit])),
        "x": ", ".join(filter(None, ["Level reached", level])),
    }
