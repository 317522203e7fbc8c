"""Names for themes in the customers' own words: a phrase they wrote, typical of the theme, told apart from the others.

A candidate is a run of words inside one clause. It scores by how many of the theme's texts hold it and how much rarer it is elsewhere
(the idea of class-based tf-idf, Grootendorst 2022), by how typical its words are, and by whether it stands alone as a phrase. A name
must hold for a good share of the texts: one airline does not name all of them. Where one phrase leaves out many texts that
another covers, both name the theme: "Friendly staff and good food".
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain, count

from prodops.feedback import languages
from prodops.feedback.lexicon import ANGER, BEING, OPENERS, PRAISE
from prodops.feedback.phrases import FEELINGS, Phrases, read
from prodops.feedback.typical import score, share_a_word
from prodops.feedback.words import is_content, root, surface

EXAMPLES, NEARER = 160, 0.7
"""Texts per theme that are read for its name, evenly over this nearer part of them."""
_TOLD = 4
"""One in so many of these texts is asked for its language."""
_PART, _WHOLE, _FAINT = 0.6, 0.85, 0.04
"""What is left of a score where a name says less than one before it, or more; and the share of the best score below which it names nothing."""
_ENOUGH, _MORE, _SECOND = 0.7, 0.12, 0.45
"""A phrase that covers this share of texts stands alone; a second one must cover so many more, and score so near the first."""

_SHARED, _FELT, MIXED = 0.15, 0.5, "Mixed remarks"
"""Shares of texts that must hold the words of the phrase, or praise or blame alone; what a theme is called that has no such phrase."""
_AND = {"German": "und", "French": "et", "Spanish": "y", "Italian": "e", "Portuguese": "e", "Dutch": "en"}

_SENTENCE = FEELINGS | BEING


def name_all(texts_of: Mapping[str, Sequence[str]], taken: Sequence[str] = (), most: int = EXAMPLES) -> dict[str, str]:
    """Name every theme; ``texts_of`` gives each theme's texts, nearest its centre first, the largest theme first.

    No two names say the same, nor the same as one of ``taken``: where people say just the same in two themes, the later one's name is
    numbered. A theme whose texts are mostly not in the language of most texts says so: "Rechnung (German)". One of which no phrase
    holds for a good share of the texts is called :data:`MIXED`, the second such with its best phrase: "Mixed remarks: miles". At most ``most`` texts of each are read.
    """
    shown = {theme: _spread(texts, most) for theme, texts in texts_of.items()}
    tongues = {theme: Counter(filter(None, map(languages.language, texts[::_TOLD]))) for theme, texts in shown.items()}
    usual = _most(sum(tongues.values(), Counter()))
    phrases_of = {theme: read(_spoken(texts, tongues[theme])) for theme, texts in shown.items()}
    everywhere: Counter[str] = Counter()
    for phrases in phrases_of.values():
        everywhere.update(phrases.holding)
    total = sum(phrases.texts for phrases in phrases_of.values())
    names: dict[str, str] = {}
    for theme, phrases in phrases_of.items():
        name = _choose(phrases, score(phrases, everywhere, total), [*taken, *names.values()], _most(tongues[theme]))
        foreign = _foreign(tongues[theme], usual)
        names[theme] = _numbered(name + (f" ({foreign})" if foreign else ""), [*taken, *names.values()])
    return names


def says(name: str) -> frozenset[str]:
    """Give what tells a name from another: the roots of its words that carry a theme, and praise and blame as they are worded."""
    words = [word for word in surface(name) if is_content(word)]
    return frozenset(word if word in PRAISE or word in ANGER else root(word) for word in words) or frozenset([name.lower()])


def _spread(texts: Sequence[str], most: int) -> list[str]:
    """Take texts evenly from the nearer part of a theme, so that its name speaks for more than its very centre."""
    near = texts[: max(round(len(texts) * NEARER), min(len(texts), 30))]
    step = max(len(near) / most, 1.0)
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


def _choose(phrases: Phrases, scores: Mapping[str, float], others: Sequence[str], tongue: str) -> str:
    """Choose the phrase that scores best and says what no other name says, and the one that completes it, if any."""
    used = [says(name) for name in others]
    by_score = sorted(scores, key=lambda key: (-scores[key], -key.count(" "), key))[:100]
    ranked = [key for key in by_score if _is_shared(phrases, key)]
    if not ranked:
        return _mixed(phrases, scores, by_score, others)
    found = _best(phrases, scores, ranked, used) or _best(phrases, scores, by_score, used)
    if not found:
        return _raise(phrases.wordings(ranked[0])[0])
    key, name = found
    second = _second(phrases, scores, ranked, key)
    both = f"{name} {_AND.get(tongue, 'and')} {phrases.wordings(second)[0]}" if second else name
    return _raise(name if says(both) in used else both)


def _mixed(phrases: Phrases, scores: Mapping[str, float], by_score: Sequence[str], others: Sequence[str]) -> str:
    """Call a theme mixed; where another one is called so already, add the phrase that most of its texts are nearest to."""
    used = [says(name) for name in others]
    found = by_score and any(name.startswith(MIXED) for name in others) and _best(phrases, scores, by_score, used)
    return f"{MIXED}: {found[1]}" if found else MIXED


def _is_shared(phrases: Phrases, key: str) -> bool:
    """Tell a phrase whose words a good share of the texts hold, all of them: half that share for a phrase of several plain words.

    Such a phrase says with each of its words something that more of the texts hold; a proper name does not, nor does praise.
    """
    if phrases.things(key) <= FEELINGS:
        return phrases.holds(key) >= _FELT
    words = key.split(" ")
    plain = len(words) > 1 and FEELINGS.isdisjoint(words) and not any(phrases.write(word)[:1].isupper() for word in words)
    return phrases.holds(key) >= (_SHARED / 2 if plain else _SHARED)


def _best(phrases: Phrases, scores: Mapping[str, float], ranked: Sequence[str], used: Sequence[frozenset[str]]) -> tuple[str, str] | None:
    """Find the phrase, and its wording, that is best beside the names that are used; none where all that is left names nothing."""
    worded = [(scores[key] * _apart(says(name), used), key, name) for key in ranked for name in phrases.wordings(key)[:4]]
    left, key, name = max(worded, key=lambda each: each[0])  # of equals the first
    return (key, name) if left >= _FAINT * scores[ranked[0]] else None


def _apart(said: frozenset[str], used: Sequence[frozenset[str]]) -> float:
    """Say how much of a score is left to a name beside those that are used: nothing where it says the same as one."""
    return min([0.0 if said == other else _PART if said < other else _WHOLE if other < said else 1.0 for other in used], default=1.0)


def _numbered(name: str, others: Sequence[str]) -> str:
    """Number a name that another theme has."""
    alike = {other.lower() for other in others}
    return next(each for each in chain([name], (f"{name} ({n})" for n in count(2))) if each.lower() not in alike)


def _second(phrases: Phrases, scores: Mapping[str, float], ranked: Sequence[str], first: str) -> str:
    """Find the phrase for what many texts speak of that do not speak of the first; "" where there is none."""
    covered = phrases.covered(first)
    if len(covered) >= _ENOUGH * phrases.texts or not _is_thing(phrases, first):
        return ""
    for key in ranked:
        if scores[key] < _SECOND * scores[first]:
            return ""
        more = len(phrases.covered(key) - covered) >= _MORE * phrases.texts and phrases.holds(key) >= _SHARED
        if more and _is_thing(phrases, key) and not share_a_word(first, key) and " and " not in key:
            return key
    return ""


def _is_thing(phrases: Phrases, key: str) -> bool:
    """Tell a thing from what is done or how it is: its first word follows articles more than pronouns, and it is no sentence, praise or denial."""
    first, *others = key.split(" ")
    known = phrases.named[first] >= phrases.done[first] if others else phrases.named[first] > phrases.done[first]
    return known and first not in OPENERS and not _SENTENCE & {first, *others}


def _raise(phrase: str) -> str:
    """Raise the first letter, unless the first word has its own capitals, as iPhone has."""
    first = phrase.partition(" ")[0]
    return phrase[:1].upper() + phrase[1:] if first.islower() else phrase
