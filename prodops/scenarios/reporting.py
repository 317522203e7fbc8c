"""A scenario's report: what it brings and how sure that is, what it hangs on, what it would take, and what the data cannot tell."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from prodops.scenarios.fitting import Fit, fit
from prodops.scenarios.saved import Saved
from prodops.scenarios.seek import Goal, seek
from prodops.scenarios.simulation import DRAWS, Simulation, compare, simulate
from prodops.stamps import Definition, Finding, Scope, Takeaway, Tile

if TYPE_CHECKING:
    import pandas as pd

    from prodops.scenarios.definitions import Outcome
    from prodops.scenarios.model import Model

PROBABILITY = 0.8
"""The chance with which a target is sought."""


@dataclass(frozen=True, repr=False)
class Report:
    """One scenario of a model, looked at from all sides; made by :func:`report`.

    ``model`` has the values and ranges of the data, where a history was given (``fit``). ``outcome`` is the one that tornado, sensitivity
    and goals speak of. ``changes`` has a row for each lever that differs from base: ``lever``, ``title``, ``unit``, ``base``, ``set``, and
    what this change alone brings, ``alone`` (the outcome's unit). ``scenarios`` compares all of the model's with this one.
    """

    model: "Model"
    title: str
    settings: dict[str, float]
    outcome: "Outcome"
    simulation: Simulation
    scenarios: "pd.DataFrame"
    changes: "pd.DataFrame"
    tornado: "pd.DataFrame"
    sensitivity: "pd.DataFrame"
    goals: tuple[Goal, ...]
    fit: Fit | None

    @property
    def outcomes(self) -> "pd.DataFrame":
        """The outcomes with their ranges; see :class:`Simulation`."""
        return self.simulation.outcomes

    @property
    def fan(self) -> "pd.DataFrame":
        """The months of the node behind the outcome: ``month``, ``point``, ``p05``, ``p50``, ``p95``, ``base``."""
        return self.simulation.fan(self.outcome.node)

    @property
    def unit(self) -> str:
        """The unit of the outcome."""
        return self.model.nodes[self.outcome.node].unit

    @property
    def doubt(self) -> str:
        """The finding on which lever the doubt hangs, as a heading."""
        return next((f.headline for f in self.findings() if f.name == "scenario.lever"), f"Nothing makes {self.outcome.label} doubtful")

    def scope(self, as_of: datetime) -> Scope:
        """Say which months the scenario is about, from the month of ``as_of`` where the model names none, and what it is called."""
        year, month = map(int, self.model.start.split("-")) if self.model.start else (as_of.year, as_of.month)
        last = year * 12 + month - 1 + self.model.months
        title = self.title.replace("_", " ").capitalize() if self.title.islower() else self.title
        return Scope(start=date(year, month, 1), end=date(last // 12, last % 12 + 1, 1), scope=f"{self.model.title}: {title}")

    def findings(self) -> tuple[Finding, ...]:
        """Give what the scenario comes to, the outcomes in the model's order first."""
        from prodops.scenarios.findings import findings

        return findings(self)

    def tiles(self) -> tuple[Tile, ...]:
        """Give a tile for each outcome with a target, at most six."""
        from prodops.scenarios.closing import tiles

        return tiles(self)

    def takeaways(self) -> tuple[Takeaway, ...]:
        """Give up to three claims with the decision each bears on."""
        from prodops.scenarios.closing import takeaways

        return takeaways(self)

    def definitions(self) -> tuple[Definition, ...]:
        """Say how the numbers are made, and each node's formula."""
        from prodops.scenarios.closing import definitions

        return definitions(self)

    def __repr__(self) -> str:
        return (
            f"Report of {self.title} ({self.model.name}): .outcomes, .fan, .scenarios, .changes, .tornado, .sensitivity, .goals, .fit; "
            ".findings(), .tiles(), .takeaways(), .definitions()"
        )


def report(
    model: "Model",
    scenario: str | Saved = "base",
    levers: Mapping[str, float] | None = None,
    *,
    outcome: str | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    probability: float = PROBABILITY,
    history: "pd.DataFrame | None" = None,
    launches: "pd.DataFrame | None" = None,
    as_of: datetime | None = None,
) -> Report:
    """Look at a scenario from all sides: one of the model's, or what ``chosen`` gave, with ``levers`` set differently.

    ``outcome`` is the one that matters most, the first where left out. With a ``history`` (see :func:`fit`), levers that name a KPI take
    their values and ranges from it. The same arguments give the same report. Raises ParameterError and InputError.
    """
    found = fit(history, model, launches=launches, as_of=as_of) if history is not None else None
    tree = model.fitted(found) if found else model
    start = scenario if isinstance(scenario, Saved) else Saved(model.name, scenario=scenario)
    settings = tree.settings(start.scenario, **{**start.levers, **(levers or {})})
    main, simulated = tree.outcome(outcome), simulate(tree, settings, draws=draws, seed=seed)
    return Report(
        model=tree,
        title=start.title or start.scenario,
        settings=settings,
        outcome=main,
        simulation=simulated,
        scenarios=_beside(tree, simulated, settings, start.title or "this scenario"),
        changes=_changes(tree, settings, main, draws, seed),
        tornado=tree.tornado(settings, outcome=main.name),
        sensitivity=tree.sensitivity(settings, outcome=main.name, seed=seed),
        goals=_goals(tree, settings, main, probability, draws, seed),
        fit=found,
    )


def _beside(model: "Model", simulated: Simulation, settings: Mapping[str, float], title: str) -> "pd.DataFrame":
    """Compare the model's scenarios, and this one where it is none of them."""
    import pandas as pd

    table = compare(model, draws=simulated.draws, seed=simulated.seed)
    if any(model.settings(name) == settings for name in model.scenarios):
        return table
    own = simulated.outcomes.copy()
    own.insert(0, "scenario", title)
    return pd.concat([table, own], ignore_index=True)


def _changes(model: "Model", settings: Mapping[str, float], outcome: "Outcome", draws: int, seed: int) -> "pd.DataFrame":
    """Set each change alone, on base: the largest effect first."""
    import pandas as pd

    rows = []
    for name, base in model.settings().items():
        if settings[name] != base:
            table = simulate(model, {name: settings[name]}, draws=draws, seed=seed).outcomes.set_index("outcome")
            lever = model.lever(name)
            rows.append((name, lever.label, lever.unit, base, settings[name], float(table.loc[outcome.name, "difference"])))
    table = pd.DataFrame(rows, columns=["lever", "title", "unit", "base", "set", "alone"])
    return table.sort_values(["alone", "lever"], key=lambda c: -c.abs() if c.name == "alone" else c, ignore_index=True)


def _goals(
    model: "Model", settings: Mapping[str, float], outcome: "Outcome", probability: float, draws: int, seed: int
) -> tuple[Goal, ...]:
    """Seek the target by each lever alone that this scenario or one of the model's turns: those are what can be decided.

    Those that reach it come first, by how far along their sliders they have to go.
    """
    if outcome.target is None or outcome.good == "range":
        return ()
    base = model.settings()
    turned = {n for changes in model.scenarios.values() for n in changes} | {n for n, value in settings.items() if value != base[n]}
    each = [
        seek(model, outcome.name, name, probability=probability, levers=settings, draws=draws, seed=seed)
        for name in model.levers
        if name in turned or not turned
    ]
    return tuple(sorted(each, key=lambda goal: (goal.value is None, goal.effort, -goal.chance_at_best, goal.lever)))
