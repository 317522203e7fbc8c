"""Raw feedback rows into rows that may be counted and shown: cleaned, redacted, cut into statements, one voice per report."""

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

from prodops.errors import InputError, did_you_mean
from prodops.feedback import boilerplate, cleaning, duplicates, languages
from prodops.feedback import statements as cutting
from prodops.privacy import WHAT, redact_all
from prodops.stamps import Definition, TableStamp

if TYPE_CHECKING:
    import pandas as pd


_BLANKS = re.compile(r"[ \t\r\n]+")


@dataclass(frozen=True)
class Prepared:
    """Feedback that is ready to use.

    ``frame`` has the columns and the row labels of the input, ``text`` cleaned and redacted, and up to three more: ``voice``, the id of
    the row that speaks for this one (its own for most), ``copies``, how many rows that row speaks for (0 on rows that
    another speaks for, so that it sums to the rows), and ``language`` where the input has no such column: the name of the
    text's language, "" where too little tells. Rows without words are left out. ``masked`` counts what was redacted, by
    kind. ``notes`` say what was done, for the fine print.
    """

    frame: "pd.DataFrame"
    notes: tuple[str, ...]
    masked: dict[str, int] = field(default_factory=dict)
    redacted: bool = True

    @property
    def voices(self) -> "pd.DataFrame":
        """One row per voice: the rows that speak for themselves."""
        return self.frame[self.frame["copies"] > 0]

    @cached_property
    def statements(self) -> "pd.DataFrame":
        """One row per statement of each text, with the place where it stands; see :func:`prodops.feedback.statements.statements`."""
        return cutting.statements(self.frame)

    def definitions(self) -> tuple[Definition, ...]:
        """Say what was done to the texts, as stamps for the fine print."""
        texts = {
            "Cleaned text": "Encoding and Unicode (NFC) repaired; control, zero-width and direction characters, formatting (HTML, Markdown, BBCode), quoted "
            f"replies, mail signatures and footers removed; marks shared by many texts removed; texts cut at {cleaning.LIMIT:,} characters.",
            "Statement": "A sentence, a line, a point of a list or a clause that turns (“but”, “;”), with at least "
            f"{cutting.LEAST} words of its own that can carry a theme, at most {cutting.MOST} to a text.",
            "Voice": f"One person's report. Rows within {duplicates.DAYS} days are one voice when the same user (or account, where no user is known) used the "
            f"same words, or when a text of {duplicates.WORDS} different words or more was repeated nearly word for word (Jaccard similarity of five-character "
            f"runs ≥ {duplicates.SIMILAR}). The earliest row speaks for its group.",
        }
        texts["Language"] = (
            f"Told by script, function words and a detector of {len(languages.NAMES)} languages (py3langid), from the first {languages.HEAD} characters; not told "
            f"where a text is too short. Words that say nothing are known in {', '.join(sorted(languages.WELL_KNOWN))}; in other languages themes and their "
            "names are coarser. In scripts without spaces the words of names are told by what varies beside them, and a theme's "
            "list of words holds pairs of letters. Feedback in a language that few others write mostly makes "
            "themes of its own, whose names end in the language."
        )
        if self.redacted:
            texts["Redaction"] = (
                f"Masked: {', '.join(WHAT.values())}. Cards by the Luhn check, IBANs by mod 97, phones by national numbering plans; "
                "names where they follow a salutation, a sign-off, a title or “my name is”."
            )
        return tuple(Definition(name=name, text=text, version=sha256(text.encode()).hexdigest()[:8]) for name, text in texts.items())


def prepare(frame: "pd.DataFrame", *, redaction: bool | TableStamp = True) -> Prepared:
    """Clean, redact and fold feedback rows; see :class:`Prepared`.

    ``frame`` holds one row per thing a person said: ``id``, ``created_at`` (naive local times), ``text``, and any of the feedback
    contract's other columns. Missing texts are left out, as are those that hold nothing once cleaned. ``redaction`` is whether
    to mask personal data, or the stamp of the table that the rows came from (``desk.stamp("feedback")``): what the door has
    masked is then looked at again only where cleaning changed the text, and where the workspace says not to mask, nothing
    is. Raises :class:`InputError` where one of the three columns is missing.
    """
    import pandas as pd

    for column in ("id", "created_at", "text"):
        if column not in frame:
            raise InputError(
                f'The feedback has no column "{column}".{did_you_mean(column, map(str, frame.columns))} prepare() needs id, created_at and text.'
            )
    raw = [text if isinstance(text, str) else "" for text in frame["text"]]
    rows = Counter(raw)
    texts, marks = _clean_all(list(rows))
    door = redaction if isinstance(redaction, TableStamp) else None
    redacted = redaction is not False if door is None else door.redact is not False
    texts, masks = _redact_all(texts, list(rows) if door and door.redact else []) if redacted else (texts, [Counter() for _ in texts])
    plain = dict(zip(rows, texts, strict=True))
    ready = frame.assign(text=pd.array([plain[text] for text in raw], dtype="str"), id=frame["id"].astype("str"))
    ready = ready[ready["text"] != ""]
    spoken = _spoken(ready["text"])
    if "language" not in ready:
        ready = ready.assign(language=spoken)
    ready = ready.assign(voice=duplicates.voices(ready))
    ready = ready.assign(copies=ready["id"].map(ready["voice"].value_counts()).fillna(0).astype("int64"))
    before = dict(door.masked) if door else {}
    masked = {
        kind: total
        for kind in WHAT
        if (total := before.get(kind, 0) + sum(mask[kind] * n for mask, n in zip(masks, rows.values(), strict=True)))
    }
    cut = sum(n for text, n in rows.items() if len(text) > cleaning.LIMIT)
    return Prepared(ready, (*_notes(frame, ready, marks, cut, masked), *_languages_note(spoken)), masked, redacted)


def _clean_all(texts: list[str]) -> tuple[list[str], tuple[boilerplate.Boilerplate, ...]]:
    cleaned = [cleaning.clean(text) for text in texts]
    marks = boilerplate.find_boilerplate(cleaned)
    return [boilerplate.strip_boilerplate(text, marks) for text in cleaned] if marks else cleaned, marks


def _redact_all(texts: list[str], before: list[str]) -> tuple[list[str], list[Counter[str]]]:
    """Mask texts, but for those that were masked before and are the same since, whatever their plain blanks and line breaks.

    A no-break space hides a name from the door's rules, and cleaning makes it plain: such a text is looked at again.
    """
    done = {_blanks(text) for text in before}
    pairs = [(text, Counter[str]()) if _blanks(text) in done else next(redact_all([text])) for text in texts]
    return [text for text, _ in pairs], [counts for _, counts in pairs]


def _blanks(text: str) -> str:
    return _BLANKS.sub(" ", text).strip(" ")


def _notes(
    frame: "pd.DataFrame", ready: "pd.DataFrame", marks: tuple[boilerplate.Boilerplate, ...], cut: int, masked: dict[str, int]
) -> list[str]:
    notes = [mark.note() for mark in marks]
    if empty := len(frame) - len(ready):
        notes.append(f"{empty:,} of {len(frame):,} rows hold no words once cleaned and are left out")
    if cut:
        notes.append(f"{cut:,} texts were longer than {cleaning.LIMIT:,} characters and are cut there")
    if masked:
        notes.append("Masked: " + ", ".join(f"{WHAT[kind]} {n:,}" for kind, n in masked.items()))
    if folded := int((ready["copies"] == 0).sum()):
        notes.append(f"{folded:,} of {len(ready):,} rows repeat another one and are folded into its voice")
    return notes


def _spoken(texts: "pd.Series[str]") -> "pd.Series[str]":
    of = {text: languages.language(text) for text in texts.unique()}
    return texts.map(of).astype("str")


def _languages_note(spoken: "pd.Series[str]") -> list[str]:
    """Say how many rows are in which other language than most, as themes and their names are weaker there."""
    counts = [(str(name), int(n)) for name, n in sorted(spoken.value_counts().items(), key=lambda item: (-item[1], item[0])) if name]
    if len(counts) < 2:
        return []
    listed = ", ".join(f"{name} {n:,}" for name, n in counts[1:5]) + (", …" if len(counts) > 5 else "")
    return [
        f"{sum(n for _, n in counts[1:]):,} of {len(spoken):,} rows are in another language than {counts[0][0]} ({listed}): themes are coarser there"
    ]
