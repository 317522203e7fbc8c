"""Names of people where people give them: salutations, thanks, sign-offs, titles, forms, "my name is"."""

import re
from collections.abc import Iterator

from prodops.privacy.turns import FAREWELL, FIELD, FRENCH_TITLE, GREETING, GROUPS, INTRODUCTION, NO_NAMES, SELF, THANKS, TITLE

_BLANK = "\ufffb"  # a name already found
_W = r"[^\W\d_a-zß-öø-ÿ][^\W\d_]*(?:['’-][^\W\d_]+)*"
_INITIAL = r"[^\W\d_a-zß-öø-ÿ]\."
_PARTICLE = r"(?:v[ao]n|de[rnl]?|del(?:la)?|d[aiou]s?|la|le|el|ten|ter|zu|zum|bin|ibn|al|y|e)"
_NAME = rf"(?:(?:{_INITIAL}[ \t]?|{_W}[ \t]|{_PARTICLE}[ \t]){{0,4}}{_W}(?:[ \t]{_INITIAL})?)"
_TITLES = rf"(?:(?:{TITLE}|M\.)[ \t]?)*"
_BEGINS = r"(?:^|[\n.!?,:;“\"(] ?)[ \t]*"
_ENDS = r"(?=[ \t]*(?:[,!:;.\n)–—-]|$)|[ \t]+(?:and|und|et|y|e|en|&)[ \t])"
_LOWER = r"[a-zà-ÿ][a-zà-ÿ'’-]{2,19}"
_AND = r"(?:and|und|et|y|e|en|&|\+|/)"
_PATTERNS = (
    # Hi Anna, … · Dear Dr. Marsh … · Thank you Nadia, …
    rf"{_BEGINS}(?i:{GREETING}|{THANKS})[ \t]+{_TITLES}({_NAME}){_ENDS}",
    # Hi Anna it fails … at the very beginning, one name, a plain word after it
    rf"(?:\A|\n)[ \t]*(?i:{GREETING})[ \t]+{_TITLES}({_W})(?=[ \t]+[a-zà-ÿ])",
    # hallo petra, …
    rf"(?:^|\n)[ \t]*(?i:{GREETING})[ \t]+({_LOWER})(?=[ \t]*(?:[,!]|\n))",
    # Regards, Anna Lee · MfG T. Schneider · Thanks⏎Anna
    rf"(?:^|[\n.!?,;–—] ?)[ \t]*(?i:{FAREWELL})[ \t]*(?:[,–—:-][ \t]*\n{{0,3}}|[.!,]?[ \t]*\n{{1,3}})[ \t]*(?i:(?:ihre?|eure?|deine?|votre|your)[ \t])?{_TITLES}({_NAME})"
    r"(?=[ \t]*(?:\n|[(|/]|[.!,]?[ \t]*(?:$|\n)))",
    rf"(?:^|[\n.!?,;–—] ?)[ \t]*(?!(?i:best|yours|signed|dag)\b)(?i:{FAREWELL})[ \t]+({_NAME})(?=[ \t]*[.!]?[ \t]*(?:\n|$))",
    rf"(?:^|\n)[ \t]*(?i:{FAREWELL})[ \t]*[,.!]?[ \t]*\n{{1,3}}[ \t]*({_LOWER}(?: {_LOWER})?)(?=[ \t.!]*\Z)",
    rf"(?i:salutations distinguées|salutations)\.?[ \t]*\n{{1,3}}({_NAME})(?=[ \t]*(?:\n|$))",
    # --⏎Anna Lee · It works. — Anna
    rf"(?:^|\n)--+[ \t]*\n?[ \t]*({_NAME})(?=[ \t]*(?:\n|$))",
    rf"(?:[\n.!?] ?)[–—] ?({_NAME})(?=[ \t]*\Z)",
    # Mr. Smith · Frau Dr. Müller · M. Lambert
    rf"(?<![\w.]){TITLE}[ \t]*(?:{TITLE}[ \t]*)*[ \t]({_NAME})",
    rf"{FRENCH_TITLE}[ \t]({_W}(?: {_W})?)",
    # my name is Anna · I'm Kofi from Accra · Name: Anna Lee · "Lee, Anna" <…>
    rf"\b(?i:{INTRODUCTION})[ \t]+{_TITLES}({_NAME})",
    rf"\b(?i:{SELF})[ \t]+{_TITLES}({_W}(?: {_W})?)(?=,? (?:from|at|here|with|calling|writing|von|vom|aus|de|du|da|van|di|della|dell)\b)",
    rf"(?:^|\n)[ \t]*(?i:{FIELD})[ \t]*[:=][ \t]*{_TITLES}({_W}[ \t](?:{_W}|{_PARTICLE}|{_INITIAL})(?:[ \t]{_W}){{0,2}})",
    r"(?:^|[\n:])[ \t]*\"?([^\W\d_][\w.'’ ,-]{1,60}?)\"?[ \t]*<(?=\ufffc)",
    # … and Liam, after a name
    rf"{_BLANK},?[ \t]+{_AND}[ \t]+({_NAME}){_ENDS}",
)
_COMPILED = tuple(re.compile(pattern) for pattern in _PATTERNS)
_HINT = re.compile(
    rf"\b(?:{GREETING}|{THANKS}|{FAREWELL}|{TITLE}|M\.|{INTRODUCTION}|{SELF}|{FIELD}|salutations)(?!\w)|--|[–—]|<\ufffc", re.IGNORECASE
)
_SHOUTED = range(4, 13)
"""Letters of a word in capitals that may still be a name."""
_QUALITY = re.compile(r"(?:able|ible|ing|ful|ous|ive|less)$")


def names(text: str) -> Iterator[tuple[int, int]]:
    """Find names of people; one pattern's finds are hidden from those after it."""
    if not _HINT.search(text):
        return
    for pattern in _COMPILED:
        for match in pattern.finditer(text):
            if _is_name(match[1]):
                yield match.span(1)
                text = text[: match.start(1)] + _BLANK * len(match[1]) + text[match.end(1) :]


def _is_name(name: str) -> bool:
    words = [word.lower().strip("'’.,") for word in name.split()]
    if not words or words[0] in NO_NAMES or _QUALITY.search(words[0]) or not any(len(word) > 1 for word in words):
        return False
    if any(part in GROUPS for word in words for part in (word, *word.split("-"))):
        return False
    return not (name.isupper() and len(words) == 1 and len(name) not in _SHOUTED)
