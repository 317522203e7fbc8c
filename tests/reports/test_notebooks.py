"""The notebook before and after a run: checked values in, what differs from run to run out."""

import json
from datetime import date
from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from prodops.parameters.secrets import Reference
from prodops.reports import notebooks
from tests.reports.small_project import Project, code

VALUES = {
    "weeks": 12,
    "share": 0.5,
    "flag": True,
    "none": None,
    "since": date(2025, 1, 2),
    "many": ["a", 'b"c'],
    "dates": [date(2025, 3, 4)],
    "text": "'''\n#\\\u2028\x00; import os",
}
SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | st.text() | st.dates()
)


@given(st.lists(SCALARS | st.lists(SCALARS), max_size=4))
def test_written_values_read_back_as_they_were(values: list[object]) -> None:
    """Whatever a value holds, the cell assigns exactly it, one name a line, and does nothing else."""
    names: dict[str, object] = {f"p{i}": value for i, value in enumerate(values)}
    scope: dict[str, object] = {}
    exec(notebooks.assignments(names), scope)  # type: ignore[arg-type]
    assert {name: scope[name] for name in names} == names
    assert set(scope) - set(names) <= {"__builtins__", "date"}


def test_the_cell_of_parameters_has_one_fixed_text() -> None:
    """The order is the declared one; dates bring their import."""
    assert notebooks.assignments({"weeks": 12, "since": date(2025, 1, 2)}) == (
        "# The parameters of this run\nfrom datetime import date\nweeks = 12\nsince = date(2025, 1, 2)"
    )


def test_a_secret_is_written_as_what_the_kernel_resolves() -> None:
    """The cell holds the variable's name; a parameter that takes a helper's name comes last, so that the helper works for all."""
    text = notebooks.assignments({"date": Reference("${A}"), "secret": "x", "keys": [Reference("${B}")], "since": date(2025, 1, 2)})
    assert text.splitlines()[1:] == [
        "from datetime import date",
        "from prodops.sources.environment import secret",
        "keys = [secret('${B}')]",
        "since = date(2025, 1, 2)",
        "date = secret('${A}')",
        "secret = 'x'",
    ]


def test_a_name_that_is_no_identifier_never_becomes_code() -> None:
    """The last guard stands even where a caller forgot to check."""
    with pytest.raises(ValueError, match="identifier"):
        notebooks.assignments({"x=1;import os": 1})


def test_prepared_notebooks_have_no_outputs_and_ids_that_never_vary(project: Project) -> None:
    """Old outputs and an old injected cell go; ids follow position and text alone; the parameters come right after the tagged cell."""
    old = code("weeks = 99", "injected-parameters")
    shown = code("weeks") | {"outputs": [{"output_type": "stream", "name": "stdout", "text": "old"}], "execution_count": 7}
    source = project.notebook("themes", old, shown).read_bytes()
    one, two = (notebooks.prepare(source, {"weeks": 8}) for _ in range(2))
    assert notebooks.dumps(one) == notebooks.dumps(two)
    assert [cell.source.splitlines()[-1] for cell in one.cells] == ["# Title", "weeks: int = 12  # weeks shown", "weeks = 8", "weeks"]
    assert [cell.outputs for cell in one.cells[1:]] == [[], [], []]
    assert len({cell.id for cell in one.cells}) == 4
    nbformat.validate(one)


def ran() -> nbformat.NotebookNode:
    """An executed notebook with all that differs from run to run."""
    outputs = [
        new_output("stream", name="stdout", text="at /tmp/private/work <X at 0x7f12ab34cd>\n"),
        new_output("stream", name="stderr", text="/usr/lib/x.py:3: Warning\n"),
        new_output(
            "execute_result",
            {"text/plain": "<X at 0x7f12ab34cd>", "application/vnd.jupyter.widget-view+json": {"model_id": "a1"}},
            execution_count=9,
        ),
        new_output("error", ename="KeyError", evalue="'a'", traceback=["in /usr/lib/x.py"]),
    ]
    cells = [
        new_markdown_cell("# T"),
        new_code_cell("1", execution_count=3),
        new_code_cell("p = 1", execution_count=4, metadata={"tags": ["injected-parameters"]}),
        new_code_cell(
            "x", execution_count=9, outputs=outputs, metadata={"tags": [], "papermill": {"duration": 1}, "execution": {"a": "1"}, "mine": 1}
        ),
        new_code_cell("never run"),
    ]
    metadata = {"papermill": {"start_time": "2025"}, "widgets": {}, "language_info": {"name": "python", "version": "3.11.7"}, "mine": 1}
    return new_notebook(cells=cells, metadata=metadata)


def test_what_is_of_one_run_only_is_taken_out() -> None:
    """Times, addresses, private paths, widget views, warnings and frames are gone; numbers of cells follow one another."""
    notebook = ran()
    noise = notebooks.tidy(notebook, private=Path("/tmp/private"), keep_noise=False)
    assert noise == "cell 2: /usr/lib/x.py:3: Warning\n"
    assert notebook.metadata == {"mine": 1, "kernelspec": notebooks.KERNEL, "language_info": notebooks.LANGUAGE}
    assert [cell.get("execution_count") for cell in notebook.cells] == [None, 1, None, 2, None]
    assert notebook.cells[3].metadata == {"mine": 1}
    assert json.loads(json.dumps(notebook.cells[3].outputs)) == [
        {"output_type": "stream", "name": "stdout", "text": "at ./work <X at 0x…>\n"},
        {"output_type": "execute_result", "metadata": {}, "data": {"text/plain": "<X at 0x…>"}, "execution_count": 2},
        {"output_type": "error", "ename": "KeyError", "evalue": "'a'", "traceback": ["KeyError: 'a'"]},
    ]


def test_the_owner_of_a_failed_run_keeps_warnings_and_frames() -> None:
    """A partial notebook says at its top what happened and keeps what helps to mend it."""
    notebook = ran()
    notebooks.tidy(notebook, private=Path("/tmp/private"), keep_noise=True)
    notebooks.mark_failure(notebook, "Cell 2 (x) raised KeyError: 'a' <b>")
    assert notebook.cells[0].source.startswith("# This run failed\n\nCell 2 (x) raised KeyError: 'a' &lt;b&gt;".replace("(x)", "\\(x\\)"))
    assert [o.output_type for o in notebook.cells[4].outputs] == ["stream", "stream", "execute_result", "error"]
    assert notebook.cells[4].outputs[3].traceback == ["in /usr/lib/x.py"]


def test_half_characters_do_not_keep_a_notebook_from_being_written() -> None:
    """What no file can hold becomes a question mark."""
    assert b'"a?b"' in notebooks.dumps(new_notebook(cells=[], metadata={"mine": "a\ud800b"}))
