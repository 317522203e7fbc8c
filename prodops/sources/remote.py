"""Tables that stay in their database: an Ibis table over any connection URL, checked by the engine that holds it.

Values of environment variables named in a URL or query (``${PGPASSWORD}``) are filled in here, and nowhere else;
whatever a driver says in an error is searched for them before it is shown.
"""

import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from prodops.errors import InputError, did_you_mean
from prodops.sources import columns
from prodops.sources.door import Door
from prodops.tables import Contract
from prodops.workspace import TableSource, Workspace

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends import BaseBackend

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def fill_in(text: str, environment: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Fill environment variables in; gives the text and what was filled, so that it can be hidden again."""
    used: dict[str, str] = {}
    for name in VARIABLE.findall(text):
        if name not in environment:
            raise InputError(f"the workspace names the environment variable {name}, which is not set.{did_you_mean(name, environment)}")
        used[name] = environment[name]
    return VARIABLE.sub(lambda m: used[m[1]], text), used


def hide(text: str, secrets: Mapping[str, str], url: str = "") -> str:
    """Take secret values, and a URL's password, out of a text."""
    known = {value: f"${{{name}}}" for name, value in secrets.items() if value}
    try:
        password = urlsplit(url).password
    except ValueError:
        password = None
    if password:
        known.setdefault(password, "***")
    for value in sorted(known, key=len, reverse=True):
        text = text.replace(value, known[value])
    return text


def describe(source: TableSource) -> str:
    """Name a database source without its credentials or query: ``postgres://host/base table``."""
    bare = re.sub(r"//[^/@]*@", "//", source.source.split("?")[0])
    return f"{bare} {source.table or '(query)'}"


class Remote:
    """One connection per URL, opened when first needed; errors are one line without secrets."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.open: dict[str, BaseBackend] = {}
        self.secrets: dict[str, str] = {}

    def table(self, rules: Contract, source: TableSource) -> "tuple[ir.Table, ir.Table, tuple[str, ...]]":
        """Give the fit rows and the faults of one table, typed by the contract, and what was noted."""
        try:
            raw = self._raw(source)
            matched = columns.match(rules, source, list(raw.columns), describe(source))
            door = Door(None, rules, source, self.workspace)
            passed = door.check_table(raw, matched.columns)
            return passed.fit, passed.faults, (*matched.notes, *door.notes)
        except InputError:
            raise
        except Exception as fault:  # drivers raise anything; what they say may hold the URL
            raise self.error(source, fault) from None

    def error(self, source: TableSource, fault: Exception) -> InputError:
        """Put a driver's error into one line without secrets."""
        said = hide(" ".join(str(fault).split()), self.secrets, source.source)[:300]
        return InputError(f"{hide(describe(source), self.secrets)}: the database cannot be read: {said} ({type(fault).__name__}).")

    def _raw(self, source: TableSource) -> "ir.Table":
        import ibis

        url, used = fill_in(source.source, os.environ)
        self.secrets |= used
        con = self.open.get(url) or ibis.connect(url, **({"read_only": True} if url.startswith("duckdb://") and "read_only" not in url else {}))
        self.open[url] = con
        if source.sql:
            sql, used = fill_in(source.sql, os.environ)
            self.secrets |= used
            return con.sql(sql)
        name = source.table or ""
        schema, _, table = name.rpartition(".")
        if not schema and table not in con.list_tables():
            raise InputError(f'{hide(describe(source), self.secrets)}: there is no table "{table}".{did_you_mean(table, con.list_tables())}')
        return con.table(table, database=schema or None)
