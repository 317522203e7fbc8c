"""The catalogue: report files and notebooks read and refused in one line, without anything heavy or anything run."""

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from prodops.errors import ParameterError, WorkspaceError
from prodops.reports import catalogue
from tests.reports.small_project import Project, code


def test_a_report_is_read_with_what_its_notebook_declares(project: Project) -> None:
    """Title, tables, settings and declared parameters of one report."""
    report = project.add("themes", settings="optional_tables: [launches]\nparameters: {weeks: 8}\n")
    assert (report.name, report.title, report.tables, report.optional_tables) == ("themes", "A title", ["feedback"], ["launches"])
    assert report.parameters == {"weeks": 8}
    assert report.path == project.root / "notebooks/themes.ipynb"
    assert [(p.name, p.default, p.help) for p in report.declared] == [("weeks", 12, "weeks shown")]


def test_an_unknown_report_is_refused_with_the_near_miss(project: Project) -> None:
    """A misspelt name names the nearest and lists all."""
    project.add("feedback_themes")
    with pytest.raises(
        WorkspaceError, match=r'no report "feedback_theme"\. Did you mean "feedback_themes"\? The reports are feedback_themes\.'
    ):
        project.read("feedback_theme")
    with pytest.raises(WorkspaceError, match="no report"):
        project.read("../reports/feedback_themes")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title: [", r"line \d: this is not valid YAML"),
        ("title: !!python/object/apply:os.system ['echo']", "tags never are"),
        ("title: A\ntitle: B", "line 2: .*given twice"),
        ("titel: A", 'unknown key "titel". Did you mean "title"'),
        ("colour: {}", 'unknown key "colour"'),
        ("tables: [fedback]", 'no kind of table "fedback". Did you mean "feedback"'),
        ("tables: []", "name the tables that the report reads"),
        ("title: ''", "title: "),
        ("parameters: [weeks]", "parameters: "),
        ("parameters: {weeks: '12'}", 'weeks: expected a whole number; got "12"'),
        ("parameters: {weeks: 0012}", 'weeks: expected a whole number; got "0012"'),
        ("parameters: {weaks: 1}", 'no parameter "weaks". Did you mean "weeks"'),
        ("parameters: {weaks: 1, weeks: x}", 'got "x"'),
        ("notebook: notebooks/themse.ipynb", r'no file "notebooks/themse.ipynb". Did you mean "notebooks/themes.ipynb"'),
        ("notebook: ../outside.ipynb", "outside the project"),
        ("notebook: /etc/passwd", "outside the project"),
        ("notebook: notebooks/link.ipynb", "outside the project"),
        ("notebook: notebooks/loop.ipynb", "is not a path|no file"),
        ('notebook: "a\\0b"', "is not a path"),
    ],
)
def test_a_report_file_that_cannot_be_used_is_refused_in_one_line(project: Project, text: str, said: str) -> None:
    """Each fault of a report file names the file and what to change."""
    project.add("themes")
    (project.root.parent / "outside.ipynb").write_text("{}")
    (project.root / "notebooks/link.ipynb").symlink_to(project.root.parent / "outside.ipynb")
    (project.root / "notebooks/loop.ipynb").symlink_to("loop.ipynb")
    key = text.partition(":")[0]
    rest = {"title": "title: T", "notebook": "notebook: notebooks/themes.ipynb", "tables": "tables: [feedback]"}
    lines = [text, *(line for name, line in rest.items() if name != key)]
    (project.folder / "themes.yaml").write_text("\n".join(lines))
    with pytest.raises(WorkspaceError, match=said) as fault:
        project.read("themes")
    assert str(fault.value).startswith(str(project.folder / "themes.yaml"))
    assert "\n" not in str(fault.value)


TAGGED = code("weeks: int = 1", "parameters")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not a notebook: Expecting value at line 1"),
        ('{"cells": [', "not a notebook: .* at line 1"),
        ("[" * 100_000, "cannot be read"),
        ("[]", "not a notebook of format 4"),
        (json.dumps({"nbformat": 3, "worksheets": []}), "not a notebook of format 4"),
        (json.dumps({"nbformat": 4, "cells": [1]}), "not a notebook of format 4"),
        (json.dumps({"nbformat": 4, "cells": []}), 'tag "parameters"; none is'),
        (json.dumps({"nbformat": 4, "cells": [code("weeks: int = 1"), {"metadata": None}, {"metadata": {"tags": 1}}]}), "none is"),
        (json.dumps({"nbformat": 4, "cells": [TAGGED, TAGGED]}), "2 are"),
        (json.dumps({"nbformat": 4, "cells": [TAGGED | {"cell_type": "markdown"}]}), "must be a code cell"),
        (json.dumps({"nbformat": 4, "cells": [TAGGED | {"source": ["weeks: int = 1\n", "import os"]}]}), "line 2"),
        (json.dumps({"nbformat": 4, "cells": [TAGGED], "metadata": {"kernelspec": {"language": "R"}}}), 'written in "R"'),
    ],
)
def test_a_notebook_that_cannot_be_used_is_refused_in_one_line(project: Project, text: str, said: str) -> None:
    """Each fault of a notebook names the notebook, before any kernel starts."""
    project.add("themes")
    (project.root / "notebooks/themes.ipynb").write_text(text)
    with pytest.raises(WorkspaceError, match=said) as fault:
        project.read("themes")
    assert str(fault.value).startswith(str(project.root / "notebooks/themes.ipynb"))
    assert "\n" not in str(fault.value)


def test_a_notebook_larger_than_the_limit_is_refused(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook swollen by outputs is not even parsed."""
    project.add("themes")
    monkeypatch.setattr(catalogue, "LARGEST_NOTEBOOK", 10)
    with pytest.raises(WorkspaceError, match="clear its outputs"):
        project.read("themes")


def test_one_broken_report_does_not_hide_the_others(project: Project) -> None:
    """Loading gives what can be used and, beside it, the fault of what cannot."""
    project.add("good")
    (project.folder / "bad.yaml").write_text("title: [")
    (project.folder / "Big Name.yaml").write_text("title: x")
    reports, faults = catalogue.load(project.folder, project.root)
    assert [r.name for r in reports] == ["good"]
    assert [Path(str(fault).split(":")[0]).name.split(",")[0] for fault in faults] == ["Big Name.yaml", "bad.yaml"]
    assert catalogue.load(project.root / "nowhere", project.root) == ([], [])


def test_values_come_from_the_caller_then_the_report_then_the_notebook(project: Project) -> None:
    """All declared parameters get a value, in the notebook's order."""
    report = project.add(
        "themes", parameters="a: int = 1\nb: int = 2\nc: int = 3\nd: str = ''", settings="parameters: {c: 30, b: 20, d: NO}\n"
    )
    assert list(catalogue.resolve(report, {"c": "300"}).items()) == [("a", 1), ("b", 20), ("c", 300), ("d", "NO")]


def test_all_faults_of_the_given_values_are_listed_at_once(project: Project) -> None:
    """One message names every value that is unknown, misspelt, ill-typed or out of range."""
    report = project.add(
        "themes", parameters="weeks: Annotated[int, range(4, 105)] = 12\nsince: date = date(2025, 1, 1)\nsegment: str = ''"
    )
    with pytest.raises(ParameterError) as fault:
        catalogue.resolve(report, {"weaks": "3", "weeks": "200", "since": "yesterday", "segment": "0012"})
    assert str(fault.value) == (
        'themes: there is no parameter "weaks". Did you mean "weeks"? weeks: expected a whole number from 4 to 104; got "200". '
        'since: expected a date such as 2025-11-03; got "yesterday".'
    )
    assert catalogue.resolve(report, {"since": "2025-02-03"})["since"] == date(2025, 2, 3)


@pytest.mark.parametrize(
    "name",
    [
        "x=1;import os",
        "weeks\nimport os",
        "__import__('os')",
        "wееks",
        "Weeks",
        "weeks ",
        "",
        "\ud800",
        "../../x",
        "{0.__class__}",
        "x" * 100_000,
    ],
)
def test_only_declared_names_pass(project: Project, name: str) -> None:
    """A name that is no declared parameter never gets near a notebook, however much it looks like one."""
    report = project.add("themes")
    with pytest.raises(ParameterError, match="no parameter") as fault:
        catalogue.resolve(report, {name: "1"})
    assert len(str(fault.value)) < 300
    str(fault.value).encode()


def test_the_catalogue_imports_nothing_heavy() -> None:
    """``prodops list`` and ``check`` start at once: no papermill, pandas, altair or nbformat."""
    script = "import sys, prodops.reports.catalogue; print([m for m in ('papermill', 'nbformat', 'pandas', 'altair', 'jsonschema') if m in sys.modules])"
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environ)
    assert (done.stdout, done.stderr) == ("[]\n", "")
