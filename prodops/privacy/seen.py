"""A text as its reader sees it: without characters that do not show, with entities and full-width forms written out, every blank a plain one."""

import re
from collections.abc import Sequence
from html import unescape

_BLANKS = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_UNSEEN = re.compile(f"[{_BLANKS}\u00ad\u200b-\u200f\u2060-\u2064\ufeff]|&#?\\w{{2,8}};|[\uff01-\uff5e]|(?<=\\w)%40(?=\\w)")
_BLANK = re.compile(f"[{_BLANKS}]")
_WIDE = 0xFEE0
"""How far the full-width forms lie above the plain characters."""


def as_seen(text: str) -> tuple[str, Sequence[int]]:
    """Give the text as it is seen, and where each of its characters (and its end) stands in the text as it is written."""
    if not _UNSEEN.search(text):
        return text, range(len(text) + 1)
    parts: list[str] = []
    places: list[int] = []
    at = 0
    for match in _UNSEEN.finditer(text):
        plain = _plain(match[0])
        parts += [text[at : match.start()], plain]
        places += [*range(at, match.start()), *[match.start()] * len(plain)]
        at = match.end()
    return "".join([*parts, text[at:]]), [*places, *range(at, len(text) + 1)]


def _plain(written: str) -> str:
    if written[0] == "&":
        return _BLANK.sub(" ", unescape(written))
    if _BLANK.match(written):
        return " "
    if written == "%40":
        return "@"
    return chr(ord(written) - _WIDE) if written >= "\uff01" and written != "\ufeff" else ""
