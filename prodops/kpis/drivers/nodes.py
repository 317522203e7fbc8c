"""A KPI's formula as a tree: at its leaves the numbers that the engine gave, above them how they are put together."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from prodops.kpis import expressions
from prodops.kpis.book import KpiBook
from prodops.kpis.definitions import AnyKpi, ConversionKpi, CumulativeKpi, DerivedKpi, RatioKpi, SimpleKpi
from prodops.kpis.formulas import offset_periods
from prodops.kpis.inputs import Column, Part, parts_of
from prodops.workspace import Grain, step

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    Array = npt.NDArray[np.float64]

Key = tuple[object, int | None]
"""What a leaf counts, and how many periods earlier: a number that a formula uses twice is one input."""


@dataclass(frozen=True)
class Node:
    """One number of a formula: ``column`` of ``kpi``'s rows ``back`` periods earlier (``None``: a time that has no meaning here).

    ``parts`` are the numbers it is made of by ``expr``; a leaf has none.
    """

    kpi: str
    label: str
    key: Key
    back: int | None
    column: Column = "value"
    expr: str = ""
    parts: Mapping[str, "Node"] = field(default_factory=dict)

    def walk(self) -> Iterator["Node"]:
        """Give this node and all below it."""
        yield self
        for part in self.parts.values():
            yield from part.walk()

    def leaves(self) -> "list[Node]":
        """Give the numbers at the bottom, each once."""
        return list({node.key: node for node in self.walk() if not node.parts}.values())

    def read(self, frame: "pd.DataFrame", starts: tuple[date, date], grain: Grain) -> "dict[Key, Array]":
        """Read every leaf before and after from the rows over all slices."""
        rows = frame[frame["dimension"] == ""].set_index(["kpi", "period_start"])
        return {leaf.key: np.array([leaf.number(rows, start, grain) for start in starts]) for leaf in self.leaves()}

    def number(self, rows: "pd.DataFrame", start: date, grain: Grain) -> float:
        import pandas as pd

        return math.nan if self.back is None else float(rows.at[(self.kpi, pd.Timestamp(step(start, grain, -self.back))), self.column])

    def value(self, numbers: "Mapping[Key, Array]") -> "Array":
        """Work the formula out over arrays of its leaves; NaN where it divides by zero or a number is missing."""
        import pandas as pd

        if not self.parts:
            return numbers[self.key]
        values = {alias: pd.Series(part.value(numbers)) for alias, part in self.parts.items()}
        return np.asarray(expressions.evaluate(self.expr, values), dtype=float)

    def opened_once(self) -> "Node":
        """Give the tree with its direct parts as leaves."""
        return replace(self, parts={alias: replace(part, parts={}) for alias, part in self.parts.items()})


def node_of(book: KpiBook, name: str, grain: Grain, back: int | None = 0, label: str = "") -> Node:
    """Give the tree of a KPI's formula, down to plain aggregates."""
    kpi = book[name]
    key: Key = (book.measures(name)[0] if isinstance(kpi, SimpleKpi | CumulativeKpi) else name, back)
    return Node(name, label or kpi.label, key, back, expr=_expr(kpi), parts=_parts(book, kpi, grain, back))


_QUOTIENT = "numerator / denominator"


def _expr(kpi: AnyKpi) -> str:
    if isinstance(kpi, ConversionKpi) and not _divides(kpi):
        return "entered * rate"
    return kpi.expr if isinstance(kpi, DerivedKpi) else _QUOTIENT if _divides(kpi) else ""


def _divides(kpi: AnyKpi) -> bool:
    return isinstance(kpi, RatioKpi) or (isinstance(kpi, ConversionKpi) and kpi.calculation == "rate")


def _parts(book: KpiBook, kpi: AnyKpi, grain: Grain, back: int | None) -> dict[str, Node]:
    if isinstance(kpi, SimpleKpi | CumulativeKpi):
        return {}
    if isinstance(kpi, DerivedKpi):
        return {part.alias: _earlier(book, part, grain, back) for part in parts_of(book, kpi.name)}
    sides = {p.alias: Node(kpi.name, p.title, (p.measure or (kpi.name, p.column), back), back, p.column) for p in parts_of(book, kpi.name)}
    if _divides(kpi):
        return sides
    return {
        "entered": sides["denominator"],
        "rate": Node(kpi.name, "Conversion rate", ((kpi.name, "rate"), back), back, expr=_QUOTIENT, parts=sides),
    }


def _earlier(book: KpiBook, part: Part, grain: Grain, back: int | None) -> Node:
    """Give the tree of a KPI that a formula takes so many periods earlier."""
    more = offset_periods(part.offset, grain) if part.offset else 0
    ago = f" {part.offset.n} {part.offset.grain or grain}{'s' if part.offset.n > 1 else ''} earlier" if part.offset else ""
    return node_of(book, part.kpi, grain, None if back is None or more is None else back + more, part.title + ago)
