"""Names of people where people give them: salutations, sign-offs, titles, "my name is"."""

import re

from prodops.feedback.lexicon import FAREWELL, GREETING, INTRODUCTION, NO_NAMES, TITLE

_N = r"[^\W\d_a-zß-öø-ÿ][^\W\d_]*(?:['’-][^\W\d_]+)*"
_FULL = rf"(?:{TITLE} )?{_N}(?: {_N}){{0,2}}"
_BEGINS = r"(?:^|[\n.!?,“\"] ?)[ \t]*"
_PATTERNS = (
    rf"({_BEGINS}(?i:{GREETING})[ \t]+)({_FULL})(?=[ \t]*(?:[,!:;.\n–—-]|$))",
    rf"((?:^|\n)[ \t]*(?i:{GREETING})[ \t]+)([a-zà-ÿ]{{3,20}})(?=[ \t]*(?:[,!]|\n))",
    rf"((?:^|[\n.!?,;–—] ?)[ \t]*(?i:{FAREWELL})[ \t]*(?:[,–—-][ \t]*\n?|[.!]?[ \t]*\n)[ \t]*)({_FULL})(?=[ \t]*(?:\n|[.!,]?[ \t]*$))",
    rf"(\b{TITLE}[ \t]+)({_N}(?: {_N})?)",
    rf"(\b(?i:{INTRODUCTION})[ \t]+)({_N}(?: {_N})?)(?=[ \t]*(?:[,.!;\n]|$| (?:from|at|and|und|who|in)\b))",
    rf"(\b(?i:this is|i am|i'm|hier ist|ich bin)[ \t]+)({_N}(?: {_N})?)(?= (?:from|at|here|von)\b)",
)
NAMES = tuple(re.compile(pattern) for pattern in _PATTERNS)
"""Each finds what stands before a name, and the name."""
NAME_HINT = re.compile(rf"\b(?:{GREETING}|{FAREWELL}|{TITLE}|{INTRODUCTION}|this is|i am|i'm|hier ist|ich bin)(?!\w)", re.IGNORECASE)
_GROUPS = ("team", "support", "app", "desk")
_SHOUTED = range(4, 13)
"""Letters of a word in capitals that may still be a name."""


def mask_name(match: re.Match[str]) -> str:
    """Put ``[name]`` for the name in the pattern's second group; the match as it is where it is no person's name."""
    title = re.match(TITLE + " ", match[2])
    name = match[2][title.end() :] if title else match[2]
    first, *_, last = [word.lower().strip("'’") for word in [*name.split(), name.split()[-1]]]
    if first in NO_NAMES or last in _GROUPS or re.fullmatch(TITLE, name) or (name.isupper() and len(name) not in _SHOUTED):
        return match[0]
    return f"{match[1]}{title[0] if title else ''}[name]"
