"""One column's values: gathered from the source's columns, and turned into what the contract says they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodops.sources.engine import builtin
from prodops.sources.times import local, read_time
from prodops.tables import Column, ColumnType, Contract

if TYPE_CHECKING:
    import ibis.expr.types as ir

MAX_TEXT = 100_000
MISSING_WORDS = ("NA", "N/A", "n/a", "null", "NULL", "None", "?", "-")
"""Read as missing where a number, date or time is optional; in text columns they stay what they are."""
NUMBER = r"(?i)^[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d{1,4})?|nan|inf|infinity)$"
PROSE = ("text", "comment", "description")
"""Columns whose blanks are kept as they are; those of names and ids are trimmed."""


@dataclass(frozen=True)
class Reading:
    """How one column is read: what it is, and for text the formats of its dates, whether some is too long, the decimal mark.

    ``mend`` where texts are normalised and trimmed, which only the embedded engine can. ``unclear`` says why dates cannot
    be told, where they cannot; ``notes`` what else the reader should know.
    """

    column: Column
    formats: tuple[str, ...] = ()
    long: bool = False
    decimal_comma: bool = False
    mend: bool = True
    unclear: str = ""
    notes: tuple[str, ...] = ()


def column_of(rules: Contract, name: str) -> Column | None:
    """Find a column of the contract; nothing for a name beyond it."""
    return next((c for c in rules.columns if c.name == name), None)


def own_type(value: "ir.Value") -> ColumnType:
    """Tell which of our types a source's own type is nearest to."""
    kind = value.type()
    return "number" if kind.is_numeric() and not kind.is_boolean() else "time" if kind.is_timestamp() or kind.is_date() else "text"


def is_of_type(column: Column | None, value: "ir.Value") -> bool:
    """Tell whether a source's own type serves a column as it is; one beyond the contract may be a number, a time or text."""
    if value.type().is_string():
        return column is None or column.type == "text"
    if column is None:
        return own_type(value) != "text"
    return own_type(value) == {"date": "time", "integer": "number", "money": "number"}.get(column.type, column.type)


def joined(values: "Sequence[ir.Value]", between: str) -> "ir.Value":
    """Join several source columns into one text; empty ones are left out."""
    import ibis

    if len(values) == 1:
        return values[0]
    return builtin("concat_ws", "string", sep="string", **{f"v{i}": "string" for i in range(len(values))})(
        ibis.literal(between), *(to_text(v).nullif("") for v in values)
    )


def to_text(value: "ir.Value") -> "ir.StringValue":
    """Write any value as text; whole numbers without a decimal point, as ids kept as floats are meant so."""
    if not value.type().is_floating():
        return value if value.type().is_string() else value.cast("string")
    whole = (value == value.floor()) & (value.abs() < 1e15)
    return whole.ifelse(value.cast("int64").cast("string"), value.cast("string"))


def typed(reading: Reading, value: "ir.Value", zone: str, source_zone: str) -> "Mapping[str, ir.Value]":
    """Give one column's typed value and, but for text, whether a value was given at all (as ``_given_NAME``)."""
    import ibis

    column = reading.column
    if column.type == "text":
        return {column.name: _text(reading, to_text(value))}
    if value.type().is_string():
        value = value.strip()
        absent = value.isnull() | (value == "")
        absent = absent if column.required else absent | value.isin(MISSING_WORDS)
    else:
        absent = value.isnull() | value.isnan() if reading.mend and value.type().is_floating() else value.isnull()
    if column.type in ("time", "date"):
        found = read_time(value, reading.formats, zone, source_zone) if value.type().is_string() else local(value, zone)
        found = found.cast("date") if column.type == "date" else found
    else:
        found = _number(reading, value)
    return {column.name: absent.ifelse(ibis.null(found.type()), found), f"_given_{column.name}": ~absent}


def _text(reading: Reading, value: "ir.StringValue") -> "ir.StringValue":
    if not reading.mend:
        return value.nullif("")
    normal = builtin("nfc_normalize", "string", text="string")(value.left(MAX_TEXT) if reading.long else value)
    return normal if reading.column.name in PROSE else normal.strip().nullif("")


def _number(reading: Reading, value: "ir.Value") -> "ir.FloatingValue":
    import ibis

    if not value.type().is_string():
        return value.cast("float64")
    plain = value.replace(",", ".") if reading.decimal_comma else value
    return ibis.cases((plain.re_search(NUMBER), plain.try_cast("float64")))
