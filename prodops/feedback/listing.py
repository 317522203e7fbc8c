"""The taxonomy at a glance: every theme in it with its voices, its course and what was last done to it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from prodops.feedback.lately import course
from prodops.feedback.taxonomy import path
from prodops.feedback.taxonomy.entries import MACHINE
from prodops.feedback.weekly import voices_of

if TYPE_CHECKING:
    import pandas as pd

    from prodops.feedback.taxonomy import Entry

COLUMNS = ("theme", "name", "status", "under", "into", "voices", "course", "words", "changed")
_ORDER = ("active", "new", "candidate", "unseen", "merged", "archived")
WORDS = 8


def overview(taxonomy: "Mapping[str, Entry]", said: "pd.DataFrame", weekly: "pd.DataFrame") -> "pd.DataFrame":
    """List every entry: ``theme, name, status, under`` (its parent's name), ``into`` (the theme it was merged into), ``voices``,
    ``course`` (voices of each whole week, oldest first), ``words`` (its heaviest), ``changed`` (the last thing that a person did to it).

    ``said`` is what ``Themes.attach`` returned, ``weekly`` its :func:`trend`. What is in use comes first, the largest at the top and each
    followed by what lies under it; then candidates, what no text belongs to, and what is put away. Names that stand for nothing
    are empty, as is the course of a sub-theme.
    """
    import pandas as pd

    voices = _voices(said)
    rows = []
    for id in sorted(taxonomy, key=lambda id: (*_place(taxonomy[id], path(taxonomy, id), voices), id)):
        entry, above, into = taxonomy[id], taxonomy[id].get("parent"), taxonomy[id].get("into")
        words, status = ", ".join(list(entry.get("words", {}))[:WORDS]), entry.get("status", "active")
        names = _name(taxonomy, above), _name(taxonomy, into)
        rows.append((id, entry["name"], status, *names, voices.get(id, 0), course(weekly, id), words, last_word(entry)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _voices(said: "pd.DataFrame") -> dict[str, int]:
    """Count the voices of each theme and sub-theme."""
    counts = voices_of(said)["theme"].value_counts().to_dict()
    below = voices_of(said, "subtheme")["subtheme"].value_counts().to_dict() if "subtheme" in said else {}
    return {str(id): int(n) for id, n in {**below, **counts}.items()}


def _place(entry: "Entry", way: Sequence[str], voices: Mapping[str, int]) -> tuple[object, ...]:
    """Say where an entry stands in the list: after what it lies under, the ``way`` to it from the top, the larger first."""
    rank = max(1, _ORDER.index(entry.get("status", "active")))
    return rank, [(-voices.get(id, 0), id) for id in way]


def _name(taxonomy: "Mapping[str, Entry]", id: str | None) -> str:
    return taxonomy[id]["name"] if id else ""


def last_word(entry: "Entry") -> str:
    """Say what a person did last to an entry; "" where nobody did anything."""
    people = [event for event in entry.get("history", []) if event.get("by") != MACHINE]
    return "".join(history({"history": people})[-1:])


def history(entry: "Entry") -> list[str]:
    """Say what was done to an entry, oldest first: ``2025-11-03, Ana: renamed, was "Sync"``."""
    events = entry.get("history", [])
    return [f"{', '.join(filter(None, [event.get('on', ''), event.get('by', '')]))}: {event.get('did', '')}" for event in events]
