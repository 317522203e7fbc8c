"""The 4-4-5 calendar: years of whole weeks, quarters of 13 weeks in months of 4, 4 and 5.

A year is the ISO year: its first week holds 4 January, and weeks start on Monday, or a day earlier where a workspace's weeks start on
Sunday. In a year of 53 weeks the last month has six. So each month holds whole weeks, and one compares with another.
"""

from datetime import date, timedelta
from typing import Any, Literal, TypeGuard, TypeVar

T = TypeVar("T")
Fiscal = Literal["month_445", "quarter_445", "year_445"]
PLAIN = {"month_445": "month", "quarter_445": "quarter", "year_445": "year"}
"""Each grain of this calendar with the plain one that it stands in for."""
FIRST_WEEKS = (0, 4, 8)
"""The weeks of a quarter with which its months begin."""
MONTHS = {"month_445": 1, "quarter_445": 3, "year_445": 12}


def is_fiscal(grain: str) -> TypeGuard[Fiscal]:
    """Whether a grain is of this calendar."""
    return grain in PLAIN


def month_of(day: date, *, sunday: bool = False) -> tuple[int, int]:
    """Give the fiscal year and month (from 0) that hold a day."""
    iso = (day + timedelta(days=sunday)).isocalendar()
    quarter = min((iso.week - 1) // 13, 3)
    within = iso.week - 1 - 13 * quarter
    return iso.year, 3 * quarter + sum(within >= first for first in FIRST_WEEKS[1:])


def first_day(year: int, month: int, *, sunday: bool = False) -> date:
    """Give the first day of a fiscal month (from 0; below 0 and above 11 lie in other years)."""
    year, month = year + month // 12, month % 12
    week = 13 * (month // 3) + FIRST_WEEKS[month % 3] + 1
    return date.fromisocalendar(year, week, 1) - timedelta(days=sunday)


def start(day: date, grain: Fiscal, *, sunday: bool = False) -> date:
    """Give the first day of the fiscal period that holds a day."""
    year, month = month_of(day, sunday=sunday)
    return first_day(year, month - month % MONTHS[grain], sunday=sunday)


def move(begin: date, grain: Fiscal, n: int) -> date:
    """Move the first day of a fiscal period by ``n`` periods; its weekday tells when weeks start."""
    sunday = begin.weekday() == 6
    year, month = month_of(begin, sunday=sunday)
    return first_day(year, month + n * MONTHS[grain], sunday=sunday)


def words(begin: date, grain: Fiscal) -> str:
    """Say a fiscal period: ``P3 2025``, ``Q3 2025 (4-4-5)``, ``2025 (4-4-5)``."""
    year, month = month_of(begin, sunday=begin.weekday() == 6)
    if grain == "month_445":
        return f"P{month + 1} {year}"
    return f"Q{month // 3 + 1} {year} (4-4-5)" if grain == "quarter_445" else f"{year} (4-4-5)"


def per_grain(values: "dict[Any, T]") -> "dict[Any, T]":
    """Give the fiscal grains what their plain ones have."""
    return values | {fiscal: values[plain] for fiscal, plain in PLAIN.items() if plain in values}
