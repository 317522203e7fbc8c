"""The engines themselves: a PostgreSQL of the machine's own, started for the session on 127.0.0.1, and a local Spark."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ibis
import pytest


def _programs() -> Path | None:
    """Find PostgreSQL's programs, as Debian lays them."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    return found[-1].parent if found else None


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Start PostgreSQL in a folder of its own, as a user without rights where the tests run as root, and stop it in the end."""
    programs = _programs()
    if not programs:
        pytest.skip("PostgreSQL is not installed here: apt-get install postgresql")
    run_as = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="prodops-pg-") as folder:
        home, port = Path(folder), _free_port()
        if run_as:
            shutil.chown(home, "nobody", "nogroup")

        def run(*command: str) -> None:
            subprocess.run([*run_as, *command], check=True, capture_output=True, cwd=home, timeout=120)

        run(str(programs / "initdb"), "-D", f"{home}/data", "-U", "prodops", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
        run(str(programs / "pg_ctl"), "-D", f"{home}/data", "-o", options, "-l", f"{home}/log", "-w", "start")
        try:
            yield f"postgres://prodops@127.0.0.1:{port}/postgres"
        finally:
            run(str(programs / "pg_ctl"), "-D", f"{home}/data", "-m", "immediate", "-w", "stop")


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Start Spark within this machine; skipped where Java or the extra is missing."""
    if not shutil.which("java"):
        pytest.skip("Spark needs Java")
    sql = pytest.importorskip("pyspark.sql")
    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.warehouse.dir": str(tmp_path_factory.mktemp("warehouse")),
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.session.timeZone": "UTC",
    }
    builder = sql.SparkSession.builder.master("local[2]").appName("prodops tests")
    for key, value in settings.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


@pytest.fixture(scope="session")
def engines(request: pytest.FixtureRequest) -> Callable[[str], Any]:
    """Give the Ibis backend of an engine by its name."""
    made: dict[str, Any] = {}

    def backend(name: str) -> Any:
        if name not in made:
            if name == "postgres":
                made[name] = ibis.connect(request.getfixturevalue("postgres_url"))
            elif name == "spark":
                made[name] = ibis.pyspark.connect(request.getfixturevalue("spark"))
            else:
                made[name] = ibis.duckdb.connect()
        return made[name]

    return backend
