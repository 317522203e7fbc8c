"""A recorded run once more: its reads come from the store, and no source is touched."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prodops.errors import InputError
from prodops.sources.aside import Breach
from prodops.sources.context import Context
from prodops.sources.desk import Desk, led
from prodops.sources.store import Store
from prodops.stamps import TableStamp
from prodops.workspace import load

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd
    import pyarrow as pa

    from prodops.sources.model import Message
    from prodops.sources.others import What


class Replay(Desk):
    """A desk whose tables have no rows and whose reads come from the store, as a record lists them."""

    def __init__(self, context: Context, kinds: tuple[str, ...], *, either: bool = False) -> None:
        import ibis

        assert context.replay is not None
        self.context, self._queries = context, []
        self.workspace = load(context.workspace).with_sources(context.sources)
        self._settings = []
        self.store = Store(context.store)
        stamps, self._recorded, as_of, self._kept = _record(context.replay)
        kinds = led(kinds, stamps, context, either=either)
        self.lead = kinds[0]
        if self.lead not in stamps:
            raise InputError(f'{context.replay.name}: the recorded run read no table "{self.lead}"; it is the record of another report.')
        self._tables = {kind: stamps[kind] for kind in kinds if kind in stamps}
        self._bases = {kind: ibis.table(dict(stamp.columns), name=kind) for kind, stamp in self._tables.items()}
        self.as_of = context.as_of or as_of
        self._begin()

    def _noted(self, file: str, read: Callable[[Path], dict[str, Any]]) -> dict[str, Any]:
        """Read a YAML file beside the workspace file as it is now, so that a changed one shows; the recorded values where it is gone."""
        gone = file in self._kept and not (self.workspace.file.parent / file).is_file()
        return super()._noted(file, (lambda _: self._kept[file]) if gone else read)

    def breaches(self) -> dict[str, tuple[Breach, ...]]:
        """List what was set aside, by table and as the record counts it: without the first rows."""
        return {kind: tuple(Breach("", reason, rows, ()) for reason, rows in stamp.reasons) for kind, stamp in self._tables.items()}

    def kept(self, name: str, given: Mapping[str, Any], make: "Callable[[], pd.DataFrame]") -> "pd.DataFrame":
        """Work it out afresh: a report proves itself by what it is made of."""
        from prodops.sources.worked import as_kept

        return as_kept(make()).to_pandas()

    def _is_elsewhere(self, kind: str) -> bool:
        return False

    def _result(self, expr: "ir.Table", sql: str, key: str, name: str) -> "pa.Table":
        return self._kept_result(key)

    def _answers(self, requests: "Sequence[Sequence[Message]]", key: str) -> "pa.Table":
        return self._kept_result(key)

    def _earlier(self, name: str, key: str) -> "pa.Table | None":
        return self.store.get(self._recorded[key]) if key in self._recorded else None

    def _others(self, what: "What", key: str) -> "pa.Table":
        return self.store.get(self._recorded[key]) if self._was_told(key) else super()._others(what, key)

    def _was_told(self, key: str) -> bool:
        return key in self._recorded

    def _kept_result(self, key: str) -> "pa.Table":
        if key not in self._recorded:
            raise InputError(
                "the recorded run did not ask this query: the notebook, the package or a parameter has changed since; "
                "run the report from its sources."
            )
        return self.store.get(self._recorded[key])


def _record(path: Path) -> tuple[dict[str, TableStamp], dict[str, str], datetime, dict[str, dict[str, Any]]]:
    """Read a record: its tables by kind, its results by query, its as-of, the values of its files of settings."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        tables = {values["table"]: _table_stamp(values) for values in record["tables"]}
        results = {str(q["key"]): str(q["sha256"]) for q in record["queries"]}
        kept = {str(s["file"]): dict(s["values"]) for s in record.get("settings", [])}
        return tables, results, datetime.fromisoformat(record["as_of"]), kept
    except (OSError, ValueError, KeyError, TypeError) as fault:
        said = f"{type(fault).__name__}: {fault}"
        raise InputError(f"{path.name}: this is no record of a run ({said}); give the record.json of a report.") from None


def _table_stamp(values: dict[str, Any]) -> TableStamp:
    known = {name: value for name, value in values.items() if name != "kind"}
    for name in ("first", "last"):
        known[name] = datetime.fromisoformat(known[name]) if known[name] else None
    for name in ("reasons", "columns", "masked"):
        known[name] = tuple(map(tuple, known.get(name, ())))
    return TableStamp(**known | {"notes": tuple(known["notes"])})
