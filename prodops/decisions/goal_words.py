"""What is said of goals: how far each has come, what was due by now, and after which event its KPI stands elsewhere."""

import math
from typing import TYPE_CHECKING, Any

from prodops.decisions.grading import ACHIEVED, AHEAD, BEHIND, DONE, MAYBE_AHEAD, MAYBE_BEHIND, MISSED, NOT_BEGUN, ON, REACHED, UNKNOWN
from prodops.decisions.turns import Turn
from prodops.decisions.wording import first_that_fits, grade, listed, odds
from prodops.stamps import Finding, day_words, range95

if TYPE_CHECKING:
    from prodops.decisions.reporting import Review

Row = dict[str, Any]
_WEIGHT = {AHEAD: 4.0, BEHIND: 4.0, MISSED: 4.0, MAYBE_AHEAD: 2.5, MAYBE_BEHIND: 2.5, REACHED: 2.0, DONE: 2.0, ON: 0.5}


def goals(review: "Review") -> list[Finding]:
    """Say of each goal how it stands; those whose KPI is not known are one finding."""
    rows: list[Row] = list(review.grades.to_dict("records"))
    unknown = [row for row in rows if row["pace"] in (UNKNOWN, NOT_BEGUN)]
    return [*(_goal(review, row) for row in rows if row not in unknown), *([_unknown(unknown)] if unknown else [])]


def _goal(review: "Review", row: Row) -> Finding:
    kpi, pace = str(row["kpi"]), str(row["pace"])
    now, aim = review.say(row["value"], kpi), review.say(row["target"], kpi)
    is_over = pace in (REACHED, DONE, MISSED)
    against = f"{aim} asked for" if is_over else f"{review.say(row['due_value'], kpi)} due by now"
    label = review.label(kpi)
    turn = review.turns.get(kpi) if pace != ON else None
    return Finding(
        name=f"goal.{kpi}",
        headline=first_that_fits(
            f"{row['goal']}: {pace}, {label} {now}, {against}", f"{row['goal']}: {pace} ({label} {now})", f"{label}: {pace}, {now}"
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
    """Say the KPI's level with its range, and what that is as a grade."""
    kpi = str(row["kpi"])
    now, low, high = (review.say(row[c], kpi) for c in ("value", "value_lower", "value_upper"))
    known = math.isfinite(row["value_lower"])
    when = f" on {day_words(row['due_on'])}" if row["pace"] in (REACHED, DONE, MISSED) else ""
    start, aim = review.say(row["start"], kpi), review.say(row["target"], kpi)
    taken = "" if row["start_from"] == "the goal" else ", taken from the KPI as it began"
    level = f"{review.label(kpi)} {'was' if when else 'is'} at {now}{when}"
    return (
        f"{level}{f', its noise smoothed out ({range95(low, high)})' if known else ''}: a grade of {grade(row['grade'])} on the way from {start}{taken} to {aim}"
        f"{'' if when else ' by ' + day_words(row['due_on'])}."
    )


def _ends(row: Row) -> str:
    """Say what was due, how sure the pace is, and what comes of it if the number stays where it is."""
    pace = row["pace"]
    if pace in (REACHED, DONE, MISSED):
        return f" {grade(ACHIEVED)} is achieved."
    due = f" {grade(row['expected'])} was due by now"
    if pace == ON:
        return f"{due}."
    sure = f"; the chance of being there is {odds(row['chance'])}." if math.isfinite(row["chance"]) else "."
    ends = "achieved" if row["grade"] >= ACHIEVED - 1e-9 else "missed"
    return f"{due}{sure} If it stays there, the goal is {ends}."


def _turned(review: "Review", kpi: str, turn: Turn) -> str:
    """Say after which event the KPI stands elsewhere; those that fit as well are named with it."""
    moved = turn.change
    before, after = review.say(moved.before, kpi), review.say(moved.after, kpi)
    by = review.say(moved.difference.value, kpi, signed=True, change=True)
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
