"""What a KPI aggregates: some rows of one table, one number of them, and over which days.

Columns beyond a table's contract are allowed, as a team may map its own dimensions; ``compute`` checks them against the real table.
"""

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, field_validator, model_validator

from prodops.kpis.filters import Strict, Where, one_of
from prodops.kpis.kinds import FLAGS, SPELLS, TABLES, kind_of
from prodops.tables import Contract
from prodops.workspace import Grain

AGGS = ("count", "count_distinct", "sum", "mean", "median", "max", "min")
NUMERIC = ("sum", "mean", "median", "max", "min")


class Rows(Strict):
    """Some rows of one table: which, and by which of its times they belong to a period (default: the contract's)."""

    table: str
    where: Where = ()
    time: str | None = None

    @field_validator("table")
    @classmethod
    def _known_table(cls, value: str) -> str:
        return one_of(value, TABLES, "a kind of table")

    @model_validator(mode="after")
    def _times_fit(self) -> "Rows":
        if self.time:
            _expect(kind_of(self.table), self.time, ("time", "date"), "a time")
        return self

    @property
    def moment(self) -> str:
        """The column that places a row in a period."""
        return self.time or kind_of(self.table).time


class Measure(Rows):
    """One aggregate of one table: over rows whose time falls in the period, or (``at``) over what runs at its start or end."""

    agg: str
    column: str | None = None
    at: Literal["start", "end"] | None = None

    @field_validator("agg")
    @classmethod
    def _known_agg(cls, value: str) -> str:
        return value if re.fullmatch(r"p[1-9]\d?", value) else one_of(value, [*AGGS, "p50", "p85", "p95"], "an aggregate")

    @model_validator(mode="after")
    def _fits(self) -> "Measure":
        if self.column is None and self.agg != "count":
            raise ValueError(f"{self.agg} needs a column")
        if self.column and self.is_numeric:
            _expect(kind_of(self.table), self.column, ("number", "integer", "money"), "a number")
        if self.at and self.table not in SPELLS:
            raise ValueError(f"at works on tables of spells ({', '.join(SPELLS)}), and {self.table} is not one")
        if self.at and self.time:
            raise ValueError("give either at (what runs at a period's start or end) or time (what happens within it), not both")
        return self

    @property
    def is_numeric(self) -> bool:
        """Whether the aggregate needs numbers."""
        return self.agg in NUMERIC or self.agg.startswith("p")


def _expect(contract: Contract, column: str, types: tuple[str, ...], words: str) -> None:
    """Hold a column that the contract or the room knows to a type; columns of the user's own are checked on the real table."""
    known = {c.name: c.type for c in contract.columns} | dict.fromkeys(FLAGS.get(contract.name, ()), "flag")
    if known.get(column, types[0]) not in types:
        raise ValueError(f'"{column}" of {contract.name} is {known[column]}, not {words}')


class Span(Strict):
    """A length of time; a bare number is days."""

    n: int = Field(ge=1, le=1000)
    grain: Grain = "day"


def _length(value: object) -> object:
    return {"n": value} if isinstance(value, int) and not isinstance(value, bool) else value


Length = Annotated[Span, BeforeValidator(_length)]
ToDate = Literal["week", "month", "quarter", "year"]
PeriodAgg = Literal["first", "last", "average"]


class Running(Measure):
    """One aggregate over more than its own period: the last ``window`` days, the month (quarter, year) to date, or all days so far.

    Each period shows the number at its end (``last``), at the end of its first day (``first``), or the mean over its days
    (``average``); ``every`` is the grain of those days.
    """

    window: Length | None = None
    grain_to_date: ToDate | None = None
    period_agg: PeriodAgg = "last"
    every: Grain = "day"

    @property
    def base(self) -> Measure:
        """The aggregate alone, without its days."""
        return Measure.model_construct(**{key: getattr(self, key) for key in Measure.model_fields})


def _kind_of_part(value: object) -> str:
    return "name" if isinstance(value, str) else "inline"


MeasureRef = Annotated[Annotated[str, Tag("name")] | Annotated[Measure, Tag("inline")], Discriminator(_kind_of_part)]
RowsRef = Annotated[Annotated[str, Tag("name")] | Annotated[Rows, Tag("inline")], Discriminator(_kind_of_part)]
