"""Data and definitions that are wrong, or awkward, seen from the outside: what a book, a review and an engagement report make of them."""

import json
from datetime import date, datetime, timedelta

import pandas as pd
import pytest

from prodops.errors import DefinitionError
from prodops.kpis import (
    FunnelSpec,
    RetentionSpec,
    StickinessSpec,
    actives,
    compute,
    define,
    engagement,
    funnel,
    retention,
    review,
    six_twelve,
    stickiness,
)
from prodops.kpis.behaviour.activity import ActivesSpec
from prodops.kpis.spans import spans
from prodops.kpis.totals import over_spans
from prodops.sources import Context, connect
from prodops.workspace import Period, last_periods

COUNT = {"type": "simple", "table": "events", "agg": "count"}
PEOPLE = {"type": "simple", "table": "events", "agg": "count_distinct", "column": "user_id"}


def event(user, at, name="open", **more):
    return {"user_id": user, "event": name, "occurred_at": str(at), **more}


def values(frame, kpi, part="", column="value"):
    rows = frame[(frame["slice"] == part) & frame["kpi"].eq(kpi)]
    return [None if pd.isna(v) else v for v in rows[column]]


def year(**slices):
    """70 weeks to 3 November 2025: so many events each Monday, by slice, of as many people."""
    mondays = [datetime(2025, 11, 3) - timedelta(weeks=w) for w in range(70, 0, -1)]
    return [
        event(f"{name}{i}", day, platform=name)
        for at, day in enumerate(mondays)
        for name, usual in slices.items()
        for i in range(usual + at % 3)
    ]


# -------------------------------------------------------------------------------------------------- wrong definitions
def test_a_column_that_is_not_there_is_named_with_the_near_miss(desk):
    """A KPI over "revenu" says what events have; so does the whole review, before any number is read."""
    at = desk("2025-11-03", events=[event("a", "2025-10-30", revenue=1.0)])
    book = define({"earned": COUNT | {"agg": "sum", "column": "revenu"}})
    for ask in (lambda: compute(at, book, grain="week", periods=last_periods(at.as_of, "week", 2)), lambda: review(at, book)):
        with pytest.raises(DefinitionError, match=r'KPI "earned".*events has no column "revenu"\. Did you mean "revenue"\?'):
            ask()


def test_a_circle_of_derived_kpis_over_offsets_is_a_circle_too():
    """A KPI that rests on its own value of the week before is refused, alone or by way of another."""
    before = {"kpi": "b", "offset": 1}
    with pytest.raises(DefinitionError, match="go round in a circle: a → b → a"):
        define({"a": {"type": "derived", "expr": "b + 1"}, "b": {"type": "derived", "expr": "2 * a"}})
    with pytest.raises(DefinitionError, match="go round in a circle: b → b"):
        define({"b": {"type": "derived", "expr": "b + 1", "inputs": {"b": before}}})


# ------------------------------------------------------------------------------------------------------ awkward slices
def test_a_review_goes_on_where_some_slices_divide_by_nothing(desk):
    """Nobody tried on the web, one person on tv: their rates are missing or of one row, all others and the page are as ever."""
    rows = year(ios=40, web=40)
    rows += [event(r["user_id"], r["occurred_at"], "tried", platform="ios") for r in rows if r["platform"] == "ios"]
    rows.append(event("t", "2025-10-27", "tried", platform="tv"))
    at = desk("2025-11-03", events=rows)
    book = define(
        {
            "opened": COUNT | {"where": {"event": "open"}},
            "tried": COUNT | {"where": {"event": "tried"}},
            "rate": {"type": "ratio", "numerator": "tried", "denominator": "opened"},
            "way": {"type": "ratio", "numerator": "opened", "denominator": "tried"},
            "twice": {"type": "derived", "expr": "2 * way"},
        }
    )
    got = compute(at, book, grain="week", periods=last_periods(at.as_of, "week", 1), by="platform")
    assert [values(got, "way", p) for p in ("", "ios", "web", "tv")] == [[pytest.approx(80 / 41)], [1], [None], [0]]
    assert [values(got, "rate", p) for p in ("ios", "web", "tv")] == [[1], [0], [None]]
    assert values(got, "twice", "web") == [None]
    found = review(at, book, by="platform")
    assert set(found.weekly["slice"]) >= {"", "ios", "web", "tv"}
    assert found.weekly.loc[found.weekly["slice"].eq("web") & found.weekly["kpi"].eq("way"), "value"].isna().all()


# ---------------------------------------------------------------------------------------------------------- bad events
def test_the_same_event_twice(desk):
    """A row sent twice counts twice where rows are counted and once where people are; behaviour takes exact duplicates as one."""
    rows = [event("a", "2025-01-06T10:00"), event("a", "2025-01-06T10:00"), event("b", "2025-01-07T10:00"), event("b", "2025-01-07T10:00")]
    at = desk("2025-01-20", events=rows)
    got = compute(at, define({"rows": COUNT, "people": PEOPLE}), grain="week", periods=[Period(date(2025, 1, 6), date(2025, 1, 13))])
    assert (values(got, "rows"), values(got, "people")) == ([4], [2])
    again = funnel(at.table("events"), FunnelSpec(steps=("open", "open")), desk=at)
    assert again["entities"].tolist() == [2, 0]
    came = [[event("a", "2025-01-06"), *[event("a", "2025-01-07T10:00")] * n, event("a", f"2025-01-07T1{n}:00")] for n in (0, 1)]
    spec = RetentionSpec(cohorts="first_time", grain="day", periods=2, times=2, since="2025-01-06", until="2025-01-07")
    for rows_, retained in ((came[0] + came[0], 0), (came[1], 1)):
        twice = desk("2025-01-20", events=rows_)
        assert retention(twice.table("events"), spec, desk=twice)["retained"].tolist() == [1, retained]
    days = stickiness(at.table("events"), StickinessSpec(periods=2, since="2025-01-06", until="2025-01-08"), desk=at)
    assert days.set_index("active_periods")["people"].to_dict() == {1: 2, 2: 0}


def test_events_before_the_sign_up_count_nowhere(desk):
    """A wrong clock puts Ann's order a day before her sign-up: no return, no step, no conversion. Bob's, in order, is one of each."""
    rows = [event("ann", "2025-01-05T12:00", "order"), event("ann", "2025-01-06T12:00", "sign_up")]
    rows += [event("bob", "2025-01-06T12:00", "sign_up"), event("bob", "2025-01-07T13:00", "order")]
    at = desk("2025-02-03", events=rows)
    table = at.table("events")
    cohorts = retention(
        table, RetentionSpec(start="sign_up", returning="order", grain="day", periods=2, since="2025-01-06", until="2025-01-07"), desk=at
    )
    assert cohorts["retained"].tolist() == [2, 1]
    assert funnel(table, FunnelSpec(steps=("sign_up", "order")), desk=at)["entities"].tolist() == [2, 1]
    paid = {"type": "conversion", "entity": "user_id", "window": 7}
    paid |= {side: {"table": "events", "where": {"event": name}} for side, name in (("base", "sign_up"), ("conversion", "order"))}
    got = compute(at, define({"paid": paid}), grain="week", periods=[Period(date(2025, 1, 6), date(2025, 1, 13))])
    assert (values(got, "paid"), values(got, "paid", column="numerator")) == ([0.5], [1])
    report = engagement(at, start="sign_up", returning="order", steps=("sign_up", "order"), periods=4)
    assert report.steps.loc[report.steps["slice"] == "", "entities"].tolist() == [2, 1]


# -------------------------------------------------------------------------------------------------------- the clock
@pytest.fixture(scope="module")
def berlin(tmp_path_factory):
    """A workspace in Berlin over a CSV whose times carry offsets, most of them UTC, around both changes of the clock in 2025."""
    rows = [
        *("spring,open,2025-03-29T22:59:59+00:00", "spring,open,2025-03-29T23:00:00Z", "spring,open,2025-03-30T21:59:59Z"),
        *("spring,open,2025-03-30T22:00:00Z", "spring,open,2025-03-31T00:30:00+02:00"),
        *("autumn,open,2025-10-25T21:59:59Z", "autumn,open,2025-10-25T22:00:00Z", "autumn,open,2025-10-26T22:59:59Z"),
        *("autumn,open,2025-10-26T23:00:00Z", "autumn,open,2025-10-26T18:00:00-05:00"),
        *(
            "ann,step,2025-03-29T11:00:00Z",
            "ann,done,2025-03-30T10:00:00Z",
            "bob,step,2025-10-25T10:00:00Z",
            "bob,done,2025-10-26T11:00:01Z",
        ),
        *("cas,step,2025-10-26T00:30:00Z", "cas,done,2025-10-26T01:15:00Z", "end,open,2025-11-10T00:00:00Z"),
    ]
    home = tmp_path_factory.mktemp("berlin")
    (home / "params").mkdir()
    (home / "events.csv").write_text("\n".join(["user_id,event,occurred_at", *rows]))
    file = home / "params" / "workspace.yaml"
    file.write_text(json.dumps({"time_zone": "Europe/Berlin", "tables": {"events": {"source": "events.csv"}}}))
    return connect("events", context=Context(file, home / "store", as_of=datetime(2025, 11, 17), as_of_given=True))


def test_days_and_weeks_of_a_changed_clock_are_those_of_the_wall(berlin):
    """30 March has 23 hours, from 23:00 to 22:00 UTC, and 26 October 25, from 22:00 to 23:00; both are Sundays, so weeks turn with them."""
    book = define({"opened": COUNT | {"where": {"event": "open"}}})

    def counted(grain, first, periods):
        step = timedelta(days=7 if grain == "week" else 1)
        spans_ = [Period(first + i * step, first + (i + 1) * step) for i in range(periods)]
        return values(compute(berlin, book, grain=grain, periods=spans_), "opened")

    assert counted("day", date(2025, 3, 30), 2) == [2, 2]
    assert counted("day", date(2025, 10, 25), 3) == [1, 2, 2]
    assert counted("week", date(2025, 3, 31), 1) == [2]
    assert counted("week", date(2025, 10, 20), 2) == [3, 2]


def test_behaviour_over_a_changed_clock(berlin):
    """Days after the 29th and the 25th are the wall's; a funnel's window of a day lasts from noon to noon though the hours are 23 or 25.
    In the hour that comes twice the order of two events is not known: at 2:30 and, 45 minutes later, at 2:15 reads as before."""
    table = berlin.table("events")
    for user, first, last in (("spring", "2025-03-29", "2025-04-01"), ("autumn", "2025-10-25", "2025-10-28")):
        own = table.filter(table.user_id == user)
        spec = RetentionSpec(cohorts="first_time", grain="day", periods=3, since=first, until=last)
        cells = retention(own, spec, desk=berlin)
        assert cells.loc[cells["cohort_start"] == pd.Timestamp(first), "retained"].tolist() == [1, 1, 1]
        came = actives(own, ActivesSpec(since=first, until=last), desk=berlin)
        assert came["dau"].tolist() == [1, 1, 1]
    found = {
        u: funnel(table.filter(table.user_id == u), FunnelSpec(steps=("step", "done"), window=timedelta(days=1)), desk=berlin)
        for u in ("ann", "bob", "cas")
    }
    assert {u: f["entities"].tolist() for u, f in found.items()} == {"ann": [1, 1], "bob": [1, 0], "cas": [1, 0]}


# ------------------------------------------------------------------------------------------------------ the calendar
GROWTH = {
    "orders": COUNT,
    "on_month": {
        "type": "derived",
        "expr": "orders - then",
        "inputs": {"orders": {}, "then": {"kpi": "orders", "offset": {"n": 1, "grain": "month"}}},
    },
    "on_year": {
        "type": "derived",
        "expr": "orders - then",
        "inputs": {"orders": {}, "then": {"kpi": "orders", "offset": {"n": 1, "grain": "year"}}},
    },
}


def daily(first, last, of=lambda day: 1):
    return [event(f"u{i}", day) for day in pd.date_range(first, last) for i in range(of(day))]


def test_29_february(desk):
    """One order a day: February 2024 has 29, two fewer than January and one more than the year before; a day of it looks 364 days back."""
    at = desk("2024-04-01", events=daily("2022-12-25", "2024-03-31"))
    months = compute(at, define(GROWTH), grain="month", periods=last_periods(at.as_of, "month", 2))
    assert [values(months, n) for n in GROWTH] == [[29, 31], [-2, 2], [1, 0]]
    counts = [event("u", "2023-03-02")] * 4 + [event("u", "2024-02-01")] * 2 + daily("2024-02-29", "2024-02-29", lambda _: 7)
    leap = desk("2024-04-01", events=[*daily("2022-12-25", "2023-02-28"), *counts])
    day = compute(leap, define(GROWTH), grain="day", periods=[Period(date(2024, 2, 29), date(2024, 3, 1))])
    assert [values(day, n) for n in GROWTH] == [[7], [5], [3]]
    page = six_twelve(at, define({"orders": COUNT}), "orders", end=date(2024, 3, 1))
    assert page.to_date[["value", "year_before"]].to_numpy().tolist()[0] == [29, 28]


def test_iso_week_53(desk):
    """As many orders each day as its ISO week's number. Week 53 of 2020 is whole (28 December to 3 January); a year before it is 52 weeks
    before, week 1 of 2020, and the year before week 1 of 2021 is week 2."""
    at = desk("2021-01-11", events=daily("2019-12-02", "2021-01-10", lambda day: day.isocalendar().week))
    weeks = compute(at, define(GROWTH), grain="week", periods=last_periods(at.as_of, "week", 3))
    assert [str(s.date()) for s in weeks.loc[weeks["kpi"] == "orders", "period_start"]] == ["2020-12-21", "2020-12-28", "2021-01-04"]
    assert values(weeks, "orders") == [7 * 52, 7 * 53, 7]
    assert values(weeks, "on_year") == [0, 7 * 52, 7 * (1 - 2)]
    page = six_twelve(at, define({"orders": COUNT}), "orders", end=date(2021, 1, 11))
    assert page.weeks[["value", "year_before"]].to_numpy().tolist()[-3:] == [[7 * 52, 7 * 52], [7 * 53, 7], [7, 14]]
    own = spans(date(2021, 1, 4)).weeks[-1]
    assert over_spans(at, define({"orders": COUNT}), ["orders"], [own.now, own.before])["orders"] == {own.now: 7 * 53, own.before: 7}
