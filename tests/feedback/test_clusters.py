"""Groups are found from the points, with their number."""

import numpy as np
from numpy.testing import assert_allclose
from sklearn.preprocessing import normalize

from prodops.feedback.clusters import centres_of, join, partition
from prodops.feedback.vectors import CorpusEncoder


def test_join_finds_blocks() -> None:
    """Cells that are strongly tied among themselves and weakly to others form a group each."""
    weights = np.array([[0, 5, 1, 0], [5, 0, 0, 0], [1, 0, 0, 5], [0, 0, 5, 0]], float)
    assert join(weights, 1.0).tolist() == [0, 0, 1, 1]


def test_join_follows_the_resolution() -> None:
    """A low resolution joins all that is tied at all, a high one nothing."""
    weights = np.array([[0, 5, 1, 0], [5, 0, 0, 0], [1, 0, 0, 5], [0, 0, 5, 0]], float)
    assert len(set(join(weights, 0.01).tolist())) == 1
    assert len(set(join(weights, 9.0).tolist())) == 4


def test_join_without_ties() -> None:
    """Cells without any tie stay alone, and a single cell is a group."""
    assert join(np.zeros((3, 3)), 1.0).tolist() == [0, 1, 2]
    assert join(np.ones((1, 1)), 1.0).tolist() == [0]


def test_centres() -> None:
    """A centre is the mean of its points, of unit length."""
    points = np.array([[1, 0], [0, 1], [0, 1]], "float32")
    assert_allclose(centres_of(points, np.array([0, 0, 1])), [[0.5**0.5, 0.5**0.5], [0, 1]], atol=1e-6)


def test_partition_finds_the_number_of_groups() -> None:
    """Five bundles of directions are found as five, without being told so."""
    rng = np.random.default_rng(3)
    axes = np.eye(8)[:5]
    points = normalize(np.repeat(axes, 80, axis=0) + rng.normal(0, 0.1, (400, 8))).astype("float32")
    centres = partition(points)
    assert len(centres) == 5
    assert sorted((centres @ axes.T).argmax(axis=1).tolist()) == [0, 1, 2, 3, 4]


def test_partition_of_one_point() -> None:
    """Points that are all the same are one group."""
    assert partition(np.tile(np.array([[0.6, 0.8]], "float32"), (12, 1))).shape == (1, 2)


def test_encoder_gives_unit_rows() -> None:
    """Rows have unit length, texts without a known word are zeros, and synonyms by company come near."""
    texts = ["invoice is wrong", "bill is wrong", "invoice too high", "bill too high", "the map is blank", "map tiles are blank"] * 20
    encoder = CorpusEncoder().fit(texts)
    invoice, bill, blank, unknown = encoder.encode(["invoice", "bill", "blank map", "zebra"])
    assert_allclose([np.linalg.norm(row) for row in (invoice, bill, blank)], 1, atol=1e-5)
    assert not unknown.any()
    assert invoice @ bill > invoice @ blank


def test_encoder_without_words() -> None:
    """Texts without a single word give rows of zeros, and no texts give no rows."""
    encoder = CorpusEncoder().fit(["the", "12", ""])
    assert encoder.encode(["the", "x"]).tolist() == [[0.0], [0.0]]
    assert len(encoder.encode([])) == 0
