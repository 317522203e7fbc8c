"""Answers with several choices in one text: which separator parts them, and how, where a choice holds one itself."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

COMMA = ", "
MANY = 0.05
"""The share of answers that hold a separator from which a question is one with many choices."""
_OUTSIDE = re.compile(r",\s+(?![^()]*\))")
"""A comma that stands in no bracket: "SSH, HPC manager (SLURM, PBS)" has one."""
STRONG = re.compile(r"\b(critical|essential|extremely|very|strongly agree|always|excellent|must|a lot|fully|completely)\b", re.I)
WEAK = re.compile(r"\b(not|never|none|no|dis\w+|hardly|poor|irrelevant)\b", re.I)


def with_one_separator(answers: Iterable[str], separator: str) -> list[str]:
    """Write the choices of a wave's answers with ``separator`` between them: where hardly one holds it but many a comma, commas part them."""
    listed = [str(a) for a in answers]
    if not by_comma(Counter(listed), separator):
        return listed
    return [_OUTSIDE.sub(separator, a) for a in listed]


def by_comma(counts: Mapping[str, int], separator: str = ";") -> bool:
    """Whether commas part the choices of some answers: hardly one holds the separator, and the usual answers have fewer parts than wordings."""
    total = sum(counts.values())
    if sum(n for answer, n in counts.items() if separator in answer) > MANY * total:
        return False
    usual = [answer for answer, n in counts.items() if n > 1]
    parted = {answer: _OUTSIDE.split(answer) for answer in usual}
    several = sum(counts[answer] for answer, parts in parted.items() if len(parts) > 1)
    return several > 2 * MANY * total and len({part.strip() for parts in parted.values() for part in parts}) < len(usual)


def in_order(answers: Mapping[str, int]) -> tuple[str, ...]:
    """Put answers in words from the strongest to the weakest, as far as their words tell it; none where they do not."""
    ranks = {answer: 0 if STRONG.search(answer) and not WEAK.search(answer) else 2 if WEAK.search(answer) else 1 for answer in answers}
    if not {0, 2} <= set(ranks.values()):
        return ()
    return tuple(sorted(answers, key=lambda a: (ranks[a], -answers[a], a)))
