"""Deliveries: who is told what came of a run. At least once, remembered in the ledger, by one process at a time.

What a run owes is written down in the transaction that ends it (``ledger.finish(owes=deliver.owes(…))``); :func:`settle` then takes each
delivery in the ledger, sends it, and marks it made, or has it tried again later. One that failed changes nothing of its run.

A process killed after a server took a message and before the ledger says so has it sent once more. That is harmless in a folder, where
the file has the same name and content, and mostly in mail, which has the same Message-ID; a chat shows such a message twice.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from prodops.errors import did_you_mean, shorten
from prodops.reports import conditions
from prodops.reports.deliver import addresses, channels
from prodops.reports.deliver.addresses import DeliveryError
from prodops.reports.deliver.courier import Courier
from prodops.reports.deliver.messages import GOOD, LARGEST, Message, compose

if TYPE_CHECKING:
    from prodops.reports.catalogue import Report
    from prodops.reports.ledger import Entry, Holder, Ledger, Ticket
    from prodops.reports.settings import Delivery

__all__ = ["ATTEMPTS", "Courier", "DeliveryError", "Message", "Settled", "check", "compose", "doubts", "owes", "send", "settle"]

ATTEMPTS = 8
"""How often a delivery is tried before it is given up, over about 18 hours."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)


@dataclass(frozen=True)
class Settled:
    """What became of one delivery; ``message`` says in one line why it was not made, or what went not quite well."""

    ticket: "Ticket"
    name: str
    state: Literal["made", "owed", "given up"]
    message: str = ""


# ---------------------------------------------------------------------------------------------------- what a run owes
def owes(report: "Report", status: str, record: Mapping[str, Any], part: str = "") -> list[str]:
    """Name the deliveries that a run owes, one for each address: those for its slice (``part``, where that is known) whose ``on`` fits its
    status and any of whose ``when`` holds.

    ``record`` is the run's record, of which ``findings`` and ``tiles`` count; an empty one where there is none. A run that will be tried
    again owes nothing yet: ask only for the last attempt.
    """
    figures = _figures(record)
    due = (each for each in _addressed(report) if not part or not each[1].slices or part in each[1].slices)
    return [name for name, delivery, _ in due if _wanted(delivery, status, figures)]


def doubts(report: "Report", record: Mapping[str, Any]) -> list[str]:
    """Say in sentences which conditions ask for what a run did not find, with the near miss: a misspelt name, or a theme that is gone."""
    asked = [when for delivery in report.deliver if delivery.on != "failure" for when in delivery.when]
    return [said for when in asked for said in conditions.parse(when).doubts(_figures(record))]


def _wanted(delivery: "Delivery", status: str, figures: conditions.Figures) -> bool:
    fits = delivery.on == "always" or (delivery.on == "success") == (status in GOOD)
    return fits and (not delivery.when or any(conditions.parse(when).holds(figures) for when in delivery.when))


def _figures(record: Mapping[str, Any]) -> conditions.Figures:
    return [*record.get("findings", ()), *record.get("tiles", ())]


def _addressed(report: "Report") -> Iterator[tuple[str, "Delivery", str]]:
    """Go through a report's addresses, each with its name in the ledger: the delivery's (or its number) and the address's number in it."""
    for number, delivery in enumerate(report.deliver, 1):
        for place, address in enumerate(delivery.to, 1):
            yield f"{delivery.name or f'delivery-{number}'}/{place}", delivery, address


# ------------------------------------------------------------------------------------------------------------ sending
def check(report: "Report", environ: Mapping[str, str]) -> list[str]:
    """Say, one line each, which of a report's deliveries could not be sent; reaches out to nobody."""
    faults = []
    for name, _, address in _addressed(report):
        try:
            channels.check(addresses.read(address, environ))
        except DeliveryError as fault:
            faults.append(f"{report.file}: deliver {name}: {fault}")
    return faults


def send(to: str, message: Message, environ: Mapping[str, str], *, root: Path) -> str:
    """Send one message to one address now; gives a remark where not all went well. Relative paths begin at ``root``.

    Raises :class:`DeliveryError` in one line, which holds no part of the address.
    """
    return channels.send(addresses.read(to, environ), message, root)


def settle(
    ledger: "Ledger",
    reports: Sequence["Report"],
    *,
    folder: Path,
    environ: Mapping[str, str],
    now: Callable[[], datetime],
    holder: "Holder",
    largest: int = LARGEST,
) -> list[Settled]:
    """Send all that is owed and due, and give what became of each. ``folder`` is the folder of reports.

    Any number of processes may do so at once: each delivery is taken in the ledger first. What cannot be sent is tried again after a pause
    that grows, and given up after :data:`ATTEMPTS`. Those that a killed process had taken are freed by ``ledger.recover``. Raises
    :class:`RunError` only where the ledger itself cannot be used.
    """
    known = {report.name: report for report in reports}
    written: dict[int, Message] = {}
    settled = []
    for ticket, name, tries in ledger.owed(now()):
        if not ledger.take(ticket, name, holder=holder, now=now()):
            continue
        try:
            remark = _deliver(ledger, known, ticket, name, folder, environ, largest, written)
        except DeliveryError as fault:
            settled.append(_put_off(ledger, ticket, name, str(fault), tries + 1, now()))
        except Exception as fault:  # of a library, and it may quote the address: its kind is all that is told
            settled.append(_put_off(ledger, ticket, name, f"the message could not be sent ({type(fault).__name__}).", tries + 1, now()))
        else:
            ledger.delivered(ticket, name, now=now())
            settled.append(Settled(ticket, name, "made", remark))
    return settled


def _deliver(
    ledger: "Ledger",
    reports: Mapping[str, "Report"],
    ticket: "Ticket",
    name: str,
    folder: Path,
    environ: Mapping[str, str],
    largest: int,
    written: dict[int, Message],
) -> str:
    report = reports.get(ticket.slot.report)
    if report is None:
        raise DeliveryError("the report's file is not there or cannot be read.")
    to = {name: address for name, _, address in _addressed(report)}
    if name not in to:
        raise DeliveryError(f"the report has no delivery {shorten(name)} any more.{did_you_mean(name, to)}")
    if ticket.number not in written:
        written[ticket.number] = _compose(ledger.entry(ticket.number), folder, largest)
    return send(to[name], written[ticket.number], environ, root=report.root)


def _compose(entry: "Entry | None", folder: Path, largest: int) -> Message:
    if entry is None:
        raise DeliveryError("the run is no longer in the ledger.")
    try:
        return compose(entry, folder, largest=largest)
    except Exception as fault:  # what a notebook left behind must stop no scheduler
        raise DeliveryError(f"the message could not be written ({type(fault).__name__}).") from fault


def _put_off(ledger: "Ledger", ticket: "Ticket", name: str, why: str, tries: int, now: datetime) -> Settled:
    final = tries >= ATTEMPTS
    pause = min(FIRST_PAUSE * 4 ** (tries - 1), LONGEST_PAUSE)
    ledger.undelivered(ticket, name, why, now=now, final=final, retry_at=None if final else now + pause)
    return Settled(ticket, name, "given up" if final else "owed", why)
