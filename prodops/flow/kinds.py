"""What this room needs of the door to data, and what it is given: moves of work items as an Ibis table or a frame."""

from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeAlias

from prodops.errors import InputError, did_you_mean
from prodops.workspace import Workspace

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    Rows: TypeAlias = "ir.Table | pd.DataFrame"

DIMENSIONS = ("type", "team", "launch")
"""Columns of an item that measures can be sliced by; an item has the last one known of each."""


class Desk(Protocol):
    """The door to data; ``sources.Desk`` is one. Without it a question goes to the engine that holds the rows."""

    @property
    def as_of(self) -> datetime: ...
    @property
    def workspace(self) -> Workspace: ...
    def read(self, expr: "ir.Table", *, name: str) -> "pd.DataFrame": ...


def table_of(rows: "Rows", columns: dict[str, str], what: str) -> "ir.Table":
    """Give rows as a table of these columns and Ibis types; optional ones (with a ``?``) are missing throughout where they are not there.

    Raises InputError with the near miss for a column that must be there.
    """
    import ibis

    table = rows if isinstance(rows, ibis.expr.types.Table) else _given(rows, what)
    found = {}
    for name, asked in columns.items():
        kind, optional = asked.removesuffix("?"), asked.endswith("?")
        if name not in table.columns and not optional:
            raise InputError(f'{what} have no column "{name}".{did_you_mean(name, table.columns)} They have {", ".join(table.columns)}.')
        column = table[name] if name in table.columns else ibis.null(kind)
        if kind == "timestamp" and getattr(column.type(), "timezone", None):
            raise InputError(f'"{name}" carries a time zone; give wall-clock times of one zone: .dt.tz_convert(zone).dt.tz_localize(None).')
        found[name] = column if str(column.type()) == kind else column.cast(kind)
    return table.select(**found)


def _given(frame: "pd.DataFrame", what: str) -> "ir.Table":
    """Give a frame to an engine by way of Arrow, which knows missing values from others."""
    import ibis
    import pyarrow as pa

    try:
        return ibis.memtable(pa.Table.from_pandas(frame, preserve_index=False))
    except pa.ArrowException as fault:
        raise InputError(f"{what} cannot be read as a table: {' '.join(str(fault).split())}; each column needs one type.") from None
