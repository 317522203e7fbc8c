"""Dates and times as people write them become wall-clock times of the workspace's zone, or are refused with the next step."""

from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from source_project import Project, csv_of, rows, stamp

from prodops.errors import InputError
from prodops.sources.engine import connect_engine
from prodops.sources.times import find_formats


def dated(*values: str) -> str:
    return csv_of([["id", "created_at", "text"], *([i, value, "said"] for i, value in enumerate(values))])


def read(project: Project, *values: str, **settings: object) -> list[datetime]:
    return [when for _, when in rows(project.csv(dated(*values), **settings), "id", "created_at")]


AT = datetime(2026, 3, 1, 10, 9)
WRITTEN = {
    "2026-03-01 10:09": AT,
    "2026-03-01T10:09:00": AT,
    "2026-3-1 10:09:00.000": AT,
    "2026-03-01T09:09Z": AT,
    "2026-03-01T09:09:00z": AT,
    "2026-03-01 11:09:00+02": AT,
    "2026-03-01 11:09:00 +0200": AT,
    "2026-03-01T11:09:00,000+02:00": AT,
    "2026-03-01 09:09:00 UTC": AT,
    "2026-03-01 04:09:00 EST": AT,
    "2026-03-01": datetime(2026, 3, 1),
    "2026-03-01T10:09:00.123456789": AT.replace(microsecond=123456),
    "20260301": datetime(2026, 3, 1),
    "2026/03/01 10:09:00": AT,
    "2026.03.01": datetime(2026, 3, 1),
    "1 Mar 2026 10:09": AT,
    "1 March 2026": datetime(2026, 3, 1),
    "March 1, 2026 10:09 AM": AT,
    "Mar 1, 2026": datetime(2026, 3, 1),
    "01-MAR-2026": datetime(2026, 3, 1),
    "1-Mar-26": datetime(2026, 3, 1),
    "Sun Mar 01 09:09:00 +0000 2026": AT,
    "Sun, 01 Mar 2026 09:09:00 GMT": AT,
    "Sun, 01 Mar 2026 11:09:00 +0200": AT,
    "2026/03/01 10:09:00 AM CET": AT,
}


def test_dates_whose_order_is_clear_are_read(project: Project) -> None:
    """ISO in its many spellings, dates that start with the year, with the month in words, and those of e-mails."""
    desk = project.csv(dated(*WRITTEN), max_bad_share=1.0)
    assert project.aside(desk) == []
    assert [when for _, when in sorted((int(i), when) for i, when in rows(desk, "id", "created_at"))] == list(WRITTEN.values())


@pytest.mark.parametrize(
    ("values", "expected", "note"),
    [
        (
            ["16-02-2015 23.36", "03-02-2015 01.02"],
            [datetime(2015, 2, 16, 23, 36), datetime(2015, 2, 3, 1, 2)],
            'such as "03-02-2015 01.02" are read day-first',
        ),
        (["29/02/2024", "1/2/2024"], [datetime(2024, 2, 29), datetime(2024, 2, 1)], 'such as "1/2/2024" are read day-first'),
        (
            ["12/31/2025 11:59:00 PM", "1/2/2026 1:00:00 AM"],
            [datetime(2025, 12, 31, 23, 59), datetime(2026, 1, 2, 1)],
            "are read month-first",
        ),
        (["3/15/26", "3/4/26 10:05"], [datetime(2026, 3, 15), datetime(2026, 3, 4, 10, 5)], 'such as "3/15/26" are read month-first'),
        (
            ["01.02.2026", "03.04.2026, 10:05"],
            [datetime(2026, 2, 1), datetime(2026, 4, 3, 10, 5)],
            'such as "01.02.2026" are read day-first',
        ),
    ],
)
def test_the_order_of_day_and_month_is_found(project: Project, values: list[str], expected: list[datetime], note: str) -> None:
    """Dates that can be read one way only settle the order of all, and the report says which; dots are day-first."""
    desk = project.csv(dated(*values))
    assert [when for _, when in rows(desk, "id", "created_at")] == expected
    assert note in stamp(desk).notes[-1]


def test_an_open_order_is_refused_with_the_step(project: Project) -> None:
    """Where no date tells day from month, or the dates contradict each other, none is guessed; a date_format settles it."""
    for values in (["03/04/2026", "05/06/2026"], ["13/04/2026", "04/13/2026", "03/04/2026"]):
        with pytest.raises(InputError) as refused:
            project.csv(dated(*values))
        assert str(refused.value).startswith(
            f"reviews.csv: feedback.created_at: {len(values)} of {len(values)} rows: created_at may be day-first or month-first: "
            'say which in the workspace, as in date_format: "%d/%m/%Y" (row 1 '
        )
    assert read(project, "03/04/2026", "05/06/2026", date_format="%m/%d/%Y") == [datetime(2026, 3, 4), datetime(2026, 5, 6)]
    assert read(project, "16-02-2015 23.36", date_format="%d-%m-%Y %H.%M") == [datetime(2015, 2, 16, 23, 36)]


def test_a_few_slips_do_not_open_a_settled_order(project: Project) -> None:
    """One date the other way round among many that agree is set aside, not a reason to doubt all."""
    values = [f"{day}/03/2026" for day in range(13, 32)] * 6
    desk = project.csv(dated(*values, "12/31/2026"))
    assert stamp(desk).rows_used == len(values)
    assert project.aside(desk) == [["115", "created_at", "12/31/2026", "created_at is not a date"]]


def test_telling_dates_are_found_in_long_files(project: Project) -> None:
    """The order is found though thousands of early values leave it open."""
    start = datetime(2025, 1, 1)
    values = [(start + timedelta(hours=i)).strftime("%d/%m/%Y %H:%M") for i in range(6_000)]
    table = csv_of([["id", "created_at", "text"], *([i, value, "said"] for i, value in enumerate(sorted(values)))])
    desk = project.csv(table)
    assert (stamp(desk).first, stamp(desk).last) == (start, start + timedelta(hours=5_999))


@pytest.mark.parametrize("format", ["%Q", "%", "%d/%m/%Y %k"])
def test_a_format_that_is_none_is_refused(project: Project, format: str) -> None:
    """A date_format that the engine does not know is refused in one line."""
    with pytest.raises(InputError) as refused:
        project.csv(dated("2026-03-01"), date_format=format)
    assert str(refused.value).startswith(f'date_format "{format}" of created_at cannot be used (')
    assert str(refused.value).endswith("); expected codes such as %d.%m.%Y %H:%M.")


def test_times_turn_to_the_workspace_s_zone(project: Project) -> None:
    """Times with an offset, and those of a source in another zone, become the workspace's wall-clock times; bare dates stay that day."""
    offset, plain, day, written = "2026-07-01T10:00:00Z", "2026-07-01 10:00", "2026-07-01", "1 Jul 2026 10:00"
    noon, ten = datetime(2026, 7, 1, 12), datetime(2026, 7, 1, 10)
    assert read(project, offset, plain, day, written) == [noon, ten, datetime(2026, 7, 1), ten]
    new_york = read(project, offset, plain, day, written, time_zone="America/New_York")
    assert new_york == [noon, datetime(2026, 7, 1, 16), datetime(2026, 7, 1), datetime(2026, 7, 1, 16)]


def test_mixed_offsets_are_told(project: Project) -> None:
    """Where some times carry an offset and some do not, the report says so, and in which zone the others are read."""
    desk = project.csv(dated("2026-03-01T10:00:00Z", "2026-03-01 10:00", "2026-03-02 10:00"), time_zone="Asia/Tokyo")
    assert "2 times in created_at carry no offset and are read as Asia/Tokyo time; 1 carry one" in stamp(desk).notes


def test_hours_that_the_clock_skips_or_repeats(project: Project) -> None:
    """A local time in the gap stands as written; from elsewhere it is the instant's true local time; a repeated hour stays one hour."""
    gap, fold = "2026-03-29T02:30:00", "2026-10-25T02:30:00"
    assert read(project, gap, fold) == [datetime(2026, 3, 29, 2, 30), datetime(2026, 10, 25, 2, 30)]
    assert read(project, "2026-03-29T01:30:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z") == [
        datetime(2026, 3, 29, 3, 30),
        datetime(2026, 10, 25, 2, 30),
        datetime(2026, 10, 25, 2, 30),
    ]


def test_what_is_no_date_is_set_aside(project: Project) -> None:
    """Impossible days, times alone, numbers, and years before 1971 are not dates to report on."""
    bad = ["2026-02-30", "10:15", "46084", "yesterday", "", "NA", "1970-01-01", "0001-01-01 10:00", "2026-13-01 10:00", "9" * 80]
    desk = project.csv(dated(*bad, "2026-03-01"), max_bad_share=1.0)
    reasons = {value: reason for _, _, value, reason in project.aside(desk)}
    assert reasons == dict.fromkeys(bad, "created_at is not a date") | {
        "": "created_at is empty",
        "1970-01-01": "created_at is a date before 1971",
        "0001-01-01 10:00": "created_at is a date before 1971",
    }


def test_a_column_of_no_dates_is_refused(project: Project) -> None:
    """A date column of which nothing parses is refused, with examples and what was expected."""
    with pytest.raises(InputError) as refused:
        project.csv(dated("soon", "later"))
    assert str(refused.value) == (
        'reviews.csv: feedback.created_at: 2 of 2 rows: created_at is not a date (row 1 "soon", row 2 "later"); expected a date or time. '
        "That is 100% of the rows, over the limit of 10%: mend the source or the workspace's settings for it, or raise max_bad_share."
    )


@settings(max_examples=40, deadline=None)
@given(
    days=st.lists(st.dates(date(2000, 1, 1), date(2068, 12, 31)), min_size=1, max_size=30),
    mark=st.sampled_from("/-"),
    first=st.sampled_from(["day", "month"]),
)
def test_no_date_is_ever_read_the_other_way_round(days: list[date], mark: str, first: str) -> None:
    """Whatever dates a column holds, they are read in the order they were written in, or the order stays open."""
    codes = ["%d", "%m", "%Y"] if first == "day" else ["%m", "%d", "%Y"]
    written = {day.strftime(mark.join(codes)): 1 for day in days}
    found = find_formats(engine(), "created_at", written)
    assert bool(found.unclear) == all(day.day <= 12 for day in days)
    assert found.unclear or mark.join(codes) in found.formats


@cache
def engine() -> Any:
    return connect_engine(Path("."))
