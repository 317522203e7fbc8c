"""The smallest set of slices that explains a move.

Each round weighs every slice of every cuboid. A slice is *significant* if it departs from what was expected, and from what the
rest did, by more than ordinary variation would in any of so many slices. Among those, the set of one cuboid's slices is taken
that concentrates the move best: with Q the set's share of the move and W its share of the size, Kullback and Leibler's
divergence Q log(Q/W) + (1 − Q) log((1 − Q)/(1 − W)), less Q times a price for each further dimension and slice. (Adtributor,
2014, weighs surprise against explanatory power one dimension at a time; RiskLoc, 2022, splits causes from ordinary leaves by
looking at the far side.) Its leaves are set aside and the next round begins; at last, slices that others cover are struck out.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from prodops.kpis.drivers.cuboids import Cuboid
from prodops.kpis.drivers.ordinary import Departures, usual
from prodops.kpis.drivers.weighing import Weighed, divergence, weigh

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]
    Codes = npt.NDArray[np.int64]

ALPHA = 0.05
"""Chance that ordinary variation alone names any slice."""
DIMENSION_PRICE, SLICE_PRICE = 0.1, 0.6
"""What each dimension after the first, and each slice after the first, must earn in divergence per share of the move."""
LEAST_SHARE = 0.02
"""A slice that adds less than this to what the others explain is not named."""
ORDINARY = 2.0
"""Standard errors up to which the whole's move is ordinary."""
ROUNDS, RANKED = 20, 12


class Candidate(NamedTuple):
    """One slice of cuboid number ``cuboid``: its score alone, z, and p after allowing for all slices searched."""

    score: float
    cuboid: int
    cell: int
    z: float
    p: float


def search(cubes: Sequence[Cuboid], d: Departures) -> tuple[list[Candidate], list[Candidate]]:
    """Give the set of slices that explains the move, the largest first, and all candidates ranked: that set, then the best others.

    Where the whole moved no further than it does ordinarily, slices that moved against it are searched too.
    """
    import numpy as np

    everywhere = np.ones(len(d.excess), dtype=bool)
    chosen, ranked = _search_one_way(cubes, d)
    if d.excess.sum() < ORDINARY * np.sqrt(usual(d, everywhere).variance.sum()):
        against, others = _search_one_way(cubes, replace(d, excess=-d.excess, up=not d.up))
        chosen, ranked = _by_size(cubes, d, chosen + against), sorted(ranked + others, key=_order)
    taken = {(c.cuboid, c.cell) for c in chosen}
    return chosen, (chosen + [c for c in ranked if (c.cuboid, c.cell) not in taken])[:RANKED]


def _search_one_way(cubes: Sequence[Cuboid], d: Departures) -> tuple[list[Candidate], list[Candidate]]:
    """Search the slices that moved towards the excess; rank them singly."""
    import numpy as np

    alive = np.ones(len(d.excess), dtype=bool)
    chosen: list[Candidate] = []
    ranked: list[Candidate] = []
    for number in range(ROUNDS):
        weighed = weigh(cubes, d, alive)
        telling = [w.below(ALPHA) for w in weighed]
        whole = _whole(float(d.excess[alive].sum()), telling) or _whole(0.0, weighed) or 1.0
        size = float(d.size[alive].sum())
        if number == 0:
            ranked = _rank(weighed, whole, size)
        best = _best_set(telling, whole, size)
        chosen += best
        for c in best:
            alive &= cubes[c.cuboid].cell != c.cell
        if not best or _is_small(cubes, d, chosen, best):
            break
    return _strike_out(cubes, d, chosen), ranked


def _whole(excess: float, weighed: Sequence[Weighed]) -> float:
    """Give what there is to explain: the net excess, or the largest slice's where others hide it."""
    return max(excess, 0.0, *(float(w.excess.max(initial=0)) for w in weighed))


def _scores(excess: "Array", size: "Array", price: "Array | float") -> "Array":
    """Score slices or sets by their shares of the move and of the size; −1 where they hold less than their share."""
    import numpy as np

    q = np.minimum(excess, 1)
    return np.asarray(np.where(excess > size, divergence(q, size) - price * q, -1), dtype=float).round(12)


def _rank(weighed: Sequence[Weighed], whole: float, size: float) -> list[Candidate]:
    """Rank single slices: those that stand out first, then by score, then the coarser first."""
    every = [c for w in weighed for c in _candidates(w, _scores(w.excess / whole, w.size / size, DIMENSION_PRICE * (w.dimensions - 1)))]
    return sorted(every, key=_order)[:RANKED]


def _order(c: Candidate) -> tuple[bool, float, int, int]:
    return c.p >= ALPHA, -c.score, c.cuboid, c.cell


def _candidates(w: Weighed, scores: "Array") -> list[Candidate]:
    columns = zip(scores, w.cell, w.z, w.p, strict=True)
    return [Candidate(float(score), w.cuboid, int(cell), float(z), float(p)) for score, cell, z, p in columns]


def _best_set(telling: Sequence[Weighed], whole: float, size: float) -> list[Candidate]:
    """Give the best set among those of one cuboid's k densest slices, for every cuboid and k; none where nothing is gained."""
    import numpy as np

    best: tuple[float, list[Candidate]] = (0.0, [])
    for w in telling:
        price = DIMENSION_PRICE * (w.dimensions - 1) + SLICE_PRICE * np.arange(len(w.cell), dtype=float)
        scores = _scores(np.cumsum(w.excess) / whole, np.cumsum(w.size) / size, price)
        if scores.max(initial=0) > best[0]:
            k = int(np.argmax(scores)) + 1
            best = (float(scores.max()), _candidates(w, np.full(len(scores), scores.max()))[:k])
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
    return _by_size(cubes, d, kept)


def _by_size(cubes: Sequence[Cuboid], d: Departures, slices: Sequence[Candidate]) -> list[Candidate]:
    return sorted(slices, key=lambda c: (-round(abs(float(d.excess[cubes[c.cuboid].cell == c.cell].sum())), 9), c.cuboid, c.cell))
