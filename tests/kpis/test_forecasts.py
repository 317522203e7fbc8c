import math
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from prodops import kpis
from prodops.kpis.forecasts import at_end, project, to_end
from prodops.kpis.outlook_words import pace_words

Array = npt.NDArray[np.float64]
WEEKDAYS = np.array([12.0, 12, 11, 10, 9, 1, 1])


def sales(totals: Mapping[str, Array]) -> Array:
    return totals["sales"]


def forecast_of(days: Array, known: int, ahead: int, **options: Any) -> kpis.Interval:
    return to_end({"sales": days}, known, ahead, sales, relative=True, **options)


def test_a_steady_week_goes_on_day_by_day() -> None:
    """The same week twenty times over is forecast to the day, weekends apart, from whatever weekday."""
    days = np.tile(WEEKDAYS, 20)
    assert project(days[:-3], 10, 7) == pytest.approx([9, 1, 1, *WEEKDAYS])


def test_a_trend_goes_on_and_fades() -> None:
    """A series that grew by ten a round goes on upwards, by less each time."""
    steps = np.diff(project(np.arange(100.0, 500, 10), 6))
    assert (steps > 0).all()
    assert (np.diff(steps) < 0).all()


def test_what_was_never_there_stays_nothing() -> None:
    """A series of zeros is forecast as zero, and a falling one never below zero."""
    assert forecast_of(np.zeros(200), 10, 20).value == 0
    assert (project(np.array([50.0, 40, 30, 20, 10, 5, 2, 1, 0, 0]), 12) >= 0).all()


def test_the_whole_days_so_far_are_part_of_the_forecast() -> None:
    """Ten days known and eighteen to come of a steady week make four weeks of it, with a range that is a point."""
    made = forecast_of(np.tile(WEEKDAYS, 30)[: 7 * 30 - 4], 10, 18)
    assert made == pytest.approx((4 * 56, 4 * 56, 4 * 56))


def test_a_ratio_is_forecast_through_its_parts() -> None:
    """One bad in ten so far and to come is one in ten, whatever the days' sizes."""
    days = np.tile(WEEKDAYS, 30)
    made = to_end({"bad": days / 10, "all": days}, 5, 25, lambda t: t["bad"] / t["all"], relative=False)
    assert made == pytest.approx((0.1, 0.1, 0.1))


def test_too_short_a_history_gives_no_forecast() -> None:
    """Seven weeks of days, or seven periods, are too few; eight give a number, whose range waits for more."""
    assert all(map(math.isnan, forecast_of(np.tile(WEEKDAYS, 7), 5, 25)))
    assert all(map(math.isnan, at_end(np.arange(7.0), 1, relative=True)))
    made = at_end(np.full(8, 5.0), 1, relative=True)
    assert (made.value, math.isnan(made.lower)) == (5, True)


@pytest.mark.parametrize(("known", "ahead"), [(15, 15), (5, 25)])
def test_four_in_five_forecasts_hold(known: int, ahead: int) -> None:
    """On 100 growing products with noisy days the 80 % range holds what came in about 80 % of cases."""
    rng, kept = np.random.default_rng(5), []
    for _ in range(100):
        level = 100 * np.exp(np.cumsum(rng.normal(0.0005, 0.01, 420 + ahead)))
        days = rng.poisson(level * np.resize(WEEKDAYS / 8, 420 + ahead)).astype(float)
        made = forecast_of(days[:420], known, ahead)
        kept.append(made.lower <= days[420 - known :].sum() <= made.upper)
    assert 0.7 <= np.mean(kept) <= 0.9


# ------------------------------------------------------------------------------------------------ from tables, with targets
def counted(per_day: int, first: str, last: str, **target: Any) -> tuple[kpis.KpiBook, list[dict[str, str]]]:
    """So many orders every day from the first to the last, and the KPI that counts them."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    days = [start + timedelta(days=n) for n in range((end - start).days + 1)]
    rows = [{"user_id": f"u{i}", "event": "order", "occurred_at": f"{day}T{i:02d}:00:00"} for day in days for i in range(per_day)]
    body = {"type": "simple", "table": "events", "agg": "count", **({"target": target} if target else {})}
    return kpis.define({"orders": body}), rows


def test_a_month_is_forecast_to_its_end(desk: Any) -> None:
    """Three orders a day, half of November gone: 48 so far, 90 by its end."""
    book, rows = counted(3, "2024-11-01", "2025-11-16")
    made = kpis.forecast(desk("2025-11-17", events=rows), book, "orders")
    assert (made.so_far, round(made.value, 6), made.start, made.end) == (48, 90, date(2025, 11, 1), date(2025, 12, 1))


def test_pace_of_a_total_follows_last_years_shape(desk: Any) -> None:
    """Last year 1 October to 16 November had 47 of the quarter's 92 orders: of 184 wanted 94 are due, and 94 came."""
    book, rows = counted(1, "2024-09-30", "2025-09-30", value=184, on="2025-12-31", per="quarter")
    more = counted(2, "2025-10-01", "2025-11-16")[1]
    made = kpis.forecast(desk("2025-11-17", events=rows + more), book, "orders")
    assert made.pace is not None
    assert (made.pace.value, made.pace.by, made.pace.is_behind) == (94, "last year's shape", False)
    assert made.pace.expected == pytest.approx(94)
    assert made.end == date(2026, 1, 1)


def test_pace_of_a_total_without_a_year_before_is_by_elapsed_days(desk: Any) -> None:
    """With 16 of 30 days gone, 32 of 60 are due; 16 came, half of it."""
    book, rows = counted(1, "2025-06-01", "2025-11-16", value=60, on="2025-11-30", per="month")
    pace = kpis.forecast(desk("2025-11-17", events=rows), book, "orders").pace
    assert pace is not None
    assert (pace.value, pace.expected, pace.by) == (16, 32, "elapsed days")
    assert pace_words(pace, "share") == "behind by 50\u00a0%"


def test_pace_of_a_level_is_a_straight_line_from_last_year(desk: Any) -> None:
    """Weeks of 7 last December, 14 wanted by 31 December 2025: the week of 10 November, 315 of 366 days on, should have 13.02."""
    book, rows = counted(1, "2024-06-03", "2025-11-16", value=14, on="2025-12-31")
    made = kpis.forecast(desk("2025-11-17", events=rows), book, "orders")
    assert made.pace is not None
    assert (made.pace.value, made.pace.target, made.pace.is_behind) == (7, 14, True)
    assert made.pace.expected == pytest.approx(7 + 7 * 315 / 366)
    assert (made.end, round(made.value, 6)) == (date(2025, 12, 29), 7)


def test_a_target_of_the_past_has_no_pace(desk: Any) -> None:
    """What was due in September is not on pace for anything."""
    book, rows = counted(1, "2024-06-03", "2025-11-16", value=14, on="2025-09-30")
    assert kpis.forecast(desk("2025-11-17", events=rows), book, "orders").pace is None


def test_one_row_is_no_history(desk: Any) -> None:
    """A table of one row gives a forecast that says nothing, not an error."""
    book, rows = counted(1, "2025-11-16", "2025-11-16")
    made = kpis.forecast(desk("2025-11-17", events=rows), book, "orders")
    assert math.isnan(made.value)
    assert made.sentence() == "Orders: the history is too short for a forecast."


def test_people_are_forecast_from_whole_weeks(desk: Any) -> None:
    """A number of different people does not add up over days: it goes on from its weeks, to the end of the quarter."""
    _, rows = counted(4, "2025-06-02", "2025-11-16")
    book = kpis.define({"people": {"type": "simple", "table": "events", "agg": "count_distinct", "column": "user_id"}})
    made = kpis.forecast(desk("2025-11-17", events=rows), book, "people")
    assert (round(made.value, 6), made.start, made.end) == (4, date(2025, 12, 22), date(2025, 12, 29))
    assert math.isnan(made.so_far)
