"""What holds for any rows, checked against plain Python."""

from collections import defaultdict
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodops.kpis import compute, define
from prodops.workspace import last_periods, period_start

AS_OF = datetime(2025, 1, 15)
BOOK = define(
    {
        "rows": {"type": "simple", "table": "events", "agg": "count", "where": {"event": "x"}},
        "users": {"type": "simple", "table": "events", "agg": "count_distinct", "column": "user_id"},
        "money": {"type": "simple", "table": "events", "agg": "sum", "column": "revenue"},
        "each": {"type": "ratio", "numerator": "money", "denominator": "users"},
        "open": {"type": "simple", "table": "accounts", "agg": "sum", "column": "mrr", "at": "end"},
    }
)
moments = st.integers(0, 500).map(lambda hours: datetime(2024, 12, 20) + timedelta(hours=hours))
cents = st.integers(0, 10_000).map(lambda c: c / 100)
event_rows = st.lists(
    st.fixed_dictionaries(
        {
            "user_id": st.sampled_from("abc"),
            "event": st.sampled_from("xy"),
            "occurred_at": moments,
            "platform": st.sampled_from(["ios", "NA"]),
            "revenue": cents,
        }
    ),
    min_size=1,
    max_size=25,
)
spell_rows = st.lists(st.tuples(moments, st.none() | st.integers(0, 300), cents), min_size=1, max_size=8)


GRAINS = pytest.mark.parametrize("grain", ["day", "week", "month"])
ROWS = given(events=event_rows, spells=spell_rows)


@GRAINS
@settings(max_examples=3, deadline=None)
@ROWS
def test_every_period_and_slice_agrees_with_plain_python(desk, grain, events, spells):
    """Counts, distinct counts, sums, ratios and what runs at a period's end are what a loop over the rows gives, slice by slice."""
    accounts = [
        {
            "account_id": str(i),
            "plan": "p",
            "mrr": mrr,
            "started_at": start,
            "platform": "ios",
            "ended_at": start + timedelta(hours=1 + length) if length is not None else None,
        }
        for i, (start, length, mrr) in enumerate(spells)
    ]
    for row in accounts:
        row["ended_at"] = row["ended_at"] if row["ended_at"] and row["ended_at"] < AS_OF else None
    at = desk(AS_OF.isoformat(), events=events, accounts=accounts)
    periods = last_periods(AS_OF, grain, 4)
    got = compute(at, BOOK, grain=grain, periods=periods, by="platform")
    seen = {(r.kpi, r.period_start.date(), r.slice): r.value for r in got.itertuples()}
    wanted = expected(events, accounts, grain, periods)
    assert {key: seen[key] for key in wanted} == pytest.approx(wanted, nan_ok=True)


def expected(events, accounts, grain, periods):
    """The same numbers by hand, for periods after the tables began, of slices that the periods hold."""
    inside = [e for e in events if periods[0].start <= e["occurred_at"].date() < periods[-1].end]
    first, opened = min(e["occurred_at"] for e in events), min(a["started_at"] for a in accounts)
    wanted = {}
    for period in periods:
        end = datetime.combine(period.end, datetime.min.time())
        for part in ["", *{e["platform"] for e in inside}]:
            rows = [e for e in inside if period_start(e["occurred_at"], grain) == period.start and part in ("", e["platform"])]
            if end > first:
                money, users = sum(e["revenue"] for e in rows), len({e["user_id"] for e in rows})
                wanted |= {
                    (k, period.start, part): v
                    for k, v in {
                        "rows": sum(e["event"] == "x" for e in rows),
                        "users": users,
                        "money": money,
                        "each": money / users if users else float("nan"),
                    }.items()
                }
        if end > opened:
            wanted["open", period.start, ""] = sum(
                a["mrr"] for a in accounts if a["started_at"] < end and (not a["ended_at"] or a["ended_at"] >= end)
            )
    return wanted


test_many_tables_agree_with_plain_python = GRAINS(
    pytest.mark.slow(settings(max_examples=8)(ROWS(test_every_period_and_slice_agrees_with_plain_python.hypothesis.inner_test)))
)


@settings(max_examples=8, deadline=None)
@given(events=event_rows)
def test_slices_of_counts_and_sums_add_up_to_the_whole(desk, events):
    """What can be added over slices adds up to all rows in every period."""
    got = compute(
        desk(AS_OF.isoformat(), events=events),
        BOOK,
        grain="week",
        periods=last_periods(AS_OF, "week", 3),
        by="platform",
        names=["rows", "money"],
    )
    sums: dict[tuple[str, object], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in got[got["value"].notna()].itertuples():
        sums[row.kpi, row.period_start][bool(row.slice)] += row.value
    for whole, parts in sums.values():
        assert parts == pytest.approx(whole)
