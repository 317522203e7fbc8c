"""A KPI's change along its own formula: what the numerator, the denominator, the inputs, and the slices of a dimension brought to it."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodops.errors import ParameterError
from prodops.kpis.book import KpiBook
from prodops.kpis.definitions import GRAINS
from prodops.kpis.drivers.nodes import Node, node_of
from prodops.kpis.drivers.slicing import Reading, along, fold, over_slices
from prodops.kpis.drivers.telling import tell
from prodops.kpis.kinds import Desk
from prodops.kpis.measure import compute_slicings
from prodops.workspace import Grain, Period, WeekStart, period_start, step

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class Decomposition:
    """A KPI's change from one period to another and its parts; made by :func:`decompose`.

    ``parts`` has one row a part, largest first: ``part`` (an input or a slice), ``kind`` (input; or volume, mix, rate of a slice),
    ``before`` and ``after`` (the part's own numbers: a rate's rate, a mix's share of the whole), ``contribution`` in the KPI's unit and
    ``share`` of the change (missing where nothing changed). Contributions and ``unexplained`` add up to ``change``.
    A KPI that has no value on a side has no change: both are NaN, and ``parts`` has no contributions.
    """

    kpi: str
    title: str
    unit: str
    before: float
    after: float
    parts: "pd.DataFrame"
    sentence: str

    @property
    def change(self) -> float:
        return self.after - self.before

    @property
    def unexplained(self) -> float:
        """What the parts do not add up to: people counted in two slices, for one; NaN where there is no change to explain."""
        return self.change - float(self.parts["contribution"].sum())

    def __repr__(self) -> str:
        return f"Decomposition of {self.kpi}: {self.sentence} See .parts, .change, .unexplained."


def decompose(
    desk: Desk, book: KpiBook, name: str, *, before: Period, after: Period, by: str | None = None, deep: bool = False
) -> Decomposition:
    """Take the change of a KPI from one period to another apart, exactly.

    Without ``by`` along its formula: numerator and denominator of a ratio or conversion, inputs of a derived KPI (at their own offsets;
    with ``deep`` down to plain aggregates), by Shapley's shares, which for two factors are midpoints. With ``by`` over the slices of one
    dimension: ``rate`` and ``mix`` for ratios, conversions and means, ``volume``, ``mix`` and ``rate`` for sums, ``volume`` for counts; of
    derived KPIs each input's. A median or extreme has no parts over slices, and is unexplained. The hundred largest parts are given,
    the others as one.

    Raises ParameterError for periods that are not whole ones of one grain or have not ended, and for a dimension that the KPI's tables
    lack; NoData where the KPI cannot be computed here.
    """
    grain = _grain(before, after, desk.workspace.week_start)
    if max(before.end, after.end) > desk.as_of.date():
        raise ParameterError(f"A period up to {max(before.end, after.end)} has not ended at {desk.as_of:%Y-%m-%d}; compare whole periods.")
    node, starts = node_of(book, name, grain), (before.start, after.start)
    times = sorted({step(start, grain, -(part.back or 0)) for start in starts for part in node.walk()})
    periods = [Period(start, step(start, grain)) for start in times]
    names = dict.fromkeys(part.kpi for part in node.walk())
    frame = compute_slicings(desk, book, grain=grain, periods=periods, slicings=[(), (by,)] if by else [()], names=names)
    if by and by not in set(frame.loc[frame["kpi"] == name, "dimension"]):
        raise ParameterError(f'{book[name].label} has no dimension "{by}": not all tables that it counts have that column.')
    reading = Reading(book, frame, starts, grain)
    return _apart(reading, node, desk.workspace.currency, by, deep)


def _grain(before: Period, after: Period, week_start: WeekStart) -> Grain:
    for grain in GRAINS:
        if all(p.start == period_start(p.start, grain, week_start) and p.end == step(p.start, grain) for p in (before, after)):
            return grain
    raise ParameterError(
        f"{before.start} to {before.end} and {after.start} to {after.end} are not two whole days, weeks, months, quarters or years; "
        "workspace.last_periods makes whole periods."
    )


def _apart(reading: Reading, node: Node, currency: str, by: str | None, deep: bool) -> Decomposition:
    kpi, numbers = reading.book[node.kpi], reading.inputs(node)
    first, last = (float(v) for v in node.value(numbers))
    parts = over_slices(node, reading, by) if by else along(node, numbers, deep=deep)
    if not math.isfinite(last - first):
        parts["contribution"] = math.nan
    parts = fold(parts)
    parts["share"] = parts["contribution"] / (last - first) if last != first else math.nan
    return Decomposition(node.kpi, kpi.label, kpi.unit_in(currency), first, last, parts, tell(kpi, currency, (first, last), parts, by))
