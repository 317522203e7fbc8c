"""Each measure of an experiment set against its control, from sums: difference, lift, power, and what one large value does."""

import math
from dataclasses import astuple
from typing import TYPE_CHECKING, Any

from prodops.launches.arms import EXPECTED_UNITS, Arm, Sides, contrast, slope_of

if TYPE_CHECKING:
    import pandas as pd
    from tea_tasting.metrics import Mean, RatioOfMeans

LIFT, POWER = 0.05, 0.8
FEWEST = 10
"""With fewer units in an arm nothing is said of power: the library's search does not find its way there."""
RANGE = ("difference", "lower", "upper", "p", "relative", "relative_lower", "relative_upper")
COLUMNS = [
    *("measure", "variant", "kind", "n_control", "n", "control_value", "value"),
    *RANGE,
    *("variance_reduction", "power", "detectable"),
    *("largest", "largest_variant", "difference_without_largest", "p_without_largest"),
]
Row = Any
"""A row of the sums, by its names."""


def readout(sums: "pd.DataFrame", control: str, sides: Sides, sequential: bool) -> "pd.DataFrame":
    """Set every variant of every measure against the control; one row a measure and variant, in the order of the sums."""
    import pandas as pd

    found = []
    for _, rows in sums.groupby("measure", sort=True):
        by_variant = {row.variant: row for row in rows.itertuples()}
        if control in by_variant:
            is_share = not rows["is_ratio"].any() and not rows["others"].sum()
            base = by_variant.pop(control)
            found += [_row(base, row, is_share, sides, sequential) for row in by_variant.values()]
    return pd.DataFrame(found, columns=COLUMNS)


def _row(c: Row, t: Row, is_share: bool, sides: Sides, sequential: bool) -> dict[str, Any]:
    kind = "ratio" if t.is_ratio else "share" if is_share else "mean"
    values = [row.mean / row.before_mean if kind == "ratio" and row.before_mean else row.mean for row in (c, t)]
    row = {
        "measure": t.measure,
        "variant": t.variant,
        "kind": kind,
        "n_control": c.n,
        "n": t.n,
        "control_value": values[0],
        "value": values[1],
    }
    row |= dict.fromkeys(COLUMNS[7:], math.nan) | {"difference": values[1] - values[0], "largest_variant": ""}
    if min(c.n, t.n) < 2 or not c.variance + t.variance > 0:
        return row
    reduction = _reduction(c, t) if kind != "ratio" else math.nan
    metric = _metric(kind, reduction > 0, sides, t.n / c.n)
    row |= _always(c, t, kind, reduction > 0, sides) if sequential else _at_once(metric, c, t)
    row |= {"variance_reduction": reduction} | _power(metric, c, t)
    return row | (_without_largest(c, t, sides) if kind == "mean" else {})


def _metric(kind: str, is_adjusted: bool, sides: Sides, ratio: float) -> "RatioOfMeans | Mean":
    import tea_tasting as tt

    common: dict[str, Any] = {
        "alternative": sides,
        "confidence_level": 0.95,
        "alpha": 0.05,
        "equal_var": False,
        "use_t": True,
        "ratio": ratio,
    }
    common |= {"power": POWER}
    if kind == "ratio":
        return tt.RatioOfMeans("value", "before", **common)
    return tt.Mean("value", "before" if is_adjusted else None, **common)


def _aggregates(row: Row) -> Any:
    from tea_tasting.aggr import Aggregates

    if not row.before_variance >= 0:
        return Aggregates(row.n, {"value": row.mean}, {"value": row.variance})
    means, variances = {"value": row.mean, "before": row.before_mean}, {"value": row.variance, "before": row.before_variance}
    return Aggregates(row.n, means, variances, {("value", "before"): row.covariance})


def _reduction(c: Row, t: Row) -> float:
    """Give the share of variance that CUPED takes off; missing where nothing before is known of either arm."""
    if not (c.known and t.known) or not c.before_variance + t.before_variance > 0:
        return math.nan
    both = [_arm(row) for row in (c, t)]
    slope = slope_of(*both)
    left = sum((a.variance - 2 * slope * a.covariance + slope**2 * a.before_variance) / a.n for a in both)
    return 1 - left / sum(a.variance / a.n for a in both)


def _arm(row: Row) -> Arm:
    return Arm(row.n, row.mean, row.variance, row.before_mean, row.before_variance, row.covariance)


def _at_once(metric: Any, c: Row, t: Row) -> dict[str, float]:
    found = metric.analyze_aggregates(_aggregates(c), _aggregates(t))
    parts = (found.effect_size, found.effect_size_ci_lower, found.effect_size_ci_upper, found.pvalue)
    lift = (found.rel_effect_size, found.rel_effect_size_ci_lower, found.rel_effect_size_ci_upper)
    is_lift = found.control > 0 and found.treatment > 0
    return dict(zip(RANGE, (*parts, *(lift if is_lift else [math.nan] * 3)), strict=True))


def _always(c: Row, t: Row, kind: str, is_adjusted: bool, sides: Sides) -> dict[str, float]:
    """Give ranges and p that hold however often one looks, by the difference and by the lift."""
    arms = [Arm(row.n, row.mean, row.variance) for row in (c, t)]
    if kind == "ratio":
        arms = [a.ratio_of(Arm(row.n, row.before_mean, row.before_variance), row.covariance) for a, row in zip(arms, (c, t), strict=True)]
    elif is_adjusted:
        arms = [_arm(row) for row in (c, t)]
    plain, lift = (astuple(contrast(*arms, sides=sides, relative=r, expected_units=EXPECTED_UNITS))[:4] for r in (False, True))
    return dict(zip(RANGE, (*plain, *lift[:3]), strict=True))


def _power(metric: Any, c: Row, t: Row) -> dict[str, float]:
    """Say how likely a lift of 5 % would have been seen, and which would be in four of five; missing where the control's mean is not over 0."""
    data = _aggregates(c)
    if min(c.n, t.n) < FEWEST or not (c.mean > 0 and c.variance > 0):
        return {}
    metric.n_obs, metric.rel_effect_size = c.n + t.n, LIFT
    power = metric.solve_power_from_aggregates(data, "power")[0].power
    metric.rel_effect_size = None
    return {"power": power, "detectable": metric.solve_power_from_aggregates(data, "rel_effect_size")[0].rel_effect_size}


def _without_largest(c: Row, t: Row, sides: Sides) -> dict[str, Any]:
    """Read the difference out once more without the largest single value, wherever it is."""
    holder = t if t.most > c.most else c
    arms = {row.variant: Arm(row.n, row.mean, row.variance) for row in (c, t)}
    arms[holder.variant] = _left(arms[holder.variant], holder.most)
    found = contrast(arms[c.variant], arms[t.variant], sides=sides)
    return {
        "largest": holder.most,
        "largest_variant": holder.variant,
        "difference_without_largest": arms[t.variant].mean - arms[c.variant].mean,
        "p_without_largest": found.p,
    }


def _left(arm: Arm, value: float) -> Arm:
    """Take one unit out of an arm."""
    n = arm.n - 1
    mean = (arm.n * arm.mean - value) / n
    rest = arm.variance * n - (value - arm.mean) ** 2 * arm.n / n
    return Arm(n, mean, max(rest, 0.0) / (n - 1) if n > 1 else math.nan)
