"""The review: what it says on a story written here, on the sample company, and where there is next to nothing."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from prodops import kpis, samples
from prodops.errors import ParameterError
from prodops.launches import define, review, views
from prodops.plainyaml import read_yaml

PARAMS = Path(__file__).parents[2] / "params"
AS_OF = "2025-11-03"
CALENDAR = pd.DataFrame({"name": ["Outage"], "launched_on": [pd.Timestamp("2025-10-10")], "kind": ["incident"]})


@pytest.fixture(scope="module")
def past(history: Any) -> pd.DataFrame:
    noise = np.random.default_rng(3).normal(0, 0.01, (2, 60))
    late = np.arange(60) >= 44  # from 14 July
    return pd.concat(
        [history("use", "2024-09-09", list(0.3 + 0.1 * late + noise[0])), history("quiet", "2024-09-09", list(0.3 + noise[1]))]
    )


@pytest.fixture(scope="module")
def said(past: pd.DataFrame, book: Any, desk: Any) -> Any:
    plan = define(
        {
            "Guide": {"on": "2025-07-14", "tier": 1, "aims": {"use": {"by": 0.05}}, "guardrails": {"quiet": {"at_most": 0.4}}},
            "Polish": {"on": "2025-05-05", "tier": 2, "aims": {"quiet": {}}},
            "Fresh": {"on": "2025-10-20", "tier": 1, "aims": {"use": {}}},
            "Next": {"on": "2025-11-24", "gates": {"terms": {"team": "legal", "sign_off": None, "due": "2025-10-31"}}},
        }
    )
    known = book(use=("Use", "share", "up"), quiet=("Quiet", "share", "down"))
    return review(desk(AS_OF, launches=CALENDAR), plan, history=past, book=known)


def test_what_worked_is_found_and_what_did_not_is_no_success(said: Any) -> None:
    """The most important launch with four whole weeks is read out; one without effect is held; one of two weeks is too early."""
    assert said.readout.launch.name == "Guide"
    assert {one.launch.name: one.judgement.decision for one in said.readouts} == {"Guide": "go on", "Fresh": "hold", "Polish": "hold"}
    first = said.findings()[0]
    assert first.headline == "Guide raised use by 10\u00a0pts: go on"
    assert (first.value, first.before, first.beside) == (pytest.approx(0.4, abs=0.01), pytest.approx(0.3, abs=0.01), "expected")
    assert first.lower < 0.4 < first.upper
    assert "dates without a launch" in first.sentence
    assert said.about("effect") == (first,)
    quiet = next(f for f in said.findings() if f.name == "launches.without_effect")
    assert "Polish" in quiet.sentence


def test_what_is_ahead_is_judged(said: Any) -> None:
    """The nearest launch first, with whose move it is, as finding, tile and takeaway."""
    ready = next(f for f in said.findings() if f.name == "launch.next.ready")
    assert ready.headline == "Next is not ready for 24 Nov: 0 of 1 gates passed, legal moves next"
    assert [(tile.name, tile.value, tile.target) for tile in said.tiles()] == [("launch.next.gates", 0.0, 1.0)]
    assert said.takeaways()[0].owner == "legal"
    assert len(said.definitions()) == 7


def test_incidents_and_later_launches_are_told(said: Any) -> None:
    """What else fell into the weeks of a launch stands beside its numbers."""
    fresh = next(one for one in said.readouts if one.launch.name == "Fresh")
    guide = said.readout
    assert (fresh.incidents, [str(one) for one in guide.incidents], guide.amid) == ((), ["Outage (10 Oct)"], None)
    assert guide.overlaps == ()
    assert "Feedback was not looked at." in views.limits(said)


def test_an_incident_that_coincides_is_told_as_such(past: pd.DataFrame, book: Any, desk: Any) -> None:
    """Where an outage touches much of the weeks read out, neither headline nor takeaway gives the launch the whole blame, and both say what would tell
    them apart; beside a launch of long ago it is none."""
    calendar = CALENDAR.assign(launched_on=pd.Timestamp("2025-09-10"), ended_on=pd.Timestamp("2025-09-25"))
    rails = {"aims": {"quiet": {}}, "guardrails": {"use": {"at_most": 0.35}}}
    plan = define({"Late": {"on": "2025-09-08", **rails}, "Early": {"on": "2025-07-14", **rails}})
    known = book(use=("Use", "share", "down"), quiet=("Quiet", "share", "down"))
    found = review(desk(AS_OF, launches=calendar), plan, history=past, book=known)
    late, early = (next(one for one in found.readouts if one.launch.name == name) for name in ("Late", "Early"))
    assert (str(late.amid), early.amid) == ("Outage (10 to 25 Sep)", None)
    said = next(f for f in found.findings() if f.name == "launch.late")
    assert said.headline == "Late broke its guardrail on use amid an incident: roll back"
    assert said.sentence.endswith("Outage (10 to 25 Sep) falls into the same weeks: these numbers cannot tell the two apart.")
    assert (said.value, said.before, said.beside) == (pytest.approx(0.42, abs=0.02), 0.35, "limit")
    (takeaway,) = (t for t in found.takeaways() if t.claim.startswith("Late"))
    assert takeaway.decision == "Take Late back, or show that Outage did it."
    assert takeaway.changes_our_mind.startswith("What tells the two apart: whole weeks after 25 Sep 2025")


def test_tables_have_a_row_each(said: Any) -> None:
    """One for each gate, effect, guardrail and past launch, in words."""
    assert views.gates(said.coming[0]).to_dict("list") == {
        "Gate": ["Terms"], "Whose move": ["legal, by 31\u00a0Oct"], "How it stands": ["!\u00a0overdue: not signed off yet"],
    }  # fmt: skip
    assert views.effects(said, said.readout)["What is known"].tolist() == ["moved as meant", "no effect shown"]
    assert views.guardrails(said, said.readout)["State"].tolist() == ["✓ kept"]
    assert [name.split(",")[0] for name in views.others(said)["Launch"]] == ["Fresh", "Guide", "Polish"]
    (effect,) = views.drawn(said.readout)
    assert set(views.path(effect)["series"]) == {"actual", "expected"}
    assert views.path_headline(said, effect) == "Use rose by 10\u00a0pts with Guide"
    assert views.marked(said)["label"].tolist() == ["Guide", "Outage"]


def test_a_launch_can_be_asked_for(past: pd.DataFrame, book: Any, desk: Any) -> None:
    """By its name; one that lies ahead, or is not there, is refused with the near miss."""
    plan = define({"Guide": {"on": "2025-07-14"}, "Polish": {"on": "2025-05-05"}, "Next": {"on": "2026-01-01"}})
    assert review(desk(AS_OF), plan, launch="Polish", history=past, book=book()).readout.launch.name == "Polish"
    for name, words in (("Guid", 'Did you mean "Guide"'), ("Next", "lies ahead")):
        with pytest.raises(ParameterError, match=words):
            review(desk(AS_OF), plan, launch=name)


def test_without_a_plan_the_calendar_is_read_out(past: pd.DataFrame, book: Any, desk: Any) -> None:
    """Launches of the table, incidents aside, on all KPIs: effects are told, and nothing is decided."""
    calendar = pd.DataFrame(
        {
            "name": ["12", "Guide", "Outage"],
            "launched_on": pd.to_datetime(["2025-03-03", "2025-07-14", "2025-08-01"]),
            "kind": [None, "launch", "incident"],
        }
    )
    known = book(use=("Use", "share", "up"), quiet=("Quiet", "share", "down"), gone=("Gone", "share", "up"))
    found = review(desk(AS_OF, launches=calendar), define({}), history=past, book=known)
    assert [one.launch.name for one in found.readouts] == ["Guide", "launch 12"]
    assert found.readout.judgement.decision == ""
    assert [effect.kpi for effect in found.readout.effects if effect.is_clear] == ["use"]
    assert found.findings()[0].headline.startswith("Guide raised use by 10\u00a0pts")


@pytest.mark.parametrize("mapping", [{}, {"Old": {"on": "2020-01-01", "aims": {"use": {}}}}, {"New": {"on": "2026-01-01"}}])
def test_next_to_nothing_is_told_as_such(mapping: dict[str, Any], desk: Any) -> None:
    """No data, no plan, no gates: sentences and empty frames, never an error."""
    found = review(desk(AS_OF), define(mapping))
    assert [f.value for f in found.findings() if f.value is not None] == []
    assert found.findings()[0].sentence
    assert found.tiles() == ()
    assert found.scope().start < found.scope().end or not mapping
    for frame in (views.others(found), views.voices(found), views.trials(found), found.taken_up):
        assert isinstance(frame, pd.DataFrame)
    assert views.limits(found)


def experiment(control: int, variant: int, lift: float) -> pd.DataFrame:
    """Write an A/B test of 0 and 1: a third of the control's units, and of the others as many more as the lift says."""
    parts = [(n, name, share) for n, name, share in ((control, "control", 1 / 3), (variant, "new", 1 / 3 + lift))]
    frame = pd.concat(
        [pd.DataFrame({"variant": name, "value": (np.arange(n) < share * n).astype(float)}) for n, name, share in parts], ignore_index=True
    )
    return frame.assign(
        experiment="Mail",
        user_id=[f"u{n}" for n in range(len(frame))],
        measure="use",
        assigned_at=pd.Timestamp("2025-09-01"),
        before=float("nan"),
    )


def test_a_broken_split_comes_before_all_else(past: pd.DataFrame, book: Any, desk: Any) -> None:
    """5,000 against 5,400 is no chance: the split is the first finding, no result is believed, and no launch is read out by it."""
    plan = define({"Mail": {"on": "2025-09-01", "aims": {"use": {}}}})
    data = desk(AS_OF, experiments=experiment(5000, 5400, 0.1))
    found = review(data, plan, history=past, book=book(use=("Use", "share", "up")))
    assert found.findings()[0].name == "experiment.mail.split"
    assert found.findings()[0].value == pytest.approx(8.8e-5, rel=0.02)
    assert found.takeaways()[0].decision.startswith("Decide nothing by this test")
    assert found.readout.effects[0].method == "interrupted series"
    assert views.trials(found)["Split"].tolist() == ["5,000\u00a0:\u00a05,400 – not as planned"]


def test_a_test_of_the_same_name_tells_the_effect(past: pd.DataFrame, book: Any, desk: Any) -> None:
    """Its difference is the launch's effect, whatever the series did at the time."""
    plan = define({"Mail": {"on": "2025-09-01", "aims": {"use": {}}}})
    for lift, decision in ((0.1, "go on"), (0.0, "hold")):
        found = review(desk(AS_OF, experiments=experiment(3000, 3000, lift)), plan, history=past, book=book(use=("Use", "share", "up")))
        (effect,) = found.readout.effects
        assert (effect.method, found.readout.judgement.decision) == ("experiment", decision)
        assert effect.effect == pytest.approx(lift, abs=1e-3)


@pytest.mark.slow
def test_the_samples_story_is_found(tmp_path: Path, desk: Any) -> None:
    """Without a hint: the launch that worked, the price that raised churn, the update whose guardrail broke, and no success besides."""
    files = samples.write(tmp_path, feedback=200)
    data = desk(AS_OF, **{kind: pd.read_parquet(files[kind]) for kind in ("events", "accounts", "surveys", "launches", "experiments")})
    book = kpis.define(read_yaml(PARAMS / "kpis.yaml"))
    plan = define(read_yaml(PARAMS / "launches.yaml"), kpis=book.order)
    found = review(data, plan, history=kpis.history(data, book, plan.kpis, weeks=78, by=plan.dimensions), book=book)
    decided = {one.launch.name: one.judgement.decision for one in found.readouts}
    assert decided == {
        "Guided onboarding": "go on", "Faster boards": "go on", "Team plan price change": "roll back", "Lumen 5.4": "roll back",
        "Checklist in the welcome mail": "hold", "Audit log": "hold", "Lumen 5.0 redesign": "hold",
    }  # fmt: skip
    lifted = found.readout.effects[0]
    assert (found.readout.launch.name, lifted.kpi) == ("Guided onboarding", "activation_rate")
    assert lifted.expected == pytest.approx(0.34, abs=0.02)
    assert lifted.actual == pytest.approx(0.45, abs=0.025)
    churn = next(
        e for one in found.others if one.launch.name == "Team plan price change" for e in one.effects if e.kpi == "monthly_churn_rate"
    )
    assert (churn.method, churn.lower > 0) == ("difference in differences", True)
