"""The ledger: what ran, what is running, what came of it. One SQLite file (WAL) that any number of presses and schedulers share.

A slot is (report, slice, as_of). A scheduled slot is claimed in one transaction, so it is made once however many ask; a run of a
person is only written down. Times are aware, in UTC, and always given: nothing here reads a clock.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

Status = Literal["running", "ok", "no data", "failed", "lost", "refused", "skipped"]
Trigger = Literal["person", "schedule", "backfill"]
FILE = "ledger.sqlite"


@dataclass(frozen=True, order=True)
class Slot:
    """What one run is of: a report's slice, as of a wall-clock instant."""

    report: str
    slice_name: str
    as_of: datetime


@dataclass(frozen=True)
class Holder:
    """The process that answers for a run: gone when no process of this id and start exists on its host."""

    host: str
    pid: int
    started: str


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


class Ledger:
    """The ledger in one file; safe to share between processes. Open it anew in each process."""

    def __init__(self, file: Path) -> None:
        self.file = file

    # ---------------------------------------------------------------------------------------------- one run's life
    def begin(
        self,
        slot: Slot,
        *,
        trigger: Trigger,
        now: datetime,
        holder: Holder,
        title: str = "",
        due: datetime | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> Ticket | None:
        """Write down that a run begins. For a schedule or backfill the slot is claimed: nothing where it is held, done or given up."""
        raise NotImplementedError

    def publishing(self, ticket: Ticket, page_sha256: str, path: str) -> None:
        """Note, before its page is put in place, what that page will be: a run killed right after can then be told from a lost one."""
        raise NotImplementedError

    def finish(
        self,
        ticket: Ticket,
        status: Status,
        *,
        now: datetime,
        message: str = "",
        seconds: float | None = None,
        path: str = "",
        kept: str = "",
        page_sha256: str = "",
        record: Mapping[str, Any] | None = None,
        retry_at: datetime | None = None,
        owes: Sequence[str] = (),
    ) -> None:
        """Write down how a run ended. ``retry_at`` opens its slot again from then on; ``owes`` are deliveries, noted with it in one transaction."""
        raise NotImplementedError

    def recover(
        self,
        *,
        now: datetime,
        alive: Callable[[Holder], bool],
        placed: Callable[[Entry], bool],
        retries: Callable[[Slot], int],
        backoff: Callable[[Slot, int], float],
    ) -> list[Entry]:
        """Settle runs found "running" whose process is gone: finished where the very page that they were publishing is in place, else lost."""
        raise NotImplementedError

    # -------------------------------------------------------------------------------------------------- what there is
    def entries(self, report: str | None = None, *, last: int | None = None) -> list[Entry]:
        """Give runs, oldest first."""
        raise NotImplementedError

    # ------------------------------------------------------------------------------------------------------ deliveries
    def owed(self) -> list[tuple[Ticket, str, int]]:
        """List deliveries not made yet: the run, the delivery's name, and how often it was tried."""
        raise NotImplementedError

    def delivered(self, ticket: Ticket, name: str, *, now: datetime) -> None:
        """Write down that a delivery was made."""
        raise NotImplementedError

    def undelivered(self, ticket: Ticket, name: str, message: str, *, now: datetime, final: bool = False) -> None:
        """Write down that a delivery could not be made; ``final`` gives it up."""
        raise NotImplementedError
