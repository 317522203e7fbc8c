"""What a candidate's input may be: a number, a range of nine cases in ten, or something that the data will tell."""

import math
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from prodops.errors import did_you_mean, shorten

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

Z90 = 1.6448536269514722
"""A normal distribution's 95th percentile: nine cases in ten lie between it and its mirror image."""
SOURCES = ("from_theme", "from_kpi", "from_survey")
NUMBER = "a number, a range such as [2, 5] or [2, 3, 5], or where it comes from, such as {from_theme: Billing}"


class Strict(BaseModel):
    """A record that cannot be changed and takes no key that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, allow_inf_nan=False)


class Range(Strict):
    """A quantity that is not known exactly: in nine cases of ten it lies between ``low`` and ``high``; ``likely`` is its median."""

    low: float
    likely: float
    high: float

    @property
    def is_exact(self) -> bool:
        return self.low == self.high

    def __str__(self) -> str:
        return f"{self.likely:g}" if self.is_exact else f"{self.low:g} to {self.high:g}"


def read(value: Any) -> Any:
    """Read a number or a range as people write it; anything else is left to be refused, or read, by what it is meant for.

    ``[low, high]`` has its likely value half-way on the scale of proportions where both are above 0 (the geometric mean), else half-way.
    """
    if isinstance(value, bool) or value is None:
        raise ValueError(f"expected {NUMBER}; found {shorten('nothing' if value is None else value)}")
    if isinstance(value, int | float):
        return {"low": value, "likely": value, "high": value}
    if not isinstance(value, list):
        return _other(value)
    if len(value) not in (2, 3) or not all(isinstance(end, int | float) and not isinstance(end, bool) for end in value):
        raise ValueError(f"expected {NUMBER}; found {shorten(value)}")
    if list(value) != sorted(value):
        raise ValueError(f"a range runs from low to high; found {shorten(value)}")
    low, high = value[0], value[-1]
    middle = value[1] if len(value) == 3 else math.sqrt(low * high) if low > 0 else (low + high) / 2
    return {"low": low, "likely": middle, "high": high}


def _other(value: Any) -> Any:
    if isinstance(value, dict | Range | Source):
        return value
    raise ValueError(f"expected {NUMBER}; found {shorten(value)}")


class Source(Strict):
    """Where a quantity comes from: the voices of a theme in a quarter, a KPI, or a survey's question; ``times`` multiplies it."""

    from_theme: str = ""
    from_kpi: str = ""
    from_survey: str = ""
    adds_up: bool = Field(False, strict=True)
    """Whether the KPI's weeks add up to a quarter, as sign-ups do; active users do not."""
    times: Annotated[Range, BeforeValidator(read)] = Range(low=1, likely=1, high=1)

    @model_validator(mode="after")
    def _names_one(self) -> "Source":
        if sum(bool(getattr(self, key)) for key in SOURCES) != 1:
            raise ValueError(f"expected one of {', '.join(SOURCES)}")
        if self.times.low < 0:
            raise ValueError(f"times is {self.times.low:g}; expected 0 or more")
        return self

    @property
    def asked(self) -> tuple[str, str]:
        """The key that is given, and the name that stands behind it."""
        return next((key, getattr(self, key)) for key in SOURCES if getattr(self, key))


def amount(value: Any) -> Any:
    """Read an input: a source where it is written as one, else a number or a range."""
    found = read(value)
    if isinstance(found, dict) and "likely" not in found:
        for key in set(map(str, found)) - set(Source.model_fields):
            raise ValueError(
                f"there is no key {shorten(key)}.{did_you_mean(key, Source.model_fields)} The keys are {', '.join(Source.model_fields)}"
            )
        return Source.model_validate(found)
    return Range.model_validate(found) if isinstance(found, dict) else found


def deviates(candidate: str, quantity: str, *, draws: int, seed: int) -> "Array":
    """Give standard normal draws for one input of one candidate, evenly spread and then shuffled.

    They hang on seed and names alone: another candidate beside it, or another order, leaves them as they are (common random numbers).
    """
    import numpy as np
    from scipy.special import ndtri

    key = sha256(f"{candidate}\0{quantity}".encode("utf-8", "surrogatepass")).digest()
    rng = np.random.default_rng([seed, *np.frombuffer(key[:16], dtype="<u4").tolist()])
    return np.asarray(ndtri(rng.permutation((np.arange(draws) + rng.random(draws)) / draws)), dtype=float)


def spread(amount: Range, z: "Array", bounds: tuple[float, float]) -> "Array":
    """Turn standard normal draws into draws of a range: its ends are the 5th and 95th percentile, ``likely`` the median.

    Above 0 and without an upper bound it varies in proportion (log-normal), else evenly (normal), on either side of the median by that
    side's own width; draws outside the bounds lie on them.
    """
    import numpy as np

    low, high = bounds
    if amount.is_exact:
        return np.full(len(z), amount.likely)
    in_proportion = amount.low > 0 and math.isinf(high)
    ends = np.array([amount.low, amount.likely, amount.high], dtype=float)
    below, middle, above = np.log(ends) if in_proportion else ends
    found = middle + z / Z90 * np.where(z < 0, middle - below, above - middle)
    return np.clip(np.exp(found) if in_proportion else found, low, high)
