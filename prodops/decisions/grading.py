"""OKR grades: how far each goal has come from its start to its target, read off its KPI, against where it should be by now.

A grade is linear from 0 at the start to 1 at the target; 0.7 counts as achieved for a stretch goal (Doerr 2018, "Measure What Matters").
"""

import math
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from prodops.decisions.levels import Level, chance_above, level
from prodops.decisions.pasts import of_kpi
from prodops.errors import InputError, did_you_mean
from prodops.stamps import day_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from prodops.stamps import Good

ACHIEVED = 0.7
LIKELY = 0.8
"""With at least so much chance a goal is called ahead or behind."""
CLOSE = 0.1
"""A grade within so much of what is expected keeps pace."""
COLUMNS = (
    "goal", "kpi", "owner", "start_on", "due_on", "start", "start_from", "target", "value", "value_lower", "value_upper", "period_start",
    "period_end", "grade", "lower", "upper", "expected", "due_value", "chance", "pace", "note",
)  # fmt: skip
NEEDED = ("goal", "kpi", "start_on", "due_on", "target")
AHEAD, ON, BEHIND, MAYBE_AHEAD, MAYBE_BEHIND = "ahead", "on pace", "behind", "perhaps ahead", "perhaps behind"
REACHED, DONE, MISSED, NOT_BEGUN, UNKNOWN = "reached", "achieved", "missed", "not begun", "not known"


class _Goal(NamedTuple):
    """A goal as its table has it; a start or target that is not given is NaN."""

    goal: str
    kpi: str
    owner: str
    start_on: date
    due_on: date
    start_value: float
    target: float


def grades(goals: "pd.DataFrame", history: "pd.DataFrame", *, as_of: datetime, good: "Mapping[str, Good] | None" = None) -> "pd.DataFrame":
    """Grade goals by their KPIs' history (``kpis.history``), one row each, in the goals' order; nothing in it is typed.

    ``value`` is the KPI's level at ``as_of``, or at ``due_on`` where that is past, over whole periods (see :func:`levels.level`) with its 95 %
    range, ``grade`` where that lies from ``start`` (0) to ``target`` (1), cut to 0–1, with ``lower`` and ``upper``. ``start`` is the goal's own, else
    the KPI's level at ``start_on`` (``start_from`` says which). ``expected`` is the share of the time that has gone, and ``due_value`` the value
    that it asks for; ``chance`` that of being there or further. ``pace`` is ahead or behind with a chance of four in five or more; else "on pace"
    within 0.1 of the expected grade, or "perhaps" ahead or behind. A goal whose day is past is reached (1), achieved (0.7) or missed. What is not
    known is missing, and ``note`` says why. A falling KPI (target below start) is graded alike. ``good`` says which way each KPI is welcome: a
    KPI that stood beyond its target when its goal began, where the goal names no start, is then not graded, rather than the wrong way round.
    Raises InputError for a column that is missing.
    """
    import pandas as pd

    for column in NEEDED:
        if column not in goals:
            raise InputError(f'goals has no column "{column}".{did_you_mean(column, map(str, goals.columns))}')
    rows = [_graded(goal, history, as_of, (good or {}).get(goal.kpi)) for goal in _goals(goals)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _goals(goals: "pd.DataFrame") -> list[_Goal]:
    import pandas as pd

    frame = goals.reindex(columns=list(_Goal._fields))
    frame["owner"] = frame["owner"].astype(object).where(frame["owner"].notna(), "")
    frame["start_value"], frame["target"] = (pd.to_numeric(frame[c]).astype(float) for c in ("start_value", "target"))
    frame["start_on"], frame["due_on"] = (pd.to_datetime(frame[c]).dt.date for c in ("start_on", "due_on"))
    return [_Goal(*row) for row in frame.itertuples(index=False)]


def _graded(goal: _Goal, history: "pd.DataFrame", as_of: datetime, good: "Good | None") -> dict[str, object]:
    """Grade one goal; what is not known stays missing."""
    row: dict[str, object] = (
        dict.fromkeys(COLUMNS, math.nan) | goal._asdict() | {"start": goal.start_value, "start_from": "the goal", "note": ""}
    )
    row |= {"period_start": None, "period_end": None, "pace": UNKNOWN, "expected": _elapsed(goal, as_of)}
    past = of_kpi(history, goal.kpi, until=min(goal.due_on, as_of.date() - timedelta(days=1)))
    start = _start(goal, past)
    row |= {"start": start.value, "start_from": "the KPI at its start" if math.isnan(goal.start_value) else "the goal"}
    if fault := _fault(goal, past, start, as_of) or _beyond(goal, start, good):
        return _trimmed(row | {"pace": NOT_BEGUN if as_of.date() < goal.start_on else UNKNOWN, "note": fault})
    now = level_of(past)
    found = now.interval()
    way = goal.target - start.value
    expected, grade = float(row["expected"]), (now.value - start.value) / way  # type: ignore[arg-type]
    spread = math.hypot(now.error, (1 - grade) * (0.0 if math.isnan(start.error) else start.error)) / abs(way)
    progress = Level(grade, spread, now.freedom)
    ends = progress.interval()
    chance = chance_above(progress, expected)
    return _trimmed(
        row
        | {"value": now.value, "value_lower": found.lower, "value_upper": found.upper}
        | {"period_start": past["period_start"].iloc[-1].date(), "period_end": past["period_end"].iloc[-1].date()}
        | {"grade": _cut(grade), "lower": _cut(ends.lower), "upper": _cut(ends.upper)}
        | {"due_value": start.value + expected * way, "chance": chance, "pace": _pace(goal, grade, expected, chance, as_of)}
    )


def _fault(goal: _Goal, past: "pd.DataFrame", start: Level, as_of: datetime) -> str:
    """Say why a goal cannot be graded; nothing where it can."""
    if math.isnan(goal.target):
        return "the goal has no target"
    if goal.due_on <= goal.start_on:
        return f"it is due on {day_words(goal.due_on)}, which is not after its start on {day_words(goal.start_on)}"
    if as_of.date() < goal.start_on:
        return f"it begins on {day_words(goal.start_on)}"
    if past.empty:
        return f'there is no value of the KPI "{goal.kpi}"'
    if math.isnan(start.value):
        return f'the goal names no start, and the KPI "{goal.kpi}" has no value from then'
    if start.value == goal.target:
        return "start and target are the same, so nothing lies between them"
    if past["period_end"].iloc[-1].date() <= goal.start_on:
        return "no whole period of the KPI has ended since it began"
    return ""


def _beyond(goal: _Goal, start: Level, good: "Good | None") -> str:
    """Say that a KPI had left its target behind when the goal began; nothing where the goal names its own start."""
    is_beyond = (good == "up" and start.value > goal.target) or (good == "down" and start.value < goal.target)
    return (
        "the KPI stood beyond the target when the goal began, and the goal names no start"
        if is_beyond and math.isnan(goal.start_value)
        else ""
    )


def _start(goal: _Goal, past: "pd.DataFrame") -> Level:
    """Give a goal's start: its own, else the KPI's level at ``start_on``, or the first value after it where none is older."""
    import pandas as pd

    if not math.isnan(goal.start_value):
        return Level(goal.start_value, 0.0, math.inf)
    before = past[past["period_end"] <= pd.Timestamp(goal.start_on)]
    return level_of(before) if len(before) else level_of(past.head(1))


def level_of(past: "pd.DataFrame") -> Level:
    """Give a KPI's level over some periods, weighed by their rows where it is a share or a mean; its last own range where they are few."""
    sizes = past["n"].to_numpy(dtype=float) if past["lower"].notna().any() else None
    found = level(past["value"].to_numpy(dtype=float), sizes)
    if math.isnan(found.error) and len(past):
        width = float((past["upper"] - past["lower"]).mean()) / 2
        return Level(found.value, width / 1.959964 / math.sqrt(len(past)), math.inf)
    return found


def _elapsed(goal: _Goal, as_of: datetime) -> float:
    """Give the share of a goal's days, its last one included, that had gone at ``as_of``."""
    days = (goal.due_on - goal.start_on).days + 1
    return float(np.clip((as_of.date() - goal.start_on).days / days, 0, 1)) if days > 0 else math.nan


def _pace(goal: _Goal, grade: float, expected: float, chance: float, as_of: datetime) -> str:
    if as_of.date() > goal.due_on:
        return REACHED if grade >= 1 - 1e-9 else DONE if grade >= ACHIEVED - 1e-9 else MISSED
    if chance >= LIKELY:
        return AHEAD
    if chance <= 1 - LIKELY:
        return BEHIND
    if abs(grade - expected) <= CLOSE:
        return ON
    if math.isnan(chance):
        return AHEAD if grade > expected else BEHIND
    return MAYBE_AHEAD if grade > expected else MAYBE_BEHIND


def _cut(grade: float) -> float:
    return float(min(max(grade, 0.0), 1.0)) if math.isfinite(grade) else math.nan


def _trimmed(row: dict[str, object]) -> dict[str, object]:
    return {c: row[c] for c in COLUMNS}
