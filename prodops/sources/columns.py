"""Which of a source's columns becomes which of ours: by the workspace's mapping, by name, or by a near name that is reported."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from prodops.errors import InputError, did_you_mean, shorten
from prodops.tables import Contract
from prodops.workspace import TableSource


@dataclass(frozen=True)
class Matched:
    """Our column names with the source's names behind each (several are joined), and what should be said about it."""

    columns: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...]

    @property
    def wanted(self) -> list[str]:
        return list(dict.fromkeys(name for names in self.columns.values() for name in names))


def match(contract: Contract, source: TableSource, names: list[str], where: str, made: Collection[str] = ()) -> Matched:
    """Match a source's column names to a contract; raises :class:`InputError` naming what is missing and the near miss.

    The workspace's ``columns`` come first (one mapped to nothing, ``[]``, is left out), then the same name, then the same
    name written otherwise (case, blanks), then a synonym. Mapped names beyond the contract are kept as dimensions. ``made`` are columns
    of ours that come otherwise than by a name.
    """
    found = _mapped(contract, source, names, where)
    notes: list[str] = []
    taken = {name for theirs in found.values() for name in theirs}
    for column in contract.columns:
        if column.name in source.columns or column.name in source.constants or column.name in made:
            continue
        near = _near(column.name, column.synonyms, [n for n in names if n not in taken])
        if near:
            found[column.name] = (near,)
            taken.add(near)
            if near != column.name:
                notes.append(f'the column {column.name} is read from "{near}"')
    missing = [c for c in contract.required if c not in found and c not in source.constants and c not in made]
    if missing:
        raise InputError(_missing(contract, missing, names, where))
    unused = [name for name in names if name not in taken]
    if unused:
        notes.append(f"{len(unused):,} column{'s' if len(unused) > 1 else ''} not used: {_listing(unused, 5)}")
    return Matched(found, tuple(notes))


def _mapped(contract: Contract, source: TableSource, names: list[str], where: str) -> dict[str, tuple[str, ...]]:
    ours_by_lower = {c.name.lower(): c.name for c in contract.columns}
    for ours in (*source.columns, *source.constants):
        meant = ours_by_lower.get(ours.lower(), ours)
        if meant != ours:
            raise InputError(f'{where}: the workspace names a column {contract.name}.{ours}. Did you mean "{meant}"?')
    for ours, theirs in source.columns.items():
        for name in theirs:
            if name not in names:
                raise InputError(
                    f'{where}: the workspace maps {contract.name}.{ours} to a column "{name}", which is not there.'
                    f"{did_you_mean(name, names)} It has {_listing(names)}."
                )
    return {ours: tuple(theirs) for ours, theirs in source.columns.items() if theirs}


def _near(name: str, synonyms: Iterable[str], names: list[str]) -> str | None:
    if name in names:
        return name
    plain = {_plain(n): n for n in reversed(names)}
    return next((plain[candidate] for candidate in (name, *synonyms) if candidate in plain), None)


def _plain(name: str) -> str:
    return re.sub(r"[\s\-.]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.strip())).lower()


def _missing(contract: Contract, missing: list[str], names: list[str], where: str) -> str:
    parts = [f'the column "{name}" is missing.{did_you_mean(name, names)}' for name in missing]
    hint = f" Map it in the workspace: tables.{contract.name}.columns."
    if len(missing) == len(contract.required) and not any(_near(c.name, c.synonyms, names) for c in contract.columns):
        hint = f" Does the file have a header line? {contract.name} needs {', '.join(contract.required)}."
    return f"{where}: {' '.join(parts)} It has {_listing(names)}.{hint}"


def _listing(names: list[str], most: int = 12) -> str:
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(shorten(name, 40) for name in names[:most]) + more
