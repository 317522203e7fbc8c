"""How a model's Vega specification looks: the fan of one node over months, and the outcomes in a line each.

A page that has words and colours of its own takes the marks by their names and leaves out the group :data:`LIST`.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from prodops.stamps import NARROW, SYMBOLS

if TYPE_CHECKING:
    from prodops.scenarios.definitions import Outcome
    from prodops.scenarios.model import Model

Spec = dict[str, Any]
WIDTH, HEIGHT, LINE = 640, 260, 20
LIST = "outcome-list"
ACCENT, SOFT, MUTED, GRID, INK = "#0f5499", "#565d66", "#858c96", "#e4e7eb", "#1d2025"  # those of charts on paper
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"


def layout(model: "Model", main: "Outcome") -> Spec:
    """Give everything but signals and data."""
    unit = model.nodes[main.node].unit
    target = main.target if main.at not in ("total", "mean") else None
    shown: list[Any] = [{"data": "fan", "field": field} for field in ("p05", "p95", "base", "point")]
    domain = {"fields": shown if target is None else [*shown, [target]]}
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "padding": 5,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "title": {"text": model.title, "subtitle": f"{model.nodes[main.node].label}, with the ranges of 5 and of 9 in 10 cases"},
        "scales": [_time_scale(model), {"name": "y", "domain": domain, "range": "height", "nice": True, "zero": True}],
        "axes": [_time_axis(model), _value_axis(unit)],
        "marks": [*_fan(), *_target(target, unit), *_ends(unit), _outcomes(model)],
        "config": {"text": {"font": FONT, "fontSize": 12}, "axis": {"labelFont": FONT, "labelFontSize": 12}, "title": {"anchor": "start"}},
    }


def times(model: "Model") -> list[Spec]:
    """Give a month's place on the axis as ``when``: its first day, or its number where the model does not say when it starts."""
    return [{"type": "formula", "as": "when", "expr": "toDate(datum.start)" if model.start else "datum.month"}]


def said(value: str, unit: str) -> str:
    """Write the Vega expression that says a value in its unit, in few digits."""
    first, _, per = unit.partition("/")
    size = f"abs({value})"
    if first in ("share", "points"):
        text = f"format(100 * {size}, ',.3~r') + '{NARROW}{'%' if first == 'share' else 'pts'}'"
    else:
        short = f"format({size}, '.3~s')"
        for sign, word in (("k", "k"), ("M", "M"), ("G", "bn")):
            short = f"replace({short}, '{sign}', '{NARROW}{word}')"
        text = f"({size} < 10000 ? format({size}, ',.4~r') : {short})"
    before = SYMBOLS.get(first, first) + NARROW if first.isupper() else ""
    after = f" {first}" if first in ("days", "hours", "months", "rating") else ""
    after += f" per {per.removesuffix('s')}" if per else ""
    return f"({value} < 0 ? '−' : '') + '{before}' + {text}" + (f" + '{after}'" if after else "")


# ------------------------------------------------------------------------------------------------------------ scales, axes
def _time_scale(model: "Model") -> Spec:
    return {"name": "x", "type": "utc" if model.start else "linear", "domain": {"data": "fan", "field": "when"}, "range": "width"}


def _time_axis(model: "Model") -> Spec:
    axis: Spec = {"scale": "x", "orient": "bottom", "tickCount": 6, "domainColor": SOFT, "tickColor": SOFT}
    if not model.start:
        return axis | {"title": "month", "format": "d"}
    named = "utcFormat(datum.value, datum.index == 0 || utcmonth(datum.value) == 0 ? '%b %Y' : '%b')"
    return axis | {"encode": {"labels": {"update": {"text": {"signal": named}}}}}


def _value_axis(unit: str) -> Spec:
    text = {"signal": said("datum.value", unit)}
    axis: Spec = {"scale": "y", "orient": "left", "tickCount": 5, "grid": True, "gridColor": GRID, "domain": False, "ticks": False}
    return axis | {"labelPadding": 6, "encode": {"labels": {"update": {"text": text}}}}


# -------------------------------------------------------------------------------------------------------------------- marks
def _fan() -> list[Spec]:
    def band(name: str, low: str, high: str) -> Spec:
        return _mark(name, "area", "fan", y=_at(low), y2=_at(high), fill=ACCENT, fillOpacity=0.16)

    base = _mark("base-line", "line", "fan", y=_at("base"), stroke=MUTED, strokeWidth=1.5)
    now = _mark("now-line", "line", "fan", y=_at("point"), stroke=ACCENT, strokeWidth=2.5)
    return [band("band-90", "p05", "p95"), band("band-50", "p25", "p75"), base, now]


def _target(target: float | None, unit: str) -> list[Spec]:
    if target is None:
        return []
    y = {"scale": "y", "value": target}
    rule = {"x": {"value": 0}, "x2": {"signal": "width"}, "y": y, "stroke": {"value": INK}, "strokeDash": {"value": [2, 3]}}
    text = {
        "x": {"value": 3},
        "y": {**y, "offset": -5},
        "text": {"signal": f"'target ' + {said(repr(target), unit)}"},
        "fill": {"value": INK},
    }
    return [
        {"type": "rule", "name": "target-line", "encode": {"update": rule}},
        {"type": "text", "name": "target-label", "encode": {"update": text}},
    ]


def _ends(unit: str) -> list[Spec]:
    """Name both lines at their ends, apart where they come close."""
    now, base = "scale('y', datum.point)", "scale('y', datum.base)"
    apart = f"max(0, 15 - abs({now} - {base})) / 2 * ({now} <= {base} ? 1 : -1)"
    bold = {"fontWeight": "bold", "fontSize": 13}
    return [
        _label("base-label", f"{base} + {apart}", f"'base ' + {said('datum.base', unit)}", fill=SOFT),
        _label("now-label", f"{now} - {apart}", f"'now ' + {said('datum.point', unit)}", fill=ACCENT, **bold),
    ]


def _label(name: str, y: str, text: str, **look: Any) -> Spec:
    mark = _mark(name, "text", "ends", y={"signal": y}, text={"signal": text}, baseline="middle", **look)
    mark["encode"]["update"]["x"] = {"signal": "width", "offset": 8}
    return mark


def _outcomes(model: "Model") -> Spec:
    """Say each outcome in a line below the fan."""
    units = dict.fromkeys(model.nodes[outcome.node].unit for outcome in model.outcomes.values())
    point, low, high = (_by_unit(f"datum.{name}", units) for name in ("point", "p05", "p95"))
    chance = "isValid(datum.probability) ? ', ' + format(100 * datum.probability, '.0f') + ' % reach the target' : ''"
    text = f"datum.title + ': ' + ({point}) + ' (' + ({low}) + ' to ' + ({high}) + ')' + ({chance})"
    line = _mark("outcome-lines", "text", "outcomes", y={"signal": f"datum.outcome * {LINE}"}, text={"signal": text}, fill=INK)
    line["encode"]["update"]["x"] = {"value": 0}
    group = {"x": {"value": 0}, "y": {"signal": f"height + {3 * LINE}"}}
    return {"type": "group", "name": LIST, "encode": {"update": group}, "marks": [line]}


def _by_unit(value: str, units: Iterable[str]) -> str:
    *others, last = units
    return "".join(f"datum.unit == '{unit}' ? {said(value, unit)} : " for unit in others) + said(value, last)


def _mark(name: str, kind: str, data: str, **channels: Any) -> Spec:
    update = {channel: value if isinstance(value, dict) else {"value": value} for channel, value in channels.items()}
    return {"type": kind, "name": name, "from": {"data": data}, "encode": {"update": {"x": {"scale": "x", "field": "when"}, **update}}}


def _at(field: str) -> Spec:
    return {"scale": "y", "field": field}
