"""A ranking that knows how sure it is: how often each candidate comes out where, and which cannot be told apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from prodops.decisions.amounts import Range, deviates, spread
from prodops.decisions.candidates import Backlog
from prodops.decisions.knowing import worth
from prodops.decisions.methods import Method, method_of
from prodops.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd

    from prodops.decisions.amounts import Array

DRAWS = 10_000
LEAST_DRAWS, MOST_DRAWS = 100, 200_000
SURE = 0.9
"""In so large a share of the draws one candidate has to stand above another, for the two to be told apart."""
LOW, HIGH = 0.05, 0.95
COLUMNS = (
    "candidate", "title", "score", "lower", "upper", "rank", "expected_rank", "rank_lower", "rank_upper", "first", "top", "alike",
    "doubt", "doubt_worth", "doubt_turns", "effort", "effort_so_far", "above_line", "fits",
)  # fmt: skip


@dataclass(frozen=True)
class Simulation:
    """The draws behind a ranking: ``names`` in alphabetical order, ``likely`` a score each, ``scores`` names × draws."""

    method: type[Method]
    names: tuple[str, ...]
    inputs: "tuple[dict[str, Array], ...]"
    likely: "Array"
    scores: "Array"

    @cached_property
    def order(self) -> "np.ndarray[tuple[int, ...], np.dtype[np.intp]]":
        """Each draw's order, places × draws: the best first, equal ones by name."""
        return np.argsort(-self.scores, axis=0, kind="stable")

    @cached_property
    def ranks(self) -> "np.ndarray[tuple[int, ...], np.dtype[np.intp]]":
        """Each candidate's rank in each draw, from 1."""
        found = np.empty_like(self.order)
        np.put_along_axis(found, self.order, np.arange(1, len(self.names) + 1)[:, None], axis=0)
        return found

    @cached_property
    def above(self) -> "Array":
        """How often each candidate (a row) scores more than each other (a column); of equal scores half."""
        return np.array([[(a > b).mean() + (a == b).mean() / 2 for b in self.scores] for a in self.scores])


def simulate(backlog: Backlog, method: str, *, draws: int = DRAWS, seed: int = 0) -> Simulation:
    """Draw the inputs of all candidates that have those of the method, each input by its own stream of chance.

    Raises ParameterError for an unknown method, and where draws or seed make no sense.
    """
    kind = method_of(method)
    if not LEAST_DRAWS <= draws <= MOST_DRAWS:
        raise ParameterError(f"draws is {draws:,}; expected {LEAST_DRAWS:,} to {MOST_DRAWS:,}.")
    if seed < 0:
        raise ParameterError(f"seed is {seed}; expected 0 or more.")
    names = rankable(backlog, method)
    inputs, likely = [], []
    for name in names:
        given = {q: a for q, a in backlog[name].inputs(method).items() if isinstance(a, Range)}
        inputs.append({q: spread(a, deviates(name, f"{method}.{q}", draws=draws, seed=seed), kind.bounds[q]) for q, a in given.items()})
        likely.append(float(kind.score({q: np.array([a.likely]) for q, a in given.items()})[0]))
    scores = np.array([kind.score(given) for given in inputs]).reshape(len(names), draws)
    return Simulation(kind, names, tuple(inputs), np.array(likely), scores)


def rankable(backlog: Backlog, method: str) -> tuple[str, ...]:
    """List the candidates of which all inputs of a method are known, in alphabetical order."""
    method_of(method)
    known = {n: c.inputs(method) for n, c in backlog.items()}
    return tuple(sorted(n for n, given in known.items() if given and all(isinstance(a, Range) for a in given.values())))


def rank(
    backlog: Backlog, *, method: str = "rice", draws: int = DRAWS, seed: int = 0, top: int = 3, capacity: float | None = None
) -> "pd.DataFrame":
    """Rank the candidates by a method, and say how sure that is; one row each, the best at their likely values first.

    ``score`` is the one at the likely values, ``lower`` and ``upper`` hold nine draws in ten, ``rank`` is by ``score`` (equal ones by name),
    ``expected_rank`` its mean over the draws with ``rank_lower`` and ``rank_upper`` (90 %); ``first`` and ``top`` say how often it comes out
    first and among the first ``top`` (their sums are 1 and ``top``). ``alike`` lists the candidates that stand above or below it in fewer
    than nine draws of ten. ``doubt`` is the input that it would help most to know (see :func:`knowing.worth`). With a ``capacity`` in
    person-months (the backlog's own where left out), ``effort`` and ``effort_so_far`` are the likely ones, ``fits`` says who stands above the
    line where it is used up, and ``above_line`` how often over the draws; they are missing without one, or without efforts.

    Candidates that lack the method's inputs are left out. Raises ParameterError.
    """
    import pandas as pd

    if top < 1:
        raise ParameterError(f"top is {top}; expected 1 or more.")
    sim = simulate(backlog, method, draws=draws, seed=seed)
    if not sim.names:
        return pd.DataFrame({c: pd.Series(dtype=object) for c in COLUMNS})
    by_score = sorted(range(len(sim.names)), key=lambda i: (-sim.likely[i], sim.names[i]))
    lower, upper = np.quantile(sim.scores, [LOW, HIGH], axis=1)
    low, high = np.quantile(sim.ranks, [LOW, HIGH], axis=1, method="nearest")
    doubts = worth(sim, min(top, len(sim.names)))
    frame = pd.DataFrame(
        {
            "candidate": sim.names,
            "title": [backlog.label(n) for n in sim.names],
            "score": sim.likely,
            "lower": lower,
            "upper": upper,
            "rank": np.argsort(by_score) + 1,
            "expected_rank": sim.ranks.mean(axis=1),
            "rank_lower": low,
            "rank_upper": high,
            "first": (sim.ranks == 1).mean(axis=1),
            "top": (sim.ranks <= top).mean(axis=1),
            "alike": _alike(sim, by_score),
            **{column: [d[i] for d in doubts] for i, column in enumerate(("doubt", "doubt_worth", "doubt_turns"))},
            **_line(backlog, sim, by_score, backlog.capacity if capacity is None else capacity, draws, seed),
        }
    )
    return frame.iloc[by_score].reset_index(drop=True)[list(COLUMNS)]


def places(backlog: Backlog, *, method: str = "rice", draws: int = DRAWS, seed: int = 0) -> "pd.DataFrame":
    """Say how often each candidate comes out at each place: ``candidate``, ``title``, ``place``, ``share``; by expected rank, then place."""
    import pandas as pd

    sim = simulate(backlog, method, draws=draws, seed=seed)
    n = len(sim.names)
    order: list[int] = np.argsort(sim.ranks.mean(axis=1), kind="stable").tolist() if n else []
    rows = [(sim.names[i], backlog.label(sim.names[i]), p, float((sim.ranks[i] == p).mean())) for i in order for p in range(1, n + 1)]
    return pd.DataFrame(rows, columns=["candidate", "title", "place", "share"])


def pairs(backlog: Backlog, *, method: str = "rice", draws: int = DRAWS, seed: int = 0) -> "pd.DataFrame":
    """Hold each two candidates against each other: ``higher``, ``lower`` (by likely score), ``share`` of draws in which that holds, ``is_sure``."""
    import pandas as pd

    sim = simulate(backlog, method, draws=draws, seed=seed)
    order = sorted(range(len(sim.names)), key=lambda i: (-sim.likely[i], sim.names[i]))
    rows = [(sim.names[a], sim.names[b], sim.above[a, b]) for at, a in enumerate(order) for b in order[at + 1 :]]
    frame = pd.DataFrame(rows, columns=["higher", "lower", "share"]).astype({"share": float})
    return frame.assign(is_sure=frame["share"] >= SURE)


def _alike(sim: Simulation, order: Sequence[int]) -> list[tuple[str, ...]]:
    """List for each candidate those that it cannot be told from, in the order of the ranking."""
    return [tuple(sim.names[j] for j in order if j != i and 1 - SURE < sim.above[i, j] < SURE) for i in range(len(sim.names))]


def _line(
    backlog: Backlog, sim: Simulation, order: Sequence[int], capacity: float | None, draws: int, seed: int
) -> "dict[str, Array | list[object]]":
    """Draw the line where the capacity is used up: in the order of the ranking, up to the first that no longer fits."""
    n = len(sim.names)
    nothing = np.full(n, np.nan)
    efforts = [backlog[name].inputs("rice").get("effort") for name in sim.names]
    known = [e for e in efforts if isinstance(e, Range)]
    if len(known) < n:
        return {"effort": nothing, "effort_so_far": nothing, "above_line": nothing, "fits": [None] * n}
    likely, so_far = np.array([e.likely for e in known]), np.empty(n)
    so_far[list(order)] = np.cumsum(likely[list(order)])
    if capacity is None:
        return {"effort": likely, "effort_so_far": so_far, "above_line": nothing, "fits": [None] * n}
    if capacity <= 0:
        raise ParameterError(f"capacity is {capacity:g} person-months; expected above 0.")
    bounds = method_of("rice").bounds["effort"]
    drawn = np.array([spread(e, deviates(m, "rice.effort", draws=draws, seed=seed), bounds) for m, e in zip(sim.names, known, strict=True)])
    used = np.cumsum(np.take_along_axis(drawn, sim.order, axis=0), axis=0)
    above = np.empty_like(used)
    np.put_along_axis(above, sim.order, (used <= capacity).astype(float), axis=0)
    return {"effort": likely, "effort_so_far": so_far, "above_line": above.mean(axis=1), "fits": list(so_far <= capacity)}
