"""The Vega reading: a model's graph as Vega expressions, written out month by month, in an order in which each uses only earlier ones.

A value that depends on the month has a name for each one (``mrr__3``); one that does not has one name (``start_mrr``). What several
formulas share, or what is the same in every month, is worked out once under a name such as ``_12`` or ``_12__3``.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from prodops.scenarios.arrays import Array, plan
from prodops.scenarios.graph import Graph, Vertex
from prodops.scenarios.language import COMPARISONS, MONTH, MONTHS, OVER_MONTHS

_CALLS = ("exp", "log", "sqrt", "min", "max")
_INFIX = ("+", "-", "*", "/")
_LEAVES = ("input", "number", MONTH, MONTHS)


@dataclass(frozen=True)
class Unrolled:
    """The expressions behind some nodes; ``prefix`` stands before every name (``datum.``)."""

    graph: Graph
    months: int
    nodes: tuple[str, ...]
    prefix: str = ""

    def columns(self, node: str) -> tuple[str, ...]:
        """Give the name of a node's value in each month: as many names as months, or one name as often."""
        root = self.graph.roots[node]
        return tuple(self._column(node, root, month) for month in self._every_month())

    def expressions(self) -> dict[str, str]:
        """Give name → expression, in the order of computing."""
        found: dict[str, str] = {}
        for step in self.graph.steps:
            named = [v for v in step.vertices if v in self._names]
            for month in self._every_month() if self.graph.varies.intersection(named) else (1,):
                found |= {self._column(self._names[v], v, month): self._text(v, month) for v in named}
        for node in self.nodes:
            root = self.graph.roots[node]
            if self._names.get(root) != node:
                found |= {self._column(node, root, month): self._ref(root, month) for month in self._every_month()}
        return found

    def _every_month(self) -> range:
        return range(1, self.months + 1)

    @cached_property
    def _names(self) -> dict[int, str]:
        """The vertices that have a name of their own: nodes, what needs an earlier month, and what is worth working out once."""
        vertices, varies = self.graph.vertices, self.graph.varies
        needed = self.graph.behind(self.graph.roots[node] for node in self.nodes)
        uses = Counter(a for v in needed for a in vertices[v].args)
        once = {a for v in needed & varies for a in vertices[v].args if a not in varies}
        back = {vertices[v].args[0] for v in needed if vertices[v].op == "previous"}
        apart = {v for v in needed if vertices[v].op in (*OVER_MONTHS, "cumulative") or uses[v] > 1}
        found = {v: f"_{v}" for v in sorted(once | back | apart) if vertices[v].op not in _LEAVES and v not in self._known}
        own = {self.graph.roots[node]: node for node in list(self.graph.roots)[::-1] if self.graph.roots[node] in needed}
        return found | {v: node for v, node in own.items() if vertices[v].op not in _LEAVES}

    @cached_property
    def _known(self) -> dict[int, Array]:
        """The values that no lever moves, months first: they are written as numbers."""
        fixed = self.graph.fixed & self.graph.behind(self.graph.roots[node] for node in self.nodes)
        with np.errstate(all="ignore"):
            values = plan(self.graph, fixed).run({}, self.months)
        return {v: array for v, array in values.items() if np.isfinite(array).all()}

    def _column(self, name: str, v: int, month: int) -> str:
        return f"{name}__{month}" if v in self.graph.varies else name

    def _ref(self, v: int, month: int) -> str:
        vertex = self.graph.vertices[v]
        if vertex.op == "input":
            return self.prefix + vertex.name
        if v in self._known:
            values = self._known[v]
            return _number(values[min(month, len(values)) - 1, 0])
        if v in self._names:
            return self.prefix + self._column(self._names[v], v, month)
        return f"({self._text(v, month)})"

    def _text(self, v: int, month: int) -> str:
        if v in self._known:
            return self._ref(v, month)
        vertex = self.graph.vertices[v]
        if vertex.op == "previous":
            return self._ref(vertex.args[0], month - 1) if month > 1 else self._ref(vertex.args[1], 1)
        if vertex.op in OVER_MONTHS:
            return self._over_months(vertex)
        args = [self._ref(a, month) for a in vertex.args]
        if vertex.op == "cumulative":
            return f"{self._ref(v, month - 1)} + {args[0]}" if month > 1 else args[0]
        return _operation(vertex.op, args)

    def _over_months(self, vertex: Vertex) -> str:
        arg = vertex.args[0]
        if arg not in self.graph.varies:
            return self._ref(arg, 1) + (f" * {self.months}" if vertex.op == "sum" else "")
        if vertex.op == "last":
            return self._ref(arg, self.months)
        total = " + ".join(self._ref(arg, month) for month in self._every_month())
        return f"({total}) / {self.months}" if vertex.op == "mean" else total


def unroll(graph: Graph, months: int, nodes: Iterable[str], prefix: str = "") -> Unrolled:
    """Read some nodes of a graph as Vega expressions."""
    return Unrolled(graph, months, tuple(nodes), prefix)


def _operation(op: str, args: list[str]) -> str:
    if op in _INFIX:
        return f"{args[0]} {op} {args[1]}"
    if op in _CALLS:
        return f"{op}({', '.join(args)})"
    if op in COMPARISONS:
        return f"({args[0]} {op} {args[1]}) ? 1 : 0"
    match op, args:
        case "**", _:
            return f"pow({args[0]}, {args[1]})"
        case "neg", _:
            return f"-{args[0]}"
        case "clip", _:
            return f"min(max({args[0]}, {args[1]}), {args[2]})"
        case "not", _:
            return f"({args[0]} == 0) ? 1 : 0"
        case "and", _:
            return f"({args[0]} != 0 && {args[1]} != 0) ? 1 : 0"
        case "or", _:
            return f"({args[0]} != 0 || {args[1]} != 0) ? 1 : 0"
    return f"({args[0]} != 0) ? {args[1]} : {args[2]}"


def _number(value: float) -> str:
    return repr(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))
