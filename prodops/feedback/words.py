"""What counts as a word: one tokenizer for clustering, naming and picking quotes.

Words are cut at anything but letters with their marks, digits and inner apostrophes; scripts that write without spaces (Chinese,
Japanese, Thai) are cut into pairs of letters. Redaction's marks, links and handles are no words.
"""

import re
import unicodedata
from functools import lru_cache

from prodops.feedback.lexicon import ANGER, BLAMED, LIGHT, PRAISE, PRAISED, STOP_WORDS, SYNONYMS

NOISE = re.compile(r"https?://\S+|www\.\S+|@\w+|\[(?:e-mail|phone|card|iban|ip|link|key|name|handle)\]")
MARKS = "".join(c for c in map(chr, range(0x300, 0x1E00)) if unicodedata.category(c) in ("Mn", "Mc"))
"""Accents, vowels and other signs that are written on a letter: without them no word of Hebrew, Hindi or Thai is whole."""
LETTER = rf"(?:[^\W_][{MARKS}]*)"
_WORD = re.compile(rf"{LETTER}+(?:['’]{LETTER}+)*")
UNSPACED = re.compile("[\u0e01-\u0e4e\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+")
"""A run of letters in a script that puts no spaces between words."""
_LETTERS = re.compile(rf"[เแโใไ]?{LETTER}[ะาำๅ]?|.")
_LONGEST, _RUN = 40, 400
"""Longer runs of letters are no words; so many characters of an unspaced run are looked at."""
_PARTICLE = re.compile("(?<=[\uac00-\ud7a3]{2})(?:에서|에게|으로|까지|부터|처럼|보다|[이가은는을를에의도로와과만])$")
"""What Korean puts behind a noun to say its part in the sentence."""
_HISSING = ("sses", "shes", "ches", "xes", "zzes")


def surface(text: str) -> list[str]:
    """Cut a text into its words as written, in lower case; nothing is left out but noise and endless runs."""
    text = NOISE.sub(" ", text).lower().replace("’", "'")
    found = _WORD.findall(text)
    if not UNSPACED.search(text):
        return [word for word in found if len(word) <= _LONGEST]
    return [part for word in found for part in _parts(word)]


def letters(run: str) -> list[str]:
    """Cut an unspaced run into its letters, each with the vowels and marks that belong to it."""
    return _LETTERS.findall(run[:_RUN])


def _parts(word: str) -> list[str]:
    if UNSPACED.search(word):
        each = letters(word)
        return ["".join(each[i : i + 2]) for i in range(max(1, len(each) - 1))]
    return [word] if len(word) <= _LONGEST else []


@lru_cache(maxsize=200_000)
def root(word: str) -> str:
    """Give the form under which a word counts: a plural as its singular, a Korean noun without its particle, praise as one word, anger as one."""
    word = SYNONYMS.get(word, word).removesuffix("'s")
    if word in PRAISE:
        return PRAISED
    if word in ANGER:
        return BLAMED
    if word[-1:] >= "\uac00":
        return _PARTICLE.sub("", word)
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(_HISSING):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


@lru_cache(maxsize=200_000)
def says_something(word: str) -> bool:
    """Say whether a word may begin or end a name: not a stop word, at least two characters, at least one letter."""
    return len(word) > 1 and word not in STOP_WORDS and not word.isdigit() and any(c.isalpha() for c in word)


@lru_cache(maxsize=200_000)
def is_content(word: str) -> bool:
    """Say whether a word can carry a theme."""
    return says_something(word) and word not in LIGHT


def content(text: str) -> list[str]:
    """Give the roots of the words of a text that can carry a theme, in order."""
    return [root(word) for word in surface(text) if is_content(word)]
