"""Maps of a whole: a treemap whose tiles are all named, and list their parts where there is room."""

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
_PAD, _GAP, _LINE, _NAME, _BOLD, _STEP, _PART = 7, 4, 16, 13, 14, 15, 12
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
    """Draw one tile for each ``name``, its area its ``size``; with ``group`` a tile for each group, which lists its names.

    Sizes add up to the whole: they are counts or money, none negative; missing and zero are left out. The largest tiles come
    first, at the top left; those beyond ``limit``, and those too small for their name, are one tile "other (n)", last. A tile says
    its size, its ``note`` (a short text, its group's first) and its largest parts, so far as there is room. ``accent`` lists the
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
    points = {"points": frames.records(rows.assign(size=rows["size"] * words.scale_of(unit))[["group", "name", "size"]])}
    return figure(
        lambda room: _drawn(maps[room], room),
        caption(title, subtitle, alt or _describe(tiles, title, label), ["area: share of the whole"]),
        datasets=points | {f"tiles{_end(room)}": [tile.row() for tile in laid.tiles] for room, laid in maps.items()},
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


def _fold(tiles: "pd.DataFrame", gone: set[str], unit: str) -> "pd.DataFrame":
    """Sum the tiles that are ``gone`` in a last one."""
    import pandas as pd

    small = tiles["name"].isin(gone)
    if not gone:
        return tiles
    rest = pd.DataFrame([{"name": f"other ({len(gone):,})", "size": tiles.loc[small, "size"].sum(), "note": "", "tone": "rest"}])
    rest["own"] = [list(tiles.loc[small, "name"])]
    return pd.concat([tiles[~small], _in_words(rest, tiles["size"].sum(), unit)], ignore_index=True)


# ------------------------------------------------------------------------------------------------------------ the layout
class _Tile(NamedTuple):
    """A tile: its place, the lines of its name, its size and note, its parts that have room, and what a pointer reads."""

    box: Box
    name: str
    said: str
    parts: str
    read: frames.Row

    def row(self) -> frames.Row:
        place = {key: round(value, 2) for key, value in zip(("x", "y", "x2", "y2"), self.box, strict=True)}
        below = _LINE * (self.name.count("\n") + 1)
        return {**place, "text": self.name, "said": self.said, "parts": self.parts, "below": below, **self.read}


@dataclass(frozen=True)
class _Map:
    """A map laid out in one room."""

    height: int
    tiles: list[_Tile]


def _lay_out(tiles: "pd.DataFrame", rows: "pd.DataFrame", room: Room, limit: int, unit: str) -> _Map:
    """Lay a map out; tiles that have no room for their name are folded, and those left laid out anew."""
    area, least, most, shape = _AREA[room.narrow]
    muted = tiles.loc[tiles["tone"] == "muted", "name"]
    gone = set(muted.iloc[max(0, min(limit, MOST) - (len(tiles) - len(muted))) :])
    gone = gone if len(gone) > 1 else set()
    height = round(min(most, max(least, (len(tiles) - len(gone)) * area / room.width)))
    for _ in range(len(tiles)):
        shown = _fold(tiles, gone, unit)
        boxes = squarify(list(shown["size"]), Box(0, 0, room.width, height), aspect=shape)
        names = [_name(name, box) for name, box in zip(shown["name"], boxes, strict=True)]
        small = [name for name, tone, lines in zip(shown["name"], shown["tone"], names, strict=True) if tone == "muted" and not lines]
        left = [name for name in muted if name not in gone]
        more = small if len(small) + len(gone) > 1 else [] if names[-1] or not gone else left[-1:]
        if not more:
            break
        gone |= set(more)
    named = [lines or [words.cut(name, box.width - 2 * _PAD, _BOLD)] for name, box, lines in zip(shown["name"], boxes, names, strict=True)]
    return _Map(height, [_tile(row, box, lines, rows) for row, box, lines in zip(frames.records(shown), boxes, named, strict=True)])


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


def _tile(row: frames.Row, box: Box, lines: list[str], rows: "pd.DataFrame") -> _Tile:
    """Put size and note under a tile's name where there is room, or the size alone; then its largest parts whose names fit."""
    wide = " · ".join(filter(None, [row["value"], row["note"]]))
    said = wide if words.pixels(wide, 12.5) <= box.width - 2 * _PAD else row["value"]
    fits = box.height >= _PAD + _LINE * (len(lines) + 1) and words.pixels(said, 12.5) <= box.width - _PAD
    own = row.get("own") or list(rows.loc[rows["group"] == row["name"], "name"])
    room = int((box.height - _PAD - _LINE * (len(lines) + 1) - _GAP) // _STEP)
    parts = [name for name in own if words.pixels(name, _PART) <= box.width - 2 * _PAD][: max(0, room)] if len(own) > 1 and fits else []
    read = {key: row[key] for key in ("name", "value", "share", "note", "tone")}
    return _Tile(box, "\n".join(lines), said if fits else "", "\n".join(parts), read | {"of": ", ".join(own) if len(own) > 1 else ""})


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
    tiles = f"tiles{_end(room)}"
    drawn = [layer(tiles, "rect", box, style=f"{tone}-tile", keep=f"datum.tone == '{tone}'") for tone in _TONES]
    for tone in _TONES:
        own = f"datum.tone == '{tone}'"
        drawn.append(_text(tiles, box, "text", f"{tone}-tile-name", own, size=_NAME, lines=_LINE, below=""))
        drawn.append(_text(tiles, box, "said", f"{tone}-tile-value", own, size=12, lines=_LINE, below=" + datum.below"))
        if any(tile.parts for tile in laid.tiles):
            down = f" + datum.below + {_LINE + _GAP}"
            drawn.append(_text(tiles, box, "parts", f"{tone}-tile-part", own, size=_PART, lines=_STEP, below=down))
    tip = {"tooltip": tips(name="Name", value="Size", share="Share", note="Note", of="Parts")}
    hover = layer(tiles, "rect", {**box, **tip}, opacity=0, name="hover")
    return {"layer": [*drawn, hover], "width": "container", "height": laid.height, "autosize": FIT}


def _text(source: str, box: Spec, field: str, style: str, keep: str, *, size: int, lines: int, below: str) -> Spec:
    place: Spec = {"align": "left", "baseline": "top", "dx": _PAD, "dy": {"expr": f"{_PAD}{below}"}, "lineBreak": "\n", "lineHeight": lines}
    return layer(source, "text", {"x": box["x"], "y": box["y"], "text": word(field)}, style=style, keep=keep, fontSize=size, **place)
