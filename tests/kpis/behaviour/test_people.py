"""Who did what: columns, aliases, duplicates, steps, and specs that make no sense."""

from datetime import datetime

import ibis
import pandas as pd
import pyarrow as pa
import pytest

from prodops.errors import DefinitionError, InputError, ParameterError
from prodops.kpis import RetentionSpec, Step, people
from prodops.kpis.behaviour.events import Asked, did, merged, named_by_content
from prodops.kpis.behaviour.retention import retention
from prodops.sources.engine import answer


def shown(table):
    return answer(table, "people", None)


def rows_of(table):
    return sorted(shown(table)[["person", "event"]].itertuples(index=False, name=None))


def test_rows_of_nobody_or_no_time_are_left_out_and_exact_duplicates_are_one(events):
    """A missing or empty id is nobody; the same row twice is one row, unless asked otherwise; another platform is another row."""
    rows = events("ann open 2025-01-06", "ann open 2025-01-06", "ann open 2025-01-06 ios", "- open 2025-01-06", "bob open -")
    rows.loc[5] = ["", "open", pd.Timestamp("2025-01-06"), None]
    assert rows_of(people(rows)) == [("ann", "open")] * 2
    assert rows_of(people(rows, once=False)) == [("ann", "open")] * 3
    assert people(rows).columns == ("person", "event", "at", "platform")


@pytest.mark.parametrize(
    "identities",
    [
        {"tab": "phone", "phone": "ann", "web": "ann"},
        pd.DataFrame({"from": ["tab", "phone", "web"], "to": ["phone", "ann", "ann"]}),
        ibis.memtable(pa.table({"from": ["tab", "phone", "web"], "to": ["phone", "ann", "ann"]})),
    ],
)
def test_aliases_are_followed_to_the_person(events, identities):
    """A chain of aliases and several aliases of one person end at one name, however they are given; others keep theirs."""
    rows = events("tab a 2025-01-06", "phone b 2025-01-06", "web c 2025-01-06", "ann d 2025-01-06", "bob e 2025-01-06")
    assert rows_of(people(rows, identities=identities)) == [("ann", "a"), ("ann", "b"), ("ann", "c"), ("ann", "d"), ("bob", "e")]


@pytest.mark.parametrize(
    ("pairs", "names"),
    [
        ([("x", "ann"), ("x", "bob")], {"x": "ann", "bob": "ann"}),  # a shared alias makes one person of two
        ([("x", "y"), ("y", "z"), ("z", "x")], {"y": "x", "z": "x"}),  # a circle
        ([("b", "b"), ("a", "b")], {"a": "b"}),  # one that names itself is no alias
        ([("a", None), (None, "b")], {}),
        ([], {}),
    ],
)
def test_connected_names_are_one_person(pairs, names):
    """The name that is nobody's alias stands for all that are connected with it; the first of several, or of a circle."""
    found = merged(pd.DataFrame(pairs, columns=["alias", "known_as"], dtype="object"))
    assert dict(zip(found["name"], found["known_as"], strict=True)) == names


def test_the_same_aliases_ask_the_same_query(events):
    """A query with aliases has the same text each time, so that a recorded run can be replayed."""
    table = ibis.table({"user_id": "string", "event": "string", "occurred_at": "timestamp"}, name="events")
    first, again, other = (ibis.to_sql(people(table, identities=i), dialect="duckdb") for i in ({"a": "b"}, {"a": "b"}, {"a": "c"}))
    assert first == again != other


def test_the_same_aliases_are_one_table():
    """Asked twice, they are the same object: an engine that has made the table for one question knows it again in the next."""
    pairs = pd.DataFrame({"name": ["a"], "known_as": ["b"]})
    assert named_by_content(pairs).op() is named_by_content(pairs.copy()).op()


def test_numbers_may_be_names():
    """Ids that are numbers merge as texts do."""
    rows = pd.DataFrame({"user_id": [1, 2, 3], "event": ["a", "b", "c"], "occurred_at": pd.Timestamp("2025-01-06")})
    assert sorted(shown(people(rows, identities={2: 1}))["person"]) == [1, 1, 3]


def test_the_entity_is_any_column(events):
    """Another column may say who is counted; the user's id is then a dimension."""
    rows = events("ann open 2025-01-06 acme").rename(columns={"platform": "account_id"})
    table = people(rows, entity="account_id")
    assert table.columns == ("person", "event", "at", "user_id")
    assert shown(table)["person"].tolist() == ["acme"]


def test_days_are_midnights():
    """A column of dates serves as times."""
    rows = pd.DataFrame({"user_id": ["a"], "event": ["e"], "occurred_at": [datetime(2025, 1, 6).date()]})
    assert shown(people(rows))["at"].tolist() == [pd.Timestamp("2025-01-06")]


def test_no_events_are_no_people(events):
    """An empty frame, typed or not, gives an empty table with the right columns."""
    for frame in (events(), pd.DataFrame(columns=["user_id", "event", "occurred_at", "platform"])):
        assert shown(people(frame)).columns.tolist() == ["person", "event", "at", "platform"]
        assert shown(people(frame)).empty


def test_what_cannot_be_used_is_refused_by_name(events):
    """A missing column names the near miss; times must be times, of no zone; aliases need two columns."""
    rows = events("ann open 2025-01-06")
    with pytest.raises(InputError, match=r'no column "user_id"\. Did you mean "userid"'):
        people(rows.rename(columns={"user_id": "userid"}))
    with pytest.raises(InputError, match='"occurred_at" carries the time zone Europe/Berlin'):
        people(rows.assign(occurred_at=rows["occurred_at"].dt.tz_localize("Europe/Berlin")))
    with pytest.raises(InputError, match='"occurred_at" is string, not a time'):
        people(rows.assign(occurred_at="yesterday"))
    with pytest.raises(InputError, match="two columns"):
        people(rows, identities=pd.DataFrame({"alias": ["a"]}))


def test_a_step_is_an_event_and_a_filter(events):
    """A step takes a name, any event, and filters as kpis.yaml writes them; what the filter cannot test is refused."""
    table = people(events("ann open 2025-01-06 ios", "bob open 2025-01-06 web", "cat pay 2025-01-06 ios"))

    def who(step):
        return sorted(shown(table.filter(did(table, step)))["person"])

    assert who(Step()) == ["ann", "bob", "cat"]
    assert who(Step("open")) == ["ann", "bob"]
    assert who(Step("open", where={"platform": ["ios", "tv"]})) == ["ann"]
    assert who(Step(where={"platform": {"!=": "ios"}})) == ["bob"]
    with pytest.raises(InputError, match=r'no column "platfrom"\. Did you mean "platform"'):
        did(table, Step("open", where={"platfrom": "ios"}))
    with pytest.raises(DefinitionError, match='compares "platform", which is text, with "3"'):
        did(table, Step("open", where={"platform": 3}))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Step("a", wher={"x": 1}), 'Step: unknown key "wher". Did you mean "where"?'),
        (lambda: Step("a", where={"x": {"=>": 1}}), '"=>" is not an operator of the filter on "x".'),
        (lambda: RetentionSpec(cohorts="firsttime"), 'cohorts: "firsttime" is not a way of making cohorts. Did you mean "first_time"?'),
        (lambda: RetentionSpec(grain="weeks"), 'grain: "weeks" is not a grain of behaviour. Did you mean "week"?'),
        (lambda: RetentionSpec(week_start="sonday"), 'Did you mean "sunday"?'),
        (lambda: RetentionSpec(entiti="account_id"), 'unknown key "entiti". Did you mean "entity"?'),
        (lambda: RetentionSpec(windows="rolling", grain="month"), "rolling windows are of an hour, day or week"),
        (lambda: RetentionSpec(times=0), "times: Input should be greater than or equal to 1"),
        (lambda: RetentionSpec(periods=0), "periods: Input should be greater than or equal to 1"),
        (lambda: Asked(as_of="2025-01-01T00:00:00+01:00"), "as_of: give the wall-clock time"),
        (lambda: retention(pd.DataFrame(), RetentionSpec()), "RetentionSpec needs as_of where there is no desk"),
    ],
)
def test_a_spec_that_makes_no_sense_is_refused_in_one_line(make, message):
    """The line names the key, the value and the near miss."""
    with pytest.raises(ParameterError) as fault:
        make()
    assert message in str(fault.value)
    assert "\n" not in str(fault.value)
