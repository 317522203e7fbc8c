"""Flow over time, where time goes, rework, handoffs, deployments and launches: answers worked out by hand."""

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest

from prodops import flow
from prodops.errors import ParameterError

AS_OF = datetime(2025, 1, 13)
SPEC = flow.define({"stages": ["Backlog", "Build", "Review", "Done", "Cancelled"], "start": "Build", "waiting": ["Review"]}, as_of=AS_OF)
MOVES = (
    ("1", "Backlog", "2025-01-01T08:00", "A"), ("1", "Build", "2025-01-02T08:00", "A"), ("1", "Review", "2025-01-03T08:00", "B"),
    ("1", "Build", "2025-01-05T08:00", "A"), ("1", "Review", "2025-01-06T08:00", "B"), ("1", "Done", "2025-01-07T08:00", "B"),
    ("2", "Backlog", "2025-01-02T08:00", "A"), ("2", "Build", "2025-01-03T08:00", "A"), ("2", "Review", "2025-01-06T08:00", "A"),
    ("2", "Done", "2025-01-07T08:00", "A"),
    ("3", "Build", "2025-01-04T08:00", "B"), ("3", "Cancelled", "2025-01-08T08:00", "B"),
    ("4", "Build", "2025-01-08T08:00", "B"),
)  # fmt: skip


@pytest.fixture(scope="module")
def log() -> pd.DataFrame:
    frame = pd.DataFrame(MOVES, columns=["item_id", "to_state", "changed_at", "team"])
    return frame.assign(from_state=None, changed_at=pd.to_datetime(frame["changed_at"], format="ISO8601").astype("datetime64[us]"))


def test_work_in_progress_per_day(log):
    """From the 2nd on: one starts on each of the 2nd, 3rd, 4th and 8th, two finish on the 7th, one is given up on the 8th."""
    found = flow.wip(log, SPEC)
    assert found["date"].iloc[0] == pd.Timestamp("2025-01-02")
    assert found["wip"].tolist() == [1, 2, 3, 3, 3, 1, 1, 1, 1, 1, 1]
    assert flow.wip(log, SPEC, since=date(2025, 1, 6), until=date(2025, 1, 9))["wip"].tolist() == [3, 1, 1]
    assert flow.wip(log, SPEC, by="team").groupby("slice")["wip"].last().to_dict() == {"A": 0, "B": 1}


def test_arrivals_against_departures(log):
    """In the week of 30 December three start; in that of the 6th one starts and three leave, two of them finished."""
    found = flow.arrivals(log, SPEC)
    assert found.drop(columns="slice").values.tolist() == [
        [pd.Timestamp("2024-12-30"), 3, 0, 0, 3, 3], [pd.Timestamp("2025-01-06"), 1, 3, 2, -2, 1],
    ]  # fmt: skip


def test_throughput_counts_periods_without_any(log):
    """From the first finish on every whole day is there, zeros included; the last periods can be asked for."""
    found = flow.throughput(log, SPEC, grain="day")
    assert found["finished"].tolist() == [2, 0, 0, 0, 0, 0]
    assert flow.throughput(log, SPEC, grain="week")["finished"].tolist() == [2]
    assert flow.throughput(log, SPEC, grain="day", periods=2)["period_start"].tolist() == [
        pd.Timestamp("2025-01-11"),
        pd.Timestamp("2025-01-12"),
    ]


def test_items_that_have_reached_each_stage(log):
    """Item 3 never lay in Backlog but is past it; given-up work reaches nothing further; moving back takes nothing away."""
    found = flow.cfd(log, SPEC).pivot(index="date", columns="stage", values="reached")
    assert found.loc["2025-01-04", ["Backlog", "Build", "Review", "Done"]].tolist() == [3, 3, 1, 0]
    assert found.iloc[-1][["Backlog", "Build", "Review", "Done"]].tolist() == [4, 4, 2, 2]


def test_time_in_stages_counts_every_visit(log):
    """Review is visited three times, for 2, 1 and 1 days; Build ends in 1, 1, 3 and 4 days; Backlog is before the start."""
    found = flow.time_in_stage(log, SPEC).set_index("stage")
    assert found.loc["Review", ["visits", "items", "total_days", "median_days", "days_per_item"]].tolist() == [3, 2, 4.0, 1.0, 2.0]
    assert found.loc["Build", ["visits", "items", "total_days", "mean_days"]].tolist() == [4, 3, 9.0, 2.25]
    assert found["share"].drop("Backlog").to_dict() == {"Build": pytest.approx(9 / 13), "Review": pytest.approx(4 / 13)}
    assert pd.isna(found.loc["Backlog", "share"])


def test_flow_efficiency_adds_up_first(log):
    """Two finished items were active for 2 and 3 days and waited for 3 and 1: 5 of 9 days."""
    found = flow.efficiency(log, SPEC).iloc[0]
    assert (found["items"], found["active_days"], found["waiting_days"]) == (2, 2.5, 2.0)
    assert found["efficiency"] == pytest.approx(5 / 9)
    assert 0 <= found["lower"] < 5 / 9 < found["upper"] <= 1


def test_rework(log):
    """One of two finished items went back once, of their six visits; Build again and Review again took 1 day each."""
    found = flow.rework(log, SPEC).iloc[0]
    assert found[["items", "reworked", "visits", "back_visits", "rework_days", "days_per_item"]].tolist() == [2, 1, 6, 1, 2.0, 2.0]
    assert (found["share"], found["first_pass_share"], found["visit_share"]) == (0.5, 0.5, pytest.approx(1 / 6))
    assert flow.moves_back(log, SPEC).values.tolist() == [["Review", "Build", 1, 1]]


def test_going_on_after_a_wait_is_no_rework():
    """Item 1 waits twice and goes on where it was; item 2 waits after Test and goes back to Build; item 3 is pulled back out of a queue that
    nobody took it from; item 4 is sent back to a queue, which counts once."""
    spec = flow.define(
        {"stages": ["Ready", "Build", "Test", "Wait - User", "Done"], "start": "Build", "waiting": ["Wait - User"]}, as_of=AS_OF
    )
    ways = {
        "1": ["Build", "Wait - User", "Build", "Wait - User", "Build", "Done"], "2": ["Build", "Test", "Wait - User", "Build", "Done"],
        "3": ["Wait - User", "Build", "Done"], "4": ["Build", "Test", "Ready", "Build", "Done"],
    }  # fmt: skip
    rows = pd.DataFrame(
        [(item, stage, n) for item, way in ways.items() for n, stage in enumerate(way)], columns=["item_id", "to_state", "n"]
    )
    rows["changed_at"] = (pd.Timestamp("2025-01-01") + pd.to_timedelta(rows["n"], "D")).astype("datetime64[us]")
    rows = rows.drop(columns="n").assign(from_state=None)
    assert flow.moves_back(rows, spec).values.tolist() == [["Test", "Ready", 1, 1], ["Wait - User", "Build", 1, 1]]
    assert flow.items(rows, spec).set_index("item_id")["moves_back"].sort_index().tolist() == [0, 1, 0, 1]


def test_handoffs_and_ping_pong(log):
    """Item 1 goes from A to B, back to A and back to B: three handoffs, two of them to a team that had it before."""
    found = flow.handoffs(log, SPEC)
    assert found.values.tolist() == [["A", "B", 2, 1, 1], ["B", "A", 1, 1, 1]]
    pong = flow.ping_pong(log, SPEC).iloc[0]
    assert pong[["items", "handed_over", "returned", "share", "handoffs"]].tolist() == [2, 1, 1, 0.5, 3]
    assert pong[["median_days", "median_days_without", "days_added"]].tolist() == [5.0, 4.0, 1.0]
    assert pd.isna(pong["days_added_lower"])


def test_age_beside_what_is_usual(log):
    """The one item in progress is 5 days old: older than one of the two finished, and than half of them were on leaving Build."""
    found = flow.age(log, SPEC)
    assert found[["item_id", "stage", "kind", "age_days", "stage_days", "percentile", "level"]].values.tolist() == [
        ["4", "Build", "active", 5, pytest.approx(4 + 16 / 24), 0.5, "p95"]
    ]
    bounds = flow.stage_ages(log, SPEC).set_index("stage")
    assert bounds.loc["Build", ["items", "p50"]].tolist() == [2, 3.5]  # left for the last time after 4 and 3 days
    assert bounds.loc["Review", "p50"] == 4.5


def test_time_to_market():
    """From the first start on the 2nd to the launch on the 10th are 8 days, 3 of them on the shelf; a launch ahead counts so far."""
    items = pd.DataFrame(
        {
            "item_id": list("abcde"), "launch": ["One", "One", "Next", "Next", None],
            "started": pd.to_datetime(["2025-01-02", "2025-01-04", "2025-01-08", None, "2025-01-01"]),
            "finished": pd.to_datetime(["2025-01-05", "2025-01-07", None, None, None]), "cancelled": pd.to_datetime([None] * 5),
            "age_days": pd.array([None, None, 5, None, 12], dtype="Int64"),
        }
    )  # fmt: skip
    launches = pd.DataFrame({"name": ["One"], "launched_on": [date(2025, 1, 10)]})
    found = flow.time_to_market(items, launches, as_of=AS_OF).set_index("launch")
    assert found.loc["One", ["items", "finished", "days", "build_days", "shelf_days"]].tolist() == [2, 2, 8.0, 5.0, 3.0]
    assert found.loc["Next", ["items", "finished", "in_progress", "not_started", "days"]].tolist() == [2, 0, 1, 1, 5.0]
    assert found.loc["Next", ["launched_on", "shelf_days"]].isna().all()


def test_doras_keys():
    """Ten deployments in the ten days: one a day; two of eight known ones failed; medians and ranges of what was measured."""
    at = pd.date_range("2025-01-03", periods=10, freq="D") + pd.Timedelta(hours=12)
    rows = pd.DataFrame(
        {
            "deployment_id": [str(n) for n in range(10)], "deployed_at": at, "committed_at": at - pd.to_timedelta(np.arange(10), "D"),
            "failed": pd.array([1, 1, 0, 0, 0, 0, 0, 0, None, None], dtype="Int64"), "recovered_at": [at[0] + pd.Timedelta(hours=2), *[pd.NaT] * 9],
        }
    )  # fmt: skip
    found = flow.dora(rows, grain=None, as_of=AS_OF).iloc[0]
    assert (found["deployments"], found["per_day"], found["frequency_band"]) == (10, 1.0, "elite")
    assert found[["per_day_lower", "per_day_upper"]].tolist() == [
        pytest.approx(0.4795, abs=1e-4),
        pytest.approx(1.8390, abs=1e-4),
    ]  # Garwood
    assert found[["lead_days", "lead_lower", "lead_upper", "lead_band"]].tolist() == [4.5, 1.0, 8.0, "high"]
    assert found[["failures", "failure_share", "failure_band", "recovery_hours", "recovery_band", "unrecovered"]].tolist() == [
        2,
        0.25,
        "low",
        2.0,
        "high",
        1,
    ]
    weekly = flow.dora(rows, grain="week", as_of=AS_OF)
    assert weekly[["period_start", "deployments"]].values.tolist() == [[pd.Timestamp("2025-01-06"), 7]]  # the first whole week
    assert flow.dora(rows.iloc[:0], as_of=AS_OF).empty
    with pytest.raises(ParameterError, match='cannot be sliced by "squad"'):
        flow.dora(rows, by="squad", as_of=AS_OF)


def test_dates_from_ranges():
    """Without any spread a forecast is a division: 10 stories twice split at 4 a week take 5 weeks; many in 3 weeks are 12."""
    rng = np.random.default_rng(0)
    found = flow.when_done(stories=10, splits=2, throughput=4, start=date(2025, 1, 1), rng=rng, trials=10, likelihoods=(0.85,))
    assert (found["weeks"].tolist(), found["date"].tolist()) == ([5], [pd.Timestamp("2025-02-05")])
    assert flow.how_many(throughput=4, weeks=3, rng=rng, trials=10, likelihoods=(0.5,))["items"].tolist() == [12.0]
    spread = flow.when_done(stories=(20, 25), throughput=(1, 3, 10), start=date(2025, 1, 1), rng=rng, trials=2_000)
    assert spread["weeks"].is_monotonic_decreasing


@pytest.mark.parametrize(("name", "value"), [("throughput", (3, 1)), ("stories", -1), ("splits", (1, 2, 3, 4)), ("throughput", 0)])
def test_ranges_that_are_none_are_refused(name, value):
    """A range that is turned round, below nothing, or never above it, is named with its value."""
    given = {"stories": 1, "throughput": 1} | {name: value}
    with pytest.raises(ParameterError, match=f"^{name} is "):
        flow.when_done(start=date(2025, 1, 1), rng=np.random.default_rng(0), trials=10, **given)
