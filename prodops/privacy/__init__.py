"""Personal data in free text: found, masked and counted.

redact("Hi Anna, mail a@b.example")  # "Hi [name], mail [e-mail]", and how many of each kind
finder("presidio")                   # another finder beside the patterns
"""

from typing import TYPE_CHECKING

from prodops.lazily import exports

if TYPE_CHECKING:
    from prodops.privacy.redaction import Patterns, redact, redact_all
    from prodops.privacy.spans import KINDS, WHAT, Finder, Span

__all__ = ["KINDS", "WHAT", "Finder", "Patterns", "Span", "redact", "redact_all"]

_HOMES = {"redaction": ("Patterns", "redact", "redact_all"), "spans": ("KINDS", "WHAT", "Finder", "Span")}

__getattr__, __dir__ = exports(__name__, _HOMES)
