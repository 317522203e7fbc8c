"""Points into groups, and how many groups there are, found from the points.

Many small cells (k-means) are joined where the graph of nearest neighbours says that they belong together (modularity,
Newman 2004; Reichardt & Bornholdt's resolution), then every point moves to its nearest centre (k-means again).
Cells keep the work small; the graph finds the number of groups; the last step sharpens the borders.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from prodops.feedback.vectors import Matrix

    Labels = NDArray[np.intp]

CELLS, NEIGHBOURS = 400, 20
FEW = 50
"""So few different points are cells of their own."""
RESOLUTIONS, LARGEST = (0.7, 1.0, 1.4, 2.0, 2.8), 0.25
"""The first resolution is taken at which no group holds more than this share of the points."""
GRAPH_LIMIT = 10_000
"""The graph is drawn on at most so many points; beyond, evenly spaced ones stand for all."""


def partition(points: "Matrix", *, seed: int = 0) -> "Matrix":
    """Find groups among rows of unit length; gives their centres, one row each, of unit length."""
    import numpy as np
    from sklearn.cluster import KMeans

    picked = points[np.linspace(0, len(points) - 1, min(len(points), GRAPH_LIMIT)).astype(int)]
    distinct = len(np.unique(picked, axis=0))
    many = min(CELLS, max(FEW, len(picked) // 5), distinct)
    cells = KMeans(many, n_init=1, max_iter=10, random_state=seed).fit_predict(picked)
    between = _between(picked, cells)
    for resolution in RESOLUTIONS:
        groups = join(between, resolution)[cells]
        if np.bincount(groups).max() <= LARGEST * len(groups):
            break
    centres = centres_of(picked, groups)
    if len(centres) == 1:
        return centres
    return centres_of(picked, KMeans(len(centres), init=centres, n_init=1, max_iter=10).fit_predict(picked))


def centres_of(points: "Matrix", groups: "Labels") -> "Matrix":
    """Give the mean of each group's points, brought to unit length."""
    import numpy as np
    from scipy.sparse import csr_matrix
    from sklearn.preprocessing import normalize

    belongs = csr_matrix((np.ones(len(groups), points.dtype), (groups, np.arange(len(groups)))))
    return normalize(belongs @ points)


def _between(points: "Matrix", cells: "Labels") -> "NDArray[np.float64]":
    """Sum the similarity of nearest neighbours between and within cells."""
    import numpy as np
    from scipy.sparse import csr_matrix
    from sklearn.neighbors import kneighbors_graph

    if len(points) == 1:
        return np.ones((1, 1))
    graph = kneighbors_graph(points, min(NEIGHBOURS, len(points) - 1), mode="distance")
    graph.data = np.maximum(1 - graph.data.astype(float) ** 2 / 2, 0)  # cosine, as rows have unit length
    graph = graph.maximum(graph.T)
    belongs = csr_matrix((np.ones(len(cells)), (np.arange(len(cells)), cells)))
    return (belongs.T @ graph @ belongs).toarray()


def join(weights: "NDArray[np.float64]", resolution: float) -> "Labels":
    """Group the cells of a symmetric table of weights so that modularity is high; gives 0, 1, … per cell."""
    import numpy as np

    total, degree = weights.sum() or 1.0, weights.sum(axis=0)
    gain = weights / total - resolution * np.outer(degree, degree) / total**2
    np.fill_diagonal(gain, -np.inf)
    group = np.arange(len(weights))
    while len(gain) > 1:
        a, b = np.unravel_index(np.argmax(gain), gain.shape)
        if gain[a, b] <= 0:
            break
        gain[a] += gain[b]
        gain[:, a] += gain[:, b]
        gain[a, a] = gain[b] = gain[:, b] = -np.inf
        group[group == b] = a
    return _settle(weights, np.unique(group, return_inverse=True)[1], resolution)


def _settle(weights: "NDArray[np.float64]", group: "Labels", resolution: float, rounds: int = 20) -> "Labels":
    """Move single cells to the group that gains most, until none wants to move."""
    import numpy as np

    total, degree, groups = weights.sum() or 1.0, weights.sum(axis=0), int(group.max()) + 1
    outside = weights - np.diag(np.diag(weights))
    for _ in range(rounds):
        before = group.copy()
        for cell in range(len(weights)):
            size = np.bincount(group, weights=degree, minlength=groups)
            size[group[cell]] -= degree[cell]
            gain = np.bincount(group, weights=outside[cell], minlength=groups) - resolution * degree[cell] * size / total
            best = int(np.argmax(gain))
            if gain[best] > gain[group[cell]] + 1e-9:
                group[cell] = best
        if (group == before).all():
            break
    return np.unique(group, return_inverse=True)[1]
