"""What is due: a pure function of the reports' schedules, what the ledger knows, and now."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Literal, Protocol

from prodops.reports.catalogue import Report
from prodops.reports.ledger import Known, Passed, Slot, Waiting
from prodops.reports.settings import Needs
from prodops.reports.times import Moment, Times

TIMELY = timedelta(minutes=15)
"""A slot seen within this time after its moment is not a missed one."""
MOST_MADE, MOST_NAMED, MOST_COUNTED = 1_000, 31, 10_000
"""Of slots that were missed: how many of a slice are caught up, are named one by one, and are counted at all."""


class Calendar(Protocol):
    """The slots of a schedule, as :class:`times.Times` gives them for cron expressions."""

    def after(self, as_of: datetime) -> Iterator[Moment]: ...
    def before(self, as_of: datetime) -> Iterator[Moment]: ...
    def passed(self, now: datetime) -> Iterator[Moment]: ...
    def next(self, now: datetime) -> Moment | None: ...
    def local(self, now: datetime) -> datetime: ...


@dataclass(frozen=True)
class Plan:
    """A scheduled report, as far as its schedule goes; ``after`` names the reports that it waits for, until ``deadline`` after it is due."""

    report: str
    slices: Sequence[str]
    times: Calendar
    title: str = ""
    catch_up: Literal["all", "latest", "none"] = "latest"
    overlap: Literal["queue", "refuse"] = "queue"
    needs: Needs | None = None
    retries: int = 0
    backoff: timedelta = timedelta(seconds=30)
    after: Sequence[str] = ()
    deadline: timedelta = timedelta(0)


@dataclass(frozen=True)
class Due:
    """One slot to be made: due at ``at``, covering wall-clock time from ``start`` to its as-of; ``again`` after a fault."""

    slot: Slot
    at: datetime
    start: datetime
    again: bool = False


@dataclass(frozen=True)
class Note:
    """What fell due for a report since it was last noted, for the ledger (see ``Ledger.note``)."""

    report: str
    was: datetime | None
    upto: datetime
    waiting: Sequence[Waiting] = ()
    passed: Sequence[Passed] = ()


@dataclass(frozen=True)
class Agenda:
    """What is to be written down, to be started (oldest first, one of each slice), what waits for a run of its slice to end, and when
    there will be more.
    """

    notes: Sequence[Note]
    start: Sequence[Due]
    queue: Sequence[Waiting]
    wake: datetime | None = None


def plan(report: Report, slices: Sequence[str], time_zone: str) -> Plan | None:
    """Give a report's plan, or nothing where it has no schedule. ``time_zone`` is the workspace's, for schedules that name none."""
    asked = report.schedule
    if asked is None:
        return None
    return Plan(
        report.name,
        slices,
        times_of(report, time_zone),
        title=report.title,
        catch_up=asked.catch_up,
        overlap=asked.overlap,
        needs=report.needs,
        after=report.reads,
        deadline=report.after.deadline if report.after else timedelta(0),
        retries=report.slot_retries,
        backoff=report.backoff,
    )


def times_of(report: Report, time_zone: str, otherwise: str = "0 0 * * *") -> Times:
    """Give a report's times; ``otherwise`` (cron) are those of a report without a schedule."""
    asked = report.schedule
    return Times(tuple(asked.cron), asked.time_zone or time_zone) if asked else Times((otherwise,), time_zone)


def due(plans: Sequence[Plan], known: Known, now: datetime, held: Collection[Slot] = ()) -> Agenda:
    """Tell what is due at ``now``. Slots that are ``held`` (at their gate) are not started and stand in no other's way, but in that of
    those that come after them."""
    notes = [note for each in plans if (note := _note(each, known, now))]
    waiting = sorted([*known.waiting, *(each for note in notes for each in note.waiting)], key=lambda each: (each.due, each.slot))
    by_name = {each.report: each for each in plans}
    ahead = {(each.slot.report, each.slot.as_of) for each in waiting if _is_standing(each.slot, by_name)}
    ahead |= {(each.report, each.as_of) for each in known.at_work}
    busy, start, queue, patience = set(known.running), [], [], list[datetime]()
    for each in waiting:
        own, lane = by_name.get(each.slot.report), (each.slot.report, each.slot.slice_name)
        if own is None or each.slot.slice_name not in own.slices or each.slot in held or (each.not_before and each.not_before > now):
            continue
        if lane in busy:
            queue.append(each)
            continue
        until = each.due + own.deadline
        if until > now and any((name, each.slot.as_of) in ahead for name in own.after):
            queue.append(each)
            patience.append(until)
            continue
        busy.add(lane)
        start.append(Due(each.slot, each.due, period_start(own.times, each.slot.as_of), again=each.not_before is not None))
    wakes = [each.not_before for each in waiting if each.not_before and each.not_before > now]
    wakes += patience
    wakes += [moment.at for each in plans if (moment := each.times.next(now))]
    return Agenda(notes, start, queue, min(wakes, default=None))


def _is_standing(slot: Slot, plans: Mapping[str, Plan]) -> bool:
    """Whether a slot that waits will ever be made: its report and slice are still scheduled."""
    return slot.report in plans and slot.slice_name in plans[slot.report].slices


def _note(own: Plan, known: Known, now: datetime) -> Note | None:
    """Take down what fell due for one report; of a report seen for the first time, only what fell due just now."""
    was = known.noted.get(own.report)
    since = was if was is not None else datetime.min
    fell = list(islice((m for m in _until(own.times.passed(now), since)), MOST_COUNTED + 1 if was is not None else 1))
    if was is not None and not fell:
        return None
    upto = fell[0].as_of if fell else own.times.local(now)
    if was is None:
        fell = [moment for moment in fell if now - moment.at <= TIMELY]
    taken = _taken(own, fell, now)
    waiting, passed = list[Waiting](), list[Passed]()
    for name in own.slices:
        slots = [Waiting(Slot(own.report, name, moment.as_of), moment.at) for moment in fell[:taken]]
        if own.overlap == "refuse" and (own.report, name) in known.running:
            passed += [Passed(each.slot, each.due, "refused", "The run before it was still going on.") for each in slots]
        else:
            waiting += slots
        passed += _missed(own, name, fell[taken:], more=len(fell) > MOST_COUNTED)
    return Note(own.report, was, upto, waiting, passed)


def _until(moments: Iterator[Moment], since: datetime) -> Iterator[Moment]:
    for moment in moments:
        if moment.as_of <= since:
            return
        yield moment


def _taken(own: Plan, fell: Sequence[Moment], now: datetime) -> int:
    """Say how many of the slots that fell due, newest first, are made."""
    if own.catch_up == "all":
        return min(len(fell), MOST_MADE)
    timely = bool(fell) and now - fell[0].at <= TIMELY
    return int(bool(fell) and (own.catch_up == "latest" or timely))


def _missed(own: Plan, name: str, fell: Sequence[Moment], *, more: bool) -> Iterator[Passed]:
    """Write down what is not caught up: the newest one by one, the rest in one line."""
    why = f"It fell due while no scheduler ran, and the report's catch_up is {own.catch_up}."
    for moment in fell[:MOST_NAMED]:
        yield Passed(Slot(own.report, name, moment.as_of), moment.at, "skipped", why)
    if rest := fell[MOST_NAMED:]:
        count = f"{'More than ' * more}{len(rest) - more:,} slots"
        span = f"{count} fell due up to this one while no scheduler ran, and were not made (catch_up is {own.catch_up})."
        yield Passed(Slot(own.report, name, rest[0].as_of), rest[0].at, "skipped", span)


def period_start(times: Calendar, as_of: datetime) -> datetime:
    """Give the as-of of the slot before: where the period that a slot covers begins."""
    before = next(times.before(as_of), None)
    return before.as_of if before else as_of - timedelta(days=1)


# ------------------------------------------------------------------------------------------------------ for people
def next_due(report: Report, now: datetime, time_zone: str) -> datetime | None:
    """Give the instant at which a report is due next, in its own time zone; nothing where it has no schedule."""
    if report.schedule is None:
        return None
    times = times_of(report, time_zone)
    moment = times.next(now)
    return moment.at.astimezone(times.tz) if moment else None


def slots_between(
    report: Report, since: date, until: date, *, now: datetime, time_zone: str, week_start: Literal["monday", "sunday"] = "monday"
) -> list[tuple[datetime, datetime]]:
    """List the as-ofs of a report's slots whose dates lie from ``since`` to ``until``, both included, each with the instant it was due.

    A report without a schedule gets one for the beginning of each week, as most reports look back over whole weeks. What is not due at
    ``now`` is left out.
    """
    times = times_of(report, time_zone, "0 0 * * 1" if week_start == "monday" else "0 0 * * 0")
    begin = datetime.combine(since, datetime.min.time()) - timedelta(microseconds=1)
    found: list[tuple[datetime, datetime]] = []
    for moment in times.after(begin):
        if moment.as_of.date() > until or moment.at > now:
            break
        found.append((moment.as_of, moment.at))
    return found
