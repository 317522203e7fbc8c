"""The desk: one report's view of its tables, cut at ``as_of``, with every read recorded and kept."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prodops.errors import InputError, NoData, WorkspaceError, did_you_mean
from prodops.sources.door import repeats
from prodops.sources.intake import Breach, admit, connect_engine, group, judge, listed, write_aside
from prodops.sources.remote import Remote, describe
from prodops.sources.store import Store, canonical
from prodops.stamps import QueryStamp, Scope, Stamps, TableStamp, day_words
from prodops.tables import Contract, contract
from prodops.workspace import Workspace, last_periods, load, read_yaml

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd
    import pyarrow as pa

RUN_VARIABLE = "PRODOPS_RUN"


@dataclass(frozen=True)
class Context:
    """What the press hands a kernel (as JSON in ``PRODOPS_RUN``), or what holds where nobody does.

    ``as_of_given`` tells a date that a person asked for from one that was found in the data, which is never later than
    ``before``. ``replay`` is a record (JSON) whose recorded results are given back instead of asking the sources.
    """

    workspace: Path
    store: Path
    as_of: datetime | None = None
    as_of_given: bool = False
    before: datetime | None = None
    sources: Mapping[str, str] = field(default_factory=dict)
    replay: Path | None = None

    def to_json(self) -> str:
        """Write it for the environment variable."""
        return json.dumps(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, as JSON has them."""
        text = {n: str(v) if isinstance(v, Path) else v.isoformat() if isinstance(v, datetime) else v for n, v in vars(self).items()}
        return text | {"sources": dict(self.sources)}

    @classmethod
    def from_json(cls, text: str) -> "Context":
        """Read it back."""
        values = json.loads(text)
        kinds = {"workspace": Path, "store": Path, "replay": Path, "as_of": datetime.fromisoformat, "before": datetime.fromisoformat}
        return cls(**{n: kinds[n](v) if v is not None and n in kinds else v for n, v in values.items()})

    @classmethod
    def here(cls) -> "Context":
        """Read the press's context, or find the workspace in the folder at hand and those above it."""
        if text := os.environ.get(RUN_VARIABLE):
            return cls.from_json(text)
        for folder in (Path.cwd(), *Path.cwd().parents):
            if (file := folder / "params" / "workspace.yaml").is_file():
                return cls(file, folder / "reports" / "store")
        raise WorkspaceError(f"no params/workspace.yaml in {Path.cwd()} or above it: open the notebook in a prodops project, or make one with `prodops init`.")


def connect(lead: str, *others: str, context: Context | None = None) -> "Desk":
    """Open the tables of a report: ``lead`` must be there, the others are taken where the workspace has them.

    Where no as-of is given it is the midnight after the lead table's latest row. Raises :class:`InputError` or
    :class:`WorkspaceError` for what cannot be used.
    """
    context = context or Context.here()
    if context.replay:
        return Replay(context, lead, others)
    workspace = load(context.workspace).with_sources(context.sources)
    if lead not in workspace.tables:
        raise InputError(f'{workspace.file.name}: this report needs the table "{contract(lead).name}"; name its source under tables: {lead}: …, or give '
                         f"--source {lead}=FILE.{did_you_mean(lead, workspace.tables)}")
    return Desk(context, workspace, lead, others)


@dataclass(frozen=True)
class _Opened:
    """One table at the desk: the Ibis table of all its fit rows, and what the door said."""

    table: "ir.Table"
    rows_read: int
    breaches: tuple[Breach, ...]
    notes: tuple[str, ...]
    source: str
    sha256: str = ""
    quarantine: tuple[str, ...] = ()


class Desk:
    """A report's tables; end a cell with it to show what came in, and with ``desk.queries`` to show what was read."""

    def __init__(self, context: Context, workspace: Workspace, lead: str, others: tuple[str, ...]) -> None:
        self.context, self.workspace, self.lead = context, workspace, lead
        self.store = Store(context.store)
        self._con = connect_engine(context.store)
        self._remote = Remote(workspace)
        self._queries: list[QueryStamp] = []
        kinds = [lead, *(k for k in others if k in workspace.tables)]
        self._opened = {kind: self._open(kind) for kind in kinds}
        self._bases = {kind: o.table.drop(*(n for n in o.table.columns if n.startswith("_"))) for kind, o in self._opened.items()}
        self.as_of = context.as_of or self._latest()
        self._tables = {kind: self._stamp(kind) for kind in kinds}

    # ------------------------------------------------------------------------------------------------------ reading
    def has(self, kind: str) -> bool:
        """Tell whether the workspace has this table for this report."""
        return kind in self._tables

    def table(self, kind: str) -> "ir.Table":
        """Give a checked table as Ibis, without the rows at or after ``as_of``; later times within rows read as missing."""
        rules = contract(kind)
        if kind not in self._tables:
            raise InputError(f'this report opened no table "{kind}"; it has {", ".join(self._tables)}.')
        return _cut(self._bases[kind], rules, self.as_of)

    def read(self, what: "str | ir.Table", *, name: str = "") -> "pd.DataFrame":
        """Run a query and give its rows; the SQL, row count and SHA-256 are recorded and the result is kept in the store.

        ``what`` is a kind of table or an Ibis expression over tables of this desk. Rows come in the expression's own
        order, or sorted by all columns where it states none. Raises :class:`NoData` where the lead table has no row.
        """
        self._require_rows()
        import ibis.expr.operations as ops

        expr = self.table(what) if isinstance(what, str) else what
        if not isinstance(expr.op(), ops.Sort | ops.Limit):
            expr = expr.order_by(*expr.columns)
        sql = self._sql(expr)
        key = hashlib.sha256(sql.encode()).hexdigest()
        result = self._result(expr, key)
        name = name or (what if isinstance(what, str) else "query")
        self._queries.append(QueryStamp(name=name, sql=sql, key=key, rows=len(result), sha256=self.store.put(result)))
        return result.to_pandas()

    def params(self, file: str) -> dict[str, Any]:
        """Read a YAML file that lies beside the workspace file: ``desk.params("kpis.yaml")``."""
        return read_yaml(self.workspace.file.parent / file)

    def scope(self, weeks: int, words: str = "") -> Scope:
        """Say what the report covers: the last ``weeks`` whole weeks (fewer where the lead table begins later) up to ``as_of``."""
        start = last_periods(self.as_of, "week", weeks, self.workspace.week_start)[0].start
        first = self._tables[self.lead].first
        return Scope(start=max(start, first.date()) if first else start, end=self.as_of.date(), scope=words)

    # --------------------------------------------------------------------------------------------------- the record
    @property
    def tables(self) -> Stamps:
        """What came in at the door."""
        return Stamps(tuple(self._tables.values()))

    @property
    def queries(self) -> Stamps:
        """What was read so far."""
        return Stamps(tuple(self._queries))

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        return self.tables._repr_mimebundle_()

    # ------------------------------------------------------------------------------------------------------- inside
    def _sql(self, expr: "ir.Table") -> str:
        """Write a query as DuckDB's SQL over our tables' names, whichever engine and source answer it: the same question is the same text."""
        import ibis

        ours = {base.op(): ibis.table(base.schema(), name=kind).op() for kind, base in self._bases.items()}
        return " ".join(str(ibis.to_sql(expr.op().replace(ours).to_expr().unbind(), dialect="duckdb")).split())

    def _result(self, expr: "ir.Table", key: str) -> "pa.Table":
        try:
            return canonical(expr.to_pyarrow())
        except Exception as fault:
            remote = next((s for s in self.workspace.tables.values() if s.is_url), None)
            if remote is None:
                raise
            raise self._remote.error(remote, fault) from None

    def _require_rows(self) -> None:
        stamp = self._tables[self.lead]
        if stamp.rows_used:
            return
        if stamp.rows_read and stamp.first and stamp.first >= self.as_of:
            raise NoData(f"There is no {self.lead} before {day_words(self.as_of)}: the first row is of {day_words(stamp.first)} ({stamp.rows_read:,} rows read).")
        raise NoData(f"There is no {self.lead} to report on: {stamp.rows_read:,} rows read from {stamp.source}, {stamp.rows_set_aside:,} set aside.")

    def _open(self, kind: str) -> _Opened:
        source = self.workspace.tables[kind]
        if source.is_url:
            return self._open_remote(kind)
        folder = self.context.store / "tables"
        intake = admit(kind, self.workspace, folder)
        table = self._con.read_parquet(str(folder / intake.path), table_name=kind)
        return _Opened(table, intake.rows_read, intake.breaches, intake.notes, intake.source, intake.sha256, (intake.quarantine,) if intake.quarantine else ())

    def _open_remote(self, kind: str) -> _Opened:
        """Check a database's table in its database: faults and repeated keys are fetched, fit rows stay where they are."""
        source, rules = self.workspace.tables[kind], contract(kind)
        fit, unfit, notes = self._remote.table(rules, source)
        try:
            again = repeats(fit, rules)
            faults = listed(unfit) + (listed(again) if again is not None else [])
            rows = int(fit.count().as_scalar().to_pyarrow().as_py()) + len(listed(unfit))
        except Exception as fault:
            raise self._remote.error(source, fault) from None
        if again is not None and len(faults):
            fit = fit.anti_join(again, ["_file", "_row"])
        breaches, name = group(faults, rules), ""
        if faults:
            name = f"{kind}-{hashlib.sha256(json.dumps(faults).encode()).hexdigest()[:16]}.set-aside.csv"
            write_aside(self.context.store / "tables" / name, faults)
        judge(self.workspace, kind, describe(source), rows, breaches)
        return _Opened(fit, rows, breaches, notes, describe(source), quarantine=(name,) if name else ())

    def _latest(self) -> datetime:
        """Find the as-of that fits the data: the midnight after the lead table's latest row, or today's where that is later."""
        table, before = self._opened[self.lead].table, self.context.before
        when = table[contract(self.lead).time].cast("timestamp")
        last = when.max(where=when < before) if before else when.max()
        found = last.as_scalar().to_pyarrow().as_py()
        day = datetime.combine(found.date() + timedelta(days=1), time()) if found else before or datetime(1970, 1, 2)
        return min(day, datetime.combine(before.date(), time())) if before else day

    def _stamp(self, kind: str) -> TableStamp:
        """Count what is used and what is not; rows more than a day after an as-of that nobody asked for lie in the future."""
        opened, rules = self._opened[kind], contract(kind)
        table = opened.table
        when = table[rules.time].cast("timestamp")
        future = when >= self.as_of + timedelta(days=1) if not self.context.as_of_given else when.isnull() & when.notnull()
        counts = table.aggregate(used=(when < self.as_of).sum(), after=(when >= self.as_of).sum(), future=future.sum(), first=when.min(),
                                 last=when.max(where=when < self.as_of)).to_pyarrow().to_pylist()[0]
        breaches, quarantine, n_future = opened.breaches, opened.quarantine, counts["future"] or 0
        if n_future:
            breach, file = self._future(kind, table.filter(future), n_future)
            breaches, quarantine = (*breaches, breach), (*quarantine, file)
            judge(self.workspace, kind, opened.source, opened.rows_read, breaches)
        names = [n for n in table.columns if not n.startswith("_")]
        return TableStamp(
            table=kind, source=opened.source, rows_read=opened.rows_read, rows_used=counts["used"] or 0, rows_set_aside=sum(b.rows for b in breaches),
            rows_after_as_of=(counts["after"] or 0) - n_future, first=counts["first"], last=counts["last"], notes=opened.notes, sha256=opened.sha256,
            reasons=tuple((b.reason, b.rows) for b in breaches), quarantine=", ".join(f"{self.context.store.name}/tables/{q}" for q in quarantine),
            columns=tuple((n, str(table.schema()[n])) for n in names))

    def _future(self, kind: str, rows: "ir.Table", count: int) -> tuple[Breach, str]:
        column, reason = contract(kind).time, f"{contract(kind).time} lies in the future"
        label = rows["_row"].cast("string") if "_row" in rows.columns else rows[rows.columns[0]].cast("string")
        found = rows.select(row=label, value=rows[column].cast("string")).order_by("value", "row").limit(100_000).to_pyarrow().to_pylist()
        name = f"{kind}-{hashlib.sha256(json.dumps(found).encode()).hexdigest()[:16]}.future.csv"
        write_aside(self.context.store / "tables" / name, [(r["row"], column, r["value"], reason) for r in found])
        return Breach(column, reason, count, tuple((r["row"], r["value"]) for r in found[:3]), "a date in the past"), name

    def breaches(self) -> dict[str, tuple[Breach, ...]]:
        """List what was set aside, by table."""
        return {kind: opened.breaches for kind, opened in self._opened.items()}


class Replay(Desk):
    """A desk whose tables have no rows and whose reads come from the store, as a record lists them; no source is touched."""

    def __init__(self, context: Context, lead: str, others: tuple[str, ...]) -> None:
        import ibis

        assert context.replay is not None
        record = json.loads(context.replay.read_text(encoding="utf-8"))
        self.context, self.lead, self._queries = context, lead, []
        self.workspace = load(context.workspace).with_sources(context.sources)
        self.store = Store(context.store)
        stamps = {t["table"]: t for t in record["tables"]}
        self._tables = {kind: _table_stamp(stamps[kind]) for kind in (lead, *others) if kind in stamps}
        self._bases = {kind: ibis.table(dict(stamp.columns), name=kind) for kind, stamp in self._tables.items()}
        self._recorded = {q["key"]: q["sha256"] for q in record["queries"]}
        self.as_of = context.as_of or datetime.fromisoformat(record["as_of"])

    def _result(self, expr: "ir.Table", key: str) -> "pa.Table":
        if key not in self._recorded:
            raise InputError("the recorded run did not ask this query: the notebook, the package or a parameter has changed since; run the report from its sources.")
        return self.store.get(self._recorded[key])


def _cut(table: "ir.Table", rules: Contract, as_of: datetime) -> "ir.Table":
    import ibis

    kept = table.filter(table[rules.time].cast("timestamp") < ibis.literal(as_of))
    later = {c: (kept[c].cast("timestamp") < ibis.literal(as_of)).ifelse(kept[c], ibis.null(kept[c].type())) for c in rules.hidden_until if c in kept.columns}
    return kept.mutate(**later)


def _table_stamp(values: dict[str, Any]) -> TableStamp:
    known = {k: v for k, v in values.items() if k != "kind"}
    for name in ("first", "last"):
        known[name] = datetime.fromisoformat(known[name]) if known[name] else None
    return TableStamp(**known | {"reasons": tuple(map(tuple, known["reasons"])), "notes": tuple(known["notes"]), "columns": tuple(map(tuple, known["columns"]))})

