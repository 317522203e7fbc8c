"""Texts into vectors, behind one small protocol: anything with ``encode(texts)`` will do.

The default ships in a package and needs no network: static word vectors (WordLlama's, 256 numbers for each of 32,000 word pieces,
distilled from a large language model's token table), averaged over a text. A user's own model is handed over as it is, be it a
sentence-transformers model or an object that calls an interface.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from prodops.errors import InputError
from prodops.feedback.words import NOISE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    Matrix = NDArray[np.float32]

LONGEST = 5_000
"""Characters of a text that are looked at."""
AT_ONCE, LEAST = 5_000_000, 500
"""Characters that are encoded at once, and for how many of them each text counts at least."""


@runtime_checkable
class Encoder(Protocol):
    """Anything that turns texts into vectors, one row per text; zeros where it knows nothing of a text."""

    def encode(self, texts: Sequence[str]) -> "Matrix": ...


class StaticEncoder:
    """The mean of the static vectors of a text's word pieces (WordLlama, MIT licence); links, handles and redaction's marks left out."""

    def encode(self, texts: Sequence[str]) -> "Matrix":
        """Give one row of 256 numbers per text, zeros where it holds no word."""
        import numpy as np
        from scipy.sparse import csr_matrix

        tokenizer, vectors = _shipped()
        said = [_words(text) for text in texts]
        words = sorted(set(chain.from_iterable(said)))
        cut = tokenizer.encode_batch_fast(words, add_special_tokens=False)  # no piece reaches over a space: each word is cut once
        pieces = {word: each.ids for word, each in zip(words, cut, strict=True)}
        held = np.fromiter(chain.from_iterable(map(pieces.__getitem__, chain.from_iterable(said))), "int32")
        ends = np.cumsum([0, *(sum(len(pieces[word]) for word in words) for words in said)])
        bags = csr_matrix((np.ones(len(held), "float32"), held, ends), shape=(len(said), len(vectors)))
        rows: Matrix = bags @ vectors
        return rows


def _words(text: str) -> list[str]:
    """Cut a text at its spaces, noise left out, and lone surrogates, which are no text."""
    return NOISE.sub(" ", text[:LONGEST]).encode("utf-8", "ignore").decode().split()


@lru_cache(maxsize=1)
def _shipped() -> "tuple[Tokenizer, Matrix]":
    """Read tokenizer and vectors from the installed package.

    Importing the package itself would set up logging, import an HTTP client and look for its files in the wrong folder.
    """
    from importlib.metadata import distribution

    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    package = distribution("wordllama")
    tokenizer = Tokenizer.from_file(str(package.locate_file("wordllama/tokenizers/l2_supercat_tokenizer_config.json")))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    (vectors,) = load_file(str(package.locate_file("wordllama/weights/l2_supercat_256.safetensors"))).values()
    return tokenizer, vectors.astype("float32")


class Joined:
    """Several encoders side by side, each to unit length and with a weight of its own."""

    def __init__(self, *encoders: Encoder, weights: Sequence[float] | None = None) -> None:
        self.encoders, self.weights = encoders, weights or (1.0,) * len(encoders)

    def fit(self, texts: Sequence[str]) -> None:
        """Let those learn that can."""
        for encoder in self.encoders:
            learn(encoder, texts)

    def encode(self, texts: Sequence[str]) -> "Matrix":
        """Give the rows of all, joined."""
        import numpy as np

        parts = [weight * encode(encoder, texts) for encoder, weight in zip(self.encoders, self.weights, strict=True)]
        return np.hstack(parts).astype("float32")


def learn(encoder: Encoder, texts: Sequence[str]) -> None:
    """Let an encoder learn from the texts, where it has a method ``fit``."""
    fit = getattr(encoder, "fit", None)
    if callable(fit):
        fit(texts)


def encode(encoder: Encoder, texts: Sequence[str]) -> "Matrix":
    """Encode in chunks; gives rows of unit length, zeros where the encoder gave zeros.

    Raises :class:`InputError` where it does not give one row of finite numbers per text.
    """
    import numpy as np

    chunks = [_check(encoder.encode(list(chunk)), chunk) for chunk in _chunks(texts)]
    return chunks[0] if len(chunks) == 1 else np.vstack(chunks)


def _chunks(texts: Sequence[str]) -> list[Sequence[str]]:
    """Cut texts into runs of about :data:`AT_ONCE` characters, so that long ones take no more memory than short ones."""
    import numpy as np

    read = np.cumsum([min(max(len(text), LEAST), LONGEST) for text in texts])
    starts = [0, *(np.flatnonzero(np.diff(read // AT_ONCE)) + 1).tolist()]
    return [texts[start:end] for start, end in zip(starts, [*starts[1:], len(texts)], strict=True)]


def _check(rows: object, texts: Sequence[str]) -> "Matrix":
    import numpy as np

    given = np.asarray(rows, "float32")
    if not len(texts):
        given = given.reshape(0, given.shape[-1] if given.ndim == 2 else 1)
    if given.ndim != 2 or len(given) != len(texts):
        raise InputError(
            f"The encoder gave an array of shape {given.shape} for {len(texts):,} texts: encode(texts) must give one row per text."
        )
    if not np.isfinite(given).all():
        raise InputError("The encoder gave numbers that are not finite (NaN or infinite): encode(texts) must give finite ones.")
    return unit(given)


def unit(rows: "Matrix") -> "Matrix":
    """Bring rows to unit length; rows of zeros stay."""
    import numpy as np

    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 1e-12)
