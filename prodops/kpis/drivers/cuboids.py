"""All ways to cut leaves by some of their dimensions, and sums over the slices of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from prodops.kpis.drivers.leaves import Leaves

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]
    Codes = npt.NDArray[np.int64]
    Mask = npt.NDArray[np.bool_]

MOST_DIMENSIONS, DEEPEST = 6, 3
"""With more dimensions than the first, slices of at most so many as the second are searched: cuboids double with each dimension."""


@dataclass(frozen=True, eq=False)
class Cuboid:
    """One choice of dimensions: ``cell`` gives each leaf's slice, 0 … ``size`` − 1; ``leaf`` a leaf of each slice."""

    dimensions: tuple[int, ...]
    cell: "Codes"
    size: int

    def total(self, x: "Array") -> "Array":
        """Add up a number by slice."""
        import numpy as np

        return np.bincount(self.cell, x, self.size).astype(float, copy=False)


def cuboids(leaves: Leaves) -> list[Cuboid]:
    """Give every cuboid, those of few dimensions first."""
    sizes = [len(labels) for labels in leaves.labels]
    deepest = len(sizes) if len(sizes) <= MOST_DIMENSIONS else DEEPEST
    chosen = (c for k in range(1, deepest + 1) for c in combinations(range(len(sizes)), k))
    return [_cuboid(leaves, dims, [sizes[d] for d in dims]) for dims in chosen]


def _cuboid(leaves: Leaves, dimensions: tuple[int, ...], sizes: Sequence[int]) -> Cuboid:
    """Number the slices by mixed radix, and afresh where most numbers would stand empty."""
    import numpy as np

    cell, size = np.zeros(len(leaves), dtype=np.int64), 1
    for d, n in zip(dimensions, sizes, strict=True):
        cell, size = cell * n + leaves.codes[d], size * n
        if size > 4 * len(leaves):
            numbers, cell = np.unique(cell, return_inverse=True)
            size = len(numbers)
    return Cuboid(dimensions, cell, size)


def slice_name(leaves: Leaves, cuboid: Cuboid, cell: int) -> dict[str, str]:
    """Name one slice of a cuboid: dimension → value."""
    leaf = int((cuboid.cell == cell).argmax())
    return leaves.where([(d, int(leaves.codes[d, leaf])) for d in cuboid.dimensions])
