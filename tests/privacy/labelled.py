"""Texts as customers write them, in which what identifies a person is marked by hand, and how well a finder does on them.

Each part was written before the patterns, as they then were, were run on it; the first and the second have since been learnt from.
All persons are invented; addresses and numbers are of ranges kept for examples, or made up.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from prodops.privacy import Finder, Span

_MARK = re.compile(r"⟦([a-z-]+):([^⟦⟧]*)⟧")
MENTION = "mention"
"""A name in running text: masked or not, neither is held against a finder of patterns."""


@dataclass(frozen=True)
class Labelled:
    """One text and what is in it."""

    text: str
    spans: tuple[Span, ...]


@cache
def read(name: str) -> tuple[Labelled, ...]:
    """Read one half of the sample."""
    lines = (Path(__file__).parent / f"labelled_{name}.txt").read_text(encoding="utf-8").splitlines()
    return tuple(_labelled(line.replace("⏎", "\n")) for line in lines if line and not re.match("# |## ", line))


def _labelled(line: str) -> Labelled:
    text, spans, at = "", [], 0
    for match in _MARK.finditer(line):
        text += line[at : match.start()]
        spans.append(Span(len(text), len(text) + len(match[2]), match[1]))
        text, at = text + match[2], match.end()
    return Labelled(text + line[at:], tuple(spans))


@dataclass
class Score:
    """Counts by kind: what there was to find, what was found whole, what was masked and what of that rightly."""

    there: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    masked: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def recall(self, *kinds: str) -> float:
        """Give the share of what was there that was masked whole, as whatever kind."""
        return sum(self.found[k] for k in kinds) / sum(self.there[k] for k in kinds)

    def precision(self, *kinds: str) -> float:
        """Give the share of masks of these kinds of which at least half the characters identify somebody."""
        return sum(self.right[k] for k in kinds) / max(sum(self.masked[k] for k in kinds), 1)

    def lines(self) -> Iterator[str]:
        """Say it by kind."""
        for kind in sorted({*self.there, *self.masked}):
            recall = f"{self.found[kind]:>4} of {self.there[kind]:>4} found" if self.there[kind] else " " * 18
            yield f"{kind:<8} {recall}   {self.right[kind]:>4} of {self.masked[kind]:>4} masks right"


def score(texts: tuple[Labelled, ...], finder: Finder) -> Score:
    """Hold a finder's spans against the labels."""
    result = Score()
    for labelled, found in zip(texts, finder.find([each.text for each in texts]), strict=True):
        covered = {i for span in found for i in range(span.start, span.end)}
        marked = {i for span in labelled.spans for i in range(span.start, span.end)}
        for span in labelled.spans:
            whole = all(i in covered for i in range(span.start, span.end) if labelled.text[i].isalnum())
            result.there[span.kind] += 1
            result.found[span.kind] += whole
            if not whole and span.kind != MENTION:
                result.faults.append(f"missed {span.kind} {labelled.text[span.start : span.end]!r} in {labelled.text!r}")
        for span in found:
            right = 2 * sum(i in marked for i in range(span.start, span.end)) >= span.end - span.start
            result.masked[span.kind] += 1
            result.right[span.kind] += right
            if not right:
                result.faults.append(f"took for {span.kind} {labelled.text[span.start : span.end]!r} in {labelled.text!r}")
    return result
