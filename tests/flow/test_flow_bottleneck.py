"""The bottleneck is the station whose queue stands: found, priced and dated where it is planted, and nowhere else."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from prodops import flow, samples
from prodops.flow.loads import Load
from prodops.flow.stations import WEEK, Station, stations
from prodops.flow.weighing import DAY, measure
from prodops.samples import shipping, tables, work

START = datetime(2025, 1, 6)
WEEKS = 20
AS_OF = START + timedelta(weeks=WEEKS)


def line(hours: dict[str, float], *, explicit: bool, every: float = 12.0) -> pd.DataFrame:
    """An item every so many hours passes stations with one server each, which takes its hours: first come, first served."""
    rows, free = [], dict.fromkeys(hours, 0.0)
    for n in range(int(WEEKS * 168 / every)):
        at = n * every
        for stage, takes in hours.items():
            begun = max(at, free[stage])
            rows += [(f"I{n:04d}", f"Ready for {stage}", at), (f"I{n:04d}", stage, begun)] if explicit else [(f"I{n:04d}", stage, at)]
            at = free[stage] = begun + takes
        rows.append((f"I{n:04d}", "Done", at))
    frame = pd.DataFrame(rows, columns=["item_id", "to_state", "hour"])
    return frame.assign(from_state=None, changed_at=pd.Timestamp(START) + pd.to_timedelta(frame["hour"], "h")).drop(columns="hour")


def spec(hours: dict[str, float], *, explicit: bool) -> flow.FlowSpec:
    stages = [s for stage in hours for s in ([f"Ready for {stage}"] * explicit + [stage])]
    waiting = [s for s in stages if s.startswith("Ready")]
    return flow.define({"stages": [*stages, "Done"], "start": stages[0], "done": "Done", "waiting": waiting}, as_of=AS_OF)


OVERLOADED = {"Build": 6.0, "Check": 12.6, "Test": 4.0}
"""Every 12 hours an item; Check takes 12.6, so that its queue grows by an item every 252 hours."""


@pytest.mark.parametrize("explicit", [True, False], ids=["queues of their own", "one state for both"])
def test_an_overloaded_station_is_named(explicit):
    """Check is named, busy all the time; items wait for it alone, so all of the wait is its cost, and nothing waits after it. Where one state
    holds both, its pace alone tells how many are worked on at once: with work that always takes as long, up to three and not one."""
    found = flow.bottleneck(line(OVERLOADED, explicit=explicit), spec(OVERLOADED, explicit=explicit))
    assert (found.stage, found.strength) == ("Check", "clear")
    assert found.queue == (("Ready for Check",) if explicit else ("Check",))
    assert found.utilisation > 0.9
    # the n-th item waits 0.6 h · n; the last of 267 finished ones 6.7 days, and 13 that stand in the queue have waited too
    if explicit:
        assert found.of("servers") == 1
        assert found.wait_days == pytest.approx(0.6 * 280 / 2 / 24 * 280 / 267, rel=0.1)
    assert found.lower < found.wait_days < found.upper
    assert found.cost_days == pytest.approx(found.wait_days, abs=0.01)
    assert found.of("empty", "Test") == pytest.approx(1.0, abs=0.01)
    assert found.of("visit_days") == pytest.approx(found.of("little_days"), rel=0.1)  # Little's law
    assert len(found.evidence) >= 5


@pytest.mark.parametrize("explicit", [True, False], ids=["queues of their own", "one state for both"])
def test_none_is_named_where_nothing_waits(explicit):
    """Stations that keep up have no queue, however long the work at one takes."""
    hours = {"Build": 6.0, "Check": 10.0, "Test": 4.0}
    found = flow.bottleneck(line(hours, explicit=explicit), spec(hours, explicit=explicit))
    assert (found.stage, found.evidence) == ("", ())
    assert found.reason == "No queue stands: as far as the moves show, items hardly ever wait for their turn."
    assert found.stations["wait_days"].max() < 0.01


def test_the_same_question_has_the_same_answer():
    """Rows in another order give the same numbers, to the last digit."""
    rows = line(OVERLOADED, explicit=True)
    one, other = (flow.bottleneck(each, spec(OVERLOADED, explicit=True)) for each in (rows, rows.sample(frac=1, random_state=3)))
    pd.testing.assert_frame_equal(one.stations, other.stations)
    assert (one.cost_days, one.lower, one.agreement) == (other.cost_days, other.lower, other.agreement)


def test_queues_are_those_of_the_next_station():
    """A queue by name feeds the active stage after it; a wait for others, and a hand-over that is said to be one, stand alone."""
    told = flow.define(
        {
            "stages": ["Backlog", "Ready", "Build", "Ready for review", "Review", "Wait - User", "Test", "Approval", "Ready for release", "Done"],
            "start": "Build", "waiting": ["Ready for review", "Wait - User", "Approval", "Ready for release"],
        }
    )  # fmt: skip
    assert [(s.stage, s.queues, s.shape) for s in stations(told)] == [
        ("Build", ("Ready",), "queue"), ("Review", ("Ready for review",), "queue"), ("Wait - User", (), "waiting"), ("Test", (), "mixed"),
        ("Approval", (), "waiting"), ("Ready for release", (), "waiting"),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def lumen(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The sample company's moves, made without its other tables."""
    moved = work.moves(np.random.default_rng([7, 1]), 900)
    launch = shipping.launch_of(np.random.default_rng([7, 51]), moved)
    moved, launch = shipping.with_work_to_come(np.random.default_rng([7, 52]), moved, launch)
    path: Path = tables.save(tmp_path_factory.mktemp("lumen"), "transitions", tables._transitions(moved, launch))
    return pd.read_parquet(path)


def test_the_planted_bottleneck_is_found_and_dated(lumen):
    """Review, which got twice as slow from June 2025, is clearly the bottleneck, since the first weeks of June."""
    found = flow.bottleneck(lumen, flow.define(None, states=flow.states(lumen), as_of=samples.AS_OF))
    assert (found.stage, found.strength) == ("Review", "clear")
    assert date(2025, 5, 26) <= found.since <= date(2025, 6, 16)
    assert found.after_days == pytest.approx(2 * found.before_days, rel=0.3)
    assert 4 < found.cost_lower < found.cost_days < found.cost_upper < 7
    assert found.evidence[-1].startswith("Since the week of")


def test_stations_as_loaded_as_each_other():
    """Build takes longer than items come apart, Check longer than Build lets them go: both are full all the time. The last is likely the
    bottleneck where a third keeps up, and none is where both are all there is."""
    three, two = {"Build": 12.6, "Check": 13.2, "Test": 4.0}, {"Build": 12.6, "Check": 13.2}
    found = flow.bottleneck(line(three, explicit=True), spec(three, explicit=True))
    assert (found.stage, found.strength) == ("Check", "likely")
    found = flow.bottleneck(line(two, explicit=True), spec(two, explicit=True))
    assert (found.stage, found.reason.split(",")[0]) == ("", "Stations are as loaded as each other")
    assert found.stations["utilisation"].tolist() == pytest.approx([1.0, 1.0], abs=0.01)


def test_a_load_is_known_only_where_items_wait():
    """Of stations that items pass without a wait no load is told; Check is worked on all the time."""
    found = flow.bottleneck(line(OVERLOADED, explicit=True), spec(OVERLOADED, explicit=True)).stations.set_index("stage")["utilisation"]
    assert found["Check"] == pytest.approx(1.0, abs=0.01)
    assert found[["Build", "Test"]].isna().all()


@pytest.mark.parametrize(("picked", "named"), [("first", "Build"), ("last", "")])
def test_a_backlog_that_is_left_in_order_is_a_queue(picked, named):
    """Items that stand before the start wait for it where they leave as they came; where the newest is taken first they are a pile, not a queue."""
    rows = line({"Build": 13.2, "Check": 6.0}, explicit=True).replace({"to_state": {"Ready for Build": "Backlog"}})
    if picked == "last":  # who came last is begun first: creation dates in the other order, each before its item's start
        begun = rows[rows["to_state"] == "Build"].set_index("item_id")["changed_at"]
        at = begun.min() - (begun - begun.min()) / 10
        rows["changed_at"] = rows["changed_at"].where(rows["to_state"] != "Backlog", rows["item_id"].map(at))
    stages = ["Backlog", "Build", "Ready for Check", "Check", "Done"]
    told = flow.define({"stages": stages, "start": "Build", "done": "Done", "waiting": ["Ready for Check"]}, as_of=AS_OF)
    found = flow.bottleneck(rows, told, since=date(2025, 1, 6))
    assert found.stage == named
    assert found.queue == (("Backlog",) if named else ())


def test_a_review_that_waits_by_its_name_alone_is_work_where_it_takes_little_time():
    """Without settings a Review counts as waiting; items that are merely worked on there for a while do not make it the bottleneck."""
    hours = {"Build": 12.6, "Review": 11.0, "Test": 4.0}
    rows = line(hours, explicit=False)
    found = flow.bottleneck(rows, flow.define(None, states=flow.states(rows), as_of=AS_OF))
    assert found.stage == "Build"
    assert found.stations.set_index("stage").loc["Review", "shape"] == "mixed"


def test_visits_of_no_length_are_no_fault():
    """Items that pass a stage at one instant, as where only days are known, leave nothing below zero; the queue stands before its stage."""
    rows = line(OVERLOADED, explicit=True)
    rows["changed_at"] = rows["changed_at"].dt.normalize()
    order = list(flow.states(rows)["state"])
    assert all(order.index(f"Ready for {stage}") < order.index(stage) for stage in OVERLOADED)
    found = flow.bottleneck(rows, flow.define(None, states=flow.states(rows), as_of=AS_OF))
    assert (found.stations[["wait_days", "work_days", "items_waiting"]] >= 0).all(axis=None)
    rows = rows[~rows["to_state"].str.startswith("Ready")]
    assert flow.bottleneck(rows, spec(OVERLOADED, explicit=False)).stations["visits"].gt(0).all()


def test_the_cost_is_told_of_the_weeks_asked_for():
    """Waits grow by 0.6 hours an item: those of the last ten weeks are longer than those of the ten before, and their cost stands beside it."""
    found = flow.bottleneck(line(OVERLOADED, explicit=True), spec(OVERLOADED, explicit=True), told_from=date(2025, 3, 17))
    assert found.span == (date(2025, 3, 17), date(2025, 5, 26))
    assert found.cost_before_days == pytest.approx(0.6 * 70 / 24, rel=0.15)  # the mean of the first 140 items
    assert found.cost_days == pytest.approx(0.6 * 210 / 24, rel=0.15)  # and of the others
    assert found.stage == "Check"


def by_day(passes: dict[str, int], come: list[int]) -> pd.DataFrame:
    """Moves dated by day: so many items come each day; a station passes on so many a day, none on the day it came, who came first first."""
    there: dict[str, list[tuple[int, int]]] = {stage: [] for stage in passes}
    names, rows, begun = [*passes, "Done"], [], 0
    for day, many in enumerate(come):
        for at in reversed(range(len(passes))):
            stage = names[at]
            go = [(came, who) for came, who in there[stage] if came < day][: passes[stage]]
            there[stage] = there[stage][len(go) :]
            rows += [(f"I{who:04d}", names[at + 1], day) for _, who in go]
            there.get(names[at + 1], []).extend((day, who) for _, who in go)
        there[names[0]] += [(day, who) for who in range(begun, begun + many)]
        rows += [(f"I{who:04d}", names[0], day) for who in range(begun, begun + many)]
        begun += many
    frame = pd.DataFrame(rows, columns=["item_id", "to_state", "day"])
    return frame.assign(from_state=None, changed_at=pd.Timestamp(START) + pd.to_timedelta(frame["day"], "D")).drop(columns="day")


@pytest.mark.parametrize(("check", "named"), [(5, "Check"), (12, "")], ids=["less than comes", "more than enough"])
def test_moves_of_a_day_are_no_batch(check, named):
    """Where moves are dated by day, items leave together because of that, not because a station hands over in batches: five and six come a
    day, and Check, which passes on five, is named, busy all the time; none is where it passes on twelve."""
    passes = {"Build": 12, "Check": check, "Test": 12}
    found = flow.bottleneck(by_day(passes, [5, 6] * (WEEKS * 7 // 2)), spec(passes, explicit=False))
    assert found.stage == named
    assert not found.stations["in_batches"].any()
    if named:
        assert found.strength == "clear"
        assert (found.of("servers"), found.utilisation) == (5, pytest.approx(1.0, abs=0.05))


def test_a_station_that_hands_over_once_a_week_does_so_in_batches():
    """Test lets go of what is there on Mondays only, and the others daily: it is the only one whose load the moves do not tell."""
    rows = by_day({"Build": 12, "Check": 5, "Test": 12}, [5] * (WEEKS * 7))
    done = rows["to_state"] == "Done"
    rows.loc[done, "changed_at"] = rows["changed_at"] + pd.to_timedelta((7 - rows["changed_at"].dt.day_of_week) % 7, "D")
    found = flow.bottleneck(rows, spec({"Build": 12, "Check": 5, "Test": 12}, explicit=False))
    assert list(found.stations["in_batches"]) == [False, False, True]


def test_weeks_after_all_is_done_tell_nothing():
    """A flow that came to its end half a year ago is as loaded as it was while it went on."""
    told = replace(spec(OVERLOADED, explicit=True), as_of=AS_OF + timedelta(weeks=26))
    over = flow.bottleneck(line(OVERLOADED, explicit=True), told)
    assert (over.stage, over.strength) == ("Check", "clear")
    assert over.utilisation > 0.9


@pytest.mark.parametrize(("next_wait", "named"), [(3.0, 0), (4.0, -1)], ids=["a third of it", "more"])
def test_by_far_the_longest_queue_is_likely_the_bottleneck(next_wait, named):
    """A station busy for 0.8 of what it can do, with a queue that stood in four of ten weeks, is named where items wait three times as long as
    anywhere else, and not where they wait less long."""
    ten = np.ones(10)
    stood = np.array([1.0] * 4 + [0.0] * 6)
    first = Load(1.0, 9 * ten, 0.8 * WEEK * ten, 0.5 * WEEK * ten, 0.5 * WEEK * ten, 0.5 * WEEK * ten, stood, ten, in_batches=False)
    other = Load(
        1.0, next_wait * ten, 0.5 * WEEK * ten, 0.8 * WEEK * ten, 0.2 * WEEK * ten, 0.2 * WEEK * ten, 0 * ten, ten, in_batches=False
    )
    first = replace(first, waiting=first.waiting * DAY / 10)
    other = replace(other, waiting=other.waiting * DAY / 10)
    found = measure((Station("Build"), Station("Check")), [first, other], ten, np.ones((1, 10)))
    assert found.load[0] == pytest.approx([0.8, 0.5])
    assert found.named[0] == named
