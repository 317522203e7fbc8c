"""How many false alarms a year a book of KPIs is expected to raise while nothing happens: stated beforehand, and held by simulation.

The rates were measured on stable series — independent, hanging together (AR 0.5), counted, climbing, and stocks moved by rare large
accounts — judged at every look (``benchmarks/signals.py``); stated is about what the worst of them raised.
"""

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from prodops.fiscal import per_grain
from prodops.kpis.moves import SLICES
from prodops.kpis.signalling import LOOKS
from prodops.workspace import Grain

if TYPE_CHECKING:
    from prodops.kpis.page import Review
    from prodops.stamps import Finding

A_YEAR: dict[Grain, float] = per_grain({"day": 1.25, "week": 0.53, "month": 0.26, "quarter": 0.21, "year": 0.05})
"""Alarms that begin in a year of a stable KPI; runs of alarms, gaps of one look allowed, are one."""


def false_alarms_a_year(kpis: Mapping[Grain, int], *, has_slices: bool = False) -> float:
    """Give how many alarms chance alone is expected to begin in a year, over so many KPIs of each grain, looked at whenever a period ends.

    ``has_slices`` adds what the search of slices brings, however many there are: one report in a hundred of the finest grain names one.
    """
    whole = sum(A_YEAR[grain] * n for grain, n in kpis.items())
    looks = max((LOOKS[grain] for grain, n in kpis.items() if n), default=0.0)
    return whole + (SLICES * looks if has_slices else 0.0)


def stated(review: "Review") -> "Finding | None":
    """Say how many false alarms a year are to be expected over the KPIs of a review that have a usual range; nothing where none has."""
    from prodops.stamps import Finding, in_words

    counts: Counter[Grain] = Counter(review.table.loc[review.table["usual_lower"].notna(), "grain"])
    if not counts:
        return None
    has_slices = any(bool(frame["dimension"].ne("").any()) for frame in review.frames.values())
    number = round(false_alarms_a_year(counts, has_slices=has_slices), 1)
    many, over = f"about {in_words(number)}", "this KPI" if counts.total() == 1 else f"these {counts.total()} KPIs"
    slices = " and the slices of each" if has_slices else ""
    return Finding(
        name="kpi.false_alarms",
        headline=f"Expect {many} false alarms a year over {over}",
        sentence=f"While nothing happens, {over}{slices} raise {many} false alarms in a year of looking at every whole period: "
        "an alarm is one number, or two or three in a row, so far out as chance alone seldom brings them.",
        value=number,
        unit="count",
        good="range",
        surprise=0.1,
    )
