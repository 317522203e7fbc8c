"""What is known of one theme, and the words for it."""

import re
import unicodedata
from typing import Literal, TypedDict

Status = Literal["active", "new", "candidate", "unseen", "merged", "archived"]
STATUSES: tuple[Status, ...] = ("active", "new", "candidate", "unseen", "merged", "archived")
MACHINE = "machine"
"""Who made an event of the history that no person made."""
LONGEST_ID, LONGEST_NAME, LONGEST_SEED = 80, 120, 80
_TURNS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Characters that turn the direction of what follows them, in the line and beyond the name."""


class Event(TypedDict, total=False):
    """One line of an entry's history: the day (ISO; none until a person saves what the machine noted), who, and what was done."""

    on: str
    by: str
    did: str


class Seeds(TypedDict, total=False):
    """What people pinned: a text that holds one of the ``words`` (or phrases), or is one of the ``examples``, belongs there."""

    words: list[str]
    examples: list[str]


class Entry(TypedDict, total=False):
    """One theme or sub-theme.

    ``status``: ``new`` (found in this run), ``active`` (found again, or a person's), ``candidate`` (found among texts that fit nowhere,
    waits for a person), ``unseen`` (no text of this run), ``merged`` (its texts count under ``into``), ``archived`` (not shown; its texts
    have no theme). ``parent`` is the entry above it in the tree, ``out_of`` the one that a person split it off. ``words`` are
    the weights (unit length) of what sets it apart, ``examples`` texts at its centre; the machine writes both. ``seeds`` are people's.
    ``by`` names the person whose word holds for it.
    """

    name: str
    status: Status
    parent: str
    into: str
    out_of: str
    by: str
    seeds: Seeds
    words: dict[str, float]
    examples: list[str]
    history: list[Event]


Taxonomy = dict[str, Entry]


def plain_name(name: str) -> str:
    """Put a name on one line: single blanks, no control or half characters, nothing that turns the direction of what follows."""
    kept = "".join(" " if c.isspace() else c for c in name if c.isspace() or not _hidden(c))
    return " ".join(kept.split())[:LONGEST_NAME].rstrip()


def _hidden(c: str) -> bool:
    return c in _TURNS or unicodedata.category(c) in ("Cc", "Cs", "Cn", "Co")


def slug(text: str) -> str:
    """Give the letters a–z, without accents, and the digits of a text as part of an id; "theme" where it has none."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-")[:32].strip("-") or "theme"
