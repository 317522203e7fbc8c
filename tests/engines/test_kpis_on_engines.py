"""Every KPI is the same number on PostgreSQL, Spark and DuckDB."""

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from prodops import samples
from prodops.kpis import compute, define
from prodops.workspace import Workspace, last_periods, read_yaml

USERS = {"table": "events", "agg": "count_distinct", "column": "user_id"}
MORE = {
    "mau": {"type": "cumulative", "measure": USERS, "window": 28},
    "month_to_date": {"type": "cumulative", "measure": {"table": "events", "agg": "count"}, "grain_to_date": "month"},
    "daily_average": {"type": "cumulative", "measure": USERS, "window": 7, "period_agg": "average"},
    "stickiness": {"type": "ratio", "unit": "share", "numerator": USERS, "denominator": "mau"},
    "seen_score": {"type": "simple", "table": "surveys", "agg": "mean", "column": "score"},
    "high_score": {"type": "simple", "table": "surveys", "agg": "p90", "column": "score"},
    "running_score": {
        "type": "cumulative",
        "measure": {"table": "surveys", "agg": "median", "column": "score"},
        "window": {"n": 3, "grain": "month"},
    },
    "best_score": {"type": "simple", "table": "surveys", "agg": "max", "column": "score"},
    "growth": {
        "type": "derived",
        "expr": "mrr / before - 1",
        "inputs": {"mrr": {}, "before": {"kpi": "mrr", "offset": {"n": 1, "grain": "month"}}},
    },
    "activated": {
        "type": "conversion",
        "base": {"table": "events", "where": {"event": "signed_up"}},
        "conversion": {"table": "events", "where": {"event": "activated"}},
        "entity": "user_id",
        "window": 7,
        "calculation": "count",
    },
}


class EngineDesk:
    """The sample company's tables in one engine."""

    def __init__(self, con: Any, frames: dict[str, pd.DataFrame]) -> None:
        self.as_of, self.workspace, self._con = samples.AS_OF, Workspace(), con
        self._tables = {
            kind: con.create_table(kind, pa.Table.from_pandas(f, preserve_index=False), overwrite=True) for kind, f in frames.items()
        }

    def has(self, kind: str) -> bool:
        return kind in self._tables

    def table(self, kind: str) -> Any:
        return self._tables[kind]

    def read(self, expr: Any, *, name: str) -> pd.DataFrame:
        return self._con.to_pyarrow(expr).to_pandas()


@pytest.fixture(scope="session")
def company(tmp_path_factory):
    """A small Lumen Desk, as frames."""
    files = samples.write(tmp_path_factory.mktemp("lumen"), users=300, events=8_000, feedback=300)
    return {kind: pd.read_parquet(path) for kind, path in files.items() if kind != "feedback_truth"}


def numbers(desk: EngineDesk, grain: str, by: str) -> pd.DataFrame:
    book = define({**read_yaml(Path(__file__).parents[2] / "params" / "kpis.yaml"), **MORE})
    return compute(desk, book, grain=grain, periods=last_periods(desk.as_of, grain, 3), by=by)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("engine", ["postgres", "spark"])
def test_every_kpi_is_the_same_number(engines, company, engine):
    """All KPIs of the sample and one of each other kind, by week with platforms and by month with plans."""
    here, there = EngineDesk(engines("duckdb"), company), EngineDesk(engines(engine), company)
    for grain, by in (("week", "platform"), ("month", "plan")):
        pd.testing.assert_frame_equal(numbers(there, grain, by), numbers(here, grain, by), rtol=1e-9)
