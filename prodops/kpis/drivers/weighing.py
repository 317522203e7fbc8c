"""How far each slice of each cuboid departs, and how seldom ordinary variation takes any of so many slices so far."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from prodops.kpis.drivers.cuboids import Cuboid
from prodops.kpis.drivers.ordinary import Departures, Usual, usual

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]
    Codes = npt.NDArray[np.int64]
    Mask = npt.NDArray[np.bool_]

AT_LEAST = 2.0
"""Slices of a lesser z need no further look."""


@dataclass(frozen=True, eq=False)
class Weighed:
    """Slices of one cuboid that depart towards the move, the densest first.

    ``excess`` is less its standard error; ``p`` allows for all slices of all cuboids, and for both directions.
    """

    cuboid: int
    dimensions: int
    cell: "Codes"
    excess: "Array"
    size: "Array"
    z: "Array"
    p: "Array"

    def below(self, p: float) -> "Weighed":
        """Keep the slices of a lesser p."""
        kept = self.p < p
        arrays = {f.name: getattr(self, f.name)[kept] for f in fields(self) if f.name not in ("cuboid", "dimensions")}
        return Weighed(self.cuboid, self.dimensions, **arrays)


@dataclass(frozen=True, eq=False)
class _Sums:
    """What is summed by slice: ``pull`` / ``hold`` is the shift that fits a slice best (least squares, weighted by precision)."""

    d: Departures
    usual: Usual
    variance: "Array"
    excess: "Array"
    size: "Array"
    pull: "Array"
    hold: "Array"


def weigh(cubes: Sequence[Cuboid], d: Departures, alive: "Mask") -> list[Weighed]:
    """Weigh every slice of the leaves that are ``alive``."""
    r = _sums(d, alive)
    return [_weigh(number, cube, len(cubes), r) for number, cube in enumerate(cubes)]


def _sums(d: Departures, alive: "Mask") -> _Sums:
    import numpy as np

    ordinary = usual(d, alive)
    variance = np.where(alive, ordinary.variance, 0)
    precision = np.where(variance > 0, 1 / np.where(variance > 0, variance, 1), 0)
    excess, size = np.where(alive, d.excess, 0), np.where(alive, d.size, 0)
    return _Sums(d, ordinary, variance, excess, size, size * excess * precision, size * size * precision)


def _weigh(number: int, cube: Cuboid, cubes: int, r: _Sums) -> Weighed:
    """Test one cuboid's slices, Bonferroni's way: the chance is shared equally by cuboids, then by a cuboid's slices."""
    import numpy as np

    hold, excess = cube.total(r.hold), cube.total(r.excess)
    tests = 2 * cubes * max(int((hold > 0).sum()), 1)
    z = _departure(cube, hold, r)
    cell = np.flatnonzero((z > AT_LEAST) & (excess > 0))
    if r.d.rate is not None:
        z[cell] = np.minimum(z[cell], _departure_of_share(cube, cell, excess[cell], r))
    p = np.minimum(_chance(z[cell], cube, cell, r) * tests, 1)
    sure = np.maximum(excess[cell] - np.sqrt(cube.total(r.variance)[cell]), 1e-3 * excess[cell])
    size = cube.total(r.size)[cell]
    order = np.lexsort((cell, -np.round(sure / size, 12)))
    return Weighed(number, len(cube.dimensions), cell[order], sure[order], size[order], z[cell][order], p[order])


def _chance(z: "Array", cube: Cuboid, cell: "Codes", r: _Sums) -> "Array":
    """Give the chance of so large a z: Student's t, whose tails lighten with the leaves in a slice (by their kurtosis, 6 / (df - 4))."""
    import numpy as np
    from scipy.special import stdtr

    leaves = cube.total(r.hold)[cell] ** 2 / cube.total(r.hold**2)[cell]
    tail = r.usual.tail * leaves
    return np.asarray(stdtr(1 / (1 / tail + 1 / r.usual.freedom), -z), dtype=float)


def _departure(cube: Cuboid, hold: "Array", r: _Sums) -> "Array":
    """Give each slice's z: its shift against none, or against the rest's shift, whichever is less telling."""
    import numpy as np

    pull, some = cube.total(r.pull), np.where(hold > 0, hold, 1)
    rest = np.maximum(r.hold.sum() - hold, 0)
    has_rest = rest > 1e-9 * r.hold.sum()
    others = np.where(has_rest, (r.pull.sum() - pull) / np.where(has_rest, rest, 1), 0)
    against_rest = (pull / some - others) / np.sqrt(1 / some + 1 / np.where(has_rest, rest, 1))
    return np.where((hold > 0) & has_rest, np.minimum(pull / np.sqrt(some), against_rest), 0)


def _departure_of_share(cube: Cuboid, cell: "Codes", excess: "Array", r: _Sums) -> "Array":
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
