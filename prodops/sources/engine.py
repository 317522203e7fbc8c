"""The embedded engine (DuckDB behind Ibis): how it is opened, and those of its functions that Ibis has no word for."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from inspect import Parameter, Signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd
    import pyarrow as pa
    from ibis.backends.duckdb import Backend

_SETTINGS = (
    "autoinstall_known_extensions = false",
    "autoload_known_extensions = false",
    "enable_progress_bar = false",
    "threads = 1",  # the order in which floats are added, and so their last digit, is the same each time
)


def connect_engine(spill_to: Path) -> "Backend":
    """Open an engine of our own that loads no extension and spills to the folder ``spill_to``."""
    import ibis

    con = ibis.duckdb.connect()
    for setting in (*_SETTINGS, f"temp_directory = {quoted(str(spill_to))}"):
        con.raw_sql(f"SET {setting}")
    return con


def quoted(text: str) -> str:
    """Write a text as SQL does."""
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def quiet() -> Iterator[None]:
    """Keep from our users what the libraries below have to say to each other about coming versions."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        yield


def fetch(expr: "ir.Table") -> "pa.Table":
    """Run a query and give its rows."""
    with quiet():
        return expr.to_pyarrow()


class Reader(Protocol):
    """What records a question and its answer; ``sources.Desk`` is one."""

    def read(self, expr: "ir.Table", *, name: str) -> "pd.DataFrame": ...


def answer(expr: "ir.Table", name: str, desk: Reader | None) -> "pd.DataFrame":
    """Run a query: by the desk, which stamps and keeps it, or else by the engine that holds its rows."""
    return desk.read(expr, name=name) if desk else fetch(expr).to_pandas()


def named(con: "Backend", name: str, table: "ir.Table") -> "ir.Table":
    """Let the engine know a table by a name alone, as the SQL that we record does."""
    import ibis.expr.operations as ops

    with quiet():
        con.create_view(name, table)
    return ops.DatabaseTable(name, schema=table.schema(), source=con, namespace=ops.Namespace()).to_expr()


def run(con: "Backend", sql: str, expr: "ir.Table") -> "pa.Table":
    """Run the SQL that an expression was written as, and give its rows in the expression's types."""
    from ibis.backends.duckdb.converter import DuckDBPyArrowData

    with quiet():
        return expr.__pyarrow_result__(con.con.sql(sql).to_arrow_table(), data_mapper=DuckDBPyArrowData)


def fetch_row(expr: "ir.Table") -> dict[str, Any]:
    """Run a query of one row, such as an aggregate, and give that row."""
    return dict(fetch(expr).to_pylist()[0])


def builtin(name: str, returns: object, **takes: object) -> "Callable[..., ir.Value]":
    """Name one of the engine's own functions."""
    import ibis

    def function(*_: object) -> None: ...

    function.__signature__ = Signature([Parameter(n, Parameter.POSITIONAL_OR_KEYWORD) for n in takes])  # type: ignore[attr-defined]
    return ibis.udf.scalar.builtin(function, name=name, signature=(tuple(takes.values()), returns))


def union(tables: "Sequence[ir.Table]") -> "ir.Table":
    """Put tables under each other; a column that one lacks is missing there."""
    import ibis

    types: dict[str, object] = {name: kind for table in reversed(tables) for name, kind in table.schema().items()}
    aligned = [table.select(**{n: table[n].cast(t) if n in table.columns else ibis.null(t) for n, t in types.items()}) for table in tables]
    return ibis.union(*aligned) if len(aligned) > 1 else aligned[0]
