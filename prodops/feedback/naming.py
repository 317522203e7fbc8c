"""Names for themes in the customers' own words: a phrase they wrote, typical of the theme, told apart from the others.

A candidate is a run of one to four words inside one clause of a text. It scores by how many of the theme's texts hold
it, how much rarer it is elsewhere (the idea of class-based tf-idf), and a preference for two or three words, which read
as a phrase. Spelling and case are those most people used.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from prodops.feedback import languages
from prodops.feedback.lexicon import BEFORE_PARTICLE, BLAMED, OPENERS, PARTICLES, PRAISED
from prodops.feedback.words import NOISE, content, is_content, root, says_something

EXAMPLES, _LONGEST = 250, 1500
"""Texts per theme that are read for its name, those nearest its centre, and characters of each."""
_CLAUSE = re.compile(r"[.!?,;:\n()\[\]{}\"“”„…–—/|*•<>=]+|\s-+\s")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_TELLING = math.log1p(4)  # four times as common in the theme as elsewhere
_LENGTH_BONUS = {1: 0.25, 2: 1.0, 3: 1.1, 4: 1.0}


@dataclass
class Phrases:
    """How many texts hold each phrase (stems joined by spaces), how often each is spelt how, out of how many texts."""

    texts: int = 0
    holding: Counter[str] = field(default_factory=Counter)
    spelt: dict[str, Counter[str]] = field(default_factory=dict)

    def read(self, text: str) -> None:
        """Count one text's phrases, each once."""
        self.texts += 1
        seen: dict[str, str] = {}
        for clause in _CLAUSE.split(NOISE.sub(" . ", text)[:_LONGEST]):
            words = _WORD.findall(clause)[:60]
            lower = [word.replace("’", "'").lower() for word in words]
            roots = [root(word) for word in lower]
            for start, end in _phrases(lower, roots):
                seen.setdefault(" ".join(roots[start:end]), " ".join(words[start:end]))
        for key, spelling in seen.items():
            self.holding[key] += 1
            self.spelt.setdefault(key, Counter())[spelling] += 1


def _phrases(words: Sequence[str], roots: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Give start and end of each run that begins with a word that says something (or denies it) and ends with one."""
    says = [says_something(word) for word in words]
    for start, first in enumerate(words):
        if not says[start] and first not in OPENERS:
            continue
        for end in range(start + 1, min(start + 4, len(words)) + 1):
            closes = says[end - 1] or (words[end - 1] in PARTICLES and words[end - 2] in BEFORE_PARTICLE and end - start > 1)
            if closes and any(map(is_content, words[start:end])) and len(set(roots[start:end])) == end - start:
                yield start, end


def name_all(texts_of: Mapping[str, Sequence[str]], taken: Sequence[str] = ()) -> dict[str, str]:
    """Name every theme; ``texts_of`` gives each theme's texts, nearest its centre first, the largest theme first.

    No two names say the same, nor the same as one of ``taken``. A theme whose texts are mostly not in the language of most
    texts says so ("In German: …"). One whose texts hold no phrase is called by its number.
    """
    read = {theme: _read(texts[:EXAMPLES]) for theme, texts in texts_of.items()}
    everywhere: Counter[str] = Counter()
    for phrases in read.values():
        everywhere.update(phrases.holding)
    total = sum(phrases.texts for phrases in read.values())
    tongue = languages.usual(text for texts in texts_of.values() for text in texts[:EXAMPLES])
    names: dict[str, str] = {}
    used = [frozenset(content(name)) for name in taken]
    for number, (theme, phrases) in enumerate(read.items(), 1):
        weights = _weigh(phrases, everywhere, total)
        ranked = _rank(weights)[:200]
        apart = [key for key in ranked[:20] if not any(_overlap(key, other) for other in used)]
        unlike = [key for key in ranked if frozenset(content(key)) not in used]
        key = (apart or unlike or [""])[0]
        used.append(frozenset(content(key)))
        foreign = languages.other(texts_of[theme][:EXAMPLES], tongue)
        names[theme] = (f"In {foreign}: " if foreign else "") + (_introduce(key, weights, phrases) if key else f"Theme {number}")
    return names


def _introduce(key: str, weights: Mapping[str, float], phrases: Phrases) -> str:
    """Spell the phrase; where the theme's commonest telling word is not in it, that word goes before: "Invoice: charged twice"."""
    phrase = _spell(phrases.spelt[key])
    root_share = {word: math.sqrt(phrases.holding[word] / phrases.texts) for word in weights if " " not in word}
    telling = (
        word
        for word, share in root_share.items()
        if is_content(word) and word not in (PRAISED, BLAMED) and weights[word] > _TELLING * share
    )
    head = min(telling, key=lambda word: (-weights[word] * root_share[word], word), default="")
    words = key.split(" ")
    if not head or len(words) == 1 or head in "".join(words) or any(word[:3] == head[:3] for word in words):
        return _raise(phrase)
    return f"{_raise(_spell(phrases.spelt[head]))}: {phrase}"


def _raise(phrase: str) -> str:
    """Raise the first letter, unless the first word has its own capitals, as iPhone has."""
    first = phrase.partition(" ")[0]
    return phrase[:1].upper() + phrase[1:] if first.islower() else phrase


def _read(texts: Sequence[str]) -> Phrases:
    """Count the phrases of the texts that are in the language of most of them."""
    phrases, spoken = Phrases(), languages.usual(texts)
    for text in texts:
        if languages.language(text) in ("", spoken):
            phrases.read(text)
    return phrases


def _weigh(phrases: Phrases, everywhere: Counter[str], total: int) -> dict[str, float]:
    """Weigh each phrase by the share of the theme's texts that hold it and by how much rarer it is elsewhere."""
    outside = max(total - phrases.texts, 0) + 1
    least = min(3, max(phrases.holding.values(), default=0))
    return {
        key: math.sqrt(inside / phrases.texts) * math.log1p(inside / phrases.texts * outside / (everywhere[key] - inside + 0.5))
        for key, inside in phrases.holding.items()
        if inside >= least
    }


def _rank(weights: Mapping[str, float]) -> list[str]:
    """Order phrases, best first: heavy as a whole, made of heavy words, two or three of them."""
    heaviest = max(weights.values(), default=1.0)

    def score(key: str) -> float:
        words = [word for word in key.split(" ") if says_something(word) or word in OPENERS]
        inside = [weights.get(word, 0.0) for word in words if word not in OPENERS]
        return weights[key] * sum(inside) / max(len(inside), 1) / heaviest * _LENGTH_BONUS.get(len(words), 0.1)

    return sorted(weights, key=lambda key: (-round(score(key), 9), -key.count(" "), key))  # of two as good, the longer reads better


def _overlap(key: str, other: frozenset[str]) -> bool:
    """Tell whether one name says all that the other says."""
    words = frozenset(content(key))
    return words <= other or (bool(other) and other <= words)


def _spell(spellings: Counter[str]) -> str:
    """Take the most common spelling in small letters where there is one; shouting is lowered."""
    lowered: Counter[str] = Counter()
    for spelling, count in spellings.items():
        lowered[spelling[:1].lower() + spelling[1:] if spelling[1:].islower() and " " not in spelling else spelling] += count
    spelling = min(lowered, key=lambda s: (-lowered[s], s))
    return " ".join(word.lower() if word.isupper() and len(word) > 4 else word for word in spelling.split(" "))
