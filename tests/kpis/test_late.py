from datetime import date, timedelta

from prodops.kpis.late import LateTable, late_in_last_week
from prodops.workspace import Period

WEEKS = [Period(date(2025, 1, 6) + timedelta(weeks=i), date(2025, 1, 13) + timedelta(weeks=i)) for i in range(12)]
LAST = WEEKS[-1].start


def days(per_week, last=None):
    """The days with rows: the first ``per_week`` of each week, and ``last`` of the last one."""
    counts = [per_week] * 11 + [per_week if last is None else last]
    return {week.start + timedelta(days=i) for week, n in zip(WEEKS, counts, strict=True) for i in range(n)}


def test_a_table_with_rows_every_usual_day_is_not_late():
    """Seven days a week, or five, or one: what is usual for it is whole."""
    assert [late_in_last_week("events", days(n), WEEKS) for n in (7, 5, 1)] == [None] * 3


def test_rows_for_monday_to_wednesday_only_are_late():
    """Three days where no week had fewer than seven (five): late, with the last day that has rows; one day off alone is not."""
    for usual in (7, 5):
        assert late_in_last_week("events", days(usual, 3), WEEKS) == LateTable("events", LAST + timedelta(days=2), 3, usual)
        assert late_in_last_week("events", days(usual, usual - 1), WEEKS) is None


def test_a_table_that_stopped_is_late_and_one_that_never_ran_is_not():
    """No row in the last week though every week before had some; a table of a few weeks, or of now and then, says nothing."""
    assert late_in_last_week("events", days(7, 0), WEEKS) == LateTable("events", LAST - timedelta(days=1))
    assert late_in_last_week("events", {d for d in days(7, 0) if d >= WEEKS[6].start}, WEEKS) is None
    assert late_in_last_week("events", {week.start for week in WEEKS[:11:3]}, WEEKS) is None
    assert late_in_last_week("events", set(), WEEKS) is None


def test_a_table_that_began_in_midweek_has_that_week_not_counted():
    """Its first days are no measure of a usual week."""
    seen = {d for d in days(7, 5) if d >= WEEKS[1].start + timedelta(days=5)}
    assert late_in_last_week("events", seen, WEEKS) == LateTable("events", LAST + timedelta(days=4), 5, 7)
