"""Quotes that stand for a theme: verbatim, redacted, by different people, traceable to their rows."""

import re
from typing import TYPE_CHECKING

from prodops.feedback.weekly import voices_of
from prodops.feedback.words import content, surface

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd

SHORT, LONG = 40, 280
"""Characters that make a readable quote; longer ones are cut at a sentence."""
_SENTENCE_END = re.compile(r"[.!?…](?=\s|$)")
_COLUMNS = ("id", "created_at", "channel", "segment", "product", "rating", "text")


def quotes(frame: "pd.DataFrame", theme: str, *, n: int = 3, since: "datetime | None" = None) -> "pd.DataFrame":
    """Pick up to ``n`` quotes of a theme: ``id, created_at, channel, segment, text``, and product and rating where there are such columns.

    ``frame`` is what ``Themes.attach`` returned for prepared feedback. Texts of readable length come first, then those near the
    theme's centre (in five steps), then the latest; one per person, none that says the same as one before it. ``text`` is
    the row's own; a long one is cut after a sentence and ends with ``…``. Missing ``channel`` or ``segment`` are empty.
    ``since`` keeps rows from that time on.
    """
    pool = voices_of(frame)
    pool = pool[(pool["theme"] == theme) & (pool["text"].str.len() > 0)]
    if since is not None:
        pool = pool[pool["created_at"] >= since]
    picked = _different(_ranked(pool), n)
    shown = pool.loc[picked, [column for column in _COLUMNS if column in pool]].assign(text=lambda rows: rows["text"].map(shorten_quote))
    for place, column in enumerate(("channel", "segment"), 2):
        if column not in shown:
            shown.insert(place, column, "")
        shown[column] = shown[column].astype("str").fillna("")
    return shown.reset_index(drop=True)


def _ranked(pool: "pd.DataFrame") -> "pd.DataFrame":
    """Order a theme's rows from the most quotable on."""
    length = pool["text"].str.len()
    readable = length.between(SHORT, LONG).astype(int) * 2 + (length > LONG).astype(int)
    fit = pool["fit"] if "fit" in pool else length * 0.0
    step = (fit.rank(pct=True) * 5).round() if len(pool) else fit
    ranked = pool.assign(_readable=readable, _step=step)
    return ranked.sort_values(["_readable", "_step", "created_at", "id"], ascending=[False, False, False, True], kind="stable")


def _different(ranked: "pd.DataFrame", n: int, most: int = 500) -> list[object]:
    """Take row labels from the top: no person twice, no text that shares most of its words with one taken."""
    taken: list[object] = []
    people: set[str] = set()
    said: list[frozenset[str]] = []
    who = next((ranked[column].astype("str") for column in ("user_id", "account_id") if column in ranked), None)
    for place, (label, text) in enumerate(ranked["text"].head(most).items()):
        if len(taken) == n:
            break
        person = None if who is None else who.iloc[place]
        words = frozenset(content(text)) or frozenset(surface(text)) or frozenset([text])
        if (isinstance(person, str) and person in people) or any(len(words & other) > 0.5 * len(words | other) for other in said):
            continue
        taken.append(label)
        said.append(words)
        if isinstance(person, str):
            people.add(person)
    return taken


def shorten_quote(text: str, limit: int = LONG) -> str:
    """Cut a text after its last whole sentence within ``limit`` characters, or else after a word; mark the cut with ``…``."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    head = text[: limit - 2]
    ends = [end.end() for end in _SENTENCE_END.finditer(head) if end.end() >= SHORT]
    return (head[: ends[-1]] + " …") if ends else (head[: head.rfind(" ", SHORT)] if " " in head[SHORT:] else head) + "…"
