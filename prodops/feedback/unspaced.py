"""Words in scripts that put no spaces between them (Chinese, Japanese, Thai), told by what varies beside them.

Without a dictionary: a run of letters that several texts hold is a word where many different letters, or the ends of clauses, stand
on either side of it (accessor variety; Feng, Chen, Deng & Zheng 2004). A part of a word always has the same letter beside it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence, Set

from prodops.feedback.words import UNSPACED, letters

LONGEST, LEAST = 8, 3
"""Letters of the longest word, and texts that must hold one."""
_FREE = 0.4
"""Share of a word's occurrences that no single letter beside it may exceed, taken from 1."""
_END = ""


def spaced(texts: Sequence[str]) -> list[str]:
    """Put blanks around the words of unspaced runs, as they are known from these texts; other texts stay as they are.

    Letters between two words stay by themselves.
    """
    if not any(map(UNSPACED.search, texts)):
        return list(texts)
    known = words(texts)
    return [UNSPACED.sub(lambda run: " " + " ".join(_cut(letters(run[0]), known)) + " ", text) for text in texts]


def words(texts: Sequence[str]) -> Set[str]:
    """Find the words of unspaced runs: those of two letters or more that :data:`LEAST` texts hold (all, where there are fewer)."""
    holding: Counter[str] = Counter()
    beside: defaultdict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    for text in texts:
        held = set()
        for run in UNSPACED.findall(text):
            for word, left, right in _parts(letters(run)):
                held.add(word)
                beside[word, 0][left] += 1
                beside[word, 1][right] += 1
        holding.update(held)
    least = min(LEAST, len(texts))
    return {word for word, count in holding.items() if count >= least and min(_variety(beside[word, side]) for side in (0, 1)) >= _FREE}


def _parts(run: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Give every part of a run with the letters beside it."""
    ends = [_END, *run, _END]
    for start in range(len(run)):
        for end in range(start + 2, min(start + LONGEST, len(run)) + 1):
            yield "".join(run[start:end]), ends[start], ends[end + 1]


def _variety(beside: Counter[str]) -> float:
    """Give the share that is left without the commonest letter beside; an end counts as a letter of its own each time."""
    return 1 - max((count for letter, count in beside.items() if letter != _END), default=0) / beside.total()


def _cut(run: Sequence[str], known: Set[str]) -> Iterator[str]:
    """Cut a run into the longest known words, from its beginning."""
    start = 0
    while start < len(run):
        end = next((end for end in range(min(start + LONGEST, len(run)), start + 1, -1) if "".join(run[start:end]) in known), start + 1)
        yield "".join(run[start:end])
        start = end


def closed(phrase: str) -> str:
    """Take the blanks between unspaced words out of a phrase again."""
    first, *others = phrase.split(" ")
    for word in others:
        first += word if UNSPACED.fullmatch(first[-1:]) and UNSPACED.fullmatch(word[:1]) else f" {word}"
    return first
