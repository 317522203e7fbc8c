"""The same rows on three engines: DuckDB in memory, a PostgreSQL server of its own on 127.0.0.1, a local Spark."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import ibis
import pandas as pd
import pyarrow as pa
import pytest

from prodops.sources.store import canonical
from prodops.workspace import Workspace


@dataclass
class EngineDesk:
    """What the rooms need of a desk, over tables that lie in one engine."""

    as_of: datetime
    tables: dict[str, Any]
    workspace: Workspace = field(default_factory=Workspace)
    earlier: pd.DataFrame = field(default_factory=pd.DataFrame)

    def has(self, kind: str) -> bool:
        return kind in self.tables

    def table(self, kind: str) -> Any:
        return self.tables[kind]

    def read(self, expr: Any, *, name: str) -> pd.DataFrame:
        return canonical(expr.to_pyarrow()).to_pandas()

    def published(self, name: str) -> pd.DataFrame:
        return self.earlier


Load = Callable[[str, dict[str, pd.DataFrame]], EngineDesk]


def _arrow(frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(frame, preserve_index=False)


# ------------------------------------------------------------------------------------------------------------- DuckDB
@pytest.fixture(scope="session")
def duckdb() -> Load:
    """Load frames into DuckDB."""

    def load(as_of: str, frames: dict[str, pd.DataFrame]) -> EngineDesk:
        con = ibis.duckdb.connect()
        return EngineDesk(datetime.fromisoformat(as_of), {kind: con.create_table(kind, _arrow(f)) for kind, f in frames.items()})

    return load


# --------------------------------------------------------------------------------------------------------- PostgreSQL
def _programs() -> Path:
    """Find the newest installed server's programs, as Debian keeps them, or those on the path."""
    kept = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[4]))
    found = shutil.which("initdb") or (kept[-1] if kept else None)
    if found is None:
        pytest.skip("PostgreSQL is not installed")
    return Path(found).parent


def _somebody() -> str | None:
    """Name a user to run as: the server refuses to be root's."""
    if os.getuid():
        return None
    names = {user.pw_name for user in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def _serving() -> Iterator[str]:
    pytest.importorskip("psycopg", reason="the extra postgres is not installed")
    programs, user, port = _programs(), _somebody(), _free_port()
    folder = tempfile.mkdtemp(prefix="prodops-postgres-")
    if user:
        shutil.chown(folder, user)

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [programs / program, "-D", f"{folder}/data", *arguments], user=user, cwd=folder, check=True, stdout=subprocess.DEVNULL
        )

    options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -c fsync=off"
    run("initdb", "-A", "trust", "-U", "prodops", "--no-sync", "-E", "UTF8")
    run("pg_ctl", "-w", "-l", f"{folder}/log", "-o", options, "start")
    try:
        yield f"postgres://prodops@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def serving() -> Callable[[], AbstractContextManager[str]]:
    """Start a server of a test's own, which it may stop."""
    return _serving


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Start a real server with an empty base and stop it again."""
    with _serving() as url:
        yield url


@pytest.fixture(scope="session")
def postgres(postgres_url: str) -> Iterator[Load]:
    """Load frames into the server, each test's into a schema of its own."""
    con = ibis.connect(postgres_url)
    made = iter(range(1_000_000))

    def load(as_of: str, frames: dict[str, pd.DataFrame]) -> EngineDesk:
        schema = f"made_{next(made)}"
        con.create_database(schema)
        tables = {kind: con.create_table(kind, _arrow(frame), database=schema) for kind, frame in frames.items()}
        con.raw_sql("ANALYZE").close()  # as the server does by itself after a minute; until then it takes every table for a tiny one
        return EngineDesk(datetime.fromisoformat(as_of), tables)

    yield load
    con.disconnect()


# -------------------------------------------------------------------------------------------------------------- Spark
@pytest.fixture(scope="session")
def spark(spark_session: Any) -> Load:
    """Load frames into a local Spark session, which ends with the tests."""
    con = ibis.pyspark.connect(spark_session)
    made = iter(range(1_000_000))

    def load(as_of: str, frames: dict[str, pd.DataFrame]) -> EngineDesk:
        number = next(made)
        tables = {}
        for kind, frame in frames.items():
            name = f"{kind}_{number}"
            spark_session.createDataFrame(_arrow(frame)).createOrReplaceTempView(name)
            spark_session.catalog.cacheTable(name)  # else it reads rows from the plan anew for each question: twice as slow
            tables[kind] = con.table(name)
        return EngineDesk(datetime.fromisoformat(as_of), tables)

    return load
