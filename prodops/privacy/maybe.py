"""A cheap first sieve: one regular expression, for engines that have RE2, that a text must match to hold anything."""

import re

from prodops.privacy import keys, links, turns

_SHAPES = (
    r"@|://|www\.|\d(?:[\s().\-/]{0,3}\d){5}|[a-z]{2}\d\d|\d\.\d+\.\d+\.\d|[0-9a-f]:[0-9a-f]{0,4}:|[a-z0-9_+=/.-]{16}|(?:^|\W)/?u/\w",
    r"&#?\w{2,8};|[\x{ad}\x{200b}-\x{200f}\x{2060}-\x{2064}\x{feff}\x{ff01}-\x{ff5e}]",
    r"--|\n[ \t]*\n|[.!?\n] ?[–—-]",
    r"[ \[({<](?:at|ät|arroba|arobase|chiocciola|apenstaartje)[ \])}>]",
)
_NAMED = (turns.GREETING_WORDS, turns.FAREWELL_SIGNS, turns.TITLE_WORDS, turns.INTRODUCTION_SIGNS, turns.FIELD_WORDS)


def _pattern() -> str:
    hints = "|".join(map(re.escape, (*keys.HINTS, *links.HINTS)))
    words = "|".join(sorted(frozenset[str]().union(*_NAMED)))
    self = rf"(?:^|\PL){turns.SELF}[ \t]+(?-i:\p{{Lu}})"
    return rf"(?i){'|'.join(_SHAPES)}|{hints}|{self}|(?:^|\PL)(?:{words})(?:\PL|$)"


MAYBE = _pattern()
"""What does not match holds nothing that the patterns find; what matches may."""
