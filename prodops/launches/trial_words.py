"""What A/B tests say, in sentences: a broken split first, as it makes all else of that test worthless."""

import math
from typing import TYPE_CHECKING, Any

from prodops.launches.figures import Figures, figures
from prodops.launches.wording import inside, short, slug
from prodops.stamps import Finding, in_words

if TYPE_CHECKING:
    from prodops.launches.measures import Measures
    from prodops.launches.report import Review
    from prodops.launches.tested import Tested

MISMATCHED = 9.0
OUTLYING = 0.2
"""A largest value that alone makes so much of the sample's standard error is told."""
MOST = 3
ADJUSTED = 0.005
"""From which part of the variance on it is told that what people did before was taken into account."""


def of_trials(review: "Review") -> list[Finding]:
    """Give the findings on A/B tests: splits that are off, then the results, then values that lie far out."""
    found = [
        finding for trial in review.trials for finding in (_mismatch(trial), *_results(review, trial)[:MOST], *_far_out(review, trial)[:1])
    ]
    return [finding for finding in found if finding]


def _mismatch(trial: "Tested") -> Finding | None:
    """Say that the split of a test is not as planned."""
    from prodops.launches.trials import MISMATCH

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
        before=MISMATCH,
        beside="limit",
        unit="share",
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
    say = alike(row, unit)
    change = say.change(row.difference)
    clear = row.verdict in ("higher", "lower")
    if not trial.readout.trusted:
        head = short(
            f"{label}: {change} with {row.variant}, if the split could be trusted", f"{label}: {change}, if the split could be trusted"
        )
    elif clear:
        head = short(
            f"{trial.name} {'raised' if row.difference > 0 else 'lowered'} {inside(label)} by {say.size(row.difference)}",
            f"{trial.name}: {change}",
        )
    else:
        head = short(f"{trial.name} is not shown to have moved {inside(label)}", f"{trial.name}: no difference shown")
    half = (row.upper - row.lower) / 3.92 if row.upper > row.lower else math.inf
    return Finding(
        name=f"experiment.{slug(trial.name)}.{slug(str(row.measure))}.{slug(str(row.variant))}",
        headline=head,
        sentence=_told(trial, row, say),
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


def alike(row: Any, unit: str) -> Figures:
    """Give how a test's numbers are told: alike, shares to two decimals of a percent, as their differences are often smaller than one."""
    return figures(
        unit, row.value, row.control_value, row.value - row.control_value, (row.lower, row.upper), least=2 if unit == "share" else 0
    )


def _told(trial: "Tested", row: Any, say: Figures) -> str:
    plain, is_adjusted = row.value - row.control_value, row.variance_reduction > ADJUSTED
    base = say.rest(row.value, plain)
    size = f"{say.change(row.difference)} (95\u00a0% range {say.range(row.lower, row.upper)}), {_by_chance(row.p_adjusted)}"
    parts = [
        f"{say.value(row.value)} with {row.variant}, {base} with {trial.readout.control}: {say.change(plain) if is_adjusted else size}."
    ]
    if is_adjusted:
        narrower = in_words(1 - math.sqrt(1 - min(row.variance_reduction, 1.0)), "share")
        parts.append(f"With what people did before the test taken into account (CUPED): {size}. That makes the range {narrower} narrower.")
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
