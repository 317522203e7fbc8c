"""A decomposition as a sentence."""

import math
from typing import TYPE_CHECKING, Any

from prodops.kpis import words
from prodops.kpis.definitions import AnyKpi, DerivedKpi
from prodops.stamps import in_words

if TYPE_CHECKING:
    import pandas as pd

MOST_TOLD = 3
TELLING = 0.05
"""Parts of less than a twentieth of the change are not named."""


def tell(kpi: AnyKpi, currency: str, ends: tuple[float, float], parts: "pd.DataFrame", by: str | None) -> str:
    """Say a change and its largest parts: ``Paid fell from 30 % to 20 % (−10 pts): −8 pts as the rate fell in plan free, …``."""
    unit = kpi.unit_in(currency)
    missing = [side for side, value in zip(("before", "after"), ends, strict=True) if not math.isfinite(value)]
    if missing:
        return f"{kpi.label} has no value {' and none '.join(missing)}, so there is no change to take apart."
    change = ends[1] - ends[0]
    if change == 0:
        return f"{kpi.label} stayed at {in_words(ends[0], unit)}."
    step = "points" if kpi.unit == "share" else unit
    largest = parts[parts["contribution"].abs() >= TELLING * abs(change)].head(MOST_TOLD)
    told = [
        f"{in_words(row['contribution'], step, signed=True)} {_how(row, by, isinstance(kpi, DerivedKpi))}"
        for row in largest.to_dict("records")
    ]
    rest, stray = float(parts["contribution"].sum() - largest["contribution"].sum()), change - float(parts["contribution"].sum())
    told += [
        f"{in_words(left, step, signed=True)} {how}"
        for left, how in ((rest, "by the rest"), (stray, _STRAY))
        if abs(left) > 0.01 * abs(change)
    ]
    moved = f"{kpi.label} {words.verb(change)} from {in_words(ends[0], unit)} to {in_words(ends[1], unit)} ({in_words(change, step, signed=True)})"
    is_itself = not by and len(parts) == 1 and parts["part"].iloc[0] == kpi.label
    return f"{moved}." if is_itself else f"{moved}: {', '.join(told)}."


_STRAY = "unexplained, as the parts do not add up to the whole"
_HOW = {
    "rate": ("a lower rate in", "a higher rate in"),
    "mix": ("a smaller share of", "a larger share of"),
    "volume": ("less in", "more in"),
}


def _how(row: dict[str, Any], by: str | None, derived: bool) -> str:
    """Say how a part brought its contribution: ``by a lower rate in plan free``, ``by a larger share of plan team``."""
    part = f"{by} {row['part']}" if by and row["kind"] in _HOW and not derived else str(row["part"])
    less, more = _HOW.get(row["kind"], ("", ""))
    how = more if row["after"] > row["before"] else less if row["after"] < row["before"] else ""
    return f"by {how} {part}" if how else f"by {part}"
