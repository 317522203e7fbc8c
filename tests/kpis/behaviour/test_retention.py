"""Retention, by hand: each variant on rows small enough to count."""

from datetime import datetime

import pandas as pd
import pytest
from scipy.special import stdtrit

from prodops.errors import InputError, ParameterError
from prodops.kpis import RetentionSpec, retention, retention_curve, retention_repeats, wilson
from prodops.kpis.behaviour.retention import COLUMNS

MONDAYS = datetime(2025, 2, 3)


def grid(frame, slice_=""):
    """Give the matrix: a row a cohort, its people retained in each period that had ended."""
    rows = frame[frame["slice"] == slice_]
    return {str(start.date()): cells["retained"].dropna().astype(int).tolist() for start, cells in rows.groupby("cohort_start")}


@pytest.fixture
def weeks(events):
    """Four weeks from Monday 6 January 2025. Ann comes in weeks 0, 1 and 3, Bob in 0 and 2, Cat in 1 and 2; Dan came long before."""
    return events(
        *("ann open 2025-01-06", "ann open 2025-01-08", "ann open 2025-01-19T23:59:59.999999", "ann open 2025-01-27"),
        *("bob open 2025-01-12", "bob open 2025-01-20", "cat open 2025-01-13", "cat open 2025-01-26"),
        *("dan open 2023-05-05", "dan open 2025-01-06"),
    )


def test_recurring_counts_every_period_with_a_start(weeks):
    """A person stands in each cohort in whose period they started, and is retained in the very periods they came back in."""
    frame = retention(weeks, RetentionSpec(periods=4, as_of=MONDAYS))
    assert tuple(frame.columns) == COLUMNS
    assert grid(frame) == {"2025-01-06": [3, 1, 1, 1], "2025-01-13": [2, 1, 1], "2025-01-20": [2, 0], "2025-01-27": [1]}
    cell = frame.iloc[1]
    assert (cell["period"], cell["cohort_size"], cell["complete"]) == (1, 3, True)
    assert tuple(cell[["share", "lower", "upper"]]) == pytest.approx(wilson(1, 3))
    assert frame[frame["period"] == 0]["share"].eq(1).all()


def test_first_time_looks_over_the_whole_history(weeks):
    """Dan came in 2023, so he is in no cohort of 2025, though the window does not see his first visit; nor is anyone in two cohorts."""
    frame = retention(weeks, RetentionSpec(cohorts="first_time", periods=4, as_of=MONDAYS))
    assert grid(frame) == {"2025-01-06": [2, 1, 1, 1], "2025-01-13": [1, 1, 0], "2025-01-20": [0, 0], "2025-01-27": [0]}
    assert frame[frame["cohort_size"] == 0]["share"].isna().all()


def test_on_or_after_counts_any_later_return_up_to_as_of(weeks):
    """Whoever came back in a period or any later one counts in it: shares never rise. A return in the week in progress counts too."""
    spec = RetentionSpec(counts="on_or_after", periods=4, as_of=MONDAYS)
    assert grid(retention(weeks, spec)) == {"2025-01-06": [3, 2, 2, 1], "2025-01-13": [2, 2, 1], "2025-01-20": [2, 0], "2025-01-27": [1]}
    later = pd.concat([weeks, weeks.iloc[:1].assign(user_id="bob", occurred_at=pd.Timestamp("2025-02-04"))])
    unbounded = retention(later, spec.model_copy(update={"as_of": datetime(2025, 2, 5)}))
    assert grid(unbounded)["2025-01-20"] == [2, 1]


def test_a_period_that_had_not_ended_is_missing(weeks):
    """On the Sunday night before a week ends its cells are missing and not zero; at its end they are there."""
    spec = RetentionSpec(periods=4, since="2025-01-06", until="2025-02-03")
    before = retention(weeks, spec.model_copy(update={"as_of": datetime(2025, 2, 2, 23, 59)}))
    assert grid(before) == {"2025-01-06": [3, 1, 1], "2025-01-13": [2, 1], "2025-01-20": [2], "2025-01-27": []}
    open_cells = before[~before["complete"]]
    assert open_cells[["retained", "share", "lower", "upper"]].isna().all(axis=None)
    assert len(open_cells) == 10
    assert grid(retention(weeks, spec.model_copy(update={"as_of": MONDAYS})))["2025-01-27"] == [1]


def test_weeks_may_begin_on_sunday(weeks):
    """By weeks from Sunday, Bob's 12 January and Ann's 19 January are each a week later than by weeks from Monday."""
    spec = RetentionSpec(periods=5, week_start="sunday", as_of=MONDAYS)
    assert grid(retention(weeks, spec)) == {
        "2024-12-29": [0, 0, 0, 0, 0],
        "2025-01-05": [2, 0, 1, 1],
        "2025-01-12": [2, 1, 1],
        "2025-01-19": [2, 1],
        "2025-01-26": [2],
    }
    assert spec.variant == "recurring, on, calendar weeks, weeks from Sunday"


def test_rolling_windows_begin_at_the_first_event(events):
    """A day is 24 hours from the person's own first event: 23 h 59 min on is the same window, 24 h on the next, wherever midnight is."""
    rows = events(
        "ann in 2025-01-06T22:00", "ann in 2025-01-07T21:59:59.999999", "bob in 2025-01-06T22:00", "bob in 2025-01-07T22:00", "cat in 2025-01-06T01:00",
        "cat in 2025-01-08T22:00",
    )  # fmt: skip
    spec = RetentionSpec(cohorts="first_time", grain="day", periods=3, since="2025-01-06", until="2025-01-07", as_of=datetime(2025, 1, 10))
    assert grid(retention(rows, spec)) == {"2025-01-06": [3, 2, 1]}
    rolling = spec.model_copy(update={"windows": "rolling"})
    assert grid(retention(rows, rolling)) == {"2025-01-06": [3, 1, 1]}
    assert grid(retention(rows, rolling.model_copy(update={"counts": "on_or_after"}))) == {"2025-01-06": [3, 2, 1]}
    assert rolling.variant == "first-time, on, rolling 24-hour windows"


def test_a_rolling_window_is_whole_when_everyones_has_ended(events):
    """The last of the cohort may have begun just before midnight: window 1 is known two days after the cohort's day, window 0 at its end."""
    rows = events("ann in 2025-01-06T22:00")
    spec = RetentionSpec(windows="rolling", grain="day", periods=3, since="2025-01-06", until="2025-01-07")
    for as_of, known in ((datetime(2025, 1, 6, 23), []), (datetime(2025, 1, 8, 23, 59), [1]), (datetime(2025, 1, 9), [1, 0])):
        assert grid(retention(rows, spec.model_copy(update={"as_of": as_of}))) == {"2025-01-06": known}


def test_a_return_may_need_several_events(events):
    """With two returns asked for, one does not do, nor the same row twice; on or after needs both in one period."""
    rows = events(
        "ann in 2025-01-06",
        "ann in 2025-01-07T01",
        "ann in 2025-01-07T02",
        "bob in 2025-01-06",
        "bob in 2025-01-07",
        "bob in 2025-01-07",
        "bob in 2025-01-08",
    )
    spec = RetentionSpec(grain="day", periods=3, times=2, since="2025-01-06", until="2025-01-07", as_of=datetime(2025, 1, 9))
    assert grid(retention(rows, spec)) == {"2025-01-06": [2, 1, 0]}
    assert grid(retention(rows, spec.model_copy(update={"counts": "on_or_after"}))) == {"2025-01-06": [2, 1, 0]}
    assert spec.variant == "recurring, on, calendar days, at least 2 returns a period"


def test_start_and_return_may_be_different_steps(events):
    """Only the return step counts as a return, only the start step makes a cohort, and filters hold for each on its own."""
    rows = events("ann sign 2025-01-06", "ann pay 2025-01-07 ios", "bob sign 2025-01-06", "bob pay 2025-01-07 web", "cat pay 2025-01-06")
    spec = RetentionSpec(
        start="sign", returning="pay", grain="day", periods=2, since="2025-01-06", until="2025-01-07", as_of=datetime(2025, 1, 9)
    )
    assert grid(retention(rows, spec)) == {"2025-01-06": [2, 2]}
    from prodops.kpis import Step

    assert grid(retention(rows, spec.model_copy(update={"returning": Step("pay", {"platform": "ios"})}))) == {"2025-01-06": [2, 1]}


def test_an_event_before_sign_up_is_no_return(events):
    """Clock skew: what a wrong clock puts before the first start, in the window or out of it, neither moves a cohort nor counts."""
    rows = events("ann pay 2024-12-30", "ann pay 2025-01-05", "ann sign 2025-01-06T12:00", "ann pay 2025-01-06T11:59:59")
    common = {"start": "sign", "returning": "pay", "grain": "day", "periods": 3, "since": "2025-01-04", "until": "2025-01-07"}
    for kind in ({}, {"cohorts": "first_time"}, {"windows": "rolling"}, {"counts": "on_or_after"}):
        found = grid(retention(rows, RetentionSpec(**common, **kind, as_of=datetime(2025, 1, 12))))
        assert found == {"2025-01-04": [0, 0, 0], "2025-01-05": [0, 0, 0], "2025-01-06": [1, 0, 0]}


def test_slices_by_the_value_at_the_start_or_the_first_ever(events):
    """Ann's first platform was the web, at her start she used ios: the option says which slice she is in; a missing value is (none)."""
    rows = events("ann in 2024-01-01 web", "ann in 2025-01-06 ios", "ann in 2025-01-07 web", "bob in 2025-01-06 web", "cat in 2025-01-06 -")
    spec = RetentionSpec(by="platform", grain="day", periods=2, since="2025-01-06", until="2025-01-07", as_of=datetime(2025, 1, 9))
    frame = retention(rows, spec)
    assert frame["slice"].unique().tolist() == ["", "(none)", "ios", "web"]
    assert [grid(frame, s)["2025-01-06"] for s in ("", "(none)", "ios", "web")] == [[3, 1], [1, 0], [1, 1], [1, 0]]
    by_first = retention(rows, spec.model_copy(update={"by_value": "first"}))
    assert [grid(by_first, s)["2025-01-06"] for s in ("", "(none)", "web")] == [[3, 1], [1, 0], [2, 1]]
    assert spec.variant == "recurring, on, calendar days, by platform (at the start)"


def test_two_values_at_one_instant_take_the_least(events):
    """Where a person started under two values at once, the first in order is theirs, whatever the order of rows."""
    rows = events("ann in 2025-01-06 web", "ann in 2025-01-06 ios")
    spec = RetentionSpec(by="platform", grain="day", periods=1, as_of=datetime(2025, 1, 7))
    for given in (rows, rows[::-1]):
        assert retention(given, spec)["slice"].unique().tolist() == ["", "ios"]


@pytest.mark.parametrize(
    ("grain", "first", "lines", "matrix"),
    [
        ("week", "2020-12-28", ["2020-12-31", "2021-01-03", "2021-01-04"], {"2020-12-28": [1, 1], "2021-01-04": [1]}),  # ISO week 53
        ("day", "2024-02-28", ["2024-02-28", "2024-02-29", "2024-03-01"], {"2024-02-28": [1, 1, 1], "2024-02-29": [1, 1], "2024-03-01": [1]}),
        ("month", "2024-01-01", ["2024-01-31", "2024-02-29"], {"2024-01-01": [1, 1], "2024-02-01": [1]}),
        ("year", "2024-01-01", ["2024-02-29", "2025-02-28"], {"2024-01-01": [1, 1], "2025-01-01": [1]}),
        ("quarter", "2024-10-01", ["2024-12-31T23:59:59", "2025-01-01"], {"2024-10-01": [1, 1], "2025-01-01": [1]}),
        ("hour", "2025-03-30T01:00", ["2025-03-30T01:59", "2025-03-30T03:00"], {"2025-03-30": [1, 0, 1]}),  # Berlin has no 02:00 that day
        ("day", "2025-10-25", ["2025-10-25T12", "2025-10-26T02:30", "2025-10-26T23:30"], {"2025-10-25": [1, 1], "2025-10-26": [1]}),
    ],
)  # fmt: skip
def test_the_calendar_is_the_wall_calendars(events, grain, first, lines, matrix):
    """Week 53, 29 February, months of any length and the days that clocks change on are each one period, in their place."""
    rows = events(*(f"ann in {moment}" for moment in lines))
    periods = len(next(iter(matrix.values())))
    until = pd.Timestamp(first) + pd.Timedelta(hours=1) if grain == "hour" else pd.Timestamp(lines[-1]) + pd.Timedelta(seconds=1)
    spec = RetentionSpec(
        grain=grain, periods=periods, since=first, until=until, as_of=datetime(2026, 1, 1) if grain != "month" else datetime(2024, 3, 1)
    )
    found = retention(rows, spec)
    shown = {start: [n for n in cells if n is not None] for start, cells in grid(found).items()}
    assert {start: cells[: len(matrix[start])] for start, cells in shown.items()} == matrix


def test_the_default_window_is_the_last_whole_periods(events):
    """Without since and until the grid ends with the last whole week at as_of: twelve cohorts, and nothing of the week in progress."""
    frame = retention(events("ann in 2025-01-29", "ann in 2025-02-04"), RetentionSpec(as_of=datetime(2025, 2, 5, 12)))
    assert frame["cohort_start"].min() == pd.Timestamp("2024-11-11")
    assert frame["cohort_start"].max() == pd.Timestamp("2025-01-27")
    assert len(frame) == 12 * 12
    assert not frame[(frame["cohort_start"] == pd.Timestamp("2025-01-27")) & (frame["period"] == 1)]["complete"].any()


def test_more_periods_than_bits_agree_with_few(events):
    """A long grid, which is counted in another way, shows the same cells as a short one."""
    rows = events("ann in 2025-01-01", "ann in 2025-01-03", "bob in 2025-01-02", "bob in 2025-01-03", "bob in 2025-03-01")
    common = {"grain": "day", "since": "2025-01-01", "until": "2025-01-05", "as_of": datetime(2025, 4, 1)}
    short, long = (retention(rows, RetentionSpec(**common, periods=n)) for n in (20, 80))
    assert long[long["period"] < 20].reset_index(drop=True).equals(short)
    assert long[(long["period"] == 58)]["retained"].tolist() == [0, 1, 0, 0]


def test_nobody_is_an_empty_frame(events):
    """Without any event, or any start, the frame is empty and has its columns; so has its mean."""
    spec = RetentionSpec(start="sign", as_of=MONDAYS)
    for rows in (events(), events("ann open 2025-01-06")):
        frame = retention(rows, spec)
        assert frame.empty
        assert tuple(frame.columns) == COLUMNS
        assert retention_curve(frame, spec).empty


def test_windows_that_make_no_sense_are_refused(events):
    """A window that ends before it begins, one of too many periods, and an unknown column to slice by, each in one line."""
    rows = events("ann open 2025-01-06")
    with pytest.raises(ParameterError, match=r"since 2025-02-03 .* is not before 2025-01-06"):
        retention(rows, RetentionSpec(since="2025-02-03", until="2025-01-06", as_of=MONDAYS))
    with pytest.raises(ParameterError, match="more than 1,000 hours"):
        retention(rows, RetentionSpec(since="2024-01-01", grain="hour", as_of=MONDAYS))
    with pytest.raises(InputError, match=r'no column "plattform"\. Did you mean "platform"'):
        retention(rows, RetentionSpec(by="plattform", as_of=MONDAYS))


def test_a_desk_gives_as_of_and_week_start_and_keeps_the_query(desk, events):
    """With a desk its as-of and week start hold, unless the spec states its own; each question is read through it, once."""
    at = desk("2025-01-20", {"week_start": "sunday"}, events=events("ann in 2025-01-12", "ann in 2025-01-19"))
    frame = retention(at.table("events"), RetentionSpec(periods=1), desk=at)
    assert grid(frame) == {"2025-01-12": [1]}
    assert [name for name, _ in at.asked] == ["retention"]
    assert grid(retention(at.table("events"), RetentionSpec(periods=1, week_start="monday"), desk=at)) == {"2025-01-13": [1]}


# ----------------------------------------------------------------------------------------------------------- the mean
@pytest.fixture
def two_cohorts(events):
    """Ten people start on day 0 and six of them return next day; two start on day 1 and none returns."""
    first = [f"a{n} in 2025-01-06" for n in range(10)] + [f"a{n} in 2025-01-07T12" for n in range(6)]
    return events(*first, "b1 in 2025-01-07", "b2 in 2025-01-07")


def test_the_mean_is_weighted_by_size_or_simple(two_cohorts):
    """Weighted 6 of 12, simple (60 % + 0 %) ÷ 2; a cohort whose period is open is not in the mean."""
    spec = RetentionSpec(cohorts="first_time", grain="day", periods=2, since="2025-01-06", until="2025-01-09", as_of=datetime(2025, 1, 9))
    frame = retention(two_cohorts, spec)
    weighted = retention_curve(frame, spec)
    assert weighted[["period", "cohorts", "people"]].to_numpy().tolist() == [[0, 2, 12], [1, 2, 12]]
    assert weighted.loc[1, ["share", "lower", "upper"]].tolist() == pytest.approx(list(wilson(6, 12)))
    simple = retention_curve(frame, spec.model_copy(update={"mean": "simple"}))
    assert simple.loc[1, "share"] == pytest.approx(0.3)
    assert simple.loc[0, ["share", "lower", "upper"]].tolist() == [1, 1, 1]
    low, high = wilson(6, 10), wilson(0, 2)
    below = ((low.value - low.lower) ** 2 + (high.value - high.lower) ** 2) ** 0.5 / 2
    assert simple.loc[1, "lower"] == pytest.approx(0.3 - below)


def test_people_in_many_cohorts_widen_the_range(two_cohorts):
    """In a recurring grid the same people stand in several cohorts: the mean's range is the wider of the cohorts' and the whole's."""
    spec = RetentionSpec(grain="day", periods=2, since="2025-01-06", until="2025-01-08", as_of=datetime(2025, 1, 9))
    frame = retention(two_cohorts, spec)
    mean = retention_curve(frame, spec).loc[1]
    assert mean["share"] == pytest.approx(6 / 18)
    lower = (10 * wilson(6, 10).lower + 8 * wilson(0, 8).lower) / 18
    upper = (10 * wilson(6, 10).upper + 8 * wilson(0, 8).upper) / 18
    assert mean["lower"] == pytest.approx(min(lower, wilson(6, 18).lower))
    assert mean["upper"] == pytest.approx(upper)
    assert upper > wilson(6, 18).upper


def test_a_recurring_curves_range_rests_on_how_people_vary(two_cohorts):
    """Six people are in two cohorts and came back from one, four are in one and two in one, from none of which anybody came back."""
    spec = RetentionSpec(grain="day", periods=2, since="2025-01-06", until="2025-01-08", as_of=datetime(2025, 1, 9))
    repeats = retention_repeats(two_cohorts, spec)
    assert repeats.to_numpy().tolist() == [["", 1, 12, 18, 6, 6 * 4 + 6, 6 * 2, 6]]
    mean = retention_curve(retention(two_cohorts, spec), spec, repeats).loc[1]
    share = 6 / 18
    n = 18**2 / 30  # as many people as would weigh the same
    variance = (6 * (1 - 2 * share) ** 2 + 6 * share**2) / 18**2 * n / (n - 1)
    size = share * (1 - share) / variance
    assert mean[["share", "lower", "upper"]].tolist() == pytest.approx(
        [share, *wilson(share * size, size, float(stdtrit(n - 1, 0.975)))[1:]]
    )


def test_people_who_never_differ_leave_the_range_of_so_many_answers(events):
    """Three people each come every day and always come back: nothing tells how far people differ, so the range is Wilson's of three."""
    daily = events(*(f"{who} in 2025-01-{day:02}" for who in ("ann", "bob", "cat") for day in range(6, 11)))
    spec = RetentionSpec(grain="day", periods=2, since="2025-01-06", until="2025-01-10", as_of=datetime(2025, 1, 11))
    mean = retention_curve(retention(daily, spec), spec, retention_repeats(daily, spec)).loc[1]
    assert mean[["share", "lower", "upper"]].tolist() == pytest.approx(list(wilson(3, 3)))
