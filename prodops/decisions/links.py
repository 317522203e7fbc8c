"""What candidates and actions are linked to: themes, KPIs, goals and each other, and which of those links lead nowhere."""

from collections.abc import Collection, Iterator

from prodops.decisions.candidates import Backlog
from prodops.decisions.log import ActionLog
from prodops.decisions.pasts import Themes
from prodops.errors import DefinitionError, did_you_mean


def broken(
    backlog: Backlog,
    log: ActionLog,
    *,
    kpis: Collection[str] | None = None,
    goals: Collection[str] | None = None,
    themes: Themes | None = None,
) -> Iterator[str]:
    """Say in a line each which link leads nowhere, with the near miss; a kind that is not given (None) is not looked at."""
    for name, c in backlog.items():
        yield from _missing(f"candidate {name}", "KPI", c.kpis, kpis)
        yield from _missing(f"candidate {name}", "goal", c.goals, goals)
        yield from _themes(f"candidate {name}", c.themes, themes)
    for name, a in log.items():
        yield from _missing(f"action {name}", "KPI", [a.kpi] if a.kpi else [], kpis)
        yield from _missing(f"action {name}", "goal", [a.goal] if a.goal else [], goals)
        yield from _missing(f"action {name}", "candidate", [a.candidate] if a.candidate else [], backlog)
        yield from _themes(f"action {name}", a.themes, themes)


def check(backlog: Backlog, log: ActionLog, *, kpis: Collection[str] | None = None) -> None:
    """Refuse the first KPI or candidate that is linked and not there; themes and goals are the data's, and are not looked at.

    Raises DefinitionError in one line.
    """
    for fault in broken(backlog, log, kpis=kpis):
        file = backlog.file if fault.startswith("candidate ") else log.file
        raise DefinitionError(f"{file}: {fault}")


def _missing(whose: str, kind: str, asked: Collection[str], known: Collection[str] | None) -> Iterator[str]:
    if known is not None:
        yield from (f'{whose}: there is no {kind} "{name}".{did_you_mean(name, known)}' for name in asked if name not in known)


def _themes(whose: str, asked: Collection[str], themes: Themes | None) -> Iterator[str]:
    if themes is not None and themes.known:
        yield from (f"{whose}: {themes.missing(name)}" for name in asked if not themes.find(name))
