"""What a KPI is: the types of ``params/kpis.yaml`` as checked, frozen records.

Nothing here touches data: columns beyond a table's contract are allowed, as a team may map its own dimensions; ``compute`` checks them
against the real table.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, field_validator, model_validator

from prodops.errors import shorten
from prodops.kpis import expressions
from prodops.kpis.filters import Strict, Where, one_of
from prodops.kpis.kinds import FLAGS, SPELLS, TABLES, kind_of
from prodops.stamps import Good
from prodops.tables import Contract
from prodops.workspace import Grain

GRAINS: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")
UNITS = ("count", "share", "points", "nps", "rating", "ratio", "days", "hours", "per_1000", "currency")
AGGS = ("count", "count_distinct", "sum", "mean", "median", "max", "min")
NUMERIC = ("sum", "mean", "median", "max", "min")


# ------------------------------------------------------------------------------------------------------ the measures
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


def _kind_of_part(value: object) -> str:
    return "name" if isinstance(value, str) else "inline"


MeasureRef = Annotated[Annotated[str, Tag("name")] | Annotated[Measure, Tag("inline")], Discriminator(_kind_of_part)]
RowsRef = Annotated[Annotated[str, Tag("name")] | Annotated[Rows, Tag("inline")], Discriminator(_kind_of_part)]


# ---------------------------------------------------------------------------------------------------------- the KPIs
class Target(Strict):
    """Where the number should be, and by when; ``low`` and ``high`` for a KPI whose good is a range.

    The value is that of the KPI's own periods, or (``per``) the total of a month, quarter or year that ends ``on`` that day.
    """

    value: float | None = Field(None, allow_inf_nan=False)
    low: float | None = Field(None, allow_inf_nan=False)
    high: float | None = Field(None, allow_inf_nan=False)
    on: date
    per: Literal["month", "quarter", "year"] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Target":
        is_range = self.low is not None and self.high is not None
        if (self.value is None) == (not is_range):
            raise ValueError("a target has a value, or a low and a high")
        if is_range and self.low > self.high:  # type: ignore[operator]
            raise ValueError("the target's low is above its high")
        return self


class Kpi(Strict):
    """What every KPI says of itself; ``grain`` is the finest grain at which it means something, ``hidden`` keeps it off the review page."""

    name: str
    title: str = Field("", max_length=80)
    description: str = ""
    unit: str = "count"
    good: Good = "up"
    owner: str = ""
    grain: Grain = "day"
    target: Target | None = None
    hidden: bool = False

    @field_validator("unit")
    @classmethod
    def _known_unit(cls, value: str) -> str:
        return value if re.fullmatch("[A-Z]{3}", value) else one_of(value, UNITS, "a unit (nor a currency such as EUR)")

    @model_validator(mode="after")
    def _target_fits(self) -> "Kpi":
        if self.target and (self.good == "range") != (self.target.low is not None):
            raise ValueError("good: range goes with a target of low and high, good: up or down with a target's value")
        return self

    @property
    def label(self) -> str:
        """The title, or the name in words."""
        return self.title or self.name.replace("_", " ").capitalize()

    def unit_in(self, currency: str) -> str:
        """The unit as ``stamps.in_words`` knows it."""
        return currency if self.unit == "currency" else self.unit

    def references(self) -> tuple[tuple[str, str], ...]:
        """The other KPIs this one names, each with the key that names it."""
        return ()


class SimpleKpi(Measure, Kpi):
    """One aggregate of one table."""

    type: Literal["simple"] = "simple"

    @property
    def measure(self) -> Measure:
        """The aggregate alone."""
        return Measure.model_construct(**{key: getattr(self, key) for key in Measure.model_fields})


class RatioKpi(Kpi):
    """Numerator ÷ denominator, each aggregated over the whole period and slice first."""

    type: Literal["ratio"] = "ratio"
    unit: str = "ratio"
    numerator: MeasureRef
    denominator: MeasureRef

    def references(self) -> tuple[tuple[str, str], ...]:
        parts = (("numerator", self.numerator), ("denominator", self.denominator))
        return tuple((key, part) for key, part in parts if isinstance(part, str))


class Offset(Strict):
    """So many periods earlier; without a grain, periods of the grain being computed."""

    n: int = Field(ge=1, le=1000)
    grain: Grain | None = None


class Input(Strict):
    """One KPI that a derived one uses, perhaps of an earlier period."""

    kpi: str
    offset: Annotated[Offset, BeforeValidator(lambda v: {"n": v} if isinstance(v, int) else v)] | None = None


def _inputs(value: object) -> object:
    """Read ``[a, b]`` or ``{alias: name | {kpi: name, offset: …}}``; an entry without ``kpi`` means the KPI of its own name."""
    if isinstance(value, list):
        value = {name: name for name in value if isinstance(name, str)} if all(isinstance(v, str) for v in value) else None
    if not isinstance(value, Mapping):
        raise ValueError(
            "inputs are a list of KPI names, or a mapping of names to KPIs: {before: {kpi: mrr, offset: {n: 1, grain: month}}}"
        )
    return {
        str(alias): {"kpi": v} if isinstance(v, str) else {"kpi": alias, **v} if isinstance(v, Mapping) else v for alias, v in value.items()
    }


class DerivedKpi(Kpi):
    """Arithmetic on other KPIs."""

    type: Literal["derived"] = "derived"
    unit: str = "ratio"
    expr: str
    inputs: Annotated[dict[str, Input], BeforeValidator(_inputs)] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_match(self) -> "DerivedKpi":
        used = expressions.names(self.expr)
        if not used:
            raise ValueError(f"the expression {shorten(self.expr)} uses no KPI")
        if self.inputs:
            for name in used:
                one_of(name, self.inputs, "among the inputs")
            for alias in self.inputs:
                one_of(alias, used, "used in the expression")
        return self

    @property
    def parts(self) -> dict[str, Input]:
        """The inputs by the name the expression gives them."""
        return self.inputs or {name: Input(kpi=name) for name in expressions.names(self.expr)}

    def references(self) -> tuple[tuple[str, str], ...]:
        return tuple(("inputs" if self.inputs else "expr", part.kpi) for part in self.parts.values())


class Window(Strict):
    """How long after its base event a conversion still counts."""

    n: int = Field(ge=1, le=1000)
    grain: Literal["day", "week"] = "day"

    @property
    def days(self) -> int:
        return self.n * (7 if self.grain == "week" else 1)


class ConversionKpi(Kpi):
    """Share of entities with a base event in the period whose first one was followed by a conversion within the window."""

    type: Literal["conversion"] = "conversion"
    unit: str = "share"
    base: RowsRef
    conversion: RowsRef
    entity: str
    window: Annotated[Window, BeforeValidator(lambda v: {"n": v} if isinstance(v, int) else v)]

    def references(self) -> tuple[tuple[str, str], ...]:
        return tuple((key, part) for key, part in (("base", self.base), ("conversion", self.conversion)) if isinstance(part, str))


AnyKpi = SimpleKpi | RatioKpi | DerivedKpi | ConversionKpi
TYPES: dict[str, type[SimpleKpi] | type[RatioKpi] | type[DerivedKpi] | type[ConversionKpi]] = {
    "simple": SimpleKpi,
    "ratio": RatioKpi,
    "derived": DerivedKpi,
    "conversion": ConversionKpi,
}
