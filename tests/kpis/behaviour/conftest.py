"""Events as a test writes them, and a desk that refuses what only one engine could answer."""

from collections.abc import Callable
from typing import Any

import ibis
import pandas as pd
import pytest


@pytest.fixture(scope="session")
def events() -> Callable[..., pd.DataFrame]:
    """Make events: ``events("ann open 2025-01-06", "bob pay 2025-01-07T10:00 ios", …)``; ``-`` is a missing value."""

    def make(*lines: str) -> pd.DataFrame:
        rows = [[None if word == "-" else word for word in [*line.split(), None][:4]] for line in lines]
        frame = pd.DataFrame(rows, columns=["user_id", "event", "occurred_at", "platform"]).astype("str")
        frame["occurred_at"] = pd.to_datetime(frame["occurred_at"], format="ISO8601").astype("datetime64[us]")
        return frame

    return make


class Portable:
    """A desk that compiles each question for PostgreSQL and Spark before it answers it."""

    def __init__(self, desk: Any) -> None:
        self._desk, self.as_of, self.workspace, self.table = desk, desk.as_of, desk.workspace, desk.table
        self.compiled: list[str] = []

    def read(self, expr: Any, *, name: str) -> pd.DataFrame:
        self.compiled += [str(ibis.to_sql(expr, dialect=dialect)) for dialect in ("postgres", "pyspark")]
        return self._desk.read(expr, name=name)


@pytest.fixture
def portable(desk: Callable[..., Any]) -> Callable[..., Portable]:
    """Make a desk as ``desk`` does, which compiles each question for every engine."""
    return lambda *args, **tables: Portable(desk(*args, **tables))
