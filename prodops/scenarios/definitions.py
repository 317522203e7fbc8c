"""What a scenario model's file says: levers, nodes and outcomes as checked, frozen records."""

import math
from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from prodops.scenarios import units
from prodops.stamps import Good

LONGEST_HORIZON = 120
Shape = Literal["normal", "lognormal", "logit-normal", "uniform", "triangular"]
SHAPES: tuple[Shape, ...] = ("normal", "lognormal", "logit-normal", "uniform", "triangular")
Number = Annotated[float, Field(allow_inf_nan=False, strict=True)]
Formula = Annotated[str, BeforeValidator(lambda v: repr(v) if isinstance(v, int | float) and not isinstance(v, bool) else v)]


class Strict(BaseModel):
    """A record that cannot be changed and takes no key it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Horizon(Strict):
    """How many months are looked at, and the first of them (``2026-01``; left out: the month after the report's as-of)."""

    months: int = Field(strict=True, ge=1, le=LONGEST_HORIZON)
    start: str | None = Field(None, pattern=r"^\d{4}-(0[1-9]|1[0-2])$")


class FromData(Strict):
    """The KPI of the past, over so many weeks, from which a lever's value and range are proposed."""

    kpi: str
    weeks: int = Field(26, strict=True, ge=4, le=520)
    at: Literal["mean", "last"] = "mean"
    """Whether the lever is the KPI's mean over the horizon, or where it stood in the last whole period, known exactly."""
    adds_up: bool = Field(False, strict=True)
    """Whether weeks add up to a month, as sign-ups and orders do: the lever is then a month's number, whatever the history's periods."""


class Ramp(Strict):
    """When a change against base begins to work (the month's number, or a formula of levers), and over how many months."""

    start: Formula = "1"
    months: Formula = "1"


class Named(Strict):
    """What every entry of the tree says of itself."""

    name: str
    title: str = Field("", max_length=80)
    description: str = Field("", max_length=500)

    @property
    def label(self) -> str:
        """The title, or the name in words."""
        return self.title or self.name.replace("_", " ").capitalize()


class Measured(Named):
    """An entry with a unit of its own, as ``stamps.in_words`` knows it."""

    unit: str = "count"

    @field_validator("unit")
    @classmethod
    def _known_unit(cls, value: str) -> str:
        units.read(value)
        return value


class Lever(Measured):
    """One thing that can be turned: its value is the median, ``likely`` the 5th and the 95th percentile around it."""

    branch: str = Field("", max_length=60)
    value: Number | None = None
    range: tuple[Number, Number]
    step: Number | None = None
    likely: tuple[Number, Number] | None = None
    shape: Shape = "normal"
    from_data: FromData | None = None
    ramp: Ramp | None = None

    @property
    def low(self) -> float:
        return self.range[0]

    @property
    def high(self) -> float:
        return self.range[1]

    @property
    def by(self) -> float:
        """The slider's step: the one given, or about a hundredth of the range."""
        return self.step or 10.0 ** math.floor(math.log10((self.high - self.low) / 50))

    def faults(self) -> Iterator[tuple[str, str]]:
        """Say what does not fit together: the key and what is wrong with it."""
        low, high = self.range
        if low > high:
            yield "range", f"the low end {low:g} is not below the high end {high:g}; write [{high:g}, {low:g}]"
        if low == high:
            yield "range", f"both ends are {low:g}; a slider moves between two. What never moves is a node: formula: {low:g}"
        if self.step is not None and not 0 < self.step <= abs(high - low):
            yield "step", f"a step is above 0 and within the range, {low:g} to {high:g}; found {self.step:g}"
        if self.value is None and not self.from_data:
            yield "value", "this key is missing; give the lever a value, or from_data: {kpi: …}"
        if self.value is not None and not low <= self.value <= high:
            yield "value", f"{self.value:g} lies outside the range, {low:g} to {high:g}"
        yield from self._around()
        yield from self._beyond()

    def _around(self) -> Iterator[tuple[str, str]]:
        if self.likely is None:
            return
        if not self.likely[0] < self.likely[1]:
            yield "likely", f"the low end {self.likely[0]:g} is not below the high end {self.likely[1]:g}"
        elif self.value is None:
            yield "likely", "a likely range stands around a value, and the lever has none"
        elif not self.likely[0] <= self.value <= self.likely[1]:
            yield "likely", f"{self.likely[0]:g} to {self.likely[1]:g} does not hold the value, {self.value:g}"

    def _beyond(self) -> Iterator[tuple[str, str]]:
        """Find what no such unit or shape can be."""
        places = [("value", self.value)] if self.value is not None else []
        places += [(key, end) for key in ("range", "likely") for end in getattr(self, key) or ()]
        for key, number in places:
            if self.unit == "share" and not 0 <= number <= 1:
                yield key, f"a share lies from 0 to 1; found {number:g}" + (f", write {number / 100:g}" if 1 < number <= 100 else "")
            if self.shape == "logit-normal" and not 0 < number < 1:
                yield key, f"a logit-normal lever lies between 0 and 1 and reaches neither; found {number:g}"
            if self.shape == "lognormal" and number <= 0:
                yield key, f"a lognormal lever lies above 0; found {number:g}"


class Node(Measured):
    """One number of the tree, by its formula."""

    formula: Formula


At = Literal["end", "total", "mean"]


class Outcome(Named):
    """What the decision is about: a node at the horizon's end, in total, on average, or in one month (its number)."""

    node: str
    at: At | Annotated[int, Field(strict=True, ge=1)] = "end"
    target: Number | None = None
    good: Good = "up"

    def of(self, values: NDArray[np.float64], months: int) -> NDArray[np.float64]:
        """Take the outcome from its node's values, (draws, months) or (draws, 1); one number for each draw."""
        same = values.shape[1] == 1
        if self.at == "total":
            return values[:, 0] * months if same else values.sum(axis=1)
        if self.at == "mean":
            return values[:, 0] if same else values.sum(axis=1) / months
        return values[:, 0 if same else (-1 if self.at == "end" else int(self.at) - 1)]
