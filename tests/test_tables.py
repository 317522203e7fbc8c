"""The contracts hold together: every table has its key, its time and names that mean one thing."""

import re
from pathlib import Path

import pytest

from prodops.errors import InputError
from prodops.tables import CONTRACTS, Column, Contract, contract

ALL = pytest.mark.parametrize("table", CONTRACTS.values(), ids=list(CONTRACTS))


def test_the_kinds_of_tables() -> None:
    """These are the tables that reports are made of, under the names that workspaces use."""
    assert list(CONTRACTS) == [
        "feedback", "events", "accounts", "transitions", "deployments", "launches", "surveys", "experiments", "goals",
    ]  # fmt: skip
    assert CONTRACTS["feedback"].required == ("created_at", "text")
    assert CONTRACTS["events"].required == ("user_id", "event", "occurred_at")
    assert CONTRACTS["accounts"].required == ("account_id", "plan", "mrr", "started_at")
    assert CONTRACTS["transitions"].required == ("item_id", "to_state", "changed_at")


@ALL
def test_a_contract_names_its_own_columns(table: Contract) -> None:
    """The time that as_of cuts is a required date or time; key and hidden times are columns; names are plain and stand once."""
    names = [column.name for column in table.columns]
    assert len(set(names)) == len(names)
    assert all(name.isidentifier() and name == name.lower() and not name.startswith("_") for name in names)
    assert table.column(table.time).required
    assert table.column(table.time).type in ("time", "date")
    assert set(table.key) <= set(names)
    assert {table.column(name).type for name in table.hidden_until} <= {"time", "date"}
    assert not {name for name in table.hidden_until if table.column(name).required}
    assert table.grain


@ALL
def test_a_synonym_means_one_column(table: Contract) -> None:
    """No synonym stands for two columns of a table; none is a column's own name, but where that column takes it first."""
    claimed = [synonym for column in table.columns for synonym in column.synonyms]
    assert {synonym for synonym in claimed if claimed.count(synonym) > 1} <= {"name", "time", "date"}
    assert all(synonym == synonym.lower() and " " not in synonym for synonym in claimed)


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (Column("a"), "text"),
        (Column("a", "time"), "a date or time"),
        (Column("a", "date"), "a date"),
        (Column("a", "number"), "a number"),
        (Column("a", "number", low=0, high=10), "a number from 0 to 10"),
        (Column("a", "integer", low=1), "a whole number of at least 1"),
        (Column("a", "money", low=0), "an amount of money, not negative, in plain digits"),
    ],
)
def test_what_is_expected_in_words(column: Column, expected: str) -> None:
    """A message can say what a value must be."""
    assert column.expected == expected


def test_unknown_names_are_refused_with_the_near_miss() -> None:
    """A kind or column that is not there is refused with what is."""
    with pytest.raises(InputError) as refused:
        contract("feedbak")
    assert str(refused.value) == (
        'There is no kind of table "feedbak". Did you mean "feedback"? '
        "The kinds are feedback, events, accounts, transitions, deployments, launches, surveys, experiments, goals."
    )
    with pytest.raises(InputError, match=r'^goals has no column "targets"\. Did you mean "target"\? It has goal, kpi, '):
        contract("goals").column("targets")
    assert contract("goals").column("target").required


def test_the_readme_tells_every_contract() -> None:
    """The table of tables in the README names each kind with its columns, those that must be there apart from those that may."""
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in readme.splitlines() if line.count("|") == 5]
    told = {row[0]: (re.findall("`(.+?)`", row[2]), re.findall("`(.+?)`", row[3])) for row in rows}
    held = {
        kind: ([c.name for c in each.columns if c.required], [c.name for c in each.columns if not c.required])
        for kind, each in CONTRACTS.items()
    }
    assert {kind: told.get(kind) for kind in held} == held
