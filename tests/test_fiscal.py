"""The 4-4-5 calendar: whole weeks, thirteen to a quarter, and a last month of six in a year of 53."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodops import fiscal
from prodops.workspace import Period, last_periods, period_start, step

DAYS = st.dates(date(1999, 1, 1), date(2040, 12, 31))
GRAINS = ("month_445", "quarter_445", "year_445")


def test_a_year_by_hand() -> None:
    """2025 begins on Monday 30 December 2024: months of 4, 4 and 5 weeks in each quarter."""
    starts = [fiscal.first_day(2025, month) for month in range(12)]
    assert starts[:6] == [date(2024, 12, 30), date(2025, 1, 27), date(2025, 2, 24), date(2025, 3, 31), date(2025, 4, 28), date(2025, 5, 26)]
    ends = [*starts[1:], fiscal.first_day(2026, 0)]
    assert [(end - start).days // 7 for start, end in zip(starts, ends, strict=True)] == [4, 4, 5] * 4


def test_the_last_month_of_a_long_year_has_six_weeks() -> None:
    """2020 had ISO week 53: 31 December 2020 is still of its last month, which began on 23 November."""
    assert fiscal.start(date(2020, 12, 31), "month_445") == date(2020, 11, 23)
    assert fiscal.first_day(2021, 0) - fiscal.first_day(2020, 11) == timedelta(weeks=6)
    assert fiscal.month_of(date(2021, 1, 3)) == (2020, 11)
    assert fiscal.month_of(date(2021, 1, 4)) == (2021, 0)


@given(DAYS, st.sampled_from(GRAINS), st.booleans())
def test_each_day_lies_in_one_period_that_begins_with_a_week(day: date, grain: fiscal.Fiscal, sunday: bool) -> None:
    """A period begins on the day weeks start, holds the day, and the next begins where it ends; its start is its own start."""
    start = fiscal.start(day, grain, sunday=sunday)
    end = fiscal.move(start, grain, 1)
    assert start <= day < end
    assert start.weekday() == (6 if sunday else 0)
    assert fiscal.start(start, grain, sunday=sunday) == start
    assert fiscal.start(end, grain, sunday=sunday) == end


@given(DAYS, st.sampled_from(GRAINS), st.integers(-40, 40), st.booleans())
def test_moving_there_and_back_is_standing_still(day: date, grain: fiscal.Fiscal, n: int, sunday: bool) -> None:
    """Steps add up."""
    start = fiscal.start(day, grain, sunday=sunday)
    assert fiscal.move(fiscal.move(start, grain, n), grain, -n) == start
    assert fiscal.move(start, "quarter_445" if grain == "month_445" else grain, 0) <= start


def test_the_workspace_s_calendar_knows_the_grains() -> None:
    """The two whole fiscal months before 3 November 2025, with weeks from Monday and from Sunday."""
    assert last_periods(date(2025, 11, 3), "month_445", 2) == [
        Period(date(2025, 8, 25), date(2025, 9, 29)),
        Period(date(2025, 9, 29), date(2025, 10, 27)),
    ]
    assert period_start(date(2025, 11, 3), "month_445", "sunday") == date(2025, 10, 26)
    assert step(date(2024, 12, 29), "year_445") == date(2025, 12, 28)


@pytest.mark.parametrize(("grain", "said"), [("month_445", "P11 2025"), ("quarter_445", "Q4 2025 (4-4-5)"), ("year_445", "2025 (4-4-5)")])
def test_periods_are_said(grain: fiscal.Fiscal, said: str) -> None:
    """A reader sees which calendar is meant."""
    assert fiscal.words(date(2025, 10, 27), grain) == said
