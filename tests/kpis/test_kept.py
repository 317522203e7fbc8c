"""What is kept of an entity stays right beyond the bits of one number."""

from datetime import date

import numpy as np
import pandas as pd

from prodops.kpis import define, kept
from prodops.kpis.book import KpiBook
from prodops.kpis.measure import compute_slicings
from prodops.workspace import Period

SLICINGS = [(), ("platform",), ("platform", "country")]
COUNTED = {"type": "simple", "table": "events", "agg": "count_distinct", "column": "user_id"}


def random_events(kinds: int) -> pd.DataFrame:
    """Two hundred events of twenty users, who roam over three platforms and two countries."""
    rng = np.random.default_rng(0)
    drawn = {"user_id": 20, "event": kinds, "platform": 3, "country": 2}
    rows = pd.DataFrame({column: rng.integers(0, n, 200).astype(str) for column, n in drawn.items()})
    return rows.assign(occurred_at=pd.Timestamp("2025-09-29") + pd.to_timedelta(rng.integers(0, 7 * 24, 200), "h"))


def book_of(kinds: int) -> KpiBook:
    """Define a KPI for the users of each kind of event."""
    return define({f"k{n}": COUNTED | {"where": {"event": str(n)}} for n in range(kinds)})


def people(desk, events: pd.DataFrame, kinds: int) -> dict[tuple[str, str], float]:
    """Count the users of each kind of event in the one week, by KPI and slice."""
    week = [Period(date(2025, 9, 29), date(2025, 10, 6))]
    found = compute_slicings(desk("2025-10-06", events=events), book_of(kinds), grain="week", periods=week, slicings=SLICINGS)
    return {(row.kpi, row.slice): row.value for row in found.itertuples() if row.value}


def by_pandas(events: pd.DataFrame) -> dict[tuple[str, str], float]:
    """The same by another way."""
    found = {}
    for slicing in SLICINGS:
        counts = events.groupby(["event", *slicing])["user_id"].nunique()
        found |= {(f"k{key[0]}", " · ".join(key[1:])): n for key, n in zip(map(np.atleast_1d, counts.index), counts, strict=True)}
    return found


def test_eighty_filters_need_three_numbers(desk):
    """Each of eighty filters counts its own users, in every slice."""
    events = random_events(80)
    book = book_of(80)
    assert len(kept.Kept({name: book.measures(name)[0] for name in book.order}, {}).words) == 3
    assert people(desk, events, 80) == by_pandas(events)


def test_more_combinations_of_slices_than_numbers(desk, monkeypatch):
    """Six combinations where there is room for four: users of those beyond are read again, and the counts stay."""
    events = random_events(3)
    before = people(desk, events, 3)
    monkeypatch.setattr(kept, "PLACE", 2)
    assert people(desk, events, 3) == before == by_pandas(events)


def test_entities_of_one_combination_beyond_the_numbers(desk, monkeypatch):
    """Users who stay in one place count there once, whether the place has a number or not."""
    events = random_events(3).drop(columns=["platform", "country"])
    place = events["user_id"].astype(int)
    events = events.assign(platform=(place % 3).astype(str), country=(place % 2).astype(str))
    monkeypatch.setattr(kept, "PLACE", 1)
    assert people(desk, events, 3) == by_pandas(events)
