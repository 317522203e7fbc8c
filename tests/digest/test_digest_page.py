"""A digest tells each thing once: the strongest signal first, what has moved since it was told, and which reports it lacks."""

from datetime import datetime, timedelta
from typing import Any

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from prodops import digest
from prodops.sources.others import COLUMNS

MONDAY, WEEK = datetime(2025, 11, 3), timedelta(weeks=1)
OLD = MONDAY - WEEK


def found(name: str, surprise: float, report: str = "kpis", as_of: datetime = MONDAY, part: str = "all", **more: Any) -> dict[str, Any]:
    """Write a row of findings; its headline says its name."""
    page = f"../../../{report}/{part}/{as_of:%Y-%m-%d}/report.html"
    label = "" if part == "all" else part
    own = {"report": report, "title": report.capitalize(), "slice": part, "label": label, "as_of": as_of, "page": page, "name": name}
    said = {"headline": f"{name} moved", "sentence": f"{name} is what it is.", "surprise": surprise, "unit": "count", "beside": "was"}
    return dict.fromkeys(COLUMNS["findings"]) | own | said | more


def stands(
    report: str = "kpis", as_of: datetime | None = MONDAY, state: str = "ok", failed: datetime | None = None, **more: Any
) -> dict[str, Any]:
    """Write a row of reports."""
    own = {"report": report, "title": report.capitalize(), "slice": "all", "label": "", "as_of": as_of, "page": "", "scheduled": True}
    return own | {"state": state, "failed": failed} | more


def frame(rows: list[dict[str, Any]], what: Any) -> pd.DataFrame:
    made = pd.DataFrame(rows, columns=COLUMNS[what])
    for name in ("as_of", "failed"):
        if name in made:
            made[name] = made[name].astype("datetime64[us]")
    return made


def write(findings: list[dict[str, Any]], reports: list[dict[str, Any]] | None = None, **more: Any) -> digest.Digest:
    given = {"audience": "exec", "as_of": MONDAY} | more
    standing = [stands()] if reports is None else reports
    return digest.write(frame(findings, "findings"), frame(standing, "reports"), **given)


def told(before: digest.Digest) -> pd.DataFrame:
    """Give what a digest published as the next one is given it."""
    return before.published.assign(published_as_of=pd.Timestamp(before.as_of))


def headlines(page: digest.Digest) -> list[str]:
    return [each.headline for each in page.findings()]


# ------------------------------------------------------------------------------------------------------------ the order
def test_the_strongest_signal_stands_first_whatever_its_size() -> None:
    """A small number far from the usual comes before a large one near it; below the least strength it is as usual."""
    rows = [found("kpi.large", 3.0, value=1e9, before=1.0), found("kpi.small", 5.0, value=2.0, before=1.0), found("kpi.usual", 1.9)]
    page = write(rows)
    assert headlines(page) == ["kpi.small moved", "kpi.large moved"]
    assert [each.surprise for each in page.findings()] == [5.0, 3.0]
    assert page.sources[["told", "others", "unchanged", "usual"]].to_numpy().tolist() == [[2, 0, 0, 1]]


def test_what_matters_more_to_an_audience_stands_higher() -> None:
    """Strength is the distance in standard errors, eight at most, times the weight; what no line of the table fits is left out."""
    book = digest.define({"audiences": {"exec": {"kpis": 0.5, "themes": 1}}})
    rows = [found("kpi.a", 50.0), found("theme.b", 5.0, "themes"), found("scenario.c", 8.0, "whatif")]
    page = write(rows, [stands(), stands("themes"), stands("whatif")], book=book)
    assert [(each.headline, each.surprise) for each in page.findings()] == [("theme.b moved", 5.0), ("kpi.a moved", 4.0)]
    assert page.sources["report"].tolist() == ["Kpis", "Themes"]


def test_a_page_has_few_items_and_lists_the_rest() -> None:
    """So many as the table says; the weaker ones are listed with their links, and counted by report."""
    page = write([found(f"kpi.{n}", 8 - n / 2) for n in range(9)])
    assert headlines(page) == [f"kpi.{n} moved" for n in range(7)]
    assert page.rest["headline"].tolist() == ["kpi.7 moved", "kpi.8 moved"]
    assert page.rest["page"].tolist() == ["../../../kpis/all/2025-11-03/report.html"] * 2
    assert page.sources["others"].tolist() == [2]
    again = write([found(f"kpi.{n}", 8 - n / 2) for n in range(9)], as_of=MONDAY + WEEK, told=told(page))
    assert headlines(again) == ["Nothing new for the executives"]  # what was listed was told


def test_a_subject_is_told_once_and_the_others_are_named() -> None:
    """The same theme in two reports and a slice is one item, told by the strongest; each item says where it stands."""
    rows = [
        found("theme.sync.change", 4.0, "themes"),
        found("theme.sync.change", 6.0, "segments", part="enterprise"),
        found("theme.sync.rating", 3.0, "themes", headline="Sync is rated lower"),
    ]
    (one,) = write(rows, [stands("themes"), stands("segments")]).findings()
    assert one.surprise == 6.0
    assert one.page == "../../../segments/enterprise/2025-11-03/report.html"
    assert (one.sentence, one.source) == ("theme.sync.change is what it is.", "Segments, enterprise · also in Themes")
    page = write(rows, [stands("themes"), stands("segments")])
    assert page.rest["headline"].tolist() == ["theme.sync.change moved", "Sync is rated lower"]  # each with its link


def test_a_kpi_a_goal_and_a_launch_are_one_story() -> None:
    """What stands second in a name is the subject, however it is written, and so is the launch since which something holds; two KPIs that
    share nothing are told apart."""
    rows = [
        found("launch.new-plan", 6.0, "launches"),
        found("kpi.churn.since.new_plan", 5.0),
        found("goal.churn", 4.5, "goals"),
        found("loop.new_plan", 4.0, "goals"),
        found("kpi.nps.move", 3.0),
    ]
    page = write(rows, [stands(), stands("launches"), stands("goals")])
    assert headlines(page) == ["launch.new-plan moved", "goal.churn moved", "kpi.nps.move moved"]
    assert page.findings()[0].source == "Launches · also in Kpis and Goals"


# -------------------------------------------------------------------------------------------------------- told before
def test_what_has_not_changed_is_not_told_again() -> None:
    """A value within half its range's width of what was told is counted, not told; one beyond it is told with what it was."""
    first = write([found("kpi.a", 5.0, value=10.0, lower=8.0, upper=12.0, as_of=OLD)], [stands(as_of=OLD)], as_of=OLD)
    near = write([found("kpi.a", 5.0, value=11.9, lower=10.0, upper=14.0)], told=told(first))
    assert headlines(near) == ["Nothing new for the executives"]
    assert near.findings()[0].sentence == "1 finding stands as told before."
    assert near.unchanged["told"].tolist() == ["10 on 27 Oct"]
    far = write([found("kpi.a", 5.0, value=12.1, lower=10.0, upper=14.0, good="down")], told=told(first))
    assert far.findings()[0].source == "Kpis · worse than 10 on 27 Oct"
    assert (near.scope.scope, far.scope.scope) == ("for the executives · 1 unchanged", "for the executives · 1 moved")


def test_a_range_that_is_not_said_is_implied() -> None:
    """Four standard errors above what it was: half its range is 1.96 of them, as far as it may move unsaid."""
    first = write([found("kpi.a", 4.0, value=14.0, before=10.0, as_of=OLD)], [stands(as_of=OLD)], as_of=OLD)
    moved = {
        value: headlines(write([found("kpi.a", 4.0, value=value, before=10.0, headline="Now")], told=told(first))) for value in (15.9, 16.0)
    }
    assert moved == {15.9: ["Nothing new for the executives"], 16.0: ["Now"]}


def test_a_slow_drift_is_told_in_the_end() -> None:
    """What was told stays what later values are held against, so that many small steps do not hide a large one."""
    page = write([found("kpi.a", 5.0, value=10.0, lower=9.0, upper=11.0)], as_of=MONDAY)
    said = []
    for step in range(1, 5):
        now = MONDAY + step * WEEK
        row = found("kpi.a", 5.0, value=10.0 + 0.4 * step, lower=9.0, upper=11.0, as_of=now)
        page = write([row], [stands(as_of=now)], as_of=now, told=told(page))
        said.append(headlines(page)[0])
    assert said == ["Nothing new for the executives"] * 2 + ["kpi.a moved", "Nothing new for the executives"]


def test_what_is_new_is_said_to_be() -> None:
    """After a first digest, what it did not tell is new since then; in the first nothing is called new."""
    first = write([found("kpi.a", 5.0, as_of=OLD)], [stands(as_of=OLD)], as_of=OLD)
    assert (first.findings()[0].source, first.scope.scope) == ("Kpis", "for the executives · first digest, 1 finding")
    second = write([found("kpi.a", 5.0), found("kpi.b", 4.0)], told=told(first))
    assert headlines(second) == ["kpi.b moved"]
    assert (second.findings()[0].source, second.scope.scope) == ("Kpis · new since 27 Oct", "for the executives · 1 new, 1 unchanged")


def test_a_digest_that_told_nothing_was_a_digest() -> None:
    """The next one knows that it was made, and what is told then is new since."""
    quiet = write([found("kpi.a", 1.0, as_of=OLD)], [stands(as_of=OLD)], as_of=OLD)
    assert write([found("kpi.a", 5.0)], told=told(quiet)).findings()[0].source == "Kpis · new since 27 Oct"


def test_what_came_back_to_usual_is_said_once() -> None:
    """Weak again, or not said any more: listed as that, and forgotten; while its report has not run since, nothing is said of it."""
    rows = [found("kpi.a", 5.0, as_of=OLD, value=9.0), found("kpi.b", 4.0, as_of=OLD)]
    first = write(rows, [stands(as_of=OLD)], as_of=OLD)
    waiting = write([], [stands(as_of=OLD)], told=told(first))
    assert waiting.no_longer.empty
    second = write([found("kpi.a", 1.0, value=4.0)], told=told(waiting))
    assert second.no_longer[["headline", "told", "now"]].to_numpy().tolist() == [
        ["kpi.a moved", "9 on 27 Oct", "as usual: 4"],
        ["kpi.b moved", "on 27 Oct", "said no more"],
    ]
    later = MONDAY + WEEK
    assert write([], [stands(as_of=later)], as_of=later, told=told(second)).no_longer.empty


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.floats(0, 20), st.floats(-1e3, 1e3)), max_size=8, unique_by=lambda row: row[0]))
def test_the_same_findings_are_never_told_twice(rows: list[tuple[str, float, float]]) -> None:
    """Whatever was found, a second digest of the very same findings has nothing new; and the order of rows makes no difference."""
    findings = [found(f"kpi.{name}", surprise, value=value, lower=value - 1, upper=value + 1) for name, surprise, value in rows]
    first = write(findings)
    assert first.findings() == write(findings[::-1]).findings()
    again = write(findings, as_of=MONDAY + WEEK, told=told(first))
    assert not set(headlines(again)) & set(headlines(first)) or not first.shown
    assert len(again.unchanged) == len([each for each in rows if each[1] >= 2])


# -------------------------------------------------------------------------------------------------- what the page lacks
def test_no_other_report_is_said_so() -> None:
    """Without a press, without a run, and where all reports found nothing: each has a page that is true."""
    assert headlines(write([], [])) == ["No report was handed to this digest"]
    assert headlines(write([], [stands(as_of=None, state="none")]))[0] == "No other report has run"
    quiet = write([], [stands(state="no data")])
    assert (headlines(quiet), quiet.findings()[0].sentence) == (["Nothing new for the executives"], "The reports found nothing.")
    assert [each.claim for each in quiet.takeaways()] == ["Nothing new asks the executives for a decision."]


def test_reports_that_are_missing_or_old_are_named() -> None:
    """One that failed, one that never ran though it is due, one of two weeks ago; one made by hand is missed by nobody."""
    rows = [
        stands("a", as_of=OLD, failed=MONDAY),
        stands("b", as_of=None, state="none"),
        stands("c", as_of=MONDAY - 2 * WEEK),
        stands("d", as_of=None, state="none", scheduled=False),
        stands("e"),
    ]
    page = write([found("kpi.x", 5.0)], rows)
    last = page.findings()[-1]
    assert last.headline == "3 reports are missing or old"
    assert last.sentence == "A failed on 3 Nov 2025: what is told of it is of 27 Oct 2025. B has not run. C is of 20 Oct 2025."
    assert page.sources["state"].tolist() == ["failed since", "has not run", "", ""]


def test_what_the_reports_ask_is_handed_on() -> None:
    """Decision, owner and doubt of what is told: first what stands on the wrong side of what it was, then what is welcome, then what is over.
    Where no report asks anything, somebody is to read the first."""
    rows = [
        found("kpi.good", 6.0, value=2.0, before=1.0, good="up", decision="Keep it.", owner="Growth"),
        found("kpi.past", 7.0, value=1.0, before=2.0, good="up", decision="Ask why.", is_over=True),
        found("kpi.bad", 3.0, value=1.0, before=2.0, good="up", decision="Mend it.", owner="Delivery", changes_our_mind="A week of 2."),
    ]
    asked = write(rows).takeaways()
    assert [(each.claim, each.decision) for each in asked] == [
        ("kpi.bad moved.", "Mend it."),
        ("kpi.good moved.", "Keep it."),
        ("kpi.past moved.", "Ask why."),
    ]
    assert (asked[0].owner, asked[0].changes_our_mind, asked[0].about) == ("Delivery", "A week of 2.", "kpi.bad")
    (alone,) = write([row | {"decision": None} for row in rows]).takeaways()
    assert (alone.claim, alone.decision) == ("kpi.bad moved.", "Read it in Kpis, and say who looks into it.")


def test_what_is_over_counts_half() -> None:
    """A stronger signal that has passed stands below one that stands, and says that it has."""
    page = write([found("kpi.past", 7.0, is_over=True), found("kpi.now", 3.6)])
    assert headlines(page) == ["kpi.now moved", "kpi.past moved"]
    assert page.findings()[1].source == "Kpis · over: back in its usual range"


def test_a_page_says_two_sentences_of_each() -> None:
    """Of another report's sentences the first two, or the first where both have more than forty-five words; the link has the rest."""
    few, many = "It fell to 2.5 pts (95 % range 1 to 4). Sync broke at the time. More.", f"It {'really ' * 42}fell. Sync broke. More."
    said = {each.name: each.sentence for each in write([found("a", 3.0, sentence=few), found("b", 3.0, sentence=many)]).findings()}
    assert said["a"] == "It fell to 2.5 pts (95 % range 1 to 4). Sync broke at the time."
    assert said["b"] == many.partition(" Sync")[0]


def test_a_day_is_said_where_it_is_another() -> None:
    """A report of the digest's own day needs no date, an older one has it."""
    old, now = found("a", 3.0, "flow", as_of=MONDAY - timedelta(days=2)), found("b", 4.0)
    page = write([old, now], [stands(), stands("flow", as_of=MONDAY - timedelta(days=2))])
    assert [each.source for each in page.findings()] == ["Kpis", "Flow, 1 Nov"]
    assert page.sources["found"].tolist() == ["1 above", "1 above"]
