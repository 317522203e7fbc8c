"""What a report rests on, written down: one record of plain values, the same for the same inputs wherever it was made.

It holds no clock time, host, user or absolute path. Durations and such belong to the one who ran it, not to the report.
"""

import json
import re
from codecs import BOM_UTF8 as BOM
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from prodops.errors import InputError, shorten
from prodops.parameters.types import Value
from prodops.reports import notebooks
from prodops.reports.catalogue import Report
from prodops.reports.execute import Executed
from prodops.reports.surroundings import SHORT, imported, of_modules, sha256, surroundings
from prodops.stamps import STAMP_MIME

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["Embedded", "basis", "dumps", "read_page", "record", "seal", "stamps", "surroundings"]

SCHEMA = "prodops.record/2"
SECTIONS = {
    "scope": "scope",
    "table": "tables",
    "query": "queries",
    "published": "published",
    "settings": "settings",
    "finding": "findings",
    "tile": "tiles",
    "takeaway": "takeaways",
    "definition": "definitions",
}
"""Where in the record each kind of stamp is kept."""
LABELS = ("commit", "dirty")
"""What of the code only names it: the hashes say what it is."""
LARGEST_PAGE = 200_000_000
PART = {
    name: re.compile(rb'<script type="application/json" id="%b">(.*?)</script>' % name.encode(), re.S) for name in ("record", "notebook")
}
SEAL = re.compile(rb'(<meta name="prodops-seal" content=")[0-9a-f]{64}(?=">)')


def basis(report: Report, around: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Write down what a run stands on, as it starts: its notebook, with a short hash of each cell, what that imports, and the
    :func:`surroundings` (``around``, asked now where they are not given)."""
    around = around or surroundings(report.root)
    source = notebooks.source(_read(report.path.read_bytes()))
    codes = [cell["source"] for cell in source["cells"] if cell["cell_type"] == "code"]
    more, own = of_modules(imported(codes), around["packages"])
    return {
        "notebook": {
            "path": _within(report.path, report.root),
            "sha256": sha256(_compact(source)),
            "cells": [sha256(_compact(cell))[:SHORT] for cell in source["cells"]],
        },
        **around,
        "packages": dict(sorted({**around["packages"], **more}.items())),
        "modules": own,
    }


def record(
    report: Report,
    stands_on: Mapping[str, Any],
    executed: Executed,
    parameters: Mapping[str, Value],
    *,
    as_of: datetime,
    slice_name: str = "all",
    given: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Write the record of one run: JSON-ready values, keys in a fixed order.

    ``stands_on`` is its :func:`basis`; ``given`` tells who set a parameter for this very run (``person``, ``matrix``), those that
    the report's file sets are added. Stamps stand in notebook order, under the plural of their kind; what was read and never
    shown comes after them. ``run_id`` is the as-of date and a short hash of all that the result follows from: report, parameters, basis (but for the commit) and data.
    """
    found = [*stamps(executed.notebook), *executed.read]
    sections = {section: _once([s for s in found if s["kind"] == kind]) for kind, section in SECTIONS.items()}
    asked = {"report": report.name, "slice": slice_name, "as_of": as_of.isoformat(), "parameters": plain_values(parameters)}
    by = {**dict.fromkeys(report.parameters, "report"), **(given or {})}
    inputs: dict[str, Any] = {**asked, **stands_on, "code": {k: v for k, v in stands_on["code"].items() if k not in LABELS}}
    data = [[stamp.get("name"), stamp.get("file"), stamp.get("sha256")] for stamp in (*sections["queries"], *sections["settings"])]
    return {
        "schema": SCHEMA,
        "run_id": f"{as_of:%Y-%m-%d}-{sha256(dumps([inputs, data]))[:10]}",
        "title": report.title,
        "status": executed.status,
        "message": executed.message,
        "fault": {"cell": executed.cell, "error": executed.error} if executed.status == "failed" else None,
        **asked,
        "given": {name: by[name] for name in parameters if name in by},
        **stands_on,
        **sections,
    }


def _once(stamps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out what was shown before, word for word: a finding stands at the top of a page and again at its evidence."""
    return [stamp for i, stamp in enumerate(stamps) if stamp not in stamps[:i]]


def dumps(value: object) -> bytes:
    """Write JSON always the same way: UTF-8, keys in the order given, no NaN; half characters stay escaped."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1).encode(errors="backslashreplace") + b"\n"


def stamps(notebook: "NotebookNode") -> list[dict[str, Any]]:
    """Collect the stamps that cells displayed, in notebook order; what is not of a known kind is left out."""
    bundles = [data[STAMP_MIME] for data in notebooks.outputs(notebook) if isinstance(data.get(STAMP_MIME), Mapping)]
    found = [stamp for bundle in bundles for stamp in bundle.get("stamps") or []]
    known = [stamp for stamp in found if isinstance(stamp, Mapping) and stamp.get("kind") in SECTIONS]
    return list(json.loads(json.dumps(known)))  # plain values: a record that goes to another process takes no notebook library along


# ------------------------------------------------------------------------------------------------------ the page again
class Embedded(NamedTuple):
    """What a page carries of itself: its record, the notebook as it was written (nothing where that cannot be read), and
    whether the page is as it was made."""

    record: dict[str, Any]
    notebook: dict[str, Any] | None
    intact: bool


def read_page(path: Path) -> Embedded:
    """Read the record and the source notebook that a report's page carries.

    Raises :class:`InputError`, in one line, for what is no such page and for one whose record cannot be read.
    """
    try:
        data = path.read_bytes() if path.stat().st_size <= LARGEST_PAGE else b""
    except OSError as fault:
        raise InputError(f"{path}: cannot be read ({(fault.strerror or type(fault).__name__).lower()}).") from None
    found = PART["record"].findall(data)
    if not found:
        raise InputError(f"{path}: this is no report of prodops; give the report.html of a run.")
    record = _json(found[-1])
    if record is None or not isinstance(record.get("report"), str):
        raise InputError(f"{path}: the record in this report is damaged; take the copy that was delivered, or make the report again.")
    if record.get("schema") != SCHEMA:
        raise InputError(f"{path}: the record in this report is of another version ({shorten(record.get('schema'))}); expected {SCHEMA}.")
    notebooks_found = PART["notebook"].findall(data)
    return Embedded(record, _json(notebooks_found[-1]) if notebooks_found else None, SEAL.search(data) is not None and seal(data) == data)


def seal(page: bytes) -> bytes:
    """Write into a page the SHA-256 of the page itself (as it is with zeros in that place)."""
    blank = SEAL.sub(rb"\g<1>" + b"0" * 64, page, count=1)
    return SEAL.sub(rb"\g<1>" + sha256(blank).encode(), blank, count=1)


def _json(text: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


# --------------------------------------------------------------------------------------------------------- plain values
def _read(notebook: bytes) -> dict[str, Any]:
    """Read a notebook's text; one that cannot be read has no cells, and the run says why."""
    found = _json(notebook.removeprefix(BOM))
    cells = found.get("cells") if found else None
    return {"cells": [cell for cell in cells if isinstance(cell, dict)] if isinstance(cells, list) else []}


def _compact(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _within(path: Path, root: Path) -> str:
    return path.resolve().relative_to(root.resolve()).as_posix()


def plain_values(parameters: Mapping[str, Value]) -> dict[str, Any]:
    """Give parameters as JSON has them; dates are ISO text."""
    return {name: _plain(value) for name, value in parameters.items()}


def _plain(value: Value) -> object:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
