"""Levels that broke at a launch, or stand elsewhere than a year before, in sentences."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from prodops.kpis import words
from prodops.kpis.definitions import AnyKpi
from prodops.kpis.move_words import OF_PLACES
from prodops.kpis.said import MOST, Said, of, slug, welcome, why_words
from prodops.kpis.shifts import Run, Shift, compare
from prodops.stamps import Finding, day_words, in_words, range95

if TYPE_CHECKING:
    from prodops.kpis.page import Review

MOST_MARKS = 3
"""Of more launches than this about one time none is named."""


def shifted(review: "Review", shift: Shift) -> Said:
    kpi = review.book[shift.kpi]
    unit, named = kpi.unit_in(review.currency), named_marks(review, shift)
    mark = _mark_name(named)
    levels = f"from {in_words(shift.before, unit)} to {in_words(shift.after, unit)}"
    went = f"{kpi.label}{f' in {words.slice_values(shift.dimension, shift.slice)}' if shift.slice else ''} {words.verb(shift.change.value)}"
    sentence = (
        f"{_change_words(review, kpi, shift)}, {shift.periods_after} whole {shift.grain}s from {day_words(shift.on)} against "
        f"{shift.periods_before} before. Together in time; this alone does not show the cause.{_also_words(named)}"
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


def _marks_on(review: "Review", shift: Shift, on: date) -> list[str]:
    """Name the launches and price changes of a day that concern what shifted."""
    marks = review.marks[review.marks["kind"].isin(["launch", "pricing"]) & review.marks["launched_on"].eq(pd.Timestamp(on))]
    return [str(mark["name"]) for mark in marks.to_dict("records") if _concerns(review, shift, mark)]


def _concerns(review: "Review", shift: Shift, mark: Mapping[str, Any]) -> bool:
    """Whether a launch is of what shifted: of no one slice, of the slice that shifted, or of one that shifted the same way with the whole."""
    for dimension in OF_PLACES:
        if not mark[dimension] or (shift.dimension and shift.dimension != dimension):
            continue
        if shift.dimension:
            return bool(mark[dimension] == shift.slice)
        rows = review.frames[shift.grain]
        rows = rows[rows["kpi"].eq(shift.kpi) & rows["dimension"].eq(dimension)]
        own = rows[rows["slice"].eq(mark[dimension])]
        if own.empty:  # of a product by a name that the numbers do not know: nothing says that it is not of these
            continue
        with_it = compare(Run.of(own, shift.grain), mark["launched_on"].date())
        if with_it is None or with_it.p > 0.05 or with_it.change.value * shift.change.value < 0:
            return False
    return True


def named_marks(review: "Review", shift: Shift) -> dict[date, list[str]]:
    """Give what began when the level changed, by day: the day that fits best first, then the others."""
    found = {on: _marks_on(review, shift, on) for on in (shift.on, *shift.also)}
    return {on: names for on, names in found.items() if names}


def _mark_name(named: Mapping[date, Sequence[str]]) -> str:
    """Name what began when the level changed; nothing where nothing did, or so much that naming one would be a guess."""
    return "" if not named or sum(map(len, named.values())) > MOST_MARKS else " and ".join(next(iter(named.values())))


def _also_words(named: Mapping[date, Sequence[str]]) -> str:
    if not _mark_name(named):
        count = sum(map(len, named.values()))
        return f" {count} launches came about then, too near each other for time to tell them apart." if count else ""
    also = [f"{name} ({day_words(on, year=False)})" for on, names in list(named.items())[1:] for name in names]
    return f" {' and '.join(also)} came so near that time cannot tell them apart." if also else ""


def _shift_decision(kpi: AnyKpi, shift: Shift, mark: str) -> str:
    if not mark:
        return f"Find out what about {day_words(shift.on)} changed {kpi.label}{of(shift.dimension, shift.slice)}."
    if kpi.good == "range" or welcome(kpi, shift.change.value):
        return f"Keep {mark}, and say who else should have it."
    return f"Decide whether {mark} is worth this{of(shift.dimension, shift.slice)}, or what about it is to change."


def _shift_doubt(shift: Shift, unit: str, mark: str) -> str:
    untouched = f", or the same change among those whom {mark} does not touch" if mark else ""
    return f"A level near {in_words(shift.before, unit)} again{untouched}."


# ----------------------------------------------------------------------------------------------------- from year to year
def drifted(review: "Review", drift: Shift) -> Said:
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
