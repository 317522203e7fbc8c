"""A small project to run reports in: notebooks and report files written by the test that needs them."""

import json
import os
import select
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prodops.reports import catalogue, press
from prodops.reports.engine import Limits
from prodops.reports.execute import Executed, execute
from prodops.reports.ledger import FILE, Ledger
from prodops.workspace import Workspace, load

AS_OF = datetime(2025, 11, 3)
NOW = datetime(2025, 11, 3, 6, tzinfo=UTC)
WORKER = """
import glob, os
def is_log(at):
    try:
        return os.readlink(at) == os.path.dirname(os.getcwd()) + "/worker.log"
    except OSError:
        return False
worker = next(int(at.split("/")[2]) for at in glob.glob("/proc/[0-9]*/fd/2") if is_log(at))
"""
"""Code for a notebook: find the process that makes it."""


def now() -> datetime:
    """Tell the time, which stands still."""
    return NOW


@dataclass
class Project:
    """A project's folder with its ways to add a report and to run it."""

    root: Path
    server: str = ""

    @property
    def folder(self) -> Path:
        return self.root / "params" / "reports"

    @property
    def workspace(self) -> Workspace:
        return load(self.root / "params" / "workspace.yaml")

    def notebook(
        self, name: str, *cells: str | dict[str, Any], parameters: str | None = "weeks: int = 12  # weeks shown", **metadata: Any
    ) -> Path:
        """Write a notebook of code cells (text) or ready cells; ``parameters`` is the tagged cell's source."""
        tagged = [code(parameters, "parameters")] if parameters is not None else []
        made = [
            {"cell_type": "markdown", "metadata": {}, "source": "# Title"},
            *tagged,
            *(code(c) if isinstance(c, str) else c for c in cells),
        ]
        path = self.root / "notebooks" / f"{name}.ipynb"
        path.write_text(json.dumps({"cells": made, "metadata": metadata, "nbformat": 4, "nbformat_minor": 4}))
        return path

    def add(self, name: str, *cells: str | dict[str, Any], settings: str = "", **more: Any) -> catalogue.Report:
        """Write a notebook and its report file, and read them back."""
        self.notebook(name, *cells, **more)
        (self.folder / f"{name}.yaml").write_text(f"title: A title\nnotebook: notebooks/{name}.ipynb\ntables: [feedback]\n{settings}")
        return self.read(name)

    def read(self, name: str) -> catalogue.Report:
        return catalogue.read(self.folder, name, self.root)

    def execute(
        self, *cells: str | dict[str, Any], limits: Limits | None = None, given: Mapping[str, object] | None = None, **more: Any
    ) -> Executed:
        """Run a notebook of these cells in this process."""
        report = self.add("under_test", *cells, **more)
        private = self.root / "private"
        private.mkdir(exist_ok=True)
        return execute(
            report,
            catalogue.resolve(report, given),
            context={"as_of": "2025-11-03"},
            folder=private,
            environ=environ(),
            limits=limits,
            server=self.server,
        )

    def run(self, name: str, context: Mapping[str, Any] | None = None) -> press.Run:
        """Describe a run of a report for the press."""
        return self.runs(name, context)[0]

    def runs(self, name: str, context: Mapping[str, Any] | None = None) -> list[press.Run]:
        """Describe a run of each slice of a report."""
        report = self.read(name)
        return [press.Run(report, each.parameters, AS_OF, context or {}, each.name, each.given) for each in catalogue.slices(report)]

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.root / "reports" / FILE)


def environ() -> dict[str, str]:
    """Give the environment, less what pytest changes in it with each test."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}


def code(source: str | None, *tags: str) -> dict[str, Any]:
    """Write a code cell."""
    return {"cell_type": "code", "metadata": {"tags": list(tags)}, "source": source, "outputs": [], "execution_count": None}


def is_gone(pid: int, within: float = 10) -> bool:
    """Wait for a process that is being ended; false where it lives on."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], within)[0])
    finally:
        os.close(handle)
