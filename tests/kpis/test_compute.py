"""Numbers worked out by hand."""

from datetime import date

import pandas as pd
import pytest

from prodops.errors import DefinitionError, NoData, ParameterError
from prodops.kpis import compute, define, history, left_out
from prodops.workspace import Period, last_periods

ACTIVE = {"type": "simple", "table": "events", "agg": "count_distinct", "column": "user_id", "where": {"event": "session_started"}}
EVENTS = {"type": "simple", "table": "events", "agg": "count"}
WEEKS = [Period(date(2025, 1, 6), date(2025, 1, 13)), Period(date(2025, 1, 13), date(2025, 1, 20))]


def event(user, at, name="session_started", **more):
    return {"user_id": user, "event": name, "occurred_at": at, **more}


def values(frame, kpi=None, part="", column="value"):
    """The values of one KPI and slice, by period start."""
    rows = frame[(frame["slice"] == part) & (frame["kpi"].eq(kpi) if kpi else True)]
    return [None if pd.isna(v) else v for v in rows[column]]


def test_the_whole_tidy_answer(desk):
    """Two weeks, two KPIs, all columns: half-open periods, complete where the table had begun and the week has ended."""
    events = [
        event("a", "2025-01-06 00:00"),
        event("a", "2025-01-12 23:59:59"),
        event("b", "2025-01-13"),
        event("c", "2025-01-14", "signed_up"),
    ]
    book = define(
        {
            "active": ACTIVE,
            "share": {"type": "ratio", "unit": "share", "numerator": "active", "denominator": {"table": "events", "agg": "count"}},
        }
    )
    got = compute(desk("2025-01-20", events=events), book, grain="week", periods=WEEKS)
    nan = float("nan")
    pd.testing.assert_frame_equal(
        got,
        pd.DataFrame(
            {
                "kpi": ["active", "active", "share", "share"],
                "period_start": pd.to_datetime(["2025-01-06", "2025-01-13"] * 2).astype("datetime64[us]"),
                "period_end": pd.to_datetime(["2025-01-13", "2025-01-20"] * 2).astype("datetime64[us]"),
                "slice": [""] * 4,
                "value": [1.0, 1.0, 0.5, 0.5],
                "numerator": [nan, nan, 1.0, 1.0],
                "denominator": [nan, nan, 2.0, 2.0],
                "n": [2.0, 1.0, 2.0, 2.0],
                "lower": [nan, nan, 0.094531, 0.094531],
                "upper": [nan, nan, 0.905469, 0.905469],
                "complete": [True] * 4,
            }
        ),
        check_exact=False,
        rtol=1e-5,
    )


def test_ratios_are_aggregated_first_and_then_divided(desk):
    """1 of 2 and 1 of 8 make 2 of 10, not the mean of the two shares; at the coarser grain too."""
    rows = [("ios", "2025-01-06", 1, 2), ("web", "2025-01-14", 1, 8)]
    events = [event("u", day, "good" if i < good else "bad", platform=p) for p, day, good, n in rows for i in range(n)]
    book = define(
        {
            "rate": {
                "type": "ratio",
                "numerator": {"table": "events", "agg": "count", "where": {"event": "good"}},
                "denominator": {"table": "events", "agg": "count"},
            }
        }
    )
    at = desk("2025-02-01", events=events)
    got = compute(at, book, grain="month", periods=last_periods(at.as_of, "month", 1), by="platform")
    assert (values(got), values(got, part="ios"), values(got, part="web")) == ([0.2], [0.5], [0.125])
    assert values(compute(at, book, grain="week", periods=WEEKS)) == [0.5, 0.125]


def test_nothing_counts_zero_and_before_the_first_row_nothing_is_known(desk):
    """A quiet week counts 0, its ratio is missing; the weeks before the table begins are missing, and its first broken week is not whole."""
    at = desk("2025-01-27", events=[event("a", "2025-01-08"), event("a", "2025-01-22")])
    book = define(
        {
            "active": ACTIVE,
            "sum": {"type": "ratio", "numerator": "active", "denominator": "active"},
            "mean": {"type": "simple", "table": "events", "agg": "mean", "column": "value"},
        }
    )
    at._tables["events"] = at._tables["events"].mutate(value=at._tables["events"].user_id.length())
    got = compute(at, book, grain="week", periods=last_periods(at.as_of, "week", 4))
    assert values(got, "active") == [None, 1, 0, 1]
    assert values(got, "sum") == values(got, "mean") == [None, 1, None, 1]
    assert values(got, "active", column="n") == [None, 1, 0, 1]
    assert values(got, "active", column="complete") == [False, False, True, True]


def test_the_period_in_progress_is_not_complete(desk):
    """A week that as-of cuts is given, and marked."""
    at = desk("2025-01-15 12:00", events=[event("a", "2025-01-06"), event("a", "2025-01-14")])
    got = compute(at, define({"active": ACTIVE}), grain="week", periods=WEEKS)
    assert (values(got), values(got, column="complete")) == ([1, 1], [True, False])


def test_a_ratio_is_whole_where_both_its_tables_are(desk):
    """A ratio over two tables is complete from the first week that both cover."""
    feedback = [{"id": "1", "created_at": "2025-01-15", "text": "hi"}]
    at = desk("2025-01-27", events=[event("a", "2025-01-06"), event("a", "2025-01-20")], feedback=feedback)
    said = {"table": "feedback", "agg": "count"}
    book = define(
        {
            "over": {"type": "ratio", "numerator": said, "denominator": {"table": "events", "agg": "count"}},
            "under": {"type": "ratio", "numerator": {"table": "events", "agg": "count"}, "denominator": said},
        }
    )
    got = compute(at, book, grain="week", periods=last_periods(at.as_of, "week", 3))
    assert values(got, "over", column="complete") == values(got, "under", column="complete") == [False, False, True]


def test_slices_keep_what_is_called_none_apart_from_what_is_missing(desk):
    """A missing segment is "(none)"; segments called None, NA and NO keep their names; a slice unseen in a week counts 0 there."""
    events = [
        event(str(i), day, segment=s)
        for i, (s, day) in enumerate(
            [
                (None, "2025-01-06"),
                ("None", "2025-01-06"),
                ("NA", "2025-01-13"),
                ("NO", "2025-01-13"),
                (None, "2025-01-13"),
                ("", "2025-01-13"),
            ]
        )
    ]
    got = compute(desk("2025-01-20", events=events), define({"active": ACTIVE}), grain="week", periods=WEEKS, by="segment")
    assert list(dict.fromkeys(got["slice"])) == ["", "(none)", "NA", "NO", "None"]
    assert [values(got, part=s) for s in ("", "(none)", "NA", "NO", "None")] == [[2, 4], [1, 2], [0, 1], [0, 1], [1, 0]]


def test_division_by_zero_in_one_slice_leaves_the_others(desk):
    """A slice without a denominator is missing, and only it."""
    events = [
        event("a", "2025-01-06", "tried", platform="ios"),
        event("a", "2025-01-06", "failed", platform="ios"),
        event("b", "2025-01-06", "failed", platform="web"),
    ]
    book = define(
        {
            "rate": {
                "type": "ratio",
                "unit": "share",
                "numerator": {"table": "events", "agg": "count", "where": {"event": "failed"}},
                "denominator": {"table": "events", "agg": "count", "where": {"event": "tried"}},
            }
        }
    )
    got = compute(desk("2025-01-20", events=events), book, grain="week", periods=WEEKS[:1], by="platform")
    assert (values(got), values(got, part="ios"), values(got, part="web")) == ([2], [1], [None])
    assert values(got, column="lower") == [None]


def test_dimensions_cross(desk):
    """Several dimensions make crossed slices; a KPI whose table lacks one keeps its total alone."""
    events = [event("a", "2025-01-06", platform="ios", segment="x"), event("b", "2025-01-06", platform="web", segment="x")]
    feedback = [{"id": "1", "created_at": "2025-01-06", "text": "hi", "segment": "x"}]
    at = desk("2025-01-20", events=events, feedback=feedback)
    book = define({"active": ACTIVE, "said": {"type": "simple", "table": "feedback", "agg": "count"}})
    got = compute(at, book, grain="week", periods=WEEKS[:1], by=["segment", "platform"])
    assert [tuple(r) for r in got[["kpi", "slice", "value"]].itertuples(index=False)] == [
        ("active", "", 2),
        ("active", "x · ios", 1),
        ("active", "x · web", 1),
        ("said", "", 1),
    ]


@pytest.mark.parametrize(
    ("agg", "column", "expected"),
    [
        ("count", None, 4),
        ("count", "value", 3),
        ("count_distinct", "value", 2),
        ("sum", "value", 7),
        ("mean", "value", 7 / 3),
        ("median", "value", 2),
        ("p50", "value", 2),
        ("p75", "value", 2.5),
        ("max", "value", 3),
        ("min", "value", 2),
    ],
)
def test_aggregates_by_hand(desk, agg, column, expected):
    """Of 2, 2, 3 and a missing value: a count of rows is 4, of values 3; percentiles lie on the line between neighbours."""
    events = [event("a", "2025-01-06", value=v) for v in (2.0, 3.0, None, 2.0)]
    book = define({"k": EVENTS | {"agg": agg} | ({"column": column} if column else {})})
    assert values(compute(desk("2025-01-20", events=events), book, grain="week", periods=WEEKS[:1])) == [pytest.approx(expected)]


def test_sums_are_exact_in_any_order(desk):
    """Ten thousand times 0.1 and one large amount sum to what paper says, whatever order the engine reads them in."""
    amounts = [0.1] * 10_000 + [1e12]
    for rows in (amounts, amounts[::-1]):
        at = desk("2025-01-20", events=[event("a", "2025-01-06", revenue=r) for r in rows])
        book = define({"k": EVENTS | {"agg": "sum", "column": "revenue"}})
        assert values(compute(at, book, grain="week", periods=WEEKS[:1])) == [1_000_000_001_000.0]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"value": 2}, 1),
        ({"value": {"!=": 2}}, 2),
        ({"value": {"<": 3}}, 2),
        ({"value": {"<=": 3}}, 3),
        ({"value": {">": 1, "<": 3}}, 1),
        ({"value": {">=": 3}}, 1),
        ({"value": [1, 3]}, 2),
        ({"value": {"not_in": [1]}}, 2),
        ({"value": {"is_null": True}}, 1),
        ({"value": {"is_null": False}}, 3),
        ({"occurred_at": {">=": "2025-01-07"}}, 1),
        ({"occurred_at": {"<": "2025-01-07 08:00"}}, 4),
    ],
)
def test_filters_by_hand(desk, where, expected):
    """Each operator over 1, 2, 3 and a missing value, which passes nothing but is_null."""
    events = [event("a", "2025-01-06", value=v) for v in (1.0, 2.0, None)] + [event("a", "2025-01-07 07:00", value=3.0)]
    got = compute(desk("2025-01-20", events=events), define({"k": EVENTS | {"where": where}}), grain="week", periods=WEEKS[:1])
    assert values(got) == [expected]


@pytest.mark.parametrize("hostile", ["x' OR '1'='1", "'; DROP TABLE events; --", 'a"b', "100%", "\\", "ключ 🔑", "NO", "{event}", "$1"])
def test_hostile_text_in_a_filter_is_only_text(desk, hostile):
    """Values of filters are bound: quotes and SQL in them match rows that hold them, and nothing else happens."""
    at = desk("2025-01-20", events=[event("a", "2025-01-06", hostile), event("b", "2025-01-06", "x")])
    got = compute(at, define({"k": EVENTS | {"where": {"event": hostile}}}), grain="week", periods=WEEKS[:1])
    assert values(got) == [1]
    assert len(at.read(at.table("events"), name="all")) == 2


def test_weeks_may_start_on_sunday(desk):
    """With weeks from Sunday, a Sunday's row falls into the week it opens."""
    at = desk(
        "2025-01-20", {"week_start": "sunday"}, events=[event("a", "2025-01-04"), event("a", "2025-01-05"), event("b", "2025-01-11 23:00")]
    )
    got = compute(at, define({"n": EVENTS}), grain="week", periods=last_periods(at.as_of, "week", 3, "sunday"))
    assert (list(got["period_start"].dt.strftime("%a %d")), values(got)) == (["Sun 29", "Sun 05", "Sun 12"], [1, 2, 0])


@pytest.mark.parametrize(
    ("grain", "starts", "expected"),
    [
        ("day", ["2024-02-29", "2024-03-01"], [1, 2]),
        ("week", ["2024-12-30", "2025-01-06"], [2, 0]),
        ("week", ["2020-12-28", "2021-01-04"], [1, 0]),
        ("month", ["2024-02-01", "2024-03-01"], [1, 2]),
        ("quarter", ["2024-01-01", "2024-10-01"], [3, 1]),
        ("year", ["2020-01-01", "2024-01-01"], [1, 4]),
    ],
)
def test_odd_corners_of_the_calendar(desk, grain, starts, expected):
    """29 February, ISO week 53 and weeks across the new year hold their rows at every grain."""
    from prodops.workspace import step

    days = ["2020-12-30", "2024-02-29", "2024-03-01", "2024-03-01 02:30", "2024-12-31", "2025-01-01"]
    periods = [Period(date.fromisoformat(s), step(date.fromisoformat(s), grain)) for s in starts]
    assert (
        values(compute(desk("2026-01-01", events=[event("a", d) for d in days]), define({"n": EVENTS}), grain=grain, periods=periods))
        == expected
    )


def test_offsets_look_back_and_are_missing_where_they_make_no_sense(desk):
    """A week against the one before, and against 52 weeks before (the same weekdays); an offset of a week has no meaning by month."""
    days = ["2024-01-08", "2024-01-08", "2025-01-06", "2025-01-06", "2025-01-06"]
    at = desk("2025-02-01", events=[event("a", d) for d in days])
    book = define(
        {
            "n": EVENTS,
            "week": {
                "type": "derived",
                "expr": "n - before",
                "inputs": {"n": "n", "before": {"kpi": "n", "offset": {"n": 1, "grain": "week"}}},
            },
            "year": {
                "type": "derived",
                "expr": "n / before",
                "inputs": {"n": {}, "before": {"kpi": "n", "offset": {"n": 1, "grain": "year"}}},
            },
            "again": {"type": "derived", "expr": "week * 1", "inputs": {"week": {"offset": 1}}},
        }
    )
    got = compute(at, book, grain="week", periods=WEEKS)
    assert (values(got, "week"), values(got, "year"), values(got, "again")) == ([3, -3], [1.5, None], [0, 3])
    by_month = compute(at, book, grain="month", periods=last_periods(at.as_of, "month", 1))
    assert (values(by_month, "week"), values(by_month, "year")) == ([None], [1.5])


SPELLS = [
    {"account_id": "1", "plan": "team", "mrr": 10.0, "started_at": "2024-11-01", "ended_at": "2025-01-15"},
    {"account_id": "1", "plan": "business", "mrr": 25.0, "started_at": "2025-01-15", "ended_at": None},
    {"account_id": "2", "plan": "team", "mrr": 10.0, "started_at": "2024-12-01", "ended_at": "2025-01-20"},
    {"account_id": "3", "plan": "team", "mrr": 10.0, "started_at": "2025-01-01", "ended_at": "2025-02-01"},
    {"account_id": "4", "plan": "team", "mrr": 10.0, "started_at": "2024-11-01", "ended_at": "2025-01-10"},
    {"account_id": "4", "plan": "team", "mrr": 10.0, "started_at": "2025-01-12", "ended_at": None},
]
CHURN = {
    "type": "ratio",
    "unit": "share",
    "grain": "month",
    "numerator": {"table": "accounts", "agg": "count", "time": "ended_at", "where": {"churned": True}},
    "denominator": {"table": "accounts", "agg": "count", "at": "start"},
}
MRR = {"type": "simple", "table": "accounts", "agg": "sum", "column": "mrr", "at": "end"}


def test_what_runs_at_a_boundary(desk):
    """A spell runs at an instant when it started before it and had not ended before it: an upgrade at midnight is counted once."""
    at = desk("2025-03-01", accounts=SPELLS)
    book = define({"mrr": MRR, "open": MRR | {"agg": "count", "at": "start"}})
    got = compute(at, book, grain="month", periods=last_periods(at.as_of, "month", 4))
    assert values(got, "mrr") == [20, 30, 45, 35]  # at the end of November, December, January and February
    assert values(got, "open") == [None, 2, 3, 3]
    daily = compute(at, book, grain="day", periods=[Period(date(2025, 1, d), date(2025, 1, d + 1)) for d in (14, 15)], names=["mrr"])
    assert values(daily) == [40, 55]


def test_an_upgrade_is_no_churn_and_a_gap_is(desk):
    """Of three that ran at January's start one upgraded, one left, and one left and came back two days later: two churned."""
    at = desk("2025-03-01", accounts=SPELLS)
    got = compute(at, define({"churn": CHURN}), grain="month", periods=last_periods(at.as_of, "month", 2), by="plan")
    assert (values(got, column="numerator"), values(got, column="denominator")) == ([2, 1], [3, 3])
    assert (values(got, part="business"), values(got, part="team")) == ([None, 0], [2 / 3, 0.5])


def test_parallel_spells_end_without_churn_while_one_runs_on(desk):
    """An account with two subscriptions at once churns when the last one ends, not when the first does."""
    spells = [
        {"account_id": "1", "plan": "a", "mrr": 1.0, "started_at": "2025-01-01", "ended_at": "2025-01-30"},
        {"account_id": "1", "plan": "b", "mrr": 1.0, "started_at": "2025-01-10", "ended_at": "2025-01-20"},
    ]
    book = define({"n": {"type": "simple", "table": "accounts", "agg": "count", "time": "ended_at", "where": {"churned": True}}})
    days = [Period(date(2025, 1, d), date(2025, 1, d + 1)) for d in (19, 20, 30)]
    got = compute(desk("2025-02-01", accounts=spells), book, grain="day", periods=days)
    assert values(got) == [0, 0, 1]


def test_a_conversion_waits_for_its_window(desk):
    """Shares by sign-up week: within seven days counts, at the seventh it does not; a week whose window still runs at as-of is missing."""
    rows = [
        event("a", "2025-01-06", "signed_up"),
        event("a", "2025-01-06", "activated"),
        event("b", "2025-01-07", "signed_up"),
        event("b", "2025-01-14 00:00", "activated"),
        event("c", "2025-01-08", "signed_up"),
        event("c", "2025-01-14 23:59", "activated"),
        event("d", "2025-01-14", "signed_up"),
        event("e", "2025-01-20", "signed_up"),
        event("e", "2025-01-21", "activated"),
    ]
    book = define(
        {
            "rate": {
                "type": "conversion",
                "base": {"table": "events", "where": {"event": "signed_up"}},
                "conversion": {"table": "events", "where": {"event": "activated"}},
                "entity": "user_id",
                "window": 7,
            }
        }
    )
    at = desk("2025-01-27", events=rows)
    got = compute(at, book, grain="week", periods=last_periods(at.as_of, "week", 3))
    assert (values(got, column="numerator"), values(got, column="denominator")) == ([2, 0, None], [3, 1, None])
    assert (values(got), values(got, column="complete")) == ([2 / 3, 0, None], [True, True, False])


def test_a_row_does_not_follow_itself(desk):
    """Bought again: where one row could be both steps only a later one counts, and a second one the same week does."""
    rows = [event("a", "2025-01-06", "buy"), event("b", "2025-01-06", "buy"), event("b", "2025-01-07", "buy")]
    book = define(
        {
            "again": {
                "type": "conversion",
                "base": {"table": "events"},
                "conversion": {"table": "events"},
                "entity": "user_id",
                "window": {"n": 1, "grain": "week"},
            }
        }
    )
    assert values(compute(desk("2025-02-01", events=rows), book, grain="week", periods=WEEKS[:1])) == [0.5]


def test_visits_are_made_from_moves(desk):
    """An item's next move closes its visit; days are elapsed days, placed where the visit ends; open visits count as work in progress."""
    moves = [
        {"item_id": "1", "from_state": a, "to_state": b, "changed_at": t}
        for a, b, t in [
            (None, "Ready", "2025-01-06"),
            ("Ready", "Review", "2025-01-07"),
            ("Review", "Test", "2025-01-14 12:00"),
            ("Test", "Review", "2025-01-15"),
            ("Review", "Done", "2025-01-16"),
        ]
    ]
    moves.append({"item_id": "2", "from_state": None, "to_state": "Review", "changed_at": "2025-01-08"})
    days = {"type": "simple", "table": "visits", "agg": "max", "column": "days", "where": {"state": "Review"}}
    book = define(
        {"days": days, "open": {"type": "simple", "table": "visits", "agg": "count", "at": "end", "where": {"state": {"!=": "Done"}}}}
    )
    got = compute(desk("2025-01-20", transitions=moves), book, grain="week", periods=WEEKS)
    assert (values(got, "days"), values(got, "open")) == ([None, 7.5], [2, 1])


def test_an_nps_has_a_range_and_a_sum_of_overlapping_shares_has_none(desk):
    """Promoters and detractors exclude each other, so the difference has a range; shares that overlap have no honest one."""
    answers = [
        {"respondent_id": str(i), "question": "nps", "answered_at": "2025-01-06", "score": float(s)} for i, s in enumerate([10, 9, 9, 8, 3])
    ]
    count = {"table": "surveys", "agg": "count"}

    def share(where):
        return {"type": "ratio", "unit": "share", "numerator": count | {"where": {"score": where}}, "denominator": count}

    book = define(
        {
            "up": share({">=": 9}),
            "down": share({"<=": 6}),
            "most": share({">=": 7}),
            "nps": {"type": "derived", "unit": "nps", "expr": "100 * (up - down)"},
            "odd": {"type": "derived", "expr": "up + most"},
            "product": {"type": "derived", "expr": "up * down"},
        }
    )
    got = compute(desk("2025-01-20", surveys=answers), book, grain="week", periods=WEEKS[:1]).set_index("kpi")
    # (3 + 1) / 7 - (1 + 1) / 7 = 2/7; variance (6/7 - 4/49) / 7
    half = 1.959964 * ((6 / 7 - 4 / 49) / 7) ** 0.5
    assert got.loc["nps", ["value", "lower", "upper"]].tolist() == pytest.approx([40, 100 * (2 / 7 - half), 100 * (2 / 7 + half)], abs=1e-4)
    assert got.loc[["odd", "product"], ["lower", "upper"]].isna().all(axis=None)


def test_one_question_for_each_table_and_way_of_placing_rows(desk):
    """However many KPIs share a table they are asked together."""
    at = desk("2025-01-20", events=[event("a", "2025-01-06", revenue=1.0)], accounts=SPELLS)
    book = define(
        {
            "a": ACTIVE,
            "b": EVENTS,
            "c": EVENTS | {"agg": "sum", "column": "revenue"},
            "mrr": MRR,
            "open": MRR | {"agg": "count"},
            "churn": CHURN | {"grain": "day"},
        }
    )
    compute(at, book, grain="week", periods=WEEKS, by="plan")
    assert [name for name, _ in at.asked] == [
        "KPIs: first and last rows",
        "KPIs: accounts running by week",
        "KPIs: accounts, ended_at by week",
        "KPIs: events, occurred_at by week",
    ]


def test_what_cannot_be_computed_is_left_out_and_said(desk):
    """KPIs whose tables or optional columns are not there, or whose grain is coarser, are left out; when none remains it says why."""
    at = desk("2025-01-20", events=[event("a", "2025-01-06")], accounts=[{k: v for k, v in s.items() if k != "ended_at"} for s in SPELLS])
    book = define(
        {
            "n": EVENTS,
            "said": {"type": "simple", "table": "feedback", "agg": "count"},
            "earned": EVENTS | {"agg": "sum", "column": "revenue"},
            "churn": CHURN,
            "monthly": EVENTS | {"grain": "month"},
            "mrr": MRR,
        }
    )
    assert left_out(at, book, "week") == {
        "said": "the workspace has no feedback",
        "earned": 'events has no "revenue" in this workspace',
        "churn": 'accounts has no "churned" in this workspace',
        "monthly": "it means something by month or coarser only",
    }
    assert set(compute(at, book, grain="week", periods=WEEKS)["kpi"]) == {"n", "mrr"}
    with pytest.raises(NoData, match=r"No KPI of .* by week here \(said: the workspace has no feedback\)"):
        compute(at, book, grain="week", periods=WEEKS, names=["said"])


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (EVENTS | {"where": {"platfrom": "ios"}}, 'key "column": events has no column "platfrom". Did you mean "platform"? It has user_id'),
        (EVENTS | {"agg": "count_distinct", "column": "usr_id"}, 'events has no column "usr_id". Did you mean "user_id"?'),
        (
            EVENTS | {"where": {"platform": 1}},
            'key "where": the filter compares "platform", which is text, with "1"; put quotes around it.',
        ),
        (EVENTS | {"where": {"size": "big"}}, 'the filter compares "size", which is a number, with "big".'),
        (EVENTS | {"where": {"size": True}}, 'the filter compares "size", which is a number, with "True".'),
        (EVENTS | {"where": {"occurred_at": {">": "soon"}}}, 'the filter compares "occurred_at", which is a date or time, with "soon".'),
        (EVENTS | {"agg": "sum", "column": "team"}, 'sum needs numbers, and "team" of events is string.'),
        (EVENTS | {"time": "team"}, 'key "time": "team" of events is string, not a time.'),
        (
            {"type": "conversion", "base": {"table": "events"}, "conversion": {"table": "events"}, "entity": "usr", "window": 7},
            'key "entity": events has no column "usr". Did you mean "user_id"?',
        ),
    ],
)
def test_a_column_that_is_not_there_or_does_not_fit_is_named(desk, body, message):
    """The user's own columns are held against the real table, before any query, with the near miss."""
    at = desk("2025-01-20", events=[event("a", "2025-01-06", platform="ios", size=1, team="x")])
    with pytest.raises(DefinitionError) as fault:
        compute(at, define({"k": body}), grain="week", periods=WEEKS)
    assert message in str(fault.value)
    assert str(fault.value).startswith('params/kpis.yaml, KPI "k"')
    assert at.asked == []


def test_periods_and_dimensions_are_checked(desk):
    """Periods that are not whole periods of the grain, and dimensions of no table, are refused with the near miss."""
    at = desk("2025-01-20", events=[event("a", "2025-01-06", platform="ios")])
    book = define({"n": EVENTS})
    with pytest.raises(ParameterError, match="2025-01-07 to 2025-01-14 is not a whole week: the week there starts on 2025-01-06"):
        compute(at, book, grain="week", periods=[Period(date(2025, 1, 7), date(2025, 1, 14))])
    with pytest.raises(ParameterError, match=r'has the dimension "platfom"\. Did you mean "platform"\?'):
        compute(at, book, grain="week", periods=WEEKS, by="platfom")
    with pytest.raises(DefinitionError, match=r'has no KPI "m"\. Did you mean'):
        compute(at, define({"n": EVENTS, "me": EVENTS}), grain="week", periods=WEEKS, names=["m"])
    assert compute(at, book, grain="week", periods=[]).empty


def test_an_empty_table_and_a_single_row_are_answers(desk):
    """No rows: everything is missing. One row: it is counted, slices and all."""
    book = define({"active": ACTIVE, "mean": EVENTS | {"agg": "mean", "column": "value"}})
    one = desk("2025-01-20", events=[event("a", "2025-01-06", value=3.0, platform="ios")])
    got = compute(one, book, grain="week", periods=WEEKS, by="platform")
    assert (values(got, "active"), values(got, "mean"), values(got, "mean", "ios"), values(got, "mean", column="lower")) == (
        [1, 0],
        [3, None],
        [3, None],
        [None, None],
    )
    one._tables["events"] = one._tables["events"].limit(0)
    assert compute(one, book, grain="week", periods=WEEKS)["value"].isna().all()


def test_a_history_has_each_kpi_by_its_own_grain(desk):
    """By the week, or the month where a KPI means something by the month only; one that cannot be computed has a row without a value."""
    monthly = {**EVENTS, "grain": "month"}
    book = define({"active": ACTIVE, "by_month": monthly, "mrr": {"type": "simple", "table": "accounts", "agg": "sum", "column": "mrr"}})
    found = desk("2025-03-03", events=[event("a", "2024-12-02"), event("b", "2025-02-25")])
    past = history(found, book, ["active", "by_month", "mrr"], weeks=9)
    starts = past.groupby("kpi")["period_start"]
    assert starts.count().to_dict() == {"active": 9, "by_month": 2, "mrr": 1}
    assert (starts.min()["active"].date(), starts.min()["by_month"].date()) == (date(2024, 12, 30), date(2025, 1, 1))
    assert values(past, "active")[-1] == 1
    assert (values(past, "mrr"), past[past["kpi"] == "mrr"]["complete"].tolist()) == ([None], [False])
    with pytest.raises(DefinitionError, match='Did you mean "active"'):
        history(found, book, ["activ"])
