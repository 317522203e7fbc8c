"""What a report rests on, written down: one record of plain values, the same for the same inputs wherever it was made.

It holds no clock time, host, user or absolute path. Durations and such belong to the one who ran it, not to the report.
"""

import hashlib
import json
import platform
import re
import subprocess
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import prodops
from prodops.parameters.types import Value
from prodops.reports import notebooks
from prodops.reports.catalogue import Report
from prodops.reports.execute import Executed
from prodops.stamps import STAMP_MIME

if TYPE_CHECKING:
    from nbformat import NotebookNode

SCHEMA = "prodops.record/1"
PACKAGE = Path(prodops.__file__).parent
LOCK = "requirements.lock"
SECTIONS = {
    "scope": "scope",
    "table": "tables",
    "query": "queries",
    "finding": "findings",
    "tile": "tiles",
    "takeaway": "takeaways",
    "definition": "definitions",
}
"""Where in the record each kind of stamp is kept."""
STANDS_ON = ("prodops", "notebooks", "params", LOCK)
"""What of a project a report follows from."""


def basis(report: Report) -> dict[str, Any]:
    """Write down what a run stands on, as it starts: notebook, code, Python and packages, lock, commit; paths from the project."""
    code: dict[str, str | bool] = {"version": prodops.__version__, "sha256": package_hash()}
    return {
        "notebook": {"path": _within(report.path, report.root), "sha256": _sha256(report.path.read_bytes())},
        "code": code | commit(report.root),
        "python": platform.python_version(),
        "packages": packages(),
        "lock": _file(report.root / LOCK, report.root),
    }


def record(
    report: Report,
    stands_on: Mapping[str, Any],
    executed: Executed,
    parameters: Mapping[str, Value],
    *,
    as_of: datetime,
    slice_name: str = "all",
) -> dict[str, Any]:
    """Write the record of one run: JSON-ready values, keys in a fixed order.

    ``stands_on`` is its :func:`basis`. Stamps stand in notebook order, under the plural of their kind. ``run_id`` is the as-of
    date and a short hash of all that the result follows from: report, parameters, basis (but for the commit) and data.
    """
    found = stamps(executed.notebook)
    sections = {section: _once([s for s in found if s["kind"] == kind]) for kind, section in SECTIONS.items()}
    asked = {
        "report": report.name,
        "slice": slice_name,
        "as_of": as_of.isoformat(),
        "parameters": {name: _plain(value) for name, value in parameters.items()},
    }
    inputs: dict[str, Any] = {**asked, **stands_on, "code": {key: stands_on["code"][key] for key in ("version", "sha256")}}
    data = [[stamp.get("name"), stamp.get("sha256")] for stamp in sections["queries"]]
    return {
        "schema": SCHEMA,
        "run_id": f"{as_of:%Y-%m-%d}-{_sha256(dumps([inputs, data]))[:10]}",
        "title": report.title,
        "status": executed.status,
        "message": executed.message,
        "fault": {"cell": executed.cell, "error": executed.error} if executed.status == "failed" else None,
        **asked,
        **stands_on,
        **sections,
    }


def _once(stamps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out what was shown before, word for word: a finding stands at the top of a page and again at its evidence."""
    return [stamp for i, stamp in enumerate(stamps) if stamp not in stamps[:i]]


def dumps(value: object) -> bytes:
    """Write JSON always the same way: UTF-8, keys in the order given, no NaN."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1).encode() + b"\n"


def stamps(notebook: "NotebookNode") -> list[dict[str, Any]]:
    """Collect the stamps that cells displayed, in notebook order; what is not of a known kind is left out."""
    bundles = [data[STAMP_MIME] for data in notebooks.outputs(notebook) if isinstance(data.get(STAMP_MIME), Mapping)]
    found = [stamp for bundle in bundles for stamp in bundle.get("stamps") or []]
    return [dict(stamp) for stamp in found if isinstance(stamp, Mapping) and stamp.get("kind") in SECTIONS]


# --------------------------------------------------------------------------------------------------------- the inputs
def package_hash(folder: Path = PACKAGE) -> str:
    """Hash every file of the package, code and templates alike, with its name."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
        digest.update(f"{path.relative_to(folder).as_posix()} {_sha256(path.read_bytes())}\n".encode())
    return digest.hexdigest()


def packages() -> dict[str, str]:
    """Give the installed version of each package that prodops asks for by name; the kernel runs in this same environment."""
    versions = {}
    for name in sorted({re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0].lower() for line in _required()}):
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "missing"
    return versions


def _required() -> list[str]:
    try:
        return [line for line in metadata.requires("prodops") or [] if "extra ==" not in line]
    except metadata.PackageNotFoundError:  # run from a checkout that is not installed
        project = PACKAGE.parent / "pyproject.toml"
        return list(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["dependencies"]) if project.exists() else []


def commit(root: Path) -> dict[str, str | bool]:
    """Give the last commit that changed what reports stand on, and whether that differs now; nothing where there is no git.

    Other commits, as of a test, change no report and so no byte of one.
    """
    try:
        found = _git(root, "log", "-1", "--format=%H", "--", *STANDS_ON)
        changed = _git(root, "status", "--porcelain", "--untracked-files=no", "--", *STANDS_ON)
    except (OSError, subprocess.SubprocessError):
        return {}
    return {"commit": found, "dirty": bool(changed)} if found else {}


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-c", "safe.directory=*", "--no-optional-locks", "-C", str(root), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True, stdin=subprocess.DEVNULL)
    return done.stdout.strip()


def _file(path: Path, root: Path) -> dict[str, str] | None:
    return {"path": _within(path, root), "sha256": _sha256(path.read_bytes())} if path.is_file() else None


def _within(path: Path, root: Path) -> str:
    return path.resolve().relative_to(root.resolve()).as_posix()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _plain(value: Value) -> object:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
