"""Running totals: trailing windows, to date and since ever, alone and in chains."""

from datetime import date, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from prodops.kpis import compute, define
from prodops.workspace import Period, last_periods

USERS = {"table": "events", "agg": "count_distinct", "column": "user_id"}
JANUARY = [Period(date(2025, 1, d), date(2025, 1, d) + timedelta(days=7)) for d in (6, 13, 20)]


def event(user, at, **more):
    return {"user_id": user, "event": "came", "occurred_at": at, **more}


def values(frame, kpi=None, part="", column="value"):
    rows = frame[(frame["slice"] == part) & (frame["kpi"].eq(kpi) if kpi else True)]
    return [None if pd.isna(v) else v for v in rows[column]]


def running(measure=USERS, **keys):
    return {"type": "cumulative", "measure": measure, **keys}


def test_trailing_days_count_each_user_once(desk):
    """Users of the last 7 and 14 days at each week's end: one who came in both weeks is one user of the 14 days."""
    rows = [("a", "2025-01-06"), ("b", "2025-01-12 23:59"), ("a", "2025-01-13"), ("a", "2025-01-19"), ("c", "2025-01-20")]
    at = desk("2025-01-27", events=[event(u, t, platform="web" if u == "a" else "ios") for u, t in rows])
    book = define(
        {"wau": running(window=7), "two": running(window={"n": 2, "grain": "week"}), "ever": running(), "five": running(window=5)}
    )
    got = compute(at, book, grain="week", periods=JANUARY, by="platform")
    assert [values(got, n) for n in book.order] == [[2, 1, 1], [2, 2, 2], [2, 2, 3], [1, 1, 0]]
    assert (values(got, "two", "web"), values(got, "two", "ios")) == ([1, 1, 1], [1, 1, 1])
    assert (values(got, "wau", column="complete"), values(got, "two", column="complete")) == ([True] * 3, [False, True, True])
    assert [name for name, _ in at.asked] == ["KPIs: first and last rows", "KPIs: events, occurred_at, running totals by week"]


def test_to_date_starts_again_with_each_month_quarter_and_year(desk):
    """Rows and revenue of the month, quarter and year to date at each month's end; and by week, the month that holds its last day."""
    days = ["2024-12-30", "2025-01-01", "2025-01-31", "2025-02-01", "2025-04-02"]
    at = desk("2025-05-01", events=[event("a", d, revenue=2.5) for d in days])
    money = {"table": "events", "agg": "sum", "column": "revenue"}
    book = define({g: running(money, grain_to_date=g) for g in ("month", "quarter", "year")})
    got = compute(at, book, grain="month", periods=last_periods(at.as_of, "month", 5))
    assert [values(got, g) for g in book.order] == [[2.5, 5, 2.5, 0, 2.5], [2.5, 5, 7.5, 7.5, 2.5], [2.5, 5, 7.5, 7.5, 10]]
    new_year = [Period(date(2024, 12, 30), date(2025, 1, 6)), Period(date(2025, 1, 27), date(2025, 2, 3))]
    assert values(compute(at, book, grain="week", periods=new_year, names=["month"])) == [2.5, 2.5]


def test_a_coarser_period_shows_the_first_the_last_or_the_mean_of_its_days(desk):
    """Of a week whose 2-day counts are 1, 2, 1, 0, 0, 0, 3 the first is 1, the last 3 and the average 1."""
    days = ["2025-01-13", "2025-01-14"] + ["2025-01-19"] * 3
    at = desk("2025-02-01", events=[event("z", "2025-01-01"), *(event(d, d) for d in days)])
    count = {"table": "events", "agg": "count"}
    book = define({how: running(count, window=2, period_agg=how) for how in ("first", "last", "average")})
    got = compute(at, book, grain="week", periods=JANUARY[1:2])
    assert [values(got, how) for how in book.order] == [[1], [3], [1]]
    assert values(compute(at, book, grain="day", periods=[Period(date(2025, 1, 14), date(2025, 1, 15))])) == [2, 2, 2]


@pytest.mark.parametrize(("agg", "expected"), [("mean", 4), ("max", 9), ("min", 1), ("median", 2), ("p75", 5.5)])
def test_other_aggregates_run_too(desk, agg, expected):
    """Of 1, 2 and 9 in the last 14 days; the 100 before them is out."""
    rows = [("2025-01-05", 100.0), ("2025-01-06", 1.0), ("2025-01-13", 2.0), ("2025-01-19", 9.0)]
    at = desk("2025-01-27", events=[event("a", d, value=v) for d, v in rows])
    book = define({"k": running({"table": "events", "agg": agg, "column": "value"}, window=14)})
    assert values(compute(at, book, grain="week", periods=JANUARY[1:2])) == [expected]


def test_a_period_in_progress_is_read_at_as_of(desk):
    """On Wednesday noon the last 7 days reach back from Wednesday's end, not from a Sunday to come; next week is not read at all."""
    at = desk("2025-01-15 12:00", events=[event("a", "2025-01-01"), event("b", "2025-01-09"), event("c", "2025-01-08 23:00")])
    got = compute(at, define({"k": running(window=7)}), grain="week", periods=JANUARY)
    assert (values(got), values(got, column="complete")) == ([2, 1, None], [True, False, False])


def test_a_month_before_its_last_day_is_the_last_of_february():
    """Windows of months end where the calendar does, in leap years too."""
    from prodops.kpis.aggregates import Span
    from prodops.kpis.points import back

    month = Span(n=1, grain="month")
    assert [back(d, month) for d in (date(2024, 3, 31), date(2025, 3, 31), date(2025, 1, 15))] == [
        date(2024, 2, 29),
        date(2025, 2, 28),
        date(2024, 12, 15),
    ]
    assert back(date(2024, 2, 29), Span(n=1, grain="year")) == date(2023, 2, 28)


def test_a_chain_by_hand(desk):
    """Cumulative → ratio → against the year before → doubled: 6 orders of 3 users in two weeks are 2 each, against 1.5 a year before."""
    then = [("a", "2024-01-08", "order"), ("a", "2024-01-09", "order"), ("b", "2024-01-15", "order"), ("a", "2023-12-01", "came")]
    now = [(u, d, "order") for u, d in [("a", "2025-01-06"), ("a", "2025-01-13"), ("b", "2025-01-07"), ("b", "2025-01-08")]]
    now += [("c", "2025-01-18", "order"), ("c", "2025-01-19", "order")]
    at = desk("2025-01-20", events=[{"user_id": u, "event": e, "occurred_at": d} for u, d, e in [*then, *now]])
    book = define(
        {
            "orders": {"type": "simple", "table": "events", "agg": "count", "where": {"event": "order"}},
            "orders_14": running("orders", window=14),
            "buyers_14": running(USERS | {"where": {"event": "order"}}, window=14),
            "per_buyer": {"type": "ratio", "numerator": "orders_14", "denominator": "buyers_14"},
            "yoy": {
                "type": "derived",
                "expr": "per_buyer / before - 1",
                "inputs": {"per_buyer": {}, "before": {"kpi": "per_buyer", "offset": {"n": 1, "grain": "year"}}},
            },
            "twice": {"type": "derived", "expr": "2 * yoy"},
            "share": {"type": "ratio", "numerator": "orders", "denominator": "orders_14"},
        }
    )
    got = compute(at, book, grain="week", periods=JANUARY[1:2]).set_index("kpi")
    assert got["value"].drop("orders").to_dict() == pytest.approx(
        {"orders_14": 6, "buyers_14": 3, "per_buyer": 2, "yoy": 2 / 1.5 - 1, "twice": 2 / 3, "share": 0.5}
    )
    assert got.loc["per_buyer", ["numerator", "denominator"]].tolist() == [6, 3]
    assert got["complete"].all()


def test_conversions_can_be_counted(desk):
    """Three signed up, two came back within a week: a rate of two thirds, and a count of 2 without a range."""
    rows = [
        ("a", "2025-01-06", "up"),
        ("a", "2025-01-07", "in"),
        ("b", "2025-01-06", "up"),
        ("b", "2025-01-08", "in"),
        ("c", "2025-01-06", "up"),
    ]
    steps = {"base": {"table": "events", "where": {"event": "up"}}, "conversion": {"table": "events", "where": {"event": "in"}}}
    body = {"type": "conversion", **steps, "entity": "user_id", "window": 7}
    book = define({"rate": body, "number": body | {"calculation": "count"}, "double": {"type": "derived", "expr": "2 * number"}})
    at = desk("2025-02-01", events=[{"user_id": u, "occurred_at": t, "event": e} for u, t, e in rows])
    got = compute(at, book, grain="week", periods=JANUARY[:1]).set_index("kpi")
    assert got["value"].tolist() == pytest.approx([2 / 3, 2, 4])
    assert got["lower"].notna().tolist() == [True, False, False]
    assert (book["rate"].unit, book["number"].unit) == ("share", "count")
    assert book.version("rate") != book.version("number")


DAYS = st.integers(0, 60).map(lambda n: datetime(2024, 2, 1) + timedelta(days=n, hours=5))
ROWS = st.lists(st.tuples(st.sampled_from("abcd"), DAYS, st.sampled_from(["x", "y", ""])), min_size=1, max_size=30)


@settings(max_examples=8, deadline=None, derandomize=True, phases=[Phase.generate])
@given(ROWS, st.integers(1, 40), st.sampled_from(["day", "week", "month"]))
def test_running_totals_equal_a_plain_count_of_the_days(desk, rows, n, grain):
    """Distinct users, rows and the month to date, by slice, equal sets taken day by day in Python."""
    at = desk("2024-04-05", events=[{"user_id": u, "occurred_at": str(t), "event": "e", "team": s} for u, t, s in rows])
    count = {"table": "events", "agg": "count"}
    book = define({"users": running(window=n), "rows": running(count, window=n), "month": running(grain_to_date="month")})
    periods = last_periods(at.as_of, grain, 2)
    got = compute(at, book, grain=grain, periods=periods, by="team").set_index(["kpi", "slice", "period_start"])["value"]
    first = min(t for _, t, _ in rows)
    for p in periods:
        end = datetime.combine(p.end, datetime.min.time())
        for part in {"", *(s or "(none)" for *_, s in rows)}:
            own = [(u, t) for u, t, s in rows if t < end and part in ("", s or "(none)")]
            last = [(u, t) for u, t in own if t >= end - timedelta(days=n)]
            month = {u for u, t in own if t >= (end - timedelta(days=1)).replace(day=1)}
            expected = [len({u for u, _ in last}), len(last), len(month)] if first < end else [None] * 3
            found = [got.get((k, part, pd.Timestamp(p.start)), 0 if first < end else None) for k in book.order]
            assert [None if pd.isna(v) else v for v in found] == expected
