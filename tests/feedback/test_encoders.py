"""Texts become vectors without a network, and any object with one method will do."""

import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose

from prodops.errors import InputError
from prodops.feedback import find_themes
from prodops.feedback.encoders import Encoder, Joined, StaticEncoder, encode, unit
from prodops.feedback.vectors import Company, Points

HOSTILE = ["", "😀👍🏽", "\x00\ud800 export", "تسجيل الدخول لا يعمل", "软件看不懂", "x" * 10_000_000, "https://a.b/c @name [e-mail]"]


class Counting:
    """Counts three letters, and remembers what it was asked."""

    def __init__(self) -> None:
        self.learnt: list[str] = []

    def fit(self, texts: list[str]) -> None:
        self.learnt = list(texts)

    def encode(self, texts: list[str]) -> np.ndarray:
        return np.array([[text.count(letter) for letter in "abc"] for text in texts], "float64")


def test_static_vectors_know_meaning() -> None:
    """A text is nearer to one that says the same in other words than to one that shares a word with it."""
    bill, invoice, fish = encode(StaticEncoder(), ["The bill is too high", "This invoice is expensive", "The fish is too salty"])
    assert bill @ invoice > bill @ fish


def test_static_vectors_are_means_of_pieces() -> None:
    """A word said twice counts twice and order does not matter: sums of rows, one for each piece."""
    once, twice = StaticEncoder().encode(["export slow", "slow slow export"])
    one, other = StaticEncoder().encode(["slow", "export"])
    assert_allclose(encode(StaticEncoder(), ["slow"])[0], one / np.linalg.norm(one), atol=1e-6)
    assert twice.shape == once.shape == other.shape == (256,)


def test_static_vectors_take_anything() -> None:
    """Nothing, emoji, NULs, lone surrogates, any script and ten million characters give finite rows of length one or zero."""
    lengths = np.linalg.norm(encode(StaticEncoder(), HOSTILE), axis=1)
    assert_allclose(lengths * (lengths - 1), 0, atol=1e-5)
    assert (lengths[0], lengths[-1]) == (0, 0)


def test_loading_opens_no_connection() -> None:
    """Encoding loads neither an HTTP client nor the model hub's."""
    code = (
        "import sys; from prodops.feedback.encoders import StaticEncoder; StaticEncoder().encode(['a']);"
        "print(sorted({'requests', 'huggingface_hub', 'httpx', 'wordllama', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_joined_encoders_stand_side_by_side() -> None:
    """Each part has unit length times its weight, and those that learn are taught."""
    counting = Counting()
    joined = Joined(counting, StaticEncoder(), weights=(1.0, 0.5))
    joined.fit(["abc"])
    (row,) = joined.encode(["aab"])
    assert_allclose(row[:3], np.array([2, 1, 0]) / 5**0.5, atol=1e-6)
    assert np.linalg.norm(row[3:]) == pytest.approx(0.5)
    assert counting.learnt == ["abc"]


def test_a_users_own_encoder_is_used() -> None:
    """Any object with encode(texts) finds the themes, and is taught where it can be."""
    counting = Counting()
    texts = [f"aaa aaa {word}" for word in ("xu", "xo", "yx", "zy", "yz")] + [f"bbb bbb {word}" for word in ("xq", "xw", "yr", "zt", "yv")]
    assert isinstance(counting, Encoder)
    labels = find_themes(texts * 2, encoder=counting).labels
    assert len(set(labels[:5])) == len(set(labels[5:10])) == 1
    assert labels[0] != labels[5]
    assert set(counting.learnt) == set(texts)


@pytest.mark.parametrize(("rows", "message"), [
    (np.ones(3), "one row per text"), (np.ones((2, 4)), r"shape \(2, 4\) for 3 texts"), (np.full((3, 2), np.nan), "not finite"),
])  # fmt: skip
def test_an_encoder_that_cannot_be_used(rows: np.ndarray, message: str) -> None:
    """What is wrong with its rows is said."""

    class Broken:
        def encode(self, texts: list[str]) -> np.ndarray:
            return rows

    with pytest.raises(InputError, match=message):
        encode(Broken(), ["a", "b", "c"])


def test_long_texts_go_fewer_at_once() -> None:
    """10,000 short texts go to an encoder at once, or 1,000 of 5,000 characters or more, in order, and none is lost."""

    class Remembering:
        def __init__(self) -> None:
            self.asked: list[list[str]] = []

        def encode(self, texts: list[str]) -> np.ndarray:
            self.asked.append(texts)
            return np.ones((len(texts), 2))

    short, long, none = Remembering(), Remembering(), Remembering()
    texts = [str(n) for n in range(20_001)]
    assert len(encode(short, texts)) == 20_001
    assert max(map(len, short.asked)) == 10_000
    assert [text for chunk in short.asked for text in chunk] == texts
    encode(long, ["x" * 6000] * 2500)
    assert sorted(map(len, long.asked)) == [501, 999, 1000]
    assert encode(none, []).shape[0] == 0


def test_unit_keeps_zeros() -> None:
    """Rows get length one, rows of zeros stay."""
    assert_allclose(unit(np.array([[3, 4], [0, 0]], "float32")), [[0.6, 0.8], [0, 0]])


def test_company_brings_words_together() -> None:
    """Words that stand with the same words come near, unknown ones are zeros; texts without a word give zeros."""
    texts = ["invoice is wrong", "bill is wrong", "invoice too high", "bill too high", "the map is blank", "map tiles are blank"] * 20
    company = Company()
    learnt = company.fit_encode(texts)
    invoice, bill, blank, unknown = company.encode(["invoice", "bill", "blank map", "zebra"])
    assert invoice @ bill > invoice @ blank
    assert not unknown.any()
    assert (learnt == company.encode(texts)).all()
    assert company.fit_encode(["the", "12", ""]).tolist() == [[0.0]] * 3
    assert company.encode(["the", "x"]).tolist() == [[0.0], [0.0]]


def test_points_are_the_same_later() -> None:
    """A text encoded later lies where it lay when its points were learnt, and nothing lies nowhere."""
    texts = ["The export is slow", "Invoice is wrong", "Login fails on my phone", "Dark mode please"] * 3
    points = Points()
    assert_allclose(points.fit(texts), points.encode(texts), atol=1e-6)
    assert not points.encode(["", "😀" * 0]).any()
