"""Which phrases name a theme well: common in it and rare elsewhere, whole, readable, and true of its texts."""

import math
from collections.abc import Mapping

from prodops.feedback.lexicon import BEING, COARSE, OPENERS
from prodops.feedback.phrases import FEELINGS, Phrases, is_mixed, look
from prodops.feedback.words import is_content, says_something

_AGREED, _SAID, _FLOOR = 0.75, 0.4, 0.1
"""Share of praise, or of blame, in both that a name with it needs (half is none); share of the texts on a thing that praise, blame or deny
it, for a name that does; what is left of the score of a name that claims what is not so."""
_RARE, _TELLING = 0.01, math.log(1.3)
"""Share of other texts that is added before rates are compared, so that few texts do not make a phrase typical; how much commoner it must be."""
_TORN = 0.15
"""A phrase that stands alone in a smaller share of its texts is a part of another."""
_PROPER = 0.6
"""How one word reads that has capitals within, as products have: TestFlight."""
_FEELING, _OPINION = 0.6, 0.2
"""What is left of the score of a name with praise or blame in it, and of one that is a sentence with it: Teams is awesome."""
_PART = 0.3
"""Share of the texts with a phrase's commonest word that must hold its other words; below, the phrase says less than the word."""
_LENGTH = {1: 0.3, 2: 1.0, 3: 1.15, 4: 1.05}
"""How phrases of so many words that say something read as names."""


def score(phrases: Phrases, everywhere: Mapping[str, int], total: int) -> dict[str, float]:
    """Score the phrases that are commoner in a theme than elsewhere by how well they name it.

    ``everywhere`` counts the texts that hold each phrase, this theme's among them, of ``total`` texts. A phrase's weight is the square
    root of its share times the log of how much commoner it is than elsewhere; its score is less where its words are less typical,
    where it seldom stands alone, where it is a narrow case of what one of its words says, where it is one word only or one that is no noun, and where it praises
    or blames. Coarse words name nothing.
    """
    outside = max(total - phrases.texts, 1)

    def weigh(key: str, inside: int) -> float:
        share = inside / phrases.texts
        return math.sqrt(share) * math.log(max(share / ((everywhere[key] - inside) / outside + _RARE), 1.0))

    weights = {key: weigh(key, inside) for key, inside in phrases.holding.items() if inside >= phrases.least}
    heaviest = max((weight for key, weight in weights.items() if " " not in key), default=0.0) or 1.0
    shares = {key: math.sqrt(phrases.holding[key] / phrases.texts) for key in weights}
    telling = [
        key
        for key, weight in weights.items()
        if weight > shares[key] * _TELLING and phrases.whole(key) >= _TORN and COARSE.isdisjoint(key.split(" "))
    ]
    return {
        key: round(weights[key] * _typical(key, weights) / heaviest * _broad(key, phrases) * _reads(key, phrases), 9) for key in telling
    }


def _typical(key: str, weights: Mapping[str, float]) -> float:
    """Give the mean weight of a phrase's words: those that say something, but for praise and blame where there is a thing beside them."""
    told = [word for word in key.split(" ") if says_something(word)]
    things = [word for word in told if word not in FEELINGS]
    counted = things if any(look(word).carries for word in things) else [word for word in told if look(word).carries]
    return sum(weights.get(word, 0.0) for word in counted) / max(len(counted), 1)


def _broad(key: str, phrases: Phrases) -> float:
    """Say whether a phrase speaks for the texts that hold its commonest word: 1 where a good part of them hold the others too.

    "Hot food" speaks for few of those who speak of food; "customer service" for most who speak of service.
    """
    things = phrases.things(key)
    widest = max((phrases.holds(word) for word in things), default=0.0)
    return min(1.0, phrases.holds(key) / widest / _PART) if len(things) > 1 and widest else 1.0


def _reads(key: str, phrases: Phrases) -> float:
    """Say how well a phrase reads as a name."""
    words = key.split(" ")
    length = _LENGTH.get(sum(map(says_something, words)) + (words[0] in OPENERS), 0.1)
    length = _LENGTH[1] / 2 if phrases.holding[key.replace(" ", "")] > phrases.holding[key] else length  # tik tok, where most write tiktok
    length = _PROPER if len(words) == 1 and is_mixed(phrases.write(key)) else length
    single = 1.0 if len(words) > 1 else 0.4 if phrases.named[key] < phrases.done[key] else 0.2 if key in FEELINGS else 1.0
    felt = (_OPINION if BEING & set(words) else _FEELING) if FEELINGS & set(words) else 1.0
    return length * single * felt * _borne_out(key, phrases) * (0.2 + 0.8 * phrases.whole(key))


def _borne_out(key: str, phrases: Phrases) -> float:
    """Say how far a theme's texts bear out what a name claims: praise, blame or a denial that many share, praise or blame that others
    do not turn round.

    1 where the name claims nothing.
    """
    words = key.split(" ")
    things = [word for word in words if look(word).carries and word not in FEELINGS]
    borne = 1.0
    if feeling := FEELINGS & set(words):
        told = {each: sum(phrases.said_of[thing, each] for thing in things or [""]) for each in sorted(FEELINGS)}
        agreed = told[min(feeling)] / max(sum(told.values()), 1)
        borne = min(max((agreed - 0.5) / (_AGREED - 0.5), _FLOOR), 1.0)
        if things:
            borne *= min(1.0, min(phrases.said_of[thing, min(feeling)] / phrases.holding.get(thing, 1) for thing in things) / _SAID)
    if words[0] in OPENERS and things:
        borne *= min(1.0, phrases.holding[key] / max(phrases.holding.get(thing, 1) for thing in things) / _SAID)
    return borne


def share_a_word(one: str, other: str) -> bool:
    """Tell whether two phrases have words alike: track pad and trackpad, return and returning."""
    words = [word for word in other.split(" ") if is_content(word)]
    return any(
        a[:4] == b[:4] or a in b or b in a for a in [*one.split(" "), one.replace(" ", "")] for b in [*words, other.replace(" ", "")]
    )
