"""What a KPI is: the types of ``params/kpis.yaml`` as checked, frozen records.

Nothing here touches data. What they aggregate stands in ``aggregates``.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from prodops.errors import shorten
from prodops.kpis import expressions
from prodops.kpis.aggregates import Length, Measure, MeasureRef, PeriodAgg, RowsRef, Running, ToDate
from prodops.kpis.filters import Strict, one_of
from prodops.stamps import Good
from prodops.workspace import Grain

GRAINS: tuple[Grain, ...] = ("day", "week", "month_445", "month", "quarter_445", "quarter", "year_445", "year")
UNITS = ("count", "share", "points", "nps", "rating", "ratio", "days", "hours", "per_1000", "currency")


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

    @model_validator(mode="after")
    def _within_a_century(self) -> "Offset":
        if self.n * {"month": 1, "quarter": 3, "year": 12}.get(self.grain or "day", 0) > 1200:
            raise ValueError(f"{self.n} {self.grain}s are more than a hundred years")
        return self


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


class CumulativeKpi(Kpi):
    """An aggregate over the last ``window``, over the month (quarter, year) to date, or over all days so far."""

    type: Literal["cumulative"] = "cumulative"
    measure: MeasureRef
    window: Length | None = None
    grain_to_date: ToDate | None = None
    period_agg: PeriodAgg = "last"

    @model_validator(mode="after")
    def _runs(self) -> "CumulativeKpi":
        if self.window and self.grain_to_date:
            raise ValueError("give either window (the last n days) or grain_to_date (since the month began), not both")
        if isinstance(self.measure, Measure) and self.measure.at:
            raise ValueError(f"what runs at a period's {self.measure.at} does not add up over days: a cumulative KPI needs time, not at")
        return self

    def running(self, measure: Measure) -> Running:
        """Give the aggregate with the days it runs over."""
        own = {key: getattr(self, key) for key in ("window", "grain_to_date", "period_agg")}
        every = "day" if self.period_agg == "last" else self.grain
        return Running.model_construct(**{key: getattr(measure, key) for key in Measure.model_fields}, **own, every=every)

    def references(self) -> tuple[tuple[str, str], ...]:
        return (("measure", self.measure),) if isinstance(self.measure, str) else ()


class ConversionKpi(Kpi):
    """Share (or number) of entities with a base event in the period whose first one was followed by a conversion within the window."""

    type: Literal["conversion"] = "conversion"
    unit: str = "share"
    base: RowsRef
    conversion: RowsRef
    entity: str
    window: Annotated[Window, BeforeValidator(lambda v: {"n": v} if isinstance(v, int) else v)]
    calculation: Literal["rate", "count"] = "rate"

    @model_validator(mode="before")
    @classmethod
    def _unit_follows(cls, values: object) -> object:
        if isinstance(values, Mapping) and "unit" not in values:
            return {**values, "unit": "count" if values.get("calculation") == "count" else "share"}
        return values

    def references(self) -> tuple[tuple[str, str], ...]:
        return tuple((key, part) for key, part in (("base", self.base), ("conversion", self.conversion)) if isinstance(part, str))


AnyKpi = SimpleKpi | RatioKpi | DerivedKpi | CumulativeKpi | ConversionKpi
TYPES: dict[str, type[SimpleKpi] | type[RatioKpi] | type[DerivedKpi] | type[CumulativeKpi] | type[ConversionKpi]] = {
    "simple": SimpleKpi,
    "ratio": RatioKpi,
    "derived": DerivedKpi,
    "cumulative": CumulativeKpi,
    "conversion": ConversionKpi,
}
