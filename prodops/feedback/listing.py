"""The taxonomy at a glance: every theme in it with its voices, its course and what was last done to it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from prodops.feedback.lately import course
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

    ``said`` is what ``Themes.attach`` returned, ``weekly`` its :func:`trend`. What is in use comes first, the largest at the top;
    then candidates, what no text belongs to, and what is put away. Names that stand for nothing are empty.
    """
    import pandas as pd

    voices = voices_of(said)["theme"].value_counts()
    names = {id: entry["name"] for id, entry in taxonomy.items()}
    rows = [
        (
            id, entry["name"], entry.get("status", "active"), names.get(entry.get("parent") or "", ""), names.get(entry.get("into") or "", ""),
            int(voices.get(id, 0)), course(weekly, id), ", ".join(list(entry.get("words", {}))[:WORDS]), last_word(entry),
        )
        for id, entry in taxonomy.items()
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    rank = table["status"].map({status: at for at, status in enumerate(_ORDER)}).fillna(len(_ORDER)).clip(lower=1)
    return (
        table.assign(rank=rank)
        .sort_values(["rank", "voices", "theme"], ascending=[True, False, True], kind="stable")
        .drop(columns="rank")
        .reset_index(drop=True)
    )


def last_word(entry: "Entry") -> str:
    """Say what a person did last to an entry; "" where nobody did anything."""
    people = [event for event in entry.get("history", []) if event.get("by") != MACHINE]
    return "".join(history({"history": people})[-1:])


def history(entry: "Entry") -> list[str]:
    """Say what was done to an entry, oldest first: ``2025-11-03, Ana: renamed, was "Sync"``."""
    events = entry.get("history", [])
    return [f"{', '.join(filter(None, [event.get('on', ''), event.get('by', '')]))}: {event.get('did', '')}" for event in events]
