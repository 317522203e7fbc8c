"""The page as a whole, on a small product whose weeks are written here."""

import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from kpi_failures import AS_OF, FAILED

from prodops.errors import NoData, ParameterError
from prodops.kpis import define, review
from prodops.kpis.shift_words import named_marks
from prodops.workspace import read_yaml

BOOK = define(
    {
        "visits_a_week": {
            "type": "simple",
            "title": "Visits",
            "table": "events",
            "agg": "count",
            "target": {"value": 300, "on": "2025-12-31"},
            "owner": "Ada",
        },
        "failed": FAILED | {"target": {"value": 0.1, "on": "2025-09-30"}},
        "tasks": {"type": "simple", "hidden": True, "table": "events", "agg": "count", "where": {"event": "done"}},
        "monthly": {"type": "derived", "title": "Monthly tasks", "unit": "count", "grain": "month", "expr": "tasks"},
        "stars": {"type": "simple", "title": "Stars", "unit": "rating", "table": "feedback", "agg": "mean", "column": "rating"},
    }
)

BOTH = {"failed": FAILED, "rows": {"type": "simple", "title": "Rows", "table": "events", "agg": "count"}}


def week_of(back):
    """Monday of the week that lies so many weeks before as-of."""
    return AS_OF - timedelta(weeks=back)


def rows(weeks=70, failing=(), quiet=(), on=("ios",), web=50):
    """About 100 events a week on two platforms, one in twenty failed; in ``failing`` weeks half of those ``on`` some fail, ``quiet`` weeks have none."""
    rng = np.random.default_rng(2)
    for back in range(weeks, 0, -1):
        for platform, usual in (("ios", 50), ("web", web)):
            for i in range(0 if back in quiet else usual + int(rng.integers(-4, 5))):
                is_failed = i % 2 == 0 if back in failing and platform in on else i % 20 == 0
                yield {
                    "user_id": f"{platform}{i}",
                    "event": "failed" if is_failed else "done",
                    "platform": platform,
                    "occurred_at": week_of(back) + timedelta(hours=i, minutes=int(rng.integers(0, 60))),
                }


def test_a_quiet_page_says_so(desk):
    """Nothing unusual: one finding says so, targets are still told, and KPIs that cannot be computed are named."""
    page = review(desk(AS_OF.isoformat(), events=list(rows())), BOOK)
    told = {f.name: f for f in page.findings()}
    assert list(told) == ["kpi.visits_a_week.target", "kpi.usual", "kpi.failed.target", "kpi.false_alarms"]
    assert told["kpi.usual"].sentence == (
        "All 3 KPIs stayed within the range that their own past leads to expect, in the last 3 whole months and in the last 6 whole weeks."
    )
    assert told["kpi.visits_a_week.target"].headline == "Visits: 66 % below target, with 8 weeks left"
    assert told["kpi.failed.target"].headline == "Failed: on target, which was due on 30 Sep 2025"
    assert page.missing == {"stars": "the workspace has no feedback"}
    assert [t.claim for t in page.takeaways()] == ["Visits: 66 % below target, with 8 weeks left."]
    assert page.takeaways()[0].owner == "Ada"


def test_only_what_has_a_range_is_said_to_be_in_it(desk):
    """With a dozen weeks of past the weekly KPIs are judged and the monthly one is not, and the page says so."""
    quiet = next(f for f in review(desk(AS_OF.isoformat(), events=list(rows(weeks=12))), BOOK).findings() if f.name == "kpi.usual")
    assert quiet.sentence.startswith("2 of 3 KPIs stayed")
    assert quiet.sentence.endswith("The past of the other 1 is too short, or never moved, and sets no range.")


def test_a_bad_week_is_found_and_located(desk):
    """A week in which one platform failed is told first, with the share of the move that sits there, and that it is over."""
    launches = [{"name": "Login outage", "launched_on": "2025-10-21", "ended_on": "2025-10-23", "kind": "incident"}]
    page = review(desk(AS_OF.isoformat(), events=list(rows(failing=(2,))), launches=launches), BOOK)
    first = page.findings()[0]
    assert (first.name, first.unit, first.good) == ("kpi.failed.move", "share", "down")
    assert first.surprise > 4
    assert first.headline == "Failed rose to 28 % in the week of 20 Oct"
    assert "All of the move sits in platform ios (50 %, " in first.sentence
    assert "At the same time: Login outage (21–23 Oct 2025)." in first.sentence
    assert first.sentence.endswith("It is back in its usual range.")
    assert first.lower <= first.before <= first.upper < first.value == pytest.approx(0.28, abs=0.01)
    assert "platform ios" in page.takeaways()[0].decision


def test_a_week_that_was_bad_everywhere_is_located_nowhere(desk):
    """A move that each platform shares by its size is told of the whole, though three quarters of it are on the larger one."""
    page = review(desk(AS_OF.isoformat(), events=list(rows(failing=(2,), on=("ios", "web"), web=150))), BOOK)
    move = page.news.moves[0]
    assert (move.kpi, move.start, move.slice, move.place) == ("failed", date(2025, 10, 20), "", None)
    assert "sits in" not in page.findings()[0].sentence


def test_a_launch_that_moved_a_number_is_named(desk):
    """From a launch on a third fails where a twentieth did: before, after and the range of the change, and no word of cause."""
    launches = [{"name": "New checkout", "launched_on": week_of(12).date().isoformat(), "kind": "launch"}]
    page = review(desk(AS_OF.isoformat(), events=list(rows(failing=range(1, 13))), launches=launches), BOOK)
    shift = next(f for f in page.findings() if ".since." in f.name)
    assert (shift.name, shift.headline) == ("kpi.failed.since.new_checkout", "Failed in ios rose from 6 % to 50 % after New checkout")
    assert "Together in time; this alone does not show the cause." in shift.sentence
    assert page.marks.to_dict("records")[0]["kind"] == "launch"
    assert not [f for f in page.findings() if f.name == "kpi.failed.move"]  # the new level is the one it is judged by
    untold = review(desk(AS_OF.isoformat(), events=list(rows(failing=range(1, 13)))), BOOK)
    assert untold.findings()[0].name == "kpi.failed.year"  # without the launch on record the new level is known by having lasted


def test_numbers_that_moved_together_are_told_as_one(desk):
    """With an incident visits stop and failures rise: the sentence of the first names the other, which has no chart of its own."""
    launches = [{"name": "Login outage", "launched_on": "2025-10-21", "ended_on": "2025-10-23", "kind": "incident"}]
    some = [row for n, row in enumerate(rows(failing=(2,))) if n % 3 or not week_of(2) <= row["occurred_at"] < week_of(1)]
    page = review(desk(AS_OF.isoformat(), events=some, launches=launches), define(BOTH))
    first, *rest = [f for f in page.findings() if f.name.endswith(".move")]
    assert [f.name for f in (first, *rest)] == ["kpi.failed.move", "kpi.rows.move"]
    assert re.search(r" With it: Rows \(\d+, \d+ expected\)\.$", first.sentence)
    assert rest[0].surprise < 0.5
    assert [c.finding.name for c in page.chapters(5) if c.finding.name.endswith(".move")] == ["kpi.failed.move"]


def test_a_count_of_which_nothing_came_has_stopped_rather_than_dropped(desk):
    """Of two events one comes no more while the other goes on: that is told first, as rows that stopped, with no word of a fall."""
    book = define({"done": {"type": "simple", "title": "Done", "table": "events", "agg": "count", "where": {"event": "done"}}})
    both = [row | {"event": ("done", "seen")[n % 2]} for n, row in enumerate(rows())]
    some = [row for row in both if row["event"] == "seen" or row["occurred_at"] < week_of(1)]
    first = review(desk(AS_OF.isoformat(), events=some), book).findings()[0]
    assert first.headline == "Done: nothing any more in the week of 27 Oct"
    assert "Not one row came: late or missing data" in first.sentence


def test_what_is_left_over_when_a_count_stopped_is_neither_better_nor_worse(desk):
    """Visits stop, and the share of failures among the rest falls: told with the visits, without a verdict, a takeaway or a forecast of nothing."""
    visits = {"visits": {"type": "simple", "title": "Visits", "table": "events", "agg": "count", "where": {"event": "visit"}}}
    failed = FAILED | {"denominator": {"table": "events", "agg": "count", "where": {"event": ["failed", "done"]}}}
    some = [row | {"event": ("visit", "failed", "done")[n % 3]} for n, row in enumerate(rows())]
    some = [row | {"event": "done"} if row["event"] == "failed" and row["occurred_at"] >= week_of(1) else row for row in some]
    left = [row for row in some if row["event"] != "visit" or row["occurred_at"] < week_of(1)]
    page = review(desk(AS_OF.isoformat(), events=left), define(visits | {"failed": failed}))
    told = {f.name: f for f in page.findings()}
    assert told["kpi.failed.move"].good == told["kpi.visits.move"].good == "range"
    assert told["kpi.failed.move"].sentence.endswith(" Visits had stopped by then: of what is left over this is neither better nor worse.")
    assert "With it: Failed (0\u00a0%" in told["kpi.visits.move"].sentence
    assert [t.claim for t in page.takeaways()] == ["Visits: nothing any more in the week of 27 Oct."]
    assert page.outlook()["KPI"].tolist() == ["Failed"]


def test_a_launch_of_one_product_is_named_only_where_that_product_moved(desk):
    """Ios changed its level and web did not: of their launches of one day the whole's shift names the one of ios, and that of all of them."""
    some = [row | {"product": row.pop("platform")} for row in rows(failing=range(1, 13), on=("ios",), web=4)]
    on = week_of(12).date().isoformat()
    launches = [
        {"name": name, "launched_on": on, "kind": "launch", "product": product}
        for name, product in (("Ios 2", "ios"), ("Web 7", "web"), ("Suite 3", None), ("Tv 1", "tv"))
    ]
    page = review(desk(AS_OF.isoformat(), events=some, launches=launches), define({"failed": FAILED}))
    shift = next(shift for shift in page.news.shifts)
    assert named_marks(page, replace(shift, dimension="", slice="")) == {date.fromisoformat(on): ["Ios 2", "Suite 3", "Tv 1"]}
    assert named_marks(page, replace(shift, dimension="product", slice="web")) == {date.fromisoformat(on): ["Suite 3", "Web 7"]}


def test_where_launches_are_many_none_is_named(desk):
    """With a launch every other day before and after a number's level changed, the time is named and how many launches came then."""
    days = pd.date_range(week_of(13), week_of(10), freq="2D")
    launches = [{"name": f"{n}.0", "launched_on": day.date().isoformat(), "kind": "launch"} for n, day in enumerate(days)]
    page = review(desk(AS_OF.isoformat(), events=list(rows(failing=range(1, 13))), launches=launches), BOOK)
    shift = next(f for f in page.findings() if ".since." in f.name)
    assert re.search(r"^Failed in ios rose from .* about \d+ \w{3} 2025$", shift.headline)
    assert re.search(r"\d+ launches came about then, too near each other for time to tell them apart", shift.sentence)


def test_a_launch_of_another_product_is_no_candidate(desk):
    """A move that sits in one product is not told beside the launch of another; a launch that says no product stays."""
    some = [row | {"product": row["platform"]} for row in rows(failing=(2,))]
    launches = [
        {"name": name, "launched_on": "2025-10-21", "kind": "launch", "product": product}
        for name, product in (("Ios 2", "ios"), ("Web 7", "web"), ("All of it", None))
    ]
    book = define({"failed": FAILED})
    first = review(desk(AS_OF.isoformat(), events=[{k: v for k, v in r.items() if k != "platform"} for r in some], launches=launches), book)
    assert "sits in product ios" in first.findings()[0].sentence
    assert "At the same time: All of it (21 Oct), Ios 2 (21 Oct)." in first.findings()[0].sentence


def test_a_target_whose_day_has_passed_asks_for_another(desk):
    """Nothing can be decided before a day that is over."""
    late = {
        "visits": {"type": "simple", "title": "Visits", "table": "events", "agg": "count", "target": {"value": 9000, "on": "2025-09-30"}}
    }
    (asked,) = review(desk(AS_OF.isoformat(), events=list(rows())), define(late)).takeaways()
    assert asked.decision == "Set another target for Visits, as the day of this one has passed."


def test_data_that_stopped_is_late_and_no_drop(desk):
    """When a table that had rows every week has none in the last one, that is the finding, and its KPIs are not judged."""
    page = review(desk(AS_OF.isoformat(), events=list(rows(quiet=(1,)))), BOOK)
    first = page.findings()[0]
    assert (first.name, first.headline) == ("kpi.late.events", "No new rows in events after 22 Oct")
    assert not [f for f in page.findings() if f.name.endswith(".move")]


def test_a_slice_that_stopped_is_late_and_no_drop(desk):
    """When one platform of two has no row in the last week, that is the finding, and the half of the events that it brings has not dropped."""
    some = [row for row in rows() if row["platform"] == "ios" or row["occurred_at"] < week_of(1)]
    page = review(desk(AS_OF.isoformat(), events=some), BOOK)
    first = page.findings()[0]
    assert (first.name, first.headline) == ("kpi.late.platform.web", "No rows of platform web after the week of 20 Oct")
    assert not [m for m in page.news.moves if m.kpi == "visits_a_week"]


def test_the_table_compares_like_with_like(desk):
    """Last whole week against the one before, 52 weeks before and the target; blank, never 0 %, where the past is not known."""
    page = review(desk(AS_OF.isoformat(), events=list(rows())), BOOK)
    table = page.table.set_index("kpi")
    counts = pd.DataFrame(rows()).occurred_at.map(lambda t: (AS_OF - t).days // 7 + ((AS_OF - t) % timedelta(weeks=1) > timedelta(0)))
    now, before, year = (int((counts == back).sum()) for back in (1, 2, 53))
    visits = table.loc["visits_a_week"]
    assert visits[["value", "before", "year_before"]].tolist() == [now, before, year]
    assert visits["change"] == pytest.approx(now / before - 1)
    assert (visits["change_unit"], table.loc["failed", "change_unit"]) == ("share", "points")
    assert visits["vs_target"] == pytest.approx(now / 300 - 1)
    assert (table.loc["monthly", "grain"], str(table.loc["monthly", "period_start"].date())) == ("month", "2025-10-01")
    young = review(desk(AS_OF.isoformat(), events=list(rows(weeks=2))), BOOK)
    assert young.table.set_index("kpi").loc["visits_a_week", ["year_before", "usual_lower"]].isna().all()
    assert young.readable().set_index("KPI").loc["Visits", "Year before"] == ""


def test_the_period_in_progress_stands_last_and_counts_for_nothing(desk):
    """Half a week of double traffic is shown as not complete, and neither the table nor a finding speaks of it."""
    half = [{"user_id": str(i), "event": "done", "platform": "web", "occurred_at": AS_OF + timedelta(minutes=i)} for i in range(400)]
    page = review(desk("2025-11-05", events=[*rows(), *half]), BOOK)
    shown = page.kpi("visits_a_week")
    assert shown["complete"].tolist() == [True] * 13 + [False]
    assert shown["value"].iloc[-1] == 400
    assert page.table["period_start"].iloc[0] == pd.Timestamp("2025-10-27")
    assert page.findings() == review(desk("2025-11-05", events=list(rows())), BOOK).findings()
    assert page.kpi("visits_a_week", "month")["complete"].tolist() == [True] * 12 + [False]


def test_the_frames_hold_what_charts_need(desk):
    """Thirteen whole weeks and twelve whole months, with the year before and the usual range; slices of one dimension on request."""
    page = review(desk(AS_OF.isoformat(), events=list(rows())), BOOK, by="platform")
    assert sorted(set(page.weekly["slice"])) == ["", "ios", "web"]
    assert page.weekly.groupby(["kpi", "slice"]).size().unique().tolist() == [13]
    assert page.monthly.groupby(["kpi", "slice"]).size().unique().tolist() == [13]  # November has begun
    assert list(page.weekly.columns[-5:]) == ["year_before", "expected", "usual_lower", "usual_upper", "signal"]
    whole = page.weekly[page.weekly["slice"] == ""]
    assert whole[["year_before", "expected"]].notna().all(axis=None)
    assert (whole["usual_lower"] >= 0).all()
    assert set(page.weekly["kpi"]) == {"visits_a_week", "failed"}
    assert set(page.monthly["kpi"]) == {"visits_a_week", "failed", "monthly"}


def test_tiles_are_for_numbers_with_a_target(desk):
    """A tile has its number, the one before, its target and thirteen periods; none for a KPI without target, at most six."""
    at = desk(AS_OF.isoformat(), events=list(rows()))
    tiles = review(at, BOOK).tiles()
    assert [(t.name, t.target, t.target_on, t.period, len(t.history)) for t in tiles] == [
        ("kpi.visits_a_week", 300.0, date(2025, 12, 31), "week", 13),
        ("kpi.failed", 0.1, date(2025, 9, 30), "week", 13),
    ]
    assert tiles[0].history[-1] == tiles[0].value
    many = define(
        {f"k{i}": {"type": "simple", "table": "events", "agg": "count", "target": {"value": 1, "on": "2026-01-01"}} for i in range(8)}
    )
    assert [t.name for t in review(at, many).tiles()] == [f"kpi.k{i}" for i in range(6)]


def test_a_range_is_met_inside_and_missed_by_its_nearer_edge(desk):
    """Good: range compares with low and high."""

    def told(low, high):
        goal = {"good": "range", "target": {"low": low, "high": high, "on": "2025-12-31"}}
        book = define({"n": {"type": "simple", "title": "Visits", "table": "events", "agg": "count", **goal}})
        return next(f.headline for f in review(desk(AS_OF.isoformat(), events=list(rows())), book).findings() if f.name.endswith(".target"))

    assert told(50, 200) == "Visits: on target, with 8 weeks left"
    assert told(200, 400) == "Visits: 50 % below target, with 8 weeks left"


def test_a_question_is_asked_once(desk):
    """A review puts no query twice, and two reviews of the same rows are the same in every stamp."""
    first, second = (desk(AS_OF.isoformat(), events=list(rows(failing=(2,)))) for _ in range(2))
    pages = review(first, BOOK), review(second, BOOK)
    assert len({sql for _, sql in first.asked}) == len(first.asked)
    assert [sql for _, sql in first.asked] == [sql for _, sql in second.asked]
    assert pages[0].findings() == pages[1].findings()
    assert [s.to_dict() for s in pages[0].takeaways()] == [s.to_dict() for s in pages[1].takeaways()]


def test_nothing_to_review_is_said(desk):
    """No table, no row before as-of, and weeks out of bounds each have their own clear line."""
    with pytest.raises(NoData, match=r"No KPI of params/kpis\.yaml can be computed here"):
        review(
            desk(AS_OF.isoformat(), goals=[{"goal": "g", "kpi": "k", "start_on": "2025-01-01", "due_on": "2025-12-31", "target": 1.0}]),
            BOOK,
        )
    empty = desk(AS_OF.isoformat(), events=list(rows(weeks=1)))
    empty._tables["events"] = empty._tables["events"].limit(0)
    with pytest.raises(NoData, match="No row before 2025-11-03 in events"):
        review(empty, BOOK)
    with pytest.raises(ParameterError, match="weeks is 3; a review shows 6 to 52"):
        review(empty, BOOK, weeks=3)


def test_one_row_is_reviewed(desk):
    """A single event makes a page: its number is there, and nothing is claimed about its past."""
    page = review(desk(AS_OF.isoformat(), events=list(rows(weeks=1))[:1]), BOOK)
    assert page.table.set_index("kpi").loc["visits_a_week", "value"] == 1
    assert [f.headline for f in page.findings() if not f.name.endswith(".target")] == ["Too early to say what is usual"]


def test_the_shipped_file_defines_twelve_kpis_on_the_page():
    """params/kpis.yaml can be used as it is: twelve KPIs on the page, each with title, description, unit, owner and direction, six with a target."""
    raw = read_yaml(Path(__file__).parents[2] / "params" / "kpis.yaml")
    book = define(raw)
    on_page = [book[n] for n in book.order if not book[n].hidden]
    assert (len(on_page), sum(k.target is not None for k in on_page)) == (12, 6)
    assert all(k.title and k.description and k.owner and "good" in raw[k.name] for k in on_page)
    assert book.needs == ("accounts", "events", "feedback", "surveys", "transitions")
