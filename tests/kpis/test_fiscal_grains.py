"""KPIs by the 4-4-5 calendar: the engine places rows as the calendar does, on every day, and weeks add up to months."""

from datetime import datetime, timedelta

import ibis
import pyarrow as pa
import pytest

from prodops.kpis import compute, define, review
from prodops.kpis.placing import period_of
from prodops.workspace import last_periods, period_start

ORDERS = {"orders": {"type": "simple", "table": "events", "agg": "count"}}
GRAINS = ("month_445", "quarter_445", "year_445")


@pytest.mark.parametrize("week_start", ["monday", "sunday"])
@pytest.mark.parametrize("grain", GRAINS)
def test_the_engine_places_days_as_the_calendar_does(grain, week_start):
    """Every day of 28 years, at its last microsecond, leap days and 53rd weeks included."""
    days = [datetime(1999, 12, 20) + timedelta(days=i, hours=23, minutes=59, microseconds=59_999_999) for i in range(10_300)]
    con = ibis.duckdb.connect()
    table = con.create_table("days", pa.table({"at": pa.array(days, pa.timestamp("us"))}))
    found = con.to_pyarrow(table.select("at", start=period_of(table["at"], grain, week_start))).to_pylist()
    assert [row["start"] for row in found] == [period_start(row["at"].date(), grain, week_start) for row in found]


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "pyspark"])
def test_every_engine_can_be_asked(dialect):
    """The placing compiles for all."""
    table = ibis.table({"at": "timestamp"}, name="t")
    assert ibis.to_sql(table.select(start=period_of(table["at"], "month_445", "monday")), dialect=dialect)


def test_weeks_add_up_to_fiscal_months(desk):
    """Two orders a day: 4 weeks are 56, 5 are 70, and they are the sums of their weeks."""
    rows = [{"user_id": "u", "event": "e", "occurred_at": datetime(2025, 1, 1) + timedelta(hours=12 * i)} for i in range(2 * 300)]
    made = desk("2025-10-20", events=rows)
    months = compute(made, define(ORDERS), grain="month_445", periods=last_periods(made.as_of, "month_445", 3))
    assert months["value"].tolist() == [56, 56, 70]
    weeks = compute(made, define(ORDERS), grain="week", periods=last_periods(made.as_of, "week", 30))
    for row in months.to_dict("records"):
        inside = weeks[(weeks["period_start"] >= row["period_start"]) & (weeks["period_start"] < row["period_end"])]
        assert inside["value"].sum() == row["value"]


def test_an_offset_of_a_year_is_twelve_fiscal_months(desk):
    """The same fiscal month of the year before."""
    text = {
        **ORDERS,
        "before": {"type": "derived", "expr": "then", "inputs": {"then": {"kpi": "orders", "offset": {"n": 1, "grain": "year"}}}},
    }
    rows = [{"user_id": "u", "event": "e", "occurred_at": datetime(2024, 1, 1) + timedelta(days=i)} for i in range(700)]
    made = desk("2025-10-20", events=rows)
    found = compute(made, define(text), grain="month_445", periods=last_periods(made.as_of, "month_445", 1)).set_index("kpi")["value"]
    assert found["before"] == 35  # September, and so the last of its quarter


def test_a_kpi_by_fiscal_month_stands_on_the_review(desk):
    """Its line is of the last whole fiscal month, and says so."""
    text = {"orders": {**ORDERS["orders"], "title": "Orders", "grain": "month_445"}}
    rows = [{"user_id": "u", "event": "e", "occurred_at": datetime(2024, 1, 1) + timedelta(days=i)} for i in range(665)]
    made = desk("2025-10-27", events=rows)
    line = review(made, define(text)).readable().iloc[0]
    assert (line["Period"], line["Latest"]) == ("P10 2025", "28")
