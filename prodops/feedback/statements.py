"""Long feedback cut into statements, so that one review can speak of several themes, and counted by voice all the same.

A statement is a sentence, a line, a point of a list, or a clause that turns ("… but …", "…; …"), with enough words of its own
to speak of a theme; what is too small for that stays with its neighbour. Rules and not a model (after the rules of Read et
al. 2012 and Sadvilkar & Neumann 2020): the same text is always cut alike. All patterns are linear in the text's length.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from prodops.feedback.lexicon import ABBREVIATIONS, BEFORE_BUT, BEFORE_NUMBERS, CLOSING_ABBREVIATIONS, CONTRAST, CONTRAST_AFTER_COMMA
from prodops.feedback.words import content

if TYPE_CHECKING:
    import pandas as pd

LEAST = 3
"""Words that can carry a theme which each statement holds at least; a text with fewer is one statement."""
MOST = 20
"""Statements of one text; where there would be more, neighbours are joined, evenly."""

_NEAR = 60
_CLOSERS = "[\"'“”’»)\\]]{0,3}"
_POINT = r"(?:[-*+•·‣▪●○►➤→✓✔✗✘–—]|\(?\d{1,2}[.)]{1,2}|[a-z]\))[ \t]+|[-*+•·–—](?=[^\W\d_])"
_BOUNDARY = re.compile(
    rf"(?P<line>(?:\A|\n)\s*(?:{_POINT})*)"
    rf"|(?P<end>(?<![.!?…])[.!?…‼⁇⁈⁉]+{_CLOSERS}(?:[^\S\n]+|(?=\n))|[。！？｡؟।۔]+[」』”）)]{{0,3}})"
    r"|(?P<glued>(?<=[a-zà-ÿ]{2})[.!?]+(?=[A-ZÀ-Þ][a-zà-ÿ])|[☀-➿\U0001f300-\U0001faff]\ufe0f?[^\S\n]{1,9}(?=[A-ZÀ-Þ]))"
    rf"|(?P<clause>;\s+|(?i:,?[^\S\n]{{1,9}}(?={CONTRAST}\b)|,[^\S\n]{{1,9}}(?={CONTRAST_AFTER_COMMA}\b)))"
)
_ADDRESS = re.compile(r"[/@\\]|www\.", re.IGNORECASE)
_DOMAIN = re.compile(r"(?:Com|Net|Org|Io|Ai|Js)\b")


class Span(NamedTuple):
    """Where a statement stands in its text: ``text[start:end]``."""

    start: int
    end: int


def split(text: str) -> list[Span]:
    """Cut a cleaned text into its statements, in order, none overlapping; an empty text has none.

    Spans begin and end at something visible and leave out nothing but spaces, line breaks and a point's mark ("- ", "1. ").
    Abbreviations, decimals, versions and addresses are not cut.
    """
    kept: list[Span] = []
    size = 0  # of the last one kept
    pieces = list(_pieces(text))
    sizes = [len(content(text[start:end])) for start, end in pieces] if len(pieces) > 1 else [0]
    for piece, own in zip(pieces, sizes, strict=False):
        if kept and min(own, size) < LEAST:
            kept[-1], size = Span(kept[-1].start, piece.end), size + own
        else:
            kept.append(piece)
            size = own
    return _at_most(kept)


def _pieces(text: str) -> Iterator[Span]:
    """Cut at every boundary; what lies between may be small, but is never empty."""
    start = 0
    for found in _BOUNDARY.finditer(text):
        if not _cuts(text, found):
            continue
        end = found.start() if found.lastgroup == "line" else found.start() + len(found[0].rstrip())
        yield from _trimmed(text, start, end)
        start = found.end()
    yield from _trimmed(text, start, len(text))


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    part = text[start:end]
    if visible := part.strip():
        start += len(part) - len(part.lstrip())
        yield Span(start, start + len(visible))


def _cuts(text: str, found: re.Match[str]) -> bool:
    """Say whether what looks like a boundary is one."""
    before = text[max(0, found.start() - _NEAR) : found.start()].split()
    after = text[found.end() : found.end() + _NEAR]
    word = before[-1].lstrip("(\"'“„«[").lower() if before else ""
    match found.lastgroup:
        case "clause":
            return word not in BEFORE_BUT
        case "glued":
            return not _ADDRESS.search(word) and not _ADDRESS.search(after.split(maxsplit=1)[0]) and not _DOMAIN.match(after)
        case "end" if found[0].strip() == ".":
            return _ends(word, after)
        case "end" if found[0].startswith(("..", "…")):
            return after[:1].isupper()
    return True


def _ends(word: str, after: str) -> bool:
    """Say whether a full stop after a word ends a sentence, or belongs to an abbreviation, an ordinal or a number."""
    if word in ABBREVIATIONS or (len(word) == 1 and word.isalpha()) or (len(word) < 3 and word.isdigit()):
        return False
    if word in BEFORE_NUMBERS and after[:1].isdigit():
        return False
    return after[:1].isupper() if "." in word or word in CLOSING_ABBREVIATIONS else True


def _at_most(spans: list[Span], most: int = MOST) -> list[Span]:
    if len(spans) <= most:
        return spans
    edges = [len(spans) * i // most for i in range(most + 1)]
    return [Span(spans[first].start, spans[last - 1].end) for first, last in pairwise(edges)]


def statements(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Give one row per statement: ``id, statement, start, end, text``, then the other columns of the frame, as they are.

    ``frame`` holds one row per thing a person said, with ``id`` and cleaned ``text``. ``statement`` counts from 0 within a row;
    ``text`` is ``[start:end]`` of the row's text, in characters. Each row whose text shows anything has at least one
    statement and at most :data:`MOST`. Rows keep their order; the index is new.
    """
    import numpy as np
    import pandas as pd

    spans = [split(text) for text in frame["text"]]
    counts = np.array([len(of) for of in spans], dtype=np.int64)
    flat = [span for of in spans for span in of]
    rows = np.repeat(np.arange(len(frame)), counts)
    number = np.arange(len(flat)) - np.repeat(np.cumsum(counts) - counts, counts)
    table = frame.iloc[rows].reset_index(drop=True)
    text = [whole[span.start : span.end] for whole, span in zip(table["text"], flat, strict=True)]
    start, end = np.array(flat, dtype=np.int64).reshape(-1, 2).T
    table = table.assign(statement=number, start=start, end=end, text=pd.array(text, dtype="str"))
    first = ["id", "statement", "start", "end", "text"]
    return table[first + [column for column in table if column not in first]]
