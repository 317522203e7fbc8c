"""Other people's recorded A/B readouts, recomputed from their sums by ``launches.contrast``.

    python benchmarks/experiment_vectors.py FOLDER_WITH_THE_VECTORS

Reads ``growthbook_vectors.json`` and ``spotify_vectors.json`` and says of each method how many come out equal to 1e-5 in each number that is
compared, and names the others. Not supported, and counted as such: Bayesian tests, group-sequential tests with a planned size (alpha spending),
and the correction that their authors call spot-1. A difference's powered effect and required size are not compared. GrowthBook finds the p of a
one-sided always-valid test by halving an interval from 1e-5 to 0.4999, and gives the half after the one at which its range came near 0: up
to 1e-4 beside the p at which the range ends at 0, which is given here.
"""

import ast
import json
import math
import sys
from collections import defaultdict
from functools import reduce
from pathlib import Path
from typing import Any

from scipy.stats import chi2_contingency

from prodops.launches import Arm, contrast

CLOSE = 1e-5
Found = list[tuple[str, float, Any]]
"""What is compared: its name, ours, theirs."""


class Unsupported(Exception):
    """A method that is not ours."""


def is_equal(ours: float, theirs: Any) -> bool:
    """Whether two numbers agree to 1e-5, both missing and both infinite included."""
    other = math.nan if theirs is None else float(theirs)
    return (math.isnan(ours) and math.isnan(other)) or ours == other or abs(ours - other) <= CLOSE


# --------------------------------------------------------------------------------------------------------- the first
METHODS = {"TwoSidedTTest": "two-sided", "OneSidedTreatmentGreaterTTest": "greater", "OneSidedTreatmentLesserTTest": "less"}


def first(vector: dict[str, Any]) -> Found:
    """Read out one of GrowthBook's: strata of two arms each, added up unless they are to be weighed."""
    method, config, expected = vector["method"], vector["config"], vector["expected"]
    sides = METHODS.get(method.removeprefix("Sequential"))
    if sides is None:
        raise Unsupported
    pairs = vector["stats"] if config.get("post_stratify") else [[reduce(added, side) for side in zip(*vector["stats"], strict=True)]]
    found = contrast(
        *([arm(s) for s in side] for side in zip(*pairs, strict=True)),
        relative=config.get("difference_type", "relative") == "relative",
        sides=sides,
        level=1 - config.get("alpha", 0.05),
        null=config.get("test_value") or 0,
        expected_units=config.get("sequential_tuning_parameter", 5_000) if method.startswith("Sequential") else None,
        slope=slope(*pairs[0]) if len(pairs) == 1 else None,
    )
    if expected["errorMessage"]:
        return [("no readout", found.p, None)]
    lower, upper = expected["ci"]
    named = (found.value, found.lower, found.upper, found.p, found.error)
    return list(
        zip(
            ("value", "lower", "upper", "p", "error"),
            named,
            (expected["expected"], lower, upper, expected["pValue"], expected["uplift"]["stddev"]),
            strict=True,
        )
    )


def added(one: Any, other: Any) -> Any:
    """Add two statistics up, sum by sum."""
    if isinstance(one, dict):
        return {key: added(one[key], other[key]) for key in one}
    return one if isinstance(one, str) or one is None else one + other


def arm(stat: dict[str, Any]) -> Arm:
    """Make an arm of a statistic of any kind."""
    kind, n = stat["kind"], stat["n"]
    if kind == "ProportionStatistic":
        return Arm.of_hits(n, stat["sum"])
    if kind == "SampleMeanStatistic":
        return Arm.of_sums(n, stat["sum"], stat["sum_squares"])
    if kind == "RatioStatistic":
        return arm(stat["m_statistic"]).over(arm(stat["d_statistic"]), stat["m_d_sum_of_products"])
    if kind == "RegressionAdjustedStatistic":
        return arm(stat["post_statistic"]).after(arm(stat["pre_statistic"]), stat["post_pre_sum_of_products"])
    if kind == "RegressionAdjustedRatioStatistic":
        return adjusted_ratio(stat)
    raise Unsupported


def adjusted_ratio(stat: dict[str, Any]) -> Arm:
    """Make an arm of a ratio that was known before: the covariance of the two linearised ratios."""
    tops, bottoms = ({w: arm(stat[f"{part}_statistic_{w}"]) for w in ("post", "pre")} for part in "md")
    ratio = {
        w: tops[w].over(bottoms[w], stat[f"m_{w}_d_{w}_sum_of_products" if w == "post" else "m_pre_d_pre_sum_of_products"]) for w in tops
    }
    n = stat["n"]

    def shared(one: Arm, other: Arm, name: str) -> float:
        return (stat[f"{name}_sum_of_products"] - n * one.mean * other.mean) / (n - 1)

    now, then = ratio["post"].mean, ratio["pre"].mean
    total = (
        shared(tops["post"], tops["pre"], "m_post_m_pre")
        - now * shared(bottoms["post"], tops["pre"], "m_pre_d_post")
        - then * shared(tops["post"], bottoms["pre"], "m_post_d_pre")
        + now * then * shared(bottoms["post"], bottoms["pre"], "d_post_d_pre")
    )
    return ratio["post"].with_before(ratio["pre"], total / (bottoms["post"].mean * bottoms["pre"].mean))


def slope(control: dict[str, Any], treated: dict[str, Any]) -> float | None:
    """Give CUPED's slope where theirs is not that of the pooled arms: of shares that of values."""
    if control["kind"] == "RegressionAdjustedStatistic" and control["pre_statistic"]["kind"] == "ProportionStatistic":
        both = added(control, treated)
        before = both["pre_statistic"]
        return arm(both).covariance / Arm.of_sums(before["n"], before["sum"], before["sum"]).variance
    return None


# -------------------------------------------------------------------------------------------------------- the second
def second(vector: dict[str, Any]) -> Found:
    """Read out one of Spotify's: each expected row is a summary or a difference of two levels within a group."""
    kwargs, init = vector["kwargs"], vector["init"]
    if kwargs.get("final_expected_sample_size_column") or str(init.get("correction_method", "")).startswith("spot"):
        raise Unsupported
    rows = vector["expected"]
    if vector["call"] == "summary":
        return [pair for row in rows for pair in summary(vector, row)]
    if vector["call"] not in ("difference", "multiple_difference"):
        raise Unsupported
    return [pair for row in rows for pair in compared(vector, row, counted(vector, rows))]


def summary(vector: dict[str, Any], row: dict[str, Any]) -> Found:
    """Give a level's mean with its range: a difference from an arm that is 0 and known."""
    keys = [c for c in columns(vector["init"]) if c in row]
    level = unit(vector, {c: row[c] for c in keys})
    still = Arm(10**12, 0, 0)
    found = contrast(still, level, level=vector["init"].get("interval_size", 0.95), normal=vector["class"] != "StudentsTTest")
    return [("mean", found.value, row["point_estimate"]), ("lower", found.lower, row["ci_lower"]), ("upper", found.upper, row["ci_upper"])]


def counted(vector: dict[str, Any], rows: list[dict[str, Any]]) -> int:
    """Count the comparisons that Bonferroni divides by."""
    if "do-not-count-non-inferiority" in str(vector["init"].get("correction_method", "")):
        raise Unsupported
    return len(rows)


def compared(vector: dict[str, Any], row: dict[str, Any], comparisons: int) -> Found:
    """Compare two levels, and the same once more with Bonferroni's level."""
    init, kwargs = vector["init"], vector["kwargs"]
    groups = {c: row[c] for c in listed(kwargs.get("groupby")) if c in row}
    free = [c for c in columns(init) if c not in groups]
    one, other = (unit(vector, groups | dict(zip(free, listed(row[f"level_{i}"]), strict=True))) for i in (1, 2))
    level = init.get("interval_size", 0.95)
    prefers = row.get("preference")
    options: dict[str, Any] = {
        "normal": vector["class"] != "StudentsTTest",
        "sides": {"increase": "greater", "decrease": "less"}.get(str(prefers), "two-sided"),
        "null": float(row.get("null_hypothesis") or 0),
    }
    scale = 1.0 if kwargs.get("absolute", True) else one.mean
    widened = 1 if options["sides"] != "two-sided" and row.get("non-inferiority margin") == "nan" else comparisons  # their convention
    found, held = (contrast(one, other, level=at, **options) for at in (level, 1 - (1 - level) / widened))
    p = pooled(one, other) if vector["class"] == "ChiSquared" else found.p
    return [
        ("difference", found.value / scale, row["difference"]),
        ("lower", found.lower / scale, row["ci_lower"]),
        ("upper", found.upper / scale, row["ci_upper"]),
        ("p", p, row["p-value"]),
        ("adjusted lower", held.lower / scale, row["adjusted ci_lower"]),
        ("adjusted upper", held.upper / scale, row["adjusted ci_upper"]),
        ("adjusted p", min(1.0, p * comparisons), row["adjusted p-value"]),
    ]


def pooled(one: Arm, other: Arm) -> float:
    """Give Pearson's p of two shares."""
    hits = [round(a.mean * a.n) for a in (one, other)]
    return float(chi2_contingency([hits, [a.n - h for a, h in zip((one, other), hits, strict=True)]], correction=False).pvalue)


def unit(vector: dict[str, Any], where: dict[str, Any]) -> Arm:
    """Sum up the rows of a level, and make its arm."""
    init = vector["init"]
    rows = [r for r in vector["data"] if all(r[c] == v for c, v in where.items())]
    n, total = (sum(r[init[f"{part}_column"]] for r in rows) for part in ("denominator", "numerator"))
    squares = init.get("numerator_sum_squares_column")
    if vector["class"] == "ChiSquared" or squares is None or squares == init["numerator_column"]:
        return Arm.of_hits(n, total)
    return Arm.of_sums(n, total, sum(r[squares] for r in rows))


def columns(init: dict[str, Any]) -> list[str]:
    """List the columns that tell levels apart, in the order in which levels name them."""
    named = [*listed(init.get("categorical_group_columns")), *listed(init.get("ordinal_group_column"))]
    return list(dict.fromkeys([*named, *listed(init.get("treatment_column")), *listed(init.get("metric_column"))]))


def listed(value: Any) -> list[Any]:
    """Give one or many as a list."""
    if isinstance(value, str) and value.startswith("("):
        return list(ast.literal_eval(value))
    return [] if value is None else list(value) if isinstance(value, list | tuple) else [value]


def main(folder: Path) -> None:
    """Print how many vectors of each method are equal, and where the others differ."""
    for file, read, kind in (("growthbook_vectors.json", first, "method"), ("spotify_vectors.json", second, "class")):
        tally: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        for vector in json.loads((folder / file).read_text(encoding="utf-8")):
            name = f"{vector[kind]} {vector.get('call', '')}".strip()
            try:
                wrong = [pair for pair in read(vector) if not is_equal(*pair[1:])]
            except Unsupported:
                tally[name][2] += 1
                continue
            tally[name][bool(wrong)] += 1
            if wrong:
                print(f"  {vector['id']} {name}: " + "; ".join(f"{what} {ours:.6g}, not {theirs}" for what, ours, theirs in wrong[:3]))
        print(f"{file}\n{'':44}{'equal':>8}{'other':>8}{'not ours':>10}")
        for name, (equal, other, foreign) in sorted(tally.items()):
            print(f"{name:44}{equal:8}{other:8}{foreign:10}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
