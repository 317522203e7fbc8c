"""What a KPI's formula is made of, one level down: other KPIs, aggregates of its own, or those who entered and converted."""

from dataclasses import dataclass
from typing import Literal

from prodops.kpis.book import KpiBook
from prodops.kpis.definitions import ConversionKpi, DerivedKpi, Measure, Offset, RatioKpi
from prodops.kpis.wording import measure_words

Column = Literal["value", "numerator", "denominator"]


@dataclass(frozen=True)
class Part:
    """One input of a formula, by the name the formula gives it.

    ``kpi`` is the KPI that it is, where it is one, so many periods earlier as ``offset`` says; of a ratio or a conversion it stands as
    ``column`` in the KPI's own rows, and ``measure`` is what a ratio's side counts.
    """

    alias: str
    title: str
    kpi: str = ""
    column: Column = "value"
    offset: Offset | None = None
    measure: Measure | None = None

    @property
    def unit(self) -> str:
        """The unit of a side that is no KPI of its own."""
        return "ratio" if self.measure and self.measure.agg not in ("count", "count_distinct") else "count"


def parts_of(book: KpiBook, name: str) -> list[Part]:
    """Give the inputs of a KPI's formula in order; none for plain aggregates."""
    kpi = book[name]
    if isinstance(kpi, DerivedKpi):
        return [Part(alias, book[each.kpi].label, each.kpi, offset=each.offset) for alias, each in kpi.parts.items()]
    if isinstance(kpi, RatioKpi):
        return [_side(book, "numerator", kpi.numerator), _side(book, "denominator", kpi.denominator)]
    if isinstance(kpi, ConversionKpi):
        return [Part("numerator", "Converted", column="numerator"), Part("denominator", "Entered", column="denominator")]
    return [Part(key, book[each].label, each) for key, each in kpi.references()]


def _side(book: KpiBook, column: Literal["numerator", "denominator"], part: str | Measure) -> Part:
    if isinstance(part, str):
        return Part(column, book[part].label, part, column, measure=book.measures(part)[0])
    words = measure_words(part)
    return Part(column, words[:1].upper() + words[1:], column=column, measure=part)
