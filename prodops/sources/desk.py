"""The desk: one report's view of its tables, cut at ``as_of``, with every read recorded and kept."""

import hashlib
import json
from collections.abc import Callable, Container, Mapping, Sequence
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prodops import taxonomies
from prodops.errors import InputError, NoData, did_you_mean, shorten
from prodops.sources.answering import check_able, in_one_engine
from prodops.sources.aside import Breach
from prodops.sources.context import RUN_VARIABLE, Context
from prodops.sources.engine import connect_engine, fetch, fetch_row, named, run
from prodops.sources.masking import masking
from prodops.sources.opened import Opened, cut, open_files, open_remote, stamp, with_future_set_aside
from prodops.sources.remote import Remote
from prodops.sources.store import Store, canonical
from prodops.stamps import PublishedStamp, QueryStamp, Scope, SettingsStamp, Stamp, Stamps, TableStamp, day_words
from prodops.tables import contract
from prodops.workspace import Workspace, last_periods, load, read_yaml

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd
    import pyarrow as pa

    from prodops.sources.model import Answer, Ask, Message
    from prodops.sources.others import What

__all__ = ["RUN_VARIABLE", "Context", "Desk", "connect"]


def connect(lead: str, *others: str, either: bool = False, context: Context | None = None) -> "Desk":
    """Open the tables of a report: ``lead`` must be there, the others are taken where the workspace has them.

    With ``either`` no single one must be there: the first that the workspace has leads. A report's own file may name another lead
    than its notebook. Where no as-of is given it is the midnight after the lead table's latest row. Raises :class:`InputError` or
    :class:`WorkspaceError` for what cannot be used.
    """
    context = context or Context.here()
    kinds = tuple(dict.fromkeys([context.lead or lead, lead, *others]))
    for kind in kinds:
        contract(kind)
    if context.replay:
        from prodops.sources.replay import Replay

        return Replay(context, kinds, either=either)
    workspace = load(context.workspace).with_sources(context.sources)
    lead, *rest = led(kinds, workspace.tables, context, either=either)
    if lead not in workspace.tables:
        raise InputError(
            f'{workspace.file.name}: this report needs the table "{lead}"; name its source under tables: {lead}: …, or give '
            f"--source {lead}=FILE.{did_you_mean(lead, workspace.tables)}"
        )
    return Desk(context, workspace, lead, tuple(rest))


def led(kinds: tuple[str, ...], known: Container[str], context: Context, *, either: bool) -> tuple[str, ...]:
    """Put the table that leads first: the one that is named, or with ``either`` the first that is known."""
    return tuple(sorted(kinds, key=lambda kind: kind not in known)) if either and not context.lead else kinds


class Desk:
    """A report's tables; end a cell with it to show what came in, and with ``desk.queries`` to show what was read."""

    as_of: datetime
    workspace: Workspace

    def __init__(self, context: Context, workspace: Workspace, lead: str, others: tuple[str, ...]) -> None:
        self.context, self.workspace, self.lead = context, workspace, lead
        self.store = Store(context.store)
        self._con = connect_engine(context.store)
        self._remote = Remote(workspace)
        self._queries, self._settings = list[QueryStamp](), list[SettingsStamp]()
        self._opened = {kind: self._open(kind) for kind in dict.fromkeys((lead, *others)) if kind in workspace.tables}
        self.as_of = context.as_of or _latest(self._opened[lead], context.before)
        if not context.as_of_given:
            self._opened[lead] = with_future_set_aside(self._opened[lead], workspace, self.as_of)
        self._bases: Mapping[str, ir.Table] = {kind: self._base(opened) for kind, opened in self._opened.items()}
        self._tables = {kind: stamp(opened, self.as_of) for kind, opened in self._opened.items()}
        self._begin()

    # ------------------------------------------------------------------------------------------------------ reading
    def has(self, kind: str) -> bool:
        """Tell whether the workspace has this table for this report."""
        return kind in self._tables

    def table(self, kind: str) -> "ir.Table":
        """Give a checked table as Ibis, without the rows at or after ``as_of``; later times within rows read as missing."""
        if kind not in self._tables:
            raise InputError(f'this report opened no table "{kind}"; it has {", ".join(self._tables)}.')
        return cut(self._bases[kind], contract(kind), self.as_of)

    def only(self, kind: str, **wanted: str) -> "ir.Table":
        """Give the rows of a table that have these values in their columns; an empty value asks for all.

        Raises :class:`InputError` for a column that the table lacks, :class:`NoData` for a value that none of its rows has, each
        with the near miss.
        """
        table = self.table(kind)
        for column, value in wanted.items():
            if not value:
                continue
            if column not in table.columns:
                raise InputError(f"{kind} has no column {shorten(column)}.{did_you_mean(column, table.columns)}")
            known = self.read(table.group_by(column).agg().order_by(column), name=f"{kind}: {column}")[column].dropna().astype(str)
            if value not in set(known):
                raise NoData(f"There is no {kind} with {column} {shorten(value)}.{did_you_mean(value, known)}")
            table = table.filter(table[column].cast("string") == value)
        return table

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
        name = name or (what if isinstance(what, str) else "query")
        result = self._result(expr, sql, key, name)
        self._keep(name, sql, key, result)
        return result.to_pandas()

    def kept(self, name: str, given: Mapping[str, Any], make: "Callable[[], pd.DataFrame]") -> "pd.DataFrame":
        """Give what ``make`` works out, from the store where another report has worked it out before by the same code from the same.

        ``given`` names all that it is made of, as plain values, that of reads by :meth:`digest`. Recorded nowhere, as it follows from these.
        """
        from prodops.sources.worked import once

        return once(self.store, name, given, make).to_pandas()

    def digest(self, name: str) -> str:
        """Give the SHA-256 of what was last read under a name; raises :class:`InputError` where nothing was."""
        found = [query.sha256 for query in self._queries if query.name == name]
        if not found:
            raise InputError(f'nothing was read under the name {shorten(name)}; read it first: desk.read(…, name="{name}").')
        return found[-1]

    def has_rows(self, kind: str, *, since: datetime) -> bool:
        """Tell whether a table has a row from ``since`` up to ``as_of``."""
        table = self.table(kind)
        rows = table.filter(table[contract(kind).time] >= since)
        return bool(fetch_row(rows.aggregate(found=rows.count()))["found"])

    def params(self, file: str, *, optional: bool = False) -> dict[str, Any]:
        """Read a YAML file that lies beside the workspace file, ``desk.params("kpis.yaml")``; its values are recorded.

        With ``optional`` a file that is not there has no values, which is recorded too.
        """
        return self._noted(file, lambda path: read_yaml(path) if path.is_file() or not optional else {})

    def taxonomy(self, file: str = taxonomies.FILE) -> dict[str, Any]:
        """Read the themes that people keep beside the workspace file, for ``feedback.find_themes``; its values are recorded.

        Without such a file there are none, which is recorded too.
        """
        return self._noted(file, lambda path: taxonomies.read(path).entries)

    def _noted(self, file: str, read: Callable[[Path], dict[str, Any]]) -> dict[str, Any]:
        values = read(self.workspace.file.parent / file)
        self._note(settings(file, values))
        return values

    @property
    def model(self) -> "Ask | None":
        """The way to ask the language model that the workspace names; none where it names none."""
        return self._ask if self.workspace.model else None

    def publish(self, frame: "pd.DataFrame", *, name: str) -> PublishedStamp:
        """Keep values that this report tells its readers, so that a later run can say what has changed since; end a cell with it."""
        import pyarrow as pa

        table = canonical(pa.Table.from_pandas(frame, preserve_index=False))
        stamp = PublishedStamp(name=name, rows=len(table), sha256=self.store.put(table))
        self._trace(stamp)
        return stamp

    def published(self, name: str) -> "pd.DataFrame":
        """Give what earlier runs of this report and slice kept by :meth:`publish`, oldest first, with ``published_as_of`` before the columns.

        No rows, and no columns, where nothing was published, as in a notebook that no press runs. Results that the store lost are left
        out.
        """
        import pandas as pd

        key = hashlib.sha256(f"published: {name}".encode()).hexdigest()
        table = self._earlier(name, key)
        if table is None:
            return pd.DataFrame()
        self._keep(f"{name}, published before", f"what earlier runs of this report published as {name}", key, table)
        return table.to_pandas()

    def findings(self) -> "pd.DataFrame":
        """Give what the latest good runs of the reports found that this one comes after (``after:`` in its file), a row a finding.

        The columns are ``report``, ``title``, ``slice``, ``label``, ``as_of``, ``page`` (where it lies from this report's page, or empty)
        and those of :class:`Finding`, in the other report's order. No rows where no press runs this, or nothing was found.
        """
        return self._told("findings")

    def reports(self) -> "pd.DataFrame":
        """Tell how the reports stand that this one comes after, a row a slice.

        ``scheduled`` says whether it is due at times, ``state`` is ``ok``, ``no data``, or ``none`` where no run ended well; ``failed`` is the
        as-of of a run that failed since.
        """
        return self._told("reports")

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

    def stamp(self, kind: str) -> TableStamp:
        """Say what came in at the door of one table; raises :class:`InputError` for one that this report did not open."""
        if kind not in self._tables:
            raise InputError(f'this report opened no table "{kind}"; it has {", ".join(self._tables)}.')
        return self._tables[kind]

    @property
    def queries(self) -> Stamps:
        """What was read so far: queries, then files of settings."""
        read: tuple[Stamp, ...] = (*self._queries, *self._settings)
        return Stamps(read)

    def breaches(self) -> dict[str, tuple[Breach, ...]]:
        """List what was set aside, by table."""
        return {kind: opened.breaches for kind, opened in self._opened.items()}

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        return self.tables._repr_mimebundle_()

    # ------------------------------------------------------------------------------------------------------- inside
    def _begin(self) -> None:
        self._trace(*self._tables.values())
        self._note(calendar(self.workspace))

    def _note(self, stamp: SettingsStamp) -> None:
        self._settings.append(stamp)
        self._trace(stamp)

    def _keep(self, name: str, sql: str, key: str, result: "pa.Table") -> None:
        """Keep what a question gave in the store, and record it, so that a replay is given the same."""
        self._queries.append(QueryStamp(name=name, sql=sql, key=key, rows=len(result), sha256=self.store.put(result)))
        self._trace(self._queries[-1])

    def _trace(self, *stamps: Stamp) -> None:
        """Tell the press what was read, as it is read: whether a cell shows it, and whatever ends the run."""
        if self.context.trace:
            with open(self.context.trace, "a", encoding="utf-8") as file:
                file.writelines(json.dumps(stamp.to_dict()) + "\n" for stamp in stamps)

    def _open(self, kind: str) -> Opened:
        folder = self.context.store / "tables"
        if self._is_elsewhere(kind):
            return open_remote(kind, self.workspace, folder, self._remote)
        return open_files(kind, self.workspace, folder, self._con)

    def _base(self, opened: Opened) -> "ir.Table":
        """Give a table as reports see it; our own engine knows it by its kind, so that it can run the SQL that we record."""
        return opened.base if self._is_elsewhere(opened.kind) else named(self._con, opened.kind, opened.base)

    def _sql(self, expr: "ir.Table") -> str:
        """Write a query as DuckDB's SQL over our tables' names: the same question is the same text, whatever source answers it."""
        import ibis

        ours = {base.op(): ibis.table(base.schema(), name=kind).op() for kind, base in self._bases.items() if self._is_elsewhere(kind)}
        known = expr.op().replace(ours).to_expr() if ours else expr
        return str(ibis.to_sql(known, dialect="duckdb", pretty=False))

    def _is_elsewhere(self, kind: str) -> bool:
        return self.workspace.tables[kind].is_url

    def _result(self, expr: "ir.Table", sql: str, key: str, name: str) -> "pa.Table":
        try:
            if self._runs_as_recorded(expr):
                return self._masked(canonical(run(self._con, sql, expr)))
            return self._masked(canonical(fetch(in_one_engine(expr, self._con, name))))
        except InputError:
            raise
        except Exception as fault:
            check_able(fault, expr, name)
            remote = next((s for s in self.workspace.tables.values() if s.is_url), None)
            if remote is None:
                raise
            raise self._remote.error(remote, fault) from None

    def _runs_as_recorded(self, expr: "ir.Table") -> bool:
        """Whether a query asks our own engine for our own tables and nothing else, such as functions or rows of Python's."""
        import ibis.expr.operations as ops

        ours = {base.op() for kind, base in self._bases.items() if not self._is_elsewhere(kind)}
        return set(expr.op().find((ops.PhysicalTable, ops.SQLQueryResult, ops.ScalarUDF, ops.AggUDF))) <= ours

    def _earlier(self, name: str, key: str) -> "pa.Table | None":
        from prodops.sources.published import earlier

        return earlier(self.store, self.context.published, name)

    def _told(self, what: "What") -> "pd.DataFrame":
        key = hashlib.sha256(f"other reports: {what}".encode()).hexdigest()
        table = self._others(what, key)
        if self._was_told(key):
            self._keep(f"other reports: {what}", f"{what} of the reports that this one comes after", key, table)
        return table.to_pandas()

    def _was_told(self, key: str) -> bool:
        return self.context.found is not None

    def _others(self, what: "What", key: str) -> "pa.Table":
        from prodops.sources.others import read

        return canonical(read(self.context.found, what))

    def _ask(self, requests: "Sequence[Sequence[Message]]") -> "list[Answer]":
        """Ask the model; its answers, and the reasons why there are none, are recorded and kept as a query's result is."""
        from prodops.sources.model import asked

        settings = self.workspace.model
        assert settings
        key = asked(settings, requests)
        result = self._answers(requests, key)
        self._keep("language model", f"{len(requests):,} requests to the language model {settings.name}", key, result)
        return [(str(row["text"]), str(row["fault"])) for row in result.to_pylist()]

    def _answers(self, requests: "Sequence[Sequence[Message]]", key: str) -> "pa.Table":
        import pyarrow as pa

        from prodops.sources.model import Model

        assert self.workspace.model
        given = Model(self.workspace.model, self.context.store).answers(requests)
        return canonical(
            pa.table(
                {"text": pa.array([text for text, _ in given], pa.string()), "fault": pa.array([fault for _, fault in given], pa.string())}
            )
        )

    def _masked(self, result: "pa.Table") -> "pa.Table":
        """Mask what databases gave; what came from files was masked at the door."""
        remote = [kind for kind in self._opened if self._is_elsewhere(kind)]
        for mask in {mask.edition: mask for mask in (masking(self.workspace, kind) for kind in remote)}.values():
            result = mask.result(result, tuple(map(contract, self._opened)))
        return result

    def _require_rows(self) -> None:
        lead = self._tables[self.lead]
        if lead.rows_used:
            return
        if lead.rows_read and lead.first and lead.first >= self.as_of:
            first = f"the first row is of {day_words(lead.first)} ({lead.rows_read:,} rows read)"
            raise NoData(f"There is no {self.lead} before {day_words(self.as_of)}: {first}.")
        found = f"{lead.rows_read:,} rows read from {lead.source}, {lead.rows_set_aside:,} set aside"
        raise NoData(f"There is no {self.lead} to report on: {found}.")


def settings(file: str, values: Mapping[str, Any]) -> SettingsStamp:
    """Record the values of a file of settings."""
    plain = json.loads(json.dumps(values, default=str))
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return SettingsStamp(file=file, sha256=hashlib.sha256(text.encode()).hexdigest(), values=plain)


def calendar(workspace: Workspace) -> SettingsStamp:
    """Record what the workspace says of time and money; where its tables lie is said by their own stamps."""
    return settings(
        workspace.file.name, workspace.model_dump(include={"time_zone", "week_start", "currency", "country"}, exclude_none=True)
    )


def _latest(lead: Opened, before: datetime | None) -> datetime:
    """Find the as-of that fits the data: the midnight after the latest row, or today's where that is later."""
    last = lead.when.max(where=lead.when < before) if before else lead.when.max()
    found = fetch_row(lead.table.aggregate(last=last))["last"]
    day = datetime.combine(found.date() + timedelta(days=1), time()) if found else before or datetime(1970, 1, 2)
    return min(day, datetime.combine(before.date(), time())) if before else day
