"""How launches, effects and gates are put into words."""

import re
import zlib

from prodops.launches.effects import Effect
from prodops.launches.figures import Figures, figures
from prodops.launches.measures import Measures
from prodops.launches.placebos import ENOUGH


def short(*options: str, limit: int = 80) -> str:
    """Give the first text that is there and fits a heading, or the last one cut at a word."""
    fits = [text for text in options if text and len(text) <= limit]
    return fits[0] if fits else options[-1][: limit - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def expects(effect: Effect) -> str:
    """Say what an effect is held against."""
    return {
        "experiment": "those without it",
        "difference in differences": "the change of the control group",
        "interrupted series": "its own past",
        "": "",
    }[effect.method]


def alike(effect: Effect, measures: Measures) -> Figures:
    """Give how the numbers of an effect are told: alike, so that what came less what was to be expected is the effect as printed."""
    return figures(measures.unit(effect.kpi), effect.actual, effect.expected, effect.effect, (effect.lower, effect.upper))


def stands(effect: Effect, measures: Measures) -> str:
    """Say where a KPI stands, what was to be expected, and the difference with its range."""
    label, say = inside(measures.label(effect.kpi)), alike(effect, measures)
    size = f"{say.change(effect.effect)} (95\u00a0% range {say.range(effect.lower, effect.upper)})"
    actual = say.value(effect.actual)
    if effect.method == "experiment":  # what people did before may be taken off the difference
        return f"{label} {actual} with it and {say.value(effect.expected)} without, {size}"
    return f"{label} {actual} where {expects(effect)} leads to expect {say.rest(effect.actual, effect.effect)}, {size}"


def placebos(effect: Effect) -> str:
    """Say what the placebo check found."""
    if effect.method == "experiment":
        return ""
    if not effect.placebos:
        return "There is too little past for a placebo check."
    worked = round(effect.placebo_share * effect.placebos)
    alarms = f"{worked} false alarm{'s' * (worked > 1)}" if worked else "no false alarm"
    said = f"At {effect.placebos} dates without a launch the same reading raises {alarms}"
    if not effect.trusted:
        return f"{said}: it cannot be trusted on this KPI."
    if effect.placebos < ENOUGH:
        return f"{said}, too few dates to tell how often."
    usual = round(effect.placebos / 20)
    return f"{said}{f', where {usual} would be usual' if worked and usual else ''}."


def mistrust(effect: Effect) -> str:
    """Say why a readout is not believed."""
    return f"not to be trusted: {round(effect.placebo_share * effect.placebos)} of {effect.placebos} dates without a launch raise the same alarm"


def verdict(effect: Effect) -> str:
    """Say in a few words what is known of an effect."""
    if not effect.is_known:
        return effect.note or "not measured"
    if not effect.trusted:
        return mistrust(effect)
    if effect.worked:
        return "moved as meant" + (", but by less" if effect.falls_short else "")
    if effect.harmed:
        return "went the wrong way"
    if effect.is_clear:
        return "moved"
    return "no effect shown" + (", what was meant is ruled out" if effect.falls_short else "")


def inside(label: str) -> str:
    """Put a title inside a sentence: small, unless it is an abbreviation."""
    first = label.split(" ", 1)[0]
    return label if first.isupper() or any(c.isupper() for c in first[1:]) else label[:1].lower() + label[1:]


def slug(text: str) -> str:
    """Make a finding's name of a title: small letters, digits and dashes; of a title in other letters a number of its own."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40].strip("-")
    return plain or f"n{zlib.crc32(text.encode()):08x}"
