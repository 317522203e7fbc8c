"""Which slice a person or an event is in, by the value of one column."""

import ibis
import ibis.expr.types as ir

from prodops.kpis.behaviour.events import column_of
from prodops.kpis.compile import NONE, slice_of

ALL = ""
"""The slice of all people together."""


def sliced(rows: "ir.Table", by: str) -> "ir.Table":
    """Add each event's own ``slice``: its value as text, ``(none)`` where it is missing; raises InputError for an unknown column."""
    column_of(rows, by)
    return rows.mutate(slice=slice_of(rows, (by,)))


def earliest(rows: "ir.Table", *keys: str) -> "ir.Table":
    """Give the first ``at`` and its ``slice`` for each value of the keys; of slices at the same instant the least known one."""
    found = rows.group_by(*keys, "slice").agg(at=rows["at"].min())
    place = ibis.row_number().over(group_by=keys, order_by=["at", found.slice == NONE, "slice"])
    return found.mutate(_place=place).filter(lambda t: t._place == 0).drop("_place")


def with_first_value(rows: "ir.Table", by: str) -> "ir.Table":
    """Put each event in the ``slice`` of the first value that its person ever had; ``(none)`` where there never was one."""
    known = sliced(rows, by)
    first = earliest(known.filter(known.slice != NONE), "person").select(_person="person", _slice="slice")
    both = rows.left_join(first, rows.person == first._person)
    return both.mutate(slice=both._slice.fill_null(NONE)).drop("_person", "_slice")


def in_slices(rows: ir.Table, by: str | None, by_value: str) -> list[ir.Table]:
    """Give the rows all together and, with ``by``, once more with a ``slice``: each event's own value, or its person's ``first``."""
    if by is None:
        return [rows]
    return [rows, with_first_value(rows, by) if by_value == "first" else sliced(rows, by)]


def person_of(rows: ir.Table) -> list[str]:
    """Give the columns that tell people apart: within a slice, where rows are sliced."""
    return [c for c in ("person", "slice") if c in rows.columns]


def all_in_one(table: ir.Table) -> ir.Table:
    """Say of rows without a slice that they are of all people."""
    return table if "slice" in table.columns else table.mutate(slice=ibis.literal(ALL))
