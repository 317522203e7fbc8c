"""Points into groups that a second sample of the same feedback would give again.

The exact graph of nearest neighbours is cut into communities (Louvain; Blondel et al. 2008; resolution: Reichardt & Bornholdt 2006)
several times, each time beginning elsewhere, as one cut alone settles in one of many about equally good ones. The centres of all cuts
are then grouped (bagged clustering; Leisch 1999), which averages their accidents away, and each point goes to the nearest of the
centres that result. This takes place among points that were first moved towards their neighbours (a few steps of a random walk on
the graph; diffusion maps: Coifman & Lafon 2006), where what one text happens to say counts for less.
"""

from typing import TYPE_CHECKING

from prodops.feedback.encoders import unit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from prodops.feedback.encoders import Matrix

    Labels = NDArray[np.intp]

NEIGHBOURS, NEIGHBOUR_SHARE, LEAST_NEIGHBOURS = 30, 0.1, 5
"""Nearest neighbours in the graph: so many, of few points no more than this share, at least so many."""
LOW, HIGH = 1.4, 5.6
"""Resolutions at which the number of groups is compared."""
FINEST, POINTS_PER_RESOLUTION = 4.0, 400
"""Resolution at most; of fewer points less, 1 for each so many, though never under 1, as a theme needs voices."""
CUTS = 6
"""Cuts of which the groups are the mean."""
STEPS, PACE = 4, 0.7
"""Steps towards the neighbours, and how far each leads from the point to their mean."""
_ROWS = 1000


def graph(points: "Matrix") -> "csr_matrix":
    """Tie each point to its nearest neighbours (either way), weighing their cosine; rows of ``points`` have unit length."""
    import numpy as np
    from scipy.sparse import csr_matrix

    n = len(points)
    k = min(NEIGHBOURS, max(LEAST_NEIGHBOURS, int(n * NEIGHBOUR_SHARE)), n - 1)
    near, cosine = np.empty((n, k), "int32"), np.empty((n, k), "float32")
    room = np.empty((min(n, _ROWS), n), "float32")  # the same each time: to be given as much memory anew takes as long as the sums
    for start in range(0, n, _ROWS):
        block = np.matmul(points[start : start + _ROWS], points.T, out=room[: n - start])
        for i, cosines in enumerate(block, start):
            cosines[i] = -2  # nobody is their own neighbour
            near[i] = np.argpartition(cosines, n - k - 1)[n - k :]
            cosine[i] = cosines[near[i]]
    ties = np.round(np.maximum(cosine, 0), 4).ravel()  # the last digits differ between machines
    table = csr_matrix((ties, near.ravel(), np.arange(0, n * k + 1, max(k, 1))[: n + 1]), shape=(n, n)).maximum(0)
    table.eliminate_zeros()
    return table.maximum(table.T).tocsr()


def smooth(points: "Matrix", ties: "csr_matrix") -> "Matrix":
    """Move each point towards its neighbours; gives rows of unit length, seen from their mean."""
    import numpy as np
    from sklearn.preprocessing import normalize

    walk, moved = normalize(ties, "l1"), points
    for _ in range(STEPS):
        moved = (1 - PACE) * moved + PACE * (walk @ moved)
    return unit(np.asarray(moved - moved.sum(axis=0) / (len(points) + 1), "float32"))


def resolution(ties: "csr_matrix") -> float:
    """Give the resolution at which to cut: the finer, the more the number of groups lags behind a growing resolution.

    Where points have no structure, the number grows in step with the resolution, and the lowest is taken; real groups resist being
    cut (plateaus: Arenas, Fernández & Gómez 2008). As the number is compared and no plateau is looked for, a little other data moves
    it a little.
    """
    few, many = (count(communities(ties, each)) for each in (LOW, HIGH))
    finest = min(FINEST, max(1.0, ties.shape[0] / POINTS_PER_RESOLUTION))
    return min(finest, max(LOW, LOW * (HIGH / LOW * few / many) ** 2))


def count(groups: "Labels") -> float:
    """Count groups by their weight: the exponential of the entropy of their shares, so that splinters count little."""
    import numpy as np

    share = np.bincount(groups) / max(len(groups), 1)
    share = share[share > 0]
    return float(np.exp(-(share * np.log(share)).sum()))


def communities(ties: "csr_matrix", resolution: float, seed: int = 0) -> "Labels":
    """Cut a graph into communities, numbered from 0; a point without ties is one of its own. ``seed`` says where to begin."""
    import numpy as np
    from sknetwork.clustering import Louvain  # type: ignore[import-untyped]  # its Leiden draws from the C library's rand(), which no seed of ours reaches

    if not ties.nnz:
        return np.arange(ties.shape[0])
    found = Louvain(resolution=resolution, random_state=seed, shuffle_nodes=True).fit_predict(ties)
    return np.unique(found, return_inverse=True)[1]


def partition(points: "Matrix", ties: "csr_matrix", resolution: float, least: float) -> "Labels":
    """Find the groups of points with this graph, each of ``least`` points or more where there are so many; numbered from 0."""
    import numpy as np

    moved = smooth(points, ties)
    cuts = [merge_small(points, communities(ties, resolution, seed), least) for seed in range(CUTS)]
    cuts = [nearest(moved, centres_of(moved, cut), steps=5) for cut in cuts]
    centres = np.vstack([centres_of(moved, cut) for cut in cuts])
    weights = np.concatenate([np.bincount(cut) for cut in cuts])
    middle = mean_centres(centres, weights, int(np.median([cut.max() + 1 for cut in cuts])))
    return merge_small(points, nearest(moved, middle), least)


def nearest(points: "Matrix", centres: "Matrix", steps: int = 1) -> "Labels":
    """Give the group of each point, that of the nearest centre, numbered from 0; with more steps, centres follow their points."""
    import numpy as np

    for step in range(steps):
        groups = np.unique(np.round(points @ centres.T, 5).argmax(axis=1), return_inverse=True)[1]
        if step + 1 < steps:
            centres = centres_of(points, groups)
    return groups


def mean_centres(centres: "Matrix", weights: "NDArray[np.int64]", number: int) -> "Matrix":
    """Join centres that weigh so much to so many (Ward 1963, then k-means among them)."""
    import numpy as np
    from sklearn.cluster import AgglomerativeClustering

    if number >= len(centres):
        return centres
    groups = AgglomerativeClustering(number, linkage="ward").fit_predict(centres.astype("float64"))
    weighed = centres * weights[:, None].astype("float32")
    for _ in range(5):
        joined = unit(sums_of(weighed, groups))
        groups = np.unique((centres @ joined.T).argmax(axis=1), return_inverse=True)[1]
    return unit(sums_of(weighed, groups))


def centres_of(points: "Matrix", groups: "Labels") -> "Matrix":
    """Give the mean direction of each group, of unit length."""
    return unit(sums_of(points, groups))


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
