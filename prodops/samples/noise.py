"""Slips of the hand: typos, casing, lost punctuation, slang, and what machines add (markup, wrong encodings)."""

import re

from prodops.samples.voices import Chance

_NEAR = {
    "a": "sqw",
    "b": "vgn",
    "c": "xvd",
    "d": "sfe",
    "e": "wrd",
    "f": "dgr",
    "g": "fht",
    "h": "gjy",
    "i": "uok",
    "j": "hku",
    "k": "jli",
    "l": "kop",
    "m": "nj",
    "n": "bmh",
    "o": "ipl",
    "p": "ol",
    "q": "wa",
    "r": "etf",
    "s": "adw",
    "t": "ryg",
    "u": "yij",
    "v": "cbf",
    "w": "qes",
    "x": "zcs",
    "y": "tuh",
    "z": "xas",
}
_SLANG = (
    (r"\byou\b", "u"),
    (r"\bplease\b", "pls"),
    (r"\bPlease\b", "Pls"),
    (r"\bthanks\b", "thx"),
    (r"\bThanks\b", "Thx"),
    (r"\bbecause\b", "cuz"),
    (r"\bbecause\b", "bc"),
    (r"\band\b", "&"),
    (r"\bright now\b", "rn"),
    (r"\bpeople\b", "ppl"),
    (r"\bgoing to\b", "gonna"),
    (r"\bwant to\b", "wanna"),
    (r"\breally\b", "rly"),
    (r"\byour\b", "ur"),
    (r"\bnotifications\b", "notifs"),
    (r"\bsomething\b", "smth"),
    (r"\btomorrow\b", "tmrw"),
    (r"\bI don't know\b", "idk"),
    (r"\bnot\b", "NOT"),
    (r"\bagain\b", "AGAIN"),
    (r"\bnothing\b", "NOTHING"),
    (r"\bevery\b", "EVERY"),
    (r"\bvery\b", "sooo"),
    (r"\bso\b", "sooo"),
    (r"'", ""),
    (r"'", ""),
    (r"'", "’"),
)
_RULES = tuple((re.compile(pattern), text) for pattern, text in _SLANG)


def roughen(text: str, chance: Chance, haste: float) -> str:
    """Write a text as a person in some haste would; ``haste`` (0 to 1) is the share of texts that show it."""
    if chance() < haste:
        if chance() < 0.55:
            text = text.lower()
        for _ in range(1 + int(chance() * 2.4)):
            pattern, plain = _RULES[int(chance() * len(_RULES))]
            text = pattern.sub(plain, text)
        if chance() < 0.45:
            text = text.rstrip(".") or text
        if chance() < 0.12:
            text = text.replace(".", "").replace(",", "") or text
    if chance() < 0.1 + haste * 0.5:
        for _ in range(1 + int(chance() ** 2 * 3)):
            text = slip(text, chance)
    if chance() < 0.008:
        text = text.upper()
    return text


def slip(text: str, chance: Chance) -> str:
    """Make one typo within a word: a neighbour's key, a letter lost, doubled or swapped; texts without long words stay."""
    at = int(chance() * len(text))
    if not text[max(0, at - 1) : at + 2].isalpha() or at + 1 >= len(text) or at == 0:
        return text
    kind, letter = chance(), text[at]
    if kind < 0.3:
        near = _NEAR.get(letter.lower(), letter)
        return text[:at] + near[int(chance() * len(near))] + text[at + 1 :]
    if kind < 0.6:
        return text[:at] + text[at + 1 :]
    if kind < 0.75:
        return text[:at] + letter + text[at:]
    return text[:at] + text[at + 1] + letter + text[at + 2 :]


def machine_marks(text: str, chance: Chance) -> str:
    """Leave the marks of a careless import: line breaks as tags, entities, hard spaces, UTF-8 read as Latin."""
    kind = chance()
    if kind < 0.4:
        return text.replace("\n", "<br>") if "\n" in text else f"<p>{text}</p>"
    if kind < 0.6:
        return text.replace("'", "&#39;").replace(" & ", " &amp; ").replace('"', "&quot;")
    if kind < 0.8:
        return text.replace(" ", "\u00a0", 2)
    return text.replace("'", "â€™").replace("é", "Ã©").replace("ü", "Ã¼").replace("ä", "Ã¤").replace("ö", "Ã¶")
