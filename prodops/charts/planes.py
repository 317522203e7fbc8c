"""Things on a plane: each a dot with its name beside it, its ranges as a cross, and what the corners mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodops.charts import frames, plots, words
from prodops.charts.display import FIT, NARROW, WIDE, Room, caption, figure, notice
from prodops.charts.layers import Spec, layer, number, pixel, tips, word

if TYPE_CHECKING:
    import pandas as pd

    from prodops.charts.display import Chart

MOST = 20
_HEIGHT, _LEFT, _BELOW, _SIZE = {False: 330, True: 340}, 46, 46, 13
_PLACES = tuple(
    (side, across, down)
    for across, down in ((9.0, -17.0), (0.0, -25.0), (0.0, 9.0), (9.0, 2.0), (0.0, -41.0), (0.0, 25.0))
    for side in (("right", "left") if across else ("middle", "right", "left"))
)
"""Where a name may stand: to which side of its dot it runs, how far off, and where its top is; beside a dot it lies a little above the range."""
_APART = 6
"""Pixels between two names side by side."""
_ENDS = ("x_lower", "x_upper", "y_lower", "y_upper")


def plane(
    frame: "pd.DataFrame",
    x: str,
    y: str,
    name: str,
    *,
    title: str,
    subtitle: str,
    x_label: str,
    y_label: str,
    unit: str = "share",
    ends: tuple[float, float] = (0.0, 1.0),
    ranges: tuple[str, str, str, str] | None = None,
    corners: tuple[str, str, str, str] = ("", "", "", ""),
    accent: Sequence[str] = (),
    alt: str | None = None,
) -> "Chart":
    """Draw a dot for each ``name`` at ``x`` and ``y``, both from the first of ``ends`` to the last, with its name beside it.

    ``ranges`` names the columns of both lower and upper bounds (x, then y), drawn as a cross. ``corners`` say what it means to lie at the
    top left, top right, bottom left and bottom right, parted by lines through the middle. ``accent`` lists the dots that matter, the
    others are grey; none: all matter. The first twenty dots are drawn, and the subtitle says of how many. A frame without values gives
    a notice.

    Raises :class:`ProdopsError` for columns that are missing, values that are no numbers, a name that comes twice, and an accent
    that is not there.
    """
    columns: dict[str, str | None] = {"name": name, "x": x, "y": y, **dict(zip(_ENDS, ranges or (None,) * 4, strict=True))}
    rows = frames.take(frame, columns)
    rows["name"] = frames.labels(rows["name"])
    for column in [c for c in ("x", "y", *_ENDS) if c in rows]:
        rows[column] = frames.numbers(rows[column], column)
    frames.refuse_doubles(rows, ["name"], "dot")
    rows = rows[rows["x"].notna() & rows["y"].notna()]
    if rows.empty:
        return notice(caption(title, subtitle, alt or f"{words.clean(title)}. No data in this period."))
    marked = [plots.check_accent(wanted, list(rows["name"])) for wanted in accent]
    left = [f"the first {MOST} of {len(rows):,}"] if len(rows) > MOST else []
    rows = rows.head(MOST).assign(tone=["accent" if not marked or n in marked else "muted" for n in rows["name"].head(MOST)])
    heads = (words.clean(x_label), words.clean(y_label))
    rows = rows.assign(at=[_said(r.x, r.y, unit, heads) for r in rows.itertuples(index=False)])
    notes = [*left, "lines: 95\u00a0% ranges" if ranges else ""]
    laid = {room: _Laid(rows, room, ends, unit, heads, corners) for room in (WIDE, NARROW)}
    factor = words.scale_of(unit)
    data = rows[["name", "x", "y"]].assign(x=rows["x"] * factor, y=rows["y"] * factor)
    return figure(
        lambda room: laid[room].draw(),
        caption(title, subtitle, alt or _describe(rows, title), notes),
        datasets={"points": frames.records(data)} | {key: value for each in laid.values() for key, value in each.data().items()},
        columns={"name": words.heading(name), "x": _head(heads[0], unit), "y": _head(heads[1], unit)},
    )


def _head(label: str, unit: str) -> str:
    return ", ".join(filter(None, [label, words.unit_words(unit)]))


def _said(x: float, y: float, unit: str, heads: tuple[str, str]) -> str:
    return f"{heads[0]} {words.say(x, unit)}, {heads[1]} {words.say(y, unit)}"


def _describe(rows: "pd.DataFrame", title: str) -> str:
    each = "; ".join(f"{words.cut(n, 300)}: {at}" for n, at in zip(rows["name"], rows["at"], strict=True))
    return f"{words.clean(title).rstrip('.')}. Dots on a plane. {each}."


@dataclass(frozen=True)
class _Laid:
    """A plane laid out in one room; places are pixels."""

    rows: "pd.DataFrame"
    room: Room
    ends: tuple[float, float]
    unit: str
    heads: tuple[str, str]
    corners: tuple[str, str, str, str]

    @property
    def end(self) -> str:
        return "_narrow" if self.room.narrow else ""

    @property
    def bottom(self) -> float:
        return _HEIGHT[self.room.narrow] - _BELOW

    def across(self, value: float) -> float:
        low, high = self.ends
        return _LEFT + (self.room.width - _LEFT - 12) * (min(max(value, low), high) - low) / (high - low)

    def up(self, value: float) -> float:
        low, high = self.ends
        return self.bottom - (self.bottom - 8) * (min(max(value, low), high) - low) / (high - low)

    # ------------------------------------------------------------------------------------------------------ what is placed
    def data(self) -> dict[str, list[frames.Row]]:
        """Give every data set: dots, their ranges and names, the grid with its numbers, corners and the axes' names."""
        dots = [
            {"name": r["name"], "at": r["at"], "tone": r["tone"], "x": self.across(r["x"]), "y": self.up(r["y"])}
            for r in frames.records(self.rows)
        ]
        sets = {"dots": dots, "crosses": self._crosses(), "labels": self._labels(dots), "grid": self._grid(), "ticks": self._ticks()}
        sets |= {"corners": self._corners(), "heads": self._heads()}
        return {f"{name}{self.end}": data for name, data in sets.items()}

    def _crosses(self) -> list[frames.Row]:
        if "x_lower" not in self.rows:
            return []
        lines = []
        for r in frames.records(self.rows):
            x, y = self.across(r["x"]), self.up(r["y"])
            if r["x_lower"] is not None and r["x_upper"] is not None:
                lines.append({"x": self.across(r["x_lower"]), "x2": self.across(r["x_upper"]), "y": y, "y2": y, "tone": r["tone"]})
            if r["y_lower"] is not None and r["y_upper"] is not None:
                lines.append({"x": x, "x2": x, "y": self.up(r["y_lower"]), "y2": self.up(r["y_upper"]), "tone": r["tone"]})
        return lines

    def _grid(self) -> list[frames.Row]:
        low, high = self.ends
        steps = [low + (high - low) * i / 4 for i in range(5)]
        right = self.room.width - 12
        flat = [{"x": _LEFT, "x2": right, "y": self.up(v), "y2": self.up(v)} for v in steps]
        return flat + [{"x": self.across(v), "x2": self.across(v), "y": 8, "y2": self.bottom} for v in steps]

    def _ticks(self) -> list[frames.Row]:
        low, high = self.ends
        steps = [low + (high - low) * i / 4 for i in range(5)]
        left = [{"x": _LEFT - 8, "y": self.up(v), "text": words.say(v, self.unit), "side": "left"} for v in steps]
        return left + [{"x": self.across(v), "y": self.bottom + 12, "text": words.say(v, self.unit), "side": "below"} for v in steps]

    def _heads(self) -> list[frames.Row]:
        across, up = self.heads
        return [
            {"x": _LEFT, "y": self.bottom + 34, "text": f"{words.cut(across, self.room.width - _LEFT - 20, 12)} →"},
            {"x": 0, "y": -8, "text": f"↑ {words.cut(up, self.room.width - 20, 12)}"},
        ]

    def _corners(self) -> list[frames.Row]:
        right, low = self.room.width - 18, self.bottom - 12
        places = ((_LEFT + 8, 20, "left"), (right, 20, "right"), (_LEFT + 8, low, "left"), (right, low, "right"))
        told = [{"x": x, "y": y, "side": side, "text": words.clean(text)} for (x, y, side), text in zip(places, self.corners, strict=True)]
        return [row for row in told if row["text"]]

    def _labels(self, dots: list[frames.Row]) -> list[frames.Row]:
        """Put each name beside its dot where it covers least of dots, ranges and other names; of equal places the first of :data:`_PLACES`."""
        taken = [(d["x"] - 6, d["y"] - 6, d["x"] + 6, d["y"] + 6) for d in dots] + self._lines()
        placed = []
        for dot in sorted(dots, key=lambda d: (d["tone"] != "accent", -d["y"])):
            text = words.cut(dot["name"], 130 if self.room.narrow else 220, _SIZE)
            boxes = [self._box(dot, text, place) for place in _PLACES]
            inside = [box for box in boxes if self._inside(box)] or boxes
            side, box = min(inside, key=lambda placed: sum(_shared(placed[1], other) for other in taken))
            taken.append((box[0] - _APART, box[1], box[2] + _APART, box[3]))
            x = {"right": box[0], "left": box[2]}.get(side, (box[0] + box[2]) / 2)
            placed.append(
                {
                    "x": x,
                    "y": (box[1] + box[3]) / 2,
                    "text": text,
                    "side": side if side in ("right", "left") else "middle",
                    "tone": dot["tone"],
                }
            )
        return placed

    def _lines(self) -> list[tuple[float, float, float, float]]:
        """Give the places that ranges cover."""
        return [(min(r["x"], r["x2"]), min(r["y"], r["y2"]) - 1, max(r["x"], r["x2"]), max(r["y"], r["y2"]) + 1) for r in self._crosses()]

    def _box(self, dot: frames.Row, text: str, place: tuple[str, float, float]) -> tuple[str, tuple[float, float, float, float]]:
        side, across, down = place
        wide = words.pixels(text, _SIZE)
        left = dot["x"] + {"right": across, "left": -across - wide}.get(side, -wide / 2)
        return side, (left, dot["y"] + down, left + wide, dot["y"] + down + 16)

    def _inside(self, placed: tuple[str, tuple[float, float, float, float]]) -> bool:
        left, top, right, bottom = placed[1]
        return left >= _LEFT + 2 and right <= self.room.width and top >= 0 and bottom <= self.bottom

    # ------------------------------------------------------------------------------------------------------------- drawing
    def draw(self) -> Spec:
        """Draw the plane from the back: grid, corners, ranges, dots, names."""
        across = {"scale": {"domain": [0, self.room.width], "nice": False, "zero": False}, "axis": None}
        here = {"x": number("x", **across), "y": pixel("y")}
        line, text = {**here, "x2": {"field": "x2"}, "y2": {"field": "y2"}}, {**here, "text": word("text")}
        middle: Spec = {"baseline": "middle"}
        drawn = [layer(f"grid{self.end}", "rule", line, style="gridline")]
        for side, align in (("left", "right"), ("below", "center")):
            drawn.append(
                layer(f"ticks{self.end}", "text", text, style="muted-label", keep=f"datum.side == '{side}'", align=align, **middle)
            )
        for side in ("left", "right"):
            drawn.append(
                layer(
                    f"corners{self.end}",
                    "text",
                    text,
                    style="muted-label",
                    keep=f"datum.side == '{side}'",
                    align=side,
                    fontStyle="italic",
                    **middle,
                )
            )
        drawn.append(layer(f"heads{self.end}", "text", text, style="muted-label", align="left", **middle))
        for tone in ("muted", "accent"):
            own = f"datum.tone == '{tone}'"
            drawn.append(layer(f"crosses{self.end}", "rule", line, style=f"{tone}-range", keep=own, strokeWidth=1.5, opacity=0.5))
            drawn.append(layer(f"dots{self.end}", "point", here, style=f"{tone}-dot", keep=own))
            for side, align in (("right", "left"), ("left", "right"), ("middle", "center")):
                keep = f"{own} && datum.side == '{side}'"
                style = "accent-label" if tone == "accent" else "muted-label"
                drawn.append(layer(f"labels{self.end}", "text", text, style=style, keep=keep, align=align, fontSize=_SIZE, **middle))
        hover = layer(f"dots{self.end}", "point", {**here, "tooltip": tips(name="Name", at="At")}, style="hidden", name="hover")
        return {"layer": [*drawn, hover], "width": "container", "height": _HEIGHT[self.room.narrow], "autosize": FIT}


def _shared(box: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> float:
    """Give the area that two boxes share."""
    return max(min(box[2], other[2]) - max(box[0], other[0]), 0) * max(min(box[3], other[3]) - max(box[1], other[1]), 0)
