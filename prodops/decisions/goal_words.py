"""What is said of goals: how far each has come, what was due by now, and after which event its KPI stands elsewhere."""

import math
from typing import TYPE_CHECKING, Any

from prodops.decisions.grading import ACHIEVED, AHEAD, BEHIND, DONE, MAYBE_AHEAD, MAYBE_BEHIND, MISSED, NOT_BEGUN, ON, REACHED, UNKNOWN
from prodops.decisions.turns import Turn
from prodops.decisions.wording import alike, first_that_fits, grade, listed, odds
from prodops.stamps import Finding, day_words, range95

if TYPE_CHECKING:
    from prodops.decisions.reporting import Review

Row = dict[str, Any]
_WEIGHT = {AHEAD: 4.0, BEHIND: 4.0, MISSED: 4.0, MAYBE_AHEAD: 2.5, MAYBE_BEHIND: 2.5, REACHED: 2.0, DONE: 2.0, ON: 0.5}
OVER = (REACHED, DONE, MISSED)
PRESSING = (BEHIND, MAYBE_BEHIND, MISSED, UNKNOWN)
"""Paces that want somebody to do something."""


def goals(review: "Review") -> list[Finding]:
    """Say of each goal how it stands; those whose KPI is not known are one finding."""
    rows: list[Row] = list(review.grades.to_dict("records"))
    unknown = [row for row in rows if row["pace"] in (UNKNOWN, NOT_BEGUN)]
    return [*(_goal(review, row) for row in rows if row not in unknown), *([_unknown(unknown)] if unknown else [])]


def is_pressing(finding: Finding, review: "Review") -> bool:
    """Whether a goal's finding wants somebody to do something: it is behind or missed, or cannot be graded."""
    late = review.grades[review.grades["pace"].isin(PRESSING)]
    return finding.name in {"goal.unknown", *(f"goal.{kpi}" for kpi in late["kpi"])}


def _goal(review: "Review", row: Row) -> Finding:
    kpi, pace = str(row["kpi"]), str(row["pace"])
    now, aim = review.say(row["value"], kpi), review.say(row["target"], kpi)
    is_over = pace in OVER
    against = f"{aim} asked for" if is_over else f"{review.say(row['due_value'], kpi)} due by now"
    label, verb = review.label(kpi), "was" if is_over else "is"
    turn = review.turns.get(kpi) if pace != ON else None
    return Finding(
        name=f"goal.{kpi}",
        headline=first_that_fits(
            f"“{row['goal']}” {verb} {pace}: {label} {now} (smoothed), {against}",
            f"“{row['goal']}” {verb} {pace}: {label} {now}, {against}",
            f"“{row['goal']}” {verb} {pace} ({label} {now})",
            f"{label} {verb} {pace}: {now}",
        ),
        sentence=f"{_stands(review, row)}{_ends(row)}{_turned(review, kpi, turn) if turn else ''}",
        value=float(row["value"]),
        unit=review.unit(kpi),
        lower=float(row["value_lower"]),
        upper=float(row["value_upper"]),
        before=None if is_over else float(row["due_value"]),
        beside="due",
        good="up" if row["target"] > row["start"] else "down",
        surprise=0.3 + _WEIGHT[pace] * abs(float(row["grade"]) - float(row["expected"])),
    )


def _stands(review: "Review", row: Row) -> str:
    """Say the KPI's level with its range, between which numbers the goal lies, and the grade against what was due."""
    kpi = str(row["kpi"])
    now, low, high = (review.say(row[c], kpi) for c in ("value", "value_lower", "value_upper"))
    level = f"{now}, smoothed ({range95(low, high)})" if math.isfinite(row["value_lower"]) else now
    start, aim = review.say(row["start"], kpi), review.say(row["target"], kpi)
    way = f"on the way from {start}{'' if row['start_from'] == 'the goal' else ' (as it began)'} to {aim}"
    if row["pace"] in OVER:
        return f"{review.label(kpi)} was {level} on {day_words(row['due_on'])}, {way}: grade {grade(row['grade'])}; {grade(ACHIEVED)} is achieved."
    stood = f"{review.label(kpi)} is {level}, {way} by {day_words(row['due_on'])}"
    return f"{stood}: grade {grade(row['grade'])}, where {grade(row['expected'])} was due by now."


def _ends(row: Row) -> str:
    """Say how sure the pace is, and what comes of it if the number stays where it is."""
    if row["pace"] in OVER or row["pace"] == ON:
        return ""
    ends = "achieved" if row["grade"] >= ACHIEVED - 1e-9 else "missed"
    if not math.isfinite(row["chance"]):
        return f" If it stays there, the goal is {ends}."
    return f" The chance that it is on pace is {odds(row['chance'])}; if it stays there, the goal is {ends}."


def _turned(review: "Review", kpi: str, turn: Turn) -> str:
    """Say after which event the KPI stands elsewhere; those that fit as well are named with it."""
    moved = turn.change
    before, after, by = alike(moved.before, moved.after, review.unit(kpi))
    low, high = (review.say(end, kpi, signed=True, change=True) for end in moved.difference[1:])
    names = sorted([(turn.on, turn.name), *((on, name) for name, on in turn.rivals)])
    told = listed([f"{name} ({day_words(on)})" for on, name in names])
    which = "; its periods do not tell which of them it was" if len(names) > 1 else ""
    return f" It was {before} before {told} and {after} after ({by}, {range95(low, high)}){which}."


def _unknown(rows: list[Row]) -> Finding:
    told = "; ".join(f"{row['goal']}: {row['note']}" for row in rows[:4])
    more = f"; and {len(rows) - 4} more" if len(rows) > 4 else ""
    headline = f"{len(rows)} goal{'s' * (len(rows) != 1)} cannot be graded"
    return Finding(name="goal.unknown", headline=headline, sentence=f"{told}{more}.", value=float(len(rows)), surprise=0.8)
