"""From aggregates to KPIs: each formula worked out over frames of periods × slices, after its parts were aggregated."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from prodops.fiscal import PLAIN
from prodops.intervals import per_entity_bounds, wilson_bounds
from prodops.kpis import expressions
from prodops.kpis.book import KpiBook
from prodops.kpis.compile import Slicing
from prodops.kpis.definitions import ConversionKpi, CumulativeKpi, DerivedKpi, Offset, RatioKpi, SimpleKpi
from prodops.kpis.panel import Panel, Wide
from prodops.kpis.shares import shares_bounds
from prodops.workspace import Grain

_STEPS: dict[tuple[str, str], int] = {
    ("day", "week"): 7,
    ("day", "month"): 28,
    ("day", "quarter"): 91,
    ("day", "year"): 364,
    ("week", "month"): 4,
    ("week", "quarter"): 13,
    ("week", "year"): 52,
    ("month", "quarter"): 3,
    ("month", "year"): 12,
    ("quarter", "year"): 4,
}
"""How many periods make a longer one when looking back; days and weeks keep their weekday (a year is 52 weeks)."""


def offset_periods(offset: Offset, grain: Grain) -> int | None:
    """Turn an offset into periods of the grain; nothing where it is finer than the grain, which has no meaning."""
    own, asked = (PLAIN.get(g, g) for g in (grain, offset.grain or grain))
    if own == asked:
        return offset.n
    per = _STEPS.get((own, asked))
    return per * offset.n if per else None


def look_back(book: KpiBook, name: str, grain: Grain) -> int:
    """Count the periods before the first one asked for that a KPI's offsets reach."""
    kpi = book[name]
    if not isinstance(kpi, DerivedKpi):
        return 0
    return max(look_back(book, i.kpi, grain) + ((offset_periods(i.offset, grain) or 0) if i.offset else 0) for i in kpi.parts.values())


@dataclass(frozen=True)
class View:
    """A panel seen through one slicing."""

    panel: Panel
    book: KpiBook
    grain: Grain
    slicing: Slicing

    def kpi(self, name: str, slices: list[str] | None = None) -> Wide:
        """Work one KPI out for every period of the panel and every slice that any of its parts has seen."""
        kpi = self.book[name]
        if slices is None:
            keys = [self.panel.keys[m] for m in self.book.measures(name)] + [c.name for c in self.book.conversions(name)]
            slices = self.panel.slices(keys, self.slicing)
        if isinstance(kpi, SimpleKpi | CumulativeKpi):
            return self.panel.measure(self.book.measures(name)[0], self.slicing, slices)
        if isinstance(kpi, ConversionKpi):
            return self.panel.conversion(kpi, self.book.rows(kpi.base), self.slicing, slices)
        return self._ratio(kpi, slices) if isinstance(kpi, RatioKpi) else self._derived(kpi, slices)

    def _ratio(self, kpi: RatioKpi, slices: list[str]) -> Wide:
        measures = self.book.sides(kpi)
        top, bottom = (self.panel.measure(m, self.slicing, slices) for m in measures)
        value = expressions.divide(top.value, bottom.value)
        assert isinstance(value, pd.DataFrame)
        bounds: tuple[np.ndarray, np.ndarray] | None = None
        if kpi.unit == "share" and all(m.agg in ("count", "count_distinct") for m in measures):
            bounds = wilson_bounds(top.value.to_numpy(), bottom.value.to_numpy())
        elif sums := self.panel.squares(kpi.name, self.slicing, slices):
            bounds = per_entity_bounds(top.value.to_numpy(), bottom.value.to_numpy(), *(part.to_numpy() for part in sums))
        lower, upper = (pd.DataFrame(b, index=value.index, columns=value.columns) for b in bounds) if bounds else (None, None)
        return Wide(value, bottom.n, top.complete & bottom.complete, top.value, bottom.value, lower, upper)

    def _derived(self, kpi: DerivedKpi, slices: list[str]) -> Wide:
        parts = {alias: self.kpi(i.kpi, slices) for alias, i in kpi.parts.items()}
        parts = {
            alias: part.shifted(offset_periods(o, self.grain)) if (o := kpi.parts[alias].offset) else part for alias, part in parts.items()
        }
        value = expressions.evaluate(kpi.expr, {alias: part.value for alias, part in parts.items()})
        assert isinstance(value, pd.DataFrame)
        whole = pd.concat([p.complete for p in parts.values()], axis=1).all(axis=1)
        n = pd.DataFrame(np.fmin.reduce([p.n.to_numpy() for p in parts.values()]), index=value.index, columns=value.columns)
        lower, upper = shares_bounds(self.book, kpi, parts) or (None, None)
        return Wide(value, n, whole, lower=lower, upper=upper)
