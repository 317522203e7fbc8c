"""Numbers that stand together, told alike: one scale and so many decimals that two parts and their difference add up as a reader sees them."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from prodops.stamps import MINUS, NARROW, SYMBOLS, between, in_words

BEHIND = {"share": "%", "points": "pts", "nps": "pts", "days": "days", "hours": "hours", "months": "months", "per_1000": "per\u00a01,000"}
SCALES = ((1e9, 1e9, "bn"), (1e6, 1e6, "M"), (1e4, 1e3, "k"))
"""From which amount on one is told in what."""
MOST = 2
"""Decimals up to which some are added so that parts add up."""
STAYS = "\u2060"
"""Keeps a sign on the line of what follows."""


@dataclass(frozen=True)
class Figures:
    """How numbers of one unit are told beside each other: divided by ``scale``, with ``decimals``."""

    unit: str
    scale: float = 1.0
    suffix: str = ""
    decimals: int = 0

    def value(self, value: float) -> str:
        """Say a value."""
        return self._said(value, self.unit, "")

    def change(self, value: float) -> str:
        """Say a difference, with its sign; points for shares."""
        return self._said(value, "points" if self.unit == "share" else self.unit, "+")

    def size(self, value: float) -> str:
        """Say a difference without its sign."""
        return self._said(abs(value), "points" if self.unit == "share" else self.unit, "")

    def rest(self, whole: float, difference: float) -> str:
        """Say what is left of a whole, so that it and the difference add up as printed."""
        return self.value((round(whole / self.scale, self.decimals) - round(difference / self.scale, self.decimals)) * self.scale)

    def range(self, lower: float, upper: float) -> str:
        """Say the ends of a difference's range."""
        return between(self.change(lower), self.change(upper))

    def _said(self, value: float, unit: str, plus: str) -> str:
        if not math.isfinite(value):
            return in_words(value)
        unit, _, per = unit.partition("/")
        number = f"{abs(value) / self.scale:,.{self.decimals}f}"
        sign = "" if not number.strip("0.") else MINUS if value < 0 else plus
        before = "" if unit in BEHIND or not _is_money(unit) else f"{STAYS * bool(sign)}{SYMBOLS.get(unit, unit)}{NARROW}"
        after = [self.suffix, BEHIND.get(unit, ""), f"per{NARROW}{per.removesuffix('s')}" if per else ""]
        return sign + NARROW.join([before + number, *filter(None, after)])


def figures(unit: str, whole: float, part: float, difference: float, others: Iterable[float] = (), *, least: int = 0) -> Figures:
    """Choose how ``whole − part = difference`` is told, the ``others`` (the ends of its range) alike.

    The scale is that of the largest, and all have decimals enough for the difference to count and for the sum to hold as printed.
    Numbers that are not known are left out; ``least`` is the fewest decimals.
    """
    known = [abs(v) for v in (whole, part, difference, *others) if math.isfinite(v)] or [0.0]
    scale, suffix = _scale(unit, max(known))
    start = max(least, _decimals(unit, abs(difference) / scale, [v / scale for v in known]))
    for decimals in range(start, MOST + 1):
        rest = round(whole / scale, decimals) - round(part / scale, decimals) - round(difference / scale, decimals)
        if not abs(rest) > 0.5 * 0.1**decimals:
            return Figures(unit, scale, suffix, decimals)
    return Figures(unit, scale, suffix, start)


def _decimals(unit: str, difference: float, scaled: list[float]) -> int:
    """Give the decimals with which a difference counts: none from ten on, or where all are whole."""
    if not difference < 9.95 or all(v == int(v) for v in scaled):
        return 0
    return 1 if difference >= 0.995 or unit in BEHIND else 2


def _scale(unit: str, largest: float) -> tuple[float, str]:
    plain = unit.partition("/")[0]
    if plain in ("share", "points"):
        return 0.01, ""
    if plain != "count" and not _is_money(plain):
        return 1.0, ""
    return next(((scale, suffix) for limit, scale, suffix in SCALES if largest >= limit * 0.9995), (1.0, ""))


def _is_money(unit: str) -> bool:
    return len(unit) == 3 and unit.isupper()
