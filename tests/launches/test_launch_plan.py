"""The plan of launches is read as people write it, and every mistake is one line that says where it is and what to write."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from prodops.errors import WorkspaceError
from prodops.launches import define
from prodops.plainyaml import read_yaml

PARAMS = Path(__file__).parents[2] / "params"
GATE = {"team": "legal", "sign_off": None}


def plan(**launch: Any) -> Any:
    return define({"Offline mode": {"on": "2025-11-24", **launch}}, file="launches.yaml", kpis=["nps", "churn"])


def test_a_launch_says_when_and_what_it_is_meant_to_bring() -> None:
    """Dates, gates with their evidence, aims, guardrails and groups come out as records; short forms are understood."""
    found = plan(
        tier=1,
        gates={
            "terms": {"team": "legal", "sign_off": {"by": "C. Voss", "on": "2025-11-01"}, "needs": "work"},
            "work": {"team": "dev", "open_items": 0},
        },
        aims={"nps": {"by": 3}, "churn": {}},
        guardrails={"churn": {"worse_by": 0.005}},
        reaches={"plan": "team"},
        control={"plan": ["business", "free"]},
    ).launches["Offline mode"]
    assert (found.on, found.tier, found.kpis) == (date(2025, 11, 24), 1, ("nps", "churn"))
    assert [(gate.label, gate.evidence, gate.needs) for gate in found.gates.values()] == [
        ("Terms", "sign_off", ("work",)),
        ("Work", "open_items", ()),
    ]
    assert (found.reaches.dimension, found.control.values) == ("plan", ("business", "free"))


def test_a_file_that_is_not_there_is_a_plan_without_launches() -> None:
    """Nothing planned is no fault."""
    assert (len(define({})), define({}).kpis, define({}).upcoming(date(2025, 1, 1))) == (0, (), ())


def test_launches_come_nearest_first() -> None:
    """Those ahead by their day, those past with the latest first; a launch of the day itself lies ahead."""
    found = define({name: {"on": day} for name, day in (("b", "2025-03-01"), ("a", "2025-02-01"), ("c", "2025-01-01"))})
    assert [one.name for one in found.upcoming(date(2025, 2, 1))] == ["a", "b"]
    assert [one.name for one in found.past(date(2025, 3, 2))] == ["b", "a", "c"]


@pytest.mark.parametrize(
    ("gate", "words"),
    [
        ({**GATE, "done": True}, 'gates.terms: done: "True": a tick is no evidence; write what shows it: kpi with at_least'),
        ({"team": "legal"}, "it names no evidence"),
        ({**GATE, "open_items": 0}, "names sign_off and open_items"),
        ({"team": "legal", "kpi": "nps"}, "give either at_least or at_most"),
        ({"team": "legal", "kpi": "nsp", "at_least": 3}, 'there is no KPI "nsp". Did you mean "nps"?'),
        ({"team": "legal", "link": "wiki/terms"}, "begins with https://"),
        ({"team": "legal", "link": "https://wiki/terms"}, "with who put it there and when"),
        ({"team": "legal", "sign_off": {"by": "C. Voss"}}, "a name and a date"),
        ({"team": "legal", "theme": "sync"}, "give at_most, in voices a week"),
        ({**GATE, "needs": ["trems"]}, 'no gate "trems". Did you mean "terms2"?'),
        ({**GATE, "needs": ["terms2"]}, "in a circle: "),
        ({**GATE, "teem": "x"}, 'unknown key "gates.terms.teem". Did you mean "team"?'),
        ({**GATE, "team": "leagl"}, 'no team of this launch is called "leagl". Did you mean "legal"?'),
    ],
)
def test_a_gate_without_evidence_is_refused(gate: dict[str, Any], words: str) -> None:
    """A tick, no evidence, half of it, or a reference to nothing: one line with file, launch, key and what to write."""
    with pytest.raises(WorkspaceError) as refused:
        plan(teams={"legal": "C. Voss"}, gates={"terms": gate, "terms2": {**GATE, "needs": ["terms"]}})
    assert words in str(refused.value)
    assert str(refused.value).startswith('launches.yaml, launch "Offline mode"')


@pytest.mark.parametrize(
    ("launch", "words"),
    [
        ({"on": "24.11.2025"}, "on: "),
        ({"aims": {"npss": {}}}, 'aims.npss: there is no KPI "npss". Did you mean "nps"?'),
        ({"aims": ["nps"]}, "aims: "),
        ({"guardrails": {"nps": {"worse_by": 1, "at_least": 3}}}, "a guardrail has one bound"),
        ({"adoption": {"kpi": "nps", "event": "opened"}}, "a kpi or by an event"),
        ({"reaches": {"plan": "a"}, "control": {"country": "b"}}, "slices of one column"),
        ({"reaches": {"plan": "a"}, "control": {"plan": "a"}}, "stands in reaches and in control"),
        ({"reaches": {"plan": "a", "country": "b"}}, "one column and its values"),
        ({"name": "x"}, "The name stands before the colon"),
    ],
)
def test_a_launch_that_makes_no_sense_is_refused(launch: dict[str, Any], words: str) -> None:
    """Unknown KPIs, two bounds, groups that overlap, dates that are none."""
    with pytest.raises(WorkspaceError) as refused:
        plan(**launch)
    assert words in str(refused.value)


def test_what_is_no_file_of_launches_is_refused() -> None:
    """A list, a bare word for a launch, and too many of them."""
    for mapping, words in (
        ({"a": "soon"}, "expected keys such as on"),
        ({str(n): {"on": "2025-01-01"} for n in range(201)}, "200 at most"),
    ):
        with pytest.raises(WorkspaceError, match=words):
            define(mapping)


def test_many_gates_that_wait_for_each_other_are_read_at_once() -> None:
    """Sixty gates in layers, each needing all of the layer before: no walk over every path."""
    gates = {f"g{n}": {**GATE, "needs": [f"g{m}" for m in range(n // 5 * 5 - 5, n // 5 * 5) if m >= 0]} for n in range(60)}
    assert len(plan(gates=gates).launches["Offline mode"].gates) == 60


def test_the_samples_plan_fits_its_kpis() -> None:
    """The file as shipped is in order, and names launches before and after the sample's as-of."""
    found = define(read_yaml(PARAMS / "launches.yaml"), kpis=read_yaml(PARAMS / "kpis.yaml"))
    assert [one.name for one in found.upcoming(date(2025, 11, 3))] == ["Offline mode"]
    assert {"Guided onboarding", "Team plan price change", "Lumen 5.4"} <= {one.name for one in found.past(date(2025, 11, 3))}
