"""What A/B tests say, in sentences: a broken split first, as it makes all else of that test worthless."""

import math
from typing import TYPE_CHECKING, Any

from prodops.launches.wording import inside, short, slug
from prodops.stamps import Finding, between, in_words, range95

if TYPE_CHECKING:
    from prodops.launches.measures import Measures
    from prodops.launches.report import Review
    from prodops.launches.tested import Tested

MISMATCHED = 9.0
OUTLYING = 0.2
"""A largest value that alone makes so much of the sample's standard error is told."""
MOST = 3


def of_trials(review: "Review") -> list[Finding]:
    """Give the findings on A/B tests: splits that are off, then the results, then values that lie far out."""
    found = [
        finding for trial in review.trials for finding in (_mismatch(trial), *_results(review, trial)[:MOST], *_far_out(review, trial)[:1])
    ]
    return [finding for finding in found if finding]


def _mismatch(trial: "Tested") -> Finding | None:
    """Say that the split of a test is not as planned."""
    test = trial.readout
    if test.trusted:
        return None
    sizes = " against ".join(f"{n:,} {variant}" for variant, n in trial.sizes.items())
    return Finding(
        name=f"experiment.{slug(trial.name)}.split",
        headline=short(
            f"The split of {trial.name} is not as planned: trust no result of it", "A test's split is not as planned: trust no result of it"
        ),
        sentence=f"{sizes}: a split so uneven comes by chance once in {in_words(round(1 / max(test.mismatch, 1e-12)))} such tests "
        f"(sample-ratio mismatch, p = {_p(test.mismatch)}). Something in the assignment or the counting favours one side; find it before "
        "anything below is believed.",
        value=test.mismatch,
        unit="ratio",
        surprise=MISMATCHED,
    )


def _by_chance(p: float) -> str:
    """Say how often chance alone brings so much, over all measures of a test."""
    if p > 0.05:
        return "within what chance brings"
    return f"which chance alone brings once in {in_words(float(f'{1 / max(p, 1e-6):.1g}'))} tests{' or more' if p < 1e-6 else ''}"


def _p(p: float) -> str:
    return f"{p:.2g}" if p >= 1e-4 else "under 0.0001"


def _results(review: "Review", trial: "Tested") -> list[Finding]:
    """Say what a test found for each measure, the clearest first."""
    rows = sorted((row for row in trial.rows if not math.isnan(row.p)), key=lambda row: row.p_adjusted)
    return [_result(review, trial, row) for row in rows]


def _result(review: "Review", trial: "Tested", row: Any) -> Finding:
    unit, label = unit_of(review.measures, row), review.measures.label(str(row.measure))
    points = "points" if unit == "share" else unit
    change = in_words(row.difference, points, signed=True)
    clear = row.verdict in ("higher", "lower")
    if not trial.readout.trusted:
        head = short(
            f"{label}: {change} with {row.variant}, if the split could be trusted", f"{label}: {change}, if the split could be trusted"
        )
    elif clear:
        head = short(
            f"{trial.name} {'raised' if row.difference > 0 else 'lowered'} {inside(label)} by {change.lstrip('+−')}",
            f"{trial.name}: {change}",
        )
    else:
        head = short(f"{trial.name} is not shown to have moved {inside(label)}", f"{trial.name}: no difference shown")
    half = (row.upper - row.lower) / 3.92 if row.upper > row.lower else math.inf
    return Finding(
        name=f"experiment.{slug(trial.name)}.{slug(str(row.measure))}.{slug(str(row.variant))}",
        headline=head,
        sentence=_told(trial, row, unit, points),
        value=float(row.value),
        before=float(row.control_value),
        beside=trial.readout.control,
        lower=float(row.control_value + row.lower),
        upper=float(row.control_value + row.upper),
        unit=unit,
        good=review.measures.good(str(row.measure)) if clear and trial.readout.trusted else None,
        surprise=min(abs(row.difference) / half, 8.0) * (1.0 if clear else 0.3),
    )


def unit_of(measures: "Measures", row: Any) -> str:
    """Give the unit of a measure: that of the KPI of its name, else a share where all values are 0 or 1."""
    return measures.unit(str(row.measure)) if measures.known(str(row.measure)) else "share" if row.kind == "share" else "ratio"


def exact(value: float, unit: str) -> str:
    """Say a share of a test to two decimals of a percent, as its differences are often smaller than one."""
    return f"{value * 100:.2f}\u00a0%" if unit == "share" else in_words(value, unit)


def exact_change(value: float, unit: str) -> str:
    """Say a difference of shares to two decimals of a point."""
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return f"{sign}{abs(value) * 100:.2f}\u00a0pts" if unit in ("share", "points") else in_words(value, unit, signed=True)


def _told(trial: "Tested", row: Any, unit: str, points: str) -> str:
    ends = range95(exact_change(row.lower, points), exact_change(row.upper, points))
    parts = [
        f"{exact(row.value, unit)} with {row.variant}, {exact(row.control_value, unit)} with {trial.readout.control}: "
        f"{exact_change(row.difference, points)} ({ends}), {_by_chance(row.p_adjusted)}."
    ]
    if row.variance_reduction > 0.005:
        narrower = in_words(1 - math.sqrt(1 - min(row.variance_reduction, 1.0)), "share")
        parts.append(f"What people did before the test is taken into account (CUPED), which makes the range {narrower} narrower.")
    if row.verdict == "no difference shown" and not math.isnan(row.detectable):
        parts.append(f"A test of this size sees changes from {in_words(row.detectable, 'share')} of the usual on, four times in five.")
    return " ".join(parts)


def _far_out(review: "Review", trial: "Tested") -> list[Finding]:
    """Say which single value moves a measure's difference by much of its standard error."""
    found = []
    for row in trial.rows:
        error = (row.upper - row.lower) / 3.92
        if math.isnan(row.largest) or not error > 0:
            continue
        moved = abs(row.difference - row.difference_without_largest) / error
        if moved > OUTLYING and abs(row.largest) > 20 * max(abs(row.value), abs(row.control_value)):
            found.append(_outlier(review, trial, row, moved))
    return found


def _outlier(review: "Review", trial: "Tested", row: Any, moved: float) -> Finding:
    unit, label = unit_of(review.measures, row), review.measures.label(str(row.measure))
    return Finding(
        name=f"experiment.{slug(trial.name)}.{slug(str(row.measure))}.largest",
        headline=short(f"One value of {row.largest:,.0f} decides much of {inside(label)}", "One value decides much of a measure"),
        sentence=f"It stands in {row.largest_variant}, where the mean is {in_words(row.value if row.largest_variant == row.variant else row.control_value, unit)}. "
        f"With it the difference is {in_words(row.difference, unit, signed=True)} (p = {_p(row.p)}), without it "
        f"{in_words(row.difference_without_largest, unit, signed=True)} (p = {_p(row.p_without_largest)}).",
        value=float(row.largest),
        unit="count",
        surprise=min(2.0 + moved, 5.0),
    )


def ends(row: Any, unit: str) -> str:
    """Say the ends of a difference's range."""
    return between(exact_change(row.lower, unit), exact_change(row.upper, unit))
