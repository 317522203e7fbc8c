"""What a scenario model's file says: levers, nodes and outcomes as checked, frozen records."""

import math
from collections.abc import Iterable
from typing import Annotated, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from prodops.errors import did_you_mean, shorten
from prodops.stamps import Good

LONGEST_HORIZON = 120
Shape = Literal["normal", "lognormal", "logit-normal", "uniform", "triangular"]
SHAPES: tuple[Shape, ...] = ("normal", "lognormal", "logit-normal", "uniform", "triangular")
T = TypeVar("T")
Number = Annotated[float, Field(allow_inf_nan=False, strict=True)]
Formula = Annotated[str, BeforeValidator(lambda v: repr(v) if isinstance(v, int | float) and not isinstance(v, bool) else v)]


class Strict(BaseModel):
    """A record that cannot be changed and takes no key it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


def one_of(value: T, options: Iterable[str], what: str) -> T:
    """Check that a value is one of some; raises ValueError with the near miss."""
    options = list(options)
    if value not in options:
        raise ValueError(f"{shorten(value)} is not {what}.{did_you_mean(str(value), options)} Use one of {', '.join(options)}")
    return value


class Horizon(Strict):
    """How many months are looked at, and the first of them (``2026-01``; left out: the month after the report's as-of)."""

    months: int = Field(strict=True, ge=1, le=LONGEST_HORIZON)
    start: str | None = Field(None, pattern=r"^\d{4}-(0[1-9]|1[0-2])$")


class FromData(Strict):
    """The KPI of the past, over so many weeks, from which a lever's value and range are proposed."""

    kpi: str
    weeks: int = Field(26, strict=True, ge=4, le=520)


class Ramp(Strict):
    """When a change against base begins to work (the month's number, or a formula of levers), and over how many months."""

    start: Formula = "1"
    months: Formula = "1"


class Lever(Strict):
    """One thing that can be turned: its value is the median, ``likely`` the 5th and the 95th percentile around it."""

    name: str
    title: str = Field("", max_length=80)
    description: str = ""
    branch: str = Field("", max_length=60)
    unit: str = "count"
    value: Number | None = None
    range: tuple[Number, Number]
    step: Number | None = None
    likely: tuple[Number, Number] | None = None
    shape: Shape = "normal"
    from_data: FromData | None = None
    ramp: Ramp | None = None

    @property
    def label(self) -> str:
        """The title, or the name in words."""
        return self.title or in_words(self.name)

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


class Node(Strict):
    """One number of the tree, by its formula."""

    name: str
    title: str = Field("", max_length=80)
    description: str = ""
    unit: str = "count"
    formula: Formula

    @property
    def label(self) -> str:
        """The title, or the name in words."""
        return self.title or in_words(self.name)


At = Literal["end", "total", "mean"]


class Outcome(Strict):
    """What the decision is about: a node at the horizon's end, in total, on average, or in one month (its number)."""

    name: str
    title: str = Field("", max_length=80)
    node: str
    at: At | Annotated[int, Field(strict=True, ge=1)] = "end"
    target: Number | None = None
    good: Good = "up"

    @property
    def label(self) -> str:
        """The title, or the name in words."""
        return self.title or in_words(self.name)

    def of(self, values: NDArray[np.float64], months: int) -> NDArray[np.float64]:
        """Take the outcome from its node's values, (draws, months) or (draws, 1); one number for each draw."""
        same = values.shape[1] == 1
        if self.at == "total":
            return values[:, 0] * months if same else values.sum(axis=1)
        if self.at == "mean":
            return values[:, 0] if same else values.sum(axis=1) / months
        return values[:, 0 if same else (-1 if self.at == "end" else int(self.at) - 1)]


def in_words(name: str) -> str:
    """Say a name in words: ``sign_ups`` as ``Sign ups``."""
    return name.replace("_", " ").capitalize()
