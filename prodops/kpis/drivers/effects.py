"""Exact contributions: what each slice adds to a change, for a ratio split into mix and rate (see :mod:`bennet`)."""

from typing import TYPE_CHECKING

from prodops.errors import InputError
from prodops.kpis.drivers.bennet import brought, by_rate, rates
from prodops.kpis.drivers.leaves import Leaves

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Array = npt.NDArray[np.float64]


def totals(leaves: Leaves) -> tuple[float, float]:
    """Give the KPI before and after; raises InputError for a ratio without any denominator on one side."""
    before, after = float(leaves.before.sum()), float(leaves.after.sum())
    if leaves.base is None or leaves.top is None:
        return before, after
    for side, weights in (("before", leaves.base), ("after", leaves.top)):
        if not weights.sum() > 0:
            raise InputError(f"the denominators {side} add up to 0, so the ratio {side} is not known: compare periods that have some")
    return before / float(leaves.base.sum()), after / float(leaves.top.sum())


def leaf_contributions(leaves: Leaves) -> "Array":
    """Give what each leaf adds to the change; they sum to it, and a slice's is the sum of its leaves'."""
    if leaves.base is None or leaves.top is None:
        return leaves.after - leaves.before
    sizes = leaves.base.sum(), leaves.top.sum()
    parts, shares = (leaves.before / sizes[0], leaves.after / sizes[1]), (leaves.base / sizes[0], leaves.top / sizes[1])
    return brought(parts, shares, sum(totals(leaves)) / 2)


def contributions(leaves: Leaves) -> "pd.DataFrame":
    """Tabulate every slice of one dimension, in order of dimension and slice.

    Columns: dimension, slice, before, after, change, contribution, and for a ratio mix and rate, which add up to contribution.
    Within a dimension the contributions sum to the whole change. A ratio's before or after is missing where its denominator is 0.
    """
    import pandas as pd

    add = leaf_contributions(leaves)
    return pd.concat([_of_dimension(leaves, d, add) for d in range(len(leaves.by))], ignore_index=True)


def _of_dimension(leaves: Leaves, d: int, add: "Array") -> "pd.DataFrame":
    import numpy as np
    import pandas as pd

    codes, n = leaves.codes[d], len(leaves.labels[d])
    before, after, contribution = (np.bincount(codes, x, n).astype(float) for x in (leaves.before, leaves.after, add))
    table = pd.DataFrame({"dimension": leaves.by[d], "slice": leaves.labels[d]})
    if leaves.base is None or leaves.top is None:
        return table.assign(before=before, after=after, change=after - before, contribution=contribution)
    base, top = (np.bincount(codes, x, n).astype(float) for x in (leaves.base, leaves.top))
    old, new = rates(before, base), rates(after, top)
    rate = by_rate((base / base.sum(), top / top.sum()), (old, new))
    return table.assign(before=old, after=new, change=new - old, contribution=contribution, mix=contribution - rate, rate=rate)


def mix_effect(leaves: Leaves) -> float:
    """Give how much of a ratio's change is mix: what would be left had no leaf's rate changed; 0 for a sum."""
    if leaves.base is None or leaves.top is None:
        return 0.0
    shares = leaves.base / leaves.base.sum(), leaves.top / leaves.top.sum()
    own = rates(leaves.before, leaves.base), rates(leaves.after, leaves.top)
    return float((leaf_contributions(leaves) - by_rate(shares, own)).sum())
