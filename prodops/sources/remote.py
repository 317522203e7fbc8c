"""Tables that stay in their database: an Ibis table over any connection URL, checked by the engine that holds it.

Whatever a driver says in an error is searched for passwords and the values of environment variables before it is shown.
"""

import re
import weakref
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from prodops.errors import InputError, did_you_mean
from prodops.sources import columns
from prodops.sources.door import Passed, check_table
from prodops.sources.engine import builtin, quiet
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
QUIET_SPARK = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.log.level": "ERROR"}


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
        said = re.sub(r" LINE \d+: .* \^", "", " ".join(str(fault).split()))  # an excerpt of the SQL, most of which is ours
        said = self.secrets.hide(said)[:300]
        return InputError(f"{describe(source)}: the database cannot be read: {said} ({type(fault).__name__}).")

    def _raw(self, source: TableSource) -> "ir.Table":
        self.secrets.learn_url(source.source)
        url = self.secrets.fill_url(source.source)
        self.secrets.learn_url(url)
        with quiet():
            con = self._open[url] = self._open.get(url) or _closing(self._connect(source, url))
            raw = con.sql(self.secrets.fill(source.sql)) if source.sql else self._table(con, source)
            return _in_zone(con, raw, self.workspace.time_zone) if con.name == "pyspark" else raw

    def _table(self, con: "BaseBackend", source: TableSource) -> "ir.Table":
        from ibis.common.exceptions import TableNotFound

        schema, _, table = (source.table or "").rpartition(".")
        try:
            return con.table(table, database=schema or None)
        except TableNotFound:
            if schema and schema not in (known := con.list_databases()):
                raise InputError(f'{describe(source)}: there is no schema "{schema}".{did_you_mean(schema, known)}') from None
            near = did_you_mean(table, con.list_tables(database=schema or None))
            step = near or ("" if schema else " One in another schema is named as SCHEMA.TABLE.")
            raise InputError(f'{describe(source)}: there is no table "{table}".{step}') from None

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
            return _connect_spark(url) if scheme == "pyspark" else ibis.connect(url)
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


def _connect_spark(url: str) -> "BaseBackend":
    """Start Spark with the settings in the URL's query (``spark.master=…``), or join the session that runs; its path is the warehouse.

    Ibis would set them on a session that has started, which Spark refuses for most of them.
    """
    import ibis
    from pyspark import SparkConf
    from pyspark.errors import PySparkRuntimeError
    from pyspark.sql import SparkSession

    parts = urlsplit(url)
    warehouse = {"spark.sql.warehouse.dir": parts.path} if parts.path.strip("/") else {}
    settings = QUIET_SPARK | warehouse | dict(parse_qsl(parts.query))
    try:
        session = SparkSession.builder.config(conf=SparkConf().setAll(list(settings.items()))).getOrCreate()
    except PySparkRuntimeError as fault:
        if "JAVA_GATEWAY_EXITED" not in str(fault):
            raise
        raise InputError(f"{without_user(url)}: Spark does not start: it needs Java 17 or newer; install it, or set JAVA_HOME.") from None
    return ibis.pyspark.connect(session)


def _in_zone(con: "BaseBackend", table: "ir.Table", zone: str) -> "ir.Table":
    """Turn Spark's instants to our wall-clock time, as Ibis knows no difference between its ``TIMESTAMP`` and ``TIMESTAMP_NTZ``."""
    import ibis

    turned = builtin("from_utc_timestamp", "timestamp", instant="timestamp", zone="string")  # Ibis has the session keep UTC
    kinds = con.raw_sql(con.compile(table)).schema
    instants = [field.name for field in kinds if field.dataType.typeName() == "timestamp"]
    return table.mutate(**{name: turned(table[name], ibis.literal(zone)) for name in instants})


def _closing(con: "BaseBackend") -> "BaseBackend":
    """End a connection with the last that uses it, where its driver can."""
    close = getattr(getattr(con, "con", None), "close", None)
    if close:
        weakref.finalize(con, close)
    return con
