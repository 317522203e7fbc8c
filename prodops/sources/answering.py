"""Questions that no one engine can answer: tables of several engines are brought together, and what an engine lacks is refused by name."""

import re
from typing import TYPE_CHECKING

from prodops.errors import InputError
from prodops.sources.engine import fetch

if TYPE_CHECKING:
    import ibis.expr.operations as ops
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

MOST_ROWS = 1_000_000
"""Rows that are fetched from one engine to be put beside another's."""
INSTEAD = "keep its rows in a file (Parquet, say) and name that as the table's source"


def in_one_engine(expr: "ir.Table", con: "Backend", name: str) -> "ir.Table":
    """Give a question whose tables lie in several engines to the engine within: each other engine answers its own part first.

    A question to one engine is given back as it is. Raises :class:`InputError` where a part has too many rows to be fetched.
    """
    import ibis

    if len(expr._find_backends()[0]) < 2:
        return expr
    parts = {part: part.to_expr() for part in _parts(expr.op()) if part.to_expr()._find_backends()[0] != [con]}
    fetched = {}
    for part, table in parts.items():
        rows = fetch(table.limit(MOST_ROWS + 1))
        if len(rows) > MOST_ROWS:
            engine = table._find_backends()[0][0].name
            raise InputError(
                f'{name}: the tables lie in different engines, and "{engine}" would have to give more than {MOST_ROWS:,} rows; {INSTEAD}.'
            )
        fetched[part] = ibis.memtable(rows, schema=part.schema).op()
    return expr.op().replace(fetched).to_expr()


def _parts(node: "ops.Node") -> "list[ops.Relation]":
    """List the largest parts of a question that one engine can answer."""
    import ibis.expr.operations as ops

    if isinstance(node, ops.Relation) and not isinstance(node, ops.JoinReference):
        engines = len(node.to_expr()._find_backends()[0])
        if engines < 2:
            return [node] if engines else []
    found = [part for child in node.__children__ for part in _parts(child)]
    return list(dict.fromkeys(found))


def check_able(fault: Exception, expr: "ir.Table", name: str) -> None:
    """Say which engine lacks what a question needs; does nothing for other faults. Raises :class:`InputError`."""
    from ibis.common.exceptions import OperationNotDefinedError, UnsupportedOperationError

    if not isinstance(fault, OperationNotDefinedError | UnsupportedOperationError):
        return
    lacks = re.search(r"rule for '?(?:\S*\.)?(\w+)'?", str(fault))
    said = f'it has no "{lacks[1]}"' if lacks else " ".join(str(fault).split())[:120]
    engine = expr._find_backends()[0][0].name
    raise InputError(f'{name}: the engine "{engine}" cannot answer this ({said}); {INSTEAD}.') from None
