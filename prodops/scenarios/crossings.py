"""Where a function of one lever is at least zero within the lever's range: a scan, then Brent's method at each change of sign."""

from collections.abc import Callable
from itertools import pairwise

SCAN = 17
"""Places looked at first; two crossings between neighbours of these are not seen."""


def where_reached(margin: Callable[[float], float], low: float, high: float, *, also: float | None = None) -> list[tuple[float, float]]:
    """Give the stretches of ``[low, high]`` on which ``margin`` is 0 or more, rising; ``also`` is one more place to look at.

    Ends that lie within the range are roots to within a billionth of it. A touching point counts as a stretch without length.
    """
    places = sorted({low + (high - low) * at / (SCAN - 1) for at in range(SCAN)} | ({also} if also is not None else set()))
    values = [margin(x) for x in places]
    stretches: list[tuple[float, float]] = []
    start: float | None = places[0] if values[0] >= 0 else None
    for (a, left), (b, right) in pairwise(zip(places, values, strict=True)):
        if left < 0 <= right:
            start = _root(margin, a, b) if right > 0 else b
        elif left >= 0 > right:
            stretches.append((a if start is None else start, _root(margin, a, b) if left > 0 else a))
            start = None
    return stretches if start is None else [*stretches, (start, places[-1])]


def best_place(margin: Callable[[float], float], low: float, high: float) -> float:
    """Give the place of the scan with the largest margin; the lowest of equals."""
    places = [low + (high - low) * at / (SCAN - 1) for at in range(SCAN)]
    return max(places, key=lambda x: (margin(x), -x))


def nearest(stretches: list[tuple[float, float]], now: float) -> tuple[float, float]:
    """Give the stretch that is nearest to where a lever stands."""
    return min(stretches, key=lambda s: max(s[0] - now, now - s[1], 0.0))


def _root(margin: Callable[[float], float], a: float, b: float) -> float:
    from scipy.optimize import brentq

    return float(brentq(margin, a, b, xtol=1e-9 * (b - a), rtol=1e-12))
