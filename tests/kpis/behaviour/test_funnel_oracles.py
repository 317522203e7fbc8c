"""Funnels agree with independent answers: plain SQL that joins events to events, and brute force over each person's events."""

from datetime import datetime, timedelta
from statistics import mean, median
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from prodops.kpis import Exclusion, FunnelSpec, funnel

ZERO = datetime(2025, 1, 1)
Sets = list[list[tuple[str, str, int]]]
"""Event sets: person, event, minute."""

SETS = st.lists(
    st.lists(st.tuples(st.sampled_from("pq"), st.sampled_from("AABBCX"), st.integers(0, 14)), max_size=12), min_size=50, max_size=50
)


@pytest.fixture(params=[2, pytest.param(6, marks=pytest.mark.slow)])
def trials(request: pytest.FixtureRequest) -> settings:
    """Two, or where slow tests run six times, fifty sets, which one query answers as slices: people of different sets are different people."""
    return settings(max_examples=request.param, phases=[Phase.generate])


def frame_of(sets: Sets) -> pd.DataFrame:
    rows = [
        (f"{n:03}{person}", event, ZERO + timedelta(minutes=at), f"{n:03}") for n, events in enumerate(sets) for person, event, at in events
    ]
    frame = pd.DataFrame(rows, columns=["user_id", "event", "occurred_at", "set"])
    return frame.astype({"occurred_at": "datetime64[us]", "user_id": "str", "event": "str", "set": "str"})


def ours(sets: Sets, spec: FunnelSpec) -> dict[str, list[tuple[Any, ...]]]:
    found = funnel(frame_of(sets), spec)
    found = found[found["slice"] != ""]
    columns = ["entities", "mean_seconds_from_previous", "median_seconds_from_previous", "n_open"]
    return {name: [rounded(row) for row in part[columns].itertuples(index=False)] for name, part in found.groupby("slice")}


def rounded(row: Any) -> tuple[Any, ...]:
    return tuple(None if value is None or value != value else round(float(value), 6) for value in row)


def summed(attempts: list[list[int]], still: list[bool], depth: int) -> list[tuple[Any, ...]]:
    """Summarise the best attempts of people, each the minutes of its steps."""
    rows = []
    for n in range(depth):
        took = [60 * (a[n] - a[n - 1]) for a in attempts if len(a) > n] if n else []
        n_open = sum(len(a) <= n and s for a, s in zip(attempts, still, strict=True))
        rows.append(rounded((sum(len(a) > n for a in attempts), mean(took) if took else None, median(took) if took else None, n_open)))
    return rows


def spec_of(steps: tuple[str | None, ...], window: int, **more: Any) -> FunnelSpec:
    as_of = ZERO + timedelta(minutes=13)
    return FunnelSpec(steps=steps, window=timedelta(minutes=window), as_of=as_of, by="set", attribution="all", **more)


# ------------------------------------------------------------------------------------------------------------ plain SQL
CHAINS = """
with known as (select distinct user_id, event, occurred_at as ts, set from events where occurred_at < timestamp '2025-01-01 00:13:00'),
placed as (select *, row_number() over (partition by user_id order by ts, {ties}) as place from known),
chains as (
  select a.set, a.user_id, 1 as depth, a.ts as t1, null::timestamp as t2, null::timestamp as t3 from placed a where {a}
  union all
  select a.set, a.user_id, 2, a.ts, b.ts, null from placed a join placed b on a.user_id = b.user_id and b.place > a.place
  where {a} and {b} and b.ts - a.ts <= interval {window} minute
  union all
  select a.set, a.user_id, 3, a.ts, b.ts, c.ts from placed a join placed b on a.user_id = b.user_id and b.place > a.place
  join placed c on c.user_id = b.user_id and c.place > b.place
  where {a} and {b} and {c} and c.ts - a.ts <= interval {window} minute
),
best as (select * from chains qualify row_number() over (partition by user_id order by depth desc, t1, t2, t3) = 1),
late as (select user_id, max(t1) >= timestamp '2025-01-01 00:13:00' - interval {window} minute as still from chains where depth = 1 group by all)
select set, depth, still, date_diff('minute', timestamp '2025-01-01', t1), date_diff('minute', timestamp '2025-01-01', t2),
  date_diff('minute', timestamp '2025-01-01', t3) from best join late using (user_id)
"""


def by_sql(sets: Sets, steps: tuple[str | None, ...], window: int) -> dict[str, list[tuple[Any, ...]]]:
    events = frame_of(sets)  # noqa: F841 - the query reads it
    tests = {name: f"({name}.event = '{step}')" if step else "true" for name, step in zip("abc", steps, strict=True)}
    ties = ", ".join(f"event = '{step}' desc" for step in steps if step) or "event"
    found: dict[str, list[tuple[list[int], bool]]] = {}
    for name, depth, still, *minutes in duckdb.sql(CHAINS.format(ties=ties, window=window, **tests)).fetchall():
        found.setdefault(name, []).append((minutes[:depth], still))
    return {name: summed([a for a, _ in people], [s for _, s in people], 3) for name, people in found.items()}


@pytest.mark.parametrize(
    ("steps", "window"),
    [
        (("A", "B", "C"), 5),
        (("A", "B", "C"), 0),
        (("A", "B", "A"), 6),
        (("A", "A", "B"), 4),
        (("A", None, "B"), 5),
        ((None, None, None), 3),
    ],
    ids=str,
)
def test_sequential_funnels_agree_with_joins_in_sql(trials: settings, steps: tuple[str | None, ...], window: int) -> None:
    """The windows over one sort give what listing all chains of events gives: counts, times of the best attempt, and who is open."""

    @trials
    @given(SETS)
    def agree(sets: Sets) -> None:
        assert ours(sets, spec_of(steps, window)) == by_sql(sets, steps, window)

    agree()


# ---------------------------------------------------------------------------------------------------------- brute force
def by_hand(
    sets: Sets, steps: tuple[str | None, ...], window: int, order: str, without: tuple[str, int, int] | None = None
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for n, events in enumerate(sets):
        attempts, still = [], []
        for person in sorted({p for p, _, _ in events}):
            mine = {(e, at) for p, e, at in events if p == person and at < 13}
            rank = lambda e: [s is not None and s != e for s in steps]  # noqa: E731 - events that fit earlier steps come first
            line = sorted(mine, key=lambda x: (x[1], rank(x[0])))
            tried = [a for i in range(len(line)) if (a := attempt(line, i, steps, window, order))]
            if not tried or (without and excluded(tried, line, len(steps), window, *without)):
                continue
            attempts.append(max(tried, key=lambda a: (len(a), -a[0])))
            still.append(max(a[0] for a in tried) >= 13 - window)
        if attempts:
            found[f"{n:03}"] = summed(attempts, still, len(steps))
    return found


def attempt(line: list[tuple[str, int]], i: int, steps: tuple[str | None, ...], window: int, order: str) -> list[int]:
    """Follow one beginning event by event."""
    start, needed, got = line[i][1], list(steps), list[int]()
    if order == "any" and line[i][0] not in steps and None not in steps:
        return []
    for event, at in [x for x in line if x[1] >= start] if order == "any" else line[i:]:
        if not needed or at > start + window:
            break
        fits = [s for s in (needed if order == "any" else needed[:1]) if s in (None, event)]
        if fits:
            needed.remove(fits[0])
            got.append(at)
        elif order == "strict" or not got:
            break
    return got


def excluded(tried: list[list[int]], line: list[tuple[str, int]], depth: int, window: int, event: str, after: int, before: int) -> bool:
    """Whether the event came between the steps of any attempt, before the first completion."""
    done = min((a[-1] for a in tried if len(a) == depth), default=99)
    for a in tried:
        if len(a) >= after:
            end = a[before - 1] if len(a) >= before else a[0] + window + 1
            if any(e == event and a[after - 1] <= at < min(end, done) for e, at in line):
                return True
    return False


@pytest.mark.parametrize(
    ("order", "steps"),
    [("strict", ("A", "B", "C")), ("strict", ("A", None, "B")), ("any", ("A", "B", "C")), ("any", ("B", "A", "A")), ("any", (None, None))],
    ids=str,
)
def test_strict_and_any_order_agree_with_brute_force(trials: settings, order: str, steps: tuple[str | None, ...]) -> None:
    """Looking ahead by a fixed number of events, or at when each step is next done, gives what following every beginning gives."""

    @trials
    @given(SETS)
    def agree(sets: Sets) -> None:
        assert ours(sets, spec_of(steps, 4, order=order)) == by_hand(sets, steps, 4, order)

    agree()


@pytest.mark.parametrize(("after", "before"), [(2, 3), (1, 3)])
def test_exclusions_agree_with_brute_force(trials: settings, after: int, before: int) -> None:
    """People with an excluded event between two steps of any attempt, before they first completed the funnel, count nowhere."""
    spec = spec_of(("A", "B", "C"), 6, exclusions=(Exclusion(step="X", after=after, before=before),))

    @trials
    @given(SETS)
    def agree(sets: Sets) -> None:
        assert ours(sets, spec) == by_hand(sets, ("A", "B", "C"), 6, "sequential", ("X", after, before))

    agree()
