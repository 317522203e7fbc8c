"""How the latest values stand against their targets, in sentences."""

import math
from typing import TYPE_CHECKING, Any

from prodops.kpis import words
from prodops.kpis.definitions import AnyKpi, Target
from prodops.kpis.said import Said, welcome
from prodops.stamps import Finding, day_words, in_words, range95
from prodops.workspace import period_start

if TYPE_CHECKING:
    from prodops.kpis.page import Review


def against_target(review: "Review", row: dict[str, Any]) -> Said | None:
    kpi, gap = review.book[row["kpi"]], float(row["vs_target"])
    if kpi.target is None or not math.isfinite(gap):
        return None
    unit, left = row["unit"], words.left_words(review.as_of.date(), kpi.target.on)
    period, goal = words.period_words(row["period_start"].date(), row["grain"]), _goal_words(kpi.target, unit)
    met, unsure = gap == 0 or welcome(kpi, gap), row["lower"] <= row["target"] <= row["upper"]
    stands = "on target" if met else f"{in_words(abs(gap), row['change_unit'])} {'above' if gap > 0 else 'below'} target"
    known = f" ({range95(words.say(row['lower'], unit), words.say(row['upper'], unit))})" if math.isfinite(row["lower"]) else ""
    doubt = " The range holds the target." if unsure and not met else ""
    near = period_start(kpi.target.on, "quarter") <= review.as_of.date()
    return Said(
        Finding(
            name=f"kpi.{kpi.name}.target",
            headline=words.heading(f"{kpi.label}: {stands}, {left}", f"{kpi.label}: {stands}"),
            sentence=f"{kpi.label} in {period}: {in_words(row['value'], unit)}{known}, against a target of {goal} by {day_words(kpi.target.on)}."
            f"{doubt}{_heading_for(review, kpi.name)}",
            value=row["value"],
            unit=unit,
            lower=_or_none(row["lower"]),
            upper=_or_none(row["upper"]),
            before=row["target"],
            good=kpi.good,
            surprise=0.4 if met else 0.6 if unsure else 1.5 if near else 1.0,
        ),
        "" if met or unsure else _target_decision(review, kpi, kpi.target),
        f"{kpi.label} at {goal} in two {row['grain']}s running.",
        kpi.owner,
    )


def _target_decision(review: "Review", kpi: AnyKpi, target: Target) -> str:
    if target.on <= review.as_of.date():
        return f"Set another target for {kpi.label}, as the day of this one has passed."
    return f"Decide what is to change before {day_words(target.on)}, or set another target for {kpi.label}."


def _heading_for(review: "Review", name: str) -> str:
    """Say where a KPI is heading before its target is due; nothing where no range is known."""
    made = next((f for f in review.forecasts if f.kpi == name and f.pace and math.isfinite(f.lower)), None)
    if made is None:
        return ""
    return f" It is {made.heading} in {made.period}."


def _goal_words(target: Target, unit: str) -> str:
    return in_words(target.value, unit) if target.low is None or target.high is None else words.range_words(target.low, target.high, unit)


def _or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None
