"""Ways of scoring a candidate: what each asks, which values it knows, and its formula.

RICE: reach · impact · confidence ÷ effort (McBride, Intercom 2016). ICE: impact · confidence · ease (Ellis). WSJF: cost of delay ÷ job size, cost
of delay being value + time criticality + risk reduction (Reinertsen; SAFe). Opportunity: importance + max(importance − satisfaction, 0) (Ulwick 2005).
"""

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import BeforeValidator, model_validator

from prodops.decisions.amounts import Range, Source, Strict, amount
from prodops.errors import ParameterError, did_you_mean, shorten

if TYPE_CHECKING:
    from prodops.decisions.amounts import Array

Bounds = Mapping[str, tuple[float, float]]
Scale = Mapping[str, tuple[float, ...]]
Amount = Annotated[Range | Source, BeforeValidator(amount)]
ANY = (0.0, math.inf)
FIBONACCI = (1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 20.0, 21.0)
TENTH, ABOVE_ZERO = (1.0, 10.0), 1e-9


class Method(Strict):
    """What a method asks of a candidate; ``bounds`` hold its inputs, ``scale`` lists the values that an exact one may have."""

    title: ClassVar[str]
    formula: ClassVar[str]
    bounds: ClassVar[Bounds]
    scale: ClassVar[Scale] = {}

    @classmethod
    def score(cls, given: "Mapping[str, Array]") -> "Array":
        """Work the formula out, number by number."""
        raise NotImplementedError

    @property
    def inputs(self) -> dict[str, Range | Source]:
        """The inputs in the formula's order."""
        return {name: getattr(self, name) for name in type(self).bounds}

    @model_validator(mode="after")
    def _within(self) -> "Method":
        for name, given in self.inputs.items():
            if isinstance(given, Range) and (fault := self._fault(name, given)):
                raise ValueError(f"{name} {fault}")
        return self

    def _fault(self, name: str, given: Range) -> str:
        (low, high), known = self.bounds[name], self.scale.get(name, ())
        if given.low < low or given.high > high:
            ends = (
                f"above {low:.0f}"
                if math.isinf(high) and low == ABOVE_ZERO
                else f"{low:g} or more"
                if math.isinf(high)
                else f"{low:g} to {high:g}"
            )
            return f"is {given}; expected {ends}"
        if known and given.is_exact and given.likely not in known:
            near = sorted(known, key=lambda v: abs(v - given.likely))[:2]
            between = ", ".join(f"{v:g}" for v in sorted(near))
            return f"is {given}, which is not one of {', '.join(f'{v:g}' for v in sorted(known))}; what lies between is a range, such as [{between}]"
        return ""

    def warnings(self) -> Iterator[str]:
        """Say which ranges have ends that the method's scale does not know: allowed, and worth knowing."""
        for name, given in self.inputs.items():
            known = self.scale.get(name, ())
            if known and isinstance(given, Range) and not given.is_exact and {given.low, given.high} - set(known):
                yield f"{name} is {given}, between the values that {self.title} knows ({', '.join(f'{v:g}' for v in known)})"


class Rice(Method):
    """Reach (people or accounts a quarter), impact, confidence (a fraction), effort (person-months)."""

    title = "RICE"
    formula = "reach × impact × confidence ÷ effort"
    bounds: ClassVar[Bounds] = {"reach": ANY, "impact": (0.25, 3.0), "confidence": (0.5, 1.0), "effort": (ABOVE_ZERO, math.inf)}
    scale: ClassVar[Scale] = {"impact": (0.25, 0.5, 1.0, 2.0, 3.0), "confidence": (0.5, 0.8, 1.0)}
    reach: Amount
    impact: Amount
    confidence: Amount
    effort: Amount

    @classmethod
    def score(cls, given: "Mapping[str, Array]") -> "Array":
        return given["reach"] * given["impact"] * given["confidence"] / given["effort"]


class Ice(Method):
    """Impact, confidence and ease, each from 1 to 10."""

    title = "ICE"
    formula = "impact × confidence × ease"
    bounds: ClassVar[Bounds] = {"impact": TENTH, "confidence": TENTH, "ease": TENTH}
    impact: Amount
    confidence: Amount
    ease: Amount

    @classmethod
    def score(cls, given: "Mapping[str, Array]") -> "Array":
        return given["impact"] * given["confidence"] * given["ease"]


class Wsjf(Method):
    """Value, time criticality and risk reduction (or opportunity enablement), and job size: relative, in Fibonacci's numbers."""

    title = "WSJF"
    formula = "(value + time criticality + risk reduction) ÷ size"
    bounds: ClassVar[Bounds] = dict.fromkeys(("value", "time_criticality", "risk_reduction", "size"), (1.0, 21.0))
    scale: ClassVar[Scale] = dict.fromkeys(("value", "time_criticality", "risk_reduction", "size"), FIBONACCI)
    value: Amount
    time_criticality: Amount
    risk_reduction: Amount
    size: Amount

    @classmethod
    def score(cls, given: "Mapping[str, Array]") -> "Array":
        return (given["value"] + given["time_criticality"] + given["risk_reduction"]) / given["size"]


class Opportunity(Method):
    """Importance and satisfaction from 0 to 10: ten times the share of answers in the top two boxes, from a survey or typed."""

    title = "Opportunity"
    formula = "importance + max(importance − satisfaction, 0)"
    bounds: ClassVar[Bounds] = {"importance": (0.0, 10.0), "satisfaction": (0.0, 10.0)}
    importance: Amount
    satisfaction: Amount

    @classmethod
    def score(cls, given: "Mapping[str, Array]") -> "Array":
        import numpy as np

        return np.asarray(given["importance"] + np.maximum(given["importance"] - given["satisfaction"], 0), dtype=float)


METHODS: dict[str, type[Method]] = {"rice": Rice, "ice": Ice, "wsjf": Wsjf, "opportunity": Opportunity}


def method_of(name: str) -> type[Method]:
    """Look a method up; raises ParameterError with the near miss."""
    if name not in METHODS:
        raise ParameterError(f"there is no method {shorten(name)}.{did_you_mean(name, METHODS)} The methods are {', '.join(METHODS)}.")
    return METHODS[name]
