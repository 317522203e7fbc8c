"""What must hold of any log: counts balance, times add up, and the engine says what a plain loop over the rows says."""

import math
from datetime import datetime, timedelta

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from prodops import flow

START = datetime(2025, 1, 6)
AS_OF = START + timedelta(days=30)
STAGES = ("Backlog", "Build", "Review", "Test", "Done", "Cancelled")
SPEC = flow.define({"stages": list(STAGES), "start": "Build", "waiting": ["Review"]}, as_of=AS_OF)
LOGS = st.lists(
    st.tuples(st.integers(1, 5), st.sampled_from(STAGES), st.integers(0, 30 * 48 - 1)), max_size=40, unique_by=lambda r: (r[0], r[2])
)


def frame(rows: list[tuple[int, str, int]]) -> pd.DataFrame:
    """Rows of item, state and half-hour."""
    found = pd.DataFrame(rows, columns=["item_id", "to_state", "half_hour"]).astype({"item_id": "str", "to_state": "str"})
    at = pd.Timestamp(START) + pd.to_timedelta(found["half_hour"].astype("int64") * 30, "min")
    return found.assign(from_state=pd.Series([None] * len(rows), dtype="str"), changed_at=at.astype("datetime64[us]")).drop(
        columns="half_hour"
    )


def plainly(rows: list[tuple[int, str, int]]) -> dict[str, tuple[datetime | None, datetime | None, int | None, int]]:
    """Say of each item when it started, finished, how many days that took and how often it went back, one row at a time."""
    found = {}
    for item in sorted({str(r[0]) for r in rows}):
        state, started, finished, back = "", None, None, 0
        for _, to, n in sorted((r for r in rows if str(r[0]) == item), key=lambda r: r[2]):
            at = START + timedelta(minutes=30 * n)
            if to == state:
                continue
            back += state not in ("", "Cancelled") and STAGES.index(to) < STAGES.index(state)
            if to == "Backlog":
                started = None
            elif to != "Cancelled" and started is None:
                started = at
            finished = at if to == "Done" else None
            state = to
        days = max(1, math.ceil((finished - started) / timedelta(days=1))) if started and finished else None
        found[item] = (started, finished, days, back)
    return found


@settings(max_examples=6)
@given(LOGS)
def test_flow_balances(rows):
    """The engine's items are those of a plain loop; CFD never decreases; net flow is the change of WIP; stages' days add up to the elapsed."""
    log = frame(rows)
    items = flow.items(log, SPEC)
    none = lambda value: None if pd.isna(value) else value  # noqa: E731
    ours = {i.item_id: (none(i.started), none(i.finished), none(i.cycle_days), i.moves_back) for i in items.itertuples()}
    assert ours == plainly(rows)

    reached = flow.cfd(log, SPEC).pivot(index="date", columns="stage", values="reached")
    if len(reached):
        counts = reached[list(SPEC.path)].to_numpy()
        assert (counts[1:] >= counts[:-1]).all()
        assert (counts[:, :-1] >= counts[:, 1:]).all()

    daily = flow.arrivals(log, SPEC, grain="day")
    assert (daily["arrivals"] - daily["departures"] == daily["net_flow"]).all()
    assert (daily["wip"].diff().iloc[1:] == daily["net_flow"].iloc[1:]).all()
    assert daily["wip"].iloc[-1:].tolist() in ([], [int(items["age_days"].notna().sum())])

    visits = flow.visits(log, SPEC)
    for item in items[items["finished"].notna()].itertuples():
        own = visits[(visits["item_id"] == item.item_id) & (visits["entered"] >= item.started) & (visits["entered"] < item.finished)]
        assert math.isclose(own["days"].sum(), (item.finished - item.started) / pd.Timedelta(days=1), abs_tol=1e-9)
