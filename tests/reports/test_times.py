"""When slots fall: one for each local date or wall-clock time, whatever the clocks do, each covering its own period."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodops.reports.times import Moment, Times, check_cron, first_instant, in_words

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
ODD_ZONES = ["Europe/Berlin", "Asia/Beirut", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Casablanca"]


def times(*cron: str, zone: str = "UTC") -> Times:
    return Times(cron, zone)


def told(found: Iterator[Moment], count: int, zone: str) -> list[tuple[str, str]]:
    """Show moments as (as-of, local time and offset of the instant)."""
    return [(f"{m.as_of:%m-%d %H:%M}", m.at.astimezone(ZoneInfo(zone)).isoformat(timespec="minutes")[5:]) for m in islice(found, count)]


# ------------------------------------------------------------------------------------------------- one run a local date
@pytest.mark.parametrize(
    ("zone", "cron", "since", "expected"),
    [
        ("Europe/Berlin", "30 2 * * *", datetime(2025, 3, 28), ["03-29T02:30+01:00", "03-30T03:00+02:00", "03-31T02:30+02:00"]),
        ("Europe/Berlin", "30 2 * * *", datetime(2025, 10, 24), ["10-25T02:30+02:00", "10-26T02:30+02:00", "10-27T02:30+01:00"]),
        ("Asia/Beirut", "0 0 * * *", datetime(2025, 3, 28), ["03-29T00:00+02:00", "03-30T01:00+03:00", "03-31T00:00+03:00"]),
        ("Australia/Lord_Howe", "15 2 * * *", datetime(2025, 10, 3), ["10-04T02:15+10:30", "10-05T02:30+11:00", "10-06T02:15+11:00"]),
        ("America/Sao_Paulo", "30 0 * * *", datetime(2018, 11, 2), ["11-03T00:30-03:00", "11-04T01:00-02:00", "11-05T00:30-02:00"]),
        ("America/Sao_Paulo", "30 23 * * *", datetime(2018, 2, 15), ["02-16T23:30-02:00", "02-17T23:30-02:00", "02-18T23:30-03:00"]),
        ("Pacific/Apia", "0 7 * * *", datetime(2011, 12, 28), ["12-29T07:00-10:00", "12-31T07:00+14:00", "01-01T07:00+14:00"]),
    ],
    ids=["spring", "autumn", "no-midnight", "half-hour", "no-midnight-south", "midnight-twice", "no-such-date"],
)
def test_a_daily_report_runs_once_each_local_date(zone: str, cron: str, since: datetime, expected: list[str]) -> None:
    """At the first instant at or after the wanted time; a date that a zone left out has no run."""
    assert [at for _, at in told(times(cron, zone=zone).after(since), 3, zone)] == expected


@pytest.mark.parametrize("zone", ODD_ZONES)
@pytest.mark.parametrize("cron", ["30 2 * * *", "0 0 * * *", "59 23 * * *"])
def test_dates_follow_one_another_and_so_do_their_instants(zone: str, cron: str) -> None:
    """Over five years of changing clocks: every date once, as-of at its midnight, each instant on its own date and after the last."""
    found = list(islice(times(cron, zone=zone).after(datetime(2015, 12, 31)), 5 * 366))
    assert [m.as_of for m in found] == [datetime(2016, 1, 1) + n * DAY for n in range(5 * 366)]
    assert all(m.at.astimezone(ZoneInfo(zone)).date() == m.as_of.date() for m in found)
    assert all(a.at < b.at for a, b in pairwise(found))


def test_monday_is_monday() -> None:
    """``0 9 * * 1`` is Monday, as cron reads it; 0 and 7 are Sunday."""
    assert next(times("0 9 * * 1").after(datetime(2025, 11, 1))).as_of == datetime(2025, 11, 3)
    assert [next(times(f"0 9 * * {n}").after(datetime(2025, 11, 3))).as_of for n in (0, 7)] == [datetime(2025, 11, 9)] * 2


def test_several_expressions_that_never_share_a_date_are_daily() -> None:
    """Weekdays at seven, Saturdays at nine: still one slot a date. Twice a day: a slot for each time."""
    week = list(islice(times("0 7 * * 1-5", "0 9 * * 6").after(datetime(2025, 11, 6)), 3))
    assert [(m.as_of, m.at.hour) for m in week] == [(datetime(2025, 11, 7), 7), (datetime(2025, 11, 8), 9), (datetime(2025, 11, 10), 7)]
    twice = islice(times("0 7 * * *", "0 19 * * *").after(datetime(2025, 11, 6)), 3)
    assert [m.as_of for m in twice] == [datetime(2025, 11, 6, 7), datetime(2025, 11, 6, 19), datetime(2025, 11, 7, 7)]
    both = islice(times("0 7 1 * *", "0 9 * * 1").after(datetime(2025, 11, 25)), 2)  # the first of December is a Monday
    assert [m.as_of for m in both] == [datetime(2025, 12, 1, 7), datetime(2025, 12, 1, 9)]


# ------------------------------------------------------------------------------------------------------ more often
def test_a_time_in_a_gap_becomes_the_first_instant_after_it() -> None:
    """Half past each hour, Berlin in spring: 02:30 does not exist and becomes 03:00; 03:30 follows."""
    found = told(times("30 * * * *", zone="Europe/Berlin").after(datetime(2025, 3, 30, 0, 30)), 3, "Europe/Berlin")
    assert found == [("03-30 01:30", "03-30T01:30+01:00"), ("03-30 03:00", "03-30T03:00+02:00"), ("03-30 03:30", "03-30T03:30+02:00")]


def test_an_hour_that_happens_twice_counts_once() -> None:
    """Each half hour, Berlin in autumn: after 02:30 comes 03:00, an hour and a half later."""
    found = told(times("*/30 * * * *", zone="Europe/Berlin").after(datetime(2025, 10, 26, 1, 30)), 3, "Europe/Berlin")
    assert found == [("10-26 02:00", "10-26T02:00+02:00"), ("10-26 02:30", "10-26T02:30+02:00"), ("10-26 03:00", "10-26T03:00+01:00")]


def test_in_the_second_pass_of_an_hour_the_first_is_over() -> None:
    """At 02:10 for the second time all quarters of that hour have passed; the next is 03:00."""
    found, now = times("*/15 * * * *", zone="Europe/Berlin"), datetime(2025, 10, 26, 1, 10, tzinfo=UTC)
    coming = found.next(now)
    assert (next(found.passed(now)).as_of, coming and coming.as_of) == (datetime(2025, 10, 26, 2, 45), datetime(2025, 10, 26, 3))


def scanned(every: int, zone: str, start: datetime, days: int) -> list[Moment]:
    """Find the slots of a cron of every so many minutes by looking at the clock each minute."""
    found, last, high = list[Moment](), None, datetime.min
    for n in range(days * 24 * 60):
        at = start + n * MINUTE
        wall = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)
        if last is not None and wall > high:  # not an hour that happens again
            skipped = [last + k * MINUTE for k in range(1, int((wall - last) / MINUTE))]
            if (wall.hour * 60 + wall.minute) % every == 0 or any((w.hour * 60 + w.minute) % every == 0 for w in skipped):
                found.append(Moment(wall, at))
        last, high = wall, max(high, wall)
    return found


@pytest.mark.parametrize("zone", ODD_ZONES)
@pytest.mark.parametrize(("every", "cron"), [(20, "*/20 * * * *"), (180, "0 */3 * * *")])
def test_slots_are_those_that_a_clock_watched_each_minute_shows(zone: str, every: int, cron: str) -> None:
    """Around each change of the clocks of 2018, both directions, found by watching the clock."""
    tz, begin = ZoneInfo(zone), datetime(2018, 1, 1, tzinfo=UTC)
    offsets = [(begin + n * DAY, (begin + n * DAY).astimezone(tz).utcoffset()) for n in range(370)]
    changes = [a[0] for a, b in pairwise(offsets) if a[1] != b[1]]
    assert len(changes) >= 2
    for change in changes:
        start = change - DAY
        expected = scanned(every, zone, start, 4)
        assert list(islice(times(cron, zone=zone).after(times(cron, zone=zone).local(start)), len(expected))) == expected


# -------------------------------------------------------------------------------------------------- back and forth
zones = st.sampled_from([*ODD_ZONES, "America/New_York", "Pacific/Apia", "UTC"])
crons = st.sampled_from(["30 2 * * *", "0 0 * * 1", "*/15 * * * *", "15 */2 * * *", "0 7 1 * *", "45 23 * * 1-5"])
instants = st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)).map(lambda t: t.replace(microsecond=0))


@given(zones, crons, instants)
def test_before_and_after_are_each_others_mirror(zone: str, cron: str, now: datetime) -> None:
    """Whoever walks back from a slot meets those before it in turn; what has passed is due, what comes next is not."""
    found = times(cron, zone=zone)
    ahead = list(islice(found.after(found.local(now)), 12))
    assert list(islice(found.before(ahead[-1].as_of), 11)) == ahead[-2::-1]
    passed, coming = next(found.passed(now)), found.next(now)
    assert coming is not None
    assert passed.at <= now < coming.at
    assert next(found.after(passed.as_of)) == coming


@given(zones, instants)
def test_the_first_instant_shows_the_wall_clock_time_or_ends_the_gap(zone: str, now: datetime) -> None:
    """Where clocks show the time, they show it then and not an hour before; else the second before still shows an earlier time."""
    tz = ZoneInfo(zone)
    wall = now.replace(tzinfo=None)
    at = first_instant(wall, tz)
    shown, before = (t.astimezone(tz).replace(tzinfo=None) for t in (at, at - timedelta(seconds=1)))
    assert before < wall <= shown
    assert shown == wall or shown - before > timedelta(seconds=1)


# ---------------------------------------------------------------------------------------------------------- refusal
@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("0 25 * * *", '"0 25 * * *": "25" is no hour here; expected minute, hour'),
        ("61 * * * *", '"61" is no minute here'),
        ("0 0 * * MOO", '"MOO" is no day of week here'),
        ("* * *", "has 3 of 5 fields"),
        ("0 0 7 * * 1", "has 6 of 5 fields"),
        ("", "has 0 of 5 fields"),
        ("0 0 30 2 *", '"30" is no day of month here'),
        ("0 0 29 2 */0", '"*/0" is no day of week here'),
        ("@daily", "has 1 of 5 fields"),
    ],
)
def test_a_bad_expression_is_refused(expression: str, said: str) -> None:
    """It says which field of which expression is wrong, and shows a good one."""
    with pytest.raises(ValueError) as fault:
        check_cron(expression)
    assert said in str(fault.value)
    assert '"0 7 * * 1" (Mondays at 7:00)' in str(fault.value)


def test_a_leap_day_comes() -> None:
    """29 February is a date like any other."""
    assert check_cron("0 0 29 2 *") == "0 0 29 2 *"
    assert next(times("0 0 29 2 *").after(datetime(2025, 1, 1))).as_of.date() == date(2028, 2, 29)


def test_a_cron_expression_is_said_in_words() -> None:
    """Who reads the list of reports need not read cron."""
    assert in_words("0 7 * * MON") == "At 07:00 on Monday"
