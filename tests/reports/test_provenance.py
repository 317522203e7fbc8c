"""The record: all that a report rests on, nothing of the machine it was made on."""

import json
import pickle
import shutil
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from prodops.reports import notebooks, provenance
from prodops.reports.catalogue import Report
from prodops.reports.execute import Executed
from prodops.stamps import STAMP_MIME, Definition, Finding, QueryStamp, Scope, SettingsStamp, Stamp, show
from tests.reports.small_project import AS_OF, Project, code

QUERY = QueryStamp(name="weeks", sql="SELECT 1", key="k", rows=3, sha256="ab" * 32)
FINDINGS = [Finding(name=f"f{i}", headline="H", sentence="S", value=i) for i in range(3)]


def executed(*cells: list[Stamp], status: Any = "ok", **more: Any) -> Executed:
    """An executed notebook whose cells show these stamps."""
    made = [new_code_cell("x", outputs=[new_output("display_data", show(*stamps)._repr_mimebundle_())]) for stamps in cells]
    return Executed(new_notebook(cells=made), status, **more)


def record(
    report: Report, run: Executed, parameters: Mapping[str, Any], as_of: datetime = AS_OF, slice_name: str = "all"
) -> dict[str, Any]:
    """Write the record of a run that starts and ends now."""
    return provenance.record(report, provenance.basis(report), run, parameters, as_of=as_of, slice_name=slice_name)


def test_the_record_holds_the_whole_basis_of_a_run(project: Project) -> None:
    """Parameters, code, packages and stamps, each in its place and in notebook order; plain values only."""
    (project.root / "requirements.lock").write_text("pandas==3\n")
    report = project.add("themes")
    scope = Scope(start=date(2025, 10, 27), end=date(2025, 11, 3))
    found = record(
        report,
        executed([scope, QUERY], [FINDINGS[1]], [FINDINGS[0], Definition(name="D", text="T")]),
        {"weeks": 12, "since": date(2025, 1, 2), "plans": ["a"]},
        slice_name="team",
    )
    assert json.loads(provenance.dumps(found)) == found
    assert (
        found["schema"],
        found["report"],
        found["slice"],
        found["title"],
        found["as_of"],
        found["status"],
        found["message"],
        found["fault"],
    ) == ("prodops.record/2", "themes", "team", "A title", "2025-11-03T00:00:00", "ok", "", None)
    assert found["parameters"] == {"weeks": 12, "since": "2025-01-02", "plans": ["a"]}
    assert found["notebook"]["path"] == "notebooks/themes.ipynb"
    assert found["lock"]["path"] == "requirements.lock"
    assert {"altair", "pandas", "papermill"} <= set(found["packages"])
    assert found["scope"] == [scope.to_dict()]
    assert found["queries"] == [QUERY.to_dict()]
    assert [f["name"] for f in found["findings"]] == ["f1", "f0"]
    assert found["definitions"][0]["text"] == "T"
    assert found["tables"] == found["tiles"] == found["takeaways"] == []
    assert str(project.root) not in provenance.dumps(found).decode()


def test_the_same_inputs_have_the_same_record_wherever_the_project_lies(project: Project, tmp_path: Path) -> None:
    """A copy of the project elsewhere gives the same bytes."""
    project.add("themes")
    copy = Project(tmp_path / "elsewhere" / "copy")
    shutil.copytree(project.root, copy.root)
    one, two = (provenance.dumps(record(p.read("themes"), executed([QUERY]), {"weeks": 1})) for p in (project, copy))
    assert one == two


def test_the_notebook_is_hashed_as_it_was_written(project: Project) -> None:
    """Outputs, counters, ids and other metadata of a saved notebook are no change; a changed cell is, and it alone."""
    one = provenance.basis(project.add("themes", "1 + 1", code("2 + 2", "bottom-line")))["notebook"]
    path = project.root / "notebooks" / "themes.ipynb"
    saved = json.loads(path.read_text())
    for number, cell in enumerate(saved["cells"]):
        cell["id"] = f"cell-{number}"
        if cell["cell_type"] == "code":
            cell |= {"execution_count": 7, "outputs": [{"output_type": "stream", "name": "stdout", "text": "7"}]}
            cell["source"] = cell["source"].splitlines(keepends=True)
    path.write_text(json.dumps(saved | {"metadata": {"widgets": {}}, "nbformat_minor": 5}))
    assert provenance.basis(project.read("themes"))["notebook"] == one
    two = provenance.basis(project.add("themes", "1 + 2", code("2 + 2", "bottom-line")))["notebook"]
    assert [i for i, (a, b) in enumerate(zip(one["cells"], two["cells"], strict=True)) if a != b] == [2]
    assert one["sha256"] != two["sha256"]


def test_a_run_notebook_gives_back_what_was_written(project: Project) -> None:
    """The source read from an executed notebook is that of its file: no parameters of the run, no outputs."""
    run = project.execute("print(weeks)", code("'ü' + str(weeks)", "bottom-line"), given={"weeks": "5"})
    written = json.loads((project.root / "notebooks" / "under_test.ipynb").read_text())
    assert notebooks.source(run.notebook) == notebooks.source(written)
    nbformat.validate(nbformat.from_dict(notebooks.source(written)))


def test_who_set_a_parameter_is_written_down(project: Project) -> None:
    """The report's file, a matrix or a person; what keeps the notebook's default is not listed."""
    report = project.add("themes", parameters="a: int = 1\nb: int = 2\nc: int = 3", settings="parameters: {a: 4, b: 5}")
    found = provenance.record(report, provenance.basis(report), executed(), {"a": 4, "b": 6, "c": 3}, as_of=AS_OF, given={"b": "person"})
    assert found["given"] == {"a": "report", "b": "person"}


@pytest.mark.parametrize("change", ["parameters", "as_of", "slice", "notebook", "data", "lock", "settings"])
def test_the_run_id_changes_with_every_input(project: Project, change: str) -> None:
    """The short hash stands for all inputs; the date in front is the as-of date."""
    report = project.add("themes")
    plain = record(report, executed([QUERY]), {"weeks": 1})
    if change == "notebook":
        report = project.add("themes", "1 + 1")
    if change == "lock":
        (project.root / "requirements.lock").write_text("x")
    data = QueryStamp(name="weeks", sql="SELECT 1", key="k", rows=3, sha256="cd" * 32) if change == "data" else QUERY
    settings = [SettingsStamp(file="kpis.yaml", sha256="e" * 64, values={})] if change == "settings" else []
    other = record(
        report,
        executed([data, *settings]),
        {"weeks": 1 + (change == "parameters")},
        slice_name="team" if change == "slice" else "all",
        as_of=datetime(2025, 11, 3, 6) if change == "as_of" else AS_OF,
    )
    assert plain["run_id"].startswith("2025-11-03-")
    assert plain["run_id"] != other["run_id"]


def test_a_failed_run_says_where_it_stopped(project: Project) -> None:
    """Status, message, cell and error of the fault."""
    found = record(project.add("themes"), executed(status="failed", message="Cell 3 raised X.", error="X", cell=3), {})
    assert (found["status"], found["message"], found["fault"]) == ("failed", "Cell 3 raised X.", {"cell": 3, "error": "X"})


def test_what_only_looks_like_stamps_is_left_out() -> None:
    """A cell may show anything under our MIME type; only records of a known kind are taken."""
    bundles = ["x", {"stamps": ["x", {"kind": "alien"}, {"kind": "finding", "name": "f"}]}, {}, {"stamps": None}]
    notebook = new_notebook(cells=[new_code_cell("x", outputs=[new_output("display_data", {STAMP_MIME: b}) for b in bundles])])
    assert provenance.stamps(notebook) == [{"kind": "finding", "name": "f"}]


def test_a_record_travels_without_the_notebook_library(project: Project) -> None:
    """What a worker hands to the press is plain: reading it loads nothing, which would cost a second."""
    report = project.add("themes")
    settings = SettingsStamp(file="kpis.yaml", sha256="e" * 64, values={"kpis": {"mrr": {"unit": "EUR"}}})
    assert b"NotebookNode" not in pickle.dumps(record(report, executed([FINDINGS[0], settings]), {}))
