"""Phrases that people use: runs of words inside one clause, counted by text, with how they are written and where they stand alone.

Without a tagger for parts of speech, three things that the texts themselves show tell a whole phrase from a fragment: how often it has a
free end on either side (a clause's end, or a word that says nothing by itself), what stands before its words (an article before
a noun, a pronoun before a verb), and how a word is written in mid-sentence.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import NamedTuple

from prodops.feedback.lexicon import (
    ARTICLES,
    BEFORE_DEEDS,
    BEFORE_NOT,
    BEFORE_PARTICLE,
    BEFORE_THROUGH,
    BLAMED,
    DENIALS,
    FELT,
    OPENERS,
    PARTICLES,
    PRAISED,
    TURNS,
    UNITS_OF_TIME,
)
from prodops.feedback.unspaced import closed, spaced
from prodops.feedback.words import LETTER, NOISE, is_content, root, says_something

LONGEST, LEAST = 5, 3
"""Words of the longest phrase, and texts that must hold one."""
_CHARACTERS, _CLAUSE_WORDS = 400, 60
"""How much is read of a text, and of a clause."""
FEELINGS, DENIED = frozenset({PRAISED, BLAMED}), "not"
_BOUND = 0.8
"""Share of its texts in which "on" goes before a phrase that is written with it."""
_CLAUSE = re.compile(r"[.!?,;:\n。！？，、；：（）؟،؛।()\[\]{}\"“”„…–—/|*•<>=#&+~]+|\s-+\s")
_WORD = re.compile(rf"{LETTER}+(?:['’-]{LETTER}+)*")


class Word(NamedTuple):
    """What is known of a word, however it is written."""

    lower: str
    root: str
    says: bool
    carries: bool


@lru_cache(maxsize=200_000)
def look(spelt: str) -> Word:
    """Look a word up."""
    lower = spelt.replace("’", "'").lower()
    form = DENIED if lower in DENIALS else root(lower)
    return Word(lower, form, says_something(lower), is_content(lower) and lower not in UNITS_OF_TIME)


@dataclass
class Phrases:
    """Phrases of a theme's texts: how many of the texts hold each (roots joined by spaces), and how it is written.

    ``roots`` holds the roots of each text's words that can carry a theme; ``said_of`` counts texts in which a clause has such a word (or "",
    any) together with praise or blame. ``free`` counts texts in which a phrase has a free end on the
    left (0) or right (1); ``named`` and ``done`` those in which a single word stands as nouns do, or as other words do. ``written``
    counts how words are written inside sentences.
    """

    roots: list[frozenset[str]] = field(default_factory=list)
    holding: Counter[str] = field(default_factory=Counter)
    spelt: dict[str, Counter[str]] = field(default_factory=dict)
    free: Counter[tuple[str, int]] = field(default_factory=Counter)
    named: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    written: Counter[str] = field(default_factory=Counter)
    said_of: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def texts(self) -> int:
        """How many texts were read."""
        return len(self.roots)

    @property
    def least(self) -> int:
        """How many texts must hold a phrase."""
        return min(LEAST, self.texts)

    @cached_property
    def forms(self) -> dict[str, list[str]]:
        """The ways each word is written inside sentences, by its small letters."""
        forms: dict[str, list[str]] = {}
        for form in sorted(self.written):
            forms.setdefault(look(form).lower, []).append(form)
        return forms

    def whole(self, key: str) -> float:
        """Give the share of texts in which a phrase has a free end, on the side where it has fewer."""
        return min(self.free[key, 0], self.free[key, 1]) / self.holding[key]

    def wordings(self, key: str) -> list[str]:
        """Give the ways a phrase is worded, the most common first; a plural counts twice, as a name speaks of many."""
        worded: Counter[str] = Counter()
        for spelling, count in self.spelt[key].items():
            worded[spelling.replace("’", "'").lower()] += count
        for words in [words for words in worded if words.startswith("on ")]:
            bare = words.removeprefix("on ")
            if worded[words] < _BOUND * (worded[words] + worded[bare]):  # on hold, but the iPad
                worded[bare] += worded.pop(words)
        singular = not key.endswith("s")
        order = sorted(
            filter(_is_spoken, worded) if any(map(_is_spoken, worded)) else worded,
            key=lambda words: (-worded[words] * (1 + (singular and words.endswith("s"))), words),
        )
        return [closed(" ".join(map(self.write, words.split(" ")))) for words in order]

    def write(self, word: str) -> str:
        """Write a word as most people do inside a sentence; what is shouted counts half."""
        forms = self.forms.get(word, ())
        return max(forms, key=lambda form: self.written[form] / (1 + (form.isupper() and len(form) > 4)), default=word).replace("’", "'")

    @cached_property
    def places(self) -> dict[str, frozenset[int]]:
        """The texts that hold each word that can carry a theme."""
        found: dict[str, list[int]] = {}
        for place, roots in enumerate(self.roots):
            for word in roots:
                found.setdefault(word, []).append(place)
        return {word: frozenset(held) for word, held in found.items()}

    def things(self, key: str) -> set[str]:
        """Give the words of a phrase that can carry a theme, but for praise and blame beside another."""
        wanted = {word for word in key.split(" ") if look(word).carries}
        return wanted - FEELINGS or wanted

    def holds(self, key: str) -> float:
        """Give the share of texts that hold all of a phrase's words that can carry a theme, wherever they stand."""
        held = [self.places.get(word, frozenset()) for word in self.things(key)]
        return len(frozenset.intersection(*held)) / self.texts if held else 0.0

    def covered(self, key: str) -> set[int]:
        """Say which texts hold any of a phrase's words that can carry a theme, but for praise and blame beside another."""
        return set().union(*(self.places.get(word, frozenset()) for word in self.things(key)))


def read(texts: Sequence[str]) -> Phrases:
    """Count the phrases of a theme's texts, each once a text, leaving out those with a word that fewer than :data:`LEAST` texts hold."""
    phrases = Phrases()
    plain = [NOISE.sub(" . ", text[:_CHARACTERS]) for text in texts]
    cut = [[_WORD.findall(part)[:_CLAUSE_WORDS] for part in _CLAUSE.split(text)] for text in spaced(plain)]
    looked = [[list(map(look, spelt)) for spelt in clauses] for clauses in cut]
    phrases.roots = [frozenset(word.root for words in clauses for word in words if word.carries) for clauses in looked]
    held = Counter(root for roots in phrases.roots for root in roots)
    common = {root for root, count in held.items() if count >= phrases.least}
    for clauses, spelt in zip(looked, cut, strict=True):
        _count(phrases, clauses, spelt, common)
    return phrases


def _count(phrases: Phrases, clauses: Sequence[Sequence[Word]], spelt: Sequence[Sequence[str]], common: Set[str]) -> None:
    seen: set[str] = set()
    phrases.said_of.update({pair for words in clauses for pair in _said_of(words)})
    for words, written in zip(clauses, spelt, strict=True):
        if any(word[0].islower() for word in written[1:]):  # one in capitals throughout, as a title is, does not tell
            phrases.written.update(written[not is_mixed(written[0]) :])
        for start, end in _runs(words, common):
            key = " ".join([word.root for word in words[start:end]])
            if key in seen:
                continue
            seen.add(key)
            phrases.holding[key] += 1
            begin = start - (start > 0 and _belongs_before(words[start - 1].lower, words[start].lower))
            phrases.spelt.setdefault(key, Counter())[" ".join(written[begin:end])] += 1
            phrases.free[key, 0] += start == 0 or _is_free(words[start - 1], key)
            phrases.free[key, 1] += end == len(words) or not (
                words[end].says or words[end].lower in ARTICLES or _ends_with_particle(words, end)
            )
            if end - start == 1 and start:
                phrases.named[key] += words[start - 1].lower in ARTICLES
                phrases.done[key] += words[start - 1].lower in BEFORE_DEEDS


def _said_of(words: Sequence[Word]) -> Iterator[tuple[str, str]]:
    """Pair the words of a clause that can carry a theme, and "", with what the clause says of them: praise, blame."""
    for claim in FEELINGS & {word.root for word in words}:
        yield "", claim
        yield from ((word.root, claim) for word in words if word.carries)


def _is_free(before: Word, key: str) -> bool:
    """Tell a word after which a phrase begins: one that says nothing by itself, or only how people feel about what the phrase names."""
    if before.root in FEELINGS:
        return not any(feeling in key for feeling in FEELINGS)
    return not (before.says or before.lower[0].isdigit())


def _is_spoken(words: str) -> bool:
    """Tell praise or blame that goes with an article, love this app, from what only met it: amazing this app."""
    first, second, *_ = [*words.split(" "), ""]
    return second not in ARTICLES or look(first).root not in FEELINGS or first in FELT


def _belongs_before(before: str, first: str) -> bool:
    """Tell a small word that a phrase is written with, though it is counted without: does not, on hold."""
    return before == "on" or (first == "not" and before in BEFORE_NOT)


def is_mixed(word: str) -> bool:
    """Tell capitals that do not come from a sentence's beginning: iPhone, GitHub."""
    return not word[1:].islower() and not word.isupper() and not word.islower()


def _ends_with_particle(words: Sequence[Word], end: int) -> bool:
    """Tell whether the word at ``end`` belongs to the verb before it: log in, top up, go through."""
    before, last = words[end - 1].lower, words[end].lower
    return (last in PARTICLES and (before in BEFORE_PARTICLE or last in ("up", "off"))) or (last == "through" and before in BEFORE_THROUGH)


def _closes(words: Sequence[Word], end: int) -> bool:
    return _ends_with_particle(words, end) or (words[end].lower == "use" and words[end - 1].lower == "to")


def _runs(words: Sequence[Word], common: Set[str]) -> Iterator[tuple[int, int]]:
    """Give start and end of each run that begins with a word that says something (or denies it) and ends with one."""
    for start, first in enumerate(words):
        if not first.says and first.lower not in OPENERS:
            continue
        carries, roots = False, set[str]()
        for end in range(start + 1, min(start + LONGEST, len(words)) + 1):
            last = words[end - 1]
            if last.root in roots or (last.lower in TURNS and end - 1 > start) or (last.carries and last.root not in common):
                break
            roots.add(last.root)
            carries = carries or last.carries
            if carries and (last.says or (end - start > 1 and _closes(words, end - 1))):
                yield start, end
