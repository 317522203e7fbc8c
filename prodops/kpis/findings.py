"""What the numbers claim, in sentences: each with its number, its range, its comparison, and how surprising it is."""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from prodops.kpis import words
from prodops.kpis.alarms import stated
from prodops.kpis.definitions import AnyKpi, Target
from prodops.kpis.late import LateSlice, LateTable
from prodops.kpis.move_words import OF_PLACES, moved
from prodops.kpis.moves import RECENT
from prodops.kpis.said import MOST, Said, of, slug, welcome, why_words
from prodops.kpis.shifts import Shift
from prodops.kpis.usual import MINIMUM
from prodops.stamps import Finding, Takeaway, day_words, in_words, range95
from prodops.workspace import Grain, period_start

if TYPE_CHECKING:
    from prodops.kpis.page import Review

MOST_TAKEAWAYS = 3
MOST_MARKS = 3
"""Of more launches than this about one time none is named."""


def takeaways(review: "Review") -> tuple[Takeaway, ...]:
    """Give the first findings that bear on a decision, what is unwelcome before what is welcome, one for each incident or week."""
    asked: dict[str, Said] = {}
    for said in sorted(
        (s for s in review.told if s.decision), key=lambda s: (-s.finding.surprise * (0.5 if s.is_welcome else 1), s.finding.name)
    ):
        asked.setdefault(said.of_one_piece or said.finding.name, said)
    return tuple(
        Takeaway(claim=f"{s.finding.headline}.", decision=s.decision, owner=s.owner, changes_our_mind=s.changes_our_mind)
        for s in list(asked.values())[:MOST_TAKEAWAYS]
    )


def told(review: "Review") -> tuple[Said, ...]:
    """Give all that can be said of a review, most surprising first."""
    from prodops.kpis.paces import paces

    news = review.news
    said = [_late(review, late) for late in news.late]
    said += [_silent(review, late) for late in news.late_slices]
    said += moved(review)
    said += [replace(_shift(review, shift), about=shift) for shift in news.shifts]
    said += [replace(_drift(review, drift), about=drift) for drift in news.drifts]
    said += [Said(finding) for finding in [stated(review)] if finding]
    said += [s for row in review.table.to_dict("records") if (s := _target(review, row))]
    said += paces(review)
    if not news.moves:
        said.append(_quiet(review))
    return tuple(sorted(said, key=lambda s: (-s.finding.surprise, s.finding.name)))


# ------------------------------------------------------------------------------------------------------- late and quiet
def _late(review: "Review", late: LateTable) -> Said:
    on = day_words(late.last, year=late.last.year != review.as_of.year)
    if late.days:
        headline = f"Rows of {late.table} for {late.days} days of the last week only"
        sentence = f"The table {late.table} has rows on {late.days} days of the last whole week, the last on {on}; no week before had fewer than {late.usual}"
    else:
        headline = f"No new rows in {late.table} after {on}"
        sentence = f"The table {late.table} had rows in nearly every week, and has none after {on}"
    return Said(
        Finding(
            name=f"kpi.late.{late.table}",
            headline=headline,
            surprise=MOST + 1,
            sentence=f"{sentence}: late or missing data, not a drop. KPIs on it are left out of what changed.",
        ),
        f"Find out why {late.table} stopped before anyone reads its numbers.",
        "Rows for the missing weeks.",
    )


def _silent(review: "Review", late: LateSlice) -> Said:
    where = words.slice_words(late.dimension, late.slice)
    return Said(
        Finding(
            name=f"kpi.late.{slug(late.dimension)}.{slug(late.slice)}",
            headline=words.heading(
                f"No rows of {where} after {words.period_words(late.last, 'week')}", f"No rows of {late.slice} any more"
            ),
            surprise=MOST + 0.5,
            sentence=f"Rows of {where} came in every week, the last in {words.period_words(late.last, 'week')}, and none since: late or missing data, "
            "or an end that somebody knows of. It is not counted as a drop.",
        ),
        f"Find out why rows of {where} stopped before anyone reads its numbers.",
        f"Rows of {where} for the missing week.",
    )


def _quiet(review: "Review") -> Said:
    """Say that nothing moved, of how many KPIs; those whose past is too short to set a range are not counted in."""
    count, judged = len(review.grains), int(review.table["usual_lower"].notna().sum())
    if not judged:
        return Said(
            Finding(
                name="kpi.usual",
                headline="Too early to say what is usual",
                surprise=0.5,
                sentence=f"A usual range rests on {MINIMUM} whole periods before; no KPI has them in its latest period.",
            )
        )
    which = "The KPI" if count == 1 else f"All {count} KPIs" if judged == count else f"{judged} of {count} KPIs"
    rest = "" if judged == count else f" The past of the other {count - judged} is too short, or never moved, and sets no range."
    when = _recent_words(sorted(set(review.grains.values())))
    return Said(
        Finding(
            name="kpi.usual",
            headline="Nothing left its usual range",
            surprise=0.5,
            sentence=f"{which} stayed within the range that their own past leads to expect, {when}.{rest}",
        )
    )


def _recent_words(grains: Sequence[Grain]) -> str:
    return " and ".join(f"in the last {RECENT[g]} whole {g}s" for g in grains)


# ------------------------------------------------------------------------------------------------------- after a launch
def _shift(review: "Review", shift: Shift) -> Said:
    kpi = review.book[shift.kpi]
    unit, mark = kpi.unit_in(review.currency), _mark_name(review, shift)
    levels = f"from {in_words(shift.before, unit)} to {in_words(shift.after, unit)}"
    went = f"{kpi.label}{f' in {shift.slice}' if shift.slice else ''} {words.verb(shift.change.value)}"
    sentence = (
        f"{_change_words(review, kpi, shift)}, {shift.periods_after} whole {shift.grain}s from {day_words(shift.on)} against "
        f"{shift.periods_before} before. Together in time; this alone does not show the cause.{_also_words(review, shift)}"
        f"{why_words(review, shift)}"
    )
    after = f"after {mark}" if mark else f"about {day_words(shift.on)}"
    age = (review.as_of.date() - shift.on).days
    return Said(
        Finding(
            name=f"kpi.{kpi.name}.since.{slug(mark or str(shift.on))}",
            sentence=sentence,
            value=shift.after,
            unit=unit,
            before=shift.before,
            good=kpi.good,
            headline=words.heading(f"{went} {levels} {after}", f"{went} to {in_words(shift.after, unit)} {after}", f"{went} {levels}"),
            surprise=min(abs(shift.z), MOST) * 0.5 ** (age / 365),
        ),
        _shift_decision(kpi, shift, mark),
        _shift_doubt(shift, unit, mark),
        kpi.owner,
        welcome(kpi, shift.change.value),
    )


def _change_words(review: "Review", kpi: AnyKpi, shift: Shift) -> str:
    unit = words.change_unit(kpi, review.currency)
    value, lower, upper = (in_words(v, unit, signed=True) for v in shift.change)
    return f"{value} ({range95(lower, upper)})"


def _marks_on(review: "Review", shift: Shift, dates: Sequence[date]) -> list[str]:
    """Name the launches and price changes of some days, without those that concern other slices."""
    marks = review.marks[review.marks["kind"].isin(["launch", "pricing"])]
    if shift.dimension in OF_PLACES and shift.dimension in marks:
        marks = marks[marks[shift.dimension].isin(["", shift.slice])]
    return [name for on in dates for name in marks.loc[marks["launched_on"] == pd.Timestamp(on), "name"]]


def _mark_name(review: "Review", shift: Shift) -> str:
    """Name what began when the level changed; nothing where so much began about then that naming one would be a guess."""
    named = _marks_on(review, shift, [shift.on])
    return "" if len(named) + len(_marks_on(review, shift, shift.also)) > MOST_MARKS else " and ".join(named)


def _also_words(review: "Review", shift: Shift) -> str:
    also = [f"{name} ({day_words(on, year=False)})" for on in shift.also for name in _marks_on(review, shift, [on])]
    if not _mark_name(review, shift):
        count = len(also) + len(_marks_on(review, shift, [shift.on]))
        return f" {count} launches came about then, too near each other for time to tell them apart." if count else ""
    return f" {' and '.join(also)} came so near that time cannot tell them apart." if also else ""


def _shift_decision(kpi: AnyKpi, shift: Shift, mark: str) -> str:
    if not mark:
        return f"Find out which launch about {day_words(shift.on)} changed {kpi.label}{of(shift.dimension, shift.slice)}."
    if kpi.good == "range" or welcome(kpi, shift.change.value):
        return f"Keep {mark}, and say who else should have it."
    return f"Decide whether {mark} is worth this{of(shift.dimension, shift.slice)}, or what about it is to change."


def _shift_doubt(shift: Shift, unit: str, mark: str) -> str:
    untouched = f", or the same change among those whom {mark} does not touch" if mark else ""
    return f"A level near {in_words(shift.before, unit)} again{untouched}."


# ----------------------------------------------------------------------------------------------------- from year to year
def _drift(review: "Review", drift: Shift) -> Said:
    kpi = review.book[drift.kpi]
    unit, is_welcome = kpi.unit_in(review.currency), welcome(kpi, drift.change.value)
    before, after = in_words(drift.before, unit), in_words(drift.after, unit)
    went = f"{kpi.label} {words.verb(drift.change.value)}"
    sentence = (
        f"{after} over the last {drift.periods_after} whole {drift.grain}s, {before} in the same {drift.grain}s a year before: "
        f"{_change_words(review, kpi, drift)}.{_stage_words(review, kpi)}"
    )
    return Said(
        Finding(
            name=f"kpi.{kpi.name}.year",
            headline=words.heading(f"{went} from {before} to {after} within a year", f"{went} to {after} within a year"),
            sentence=sentence,
            value=drift.after,
            unit=unit,
            before=drift.before,
            good=kpi.good,
            surprise=min(abs(drift.z), MOST) * (0.3 if is_welcome else 0.7),
        ),
        "" if is_welcome or kpi.good == "range" else f"Decide who turns {kpi.label} round, and by when.",
        f"A quarter back near {before}.",
        kpi.owner,
    )


def _stage_words(review: "Review", kpi: AnyKpi) -> str:
    stages = review.stages.get(kpi.name, ())
    if len(stages) < 2:
        return ""
    slowest, next_one = stages[0], stages[1]
    return (
        f" {slowest.state} is the slowest of {len(stages)} stages: {in_words(slowest.value, 'days')}, against "
        f"{in_words(next_one.value, 'days')} in {next_one.state}, the next."
    )


# ------------------------------------------------------------------------------------------------------------ the targets
def _target(review: "Review", row: dict[str, Any]) -> Said | None:
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
    return f" It is heading for {words.say(made.value, made.unit)} in {made.period} (80 % range {words.range_words(made.lower, made.upper, made.unit)})."


def _goal_words(target: Target, unit: str) -> str:
    return in_words(target.value, unit) if target.low is None or target.high is None else words.range_words(target.low, target.high, unit)


def _or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None
