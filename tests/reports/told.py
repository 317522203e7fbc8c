"""Runs that ended, put into a project and its ledger without being executed, for what comes after a run."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prodops.reports import holders, notebooks, provenance, publish
from prodops.reports.ledger import FILE, Ledger, Slot, Ticket
from prodops.reports.render import render
from tests.reports.example_report import report
from tests.reports.small_project import AS_OF, Project

NOW = datetime(2025, 11, 3, 6, tzinfo=UTC)


def ledger(project: Project) -> Ledger:
    """Open a project's ledger."""
    return Ledger(project.root / "reports" / FILE)


def good_run(
    project: Project,
    name: str = "weekly",
    *,
    owes: Sequence[str] = (),
    as_of: datetime = AS_OF,
    page: bytes | None = None,
    notebook: Any = None,
) -> Ticket:
    """End a run well: its page, notebook and record are in place, and the ledger knows."""
    executed = notebook or report()
    found = provenance.stamps(executed)
    record: dict[str, Any] = {
        "title": "Weekly review",
        "run_id": f"{as_of:%Y-%m-%d}-0123456789",
        "as_of": as_of.isoformat(),
        "status": "ok",
    }
    record |= {section: [s for s in found if s["kind"] == kind] for kind, section in provenance.SECTIONS.items()}
    data = page or render(executed, record).encode()
    folder = publish.slot(project.root / "reports", name, "all", as_of)
    files = {publish.PAGE: data, publish.NOTEBOOK: notebooks.dumps(executed), publish.RECORD: json.dumps(record).encode()}
    publish.write_run(folder, files)
    return end(project, name, "ok", as_of, record, owes=owes, path=f"{name}/all/{folder.name}/report.html", page=data)


def bad_run(project: Project, name: str = "weekly", *, owes: Sequence[str] = (), as_of: datetime = AS_OF) -> Ticket:
    """End a run badly, in its fourth cell; its partial notebook is kept."""
    message = "Cell 4 (themes.loc[week]) raised KeyError: '<b>'"
    folder = publish.slot(project.root / "reports", name, "all", as_of) / publish.FAILED
    record = {"status": "failed", "message": message, "fault": {"cell": 4, "error": "KeyError"}}
    publish.write_run(folder, {publish.NOTEBOOK: b"{}", publish.RECORD: provenance.dumps(record)})
    return end(project, name, "failed", as_of, {}, owes=owes, message=message, kept=f"{name}/all/{as_of:%Y-%m-%d}/failed")


def end(
    project: Project,
    name: str,
    status: Any,
    as_of: datetime,
    record: Mapping[str, Any],
    *,
    owes: Sequence[str],
    page: bytes = b"",
    **more: Any,
) -> Ticket:
    """Write a run into the ledger from its beginning to its end."""
    book = ledger(project)
    ticket = book.begin(Slot(name, "all", as_of), trigger="person", now=NOW, holder=holders.here(), title="Weekly review")
    assert ticket
    sha = hashlib.sha256(page).hexdigest() if page else ""
    book.finish(ticket, status, now=NOW, record=record, owes=owes, page_sha256=sha, **more)
    book.close()
    return ticket


def environment(**more: str) -> dict[str, str]:
    """Give this process's environment, for another that imports what this one does."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]), **more}
