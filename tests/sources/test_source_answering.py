"""Questions over several engines are answered by the engine within, each other engine giving its own part; what one lacks is named."""

from datetime import datetime
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pytest
from ibis.common.exceptions import OperationNotDefinedError, UnsupportedOperationError

from prodops.errors import InputError
from prodops.sources.answering import check_able, in_one_engine
from prodops.sources.engine import fetch

EVENTS = {
    "user_id": ["u", "u", "v", None],
    "occurred_at": [datetime(2025, 3, 1, 10), datetime(2025, 3, 2, 0, 0, 0, 1), None, datetime(2025, 3, 3)],
    "value": [1.5, None, 2.0, 0.1],
}
PEOPLE = {"user_id": ["u", "v"], "plan": ["team", None]}


@pytest.fixture
def ours() -> Any:
    return ibis.duckdb.connect()


@pytest.fixture
def people(ours: Any) -> Any:
    return ours.create_table("people", pa.table(PEOPLE))


@pytest.fixture
def theirs(tmp_path: Path) -> Any:
    return ibis.duckdb.connect(tmp_path / "theirs.duckdb")  # a file, as Ibis takes all that are in memory for one


@pytest.fixture
def events(theirs: Any) -> Any:
    return theirs.create_table("events", pa.table(EVENTS))


def fetches(con: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """List what an engine is asked for from here on."""
    asked: list[str] = []
    inner = con.to_pyarrow

    def to_pyarrow(expr: Any, *given: Any, **more: Any) -> Any:
        asked.append(str(ibis.to_sql(expr)))
        return inner(expr, *given, **more)

    monkeypatch.setattr(con, "to_pyarrow", to_pyarrow)
    return asked


def rows(expr: Any) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in fetch(expr).to_pylist()]


# --------------------------------------------------------------------------------------------------- several engines
def test_a_question_to_one_engine_is_left_to_it(ours: Any, people: Any, events: Any) -> None:
    """Whether it is ours or another's, and where there is no table at all: nothing is fetched and nothing is changed."""
    for question in (
        people,
        events.group_by("user_id").agg(n=events.count()),
        events.join(events.view(), "user_id"),
        ibis.memtable(pa.table(PEOPLE)),
    ):
        assert in_one_engine(question, ours, "q") is question


def test_rows_of_two_engines_meet_with_their_types(ours: Any, people: Any, events: Any) -> None:
    """Instants to the microsecond, numbers and what is missing arrive as they were."""
    question = people.join(events, "user_id").order_by("occurred_at")
    found = in_one_engine(question, ours, "q")
    assert found.schema() == question.schema()
    assert rows(found) == [
        ("u", "team", datetime(2025, 3, 1, 10), 1.5),
        ("u", "team", datetime(2025, 3, 2, 0, 0, 0, 1), None),
        ("v", None, None, 2.0),
    ]


def test_each_engine_answers_the_largest_part_it_can(ours: Any, people: Any, events: Any, theirs: Any, monkeypatch: Any) -> None:
    """What another engine can count is counted there, and asked for once however often the question uses it."""
    monkeypatch.setattr("prodops.sources.answering.MOST_ROWS", 3)
    counts = events.group_by("user_id").agg(n=events.count())
    asked = fetches(theirs, monkeypatch)
    most = counts.filter(counts.n > 1)
    both = people.join(counts, "user_id").join(most.select("user_id", most=most.n), "user_id", how="left").order_by("user_id")
    found = in_one_engine(both.select("user_id", "n", "most"), ours, "q")
    assert all("GROUP BY" in sql for sql in asked)
    assert len(asked) == len(set(asked))
    assert rows(found) == [("u", 2, 2), ("v", 1, None)]


def test_no_engine_of_the_two_need_be_ours(ours: Any, people: Any, events: Any, tmp_path: Path) -> None:
    """Two databases and our own engine, tables under each other and beside each other."""
    lite = ibis.sqlite.connect(tmp_path / "more.db")
    names = lite.create_table("names", pa.table({"user_id": ["v", "w"], "name": ["V", "W"]}))
    two = events.select("user_id").union(names.select("user_id")).distinct().order_by("user_id")
    assert rows(in_one_engine(two, ours, "q")) == [("u",), ("v",), ("w",), (None,)]
    three = people.join(names, "user_id").semi_join(events, "user_id").select("plan", "name")
    assert rows(in_one_engine(three, ours, "q")) == [(None, "V")]


def test_more_rows_than_can_be_fetched_are_refused(ours: Any, people: Any, events: Any, monkeypatch: Any) -> None:
    """At the limit a part is fetched; over it one line names the question, the engine, the limit and what to do."""
    both = people.join(events, "user_id")
    monkeypatch.setattr("prodops.sources.answering.MOST_ROWS", 4)
    assert len(rows(in_one_engine(both, ours, "who did what"))) == 3
    monkeypatch.setattr("prodops.sources.answering.MOST_ROWS", 3)
    with pytest.raises(InputError) as refused:
        in_one_engine(both, ours, "who did what")
    assert str(refused.value) == (
        'who did what: the tables lie in different engines, and "duckdb" would have to give more than 3 rows; '
        "keep its rows in a file (Parquet, say) and name that as the table's source."
    )


# ------------------------------------------------------------------------------------------------- what an engine lacks
def test_what_an_engine_lacks_is_named(tmp_path: Path) -> None:
    """Ibis says that it has no rule for an operation; we name the question, the engine and the operation."""
    lite = ibis.sqlite.connect(tmp_path / "some.db")
    table = lite.create_table("scores", pa.table({"score": [1.0, 2.0]}))
    question = table.agg(median=table.score.quantile(0.5))
    with pytest.raises(OperationNotDefinedError) as lacking:
        lite.compile(question)
    with pytest.raises(
        InputError, match=r'^scores: the engine "sqlite" cannot answer this \(it has no "Quantile"\); keep its rows in a file'
    ):
        check_able(lacking.value, question, "scores")


def test_what_an_engine_says_itself_is_kept_short(events: Any) -> None:
    """Where no operation is named, the start of what was said stands on one line."""
    with pytest.raises(InputError) as refused:
        check_able(UnsupportedOperationError("no windows\n  over " + "rows " * 99), events, "q")
    assert str(refused.value).startswith('q: the engine "duckdb" cannot answer this (no windows over rows rows')
    assert len(str(refused.value)) < 300
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("fault", [ValueError("no rule for 'Quantile'"), ConnectionError("gone"), InputError("no")])
def test_other_faults_are_left_alone(events: Any, fault: Exception) -> None:
    """A lost connection is no lack of the engine's."""
    check_able(fault, events, "q")
