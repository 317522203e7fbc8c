"""Which language a text is in: by script, and within Latin by its function words. Enough to name themes, no more."""

import re
from collections import Counter
from collections.abc import Iterable

from prodops.feedback.lexicon import BY_LANGUAGE, STOP_WORDS
from prodops.feedback.words import surface

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
_BY_SCRIPT = {name: re.compile(f"[{span}]") for name, span in _SCRIPTS.items()}
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_KNOWN_BY = {word: [name for name, known in BY_LANGUAGE.items() if word in known] for word in STOP_WORDS}
_WORDS = 60
MOSTLY = 0.7


def language(text: str) -> str:
    """Name a text's language, or its script where that is not Latin; "" where too little tells."""
    head = text[:600]
    if not head.isascii():
        letters = {name: len(found) for name, script in _BY_SCRIPT.items() if (found := script.findall(head))}
        if letters and max(letters.values()) > len(_LATIN.findall(head)):
            return "Japanese" if "Japanese" in letters else max(sorted(letters), key=lambda name: letters[name])
    hits = Counter(name for word in surface(head)[:_WORDS] for name in _KNOWN_BY.get(word, ()))
    (best, most), (_, second) = [*hits.most_common(2), ("", 0), ("", 0)][:2]
    return best if most > second else ""


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
