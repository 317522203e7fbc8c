"""Names of people where people give them: salutations, thanks, sign-offs, titles, forms, "my name is"."""

import re
from collections.abc import Iterator

from prodops.privacy.turns import (
    FAREWELL,
    FAREWELL_WORDS,
    FIELD,
    FIELD_WORDS,
    FRENCH_TITLE,
    GREETING,
    GREETING_WORDS,
    GROUPS,
    INTRODUCTION,
    INTRODUCTION_WORDS,
    NO_NAMES,
    SELF,
    SELF_WORDS,
    THANKS,
    TITLE,
    TITLE_WORDS,
)

BLANK = "\ufffb"
"""Stands in the place of a name that was found."""
_WORD = re.compile(r"[^\W\d_]+")
_W = r"[^\W\d_a-zß-öø-ÿ][^\W\d_]*(?:['’-][^\W\d_]+)*"
_INITIAL = r"[^\W\d_a-zß-öø-ÿ]\."
_PARTICLE = r"(?:v[ao]n|de[rnl]?|del(?:la)?|d[aiou]s?|la|le|el|ten|ter|zu|zum|bin|ibn|al|y|e)"
_NAME = rf"(?:(?:{_INITIAL}[ \t]?|{_W}[ \t]|{_PARTICLE}[ \t]){{0,4}}{_W}(?:[ \t]{_INITIAL})?)"
_TITLES = rf"(?:{TITLE}[ \t]?)*"
_FOR = r"(?:(?:i\. ?[AV]\.|ppa\.|p\.p\.|(?i:ihre?|eure?|deine?|votre|your|for|für))[ \t])?"
_MANY = r"(?![ \t]+(?:" + "|".join(sorted(GROUPS)) + r"|members|users|fans|players|owners|people|folks)\b)"
_BEGINS = r"(?:^|[\n.!?,:;“\"(] ?)[ \t]*"
_STARTS = r"(?:^|[\n.!?,;–—] ?)[ \t]*"
_ENDS = r"(?=[ \t]*(?:[,!:;.\n)–—-]|$)|[ \t]+(?:and|und|et|y|e|en|&)[ \t])"
_LOWER = r"[a-zà-ÿ][a-zà-ÿ'’-]{2,19}"
_AND = r"(?:and|und|et|y|e|en|&|\+|/)"
_FROM = r"(?=,? (?:from|at (?-i:[A-Z]|the)|here|calling|writing|von|vom|aus|de|du|da|van|di|della|dell)\b)"
_PATTERNS: tuple[tuple[frozenset[str], tuple[str, ...]], ...] = (
    (
        GREETING_WORDS,
        (
            # Hi Anna, … · Dear Dr. Marsh … · Thank you Nadia, …
            rf"{_BEGINS}(?i:{GREETING}|{THANKS})[ \t]+(?:M\.[ \t])?{_TITLES}({_NAME}){_ENDS}",
            # Hi Anna it fails … at the very beginning, one name, a plain word after it
            rf"(?:\A|\n)[ \t]*(?i:{GREETING})[ \t]+{_TITLES}({_W}){_MANY}(?=[ \t]+[a-zà-ÿ])",
            # hallo petra, …
            rf"(?:^|\n)[ \t]*(?i:{GREETING})[ \t]+({_LOWER})(?=[ \t]*(?:[,!]|\n))",
        ),
    ),
    (
        FAREWELL_WORDS,
        (
            # Regards, Anna Lee · Thanks⏎Anna
            rf"{_STARTS}(?i:{FAREWELL})[ \t]*(?:[,–—:-][ \t]*\n{{0,3}}|[.!,]?[ \t]*\n{{1,3}})[ \t]*{_FOR}{_TITLES}({_NAME})"
            r"(?=[ \t]*(?:\n|[(|/]|[.!,]?[ \t]*(?:$|\n)))",
            # MfG T. Schneider
            rf"{_STARTS}(?!(?i:best|yours|signed|dag)\b)(?i:{FAREWELL})[ \t]+({_NAME})(?=[ \t]*[.!]?[ \t]*(?:\n|$))",
            # thanks⏎anna
            rf"(?:^|\n)[ \t]*(?i:{FAREWELL})[ \t]*[,.!]?[ \t]*\n{{1,3}}[ \t]*({_LOWER}(?: {_LOWER})?)(?=[ \t.!]*\Z)",
            rf"(?i:salutations distinguées)\.?[ \t]*\n{{1,3}}({_NAME})(?=[ \t]*(?:\n|$))",
        ),
    ),
    # Mr. Smith · Frau Dr. Müller · M. Lambert
    (TITLE_WORDS, (rf"(?<![\w.]){TITLE}[ \t]*(?:{TITLE}[ \t]*)*[ \t]({_NAME})", rf"{FRENCH_TITLE}[ \t]({_W}(?: {_W})?)")),
    # my name is Anna · thanks to Elena in support
    (
        INTRODUCTION_WORDS,
        (rf"\b(?i:{INTRODUCTION})[ \t]+{_TITLES}({_NAME})", rf"\b(?i:thanks to)[ \t]({_NAME})(?=,? (?:in|from|at|who)\b)"),
    ),
    # I'm Kofi from Accra
    (SELF_WORDS, (rf"\b(?i:{SELF})[ \t]+{_TITLES}({_W}(?: {_W})?){_FROM}",)),
    # Name: Anna Lee · Agent: Vikram
    (
        FIELD_WORDS,
        (
            rf"(?:^|\n)[ \t]*(?i:{FIELD})[ \t]*[:=][ \t]*{_TITLES}({_W}[ \t](?:{_W}|{_PARTICLE}|{_INITIAL})(?:[ \t]{_W}){{0,2}})",
            rf"(?:^|\n|\] ?)[ \t]*(?i:agent|advisor|operator|rep)[ \t]*:?[ \t]*({_NAME})(?=[ \t]*(?:[:\n]|$))",
        ),
    ),
)
_BY_SIGNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    # --⏎Anna Lee · It works. — Anna · -Anna
    ("--", (rf"(?:^|\n)--+[ \t]*\n?[ \t]*({_NAME})(?=[ \t]*(?:\n|$))",)),
    ("-–—", (rf"[\n.!?] ?(?:[–—] ?|-(?! ))({_NAME})(?=[ \t]*\Z)", rf"(?:^|\n)(?![-•*])[^\n]+\n[-–—] ?({_NAME})(?=[ \t]*\Z)")),
    # Anna Lee⏎Head of Purchasing … alone below a blank line, near the end
    ("\n", (rf"\n[ \t]*\n[ \t]*({_W} (?:{_INITIAL} )?{_W}(?: {_W})?)(?=[ \t]*(?:\n[^\n]{{0,60}}){{0,4}}\Z)",)),
    # "Lee, Anna" <a mail address>
    ("<", (r"(?:^|[\n:])[ \t]*\"?([^\W\d_][\w.'’ ,-]{1,60}?)\"?[ \t]*<(?=\ufffc)",)),
    # … and Liam, after a name
    (BLANK, (rf"{BLANK},?[ \t]+{_AND}[ \t]+({_NAME}){_ENDS}",)),
)
_WORDED = tuple((words, tuple(map(re.compile, patterns))) for words, patterns in _PATTERNS)
_SIGNED = tuple((signs, tuple(map(re.compile, patterns))) for signs, patterns in _BY_SIGNS)
_SHOUTED = range(4, 13)
"""Letters of a word in capitals that may still be a name."""
_QUALITY = re.compile(r"(?:able|ible|ing|ful|ous|ive|less)$")


def names(text: str) -> Iterator[tuple[int, int]]:
    """Find names of people; one pattern's finds are hidden from those after it."""
    said = set(_WORD.findall(text.lower()))
    for words, patterns in _WORDED:
        if not words.isdisjoint(said):
            for pattern in patterns:
                for match in pattern.finditer(text):
                    if _is_name(match[1]):
                        yield match.span(1)
                        text = text[: match.start(1)] + BLANK * len(match[1]) + text[match.end(1) :]
    for signs, patterns in _SIGNED:
        if signs in text if signs == "--" else any(sign in text for sign in signs):
            for pattern in patterns:
                for match in pattern.finditer(text):
                    if _is_name(match[1]):
                        yield match.span(1)
                        text = text[: match.start(1)] + BLANK * len(match[1]) + text[match.end(1) :]


def _is_name(name: str) -> bool:
    words = [word.lower().strip("'’.,") for word in name.split()]
    if len(words) > 1 and re.fullmatch(_PARTICLE, words[0]) and (name[0].isupper() or words[0] in ("van", "von")):
        words = words[1:]
    words = [word for word in words if len(word) > 1]
    if not words or words[0] in NO_NAMES or re.fullmatch(TITLE, name) or _QUALITY.search(words[0]):
        return False
    if any(part in GROUPS for word in words for part in (word, *word.split("-"))):
        return False
    return not (name.isupper() and len(words) == 1 and len(name) not in _SHOUTED)
