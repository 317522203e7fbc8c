"""How numbers of surveys are said."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from prodops.stamps import between, in_words, range95


def say(value: float, unit: str) -> str:
    """Say a score: ``12 pts``, ``77 %``, ``5.2``."""
    return in_words(round(value, 1) if unit == "rating" else value, unit)


def change_unit(unit: str) -> str:
    """Give the unit of a difference: points for shares."""
    return "points" if unit == "share" else unit


def say_change(value: float, unit: str) -> str:
    """Say a difference with its sign: ``+4 pts``."""
    return in_words(round(value, 2) if unit == "rating" else value, change_unit(unit), signed=True)


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


def listed(names: Sequence[str], most: int = 4) -> str:
    """List names, at most so many: ``a, b and c``."""
    kept = [*names[:most], *([f"{len(names) - most} more"] if len(names) > most else [])]
    return " and ".join([", ".join(kept[:-1]), kept[-1]] if len(kept) > 1 else kept)
