"""The layout holds: data flows from the lower floors up, the two wings never meet, and importing is quick and silent."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "prodops"
FLOORS = {
    "errors": 0, "stamps": 0, "lazily": 0,
    "tables": 1, "parameters": 1, "plainyaml": 1, "saving": 1, "fiscal": 1, "privacy": 1, "intervals": 1,
    "workspace": 2, "samples": 2, "taxonomies": 2,
    "sources": 3,
    "feedback": 4, "kpis": 4, "surveys": 4, "flow": 4, "launches": 4, "decisions": 4, "scenarios": 4, "digest": 4,
    "charts": 5,
    "widgets": 6,
    "reports": 7,
    "cli": 8,
}  # fmt: skip
FILES = sorted(PACKAGE.rglob("*.py"))
EDGES = {PACKAGE / "reports" / name for name in ("cluster.py", "preloaded.py")}
"""Where processes of ours begin that have no roof: on a cluster's worker, and where kernels are forked."""
PRESS_MAY_USE = {"errors", "stamps", "parameters", "workspace"}


def room_of(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(file: Path) -> Iterator[str]:
    """Give the full names of all that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rooms_used(file: Path) -> set[str]:
    return {name.split(".")[1] for name in imports(file) if name.startswith("prodops.")} & set(FLOORS)


def test_every_room_has_a_floor() -> None:
    """A new room is given its place before it is used."""
    assert {room_of(f) for f in FILES} - {"__init__", "__main__"} <= set(FLOORS)


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(PACKAGE)))
def test_imports_lead_down(file: Path) -> None:
    """A room imports only itself and rooms of lower floors; the press only what it shares with the bench."""
    room = room_of(file)
    if room == "__init__":
        assert not rooms_used(file)
        return
    others = rooms_used(file) - {room}
    if room == "reports":
        assert others <= PRESS_MAY_USE
    else:
        assert {other for other in others if FLOORS[other] >= FLOORS[room]} == set()
        assert room == "cli" or "reports" not in others


@pytest.mark.parametrize("file", [f for f in FILES if FLOORS.get(room_of(f)) == 4], ids=lambda f: str(f.relative_to(PACKAGE)))
def test_the_middle_floor_opens_no_file(file: Path) -> None:
    """Rooms that compute are given data: they open no file and know no notebook."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    calls = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert "open" not in calls
    assert not [name for name in imports(file) if name.split(".")[0] in ("IPython", "pathlib", "os")]


def test_only_the_roof_reads_clock_and_environment() -> None:
    """Below ``cli`` nothing asks what time it is; the environment is read where a run's context and secrets enter."""
    clock, environment = [], []
    for file in [f for f in FILES if f.name != "preloaded.py"]:  # a process of its own, which becomes a kernel with its environment
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in ("now", "today", "utcnow") and isinstance(node.value, ast.Name):
                clock += [room_of(file)] if node.value.id in ("datetime", "date", "pd", "time") else []
            if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv") and getattr(node.value, "id", "") == "os":
                environment.append("cli" if file in EDGES else room_of(file))
    assert set(clock) <= {"cli"}
    assert set(environment) <= {"cli", "sources"}


@pytest.mark.parametrize(
    "module",
    [
        "prodops",
        "prodops.cli",
        "prodops.kpis",
        "prodops.feedback",
        "prodops.privacy",
        "prodops.charts",
        "prodops.sources",
        "prodops.reports",
    ],
)
def test_importing_is_silent_and_light(module: str) -> None:
    """Importing a room prints nothing and loads none of the heavy libraries."""
    code = f"import sys, {module}; print(sorted({{'pandas', 'altair', 'papermill', 'ibis', 'sklearn', 'scipy', 'nbconvert', 'duckdb', 'pyarrow'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
