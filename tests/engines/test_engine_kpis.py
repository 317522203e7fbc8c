"""Every KPI gives the same numbers on PostgreSQL and Spark as on DuckDB: every type, aggregate, grain and slice."""

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from prodops.kpis import compute, define
from prodops.kpis.fingerprints import Fingerprints
from prodops.workspace import Grain, Period, last_periods, read_yaml

AS_OF = "2025-11-03"
FIRST = datetime(2025, 5, 5)


def moments(rng: np.random.Generator, n: int) -> list[pd.Timestamp]:
    return [pd.Timestamp(FIRST) + timedelta(minutes=int(m)) for m in rng.integers(0, 60 * 24 * 180, n)]


def company() -> dict[str, pd.DataFrame]:
    """A little of everything that a KPI can count, with missing values, ties and an account that changed its plan."""
    rng = np.random.default_rng(7)
    n = 900
    events = pd.DataFrame(
        {
            "user_id": [f"u{i}" for i in rng.integers(0, 80, n)],
            "event": rng.choice(["session_started", "signed_up", "activated", "task_completed", "sync_failed"], n),
            "occurred_at": moments(rng, n),
            "segment": rng.choice(["small", "large", None, "NA"], n),
            "platform": rng.choice(["ios", "web"], n),
        }
    )
    starts = moments(rng, 60)
    accounts = pd.DataFrame(
        {
            "account_id": [f"a{i % 50}" for i in range(60)],
            "started_at": starts,
            "ended_at": [s + timedelta(days=40) if i % 3 else pd.NaT for i, s in enumerate(starts)],
            "plan": rng.choice(["team", "free"], 60),
            "mrr": np.round(rng.uniform(0, 500, 60), 2),
        }
    )
    surveys = pd.DataFrame(
        {
            "response_id": [f"s{i}" for i in range(300)],
            "question": rng.choice(["nps", "csat"], 300),
            "score": np.where(rng.random(300) < 0.1, np.nan, rng.integers(0, 11, 300)),
            "answered_at": moments(rng, 300),
        }
    )
    states = ["To do", "Doing", "Review", "Done"]
    transitions = pd.DataFrame(
        [
            {
                "item_id": f"i{item}",
                "from_state": states[k - 1] if k else None,
                "to_state": states[k],
                "changed_at": start + timedelta(hours=int(h)),
                "team": "red" if item % 2 else "blue",
            }
            for item, start in enumerate(moments(rng, 60))
            for k, h in enumerate(np.cumsum(rng.integers(1, 200, 4)))
        ]
    )
    feedback = pd.DataFrame(
        {"id": [f"f{i}" for i in range(200)], "created_at": moments(rng, 200), "text": ["x"] * 200, "rating": rng.integers(1, 6, 200)}
    )
    return {"events": events, "accounts": accounts, "surveys": surveys, "transitions": transitions, "feedback": feedback}


USERS = {"table": "events", "agg": "count_distinct", "column": "user_id"}
MORE: dict[str, Any] = {
    "mau": {"type": "cumulative", "measure": USERS, "window": 28},
    "month_to_date": {"type": "cumulative", "measure": {"table": "events", "agg": "count"}, "grain_to_date": "month"},
    "daily_average": {"type": "cumulative", "measure": USERS, "window": 7, "period_agg": "average"},
    "stickiness": {"type": "ratio", "unit": "share", "numerator": USERS, "denominator": "mau"},
    "running_score": {
        "type": "cumulative",
        "measure": {"table": "surveys", "agg": "median", "column": "score"},
        "window": {"n": 3, "grain": "month"},
    },
    "growth": {
        "type": "derived",
        "expr": "mau / before - 1",
        "inputs": {"mau": {}, "before": {"kpi": "mau", "offset": {"n": 1, "grain": "month"}}},
    },
    "activated": {
        "type": "conversion",
        "base": {"table": "events", "where": {"event": "signed_up"}},
        "conversion": {"table": "events", "where": {"event": "activated"}},
        "entity": "user_id",
        "window": 7,
        "calculation": "count",
    },
    **{
        f"score_{agg}": {"type": "simple", "table": "surveys", "agg": agg, "column": "score", "unit": "rating"}
        for agg in ("mean", "median", "p90", "max", "min", "sum")
    },
    "mrr_start": {"type": "simple", "table": "accounts", "agg": "sum", "column": "mrr", "at": "start", "unit": "currency"},
    "mrr_before": {
        "type": "derived",
        "unit": "currency",
        "expr": "now - before",
        "inputs": {"now": "mrr", "before": {"kpi": "mrr", "offset": 1}},
    },
    "not_web": {
        "type": "simple",
        "table": "events",
        "agg": "count",
        "where": {"platform": {"!=": "web"}, "segment": {"not_in": ["small"]}},
    },
    "late": {"type": "simple", "table": "events", "agg": "count", "where": {"occurred_at": {">=": "2025-08-01"}}},
}


def book() -> Any:
    """The workspace's own KPIs, and one of each aggregate."""
    from pathlib import Path

    return define({**read_yaml(Path(__file__).parents[2] / "params" / "kpis.yaml"), **MORE})


@pytest.fixture(scope="module")
def frames() -> dict[str, pd.DataFrame]:
    return company()


def results(desk: Any, by: str | None, grains: tuple[tuple[Grain, int], ...] = (("week", 9), ("month", 4), ("quarter", 2))) -> pd.DataFrame:
    """Compute everything by week, month and quarter, so many periods of each."""
    found = [
        compute(desk, book(), grain=grain, periods=last_periods(desk.as_of, grain, n, "monday"), by=by).assign(grain=grain)
        for grain, n in grains
    ]
    return pd.concat(found, ignore_index=True)


def prints(desk: Any) -> dict[str, str]:
    """Give the checksums of the rows behind each KPI of one month."""
    known, month = book(), Period(date(2025, 9, 1), date(2025, 10, 1))
    found = Fingerprints(desk, known, known.order, [("month", pd.Timestamp(month.start))])
    return {name: found.of(name, "month", month) for name in known.order}


def odd(frames: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Add rows whose values engines might write or round in their own ways."""
    scores = [0.1 + 0.2, -2.5, 1e300, float("inf"), -0.00005, 1e-9]
    more = pd.DataFrame(
        {
            "response_id": ["é", "", "a\tb", "日本", "'", "\\"],
            "question": ["nps", None, "", "nps", "csat", "Ω"],
            "score": scores,
            "answered_at": pd.Timestamp("2025-09-10 23:59:59.999999"),
        }
    )
    return frames | {"surveys": pd.concat([frames["surveys"], more], ignore_index=True)}


def test_rows_have_the_same_checksum_in_postgres(duckdb: Any, postgres: Any, frames: dict[str, pd.DataFrame]) -> None:
    """So that numbers of a workspace that has moved to another engine are not taken for counted from other rows; a changed row shows."""
    ours = prints(duckdb(AS_OF, odd(frames)))
    assert prints(postgres(AS_OF, odd(frames))) == ours
    edited = frames["events"].copy()
    edited.loc[edited["occurred_at"].between("2025-09-02", "2025-09-03").idxmax(), "user_id"] = "u81"
    other = prints(duckdb(AS_OF, odd(frames) | {"events": edited}))
    assert {name for name in ours if ours[name] != other[name]} == {n for n in ours if "events" in book().tables(n)}


@pytest.mark.parametrize("by", ["segment", pytest.param("platform", marks=pytest.mark.slow)])
def test_postgres_gives_what_duckdb_gives(duckdb: Any, postgres: Any, frames: dict[str, pd.DataFrame], by: str | None) -> None:
    """All KPIs of the workspace and more, by three grains and two dimensions: the same numbers, ranges and slices."""
    ours = results(duckdb(AS_OF, frames), by)
    assert ours["value"].notna().sum() > 100
    assert_frame_equal(results(postgres(AS_OF, frames), by), ours, rtol=1e-12)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # pyspark and Ibis warn of pandas 3, each in their own way
def test_spark_gives_what_duckdb_gives(duckdb: Any, spark: Any, frames: dict[str, pd.DataFrame]) -> None:
    """The same on Spark, with one dimension; the rows behind them have the same checksums."""
    some: tuple[tuple[Grain, int], ...] = (("week", 3), ("month", 2))
    ours = results(duckdb(AS_OF, frames), "segment", some)
    assert_frame_equal(results(spark(AS_OF, frames), "segment", some), ours, rtol=1e-12)
    assert prints(spark(AS_OF, odd(frames))) == prints(duckdb(AS_OF, odd(frames)))


def test_last_of_the_week_is_the_same_day_everywhere(duckdb: Any, postgres: Any) -> None:
    """Rows at midnight between two weeks, and on 29 February, fall into the same periods on both."""
    times = ["2024-02-25T23:59:59.999999", "2024-02-26", "2024-02-29T12:00:00", "2024-03-03T23:59:59", "2024-03-04"]
    rows = pd.DataFrame({"user_id": ["u"] * 5, "event": ["e"] * 5, "occurred_at": pd.to_datetime(times, format="ISO8601")})
    one = define({"n": {"type": "simple", "table": "events", "agg": "count"}})
    weeks = last_periods(datetime(2024, 3, 11), "week", 3, "monday")
    for load in (duckdb, postgres):
        found = compute(load("2024-03-11", {"events": rows}), one, grain="week", periods=weeks)
        assert dict(zip(found["period_start"].dt.date, found["value"], strict=True)) == {
            date(2024, 2, 19): 1,
            date(2024, 2, 26): 3,
            date(2024, 3, 4): 1,
        }
