"""Vega-Lite's grammar in few words: layers and channels as plain mappings.

They become Altair objects in one go when a chart is whole (:func:`prodops.charts.display.figure`): built one by one, each
channel is checked against the whole schema, and a dozen small multiples take five seconds.
"""

from typing import Any

Spec = dict[str, Any]


def layer(source: str, kind: str, encoding: Spec, *, style: str = "", keep: str = "", name: str = "", **properties: Any) -> Spec:
    """Draw the rows of a data set that a condition keeps as marks of one kind; colours come from the named style."""
    return {
        **({"name": name} if name else {}),
        "data": {"name": source},
        **({"transform": [{"filter": keep}]} if keep else {}),
        "mark": {"type": kind, **({"style": style} if style else {}), **properties},
        "encoding": encoding,
    }


def number(field: str, **more: Any) -> Spec:
    """Name a field of numbers."""
    return {"field": field, "type": "quantitative", **more}


def time(field: str, **more: Any) -> Spec:
    """Name a field of times."""
    return {"field": field, "type": "temporal", **more}


def word(field: str, **more: Any) -> Spec:
    """Name a field of texts."""
    return {"field": field, "type": "nominal", **more}


def pixel(field: str) -> Spec:
    """Name a field that holds a place in pixels."""
    return {"field": field, "type": "quantitative", "scale": None, "axis": None}


def at(value: float | str) -> Spec:
    """Name a fixed place, in pixels or as ``"width"``."""
    return {"value": value}


def tips(**fields: str) -> list[Spec]:
    """List what a pointer reads: field → heading."""
    return [{"field": field, "type": "nominal", "title": heading} for field, heading in fields.items()]


def both(*conditions: str) -> str:
    """Join conditions, leaving out the empty ones."""
    return " && ".join(filter(None, conditions))
