"""The cells in which a move is looked for: a KPI crossed by all its dimensions, one reading for all KPIs that moved."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import ibis
import pandas as pd

from prodops.kpis.book import KpiBook
from prodops.kpis.columns import Tables, can_slice, open_tables
from prodops.kpis.definitions import AnyKpi, ConversionKpi, CumulativeKpi, DerivedKpi, RatioKpi, SimpleKpi
from prodops.kpis.kinds import SEPARATOR, TABLES, Desk
from prodops.kpis.measure import compute_slicings
from prodops.workspace import Grain, Period

if TYPE_CHECKING:
    from datetime import date

MOST_VALUES = 200
"""A dimension of more values than this is not looked into: its slices are too thin to tell anything."""
MOST_CELLS = 5_000
"""The values of all dimensions looked into, multiplied; those with the most values are left out first."""


@dataclass(frozen=True)
class Crossing:
    """One KPI's cells by period: columns ``period_start``, one for each of ``dims``, ``top`` and ``bottom``.

    A ratio is the sum of tops over the sum of bottoms, means and derived rates are weighed by the rows behind them; of what adds up the
    tops are the numbers and ``bottom`` is missing. ``left_out`` says which dimensions have too many values to be looked into.
    """

    kpi: str
    dims: tuple[str, ...]
    rows: pd.DataFrame
    adds_up: bool
    left_out: str = ""

    def over(self, starts: "Sequence[date]") -> pd.DataFrame:
        """Give each cell's mean over some periods; a cell without rows in one of them had nothing there."""
        some = self.rows[self.rows["period_start"].isin([pd.Timestamp(s) for s in starts])]
        totals = some.groupby(list(self.dims), sort=True)[["top", "bottom"]].sum().reset_index()
        return totals.assign(top=totals["top"] / max(len(starts), 1), bottom=totals["bottom"] / max(len(starts), 1))

    def series(self, starts: "Sequence[date]", where: Mapping[str, str], *, rest: bool = False) -> pd.Series:
        """Give the number of one slice, or of all the ``rest``, period by period; missing where a ratio has no denominator."""
        times = [pd.Timestamp(s) for s in starts]
        own = self.rows[within(self.rows, where) != rest]
        sums = own.groupby("period_start")[["top", "bottom"]].sum().reindex(times, fill_value=0.0)
        return sums["top"] if self.adds_up else sums["top"] / sums["bottom"].where(sums["bottom"] != 0)


def adds_up(book: KpiBook, name: str) -> bool:
    """Whether the slices of a KPI add up to the whole: counts and sums do."""
    kpi = book[name]
    if isinstance(kpi, SimpleKpi | CumulativeKpi):
        return book.measures(name)[0].agg in ("count", "count_distinct", "sum")
    return isinstance(kpi, ConversionKpi) and kpi.calculation == "count"


def can_be_split(kpi: AnyKpi) -> bool:
    """Whether slices make up the whole: of counts, sums and rates they do; of a derived number where it is a share or an NPS."""
    return not isinstance(kpi, DerivedKpi) or kpi.unit in ("share", "nps")


def values_of(desk: Desk, tables: Tables, dimensions: Sequence[str]) -> dict[str, int]:
    """Count the values of each dimension, in the table that has the most; one query for all tables, one pass over each."""
    sources = [desk.table(kind) for kind in sorted({TABLES[kind] for kind in tables})]
    having = [t for t in sources if set(dimensions) & set(t.columns)]
    if not having:
        return {}
    counts = [t.agg(**{d: t[d].nunique().cast("int64") for d in dimensions if d in t.columns}) for t in having]
    rows = [c.select(**{d: c[d] if d in c.columns else ibis.literal(0, type="int64") for d in dimensions}) for c in counts]
    most = reduce(lambda a, b: a.union(b), rows)
    read = desk.read(most.agg(**{d: most[d].max() for d in dimensions}), name="KPIs: values of each dimension")
    return {d: int(read[d].iloc[0]) for d in dimensions if read[d].iloc[0] > 0}


def read_crossings(
    desk: Desk, book: KpiBook, grain: Grain, periods: Sequence[Period], names: Sequence[str], values: Mapping[str, int]
) -> dict[str, Crossing]:
    """Read the cells of some KPIs over the dimensions of which ``values`` says how many values they have; one reading for all.

    KPIs that have no dimension with two values, or whose slices do not make up the whole, are left out.
    """
    tables = open_tables(desk, book)
    own = {n: {d: k for d, k in values.items() if can_slice(tables, book, n, (d,))} for n in dict.fromkeys(names) if can_be_split(book[n])}
    chosen = {n: (dims, said) for n, (dims, said) in ((n, _choose(sizes)) for n, sizes in own.items()) if dims}
    if not chosen:
        return {}
    slicings = list(dict.fromkeys(dims for dims, _ in chosen.values()))
    read = compute_slicings(desk, book, grain=grain, periods=periods, slicings=slicings, names=list(chosen))
    rows = dict(list(read.groupby(["kpi", "dimension"], sort=False)))
    return {n: _crossing(book, n, rows[n, SEPARATOR.join(dims)], dims, said) for n, (dims, said) in chosen.items()}


def _choose(sizes: Mapping[str, int]) -> tuple[tuple[str, ...], str]:
    """Choose the dimensions to cross, and say which have too many values."""
    kept = {d: size for d, size in sizes.items() if size <= MOST_VALUES}
    while math.prod(kept.values()) > MOST_CELLS:
        kept.pop(max(kept, key=lambda d: (kept[d], d)))
    return tuple(kept), " and ".join(f"{d} ({size:,} values)" for d, size in sizes.items() if d not in kept)


def _crossing(book: KpiBook, name: str, rows: pd.DataFrame, dims: tuple[str, ...], left_out: str) -> Crossing:
    parts = rows["slice"].str.split(SEPARATOR, regex=False)
    whole = (parts.str.len() == len(dims)).to_numpy()  # a value that holds the separator cannot be told apart
    rows, parts = rows[whole], parts[whole]
    cells = pd.DataFrame({d: parts.str[i] for i, d in enumerate(dims)}, index=rows.index)
    tops = _tops(book, name, rows).assign(period_start=rows["period_start"])
    return Crossing(name, dims, cells.join(tops).fillna({"top": 0.0, "bottom": 0.0}).reset_index(drop=True), adds_up(book, name), left_out)


def _tops(book: KpiBook, name: str, rows: pd.DataFrame) -> pd.DataFrame:
    if adds_up(book, name):
        return pd.DataFrame({"top": rows["value"], "bottom": 0.0})
    if isinstance(book[name], RatioKpi | ConversionKpi):
        return rows[["numerator", "denominator"]].set_axis(["top", "bottom"], axis=1)
    return pd.DataFrame({"top": rows["value"] * rows["n"], "bottom": rows["n"]})


def within(cells: pd.DataFrame, where: Mapping[str, str]) -> pd.Series:
    """Say which cells lie in a slice."""
    return cells[list(where)].eq(pd.Series(dict(where))).all(axis=1)
