"""What can be asked of a scenario model: each question's work is done in a module of its own."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from prodops.errors import ParameterError, did_you_mean, shorten

if TYPE_CHECKING:
    import pandas as pd

    from prodops.scenarios.definitions import Lever, Outcome
    from prodops.scenarios.fitting import Fit
    from prodops.scenarios.model import Model
    from prodops.scenarios.seek import Goal
    from prodops.scenarios.simulation import Simulation
    from prodops.scenarios.tornado import Over

Settings = Mapping[str, float]


class Questions:
    """The questions that every :class:`Model` answers. ``levers`` are values by name; those left out stay as in base."""

    name: str
    levers: "dict[str, Lever]"
    outcomes: "dict[str, Outcome]"

    @property
    def _model(self) -> "Model":
        return cast("Model", self)

    def lever(self, name: str) -> "Lever":
        """Give a lever by name; raises ParameterError with the near miss."""
        if name not in self.levers:
            raise ParameterError(f"{self.name} has no lever {shorten(name)}.{did_you_mean(name, self.levers)}")
        return self.levers[name]

    def outcome(self, name: str | None = None) -> "Outcome":
        """Give an outcome by name, the first where left out; raises ParameterError with the near miss."""
        wanted = next(iter(self.outcomes), "") if name is None else name
        if wanted not in self.outcomes:
            known = ", ".join(self.outcomes) or "none"
            raise ParameterError(f"{self.name} has no outcome {shorten(wanted)}.{did_you_mean(wanted, self.outcomes)} It has {known}.")
        return self.outcomes[wanted]

    def simulate(self, levers: Settings | None = None, *, draws: int = 10_000, seed: int = 0) -> "Simulation":
        """Simulate a setting beside base on the same draws: outcomes with their ranges; see :class:`Simulation`."""
        from prodops.scenarios.simulation import simulate

        return simulate(self._model, levers, draws=draws, seed=seed)

    def compare(self, names: Sequence[str] = (), *, draws: int = 10_000, seed: int = 0) -> "pd.DataFrame":
        """Simulate named scenarios (all of them where left out): one row a scenario and outcome."""
        from prodops.scenarios.simulation import compare

        return compare(self._model, names, draws=draws, seed=seed)

    def tornado(self, levers: Settings | None = None, *, outcome: str | None = None, over: "Over" = "likely") -> "pd.DataFrame":
        """Give what each lever alone does to an outcome over its likely range, or its slider's: the widest swing first."""
        from prodops.scenarios.tornado import tornado

        return tornado(self._model, levers, outcome=outcome, over=over)

    def sensitivity(
        self, levers: Settings | None = None, *, outcome: str | None = None, samples: int = 1_024, seed: int = 0
    ) -> "pd.DataFrame":
        """Give the share of an outcome's uncertainty that each lever brings (Sobol' indices): the largest first."""
        from prodops.scenarios.sensitivity import sensitivity

        return sensitivity(self._model, levers, outcome=outcome, samples=samples, seed=seed)

    def seek(
        self,
        outcome: str | None,
        lever: str,
        *,
        target: float | None = None,
        probability: float = 0.8,
        levers: Settings | None = None,
        draws: int = 10_000,
        seed: int = 0,
    ) -> "Goal":
        """Find what a lever must be for an outcome to reach a target with this chance, or how near it comes."""
        from prodops.scenarios.seek import seek

        return seek(self._model, outcome, lever, target=target, probability=probability, levers=levers, draws=draws, seed=seed)

    def fitted(self, fit: "Fit") -> "Model":
        """Give the model with the values and ranges that the data propose; see :func:`fit`."""
        from prodops.scenarios.fitting import fitted

        return fitted(self._model, fit)

    def to_vega(self, levers: Settings | None = None, *, draws: int = 1_000, seed: int = 0) -> "dict[str, Any]":
        """Write the model as a Vega specification with a slider for each lever, its draws within; see :mod:`prodops.scenarios.spec`."""
        from prodops.scenarios.spec import to_vega

        return to_vega(self._model, levers, draws=draws, seed=seed)
