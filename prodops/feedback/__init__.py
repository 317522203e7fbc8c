"""Feedback: clean it, redact it, find its themes, count them week by week, and say what changed.

ready = feedback.prepare(frame)                       # cleaned, redacted, one voice per report
themes = feedback.find_themes(ready.frame["text"])    # ids and names that stay
said = themes.attach(ready.frame)                     # adds theme, theme_name, fit
weekly = feedback.trend(said, as_of=as_of, weeks=26)  # counts with intervals
feedback.findings(said, weekly)                       # what changed
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prodops.feedback.claims import definitions, findings, summary, takeaways
    from prodops.feedback.cleaning import clean
    from prodops.feedback.moving import movers, segments
    from prodops.feedback.preparing import Prepared, prepare
    from prodops.feedback.quoting import quotes
    from prodops.feedback.themes import Themes, find_themes
    from prodops.feedback.weekly import trend
    from prodops.privacy.redaction import redact

__all__ = [
    "Prepared",
    "Themes",
    "clean",
    "definitions",
    "find_themes",
    "findings",
    "movers",
    "prepare",
    "quotes",
    "redact",
    "segments",
    "summary",
    "takeaways",
    "trend",
]

_WHERE = {
    "claims": ("definitions", "findings", "summary", "takeaways"),
    "cleaning": ("clean",),
    "moving": ("movers", "segments"),
    "preparing": ("Prepared", "prepare"),
    "quoting": ("quotes",),
    "themes": ("Themes", "find_themes"),
    "weekly": ("trend",),
}


def __getattr__(name: str) -> object:
    if name == "redact":
        return import_module("prodops.privacy.redaction").redact
    for module, names in _WHERE.items():
        if name in names:
            return getattr(import_module(f"prodops.feedback.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
