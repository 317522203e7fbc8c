"""The sample company's story, found through the public functions with the KPIs as shipped."""

import re
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from prodops import samples
from prodops.kpis import compute, define, review, since
from prodops.workspace import last_periods, read_yaml

KPIS = Path(__file__).parents[2] / "params" / "kpis.yaml"


@pytest.fixture(scope="module")
def lumen(desk, tmp_path_factory):
    """Lumen Desk with all its users and a fifth of their events."""
    files = samples.write(tmp_path_factory.mktemp("lumen"), events=300_000, feedback=2_000)
    return desk(samples.AS_OF.isoformat(), **{kind: pd.read_parquet(files[kind]) for kind in files if kind != "feedback_truth"})


@pytest.fixture(scope="module")
def page(lumen):
    return review(lumen, define(read_yaml(KPIS)))


def finding(page, name):
    return next(f for f in page.findings() if f.name == name)


def test_the_outage_is_found_in_its_segment_and_on_its_platform(page):
    """Its numbers are told of enterprise users on iOS, in its weeks, with the way down to them and its entry in the calendar."""
    moves = {m.kpi: m for m in page.news.moves if m.kpi in ("tasks_completed_per_active_user", "sync_failure_share")}
    assert "sync_failure_share" in moves
    for name, move in moves.items():
        assert move.start in (date(2025, 10, 13), date(2025, 10, 20))
        place = (move.place.dimension, move.place.slice) if move.place else (move.dimension, move.slice)
        assert place == ("segment · platform", "enterprise · ios")
        told = finding(page, f"kpi.{name}.move")
        assert told.is_over == (move.is_back and not move.is_latest)
        assert "in enterprise on ios" in told.headline if move.slice else True
        assert re.search(
            "segment enterprise brought [^,]+, and within it platform ios|platform ios brought [^,]+, and within it segment enterprise",
            told.sentence,
        )
        assert "At the same time: Sync outage on iOS (14–24 Oct 2025)" in told.sentence
    assert page.findings()[0].name in {f"kpi.{name}.move" for name in moves}


def test_the_launch_is_found_to_have_raised_activation(page):
    """Activation went from about 34 to about 44 % after Guided onboarding, the range of the change holds ten points, and no slice stands out."""
    shift = finding(page, "kpi.activation_rate.since.guided_onboarding")
    assert (shift.before, shift.value) == (pytest.approx(0.34, abs=0.03), pytest.approx(0.44, abs=0.03))
    assert "brought" not in shift.sentence
    assert [s.on for s in page.news.shifts if s.kpi == "activation_rate"] == [date(2025, 7, 7)]


def test_the_price_change_is_found_to_have_raised_churn_in_the_team_plan(page, lumen):
    """Churn of the team plan rose after the price change and brought all of the whole's rise; the other plan's did not move."""
    shift = next(s for s in page.news.shifts if s.kpi == "monthly_churn_rate")
    assert (shift.dimension, shift.slice, shift.on) == ("plan", "team", date(2025, 4, 7))
    told = since(lumen, page.book, "monthly_churn_rate", on=date(2025, 4, 7), by="plan").set_index("slice")
    assert told.loc["team", "lower"] > 0.01
    assert told.loc["business", "lower"] < 0
    why = page.news.whys["monthly_churn_rate", "plan", "team"]
    assert (why.accent, why.frame["part"].iloc[0]) == ("team", "team")
    assert why.frame["share"].iloc[0] > 0.9
    said = finding(page, "kpi.monthly_churn_rate.since.team_plan_price_change").sentence
    assert "from 7 Apr 2025 against" in said
    assert "plan team brought" in said


def test_every_why_adds_up(page):
    """What the slices brought adds up to the change, but for people counted in two of them."""
    assert {key[0] for key in page.news.whys} >= {"activation_rate", "monthly_churn_rate", "sync_failure_share"}
    for why in page.news.whys.values():
        assert why.frame["contribution"].sum() == pytest.approx(why.after - why.before, rel=0.05)


def test_nothing_else_is_told_to_have_moved(page):
    """The story has an outage, a launch and a price change, and the report names no other date as one after which a number shifted."""
    assert {(s.kpi, s.on) for s in page.news.shifts} == {("activation_rate", date(2025, 7, 7)), ("monthly_churn_rate", date(2025, 4, 7))}


def test_the_bottleneck_is_found_in_review(page):
    """Items wait longer in Review than a year before, and longer than in any other state."""
    drift = finding(page, "kpi.review_wait_days.year")
    assert drift.value > 1.3 * drift.before
    assert "Review is the slowest of 5 stages" in drift.sentence
    assert page.stages["review_wait_days"][0].state == "Review"


def test_the_takeaways_ask_for_what_the_story_needs(page):
    """Three decisions, on three different things, unwelcome ones first."""
    asked = page.takeaways()
    assert len(asked) == 3
    assert len({t.decision for t in asked}) == 3
    assert all(t.owner and t.changes_our_mind for t in asked)


def test_all_headings_fit(page):
    """Headlines are at most 80 characters, and every finding has a sentence that ends."""
    assert [f.headline for f in page.findings() if len(f.headline) > 80] == []
    assert all(f.sentence.endswith(".") for f in page.findings())


def test_every_kpi_has_a_number_in_the_last_whole_month(lumen, page):
    """Twelve KPIs, each with a value a reader would believe; churn is the only one that waits for a month, activation for its window."""
    got = compute(lumen, page.book, grain="month", periods=last_periods(lumen.as_of, "month", 2), names=list(page.table["kpi"]))
    known = got[got["value"].notna()].groupby("kpi").size()
    assert known.drop("activation_rate").unique().tolist() == [2]
    assert known["activation_rate"] == 1  # October's window has not passed
    assert got.loc[got["kpi"].isin(["monthly_churn_rate", "csat", "sync_failure_share"]), "value"].between(0, 1).all()


def test_chapters_hold_the_series_that_findings_rest_on(page):
    """Each chapter draws its own finding's number: the move's value in its week, outside the band around it where it moved at once."""
    chapters = page.chapters(4)
    assert [c.finding for c in chapters] == [f for f in page.findings() if f in {c.finding for c in chapters}]
    for chapter in chapters:
        assert list(chapter.frame.columns) == ["period_start", "value", "lower", "upper", "complete"]
        assert chapter.frame["period_start"].is_monotonic_increasing
    points = {m.kpi for m in page.news.moves if m.rule == "point"}
    for chapter in (c for c in chapters if c.finding.name.endswith(".move") and c.finding.name.split(".")[1] in points):
        assert chapter.band == "usual range"
        (row,) = chapter.frame[chapter.frame["value"] == chapter.finding.value].to_dict("records")
        assert not row["lower"] <= row["value"] <= row["upper"]


def test_each_number_has_one_chapter(page):
    """However many findings a number has, it is drawn once, and no more chapters are given than asked for."""
    assert len({(c.title, c.finding.name.split(".")[1]) for c in page.chapters(12)}) == len(page.chapters(12))
    assert len(page.chapters(1)) == 1
