"""Quotes: what people said, word for word, each with where and when it was said and the row it comes from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import TYPE_CHECKING

from prodops.charts import frames, words
from prodops.stamps import day_words

if TYPE_CHECKING:
    import pandas as pd

LIMIT, MOST_TEXT = 5, 700
SOURCE = ("channel", "created_at", "segment", "id")
STYLE = (
    "<style>.prodops-quote{margin:0 0 16px;padding:0 0 0 14px;border-left:3px solid rgba(128,134,144,.6)}"
    ".prodops-quote blockquote{margin:0;padding:0;border:0;color:inherit}.prodops-quote p{margin:0 0 6px}"
    ".prodops-quote figcaption{font-size:.875em;opacity:.8}</style>"
)


@dataclass(frozen=True)
class Quote:
    """One thing a person said, cleaned, and its source in words."""

    text: str
    source: tuple[str, ...]
    row: str = ""


@dataclass(frozen=True)
class Quotes:
    """Quotes ready to be shown; their display is HTML for Jupyter and the report, and plain text."""

    items: tuple[Quote, ...]

    def to_html(self) -> str:
        """Write the quotes as HTML in which all that came from data is escaped and keeps its own writing direction."""
        return STYLE + ("".join(map(_figure, self.items)) or '<p class="prodops-more">No quotes in this period</p>')

    def to_text(self) -> str:
        """Write the quotes as plain text."""
        return (
            "\n\n".join(f"“{q.text}”\n— {' · '.join([*q.source, q.row]).removesuffix(' · ')}" for q in self.items)
            or "No quotes in this period"
        )

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/html": self.to_html(), "text/plain": self.to_text()}


def quotes(
    frame: "pd.DataFrame", *, text: str = "text", source: Sequence[str] = SOURCE, row: str | None = None, limit: int = LIMIT
) -> Quotes:
    """Show rows of feedback as quotes, in the frame's order.

    ``source`` are the columns that say where a quote comes from; those that the frame lacks, and missing values, are left
    out. ``row`` is the column that names each row in its table, for whoever looks it up: a pointer reads it on the source's last words,
    and it is part of the page. Rows without text are skipped; at most ``limit`` are shown; a text of more than 700 characters is cut at a word,
    and the cut marked. Raises :class:`ProdopsError` where the column of texts is missing.
    """
    known = [name for name in source if name in frame.columns]
    rows = frames.take(frame, {"text": text, **{f"source_{i}": name for i, name in enumerate(known)}, "row": row})
    names = list(rows.pop("row")) if row else [""] * len(rows)
    found: list[Quote] = []
    for (said, *where), name in zip(rows.itertuples(index=False), names, strict=True):
        if len(found) < limit and (shown := _cut(words.clean(said, lines=True))):
            found.append(Quote(shown, tuple(w for w in map(_words, where) if w), _words(name) if row else ""))
    return Quotes(tuple(found))


def _cut(text: str) -> str:
    return text if len(text) <= MOST_TEXT else text[:MOST_TEXT].rsplit(None, 1)[0] + " […]"


def _words(value: object) -> str:
    if words.is_missing(value):
        return ""
    return day_words(value) if isinstance(value, date) else words.cut(words.clean(value), 400)


def _figure(quote: Quote) -> str:
    paragraphs = "".join(f"<p>{escape(part).replace(chr(10), '<br>')}</p>" for part in quote.text.split("\n\n"))
    parts = [f'<span dir="auto">{escape(part)}</span>' for part in quote.source]
    if quote.row and parts:
        parts[-1] = f'<abbr title="{escape(f"row {quote.row}")}">{parts[-1]}</abbr>'
    where = " · ".join(parts)
    return f'<figure class="prodops-quote"><blockquote dir="auto">{paragraphs}</blockquote><figcaption>{where}</figcaption></figure>'
