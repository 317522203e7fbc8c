"""The pages read the same from PostgreSQL and Spark as from DuckDB: the review, why its numbers moved, what was restated, and engagement."""

from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from prodops import kpis, samples
from prodops.workspace import Period, read_yaml

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # pyspark and Ibis warn of pandas 3, each in their own way

BOOK = kpis.define(read_yaml(Path(__file__).parents[2] / "params" / "kpis.yaml"))
RATIO = next(n for n in BOOK.order if BOOK[n].type == "ratio" and BOOK[n].grain in ("day", "week"))
LAST_WEEK = "2025-10-27"
USERS = {"type": "simple", "table": "events", "agg": "count_distinct", "column": "user_id", "target": {"value": 300, "on": "2025-12-31"}}
FEW = kpis.define({"users": USERS, "accounts": {"type": "simple", "table": "accounts", "agg": "count", "at": "end"}})


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    """The sample company, small."""
    files = samples.write(tmp_path_factory.mktemp("sample"), users=300, events=12_000, feedback=200)
    return {kind: pd.read_parquet(file) for kind, file in files.items() if kind != "feedback_truth"}


@pytest.fixture(scope="module", params=["postgres", "spark"])
def load(request: pytest.FixtureRequest) -> Any:
    """Load frames into the one engine, then into the other."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def desks(duckdb: Any, load: Any, frames: dict[str, pd.DataFrame]) -> tuple[Any, Any]:
    as_of = samples.AS_OF.isoformat()
    return duckdb(as_of, frames), load(as_of, frames)


@pytest.fixture(scope="module")
def reviews(desks: tuple[Any, Any]) -> tuple[Any, Any]:
    ours, theirs = (kpis.review(desk, BOOK, by="segment") for desk in desks)
    return ours, theirs


def assert_same(theirs: Any, ours: Any) -> None:
    """Frames cell by cell, records by their fields, and words to the letter."""
    if isinstance(ours, pd.DataFrame):
        assert_frame_equal(theirs, ours, rtol=1e-9)
    elif isinstance(ours, dict):
        assert list(theirs) == list(ours)
        assert_same(list(theirs.values()), list(ours.values()))
    elif isinstance(ours, list | tuple):
        assert len(theirs) == len(ours)
        for one, other in zip(theirs, ours, strict=True):
            assert_same(one, other)
    elif isinstance(ours, float):
        assert theirs == pytest.approx(ours, rel=1e-9, nan_ok=True)
    elif hasattr(ours, "__dataclass_fields__"):
        for field in fields(ours):
            assert_same(getattr(theirs, field.name), getattr(ours, field.name))
    else:
        assert theirs == ours or repr(theirs) == repr(ours)


@pytest.mark.parametrize("part", ["table", "weekly", "monthly", "marks", "totals", "pace", "outlook", "tree"])
def test_the_page_has_the_same_tables(reviews: tuple[Any, Any], part: str) -> None:
    """Values, changes, ranges and signals, totals to date, forecasts and the tree."""
    ours, theirs = (getattr(review, part) for review in reviews)
    ours, theirs = (ours(), theirs()) if callable(ours) else (ours, theirs)
    assert len(ours)
    assert_same(theirs, ours)


def test_the_page_says_the_same(reviews: tuple[Any, Any]) -> None:
    """Findings with their numbers and why, takeaways, chapters, and the pages of six weeks and twelve months."""
    ours, theirs = reviews
    assert len(ours.findings()) >= 3
    assert "by " in " ".join(finding.sentence for finding in ours.findings())
    for part in ("findings", "tiles", "takeaways", "chapters", "pages"):
        assert_same(getattr(theirs, part)(), getattr(ours, part)())


def test_single_numbers_are_the_same(desks: tuple[Any, Any]) -> None:
    """One KPI's page and forecast, and one move taken apart along its formula and over a dimension."""
    before, after = Period(date(2025, 10, 6), date(2025, 10, 13)), Period(date(2025, 10, 13), date(2025, 10, 20))
    ours, theirs = (
        [
            kpis.six_twelve(desk, BOOK, RATIO),
            kpis.forecast(desk, BOOK, RATIO),
            kpis.decompose(desk, BOOK, RATIO, before=before, after=after),
            kpis.decompose(desk, BOOK, RATIO, before=before, after=after, by="segment"),
        ]
        for desk in desks
    )
    assert_same(theirs, ours)


def test_what_was_restated_is_the_same(duckdb: Any, load: Any, frames: dict[str, pd.DataFrame]) -> None:
    """What a review publishes, checksums of its rows included, and what late rows have changed a week later."""
    known = {kind: frames[kind] for kind in ("events", "accounts")}
    before = known | {"events": known["events"][known["events"]["occurred_at"] < LAST_WEEK]}
    late = known["events"].head(40).assign(occurred_at=pd.Timestamp("2025-10-14 12:00"))
    after = known | {"events": pd.concat([known["events"], late], ignore_index=True)}
    published, found = [], []
    for into in (duckdb, load):
        then, now = into(LAST_WEEK, before), into(samples.AS_OF.isoformat(), after)
        published.append(kpis.restate(then, kpis.review(then, FEW)).values)
        now.earlier = published[0].assign(published_as_of=then.as_of)  # DuckDB's, as of a workspace that has moved since
        found.append(kpis.restate(now, kpis.review(now, FEW)))
    assert_same(published[1], published[0])
    ours, theirs = found
    assert ours.changes["late_data"].abs().sum() > 0
    assert ours.changes["code"].abs().sum() == 0
    assert_same(theirs.changes, ours.changes)
    assert_same(theirs.findings(), ours.findings())


def test_engagement_is_the_same(desks: tuple[Any, Any]) -> None:
    """Cohorts, funnel, lifecycle, stickiness and actives, and what they say."""
    asked = {"start": "signed_up", "steps": ("signed_up", "activated"), "window_days": 14, "by": "platform"}
    ours, theirs = (kpis.engagement(desk, **asked) for desk in desks)
    assert_same(theirs, ours)
    assert len(ours.findings()) >= 3
    assert_same([*theirs.findings(), *theirs.takeaways()], [*ours.findings(), *ours.takeaways()])
