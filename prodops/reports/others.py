"""What a run is told of the reports that it comes after: what their latest good runs found, and where the pages lie from its own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from prodops.reports import publish
from prodops.reports.ledger import MADE, Entry, Ledger
from prodops.reports.ledger.rows import ASKED

FIGURES = ("name", "headline", "sentence", "value", "lower", "upper", "before", "beside", "unit", "good", "surprise", "is_over", *ASKED)
UP = "../../../"
"""From a page, in the folder of its report, slice and as-of, to the folder of reports."""


@dataclass(frozen=True)
class Other:
    """A report that another comes after: its name and title, its slices by name, each with what people call it, and whether it is due at
    times or made by hand."""

    report: str
    title: str
    slices: Mapping[str, str]
    scheduled: bool = False


def told(ledger: Ledger, others: Sequence[Other], *, as_of: datetime, before: datetime, linked: bool) -> list[dict[str, Any]]:
    """Tell of each slice of other reports its latest good run for an as-of up to ``as_of`` that had ended by ``before``.

    ``state`` is how that run ended (``ok``, ``no data``), or ``none`` where there is none; ``failed`` is the as-of of a run that failed
    since. ``page`` leads to its page where that is there and pages are ``linked``. Raises :class:`RunError` where the ledger cannot be read.
    """
    if not others:
        return []
    entries: dict[tuple[str, str], list[Entry]] = {}
    for entry in ledger.latest([other.report for other in others], as_of=as_of, before=before):
        entries.setdefault((entry.slot.report, entry.slot.slice_name), []).append(entry)
    home = ledger.file.parent if linked else None
    return [
        {
            "report": other.report,
            "title": other.title,
            "scheduled": other.scheduled,
            "slice": name,
            "label": label,
            **_of(entries.get((other.report, name), ()), home),
        }
        for other in others
        for name, label in other.slices.items()
    ]


def _of(entries: Iterable[Entry], home: Path | None) -> dict[str, Any]:
    good = next((entry for entry in entries if entry.status in MADE), None)
    bad = next((entry.slot.as_of.isoformat() for entry in entries if entry.status not in MADE), None)
    if good is None:
        return {"as_of": None, "state": "none", "failed": bad, "page": "", "findings": []}
    found = [{key: each.get(key) for key in FIGURES} for each in good.figures if each.get("kind") == "finding"]
    return {"as_of": good.slot.as_of.isoformat(), "state": good.status, "failed": bad, "page": _page(good, home), "findings": found}


def _page(entry: Entry, home: Path | None) -> str:
    """Give a page's address from another run's page; nothing where it is gone, or does not lie where pages do."""
    slot = entry.slot
    if (
        home is None
        or entry.path != f"{publish.slot(home, slot.report, slot.slice_name, slot.as_of).relative_to(home).as_posix()}/{publish.PAGE}"
    ):
        return ""
    return f"{UP}{entry.path}" if (home / entry.path).is_file() else ""
