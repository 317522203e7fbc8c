"""Maps of a whole: a treemap whose tiles are named, and split into their parts where these can be named too."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from prodops.charts import frames, plots, words
from prodops.charts.display import FIT, NARROW, WIDE, Room, caption, figure, notice
from prodops.charts.layers import Spec, layer, number, pixel, tips, word
from prodops.charts.tiling import Box, squarify
from prodops.errors import ProdopsError

if TYPE_CHECKING:
    import pandas as pd

    from prodops.charts.display import Chart

MOST = 24
"""Tiles carry their names, so more of them can be read than classes told apart by colour."""
_PAD, _EDGE, _LINE, _NAME, _BOLD, _PART = 7, 5, 16, 13, 14, 12
_AREA = {False: (12_500, 200, 480, 1.7), True: (10_500, 240, 720, 1.3)}
"""For the wide and the narrow room: pixels for a tile, the least and most height, and a tile's width over its height."""
_TONES = ("muted", "accent", "rest")


def treemap(
    frame: "pd.DataFrame",
    name: str,
    size: str,
    *,
    title: str,
    subtitle: str,
    unit: str = "count",
    group: str | None = None,
    note: str | None = None,
    accent: Sequence[str] = (),
    limit: int = MOST,
    label: str | None = None,
    alt: str | None = None,
) -> "Chart":
    """Draw one tile for each ``name``, its area its ``size``; with ``group`` a tile for each group, split into its names.

    Sizes add up to the whole: they are counts or money, none negative; missing and zero are left out. The largest tiles come
    first, at the top left; those beyond ``limit``, and those too small for their name, are one tile "other (n)", last. A tile says
    its size and its ``note`` (a short text, its group's first); parts are drawn where their names fit. ``accent`` lists the
    tiles that matter, the others are grey. A frame without values gives a notice.

    Raises :class:`ProdopsError` for columns that are missing, sizes that are no numbers or negative, a name that comes
    twice, and an accent that no tile has.
    """
    rows = _read(frame, {"name": name, "size": size, "group": group, "note": note}, accent)
    if rows.empty:
        return notice(caption(title, subtitle, alt or f"{words.clean(title)}. No data in this period."))
    label = words.heading(size) if label is None else words.clean(label)
    tiles = _totals(rows, accent, unit)
    maps = {room: _lay_out(tiles, rows if group else rows[:0], room, limit, unit) for room in (WIDE, NARROW)}
    head = ", ".join(filter(None, [label or "Size", words.unit_words(unit)]))
    data = {"points": frames.records(rows.assign(size=rows["size"] * words.scale_of(unit))[["group", "name", "size"]])}
    return figure(
        lambda room: _drawn(maps[room], room),
        caption(title, subtitle, alt or _describe(tiles, title, label), ["area: share of the whole"]),
        datasets=data | {f"{name}{_end(room)}": rows for room, laid in maps.items() for name, rows in laid.data().items()},
        columns={**({"group": words.heading(group)} if group else {}), "name": words.heading(name), "size": head},
    )


def _read(frame: "pd.DataFrame", columns: dict[str, str | None], accent: Sequence[str]) -> "pd.DataFrame":
    """Check a frame and give its rows of some size, the largest first; without groups each name is its own."""
    rows = frames.take(frame, columns)
    rows["name"], rows["size"] = frames.labels(rows["name"]), frames.numbers(rows["size"], "size")
    rows["group"] = frames.labels(rows["group"]) if "group" in rows else rows["name"]
    rows["note"] = [words.clean(note) for note in rows["note"]] if "note" in rows else ""
    frames.refuse_doubles(rows, ["group", "name"], "tile")
    if (rows["size"] < 0).any():
        least = rows.loc[rows["size"].idxmin()]
        raise ProdopsError(f"A treemap shows the parts of a whole; “{least['name']}” has the size {least['size']:g}. Draw bars instead.")
    rows = rows[rows["size"] > 0].sort_values("size", ascending=False, kind="stable").reset_index(drop=True)
    for wanted in accent if len(rows) else ():
        plots.check_accent(wanted, list(rows["group"]))
    frames.refuse_crowd(len(rows), "tiles")
    return rows


def _totals(rows: "pd.DataFrame", accent: Sequence[str], unit: str) -> "pd.DataFrame":
    """Add each group up: ``name size note tone value share``, the largest first."""
    tiles = rows.groupby("group", sort=False).agg(size=("size", "sum"), note=("note", "first")).rename_axis("name").reset_index()
    tiles = tiles.sort_values("size", ascending=False, kind="stable").reset_index(drop=True)
    marked = {words.clean(name) for name in accent}
    return _in_words(tiles.assign(tone=["accent" if name in marked else "muted" for name in tiles["name"]]), tiles["size"].sum(), unit)


def _in_words(tiles: "pd.DataFrame", whole: float, unit: str) -> "pd.DataFrame":
    sizes = list(tiles["size"])
    return tiles.assign(value=[words.say(s, unit) for s in sizes], share=[words.say(s / whole, "share") for s in sizes])


def _fold(tiles: "pd.DataFrame", kept: int, unit: str) -> "pd.DataFrame":
    """Keep the largest tiles, the accented ones always; sum the others in a last one."""
    import pandas as pd

    muted = tiles["tone"] == "muted"
    small = muted & (muted.cumsum() + (~muted).sum() > kept)
    if small.sum() < 2:
        return tiles
    rest = pd.DataFrame([{"name": f"other ({small.sum():,})", "size": tiles.loc[small, "size"].sum(), "note": "", "tone": "rest"}])
    return pd.concat([tiles[~small], _in_words(rest, tiles["size"].sum(), unit)], ignore_index=True)


# ------------------------------------------------------------------------------------------------------------ the layout
class _Tile(NamedTuple):
    """A tile or a part of one: its place, the lines drawn in it, and what a pointer reads."""

    box: Box
    text: str
    said: str
    read: frames.Row

    def row(self) -> frames.Row:
        place = {key: round(value, 2) for key, value in zip(("x", "y", "x2", "y2"), self.box, strict=True)}
        return {**place, "text": self.text, "said": self.said, "below": _LINE * (self.text.count("\n") + 1), **self.read}


@dataclass(frozen=True)
class _Map:
    """A map laid out in one room."""

    height: int
    tiles: list[_Tile]
    parts: list[_Tile]

    def data(self) -> dict[str, list[frames.Row]]:
        return {"tiles": [tile.row() for tile in self.tiles], **({"parts": [part.row() for part in self.parts]} if self.parts else {})}


def _lay_out(tiles: "pd.DataFrame", rows: "pd.DataFrame", room: Room, limit: int, unit: str) -> _Map:
    """Lay a map out with as many tiles as can be named."""
    area, least, most, shape = _AREA[room.narrow]
    most_tiles = max(1, min(limit, MOST, len(tiles)))
    height = round(min(most, max(least, most_tiles * area / room.width)))
    for kept in range(most_tiles, 0, -1):
        folded = _fold(tiles, kept, unit)
        boxes = squarify(list(folded["size"]), Box(0, 0, room.width, height), aspect=shape)
        names = [_name(name, box) for name, box in zip(folded["name"], boxes, strict=True)]
        if all(names):
            break
    laid = [_tile(row, box, lines) for row, box, lines in zip(frames.records(folded), boxes, names, strict=True)]
    own = {name: part for name, part in rows.groupby("group", sort=False)}  # noqa: C416 - dict() would take a frame's own
    return _Map(height, laid, [part for tile in laid if tile.read["name"] in own for part in _split(own[tile.read["name"]], tile, unit)])


def _name(name: str, box: Box) -> list[str]:
    """Break a tile's name into lines that fit above its value, or alone; no lines where it would be cut to pieces."""
    most = int((box.height - _PAD) // _LINE)
    for lines in (most - 1, most):
        broken = words.wrap(name, box.width - 2 * _PAD, _BOLD, lines=max(1, min(lines, 4)))
        if lines > 0 and not any(line[-1:] == "…" for line in broken[:-1]) and _tells(broken, name):
            return broken
    return []


def _tells(broken: list[str], name: str, least: int = 14) -> bool:
    """Say whether what is left of a name still tells it."""
    kept = len(" ".join(broken))
    return broken[-1][-1:] != "…" or kept >= max(least, 0.6 * len(name))


def _tile(row: frames.Row, box: Box, lines: list[str]) -> _Tile:
    """Put size and note under a tile's name where there is room, or the size alone."""
    wide = " · ".join(filter(None, [row["value"], row["note"]]))
    said = wide if words.pixels(wide, 12.5) <= box.width - 2 * _PAD else row["value"]
    fits = box.height >= _PAD + _LINE * (len(lines) + 1) and words.pixels(said, 12.5) <= box.width - _PAD
    return _Tile(box, "\n".join(lines), said if fits else "", {key: row[key] for key in ("name", "value", "share", "note", "tone")})


def _split(own: "pd.DataFrame", tile: _Tile, unit: str) -> list[_Tile]:
    """Divide what a tile has left under its name among its largest parts, as many as can be named, and one for those that are left."""
    box, named = tile.box, _PAD + _LINE * (tile.text.count("\n") + 2)
    body = Box(box.left + _EDGE, min(box.top + named, box.bottom), box.right - _EDGE, box.bottom - _EDGE)
    names, sizes = list(own["name"]), list(own["size"])
    for kept in range(len(own), 0, -1) if len(own) > 1 and body.height > 22 else ():
        left = [sum(sizes[kept:])] if kept < len(own) else []
        boxes = squarify([*sizes[:kept], *left], body, aspect=2.2)
        texts = [_part_name(name, inner) for name, inner in zip(names[:kept], boxes[:kept], strict=True)]
        if all(texts):
            called, shown = [*names[:kept], f"{len(left) and len(own) - kept:,} more"], [*texts, ""]
            return [
                _Tile(inner, text, "", {"group": tile.read["name"], "name": name, "value": words.say(size, unit)})
                for inner, text, name, size in zip(boxes, shown, called, [*sizes[:kept], *left], strict=False)
            ]
    return []


def _part_name(name: str, box: Box) -> str:
    lines = int((box.height - 6) // 14)
    broken = words.wrap(name, box.width - 2 * _PAD, _PART, lines=max(1, min(lines, 3)))
    return "\n".join(broken) if lines > 0 and not any(line[-1:] == "…" for line in broken) else ""


def _describe(tiles: "pd.DataFrame", title: str, label: str) -> str:
    of, shown = f" of {label}" if label else "", tiles.head(MOST)
    rows = [f"{words.cut(t.name, 300)} {t.value} ({', '.join(filter(None, [t.share, t.note]))})" for t in shown.itertuples(index=False)]
    more = f"; {len(tiles) - len(shown):,} more" if len(tiles) > len(shown) else ""
    return f"{words.clean(title).rstrip('.')}. Treemap{of}, largest first: {'; '.join(rows)}{more}."


# ----------------------------------------------------------------------------------------------------------- the drawing
def _end(room: Room) -> str:
    return "_narrow" if room.narrow else ""


def _drawn(laid: _Map, room: Room) -> Spec:
    across = {"scale": {"domain": [0, room.width], "nice": False, "zero": False}, "axis": None}
    box = {"x": number("x", **across), "x2": {"field": "x2"}, "y": pixel("y"), "y2": {"field": "y2"}}
    tiles, parts, below = f"tiles{_end(room)}", f"parts{_end(room)}", {"expr": f"{_PAD} + datum.below"}
    drawn = [layer(tiles, "rect", box, style=f"{tone}-tile", keep=f"datum.tone == '{tone}'") for tone in _TONES]
    tip = {"tooltip": tips(name="Name", value="Size", share="Share", note="Note")}
    hover = [layer(tiles, "rect", {**box, **tip}, opacity=0, name="hover")]
    for tone in _TONES:
        own = f"datum.tone == '{tone}'"
        drawn.append(_text(tiles, box, "text", f"{tone}-tile-name", own, size=_NAME, lines=_LINE, dy=_PAD))
        drawn.append(_text(tiles, box, "said", f"{tone}-tile-value", own, size=12, lines=_LINE, dy=below))
    if laid.parts:
        drawn += [layer(parts, "rect", box, style="part"), _text(parts, box, "text", "part-name", "", size=_PART, lines=14, dy=5)]
        tip = {"tooltip": tips(group="In", name="Name", value="Size")}
        hover.append(layer(parts, "rect", {**box, **tip}, opacity=0, name="hover_parts"))
    return {"layer": [*drawn, *hover], "width": "container", "height": laid.height, "autosize": FIT}


def _text(source: str, box: Spec, field: str, style: str, keep: str, *, size: int, lines: int, dy: object) -> Spec:
    place: Spec = {"align": "left", "baseline": "top", "dx": _PAD, "dy": dy, "lineBreak": "\n", "lineHeight": lines, "fontSize": size}
    return layer(source, "text", {"x": box["x"], "y": box["y"], "text": word(field)}, style=style, keep=keep, **place)
