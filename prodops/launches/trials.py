"""A/B tests read out: was the split as planned, and then what each variant did to each measure."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from prodops.errors import InputError, did_you_mean, shorten
from prodops.intervals import benjamini_hochberg, holm
from prodops.launches.arms import Sides
from prodops.launches.reading import readout
from prodops.launches.sums import Reader, assigned, counted, summed

if TYPE_CHECKING:
    import pandas as pd

    from prodops.launches.sums import Units

MISMATCH = 0.01
"""Where a split so uneven comes by chance less often than this, the experiment cannot be trusted."""
CLEAR = 0.05
CONTROLS = ("control", "ctrl", "a", "baseline", "base", "original", "old", "off", "holdout", "placebo", "0")
"""What a control is called, the likeliest first."""
CORRECTIONS = {"holm": "Holm", "bh": "Benjamini–Hochberg", "none": "none"}
Correction = Literal["holm", "bh", "none"]


@dataclass(frozen=True)
class Experiment:
    """An A/B test read out. Look at ``trusted`` first: where the split is not as planned, no difference can be believed.

    ``units`` has a row a variant: ``variant, units, share, expected_share``; ``mismatch`` is the chance of a split so far from the expected
    one (chi-squared), NaN with one variant. ``readout`` is as :func:`experiment` says. ``crossed`` counts units that had several
    variants and were left out. ``chosen`` says how the control was found.
    """

    control: str
    chosen: str
    units: "pd.DataFrame"
    mismatch: float
    readout: "pd.DataFrame"
    crossed: int
    correction: str
    sides: Sides
    sequential: bool

    @property
    def trusted(self) -> bool:
        """Whether the split of units over variants is as planned, or as near as chance would have it."""
        return not self.mismatch < MISMATCH

    @property
    def verdict(self) -> str:
        """Say in a few words what came out, the split first."""
        if len(self.units) < 2:
            return "nothing to compare"
        if not self.trusted:
            return "cannot be trusted"
        clear = self.readout["verdict"].isin(["higher", "lower"])
        return f"{int(clear.sum())} of {len(clear)} differences are clear" if len(clear) else "nothing measured"


def experiment(
    units: "Units",
    name: str = "",
    *,
    control: str | None = None,
    expected: Mapping[str, float] | None = None,
    ratios: Mapping[str, tuple[str, str]] | None = None,
    sides: Sides = "two-sided",
    correction: Correction = "holm",
    sequential: bool = False,
    desk: Reader | None = None,
) -> Experiment:
    """Read out an experiment from its units, one row a measure of a unit as the table ``experiments`` has them.

    ``control`` is found by its name (:data:`CONTROLS`), else the first variant by name. ``expected`` gives the planned split, even unless
    given. ``ratios`` adds measures that are one over another of the same units: ``{"revenue per order": ("revenue", "orders")}``.

    ``readout`` has a row a measure and variant: ``measure, variant, kind`` (share, mean, ratio); ``n_control, n``; ``control_value, value``;
    ``difference, lower, upper`` and ``relative, relative_lower, relative_upper`` (95 %, by Welch's t; the relative one on the log scale); ``p``,
    ``p_adjusted`` (``correction``, over all rows); ``variance_reduction`` (what CUPED took off, where ``before`` is known; else missing);
    ``power`` to see a lift of 5 %, ``detectable`` (the smallest relative change seen in 80 %); ``largest`` and its ``largest_variant``,
    ``difference_without_largest`` and ``p_without_largest``: what the largest single value does; and ``verdict``: higher, lower, no difference
    shown, too little to tell, or cannot be trusted. With ``sequential`` ranges and p hold however often one looks.
    Raises InputError for what is not there.
    """
    rows = assigned(units, name, desk)
    found = counted(rows, desk)
    crossed = int(found.loc[found["variant"].isna(), "units"].sum())
    table = found.dropna(subset="variant").reset_index(drop=True)
    which, chosen = _control([str(v) for v in table["variant"]], control)
    table, mismatch = _split(table, expected)
    pairs = readout(summed(rows, ratios or {}, desk), which, sides, sequential)
    result = _judged(pairs, correction, not mismatch < MISMATCH)
    return Experiment(which, chosen, table, mismatch, result, crossed, CORRECTIONS[correction], sides, sequential)


def _control(variants: list[str], given: str | None) -> tuple[str, str]:
    """Find the control, and say how."""
    if given is not None and given not in variants:
        raise InputError(
            f"No unit had the variant {shorten(given)}.{did_you_mean(given, variants)} There are {', '.join(map(shorten, variants[:10]))}."
        )
    if given is not None:
        return given, "given"
    by_name = {v.strip().casefold(): v for v in variants}
    for word in CONTROLS:
        if word in by_name:
            return by_name[word], "by its name"
    ordered = sorted(variants, key=_naturally)
    return (ordered[0], "the first by name") if ordered else ("", "none")


def _naturally(name: str) -> list[tuple[int, int, str]]:
    """Sort names as people do: gate_30 before gate_100."""
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", name.casefold())]


def _split(units: "pd.DataFrame", expected: Mapping[str, float] | None) -> "tuple[pd.DataFrame, float]":
    """Set the units beside the planned split and test it: Pearson's chi-squared over all variants."""
    from scipy.stats import chisquare

    variants = [str(v) for v in units["variant"]]
    plan = dict.fromkeys(variants, 1.0) if expected is None else {str(k): float(v) for k, v in expected.items()}
    for variant in [*plan, *variants]:
        if variant not in plan or variant not in variants or not 0 < plan[variant] < math.inf:
            near = did_you_mean(variant, variants if variant in plan else plan)
            raise InputError(f"The expected split needs a share over 0 for each variant and no other; see {shorten(variant)}.{near}")
    shares = [plan[v] / sum(plan.values()) for v in variants]
    total = int(units["units"].sum())
    p = float(chisquare(units["units"], [s * total for s in shares]).pvalue) if len(variants) > 1 and total else math.nan
    return units.assign(share=units["units"] / total if total else math.nan, expected_share=shares), p


def _judged(pairs: "pd.DataFrame", correction: Correction, trusted: bool) -> "pd.DataFrame":
    """Adjust the p-values for how many there are, and say of each difference what it comes to."""
    adjust: dict[str, Any] = {"holm": holm, "bh": benjamini_hochberg, "none": lambda p: p}
    if correction not in adjust:
        raise InputError(f"There is no correction {shorten(correction)}.{did_you_mean(correction, adjust)} There are {', '.join(adjust)}.")
    adjusted = adjust[correction](pairs["p"].to_numpy(float))
    table = pairs.copy()
    table.insert(table.columns.get_loc("p") + 1, "p_adjusted", adjusted)
    return table.assign(verdict=[_word(row.difference, row.p_adjusted, trusted) for row in table.itertuples()])


def _word(difference: float, p: float, trusted: bool) -> str:
    if math.isnan(p):
        return "too little to tell"
    if not trusted:
        return "cannot be trusted"
    if p > CLEAR:
        return "no difference shown"
    return "higher" if difference > 0 else "lower"
