"""Which reports there are: ``params/reports/*.yaml`` and the notebooks they name, read and checked without running anything.

Nothing heavy is imported here, so that ``prodops list`` and ``check`` answer at once, and a misspelt parameter is refused
before any kernel starts.
"""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, ValidationError, field_validator, model_validator

from prodops import workspace
from prodops.errors import ParameterError, WorkspaceError, did_you_mean, shorten
from prodops.parameters.declared import read_cell
from prodops.parameters.types import Parameter, Value
from prodops.reports import order
from prodops.reports import slices as cut
from prodops.reports.settings import After, Delivery, Limits, Needs, Schedule, Span
from prodops.reports.slices import Slice

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
LARGEST_NOTEBOOK = 50_000_000
NOTEBOOK_FORMAT = 4
TAG = "parameters"
SLOT_RETRIES = 2


class Report(BaseModel):
    """One report: the file ``params/reports/<name>.yaml`` and what its notebook declares."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    title: str = Field(min_length=1, max_length=200)
    notebook: str = Field(description="from the project's folder")
    tables: list[str] = Field(default_factory=list, description="kinds of table that must be there; the first one leads")
    optional_tables: list[str] = Field(default_factory=list, description="taken where they are; with no tables, the first of them leads")
    parameters: dict[str, Any] = Field(default_factory=dict, description="values that replace the notebook's defaults")
    matrix: Annotated[cut.Axes | cut.Sets, BeforeValidator(cut.shape)] = Field(
        default_factory=dict, description="values to combine, or sets of values: a slice for each"
    )
    words: dict[str, str] = Field(default_factory=dict, description="what the index calls a value of the matrix")
    schedule: Schedule | None = None
    needs: Needs | None = None
    after: After | None = None
    limits: Limits = Limits()
    retries: int | None = Field(default=None, ge=0, le=10, description="after faults of infrastructure only")
    backoff: Span = timedelta(seconds=30)
    deliver: list[Delivery] = Field(default_factory=list)
    _file: Path = PrivateAttr()
    _root: Path = PrivateAttr()
    _path: Path = PrivateAttr()
    _declared: tuple[Parameter, ...] = PrivateAttr(default=())
    _reads: tuple[str, ...] = PrivateAttr(default=())

    @field_validator("tables", "optional_tables")
    @classmethod
    def _kinds(cls, value: list[str]) -> list[str]:
        for kind in value:
            if kind not in workspace.CONTRACTS:
                raise ValueError(f"there is no kind of table {shorten(kind)}.{did_you_mean(kind, workspace.CONTRACTS)}")
        return value

    @model_validator(mode="after")
    def _some_table(self) -> Self:
        if not self.tables and not self.optional_tables:
            raise ValueError("name the tables that the report reads: tables: [feedback], or optional_tables where any of them will do")
        return self

    @field_validator("deliver")
    @classmethod
    def _named_once(cls, value: list[Delivery]) -> list[Delivery]:
        named = [each.name or f"delivery-{number}" for number, each in enumerate(value, 1)]
        for name in (name for name in named if named.count(name) > 1):
            raise ValueError(f"two deliveries have the name {shorten(name)}; the ledger tells them apart by it")
        return value

    @property
    def name(self) -> str:
        """The name that commands use: the file's, without ``.yaml``."""
        return self._file.stem

    @property
    def file(self) -> Path:
        return self._file

    @property
    def root(self) -> Path:
        """The project's folder, which the notebook lies in."""
        return self._root

    @property
    def path(self) -> Path:
        """The notebook's real path, inside the project."""
        return self._path

    @property
    def slot_retries(self) -> int:
        """How often a claimed slot is tried again after a fault of infrastructure; a person who waits is told of it instead."""
        return SLOT_RETRIES if self.retries is None else self.retries

    @property
    def reads(self) -> tuple[str, ...]:
        """The names of the reports that this one comes after and is told the findings of."""
        return self._reads

    @property
    def declared(self) -> tuple[Parameter, ...]:
        """The parameters that the notebook declares, in order."""
        return self._declared


# ------------------------------------------------------------------------------------------------------ the catalogue
def names(folder: Path) -> list[str]:
    """List the names of the reports in a folder, sorted."""
    return sorted(path.stem for path in folder.glob("*.yaml"))


def load(folder: Path, root: Path) -> tuple[list[Report], list[WorkspaceError]]:
    """Read all reports of a folder; one that cannot be used does not hide the others: its fault is returned beside them."""
    reports, faults = [], []
    for name in names(folder):
        try:
            reports.append(read(folder, name, root))
        except WorkspaceError as fault:
            faults.append(fault)
    return reports, faults


def read(folder: Path, name: str, root: Path) -> Report:
    """Read one report by its name. ``root`` is the project's folder, which no notebook may lie outside of.

    Raises :class:`WorkspaceError` in one line: an unknown name with the near miss, or what is wrong in which file.
    """
    known = names(folder)
    if name not in known:
        listed = f" The reports are {', '.join(known)}." if known else f" No report is described in {folder}."
        raise WorkspaceError(f"There is no report {shorten(name)}.{did_you_mean(name, known)}{listed}")
    file = folder / f"{name}.yaml"
    if not NAME.fullmatch(name):
        raise WorkspaceError(f"{file}: a report's file is named with small letters, digits, - and _ only; rename it.")
    try:
        report = Report.model_validate(workspace.read_yaml(file))
    except ValidationError as fault:
        raise workspace.one_line(fault, Report, file) from None
    report._file, report._root = file, root.resolve()
    report._path = _inside(root, report.notebook, file)
    report._declared = declared(report.path)
    report._reads = order.before(folder, name) if report.after else ()
    _settings(report)
    return report


def _inside(root: Path, notebook: str, file: Path) -> Path:
    """Resolve a notebook's path, links followed; whatever leads out of the project is refused."""
    try:
        home, path = root.resolve(), (root / notebook).resolve()
        found = path.is_file()
    except (OSError, RuntimeError, ValueError):
        raise WorkspaceError(f"{file}: notebook: {shorten(notebook)} is not a path.") from None
    if Path(notebook).is_absolute() or not path.is_relative_to(home):
        raise WorkspaceError(f"{file}: notebook: {shorten(notebook)} lies outside the project; give a path within {home}.")
    if not found:
        beside = [str(Path(notebook).with_name(p.name)) for p in path.parent.glob("*.ipynb")]
        raise WorkspaceError(f"{file}: notebook: there is no file {shorten(notebook)}.{did_you_mean(notebook, beside)}")
    return path


def _settings(report: Report) -> None:
    """Check the values that the report's own file gives its parameters, and those of its slices."""
    faults = _check(report, report.parameters)[1]
    faults += [f"matrix: {where}: {fault}" for where, values in cut.parts(report.matrix) for fault in _check(report, values)[1]]
    faults = faults or _twice(report) or _no_slices(report)
    if faults:
        raise WorkspaceError(f"{report.file}: " + " ".join(faults))


def _twice(report: Report) -> list[str]:
    names = [each.name for each in slices(report)]
    count = sum(1 for _ in cut.combinations(report.matrix)) - len(names)
    return [f"matrix: {count:,} of its slices are there already; give each value and each set once."] if count else []


def _no_slices(report: Report) -> list[str]:
    known = [each.name for each in slices(report)]
    asked = [name for each in report.deliver for name in each.slices if name not in known]
    return [f"deliver: there is no slice {shorten(name)}.{did_you_mean(name, known)} It has {', '.join(known)}." for name in asked[:1]]


# ------------------------------------------------------------------------------------------------------- the notebook
def declared(path: Path) -> tuple[Parameter, ...]:
    """Read the parameters that a notebook declares; raises :class:`WorkspaceError` where it is not a usable notebook."""
    cells = [cell for cell in _cells(path) if TAG in tags(cell)]
    if len(cells) != 1:
        count = "none is" if not cells else f"{len(cells)} are"
        raise WorkspaceError(
            f'{path}: a report\'s notebook has one code cell with the tag "{TAG}"; {count}. '
            "In JupyterLab, tags are set in the property inspector (the cogwheels on the right)."
        )
    if cells[0].get("cell_type") != "code":
        raise WorkspaceError(f'{path}: the cell with the tag "{TAG}" must be a code cell.')
    source = cells[0].get("source", "")
    return read_cell("".join(source) if isinstance(source, list) else str(source), str(path))


def _cells(path: Path) -> list[dict[str, Any]]:
    if path.stat().st_size > LARGEST_NOTEBOOK:
        raise WorkspaceError(f"{path}: the notebook is larger than {LARGEST_NOTEBOOK // 1_000_000} MB; clear its outputs and save it.")
    try:
        notebook = json.loads(path.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as fault:
        raise WorkspaceError(f"{path}: this is not a notebook: {fault.msg} at line {fault.lineno}, column {fault.colno}.") from None
    except (OSError, ValueError, RecursionError) as fault:
        raise WorkspaceError(f"{path}: this notebook cannot be read ({type(fault).__name__}).") from None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells) or notebook.get("nbformat") != NOTEBOOK_FORMAT:
        raise WorkspaceError(f"{path}: this is not a notebook of format {NOTEBOOK_FORMAT}; open it in JupyterLab and save it.")
    language = _language(notebook)
    if language.lower() not in ("", "python"):
        raise WorkspaceError(f"{path}: reports run Python notebooks; this one is written in {shorten(language)}.")
    return cells


def tags(cell: Mapping[str, Any]) -> list[Any]:
    """Give a raw cell's tags."""
    metadata = cell.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    return tags if isinstance(tags, list) else []


def _language(notebook: dict[str, Any]) -> str:
    metadata = notebook.get("metadata")
    for part, key in (("kernelspec", "language"), ("language_info", "name")):
        entry = metadata.get(part) if isinstance(metadata, dict) else None
        if isinstance(entry, dict) and entry.get(key):
            return str(entry[key])
    return ""


# ---------------------------------------------------------------------------------------------------------- the values
def resolve(report: Report, given: Mapping[str, object] | None = None, *, typed: bool = True) -> dict[str, Value]:
    """Give every declared parameter its value: what was given, else the report's own setting, else the notebook's default.

    Text in ``given`` is what was typed on a command line and is read by the parameter's type; any other value must be
    of that type already; so is all text where it was not ``typed``. Raises :class:`ParameterError` that lists all that is wrong, in one line.
    """
    values, faults = _check(report, given or {}, typed=typed)
    if faults:
        raise ParameterError(f"{report.name}: " + " ".join(faults))
    defaults = {p.name: p.default for p in report.declared}
    return defaults | _check(report, report.parameters)[0] | values


def slices(report: Report, given: Mapping[str, object] | None = None) -> list[Slice]:
    """Give a report's slices in the order of its matrix; one named "all" where it has none.

    ``given``, as in :func:`resolve`, takes the place of a slice's own values: slices that become the same are made once, and
    are named by what they were given too, so that they never take the place of another slice's report.
    """
    asked, faults = _check(report, given or {}, typed=True)
    if faults:
        raise ParameterError(f"{report.name}: " + " ".join(faults))
    standing = resolve(report)
    found: dict[str, Slice] = {}
    for values in cut.combinations(report.matrix):
        own = _check(report, values)[0] | asked
        ordered = {name: own[name] for name in standing if name in own}
        each = Slice(cut.name(ordered), standing | ordered, {name: "person" if name in asked else "matrix" for name in ordered})
        if found.setdefault(each.name, each).parameters != each.parameters:
            raise WorkspaceError(f'{report.file}: matrix: two slices would share the name "{each.name}"; change one of their values.')
    return list(found.values())


def _check(report: Report, given: Mapping[str, object], *, typed: bool = False) -> tuple[dict[str, Value], list[str]]:
    """Check values by the declared types; gives those that fit, and a sentence for each that does not."""
    parameters = {p.name: p for p in report.declared}
    values: dict[str, Value] = {}
    faults = []
    for name, value in given.items():
        parameter = parameters.get(name)
        if parameter is None:
            faults.append(f"there is no parameter {shorten(name)}.{did_you_mean(str(name), parameters) or _listed(parameters)}")
            continue
        try:
            values[name] = parameter.type.parse(value) if typed and isinstance(value, str) else parameter.type.check(value)
        except ValueError:
            faults.append(parameter.refusal(value))
    return values, faults


def _listed(parameters: Mapping[str, Parameter]) -> str:
    return f" The parameters are {', '.join(parameters)}." if parameters else " The notebook declares none."
