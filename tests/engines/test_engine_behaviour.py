"""What people do over time reads the same on PostgreSQL and Spark as on DuckDB: every verb, in every variant that asks a query of its own."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from prodops.kpis import (
    ActivesSpec,
    Exclusion,
    FunnelSpec,
    LifecycleSpec,
    RetentionSpec,
    Step,
    StickinessSpec,
    actives,
    funnel,
    funnel_trend,
    lifecycle,
    retention,
    retention_repeats,
    stickiness,
    time_to_convert,
)

AS_OF = "2025-03-03"
FIRST = datetime(2025, 1, 1)
IDENTITIES = {"anon1": "u1", "anon2": "anon1", "u7": "u8", "u8": "u7"}
"""A chain and a circle."""
ON_WEB = Step("open", {"platform": "web"})


def rows() -> pd.DataFrame:
    """Events with ties, repeats, rows of nobody, aliases, missing dimensions, instants at midnight and after ``AS_OF``."""
    rng = np.random.default_rng(11)
    n = 1_500
    minutes = np.where(rng.random(n) < 0.2, rng.integers(0, 62, n) * 1440, rng.integers(0, 62 * 1440, n))
    names = [*(f"u{i}" for i in range(70)), "anon1", "anon2", "", None]
    frame = pd.DataFrame(
        {
            "user_id": rng.choice(np.array(names, dtype=object), n),
            "event": rng.choice(["open", "see", "pay", "cancel"], n, p=[0.4, 0.3, 0.2, 0.1]),
            "occurred_at": pd.Timestamp(FIRST) + pd.to_timedelta(minutes, unit="m") + pd.to_timedelta(rng.integers(0, 3, n), unit="us"),
            "platform": rng.choice(np.array(["ios", "web", "Web", "é", None], dtype=object), n),
        }
    )
    return pd.concat([frame, frame.head(60)], ignore_index=True)


# ------------------------------------------------------------------------------------------------------- the questions
def funnel_of(*steps: Any, **settings: Any) -> FunnelSpec:
    return FunnelSpec(steps=steps or ("open", "see", "pay"), window=timedelta(days=5), **settings)


FEW: dict[str, tuple[Callable[..., Any], Any]] = {
    "retention by week": (retention, RetentionSpec(periods=6)),
    "retention of first-timers": (
        retention,
        RetentionSpec(start=ON_WEB, returning="pay", cohorts="first_time", by="platform", since=FIRST, periods=5),
    ),
    "retention in rolling windows": (retention, RetentionSpec(windows="rolling", counts="on_or_after", times=2, periods=4)),
    "lifecycle by day": (lifecycle, LifecycleSpec(event="open", grain="day", periods=40, by="platform")),
    "stickiness": (stickiness, StickinessSpec(by="platform", week_start="sunday")),
    "actives": (actives, ActivesSpec(by="platform")),
    "funnel": (funnel, funnel_of(by="platform")),
    "funnel without": (funnel, funnel_of("open", "pay", exclusions=("cancel",))),
    "funnel in any order": (funnel, funnel_of(order="any", by="platform", attribution="last", whole_windows=True)),
    "strict funnel": (funnel, funnel_of(None, "open", "open", order="strict", by="platform", attribution="all")),
    "time to convert": (time_to_convert, funnel_of("open", "pay")),
    "funnel by week": (funnel_trend, funnel_of()),
}
"""One of each query; the rest are variants of these."""

MORE: dict[str, tuple[Callable[..., Any], Any]] = {
    **{
        f"retention by {grain}": (retention, RetentionSpec(grain=grain, periods=n))
        for grain, n in {"hour": 30, "day": 14, "month": 2}.items()
    },
    "people in cohorts": (retention_repeats, RetentionSpec(counts="on_or_after", by="platform", periods=6)),
    "people in rolling cohorts": (retention_repeats, RetentionSpec(windows="rolling", grain="day", periods=6)),
    "retention on or after": (retention, RetentionSpec(counts="on_or_after", week_start="sunday", periods=6)),
    "retention of twice or more": (retention, RetentionSpec(times=2, start=ON_WEB, returning=Step(), periods=6)),
    "retention by first value": (retention, RetentionSpec(by="platform", by_value="first", cohorts="first_time", since=FIRST, periods=6)),
    "retention in rolling hours": (retention, RetentionSpec(windows="rolling", grain="hour", periods=30)),
    **{
        f"retention in rolling {grain}s": (
            retention,
            RetentionSpec(windows="rolling", grain=grain, cohorts="first_time", since=FIRST, periods=8, by="platform"),
        )
        for grain in ("day", "week")
    },
    "lifecycle by week": (lifecycle, LifecycleSpec(periods=6)),
    "lifecycle by month and value": (lifecycle, LifecycleSpec(grain="month", periods=2, by="platform", by_value="each")),
    "stickiness by week": (stickiness, StickinessSpec(event="open", grain="week", periods=4, by="platform", by_value="each")),
    "actives of 30 days": (actives, ActivesSpec(event=ON_WEB, month_days=30)),
    "funnel of repeated steps": (funnel, funnel_of("open", "pay", "open", by="platform", attribution="last")),
    "funnel of whole windows": (funnel, funnel_of(whole_windows=True, since=datetime(2025, 1, 10), until=datetime(2025, 2, 20))),
    "funnel with a filter": (funnel, funnel_of(where={"platform": {"not_in": ["ios"]}})),
    "funnel without, by value": (funnel, funnel_of(by="platform", exclusions=("cancel",))),
    "funnel by a step's value": (funnel, funnel_of(by="platform", attribution=2)),
    "funnel by all values": (funnel, funnel_of(by="platform", attribution="all")),
    "strict funnel without": (funnel, funnel_of(order="strict", exclusions=(Exclusion(step="cancel", after=1, before=2),))),
    "any order repeated": (funnel, funnel_of("open", "pay", "open", order="any", by="platform", attribution=2)),
    "any order without": (funnel, funnel_of(order="any", exclusions=("cancel",))),
    "time to convert in any order": (time_to_convert, funnel_of(order="any", exclusions=("cancel",))),
    "strict funnel by day": (funnel_trend, funnel_of("open", "see", order="strict")),
}


def answered(desk: Any, verb: Callable[..., Any], spec: Any, identities: Any = None) -> list[pd.DataFrame]:
    """Ask through a desk; what is not a frame becomes one."""
    found = verb(desk.table("events"), spec, identities=identities, desk=desk)
    if isinstance(found, pd.DataFrame):
        return [found]
    facts = asdict(found)
    return [facts.pop("histogram"), pd.DataFrame([facts])]


def assert_same(found: list[pd.DataFrame], ours: list[pd.DataFrame]) -> None:
    """Every cell, name, type and place in the order; a mean may differ in the digits that floats do not hold."""
    assert sum(map(len, ours)) > 1
    for one, other in zip(found, ours, strict=True):
        assert_frame_equal(one, other, rtol=1e-12)


# ------------------------------------------------------------------------------------------------------------ PostgreSQL
@pytest.fixture(scope="module")
def on_duckdb(duckdb: Any) -> Any:
    return duckdb(AS_OF, {"events": rows(), "names": pd.DataFrame(IDENTITIES.items(), columns=["alias", "user_id"])})


@pytest.fixture(scope="module")
def on_postgres(postgres: Any) -> Any:
    return postgres(AS_OF, {"events": rows(), "names": pd.DataFrame(IDENTITIES.items(), columns=["alias", "user_id"])})


@pytest.mark.parametrize(("verb", "spec"), (FEW | MORE).values(), ids=FEW | MORE)
def test_postgres_follows_people_as_duckdb_does(on_duckdb: Any, on_postgres: Any, verb: Callable[..., Any], spec: Any) -> None:
    """The same frame for the same rows: counts, shares, times, slices and what is complete."""
    assert_same(answered(on_postgres, verb, spec), answered(on_duckdb, verb, spec))


@pytest.mark.parametrize("verb", [retention, funnel, lifecycle])
def test_postgres_knows_who_is_who(on_duckdb: Any, on_postgres: Any, verb: Callable[..., Any]) -> None:
    """Aliases from a mapping, a frame or a table of the engine's own are one person, in the same way."""
    spec = {retention: RetentionSpec(periods=6), funnel: funnel_of(), lifecycle: LifecycleSpec(periods=6)}[verb]
    ours = answered(on_duckdb, verb, spec, IDENTITIES)
    assert not ours[0].equals(answered(on_duckdb, verb, spec)[0])
    for identities in (IDENTITIES, pd.DataFrame(IDENTITIES.items()), on_postgres.table("names")):
        assert_same(answered(on_postgres, verb, spec, identities), ours)


def test_a_frame_needs_no_database(on_postgres: Any) -> None:
    """A pandas frame is followed by the engine within, and reads as its rows do in PostgreSQL."""
    spec = RetentionSpec(periods=6, as_of=datetime.fromisoformat(AS_OF))
    assert_same([retention(rows(), spec)], [retention(on_postgres.table("events"), spec)])


# ----------------------------------------------------------------------------------------------------------------- Spark
@pytest.fixture(scope="module")
def on_spark(spark: Any) -> Any:
    return spark(AS_OF, {"events": rows()})


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # pyspark and Ibis warn of pandas 3, each in their own way
@pytest.mark.parametrize("question", FEW | MORE)
def test_spark_follows_people_as_duckdb_does(on_duckdb: Any, on_spark: Any, question: str) -> None:
    """The same frame for the same rows, and where people are known by a mapping."""
    verb, spec = (FEW | MORE)[question]
    identities = IDENTITIES if question in FEW else None
    assert_same(answered(on_spark, verb, spec, identities), answered(on_duckdb, verb, spec, identities))
