"""How answers are spread: one bar a row, parted by answer, what speaks against to the left and what speaks for to the right."""

from typing import TYPE_CHECKING

from prodops.charts import frames, words
from prodops.charts.display import FIT, NARROW, WIDE, Room, caption, figure, notice
from prodops.charts.layers import Spec, layer, number, pixel, tips, word
from prodops.errors import ProdopsError

if TYPE_CHECKING:
    import pandas as pd

    from prodops.charts.display import Chart

MOST, PARTS = 14, 12
_NAMES, _SIZE, _GAP, _LINE, _SWATCH = 190, 13, 8, 20, 11
_STEP = {False: 32, True: 52}
STRONG = 0.5
"""The tone from which a part is drawn in full colour."""
STYLES = {"against": ("bad-cell", 1.0), "rather against": ("bad-cell", 0.45), "between": ("muted-cell", 1.0)}
STYLES |= {"rather for": ("good-cell", 0.45), "for": ("good-cell", 1.0)}
STYLES |= {f"step{i}": ("accent-cell", opacity) for i, opacity in enumerate((1.0, 0.6, 0.4, 0.25, 0.14))}
_FULL = ("against", "for", "step0")
"""Parts whose colour asks for light text."""


def answers(
    frame: "pd.DataFrame",
    y: str,
    part: str,
    share: str,
    *,
    title: str,
    subtitle: str,
    tone: str | None = None,
    value: str | None = None,
    label: str = "Share of answers",
    alt: str | None = None,
) -> "Chart":
    """Draw a bar for each ``y``, both in the frame's order, parted by ``part`` into shares that add up to 1.

    ``tone`` says of each part how far it speaks for (up to 1) or against (down to −1): parts below 0 lie to the left of a common line, those
    above to the right, those at 0 across it. Without it the bars begin at the left and the parts are shades, the first the darkest.
    ``value`` is a text for each row, such as its score, written behind its bar. The first fourteen rows are drawn, and the subtitle says
    of how many. A frame without shares gives a notice.

    Raises :class:`ProdopsError` for columns that are missing, shares that are no numbers, two rows for one part, and more than
    twelve parts.
    """
    rows = frames.take(frame, {"name": y, "part": part, "share": share, "tone": tone, "value": value})
    rows["name"], rows["part"] = frames.labels(rows["name"]), frames.labels(rows["part"])
    rows["share"] = frames.numbers(rows["share"], "share").clip(lower=0)
    rows["tone"] = frames.numbers(rows["tone"], "tone") if tone else float("nan")
    frames.refuse_doubles(rows, ["name", "part"], "part of a bar")
    names, parts = frames.names_of(rows["name"]), frames.names_of(rows["part"])
    rows = rows[rows["name"].isin(names[:MOST])]
    if len(parts) > PARTS:
        raise ProdopsError(f"A bar of answers has at most {PARTS} parts; there are {len(parts)}. Put the rarest together first.")
    if not rows["share"].sum() > 0:
        return notice(caption(title, subtitle, alt or f"{words.clean(title)}. No data in this period."))
    rows = _in_words(rows, parts, named=value is not None)
    left = [f"the first {MOST} of {len(names):,}"] if len(names) > MOST else []
    laid = {room: _lay_out(rows, names[:MOST], parts, room) for room in (WIDE, NARROW)}
    heads = {"name": words.heading(y), "part": words.heading(part), "percent": f"{words.clean(label)}, %"}
    return figure(
        lambda room: _drawn(laid[room], room),
        caption(title, subtitle, alt or _describe(rows, title), left),
        datasets={"points": frames.records(rows[["name", "part", "percent", "value"]])}
        | {f"{name}{_end(room)}": data for room, sets in laid.items() for name, data in sets.items() if isinstance(data, list)},
        columns=heads,
    )


def _in_words(rows: "pd.DataFrame", parts: list[str], *, named: bool) -> "pd.DataFrame":
    """Say each share, and choose its colour."""
    styles = [_style(t, parts.index(p), len(parts)) for t, p in zip(rows["tone"], rows["part"], strict=True)]
    said = [words.say(s, "share") for s in rows["share"]]
    value = [words.clean(v) for v in rows["value"]] if named else ""
    return rows.assign(percent=rows["share"] * 100, said=said, style=styles, value=value, tone=rows["tone"].fillna(1.0))


def _style(tone: float, at: int, parts: int) -> str:
    if tone != tone:
        return f"step{round(at * 4 / max(parts - 1, 1))}"
    if tone == 0:
        return "between"
    side = "for" if tone > 0 else "against"
    return side if abs(tone) > STRONG else f"rather {side}"


def _describe(rows: "pd.DataFrame", title: str) -> str:
    told = []
    for name, own in rows.groupby("name", sort=False):
        parts = ", ".join(f"{words.cut(str(p), 200)} {s}" for p, s in zip(own["part"], own["said"], strict=True))
        told.append(f"{words.cut(str(name), 300)}: {parts}" + (f" ({own['value'].iloc[0]})" if own["value"].iloc[0] else ""))
    return f"{words.clean(title).rstrip('.')}. Bars parted by answer. {'; '.join(told)}."


# ------------------------------------------------------------------------------------------------------------ the layout
def _lay_out(rows: "pd.DataFrame", names: list[str], parts: list[str], room: Room) -> dict[str, list[frames.Row]]:
    """Place parts, names, values and the key; names and values stand above their bars where there is no room beside them."""
    start = 0.0 if room.narrow else min(_NAMES, max(words.pixels(name, _SIZE) for name in names)) + 12
    end = 0.0 if room.narrow else max(words.pixels(text, 12) for text in rows["value"]) + 10
    key, top = _key(rows, parts, room)
    wide, step = room.width - start - end, _STEP[room.narrow]
    sides = {name: _sides(own) for name, own in rows.groupby("name", sort=False)}
    left, right = (max(side[i] for side in sides.values()) for i in range(2))
    scale = wide / max(left + right, 1e-9)
    cells, ends = [], []
    for i, name in enumerate(names):
        y, at = top + i * step + (22 if room.narrow else 4), start + (left - sides[name][0]) * scale
        for row in frames.records(rows[rows["name"] == name].sort_values("tone", kind="stable")):
            size = row["share"] * scale
            text = row["said"] if size >= words.pixels(row["said"], 12) + 6 else ""
            cells.append(row | {"x": at, "x2": at + size, "y": y, "y2": y + 24, "at": at + size / 2, "level": y + 12, "text": text})
            at += size
        own = str(rows.loc[rows["name"] == name, "value"].iloc[0])
        ends.append({"x": room.width if room.narrow else at + 7, "y": y - 10 if room.narrow else y + 12, "text": own})
    named = [
        {
            "x": 0 if room.narrow else start - 10,
            "y": top + i * step + (12 if room.narrow else 16),
            "text": _name(name, room, str(ends[i]["text"])),
        }
        for i, name in enumerate(names)
    ]
    line = [{"x": start + left * scale, "y": top, "y2": top + len(names) * step}] if left > 0 else []
    return {"cells": cells, "names": named, "ends": ends, "key": key, "line": line, "height": [{"px": top + len(names) * step}]}


def _name(name: str, room: Room, value: str) -> str:
    return words.cut(name, room.width - words.pixels(value, 12) - 14 if room.narrow else _NAMES, _SIZE)


def _sides(own: "pd.DataFrame") -> tuple[float, float]:
    """Give how far a bar reaches to either side of the common line."""
    against, between = float(own.loc[own["tone"] < 0, "share"].sum()), float(own.loc[own["tone"] == 0, "share"].sum())
    return against + between / 2, float(own["share"].sum()) - against - between / 2


def _key(rows: "pd.DataFrame", parts: list[str], room: Room) -> tuple[list[frames.Row], float]:
    """Lay out what each colour means, in lines, in the order of the bars' parts."""
    order = rows.drop_duplicates("part").sort_values("tone", kind="stable")
    x, y, placed = 0.0, 0.0, []
    for name, style in zip(order["part"], order["style"], strict=True):
        text = words.cut(name, min(240, room.width - 2 * _SWATCH), 12)
        wide = _SWATCH + 6 + words.pixels(text, 12) + 14
        x, y = (0.0, y + _LINE) if x and x + wide > room.width else (x, y)
        placed.append(
            {"x": x, "x2": x + _SWATCH, "y": y + 2, "y2": y + 2 + _SWATCH, "tx": x + _SWATCH + 6, "ty": y + 8, "text": text, "style": style}
        )
        x += wide
    return placed, y + _LINE + _GAP


# ----------------------------------------------------------------------------------------------------------- the drawing
def _end(room: Room) -> str:
    return "_narrow" if room.narrow else ""


def _drawn(laid: dict[str, list[frames.Row]], room: Room) -> Spec:
    end = _end(room)
    across = {"scale": {"domain": [0, room.width], "nice": False, "zero": False}, "axis": None}
    box = {"x": number("x", **across), "x2": {"field": "x2"}, "y": pixel("y"), "y2": {"field": "y2"}}
    here = {"x": number("x", **across), "y": pixel("y"), "text": word("text")}
    middle, named = {**here, "x": number("at", **across), "y": pixel("level")}, {**here, "x": number("tx", **across), "y": pixel("ty")}
    level = {"x": here["x"], "y": pixel("y"), "y2": {"field": "y2"}}
    drawn = [layer(f"line{end}", "rule", level, style="baseline")] if laid["line"] else []  # behind the bars, whose numbers it would cross
    for style in dict.fromkeys(row["style"] for row in laid["cells"]):
        own, (colour, opacity) = f"datum.style == '{style}'", STYLES[style]
        text = "accent-cell-value" if style in _FULL else "muted-cell-value"
        for source in ("cells", "key"):
            drawn.append(layer(f"{source}{end}", "rect", box, style=colour, keep=own, opacity=opacity, cornerRadius=0))
        drawn.append(
            layer(f"cells{end}", "text", middle, style=text, keep=own, align="center", baseline="middle", fontSize=12, fontWeight="normal")
        )
    drawn.append(layer(f"key{end}", "text", named, style="muted-label", align="left", baseline="middle"))
    side = {"align": "left" if room.narrow else "right", "baseline": "middle"}
    drawn.append(layer(f"names{end}", "text", here, style="label", fontSize=_SIZE, **side))
    drawn.append(layer(f"ends{end}", "text", here, style="muted-label", align="right" if room.narrow else "left", baseline="middle"))
    tip = {"tooltip": tips(name="Name", part="Answer", said="Share")}
    hover = layer(f"cells{end}", "rect", {**box, **tip}, opacity=0, name="hover")
    return {"layer": [*drawn, hover], "width": "container", "height": laid["height"][0]["px"], "autosize": FIT}
