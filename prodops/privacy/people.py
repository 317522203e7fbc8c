"""Names of people where people give them: salutations, thanks, sign-offs, titles, forms, "my name is"."""

import re
from collections.abc import Iterator
from functools import cache

from prodops.privacy.turns import (
    ASIDE_WORDS,
    FAREWELL,
    FAREWELL_SIGNS,
    FAREWELL_WORDS,
    FIELD,
    FIELD_WORDS,
    FRENCH_TITLE,
    GREETING,
    GREETING_WORDS,
    GROUPS,
    INTRODUCTION,
    INTRODUCTION_SIGNS,
    INTRODUCTION_WORDS,
    NO_NAMES,
    SELF,
    SELF_SIGNS,
    SELF_WORDS,
    THANKS,
    TITLE,
    TITLE_WORDS,
)

Place = tuple[int, int]
BLANK = "\ufffb"
"""Stands in the place of a name that was found."""
_WORD = re.compile(r"[^\W\d_]+")
_CAPITAL = "[" + "".join(c for c in map(chr, range(0x530)) if c.isupper()) + "]"
"""Capital letters, Latin, Greek and Cyrillic: in scripts without them nothing tells a name from another word."""
_W = rf"{_CAPITAL}[^\W\d_]*(?:['’-][^\W\d_]+)*"
_INITIAL = rf"{_CAPITAL}\."
_PARTICLE = r"(?:v[ao]n|de[rnl]?|del(?:la)?|d[aiou]s?|la|le|el|ten|ter|zu|zum|bin|ibn|al|y|e)"
_NAME = rf"(?:(?:{_INITIAL}[ \t]?|{_W}[ \t]|{_PARTICLE}[ \t]){{0,4}}{_W}(?:[ \t]{_INITIAL})?)"
_TITLES = rf"(?:{TITLE}[ \t]?)*"
_FOR = r"(?:(?:i\. ?[AV]\.|ppa\.|p\.p\.|(?i:ihre?|eure?|deine?|votre|your|for|für))[ \t])?"
_MANY = r"(?![ \t]+(?:" + "|".join(sorted(GROUPS)) + r"|members|users|fans|players|owners|people|folks)\b)"
_ENDS = r"(?=[ \t]*(?:[,!:;.\n)–—-]|$)|[ \t]+(?:and|und|et|y|e|en|&)[ \t])"
_ROW_ENDS = r"(?=[ \t]*(?:\n|$))"
_LOWER = r"[a-zà-ÿ][a-zà-ÿ'’-]{2,19}"
_AND = r"(?:and|und|et|y|e|en|&|\+|/)"
_FROM = r"(?=,? (?:from|at (?-i:[A-Z]|the)|here|calling|writing|von|vom|aus|de|du|da|van|di|della|dell)\b)"
_LETTER = r"(?<=[\s\S]{60})"
"""So much text stands above a signature; less is a title, and what stands below it the text."""
_NEAR_END = r"(?=[ \t]*(?:\n[^\n]{0,60}){0,4}\Z)"
_LINE = r"(?:^|(?<=\n)|(?<=\n[ \t])|(?<=\n[ \t]{2}))"
_CLAUSE = rf"(?:{_LINE}|(?<=[.!?,:;–—“\"(])|(?<=[.!?,:;–—“\"(\]][ \t]))"
_BY_WORDS: tuple[tuple[frozenset[str], frozenset[str], tuple[str, ...]], ...] = (
    (
        GREETING_WORDS,
        GREETING_WORDS,
        (
            # Hi Anna, … · Dear Dr. Marsh … · Thank you Nadia, …
            rf"{_CLAUSE}(?i:{GREETING}|{THANKS})[ \t]+(?:M\.[ \t])?{_TITLES}({_NAME}){_ENDS}",
            # Hi Anna it fails … at the beginning of a line, one name, a plain word after it
            rf"{_LINE}(?i:{GREETING})[ \t]+{_TITLES}({_W}){_MANY}(?=[ \t]+[a-zà-ÿ])",
            # hallo petra, …
            rf"{_LINE}(?i:{GREETING})[ \t]+({_LOWER})(?=[ \t]*(?:[,!]|\n))",
        ),
    ),
    (
        FAREWELL_SIGNS,
        FAREWELL_WORDS,
        (
            # Regards, Anna Lee · Thanks⏎Anna
            rf"{_CLAUSE}(?i:{FAREWELL})[ \t]*(?:[,–—:-][ \t]*\n{{0,3}}|[.!,]?[ \t]*\n{{1,3}})[ \t]*{_FOR}{_TITLES}({_NAME})"
            r"(?=[ \t]*(?:\n|[(|/]|[.!,]?[ \t]*(?:$|\n)))",
            # MfG T. Schneider
            rf"{_CLAUSE}(?!(?i:best|yours|signed|dag)\b)(?i:{FAREWELL})[ \t]+({_NAME})(?=[ \t]*[.!]?[ \t]*(?:\n|$))",
            # thanks⏎anna
            rf"{_LINE}(?i:{FAREWELL})[ \t]*[,.!]?[ \t]*\n{{1,3}}[ \t]*({_LOWER}(?: {_LOWER})?)(?=[ \t.!]*\Z)",
            rf"(?i:salutations distinguées)\.?[ \t]*\n{{1,3}}({_NAME}){_ROW_ENDS}",
        ),
    ),
    # Mr. Smith · Frau Dr. Müller · M. Lambert
    (TITLE_WORDS, TITLE_WORDS, (rf"(?<![\w.]){TITLE}[ \t]*(?:{TITLE}[ \t]*)*[ \t]({_NAME})", rf"{FRENCH_TITLE}[ \t]({_W}(?: {_W})?)")),
    # my name is Anna · thanks to Elena in support
    (
        INTRODUCTION_SIGNS,
        INTRODUCTION_WORDS,
        (rf"(?i:{INTRODUCTION})[ \t]+{_TITLES}({_NAME})", rf"(?i:thanks to)[ \t]({_NAME})(?=,? (?:in|from|at|who)\b)"),
    ),
    # I'm Kofi from Accra
    (SELF_SIGNS, SELF_WORDS, (rf"(?i:{SELF})[ \t]+{_TITLES}({_W}(?: {_W})?){_FROM}",)),
    # Name: Anna Lee · Agent: Vikram
    (
        FIELD_WORDS | ASIDE_WORDS,
        FIELD_WORDS | ASIDE_WORDS,
        (
            rf"{_LINE}(?i:{FIELD})[ \t]*[:=][ \t]*{_TITLES}({_W}[ \t](?:{_W}|{_PARTICLE}|{_INITIAL})(?:[ \t]{_W}){{0,2}})",
            rf"(?:{_LINE}|(?<=\])|(?<=\] ))(?i:agent|advisor|operator|rep)[ \t]*:?[ \t]*({_NAME})(?=[ \t]*(?:[:\n]|$))",
        ),
    ),
)
"""Where a text has one of the first words, the patterns are tried wherever one of the second stands; their group is the name."""
_BY_SIGNS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    # --⏎Anna Lee · It works. — Anna · -Anna
    (("--",), (rf"(?:^|\n)--+[ \t]*\n?[ \t]*({_NAME}){_ROW_ENDS}",)),
    (("-", "–", "—"), (rf"[\n.!?] ?(?:[–—] ?|-(?! ))({_NAME})(?=[ \t]*\.?\Z)", rf"(?:^|\n)(?![-•*])[^\n]+\n[-–—] ?({_NAME})(?=[ \t]*\Z)")),
    # Anna Lee⏎Head of Purchasing … alone below a letter and a blank line (or a full stop), near the end, not shouted
    (("\n",), (rf"{_LETTER}(?:\n[ \t]*|(?<=[.!?])[ \t]*)\n[ \t]*(?=[^\n]*[a-zß-öø-ÿ])({_W} (?:{_INITIAL} )?{_W}(?: {_W})?){_NEAR_END}",)),
    # "Lee, Anna" <a mail address>
    (("<\ufffc",), (r"(?:^|[\n:])[ \t]*\"?([^\W\d_][\w.'’ ,-]{1,60}?)\"?[ \t]*<(?=\ufffc)",)),
    # … and Liam, after a name
    ((BLANK,), (rf"{BLANK},?[ \t]+{_AND}[ \t]+({_NAME}){_ENDS}",)),
)
"""Patterns to try wherever one of these signs stands in the text."""
_SIGNED = tuple((signs, tuple(map(re.compile, patterns))) for signs, patterns in _BY_SIGNS)
_SHOUTED = range(4, 13)
"""Letters of a word in capitals that may still be a name."""
_PRODUCT = re.compile(r"\b(?!(?:Ma?c|Fitz|De|Di|Da|Du|La|Le|Van|Von|Mc)[A-Z])[^\W\d_]*[a-zß-öø-ÿ][A-Z]")
"""A capital letter within a word, as programs and companies are written, and few people."""
_SHORTENED = re.compile(r"(?:n['’]t|['’](?:m|s|re|ve|ll|d))$")
"""The end of I'm, that's, don't: what stands before it tells whether the word is a name."""
_QUALITY = re.compile(r"(?:able|ible|ing|ful|ous|ive|less)$")


@cache
def _at_words(turns: tuple[int, ...]) -> dict[str, list[re.Pattern[str]]]:
    """Give for each word that may begin one of these turns of speech the patterns to try there."""
    tried: dict[str, list[re.Pattern[str]]] = {}
    for _, words, patterns in (_BY_WORDS[turn] for turn in turns):
        for pattern in map(re.compile, patterns):
            for word in words:
                tried.setdefault(word, []).append(pattern)
    return tried


def names(text: str) -> Iterator[Place]:
    """Find names of people; what is found is hidden from the patterns tried after it."""
    lower = text.lower()
    said = set(_WORD.findall(lower))
    at_words = _at_words(tuple(i for i, (signs, _, _) in enumerate(_BY_WORDS) if not signs.isdisjoint(said)))
    for word in _WORD.finditer(lower) if at_words else ():
        for pattern in at_words.get(word[0], ()):
            if (match := pattern.match(text, word.start())) and _is_name(match[1]):
                yield match.span(1)
                text = _hidden(text, match.span(1))
    for signs, patterns in _SIGNED:
        if any(sign in text for sign in signs):
            for match in [match for pattern in patterns for match in pattern.finditer(text)]:
                if _is_name(match[1]):
                    yield match.span(1)
                    text = _hidden(text, match.span(1))


def _hidden(text: str, place: Place) -> str:
    start, end = place
    return text[:start] + BLANK * (end - start) + text[end:]


def _is_name(name: str) -> bool:
    words = [_SHORTENED.sub("", word.lower().strip("'’.,")) for word in name.split()]
    if len(words) > 1 and re.fullmatch(_PARTICLE, words[0]) and (name[0].isupper() or words[0] in ("van", "von")):
        words = words[1:]
    words = [word for word in words if len(word) > 1]
    if not words or words[0] in NO_NAMES or words[0] in FAREWELL_SIGNS or re.fullmatch(TITLE, name) or _QUALITY.search(words[0]):
        return False
    if any(part in GROUPS for word in words for part in (word, *word.split("-"))):
        return False
    if _PRODUCT.search(name):
        return False
    return not (name.isupper() and len(words) == 1 and len(name) not in _SHOUTED)
