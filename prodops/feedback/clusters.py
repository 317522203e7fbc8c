"""Points into groups, and how many groups there are, found from the points.

The exact graph of nearest neighbours is cut into communities (Louvain; Blondel et al. 2008) at several resolutions (Reichardt &
Bornholdt 2006). Where points have no structure, the number of communities grows in step with the resolution; where they have,
it lags behind, as real groups resist being cut: the middle of the flattest stretch is taken (plateaus: Arenas, Fernández & Gómez
2008).
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from prodops.feedback.encoders import Matrix

    Labels = NDArray[np.intp]

NEIGHBOURS, NEIGHBOUR_SHARE, LEAST_NEIGHBOURS = 30, 0.1, 5
"""Nearest neighbours in the graph: so many, of few points no more than this share, at least so many."""
RESOLUTIONS = (1.0, 1.4, 2.0, 2.8, 4.0, 5.6, 8.0)
IN_STEP = 0.75
"""The number of groups grows as the resolution to some power: from this power on, nothing resists."""
AS_FLAT = 0.1
"""Powers that differ by no more are taken for the same."""
_ROWS = 1000


def graph(points: "Matrix") -> "csr_matrix":
    """Tie each point to its nearest neighbours (either way), weighing their cosine; rows of ``points`` have unit length."""
    import numpy as np
    from scipy.sparse import csr_matrix

    n = len(points)
    k = min(NEIGHBOURS, max(LEAST_NEIGHBOURS, int(n * NEIGHBOUR_SHARE)), n - 1)
    near, cosine = np.empty((n, k), "int32"), np.empty((n, k), "float32")
    for start in range(0, n, _ROWS):
        block = points[start : start + _ROWS] @ points.T
        block[np.arange(len(block)), np.arange(start, start + len(block))] = -2  # nobody is their own neighbour
        nearest = np.argpartition(block, n - k - 1, axis=1)[:, n - k :]
        near[start : start + _ROWS], cosine[start : start + _ROWS] = nearest, np.take_along_axis(block, nearest, axis=1)
    ties = np.round(np.maximum(cosine, 0), 4).ravel()  # the last digits differ between machines
    table = csr_matrix((ties, near.ravel(), np.arange(0, n * k + 1, max(k, 1))[: n + 1]), shape=(n, n)).maximum(0)
    table.eliminate_zeros()
    return table.maximum(table.T).tocsr()


def communities(ties: "csr_matrix", resolution: float) -> "Labels":
    """Cut a graph into communities, numbered from 0; a point without ties is one of its own."""
    import numpy as np
    from sknetwork.clustering import Louvain  # type: ignore[import-untyped]  # its Leiden draws from the C library's rand(), which no seed of ours reaches

    if not ties.nnz:
        return np.arange(ties.shape[0])
    return np.unique(Louvain(resolution=resolution, random_state=0).fit_predict(ties), return_inverse=True)[1]


def partition(ties: "csr_matrix") -> "tuple[Labels, float]":
    """Find the groups of a graph, and the resolution in the middle of the flattest stretch, the finest of those about as flat.

    Without a flat stretch it is the lowest.
    """
    import numpy as np

    cuts = [communities(ties, resolution) for resolution in RESOLUTIONS]
    sizes, steps = np.log([count(cut) for cut in cuts]), np.log(RESOLUTIONS)
    growth = np.round((sizes[2:] - sizes[:-2]) / (steps[2:] - steps[:-2]), 6)
    flat = np.flatnonzero(growth <= min(growth.min() + AS_FLAT, IN_STEP))
    best = 1 + (int(flat[-1]) if len(flat) else 0)
    return cuts[best], RESOLUTIONS[best]


def count(groups: "Labels") -> float:
    """Count groups by their weight: the exponential of the entropy of their shares, so that splinters count little."""
    import numpy as np

    share = np.bincount(groups) / max(len(groups), 1)
    share = share[share > 0]
    return float(np.exp(-(share * np.log(share)).sum()))


def merge_small(points: "Matrix", groups: "Labels", least: float, inside: "Labels | None" = None) -> "Labels":
    """Merge groups of fewer than ``least`` points, the smallest first, with the one whose centre is nearest.

    With ``inside``, which gives a coarser group for each point, only with one that lies in the same; a group alone there stays.
    """
    import numpy as np

    groups = np.unique(groups, return_inverse=True)[1]
    sums = sums_of(points, groups)
    sizes, into = np.bincount(groups), np.arange(len(sums))
    home = np.zeros(len(sums), int) if inside is None else inside[np.unique(groups, return_index=True)[1]]
    waiting = sizes < least
    while waiting.any():
        small = int(np.where(waiting, sizes, sizes.max() + 1).argmin())
        near = np.where(
            (sizes > 0) & (home == home[small]), np.round(sums @ sums[small] / np.maximum(np.linalg.norm(sums, axis=1), 1e-9), 5), -np.inf
        )
        near[small] = -np.inf
        waiting[small] = False
        if (other := int(near.argmax())) != small and near[other] > -np.inf:
            sums[other], sizes[other] = sums[other] + sums[small], sizes[other] + sizes[small]
            sizes[small], into[into == small] = 0, other
            waiting[other] = sizes[other] < least
    return np.unique(into[groups], return_inverse=True)[1]


def sums_of(points: "Matrix", groups: "Labels") -> "Matrix":
    """Add up the points of each group."""
    import numpy as np
    from scipy.sparse import csr_matrix

    belongs = csr_matrix((np.ones(len(groups), points.dtype), (groups, np.arange(len(groups)))))
    sums: Matrix = belongs @ points
    return sums
