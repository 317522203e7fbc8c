"""How a customer feels, from the words alone: a light, offline score for English, to be checked against ratings (:mod:`sentiment_check`).

Words carry weights (:mod:`moodwords`); a negation turns round what follows, an intensifier changes its weight, and what comes
after "but" counts more (the rules of Hutto & Gilbert 2014, "VADER", on a list of our own). Irony, comparisons and quoted speech
are beyond it. Nothing is scored in a language it does not know.
"""

import math
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from prodops.feedback import moodwords
from prodops.feedback.languages import language

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

KNOWN = ("English",)
"""Languages that are scored, by name; a table's ``en`` or ``en-GB`` is one of them."""
_TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|[.,;:!?\n]")
_REACH, _TURNED, _MISSED, _BEFORE_TURN, _AFTER_TURN, _EXCLAIMED, _FLAT = 3, -0.75, -1.5, 0.5, 1.5, 1.1, 4.0
_CHARACTERS = 5_000


def sentiment(texts: Iterable[str], languages: Iterable[str | None] | None = None) -> "Floats":
    """Score each text from −1 (bad) to 1 (good); missing where its language is not known or no word in it is felt.

    ``languages`` gives a name or code for each text ("English", "en", "en-GB"; empty: told from the text).
    """
    import numpy as np

    texts = [text if isinstance(text, str) else "" for text in texts]
    given = [None] * len(texts) if languages is None else list(languages)
    return np.array([_score(text[:_CHARACTERS]) if _is_known(text, name) else math.nan for text, name in zip(texts, given, strict=True)])


def _is_known(text: str, name: object) -> bool:
    said = name if isinstance(name, str) and name else language(text)
    return said in ("", *KNOWN) or said.lower().split("-")[0].split("_")[0] in ("en", "eng")


@lru_cache(maxsize=1)
def _weights() -> tuple[dict[str, float], tuple[tuple[str, float], ...]]:
    """Give the weights of whole words, and those of beginnings, longest first."""
    whole: dict[str, float] = {}
    for sign, lists in ((1.0, moodwords.GOOD), (-1.0, moodwords.BAD)):
        for weight, words in sorted(lists.items()):
            whole |= dict.fromkeys(words.split(), sign * weight)
    begun = {word[:-1]: weight for word, weight in whole.items() if word.endswith("*")}
    return {word: weight for word, weight in whole.items() if not word.endswith("*")}, tuple(
        sorted(begun.items(), key=lambda item: -len(item[0]))
    )


@lru_cache(maxsize=100_000)
def weight(word: str) -> float:
    """Give the weight of one word, 0 where it is not felt."""
    whole, begun = _weights()
    if word in whole:
        return whole[word]
    return next((value for start, value in begun if word.startswith(start)), 0.0)


NEGATIONS, NEEDED, TURNS = (frozenset(words.split()) for words in (moodwords.NEGATIONS, moodwords.NEEDED, moodwords.TURNS))
_STRONGER = {word: factor for factor, words in moodwords.STRONGER.items() for word in words.split()}


def _score(text: str) -> float:
    felt = _felt(_TOKEN.findall(text.lower().replace("’", "'")))
    return math.nan if not felt else (total := sum(felt)) / math.sqrt(total * total + _FLAT * len(felt))


def _felt(tokens: Sequence[str]) -> list[float]:
    """Weigh each word that is felt, in order."""
    felt: list[float] = []
    begun, negated, factor, side = 0, 0, 1.0, 1.0  # where the sentence begins; what stands before the word
    for token in tokens:
        if token in TURNS or not token[0].isalnum():
            if token in TURNS:
                felt[begun:], side = [value * _BEFORE_TURN for value in felt[begun:]], _AFTER_TURN
            elif token == "!" and felt:
                felt[-1] *= _EXCLAIMED
            if token in ".!?\n":
                begun, side = len(felt), 1.0
            negated, factor = 0, 1.0
            continue
        value = _MISSED if negated and token in NEEDED else weight(token) * (_TURNED if negated and token not in NEGATIONS else 1.0)
        if value:
            felt.append(value * factor * side)
        negated = _REACH if token in NEGATIONS else max(negated - 1, 0)
        factor = _STRONGER.get(token, 1.0)
    return felt
