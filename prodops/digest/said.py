"""One thing that another report said, how strong it is for this audience, and what it is about."""

import math
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
Key = tuple[str, str, str]


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
    weight: float

    @property
    def key(self) -> Key:
        """By what it is known again: its report, slice and name."""
        return self.report, self.slice, self.name

    @property
    def strength(self) -> float:
        """How far it lies from the usual, in standard errors and eight at most, times what it counts for the audience."""
        return min(self.surprise, MOST) * self.weight

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
    def source(self) -> str:
        """Say where it stands: ``KPI review, enterprise, 3 Nov 2025``."""
        return ", ".join(filter(None, [self.title, self.label, day_words(self.as_of)]))

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
    texts = {name: str(value.get(name) or "") for name in ("report", "title", "slice", "label", "page", "name", "headline", "sentence")}
    good = value["good"] if value["good"] in ("up", "down", "range") else None
    rest = {"beside": value["beside"] or "was", "unit": value["unit"] or "count", "good": good, "surprise": value["surprise"] or 0.0}
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
