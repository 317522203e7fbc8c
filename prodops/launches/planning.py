"""From the file's text to a :class:`Plan`: every mistake is one line that names file, launch, key and the near miss."""

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from pydantic import ValidationError

from prodops.errors import WorkspaceError, did_you_mean, shorten
from prodops.launches.plan import Launch, Plan
from prodops.workspace import one_line

MOST_LAUNCHES, MOST_GATES = 200, 60


def define(mapping: Mapping[str, Any], *, file: str = "launches.yaml", kpis: Iterable[str] | None = None) -> Plan:
    """Check the parsed file of launches and give its plan; nothing in it is a plan without launches.

    ``mapping`` is launch → what is planned, as ``desk.params("launches.yaml", optional=True)`` reads it; ``kpis`` are the names that
    gates, aims, guardrails and adoption may use (left out: any). Raises WorkspaceError in one line that names file, launch, key and
    near miss: unknown keys, gates that are ticked off instead of shown, needs that lead nowhere or round in a circle.
    """
    if not isinstance(mapping, Mapping):
        raise WorkspaceError(f"{file}: expected launches by name, found {shorten(mapping)}.")
    if len(mapping) > MOST_LAUNCHES:
        raise WorkspaceError(f"{file} plans {len(mapping):,} launches; {MOST_LAUNCHES} at most: leave out those that are long past.")
    known = None if kpis is None else list(kpis)
    launches = {str(name): _launch(str(name), body, file, known) for name, body in mapping.items()}
    return Plan(launches, file)


def _launch(name: str, body: object, file: str, kpis: list[str] | None) -> Launch:
    place = f"{file}, launch {shorten(name)}"
    if not isinstance(body, Mapping):
        raise WorkspaceError(f"{place}: expected keys such as on, owner and gates, found {shorten(body)}.")
    if "name" in body:
        raise WorkspaceError(f'{place}: unknown key "name". The name stands before the colon.')
    try:
        launch = Launch.model_validate({**body, "name": name})
    except ValidationError as fault:
        raise one_line(fault, Launch, place) from None
    if len(launch.gates) > MOST_GATES:
        raise WorkspaceError(f"{place}: {len(launch.gates)} gates are more than anybody follows; {MOST_GATES} at most.")
    _check_gates(launch, place)
    _check_kpis(launch, place, kpis)
    return launch


def _check_gates(launch: Launch, place: str) -> None:
    """Refuse teams and needs that lead nowhere, and needs that go round in a circle."""
    for gate in launch.gates.values():
        if launch.teams and gate.team not in launch.teams:
            near = did_you_mean(gate.team, launch.teams)
            raise WorkspaceError(f"{place}, gates.{gate.name}.team: no team of this launch is called {shorten(gate.team)}.{near}")
        for need in gate.needs:
            if need not in launch.gates:
                near = did_you_mean(need, [name for name in launch.gates if name != gate.name])
                raise WorkspaceError(f"{place}, gates.{gate.name}.needs: there is no gate {shorten(need)}.{near}")
    try:
        TopologicalSorter({name: gate.needs for name, gate in launch.gates.items()}).prepare()
    except CycleError as fault:
        loop = " → ".join(reversed(fault.args[1]))
        raise WorkspaceError(f"{place}, gates.{fault.args[1][-1]}.needs: the gates wait for each other in a circle: {loop}.") from None


def _check_kpis(launch: Launch, place: str, kpis: list[str] | None) -> None:
    """Refuse a KPI that kpis.yaml does not define."""
    named = [
        *((f"gates.{gate.name}.kpi", gate.kpi) for gate in launch.gates.values() if gate.kpi),
        *((f"aims.{kpi}", kpi) for kpi in launch.aims),
        *((f"guardrails.{kpi}", kpi) for kpi in launch.guardrails),
        *([("adoption.kpi", launch.adoption.kpi)] if launch.adoption and launch.adoption.kpi else []),
    ]
    for key, kpi in named:
        if kpis is not None and kpi not in kpis:
            raise WorkspaceError(f"{place}, {key}: there is no KPI {shorten(kpi)}.{did_you_mean(kpi, kpis)}")
