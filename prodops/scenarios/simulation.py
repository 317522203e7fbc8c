"""A scenario simulated: ranges of what comes out, month by month and in the end, and the difference from base.

Every scenario is worked out on the same draws (common random numbers), so the difference from base is taken draw by draw and is as sharp as
the change allows.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from prodops.errors import ParameterError
from prodops.scenarios.draws import Array, drawn

if TYPE_CHECKING:
    import pandas as pd

    from prodops.scenarios.definitions import Outcome
    from prodops.scenarios.model import Model

DRAWS = 10_000
MOST_DRAWS = 200_000
RANGE = (0.05, 0.5, 0.95)


@dataclass(frozen=True, repr=False)
class Simulation:
    """One setting of a model's levers, with what comes of it; made by :func:`simulate`.

    ``reached`` and ``base`` hold each outcome's draws under the setting and under base, (draws,) each.
    """

    model: "Model"
    levers: dict[str, float]
    draws: int
    seed: int
    reached: dict[str, Array]
    base: dict[str, Array]
    paths: dict[str, Array] = field(repr=False)
    """Outcome nodes over draws and months."""

    @cached_property
    def outcomes(self) -> "pd.DataFrame":
        """One row an outcome: ``outcome``, ``title``, ``node``, ``at``, ``unit``, ``good``; ``point`` (levers at their values), ``p05``,
        ``p50`` and ``p95`` of the draws; ``target`` and the ``probability`` of reaching it; ``base`` (base's point), and the median
        ``difference`` from base, draw by draw, with ``difference_p05`` and ``difference_p95``. Without a target these two are missing.
        """
        import pandas as pd

        return pd.DataFrame([self._row(outcome) for outcome in self.model.outcomes.values()])

    @cached_property
    def months(self) -> "pd.DataFrame":
        """One row a node and month (1 is the first): ``node``, ``month``, ``point``, ``p05``, ``p50``, ``p95``."""
        import pandas as pd

        return pd.concat([self.fan(node).drop(columns="base").assign(node=node) for node in self.model.nodes], ignore_index=True)[
            ["node", "month", "point", "p05", "p50", "p95"]
        ]

    def fan(self, node: str) -> "pd.DataFrame":
        """Give one node's months: ``month``, ``point``, ``p05``, ``p50``, ``p95`` and ``base`` (base's point)."""
        import pandas as pd

        low, middle, high = self._over_months(quantiles(self._paths(node)))
        columns = {"month": np.arange(1, self.model.months + 1), "point": self.point[node], "p05": low, "p50": middle, "p95": high}
        return pd.DataFrame(columns | {"base": _base_point(self.model)[node]})

    @cached_property
    def point(self) -> dict[str, Array]:
        """Each node's months with the levers at their values."""
        return self.model.point(self.levers)

    def chance(self, outcome: str, target: float | None = None) -> float:
        """Give the chance that an outcome reaches a target (its own where left out); missing without one."""
        return chance(self.model.outcomes[outcome], self.reached[outcome], target)

    def _row(self, outcome: "Outcome") -> dict[str, object]:
        name, node = outcome.name, self.model.nodes[outcome.node]
        low, middle, high = quantiles(self.reached[name])[:, 0]
        fewer, typical, more = quantiles(self.reached[name] - self.base[name])[:, 0]
        return {
            "outcome": name,
            "title": outcome.label,
            "node": outcome.node,
            "at": str(outcome.at),
            "unit": node.unit,
            "good": outcome.good,
            "point": self._at(outcome, self.point),
            "p05": low,
            "p50": middle,
            "p95": high,
            "target": math.nan if outcome.target is None else outcome.target,
            "probability": self.chance(name),
            "base": self._at(outcome, _base_point(self.model)),
            "difference": typical,
            "difference_p05": fewer,
            "difference_p95": more,
        }

    def _at(self, outcome: "Outcome", point: Mapping[str, Array]) -> float:
        return float(outcome.of(point[outcome.node][None, :], self.model.months)[0])

    def _paths(self, node: str) -> Array:
        if node not in self.paths:
            self.paths.update(nodes(self.model, self.levers, None, self.draws, self.seed))
        return self.paths[node]

    def _over_months(self, rows: Array) -> Array:
        return np.broadcast_to(rows, (len(RANGE), self.model.months))

    def __repr__(self) -> str:
        return f"Simulation of {self.model.name} with {self.draws:,} draws: .outcomes, .months, .fan(node), .chance(outcome)"


def simulate(model: "Model", levers: Mapping[str, float] | None = None, *, draws: int = DRAWS, seed: int = 0) -> Simulation:
    """Simulate a setting of the levers (those left out stay as in base) beside base on the same draws; raises ParameterError."""
    check_draws(draws)
    settings = model.settings("base", **(levers or {}))
    paths = nodes(model, settings, [o.node for o in model.outcomes.values()], draws, seed)
    base = _of_base(model, draws, seed)
    return Simulation(model, settings, draws, seed, taken(model, paths, draws), base, paths)


def compare(model: "Model", names: Sequence[str] = (), *, draws: int = DRAWS, seed: int = 0) -> "pd.DataFrame":
    """Simulate named scenarios (all of them where left out): one row a ``scenario`` and outcome, with the columns of ``outcomes``."""
    import pandas as pd

    parts = []
    for name in names or model.scenarios:
        found = simulate(model, model.settings(name), draws=draws, seed=seed).outcomes
        found.insert(0, "scenario", name)
        parts.append(found)
    return pd.concat(parts, ignore_index=True)


# ----------------------------------------------------------------------------------------------------------- the arithmetic
def nodes(model: "Model", settings: Mapping[str, float], only: Sequence[str] | None, draws: int, seed: int) -> dict[str, Array]:
    """Work nodes out over the draws of a setting: node → (draws, months), with one row or column where nothing varies."""
    return model.evaluate(drawn(model, settings, draws, seed), base=drawn(model, model.settings(), draws, seed), only=only)


def taken(model: "Model", paths: Mapping[str, Array], draws: int, names: Sequence[str] = ()) -> dict[str, Array]:
    """Take outcomes (all where left out) from their nodes' paths: (draws,) each."""
    return {
        n: np.broadcast_to(model.outcomes[n].of(paths[model.outcomes[n].node], model.months), (draws,)) for n in names or model.outcomes
    }


def _of_base(model: "Model", draws: int, seed: int) -> dict[str, Array]:
    """Give the outcomes under base, kept between a slider's moves."""
    key = ("base", draws, seed)
    if key not in model.kept:
        model.kept[key] = taken(model, nodes(model, model.settings(), [o.node for o in model.outcomes.values()], draws, seed), draws)
    return model.kept[key]


def _base_point(model: "Model") -> dict[str, Array]:
    if ("point",) not in model.kept:
        model.kept[("point",)] = model.point()
    return model.kept[("point",)]


def quantiles(values: Array, chances: Sequence[float] = RANGE) -> Array:
    """Give quantiles over draws, between neighbours in a straight line (numpy's and Vega's default): (chances, months).

    ``values`` is (draws,) or (draws, months).
    """
    rows = np.sort(values.T.reshape(-1, len(values)), axis=1)  # a month's draws side by side: sorted many times faster
    places = np.asarray(chances) * (rows.shape[1] - 1)
    below = np.minimum(places.astype(int), max(rows.shape[1] - 2, 0))
    above = np.minimum(below + 1, rows.shape[1] - 1)
    return np.asarray(rows[:, below] + (rows[:, above] - rows[:, below]) * (places - below)).T


def chance(outcome: "Outcome", reached: Array, target: float | None = None) -> float:
    """Give the share of draws that reach a target (the outcome's own where left out) in the welcome direction."""
    aim = outcome.target if target is None else target
    if aim is None or outcome.good == "range":
        return math.nan
    return float((reached <= aim if outcome.good == "down" else reached >= aim).mean())


def check_draws(draws: int) -> None:
    """Refuse too few draws to tell a range from, and more than memory bears; raises ParameterError."""
    if not 100 <= draws <= MOST_DRAWS:
        raise ParameterError(f"draws is {draws:,}; a range needs 100 to {MOST_DRAWS:,} of them, usually {DRAWS:,}.")
