"""What passes between a press and its workers: the run that is to be made, and what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from prodops.parameters.types import Value
from prodops.reports import publish
from prodops.reports.catalogue import Report
from prodops.reports.engine import Limits
from prodops.reports.execute import Status
from prodops.reports.others import Other
from prodops.reports.slices import ALL

Cell = tuple[int, int]
"""Which cell a run is at, from 1, and how many it has."""


def label(report: str, slice_name: str) -> str:
    """Name a run for people: the report's name, and the slice's where it has several."""
    return report if slice_name == ALL else f"{report}/{slice_name}"


@dataclass(frozen=True)
class Run:
    """One run to make: a report with all its parameters' values, as of an instant; ``context`` (plain values) is told to the kernel.

    ``given`` tells which parameters were set for this very run, and by whom (``person``, ``matrix``); ``around`` is what
    :func:`provenance.surroundings` found, asked anew where it is not given. ``others`` are the reports that it comes after, and is told of.
    """

    report: Report
    parameters: Mapping[str, Value]
    as_of: datetime
    context: Mapping[str, Any]
    slice_name: str = ALL
    given: Mapping[str, str] = field(default_factory=dict)
    around: Mapping[str, Any] | None = None
    others: Sequence[Other] = ()

    @property
    def label(self) -> str:
        """The name for people: the report's, and the slice's where it has several."""
        return label(self.report.name, self.slice_name)

    def slot(self, root: Path) -> Path:
        """Name the folder of its results."""
        return publish.slot(root, self.report.name, self.slice_name, self.as_of)


@dataclass(frozen=True)
class Outcome:
    """What came of one run: its true status, one line for a person, and where the results lie (``None``: nowhere).

    ``path`` is the page that readers get; ``kept`` the folder with the partial notebook of a run that failed, for its owner.
    ``infrastructure`` marks a fault that another attempt may mend: never one of a cell, of a limit or of what was asked for.
    ``detail`` is a traceback where prodops itself is at fault, ``noise`` what the notebook wrote to standard error. ``number``
    is what :meth:`Press.start` gave.
    """

    report: str
    slice_name: str
    status: Status
    message: str = ""
    path: Path | None = None
    kept: Path | None = None
    record: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    cell_seconds: tuple[float, ...] = ()
    noise: str = ""
    detail: str = ""
    infrastructure: bool = False
    number: int = 0

    @property
    def label(self) -> str:
        """The name for people: the report's, and the slice's where it has several."""
        return label(self.report, self.slice_name)


@dataclass(frozen=True)
class Job:
    """All that a worker is told: the run, the project's folder of reports, and the run's private ``folder`` (before its start: where
    that is to be made)."""

    run: Run
    reports: Path
    folder: Path
    environ: Mapping[str, str]
    limits: Limits
    server: str = ""


@dataclass(frozen=True)
class Made:
    """What a worker says at its end: the outcome, and the hidden folder of whole files that belong to it (``None``: there are none)."""

    outcome: Outcome
    folder: Path | None = None
    page_sha256: str = ""


def failed(run: Run, message: str, *, infrastructure: bool = False) -> Outcome:
    """Give the outcome of a run that came to nothing."""
    return Outcome(run.report.name, run.slice_name, "failed", message, infrastructure=infrastructure)
