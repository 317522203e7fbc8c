"""What a report publishes is kept, and its next runs are told of it; a replay is told what the run was told."""

import json
from datetime import datetime
from pathlib import Path

import pandas as pd
from source_project import Project

from prodops.sources import Context

ROWS = "id,created_at,text\n1,2025-10-01,Too slow\n2,2025-10-02,Too dear\n"


def values(*numbers: float) -> pd.DataFrame:
    return pd.DataFrame({"kpi": ["orders"] * len(numbers), "value": list(numbers)})


def test_what_was_published_is_given_back_with_its_as_of(tmp_path: Path) -> None:
    """Two runs published; a third gets both, oldest first, and what goes by another name does not come along."""
    project = Project(tmp_path)
    desk = project.csv(ROWS)
    first, second = desk.publish(values(1, 2), name="KPIs"), desk.publish(values(3), name="KPIs")
    other = desk.publish(values(9), name="themes")
    told = [
        ("2025-09-01T00:00:00", "KPIs", first.sha256),
        ("2025-09-08T00:00:00", "themes", other.sha256),
        ("2025-09-08T00:00:00", "KPIs", second.sha256),
    ]
    found = project.connect("feedback", published=told).published("KPIs")
    assert found["value"].tolist() == [1, 2, 3]
    assert found["published_as_of"].tolist() == [datetime(2025, 9, 1), datetime(2025, 9, 1), datetime(2025, 9, 8)]


def test_nothing_published_is_no_rows(tmp_path: Path) -> None:
    """Without a press, or on a first run, there is nothing, and the record names no such reading."""
    desk = Project(tmp_path).csv(ROWS)
    assert desk.published("KPIs").empty
    assert len(desk.published("KPIs").columns) == 0
    assert [s.kind for s in desk.queries] == ["settings"]


def test_what_the_store_lost_is_left_out(tmp_path: Path) -> None:
    """One old result is gone: the others are given."""
    project = Project(tmp_path)
    desk = project.csv(ROWS)
    told = [("2025-09-01T00:00:00", "KPIs", "0" * 64), ("2025-09-08T00:00:00", "KPIs", desk.publish(values(3), name="KPIs").sha256)]
    assert project.connect("feedback", published=told).published("KPIs")["value"].tolist() == [3]


def test_a_replay_is_told_what_the_run_was_told(tmp_path: Path) -> None:
    """The joined result is recorded as a query's is, so that a replay reads it though nobody tells it of earlier runs; one of a run that
    was told nothing is told nothing, whatever was published since."""
    project = Project(tmp_path)
    kept = project.csv(ROWS).publish(values(1, 2), name="KPIs")
    told = [("2025-09-01T00:00:00", "KPIs", kept.sha256)]
    desk = project.connect("feedback", published=told)
    found = desk.published("KPIs")
    record = {"as_of": desk.as_of.isoformat(), "tables": [s.to_dict() for s in desk.tables], "queries": [], "settings": []}
    for number, queries in enumerate([[s.to_dict() for s in desk.queries if s.kind == "query"], []]):
        file = tmp_path / f"record{number}.json"
        file.write_text(json.dumps(record | {"queries": queries}))
        again = project.connect("feedback", replay=file, published=[*told, *told]).published("KPIs")
        assert again.equals(found) if queries else again.empty


def test_the_context_carries_what_was_published(tmp_path: Path) -> None:
    """What the press tells survives the environment variable."""
    context = Context(tmp_path / "w.yaml", tmp_path, published=[("2025-09-01T00:00:00", "KPIs", "ab")])
    again = Context.from_json(context.to_json())
    assert [list(each) for each in again.published] == [["2025-09-01T00:00:00", "KPIs", "ab"]]
