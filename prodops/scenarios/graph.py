"""All formulas of a model as one graph: every distinct operation once, in an order of computing, with the loops through ``previous``."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from prodops.scenarios.language import CLOCK, MONTH, OVER_MONTHS, Term, name, number


@dataclass(frozen=True)
class Vertex:
    """One operation and the vertices it works on. ``input`` stands for a lever, ``month`` and ``months`` for the clock."""

    op: str
    args: tuple[int, ...] = ()
    value: float = 0.0
    name: str = ""


class Step(NamedTuple):
    """Vertices that are computed together: one, or those of a loop in their order within a month."""

    vertices: tuple[int, ...]
    loop: bool


class Circle(ValueError):
    """Nodes that need each other within one month; ``nodes`` are those on the way round, the first again at the end."""

    def __init__(self, nodes: tuple[str, ...], whole: str = "") -> None:
        self.nodes, self.whole = nodes, whole
        super().__init__(" → ".join(nodes))


@dataclass(frozen=True)
class Graph:
    """Vertices by number; ``roots`` gives each node's; ``steps`` the order of computing, a loop being one step."""

    vertices: tuple[Vertex, ...]
    roots: Mapping[str, int]
    steps: tuple[Step, ...]

    @cached_property
    def varies(self) -> frozenset[int]:
        """The vertices whose value depends on the month."""
        found: set[int] = set()
        for step in self.steps:
            for v in step.vertices:
                vertex = self.vertices[v]
                own = vertex.op in (MONTH, "previous", "cumulative") or step.loop
                if own or (vertex.op not in OVER_MONTHS and found.intersection(vertex.args)):
                    found.add(v)
        return frozenset(found)

    @cached_property
    def fixed(self) -> frozenset[int]:
        """The vertices that no lever moves."""
        found: set[int] = set()
        for step in self.steps:
            outside = {a for v in step.vertices for a in self.vertices[v].args} - set(step.vertices)
            if outside <= found and not any(self.vertices[v].op == "input" for v in step.vertices):
                found.update(step.vertices)
        return frozenset(found)

    def in_order(self) -> list[str]:
        """The nodes in order of computing."""
        at = {v: (i, j) for i, step in enumerate(self.steps) for j, v in enumerate(step.vertices)}
        return sorted(self.roots, key=lambda node: at[self.roots[node]])

    def behind(self, roots: Iterable[int]) -> frozenset[int]:
        """The vertices that some vertices need, themselves included."""
        found: set[int] = set()
        waiting = list(roots)
        while waiting:
            v = waiting.pop()
            if v not in found:
                found.add(v)
                waiting += self.vertices[v].args
        return frozenset(found)


def expand(term: Term) -> Term:
    """Write ``ramp(start, months)`` out: 0 before the start, then even steps up to 1; half a month counts as half a step."""
    args = tuple(expand(arg) for arg in term.args)
    if term.op != "ramp":
        return term._replace(args=args)
    start, months = args
    begun = Term("+", (Term("-", (name(MONTH), start)), number(1)))
    return Term("clip", (Term("/", (begun, Term("max", (months, number(1))))), number(0), number(1)))


def build(formulas: Mapping[str, Term]) -> Graph:
    """Join the formulas into one graph; names that are no node are inputs. Raises Circle."""
    numbers: dict[tuple[object, ...], int] = {}
    vertices: list[Vertex] = []

    def put(vertex: Vertex) -> int:
        key = (vertex.op, vertex.args, vertex.value, vertex.name)
        if key not in numbers:
            numbers[key] = len(vertices)
            vertices.append(vertex)
        return numbers[key]

    def add(term: Term) -> int:
        if term.op == "name":
            kind = term.name if term.name in CLOCK else "node" if term.name in formulas else "input"
            return put(Vertex(kind, name=term.name))
        return put(Vertex(term.op, tuple(add(arg) for arg in term.args), term.value))

    nodes = {node: put(Vertex("node", name=node)) for node in formulas}
    roots = {node: add(expand(formula)) for node, formula in formulas.items()}
    for node, v in nodes.items():
        vertices[v] = Vertex("node", (roots[node],), name=node)
    steps = [Step(_inner(vertices, group), len(group) > 1) for group in _components(vertices)]
    return _without_names(vertices, roots, steps)


def _components(vertices: list[Vertex]) -> list[list[int]]:
    """Group the vertices into loops and single ones, each after what it needs."""
    import numpy as np
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    edges = np.array([(v, a) for v, vertex in enumerate(vertices) for a in vertex.args] or np.empty((0, 2)), dtype=int)
    size = len(vertices)
    matrix = csr_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(size, size))
    _, label = connected_components(matrix, connection="strong")
    members: dict[int, list[int]] = {}
    needs: dict[int, set[int]] = {}
    for v, vertex in enumerate(vertices):
        members.setdefault(label[v], []).append(v)
        needs.setdefault(label[v], set()).update(label[a] for a in vertex.args if label[a] != label[v])
    return [members[c] for c in TopologicalSorter({c: sorted(n) for c, n in needs.items()}).static_order()]


def _inner(vertices: list[Vertex], step: list[int]) -> tuple[int, ...]:
    """Order the vertices of a loop within one month; what ``previous`` looks back at comes from the month before."""
    if len(step) == 1:
        return tuple(step)
    inside = set(step)
    for v in step:
        if vertices[v].op in OVER_MONTHS:
            raise Circle(_names(vertices, step), whole=vertices[v].op)
    needs = {v: [a for a in vertices[v].args[vertices[v].op == "previous" :] if a in inside] for v in step}
    try:
        return tuple(TopologicalSorter(needs).static_order())
    except CycleError as fault:
        raise Circle(_names(vertices, fault.args[1][::-1])) from None


def _names(vertices: list[Vertex], path: list[int]) -> tuple[str, ...]:
    found = list(dict.fromkeys(vertices[v].name for v in path if vertices[v].op == "node"))
    start = found.index(min(found))
    return (*found[start:], *found[:start], found[start])


def _without_names(vertices: list[Vertex], roots: dict[str, int], steps: list[Step]) -> Graph:
    """Let every vertex point at operations: a node's name is only another word for its formula."""

    def meant(v: int) -> int:
        while vertices[v].op == "node":
            v = vertices[v].args[0]
        return v

    direct = tuple(Vertex(v.op, tuple(meant(a) for a in v.args), v.value, v.name) for v in vertices)
    kept = [Step(tuple(v for v in step.vertices if vertices[v].op != "node"), step.loop) for step in steps]
    return Graph(direct, {node: meant(v) for node, v in roots.items()}, tuple(step for step in kept if step.vertices))
