"""A grid of numbers: one row a category, one column a group, each cell its value, those that stand out in colour."""

from typing import TYPE_CHECKING

from prodops.charts import frames, words
from prodops.charts.display import FIT, NARROW, WIDE, Room, caption, figure, notice
from prodops.charts.layers import Spec, layer, number, pixel, tips, word

if TYPE_CHECKING:
    import pandas as pd

    from prodops.charts.display import Chart

ROWS, COLUMNS = 12, 6
SHADED = 14
"""Most rows, and most columns, of a shaded grid, whose cells hold short numbers."""
SHADES = {"shade1": 0.10, "shade2": 0.22, "shade3": 0.36, "shade4": 0.85, "shade5": 1.0}
"""How strongly cells are coloured; those of the last two hold light text on the accent's colour."""
_SIZE, _NAMES, _GAP = 13, 210, 3


def grid(
    frame: "pd.DataFrame",
    y: str,
    x: str,
    value: str,
    *,
    title: str,
    subtitle: str,
    unit: str = "count",
    accent: str | None = None,
    note: str | None = None,
    shaded: bool = False,
    label: str | None = None,
    alt: str | None = None,
) -> "Chart":
    """Write ``value`` in a cell for each category ``y`` (a row) and group ``x`` (a column), both in the frame's order.

    Cells in which the column ``accent`` is true are coloured, the others grey; what has no row, or no value, is "–". ``note`` is a text
    that a pointer reads. The first twelve categories and six groups are drawn, and the subtitle says of how many. A frame
    without values gives a notice. A ``shaded`` grid, as of cohorts, has up to fourteen of each; its cells are coloured by their value, in
    five steps up to the largest, and shares stand without their sign.

    Raises :class:`ProdopsError` for columns that are missing, values that are no numbers, and two rows for one cell.
    """
    rows = frames.take(frame, {"name": y, "group": x, "value": value, "accent": accent, "note": note})
    rows["name"], rows["group"] = frames.labels(rows["name"]), frames.labels(rows["group"])
    rows["value"] = frames.numbers(rows["value"], "value")
    frames.refuse_doubles(rows, ["name", "group"], "cell")
    if not rows["value"].notna().any():
        return notice(caption(title, subtitle, alt or f"{words.clean(title)}. No data in this period."))
    names, groups = frames.names_of(rows["name"]), frames.names_of(rows["group"])
    most = (SHADED, SHADED) if shaded else (ROWS, COLUMNS)
    left = [f"the first {n} of {len(all_):,}" for n, all_ in zip(most, (names, groups), strict=True) if len(all_) > n]
    names, groups = names[: most[0]], groups[: most[1]]
    cells = _shaded(_cells(rows, names, groups, unit), unit) if shaded else _cells(rows, names, groups, unit)
    label = words.heading(value) if label is None else words.clean(label)
    head = ", ".join(filter(None, [label or "Value", words.unit_words(unit)]))
    rooms = {room: _lay_out(cells, names, groups, room) for room in (WIDE, NARROW)}
    return figure(
        lambda room: _drawn(room, len(names), len(groups), shaded),
        caption(title, subtitle, alt or _describe(cells, title, label), left),
        datasets={"points": frames.records(cells)}
        | {f"{name}{_end(room)}": data for room, laid in rooms.items() for name, data in laid.items()},
        columns={"name": words.heading(y), "group": words.heading(x), "value": head},
    )


def _cells(rows: "pd.DataFrame", names: list[str], groups: list[str], unit: str) -> "pd.DataFrame":
    """Give every cell, filled or not: ``name group value text note tone``, row by row."""
    import pandas as pd

    every = pd.MultiIndex.from_product([names, groups], names=["name", "group"]).to_frame(index=False)
    cells = every.merge(rows, how="left", on=["name", "group"])
    marked = [flag is True or str(flag) == "True" for flag in cells["accent"]] if "accent" in cells else [False] * len(cells)
    notes = [words.clean(note) for note in cells["note"]] if "note" in cells else ""
    return pd.DataFrame(
        {
            "name": cells["name"],
            "group": cells["group"],
            "value": cells["value"] * words.scale_of(unit),
            "text": ["–" if words.is_missing(v) else words.say(v, unit) for v in cells["value"]],
            "note": notes,
            "tone": ["accent" if flag else "muted" for flag in marked],
        }
    )


def _shaded(cells: "pd.DataFrame", unit: str) -> "pd.DataFrame":
    """Colour cells by their share of the largest value, and write shares as whole percents."""
    largest = cells["value"].abs().max() or 1.0
    steps = [f"shade{min(int(abs(v) / largest * 5) + 1, 5)}" if v == v else "muted" for v in cells["value"]]
    text = [f"{v:.0f}" if v == v else "" for v in cells["value"]] if unit == "share" else cells["text"]
    return cells.assign(tone=steps, text=text)


def _lay_out(cells: "pd.DataFrame", names: list[str], groups: list[str], room: Room) -> dict[str, list[frames.Row]]:
    """Place cells, the names of rows (above their cells where there is no room beside them) and the heads of columns."""
    start = 0.0 if room.narrow else min(_NAMES, max(words.pixels(name, _SIZE) for name in names)) + 12
    wide, step = (room.width - start) / len(groups), _step(room)
    drop = step - 28
    placed = [
        row
        | {"x": start + groups.index(row["group"]) * wide + _GAP, "x2": start + (groups.index(row["group"]) + 1) * wide}
        | {"y": names.index(row["name"]) * step + drop, "y2": (names.index(row["name"]) + 1) * step - _GAP}
        for row in frames.records(cells)
    ]
    middle = [row | {"at": (row["x"] + row["x2"]) / 2, "level": (row["y"] + row["y2"]) / 2} for row in placed]
    width = room.width if room.narrow else start - 12
    rows = [
        {"x": 0 if room.narrow else start - 8, "y": i * step + (drop / 2 + 1 if room.narrow else step / 2 - 1)} for i in range(len(names))
    ]
    lines = 1 if room.narrow else 2
    named = [row | {"text": "\n".join(words.wrap(name, width, _SIZE, lines=lines))} for row, name in zip(rows, names, strict=True)]
    heads = [{"x": start + (i + 0.5) * wide, "y": -8, "text": words.cut(group, wide - 4, 12)} for i, group in enumerate(groups)]
    return {"cells": middle, "names": named, "heads": heads}


def _step(room: Room) -> int:
    return 50 if room.narrow else 32


def _describe(cells: "pd.DataFrame", title: str, label: str) -> str:
    of = f" of {label}" if label else ""
    rows = []
    for name, own in cells.groupby("name", sort=False):
        values = ", ".join(f"{words.cut(c.group, 100)} {c.text}{' (stands out)' * (c.tone == 'accent')}" for c in own.itertuples())
        rows.append(f"{words.cut(str(name), 300)}: {values}")
    return f"{words.clean(title).rstrip('.')}. Grid{of}. {'; '.join(rows)}."


# ----------------------------------------------------------------------------------------------------------- the drawing
def _end(room: Room) -> str:
    return "_narrow" if room.narrow else ""


def _drawn(room: Room, rows: int, columns: int, shaded: bool) -> Spec:
    across = {"scale": {"domain": [0, room.width], "nice": False, "zero": False}, "axis": None}
    box = {"x": number("x", **across), "x2": {"field": "x2"}, "y": pixel("y"), "y2": {"field": "y2"}}
    centre: Spec = {"align": "center", "baseline": "middle"}
    drawn = []
    tight: Spec = {"fontSize": 11} if room.narrow and columns > 8 else {}
    for tone in SHADES if shaded else ("muted", "accent"):
        own, middle = f"datum.tone == '{tone}'", {"x": number("at", **across), "y": pixel("level"), "text": word("text")}
        cell, text = (tone, tone) if tone not in SHADES else ("accent", "accent" if SHADES[tone] > 0.5 else "muted")
        drawn.append(layer(f"cells{_end(room)}", "rect", box, style=f"{cell}-cell", keep=own, opacity=SHADES.get(tone, 1.0)))
        drawn.append(layer(f"cells{_end(room)}", "text", middle, style=f"{text}-cell-value", keep=own, **centre, **tight))
    here = {"x": number("x", **across), "y": pixel("y"), "text": word("text")}
    side = "left" if room.narrow else "right"
    broken: Spec = {"lineBreak": "\n", "lineHeight": 14, "dy": {"expr": "indexof(datum.text, '\\n') < 0 ? 0 : -7"}}
    drawn.append(layer(f"names{_end(room)}", "text", here, style="label", align=side, baseline="middle", fontSize=_SIZE, **broken))
    drawn.append(layer(f"heads{_end(room)}", "text", here, style="muted-label", **centre))
    tip = {"tooltip": tips(name="Name", group="Group", text="Value", note="Note")}
    hover = layer(f"cells{_end(room)}", "rect", {**box, **tip}, opacity=0, name="hover")
    return {"layer": [*drawn, hover], "width": "container", "height": rows * _step(room), "autosize": FIT}
