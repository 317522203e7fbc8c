"""What a live block's Vega specification may hold: all that a page takes of one is on these lists, whoever wrote it.

The page's script works the formulas out itself and knows no function beyond arithmetic; Vega is given the marks. So nothing here
can load, link, listen or reach outside its own drawing; what is not listed refuses the whole.
"""

import math
import re
from typing import Any

from prodops.errors import shorten

Json = dict[str, Any]

_TYPES = {"aggregate", "collect", "filter", "fold", "formula", "lookup", "pivot", "quantile", "sequence"}  # transforms
_TYPES |= {"area", "group", "line", "rule", "text"}  # marks
_TYPES |= {"linear", "utc", "fit-x"}
_KEYS = {
    *(
        "$schema",
        "description",
        "width",
        "height",
        "padding",
        "autosize",
        "type",
        "contains",
        "title",
        "subtitle",
        "text",
        "config",
        "font",
    ),
    *(
        "fontSize",
        "fontWeight",
        "axis",
        "labelFont",
        "labelFontSize",
        "anchor",
        "scales",
        "axes",
        "marks",
        "signals",
        "data",
        "name",
        "value",
    ),
    *("values", "update", "bind", "input", "min", "max", "step", "source", "transform", "start", "stop", "as", "expr", "field", "fields"),
    *("probs", "key", "from", "groupby", "ops", "sort", "domain", "range", "nice", "zero", "scale", "orient", "tickCount", "domainColor"),
    *("tickColor", "grid", "gridColor", "ticks", "labelPadding", "encode", "labels", "signal", "format", "x", "x2", "y", "y2", "fill"),
    *("fillOpacity", "stroke", "strokeWidth", "strokeDash", "baseline", "offset", "usermeta"),
}
_EXPRESSIONS = ("expr", "update", "signal")
_FUNCTIONS = {
    *("abs", "exp", "log", "max", "min", "pow", "round", "sqrt"),
    *("format", "isValid", "pad", "replace", "scale", "toDate", "utcFormat", "utcmonth"),
}
_QUOTED = re.compile(r"'[^'\\]*'")
_PLAIN = re.compile(r"[\w\s.,+*/%()<>=!?:&|\[\]-]*")
_CALL = re.compile(r"([A-Za-z_]\w*)\s*\(")
_FORBIDDEN = re.compile(r"\b(?:constructor|prototype|event|item|parent|group)\b|__proto__")
_DEEPEST, _MOST = 12, 200_000


class Refused(ValueError):
    """A specification that a page does not take; the text says what in it."""


def taken(spec: object) -> Json:
    """Check a specification; it is given back as it is. Raises :class:`Refused`."""
    if not isinstance(spec, dict):
        raise Refused("there is no specification")
    _Check().walk({key: value for key, value in spec.items() if key != "usermeta"}, "", 0)
    return spec


class _Check:
    """One walk, and how many values it has met."""

    def __init__(self) -> None:
        self.met = 0

    def walk(self, value: object, key: str, depth: int) -> None:
        self.met += 1
        if depth > _DEEPEST or self.met > _MOST:
            raise Refused("it is too large")
        if key in ("value", "values") and isinstance(value, dict | list):
            self._data(value, depth)
        elif isinstance(value, dict):
            for name, part in value.items():
                if name not in _KEYS:
                    raise Refused(f"it has {shorten(name)}")
                self.walk(part, name, depth + 1)
        elif isinstance(value, list):
            for part in value:
                self.walk(part, key, depth + 1)
        elif isinstance(value, str):
            _text(value, key)
        elif isinstance(value, float) and not math.isfinite(value):
            raise Refused("it holds what is no number")

    def _data(self, value: object, depth: int) -> None:
        """Walk through values: lists and mappings of numbers and texts, whatever their names."""
        self.met += 1
        if depth > _DEEPEST or self.met > _MOST:
            raise Refused("it is too large")
        for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            self._data(part, depth + 1)


def _text(text: str, key: str) -> None:
    if key == "type" and text not in _TYPES:
        raise Refused(f"it has the type {shorten(text)}")
    if key == "input" and text != "range":
        raise Refused(f"it has the input {shorten(text)}")
    if key in _EXPRESSIONS:
        bare = _QUOTED.sub("0", text)
        if not _PLAIN.fullmatch(bare) or _FORBIDDEN.search(bare) or not set(_CALL.findall(bare)) <= _FUNCTIONS:
            raise Refused(f"it has the expression {shorten(text)}")
