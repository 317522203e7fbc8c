"""A cheap first sieve: one regular expression, for engines that have RE2, that a text must match to hold anything."""

import re

from prodops.privacy import keys, links, turns

_SHAPES = (
    r"@|://|www\.|\d(?:[\s().\-/]{0,3}\d){5}|[a-z]{2}\d\d|\d\.\d+\.\d+\.\d|[0-9a-f]:[0-9a-f]{0,4}:|[a-z0-9_+=/.-]{16}|(?:^|\W)/?u/\w",
    r"&#?\w{2,8};|[\x{ad}\x{200b}-\x{200f}\x{2060}-\x{2064}\x{feff}\x{ff01}-\x{ff5e}]",
    r"--|\n[ \t]*\n|[.!?\n] ?[–—-]",
    r"[ \[({<](?:at|ät|arroba|arobase|chiocciola|apenstaartje)[ \])}>]",
)
_ALONE = (turns.GREETING_WORDS, turns.FAREWELL_SIGNS, turns.INTRODUCTION_SIGNS)
_BEHIND = (
    rf"{turns.FIELD}[ \t]*[:=]",
    rf"(?:{'|'.join(sorted(turns.TITLE_WORDS))})[ \t.]",
    rf"(?:{'|'.join(sorted(turns.ASIDE_WORDS))})[ \t]*:?[ \t]*(?-i:\p{{Lu}})",
    rf"{turns.SELF}[ \t]+(?-i:\p{{Lu}})",
)
"""Turns that tell only with what stands behind them: "account name: …" is a form's field, "my account" is none, and "don't" no Don."""


def _pattern() -> str:
    hints = "|".join(map(re.escape, (*keys.HINTS, *links.HINTS)))
    alone = "|".join(sorted(frozenset[str]().union(*_ALONE)))
    return rf"(?i){'|'.join(_SHAPES)}|{hints}|(?:^|\PL)(?:{'|'.join(_BEHIND)}|(?:{alone})(?:\PL|$))"


MAYBE = _pattern()
"""What does not match holds nothing that the patterns find; what matches may."""
