"""A report made of what its page carries, for a project that does not have it (any more)."""

import json
from pathlib import Path, PurePosixPath

from prodops.errors import InputError, shorten
from prodops.reports import catalogue
from prodops.reports.provenance import Embedded


def report(page: Embedded, home: Path) -> catalogue.Report:
    """Lay the notebook and a report's file out below ``home`` and read them as any report.

    Raises :class:`InputError` where the page's notebook is damaged or its report has no plain name, and
    :class:`WorkspaceError` where they are no usable report.
    """
    name = str(page.record["report"])
    if page.notebook is None:
        raise InputError(f"the project has no report {shorten(name)}, and the notebook in the page is damaged.")
    if not catalogue.NAME.fullmatch(name):
        raise InputError(f"{shorten(name)} is no name of a report.")
    path, folder = _path(str(page.record["notebook"]["path"])), home / "params" / "reports"
    for place in ((home / path).parent, folder):
        place.mkdir(parents=True, exist_ok=True)
    (home / path).write_text(json.dumps(page.notebook), encoding="utf-8")
    tables = [table["table"] for table in page.record["tables"]] or ["feedback"]
    settings = {"title": page.record["title"], "notebook": str(path), "tables": tables}
    (folder / f"{name}.yaml").write_text(json.dumps(settings), encoding="utf-8")
    return catalogue.read(folder, name, home)


def _path(said: str) -> PurePosixPath:
    """Take the notebook's path as recorded, where it is one within the project."""
    path = PurePosixPath(said)
    plain = not path.is_absolute() and ".." not in path.parts and path.suffix == ".ipynb"
    return path if plain else PurePosixPath("notebooks/report.ipynb")
