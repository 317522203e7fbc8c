"""Ranges of weighted sums of shares: an NPS is promoters minus detractors of the same answers, and its range follows from theirs."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from prodops.intervals import combined_shares_bounds
from prodops.kpis import expressions
from prodops.kpis.aggregates import Measure
from prodops.kpis.book import KpiBook
from prodops.kpis.definitions import DerivedKpi, RatioKpi
from prodops.kpis.filters import exclude
from prodops.kpis.panel import Wide

Bounds = tuple[pd.DataFrame, pd.DataFrame]


def shares_bounds(book: KpiBook, kpi: DerivedKpi, parts: dict[str, Wide]) -> Bounds | None:
    """Give bounds where a derived KPI is a linear sum of shares of the same rows that exclude each other; nothing elsewhere."""
    shares = [book[i.kpi] for i in kpi.parts.values()]
    if any(i.offset for i in kpi.parts.values()):
        return None
    ratios = [s for s in shares if isinstance(s, RatioKpi) and s.unit == "share"]
    if len(ratios) < len(shares) or not _same_rows_apart(book, ratios):
        return None
    weights = _weights(kpi.expr, list(parts))
    return _bounds(weights, list(parts.values())) if weights else None


def _same_rows_apart(book: KpiBook, ratios: list[RatioKpi]) -> bool:
    """Whether the shares count rows of one table under one denominator, and no row can be in two of their numerators."""
    tops, bottoms = (
        [part if isinstance(part, Measure) else book.measures(part)[0] for part in side]
        for side in ([r.numerator for r in ratios], [r.denominator for r in ratios])
    )
    same = len(set(bottoms)) == 1 and all(
        m.agg == "count" and m.table == bottoms[0].table and m.moment == bottoms[0].moment for m in tops + bottoms
    )
    return same and all(exclude(a.where, b.where) for i, a in enumerate(tops) for b in tops[i + 1 :])


def _bounds(weights: list[float], parts: list[Wide]) -> Bounds:
    like = parts[0].value
    n = parts[0].n.to_numpy()
    counts = [part.value.fillna(0).to_numpy() * np.nan_to_num(n) for part in parts]
    bounds = combined_shares_bounds(np.array(weights[1:]), counts, n, weights[0])
    lower, upper = (pd.DataFrame(b, index=like.index, columns=like.columns).where(like.notna()) for b in bounds)
    return lower, upper


def _weights(expr: str, aliases: list[str]) -> list[float]:
    """Give the constant and each name's factor where an expression is linear, by trying it out; nothing where it is not."""

    def at(values: Sequence[float]) -> float:
        return float(expressions.evaluate(expr, dict(zip(aliases, values, strict=True))))

    constant = at([0.0] * len(aliases))
    factors = [at([float(i == j) for j in range(len(aliases))]) - constant for i in range(len(aliases))]
    probe = [0.3 + 0.11 * i for i in range(len(aliases))]
    fits = math.isclose(at(probe), constant + sum(f * p for f, p in zip(factors, probe, strict=True)), rel_tol=1e-9, abs_tol=1e-12)
    return [constant, *factors] if fits else []
