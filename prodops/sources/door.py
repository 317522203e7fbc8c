"""The door: raw values in, checked columns out, and each row that cannot be used with its reason.

Everything is Ibis over the raw table, so the engine does the work: types, ranges, keys and reasons are columns. Only
files are read as text; databases have types already, and what fits stays in them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from prodops.errors import InputError
from prodops.sources.columns import Matched
from prodops.sources.faults import FILE, HEADER_AGAIN, ROW, Wrong, explain, judged, part, wrong
from prodops.sources.masking import Masking
from prodops.sources.raw import Raw
from prodops.sources.survey import Survey
from prodops.sources.values import Reading, column_of, is_of_type, joined, own_type, to_text, typed
from prodops.tables import Column, ColumnType, Contract
from prodops.workspace import TableSource

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

SHOWN = 400
"""Characters of a value that are set aside; what is kept is masked first, and cut shorter then."""
Values = dict[str, "ir.Value"]


@dataclass(frozen=True)
class Passed:
    """What came through: the typed rows (``_file``, ``_row`` and columns), and the rows that do not fit with their fault."""

    fit: "ir.Table"
    faults: "ir.Table"
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Looked:
    """One file's raw table, looked over but not checked yet; ``label`` tells it from the other files, empty where it is alone."""

    table: "ir.Table"
    values: "Values"
    survey: Survey
    header_again: "ir.BooleanValue | None"
    label: str
    decimal_comma: bool
    notes: tuple[str, ...]


def look(con: "Backend", rules: Contract, source: TableSource, raw: Raw, matched: Matched, label: str) -> Looked:
    """Gather a file's values under our names and look them over."""
    import ibis

    table = con.read_parquet(str(raw.path))
    place = dict(zip(raw.columns, table.columns[raw.numbered :], strict=True))
    table = table if raw.numbered else table.mutate(**{ROW: ibis.row_number() + 1})
    table, values = _gather(table, {ours: [place[n] for n in theirs] for ours, theirs in matched.columns.items()}, source)
    values = {name: value if is_of_type(column_of(rules, name), value) else to_text(value) for name, value in values.items()}
    values, notes = _with_ids(rules, values, ibis.literal(f"{label} row " if label else "row ") + table[ROW].cast("string"))
    header = [table[place[name]].strip() == name for name in matched.wanted] if raw.numbered else []
    again = ibis.and_(*header) if len(header) > 1 else None
    return Looked(table, values, Survey(con, table, values, rules), again, label, raw.decimal_comma, (*matched.notes, *notes))


def settle_dimensions(files: Iterable[Looked]) -> dict[str, ColumnType]:
    """Give each column beyond the contract one type for all files: text, where they differ."""
    found: dict[str, set[ColumnType]] = {}
    for file in files:
        for name, kind in file.survey.dimensions.items():
            found.setdefault(name, set()).update({kind} if kind else ())
    return {name: next(iter(kinds)) if len(kinds) == 1 else "text" for name, kinds in found.items()}


def check_file(
    file: Looked, rules: Contract, source: TableSource, zone: str, dimensions: Mapping[str, ColumnType], masking: Masking
) -> Passed:
    """Type a file's rows, mask what identifies people, and tell the rows that fit from those that do not."""
    import ibis

    source_zone = source.time_zone or zone
    columns = [column_of(rules, name) or Column(name, dimensions[name]) for name in file.values]
    readings = [file.survey.read(column, source, source_zone, decimal_comma=file.decimal_comma) for column in columns]
    given, faults = _typed(readings, file.values, zone, source_zone)
    for column in columns:
        if masking.applies_to(column, known=column_of(rules, column.name) is not None):
            given[column.name] = masking.value(column, given[column.name])
    if file.header_again is not None:
        given["_header"] = file.header_again
        faults.insert(0, ("", HEADER_AGAIN, lambda t: t["_header"]))
    # kept as a table, as the engine would otherwise work out each value anew for each thing that can be wrong with it
    made = file.table.select(ROW, **given).mutate(**{FILE: ibis.literal(file.label)})
    table = file.survey.con.create_table(f"typed_{uuid4().hex}", made, temp=True)
    table = file.survey.con.create_view(f"judged_{uuid4().hex}", judged(table, faults))
    fit, unfit = part(table, file.values)
    shown = file.table.select(ROW, _value_=ibis.literal(""), **_shown(file.values))
    explained = explain(unfit.select(FILE, ROW, "_fault").join(shown, ROW), faults)
    return Passed(fit, explained, (*file.notes, *(note for reading in readings for note in reading.notes)))


def check_table(raw: "ir.Table", rules: Contract, source: TableSource, zone: str, matched: Matched) -> Passed:
    """Do the same with a database's table, all of it in the database; raises :class:`InputError` for a column of a wrong type."""
    import ibis

    raw, values = _gather(raw, matched.columns, source)
    order = [value for name, value in values.items() if name in (*rules.key, rules.time)]
    number = ibis.row_number().over(ibis.window(order_by=order)) + 1
    values, notes = _with_ids(rules, values, None if "id" in values else ibis.literal("row ") + number.cast("string"))
    readings = [Reading(column_of(rules, name) or Column(name, own_type(value)), mend=False) for name, value in values.items()]
    for column in (reading.column for reading in readings):
        value = values[column.name]
        if column.type != "text" and not is_of_type(column, value):
            kind = "text" if value.type().is_string() else value.type()
            said = f"{rules.name}.{column.name} is {kind} in the database, and must be {column.expected}"
            raise InputError(f"{said}: cast it in the workspace (sql: …).")
    columns, faults = _typed(readings, values, zone, zone)
    table = raw.select(**{ROW: number}, **columns, **_shown(values)).mutate(**{FILE: ibis.literal("")})
    fit, unfit = part(judged(table, faults), values)
    return Passed(fit, explain(unfit, faults), (*matched.notes, *notes))


def _typed(readings: Iterable[Reading], values: "Values", zone: str, source_zone: str) -> "tuple[Values, list[Wrong]]":
    """Give every column typed, and all that can be wrong with them."""
    columns: Values = {}
    faults: list[Wrong] = []
    for reading in readings:
        columns |= typed(reading, values[reading.column.name], zone, source_zone)
        faults += wrong(reading.column, reading.unclear)
    return columns, faults


def _gather(table: "ir.Table", matched: Mapping[str, Sequence[str]], source: TableSource) -> "tuple[ir.Table, Values]":
    """Give each of our columns from the source's, and the constants, which become columns of the table."""
    import ibis

    if source.constants:
        table = table.mutate(**{f"_constant_{name}": ibis.literal(value) for name, value in source.constants.items()})
    values = {name: joined([table[n] for n in theirs], "\n" if name == "text" else " ") for name, theirs in matched.items()}
    return table, values | {name: table[f"_constant_{name}"] for name in source.constants}


def _with_ids(rules: Contract, values: "Values", made: "ir.StringValue | None") -> "tuple[Values, tuple[str, ...]]":
    """Give rows without an id one made from their number, where the contract has an id."""
    import ibis

    if rules.key != ("id",) or made is None:
        return values, ()
    if "id" in values:
        return values | {"id": ibis.coalesce(values["id"].strip().nullif(""), made)}, ()
    return {"id": made, **values}, ("the table has no id: one is made from each row's number",)


def _shown(values: "Values") -> "Values":
    return {f"_value_{name}": value.cast("string").substr(0, SHOWN) for name, value in values.items()}
