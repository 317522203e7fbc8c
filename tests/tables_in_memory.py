"""Tables for a test alone, in one engine for all tests: to start an engine takes longer than most questions."""

from functools import cache
from typing import Any

import duckdb
import ibis
import pyarrow as pa
from ibis.backends.duckdb import Backend


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


class Tables(dict[str, Any]):
    """Ibis tables by name, which nobody else sees, and the connection ``con`` that answers questions about them."""

    def __init__(self, **rows: pa.Table) -> None:
        self._own = _engine().cursor()
        self.con: Backend = ibis.duckdb.from_connection(self._own)
        super().__init__({name: self._put(name, table) for name, table in rows.items()})

    def _put(self, name: str, rows: pa.Table) -> Any:
        self._own.register("given", rows)
        self._own.execute(f'CREATE TEMP TABLE "{name}" AS FROM given')
        self._own.unregister("given")
        return self.con.table(name)
