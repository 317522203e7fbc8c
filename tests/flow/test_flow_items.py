"""Items and their visits, by hand: when each started and finished, how long it took, and what odd logs do to that."""

from datetime import datetime

import pandas as pd
import pytest

from prodops import flow

AS_OF = datetime(2025, 1, 31)
STAGES = ("Backlog", "Build", "Review", "Test", "Done", "Cancelled")
SPEC = flow.define({"stages": list(STAGES), "start": "Build", "waiting": ["Review"]}, as_of=AS_OF)


def log(*rows: tuple[str, str, str], **columns: object) -> pd.DataFrame:
    """Rows of item, state moved to, instant."""
    frame = pd.DataFrame(rows, columns=["item_id", "to_state", "changed_at"])
    return frame.assign(
        from_state=None, changed_at=pd.to_datetime(frame["changed_at"], format="ISO8601").astype("datetime64[us]"), **columns
    )


def one(*steps: tuple[str, str]) -> pd.Series:
    """What becomes of an item that takes these steps."""
    return flow.items(log(*(("1", state, at) for state, at in steps)), SPEC).iloc[0]


def test_a_plain_item():
    """From Build on the 2nd at noon to Done on the 5th at one o'clock: 3 days and an hour are 4 days."""
    found = one(("Backlog", "2025-01-01"), ("Build", "2025-01-02T12:00"), ("Review", "2025-01-03"), ("Done", "2025-01-05T13:00"))
    assert (found["stage"], found["cycle_days"], found["reopened"], found["moves_back"], found["visits"]) == ("Done", 4, 0, 0, 4)
    assert found["started"] == pd.Timestamp("2025-01-02T12:00")
    assert found["finished"] == pd.Timestamp("2025-01-05T13:00")
    assert pd.isna(found["age_days"])
    assert pd.isna(found["cancelled"])


@pytest.mark.parametrize(
    ("end", "days"),
    [("2025-01-02T09:00", 1), ("2025-01-02T17:00", 1), ("2025-01-03T09:00", 1), ("2025-01-03T09:00:01", 2), ("2025-01-09T09:00", 7)],
)
def test_days_are_rounded_up(end, days):
    """The same instant and the same day count 1; a second more than a day counts 2."""
    assert one(("Build", "2025-01-02T09:00"), ("Done", end))["cycle_days"] == days


def test_age_is_of_what_is_in_progress():
    """An item that started on the 29th at six has aged 2 days by the 31st at midnight; one in Backlog has no age."""
    assert one(("Build", "2025-01-29T06:00"))["age_days"] == 2
    assert pd.isna(one(("Backlog", "2025-01-01"))["age_days"])


def test_straight_to_done_is_a_day():
    """An item that skips all work started and finished at once."""
    found = one(("Backlog", "2025-01-01"), ("Done", "2025-01-08"))
    assert (found["cycle_days"], found["started"]) == (1, pd.Timestamp("2025-01-08"))


def test_reopened_items_are_open_until_they_rest():
    """Left done and not back: not finished, and its age runs from its first start. Back: finished on the last return."""
    steps = [("Build", "2025-01-02"), ("Done", "2025-01-04"), ("Test", "2025-01-10")]
    found = one(*steps)
    assert (found["reopened"], found["age_days"]) == (1, 29)
    assert pd.isna(found["finished"])
    found = one(*steps, ("Done", "2025-01-12"))
    assert (found["cycle_days"], found["reopened"], found["moves_back"]) == (10, 1, 1)


def test_put_back_items_begin_anew():
    """An item that was put back before the start is not in progress; when it starts again, its cycle begins there."""
    steps = [("Build", "2025-01-02"), ("Backlog", "2025-01-03")]
    assert pd.isna(one(*steps)["started"])
    found = one(*steps, ("Build", "2025-01-20"), ("Done", "2025-01-22"))
    assert (found["cycle_days"], found["moves_back"]) == (2, 1)


def test_given_up_is_neither_finished_nor_in_progress():
    """A cancelled item has an end and no age; taken up again it runs on from its first start."""
    found = one(("Build", "2025-01-02"), ("Cancelled", "2025-01-05"))
    assert found["cancelled"] == pd.Timestamp("2025-01-05")
    assert pd.isna(found["finished"])
    assert pd.isna(found["age_days"])
    found = one(("Build", "2025-01-02"), ("Cancelled", "2025-01-05"), ("Build", "2025-01-06"), ("Done", "2025-01-07"))
    assert (found["cycle_days"], found["moves_back"]) == (5, 0)
    assert pd.isna(found["cancelled"])


def test_moves_at_one_instant_and_out_of_order():
    """Rows may come in any order; several at one instant follow the stages, forward or back."""
    rows = log(("1", "Done", "2025-01-04"), ("1", "Test", "2025-01-04"), ("1", "Build", "2025-01-01"), ("1", "Review", "2025-01-04"))
    assert flow.visits(rows.sample(frac=1, random_state=1), SPEC)["stage"].tolist() == ["Build", "Review", "Test", "Done"]
    back = log(("1", "Test", "2025-01-01"), ("1", "Build", "2025-01-04"), ("1", "Review", "2025-01-04"))
    back["from_state"] = [None, "Review", "Test"]
    assert flow.visits(back, SPEC)["stage"].tolist() == ["Test", "Review", "Build"]


def test_visits_and_their_days():
    """Moves within a stage are one visit; days run to the next stage or to the as-of; resting at an end takes none."""
    rows = log(
        ("1", "Backlog", "2025-01-01"), ("1", "Build", "2025-01-02"), ("1", "Build", "2025-01-03"), ("1", "Review", "2025-01-04T12:00"),
        ("1", "Build", "2025-01-06"), ("1", "Done", "2025-01-07"), ("2", "Review", "2025-01-30T12:00"),
    )  # fmt: skip
    found = flow.visits(rows, SPEC)
    assert found[["item_id", "stage", "kind", "back"]].values.tolist() == [
        ["1", "Backlog", "before", False], ["1", "Build", "active", False], ["1", "Review", "waiting", False], ["1", "Build", "active", True],
        ["1", "Done", "done", False], ["2", "Review", "waiting", False],
    ]  # fmt: skip
    assert found["days"].fillna(-1).tolist() == [1.0, 2.5, 1.5, 1.0, -1.0, 0.5]


def test_what_lies_after_the_as_of_is_not_known():
    """A move at or after the as-of is not seen."""
    found = one(("Build", "2025-01-30"), ("Done", "2025-01-31"))
    assert (found["stage"], found["age_days"]) == ("Build", 1)


def test_dimensions_are_the_last_known():
    """An item's type, team and launch are the last ones that a move names."""
    rows = log(("1", "Build", "2025-01-01"), ("1", "Review", "2025-01-02"), ("1", "Done", "2025-01-03")).assign(
        team=["A", "B", None], type="bug"
    )
    found = flow.items(rows, SPEC).iloc[0]
    assert (found["team"], found["type"]) == ("B", "bug")
    assert pd.isna(found["launch"])
    named = flow.define({"stages": list(STAGES), "teams": {"Both": ["A", "B"]}}, as_of=AS_OF)
    assert flow.items(rows, named)["team"].tolist() == ["Both"]


def test_cycle_times_and_percentiles():
    """Finished items by their finish; percentiles interpolate between ranks: of 1 to 5 days the 85th is 4.4."""
    rows = log(*((str(n), state, at) for n in range(1, 6) for state, at in (("Build", "2025-01-01"), ("Done", f"2025-01-0{n + 1}"))))
    rows["type"] = ["bug" if int(i) > 3 else "task" for i in rows["item_id"]]
    cycle = flow.cycle_times(rows, SPEC)
    assert cycle["cycle_days"].tolist() == [1, 2, 3, 4, 5]
    assert flow.percentiles(cycle).values.tolist() == [["", 5, 3.0, pytest.approx(4.4), pytest.approx(4.8)]]
    assert flow.percentiles(cycle, by="type")[["slice", "items", "p50"]].values.tolist() == [["task", 3, 2.0], ["bug", 2, 4.5]]
    bounded = flow.cycle_times(rows, SPEC, since=datetime(2025, 1, 3), until=datetime(2025, 1, 5))
    assert bounded["item_id"].tolist() == ["2", "3"]


def test_oddities_are_counted_and_said():
    """Rows that are left out, unknown states, jumps, twins and reopened items are each told."""
    rows = log(
        ("1", "Build", "2025-01-01"), ("1", "Done", "2025-01-02"), ("1", "Test", "2025-01-03"), ("2", "Review", "2025-01-02"),
        ("2", "Test", "2025-01-02"), ("3", "Mars", "2025-01-02"), ("3", "Backlog", "2025-01-03"), ("4", "Build", "2025-01-03"), ("4", "Build", "2025-01-04"),
    )  # fmt: skip
    rows["from_state"] = [None, "Build", "Review", "Backlog", "Review", None, None, None, None]
    rows.loc[len(rows)] = ["5", None, pd.Timestamp("2025-01-01"), None]
    found = flow.oddities(rows, SPEC)
    assert dict(zip(found["name"], found["count"], strict=True)) == {
        "left_out": 1, "unknown_states": 1, "at_once": 2, "not_from_there": 1, "begun_before": 1, "within_stage": 1, "never_started": 1, "reopened": 1,
    }  # fmt: skip
    assert found["sentence"].iloc[-1] == "1 items left done again."


def test_dates_since_which_a_stage_is_reached_for_good():
    """Moving back clears later stages; a skipped stage has the date of the next one."""
    rows = log(
        ("1", "Backlog", "2025-01-01"),
        ("1", "Test", "2025-01-03"),
        ("1", "Build", "2025-01-05"),
        ("1", "Done", "2025-01-08"),
        ("2", "Build", "2025-01-02"),
    )
    found = flow.stage_dates(rows, SPEC).set_index("item_id")
    assert [str(d)[:10] for d in found.loc["1"]] == ["2025-01-01", "2025-01-03", "2025-01-08", "2025-01-08", "2025-01-08"]
    assert found.loc["2"].notna().tolist() == [True, True, False, False, False]


def test_blocked_days_count_midnights_under_the_flag():
    """From the 3rd to the 5th are 2 days; before the start none; an open flag runs to the as-of, or to the end of the item."""
    rows = log(
        ("1", "Build", "2025-01-02"),
        ("2", "Build", "2025-01-28"),
        ("3", "Build", "2025-01-02"),
        ("3", "Done", "2025-01-04"),
        ("4", "Backlog", "2025-01-02"),
    )
    flags = pd.DataFrame(
        [("1", "2025-01-01", 1), ("1", "2025-01-02", 0), ("1", "2025-01-03T22:00", 1), ("1", "2025-01-05T01:00", 0), ("2", "2025-01-29", 1),
         ("3", "2025-01-03", 1), ("4", "2025-01-03", 1)],
        columns=["item_id", "changed_at", "flagged"],
    )  # fmt: skip
    flags["changed_at"] = pd.to_datetime(flags["changed_at"], format="ISO8601")
    found = flow.blocked_days(flags, flow.items(rows, SPEC), as_of=AS_OF).set_index("item_id")["blocked_days"]
    assert found.sort_index().tolist() == [2, 2, 1, 0]


EMPTY = log().astype({"changed_at": "datetime64[us]"})


TINY = [EMPTY, log(("1", "Build", "2025-01-02")), log(("1", "Done", "2025-01-02")), log(("1", "Mars", "2025-01-02"))]
SPECS = {"told": SPEC, "unknown": flow.define(None, as_of=AS_OF)}
TELLING = ("told", 0)
"""The one of them that is asked each time; the others take their turn with what is slow."""


@pytest.mark.parametrize(
    ("spec", "rows"),
    [
        pytest.param(spec, rows, id=f"{name}-{n}", marks=() if (name, n) == TELLING else pytest.mark.slow)
        for name, spec in SPECS.items()
        for n, rows in enumerate(TINY)
    ],
)
def test_tiny_and_empty_logs_have_answers(spec, rows):
    """Whatever is asked of no rows, one row, or a state that nobody knows, is an answer with its columns."""
    for ask in (flow.items, flow.visits, flow.cycle_times, flow.wip, flow.arrivals, flow.throughput, flow.cfd, flow.age, flow.stage_ages,
                flow.time_in_stage, flow.efficiency, flow.rework, flow.moves_back, flow.handoffs, flow.ping_pong, flow.oddities, flow.stage_dates):  # fmt: skip
        found = ask(rows, spec)
        assert len(found.columns) >= 1, ask.__name__
    assert flow.percentiles(flow.cycle_times(rows, spec)).columns.tolist() == ["slice", "items", "p50", "p85", "p95"]
    found = flow.bottleneck(rows, spec)
    assert (found.stage, found.evidence) == ("", ())
    assert found.reason.startswith("Too little to tell")
