"""A KPI's change over its inputs, and over the slices of one dimension: rate and mix of what divides, volumes of what adds up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from prodops.kpis.book import KpiBook
from prodops.kpis.definitions import ConversionKpi, DerivedKpi, RatioKpi
from prodops.kpis.drivers.mixes import COLUMNS, mix_and_rate, volumes
from prodops.kpis.drivers.nodes import Key, Node
from prodops.kpis.drivers.shapley import shapley
from prodops.workspace import Grain, step

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

MOST_PARTS = 100
ADDS_UP = ("count", "count_distinct")


@dataclass(frozen=True)
class Reading:
    """The rows of the two periods (see ``compute_slicings``), and which two those are."""

    book: KpiBook
    frame: pd.DataFrame
    starts: tuple[date, date]
    grain: Grain

    def inputs(self, node: Node) -> "dict[Key, Array]":
        return node.read(self.frame, self.starts, self.grain)

    def slices(self, node: Node, by: str) -> "tuple[pd.DataFrame, pd.DataFrame]":
        """Give one KPI's rows before and after, by slice; a slice that is on one side only has missing values on the other."""
        own = self.frame[(self.frame["kpi"] == node.kpi) & (self.frame["dimension"] == by)]
        names = sorted(set(own["slice"]))
        at = [pd.Timestamp(step(start, self.grain, -(node.back or 0))) for start in self.starts]
        first, last = (own[own["period_start"] == day].set_index("slice").reindex(names) for day in at)
        return first, last


# --------------------------------------------------------------------------------------------------------------- inputs
def along(node: Node, numbers: "Mapping[Key, Array]", *, deep: bool = False) -> pd.DataFrame:
    """Take a change apart along a formula: one row an input; with ``deep`` one for each plain aggregate at the bottom."""
    cut = node if deep else node.opened_once()
    below = {part.key: part for part in node.parts.values()} | ({} if deep else {node.key: node})
    inputs = cut.leaves()
    ends = np.array([(leaf if deep else below[leaf.key]).value(numbers) for leaf in inputs])
    shares = np.zeros(len(inputs))
    if not np.isnan(ends).any():
        shares = shapley(lambda states: cut.value({leaf.key: states[:, i] for i, leaf in enumerate(inputs)}), ends[:, 0], ends[:, 1])
    rows = {"part": [leaf.label for leaf in inputs], "kind": "input", "before": ends[:, 0], "after": ends[:, 1], "contribution": shares}
    return pd.DataFrame(rows)


# --------------------------------------------------------------------------------------------------------------- slices
def over_slices(node: Node, reading: Reading, by: str) -> pd.DataFrame:
    """Take a change apart over the slices of a dimension; rows as :data:`mixes.COLUMNS`, none where slices do not add up."""
    kpi = reading.book[node.kpi]
    if isinstance(kpi, DerivedKpi):
        return _inputs_over_slices(node, reading, by)
    first, last = reading.slices(node, by)
    names = list(first.index)
    if isinstance(kpi, ConversionKpi) and kpi.calculation == "count":
        return mix_and_rate(names, _pair(first, last, "value"), _pair(first, last, "n"), per=False)
    if isinstance(kpi, RatioKpi | ConversionKpi):
        return mix_and_rate(names, _pair(first, last, "numerator"), _pair(first, last, "denominator"), per=True)
    agg = reading.book.measures(node.kpi)[0].agg
    if agg == "mean":
        totals = [(side["value"] * side["n"]).fillna(0.0).to_numpy() for side in (first, last)]
        return mix_and_rate(names, (totals[0], totals[1]), _pair(first, last, "n"), per=True)
    if agg == "sum":
        return mix_and_rate(names, _pair(first, last, "value"), _pair(first, last, "n"), per=False)
    return volumes(names, *_pair(first, last, "value")) if agg in ADDS_UP else pd.DataFrame(columns=list(COLUMNS))


def _pair(first: pd.DataFrame, last: pd.DataFrame, column: str) -> "tuple[Array, Array]":
    return first[column].fillna(0.0).to_numpy(), last[column].fillna(0.0).to_numpy()


def _inputs_over_slices(node: Node, reading: Reading, by: str) -> pd.DataFrame:
    """Share each input's contribution out as its own change came about over the slices; what that leaves over stays with no slice."""
    numbers = reading.inputs(node)
    shares = dict(zip([p.key for p in node.opened_once().leaves()], along(node, numbers)["contribution"], strict=True))
    frames = []
    for part in {p.key: p for p in node.parts.values()}.values():
        first, last = part.value(numbers)
        per = shares[part.key] / (last - first) if last != first else 0.0
        inner = over_slices(part, reading, by)
        frames.append(inner.assign(part=f"{part.label}, {by} " + inner["part"].astype("str"), contribution=inner["contribution"] * per))
    return pd.concat(frames, ignore_index=True)


def fold(parts: pd.DataFrame) -> pd.DataFrame:
    """Sort parts by what they brought, and put all beyond the hundred largest together."""
    size = parts["contribution"].abs().fillna(0.0).round(12)
    ranked = parts.assign(_size=size).sort_values(["_size", "kind", "part"], ascending=[False, True, True]).drop(columns="_size")
    kept, rest = ranked.head(MOST_PARTS), ranked.iloc[MOST_PARTS:]
    if rest.empty:
        return ranked.reset_index(drop=True)
    other = {
        "part": f"other ({len(rest):,})",
        "kind": "rest",
        "before": np.nan,
        "after": np.nan,
        "contribution": rest["contribution"].sum(),
    }
    return pd.concat([kept, pd.DataFrame([other])], ignore_index=True)
