"""How fast work gets done, and how surely that is known: a weekly rate that wanders, seen through counts that scatter.

The counts are negative binomial around a rate; the rate's logarithm takes a random step each week, so that the rate itself is expected to stay.
How far it wanders and how much the counts scatter are not known: every pair of a few values is followed, each weighted by how well it foretold
the weeks so far (Bayesian model averaging; Raftery et al. 2005), older weeks counting less. The rate lives on a grid of logarithms (Kitagawa 1987).
"""

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

WANDERS = (0.01, 0.03, 0.08, 0.16)
"""Standard deviations of the rate's weekly step on the log scale: hardly at all, to a third up or down over a month."""
SCATTERS = (0.4, 0.8, 1.6, 3.2, 6.4, 25.0)
"""Sizes of the negative binomial: variance is mean + mean² / size."""
MEMORY = 0.99
"""What a week's evidence for a pair is worth a week later: half after 69 weeks, as teams change their ways."""
SLOWEST, STEP = 0.03, 0.1
"""The lowest rate (items a week), and how far apart the grid's logarithms lie."""


@dataclass(frozen=True)
class Rate:
    """What a history tells of the rate: ``logs`` (the grid), ``chances`` (wander × scatter × grid) and ``weights`` (wander × scatter)."""

    logs: "Array"
    chances: "Array"
    weights: "Array"

    def draw(self, rng: "np.random.Generator", trials: int, horizon: int) -> "Array":
        """Draw ``trials`` futures of ``horizon`` weekly counts."""
        import numpy as np

        pair = rng.choice(self.weights.size, size=trials, p=self.weights.ravel())
        wander, scatter = np.divmod(pair, self.weights.shape[1])
        reached = np.cumsum(self.chances[wander, scatter], axis=1)
        cell = (rng.random((trials, 1)) * reached[:, -1:] > reached).sum(axis=1)
        now = self.logs[cell] + (rng.random(trials) - 0.5) * STEP
        step, size = np.array(WANDERS)[wander][:, None], np.array(SCATTERS)[scatter][:, None]
        steps = rng.normal(size=(trials, horizon)) * step - step**2 / 2
        rates = np.exp(np.clip(now[:, None] + np.cumsum(steps, axis=1), self.logs[0], self.logs[-1]))
        return rng.negative_binomial(size, size / (size + rates)).astype(float)


def follow(history: "Array") -> Rate:
    """Learn the rate from weekly counts, oldest first; one week at least."""
    import numpy as np

    logs = np.arange(np.log(SLOWEST), np.log(3 * max(8.0, history.max())) + STEP, STEP)
    moves, likelihoods = _moves(len(logs)), _likelihoods(np.unique(history), np.exp(logs))
    chances = np.full((len(WANDERS), len(SCATTERS), len(logs)), 1 / len(logs))
    evidence = np.zeros(chances.shape[:2])
    for week, count in enumerate(history.tolist()):
        chances = (chances @ moves if week else chances) * likelihoods[count]
        told = chances.sum(axis=-1)
        chances /= told[..., None]
        evidence = evidence * MEMORY + np.log(told)
    weights = np.exp(evidence - evidence.max())
    return Rate(logs, chances, weights / weights.sum())


@functools.cache
def _moves(cells: int) -> "Array":
    """Give the chances of a week's moves over the grid: a birth and death chain with the step's variance that keeps the expected rate."""
    import numpy as np
    from scipy.linalg import expm

    down = 1 / STEP**2 / (1 + np.exp(-STEP))
    flows = np.diag(np.full(cells - 1, down * np.exp(-STEP)), 1) + np.diag(np.full(cells - 1, down), -1)
    flows -= np.diag(flows.sum(axis=1))
    return np.stack([expm(flows * step**2) for step in WANDERS])


def _likelihoods(counts: "Array", rates: "Array") -> "dict[float, Array]":
    """Give each count's probability (scatter × grid)."""
    import numpy as np
    from scipy.special import gammaln

    size = np.array(SCATTERS)[:, None]
    share = rates / (size + rates)
    return {
        count: np.exp(gammaln(count + size) - gammaln(size) - gammaln(count + 1) + size * np.log1p(-share) + count * np.log(share)) + 1e-300
        for count in counts.tolist()
    }
