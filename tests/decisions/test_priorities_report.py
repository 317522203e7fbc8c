"""The report says what the numbers do: most surprising first, each in a heading and a sentence, and nothing of what is not there."""

from datetime import datetime
from typing import Any

import pandas as pd
import pytest
from pasts import Book, Kpi, spoken, weekly

from prodops import decisions
from prodops.decisions import readable
from prodops.decisions.wording import alike
from prodops.stamps import STAMP_MIME
from prodops.workspace import Workspace

BOOK: Any = Book(
    activation=Kpi("Activation", "up", "share", "Growth"), errors=Kpi("Failed syncs", "down", "share"), users=Kpi("Active users")
)
RICE = {"reach": [100, 200], "impact": 1, "confidence": 0.8, "effort": [1, 2]}
JITTER = [0.01, -0.01] * 13


class Desk:
    """Goals and launches as a desk gives them."""

    as_of = datetime(2025, 11, 3)
    workspace = Workspace()

    def __init__(self, **tables: pd.DataFrame) -> None:
        self.tables = tables

    def has(self, kind: str) -> bool:
        return kind in self.tables

    def read(self, what: Any, *, name: str = "") -> pd.DataFrame:
        return self.tables[what]


GOALS = pd.DataFrame(
    {
        "goal": ["Get going", "Sync without loss", "Gone"],
        "kpi": ["activation", "errors", "gone"],
        "start_on": pd.to_datetime(["2025-07-01"] * 3),
        "due_on": pd.to_datetime(["2025-12-31"] * 3),
        "start_value": [0.34, 0.20, 1.0],
        "target": [0.45, 0.10, 2.0],
        "owner": ["Growth", "Engineering", None],
    }
)
LAUNCHES = pd.DataFrame({"name": ["Guide"], "launched_on": pd.to_datetime(["2025-08-04"])})
PAST = pd.concat(
    [
        weekly("activation", [0.34 + j if at < 13 else 0.45 + j for at, j in enumerate(JITTER)]),
        weekly("errors", [0.20 + j for j in JITTER]),
        weekly("users", [1000.0] * 26),
    ]
)
THEMES = spoken("Sync", [20.0, 22.0] * 13)
BACKLOG = {
    "capacity": 3,
    "candidates": {
        "sync": {"goals": "Sync without loss", "themes": "Sync", "rice": {**RICE, "reach": {"from_theme": "sync", "times": [2, 4]}}},
        "search": {"rice": RICE, "ice": {"impact": 5, "confidence": 5, "ease": 5}},
        "dark": {"rice": {**RICE, "reach": 5}},
        "lost": {"rice": {**RICE, "reach": {"from_kpi": "activaton"}}},
    },
}
LOG = {
    "actions": {
        "guide": {"title": "Guide", "shipped": "2025-08-04", "kpi": "activation", "owner": "Growth"},
        "letter": {"due": "2025-10-01", "team": "Birch", "waiting": {"on": "Legal", "for": "the wording", "since": "2025-09-22"}},
        "late": {"due": "2025-10-30", "owner": "Ana"},
        "bare": {"shipped": "2025-08-04"},
    }
}


@pytest.fixture(scope="module")
def review() -> decisions.Review:
    desk = Desk(goals=GOALS, launches=LAUNCHES)
    return decisions.review(
        desk,
        decisions.define(BACKLOG),
        decisions.actions(LOG),
        book=BOOK,
        history=PAST,
        themes=THEMES,
        exposure="users",
        top=1,
        draws=2_000,
    )


def said(review: decisions.Review, name: str) -> str:
    finding = next(f for f in review.findings() if f.name == name)
    return f"{finding.headline}. {finding.sentence}"


def test_goals_say_how_they_stand_and_after_which_event(review: decisions.Review) -> None:
    """The goal that is ahead names the launch after which its KPI stands elsewhere; the one that stood still is behind."""
    ahead = said(review, "goal.activation")
    assert ahead.startswith("“Get going” is ahead: Activation 44\u00a0% (smoothed), 41\u00a0% due by now")
    assert "before Guide (4 Aug 2025) and 45\u00a0% after (+11\u00a0pts" in ahead
    assert said(review, "goal.errors").startswith("“Sync without loss” is behind: Failed syncs 20\u00a0% (smoothed), 13\u00a0% due by now")
    assert 'Gone: there is no value of the KPI "gone"' in said(review, "goal.unknown")


def test_reach_from_the_data_is_stated(review: decisions.Review) -> None:
    """274 voices in the last 13 weeks, times 2 to 4 (2.83): the definition says so; a KPI that is not there keeps its candidate out."""
    amount = review.backlog["sync"].inputs("rice")["reach"]
    assert amount.likely == pytest.approx(274 * 8**0.5)  # type: ignore[union-attr]
    assert any("voices on “Sync” in a quarter, from the last 13 weeks" in d.text for d in review.definitions())
    left_out = said(review, "rank.left_out")
    assert left_out.startswith("1 candidate could not be ranked by RICE")
    assert 'There is no value of the KPI "activaton". Did you mean "activation"?' in left_out


def test_the_order_and_its_line_are_told(review: decisions.Review) -> None:
    """Sync reaches many more: first for sure; two fit into three person-months."""
    assert review.ranking["candidate"].tolist() == ["sync", "search", "dark"]
    assert said(review, "rank.first").startswith("Sync comes first by RICE, in over 99\u00a0% of draws")
    assert "3 person-months reach down to Search" in said(review, "rank.line")


def test_loops_are_told_together_but_for_clear_outcomes(review: decisions.Review) -> None:
    """What helped has a finding of its own; what is owed, overdue or not measured is told together."""
    assert said(review, "loop.guide").startswith("Guide has helped: Activation 45\u00a0%, before 34\u00a0%")
    assert "Birch waits on Legal for the wording, since 22 Sep 2025" in said(review, "loop.owed")
    assert said(review, "loop.overdue").startswith("1 action overdue, the longest by 4 days. Late (Ana), due 30 Oct 2025, 4 days ago")
    assert "Bare, shipped 4 Aug 2025: it names no theme and no KPI" in said(review, "loop.not_measured")


def test_sections_show_what_wants_a_decision(review: decisions.Review) -> None:
    """Goals behind or not known and actions late, owed or with a clear outcome are shown; what is ahead or cannot be measured stands in the
    tables, methods apart from the order."""
    assert {f.name for f in review.about("goal")} == {"goal.errors", "goal.unknown"}
    assert {f.name for f in review.about("loop")} == {"loop.guide", "loop.owed", "loop.overdue"}
    assert not [f for f in review.about("rank") if f.name == "rank.methods"]
    calm = decisions.review(
        Desk(goals=GOALS[:1], launches=LAUNCHES),
        decisions.define({}),
        decisions.actions({"actions": {"bare": LOG["actions"]["bare"]}}),
        book=BOOK,
        history=PAST,
    )
    for part, told in (("goal", "No goal is behind"), ("loop", "No action has a clear outcome"), ("rank", "Nothing to rank")):
        assert calm.says(part)._repr_mimebundle_()["text/plain"].startswith(told)


def test_a_method_is_spelt_out_once(review: decisions.Review) -> None:
    """The formula stands where the order is told; the other methods' with what hangs on them."""
    assert "by RICE (reach × impact × confidence ÷ effort)" in said(review, "rank.first")
    both = {"rice": RICE, "ice": {"impact": 5, "confidence": 5, "ease": 5}}
    two = decisions.review(Desk(), decisions.define({"candidates": {"a": both, "b": both}}), decisions.actions({}), book=None, draws=200)
    assert said(two, "rank.methods").endswith("Beside RICE: ICE (impact × confidence × ease).")


def test_the_surest_place_is_a_heading(review: decisions.Review) -> None:
    """Dark comes last in nearly all draws; rows stand in the order in which chances do."""
    assert readable.places_headline(review) == "The surest place is the first: Sync, in over 99\u00a0% of draws"
    assert list(dict.fromkeys(readable.place_grid(review)["title"])) == list(readable.chances(review)["title"])


def test_numbers_and_their_difference_add_up() -> None:
    """One decimal where a number is small or whole ones would not add up; other units as they are."""
    assert alike(0.0203, 0.0415, "share") == ("2.0\u00a0%", "4.2\u00a0%", "+2.2\u00a0pts")
    assert alike(21.38, -6.94, "nps") == ("21.4\u00a0pts", "−6.9\u00a0pts", "−28.3\u00a0pts")
    assert alike(0.347, 0.456, "share") == ("35\u00a0%", "46\u00a0%", "+11\u00a0pts")
    assert alike(0.206, 0.354, "share") == ("20.6\u00a0%", "35.4\u00a0%", "+14.8\u00a0pts")
    assert alike(1200, 900, "count") == ("1,200", "900", "−300")


def test_most_surprising_first_and_headings_short(review: decisions.Review) -> None:
    """Findings come by surprise, names are distinct, headings are at most 80 characters, and no raw name shows."""
    found = review.findings()
    assert [f.surprise for f in found] == sorted((f.surprise for f in found), reverse=True)
    assert len({f.name for f in found}) == len(found)
    assert max(len(f.headline) for f in found) <= 80
    assert not [f for f in found if "_" in f.headline]
    assert review.headlines() == found[:5]


def test_tiles_takeaways_definitions_and_tables(review: decisions.Review) -> None:
    """A tile for each goal whose KPI is known; decisions with owners; tables that a reader can read."""
    assert [(t.title, t.target) for t in review.tiles()] == [("Get going: Activation", 0.45), ("Sync without loss: Failed syncs", 0.10)]
    claims = [t.claim for t in review.takeaways()]
    assert claims[0] == "Behind: Sync without loss (0.0 of 0.7 due)."
    assert claims[-1] == "3 loops of 4 open: 1 overdue, 1 waiting on others and 1 not to be measured."
    assert [d.name for d in review.definitions()] == ["Score by RICE", "Grade of a goal", "Outcome of an action"]
    assert list(readable.open_loops(review)["Stands"]) == [
        "overdue by 4 days",
        "waiting for 42 days: on Legal for the wording; 33 days overdue",
        "shipped 91 days ago, not measured: it names no theme and no KPI to be measured by",
    ]
    assert list(readable.goals(review)["goal"]) == ["Sync without loss", "Get going"]
    assert readable.goals_headline(review) == "1 of 2 goals is behind or perhaps behind"
    assert readable.order_headline(review) == "1 candidate is sure of a place among the first 1"
    assert list(readable.ranking(review)["Above the line"])[::2] == ["over 99\u00a0%", "under 1\u00a0%"]
    assert list(readable.purposes(review).columns) == ["Candidate", "Answers", "Goals"]
    assert list(readable.outcomes(review)["Outcome"]) == ["helped"]
    assert review.scope.line() == "1 Jul – 2 Nov 2025 · 3 goals, 4 candidates, 4 actions"


def test_a_workspace_with_nothing_says_so() -> None:
    """No goals, candidates, actions, KPIs or feedback: one finding, notes instead of sections, no takeaway, no fault."""
    empty = decisions.review(Desk(), decisions.define({}), decisions.actions({}), book=None)
    (only,) = empty.findings()
    assert only.headline == "There is nothing to decide on yet"
    assert "no candidates: name them in params/candidates.yaml" in only.sentence
    assert empty.tiles() == empty.definitions() == ()
    assert [t.claim for t in empty.takeaways()] == ["There is nothing to decide on yet."]
    assert STAMP_MIME not in empty.says("rank")._repr_mimebundle_()
    for table in ("goals", "goal_table", "ranking", "purposes", "chances", "place_grid", "methods", "open_loops", "outcomes", "owed"):
        assert getattr(readable, table)(empty).empty
    assert decisions.asked(Desk(), decisions.define({}), decisions.actions({}), None) == []


def test_equal_and_single_candidates_are_told_plainly() -> None:
    """Candidates that score the same say so; a single one has no order."""
    same = {"rice": {"reach": 5, "impact": 1, "confidence": 1, "effort": 1}}
    for candidates, headline in (({"a": same, "b": same}, "A and B score the same by RICE"), ({"a": same}, "A is the only candidate")):
        review = decisions.review(Desk(), decisions.define({"candidates": candidates}), decisions.actions({}), book=None, draws=200)
        assert said(review, "rank.first").startswith(headline)


def test_the_kpis_that_are_needed_are_listed() -> None:
    """Those of goals, candidates, actions and sources that the book has, and who was listened to."""
    found = decisions.asked(Desk(goals=GOALS), decisions.define(BACKLOG), decisions.actions(LOG), BOOK, exposure="users")
    assert found == ["activation", "errors", "users"]
