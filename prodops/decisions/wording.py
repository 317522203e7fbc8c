"""Words that all of the priorities' sentences share."""

import math
import re
from collections.abc import Iterable

from prodops import stamps
from prodops.stamps import between, in_words

LONGEST = 80
SIZED = ("share", "nps", "per_1000", "days", "hours")
"""Units whose numbers have one decimal or none."""
SMALL = 9.95
"""From so many on a number stands without decimals."""
_NUMBER = r"\d[\d,]*(\.\d+)?"


def odds(chance: float) -> str:
    """Say a chance; draws know no certainty."""
    if chance > 0.995:
        return "over 99\u00a0%"
    return "under 1\u00a0%" if chance < 0.005 else in_words(round(chance, 2), "share")


def score(value: float) -> str:
    """Say a score, which has no unit: three figures are enough."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def grade(value: float) -> str:
    """Say a grade with one decimal, as OKR grades are said."""
    return f"{value:.1f}" if math.isfinite(value) else "n/a"


def range90(lower: str, upper: str) -> str:
    """Say the ends of a range of nine cases in ten."""
    return f"90\u00a0% range {between(lower, upper)}"


def ends(lower: str, upper: str) -> str:
    """Say a range by its ends, what stands behind both of them once: ``−8.2 to −4.2 per 1,000``."""
    tail = " per\u00a01,000"
    return between(lower.removesuffix(tail) if upper.endswith(tail) else lower, upper)


def alike(before: float, after: float, unit: str) -> tuple[str, str, str]:
    """Say a number before and after, and by how much it moved, with the same decimals, so that a reader can check the sum: ``2.0 %``, ``4.2 %``
    and ``+2.2 pts``. One decimal where a number is small or whole ones would not add up; amounts and counts are said as they are."""
    step = after - before
    said = in_words(before, unit), in_words(after, unit), in_words(step, "points" if unit == "share" else unit, signed=True)
    if unit not in SIZED:
        return said
    was, now = (value * (100 if unit == "share" else 1) for value in (before, after))
    is_whole = min(abs(was), abs(now), abs(now - was)) >= SMALL and round(now) - round(was) == round(now - was)
    places = 0 if is_whole else 1
    numbers = (round(was, places), round(now, places), round(now, places) - round(was, places))
    first, second, third = (re.sub(_NUMBER, f"{abs(n):,.{places}f}", text, count=1) for n, text in zip(numbers, said, strict=True))
    return first, second, third


def amount(months: float) -> str:
    """Say person-months with one decimal where they need one."""
    return f"{months:.1f}".removesuffix(".0")


def listed(names: Iterable[str], most: int = 3) -> str:
    """Name a few and count the others: ``A, B and C``; ``A, B, C and 2 more``."""
    known = list(names)
    return stamps.listed(known, most if len(known) > most + 1 else len(known))


def first_that_fits(*options: str) -> str:
    """Give the first heading that is there and short enough, or the last cut at a word."""
    fits = [text for text in options if text and len(text) <= LONGEST]
    return fits[0] if fits else options[-1][: LONGEST - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def times(n: int, one: str, many: str = "") -> str:
    """Say a number of things: ``1 action``, ``3 actions``."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"
