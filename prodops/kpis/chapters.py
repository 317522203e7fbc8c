"""The evidence behind a review's findings: for each number that moved, its series, ready to draw."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from prodops.fiscal import per_grain
from prodops.kpis import words
from prodops.kpis.drivers.why import Why
from prodops.kpis.moves import Move, judge
from prodops.kpis.said import Said, why_of
from prodops.kpis.shifts import Shift
from prodops.stamps import Finding
from prodops.workspace import step

if TYPE_CHECKING:
    from prodops.kpis.page import Review

BEFORE = per_grain({"day": 56, "week": 26, "month": 12, "quarter": 6, "year": 3})
"""Periods shown before a date whose effect is looked at."""


@dataclass(frozen=True)
class Chapter:
    """One finding and the series it rests on.

    ``frame`` has one row a period: ``period_start``, ``value``, ``lower``, ``upper`` (missing where no range is known) and
    ``complete``. ``band`` says in words what the range is. ``target`` is missing (``None``) for slices.
    ``why`` says what the slices brought to it, where the KPI has any.
    """

    finding: Finding
    title: str
    subtitle: str
    unit: str
    band: str
    target: float | None
    frame: pd.DataFrame
    why: Why | None = None


def chapters(review: "Review", most: int) -> tuple[Chapter, ...]:
    """Give the series behind the first findings that have one, in the findings' order, each number once."""
    found: dict[tuple[str, str, str], Chapter] = {}
    for said in review.told:
        about = said.about
        if about and not said.is_told and len(found) < most:
            found.setdefault((about.kpi, about.dimension, about.slice), _chapter(review, said, about))
    return tuple(found.values())


def _chapter(review: "Review", said: Said, about: Move | Shift) -> Chapter:
    kpi, is_move = review.book[about.kpi], isinstance(about, Move)
    rows = review.frames[about.grain]
    rows = rows[(rows["kpi"] == about.kpi) & (rows["dimension"] == about.dimension) & (rows["slice"] == about.slice)]
    rows = rows.sort_values("period_start").reset_index(drop=True)
    shown = rows["period_start"] >= pd.Timestamp(_first(review, about))
    if is_move:
        usual = judge(kpi, rows, int(shown.sum()), review.country)[["period_start", "usual_lower", "usual_upper"]]
        rows = rows.drop(columns=["lower", "upper"]).merge(
            usual.rename(columns={"usual_lower": "lower", "usual_upper": "upper"}), "left", "period_start"
        )
    frame = rows.loc[shown, ["period_start", "value", "lower", "upper", "complete"]]
    where = f" in {words.slice_words(about.dimension, about.slice)}" if about.slice else ""
    goal = kpi.target.value if kpi.target and not about.slice else None
    return Chapter(
        said.finding,
        f"{kpi.label}{where}",
        f"{kpi.description.split('. ')[0].rstrip('.') or kpi.label}, by {about.grain}",
        kpi.unit_in(review.currency),
        "usual range" if is_move else "95 % range of the estimate",
        goal,
        frame.reset_index(drop=True),
        why_of(review, about),
    )


def _first(review: "Review", about: Move | Shift) -> date:
    """Start early enough to see what was usual: before the move's weeks, before the date, or a year and a quarter back."""
    shown = review.monthly if about.grain == "month" else review.weekly
    first = min(shown["period_start"].min().date(), step(review.as_of.date(), about.grain, -BEFORE[about.grain]))
    if isinstance(about, Move):
        return first
    return min(first, step(about.on, about.grain, -BEFORE[about.grain]))
