"""What a team writes in ``params/``, read before anything runs: each file's fault is one line that names file, key and value."""

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prodops.errors import ParameterError, did_you_mean

if TYPE_CHECKING:
    from prodops.parameters.types import Value
    from prodops.scenarios import Model


def check(params: Path, *names: str) -> None:
    """Check the settings files of these names that there are; raises :class:`DefinitionError` or :class:`WorkspaceError`."""
    for look in dict.fromkeys(CHECKS[name] for name in names):
        look(params)


def named_in(notebook: str) -> list[str]:
    """List the settings files that a notebook's text names."""
    return [name for name in CHECKS if name.endswith(".yaml") and name in notebook]


def _read(file: Path) -> dict[str, Any]:
    from prodops.workspace import read_yaml

    return read_yaml(file) if file.is_file() else {}


def _defined(room: str, params: Path) -> None:
    """Have a room check the file of its name; ``define`` is each one's verb for that."""
    if (file := params / f"{room}.yaml").is_file():
        import_module(f"prodops.{room}").define(_read(file), file=str(file))


def _taxonomy(params: Path) -> None:
    from prodops import taxonomies
    from prodops.errors import WorkspaceError
    from prodops.feedback import taxonomy

    file = params / taxonomies.FILE
    entries = taxonomies.read(file).entries
    try:
        taxonomy.check(entries)
    except WorkspaceError as fault:
        raise WorkspaceError(f"{file}: {fault}") from None


def _launches(params: Path) -> None:
    from prodops import launches

    if (file := params / "launches.yaml").is_file():
        launches.define(_read(file), file=str(file), kpis=_read(params / "kpis.yaml") or None)


def _decisions(params: Path) -> None:
    from prodops import decisions

    backlog = decisions.define(_read(params / "candidates.yaml"), file=str(params / "candidates.yaml"))
    log = decisions.actions(_read(params / "actions.yaml"), file=str(params / "actions.yaml"))
    decisions.check(backlog, log, kpis=_read(params / "kpis.yaml"))


def _scenarios(params: Path) -> None:
    for file in sorted((params / "scenarios").glob("*.y*ml")):
        _model(params, file)


CHECKS: dict[str, Callable[[Path], None]] = {
    "kpis.yaml": partial(_defined, "kpis"),
    "taxonomy.yaml": _taxonomy,
    "flow.yaml": partial(_defined, "flow"),
    "surveys.yaml": partial(_defined, "surveys"),
    "launches.yaml": _launches,
    "candidates.yaml": _decisions,
    "actions.yaml": _decisions,
    "digest.yaml": partial(_defined, "digest"),
    "scenarios": _scenarios,
}
"""How each settings file, or folder of such, is checked."""


# --------------------------------------------------------------------------------------------------------- scenarios
def check_scenario(params: Path, asked: "Mapping[str, Value]") -> None:
    """Read the model and the scenario that a run's parameters ask for; raises as :func:`check`, and ParameterError for others."""
    from prodops import scenarios

    wanted = str(asked.get("scenario") or "base")
    model = _model(params, params / scenarios.place(str(asked.get("model"))))
    kept = {file.stem: file for file in sorted((params / "scenarios" / model.name).glob("*.yaml"))}
    names = [*model.scenarios, *kept]
    if wanted not in names:
        raise ParameterError(f'{model.name} has no scenario "{wanted}".{did_you_mean(wanted, names)} It has {", ".join(names)}.')
    levers = asked.get("levers")
    saved = _read(kept[wanted]) if wanted not in model.scenarios else None
    scenarios.chosen(model, wanted, map(str, levers) if isinstance(levers, list) else (), saved=saved)


def _model(params: Path, file: Path) -> "Model":
    """Read one scenario model, its levers held against the KPIs that there are."""
    from prodops import scenarios

    return scenarios.load(file, kpis=_read(params / "kpis.yaml") if (params / "kpis.yaml").is_file() else None)
