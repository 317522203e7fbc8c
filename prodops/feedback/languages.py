"""Which language a text is in: by its script, by its function words, and where these do not tell by a small detector.

The detector is py3langid (naive Bayes over byte n-grams; Lui & Baldwin 2012), held to the languages that feedback is
commonly written in. It is asked only where a text is long enough for an answer and its function words leave room for doubt.
"""

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from prodops.feedback.lexicon import BY_LANGUAGE, STOP_WORDS
from prodops.feedback.words import surface

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier  # type: ignore[import-untyped]

NAMES = dict(
    pair.split(" ")
    for line in (
        "cs Czech|da Danish|de German|en English|es Spanish|fi Finnish|fr French|hr Croatian|hu Hungarian|id Indonesian|it Italian|nl Dutch",
        "no Norwegian|pl Polish|pt Portuguese|ro Romanian|sk Slovak|sv Swedish|tr Turkish|vi Vietnamese",
        "bg Bulgarian|ru Russian|sr Serbian|uk Ukrainian|ar Arabic|fa Persian|ur Urdu",
    )
    for pair in line.split("|")
)
"""The languages that the detector may answer with, by ISO 639-1 code; close kin (Danish and Norwegian) may be taken for one another."""
WELL_KNOWN = frozenset(BY_LANGUAGE)
"""The languages whose function words are known; of texts in others, words that say nothing may end up in themes and names."""
MOSTLY = 0.7
_SCRIPTS = {
    "Arabic": "\u0600-\u06ff",
    "Chinese": "\u4e00-\u9fff",
    "Cyrillic": "\u0400-\u04ff",
    "Greek": "\u0370-\u03ff",
    "Hebrew": "\u0590-\u05ff",
    "Hindi": "\u0900-\u097f",
    "Japanese": "\u3040-\u30ff",
    "Korean": "\uac00-\ud7af",
    "Thai": "\u0e00-\u0e7f",
}
_SHARED = {"Arabic": ("ar", "fa", "ur"), "Cyrillic": ("bg", "ru", "sr", "uk")}
_LATIN = tuple(code for code in NAMES if not any(code in codes for codes in _SHARED.values()))
_BY_SCRIPT = {name: re.compile(f"[{span}]") for name, span in _SCRIPTS.items()}
_LATIN_LETTER = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_KNOWN_BY = {word: [name for name, known in BY_LANGUAGE.items() if word in known] for word in STOP_WORDS}
HEAD = 400
"""Characters of a text that are looked at."""
_WORDS, _LETTERS = 60, 20
_PLAIN, _SURE = 0.3, 0.5
"""Share of function words that settles it; probability that the detector's answer needs."""


def language(text: str) -> str:
    """Name a text's language, or its script where that is not Latin and more cannot be told; "" where too little tells.

    Looks at the first 400 characters. Texts of fewer than 20 letters or 4 words are judged by their function words alone.
    """
    head = text[:HEAD]
    if not head.isascii():
        letters = {name: len(found) for name, script in _BY_SCRIPT.items() if (found := script.findall(head))}
        if letters and max(letters.values()) > len(_LATIN_LETTER.findall(head)):
            script = "Japanese" if "Japanese" in letters else max(sorted(letters), key=lambda name: letters[name])
            return (script in _SHARED and letters[script] >= _LETTERS and _detect(head, _SHARED[script])) or script
    words = surface(head)[:_WORDS]
    hits = Counter(name for word in words for name in _KNOWN_BY.get(word, ()))
    (best, most), (_, second) = [*hits.most_common(2), ("", 0), ("", 0)][:2]
    if most > 2 * second and most >= max(2, _PLAIN * len(words)):
        return best
    if len(words) >= 4 and len(_LATIN_LETTER.findall(head)) >= _LETTERS:
        return _detect(" ".join(words), _LATIN)
    return best if most > second else ""


@lru_cache(maxsize=8)
def _detector(codes: tuple[str, ...]) -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    detector = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    detector.set_languages(codes)
    return detector


def _detect(text: str, codes: tuple[str, ...]) -> str:
    code, probability = _detector(codes).classify(text)
    return NAMES[code] if probability >= _SURE else ""


def usual(texts: Iterable[str]) -> str:
    """Name the language that most texts are in, "" where none is known."""
    return next((name for name, _ in Counter(filter(None, map(language, texts))).most_common(1)), "")


def other(texts: Iterable[str], than: str) -> str:
    """Name the language of texts that are mostly not in the usual one ("other languages" where several); "" where they are."""
    counts = Counter(filter(None, map(language, texts)))
    total = sum(counts.values())
    if not total or counts[than] > (1 - MOSTLY) * total:
        return ""
    name, n = min(counts.items(), key=lambda item: (-item[1], item[0]))
    return name if n >= MOSTLY * total else "other languages"
