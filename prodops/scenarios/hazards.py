"""Where a model gives no number within its levers' ranges: division by zero, logarithms and roots of what has none, sums out of bounds.

The model is worked out at base, in every scenario, at each lever's ends one at a time, in the corners of the ranges and between them.
What a condition keeps from being used (``a / b if b != 0 else 0``) is no hazard.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from prodops.scenarios.arrays import Array, apply
from prodops.scenarios.language import COMPARISONS, LOGIC, MONTH, MONTHS, Term, names, walk
from prodops.scenarios.model import BASE, BEFORE, Model
from prodops.scenarios.wording import in_words

Mask = NDArray[np.bool_]
ALL_CORNERS, SOME_CORNERS, BETWEEN = 8, 256, 128


@dataclass(frozen=True)
class Hazard:
    """A formula that gives no number somewhere: of which node, whether it is the cause or may only follow from one, and in words."""

    node: str
    cause: bool
    text: str


def first(model: Model) -> Hazard | None:
    """Find the first hazard of a model, causes before what follows from them; None where every place looked at gives numbers."""
    labels, settings = _places(model)
    levers = {name: np.array([s[name] for s in settings]) for name in model.levers}
    base = {name: float(values[0]) for name, values in levers.items()}
    values = {name: array.T for name, array in model.raw(levers, base).items()}
    values |= {model.input_of(name): array[None, :] for name, array in levers.items()}
    values |= {name + BEFORE: np.full((1, 1), value) for name, value in base.items()}
    looker = _Looker(model, values, labels)
    found = [hazard for node in model.graph.in_order() for hazard in looker.look(node)]
    return min(found, key=lambda hazard: not hazard.cause, default=None)


def _places(model: Model) -> tuple[list[str], list[dict[str, float]]]:
    """List settings of the levers, each with how to say it; the plainest first."""
    base = {n: lever.value if lever.value is not None else (lever.low + lever.high) / 2 for n, lever in model.levers.items()}
    found = [("at the levers' values", base)]
    found += [(f"in scenario {name}", base | changes) for name, changes in model.scenarios.items() if name != BASE]
    found += [(f"where {n} is {end:g}", base | {n: end}) for n, lever in model.levers.items() for end in lever.range]
    rng = np.random.default_rng(0)
    ends = np.array([lever.range for lever in model.levers.values()])
    corners = list(product((0, 1), repeat=len(ends))) if len(ends) <= ALL_CORNERS else rng.integers(0, 2, (SOME_CORNERS, len(ends)))
    inside = np.vstack([np.asarray(corners, float), rng.random((BETWEEN, len(ends)))])
    rows = ends[:, 0] + inside * (ends[:, 1] - ends[:, 0])
    found += [("within the levers' ranges", dict(zip(model.levers, row.tolist(), strict=True))) for row in rows]
    return [label for label, _ in found], [setting for _, setting in found]


class _Looker:
    """Walks formulas beside their values at all places, months × places."""

    def __init__(self, model: Model, values: Mapping[str, Array], labels: list[str]) -> None:
        self.model, self.values, self.labels = model, values, labels
        self.shape = (model.months, len(labels))
        self.found: list[tuple[bool, str]] = []
        self.jumps: set[str] = set()

    def look(self, node: str) -> Iterator[Hazard]:
        """Give the hazards of one formula."""
        term = self.model.terms[node]
        if any(t.op in (*COMPARISONS, *LOGIC, "if") for t in walk(term)) or self.jumps.intersection(names(term)):
            self.jumps.add(node)
        self.found = []
        with np.errstate(all="ignore"):
            self._value(term, np.ones(self.shape, dtype=bool))
        yield from (Hazard(node, cause, text) for cause, text in self.found)

    def _value(self, term: Term, active: Mask) -> Array:
        """Work a term out, noting where it gives no number although it is used."""
        if term.op == "number":
            return np.full(self.shape, term.value)
        if term.op == "name":
            return self._named(term.name)
        args = self._args(term, active)
        self._check(term, args, active)
        out = self._over_months(term.op, args)
        if out is None:
            out = apply(term.op, args, np.empty(self.shape))
        if not self.found and not np.isfinite(out[active]).all():
            self._note(False, active & ~np.isfinite(out), "becomes larger than can be computed")
        return out

    def _named(self, name: str) -> Array:
        if name == MONTH:
            return np.broadcast_to(np.arange(1.0, self.shape[0] + 1)[:, None], self.shape)
        return np.full(self.shape, float(self.shape[0])) if name == MONTHS else np.broadcast_to(self.values[name], self.shape)

    def _args(self, term: Term, active: Mask) -> list[Array]:
        if term.op != "if":
            return [self._value(arg, active) for arg in term.args]
        test = self._value(term.args[0], active)
        return [test, self._value(term.args[1], active & (test != 0)), self._value(term.args[2], active & (test == 0))]

    def _over_months(self, op: str, args: list[Array]) -> Array | None:
        first = args[0]
        match op:
            case "sum" | "mean":
                total = np.broadcast_to(first.sum(axis=0, keepdims=True), self.shape)
                return total if op == "sum" else total / self.shape[0]
            case "last":
                return np.broadcast_to(first[-1:], self.shape)
            case "cumulative":
                return np.cumsum(first, axis=0)
            case "previous":
                return np.vstack([args[1][:1], first[:-1]])
            case "ramp":
                month = self._named(MONTH)
                return np.clip((month - first + 1) / np.maximum(args[1], 1), 0, 1)
        return None

    def _check(self, term: Term, args: list[Array], active: Mask) -> None:
        match term.op:
            case "/":
                self._divisor(term.args[1], args[1], active)
            case "log":
                self._note(
                    True, active & (args[0] <= 0), f"takes log of {_shown(term.args[0])}, which is 0 or less", "write log(max(…, 1))"
                )
            case "sqrt":
                self._note(True, active & (args[0] < 0), f"takes sqrt of {_shown(term.args[0])}, which is below 0", "write sqrt(max(…, 0))")
            case "**":
                self._power(term, args, active)

    def _divisor(self, term: Term, value: Array, active: Mask) -> None:
        text = f"divides by {_shown(term)}, which {{}} 0"
        divisor = term.name if term.op == "name" else "b"
        write = f"write a / max({divisor}, …) with the least it can be, or a / {divisor} if {divisor} != 0 else 0"
        zero = active & (value == 0)
        self._note(True, zero, text.format("is"), write)
        crosses = (value.min(axis=1) < 0) & (value.max(axis=1) > 0)
        jumps = any(t.op in (*COMPARISONS, *LOGIC, "if") for t in walk(term)) or self.jumps.intersection(names(term))
        if not zero.any() and crosses.any() and active.all() and not jumps:
            self._note(True, np.broadcast_to(crosses[:, None], self.shape), text.format("passes"), write)

    def _power(self, term: Term, args: list[Array], active: Mask) -> None:
        base, power = args
        shown = _shown(term.args[0])
        self._note(True, active & (base == 0) & (power < 0), f"raises {shown}, which is 0, to a power below 0", "write max(…, 1)")
        broken = active & (base < 0) & (power != np.round(power))
        self._note(True, broken, f"raises {shown}, which is below 0, to a power that is not whole", "write max(…, 0)")

    def _note(self, cause: bool, where: Mask, text: str, write: str = "narrow the ranges, or use min(…)") -> None:
        if where.any():
            place = int(np.flatnonzero(where.any(axis=0))[0])
            month = int(np.flatnonzero(where.any(axis=1) if "passes" in text else where[:, place])[0]) + 1
            label = "within the levers' ranges" if "passes" in text else self.labels[place]
            self.found.append((cause, f"the formula {text} {label} (month {month}); {write}"))


def _shown(term: Term) -> str:
    return f'"{term.name}"' if term.op == "name" else f'"{in_words(term, {})}"'[:80]
