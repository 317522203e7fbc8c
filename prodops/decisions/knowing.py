"""What it would be worth to know an input better before the choice is made: expected value of partial perfect information, simply.

The choice is the first ``top`` by expected score. Knowing one input of one candidate moves that candidate's expected score alone, as inputs are
independent; the choice is better off by as much as that score then lies beyond the line that divides the chosen from the rest
(Raiffa and Schlaifer 1961; Brennan et al. 2007). With one input at a time this needs no nested simulation.
"""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from prodops.decisions.amounts import Array
    from prodops.decisions.ranking import Simulation

POINTS, OTHERS = 200, 500
"""Values of the input that is known, and draws of the inputs that are not."""
Doubt = tuple[str, float, float]


def worth(sim: "Simulation", top: int) -> list[Doubt]:
    """Give for each candidate the input that would help most to know, what that is worth, and how often it would turn the choice.

    The worth is a share of the expected score of those chosen without knowing; "" and 0 where no input could turn the choice, as where
    every candidate is chosen.
    """
    means = sim.scores.mean(axis=1)
    if top >= len(means):
        return [("", 0.0, 0.0)] * len(means)
    order = np.argsort(-means, kind="stable")
    chosen, last_in, first_out = set(order[:top].tolist()), means[order[top - 1]], means[order[top]]
    total = float(means[order[:top]].sum())
    return [_most(sim, i, i in chosen, first_out if i in chosen else last_in, total) for i in range(len(means))]


def _most(sim: "Simulation", i: int, is_chosen: bool, line: float, total: float) -> Doubt:
    """Look at a candidate's inputs one by one; the largest gain counts."""
    best: Doubt = ("", 0.0, 0.0)
    for name, drawn in sim.inputs[i].items():
        if drawn.min() == drawn.max():
            continue
        known = _expected(sim, i, name)
        beyond = line - known if is_chosen else known - line
        gain = float(np.clip(beyond, 0, None).mean()) / total if total > 0 else 0.0
        if gain > best[1]:
            best = (name, gain, float((beyond > 0).mean()))
    return best


def _expected(sim: "Simulation", i: int, name: str) -> "Array":
    """Give a candidate's expected score at evenly spread values of one input, over the draws of its other inputs."""
    given = sim.inputs[i]
    values = np.quantile(given[name], (np.arange(POINTS) + 0.5) / POINTS)
    others = {q: drawn[: min(OTHERS, len(drawn))][None, :] for q, drawn in given.items()}
    scores = sim.method.score({**others, name: values[:, None]})
    return np.asarray(np.broadcast_to(scores, (POINTS, min(OTHERS, len(given[name])))).mean(axis=1), dtype=float)
