"""Groups are found from the points, with their number, the same every time."""

import numpy as np
from numpy.testing import assert_allclose
from scipy.sparse import block_diag, csr_matrix
from sklearn.metrics import adjusted_rand_score
from sklearn.neighbors import kneighbors_graph

from prodops.feedback import clusters
from prodops.feedback.encoders import unit


def bundles(axes: int = 5, each: int = 80, noise: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
    """Give points around so many directions, and the direction of each."""
    rng = np.random.default_rng(3)
    truth = np.repeat(np.arange(axes), each)
    return unit((np.eye(8)[truth] + rng.normal(0, noise, (axes * each, 8))).astype("float32")), truth


def test_the_graph_is_exact() -> None:
    """Each point is tied to its nearest neighbours, as scikit-learn finds them, either way; ties weigh the cosine."""
    points, _ = bundles(each=120)
    ties = clusters.graph(points)
    expected = kneighbors_graph(points, clusters.NEIGHBOURS)
    expected = expected.maximum(expected.T)
    assert ((ties > 0) != (expected > 0)).nnz == 0
    row, column = ties.nonzero()
    assert_allclose(np.asarray(ties[row, column]).ravel(), (points[row] * points[column]).sum(axis=1), atol=1e-4)


def test_points_that_point_apart_are_not_tied() -> None:
    """Where cosines are negative there is no tie, though neighbours are few."""
    assert clusters.graph(np.array([[1, 0], [-1, 0], [0, 1]], "float32")).nnz == 0


def test_partition_finds_the_number_of_groups() -> None:
    """Five bundles of directions are found as five, without being told so."""
    points, truth = bundles()
    assert adjusted_rand_score(truth, clusters.partition(points, clusters.graph(points), 2.0, 8)) > 0.99


def test_smoothing_draws_bundles_together() -> None:
    """Points come nearer to the middle of their bundle, and stay of unit length."""
    points, truth = bundles(noise=0.3)
    moved = clusters.smooth(points, clusters.graph(points))
    assert_allclose(np.linalg.norm(moved, axis=1), 1, atol=1e-5)

    def tightness(rows: np.ndarray) -> float:
        return float((rows * clusters.centres_of(rows, truth)[truth]).sum(axis=1).mean())

    assert tightness(moved) > tightness(points) + 0.1


def test_clear_groups_are_cut_finer_than_a_blur() -> None:
    """Where groups resist, the resolution is the finest; where nothing does, the lowest; of few points it is 1."""
    rng = np.random.default_rng(1)
    clear = unit((np.eye(24)[np.repeat(np.arange(24), 70)] + rng.normal(0, 0.05, (1680, 24))).astype("float32"))
    blur = unit(rng.normal(0, 1, (1600, 20)).astype("float32"))
    assert clusters.resolution(clusters.graph(clear)) == clusters.FINEST
    assert clusters.resolution(clusters.graph(blur)) < 2.5
    assert clusters.resolution(clusters.graph(clear[::10])) == 1.0


def test_points_go_to_the_nearest_centre() -> None:
    """One step gives each point its centre; with more, centres follow: the point between goes over to the group that came nearer."""
    points = unit(np.array([[1, 0], [1, 0.1], [0, 1], [0.5, 0.866]], "float32"))
    assert clusters.nearest(points, np.array([[1, 0], [0, 1]], "float32")).tolist() == [0, 0, 1, 1]
    assert clusters.nearest(points, unit(np.array([[1, 0.6], [-0.3, 1]], "float32"))).tolist() == [0, 0, 1, 0]
    assert clusters.nearest(points, unit(np.array([[1, 0.6], [-0.3, 1]], "float32")), steps=5).tolist() == [0, 0, 1, 1]


def test_centres_alike_are_joined_by_weight() -> None:
    """Two centres near each other become their weighed mean, a third stays; as many as asked for are left as they are."""
    centres = unit(np.array([[1, 0], [1, 0.2], [0, 1]], "float32"))
    joined = clusters.mean_centres(centres, np.array([1, 3, 5]), 2)
    expected = unit((centres[:1] + 3 * centres[1:2]).astype("float32"))
    assert_allclose(joined[np.argsort(-joined[:, 0])], np.vstack([expected, centres[2:]]), atol=1e-5)
    assert clusters.mean_centres(centres, np.array([1, 3, 5]), 3) is centres


def test_communities_are_the_same_every_time() -> None:
    """A graph without clear groups is cut alike, again and again."""
    rng = np.random.default_rng(1)
    ties = clusters.graph(unit(rng.normal(0, 1, (300, 20)).astype("float32")))
    first = clusters.communities(ties, 4.0)
    assert all((clusters.communities(ties, 4.0) == first).all() for _ in range(5))


def test_communities_follow_the_resolution() -> None:
    """A low resolution keeps what is tied together, a high one cuts it; without ties, each point is alone."""
    pair = np.ones((4, 4)) - np.eye(4)
    ties = csr_matrix(block_diag([pair, pair]))
    assert clusters.communities(ties, 0.5).tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert len(set(clusters.communities(ties, 50.0))) == 8
    assert clusters.communities(csr_matrix((3, 3)), 1.0).tolist() == [0, 1, 2]


def test_count_weighs_groups() -> None:
    """Four groups alike count as four, a splinter hardly counts."""
    assert clusters.count(np.repeat(np.arange(4), 25)) == np.float64(4)
    assert 1 < clusters.count(np.array([0] * 99 + [1])) < 1.1


def test_small_groups_join_the_nearest() -> None:
    """A group that is too small goes where its points lie nearest, but never to another theme."""
    points = unit(np.array([[1, 0]] * 3 + [[0, 1]] * 3 + [[0.2, 1]], "float32"))
    groups = np.array([0, 0, 0, 1, 1, 1, 2])
    assert clusters.merge_small(points, groups, 2).tolist() == [0, 0, 0, 1, 1, 1, 1]
    assert clusters.merge_small(points, groups, 2, inside=np.array([0, 0, 0, 1, 1, 1, 0])).tolist() == [0, 0, 0, 1, 1, 1, 0]
    assert clusters.merge_small(points, groups, 2, inside=np.array([0, 0, 0, 1, 1, 1, 2])).tolist() == groups.tolist()
    assert clusters.merge_small(points, groups, 99).tolist() == [0] * 7
