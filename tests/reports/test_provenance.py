"""The record: all that a report rests on, nothing of the machine it was made on."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from prodops.reports import provenance
from prodops.reports.catalogue import Report
from prodops.reports.execute import Executed
from prodops.stamps import STAMP_MIME, Definition, Finding, QueryStamp, Scope, Stamp, show
from tests.reports.small_project import AS_OF, Project

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
    ) == ("prodops.record/1", "themes", "team", "A title", "2025-11-03T00:00:00", "ok", "", None)
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


@pytest.mark.parametrize("change", ["parameters", "as_of", "slice", "notebook", "data", "lock"])
def test_the_run_id_changes_with_every_input(project: Project, change: str) -> None:
    """The short hash stands for all inputs; the date in front is the as-of date."""
    report = project.add("themes")
    plain = record(report, executed([QUERY]), {"weeks": 1})
    if change == "notebook":
        report = project.add("themes", "1 + 1")
    if change == "lock":
        (project.root / "requirements.lock").write_text("x")
    data = QueryStamp(name="weeks", sql="SELECT 1", key="k", rows=3, sha256="cd" * 32) if change == "data" else QUERY
    other = record(
        report,
        executed([data]),
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


def test_the_package_hash_covers_code_and_templates_but_no_bytecode(tmp_path: Path) -> None:
    """Any change of a file or of its name changes the hash; what Python leaves beside does not."""
    (tmp_path / "a.py").write_text("1")
    (tmp_path / "t.j2").write_text("2")
    first = provenance.package_hash(tmp_path)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_text("3")
    assert provenance.package_hash(tmp_path) == first
    (tmp_path / "t.j2").rename(tmp_path / "u.j2")
    second = provenance.package_hash(tmp_path)
    (tmp_path / "a.py").write_text("11")
    assert len({first, second, provenance.package_hash(tmp_path)}) == 3


def test_the_commit_is_given_where_there_is_one(tmp_path: Path) -> None:
    """The commit that last changed what reports stand on, and whether that differs now; no git and no commit are no fault."""
    assert provenance.commit(tmp_path / "nowhere") == {}

    def git(*arguments: str) -> str:
        settings = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        return subprocess.run(["git", *settings, *arguments], cwd=tmp_path, capture_output=True, text=True, check=True).stdout.strip()

    git("init", "-q")
    assert provenance.commit(tmp_path) == {}
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "f").write_text("1")
    git("add", "params")
    git("commit", "-q", "-m", "one")
    first = git("rev-parse", "HEAD")
    assert provenance.commit(tmp_path) == {"commit": first, "dirty": False}
    (tmp_path / "test").write_text("of no report's concern")
    git("add", "test")
    assert provenance.commit(tmp_path) == {"commit": first, "dirty": False}
    git("commit", "-q", "-m", "two")
    assert provenance.commit(tmp_path) == {"commit": first, "dirty": False}
    (tmp_path / "params" / "f").write_text("2")
    assert provenance.commit(tmp_path)["dirty"] is True
