"""What a report costs beyond its own cells, against papermill and nbconvert on the same notebook and data, all in one run.

    python benchmarks/press.py [--slices 20] [--only speed|memory]

It prints, in seconds and as ratios: a warm report's wall beyond its cells, HTML included, and where that goes; slices with two
jobs, against `xargs -P 2` over the `papermill` and `jupyter nbconvert` commands and against two processes that use both from
Python; and the memory of two kernels at a time, forked and plain. Bytecode is compiled first. Exit 1 where a target is missed.
"""

import argparse
import compileall
import inspect
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from statistics import median
from time import monotonic
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
BEYOND, COMMANDS, IN_PROCESS = 0.3, 10.0, 4.0
"""The targets: seconds beyond a report's cells, and how many times faster than commands and than two processes."""

CELLS = (
    "# Voices, week by week\n\nHow much was said, and by whom.",
    "number: int = 1  # which slice",
    "import altair as alt\nimport pandas as pd\n\nfrom prodops import charts, sources",
    'data = sources.connect("feedback")\nrows = data.read("feedback")\nrows = rows.iloc[number:]',
    'weekly = rows.groupby([pd.Grouper(key="created_at", freq="W"), "segment"]).agg(voices=("id", "count"), rating=("rating", "mean")).reset_index()\n'
    "weekly.tail(8)",
    'alt.Chart(weekly, title="Voices a week").mark_line().encode(x="created_at:T", y="voices:Q", color="segment:N")',
    'rows.groupby("channel").agg(voices=("id", "count"), rating=("rating", "mean")).sort_values("voices", ascending=False)',
    'alt.Chart(rows.groupby(["channel", "segment"]).size().reset_index(name="voices"), title="Voices by channel").mark_bar()'
    '.encode(x="voices:Q", y="channel:N", color="segment:N")',
)
WAITS = "open({gate!r} + '.' + str(__import__('os').getpid()), 'w').close(); print(open({gate!r}).read())"


# ---------------------------------------------------------------------------------------------------------- the project
def make_project(root: Path, *more: str) -> None:
    """Write a project with one report on the sample company's feedback; ``more`` code cells come last."""
    cells = [_cell(number, source) for number, source in enumerate((*CELLS, *more))]
    notebook = {"cells": cells, "metadata": {"kernelspec": KERNELSPEC}, "nbformat": 4, "nbformat_minor": 5}
    for name, text in {
        "params/workspace.yaml": "time_zone: Europe/Berlin\ntables: {feedback: sample}\n",
        "params/reports/voices.yaml": "title: Voices\nnotebook: notebooks/voices.ipynb\ntables: [feedback]\n",
        "notebooks/voices.ipynb": json.dumps(notebook),
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}


def _cell(number: int, source: str) -> dict[str, Any]:
    cell = {"id": f"cell-{number}", "metadata": {"tags": ["parameters"]} if number == 1 else {}, "source": source}
    return {**cell, "cell_type": "code", "outputs": [], "execution_count": None} if number else {**cell, "cell_type": "markdown"}


def runs_of(root: Path, slices: int) -> list[Any]:
    """Take the data through the door, and give so many runs of the project's report, each with a parameter of its own."""
    from prodops.reports import catalogue
    from prodops.reports.runs import Run
    from prodops.sources import Context, connect
    from prodops.workspace import load

    workspace = load(root / "params/workspace.yaml")
    report = catalogue.read(root / "params/reports", "voices", root)
    context = Context(workspace.file, root / "reports/store", before=datetime(2030, 1, 1))
    as_of = connect("feedback", context=context).as_of
    context = Context(workspace.file, root / "reports/store", as_of=as_of)
    numbers = range(1, slices + 1)
    return [Run(report, {"number": n}, as_of, context.to_dict(), f"slice-{n}") for n in numbers]


def press(root: Path, slices: int, jobs: int, *, cold: bool = False) -> list[Any]:
    """Make the slices with the press; every one must come out well."""
    from prodops.reports import press
    from prodops.workspace import load

    workspace = load(root / "params/workspace.yaml")
    outcomes = press.run(
        lambda: runs_of(root, slices), workspace=workspace, environ=os.environ, now=lambda: datetime.now(UTC), jobs=jobs, cold=cold
    )
    assert [outcome.status for outcome in outcomes] == ["ok"] * slices, outcomes
    assert all("globalThis.loadVega" in outcome.path.read_text() for outcome in outcomes)
    return outcomes


# ----------------------------------------------------------------------------------------------------------- the others
def commands(root: Path, slices: int) -> None:
    """Make the slices with the two commands, two at a time."""
    here = Path(sys.executable).parent
    line = (
        f"{here}/papermill --log-level ERROR --no-progress-bar notebooks/voices.ipynb out-$1.ipynb -p number $1 && "
        f"{here}/jupyter nbconvert --log-level ERROR --to html out-$1.ipynb"
    )
    feed = "\n".join(map(str, range(1, slices + 1)))
    subprocess.run(
        ["xargs", "-P", "2", "-I{}", "sh", "-c", line, "sh", "{}"],
        input=feed,
        text=True,
        cwd=root,
        env=_environ(),
        check=True,
        stderr=subprocess.DEVNULL,
    )
    assert len(list(root.glob("out-*.html"))) == slices


def in_process(root: Path, slices: int) -> None:
    """Make the slices with papermill's and nbconvert's Python interfaces, in two processes that import them once."""
    code = (
        "import sys, papermill, nbconvert\n"
        "for n in range(int(sys.argv[1]), int(sys.argv[2]) + 1, 2):\n"
        "    papermill.execute_notebook('notebooks/voices.ipynb', f'in-{n}.ipynb', {'number': n}, progress_bar=False)\n"
        "    html, _ = nbconvert.HTMLExporter().from_filename(f'in-{n}.ipynb')\n"
        "    open(f'in-{n}.html', 'w').write(html)\n"
    )
    both = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", code, str(first), str(slices)], cwd=root, env=_environ(), stderr=subprocess.DEVNULL
        )
        for first in (1, 2)
    ]
    assert [each.wait() for each in both] == [0, 0]
    assert len(list(root.glob("in-*.html"))) == slices


def _environ() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


# ------------------------------------------------------------------------------------------------------ where time goes
@contextmanager
def stages() -> Iterator[dict[str, float]]:
    """Time the parts of a run while the block runs; gives seconds by name."""
    from prodops.reports import crate, engine, notebooks, provenance, publish, render
    from prodops.reports.kernels.client import Client
    from prodops.reports.kernels.provisioner import ForkProvisioner

    seconds: dict[str, float] = defaultdict(float)
    parts: list[tuple[Any, str, str]] = [
        (ForkProvisioner, "launch_kernel", "fork"),
        (Client, "wait_for_ready", "kernel ready"),
        (ForkProvisioner, "kill", "kernel's end"),
        (engine, "run_cells", "execution in all"),
        (notebooks, "prepare", "notebook in"),
        (notebooks, "tidy", "notebook out"),
        (provenance, "basis", "stamps and record"),
        (provenance, "record", "stamps and record"),
        (render, "render", "render"),
        (crate, "describe", "crate"),
        (publish, "write_files", "files written"),
    ]
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in parts]
    for (owner, name, label), (_, _, call) in zip(parts, before, strict=True):
        setattr(owner, name, _timed(call, label, seconds))
    try:
        yield seconds
    finally:
        for owner, name, call in before:
            setattr(owner, name, call)


def _timed(call: Callable[..., Any], label: str, seconds: dict[str, float]) -> Callable[..., Any]:
    async def later(*given: Any, **named: Any) -> Any:
        began = monotonic()
        try:
            return await call(*given, **named)
        finally:
            seconds[label] += monotonic() - began

    def now(*given: Any, **named: Any) -> Any:
        began = monotonic()
        try:
            return call(*given, **named)
        finally:
            seconds[label] += monotonic() - began

    return later if inspect.iscoroutinefunction(call) else now


def where(root: Path, times: int = 5) -> dict[str, float]:
    """Make one report several times in this process, and give the median seconds of each part."""
    from prodops.reports import kernels, provenance, worker
    from prodops.reports.engine import Limits
    from prodops.reports.runs import Job

    (run,) = runs_of(root, 1)
    run = replace(run, around=provenance.surroundings(run.report.root))
    seen: list[dict[str, float]] = []
    with kernels.Server(os.environ) as server:
        for number in range(times + 2):
            folder = root / "where" / str(number)
            folder.mkdir(parents=True)
            with stages() as seconds:
                began = monotonic()
                made = worker.attempt(Job(run, root / "reports", folder, os.environ, Limits(), server.address()), worker.Stop())
                seconds["all"] = monotonic() - began
            assert made.outcome.status == "ok", made.outcome
            seconds["cells"] = sum(made.outcome.cell_seconds)
            seen.append(seconds)
    return {label: median(each.get(label, 0) for each in seen[2:]) for label in seen[-1]}


# --------------------------------------------------------------------------------------------------------------- memory
def memory(root: Path, *, cold: bool) -> dict[str, list[tuple[float, float]]]:
    """Give the PSS, in MB, of two kernels that hold a finished report at the same time, and of the process they were forked from."""
    gate = root / "gate"
    make_project(root, WAITS.format(gate=str(gate)))
    os.mkfifo(gate)
    found: dict[str, list[tuple[float, float]]] = {}

    def look() -> None:
        while len(waiting := list(root.glob("gate.*"))) < 2:
            threading.Event().wait(0.1)
        found["kernels"] = [pss(int(each.suffix[1:])) for each in waiting]
        found["server"] = [pss(int(each)) for each in _servers()]
        with open(gate, "w") as opened, open(gate, "w"):
            opened.write("")

    looking = threading.Thread(target=look)
    looking.start()
    press(root, 2, 2, cold=cold)
    looking.join()
    return found


def _servers() -> list[str]:
    from prodops.reports.kernels.processes import descendants

    return [str(pid) for pid in descendants(os.getpid()) if "prodops.reports.preloaded" in Path(f"/proc/{pid}/cmdline").read_text()]


def pss(pid: int) -> tuple[float, float]:
    """Give a process's proportional share of memory, and what of it is its alone, in MB."""
    sizes = {name: int(kb) / 1024 for name, kb in re.findall(r"^(\w+):\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)}
    return sizes["Pss"], sizes["Private_Clean"] + sizes["Private_Dirty"]


# ----------------------------------------------------------------------------------------------------------- all of it
def timed(call: Callable[..., Any], *given: Any) -> float:
    began = monotonic()
    call(*given)
    return monotonic() - began


def child(task: str, root: Path, *more: str) -> str:
    """Do a task in a process of its own, so that its imports count too."""
    command = [sys.executable, __file__, "--task", task, "--root", str(root), *more]
    return subprocess.run(command, env=_environ(), check=True, stdout=subprocess.PIPE, text=True).stdout


def speed(folder: Path, slices: int) -> list[bool]:
    """Print the figures of speed; gives whether each target was met."""
    root = folder / "speed"
    make_project(root)
    child("slices", root, "--slices", "1")  # the charts' library and the sample's store are there, as on any but the first day
    alone = json.loads(child("beyond", root, "--slices", "8"))
    print(
        f"One warm report at a time: {median(alone['beyond']):.2f} s beyond its cells (median of {len(alone['beyond'])}; cells {median(alone['cells']):.2f} s)"
    )
    print("Where the time of a report goes, in ms (medians, in one process):")
    parts = json.loads(child("where", root))
    known = sum(v for k, v in parts.items() if k not in ("all", "execution in all"))
    for label, seconds in sorted((parts | {"all else": parts["all"] - known}).items(), key=lambda item: -item[1]):
        print(f"  {label:<20}{1000 * seconds:>7.0f}")
    ours = timed(child, "slices", root, "--slices", str(slices), "--jobs", "2")
    print(f"{slices} slices, two at a time, from start to end: {ours:.1f} s (load of the machine {os.getloadavg()[0]:.1f})")
    two = timed(in_process, root, slices)
    print(f"  two processes with papermill and nbconvert: {two:.1f} s, {two / ours:.1f} times as long")
    xargs = timed(commands, root, slices)
    print(f"  xargs -P 2 over the commands: {xargs:.1f} s, {xargs / ours:.1f} times as long")
    return [median(alone["beyond"]) <= BEYOND, two / ours >= IN_PROCESS, xargs / ours >= COMMANDS]


def main() -> int:
    """Measure, print, and say by the exit code whether the targets were met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slices", type=int, default=20)
    parser.add_argument("--only", choices=["speed", "memory"])
    parser.add_argument("--jobs", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--task", help=argparse.SUPPRESS)
    parser.add_argument("--root", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.task:
        return task(given.task, given.root, given.slices, given.jobs)
    with redirect_stdout(StringIO()):
        compileall.compile_dir(ROOT / "prodops", quiet=2)
    met = [True]
    with tempfile.TemporaryDirectory(prefix="prodops-") as folder:
        if given.only != "memory":
            met = speed(Path(folder), given.slices)
        if given.only != "speed":
            for kind, flag in (("forked", "warm"), ("plain", "cold")):
                found = json.loads(child("memory", Path(folder) / kind, "--jobs", "1" if flag == "cold" else "2"))
                each = ", ".join(f"{share:.0f} ({own:.0f} its own)" for share, own in found["kernels"])
                server = f"; the process they were forked from {found['server'][0][0]:.0f}" if found["server"] else ""
                print(f"Two {kind} kernels at a time, PSS in MB: {each}{server}")
    return 0 if all(met) else 1


def task(name: str, root: Path, slices: int, jobs: int) -> int:
    """Do one task in this process, and print what it found as JSON."""
    if name == "slices":
        press(root, slices, jobs)
    elif name == "beyond":
        outcomes = press(root, slices, 1)[1:]
        cells = [sum(outcome.cell_seconds) for outcome in outcomes]
        print(json.dumps({"cells": cells, "beyond": [o.seconds - own for o, own in zip(outcomes, cells, strict=True)]}))
    else:
        print(json.dumps(where(root) if name == "where" else memory(root, cold=jobs == 1)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
