"""A desk over rows that a test writes, a KPI history, and a book of KPIs: what the room needs of its neighbours, and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from prodops.workspace import Workspace
from tests.tables_in_memory import Tables


class FakeDesk:
    """Tables in memory."""

    def __init__(self, as_of: str, tables: dict[str, pd.DataFrame]) -> None:
        self.as_of, self.workspace = datetime.fromisoformat(as_of), Workspace()
        self._tables = Tables(**{k: pa.Table.from_pandas(f, preserve_index=False) for k, f in tables.items()})

    def has(self, kind: str) -> bool:
        return kind in self._tables

    def table(self, kind: str) -> Any:
        return self._tables[kind]

    def read(self, what: Any, *, name: str = "") -> pd.DataFrame:
        return self._tables.con.to_pyarrow(what).to_pandas()


@dataclass(frozen=True)
class Kpi:
    label: str
    unit: str = "share"
    good: str = "up"
    owner: str = ""


@dataclass(frozen=True)
class Book:
    kpis: dict[str, Kpi]


@pytest.fixture(scope="session")
def desk() -> Callable[..., FakeDesk]:
    """Make a desk: ``desk("2025-11-03", events=frame)``."""
    return lambda as_of, **tables: FakeDesk(as_of, tables)


@pytest.fixture(scope="session")
def book() -> Callable[..., Book]:
    """Make a book: ``book(activation=("Activation", "share", "up"))``."""
    return lambda **kpis: Book({name: Kpi(*said) for name, said in kpis.items()})


@pytest.fixture(scope="session")
def history() -> Callable[..., pd.DataFrame]:
    """Make weeks of one KPI: ``history("activation", "2025-01-06", values, of=100)``, counts over counts where ``of`` is given."""

    def make(kpi: str, first: str, values: list[float], *, of: int | None = None, dimension: str = "", slice: str = "") -> pd.DataFrame:
        starts = [date.fromisoformat(first) + timedelta(weeks=n) for n in range(len(values))]
        frame = pd.DataFrame({"kpi": kpi, "period_start": pd.to_datetime(starts), "value": [float(v) for v in values]})
        tops = [float(round(v * of)) for v in values] if of else None
        return frame.assign(
            dimension=dimension, slice=slice, period_end=frame["period_start"] + pd.Timedelta(days=7), complete=True, n=float(of or 1),
            numerator=tops or float("nan"), denominator=float(of) if of else float("nan"), lower=frame["value"] - 0.02, upper=frame["value"] + 0.02,
        )  # fmt: skip

    return make
