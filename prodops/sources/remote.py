"""Tables that stay in their database: an Ibis table over any connection URL, checked by the engine that holds it.

Whatever a driver says in an error is searched for passwords and the values of environment variables before it is shown.
"""

import weakref
from typing import TYPE_CHECKING

from prodops.errors import InputError, did_you_mean
from prodops.sources import columns
from prodops.sources.door import Passed, check_table
from prodops.sources.engine import quiet
from prodops.sources.environment import Secrets, without_user
from prodops.tables import Contract
from prodops.workspace import TableSource, Workspace

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends import BaseBackend

FILES = ("duckdb", "sqlite")
"""Databases that are one file: its path is taken from the project's folder."""
ALIASES = {"postgresql": "postgres"}
DRIVERS = {"postgres": "prodops[postgres]", "pyspark": "prodops[spark]"}


def describe(source: TableSource) -> str:
    """Name a database source without its credentials or query: ``postgres://host/base table``."""
    return f"{without_user(source.source)} {source.table or '(query)'}"


class Remote:
    """One connection per URL, opened when first needed; errors are one line without secrets."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace, self.secrets = workspace, Secrets()
        self._open: dict[str, BaseBackend] = {}

    def table(self, rules: Contract, source: TableSource) -> Passed:
        """Give the fit rows and the faults of one table, typed by the contract, and what was noted."""
        try:
            raw = self._raw(source)
            matched = columns.match(rules, source, list(raw.columns), describe(source))
            return check_table(raw, rules, source, self.workspace.time_zone, matched)
        except InputError as fault:
            raise InputError(self.secrets.hide(str(fault))) from None
        except Exception as fault:  # drivers raise anything; what they say may hold the URL
            raise self.error(source, fault) from None

    def error(self, source: TableSource, fault: Exception) -> InputError:
        """Put a driver's error into one line without secrets."""
        said = self.secrets.hide(" ".join(str(fault).split()))[:300]
        return InputError(f"{describe(source)}: the database cannot be read: {said} ({type(fault).__name__}).")

    def _raw(self, source: TableSource) -> "ir.Table":
        self.secrets.learn_url(source.source)
        url = self.secrets.fill(source.source)
        self.secrets.learn_url(url)
        con = self._open[url] = self._open.get(url) or _closing(self._connect(source, url))
        if source.sql:
            with quiet():
                return con.sql(self.secrets.fill(source.sql))
        return self._table(con, source)

    def _table(self, con: "BaseBackend", source: TableSource) -> "ir.Table":
        from ibis.common.exceptions import TableNotFound

        schema, _, table = (source.table or "").rpartition(".")
        try:
            return con.table(table, database=schema or None)
        except TableNotFound:
            with quiet():
                near = did_you_mean(table, con.list_tables(database=schema or None))
            raise InputError(f'{describe(source)}: there is no table "{table}".{near}') from None

    def _connect(self, source: TableSource, url: str) -> "BaseBackend":
        import ibis

        scheme, found, _ = url.partition("://")
        if not found:
            raise InputError(f"{describe(source)}: its value is no database URL; expected one such as postgres://user@host/base.")
        scheme = ALIASES.get(scheme, scheme)
        known = sorted(entry.name for entry in ibis.util.backend_entry_points())
        if scheme not in known:
            near = did_you_mean(scheme, known)
            raise InputError(f'{describe(source)}: there is no kind of database "{scheme}".{near} Known are {", ".join(known)}.')
        try:
            if scheme in FILES:
                return self._connect_file(source, url, scheme)
            return ibis.connect(url)
        except ImportError:
            raise InputError(
                f"{describe(source)}: the driver for {scheme} is not installed: pip install '{DRIVERS.get(scheme, f'ibis-framework[{scheme}]')}'."
            ) from None

    def _connect_file(self, source: TableSource, url: str, scheme: str) -> "BaseBackend":
        import ibis

        path = self.workspace.home / url.partition("://")[2].partition("?")[0]
        if not path.is_file():
            near = did_you_mean(path.name, [p.name for p in path.parent.iterdir()]) if path.parent.is_dir() else ""
            raise InputError(f"{describe(source)}: there is no such file.{near}")
        if scheme == "sqlite":
            return ibis.sqlite.connect(path)
        return ibis.duckdb.connect(path, read_only=True, threads=1)


def _closing(con: "BaseBackend") -> "BaseBackend":
    """End a connection with the last that uses it, where its driver can."""
    close = getattr(getattr(con, "con", None), "close", None)
    if close:
        weakref.finalize(con, close)
    return con
