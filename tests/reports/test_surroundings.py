"""What all runs of a press stand on: code, interpreter, packages, machine."""

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from prodops.reports.surroundings import commit, imported, of_modules, package_files, package_hash, packages, surroundings
from tests.reports.small_project import Project


def test_the_package_hash_covers_code_and_templates_but_no_bytecode(tmp_path: Path) -> None:
    """Any change of a file or of its name changes the hash; what Python leaves beside does not."""
    (tmp_path / "a.py").write_text("1")
    (tmp_path / "t.j2").write_text("2")
    first = package_hash(package_files(tmp_path))
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_text("3")
    assert package_hash(package_files(tmp_path)) == first
    (tmp_path / "t.j2").rename(tmp_path / "u.j2")
    second = package_hash(package_files(tmp_path))
    (tmp_path / "a.py").write_text("11")
    assert len({first, second, package_hash(package_files(tmp_path))}) == 3


def test_the_commit_is_given_where_there_is_one(tmp_path: Path) -> None:
    """The commit that last changed what reports stand on, and whether that differs now; no git and no commit are no fault."""
    assert commit(tmp_path / "nowhere") == {}

    def git(*arguments: str) -> str:
        settings = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        return subprocess.run(["git", *settings, *arguments], cwd=tmp_path, capture_output=True, text=True, check=True).stdout.strip()

    git("init", "-q")
    assert commit(tmp_path) == {}
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "f").write_text("1")
    git("add", "params")
    git("commit", "-q", "-m", "one")
    first = git("rev-parse", "HEAD")
    assert commit(tmp_path) == {"commit": first, "dirty": False}
    (tmp_path / "test").write_text("of no report's concern")
    git("add", "test")
    assert commit(tmp_path) == {"commit": first, "dirty": False}
    git("commit", "-q", "-m", "two")
    assert commit(tmp_path) == {"commit": first, "dirty": False}
    (tmp_path / "params" / "f").write_text("2")
    assert commit(tmp_path)["dirty"] is True


def test_versions_are_those_that_the_kernel_finds(project: Project) -> None:
    """Asked inside a kernel, each package of the record has the version that the record says, and Python has its own."""
    found = surroundings(project.root)
    told = project.execute(
        "import json, platform\nfrom importlib import metadata",
        f"print(json.dumps([platform.python_version(), {{name: metadata.version(name) for name in {sorted(found['packages'])!r}}}]))",
    )
    assert json.loads(told.notebook.cells[-1].outputs[0]["text"]) == [found["python"], found["packages"]]


def test_packages_are_those_required_and_what_they_require(project: Project) -> None:
    """The closure: direct ones, what those require in turn, an extra's own; no tool of the developers."""
    found = packages()
    assert {"altair", "pandas", "narwhals", "duckdb", "pyzmq"} <= set(found)
    assert found["pandas"] == metadata.version("pandas")
    assert not {"pytest", "ruff", "jupyterlab", "prodops"} & set(found)
    assert list(found) == sorted(found)
    assert packages(["no-such-thing-at-all"]) == {"no-such-thing-at-all": "missing"}
    assert surroundings(project.root)["packages"] == found


def test_what_cells_import_is_found_without_running_them() -> None:
    """Top-level names, wherever in a cell; not the standard library, ours, relative ones, magic or what is no Python."""
    cells = [
        "import pandas as pd, json\nfrom prodops import charts",
        "%matplotlib inline\ndef f():\n    import statsmodels.api as sm\n    !ls",
        "from sklearn.cluster import KMeans",
        "this is no Python",
        "from . import x",
    ]
    assert imported(cells) == {"pandas", "statsmodels", "sklearn"}


def test_a_module_that_hides_a_package_or_has_none_is_hashed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package under another name is found by its modules; a file of one's own on the path has a hash that changes with it."""
    known = packages()
    assert of_modules({"pandas", "sklearn", "nothing_of_that_name"}, known) == ({}, {})
    assert "pluggy" in of_modules({"pytest"}, known)[0]
    (tmp_path / "helpers").mkdir()
    (tmp_path / "helpers" / "__init__.py").write_text("X = 1\n")
    (tmp_path / "pandas.py").write_text("X = 1\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    first = of_modules({"helpers", "pandas"}, known)[1]
    (tmp_path / "helpers" / "__init__.py").write_text("X = 2\n")
    second = of_modules({"helpers", "pandas"}, known)[1]
    assert set(first) == {"helpers", "pandas"}
    assert first["helpers"] != second["helpers"]
    assert first["pandas"] == second["pandas"]


def test_a_shadowed_package_has_the_version_that_python_finds_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the import system does, the first one on the path counts."""
    (tmp_path / "narwhals-99.1.dist-info").mkdir()
    (tmp_path / "narwhals-99.1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: narwhals\nVersion: 99.1\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    assert packages()["narwhals"] == "99.1"
