"""What the claims on delivery share: rows picked from frames, changes and ranges in words, headings cut to length."""

import math
from typing import TYPE_CHECKING, Any

from prodops.stamps import MINUS, between, in_words, range95

if TYPE_CHECKING:
    import pandas as pd

    from prodops.flow.reviewing import Review

PAST_WEEKS = 52
"""Weeks before the report's that it is held against."""
FEWEST = 20
"""Finished items without which no share of them is a finding."""
Row = dict[str, Any]


def row(frame: "pd.DataFrame", **where: object) -> Row | None:
    """Give the first row that has these values; nothing where none has."""
    for column, value in where.items():
        frame = frame[frame[column] == value] if column in frame else frame.iloc[:0]
    return None if frame.empty else {str(k): v for k, v in frame.iloc[0].to_dict().items()}


def moved(review: "Review", measure: str) -> Row | None:
    """Give the row of a measure's change, where the weeks sufficed to test it."""
    found = row(review.changes, measure=measure)
    return None if found is None or math.isnan(found["p"]) else found


def before_words() -> str:
    return f"In the {PAST_WEEKS} weeks before"


def tested(change: Row, what: str, unit: str) -> str:
    """Say whether weekly values moved, with both medians."""
    now, before = (in_words(change[side], unit) for side in ("now", "before"))
    if change["changed"]:
        return f"{what[0].upper()}{what[1:]} moved from {between(before, now)}, more than chance would move them."
    return f"{what[0].upper()}{what[1:]} ({before}, now {now}) differ no more than chance makes weeks differ."


def surprise_of(change: Row | None, usual: float) -> float:
    """Give how surprising a change is: by its p-value where it is one, else ``usual``."""
    if change is None or not change["changed"]:
        return usual
    return 2.0 + min(-math.log10(max(change["adjusted"], 1e-9)), 6.0) / 2


def range_words(found: Row, unit: str = "share", lower: str = "lower", upper: str = "upper") -> str:
    return range95(in_words(found[lower], unit), in_words(found[upper], unit))


def decimals(come: float, go: float, low: float, high: float) -> tuple[str, str, str, str, str]:
    """Say two means, their difference and its range with the same number of decimals, so that a reader can check the sum."""
    places = 1 if high - low < 20 else 0
    come, go = round(come, places), round(go, places)
    signed = [f"{value:+,.{places}f}".replace("-", MINUS) if round(value, places) else "0" for value in (come - go, low, high)]
    return f"{come:,.{places}f}", f"{go:,.{places}f}", signed[0], signed[1], signed[2]


def points_between(low: float, high: float) -> str:
    """Say between which ends a difference of shares lies, both with the same number of decimals."""
    places = 2 if max(abs(low), abs(high)) >= 0.0995 else 3
    return between(*(in_words(round(end, places), "points", signed=True) for end in (low, high))).replace(" to ", " and ")


def shortest(*options: str, limit: int = 80) -> str:
    """Give the first that fits a heading, or the last cut at a word."""
    return next((text for text in options if len(text) <= limit), options[-1][: limit - 1].rsplit(" ", 1)[0] + "…")


def short(name: str, most: int = 28) -> str:
    return name if len(name) <= most else name[: most - 1].rstrip() + "…"


def lately(review: "Review") -> "pd.DataFrame":
    """Give the weeks shown."""
    import pandas as pd

    weeks = review.weeks
    return weeks[(weeks["period_start"] >= pd.Timestamp(review.since)) & (weeks["period_start"] < pd.Timestamp(review.until))]


def too_old(review: "Review") -> "pd.DataFrame":
    """Give the items in progress that are older than 85 % of the past's were when they left that stage, oldest first."""
    return review.ages[review.ages["level"].isin(["p85", "p95"])]
