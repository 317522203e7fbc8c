"""How far a change of a share lies beyond chance, as a number and in words."""

from prodops.intervals import Z95, Interval
from prodops.stamps import between, in_words

MOST = 8.0
"""Surprise is distance in standard errors, and beyond eight one is as surprised as can be."""
NOTHING_TO_COMPARE = 1.0
"""How surprising a share is that stands beside none of before."""
Z99 = 2.5758293035489004
"""Steps are looked at side by side, so each is held to 99 %."""


def surprise(change: Interval, z: float = Z95) -> float:
    """Give a change's distance from nothing in standard errors, at most eight; ``z`` is its range's half width in them."""
    error = (change.upper - change.lower) / (2 * z)
    return min(abs(change.value) / error, MOST) if error > 0 else 0.0


def is_beyond_chance(change: Interval) -> bool:
    """Whether a change's range leaves nothing out."""
    return change.lower > 0 or change.upper < 0


def points_words(change: Interval, level: str = "95") -> str:
    """Say a change of shares with its range: ``+14 pts (95 % range +10 to +18 pts)``."""
    value, lower, upper = (in_words(v, "points", signed=True) for v in change)
    return f"{value} ({level}\u00a0% range {between(lower, upper)})"
