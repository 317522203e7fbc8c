"""The report: what was answered, where it moved and among whom, and that nobody can be made out."""

import math
import random

import numpy as np
import pandas as pd
import pytest
from survey_desk import FakeDesk, answers

from prodops import surveys
from prodops.errors import NoData
from prodops.surveys import chapters, listing, titles, views, words

LAUNCHES = [
    {"name": "New prices", "launched_on": "2025-03-25", "kind": "pricing", "tier": 1, "segment": None, "ended_on": None},
    {"name": "Dark mode", "launched_on": "2025-03-28", "kind": "launch", "tier": 3, "segment": None, "ended_on": None},
]


def scores(seed: int, n: int, promoters: float, detractors: float) -> list[int]:
    chance = random.Random(seed)
    return [10 if (u := chance.random()) < promoters else 3 if u < promoters + detractors else 8 for _ in range(n)]


def two_groups(after: float) -> list[dict[str, object]]:
    """Write four waves of two segments; small's detractors come to ``after`` from April on."""
    rows = []
    for i, day in enumerate(("2024-10-07", "2025-01-06", "2025-04-07", "2025-07-07")):
        late = i > 1
        rows += answers("nps", day, scores(i, 120, 0.5, 0.2), who="b", segment="big")
        rows += answers("nps", day, scores(9 + i, 120, 0.5 - after * late / 2, 0.2 + after * late), who="s", segment="small")
    return rows


# ------------------------------------------------------------------------------------------------------------- the scores
def test_a_score_leaves_codes_for_no_answer_out() -> None:
    """Of 10, 9, 7, 3 and two 11 the NPS is 100 · (2 − 1) ÷ 4; the 11 are counted as no answer, not as promoters."""
    asked = surveys.define({"questions": {"NETPRO": {"kind": "nps", "no_answer": 11}}, "least_group": 1})
    found = surveys.report(FakeDesk("2025-02-01", surveys=answers("NETPRO", "2025-01-06", [10, 9, 7, 3, 11, 11])), asked)
    row = found.now.iloc[0]
    assert (row["value"], row["n"]) == (25.0, 4)
    assert found.tallies["NETPRO"].unanswered == 2
    assert "NETPRO 2" in next(d.text for d in found.definitions() if d.name == "Left out")


def test_waves_are_compared_and_the_last_answer_counts() -> None:
    """A respondent who answers twice in a wave counts once, by the last answer; the change is that of the two waves."""
    rows = [*answers("nps", "2025-01-06", [10] * 30 + [0] * 10), *answers("nps", "2025-04-07", [0] * 30 + [10] * 10, who="v")]
    rows += answers("nps", "2025-04-08", [0] * 10, who="v3")  # v30 … v39 think again
    row = surveys.report(FakeDesk("2025-05-01", surveys=rows), surveys.define({"questions": {"nps": "nps"}})).now.iloc[0]
    assert (row["before_wave"], row["before"], row["wave"], row["value"], row["n"]) == ("Jan 2025", 50.0, "Apr 2025", -100.0, 40)
    assert row["change"] == -150
    assert row["p"] < 0.001


def test_product_market_fit_is_held_against_its_bar() -> None:
    """Thirty of a hundred would be very disappointed: below 40 %, and the report says so."""
    words = ["Very disappointed"] * 30 + ["not disappointed"] * 70
    found = surveys.report(FakeDesk("2025-02-01", surveys=answers("pmf", "2025-01-06", words, column="answer")), surveys.define({}))
    finding = found.findings()[0]
    assert (finding.value, finding.unit) == (0.3, "share")
    assert "below the bar of 40" in finding.sentence
    assert found.tiles()[0].target == 0.4


# ------------------------------------------------------------------------------------------------- where, and among whom
def test_a_groups_step_is_named_with_what_stood_beside_it() -> None:
    """Only small moved, from April on: its step is told against all others, beside the price change and not the small launch."""
    desk = FakeDesk("2025-08-01", surveys=two_groups(0.35), launches=LAUNCHES)
    found = surveys.report(desk, surveys.define({"questions": {"nps": "nps"}}))
    step = found.shifts.iloc[0]
    assert (step["by"], step["group"], step["wave"], step["once"]) == ("segment", "small", "Apr 2025", False)
    assert step["change"] < -30 < step["rest_lower"]
    finding = found.findings()[0]
    assert finding.headline.startswith("NPS of small is ")
    assert "lower since Apr 2025" in finding.headline
    assert "New prices (25 Mar 2025)" in finding.sentence


def test_the_drawing_of_groups_tells_what_the_finding_tells() -> None:
    """The group's change in the drawing is that of the sentence, from the step's wave on against all before; the other group stood still."""
    found = surveys.report(FakeDesk("2025-08-01", surveys=two_groups(0.35)), surveys.define({"questions": {"nps": "nps"}}))
    moved, step = chapters.moves(found), found.shifts.iloc[0]
    assert moved is not None
    drawn = moved.rows.set_index("group")
    assert drawn.loc["small (segment)", "change"] == step["after"] - step["before"]
    assert drawn.loc["big (segment)", "lower"] < 0 < drawn.loc["big (segment)", "upper"]
    assert moved.title == "NPS fell among small; 1 other moved within chance"
    assert moved.subtitle == "answers from Apr 2025 on less those before, by group"


def test_no_step_is_told_where_nothing_moved() -> None:
    """Four waves of the same people's mind have no step, and the report decides nothing."""
    found = surveys.report(FakeDesk("2025-08-01", surveys=two_groups(0.0)), surveys.define({"questions": {"nps": "nps"}}))
    assert found.shifts.empty
    assert found.takeaways()[0].claim.startswith("No score moved beyond chance")


def test_false_steps_are_rare() -> None:
    """Of 40 surveys of six steady waves in three groups at most two have a step (1 % is asked of each)."""
    from prodops.surveys.asked import Question
    from prodops.surveys.shifts import shifts
    from prodops.surveys.tallies import Tally
    from prodops.surveys.waves import Wave

    marks = pd.DataFrame({"name": [], "launched_on": pd.Series([], dtype="datetime64[us]"), "kind": [], "segment": []})
    rounds = tuple(Wave(str(i), pd.Timestamp(2020 + i, 1, 1), pd.Timestamp(2020 + i, 2, 1)) for i in range(6))
    false = 0
    for seed in range(40):
        drawn = np.random.default_rng(seed).multinomial(60, [1 / 3] * 3, size=(6, 3))
        rows = [(at, "abc"[g], 100.0 * (i - 1), int(drawn[at, g, i])) for at in range(6) for g in range(3) for i in range(3)]
        frame = pd.DataFrame(rows, columns=["at", "segment", "value", "n"])
        false += not shifts({"nps": Tally(Question(kind="nps", name="nps"), rounds, frame)}, ("segment",), 5, marks).empty
    assert false <= 2


def test_groups_of_too_few_are_kept_back_everywhere() -> None:
    """A group of three is in no table, chart or sentence, and neither is the one through which it could be worked out."""
    rows = [*answers("nps", "2025-01-06", [9] * 40, segment="large"), *answers("nps", "2025-01-06", [3] * 8, who="m", segment="middle")]
    rows += answers("nps", "2025-01-06", [0] * 3, who="t", segment="tiny", comment="we are few")
    found = surveys.report(FakeDesk("2025-02-01", surveys=rows), surveys.define({"questions": {"nps": "nps"}}))
    assert list(found.groups["group"]) == ["large"]
    assert found.kept_back == 2
    assert set(found.comments["segment"].dropna()) == set()
    told = [*views.by_group(found).to_string().split(), *(chapters.moves(found).rows["group"] if chapters.moves(found) else [])]
    assert not {"middle", "tiny"} & {word.strip("()") for word in told}


def test_a_wave_of_too_few_is_not_shown() -> None:
    """Four answers are no score: that they are too few is all that is said of them."""
    found = surveys.report(FakeDesk("2025-02-01", surveys=answers("nps", "2025-01-06", [9, 3, 8, 10])), surveys.define({}))
    assert found.scores.empty
    assert [f.name for f in found.findings()] == ["survey.too_few"]
    assert found.takeaways()[0].claim == "There are too few answers."
    assert found.tiles() == ()
    assert list(chapters.drawn(found)) == []


# ------------------------------------------------------------------------------------------------------- what people want
def test_pairs_are_read_from_one_respondent() -> None:
    """Kano's classes and Ulwick's scores come from respondents who answered both sides."""
    rows = answers("offline_with", "2025-01-06", ["I expect it"] * 20, column="answer")
    rows += answers("offline_without", "2025-01-06", ["I dislike it"] * 18, column="answer")
    rows += answers("find_importance", "2025-01-06", [10] * 16 + [2] * 4) + answers("find_satisfaction", "2025-01-06", [1] * 20)
    found = surveys.report(FakeDesk("2025-02-01", surveys=rows), surveys.define({}))
    idea, job = found.kano.iloc[0], found.opportunities.iloc[0]
    assert (idea["title"], idea["category"], idea["n"], idea["worse"], idea["better"]) == ("Offline", "M", 18, 1.0, 0.0)
    assert (job["title"], job["n"], job["score"]) == ("Find", 20, 16.0)
    assert [f.name for f in found.findings()] == ["survey.opportunity.find", "survey.kano.offline"]


def test_choices_and_grids_are_counted() -> None:
    """Several choices are shares of those who answered; a grid's items are ranked by their top boxes, "never used" left out."""
    rows = answers("tools", "2025-01-06", ["Slack;Jira", "Slack", "Jira", "Slack;Excel", "Slack"] * 6, column="answer")
    rows += answers("speed", "2025-01-06", [5] * 6 + [1] * 4) + answers("looks", "2025-01-06", [5] * 9 + [1] + [0] * 5)
    asked = surveys.define({"questions": {"tools": "multi", "grid": {"kind": "matrix", "items": ["speed", "looks"], "no_answer": 0}}})
    found = surveys.report(FakeDesk("2025-02-01", surveys=rows), asked)
    assert dict(zip(found.choices["answer"], found.choices["share"], strict=True)) == {"Slack": 0.8, "Jira": 0.4, "Excel": 0.2}
    assert list(zip(found.items["item"], found.items["value"], found.items["n"], strict=True)) == [("speed", 0.6, 10), ("looks", 0.9, 10)]


def test_words_of_a_few_are_not_told() -> None:
    """What fewer than five chose, such as somebody's own words, is in no list and no sentence."""
    rows = answers("cloud", "2025-01-06", ["AWS"] * 20 + ["GCP"] * 9 + ["my uncle's cellar"] * 2, column="answer")
    found = surveys.report(FakeDesk("2025-02-01", surveys=rows), surveys.define({"questions": {"cloud": "choice"}}))
    assert found.choices["answer"].tolist() == ["AWS", "GCP"]
    assert found.choices["n"].tolist() == [31, 31]
    assert found.findings()[0].headline == "Cloud: “AWS” leads with 65\u00a0%"


def test_choices_joined_by_a_comma_are_parted() -> None:
    """Where one wave's form joined choices by commas they are still counted one by one, a comma in brackets apart."""
    old = ["Slack;HPC (SLURM, PBS)", "Slack", "HPC (SLURM, PBS)"] * 5
    rows = answers("tools", "2025-01-06", old, column="answer")
    rows += answers("tools", "2025-04-07", [text.replace(";", ", ") for text in old], column="answer")
    found = surveys.report(FakeDesk("2025-05-01", surveys=rows), surveys.define({"questions": {"tools": "multi"}}))
    assert dict(zip(found.choices["answer"], found.choices["share"], strict=True)) == pytest.approx(
        {"HPC (SLURM, PBS)": 2 / 3, "Slack": 2 / 3}
    )
    assert found.choices["before"].tolist() == found.choices["share"].tolist()


@pytest.mark.parametrize(("kind", "compared"), [("choice", False), ("multi", True)])
def test_an_answer_that_was_not_offered_is_no_change(kind: str, compared: bool) -> None:
    """Nobody of 100 chose Teams in January and 40 of 100 in April: it was not offered then, and Slack's loss may come of that.

    Of one choice the waves are not compared, of many those answers are that both waves had; one that two of 100 gave may be missing by chance.
    """
    rows = answers("tool", "2025-01-06", ["Slack"] * 70 + ["Jira"] * 28 + ["pen"] * 2, column="answer")
    rows += answers("tool", "2025-04-07", ["Slack"] * 30 + ["Teams"] * 40 + ["Jira"] * 30, column="answer", who="v")
    found = surveys.report(FakeDesk("2025-05-01", surveys=rows), surveys.define({"questions": {"tool": kind}}))
    row = found.choices.set_index("answer").loc["Slack"]
    assert (row["new"], row["gone"]) == (("Teams",), ())
    assert (row["p"] < 0.001) == compared
    assert ("is down to 30" in found.findings()[0].headline) == compared
    assert "Only Apr 2025 has “Teams” among its answers: not offered in the other, or worded otherwise" in found.findings()[0].sentence
    assert found.choices.set_index("answer").loc["Teams", "before"] != 0


def test_a_grid_answered_in_other_words_is_not_compared() -> None:
    """Where nobody ticked “Critical” in the wave before the scale had other words, and no item rose from 0 %."""
    rows = answers("gpus", "2025-01-06", ["Very important"] * 30, column="answer")
    rows += answers("gpus", "2025-04-07", ["Critical"] * 20 + ["No"] * 10, column="answer", who="v")
    asked = {"grid": {"kind": "matrix", "items": ["gpus"], "choices": ["Critical", "No"]}}
    row = surveys.report(FakeDesk("2025-05-01", surveys=rows), surveys.define({"questions": asked})).items.iloc[0]
    assert row["value"] == pytest.approx(2 / 3)
    assert row["before"] != row["before"]


# ----------------------------------------------------------------------------------------------- who answered, and weights
def test_who_is_missing_is_named() -> None:
    """Of 100 big customers five answered, of 100 small ones fifty: big is missing."""
    rows = [*answers("nps", "2025-01-06", [9] * 50, segment="small"), *answers("nps", "2025-01-06", [5] * 5, who="b", segment="big")]
    asked = surveys.define({"questions": {"nps": {"kind": "nps", "invited": {"total": 200, "segment": {"small": 100, "big": 100}}}}})
    found = surveys.report(FakeDesk("2025-02-01", surveys=rows), asked)
    assert found.rates["rate"].tolist() == [0.275]
    assert found.missing.loc[found.missing["is_missing"], "group"].tolist() == ["big"]
    assert any(f.headline == "Too few of big answer: 5\u00a0%, the others 50\u00a0%" for f in found.findings())


def test_weighted_stands_beside_unweighted() -> None:
    """Half the customers are big but a tenth of the answers: weighted NPS is the mean of the two, and costs answers."""
    rows = [*answers("nps", "2025-01-06", [10] * 45, segment="small"), *answers("nps", "2025-01-06", [0] * 5, who="b", segment="big")]
    asked = surveys.define({"questions": {"nps": "nps"}, "weighting": {"segment": {"small": 0.5, "big": 0.5}}})
    row = surveys.report(FakeDesk("2025-02-01", surveys=rows), asked).weighted.iloc[0]
    assert (row["value"], row["weighted"]) == (80.0, pytest.approx(0, abs=1e-6))
    assert row["design_effect"] == pytest.approx((45 * (1 / 0.9 / 2) ** 2 + 5 * (1 / 0.1 / 2) ** 2) / 50)


def test_everything_that_people_want_is_weighted_too() -> None:
    """Four answer one way and weigh three each, twelve the other way and weigh one: a quarter of the answers is half of the customers.

    Kish's number is (4 · 3 + 12)² ÷ (4 · 9 + 12) = 12 of 16. A job that a quarter calls important and nobody finds well served scores 2.5 + 2.5,
    weighted 5 + 5.
    """
    asks = {"offline_with": ("I like it", "I like it"), "offline_without": ("I dislike it", "I am neutral"), "tools": ("Slack", "Jira")}
    asks |= {"gpus": ("Critical", "No"), "find_importance": (10, 0), "find_satisfaction": (0, 0)}
    rows = []
    for question, said in asks.items():
        column = "answer" if isinstance(said[0], str) else "score"
        for who, n, weight, word in (("a", 4, 3.0, said[0]), ("b", 12, 1.0, said[1])):
            rows += answers(question, "2025-01-06", [word] * n, who=who, column=column, weight=weight)
    asked = {
        "offline": {"kind": "kano", "functional": "offline_with", "dysfunctional": "offline_without"},
        "find": {"kind": "opportunity", "importance": "find_importance", "satisfaction": "find_satisfaction"},
        "tools": "multi",
        "grid": {"kind": "matrix", "items": ["gpus"], "choices": ["Critical", "No"]},
    }
    found = surveys.report(FakeDesk("2025-02-01", surveys=rows), surveys.define({"questions": asked, "least_group": 1}))
    both = {row["name"]: (row["value"], pytest.approx(row["weighted"])) for row in found.weighted.to_dict("records")}
    halves = {
        "offline.worse": (0.25, 0.5),
        "offline.better": (1, 1),
        "find": (5, 10),
        "tools.Slack": (0.25, 0.5),
        "tools.Jira": (0.75, 0.5),
    }
    assert both == halves | {"grid.gpus": (0.25, 0.5)}
    assert found.weighted["design_effect"].tolist() == pytest.approx([16 / 12] * 6)
    assert found.answers()["find.importance"].value == pytest.approx(5)
    slack, plain = found.answers()["tools.Slack"], surveys.choices(["Slack"] * 4 + ["Jira"] * 12).set_index("answer").loc["Slack"]
    assert slack.upper - slack.lower > plain["upper"] - plain["lower"]
    assert "in one table both ways" in next(d.text for d in found.definitions() if d.name == "Weighting")


# ---------------------------------------------------------------------------------------------------- without a questionnaire
def test_questions_are_read_off_the_table() -> None:
    """By their names, else by their answers: scales, choices, several choices, grids in brackets, free text."""
    rows = answers("nps", "2025-01-06", [9, 10, 2] * 5) + answers("How easy is it?", "2025-01-06", [1, 5, 4] * 5)
    rows += answers("rating", "2025-01-06", ["3", "5", "4"] * 5, column="answer")
    rows += answers("Which?", "2025-01-06", ["a;b", "a", "b"] * 5, column="answer")
    rows += answers("Role", "2025-01-06", ["dev", "ops", "dev"] * 5, column="answer")
    rows += answers("Why?", "2025-01-06", [f"because of {i}" for i in range(15)], column="answer")
    for item in ("GPUs", "Cloud"):
        rows += answers(f"Care about? [{item}]", "2025-01-06", ["Critical", "Not relevant", "Somewhat"] * 5, column="answer")
    found = surveys.report(FakeDesk("2025-02-01", surveys=rows))
    kinds = {q.name: q.kind for q in found.questionnaire.questions.values()}
    assert kinds == {
        "nps": "nps", "rating": "csat", "How easy is it?": "ces", "Which?": "multi", "Role": "choice", "Why?": "text", "Care about?": "matrix",
    }  # fmt: skip
    assert found.questionnaire.questions["Care about?"].choices == ("Critical", "Somewhat", "Not relevant")
    assert len(found.comments) == 15


# --------------------------------------------------------------------------------------------------- odd and little data
def test_no_answer_is_no_data() -> None:
    """A table without rows is an answer of its own."""
    empty = FakeDesk("2025-02-01", surveys=answers("nps", "2025-01-06", [1]))
    empty._tables["surveys"] = empty.table("surveys").filter(empty.table("surveys").score > 5)
    with pytest.raises(NoData, match="There is no answer before 2025-02-01"):
        surveys.report(empty)


def test_each_drawing_says_what_it_finds() -> None:
    """Two waves are named by both ends; against a target it says which side of it the range lies on, many waves without one where the last lie."""
    rows = [*answers("nps", "2025-01-06", [10] * 80 + [0] * 20), *answers("nps", "2025-04-07", [10] * 20 + [0] * 80, who="v")]
    titled = [
        next(chapters.drawn(surveys.report(FakeDesk("2025-05-01", surveys=rows), surveys.define({"questions": {"nps": body}}))))
        for body in ("nps", {"kind": "nps", "target": 30})
    ]
    assert [each.title for each in titled] == [
        "NPS: 60\u00a0pts in Jan 2025, −60\u00a0pts in Apr 2025", "NPS is surely below its target of 30\u00a0pts",
    ]  # fmt: skip
    assert titled[0].is_dots
    assert not titled[0].is_line
    assert titles.of_course({"unit": "nps", "title": "NPS", "before": 20.0}, pd.Series([10.0, 12, 30, 28]), None) == (
        "NPS: the last 2 of 4 waves are the highest"
    )


@pytest.mark.parametrize(
    ("before", "after", "unit", "said"),
    [
        (35.76, -28.7, "nps", ("35.8\u00a0pts", "−28.7\u00a0pts", "−64.5\u00a0pts")),
        (26.2, 11.4, "nps", ("26\u00a0pts", "11\u00a0pts", "−15\u00a0pts")),
        (0.306, 0.408, "share", ("31\u00a0%", "41\u00a0%", "+10\u00a0pts")),
        (0.4, 0.4, "share", ("40.0\u00a0%", "40.0\u00a0%", "0.0\u00a0pts")),
        (4.738, 5.269, "rating", ("4.74", "5.27", "+0.53")),
    ],
)
def test_a_reader_can_check_the_sum(before: float, after: float, unit: str, said: tuple[str, str, str]) -> None:
    """A change and its two parts have the same decimals, as few as let them add up."""
    assert words.parts(before, after, unit) == said


@pytest.mark.parametrize(
    "rows",
    [
        answers("nps", "2025-01-06", [9] * 5),
        answers("nps", "2025-01-06", [9] * 200),
        [row for day in range(1, 29) for row in answers("csat", f"2025-01-{day:02d}", [4])],
        answers("ces", "2025-01-06", [4.5, None, None]),
        answers("x", "2025-01-06", [None] * 8, comment="only words"),
        answers("q", "2025-01-06", ["<script>", "'; DROP TABLE surveys", "\u202eabc", ""] * 3, column="answer", segment="<b>"),
        answers("nps", "2025-01-06", [-5, 99, 1e9, 7, 7, 7, 7, 7]),
    ],
    ids=["five", "all alike", "one respondent", "hardly any", "words only", "odd words", "off the scale"],
)
def test_odd_data_give_an_honest_page(rows: list[dict[str, object]]) -> None:
    """Whatever there is, each part of the report can be made, and its numbers are numbers or missing."""
    found = surveys.report(FakeDesk("2025-02-01", surveys=rows), surveys.define({}))
    parts = (
        found.findings(),
        found.tiles(),
        found.takeaways(),
        found.definitions(),
        list(chapters.drawn(found)),
        list(listing.drawn(found)),
    )
    assert all(isinstance(part, tuple | list) for part in parts)
    assert all(len(f.headline) <= 80 and not math.isinf(f.value or 0) for f in found.findings())
    assert found.takeaways()


def test_counting_happens_in_the_engine() -> None:
    """Ten times the answers are read as as many rows: only counts leave the engine, but for what people wrote."""
    sizes = []
    for times in (1, 10):
        desk = FakeDesk("2025-08-01", surveys=answers("nps", "2025-01-06", [9, 3, 7] * 20 * times))
        read, kept = desk.read, []
        desk.read = lambda what, *, name="", read=read, kept=kept: kept.append(len(frame := read(what, name=name))) or frame  # type: ignore[method-assign]
        surveys.report(desk, surveys.define({"questions": {"nps": "nps"}}))
        sizes.append(sum(kept))
    assert sizes[0] == sizes[1]
