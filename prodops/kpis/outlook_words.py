"""Pace and forecasts as tables in words."""

import math
from typing import TYPE_CHECKING

import pandas as pd

from prodops.kpis import words
from prodops.kpis.definitions import AnyKpi
from prodops.kpis.move_words import stopped_counts
from prodops.kpis.outlook import Forecast
from prodops.kpis.pacing import Pace
from prodops.stamps import day_words, in_words

if TYPE_CHECKING:
    from prodops.kpis.page import Review

RANGE = "80\u00a0% range"


def pace_table(review: "Review") -> pd.DataFrame:
    """Say of KPIs with a target (of all where none has) where each stands and should by now, and what it is heading for; blank is not known."""
    known = [f for f in review.forecasts if f.pace or math.isfinite(f.value)]
    columns = ("KPI", "Now", "Due by now", "Pace", "Heading for", RANGE, "In", "Target")
    rows = [
        (
            f.title,
            _said(f.pace.value if f.pace else f.latest, f.unit),
            words.say(f.pace.expected, f.unit) if f.pace else "",
            pace_words(f.pace, words.change_unit(review.book[f.kpi], review.currency)),
            *_heading_words(f),
            _target_words(review.book[f.kpi], f.unit),
        )
        for f in [f for f in known if review.book[f.kpi].target] or known
    ]
    return pd.DataFrame(rows, columns=list(columns))


def outlook_table(review: "Review") -> pd.DataFrame:
    """Say what the other KPIs are heading for, without counts that stopped and what nothing is known of; blank where nothing is known."""
    stopped = {move.kpi for move in stopped_counts(review)}
    known = [f for f in review.forecasts if f.kpi not in stopped and (math.isfinite(f.latest) or math.isfinite(f.value))]
    rows = [(f.title, _said(f.latest, f.unit), _said(f.so_far, f.unit), *_heading_words(f)) for f in known if not review.book[f.kpi].target]
    return pd.DataFrame(rows, columns=["KPI", "Latest", "So far", "Heading for", RANGE, "In"])


def _heading_words(made: Forecast) -> tuple[str, str, str]:
    known = words.range_words(made.lower, made.upper, made.unit) if math.isfinite(made.lower) else ""
    return _said(made.value, made.unit), known, made.period if math.isfinite(made.value) else ""


def _said(value: float, unit: str) -> str:
    return words.say(value, unit) if math.isfinite(value) else ""


def _target_words(kpi: AnyKpi, unit: str) -> str:
    target = kpi.target
    if target is None:
        return ""
    goal = in_words(target.value, unit) if target.value is not None else words.range_words(target.low or 0.0, target.high or 0.0, unit)
    return f"{goal} by {day_words(target.on, year=False)}"


def pace_words(pace: Pace | None, change_unit: str) -> str:
    """Say ``on pace`` or ``behind by 4 %``; nothing where no pace is known."""
    if pace is None:
        return ""
    said = in_words(abs(pace.gap), change_unit)
    if said.startswith("0") and said.strip("0.,\u00a0%pts") == "":
        return "on pace"
    return f"behind by {said}" if pace.is_behind else f"on pace, {said} ahead"
