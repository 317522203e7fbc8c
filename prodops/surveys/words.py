"""How numbers of surveys are said."""

import math
from collections.abc import Mapping
from typing import Any

from prodops.stamps import MINUS, NARROW, between, in_words, range95

PLACES = {"rating": (2,), "share": (0, 1), "nps": (0, 1)}
"""Decimals with which a change and its two parts may be told, in the order in which they are tried."""
BARE = 9.95
"""From so many points on a number stands without decimals."""


def say(value: float, unit: str) -> str:
    """Say a score: ``12 pts``, ``77 %``, ``5.2``."""
    return in_words(round(value, 1) if unit == "rating" else value, unit)


def change_unit(unit: str) -> str:
    """Give the unit of a difference: points for shares."""
    return "points" if unit == "share" else unit


def say_change(value: float, unit: str) -> str:
    """Say a difference with its sign: ``+4 pts``."""
    return in_words(round(value, 2) if unit == "rating" else value, change_unit(unit), signed=True)


def parts(before: float, after: float, unit: str) -> tuple[str, str, str]:
    """Say a number before, now, and how far it moved, all with the same decimals, so that the sum can be checked: ``19 %, 28 %, +9 pts``.

    Where rounding leaves the sum one off at the last of the decimals, the change is that of the numbers as they are told.
    """
    factor = 100.0 if unit == "share" else 1.0
    was, now = before * factor, after * factor
    smallest = min(abs(was), abs(now), abs(now - was))
    for places in PLACES[unit]:
        told = round(round(now, places) - round(was, places), places)
        if (places and places == PLACES[unit][-1]) or (smallest >= BARE and told == round(now - was, places)):
            break
    end = {"share": f"{NARROW}%", "nps": f"{NARROW}pts"}.get(unit, "")
    step = f"{NARROW}pts" if end else ""
    return _fixed(was, places) + end, _fixed(now, places) + end, _fixed(told, places, signed=True) + step


def moved(before: float, after: float, unit: str) -> str:
    """Say how far a number moved, without sign, as :func:`parts` says it: a heading and its sentence tell one number."""
    return parts(before, after, unit)[2].lstrip(f"+{MINUS}")


def _fixed(value: float, places: int, *, signed: bool = False) -> str:
    text = f"{abs(value):,.{places}f}"
    zero = not text.strip("0.,")
    return ("" if zero else MINUS if value < 0 else "+" if signed else "") + text


def ranged(lower: float, upper: float, unit: str, *, change: bool = False) -> str:
    """Say a 95 % range in brackets; nothing where there is none."""
    if math.isnan(lower) or math.isnan(upper):
        return ""
    low, high = (say_change(v, unit) if change else say(v, unit) for v in (lower, upper))
    return f" ({range95(low, high)})"


def from_to(lower: float, upper: float, unit: str) -> str:
    """Say a range alone: ``−5 to 10 pts``; nothing where there is none."""
    return "" if math.isnan(lower) or math.isnan(upper) else between(say(lower, unit), say(upper, unit))


def group_words(row: Mapping[str, Any]) -> str:
    """Name a group: ``enterprise``, or that it is not given."""
    return str(row["group"]) or f"no {row['by']}"


def people(n: float) -> str:
    """Say how many answered: ``453 answers``."""
    return f"{int(n):,} answer{'' if int(n) == 1 else 's'}"


def inside(title: str) -> str:
    """Write a title as it stands within a sentence: without its capital, unless it is short for something."""
    first = title.split(" ", 1)[0]
    return title if len(first) < 2 or any(c.isupper() for c in first[1:]) else title[:1].lower() + title[1:]


def brief(title: str, limit: int = 44) -> str:
    """Cut a long question for a heading: ``How satisfied are you with maintainer…``."""
    return title if len(title) <= limit else title[:limit].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def asked(title: str, limit: int = 40) -> str:
    """Put a question before what was answered: ``Tools used:``, ``How easy is it?``."""
    told = brief(title, limit)
    return told if told[-1:] in "?…" else f"{told}:"


def standing(title: str, value: str) -> str:
    """Say where a score stands: ``NPS is 12 pts``, or of a question ``How easy is it? 77 %``."""
    told = brief(title)
    return f"{told} {value}" if told[-1:] in "?…" else f"{told} is {value}"


def short(*options: str, limit: int = 80) -> str:
    """Give the first option that fits a heading, or the last cut at a word."""
    fits = [text for text in options if text and len(text) <= limit]
    return fits[0] if fits else options[-1][: limit - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"
