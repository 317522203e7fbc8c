"""What a delivery says: a run's findings in words with its first charts, or, of a run that failed, why and where to look.

It is read from the ledger and the run's folder, so that it can be written again, the same, whenever sending is tried again. What cells
showed is never quoted: findings and alternative texts are what the report's author wrote for readers.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prodops.errors import on_one_line
from prodops.reports import publish
from prodops.reports.deliver.pictures import Picture, pictures
from prodops.stamps import STAMP_MIME

if TYPE_CHECKING:
    from jinja2 import Environment

    from prodops.reports.ledger import Entry
    from prodops.reports.render.page import Page

LARGEST = 8_000_000
"""Bytes of a page that is still attached: many servers refuse mail beyond 10 MB, and an attachment grows by a third on its way."""
FINDINGS = 5
BOTTOM_LINE = "bottom-line"
LONGEST = 180
"""Characters of a subject."""
GOOD = ("ok", "no data")
ENDED = {"failed": "The run failed", "lost": "The run was lost", "refused": "The run was refused", "skipped": "The run was skipped"}


@dataclass(frozen=True)
class Message:
    """One message, for any channel.

    ``key`` is the same whenever the same run is told of again; ``stem`` is the run's path below a folder, without ending;
    ``brief`` is for chats; ``page`` is missing where the run has none or a later one replaced it; ``attached`` where it is also small
    enough to go along. The texts say which.
    """

    key: str
    stem: Path
    subject: str
    text: str
    html: str
    brief: str
    moment: datetime
    failed: bool = False
    page: bytes | None = None
    attached: bytes | None = None
    pictures: tuple[Picture, ...] = ()

    @property
    def file(self) -> str:
        """What the page is called as an attachment: ``feedback_themes-2025-11-03.html``."""
        return _file(self.stem)


def compose(entry: "Entry", folder: Path, *, largest: int = LARGEST) -> Message:
    """Write the message of a run that ended; ``folder`` is the folder of reports, a page of more than ``largest`` bytes is not attached."""
    good = entry.status in GOOD
    data = _page_bytes(entry, folder) if good else None
    page = _read(entry, folder if data is not None else None)
    stem = publish.slot(folder, entry.slot.report, entry.slot.slice_name, entry.slot.as_of).relative_to(folder)
    told: dict[str, Any] = {
        "page": page,
        "good": good,
        "heading": _heading(page),
        "about": _line(page.period or f"as of {page.as_of}", _slice(entry.slot.slice_name, page.scope), page.scope),
        "reason": "" if page.status == "ok" else page.message or "No reason is known.",
        "changes": page.changes[:FINDINGS],
        "pictures": pictures(page.figures),
        "whole": _whole(entry, data, f"{folder.name}/{entry.path}", _file(stem), largest),
        "kept": f"{folder.name}/{entry.kept}/{publish.NOTEBOOK}" if entry.kept and not good else "",
        "cell": None if good else _failing_cell(entry, folder),
        "attempt": entry.attempt,
    }
    return Message(
        key=_key(entry),
        stem=stem,
        subject=_line(page.title, told["about"], told["heading"])[:LONGEST],
        text=_write("mail.txt.j2", told),
        html=_write("mail.html.j2", told),
        brief=_brief(told, f"{folder.name}/{entry.path}" if good and entry.path else ""),
        moment=entry.ended or entry.began,
        failed=not good,
        page=data,
        attached=data if data is not None and len(data) <= largest else None,
        pictures=told["pictures"],
    )


def _key(entry: "Entry") -> str:
    """Tell this run from any other, of whatever project; a retry of the same run's delivery has the same key."""
    of = (entry.number, entry.run_id, entry.status, *map(str, (entry.slot.report, entry.slot.slice_name, entry.slot.as_of, entry.began)))
    return hashlib.sha256(json.dumps(of).encode()).hexdigest()[:32]


def _file(stem: Path) -> str:
    return "-".join(part for part in stem.parts if part != "all") + ".html"


# ------------------------------------------------------------------------------------------------- what is there to tell
def _page_bytes(entry: "Entry", folder: Path) -> bytes | None:
    """Read a run's page; nothing where a later run has put its own in its place."""
    try:
        data = (folder / entry.path).read_bytes()
    except OSError:
        return None
    return data if hashlib.sha256(data).hexdigest() == entry.page_sha256 else None


def _read(entry: "Entry", folder: Path | None) -> "Page":
    """Read what the page shows from the run's folder, or, where that is no longer this run's, from the ledger's figures."""
    from prodops.reports.render.page import read_page
    from prodops.reports.render.sanitise import readable_all

    beside = (folder / entry.path).parent if folder else None
    record = _json(beside / publish.RECORD) if beside else {}
    cells = _json(beside / publish.NOTEBOOK).get("cells", []) if beside else []
    if not any(BOTTOM_LINE in (cell.get("metadata", {}).get("tags") or ()) for cell in cells):  # it says nothing itself of what is first
        parts = ("findings",) if cells else ("scope", "findings", "tiles")
        cells = [*cells, _showing([stamp for part in parts for stamp in record.get(part) or ()] or list(entry.figures))]
    own = {"status": entry.status, "message": entry.message, "as_of": entry.slot.as_of.isoformat(), "run_id": entry.run_id}
    clean: Any = readable_all([{"cells": cells}, {**record, **own}, entry.title or str(record.get("title") or entry.slot.report)])
    return read_page(*clean)


def _showing(stamps: list[Any]) -> dict[str, Any]:
    """Make a cell that shows stamps as a report's first lines."""
    output = {"output_type": "display_data", "data": {STAMP_MIME: {"stamps": stamps}}}
    return {"cell_type": "code", "metadata": {"tags": [BOTTOM_LINE]}, "source": "", "outputs": [output]}


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _failing_cell(entry: "Entry", folder: Path) -> int | None:
    """Give the number of the cell that stopped a run, where its partial notebook is still there."""
    record = _json(folder / entry.kept / publish.RECORD) if entry.kept else {}
    fault = record.get("fault")
    found = fault.get("cell") if isinstance(fault, dict) and record.get("message") == entry.message else None
    return found if isinstance(found, int) else None


# ------------------------------------------------------------------------------------------------------------ in words
def _line(*parts: str) -> str:
    """Put parts on one line, as a subject must be."""
    return on_one_line(" · ".join(filter(None, parts)))


def _slice(name: str, scope: str) -> str:
    """Name a slice where the scope's words do not: ``audience-sales`` says nothing beside "for sales"."""
    return "" if name == "all" or name.rpartition("-")[2].lower() in scope.lower() else name


def _heading(page: "Page") -> str:
    """Say in a few words what there is to tell: the most surprising finding, or how the run ended."""
    if page.status not in GOOD:
        return ENDED.get(page.status, "The run ended early")
    if page.status == "no data":
        return "No data to report on"
    return str(page.changes[0].finding.get("headline") or "") if page.changes else "The report is ready"


def _whole(entry: "Entry", data: bytes | None, place: str, file: str, largest: int) -> str:
    """Say where the whole report is."""
    if entry.status not in GOOD or not entry.path:
        return ""
    if data is None:
        return f"The page of this run is no longer there; what lies at {place} is of a later run."
    if len(data) > largest:
        return f"The whole report has {len(data) / 1e6:.1f} MB, too much to attach; it lies at {place}."
    return f"The whole report is attached ({file}, {len(data) / 1e6:.1f} MB) and opens in any browser, without a network."


def _brief(told: Mapping[str, Any], place: str) -> str:
    """Write the few lines of a chat message; the subject stands above it."""
    lines = [told["reason"], f"It stopped in cell {told['cell']}." if told["cell"] else "", told["kept"]]
    for change in told["changes"]:
        figure = ", ".join(filter(None, (change.figure, change.before)))
        lines.append(f"• {change.finding.get('headline', '')}" + f" ({figure})" * bool(figure))
    return "\n".join(line for line in [*lines, place] if line)


@cache
def _templates() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, select_autoescape

    here = FileSystemLoader(Path(__file__).parent / "templates")
    return Environment(loader=here, autoescape=select_autoescape(["html.j2"]), trim_blocks=True, lstrip_blocks=True)


def _write(template: str, told: Mapping[str, Any]) -> str:
    return _templates().get_template(template).render(told).strip() + "\n"
