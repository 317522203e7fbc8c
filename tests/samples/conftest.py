"""The sample at its usual size, written once for all tests of this folder."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from prodops import samples

Ask = Callable[[str], list[tuple]]


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return samples.write(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="session")
def ask(sample: dict[str, Path]) -> Ask:
    """Answer a question in SQL; each table goes by its kind, in UTC, as the files hold it."""
    connection = duckdb.connect()
    for kind, path in sample.items():
        connection.execute(f"CREATE VIEW {kind} AS SELECT * FROM read_parquet('{path}')")
    return lambda sql: connection.execute(sql).fetchall()
