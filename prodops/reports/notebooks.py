"""The notebook before and after its run: parameters put in, and everything taken out that differs from run to run."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prodops.errors import WorkspaceError
from prodops.parameters.types import Value
from prodops.reports.catalogue import TAG, tags
from prodops.stamps import plain

if TYPE_CHECKING:
    from nbformat import NotebookNode

INJECTED = "injected-parameters"
NOT_WRITTEN = {INJECTED, "papermill-error-cell-tag", "failure"}
"""Tags of cells that a run added."""
ADDRESS = re.compile(r"(?<= at )0x[0-9a-fA-F]{4,}")
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
LANGUAGE = {"file_extension": ".py", "mimetype": "text/x-python", "name": "python", "pygments_lexer": "ipython3"}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
OF_THE_RUN = ("execution", "papermill", "ExecuteTime", "widgets", "signature")


# ------------------------------------------------------------------------------------------------------------- before
def prepare(source: bytes, parameters: Mapping[str, Value]) -> "NotebookNode":
    """Read a notebook and put a run's parameters in a cell after the tagged one; no outputs, and ids that never vary.

    Raises :class:`WorkspaceError` where it is not a notebook that Jupyter would open.
    """
    import nbformat

    try:
        notebook = nbformat.v4.reads(source.decode("utf-8-sig"))
        nbformat.validate(notebook)
    except (nbformat.ValidationError, AttributeError, KeyError, TypeError, ValueError) as fault:
        raise WorkspaceError(
            f"the notebook cannot be run ({str(fault).splitlines()[0][:200]}); open it in JupyterLab and save it."
        ) from None
    cells = [cell for cell in notebook.cells if INJECTED not in cell.metadata.get("tags", [])]
    at = next(i for i, cell in enumerate(cells) if TAG in cell.metadata.get("tags", [])) + 1
    injected = nbformat.v4.new_code_cell(assignments(parameters), metadata={"tags": [INJECTED]})
    notebook.cells = [*cells[:at], injected, *cells[at:]]
    notebook.nbformat_minor = 5
    for number, cell in enumerate(notebook.cells):
        cell.id = hashlib.sha256(f"{number} {cell.cell_type} {cell.source}".encode()).hexdigest()[:12]
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def assignments(parameters: Mapping[str, Value]) -> str:
    """Write checked values as Python: one assignment a line, in the order declared; every name is an identifier."""
    if not all(name.isidentifier() for name in parameters):
        raise ValueError("a parameter's name must be an identifier")
    lines = [f"{name} = {_literal(value)}" for name, value in parameters.items()]
    needs_date = any(isinstance(item, date) for value in parameters.values() for item in (value if isinstance(value, list) else [value]))
    return "\n".join(["# The parameters of this run", *(["from datetime import date"] if needs_date else []), *lines])


def _literal(value: Value) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    return f"date({value.year}, {value.month}, {value.day})" if isinstance(value, date) else repr(value)


def source(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """Give what a person wrote of a notebook, executed or not: its cells with their tags; no outputs, ids or parameters of a run."""
    cells = [_written(cell) for cell in notebook.get("cells", []) if not NOT_WRITTEN.intersection(map(str, tags(cell)))]
    return {"cells": cells, "metadata": {"kernelspec": KERNEL}, "nbformat": 4, "nbformat_minor": 4}


def _written(cell: Mapping[str, Any]) -> dict[str, Any]:
    kind, text = str(cell.get("cell_type", "")), cell.get("source") or ""
    written: dict[str, Any] = {
        "cell_type": kind,
        "metadata": {"tags": tags(cell)} if tags(cell) else {},
        "source": "".join(text) if isinstance(text, list) else str(text),
    }
    if kind == "code":
        return written | {"execution_count": None, "outputs": []}
    return written | ({"attachments": cell["attachments"]} if cell.get("attachments") else {})


# -------------------------------------------------------------------------------------------------------------- after
def tidy(notebook: "NotebookNode", *, private: Path, keep_noise: bool) -> str:
    """Take out, in place, what is of this run only, and give what the cells wrote to standard error.

    Gone are times, counters that skip, addresses of objects, the run's ``private`` folder, the views of widgets whose state is
    not kept, and (but for ``keep_noise``) standard error and the frames of tracebacks, which name paths of this machine.
    """
    from nbformat import from_dict

    noise: list[str] = []
    notebook.metadata = from_dict({**_kept(notebook.metadata), "kernelspec": KERNEL, "language_info": LANGUAGE})
    count = 0
    for cell in notebook.cells:
        cell.metadata = from_dict(_kept(cell.metadata))
        if cell.cell_type != "code":
            continue
        ran = cell.execution_count is not None and INJECTED not in cell.metadata.get("tags", [])
        count += ran
        cell.execution_count = count if ran else None
        noise += [f"cell {count}: {output.text}" for output in cell.outputs if _is_noise(output)]
        cell.outputs = [
            _tidied(output, cell.execution_count, private, keep_noise) for output in cell.outputs if keep_noise or not _is_noise(output)
        ]
    return "".join(noise)


def _is_noise(output: "NotebookNode") -> bool:
    return bool(output.output_type == "stream" and output.name == "stderr")


def _kept(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in metadata.items() if k not in OF_THE_RUN and not (k == "tags" and not v)}


def _tidied(output: "NotebookNode", count: int | None, private: Path, keep_frames: bool) -> "NotebookNode":
    if output.output_type == "stream":
        output.text = _scrub(output.text, private)
    elif output.output_type == "error":
        output.evalue = _scrub(output.evalue, private)
        output.traceback = output.traceback if keep_frames else [f"{output.ename}: {output.evalue}"]
    else:
        output.data.pop(WIDGET_VIEW, None)
        for mime in ("text/plain", "text/html", "text/markdown"):
            if isinstance(output.data.get(mime), str):
                output.data[mime] = _scrub(output.data[mime], private)
        if output.output_type == "execute_result":
            output.execution_count = count
    return output


def _scrub(text: str, private: Path) -> str:
    return ADDRESS.sub("0x…", text.replace(str(private), "."))


def mark_failure(notebook: "NotebookNode", message: str, at: int | None = None) -> None:
    """Say at the top of a partial notebook what stopped it, and mark the cell ``at`` which it stopped (its place; ``None``: before any).

    This copy is for the report's owner, never for its readers.
    """
    import nbformat

    text = f"# This run failed\n\n{plain(message)}\n\nThe cells after the fault did not run. Readers keep the last good report, where there is one."
    if at is not None:
        notebook.cells[at].metadata["failed"] = True
        mark = nbformat.v4.new_markdown_cell("**The run stopped in the next cell.**", id="failed-cell", metadata={"tags": ["failure"]})
        notebook.cells.insert(at, mark)
    notebook.cells.insert(0, nbformat.v4.new_markdown_cell(text, id="failure", metadata={"tags": ["failure"]}))


def dumps(notebook: "NotebookNode") -> bytes:
    """Write a notebook as a file holds it, always the same way; half characters, which no file can hold, become ``?``."""
    import nbformat

    return str(nbformat.v4.writes(notebook)).encode(errors="replace") + b"\n"


def outputs(notebook: "NotebookNode") -> Iterator[Mapping[str, Any]]:
    """Go through the displayed results of a notebook in order: each a mapping of MIME type to data."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if isinstance(output.get("data"), Mapping):
                yield output["data"]
