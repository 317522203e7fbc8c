"""Personal data in free text: found, masked and counted.

redact("Hi Anna, mail a@b.example")  # "Hi [name], mail [e-mail]", and how many of each kind
finder("presidio")                   # another finder beside the patterns
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prodops.privacy.redaction import Patterns, redact, redact_all
    from prodops.privacy.spans import KINDS, WHAT, Finder, Span

__all__ = ["KINDS", "WHAT", "Finder", "Patterns", "Span", "redact", "redact_all"]

_WHERE = {"redaction": ("Patterns", "redact", "redact_all"), "spans": ("KINDS", "WHAT", "Finder", "Span")}


def __getattr__(name: str) -> object:
    for module, names in _WHERE.items():
        if name in names:
            return getattr(import_module(f"prodops.privacy.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
