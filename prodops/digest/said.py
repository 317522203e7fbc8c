"""One thing that another report said, how strong it is for this audience, and what it is about."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from prodops.digest.audiences import Audiences
from prodops.intervals import Z95
from prodops.stamps import Good, day_words, in_words

if TYPE_CHECKING:
    import pandas as pd

MOST = 8.0
"""Standard errors beyond which one is as surprised as can be: what is farther out is farther by its size only."""
OVER = 0.5
"""What a finding counts that is over, of what it would count if it stood."""
LONGEST, SENTENCES = 45, 2
"""So many words, and sentences, of another report fit below a headline; the report itself has the rest."""
Key = tuple[str, str, str]
_TEXTS = ("report", "title", "slice", "label", "page", "name", "headline", "sentence", "decision", "owner", "changes_our_mind")


@dataclass(frozen=True)
class Said:
    """A finding of another report's run. ``weight`` is what such a finding counts for the audience."""

    report: str
    title: str
    slice: str
    label: str
    as_of: datetime
    page: str
    name: str
    headline: str
    sentence: str
    value: float | None
    lower: float | None
    upper: float | None
    before: float | None
    beside: str
    unit: str
    good: Good | None
    surprise: float
    is_over: bool
    decision: str
    owner: str
    changes_our_mind: str
    weight: float

    @property
    def key(self) -> Key:
        """By what it is known again: its report, slice and name."""
        return self.report, self.slice, self.name

    @property
    def strength(self) -> float:
        """How far it lies from the usual, in standard errors and eight at most, times what it counts for the audience; half of it where it
        is over."""
        return min(self.surprise, MOST) * self.weight * (OVER if self.is_over else 1.0)

    @property
    def subjects(self) -> frozenset[str]:
        """What it is about: the second part of its name, whatever kind of thing that is (``kpi.nps.move`` and ``goal.nps``: ``nps``), and
        the launch since which it has been so (``kpi.nps.since.new_plan``: ``new_plan``)."""
        first, *parts = self.name.replace("-", "_").split(".")
        return frozenset([parts[0] if parts else first, *(after for since, after in pairwise(parts) if since == "since")])

    @property
    def half(self) -> float | None:
        """Half of its 95 % range: as it says it, or as its distance from what it was and its surprise imply; missing where neither is known."""
        if self.lower is not None and self.upper is not None:
            return (self.upper - self.lower) / 2
        if self.value is None or self.before is None or self.surprise <= 0:
            return None
        return Z95 * abs(self.value - self.before) / self.surprise

    @property
    def brief(self) -> str:
        """Say it in the first sentences of its report, as many as there is room for; the first one, however long it is."""
        first, *more = re.split(r"(?<=[.!?]) +(?=[^a-z])", self.sentence)
        both = " ".join([first, *more[: SENTENCES - 1]])
        return both if len(both.replace("\u00a0", " ").split()) <= LONGEST else first

    def source(self, on: datetime) -> str:
        """Say where it stands, with its day where that is not the digest's own: ``KPI review, enterprise``, ``Delivery flow, 1 Nov``."""
        day = "" if self.as_of.date() == on.date() else day_words(self.as_of, year=self.as_of.year != on.year)
        return ", ".join(filter(None, [self.title, self.label, day]))

    @property
    def words(self) -> str:
        """Say its value."""
        return in_words(self.value, self.unit)

    @property
    def is_unwelcome(self) -> bool:
        """Whether its value stands on the wrong side of what it was."""
        return worse(self.value, self.before, self.good)


def worse(value: float | None, before: float | None, good: str | None) -> bool:
    """Whether a value stands on the wrong side of another; false where no side is."""
    if value is None or before is None or value == before or good not in ("up", "down"):
        return False
    return (value > before) != (good == "up")


def read(findings: "pd.DataFrame", book: Audiences, audience: str) -> list[Said]:
    """Read what matters to an audience, strongest first; of equals by report, slice and name."""
    rows = (_plain(row) for row in findings.to_dict("records"))
    said = [Said(**row, weight=weight) for row in rows if (weight := book.weight(audience, row["report"], row["name"]))]
    return sorted(said, key=lambda each: (-each.strength, *each.key))


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Make plain values of a row: missing is None, texts are texts."""
    value = {str(name): None if is_missing(each) else each for name, each in row.items()}
    texts = {name: str(value.get(name) or "") for name in _TEXTS}
    good = value["good"] if value["good"] in ("up", "down", "range") else None
    rest = {
        "beside": value["beside"] or "was",
        "unit": value["unit"] or "count",
        "good": good,
        "surprise": value["surprise"] or 0.0,
        "is_over": bool(value.get("is_over")),
    }
    return {**value, **texts, **rest, "title": texts["title"] or texts["report"]}


def is_missing(value: object) -> bool:
    """Whether a cell of a frame holds nothing."""
    return value is None or (isinstance(value, float) and math.isnan(value)) or str(value) == "NaT"


@dataclass(frozen=True)
class Item:
    """What is told of one subject: the strongest that is said of it, and what others say."""

    lead: Said
    others: tuple[Said, ...] = ()


def grouped(said: Iterable[Said]) -> list[Item]:
    """Tell of each subject once, in the order given: what is of a subject of one told before it goes with that one."""
    leads: dict[str, Said] = {}
    items: dict[Key, list[Said]] = {}
    for each in said:
        lead = next((leads[subject] for subject in sorted(each.subjects) if subject in leads), each)
        items.setdefault(lead.key, []).append(each)
        if lead is each:
            leads |= dict.fromkeys(each.subjects, each)
    return [Item(first, tuple(rest)) for first, *rest in items.values()]
