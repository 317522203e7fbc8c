"""The ledger: what ran, what is running, what came of it. One SQLite file (WAL) that any number of presses and schedulers share.

A slot is (report, slice, as_of). A scheduled slot is claimed in one transaction, so it is made once however many ask; a run of a
person is only written down. Times are aware, in UTC, and always given: nothing here reads a clock.

What is due waits in the ledger too: a slot is *noted* once, by whichever scheduler sees it first, and waits there until it is
claimed or settled. So no slot is lost with a scheduler that was killed, and none is taken for missed because it had to queue.
"""

from prodops.reports.holders import Holder
from prodops.reports.ledger.book import Ledger
from prodops.reports.ledger.rows import MADE, Entry, Known, Passed, Slot, Status, Ticket, Trigger, Waiting
from prodops.reports.ledger.settling import page_in, pause, retry_at
from prodops.reports.ledger.tables import Gone

FILE = "ledger.sqlite"
"""The ledger's name in the folder of reports."""

__all__ = [
    "FILE", "MADE", "Entry", "Gone", "Holder", "Known", "Ledger", "Passed", "Slot", "Status", "Ticket", "Trigger", "Waiting",
    "page_in", "pause", "retry_at",
]  # fmt: skip
