"""What the ledger holds, as plain records, and how they become rows of text and back."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from prodops.reports.holders import Holder

Status = Literal["running", "ok", "no data", "failed", "lost", "refused", "skipped"]
Trigger = Literal["person", "schedule", "backfill"]
MADE = ("ok", "no data")
LONGEST_TEXT = 2_000
SHOWN = (
    "kind",
    "name",
    "headline",
    "sentence",
    "title",
    "value",
    "unit",
    "lower",
    "upper",
    "before",
    "beside",
    "target",
    "good",
    "surprise",
    "is_over",
)
"""What is kept of findings and tiles: what lists, sparklines, the search and conditions on deliveries need."""
ASKED = ("decision", "owner", "changes_our_mind")
"""What is kept, with a finding, of the takeaway that rests on it."""


@dataclass(frozen=True, order=True)
class Slot:
    """What one run is of: a report's slice, as of a wall-clock instant."""

    report: str
    slice_name: str
    as_of: datetime


@dataclass(frozen=True)
class Ticket:
    """One run in the ledger, held by the process that began it; ``attempt`` counts from 1 for its slot."""

    number: int
    slot: Slot
    attempt: int = 1


@dataclass(frozen=True)
class Entry:
    """One run, as the ledger tells it; ``path`` is the page, from the folder of reports (empty: none)."""

    number: int
    slot: Slot
    trigger: Trigger
    status: Status
    attempt: int
    began: datetime
    title: str = ""
    message: str = ""
    due: datetime | None = None
    ended: datetime | None = None
    seconds: float | None = None
    path: str = ""
    kept: str = ""
    page_sha256: str = ""
    run_id: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    figures: Sequence[Mapping[str, Any]] = ()
    """Findings and tiles, as the record has them, less what the site does not show."""
    holder: Holder | None = None
    retry_at: datetime | None = None

    @property
    def ticket(self) -> Ticket:
        return Ticket(self.number, self.slot, self.attempt)


@dataclass(frozen=True)
class Waiting:
    """A slot that is due and not made: noted by a scheduler, or open again after a fault, then not before ``not_before``."""

    slot: Slot
    due: datetime
    not_before: datetime | None = None


@dataclass(frozen=True)
class Passed:
    """A slot that is due and will not be made, and why."""

    slot: Slot
    due: datetime
    status: Literal["skipped", "refused"]
    message: str


@dataclass(frozen=True)
class Known:
    """What the ledger knows that bears on what is due: up to which as-of each report's slots are noted, what waits, which slices run, and
    of which slots."""

    noted: Mapping[str, datetime] = field(default_factory=dict)
    waiting: Sequence[Waiting] = ()
    running: frozenset[tuple[str, str]] = frozenset()
    at_work: frozenset[Slot] = frozenset()


# ------------------------------------------------------------------------------------------------ to and from text
def utc(moment: datetime) -> str:
    """Write an aware instant so that text sorts as time does."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone; the ledger keeps aware times")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def utc_or_none(moment: datetime | None) -> str | None:
    return utc(moment) if moment else None


def when(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def key(slot: Slot) -> list[str]:
    """Give the three columns that name a slot."""
    if slot.as_of.tzinfo is not None:
        raise ValueError(f"{slot.as_of} has a time zone; a slot's as-of is wall-clock time")
    return [slot.report, slot.slice_name, slot.as_of.isoformat()]


def slot_of(report: str, slice_name: str, as_of: str) -> Slot:
    return Slot(report, slice_name, datetime.fromisoformat(as_of))


def text(value: str) -> str:
    """Fit text for the file: no lone surrogates, and not without end."""
    return value[:LONGEST_TEXT].encode("utf-8", "backslashreplace").decode()


def as_json(value: object) -> str:
    """Write plain values as JSON, long texts cut."""
    return json.dumps(_short(value), default=str)


def _short(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(k): _short(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_short(v) for v in value]
    return value[:LONGEST_TEXT] if isinstance(value, str) else value


def told_by(record: Mapping[str, Any] | None) -> dict[str, str]:
    """Give the columns that a run's record fills."""
    if not record:
        return {}
    asked = {each.get("about"): each for each in reversed(record.get("takeaways") or ())}
    shown = [
        {k: v for k, v in each.items() if k in SHOWN} | {k: v for k, v in asked.get(each.get("name"), {}).items() if k in ASKED}
        for key in ("findings", "tiles")
        for each in record.get(key) or ()
    ]
    return {"run_id": str(record.get("run_id", "")), "figures": as_json(shown)}


def entry_of(row: dict[str, Any]) -> Entry:
    """Make an entry of a row of runs joined with its holder."""
    return Entry(
        number=row["number"],
        slot=slot_of(row["report"], row["slice"], row["as_of"]),
        trigger=row["cause"],
        status=row["status"],
        attempt=row["attempt"],
        began=datetime.fromisoformat(row["began"]),
        due=when(row["due"]),
        ended=when(row["ended"]),
        retry_at=when(row["retry_at"]),
        parameters=json.loads(row["parameters"]),
        figures=tuple(json.loads(row["figures"])),
        holder=Holder(row["host"], row["pid"], row["started"]) if row["holder"] is not None else None,
        **{name: row[name] for name in ("title", "message", "seconds", "path", "kept", "page_sha256", "run_id")},
    )
