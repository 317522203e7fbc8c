"""Periods, changes and odds as a reader says them."""

import math
from datetime import date

from prodops import fiscal
from prodops.kpis.definitions import AnyKpi
from prodops.kpis.kinds import SEPARATOR
from prodops.kpis.signalling import LOOKS, odds
from prodops.stamps import between, day_words, in_words
from prodops.workspace import Grain

RELATIVE = ("count", "per_1000", "currency")
"""Units whose change is told in percent; the others' in their own unit, shares' in points."""
_ON = ("platform", "os", "device")
"""Columns whose values are what one works on."""


def is_relative(kpi: AnyKpi) -> bool:
    """Whether a KPI's change is told in percent."""
    return kpi.unit in RELATIVE or kpi.unit.isupper()


def change_unit(kpi: AnyKpi, currency: str) -> str:
    """The unit of a KPI's change."""
    return "share" if is_relative(kpi) else "points" if kpi.unit == "share" else kpi.unit_in(currency)


def difference_unit(kpi: AnyKpi, currency: str) -> str:
    """The unit of a plain difference of two values of a KPI."""
    return "points" if kpi.unit == "share" else kpi.unit_in(currency)


def change(kpi: AnyKpi, before: float, after: float) -> float:
    """Give the change in :func:`change_unit`: relative for counts and money, else the difference; NaN where it cannot be known."""
    return ratio_change(before, after) if is_relative(kpi) else after - before


def ratio_change(before: float, after: float) -> float:
    """Give the relative change; NaN where there was nothing before, or less."""
    return after / before - 1 if before > 0 else math.nan


def period_words(start: date, grain: Grain) -> str:
    """Say a period: ``the week of 20 Oct``, ``Oct 2025``, ``Q3 2025``, ``2025``, ``3 Nov 2025``."""
    if fiscal.is_fiscal(grain):
        return fiscal.words(start, grain)
    if grain == "week":
        return f"the week of {day_words(start, year=False)}"
    if grain == "month":
        return f"{start:%b %Y}"
    if grain == "quarter":
        return f"Q{(start.month + 2) // 3} {start.year}"
    return str(start.year) if grain == "year" else day_words(start)


def say(value: float, unit: str) -> str:
    """Say a number; counts of ten and more without decimals, though an expected count has them."""
    return in_words(float(round(value)) if unit == "count" and abs(value) >= 10 else value, unit)


def range_words(lower: float, upper: float, unit: str) -> str:
    """Say a range: ``96 to 98 %``."""
    return between(say(lower, unit), say(upper, unit))


def odds_words(z: float, grain: Grain) -> str:
    """Say how seldom chance alone goes so far: ``about one week in 400 lies so far out by chance``."""
    times = 1 / max(odds(z, LOOKS[grain]), 1e-9)
    number = f"fewer than one {grain} in 1,000 lies" if times > 1000 else f"about one {grain} in {_round(times):,} lies"
    return f"{number} so far out by chance"


def _round(number: float) -> int:
    digits = 10 ** max(int(math.log10(number)) - 1, 0)
    return round(number / digits) * digits


def left_words(as_of: date, on: date) -> str:
    """Say how long it is to a date: ``with 4 weeks left``, ``which was due on 30 Sep 2025``."""
    days = (on - as_of).days
    if days < 0:
        return f"which was due on {day_words(on)}"
    if days < 14:
        return f"with {days} day{'' if days == 1 else 's'} left"
    return f"with {days // 7} weeks left" if days < 70 else f"with {round(days / 30.44)} months left"


def verb(difference: float) -> str:
    """Say which way a number went."""
    return "rose" if difference > 0 else "fell" if difference < 0 else "stayed"


def slice_words(dimension: str, value: str) -> str:
    """Say a slice with its dimensions: ``segment enterprise, platform ios``."""
    return ", ".join(f"{name} {part}" for name, part in _parts(dimension, value))


def slice_values(dimension: str, value: str) -> str:
    """Say a slice where its values speak for themselves: ``enterprise on ios``, ``enterprise, monthly``."""
    first, *rest = _parts(dimension, value)
    return first[1] + "".join(f"{' on' if name in _ON else ','} {part}" for name, part in rest)


def _parts(dimension: str, value: str) -> list[tuple[str, str]]:
    names, values = dimension.split(SEPARATOR), value.split(SEPARATOR)
    if len(names) != len(values):
        return [(dimension, value)]
    return list(zip(names, values, strict=True))


def heading(*options: str, limit: int = 80) -> str:
    """Give the first heading that fits, or the last one cut at a word."""
    fits = [text for text in options if len(text) <= limit]
    return fits[0] if fits else options[-1][: limit - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"
