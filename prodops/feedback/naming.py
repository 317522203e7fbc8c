"""Names for themes in the customers' own words: a phrase they wrote, typical of the theme, told apart from the others.

A candidate is a run of words inside one clause. It scores by how many of the theme's texts hold it and how much rarer it is elsewhere
(the idea of class-based tf-idf, Grootendorst 2022), by how typical its words are, and by whether it stands alone as a phrase. Where
one phrase leaves out many texts that another covers, both name the theme: "Friendly staff and good food".
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from prodops.feedback import languages
from prodops.feedback.lexicon import ANGER, BLAMED, OPENERS, PRAISE, PRAISED
from prodops.feedback.phrases import Phrases, look, read
from prodops.feedback.words import is_content, root, says_something, surface

EXAMPLES, NEARER = 160, 0.7
"""Texts per theme that are read for its name, evenly over this nearer part of them."""
_TOLD = 4
"""One in so many of these texts is asked for its language."""
_RARE, _TELLING = 0.01, math.log(1.3)
"""Share of other texts that is added before rates are compared, so that few texts do not make a phrase typical; how much commoner it must be."""
_LENGTH = {1: 0.3, 2: 1.0, 3: 1.15, 4: 1.05}
_PART, _WHOLE, _FAINT = 0.6, 0.85, 0.08
"""What is left of a score where a name says less than one before it, or more; and the share of the best score below which it names nothing."""
_ENOUGH, _MORE, _SECOND = 0.6, 0.12, 0.45
"""A phrase that covers this share of texts stands alone; a second one must cover so many more, and score so near the first."""


_SHARED, _FELT, MIXED = 0.1, 0.3, "Mixed remarks"
"""Shares of texts that must hold a word of the phrase, or of praise or blame alone; what a theme is called that has no such phrase."""
_AND = {"German": "und", "French": "et", "Spanish": "y", "Italian": "e", "Portuguese": "e", "Dutch": "en"}

_SENTENCE = {PRAISED, BLAMED, "is", "are", "was", "were", "be", "been", "ist", "sind", "est", "es"}


def name_all(texts_of: Mapping[str, Sequence[str]], taken: Sequence[str] = ()) -> dict[str, str]:
    """Name every theme; ``texts_of`` gives each theme's texts, nearest its centre first, the largest theme first.

    No two names say the same, nor the same as one of ``taken``: where people say just the same in two themes, the later one's name is
    numbered. A theme whose texts are mostly not in the language of most texts says so: "Rechnung (German)". One whose texts have no phrase
    in common is called :data:`MIXED`.
    """
    shown = {theme: _spread(texts) for theme, texts in texts_of.items()}
    tongues = {theme: Counter(filter(None, map(languages.language, texts[::_TOLD]))) for theme, texts in shown.items()}
    usual = _most(sum(tongues.values(), Counter()))
    phrases_of = {theme: read(_spoken(texts, tongues[theme])) for theme, texts in shown.items()}
    everywhere: Counter[str] = Counter()
    for phrases in phrases_of.values():
        everywhere.update(phrases.holding)
    total = sum(phrases.texts for phrases in phrases_of.values())
    names: dict[str, str] = {}
    used = [says(name) for name in taken]
    for theme, phrases in phrases_of.items():
        name = _choose(phrases, _score(phrases, everywhere, total), used, _most(tongues[theme]))
        used.append(says(name))
        foreign = _foreign(tongues[theme], usual)
        names[theme] = name + (f" ({foreign})" if foreign else "")
    return names


def name_within(name: str, texts_of: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Name the sub-themes of the theme called ``name``, given as to :func:`name_all`, by what tells each from the others.

    An only sub-theme is called as the theme is.
    """
    return dict.fromkeys(texts_of, name) if len(texts_of) == 1 else name_all(texts_of, [name])


def says(name: str) -> frozenset[str]:
    """Give what tells a name from another: the roots of its words that carry a theme, and praise and blame as they are worded."""
    words = [word for word in surface(name) if is_content(word)]
    return frozenset(word if word in PRAISE or word in ANGER else root(word) for word in words)


def _spread(texts: Sequence[str]) -> list[str]:
    """Take texts evenly from the nearer part of a theme, so that its name speaks for more than its very centre."""
    near = texts[: max(round(len(texts) * NEARER), min(len(texts), 30))]
    step = max(len(near) / EXAMPLES, 1.0)
    return [near[int(place * step)] for place in range(int(len(near) / step))]


def _most(tongues: Mapping[str, int]) -> str:
    return min(tongues, key=lambda name: (-tongues[name], name), default="")


def _foreign(tongues: Mapping[str, int], usual: str) -> str:
    """Name the language of a theme that is mostly not in the usual one; "" of one that is."""
    total, most = sum(tongues.values()), _most(tongues)
    if not total or tongues.get(usual, 0) > (1 - languages.MOSTLY) * total:
        return ""
    return most if tongues[most] >= languages.MOSTLY * total else "other languages"


def _spoken(texts: Sequence[str], tongues: Mapping[str, int]) -> Sequence[str]:
    """Keep the texts that are in the language of most of them."""
    return [text for text in texts if languages.language(text) in ("", _most(tongues))] if len(tongues) > 1 else texts


def _score(phrases: Phrases, everywhere: Counter[str], total: int) -> dict[str, float]:
    """Score each phrase that enough texts hold."""
    outside = max(total - phrases.texts, 1)

    def weigh(key: str, inside: int) -> float:
        share = inside / phrases.texts
        return math.sqrt(share) * math.log(max(share / ((everywhere[key] - inside) / outside + _RARE), 1.0))

    weights = {key: weigh(key, inside) for key, inside in phrases.holding.items() if inside >= phrases.least}
    heaviest = max((weight for key, weight in weights.items() if " " not in key), default=1.0)

    def score(key: str) -> float:
        words = key.split(" ")
        told = [word for word in words if says_something(word)]
        things = [word for word in told if word not in (PRAISED, BLAMED)]
        things = things if any(look(word).carries for word in things) else []
        telling = things or [word for word in told if look(word).carries]
        typical = sum(weights.get(word, 0.0) for word in telling) / max(len(telling), 1) / heaviest
        plain = 1.0 if not {PRAISED, BLAMED} & set(words) else 0.6
        noun = 1.0 if len(words) > 1 else 0.4 if phrases.named[key] < phrases.done[key] else 1.0 if things else 0.2
        length = _LENGTH.get(len(told) + (words[0] in OPENERS), 0.1)
        return round(weights[key] * typical * noun * plain * length * (0.2 + 0.8 * phrases.whole(key)), 9)

    return {key: score(key) for key, weight in weights.items() if weight > math.sqrt(phrases.holding[key] / phrases.texts) * _TELLING}


def _choose(phrases: Phrases, scores: Mapping[str, float], used: Sequence[frozenset[str]], tongue: str) -> str:
    """Choose the phrase that scores best and says what no name before it says, and the one that completes it, if any."""
    by_score = sorted(scores, key=lambda key: (-scores[key], -key.count(" "), key))[:100]
    ranked = [key for key in by_score if len(phrases.covered(key)) >= (_FELT if key in (PRAISED, BLAMED) else _SHARED) * phrases.texts]
    if not ranked:
        return _numbered(MIXED, used)
    worded = [(key, name) for key in ranked for name in _spellings(phrases, key)[:4]]
    key, name = max(worded, key=lambda pair: scores[pair[0]] * _apart(says(pair[1]), used))  # of equals the first
    if scores[key] * _apart(says(name), used) < _FAINT * scores[ranked[0]]:
        return _numbered(_spellings(phrases, ranked[0])[0], used)
    second = _second(phrases, scores, ranked, key)
    return _raise(f"{name} {_AND.get(tongue, 'and')} {_spellings(phrases, second)[0]}" if second else name)


def _apart(said: frozenset[str], used: Sequence[frozenset[str]]) -> float:
    """Say how much of a score is left to a name beside those that are used: nothing where it says the same as one."""
    if not said or said in used:
        return 0.0 if said else 0.5
    return min([_PART if said < other else _WHOLE if other < said else 1.0 for other in used if other], default=1.0)


def _numbered(name: str, used: Sequence[frozenset[str]]) -> str:
    before = sum(says(name) == other for other in used)
    return _raise(f"{name} ({before + 1})" if before else name)


def _second(phrases: Phrases, scores: Mapping[str, float], ranked: Sequence[str], first: str) -> str:
    """Find the phrase for what many texts speak of that do not speak of the first; "" where there is none."""
    covered = phrases.covered(first)
    if len(covered) >= _ENOUGH * phrases.texts or not _is_thing(phrases, first):
        return ""
    for key in ranked:
        if scores[key] < _SECOND * scores[first]:
            return ""
        new = len(phrases.covered(key) - covered)
        if new >= _MORE * phrases.texts and _is_thing(phrases, key) and not _share_a_word(first, key) and " and " not in key:
            return key
    return ""


def _is_thing(phrases: Phrases, key: str) -> bool:
    """Tell a thing from what is done or how it is: its first word follows articles more than pronouns, and it is no sentence, praise or denial."""
    first, *others = key.split(" ")
    known = phrases.named[first] >= phrases.done[first] if others else phrases.named[first] > phrases.done[first]
    return known and first not in OPENERS and not _SENTENCE & {first, *others}


def _share_a_word(one: str, other: str) -> bool:
    """Tell whether two phrases have words alike: track pad and trackpad, return and returning."""
    words = [word for word in other.split(" ") if is_content(word)]
    return any(
        a[:4] == b[:4] or a in b or b in a for a in [*one.split(" "), one.replace(" ", "")] for b in [*words, other.replace(" ", "")]
    )


def _spellings(phrases: Phrases, key: str) -> list[str]:
    """Give the ways a phrase is worded, the most common first (a plural counts twice, as a name speaks of many), each word as most write it."""
    worded: Counter[str] = Counter()
    for spelling, count in phrases.spelt[key].items():
        worded[spelling.replace("’", "'").lower()] += count
    last = key.rpartition(" ")[2]
    order = sorted(worded, key=lambda words: (-worded[words] * (2 if words.endswith("s") and not last.endswith("s") else 1), words))
    return [" ".join(_write(word, phrases) for word in words.split(" ")) for words in order]


def _write(word: str, phrases: Phrases) -> str:
    """Write a word as most people do inside a sentence; what is shouted counts half."""
    forms = phrases.forms.get(word, ())
    return max(forms, key=lambda form: phrases.written[form] / (1 + (form.isupper() and len(form) > 4)), default=word).replace("’", "'")


def _raise(phrase: str) -> str:
    """Raise the first letter, unless the first word has its own capitals, as iPhone has."""
    first = phrase.partition(" ")[0]
    return phrase[:1].upper() + phrase[1:] if first.islower() else phrase
