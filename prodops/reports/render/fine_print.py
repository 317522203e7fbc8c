"""The fine print: what the numbers mean, what was read, with which parameters and code; from the record, else from stamps."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from prodops.stamps import day_words

Json = dict[str, Any]
_PARTS = ("notebook", "code", "lock", "platform")


@dataclass(frozen=True)
class TableRead:
    """One table at the door: its counts in words, why rows were set aside, what was noted, and its fingerprint."""

    name: str
    counts: str
    period: str
    reasons: list[str]
    notes: list[str]
    source: str
    sha256: str


@dataclass(frozen=True)
class FinePrint:
    """The folded part of the page; empty lists are left out."""

    definitions: list[Json]
    tables: list[TableRead]
    queries: list[Json]
    parameters: list[tuple[str, str]]
    provenance: list[tuple[str, str]]
    packages: list[tuple[str, str]]


def read_fine_print(record: Json, stamps: dict[str, list[Json]]) -> FinePrint:
    """Gather the fine print; the record's lists come first, the notebook's stamps stand in where it has none."""

    def listed(name: str, kind: str) -> list[Json]:
        items = [item for item in _items(record, name) if isinstance(item, dict)]
        return _once(items or stamps.get(kind, []))

    return FinePrint(
        definitions=listed("definitions", "definition"),
        tables=[_table(t) for t in listed("tables", "table")],
        queries=listed("queries", "query"),
        parameters=_pairs(record.get("parameters")),
        provenance=_provenance(record),
        packages=_pairs(record.get("packages")),
    )


def _table(stamp: Json) -> TableRead:
    counts = f"{_count(stamp.get('rows_read'))} rows read, {_count(stamp.get('rows_set_aside'))} set aside"
    if stamp.get("rows_after_as_of"):
        counts += f", {_count(stamp['rows_after_as_of'])} dated at or after the as-of date and not used"
    return TableRead(
        name=str(stamp.get("table") or ""),
        counts=counts,
        source=str(stamp.get("source") or ""),
        sha256=str(stamp.get("sha256") or ""),
        period=" to ".join(filter(None, (_day(stamp.get("first")), _day(stamp.get("last"))))),
        reasons=[f"{_count(pair[1])} {pair[0]}" for pair in _items(stamp, "reasons") if isinstance(pair, list) and len(pair) == 2],
        notes=[str(note) for note in _items(stamp, "notes")],
    )


def _items(stamp: Json, name: str) -> list[Any]:
    value = stamp.get(name)
    return value if isinstance(value, list) else []


def _provenance(record: Json) -> list[tuple[str, str]]:
    notebook, code, lock, platform = (part if isinstance(part := record.get(name), dict) else {} for name in _PARTS)
    commit = f"commit {code['commit']}" if code.get("commit") else ""
    changed = "with uncommitted changes" if code.get("dirty") else ""
    rows = {
        "Run": record.get("run_id"),
        "As of": record.get("as_of"),
        "Slice": record.get("slice"),
        "Notebook": notebook.get("path"),
        "Notebook SHA-256": notebook.get("sha256"),
        "prodops": " ".join(filter(None, (str(code.get("version") or ""), commit, changed))),
        "Code SHA-256": code.get("sha256"),
        "Packages locked by": lock.get("path"),
        "Lock SHA-256": lock.get("sha256"),
        "Python": record.get("python"),
        "Platform": " ".join(str(platform[key]) for key in ("system", "machine") if platform.get(key)),
        **{f"{item.get('file')} SHA-256": item.get("sha256") for item in _items(record, "settings") if isinstance(item, dict)},
        "Record": record.get("schema"),
    }
    return [(name, str(value)) for name, value in rows.items() if value]


def _pairs(mapping: object) -> list[tuple[str, str]]:
    items = mapping.items() if isinstance(mapping, dict) else ()
    return [(str(name), value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)) for name, value in items]


def _once(items: list[Json]) -> list[Json]:
    seen: list[Json] = []
    for item in items:
        if item not in seen:
            seen.append(item)
    return seen


def _count(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else "0"


def _day(moment: object) -> str:
    try:
        return day_words(date.fromisoformat(str(moment)[:10])) if moment else ""
    except ValueError:
        return ""
