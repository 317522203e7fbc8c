"""Goal seek: what a lever must be so that an outcome reaches its target with a given chance.

A chance of 80 % is reached where the outcome's 20th percentile stands at the target (the 80th where less is better). That percentile, on
the same draws throughout, is a continuous function of the lever, so its crossings are found by a scan of the slider and Brent's method;
it need not rise or fall all the way.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from prodops.errors import ParameterError
from prodops.scenarios.crossings import best_place, nearest, where_reached
from prodops.scenarios.draws import Array, drawn
from prodops.scenarios.effects import inside
from prodops.scenarios.simulation import DRAWS, chance, check_draws, quantiles, taken
from prodops.stamps import in_words

if TYPE_CHECKING:
    from prodops.scenarios.definitions import Outcome
    from prodops.scenarios.model import Model

EDGE = 1e-9


@dataclass(frozen=True, kw_only=True)
class Goal:
    """What a lever must be; made by :func:`seek`.

    ``status`` is ``met`` (where it stands, it is reached), ``reached`` (at ``value``) or ``out_of_reach``. ``value`` is the end of the
    stretch ``low`` to ``high`` of the slider, on which the target is reached, that is nearest to ``now``; both are missing out of reach.
    ``chance_now`` is the chance where the lever stands, ``best`` the place with the largest and ``chance_at_best`` that.
    """

    outcome: str
    outcome_title: str
    outcome_unit: str
    good: str
    target: float
    probability: float
    lever: str
    title: str
    unit: str
    now: float
    chance_now: float
    status: Literal["met", "reached", "out_of_reach"]
    value: float | None
    low: float | None
    high: float | None
    best: float
    chance_at_best: float
    slider: tuple[float, float]

    @property
    def effort(self) -> float:
        """How far the lever has to go, as a fraction of its slider; infinite out of reach."""
        return math.inf if self.value is None else abs(self.value - self.now) / (self.slider[1] - self.slider[0])

    def sentence(self) -> str:
        """Say it for a reader, in one sentence or two."""
        odds, aim = in_words(self.probability, "share"), in_words(self.target, self.outcome_unit)
        wanted = f"{self.outcome_title} {'at most' if self.good == 'down' else 'at least'} {aim} with a chance of {odds}"
        name = inside(self.title)
        now = f"it is {in_words(self.now, self.unit)} ({in_words(self.chance_now, 'share')})"
        if self.status == "met":
            return f"{wanted} is reached as {name} stands: {now}; {self.where()} would do."
        if self.status == "reached":
            return f"For {wanted}, {name} must be {self.where()}; now {now}."
        ends = f"{in_words(self.slider[0], self.unit)} to {in_words(self.slider[1], self.unit)}"
        return (
            f"{wanted} cannot be reached by {name} alone within its range ({ends}): at its best, "
            f"{in_words(self.best, self.unit)}, the chance is {in_words(self.chance_at_best, 'share')}."
        )

    def where(self) -> str:
        """Say the stretch by the ends that lie within the slider."""
        if self.low is None or self.high is None:
            return "nowhere"
        width = (self.slider[1] - self.slider[0]) * EDGE
        from_start, to_end = self.low <= self.slider[0] + width, self.high >= self.slider[1] - width
        if from_start and to_end:
            return f"anything from {in_words(self.low, self.unit)} to {in_words(self.high, self.unit)}"
        if to_end:
            return f"at least {in_words(self.low, self.unit)}"
        if from_start:
            return f"at most {in_words(self.high, self.unit)}"
        return f"between {in_words(self.low, self.unit)} and {in_words(self.high, self.unit)}"


def seek(
    model: "Model",
    outcome: str | None,
    lever: str,
    *,
    target: float | None = None,
    probability: float = 0.8,
    levers: Mapping[str, float] | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> Goal:
    """Find what a lever must be, the others as set, for an outcome (the first where left out) to reach a target (its own where left out).

    The lever is looked at over its slider's range. Raises ParameterError for an unknown outcome or lever, an outcome without a target or
    without a welcome direction, and a probability that is not between 0.01 and 0.99.
    """
    check_draws(draws)
    found = model.outcome(outcome)
    settings = model.settings("base", **(levers or {}))
    turned = model.lever(lever)
    aim = found.target if target is None else target
    if aim is None or found.good == "range":
        raise ParameterError(f'The outcome "{found.name}" has no target with a welcome direction: give target, and good: up or down.')
    if not 0.01 <= probability <= 0.99:
        raise ParameterError(f"probability is {probability:g}; a chance between 0.01 and 0.99 can be sought, usually 0.8.")
    reach = _Reach(model, found, lever, settings, draws, seed)
    margin = reach.margin(aim, probability)
    low, high = turned.range
    now, stretches = settings[lever], where_reached(margin, low, high, also=settings[lever])
    near = nearest(stretches, now) if stretches else None
    best = best_place(margin, low, high)
    return Goal(
        outcome=found.name,
        outcome_title=found.label,
        outcome_unit=model.nodes[found.node].unit,
        good=found.good,
        target=aim,
        probability=probability,
        lever=lever,
        title=turned.label,
        unit=turned.unit,
        now=now,
        chance_now=chance(found, reach.at(now), aim),
        status="out_of_reach" if near is None else "met" if near[0] <= now <= near[1] else "reached",
        value=None if near is None else min(max(now, near[0]), near[1]),
        low=near[0] if near else None,
        high=near[1] if near else None,
        best=best,
        chance_at_best=chance(found, reach.at(best), aim),
        slider=(low, high),
    )


class _Reach:
    """An outcome's draws with one lever anywhere; places once looked at are kept."""

    def __init__(self, model: "Model", outcome: "Outcome", lever: str, settings: Mapping[str, float], draws: int, seed: int) -> None:
        self.model, self.outcome, self.lever, self.settings = model, outcome, lever, settings
        self.draws, self.seed = draws, seed
        self.base = drawn(model, model.settings(), draws, seed)
        self.seen: dict[float, Array] = {}

    def at(self, value: float) -> Array:
        if value not in self.seen:
            levers = drawn(self.model, {**self.settings, self.lever: value}, self.draws, self.seed)
            paths = self.model.evaluate(levers, base=self.base, only=[self.outcome.node])
            self.seen[value] = taken(self.model, paths, self.draws, [self.outcome.name])[self.outcome.name]
        return self.seen[value]

    def margin(self, target: float, probability: float) -> Callable[[float], float]:
        """Give by how much the outcome's percentile stands better than the target."""
        down = self.outcome.good == "down"

        def better(value: float) -> float:
            stands = float(quantiles(self.at(value), [probability if down else 1 - probability])[0, 0])
            return target - stands if down else stands - target

        return better
