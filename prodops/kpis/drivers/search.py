"""The smallest set of slices that explains a move.

Each round weighs every slice of every cuboid. A slice is *significant* if it departs from what was expected, and from what the
rest did, by more than ordinary variation would in any of so many slices. Among those, the set of one cuboid's slices is taken
that concentrates the move best: with Q the set's share of the move and W its share of the size, Kullback and Leibler's
divergence Q log(Q/W) + (1 − Q) log((1 − Q)/(1 − W)), less Q times a price for each further dimension and slice. (Adtributor,
2014, weighs surprise against explanatory power one dimension at a time; RiskLoc, 2022, splits causes from ordinary leaves by
looking at the far side.) Its leaves are set aside and the next round begins; at last, slices that others cover are struck out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from prodops.kpis.drivers.cuboids import Cuboid
from prodops.kpis.drivers.ordinary import Departures, usual_variance

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]
    Codes = npt.NDArray[np.int64]
    Mask = npt.NDArray[np.bool_]

ALPHA = 0.05
"""Chance that ordinary variation alone names any slice."""
DIMENSION_PRICE, SLICE_PRICE = 0.1, 0.6
"""What each dimension after the first, and each slice after the first, must earn in divergence per share of the move."""
LEAST_SHARE = 0.02
"""A slice that adds less than this to what the others explain is not named."""
ROUNDS, RANKED = 20, 12


class Candidate(NamedTuple):
    """One significant slice of cuboid number ``cuboid``: its score alone, z, and p after allowing for all slices searched."""

    score: float
    cuboid: int
    cell: int
    z: float
    p: float


@dataclass(frozen=True, eq=False)
class _Round:
    """What a round works on: the leaves not yet set aside, their usual variance and their sums."""

    d: Departures
    alive: "Mask"
    variance: "Array"
    excess: "Array"
    size: "Array"
    pull: "Array"
    hold: "Array"


@dataclass(frozen=True, eq=False)
class _Significant:
    """The significant slices of one cuboid, the densest first: excess (less its standard error), size, z and p."""

    cuboid: int
    depth: int
    cell: "Codes"
    excess: "Array"
    size: "Array"
    z: "Array"
    p: "Array"


def search(cubes: Sequence[Cuboid], d: Departures) -> tuple[list[Candidate], list[Candidate]]:
    """Give the set of slices that explains the move, the largest first, and all candidates ranked: that set, then the best others."""
    import numpy as np

    alive = np.ones(len(d.excess), dtype=bool)
    chosen: list[Candidate] = []
    ranked: list[Candidate] = []
    for number in range(ROUNDS):
        found = _significant(cubes, _round(d, alive))
        if not found:
            break
        whole = max(float(d.excess[alive].sum()), *(float(f.excess.max()) for f in found))
        size = float(d.size[alive].sum())
        if number == 0:
            ranked = _rank(found, whole, size)
        best = _best_set(found, whole, size)
        if not best:
            break
        chosen += best
        for c in best:
            alive &= cubes[c.cuboid].cell != c.cell
        if _is_small(cubes, d, chosen, best):
            break
    chosen = _strike_out(cubes, d, chosen)
    taken = {(c.cuboid, c.cell) for c in chosen}
    return chosen, (chosen + [c for c in ranked if (c.cuboid, c.cell) not in taken])[:RANKED]


def _round(d: Departures, alive: "Mask") -> _Round:
    """Weigh each leaf by its precision: ``pull`` / ``hold`` is the shift that fits a slice best (weighted least squares)."""
    import numpy as np

    variance = np.where(alive, usual_variance(d, alive), 0)
    precision = np.where(variance > 0, 1 / np.where(variance > 0, variance, 1), 0)
    excess, size = np.where(alive, d.excess, 0), np.where(alive, d.size, 0)
    return _Round(d, alive, variance, excess, size, size * excess * precision, size * size * precision)


def _significant(cubes: Sequence[Cuboid], r: _Round) -> list[_Significant]:
    found = (_significant_in(number, cube, len(cubes), r) for number, cube in enumerate(cubes))
    return [f for f in found if f is not None]


def _significant_in(number: int, cube: Cuboid, cubes: int, r: _Round) -> _Significant | None:
    """Test one cuboid's slices, Bonferroni's way: the chance is shared equally by cuboids, then by a cuboid's slices."""
    import numpy as np
    from scipy.stats import norm

    hold, excess = cube.total(r.hold), cube.total(r.excess)
    tests = cubes * max(int((hold > 0).sum()), 1)
    z = _departure(cube, hold, r)
    limit = norm.isf(ALPHA / tests)
    cell = np.flatnonzero((z > limit) & (excess > 0))
    if len(cell) and r.d.rate is not None:
        z[cell] = np.minimum(z[cell], _departure_of_share(cube, cell, excess[cell], r))
        cell = cell[z[cell] > limit]
    if not len(cell):
        return None
    sure = np.maximum(excess[cell] - np.sqrt(cube.total(r.variance)[cell]), 1e-3 * excess[cell])
    size = cube.total(r.size)[cell]
    order = np.lexsort((cell, -np.round(sure / size, 12)))
    cell, p = cell[order], np.minimum(norm.sf(z[cell[order]]) * tests, 1.0)
    return _Significant(number, len(cube.dimensions), cell, sure[order], size[order], z[cell], p)


def _departure(cube: Cuboid, hold: "Array", r: _Round) -> "Array":
    """Give each slice's z: its shift against none, or against the rest's shift, whichever is less telling."""
    import numpy as np

    pull, some = cube.total(r.pull), np.where(hold > 0, hold, 1)
    rest = np.maximum(r.hold.sum() - hold, 0)
    has_rest = rest > 1e-9 * r.hold.sum()
    others = np.where(has_rest, (r.pull.sum() - pull) / np.where(has_rest, rest, 1), 0)
    against_rest = (pull / some - others) / np.sqrt(1 / some + 1 / np.where(has_rest, rest, 1))
    return np.where((hold > 0) & has_rest, np.minimum(pull / np.sqrt(some), against_rest), 0)


def _departure_of_share(cube: Cuboid, cell: "Codes", excess: "Array", r: _Round) -> "Array":
    """Give a share's z by its likelihood ratio, as few failures are far from normal; counts are cut to the usual variance."""
    import numpy as np

    assert r.d.rate is not None
    trials, variance = cube.total(r.size)[cell], cube.total(r.variance)[cell]
    rate = np.clip(cube.total(r.size * r.d.rate)[cell] / trials, 1e-9, 1 - 1e-9)
    seen = np.clip(rate + (excess if r.d.up else -excess) / trials, 1e-9, 1 - 1e-9)
    counts = rate * (1 - rate) * trials**2 / variance
    return np.sqrt(2 * counts * np.maximum(divergence(seen, rate), 0))


def divergence(q: "Array", w: "Array") -> "Array":
    """Give Kullback and Leibler's divergence between two shares, in nats."""
    import numpy as np

    q, w = np.clip(q, 1e-12, 1 - 1e-9), np.clip(w, 1e-12, 1 - 1e-9)
    return np.asarray(q * np.log(q / w) + (1 - q) * np.log((1 - q) / (1 - w)), dtype=float)


def _scores(excess: "Array", size: "Array", price: "Array | float") -> "Array":
    """Score slices or sets by their shares of the move and of the size; −1 where they hold less than their share."""
    import numpy as np

    q = np.minimum(excess, 1)
    return np.asarray(np.where(excess > size, divergence(q, size) - price * q, -1), dtype=float).round(12)


def _rank(found: Sequence[_Significant], whole: float, size: float) -> list[Candidate]:
    """Rank single slices by score, then the coarser first."""
    every = []
    for f in found:
        scores = _scores(f.excess / whole, f.size / size, DIMENSION_PRICE * (f.depth - 1))
        every += [Candidate(float(s), f.cuboid, int(c), float(z), float(p)) for s, c, z, p in zip(scores, f.cell, f.z, f.p, strict=True)]
    return sorted(every, key=lambda c: (-c.score, c.cuboid, c.cell))[:RANKED]


def _best_set(found: Sequence[_Significant], whole: float, size: float) -> list[Candidate]:
    """Give the best set among those of one cuboid's k densest slices, for every cuboid and k; none where nothing is gained."""
    import numpy as np

    best: tuple[float, list[Candidate]] = (0.0, [])
    for f in found:
        price = DIMENSION_PRICE * (f.depth - 1) + SLICE_PRICE * np.arange(len(f.cell), dtype=float)
        scores = _scores(np.cumsum(f.excess) / whole, np.cumsum(f.size) / size, price)
        k = int(np.argmax(scores))
        if (score := float(scores[k])) > best[0]:
            best = (score, [Candidate(score, f.cuboid, int(f.cell[i]), float(f.z[i]), float(f.p[i])) for i in range(k + 1)])
    return best[1]


def _is_small(cubes: Sequence[Cuboid], d: Departures, chosen: Sequence[Candidate], last: Sequence[Candidate]) -> bool:
    """Whether the last slices add too little to what all explain."""
    earlier = _cover(cubes, [c for c in chosen if c not in last])
    of_all = d.excess[_cover(cubes, chosen) > 0].sum()
    return bool(of_all - d.excess[earlier > 0].sum() < LEAST_SHARE * of_all)


def _cover(cubes: Sequence[Cuboid], slices: Sequence[Candidate]) -> "Codes":
    """Count for each leaf the slices that hold it."""
    import numpy as np

    held = np.zeros(len(cubes[0].cell), dtype=np.int64)
    for c in slices:
        held += cubes[c.cuboid].cell == c.cell
    return held


def _strike_out(cubes: Sequence[Cuboid], d: Departures, chosen: Sequence[Candidate]) -> list[Candidate]:
    """Drop slices, the least needed first, whose own leaves add too little to what the set explains; order by what each holds."""
    kept = list(chosen)
    while len(kept) > 1:
        held = _cover(cubes, kept)
        of_all = d.excess[held > 0].sum()
        alone = [float(d.excess[(cubes[c.cuboid].cell == c.cell) & (held == 1)].sum()) for c in kept]
        least = min(range(len(kept)), key=lambda i: (alone[i], -i))
        if alone[least] >= LEAST_SHARE * of_all:
            break
        del kept[least]
    return sorted(kept, key=lambda c: (-round(float(d.excess[cubes[c.cuboid].cell == c.cell].sum()), 9), c.cuboid, c.cell))
