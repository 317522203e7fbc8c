"""The numpy reading: a model's graph worked out over months × draws, each operation once, in memory that is used again.

Arrays are (months, draws), so that the draws of a month lie side by side; what does not depend on the month has one row, what is
known exactly has one column.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prodops.scenarios.graph import Graph, Step
from prodops.scenarios.language import MONTH, MONTHS

Array = NDArray[np.float64]

_PLAIN: dict[str, Callable[..., Array]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "**": np.power,
    "neg": np.negative,
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
    "and": np.logical_and,
    "or": np.logical_or,
    "not": np.logical_not,
}
"""What is done in one pass: its result may be written over one of its arguments."""
_CHAINS: dict[str, Callable[..., Array]] = {"min": np.minimum, "max": np.maximum}


def apply(op: str, args: list[Array], out: Array) -> Array:
    """Work one operation out, value by value; comparisons and logic give 0 or 1, anything but 0 is true."""
    if op in _PLAIN:
        return _PLAIN[op](*args, out=out)
    if op in _CHAINS:
        _CHAINS[op](args[0], args[1], out=out)
        for arg in args[2:]:
            _CHAINS[op](out, arg, out=out)
    elif op == "clip":
        np.minimum(np.maximum(args[0], args[1], out=out), args[2], out=out)
    else:
        assert op == "if"
        np.copyto(out, args[2])
        np.copyto(out, args[1], where=args[0] != 0)
    return out


def _cheaper(op: str, args: list[Array]) -> tuple[str, list[Array]]:
    """Square by multiplying and take a root as such, as numpy's own ``**`` does: a power costs ten times as much."""
    power = args[1].item() if op == "**" and args[1].size == 1 else None
    if power == 2:
        return "*", [args[0], args[0]]
    return ("sqrt", args[:1]) if power == 0.5 else (op, args)


@dataclass(frozen=True)
class Plan:
    """The steps that some nodes need, and when each vertex is used for the last time."""

    graph: Graph
    steps: tuple[Step, ...]
    kept: frozenset[int]
    dies: Mapping[int, tuple[int, ...]]
    """Step → the vertices whose memory is free after it."""

    def run(self, inputs: Mapping[str, Array], months: int) -> dict[int, Array]:
        """Give the kept vertices' values; ``inputs`` holds each lever as (1 or months, 1 or draws)."""
        return _Run(self, inputs, months).all()


def plan(graph: Graph, roots: Iterable[int]) -> Plan:
    """Choose the steps behind some vertices and find where memory falls free."""
    kept = frozenset(roots)
    needed = graph.behind(kept)
    steps = tuple(step for step in graph.steps if not needed.isdisjoint(step.vertices))
    last = {a: at for at, step in enumerate(steps) for v in step.vertices for a in graph.vertices[v].args}
    dies: dict[int, list[int]] = {}
    for v, at in last.items():
        if v not in kept and graph.vertices[v].op not in ("input", "number", MONTH, MONTHS) and v not in steps[at].vertices:
            dies.setdefault(at, []).append(v)
    return Plan(graph, steps, kept, {at: tuple(vs) for at, vs in dies.items()})


class _Run:
    """One evaluation: the values so far and the memory that is free."""

    def __init__(self, plan: Plan, inputs: Mapping[str, Array], months: int) -> None:
        self.plan, self.inputs, self.months = plan, inputs, months
        self.values: dict[int, Array] = {}
        self.free: dict[tuple[int, ...], list[Array]] = {}

    def all(self) -> dict[int, Array]:
        for at, step in enumerate(self.plan.steps):
            if step.loop:
                self._loop(step.vertices)
                self._release(at)
            else:
                self._one(at, step.vertices[0])
        return {v: self.values[v] for v in self.plan.kept}

    def _take(self, shape: tuple[int, ...]) -> Array:
        waiting = self.free.get(shape)
        return waiting.pop() if waiting else np.empty(shape)

    def _release(self, at: int) -> None:
        for v in self.plan.dies.get(at, ()):
            array = self.values.pop(v)
            if array.base is None:
                self.free.setdefault(array.shape, []).append(array)

    def _one(self, at: int, v: int) -> None:
        vertex = self.plan.graph.vertices[v]
        args = [self.values[a] for a in vertex.args]
        if vertex.op in _PLAIN:
            self._release(at)
            shape = np.broadcast_shapes(*(a.shape for a in args))
            op, args = _cheaper(vertex.op, args)
            self.values[v] = apply(op, args, self._take(shape))
        else:
            self.values[v] = self._special(vertex.op, args) if args else self._leaf(v)
            self._release(at)

    def _leaf(self, v: int) -> Array:
        vertex = self.plan.graph.vertices[v]
        if vertex.op == "input":
            return self.inputs[vertex.name]
        if vertex.op == MONTH:
            return np.arange(1.0, self.months + 1)[:, None]
        return np.full((1, 1), float(self.months) if vertex.op == MONTHS else vertex.value)

    def _special(self, op: str, args: list[Array]) -> Array:
        first, rows, columns = args[0], len(args[0]), args[0].shape[1]
        if op in ("sum", "mean"):
            total = first * self.months if rows == 1 else first.sum(axis=0, keepdims=True)
            return total / self.months if op == "mean" else total
        if op == "last":
            return first[-1:].copy()
        if op == "cumulative":
            out = self._take((self.months, columns))
            return np.cumsum(np.broadcast_to(first, out.shape), axis=0, out=out)
        if op == "previous":
            out = self._take((self.months, np.broadcast_shapes(first.shape, args[1].shape)[1]))
            out[0] = args[1][0]
            out[1:] = first[:-1] if rows > 1 else first
            return out
        return apply(op, args, self._take(np.broadcast_shapes(*(a.shape for a in args))))

    def _loop(self, vertices: tuple[int, ...]) -> None:
        """Work a loop out month by month, in rows of the arrays that hold its result."""
        graph = self.plan.graph
        outside = {a for v in vertices for a in graph.vertices[v].args} - set(vertices)
        columns = np.broadcast_shapes(*(self.values[a].shape[1:] for a in outside), (1,))[0]
        uses = Counter(a for v in self._others(vertices) for a in graph.vertices[v].args)
        back = {graph.vertices[v].args[0] for v in vertices if graph.vertices[v].op == "previous"}
        for v in vertices:
            whole = v in self.plan.kept or v in back or uses[v] or graph.vertices[v].op == "cumulative"
            self.values[v] = self._take((self.months if whole else 1, columns))
        for month in range(self.months):
            for v in vertices:
                self._month(v, month)

    def _others(self, vertices: tuple[int, ...]) -> list[int]:
        return [v for step in self.plan.steps for v in step.vertices if v not in vertices]

    def _row(self, v: int, month: int) -> Array:
        array = self.values[v]
        return array[month if len(array) > 1 else 0]

    def _month(self, v: int, month: int) -> None:
        vertex, out = self.plan.graph.vertices[v], self._row(v, month)
        if vertex.op == "previous":
            np.copyto(out, self._row(vertex.args[0], month - 1) if month else self._row(vertex.args[1], 0))
        elif vertex.op == "cumulative":
            now = self._row(vertex.args[0], month)
            np.add(self._row(v, month - 1), now, out=out) if month else np.copyto(out, now)
        else:
            apply(vertex.op, [self._row(a, month) for a in vertex.args], out)
