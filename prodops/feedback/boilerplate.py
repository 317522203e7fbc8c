"""Words that come with the channel and not from the person: found by how many texts share them."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Where = Literal["start", "end", "line", "brackets"]

LEAST, MARK_SHARE, SENTENCE_SHARE = 20, 0.05, 0.2
"""At least so many different texts, and this share of them: for what looks like a machine's mark, for anything else."""
_LONGEST, _SHORTEST = 300, 6
_CLOSES = re.compile(r"[\n:>\])}）】」》|—]\s*|(?<=\w{2}[.!?])\s+")
_OPENS = re.compile(r"\n|(?<=[.!?]) |[\[({（【「《<|—]")
_BRACKETED = re.compile(r"(?m)^[（(【\[][^（()）【】\[\]\n]{4,60}[)）】\]]")
_MARK = re.compile(r"[\n:>\])}）】」》|—\[({（【「《<]")


@dataclass(frozen=True)
class Boilerplate:
    """One mark that many texts share: where it stands, and in how many of how many different texts."""

    text: str
    where: Where
    rows: int
    of: int

    def note(self) -> str:
        """Say what was removed, for the fine print."""
        what = {"start": "began with", "end": "ended with", "line": "held the line", "brackets": "held"}[self.where]
        return f"{self.rows:,} of {self.of:,} different texts {what} “{self.text.strip()}”, removed"


def find_boilerplate(texts: Iterable[str]) -> tuple[Boilerplate, ...]:
    """Find beginnings, endings, whole lines and words in brackets that many of the different texts share.

    What ends (or opens) like a machine's mark, with a bracket, a colon, a bar or a line of its own, counts from one
    text in twenty; a whole sentence of five words or more from one in five, so that texts which merely start with the
    same few words keep them. Fewer than 20 different texts are never enough.
    """
    left = sorted(set(texts))
    found: list[Boilerplate] = []
    for look in (_brackets, _lines, _start, _end) * 2:  # a mark may hide behind another
        new = look(left)
        left = [strip_boilerplate(text, new) for text in left] if new else left
        found += new
    return tuple(found)


def strip_boilerplate(text: str, marks: Iterable[Boilerplate]) -> str:
    """Take the marks out of one text; what the person wrote stays as it is."""
    for mark in marks:
        if mark.where == "start":
            text = text.removeprefix(mark.text).lstrip()
        elif mark.where == "end":
            text = text.removesuffix(mark.text).rstrip()
        elif mark.where == "brackets":
            text = re.sub(r"[ \t]*" + re.escape(mark.text) + r"[ \t]*", " ", text).strip()
        elif mark.text in text:
            text = "\n".join(line for line in text.split("\n") if line.strip() != mark.text).strip()
    return text


def _start(texts: Sequence[str]) -> list[Boilerplate]:
    return _edge(texts, "start")


def _end(texts: Sequence[str]) -> list[Boilerplate]:
    return _edge(texts, "end")


def _edge(texts: Sequence[str], where: Where) -> list[Boilerplate]:
    """The longest mark at one end, if there is one; endings are beginnings read backwards."""
    turn = 1 if where == "start" else -1
    turned = [text[::turn][:_LONGEST] for text in texts]
    for head, count in Counter(text[:_SHORTEST] for text in turned).most_common(20):
        if count < max(LEAST, MARK_SHARE * len(texts)):
            break
        mark = _cut(_grow(head, [text for text in turned if text.startswith(head)])[::turn], where)
        rows = sum(text.startswith(mark) if where == "start" else text.endswith(mark) for text in texts)
        if _is_boilerplate(mark, rows, len(texts)):
            return [Boilerplate(mark, where, rows, len(texts))]
    return []


def _is_boilerplate(mark: str, rows: int, of: int) -> bool:
    if len(mark.strip()) < _SHORTEST:
        return False
    if _MARK.search(mark):
        return rows >= max(LEAST, MARK_SHARE * of)
    return len(re.findall(r"\w+", mark)) >= 5 and rows >= max(LEAST, SENTENCE_SHARE * of)


def _grow(head: str, sharing: Sequence[str]) -> str:
    """Lengthen a beginning while nearly all that share it go on alike."""
    while len(head) < _LONGEST:
        character, count = Counter(text[len(head) : len(head) + 1] for text in sharing).most_common(1)[0]
        if not character or count < 0.95 * len(sharing):
            break
        sharing = [text for text in sharing if text[len(head) : len(head) + 1] == character]
        head += character
    return head


def _cut(mark: str, where: Where) -> str:
    """Cut a shared beginning back to where it closes like a mark, a shared ending to where it opens like one."""
    if where == "start":
        closes = [edge.end() for edge in _CLOSES.finditer(mark + " ")]
        return mark[: closes[-1]] if closes else ""
    opens = _OPENS.search(mark)
    return mark[opens.start() :] if opens else ""


def _lines(texts: Sequence[str]) -> list[Boilerplate]:
    """Whole lines that stand in one in five of all texts: a form's questions, a list's footer."""
    counts = Counter(line for text in texts if "\n" in text for line in {part.strip() for part in text.split("\n")})
    needed = max(LEAST, SENTENCE_SHARE * len(texts))
    return [Boilerplate(line, "line", rows, len(texts)) for line, rows in sorted(counts.items()) if rows >= needed and len(line) >= 10]


def _brackets(texts: Sequence[str]) -> list[Boilerplate]:
    """Words in brackets that begin a line in one of twenty texts: a crawler's remark between title and text."""
    counts = Counter(mark for text in texts for mark in set(_BRACKETED.findall(text)))
    needed = max(LEAST, MARK_SHARE * len(texts))
    return [Boilerplate(mark, "brackets", rows, len(texts)) for mark, rows in sorted(counts.items()) if rows >= needed]
