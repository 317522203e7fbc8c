"""Which reports come after which others: what their files say under ``after``, names and rounds checked."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from prodops.errors import WorkspaceError, did_you_mean, shorten
from prodops.workspace import read_yaml

ALL = "all"
"""Stands for every report that does not itself come after one that says so."""
Said = Mapping[str, Sequence[str]]


def before(folder: Path, name: str) -> tuple[str, ...]:
    """Give the reports that one comes after, sorted.

    Raises :class:`WorkspaceError` in one line: an unknown name with the near miss, or a round of reports that wait for each other.
    """
    said, file = _said(folder), folder / f"{name}.yaml"
    for other in said[name]:
        if other != ALL and other not in said:
            raise WorkspaceError(f"{file}: after: there is no report {shorten(other)}.{did_you_mean(other, said)}")
    if ring := _round(name, said):
        raise WorkspaceError(f"{file}: after: {' waits for '.join(ring)}: none could ever begin; leave one of them out.")
    late = _late(said)
    names = {other for each in said[name] for other in ([o for o in said if o not in late] if each == ALL else [each])}
    return tuple(sorted(names - {name}))


def _said(folder: Path) -> dict[str, list[str]]:
    """Read what each file of a folder says; one that cannot be used says nothing, as its own reading tells why."""
    said = {}
    for file in sorted(folder.glob("*.yaml")):
        try:
            value: object = read_yaml(file).get("after")
        except WorkspaceError:
            value = None
        value = value.get("reports") if isinstance(value, dict) else value
        said[file.stem] = [value] if isinstance(value, str) else [str(each) for each in value] if isinstance(value, list) else []
    return said


def _round(name: str, said: Said) -> list[str]:
    """Walk from a report along what is named, and give the way that comes back to it; empty where none does."""
    came_from, ahead = dict[str, str](), [name]
    while ahead:
        at = ahead.pop(0)
        for other in said.get(at, ()):
            if other == name:
                way = [at, name]
                while way[0] != name:
                    way.insert(0, came_from[way[0]])
                return way
            if other not in came_from:
                came_from[other] = at
                ahead.append(other)
    return []


def _late(said: Said) -> set[str]:
    """Find the reports that come after all others, and those that come after one of these."""
    late = {name for name, others in said.items() if ALL in others}
    while more := {name for name, others in said.items() if name not in late and late.intersection(others)}:
        late |= more
    return late
