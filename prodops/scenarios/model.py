"""A scenario model: levers in, nodes and outcomes out, for one setting or for thousands of draws at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from prodops.errors import ParameterError, did_you_mean, shorten
from prodops.scenarios.arrays import Array, Plan, plan
from prodops.scenarios.definitions import Horizon, Lever, Node, Outcome
from prodops.scenarios.graph import Graph
from prodops.scenarios.language import Term
from prodops.scenarios.questions import Questions
from prodops.scenarios.vega import unroll
from prodops.scenarios.wording import equation, inside

if TYPE_CHECKING:
    import pandas as pd

BASE = "base"
BEFORE, AFTER = "__base", "__set"
"""What stands behind a ramped lever's name for the value that it is phased in from, and to."""


@dataclass(frozen=True)
class Model(Questions):
    """The levers, nodes, outcomes and scenarios of one file; made by :func:`define`. ``nodes`` are in order of computing."""

    name: str
    title: str
    question: str
    horizon: Horizon
    levers: dict[str, Lever]
    nodes: dict[str, Node]
    outcomes: dict[str, Outcome]
    scenarios: dict[str, dict[str, float]]
    file: str
    graph: Graph = field(repr=False)
    terms: dict[str, Term] = field(repr=False)
    text: Mapping[str, Any] = field(repr=False, default_factory=dict)
    """The definition as the file has it."""

    @property
    def months(self) -> int:
        """How many months are looked at."""
        return self.horizon.months

    @property
    def kpis(self) -> tuple[str, ...]:
        """The KPIs that levers take their values from."""
        return tuple(dict.fromkeys(lever.from_data.kpi for lever in self.levers.values() if lever.from_data))

    @property
    def start(self) -> str | None:
        """The first month (``2026-01``), where the file names it."""
        return self.horizon.start

    @cached_property
    def kept(self) -> dict[tuple[object, ...], Any]:
        """What was worked out under base, kept while sliders move."""
        return {}

    @cached_property
    def _plans(self) -> dict[tuple[str, ...], Plan]:
        return {}

    def settings(self, scenario: str = BASE, **levers: float) -> dict[str, float]:
        """Give each lever's value under a scenario, with changes of one's own; raises ParameterError with the near miss."""
        if scenario not in self.scenarios:
            known = ", ".join(self.scenarios)
            raise ParameterError(f'{self.name} has no scenario "{scenario}".{did_you_mean(scenario, self.scenarios)} It has {known}.')
        found = {name: lever.value for name, lever in self.levers.items()} | self.scenarios[scenario]
        for name, value in levers.items():
            found[name] = self.checked(name, value)
        missing = [name for name, value in found.items() if value is None]
        if missing:
            raise ParameterError(f'The lever "{missing[0]}" of {self.name} has no value: give it one, or fit it from the data first.')
        return {name: float(value) for name, value in found.items() if value is not None}

    def checked(self, lever: str, value: object) -> float:
        """Check a value for a lever: known, a number, within the slider's range; raises ParameterError."""
        found = self.lever(lever)
        if isinstance(value, bool) or not isinstance(value, int | float | np.number):
            raise ParameterError(f'The lever "{lever}" of {self.name} takes a number, not {shorten(value)}.')
        if not found.low <= value <= found.high:
            raise ParameterError(f'The lever "{lever}" of {self.name} goes from {found.low:g} to {found.high:g}; {value:g} lies outside.')
        return float(value)

    def evaluate(
        self, levers: Mapping[str, float | Array], *, base: Mapping[str, float | Array] | None = None, only: Iterable[str] | None = None
    ) -> dict[str, Array]:
        """Work the nodes out for draws of the levers: node → (draws, months), with one row or column where nothing varies.

        A lever is a number, (draws,) or anything that broadcasts to (draws, months); levers left out keep base's values. ``base``
        is what ramped levers are phased in from (left out: base's values). The arrays lie months first in memory: a month's draws
        are side by side. Raises ParameterError where a draw gives no number, naming node and months.
        """
        wanted = tuple(self.nodes if only is None else dict.fromkeys(only))
        inputs, flagged = self._inputs(levers, base or {}), []
        with np.errstate(divide="call", over="call", invalid="call", under="ignore", call=lambda kind, _: flagged.append(kind)):
            found = self._run(wanted, inputs)
        if flagged:
            self._refuse_what_is_no_number(self._quietly(tuple(self.nodes), inputs))
        return found

    def raw(self, levers: Mapping[str, float | Array], base: Mapping[str, float | Array]) -> dict[str, Array]:
        """Work all nodes out as :meth:`evaluate` does, and ramped levers too, whatever comes of it: where there is no number, nan or infinity."""
        return self._quietly(tuple(self.terms), self._inputs(levers, base))

    def _quietly(self, nodes: tuple[str, ...], inputs: Mapping[str, Array]) -> dict[str, Array]:
        with np.errstate(all="ignore"):
            return self._run(nodes, inputs)

    def _run(self, nodes: tuple[str, ...], inputs: Mapping[str, Array]) -> dict[str, Array]:
        if nodes not in self._plans:
            for node in nodes:
                self._known(node)
            self._plans[nodes] = plan(self.graph, (self.graph.roots[node] for node in nodes))
        found = self._plans[nodes].run(inputs, self.months)
        return {node: found[self.graph.roots[node]].T for node in nodes}

    def _refuse_what_is_no_number(self, values: Mapping[str, Array]) -> None:
        for node, array in values.items():
            broken = ~np.isfinite(array)
            if broken.any():
                months = np.flatnonzero(broken.any(axis=0)) + 1
                where = "every month" if broken.shape[1] == 1 else f"month {months[0]}" + f" to {months[-1]}" * (len(months) > 1)
                draws = f"{int(broken.any(axis=1).sum()):,} of {len(array):,} draws"
                raise ParameterError(
                    f'The node "{node}" of {self.name} gives no number in {where}, in {draws}: a division by zero, a logarithm or a power '
                    "out of bounds; narrow the likely ranges of its levers, or guard the formula."
                )

    def point(self, levers: Mapping[str, float] | None = None) -> dict[str, NDArray[np.float64]]:
        """Work the nodes out for one setting: node → (months,)."""
        values = self.evaluate(self.settings() if levers is None else levers)
        return {node: np.broadcast_to(array[0], (self.months,)).copy() for node, array in values.items()}

    def columns(self, node: str) -> tuple[str, ...]:
        """Give the name that each month of a node has among :meth:`expressions`; one name as often, where no month differs."""
        self._known(node)
        return unroll(self.graph, self.months, [node]).columns(node)

    def expressions(self, only: Iterable[str] | None = None, *, prefix: str = "") -> dict[str, str]:
        """Give the nodes as Vega expressions: name → expression, in order of computing; ``prefix`` (``datum.``) stands before names.

        They start from the names that :meth:`input_of` gives the levers, and ``<lever>__base`` for what ramped ones are phased in from.
        """
        wanted = tuple(self.nodes if only is None else only)
        for node in wanted:
            self._known(node)
        return unroll(self.graph, self.months, wanted, prefix).expressions()

    def formulas(self) -> "pd.DataFrame":
        """Say every formula in words: one row per node (``node``, ``title``, ``unit``, ``formula``), ramped levers first."""
        import pandas as pd

        labels = {name: thing.label for name, thing in {**self.levers, **self.nodes}.items()}
        for name, lever in self.levers.items():
            labels |= {name + BEFORE: f"{lever.label} in base", name + AFTER: f"{lever.label} as set"} if lever.ramp else {}
        titles = inside(labels)
        rows = [
            (name, thing.label, thing.unit, equation(thing.label, self.terms[name], titles))
            for name, thing in {**self.levers, **self.nodes}.items()
            if name in self.terms
        ]
        return pd.DataFrame(rows, columns=["node", "title", "unit", "formula"])

    def _known(self, node: str) -> None:
        if node not in self.terms:
            raise ParameterError(f'{self.name} has no node "{node}".{did_you_mean(node, self.nodes)}')

    def _inputs(self, levers: Mapping[str, float | Array], base: Mapping[str, float | Array]) -> dict[str, Array]:
        for name in (*levers, *base):
            self.lever(name)
        found = {self.input_of(name): self._months_first(name, levers) for name in self.levers}
        ramped = [name for name, lever in self.levers.items() if lever.ramp]
        return found | {name + BEFORE: self._months_first(name, base) for name in ramped}

    def _months_first(self, lever: str, values: Mapping[str, float | Array]) -> Array:
        """Lay a lever's values out as (months, draws), base's where none are given."""
        array = np.asarray(values[lever] if lever in values else self.settings()[lever], dtype=np.float64)
        if not np.isfinite(array).all():
            raise ParameterError(f'The lever "{lever}" of {self.name} is given values that are no number.')
        return array.reshape(1, -1) if array.ndim < 2 else np.ascontiguousarray(array.T)

    def input_of(self, lever: str) -> str:
        """The name under which formulas take a lever's value as it is set; its own is the phased-in one, where it has a ramp."""
        return lever + AFTER if self.levers[lever].ramp else lever
