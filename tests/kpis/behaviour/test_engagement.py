"""The engagement report's numbers and claims, on people whose doings are written here."""

from datetime import datetime, timedelta

import pandas as pd
import pytest

from prodops.errors import InputError, NoData
from prodops.kpis import engagement
from prodops.kpis.behaviour import views

FIRST = datetime(2025, 8, 4)
STEPS = ("signed_up", "activated", "paid")


def people(each=40, weeks=12, activated=lambda week: 0.5, back=lambda week: 0.5):
    """Each week so many people sign up; the given shares activate within a day, half of those pay, and a share comes back each week."""
    for week in range(weeks):
        for i in range(each):
            user, at = f"w{week}u{i}", FIRST + timedelta(weeks=week, hours=i)
            yield user, "signed_up", at, "eu" if i % 4 else "us"
            if i < each * activated(week):
                yield user, "activated", at + timedelta(hours=5), "eu"
                if i % 2:
                    yield user, "paid", at + timedelta(days=2), "eu"
            if i < each * back(week):
                for later in range(1, weeks - week):
                    yield user, "session_started", at + timedelta(weeks=later), "eu"


def found(desk, rows, as_of="2025-10-27", **asked):
    frame = pd.DataFrame(rows, columns=["user_id", "event", "occurred_at", "region"])
    asked = {"start": "signed_up", "returning": "session_started", "steps": STEPS, **asked}
    return engagement(desk(as_of, events=frame), **asked)


def said(report):
    return {f.name.removeprefix("engagement."): f for f in report.findings()}


def test_half_come_back_and_the_report_says_so(desk):
    """Twenty of forty of each cohort come every week: 50 % in week 4, over the eight cohorts whose week 4 has ended."""
    claim = said(found(desk, people()))["retention.week_4"]
    assert claim.headline == "50\u00a0% come back in week 4 after “signed up”"
    assert claim.value == 0.5
    assert "Of 320 people in 8 cohorts" in claim.sentence
    assert "within what chance brings" in claim.sentence
    assert claim.surprise == 0


def test_later_cohorts_that_stay_more_are_told_apart(desk):
    """From 25 % to 75 %: the later half stands 50 points above, more than chance brings, and the takeaway asks why."""
    report = found(desk, people(back=lambda week: 0.25 if week < 4 else 0.75))
    claim = said(report)["retention.week_4"]
    assert "+50\u00a0pts" in claim.sentence
    assert "more than chance brings" in claim.sentence
    assert any(t.decision == "Find out what changed for the later cohorts." for t in report.takeaways())


def test_the_funnel_counts_only_those_who_had_the_time(desk):
    """With two weeks for it, the funnel ends two weeks before as-of: ten of the twelve cohorts, half activated, half of those paid."""
    report = found(desk, people())
    assert report.steps["entities"].tolist() == [400, 200, 100]
    assert [f.name.removeprefix("engagement.") for f in views.about(report, "funnel")] == ["funnel.loss", "funnel"]
    assert said(report)["funnel"].value == 0.25
    assert views.scope(report) == "480 people in 12 weekly cohorts"
    loss = said(report)["funnel.loss"]
    assert loss.headline == "Most are lost between “signed up” and “activated”"
    assert "200 of 400 people do not go on" in loss.sentence
    assert "5\u00a0hours" in loss.sentence


def test_a_step_that_more_people_take_now_is_named(desk):
    """Activation rises from 30 % in the first ten of twenty cohorts to 60 %: that step is named, with what it was before."""
    report = found(desk, people(weeks=22, activated=lambda week: 0.3 if week < 10 else 0.6), as_of="2026-01-05", periods=10)
    claim = said(report)["funnel.step_2"]
    assert claim.headline == "60\u00a0% now get to “activated”, 30\u00a0% before"
    assert report.findings()[0] == claim


def test_no_step_is_named_where_nothing_moved(desk):
    """The same shares in both times: no claim of change, and the whole way is neither better nor worse; the table shows both."""
    report = found(desk, people(weeks=22), as_of="2026-01-05", periods=10)
    assert not [n for n in said(report) if n.startswith("funnel.step")]
    assert said(report)["funnel"].before is None
    assert "In the 10 weeks before it was 25\u00a0%: 0\u00a0pts (95\u00a0% range" in said(report)["funnel"].sentence
    assert said(report)["funnel"].sentence.endswith(", within what chance brings.")
    assert views.stage_table(report)["Of the first, 10 weeks before"].tolist() == ["100\u00a0%", "50\u00a0%", "25\u00a0%"]


def test_people_who_leave_are_counted_against_those_who_come(desk):
    """Nobody signs up or comes after the tenth week: in the eleventh the 180 of those active in the tenth are gone, none came."""
    rows = [r for r in people() if r[2] < FIRST + timedelta(weeks=10)]
    report = found(desk, rows, as_of="2025-10-20", returning="session_started")
    net = said(report)["net"]
    assert net.headline == "180 more people left than came in the last week"
    assert net.value == -180
    assert report.takeaways()[-1].owner == "Customer Success"


def test_a_repeated_step_is_numbered(desk):
    """A funnel of the same event tells its steps apart."""
    names = views.stages(found(desk, people(), steps=("signed_up", "session_started", "session_started")))["step"]
    assert names.tolist() == ["1. signed up", "2. session started no. 1", "3. session started no. 2"]


def test_slices_are_compared_only_where_they_stand_apart(desk):
    """All who come back are in the EU, none in the US: said; with the same share in both, said too."""
    rows = [r for r in people(back=lambda week: 0.6) if r[1] != "session_started" or int(r[0].split("u")[1]) % 4]
    apart = found(desk, rows, by="region")
    assert views.slices_headline(apart).startswith("eu come back most in week 4")
    assert set(views.by_slice(apart)["cohort"]) == {"eu · 360", "us · 120"}
    assert views.slices_headline(found(desk, people(), by="region")) == "No slice stands apart in week 4"


def test_charts_have_what_they_draw(desk):
    """The grid begins with the mean, ends with the last cohort, and has no cell for a period that has not ended."""
    report = found(desk, people())
    grid = views.grid(report)
    assert grid["cohort"].iloc[0] == "All 12 cohorts"
    assert grid["cohort"].iloc[-1] == "20 Oct · 40"
    assert grid.loc[grid["cohort"] == "20 Oct · 40", "share"].isna().all()
    assert set(views.flows(report)["series"]) == {"came", "left"}
    assert views.habits(report)["people"].notna().any()
    assert views.frequency(report)["share"].sum() == pytest.approx(1)
    assert views.stage_table(report)["Median time since"].tolist() == ["", "5\u00a0hours", "43\u00a0hours"]


def test_without_a_funnel_nothing_is_said_of_one(desk):
    """No steps: no claim, and empty frames to draw."""
    report = found(desk, people(), steps=())
    assert not [n for n in said(report) if n.startswith("funnel")]
    assert views.stages(report).empty
    assert views.stage_table(report).empty


def test_an_event_that_never_happened_is_refused_with_the_near_miss(desk):
    """A misspelt event names the right one."""
    with pytest.raises(InputError, match=r'called "signed_upp".*signed_up'):
        found(desk, people(), start="signed_upp")
    with pytest.raises(InputError, match=r"session_start"):
        found(desk, people(), returning="sesion_started")


def test_nobody_to_follow_is_no_data(desk):
    """Events, but nobody who began in these weeks."""
    with pytest.raises(NoData, match="Nobody began in these 12 weeks"):
        found(desk, people(weeks=2), as_of="2026-06-01")


def test_the_variants_are_named(desk):
    """Every measure says which of its variants it is."""
    told = {d.name: d.text for d in found(desk, people()).definitions()}
    assert told["Retention"] == "first-time, on, calendar weeks."
    assert told["Funnel"].startswith("sequential, within 14 days")
    assert set(told) == {"Retention", "Funnel", "Lifecycle", "Stickiness", "Active users"}
