import math
from datetime import date, timedelta
from typing import Any

import ibis
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodops import kpis
from prodops.errors import ParameterError
from prodops.kpis.spans import spans
from prodops.kpis.totals import over_spans
from prodops.workspace import Period

ORDERS = {"type": "simple", "table": "events", "agg": "count"}
PEOPLE = {"type": "simple", "table": "events", "agg": "count_distinct", "column": "user_id"}
SHARE = {
    "type": "ratio",
    "unit": "share",
    "numerator": {"table": "events", "agg": "count", "where": {"event": "bad"}},
    "denominator": "orders",
}


def daily(first: str, values: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"date": pd.date_range(first, periods=len(values)), "sales": values})


def page(days: pd.DataFrame, end: str, **options: Any) -> kpis.SixTwelve:
    return kpis.from_days(days, "sales", {"sales": "sum"}, end=date.fromisoformat(end), **options)


def test_weeks_end_on_the_day_before_the_end_whatever_weekday() -> None:
    """For an end on a Friday the last week is Friday to Thursday, and a year before the same weekdays 52 weeks earlier."""
    last = spans(date(2025, 11, 14)).weeks[-1]
    assert (last.now, last.before) == (Period(date(2025, 11, 7), date(2025, 11, 14)), Period(date(2024, 11, 8), date(2024, 11, 15)))
    assert last.now.start.isoweekday() == last.before.start.isoweekday()


def test_the_53rd_iso_week_is_compared_with_the_same_weekdays() -> None:
    """The week of 28 Dec 2020 (ISO week 53) stands beside that of 30 Dec 2019."""
    last = spans(date(2021, 1, 4)).weeks[-1]
    assert (last.now.start.isocalendar().week, last.before.start) == (53, date(2019, 12, 30))


def test_months_are_the_twelve_that_have_ended() -> None:
    """A month in progress at the week's end is not among them; one that ends with the week is."""
    assert spans(date(2021, 9, 26)).months[-1].now == Period(date(2021, 8, 1), date(2021, 9, 1))
    assert spans(date(2022, 5, 1)).months[-1].now == Period(date(2022, 4, 1), date(2022, 5, 1))


def test_fiscal_months_are_those_of_the_running_fiscal_year() -> None:
    """With a year that ends in March, May 2025 lies in the one from April 2025 on; its quarter began with it."""
    found = spans(date(2025, 5, 12), fiscal_year_end=3, months="fiscal")
    assert (found.months[0].now.start, found.months[-1].now.end) == (date(2025, 4, 1), date(2026, 4, 1))
    assert [found.to_date[n].now.start for n in ("month", "quarter", "year")] == [date(2025, 5, 1), date(2025, 4, 1), date(2025, 4, 1)]


def test_29_february_is_compared_with_the_28th() -> None:
    """Up to 29 Feb 2024 the month has 29 days, the one before 28; up to 28 Feb 2025 both have 28."""
    leap, after = spans(date(2024, 3, 1)).to_date["month"], spans(date(2025, 3, 1)).to_date["month"]
    assert (leap.now, leap.before) == (Period(date(2024, 2, 1), date(2024, 3, 1)), Period(date(2023, 2, 1), date(2023, 3, 1)))
    assert after.before == Period(date(2024, 2, 1), date(2024, 2, 29))


def test_a_page_of_daily_numbers() -> None:
    """One a day in the first year and two a day in the second: weeks of 14 after 7, up 100 % on the year and level on the week."""
    found = page(daily("2024-01-01", [1] * 366 + [2] * 320), "2025-11-03")
    week = found.weeks.iloc[-1]
    assert (week["value"], week["year_before"], week["change"], week["year_change"]) == (14, 7, 0, 1)
    assert found.months["value"].tolist() == [30, 31, 62, 56, 62, 60, 62, 60, 62, 62, 60, 62]
    assert found.to_date[["value", "year_before"]].to_numpy().tolist() == [[4, 2], [66, 33], [612, 307]]


def test_a_missing_year_before_is_blank_and_never_zero() -> None:
    """Without rows a year before, value and change are missing and blank in words; nor is a change on nothing any."""
    found = page(daily("2025-09-22", [0] * 7 + [3] * 35), "2025-11-03")
    assert found.weeks["year_before"].isna().all()
    assert math.isnan(found.weeks["change"].iloc[1])
    assert found.totals().iloc[0][["YoY", "MTD YoY", "YTD YoY"]].tolist() == ["", "", ""]


def test_inputs_are_aggregated_before_they_are_divided() -> None:
    """A bad day of 1 of 2 and one of 0 of 98 make 1 in 100, not the mean of 50 % and 0 %."""
    days = pd.DataFrame({"date": pd.to_datetime(["2025-11-01", "2025-11-02"]), "bad": [1, 0], "all": [2, 98]})
    found = kpis.from_days(days, "bad / all", {"bad": "sum", "all": "sum"}, end=date(2025, 11, 3), unit="share")
    assert found.weeks["value"].iloc[-1] == 0.01


def test_shares_change_in_basis_points() -> None:
    """From 10 % to 12.5 % are +250 bps, from 4 to 5 orders +25 %."""
    days = pd.DataFrame({"date": pd.to_datetime(["2025-10-26", "2025-11-02"]), "bad": [4, 5], "all": [40, 40]})
    both = {"bad": "sum", "all": "sum"}
    assert kpis.from_days(days, "bad / all", both, end=date(2025, 11, 3), unit="share").totals()["WoW"].item() == "+250\u00a0bps"
    assert kpis.from_days(days, "bad", both, end=date(2025, 11, 3)).totals()["WoW"].item() == "+25\u00a0%"


@pytest.mark.parametrize(("how", "value"), [("sum", 28), ("mean", 4), ("max", 7), ("min", 1), ("first", 1), ("last", 7), ("median", 4)])
def test_each_way_of_aggregating_days(how: str, value: float) -> None:
    """A week of 1 to 7, each way."""
    found = kpis.from_days(daily("2025-10-27", [1, 2, 3, 4, 5, 6, 7]), "sales", {"sales": how}, end=date(2025, 11, 3))
    assert found.weeks["value"].iloc[-1] == value


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 99), min_size=60, max_size=800), st.integers(1, 12))
def test_totals_to_date_are_the_sum_of_their_days(values: list[int], fiscal_year_end: int) -> None:
    """Whatever the fiscal year, the three totals are those of the days from their start; the weeks those of the last 42 days."""
    days = daily(str(date(2025, 11, 3) - timedelta(days=len(values))), values)  # type: ignore[arg-type]
    found = page(days, "2025-11-03", fiscal_year_end=fiscal_year_end)
    for row in found.to_date.to_dict("records"):
        assert row["value"] == days.loc[days["date"] >= row["period_start"], "sales"].sum()
    assert found.weeks["value"].sum() == sum(values[-42:])


def test_a_formula_of_unknown_inputs_is_refused() -> None:
    """The input that is not there is named with the near miss, as is a way of aggregating that there is not."""
    with pytest.raises(ParameterError, match=r'uses "sale".*sales'):
        kpis.from_days(daily("2025-11-01", [1]), "sale", {"sales": "sum"}, end=date(2025, 11, 3))
    with pytest.raises(ParameterError, match=r'by "avg".*sum, mean'):
        kpis.from_days(daily("2025-11-01", [1]), "sales", {"sales": "avg"}, end=date(2025, 11, 3))


# --------------------------------------------------------------------------------------------------------- from the engine
def events(*rows: tuple[str, str, str]) -> list[dict[str, str]]:
    return [{"user_id": who, "event": what, "occurred_at": when} for who, what, when in rows]


def test_people_are_counted_once_in_each_span(desk: Any) -> None:
    """Ann comes every day of two weeks and Bob once: two people in the month, not fifteen."""
    rows = events(*(("ann", "in", f"2025-11-{day:02d}T10:00:00") for day in range(3, 17)), ("bob", "in", "2025-11-05T09:00:00"))
    old = events(("zoe", "in", "2023-01-01T08:00:00"))
    found = kpis.six_twelve(desk("2025-11-17", events=rows + old), kpis.define({"people": PEOPLE}), "people")
    assert found.weeks["value"].tolist() == [0, 0, 0, 0, 2, 1]
    assert found.to_date["value"].tolist() == [2, 2, 2]


def test_spans_before_the_table_begins_are_missing(desk: Any) -> None:
    """The first week that the table covers whole is known, those before are not zero."""
    rows = events(*(("ann", "in", f"2025-11-{day:02d}T00:00:00") for day in range(10, 17)))
    found = kpis.six_twelve(desk("2025-11-17", events=rows), kpis.define({"orders": ORDERS}), "orders")
    assert found.weeks["value"].isna().tolist() == [True] * 5 + [False]
    assert found.months["value"].isna().all()
    assert found.to_date["value"].isna().all()


def test_ratios_from_the_engine_are_of_whole_spans(desk: Any) -> None:
    """One bad order of two on Monday and none of two on Tuesday are a quarter of the week's."""
    rows = events(
        *(
            (f"u{i}", what, when)
            for i, (what, when) in enumerate(
                [("ok", "2025-01-01"), ("bad", "2025-11-10"), ("ok", "2025-11-10"), ("ok", "2025-11-11"), ("ok", "2025-11-11")]
            )
        )
    )
    found = kpis.six_twelve(desk("2025-11-17", events=rows), kpis.define({"orders": ORDERS, "share": SHARE}), "share")
    assert found.weeks["value"].iloc[-1] == 0.25
    assert found.weeks["value"].iloc[:-1].isna().all()


def test_what_runs_is_counted_at_the_end_of_each_span(desk: Any) -> None:
    """An account that ended on 12 November ran at the end of the week before and of October, and no more."""
    rows = [
        {"account_id": "a", "started_at": "2024-01-01", "ended_at": "2025-11-12", "mrr": 10.0, "plan": "team"},
        {"account_id": "b", "started_at": "2024-01-01", "ended_at": None, "mrr": 5.0, "plan": "team"},
    ]
    book = kpis.define({"mrr": {"type": "simple", "table": "accounts", "agg": "sum", "column": "mrr", "at": "end"}})
    found = kpis.six_twelve(desk("2025-11-17", accounts=rows), book, "mrr")
    assert found.weeks["value"].tolist()[-2:] == [15, 5]
    assert (found.months["value"].iloc[-1], found.to_date["value"].tolist()) == (15, [5, 5, 5])


def test_a_monthly_kpi_has_no_weeks(desk: Any) -> None:
    """A KPI whose grain is the month has months, and totals to date of whole months only."""
    rows = events(("a", "in", "2024-01-01"), ("b", "in", "2025-10-05"))
    book = kpis.define({"orders": {**ORDERS, "grain": "month"}})
    found = kpis.six_twelve(desk("2025-11-17", events=rows), book, "orders")
    assert found.weeks["value"].isna().all()
    assert found.months["value"].iloc[-1] == 1
    assert found.to_date["value"].isna().all()


def test_a_table_of_one_row_and_of_none_make_a_page(desk: Any) -> None:
    """Too little to tell is blank, not a crash."""
    for rows in (
        events(("a", "in", "2025-11-16T12:00:00")),
        pd.DataFrame({"user_id": ["x"], "event": ["in"], "occurred_at": pd.to_datetime(["2025-01-01"])}).iloc[:0],
    ):
        found = kpis.six_twelve(desk("2025-11-17", events=rows), kpis.define({"orders": ORDERS}), "orders")
        assert found.is_empty
        assert found.totals().iloc[0].tolist()[1:] == [""] * 9


def test_an_end_after_what_is_known_is_refused(desk: Any) -> None:
    """A week that has not ended has no page; a fiscal year ends with a month."""
    there = desk("2025-11-17", events=events(("a", "in", "2025-11-01")))
    with pytest.raises(ParameterError, match="2025-11-18, after what is known"):
        kpis.six_twelve(there, kpis.define({"orders": ORDERS}), "orders", end=date(2025, 11, 18))
    with pytest.raises(ParameterError, match="fiscal_year_end is 13"):
        kpis.six_twelve(there, kpis.define({"orders": ORDERS}), "orders", fiscal_year_end=13)


def test_one_question_for_each_table_that_every_engine_understands(desk: Any) -> None:
    """However many spans, a table is asked once (and once for its first row), in words that PostgreSQL and Spark have too."""
    there = desk("2025-11-17", events=events(("a", "in", "2025-01-01"), ("b", "bad", "2025-11-10")))
    asked: list[Any] = []
    read = there.read
    there.read = lambda expr, *, name: asked.append(expr) or read(expr, name=name)
    over_spans(
        there,
        kpis.define({"orders": ORDERS, "people": PEOPLE, "share": SHARE}),
        ["orders", "people", "share"],
        spans(date(2025, 11, 17)).all(),
    )
    assert len(asked) == 2
    for dialect in ("duckdb", "postgres", "pyspark"):
        assert all("SELECT" in ibis.to_sql(expr, dialect=dialect) for expr in asked)


def test_what_runs_over_days_of_its_own_or_looks_back_has_no_total_over_a_span(desk: Any) -> None:
    """A ratio over a cumulative KPI, what is derived from it, and a growth over the month before stay blank to date: none is an aggregate
    of the span. Orders, of which there are three a day, have their totals."""
    cumulative = {"type": "cumulative", "measure": "orders", "window": 7}
    growth = {"now": "orders", "then": {"kpi": "orders", "offset": {"n": 1, "grain": "month"}}}
    book = kpis.define(
        {
            "orders": ORDERS,
            "last_days": cumulative,
            "per_week": {"type": "ratio", "numerator": "orders", "denominator": "last_days"},
            "twice": {"type": "derived", "expr": "2 * per_week"},
            "running": {"type": "derived", "expr": "orders + last_days"},
            "growth": {"type": "derived", "expr": "now / then - 1", "inputs": growth},
            "growing": {"type": "derived", "expr": "10 * growth"},
        }
    )
    days = [f"2025-{m:02}-{d:02}" for m in (9, 10, 11) for d in range(1, 29)]
    at = desk("2025-11-12", events=[{"user_id": "a", "event": "order", "occurred_at": d} for d in days for _ in range(3)])
    to_date = Period(date(2025, 11, 1), date(2025, 11, 12))
    found = over_spans(at, book, book.order, [to_date])
    assert found.pop("orders")[to_date] == 33
    assert len(found) == 6
    assert all(math.isnan(values[to_date]) for values in found.values())
