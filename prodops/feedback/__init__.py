"""Feedback: clean it, redact it, find its themes, count them week by week, and say what changed.

ready = feedback.prepare(frame)                       # cleaned, redacted, one voice per report
themes = feedback.find_themes(ready.frame["text"])    # ids and names that stay
said = themes.attach(ready.statements)                # each statement's theme; ready.frame: each row's
weekly = feedback.trend(said, as_of=as_of, weeks=26)  # counts with intervals
feedback.alarms(weekly)                               # what emerged and faded, with the false alarms counted
feedback.findings(said, weekly)                       # what changed
feedback.associations(said, as_of=as_of)              # what themes go with

rows, ready, themes, said = feedback.heard(desk)      # the first three steps for a report
"""

from typing import TYPE_CHECKING

from prodops.lazily import exports

if TYPE_CHECKING:
    from prodops.feedback import taxonomy
    from prodops.feedback.by_week import Heard, heard, themes_by_week
    from prodops.feedback.claims import definitions, findings
    from prodops.feedback.cleaning import clean
    from prodops.feedback.deciding import takeaways
    from prodops.feedback.emergence import alarms
    from prodops.feedback.encoders import Joined, StaticEncoder
    from prodops.feedback.engine import add_theme, sample
    from prodops.feedback.going_with import associations, impact_definitions
    from prodops.feedback.lately import has_course, latest, when, with_course, within
    from prodops.feedback.listing import overview
    from prodops.feedback.llm import propose
    from prodops.feedback.mood import mood_definitions, moods
    from prodops.feedback.moving import movers
    from prodops.feedback.nearness import apart, neighbours
    from prodops.feedback.places import segments
    from prodops.feedback.preparing import Prepared, prepare
    from prodops.feedback.profiles import profile
    from prodops.feedback.quoting import quotes
    from prodops.feedback.seen import felt, goes_with, spoken_by, steadiness
    from prodops.feedback.sizes import summary
    from prodops.feedback.themes import Themes, find_themes
    from prodops.feedback.transformer import MiniLM
    from prodops.feedback.upkeep import history_of, standing, to_review
    from prodops.feedback.waiting import candidates
    from prodops.feedback.weekly import trend
    from prodops.feedback.weighing import weigh
    from prodops.privacy.redaction import redact

__all__ = [
    "Heard",
    "Joined",
    "MiniLM",
    "Prepared",
    "StaticEncoder",
    "Themes",
    "add_theme",
    "alarms",
    "apart",
    "associations",
    "candidates",
    "clean",
    "definitions",
    "felt",
    "find_themes",
    "findings",
    "goes_with",
    "has_course",
    "heard",
    "history_of",
    "impact_definitions",
    "latest",
    "mood_definitions",
    "moods",
    "movers",
    "neighbours",
    "overview",
    "prepare",
    "profile",
    "propose",
    "quotes",
    "redact",
    "sample",
    "segments",
    "spoken_by",
    "standing",
    "steadiness",
    "summary",
    "takeaways",
    "taxonomy",
    "themes_by_week",
    "to_review",
    "trend",
    "weigh",
    "when",
    "with_course",
    "within",
]

_HOMES = {
    "by_week": ("Heard", "heard", "themes_by_week"),
    "claims": ("definitions", "findings"),
    "cleaning": ("clean",),
    "deciding": ("takeaways",),
    "emergence": ("alarms",),
    "encoders": ("Joined", "StaticEncoder"),
    "engine": ("add_theme", "sample"),
    "going_with": ("associations", "impact_definitions"),
    "lately": ("has_course", "latest", "when", "with_course", "within"),
    "listing": ("overview",),
    "llm": ("propose",),
    "mood": ("mood_definitions", "moods"),
    "moving": ("movers",),
    "nearness": ("apart", "neighbours"),
    "places": ("segments",),
    "preparing": ("Prepared", "prepare"),
    "profiles": ("profile",),
    "quoting": ("quotes",),
    "seen": ("felt", "goes_with", "spoken_by", "steadiness"),
    "sizes": ("summary",),
    "themes": ("Themes", "find_themes"),
    "transformer": ("MiniLM",),
    "upkeep": ("history_of", "standing", "to_review"),
    "waiting": ("candidates",),
    "weekly": ("trend",),
    "weighing": ("weigh",),
    "taxonomy": (),
    "prodops.privacy.redaction": ("redact",),
}

__getattr__, __dir__ = exports(__name__, _HOMES)
