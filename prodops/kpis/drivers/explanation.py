"""``explain``: which slices a change came from, and what is left unexplained."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodops.errors import shorten
from prodops.kpis.drivers.cuboids import Cuboid, cuboids, slice_name
from prodops.kpis.drivers.effects import contributions, leaf_contributions, mix_effect, totals
from prodops.kpis.drivers.leaves import Kind, Leaves, read_leaves
from prodops.kpis.drivers.ordinary import departures
from prodops.kpis.drivers.search import Candidate, search

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Array = npt.NDArray[np.float64]
    Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Slice:
    """A slice and its part in a change.

    ``where`` maps dimensions to values. ``expected`` and ``actual`` are the slice's value before and after (a ratio's: NaN
    without a denominator), ``contribution`` what it adds to the change, ``share`` that as a fraction of the change (NaN where
    nothing changed). ``p`` is the chance that ordinary variation takes any slice so far, ``score`` how well it concentrates the move.
    Leaves that an earlier slice of the set holds too are counted there alone.
    """

    where: dict[str, str]
    expected: float
    actual: float
    contribution: float
    share: float
    p: float
    score: float
    leaves: int

    def __str__(self) -> str:
        return " and ".join(f"{dimension} = {value}" for dimension, value in self.where.items())


@dataclass(frozen=True, eq=False)
class Explanation:
    """Why a KPI moved from ``before`` to ``after``.

    ``contributions`` has every slice of one dimension (see :func:`effects.contributions`); ``slices`` is the smallest set that
    explains the move, none where it is ordinary variation; their contributions and ``unexplained`` sum to ``change``.
    ``mix`` is the part of a ratio's change that came of leaves' shares alone, not of their rates (0 for a sum).
    ``candidates`` ranks what was weighed: that set first, then the best others, each as if it stood alone.
    """

    before: float
    after: float
    contributions: "pd.DataFrame"
    slices: tuple[Slice, ...]
    candidates: tuple[Slice, ...]
    unexplained: float
    mix: float
    sentence: str

    @property
    def change(self) -> float:
        return self.after - self.before

    def to_frame(self) -> "pd.DataFrame":
        """Give the slices as rows: slice, expected, actual, contribution, share, p; the last row is what is unexplained."""
        import pandas as pd

        rows = [(str(s), s.expected, s.actual, s.contribution, s.share, s.p) for s in self.slices]
        rest = self.unexplained / self.change if self.change else float("nan")
        rows.append(("(unexplained)", float("nan"), float("nan"), self.unexplained, rest, float("nan")))
        return pd.DataFrame(rows, columns=["slice", "expected", "actual", "contribution", "share", "p"])


def explain(
    before: "pd.DataFrame", after: "pd.DataFrame", *, value: str, by: Sequence[str], kind: Kind = "sum", weight: str | None = None
) -> Explanation:
    """Find the slices of one or more dimensions that a change came from.

    ``before`` and ``after`` hold a row for each leaf (a value of each of ``by``) with ``value``, and for a ratio its
    denominator ``weight``; ``before`` may be a forecast. A leaf that one side lacks counts as 0 there, a missing dimension as
    "(none)". Raises ParameterError or InputError for what cannot be used.
    """
    leaves = read_leaves(before, after, value=value, by=by, kind=kind, weight=weight)
    old, new = totals(leaves)
    add = leaf_contributions(leaves)
    found, ranked, cubes = _search(leaves)
    slices = _apart(leaves, cubes, found, add, new - old)
    alone = tuple(_slice(leaves, cubes, c, cubes[c.cuboid].cell == c.cell, add, new - old) for c in ranked)
    unexplained = (new - old) - sum(s.contribution for s in slices)
    mix = mix_effect(leaves)
    sentence = _sentence(value, old, new, slices, unexplained, mix)
    return Explanation(old, new, contributions(leaves), slices, alone, unexplained, mix, sentence)


def _search(leaves: Leaves) -> tuple[list[Candidate], list[Candidate], list[Cuboid]]:
    """Search where there are leaves to tell apart."""
    if len(leaves) < 2:
        return [], [], []
    cubes = cuboids(leaves)
    return (*search(cubes, departures(leaves)), cubes)


def _apart(leaves: Leaves, cubes: Sequence[Cuboid], found: Sequence[Candidate], add: "Array", change: float) -> tuple[Slice, ...]:
    """Describe the set's slices, each leaf counted once: for the first slice that holds it."""
    import numpy as np

    free = np.ones(len(leaves), dtype=bool)
    slices = []
    for c in found:
        holds = cubes[c.cuboid].cell == c.cell
        slices.append(_slice(leaves, cubes, c, holds & free, add, change))
        free &= ~holds
    return tuple(slices)


def _slice(leaves: Leaves, cubes: Sequence[Cuboid], c: Candidate, holds: "Mask", add: "Array", change: float) -> Slice:
    contribution = float(add[holds].sum())
    return Slice(
        where=slice_name(leaves, cubes[c.cuboid], c.cell),
        expected=_value(leaves.before, leaves.base, holds),
        actual=_value(leaves.after, leaves.top, holds),
        contribution=contribution,
        share=contribution / change if change else float("nan"),
        p=c.p,
        score=c.score,
        leaves=int(holds.sum()),
    )


def _value(values: "Array", weights: "Array | None", holds: "Mask") -> float:
    """A slice's sum, or its ratio (NaN without a denominator)."""
    total = float(values[holds].sum())
    if weights is None:
        return total
    weight = float(weights[holds].sum())
    return total / weight if weight else float("nan")


def _sentence(value: str, before: float, after: float, slices: Sequence[Slice], unexplained: float, mix: float) -> str:
    """Say it in one line."""
    change = after - before
    moved = f"{value} {'rose' if change > 0 else 'fell'} from {before:,.4g} to {after:,.4g} ({change:+,.3g})"
    if not change:
        moved = f"{value} did not change ({after:,.4g})"
    if abs(mix) > abs(change) / 2 > 0:
        moved += f"; {mix:+,.3g} of that is mix, shares that shifted and not rates"
    if not slices:
        return f"{moved}: no slice stands out from ordinary variation."
    parts = "; ".join(f"{shorten(s, 120)[1:-1]} ({s.contribution:+,.3g})" for s in slices)
    return f"{moved}. What stands out: {parts}; all else {unexplained:+,.3g}."
