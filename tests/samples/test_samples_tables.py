"""The sample's files keep the contracts, are the same every time, and have the sizes asked for."""

import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from prodops import samples
from prodops.errors import ParameterError
from prodops.tables import CONTRACTS

SMALL = {"users": 80, "events": 5_000, "feedback": 150}
TYPES = {
    "text": pa.types.is_string,
    "time": pa.types.is_timestamp,
    "date": pa.types.is_date,
    "number": pa.types.is_floating,
    "integer": pa.types.is_integer,
    "money": pa.types.is_floating,
}


@pytest.mark.parametrize("kind", CONTRACTS)
def test_columns_are_those_of_the_contract(sample, kind):
    """Each table has the contract's required columns, no unknown ones, and their types."""
    schema = pq.read_schema(sample[kind])
    columns = {column.name: column for column in CONTRACTS[kind].columns}
    assert [name for name in schema.names if name not in columns] == []
    assert [name for name, column in columns.items() if column.required and name not in schema.names] == []
    assert [field.name for field in schema if not TYPES[columns[field.name].type](field.type)] == []


@pytest.mark.parametrize("kind", CONTRACTS)
def test_values_are_those_of_the_contract(sample, kind):
    """Required values are there, numbers lie within their bounds, and text is never empty."""
    table = pq.read_table(sample[kind])
    for column in (c for c in CONTRACTS[kind].columns if c.name in table.column_names):
        values = table[column.name]
        assert not column.required or column.may_be_empty or values.null_count == 0, column.name
        assert column.type != "text" or not pc.any(pc.equal(values, "")).as_py(), column.name
        bounds = pc.min_max(values).as_py()
        assert column.low is None or bounds["min"] >= column.low, column.name
        assert column.high is None or bounds["max"] <= column.high, column.name


@pytest.mark.parametrize("kind", [kind for kind, contract in CONTRACTS.items() if contract.key])
def test_keys_are_unique(ask, kind):
    """No two rows share a key."""
    key = ", ".join(CONTRACTS[kind].key)
    assert ask(f"SELECT {key} FROM {kind} GROUP BY ALL HAVING count(*) > 1") == []


@pytest.mark.parametrize("kind", CONTRACTS)
def test_no_row_lies_outside_the_sample(ask, kind):
    """No row is at or after the as-of instant; all but older accounts begin with the sample."""
    time = CONTRACTS[kind].time
    first, last = ask(f"SELECT min({time})::timestamp, max({time})::timestamp FROM {kind}")[0]
    assert last < samples.AS_OF
    assert kind == "accounts" or first >= samples.START


def test_subscriptions_follow_each_other(ask):
    """An account's spells do not overlap, none ends before it starts or after the sample, and free ones cost nothing."""
    spells = ask("SELECT account_id, plan, mrr, started_at, ended_at, seats FROM accounts ORDER BY account_id, started_at")
    for (account, plan, mrr, start, end, seats), after in zip(spells, [*spells[1:], (None, None, None, None, None, None)], strict=True):
        assert (mrr == 0) == (plan == "free")
        assert seats >= 1
        assert end is None or start < end < samples.AS_OF
        assert after[0] != account or end == after[3]


def test_events_are_in_order_and_belong_to_living_accounts(ask):
    """Events come sorted by time, each of an account with a subscription running then, on the plan that it has then."""
    pairs = "SELECT occurred_at, lag(occurred_at) OVER () AS before FROM events"
    assert ask(f"SELECT count(*) FROM ({pairs}) WHERE occurred_at < before") == [(0,)]
    unmatched = """
        SELECT count(*) FROM (SELECT DISTINCT account_id, plan, segment, date_trunc('hour', occurred_at) AS hour FROM events) e
        WHERE NOT EXISTS (
          SELECT 1 FROM accounts a WHERE a.account_id = e.account_id AND a.plan = e.plan AND a.segment = e.segment
          AND a.started_at < e.hour + INTERVAL 90 MINUTE AND (a.ended_at IS NULL OR e.hour < a.ended_at))"""
    assert ask(unmatched) == [(0,)]


def test_no_time_falls_into_the_hour_that_the_clocks_skip(ask):
    """On 30 March 2025 the clocks of Berlin go from two to three: nothing happens in between."""
    for kind, column in (("events", "occurred_at"), ("feedback", "created_at"), ("surveys", "answered_at"), ("accounts", "started_at")):
        assert ask(f"SELECT count(*) FROM {kind} WHERE {column}::text LIKE '2025-03-30 02:%'") == [(0,)]


def test_work_items_move_step_by_step(ask):
    """A work item starts in Backlog, each move leaves the state that the last one reached, and Done is the end."""
    assert ask("SELECT DISTINCT to_state FROM transitions WHERE from_state IS NULL") == [("Backlog",)]
    steps = "SELECT from_state, lag(to_state) OVER (PARTITION BY item_id ORDER BY changed_at) AS reached FROM transitions"
    assert ask(f"SELECT count(*) FROM ({steps}) WHERE reached IS DISTINCT FROM from_state OR reached = 'Done'") == [(0,)]
    assert ask("SELECT count(DISTINCT item_id), count(DISTINCT item_id) FILTER (WHERE from_state IS NOT NULL) FROM transitions") == [
        (914, 899)
    ]


def test_work_belongs_to_launches_that_come_after_it(ask):
    """An item's launch is the same in all its moves; what is done for one is done in the ten weeks before it, and what is open is for the next."""
    launched = "(SELECT name AS launch, launched_on FROM launches)"
    assert ask("SELECT item_id FROM transitions GROUP BY 1 HAVING count(DISTINCT coalesce(launch, '')) > 1") == []
    done = (
        f"SELECT date_diff('day', changed_at, launched_on) AS days FROM transitions JOIN {launched} USING (launch) WHERE to_state = 'Done'"
    )
    first, last = ask(f"SELECT min(days), max(days) FROM ({done})")[0]
    assert 1 <= first <= last <= 70
    open_items = "SELECT item_id, max_by(to_state, changed_at) AS state, max(launch) AS launch FROM transitions GROUP BY item_id"
    assert ask(f"SELECT DISTINCT launch FROM ({open_items}) WHERE state <> 'Done' AND launch IS NOT NULL") == [("Offline mode",)]
    states = dict(ask(f"SELECT state, count(*) FROM ({open_items}) WHERE launch = 'Offline mode' GROUP BY 1"))
    assert states["Backlog"] >= 14
    assert min(states["Review"], states["Done"]) >= 5


def test_deployments_are_made_in_office_hours_and_recover(ask):
    """Teams deploy on weekdays, a few times a week each; a commit comes before, and a recovery after a failure only."""
    assert ask("SELECT count(*) FROM deployments WHERE isodow(deployed_at) > 5 OR hour(deployed_at) NOT BETWEEN 9 AND 17") == [(0,)]
    assert ask("SELECT count(*) FROM deployments WHERE committed_at >= deployed_at") == [(0,)]
    assert ask("SELECT count(*) FROM deployments WHERE recovered_at IS NOT NULL AND (failed = 0 OR recovered_at <= deployed_at)") == [(0,)]
    a_week = [n / 78 for (n,) in ask("SELECT count(*) FROM deployments GROUP BY team")]
    assert len(a_week) == 3
    assert 2 < min(a_week) < max(a_week) < 4


def test_tickets_of_known_users_are_events_too(ask):
    """Each support ticket of a known user is also an event of that user at that time."""
    tickets = "SELECT user_id, created_at FROM feedback WHERE channel = 'support ticket' AND user_id IS NOT NULL"
    opened = "SELECT user_id, occurred_at FROM events WHERE event = 'support_ticket_opened'"
    missing = ask(f"SELECT count(*) FROM ({tickets} EXCEPT {opened})")[0][0]
    assert missing <= 0.01 * ask(f"SELECT count(*) FROM ({tickets})")[0][0]  # a few are re-sent after the account has closed


def test_usual_sizes(sample):
    """At its usual size the sample has the rows that were asked for in at most 40 MB."""
    rows = {kind: pq.read_metadata(path).num_rows for kind, path in sample.items()}
    assert set(rows) == {*CONTRACTS, "feedback_truth"}
    assert rows["feedback"] == rows["feedback_truth"] == 20_000
    assert 1_400_000 <= rows["events"] <= 1_600_000
    assert 1_200 <= rows["accounts"] <= 1_500
    assert (rows["launches"], rows["goals"]) == (12, 5)
    assert sum(path.stat().st_size for path in sample.values()) <= 40e6


def test_all_users_are_there(ask):
    """At its usual size the company has 5,000 users in 1,200 accounts, all of whom the tables know."""
    assert ask("SELECT count(DISTINCT account_id), max(account_id) FROM accounts") == [(1200, "A-1200")]
    users = ask("SELECT count(DISTINCT user_id), max(user_id) FROM events")[0]
    assert users[0] > 4_500
    assert users[1] <= "U-05000"


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    """Written twice, the files are equal byte by byte; another seed gives other ones."""
    first, second, other = (
        {kind: path.read_bytes() for kind, path in samples.write(tmp_path / name, seed=seed, **SMALL).items()}
        for name, seed in (("first", 7), ("second", 7), ("other", 8))
    )
    assert first == second
    assert {kind for kind in first if first[kind] == other[kind]} == {"launches", "goals"}


def test_sizes_can_be_chosen(tmp_path):
    """Feedback has exactly the rows asked for, events about as many, and files of the same names are replaced."""
    samples.write(tmp_path, **SMALL)
    paths = samples.write(tmp_path, users=300, events=60_000, feedback=1_000)
    rows = {kind: pq.read_metadata(path).num_rows for kind, path in paths.items()}
    assert rows["feedback"] == 1_000
    assert 54_000 <= rows["events"] <= 66_000
    assert sorted(paths.values()) == sorted(tmp_path.iterdir())


@pytest.mark.parametrize(("size", "least"), [({"users": 3}, 50), ({"events": -1}, 0), ({"feedback": 49}, 50)])
def test_sizes_too_small_are_refused(tmp_path, size, least):
    """A size that cannot hold the story is refused with the least one, before anything is written."""
    with pytest.raises(ParameterError, match=f"{next(iter(size))} is .*; the sample needs at least {least}"):
        samples.write(tmp_path / "new", **size)
    assert not (tmp_path / "new").exists()


def test_every_piece_of_feedback_has_its_truth(ask):
    """The truth table names one known theme for each piece of feedback."""
    assert ask("SELECT count(*) FROM feedback JOIN feedback_truth USING (id)") == [(20_000,)]
    assert {theme for (theme,) in ask("SELECT DISTINCT theme FROM feedback_truth")} == set(samples.THEMES)


def test_channels_know_what_such_channels_know(ask):
    """App reviews have stars and a version but no author; tickets have no stars; known authors bring account, segment, revenue."""
    known = "count(user_id), count(account_id), count(segment), count(revenue)"
    assert ask(f"SELECT {known}, count(*) = count(rating), count(*) = count(version) FROM feedback WHERE channel = 'app store'") == [
        (0, 0, 0, 0, True, True)
    ]
    assert ask("SELECT count(rating) FROM feedback WHERE channel = 'support ticket'") == [(0,)]
    assert ask("SELECT count(*) FROM feedback WHERE user_id IS NOT NULL AND (account_id || segment || revenue) IS NULL") == [(0,)]


def test_importing_is_quick():
    """Importing the room loads none of the heavy packages; only writing does."""
    code = "import sys, prodops.samples; print([m for m in ('numpy', 'pyarrow', 'pandas') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_as_of_is_a_monday():
    """The sample ends with a whole week: as-of is Monday 3 November 2025, and the sample starts on a Monday too."""
    assert samples.AS_OF == datetime(2025, 11, 3)  # noqa: SIM300
    assert samples.AS_OF.weekday() == samples.START.weekday() == 0
