"""What is due: each slot once, in its order, whatever was missed, changed or still goes on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodops.errors import WorkspaceError
from prodops.reports import due as module
from prodops.reports.due import Due, Plan, due, next_due, plan, slots_between
from prodops.reports.ledger import Known, Passed, Slot, Waiting
from prodops.reports.times import Moment, Times
from tests.reports.small_project import Project

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MONDAY = datetime(2025, 11, 3)


def planned(cron: str = "0 7 * * *", zone: str = "UTC", slices: Sequence[str] = ("all",), **more: Any) -> Plan:
    return Plan("themes", slices, Times((cron,), zone), **more)


def utc(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2025, 11, day, hour, minute, tzinfo=UTC)


def slot(day: int, hour: int = 0, name: str = "all", report: str = "themes") -> Slot:
    return Slot(report, name, datetime(2025, 11, day, hour))


@dataclass
class Book:
    """A ledger in memory: notes what is due, and makes at once what may start."""

    noted: dict[str, datetime] = field(default_factory=dict)
    waiting: list[Waiting] = field(default_factory=list)
    running: set[tuple[str, str]] = field(default_factory=set)
    passed: list[Passed] = field(default_factory=list)
    made: list[tuple[Due, datetime]] = field(default_factory=list)

    def turn(self, plans: Sequence[Plan], now: datetime) -> module.Agenda:
        """Note what is due, and start what may be."""
        agenda = due(plans, Known(dict(self.noted), tuple(self.waiting), frozenset(self.running)), now)
        for note in agenda.notes:
            assert self.noted.get(note.report) == note.was
            self.noted[note.report] = note.upto
            self.waiting += note.waiting
            self.passed += note.passed
        for each in agenda.start:
            self.waiting = [w for w in self.waiting if w.slot != each.slot]
            self.made.append((each, now))
        return agenda

    @property
    def as_ofs(self) -> list[datetime]:
        return [each.slot.as_of for each, _ in self.made]


# ------------------------------------------------------------------------------------------------ each date, once
@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Beirut", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Casablanca"])
@pytest.mark.parametrize(("cron", "catch_up"), [("30 2 * * *", "latest"), ("0 0 * * *", "none"), ("30 23 * * *", "all")])
def test_every_local_date_is_made_once_and_covers_its_own_day(zone: str, cron: str, catch_up: Any) -> None:
    """240 dates a zone, 1,200 in all, with the odd changes of 2018: a scheduler that looks every seven minutes makes each once."""
    tz, book, own = ZoneInfo(zone), Book(), planned(cron, zone, catch_up=catch_up)
    now, days = datetime(2018, 1, 31, 12, tzinfo=tz).astimezone(UTC), 300
    end = now + days * DAY
    while now < end:
        agenda = book.turn([own], now)
        assert agenda.wake
        assert agenda.wake > now
        now = max(now + 7 * MINUTE, agenda.wake - MINUTE) if agenda.wake < end else end
    dates = [as_of.date() for as_of in book.as_ofs]
    first = date(2018, 1, 31) if cron == "30 23 * * *" else date(2018, 2, 1)
    assert dates == [first + n * DAY for n in range(len(dates))]
    assert len(dates) >= 299
    assert [(each.start, each.slot.as_of) for each, _ in book.made] == [(as_of - DAY, as_of) for as_of in book.as_ofs]
    assert [at.astimezone(tz).date() for _, at in book.made] == dates
    assert not book.passed


@pytest.mark.parametrize(
    ("cron", "first", "last", "periods"),
    [
        ("0 * * * *", datetime(2025, 3, 29, 23, 30, tzinfo=UTC), datetime(2025, 3, 30, 2, 30, tzinfo=UTC), ["01-03", "03-04"]),
        ("0 * * * *", datetime(2025, 10, 25, 23, 30, tzinfo=UTC), datetime(2025, 10, 26, 2, 30, tzinfo=UTC), ["01-02", "02-03"]),
    ],
    ids=["spring", "autumn"],
)
def test_hours_of_a_day_with_a_change(cron: str, first: datetime, last: datetime, periods: list[str]) -> None:
    """Berlin, hourly: where 02:00 is left out 03:00 covers two hours of the clock; where it comes twice it is made once."""
    book, now = Book(), first
    while now <= last:
        book.turn([planned(cron, "Europe/Berlin")], now)
        now += 5 * MINUTE
    assert [f"{each.start:%H}-{each.slot.as_of:%H}" for each, _ in book.made][-2:] == periods
    assert all(a.slot.as_of == b.start for (a, _), (b, _) in pairwise(book.made))


# ---------------------------------------------------------------------------------------------------- first, missed
def test_a_new_report_does_not_make_up_its_past() -> None:
    """Seen first at ten, its seven o'clock is over; what fell due just now is made, as a scheduler may be called on the minute."""
    book = Book()
    assert book.turn([planned()], utc(3, 10)).start == []
    assert book.noted == {"themes": MONDAY}
    book.turn([planned()], utc(4, 7))
    fresh = Book()
    fresh.turn([planned()], utc(3, 7, 1))
    assert (book.as_ofs, fresh.as_ofs, book.passed) == ([datetime(2025, 11, 4)], [MONDAY], [])


@pytest.mark.parametrize(
    ("catch_up", "back", "made", "skipped"),
    [
        ("all", utc(10, 12), [4, 5, 6, 7, 8, 9, 10], []),
        ("latest", utc(10, 12), [10], [4, 5, 6, 7, 8, 9]),
        ("none", utc(10, 12), [], [4, 5, 6, 7, 8, 9, 10]),
        ("none", utc(10, 7, 10), [10], [4, 5, 6, 7, 8, 9]),
    ],
)
def test_a_week_of_downtime(catch_up: Any, back: datetime, made: list[int], skipped: list[int]) -> None:
    """What is caught up is made, oldest first, each for its own day; what is not is told, with the reason; nothing else."""
    book, own = Book({"themes": MONDAY}), planned(catch_up=catch_up, slices=["a", "b"])
    for n in range(9):
        book.turn([own], back + n * MINUTE)
    for name in ("a", "b"):
        assert [e.slot.as_of.day for e, _ in book.made if e.slot.slice_name == name] == made
        assert sorted(p.slot.as_of.day for p in book.passed if p.slot.slice_name == name) == skipped
    assert all(each.slot.as_of - each.start == DAY for each, _ in book.made)
    assert {p.status for p in book.passed} <= {"skipped"}
    assert all(f"catch_up is {catch_up}" in p.message for p in book.passed)


@pytest.mark.parametrize(("catch_up", "made"), [("latest", 1), ("all", 1_000)])
def test_a_year_of_minutes_leaves_few_lines(catch_up: Any, made: int) -> None:
    """A cron of every minute, down for a year: the newest are made as catch_up says, some are named, and one line counts the rest."""
    book = Book({"themes": datetime(2024, 11, 3)})
    agenda = book.turn([planned("* * * * *", catch_up=catch_up)], utc(3))
    (note,) = agenda.notes
    assert (len(note.waiting), len(note.passed)) == (made, module.MOST_NAMED + 1)
    assert note.passed[-1].message.startswith(f"More than {module.MOST_COUNTED - made - module.MOST_NAMED:,} slots fell due up to this one")
    book.turn([planned("* * * * *", catch_up=catch_up)], utc(3, 0, 1))
    assert len(book.passed) == module.MOST_NAMED + 1


def test_two_days_of_minutes_are_counted() -> None:
    """Fewer than ten thousand are counted exactly: 2,880 minutes less the one made and those named."""
    (note,) = due([planned("* * * * *")], Known({"themes": datetime(2025, 11, 1)}), utc(3)).notes
    assert note.passed[-1].message.startswith(f"{2_880 - 1 - module.MOST_NAMED:,} slots fell due up to this one while no scheduler ran")


# ------------------------------------------------------------------------------------------------------------ overlap
@pytest.mark.parametrize("overlap", ["queue", "refuse"])
def test_a_slot_that_falls_due_while_its_slice_still_runs(overlap: Any) -> None:
    """It waits and is made next, or is refused and the ledger says so; another slice is not held up."""
    book, own = Book({"themes": MONDAY}, running={("themes", "a")}), planned(overlap=overlap, slices=["a", "b"])
    agenda = book.turn([own], utc(4, 7))
    assert [each.slot for each in agenda.start] == [slot(4, name="b")]
    if overlap == "queue":
        assert ([w.slot for w in agenda.queue], book.passed) == ([slot(4, name="a")], [])
    else:
        assert [(p.slot, p.status, p.message) for p in book.passed] == [
            (slot(4, name="a"), "refused", "The run before it was still going on.")
        ]
    book.running.clear()
    book.turn([own], utc(4, 8))
    assert [e.slot.slice_name for e, _ in book.made] == (["b", "a"] if overlap == "queue" else ["b"])


def test_what_is_caught_up_is_not_refused() -> None:
    """Several slots noted at once run one after the other, though an overlap would be refused."""
    book, own = Book({"themes": MONDAY}), planned(catch_up="all", overlap="refuse")
    assert [len(book.turn([own], utc(6, 8) + n * MINUTE).start) for n in range(4)] == [1, 1, 1, 0]
    assert (book.as_ofs, book.passed) == ([datetime(2025, 11, d) for d in (4, 5, 6)], [])


def test_the_oldest_goes_first_and_a_held_one_stands_in_no_ones_way() -> None:
    """By the moment they were due, over all reports; what waits at its gate is passed by, what is to be retried later too."""
    other = replace(planned(), report="kpis")
    waiting = [Waiting(slot(3), utc(3, 7)), Waiting(slot(2), utc(2, 7)), Waiting(slot(2, report="kpis"), utc(2, 6), not_before=utc(4))]
    known = Known({"themes": MONDAY, "kpis": MONDAY}, waiting)
    assert [each.slot for each in due([planned(), other], known, utc(3, 8)).start] == [slot(2)]
    assert [each.slot for each in due([planned(), other], known, utc(3, 8), held={slot(2)}).start] == [slot(3)]
    later = due([planned(), other], known, utc(4))
    assert [(each.slot, each.again) for each in later.start] == [(slot(2, report="kpis"), True), (slot(2), False)]
    assert due([planned(), other], known, utc(3, 23)).wake == utc(4)


# -------------------------------------------------------------------------------------------------------- changes
def test_a_changed_schedule_makes_each_date_once() -> None:
    """Moved to an earlier hour that is over: today is made at once. Moved to a later one after today's was made: not again today."""
    book = Book({"themes": datetime(2025, 11, 3)})
    book.turn([planned("0 9 * * *")], utc(4, 8))
    book.turn([planned("0 7 * * *")], utc(4, 8, 1))
    book.turn([planned("0 11 * * *")], utc(4, 11))
    book.turn([planned("0 11 * * *")], utc(5, 11))
    assert book.as_ofs == [datetime(2025, 11, 4), datetime(2025, 11, 5)]


def test_a_removed_report_rests_and_a_renamed_one_is_new() -> None:
    """Nothing of a report or slice that is not there any more is started; under a new name its past is not made up."""
    known = Known({"themes": MONDAY}, [Waiting(slot(3), utc(3, 7)), Waiting(slot(3, name="gone"), utc(3, 7))])
    assert due([], known, utc(4, 8)) == module.Agenda([], [], [], None)
    assert [each.slot for each in due([planned()], known, utc(3, 8)).start] == [slot(3)]
    assert due([replace(planned(), report="renamed")], known, utc(4, 8)).start == []


times_of_day = st.tuples(st.integers(0, 59), st.integers(0, 23)).map(lambda t: f"{t[0]} {t[1]} * * *")


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(1, 3_000), st.sampled_from(["", "crash", "change"])), max_size=30),
    st.lists(times_of_day, min_size=2, max_size=2),
    st.sampled_from(["Europe/Berlin", "Asia/Beirut", "Australia/Lord_Howe"]),
)
def test_however_a_scheduler_comes_and_goes_no_date_is_lost_or_doubled(steps: list[tuple[int, str]], crons: list[str], zone: str) -> None:
    """Looking at odd times, killed between noting and starting, its schedule changed: with catch-up every date is made once, in order."""
    book, now, at = Book(), datetime(2025, 3, 25, tzinfo=UTC), 0
    book.turn([planned(crons[0], zone, catch_up="all")], now)
    begun = book.noted["themes"]
    for minutes, event in [*steps, (5_000, "")]:
        now += minutes * MINUTE
        at = 1 - at if event == "change" else at
        own = planned(crons[at], zone, catch_up="all")
        if event == "crash":
            for note in due([own], Known(dict(book.noted), tuple(book.waiting)), now).notes:
                book.noted[note.report] = note.upto
                book.waiting += note.waiting
        else:
            book.turn([own], now)
    while book.waiting:
        book.turn([own], now)
    made = [as_of for as_of in book.as_ofs if as_of > begun]
    assert made == [begun + (n + 1) * DAY for n in range(len(made))]
    assert made
    assert made[-1] == book.noted["themes"]
    assert (now.astimezone(ZoneInfo(zone)).replace(tzinfo=None) - made[-1]) < 2 * DAY


# ----------------------------------------------------------------------------------------------------- for people
def test_a_report_says_when_it_is_due_next(project: Project) -> None:
    """In its own zone, else the workspace's; one without a schedule never is."""
    own = project.add("themes", settings='schedule: {cron: "0 7 * * 1", time_zone: Asia/Tokyo}\n')
    plain = project.add("kpis", settings='schedule: {cron: "0 7 * * 1"}\n')
    now = datetime(2025, 11, 3, 12, tzinfo=UTC)
    assert str(next_due(own, now, "Europe/Berlin")) == "2025-11-10 07:00:00+09:00"
    assert str(next_due(plain, now, "Europe/Berlin")) == "2025-11-10 07:00:00+01:00"
    never = project.add("free")
    assert (next_due(never, now, "UTC"), plan(never, ["all"], "UTC")) == (None, None)


def test_a_plan_is_what_the_report_says(project: Project) -> None:
    """Every setting that bears on when it runs."""
    text = (
        'schedule: {cron: ["0 7 * * 1", "0 9 * * 4"], catch_up: all, overlap: refuse}\nneeds: {fresh: feedback}\nretries: 3\nbackoff: 1m\n'
    )
    own = plan(project.add("themes", settings=text), ["a", "b"], "Asia/Tokyo")
    assert own == Plan(
        "themes", ["a", "b"], Times(("0 7 * * 1", "0 9 * * 4"), "Asia/Tokyo"), "A title", "all", "refuse",
        own.needs if own else None, 3, MINUTE,
    )  # fmt: skip
    assert own
    assert own.needs
    assert own.needs.fresh == {"feedback": None}


def test_the_slots_of_a_span(project: Project) -> None:
    """Those of the schedule whose dates lie in the span and that are due by now; for a report without one, a slot a week."""
    weekly = project.add("themes", settings='schedule: {cron: "0 7 * * 1"}\n')
    hourly = project.add("kpis", settings='schedule: {cron: "0 */12 * * *"}\n')
    free = project.add("free")
    now = datetime(2025, 11, 17, 6, tzinfo=UTC)

    def of(report: Any, since: date, until: date, **more: Any) -> list[str]:
        return [f"{as_of:%m-%d %H}" for as_of, _ in slots_between(report, since, until, now=now, time_zone="UTC", **more)]

    assert of(weekly, date(2025, 11, 3), date(2025, 12, 1)) == ["11-03 00", "11-10 00"]
    assert of(hourly, date(2025, 11, 3), date(2025, 11, 4)) == ["11-03 00", "11-03 12", "11-04 00", "11-04 12"]
    assert of(free, date(2025, 11, 1), date(2025, 11, 30)) == ["11-03 00", "11-10 00", "11-17 00"]
    assert of(free, date(2025, 11, 1), date(2025, 11, 15), week_start="sunday") == ["11-02 00", "11-09 00"]
    assert of(free, date(2025, 11, 4), date(2025, 11, 5)) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{cron: "0 25 * * *"}', r'themes\.yaml: schedule\.cron: "0 25 \* \* \*": "25" is no hour here'),
        ('{cron: ["0 7 * * *", "0 0 31 2 *"]}', r'schedule\.cron: "0 0 31 2 \*": "31" is no day of month here'),
        ('{cron: "0 7 * * *", time_zone: Europe/Berlim}', r'there is no time zone "Europe/Berlim"\. Did you mean "Europe/Berlin"\?'),
        ('{cron: "0 7 * * *", catchup: all}', r'unknown key "schedule\.catchup"\. Did you mean "catch_up"\?'),
    ],
)
def test_a_bad_schedule_is_refused_as_the_report_is_read(project: Project, text: str, said: str) -> None:
    """One line: which file, which expression or zone, what is wrong with it."""
    with pytest.raises(WorkspaceError, match=said) as fault:
        project.add("themes", settings=f"schedule: {text}\n")
    assert "\n" not in str(fault.value)


class Explicit:
    """Slots at given moments, fractions of a second apart."""

    def __init__(self, *seconds: float) -> None:
        self.moments = [Moment(MONDAY + timedelta(seconds=s), utc(3) + timedelta(seconds=s)) for s in seconds]

    def after(self, as_of: datetime) -> Iterator[Moment]:
        return (m for m in self.moments if m.as_of > as_of)

    def before(self, as_of: datetime) -> Iterator[Moment]:
        return (m for m in reversed(self.moments) if m.as_of < as_of)

    def passed(self, now: datetime) -> Iterator[Moment]:
        return (m for m in reversed(self.moments) if m.at <= now)

    def next(self, now: datetime) -> Moment | None:
        return next((m for m in self.moments if m.at > now), None)

    def local(self, now: datetime) -> datetime:
        return now.replace(tzinfo=None)


def test_moments_may_be_given() -> None:
    """Whatever knows its slots can be scheduled, a quarter of a second apart too."""
    book, own = Book(), Plan("themes", ["all"], Explicit(0, 0.25, 0.5), catch_up="all")
    for n in range(-1, 8):
        book.turn([own], utc(3) + n * timedelta(seconds=0.1))
    assert book.as_ofs == [MONDAY + timedelta(seconds=s) for s in (0, 0.25, 0.5)]


# ----------------------------------------------------------------------------------------------- those that come after others
def other(report: str, cron: str = "0 8 * * 1", **more: Any) -> Plan:
    return Plan(report, ("all",), Times((cron,), "UTC"), **more)


def started(agenda: module.Agenda) -> list[str]:
    return [each.slot.report for each in agenda.start]


def test_a_slot_waits_for_those_that_it_comes_after(project: Project) -> None:
    """While they are due or under way for its as-of it is not started, nor while one is to be tried again; when all have ended it is."""
    plans = [other("digest", after=("kpis", "themes"), deadline=3 * HOUR), other("kpis"), other("themes", "0 8 * * 2")]
    book = Book(noted={"digest": datetime(2025, 11, 1), "kpis": datetime(2025, 11, 1), "themes": datetime(2025, 11, 1)})
    agenda = book.turn(plans, utc(3, 8))
    assert (started(agenda), agenda.wake) == (["kpis"], utc(3, 11))
    waiting = [Waiting(slot(3, report="digest"), utc(3, 8))]
    noted = {"digest": MONDAY, "kpis": MONDAY, "themes": datetime(2025, 11, 1)}
    working = Known(noted, waiting, frozenset({("kpis", "all")}), frozenset({slot(3, report="kpis")}))
    assert started(due(plans, working, utc(3, 9))) == []
    again = Known(noted, [*waiting, Waiting(slot(3, report="kpis"), utc(3, 8), utc(3, 10))])
    assert started(due(plans, again, utc(3, 9))) == []
    assert started(due(plans, Known(noted, waiting), utc(3, 9))) == ["digest"]  # themes are due another day


def test_a_slot_waits_for_its_own_date_only_and_not_for_ever(project: Project) -> None:
    """Another as-of's run holds up nothing; past its deadline it is made with what there is; a report that rests holds up nobody."""
    plans = [other("digest", after=("kpis",), deadline=3 * HOUR), other("kpis")]
    noted, waiting = {"digest": MONDAY, "kpis": MONDAY}, [Waiting(slot(3, report="digest"), utc(3, 8))]
    busy = Known(noted, waiting, frozenset({("kpis", "all")}), frozenset({Slot("kpis", "all", datetime(2025, 10, 27))}))
    assert started(due(plans, busy, utc(3, 8))) == ["digest"]
    stuck = Known(noted, waiting, frozenset({("kpis", "all")}), frozenset({slot(3, report="kpis")}))
    assert started(due(plans, stuck, utc(3, 10, 59))) == []
    assert started(due(plans, stuck, utc(3, 11))) == ["digest"]
    gone = Known(noted, [*waiting, Waiting(slot(3, report="kpis"), utc(3, 8))])
    assert started(due(plans[:1], gone, utc(3, 8))) == ["digest"]
    held = due(plans, gone, utc(3, 8), held=[slot(3, report="kpis")])  # at its gate: its data is not there yet
    assert started(held) == []
