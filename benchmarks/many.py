"""Make many parameter sets of one report, some of which must fail, and count what came of each.

    python benchmarks/many.py [--sets 500] [--failing 10] [--jobs 2]

Exit 0 where every good set is right, every failing one is named, and the ledger says the same; prints the seconds a run took.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

from prodops.reports import catalogue, press
from prodops.reports.ledger import FILE, Ledger
from prodops.workspace import load

AS_OF = datetime(2025, 11, 3)


def write_project(root: Path, sets: int, failing: int) -> None:
    """Write a report with a slice for each number; each ``sets / failing``-th cannot be made."""
    empty: dict[str, Any] = {"outputs": [], "execution_count": None, "cell_type": "code"}
    source = f"assert number % {sets // failing}, f'set {{number}}'\nprint('twice', number * 2)"
    cells = [empty | {"metadata": {"tags": ["parameters"]}, "source": "number: int = 0"}, empty | {"metadata": {}, "source": source}]
    for name in ("params/reports", "notebooks"):
        (root / name).mkdir(parents=True)
    (root / "notebooks/many.ipynb").write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}))
    (root / "params/workspace.yaml").write_text("time_zone: UTC\n")
    numbers = list(range(1, sets + 1))
    (root / "params/reports/many.yaml").write_text(
        f"title: Many\nnotebook: notebooks/many.ipynb\ntables: [feedback]\nmatrix: {{number: {numbers}}}\n"
    )


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("--sets", 500), ("--failing", 10), ("--jobs", 2)):
        parser.add_argument(name, type=int, default=default)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="prodops-many-") as name:
        root = Path(name)
        write_project(root, asked.sets, asked.failing)
        report = catalogue.read(root / "params/reports", "many", root)
        runs = [press.Run(report, each.parameters, AS_OF, {}, each.name, each.given) for each in catalogue.slices(report)]
        ledger, began, cpu = Ledger(root / "reports" / FILE), monotonic(), os.times()
        outcomes = press.run(
            runs, workspace=load(root / "params/workspace.yaml"), environ=os.environ, ledger=ledger, now=lambda: datetime.now(UTC),
            jobs=asked.jobs,
        )  # fmt: skip
        seconds, spent = monotonic() - began, os.times()
        right = sum(
            o.path is not None and f"twice {2 * int(o.slice_name.removeprefix('number-'))}\n".encode().strip() in o.path.read_bytes()
            for o in outcomes
        )
        named = [o.slice_name for o in outcomes if o.status == "failed" and o.message.endswith(f"set {o.slice_name[7:]}")]
        agreed = [e.status for e in ledger.entries()].count("ok") == right
    used = (spent.user + spent.system + spent.children_user + spent.children_system) - sum(cpu[:4])
    print(f"{asked.sets} sets: {right} right, {len(named)} named ({', '.join(named)}), ledger {'agrees' if agreed else 'DISAGREES'}")
    print(
        f"{seconds:.1f} s, {seconds / asked.sets:.2f} s a set with --jobs {asked.jobs}; {used:.1f} s of it in this process and what it waited for"
    )
    return int(not agreed or (right, len(named)) != (asked.sets - asked.failing, asked.failing))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
