"""How launches, effects and gates are put into words."""

import re
import zlib

from prodops.launches.effects import Effect
from prodops.launches.measures import Measures
from prodops.launches.placebos import ENOUGH
from prodops.stamps import between, range95


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


def size(effect: Effect, measures: Measures) -> str:
    """Say an effect with its range: ``+9.6 pts (95 % range +5.1 to +14 pts)``."""
    ends = (measures.say_change(effect.kpi, effect.lower), measures.say_change(effect.kpi, effect.upper))
    return f"{measures.say_change(effect.kpi, effect.effect)} ({range95(*ends)})"


def ends(effect: Effect, measures: Measures) -> str:
    """Say the ends of an effect's range."""
    return between(measures.say_change(effect.kpi, effect.lower), measures.say_change(effect.kpi, effect.upper))


def stands(effect: Effect, measures: Measures) -> str:
    """Say where a KPI stands, what was to be expected, and the difference with its range."""
    label = inside(measures.label(effect.kpi))
    if effect.method == "difference in differences" and effect.expected < 0:  # a difference of groups that are not of one size
        return f"{label} {size(effect, measures)} beyond {expects(effect)}"
    actual, expected = (measures.say(effect.kpi, value) for value in (effect.actual, effect.expected))
    if effect.method == "experiment":
        return f"{label} {actual} with it and {expected} without, {size(effect, measures)}"
    return f"{label} {actual} where {expects(effect)} leads to expect {expected}, {size(effect, measures)}"


def placebos(effect: Effect) -> str:
    """Say what the placebo check found."""
    if effect.method == "experiment":
        return ""
    if not effect.placebos:
        return "There is too little past for a placebo check."
    worked = round(effect.placebo_share * effect.placebos)
    alarms = f"{worked} false alarm{'s' * (worked > 1)}" if worked else "no false alarm"
    told = f"At {effect.placebos} dates without a launch the same reading raises {alarms}"
    if not effect.trusted:
        return f"{told}: it cannot be trusted on this KPI."
    return f"{told}{', too few dates to tell how often' if effect.placebos < ENOUGH else ''}."


def mistrust(effect: Effect) -> str:
    """Say why a readout is not believed."""
    return f"not to be trusted, as {round(effect.placebo_share * effect.placebos)} of {effect.placebos} dates without a launch raise the same alarm"


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
