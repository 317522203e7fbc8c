"""A first look over a file's text columns, all at once, that settles how each is read."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from prodops.sources import times
from prodops.sources.engine import fetch, fetch_row
from prodops.sources.values import MAX_TEXT, MISSING_WORDS, Reading, column_of, own_type
from prodops.tables import Column, ColumnType, Contract
from prodops.workspace import TableSource

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

PLAIN_NUMBER = r"^[+-]?(0|[1-9]\d*)(\.\d+)?$"
LONGEST_TIME = 60


class Survey:
    """What a file's values look like, column by column."""

    def __init__(self, con: "Backend", table: "ir.Table", values: "Mapping[str, ir.Value]", rules: Contract) -> None:
        self.con, self.table, self.values, self.rules = con, table, values, rules

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many values, by ``column.what``: over-long texts, plain numbers, times with an offset and without, other dates."""
        asked: dict[str, ir.Value] = {}
        for name, value in self.values.items():
            if value.type().is_string():
                asked |= self._asked(name, value.strip())
        row = fetch_row(self.table.aggregate(**asked)) if asked else {}
        return {name: int(count or 0) for name, count in row.items()}

    def _asked(self, name: str, value: "ir.StringValue") -> "dict[str, ir.Value]":
        column = column_of(self.rules, name)
        if column is None or column.type == "text":
            plain = {} if column else {f"{name}.given": (value != "").sum(), f"{name}.plain": value.re_search(PLAIN_NUMBER).sum()}
            return plain | {f"{name}.long": (self.values[name].length() > MAX_TEXT).sum()}
        if column.type not in ("time", "date"):
            return {}
        iso, offset = value.re_search(times.ISO), times.has_offset(value)
        clock = iso & (value.length() > times.LONGEST_DATE)
        return {f"{name}.odd": (~iso & (value != "")).sum(), f"{name}.offset": offset.sum(), f"{name}.local": (clock & ~offset).sum()}

    @property
    def dimensions(self) -> dict[str, ColumnType | None]:
        """The type of each column beyond the contract: numbers where all values are plain numbers; nothing where there is no value."""
        return {name: self._dimension(name, value) for name, value in self.values.items() if column_of(self.rules, name) is None}

    def _dimension(self, name: str, value: "ir.Value") -> ColumnType | None:
        if not value.type().is_string():
            return own_type(value)
        given, plain = self.counts[f"{name}.given"], self.counts[f"{name}.plain"]
        return None if not given else "number" if given == plain else "text"

    def read(self, column: Column, source: TableSource, zone: str, *, decimal_comma: bool) -> Reading:
        """Settle how a column is read; ``zone`` is that of times without an offset."""
        name, value = column.name, self.values[column.name]
        if not value.type().is_string():
            return Reading(column)
        if column.type == "text":
            long = self.counts.get(f"{name}.long", 0)
            said = f"{long:,} value{'s' if long > 1 else ''} of {name} longer than {MAX_TEXT:,} characters truncated to that length"
            return Reading(column, long=long > 0, notes=(said,) if long else ())
        if column.type not in ("time", "date"):
            return Reading(column, decimal_comma=decimal_comma)
        found = self._formats(name, source)
        return Reading(column, found.formats, unclear=found.unclear, notes=(*self._zone_note(name, zone), *found.notes))

    def _formats(self, name: str, source: TableSource) -> times.Formats:
        if source.date_format:
            return times.given_format(self.con, name, source.date_format)
        if not self.counts.get(f"{name}.odd"):
            return times.Formats()
        given = self.values[name].strip().name("v").as_table()
        odd = given.filter(~given.v.re_search(times.ISO), given.v != "", given.v.notin(MISSING_WORDS), given.v.length() < LONGEST_TIME)
        counted = odd.group_by("v").aggregate(n=odd.count())
        # the first by hash are as good as drawn at random, and the same each time
        sample = fetch(counted.order_by(counted.v.hash(), counted.v).limit(times.TRIED))
        return times.find_formats(self.con, name, dict(zip(*(column.to_pylist() for column in sample.columns), strict=True)))

    def _zone_note(self, name: str, zone: str) -> tuple[str, ...]:
        without, carry = self.counts.get(f"{name}.local", 0), self.counts.get(f"{name}.offset", 0)
        said = f"{without:,} times in {name} carry no offset and are read as {zone} time; {carry:,} carry one"
        return (said,) if without and carry else ()
