"""A chart on the page: a drawing that needs no script, the specification that makes it live, and its data as a table."""

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from markupsafe import Markup

from prodops.reports.render import sanitise
from prodops.stamps import MINUS, day_words

Json = dict[str, Any]
ROWS_SHOWN = 200
_COMPOSED = ("hconcat", "vconcat", "concat", "repeat", "facet")


@dataclass(frozen=True)
class Figure:
    """One chart: a static drawing, the payload that makes it live as JSON, and the rows it is drawn from.

    ``caption`` is empty where the drawing holds its own title. ``heights`` in pixels, wide and narrow, reserve its place (0 = unknown).
    """

    kind: ClassVar[str] = "figure"
    anchor: str
    caption: str
    alt: str
    drawing: Markup
    payload: Markup
    heights: tuple[int, int]
    columns: list[tuple[str, bool]]
    """Each column's heading and whether it holds numbers."""
    rows: list[list[str]]
    more: int
    """Rows beyond those shown."""


def read_figure(chart: Json, drawing: str, number: int) -> Figure:
    """Read a chart's payload and its static drawing; a payload that lacks parts gives a figure that lacks them."""
    anchor, title, spec = f"chart-{number}", str(chart.get("title") or ""), _mapping(chart, "spec")
    rows = _rows(spec, chart.get("dataset"))
    columns = _mapping(chart, "columns") or {field: field for field in (rows[0] if rows else {})}
    live = {
        "spec": _live(spec),
        "narrow": _mapping(chart, "spec_narrow"),
        "dark": _mapping(chart, "dark"),
        "dataset": chart.get("dataset"),
        "columns": list(columns.items()),
    }
    return Figure(
        anchor=anchor,
        caption="" if spec.get("title") else title,
        alt=str(chart.get("alt") or title or "Chart"),
        drawing=sanitise.svg(drawing, f"{anchor}-"),
        payload=sanitise.script_json(live),
        heights=(_pixels(chart, "height"), _pixels(chart, "height_narrow")),
        columns=[(str(heading), _numeric(rows, field)) for field, heading in columns.items()],
        rows=[[shown(row.get(field)) for field in columns] for row in rows[:ROWS_SHOWN]],
        more=max(0, len(rows) - ROWS_SHOWN),
    )


def shown(value: object) -> str:
    """Show one datum in a table: numbers to two decimals (below one, three digits), days as ``27 Oct 2025``, missing as a dash."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number(value)
    text = str(value)
    if len(text) in (10, 19, 23, 24) and text[10:] in ("", "T00:00:00", "T00:00:00.000", "T00:00:00.000Z"):
        try:
            return day_words(date.fromisoformat(text[:10]))
        except ValueError:
            return text
    return text


def _number(value: float) -> str:
    if value == int(value):
        return f"{int(value):,}".replace("-", MINUS)
    text = f"{value:,.2f}".removesuffix("0") if abs(value) >= 1 else f"{value:.3g}"
    return text.replace("-", MINUS)


def _rows(spec: Json, dataset: object) -> list[Json]:
    named = spec.get("datasets")
    data = spec.get("data")
    rows = named.get(dataset) if isinstance(named, dict) and isinstance(dataset, str) else None
    if rows is None and isinstance(data, dict):
        rows = data.get("values")
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _numeric(rows: list[Json], field: str) -> bool:
    values = [row.get(field) for row in rows[:ROWS_SHOWN] if row.get(field) is not None]
    return bool(values) and all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)


def _live(spec: Json) -> Json:
    """Make a plot that says no width of its own fill its container, and drop what could steer the embedding from within."""
    spec = {key: value for key, value in spec.items() if key not in ("usermeta", "$schema")}
    composed = any(key in spec for key in _COMPOSED) or {"row", "column", "facet"} & set(_mapping(spec, "encoding"))
    if spec and not composed and "width" not in spec:
        spec |= {"width": "container", "autosize": {"type": "fit-x", "contains": "padding"}}
    return spec


def _mapping(holder: Json, name: str) -> Json:
    value = holder.get(name)
    return value if isinstance(value, dict) else {}


def _pixels(chart: Json, name: str) -> int:
    value = chart.get(name)
    return int(value) if isinstance(value, int | float) and 0 < value < 10_000 else 0
