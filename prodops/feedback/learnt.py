"""Which texts themes are learnt from: each different one once, long ones statement by statement, a sample where there are many."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

from prodops.feedback.statements import split
from prodops.feedback.words import is_content, surface

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Integers = NDArray[np.intp]

FIT_LIMIT = 20_000
"""Themes are found in at most so many different texts, drawn by their hashes; all others are placed in them."""
CHARACTERS = 5_000
"""So much of a text is looked at."""
LONG = 4
"""A text of more statements is too mixed to learn from as a whole: its statements are learnt from, and the text is placed."""


def learn_from(distinct: Sequence[str], copies: "Integers") -> "tuple[list[str], Integers]":
    """Give what themes are learnt from, sorted and at most :data:`FIT_LIMIT`, and how often each was said.

    ``distinct`` are different texts, sorted, ``copies`` says how many voices said each.
    """
    return _cut(*_draw(distinct, copies))


def is_long(text: str) -> bool:
    """Say whether a text holds more than :data:`LONG` statements."""
    return bool(_parts(text))


def _parts(text: str) -> list[str]:
    """Give the statements of a long text; none of one that is learnt from as a whole."""
    spans = split(text)
    return [text[start:end] for start, end in spans] if len(spans) > LONG else []


def different(texts: Iterable[str]) -> "tuple[list[str], Integers]":
    """Give one text for each different run of words, sorted, and say for each text which one it is (-1: no word that can carry a theme)."""
    import numpy as np

    plain = [" ".join(text[:CHARACTERS].split()) if isinstance(text, str) else "" for text in texts]
    said = {text: _said(text) for text in set(plain)}
    first: dict[str, str] = {}
    for text in sorted(said):
        first.setdefault(said[text], text)
    first.pop("", None)
    distinct = sorted(first.values())
    place = {said[text]: i for i, text in enumerate(distinct)}
    return distinct, np.array([place.get(said[text], -1) for text in plain], int)


def _said(text: str) -> str:
    """Give a text's words as written; "" where none can carry a theme."""
    words = surface(text)
    return " ".join(words) if any(map(is_content, words)) else ""


def _draw(distinct: Sequence[str], copies: "Integers") -> "tuple[list[str], Integers]":
    """Draw up to so many texts, those of the lowest hash, with their copies: a text drawn stays drawn when a few others come."""
    import numpy as np

    if len(distinct) <= FIT_LIMIT:
        return list(distinct), copies
    hashes = np.array([int.from_bytes(sha256(text.encode("utf-8", "replace")).digest()[:7]) for text in distinct])
    drawn = np.sort(np.argsort(hashes, kind="stable")[:FIT_LIMIT])
    return [distinct[i] for i in drawn], copies[drawn]


def _cut(texts: Sequence[str], copies: "Integers") -> "tuple[list[str], Integers]":
    """Cut long texts into their statements; gives what is learnt from, sorted, no more than :data:`FIT_LIMIT`, and how often it was said."""
    import numpy as np

    parts: list[str] = []
    times: list[int] = []
    for text, said in zip(texts, copies.tolist(), strict=True):
        cut = _parts(text) or [text]
        parts += cut
        times += [said] * len(cut)
    if len(parts) == len(texts):
        return list(texts), copies
    distinct, of = different(parts)
    known = of >= 0
    return _draw(distinct, np.bincount(of[known], np.array(times)[known], len(distinct)).astype(int))
