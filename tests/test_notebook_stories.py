"""The notebooks are stories: clean in the repository, logic in the package, and they run as they are."""

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LONGEST_CELL = 10


def cells(path: Path, kind: str) -> list[dict[str, Any]]:
    return [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == kind]


def source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def checked(cell: dict[str, Any]) -> bool:
    return "NBVAL_CHECK_OUTPUT" in source(cell)


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> Path:
    return request.param


def test_only_checked_outputs_are_committed(notebook: Path) -> None:
    """Diffs stay readable: a cell has an output in the repository only where nbval holds it to that."""
    assert [source(c) for c in cells(notebook, "code") if bool(c["outputs"]) != checked(c)] == []


def test_logic_lives_in_the_package(notebook: Path) -> None:
    """No function, class or apply in a notebook, and no cell longer than a few lines."""
    for cell in cells(notebook, "code"):
        tree = ast.parse(source(cell))
        assert not [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda)]
        assert not [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "apply"]
        assert len(source(cell).splitlines()) <= LONGEST_CELL


def test_reads_as_a_report(notebook: Path) -> None:
    """Title and question first, one cell of parameters, a bottom line before the sections, takeaways after them."""
    everything = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    assert source(everything[0]).startswith("# ")
    assert "?" in source(everything[0])
    tags = [tag for cell in everything for tag in cell["metadata"].get("tags", [])]
    assert tags == ["parameters", "bottom-line", "takeaways"]


@pytest.mark.slow  # test_end_to_end and its like make reports of most of them
def test_runs_as_it_is_and_shows_what_it_showed(notebook: Path) -> None:
    """The notebook runs from top to bottom on the sample, and its checked outputs are the committed ones."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "--nbval-lax",
        "-o",
        "addopts=",
        "-W",
        "default",
        str(notebook),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
