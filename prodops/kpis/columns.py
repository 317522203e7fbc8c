"""The columns that KPIs ask for, held against the tables that this workspace has."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from prodops.errors import DefinitionError, did_you_mean
from prodops.kpis import compile as sql
from prodops.kpis.aggregates import Measure, Rows
from prodops.kpis.book import KpiBook
from prodops.kpis.kinds import FLAGS, SPELLS, TABLES, Desk, kind_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

Tables = dict[str, "ir.Table"]
"""Open tables by the name a KPI gives them."""


def open_tables(desk: Desk, book: KpiBook) -> Tables:
    """Open what the book reads and the workspace has."""
    return {kind: sql.open_table(desk, kind) for kind in sorted(book.reads(book.order)) if desk.has(TABLES[kind])}


def lacking(tables: Tables, book: KpiBook, name: str) -> str:
    """Say which column that a contract knows this workspace's table lacks, or nothing.

    Raises DefinitionError for a column that nobody knows, with the near miss, and for one of a type that the KPI cannot use.
    """
    for key, rows, columns in _uses(book, name):
        table = tables[rows.table]
        added = FLAGS.get(rows.table, ()) if "ended_at" in table.columns else ()
        for column in columns:
            if column in table.columns or column in added:
                continue
            if column in [c.name for c in kind_of(rows.table).columns] or column in FLAGS.get(rows.table, ()):
                return f'{rows.table} has no "{column}" in this workspace'
            raise DefinitionError(
                f'{book.file}, KPI "{name}", key "{key}": {rows.table} has no column "{column}".'
                f"{did_you_mean(column, table.columns)} It has {', '.join(table.columns)}."
            )
        _check_types(book, name, key, rows, sql.with_flags(table, [rows]))
    return ""


def _uses(book: KpiBook, name: str) -> Iterable[tuple[str, Rows, list[str]]]:
    """List what a KPI reads: the key that says so, the rows, and the columns it needs of them."""
    for measure in book.measures(name):
        spell = [SPELLS[measure.table][0]] if measure.at else []
        yield "column", measure, [*([measure.column] if measure.column else []), *_filtered(measure), *spell]
    for kpi in book.conversions(name):
        for part in (kpi.base, kpi.conversion):
            rows = book.rows(part)
            yield "entity", rows, [kpi.entity, *_filtered(rows)]


def _filtered(rows: Rows) -> list[str]:
    return [*(c.column for c in rows.where), rows.moment]


def _check_types(book: KpiBook, name: str, key: str, rows: Rows, table: "ir.Table") -> None:
    place = f'{book.file}, KPI "{name}"'
    try:
        sql.predicate(table, rows.where)
    except DefinitionError as fault:
        raise DefinitionError(f'{place}, key "where": {fault}') from None
    if isinstance(rows, Measure) and rows.column and rows.is_numeric and not table[rows.column].type().is_numeric():
        raise DefinitionError(
            f'{place}, key "{key}": {rows.agg} needs numbers, and "{rows.column}" of {rows.table} is {table[rows.column].type()}.'
        )
    if not table[rows.moment].type().is_temporal():
        raise DefinitionError(f'{place}, key "time": "{rows.moment}" of {rows.table} is {table[rows.moment].type()}, not a time.')


def can_slice(tables: Tables, book: KpiBook, name: str, slicing: tuple[str, ...]) -> bool:
    """Whether every table whose rows a KPI counts has the columns of a slicing."""
    kinds = {m.table for m in book.measures(name)} | {book.rows(c.base).table for c in book.conversions(name)}
    return all(set(slicing) <= set(tables[kind].columns) for kind in kinds)
