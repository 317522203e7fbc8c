"""What the numbers claim, in sentences: each with its number, its range, its comparison, and how surprising it is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from prodops.kpis import words
from prodops.kpis.alarms import stated
from prodops.kpis.definitions import AnyKpi, Target
from prodops.kpis.drivers.calendar import candidates
from prodops.kpis.drivers.calendar_words import beside_words, calendar_words
from prodops.kpis.late import LateSlice, LateTable
from prodops.kpis.moves import RECENT, Move
from prodops.kpis.shifts import Shift
from prodops.kpis.usual import MINIMUM
from prodops.stamps import Finding, Takeaway, day_words, in_words
from prodops.workspace import Grain, period_start, step

if TYPE_CHECKING:
    from prodops.kpis.page import Review

MOST = 8.0
"""Surprise is distance in sigma, and beyond eight one is as surprised as can be."""
MOST_TAKEAWAYS = 3


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


def findings(review: "Review") -> tuple[Finding, ...]:
    """Give all findings, most surprising first."""
    return tuple(said.finding for said in told(review))


def takeaways(review: "Review") -> tuple[Takeaway, ...]:
    """Give the first findings that bear on a decision, what is unwelcome before what is welcome, one for each incident or week."""
    asked: dict[str, Said] = {}
    for said in sorted(
        (s for s in told(review) if s.decision), key=lambda s: (-s.finding.surprise * (0.5 if s.is_welcome else 1), s.finding.name)
    ):
        asked.setdefault(said.of_one_piece or said.finding.name, said)
    return tuple(
        Takeaway(claim=f"{s.finding.headline}.", decision=s.decision, owner=s.owner, changes_our_mind=s.changes_our_mind)
        for s in list(asked.values())[:MOST_TAKEAWAYS]
    )


def told(review: "Review") -> list[Said]:
    """Give all that can be said of a review, most surprising first."""
    from prodops.kpis.paces import paces

    news = review.news
    said = [_late(review, late) for late in news.late]
    said += [_silent(review, late) for late in news.late_slices]
    said += _less_of_the_same([replace(_move(review, move), about=move) for move in news.moves])
    said += [replace(_shift(review, shift), about=shift) for shift in news.shifts]
    said += [replace(_drift(review, drift), about=drift) for drift in news.drifts]
    said += [Said(finding) for finding in [stated(review)] if finding]
    said += [s for row in review.table.to_dict("records") if (s := _target(review, row))]
    said += paces(review)
    if not news.moves:
        said.append(_quiet(review))
    return sorted(said, key=lambda s: (-s.finding.surprise, s.finding.name))


def _less_of_the_same(moves: list[Said]) -> list[Said]:
    """Halve the surprise of a second number that moved with the same incident or week: once that is known, it was to be expected."""
    known: set[str] = set()
    told = []
    for said in sorted(moves, key=lambda s: -s.finding.surprise):
        again = bool(said.of_one_piece) and said.of_one_piece in known
        told.append(replace(said, finding=replace(said.finding, surprise=said.finding.surprise / 2)) if again else said)
        known.add(said.of_one_piece)
    return told


def _welcome(kpi: AnyKpi, change: float) -> bool:
    return (kpi.good == "up" and change > 0) or (kpi.good == "down" and change < 0)


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
            name=f"kpi.late.{_slug(late.dimension)}.{_slug(late.slice)}",
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


# ----------------------------------------------------------------------------------------------------- out of the range
def _move(review: "Review", move: Move) -> Said:
    kpi = review.book[move.kpi]
    unit, period, is_up = (kpi.unit_in(review.currency), words.period_words(move.start, move.grain), move.value > move.expected)
    went = f"{kpi.label} {'rose' if is_up else 'fell'} to {in_words(move.value, unit)}"
    where, near = f" in {move.slice}" if move.slice else "", _near(review, move)
    welcome = kpi.good == "range" or _welcome(kpi, 1.0 if is_up else -1.0)
    sentence = (
        f"{kpi.label}{_of(move.dimension, move.slice)} in {period}: {in_words(move.value, unit)}, against {words.say(move.expected, unit)} expected "
        f"from its own past (usual range {words.range_words(move.lower, move.upper, unit)}; {_odds_words(move)})."
        f"{_place_words(move, unit)}{_why_words(review, move)}{calendar_words(near)}{beside_words(review.news.beside, move)}{_since_words(move)}"
    )
    return Said(
        Finding(
            name=f"kpi.{kpi.name}.move",
            headline=words.heading(f"{went}{where} in {period}", f"{went}{where}", f"{went} in {period}", went),
            sentence=sentence,
            value=move.value,
            unit=unit,
            lower=move.lower,
            upper=move.upper,
            before=move.expected,
            good=kpi.good,
            surprise=min(abs(move.z), MOST),
        ),
        _move_decision(kpi, move, welcome),
        _move_doubt(move, unit),
        kpi.owner,
        welcome,
        " and ".join(near.loc[(near["kind"] == "incident") & (near["when"] == "at the same time"), "name"]) or period,
    )


def _odds_words(move: Move) -> str:
    if move.rule == "shift":
        return f"with the one or two {move.grain}s before it as rare as one outside that range"
    return words.odds_words(move.z, move.grain)


def _of(dimension: str, value: str) -> str:
    return f" in {words.slice_words(dimension, value)}" if value else ""


def _place_words(move: Move, unit: str) -> str:
    place = move.place
    if not place:
        return ""
    share = "All" if place.share > 0.95 else f"About {in_words(place.share, 'share')}"
    return (
        f" {share} of the move sits in {words.slice_words(place.dimension, place.slice)} "
        f"({in_words(place.value, unit)}, {words.say(place.expected, unit)} expected)."
    )


def _since_words(move: Move) -> str:
    if move.is_latest:
        return ""
    lasted = f" It lay outside in {move.periods} {move.grain}s of the last {RECENT[move.grain]}" if move.periods > 1 else " It"
    return lasted + (" and is" if move.periods > 1 else " is") + (" back in its usual range." if move.is_back else " not back yet.")


def _why_words(review: "Review", about: Move | Shift) -> str:
    """Say the way down to the slices behind a change, where it leads farther than what is told already."""
    why = review.news.whys.get((about.kpi, about.dimension, about.slice))
    if why is None or (isinstance(about, Move) and not why.slices):
        return ""
    said_already = isinstance(about, Move) and not about.dimension and len(why.slices) == 1 and len(why.slices[0]) == 1
    return "" if said_already else f" {why.sentence}"


def _near(review: "Review", move: Move) -> pd.DataFrame:
    """Give what stood in the calendar at a move or shortly before it."""
    return candidates(pd.concat([review.marks, review.news.holidays]), move.start, step(move.start, move.grain))


def _move_decision(kpi: AnyKpi, move: Move, welcome: bool) -> str:
    where = _of(move.place.dimension, move.place.slice) if move.place else _of(move.dimension, move.slice)
    if welcome:
        return f"Find out what moved {kpi.label}{where}, and whether it should last."
    return f"Make sure that the cause{where} is known and mended, and decide what the customers concerned are told."


def _move_doubt(move: Move, unit: str) -> str:
    usual = words.range_words(move.lower, move.upper, unit)
    if move.is_back:
        return f"Another {move.grain} outside {usual}: then it is not over."
    return f"Three {move.grain}s running within {usual} with nothing done."


# ------------------------------------------------------------------------------------------------------- after a launch
def _shift(review: "Review", shift: Shift) -> Said:
    kpi = review.book[shift.kpi]
    unit, mark = kpi.unit_in(review.currency), _mark_name(review.marks, shift.on)
    levels = f"from {in_words(shift.before, unit)} to {in_words(shift.after, unit)}"
    went = f"{kpi.label}{f' in {shift.slice}' if shift.slice else ''} {words.verb(shift.change.value)}"
    sentence = (
        f"{kpi.label}{_of(shift.dimension, shift.slice)} {words.verb(shift.change.value)} {levels} after {_mark_date(review, shift.on)}: "
        f"{_change_words(review, kpi, shift)}, {shift.periods_after} whole {shift.grain}s after against {shift.periods_before} before. "
        f"Together in time; this alone does not show the cause.{_also_words(review, shift)}{_why_words(review, shift)}"
    )
    age = (review.as_of.date() - shift.on).days
    return Said(
        Finding(
            name=f"kpi.{kpi.name}.since.{_slug(mark)}",
            sentence=sentence,
            value=shift.after,
            unit=unit,
            before=shift.before,
            good=kpi.good,
            headline=words.heading(
                f"{went} {levels} after {mark}", f"{went} to {in_words(shift.after, unit)} after {mark}", f"{went} {levels}"
            ),
            surprise=min(abs(shift.z), MOST) * 0.5 ** (age / 365),
        ),
        _shift_decision(kpi, shift, mark),
        _shift_doubt(shift, unit, mark),
        kpi.owner,
        _welcome(kpi, shift.change.value),
    )


def _change_words(review: "Review", kpi: AnyKpi, shift: Shift) -> str:
    unit = words.change_unit(kpi, review.currency)
    value, lower, upper = (in_words(v, unit, signed=True) for v in shift.change)
    return f"{value} (95 % range {lower} to {upper})"


def _mark_name(marks: pd.DataFrame, on: date) -> str:
    named = marks[(marks["launched_on"] == pd.Timestamp(on)) & marks["kind"].isin(["launch", "pricing"])]
    return " and ".join(named["name"])


def _mark_date(review: "Review", on: date) -> str:
    return f"{_mark_name(review.marks, on)} ({day_words(on, year=on.year != review.as_of.year)})"


def _also_words(review: "Review", shift: Shift) -> str:
    told = " and ".join(_mark_date(review, on) for on in shift.also)
    return f" {told} came so near that time cannot tell them apart." if told else ""


def _slug(text: str) -> str:
    return "_".join("".join(c if c.isalnum() else " " for c in text.lower()).split())


def _shift_decision(kpi: AnyKpi, shift: Shift, mark: str) -> str:
    if kpi.good == "range" or _welcome(kpi, shift.change.value):
        return f"Keep {mark}, and say who else should have it."
    return f"Decide whether {mark} is worth this{_of(shift.dimension, shift.slice)}, or what about it is to change."


def _shift_doubt(shift: Shift, unit: str, mark: str) -> str:
    return f"A level near {in_words(shift.before, unit)} again, or the same change among those whom {mark} does not touch."


# ----------------------------------------------------------------------------------------------------- from year to year
def _drift(review: "Review", drift: Shift) -> Said:
    kpi = review.book[drift.kpi]
    unit, welcome = kpi.unit_in(review.currency), _welcome(kpi, drift.change.value)
    before, after = in_words(drift.before, unit), in_words(drift.after, unit)
    went = f"{kpi.label} {words.verb(drift.change.value)}"
    sentence = (
        f"{kpi.label} over the last {drift.periods_after} whole {drift.grain}s: {after}, against {before} in the same {drift.grain}s a year before, "
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
            surprise=min(abs(drift.z), MOST) * (0.3 if welcome else 0.7),
        ),
        "" if welcome or kpi.good == "range" else f"Decide who turns {kpi.label} round, and by when.",
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
    met, unsure = gap == 0 or _welcome(kpi, gap), row["lower"] <= row["target"] <= row["upper"]
    stands = "on target" if met else f"{in_words(abs(gap), row['change_unit'])} {'above' if gap > 0 else 'below'} target"
    known = f" (95 % range {words.range_words(row['lower'], row['upper'], unit)})" if math.isfinite(row["lower"]) else ""
    doubt = " The range holds the target." if unsure and not met else ""
    near = period_start(kpi.target.on, "quarter") <= review.as_of.date()
    return Said(
        Finding(
            name=f"kpi.{kpi.name}.target",
            headline=words.heading(f"{kpi.label}: {stands}, {left}", f"{kpi.label}: {stands}"),
            sentence=f"{kpi.label} in {period}: {in_words(row['value'], unit)}{known}, against a target of {goal} by {day_words(kpi.target.on)}, {left}."
            f"{doubt}{_heading_for(review, kpi.name)}",
            value=row["value"],
            unit=unit,
            lower=_or_none(row["lower"]),
            upper=_or_none(row["upper"]),
            before=row["target"],
            good=kpi.good,
            surprise=0.4 if met else 0.6 if unsure else 1.5 if near else 1.0,
        ),
        "" if met or unsure else f"Decide what is to change before {day_words(kpi.target.on)}, or set another target for {kpi.label}.",
        f"{kpi.label} at {goal} in two {row['grain']}s running.",
        kpi.owner,
    )


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
