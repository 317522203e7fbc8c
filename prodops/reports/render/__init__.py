"""An executed notebook and its record in, one self-contained HTML page out; a pure function of both.

:mod:`page` says what is shown, read from the notebook by :mod:`sections`, :mod:`blocks` and :mod:`figures`; :mod:`sanitise`
is the only way in for anything a cell showed; :mod:`exporter` (nbconvert's machinery, our template) writes it. The page
loads nothing from any network.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbformat import NotebookNode


def render(notebook: "NotebookNode", record: Mapping[str, Any], *, title: str | None = None, cache: Path | None = None) -> str:
    """Write an executed notebook and its provenance record as one HTML page; the same inputs give the same bytes.

    The page carries the record, the notebook as it was written, and a seal: the SHA-256 of all its other bytes.
    Missing parts of the record are left out of the page. ``title`` replaces the notebook's own. In the folder ``cache`` the
    charts' library is kept from one process to the next, which saves each a second. Raises nothing of its own:
    a failed run gives a page that says so at its top, a run without data an honest empty one.
    """
    from prodops.reports.notebooks import source
    from prodops.reports.provenance import seal
    from prodops.reports.render.exporter import export
    from prodops.reports.render.page import read_page
    from prodops.reports.render.sanitise import readable_all, script_json

    clean: Any = readable_all({"notebook": notebook, "record": dict(record), "title": title})
    page = read_page(clean["notebook"], clean["record"], clean["title"])
    html = export(notebook, page, record=script_json(dict(record)), source=script_json(source(notebook)), cache=cache)
    return seal(html.encode()).decode()
