"""What moved between a report's record and now: each cause named, with what it was and what it is. Pure comparisons."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, Literal

from prodops.errors import shorten
from prodops.reports.catalogue import TAG, tags

if TYPE_CHECKING:
    import pyarrow as pa

Kind = Literal["page", "parameter", "definition", "code", "package", "environment", "data", "unexplained"]
FIRST, MOST_VALUES = 3, 20
"""How many first differences a detail shows, and how many changed values of one file are named."""
Json = Mapping[str, Any]


@dataclass(frozen=True)
class Cause:
    """One thing that moved: of which kind, what it is, and from what to what."""

    kind: Kind
    what: str
    detail: str

    def line(self) -> str:
        return f"{self.kind}: {self.what}: {self.detail}"


def arrow(before: object, after: object) -> str:
    """Say ``a → b``; what is not there is a dash."""
    return " → ".join("–" if value is None else _value(value) for value in (before, after))


def _value(value: object) -> str:
    if isinstance(value, str):
        return shorten(value)[1:-1]
    return shorten(json.dumps(value, ensure_ascii=False, default=str))[1:-1]


# ------------------------------------------------------------------------------------------------------------ parameters
def parameters(before: Json, after: Json) -> Iterator[Cause]:
    """Compare the values of a run with those that it would have now."""
    for name in dict.fromkeys((*before, *after)):
        if name not in after:
            yield Cause("parameter", name, "the notebook no longer declares it")
        elif name not in before:
            yield Cause("parameter", name, f"is new, and is {_value(after[name])}")
        elif before[name] != after[name]:
            yield Cause("parameter", name, arrow(before[name], after[name]))


# ------------------------------------------------------------------------------------------------------------------ code
def code(before: Json, after: Json) -> Iterator[Cause]:
    """Compare the files of the package, and modules that belong to no package; their hashes are short ones."""
    one, two = before.get("files") or {}, after.get("files") or {}
    for name in sorted({*one, *two}):
        if one.get(name) != two.get(name):
            yield Cause("code", f"prodops/{name}", _how(name in one, name in two) + f" ({arrow(one.get(name), two.get(name))})")
    if one == two and before.get("sha256") != after.get("sha256"):
        yield Cause("code", "prodops", f"changed ({arrow(str(before.get('sha256'))[:12], str(after.get('sha256'))[:12])})")
    if before.get("version") != after.get("version"):
        yield Cause("code", "prodops", arrow(before.get("version"), after.get("version")))


def modules(before: Json, after: Json, packages: Json) -> Iterator[Cause]:
    """Compare modules that a notebook imports and that lie in no package, or elsewhere than the package of their name."""
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield Cause(
                "package" if name in packages else "code",
                f"module {name}",
                _how(name in before, name in after) + f" ({arrow(before.get(name), after.get(name))})",
            )


def _how(there_before: bool, there_now: bool) -> str:
    return "changed" if there_before and there_now else "is new" if there_now else "is gone"


def cells(before: Sequence[Json], after: Sequence[Json], *, values_moved: bool) -> Iterator[Cause]:
    """Compare a notebook's cells, as written. A tagged parameters cell is passed over where the values it gives are named
    as causes already (``values_moved``)."""
    one, two = ([json.dumps(cell, sort_keys=True) for cell in side] for side in (before, after))
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        for k in range(max(i2 - i1, j2 - j1)):
            old = before[i1 + k] if i1 + k < i2 else None
            new = after[j1 + k] if j1 + k < j2 else None
            cell, place = (new, j1 + k) if new is not None else (old or {}, i1 + k)
            if not (values_moved and TAG in tags(cell)):
                yield Cause("code", f"cell {place + 1} of the notebook", _cell_detail(old, new))


def _cell_detail(old: Json | None, new: Json | None) -> str:
    """Say what of a cell changed, by its first line that differs."""
    if old is None or new is None:
        lines = str((old or new or {}).get("source", "")).strip().splitlines() or ["empty"]
        return f"{_how(old is not None, new is not None)} ({shorten(lines[0])})"
    if old.get("source") == new.get("source"):
        return f"its tags changed ({arrow(tags(old), tags(new))})" if tags(old) != tags(new) else "its kind or attachments changed"
    a, b = (str(cell.get("source", "")).splitlines() for cell in (old, new))
    at = next((i for i, pair in enumerate(zip(a, b, strict=False)) if pair[0] != pair[1]), min(len(a), len(b)))
    return f"line {at + 1}: {arrow(*(side[at].strip() if at < len(side) else None for side in (a, b)))}"


# ----------------------------------------------------------------------------------------------- packages, environment
def packages(before: Json, after: Json) -> Iterator[Cause]:
    """Compare the versions of Python and of packages."""
    if before.get("python") != after.get("python"):
        yield Cause("package", "Python", arrow(before.get("python"), after.get("python")))
    one, two = before.get("packages") or {}, after.get("packages") or {}
    for name in sorted({*one, *two}):
        if one.get(name) != two.get(name):
            yield Cause("package", name, arrow(one.get(name), two.get(name)))


def environment(before: Json, after: Json) -> Iterator[Cause]:
    """Compare the lock file and the kind of machine."""
    one, two = before.get("lock") or {}, after.get("lock") or {}
    if one != two:
        name = str(one.get("path") or two.get("path"))
        hashes = arrow(*(side.get("sha256") and str(side["sha256"])[:12] for side in (one, two)))
        yield Cause("environment", name, f"{_how(bool(one), bool(two))} ({hashes})")
    one, two = before.get("platform") or {}, after.get("platform") or {}
    for name in dict.fromkeys((*one, *two)):
        if one.get(name) != two.get(name):
            yield Cause("environment", name, arrow(one.get(name), two.get(name)))


# ----------------------------------------------------------------------------------------------------------- definitions
def settings(file: str, before: object, after: object) -> Iterator[Cause]:
    """Compare the values of a file of settings, key by key; beyond the first twenty, say how many more changed."""
    changed = list(_leaves("", before, after))
    for path, old, new in changed[:MOST_VALUES]:
        yield Cause("definition", f"{file}: {path}" if path else file, arrow(old, new))
    if more := len(changed[MOST_VALUES:]):
        yield Cause("definition", file, f"{more:,} more values changed")


def _leaves(path: str, before: object, after: object) -> Iterator[tuple[str, object, object]]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            yield from _leaves(f"{path}.{key}" if path else str(key), before.get(key), after.get(key))
    elif before != after:
        yield path, before, after


# ------------------------------------------------------------------------------------------------------------------ data
def tables(before: Iterable[Json], after: Iterable[Json]) -> Iterator[Cause]:
    """Compare what came in at the door, table by table."""
    one, two = ({str(t.get("table")): t for t in side} for side in (before, after))
    for name in dict.fromkeys((*one, *two)):
        if name not in one or name not in two:
            yield Cause("data", f"table {name}", _how(name in one, name in two))
        elif moved := [key for key in two[name] if one[name].get(key) != two[name].get(key)]:
            yield Cause("data", f"table {name}", _door(one[name], two[name], moved))


def _door(one: Json, two: Json, moved: Sequence[str]) -> str:
    late = (two.get("rows_used") or 0) - (one.get("rows_used") or 0)
    counts = [
        f"{key.removeprefix('rows_').replace('_', ' ')} {arrow(one.get(key), two.get(key))}" for key in moved if key.startswith("rows_")
    ]
    said = [f"{late:,} late rows, dated before the as-of"] if late > 0 else [f"{-late:,} rows fewer than then"] if late < 0 else []
    said += [f"rows {', '.join(counts)}"] if counts else []
    if not said:
        said = ["its content changed, the number of rows did not" if "sha256" in moved else f"changed in {', '.join(moved)}"]
    return "; ".join(said)


def rows(name: str, before: "pa.Table", after: "pa.Table") -> Cause:
    """Compare a query's results: how many rows came, went and changed, and the first of them."""
    if before.schema != after.schema:
        return Cause("data", f"query {name}", f"its columns moved: {arrow(before.column_names, after.column_names)}")
    names = before.column_names
    gone, new = (Counter(map(tuple, map(dict.values, side.to_pylist()))) for side in (before, after))
    gone, new = gone - new, new - gone
    pairs, old_left, new_left = _pair(list(gone.elements()), list(new.elements()))
    counts = [(len(pairs), "changed"), (len(new_left), "more"), (len(old_left), "gone")]
    said = ", ".join(f"{count:,} row{'s' if count > 1 else ''} {word}" for count, word in counts if count)
    first = [_changed(names, old, new) for old, new in pairs[:FIRST]]
    first += [f"new {_row(names, row)}" for row in new_left[: FIRST - len(first)]]
    first += [f"gone {_row(names, row)}" for row in old_left[: FIRST - len(first)]]
    return Cause("data", f"query {name}", f"{said or 'the order of its rows changed'}; {'; '.join(first)}".rstrip("; "))


Row = tuple[Any, ...]


def _pair(gone: list[Row], new: list[Row]) -> tuple[list[tuple[Row, Row]], list[Row], list[Row]]:
    """Pair rows that agree in their first value, where that tells them apart: these changed, the others came or went."""
    by_first = {row[:1]: row for row in new}
    if len(by_first) < len(new) or len({row[:1] for row in gone}) < len(gone):
        return [], gone, new
    pairs = [(row, by_first[row[:1]]) for row in gone if row[:1] in by_first]
    paired = {old[:1] for old, _ in pairs}
    return pairs, [row for row in gone if row[:1] not in paired], [row for row in new if row[:1] not in paired]


def _changed(names: Sequence[str], old: Row, new: Row) -> str:
    moved = [f"{name} {arrow(a, b)}" for name, a, b in zip(names, old, new, strict=True) if a != b]
    return f"{names[0]} {_value(old[0])}: {', '.join(moved[:FIRST])}"


def _row(names: Sequence[str], row: Row) -> str:
    return ", ".join(f"{name} {_value(value)}" for name, value in list(zip(names, row, strict=True))[:FIRST])


# ---------------------------------------------------------------------------------------------------------------- pages
def first(before: str, after: str) -> str:
    """Show the first place where two pages differ, their seals aside."""
    for number, (one, two) in enumerate(zip(before.splitlines(), after.splitlines(), strict=False), 1):
        if one != two and "prodops-seal" not in one:
            at = next((i for i, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))
            return f"first in line {number}: {arrow(*(side[max(0, at - 20) : at + 40] for side in (one, two)))}"
    return "it is longer or shorter than it was"
