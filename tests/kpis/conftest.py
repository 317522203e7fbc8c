"""A desk over rows that a test writes: what the room needs of the real one, and nothing else."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import ibis
import pandas as pd
import pyarrow as pa
import pytest

from prodops.workspace import Workspace
from tests.tables_in_memory import Tables


@pytest.fixture(scope="session", autouse=True)
def spark_sql() -> None:
    """Let Ibis write Spark's SQL where pyspark is not installed: all it lacks then is one option that the loaded backend would set."""

    class Options(ibis.config.Config):
        treat_nan_as_null: bool = False

    if ibis.options.pyspark is None:
        ibis.options.pyspark = Options()


class FakeDesk:
    """Tables in memory; counts the questions it is asked."""

    def __init__(self, as_of: datetime, tables: dict[str, pd.DataFrame], **settings: str) -> None:
        self.as_of, self.workspace = as_of, Workspace(**settings)
        self._asked: list[tuple[str, Any]] = []
        self.earlier = pd.DataFrame()
        self._tables = Tables(**{kind: pa.Table.from_pandas(frame, preserve_index=False) for kind, frame in tables.items()})

    def has(self, kind: str) -> bool:
        return kind in self._tables

    def table(self, kind: str) -> Any:
        return self._tables[kind]

    def read(self, expr: Any, *, name: str) -> pd.DataFrame:
        self._asked.append((name, expr))
        return self._tables.con.to_pyarrow(expr).to_pandas()

    @property
    def asked(self) -> list[tuple[str, str]]:
        """The questions so far, by name and SQL, which is written when somebody looks: it takes as long as an answer."""
        return [(name, str(ibis.to_sql(expr))) for name, expr in self._asked]

    def published(self, name: str) -> pd.DataFrame:
        return self.earlier


@pytest.fixture(scope="session")
def desk() -> Callable[..., FakeDesk]:
    """Make a desk: ``desk("2025-11-03", events=rows, …)``; rows are lists of dicts or frames, times are ISO text."""

    def make(as_of: str, settings: dict[str, str] | None = None, **tables: Any) -> FakeDesk:
        return FakeDesk(datetime.fromisoformat(as_of), {kind: frame_of(rows) for kind, rows in tables.items()}, **(settings or {}))

    return make


def frame_of(rows: Any) -> pd.DataFrame:
    """Make a frame whose columns that end in _at or _on are times."""
    frame = pd.DataFrame(rows)
    for column in frame.columns:
        if column.endswith(("_at", "_on")):
            frame[column] = pd.to_datetime(frame[column], format="ISO8601").astype("datetime64[us]")
    return frame
