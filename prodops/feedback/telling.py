"""How a change is said: in words that its interval bears out."""

import math

from prodops.stamps import in_words, range95

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_TIMES = {2: "doubled", 3: "tripled", 4: "quadrupled"}


def change_words(ratio: float, lower: float, upper: float) -> str:
    """Say as a verb what the interval of a ratio supports, never more: "at least doubled", "fell by at least 30 %".

    An infinite ratio "is new", one of 0 "stopped"; an interval that holds 1 "rose" or "fell", no more.
    """
    if not math.isfinite(ratio):
        return "is new"
    if ratio == 0:
        return "stopped"
    if ratio >= 1:
        return _rise(lower)
    fallen = math.floor((1 - upper) * 20 + 1e-9) / 20
    return f"fell by at least {in_words(fallen, 'share')}" if fallen > 0 else "fell"


def _rise(lower: float) -> str:
    if lower >= 2:
        times = math.floor(lower)
        return f"at least {_TIMES[times]}" if times in _TIMES else f"grew at least {times:,}-fold"
    risen = math.floor((lower - 1) * 20 + 1e-9) / 20
    return f"rose by at least {in_words(risen, 'share')}" if risen > 0 else "rose"


def times_words(ratio: float) -> str:
    """Say a ratio as a number of times."""
    if not math.isfinite(ratio):
        return "any number"
    return f"{ratio:.1f}" if ratio < 10 else f"{ratio:.0f}" if ratio < 100 else "over 100"


def times_range(ratio: float, lower: float, upper: float) -> str:
    """Say a ratio with its interval."""
    return f"{times_words(ratio)} times, {range95(times_words(lower), times_words(upper))}"


def usual_words(usual: float) -> str:
    """Say an expected count, which is seldom a whole number."""
    return "fewer than one" if 0 < usual < 0.95 else in_words(round(usual))


def weeks_words(n: int) -> str:
    """Say a number of weeks."""
    return f"{number_words(n)} week{'s' * (n != 1)}"


def last_words(n: int) -> str:
    """Say which weeks are meant: "last week", "last four weeks"."""
    return "last week" if n == 1 else f"last {weeks_words(n)}"


def number_words(n: int) -> str:
    """Say a whole number, in letters up to twelve."""
    return _NUMBERS[n] if n < len(_NUMBERS) else f"{n:,}"


def fit(name: str, words: str, limit: int = 80) -> str:
    """Join a theme's name and a verb to a headline of at most ``limit`` letters, cutting the name."""
    room = limit - len(words) - 3
    return f"“{name if len(name) <= room else name[: room - 1].rstrip() + '…'}” {words}"
