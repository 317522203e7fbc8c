"""The delivery review: what it finds in a flow whose story is known, and that odd flows are told honestly."""

import csv
import io
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from review_project import flow_of, opened

from prodops import charts, flow
from prodops.errors import ParameterError
from prodops.flow import views
from prodops.flow.saying import decimals, points_between

START, SLOW, AS_OF = datetime(2024, 1, 1, 9), datetime(2024, 11, 4), datetime(2025, 3, 3)
HEAD = ["item_id", "from_state", "to_state", "changed_at", "team", "launch"]


def told() -> str:
    """Write a flow: an item a weekday, a day of work, reviews of about 2 days and from SLOW on of about 5; every fifth goes back once."""
    rows: list[list[Any]] = []
    for n in range((AS_OF - START).days):
        begun = START + timedelta(days=n)
        if begun.weekday() > 4:
            continue
        team, launch = ("Atlas", "Birch")[n % 2], "Maps" if n % 3 == 0 else ""
        states, when = ["To do", "Doing", "Review"], begun
        wait = (5.0 if begun >= SLOW else 2.0) + (n * 7 % 5) / 4
        states += ["Doing", "Review", "Done"] if n % 5 == 0 else ["Done"]
        stays = {"To do": 0.3, "Doing": 1.0, "Review": wait, "Done": 0.0}
        before = ""
        for state in states:
            if when < AS_OF:
                rows.append([f"LUM-{n:03}", before, state, when.isoformat(), team, launch])
            when, before = when + timedelta(days=stays[state]), state
    text = io.StringIO()
    csv.writer(text).writerows([HEAD, *rows])
    return text.getvalue()


@pytest.fixture(scope="module")
def review(tmp_path_factory: pytest.TempPathFactory) -> flow.Review:
    """Review that flow as the notebook does."""
    home = tmp_path_factory.mktemp("flow")
    (home / "moves.csv").write_text(told())
    (home / "launches.csv").write_text("name,launched_on,kind\nAds,2024-12-09,launch\n")
    (home / "deploys.csv").write_text(
        "deployment_id,deployed_at,failed\n" + "".join(f"{n},{START + timedelta(days=n * 3)},{int(n % 10 == 0)}\n" for n in range(140))
    )
    tables = {"transitions": {"source": "moves.csv"}, "launches": {"source": "launches.csv"}, "deployments": {"source": "deploys.csv"}}
    desk = opened(home, tables, AS_OF)
    return flow.review(desk, flow_of(desk, service_level={"share": 0.85, "days": 4}))


def found(review: flow.Review, name: str) -> Any:
    return next(f for f in review.findings() if f.name == f"flow.{name}")


def test_the_bottleneck_comes_first_with_its_month(review: flow.Review) -> None:
    """Review is named before all else, with when it became slower and what it costs an item."""
    first = review.findings()[0]
    assert first.name == "flow.bottleneck"
    assert first.headline.startswith("Review is the bottleneck")
    assert "November 2024" in first.headline
    # of the weeks shown: 5.5 days a visit, 1.2 visits; before mostly 2.5 days a visit
    assert first.value == pytest.approx(5.5 * 1.2, abs=0.5)
    assert first.before == pytest.approx(2.5 * 1.2, abs=0.7)
    assert first.sentence.count("In the 52 weeks before: ") == 1
    assert max(len(sentence.split()) for sentence in first.sentence.split(". ")) <= 35
    assert review.bottleneck.stage == views.accent(review) == "Review"


def test_a_longer_cycle_time_is_a_change(review: flow.Review) -> None:
    """The weeks shown are slower than the year before by more than chance; the pace, which stayed, is not called changed."""
    cycle, pace = found(review, "cycle_days"), found(review, "finished_weekly")
    assert "take longer" in cycle.headline
    assert cycle.value > cycle.before
    assert pace.headline == "5 items are finished in a usual week, as before"
    assert pace.before is None


def test_rework_is_told_as_planted(review: flow.Review) -> None:
    """Every fifth item went back, from Review to Doing."""
    rework = found(review, "rework_share")
    assert rework.value == pytest.approx(0.2, abs=0.05)
    assert "from Review to Doing" in rework.sentence
    assert views.back(review).to_dict("records")[0]["Back to"] == "Doing"


def test_dates_come_with_what_they_are_worth(review: flow.Review) -> None:
    """The forecast of all that is open, and of the launch's share of it, stands beside how many such dates were kept, said once."""
    backlog, launch = found(review, "backlog"), found(review, "launch.Maps")
    assert "likelihood of 85\u00a0%" in backlog.headline
    assert "such dates given in the past at 85\u00a0%" in launch.sentence
    assert "given in the past" not in backlog.sentence
    assert "If its items come before all other work" in launch.sentence
    table = views.done_by(review)
    assert list(table["What"]) == ["All that is open", "Maps"]
    assert table["Open items"].tolist() == [review.remaining["remaining"][0], review.remaining["remaining"][1]]
    assert (review.when["date"] > "2025-03-03").all()
    drawn = views.dates(review)
    assert [what.split(":")[0] for what in drawn["what"]] == ["All that is open", "Maps"]
    assert (drawn["lower"] <= drawn["days"]).all()
    assert (drawn["days"] <= drawn["upper"]).all()
    assert f"in {drawn['days'][0]:.0f}\u00a0days" in backlog.headline


def test_a_promise_is_a_tile(review: flow.Review) -> None:
    """A service level of the flow's file becomes a tile: the share within so many days, against what is promised."""
    (tile,) = review.tiles()
    assert (tile.title, tile.target) == ("Done within 4\u00a0days", 0.85)
    assert tile.value is not None
    assert tile.value < 0.3
    assert len(tile.history) == 13


def test_deployments_are_told_by_dora_s_keys(review: flow.Review) -> None:
    """One deployment in three days, one in ten of them failed."""
    dora = found(review, "dora.failure_share")
    assert dora.value == pytest.approx(0.1, abs=0.04)
    assert "2.2 deployments a week" in dora.sentence
    assert next(iter(views.keys(review)["Key"])) == "Deployments a week"


def test_headings_are_short_and_every_finding_has_its_place(review: flow.Review) -> None:
    """No heading is longer than 80 characters, and every finding has its section, those at the top of the page too."""
    findings = review.findings()
    assert max(len(f.headline) for f in findings) <= 80
    assert [f.surprise for f in findings] == sorted((f.surprise for f in findings), reverse=True)
    sections = (
        "cycle",
        "nothing",
        "bottleneck",
        "efficiency",
        "net_flow",
        "finished",
        "rework",
        "ping_pong",
        "backlog",
        "launch",
        "how_many",
    )
    placed = review.about(*sections, "dora", "time_to_market", "too_old")
    assert placed == findings


def test_the_same_moves_give_the_same_review(review: flow.Review) -> None:
    """What is drawn is drawn from seeds: the frames of the charts hold what the findings say."""
    assert views.numbers(review)["Items, at least"].is_monotonic_decreasing
    assert views.levels(review)["85\u00a0%"] == found(review, "cycle_days").value
    assert set(views.flows(review)["of"]) == {"started", "finished", "in progress at its end"}
    assert views.old(review).empty or "Age" in views.old(review)


def test_several_ends_are_drawn_as_one(review: flow.Review) -> None:
    """Where items end in Review, in Done or elsewhere, what lies there is finished, and no stage on the way."""
    ends = replace(review.spec, done=("Review", "Done"))
    drawn = views.cfd(replace(review, spec=ends))
    assert list(drawn["stage"].unique())[-1] == "Finished"
    assert not set(ends.done) & set(drawn["stage"])
    last = review.cfd[(review.cfd["date"] == review.cfd["date"].max()) & (review.cfd["slice"] == "")].set_index("stage")["reached"]
    assert drawn["reached"].iloc[-1] == last["Review"]


def test_a_difference_can_be_checked_against_its_parts() -> None:
    """Two means and their difference are said with the same decimals, and add up as said."""
    assert decimals(11.77, 11.846, -2.8, 2.649) == ("11.8", "11.8", "0", "−2.8", "+2.6")
    assert decimals(572.1, 580.92, -341.4, 323.9) == ("572", "581", "−9", "−341", "+324")
    assert points_between(-0.0449, 0.1121) == "−4 and +11\u00a0pts"
    assert points_between(-0.0449, 0.0121) == "−4.5 and +1.2\u00a0pts"


ODD = {
    "one row": [["a", "Open", "2025-01-06"]],
    "one state": [[f"i{n}", "Doing", f"2025-01-0{n + 1}"] for n in range(5)],
    "nothing finished": [
        [f"i{n}", state, f"2025-01-{n + 1:02} 0{hour}:00"] for n in range(19) for hour, state in enumerate(("Doing", "Review"))
    ],
    "hostile": [["<b>x</b>", "=1+1", "2025-01-06"], ["<b>x</b>", '*_{}[]"', "2025-01-07"], ["<b>x</b>", "Done", "2025-01-09"]],
}


@pytest.mark.slow
@pytest.mark.parametrize("rows", ODD.values(), ids=ODD.keys())
def test_odd_moves_are_told_honestly(rows: list[list[str]], tmp_path: Path) -> None:
    """One row, one state, nothing finished, hostile names: a sentence that is true, charts that say so, never a traceback."""
    text = io.StringIO()
    csv.writer(text).writerows([["item_id", "to_state", "changed_at"], *rows])
    (tmp_path / "t.csv").write_text(text.getvalue())
    desk = opened(tmp_path, {"transitions": {"source": "t.csv"}})
    review = flow.review(desk, flow_of(desk))
    assert review.findings()
    assert review.notes()
    assert not review.tiles()
    assert len(review.takeaways()) <= 3
    for chart in (
        charts.cloud(review.finished, "finished", "cycle_days", levels=views.levels(review), marks=review.marks, title="t", subtitle="s"),
        charts.cumulative(views.cfd(review), "date", "reached", "stage", accent=views.accent(review), title="t", subtitle="s"),
        charts.aging(review.ages, review.stage_ages, "stage", "age_days", title="t", subtitle="s"),
        charts.dots(views.dates(review), "what", "days", lower="lower", upper="upper", title="t", subtitle="s"),
        charts.dots(views.stages(review), "stage", "days", before="before", title="t", subtitle="s"),
    ):
        assert "<svg" in charts.to_svg(chart)


def test_weeks_out_of_range_are_refused(tmp_path: Path) -> None:
    """Before anything is read."""
    (tmp_path / "t.csv").write_text("item_id,to_state,changed_at\na,Open,2025-01-06\n")
    desk = opened(tmp_path, {"transitions": {"source": "t.csv"}})
    with pytest.raises(ParameterError, match="weeks is 2"):
        flow.review(desk, flow_of(desk), weeks=2)


@pytest.mark.slow
def test_the_sample_s_story_is_found_without_a_hint(tmp_path: Path) -> None:
    """At Lumen Desk the first finding is that Review is the bottleneck, slower since June 2025, with and without its settings."""
    root = Path(__file__).parents[2]
    desk = opened(tmp_path, {"transitions": "sample", "launches": "sample"}, datetime(2025, 11, 3))
    for file in ({}, desk.params(str(root / "params" / "flow.yaml"))):
        first = flow.review(desk, flow_of(desk, **file)).findings()[0]
        assert first.headline.startswith("Review is the bottleneck")
        assert "slower since June 2025" in first.headline


def test_a_promise_that_is_none_is_refused() -> None:
    """A service level needs a fraction and days, and says so."""
    from prodops.errors import DefinitionError

    for bad in ({"share": 85, "days": 10}, {"share": 0.85}, {"share": 0.85, "days": "ten"}, 0.85):
        with pytest.raises(DefinitionError, match="service_level"):
            flow.define({"service_level": bad})


def test_a_state_that_cases_never_leave_is_an_end() -> None:
    """A log whose cases end in a state called otherwise ("In Call") has that end too, and says so; a queue that only grows is none."""
    import pandas as pd

    seen = pd.DataFrame(
        {
            "state": ["New", "Active", "In Call", "Awaiting vendor", "Resolved"],
            "items": [90, 90, 40, 40, 30],
            "moves": 1,
            "rests": [0, 0, 38, 39, 30],
        }
    )
    spec = flow.define({}, states=seen)
    assert set(spec.done) == {"In Call", "Resolved"}
    assert any("In Call is read as an end" in note for note in spec.notes)
