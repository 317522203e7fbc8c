"""What can be said of a review, one claim at a time: the finding, and what a takeaway on it would ask of whom."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodops.kpis import words
from prodops.kpis.definitions import AnyKpi
from prodops.kpis.moves import Move
from prodops.kpis.shifts import Shift
from prodops.stamps import Finding

if TYPE_CHECKING:
    from prodops.kpis.page import Review

MOST = 8.0
"""Surprise is distance in sigma, and beyond eight one is as surprised as can be."""


@dataclass(frozen=True)
class Said:
    """A finding, what a takeaway on it would ask of whom, and what it is of one piece with: an incident, or a week, that moved several numbers."""

    finding: Finding
    decision: str = ""
    changes_our_mind: str = ""
    owner: str = ""
    is_welcome: bool = False
    of_one_piece: str = ""
    about: Move | Shift | None = None
    is_told: bool = False
    """Whether another one tells it already."""


def welcome(kpi: AnyKpi, change: float) -> bool:
    """Whether a KPI went the way it should."""
    return (kpi.good == "up" and change > 0) or (kpi.good == "down" and change < 0)


def slug(text: str) -> str:
    """Make a part of a finding's name of a text."""
    return "_".join("".join(c if c.isalnum() else " " for c in text.lower()).split())


def of(dimension: str, value: str) -> str:
    """Say of which slice, where it is one."""
    return f" in {words.slice_words(dimension, value)}" if value else ""


def why_words(review: "Review", about: Move | Shift) -> str:
    """Say the way down to the slices behind a change, or which inputs moved, where it leads farther than what is told already."""
    why = review.news.whys.get((about.kpi, about.dimension, about.slice))
    if why is None or not (why.slices or why.inputs):
        return ""
    said_already = isinstance(about, Move) and not about.dimension and len(why.slices) == 1 and len(why.slices[0]) == 1
    return "" if said_already else f" {why.sentence}"
