"""A model that lives in the page: its sliders, tiles and fan as they stand, and what the page's script needs to move them."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from markupsafe import Markup

from prodops.reports.render import sanitise
from prodops.reports.render.taken import Refused, taken
from prodops.reports.render.tiles import number
from prodops.stamps import MINUS, NARROW, SYMBOLS, in_words

Json = dict[str, Any]
HEIGHTS = (290, 240)
"""What the course takes in pixels, wide and narrow."""
MOST_LEVERS, MOST_OUTCOMES, MOST_SCENARIOS, MOST_MONTHS = 100, 50, 50, 120


@dataclass(frozen=True)
class Slider:
    """One lever: what it is called, where it stands, and from where to where it goes."""

    anchor: str
    name: str
    title: str
    description: str
    said: str
    likely: str
    value: float
    low: float
    high: float
    step: float


@dataclass(frozen=True)
class Reading:
    """One outcome in words: the number, its range, its chance of reaching the target, its difference from base."""

    name: str
    title: str
    value: str
    range: str
    chance: str
    met: bool | None
    difference: str


@dataclass(frozen=True)
class Live:
    """The block: sliders by branch, readings, the drawing of the fan, and the payload that makes it move, as JSON."""

    kind: ClassVar[str] = "live"
    anchor: str
    title: str
    question: str
    plotted: str
    alt: str
    drawing: Markup
    heights: tuple[int, int]
    branches: list[tuple[str, list[Slider]]]
    readings: list[Reading]
    months: list[list[str]]
    """The fan in words, a row a month: when, the levers as set, low, high, base."""
    scenarios: list[str]
    payload: Markup


def read_live(payload: Json, drawing: str, order: int) -> Live:
    """Read a model's payload and its drawing; raises :class:`Refused` for one that holds what a page does not take."""
    spec, anchor = taken(payload.get("spec")), f"live-{order}"
    about = _mapping(_mapping(spec.get("usermeta")).get("prodops"))
    sliders = _bound(spec)
    settings = {name: _given(value) for name, value in _mapping(about.get("settings")).items()}
    branches: dict[str, list[Slider]] = {}
    for at, lever in enumerate(_listed(about, "levers", MOST_LEVERS)):
        bind = sliders.get(_text(lever, "signal"))
        if bind is None or _text(lever, "name") not in settings:
            raise Refused("a lever has no slider")
        slider = _slider(lever, bind, settings[_text(lever, "name")], f"{anchor}-{at}")
        branches.setdefault(_text(lever, "branch") or "Levers", []).append(slider)
    fan, svg = _mapping(about.get("fan")), sanitise.svg(drawing, f"{anchor}-")
    return Live(
        anchor=anchor,
        title=_text(payload, "title") or _text(about, "title"),
        question=_text(about, "question"),
        plotted=_text(fan, "title"),
        alt=_text(payload, "alt"),
        drawing=svg,
        heights=HEIGHTS,
        branches=list(branches.items()),
        readings=[read_outcome(row) for row in _listed(payload, "outcomes", MOST_OUTCOMES)],
        months=[_month(row, _text(fan, "unit")) for row in _listed(payload, "months", MOST_MONTHS)],
        scenarios=[str(name) for name in _mapping(about.get("scenarios"))][:MOST_SCENARIOS],
        payload=sanitise.script_json({"spec": spec, "saved": _mapping(payload.get("saved"))}),
    )


def read_outcome(row: Json) -> Reading:
    """Put an outcome into words, as the page's script does with every move."""
    unit, good = str(row.get("unit") or "count"), str(row.get("good") or "up")
    point, low, high, target, probability = (number(row.get(k)) for k in ("point", "p05", "p95", "target", "probability"))
    apart = [number(row.get(k)) for k in ("difference_p05", "difference", "difference_p95")]
    chance = chance_words(probability, target, unit, good) if target is not None and probability is not None else ""
    return Reading(
        name=str(row.get("outcome") or ""),
        title=str(row.get("title") or ""),
        value=in_words(point, unit),
        range=range_words(low, high, unit),
        chance=chance,
        met=probability >= 0.5 if chance and probability is not None else None,
        difference=difference_words(apart, unit),
    )


def _month(row: Json, unit: str) -> list[str]:
    values = [in_words(number(row.get(name)), unit) for name in ("point", "p05", "p95", "base")]
    try:
        return [f"{date.fromisoformat(_text(row, 'start')):%b %Y}", *values]
    except ValueError:
        return [in_words(number(row.get("month"))), *values]


# --------------------------------------------------------------------------------------------------------------- in words
def setting(value: float, unit: str, step: float) -> str:
    """Say where a slider stands, in as many digits as its step has: ``€ 147,500``, ``12.5 %``."""
    first, _, per = unit.partition("/")
    scale = 100 if first in ("share", "points") else 1
    digits = next((d for d in range(6) if abs(round(step * scale, d) - step * scale) < 1e-9), 6)
    text = f"{abs(value) * scale:,.{digits}f}"
    before = SYMBOLS.get(first, first) + NARROW if len(first) == 3 and first.isupper() else ""
    after = {
        "share": "%",
        "points": "pts",
        "nps": "pts",
        "per_1000": "per 1,000",
        "days": "days",
        "hours": "hours",
        "months": "months",
    }.get(first)
    last = f" per {per.removesuffix('s')}" if per else ""
    return f"{MINUS if value < 0 else ''}{before}{text}{NARROW + after if after else ''}{last}"


def range_words(low: float | None, high: float | None, unit: str) -> str:
    """Say a range: ``€ 201 k to € 260 k in 9 of 10 cases``."""
    ends = [in_words(low, unit), in_words(high, unit)]
    return "the same in all cases" if ends[0] == ends[1] else f"{ends[0]} to {ends[1]} in 9 of 10 cases"


def chance_words(probability: float, target: float, unit: str, good: str) -> str:
    """Say the chance of a target: ``68 % to reach at least € 220 k``; nothing is quite sure."""
    sure = "over 99" if probability >= 0.995 else "under 1" if probability < 0.005 else f"{probability * 100:.0f}"
    return f"{sure}{NARROW}% to reach at {'most' if good == 'down' else 'least'} {in_words(target, unit)}"


def difference_words(among: list[float | None], unit: str) -> str:
    """Say a difference from base, given as its low end, middle and high end: ``+€ 10 k against base (+€ 5.8 k to +€ 15 k)``."""
    said = [in_words(value, "points" if unit == "share" else unit, signed=True) for value in among]
    if not re.search("[1-9]", "".join(said)):
        return "as in base"
    low, middle, high = (re.sub(r"^\+(?=\D)", "+\u2060", text) for text in said)  # no line ends behind the sign
    return f"{middle} against base" + (f" ({low} to {high})" if low != high else "")


# ------------------------------------------------------------------------------------------------------------ read with care
def _bound(spec: Json) -> dict[str, Json]:
    signals = spec.get("signals")
    bound = [s for s in signals if isinstance(s, dict) and "bind" in s] if isinstance(signals, list) else []
    return {str(signal.get("name")): _mapping(signal["bind"]) for signal in bound}


def _slider(lever: Json, bind: Json, value: float, anchor: str) -> Slider:
    low, high, step = (_given(bind.get(key)) for key in ("min", "max", "step"))
    if not (low < high and step > 0):
        raise Refused("a slider has no range")
    unit, among = _text(lever, "unit"), lever.get("likely")
    ends = [number(v) for v in among] if isinstance(among, list) and len(among) == 2 else []
    return Slider(
        anchor=anchor,
        name=_text(lever, "name"),
        title=_text(lever, "title"),
        description=_text(lever, "description"),
        said=setting(value, unit, step),
        likely=range_words(ends[0], ends[1], unit) if ends else "",
        value=value,
        low=low,
        high=high,
        step=step,
    )


def _given(value: object) -> float:
    if (found := number(value)) is None:
        raise Refused("a number is missing")
    return found


def _listed(holder: Json, name: str, most: int) -> list[Json]:
    value = holder.get(name)
    if not isinstance(value, list) or not 0 < len(value) <= most or not all(isinstance(v, dict) for v in value):
        raise Refused(f"its {name} cannot be read")
    return value


def _mapping(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _text(holder: Json, name: str) -> str:
    value = holder.get(name)
    return value if isinstance(value, str) else ""
