"""Readiness: each gate on its evidence, who is waited for, and whether the day holds."""

from datetime import date
from typing import Any

import pandas as pd
import pytest

from prodops.launches import define, readiness
from prodops.launches.measures import Measures

TODAY = date(2025, 11, 3)
SIGNED = {"by": "C. Voss", "on": "2025-10-20"}


def ready(gates: dict[str, Any], **evidence: Any) -> Any:
    launch = define({"Offline mode": {"on": "2025-11-24", "gates": gates}}).launches["Offline mode"]
    return readiness(launch, as_of=TODAY, **evidence)


def state(gate: dict[str, Any], **evidence: Any) -> tuple[str, str]:
    (one,) = ready({"gate": {"team": "dev", **gate}}, **evidence).judged
    return one.state, one.shown


def test_a_kpi_passes_at_its_threshold(history: Any, book: Any) -> None:
    """Its latest whole period counts; the threshold itself is enough; a KPI without a value is not judged."""
    measures = Measures(history("crash_free", "2025-10-13", [0.97, 0.99]), book(crash_free=("Crash-free", "share", "up")))
    assert state({"kpi": "crash_free", "at_least": 0.99}, measures=measures) == (
        "passed",
        "Crash-free 99\u00a0% in the week of 20 Oct, at least 99\u00a0% wanted",
    )
    assert state({"kpi": "crash_free", "at_least": 0.995}, measures=measures)[0] == "open"
    assert state({"kpi": "crash_free", "at_most": 0.98, "due": "2025-11-02"}, measures=measures)[0] == "overdue"
    assert state({"kpi": "other", "at_least": 1})[0] == "cannot be judged"


def test_hands_pass_with_name_and_past_date() -> None:
    """A link or a sign-off counts from the day after it; one announced for later is none yet; the due day itself is not overdue."""
    assert state({"sign_off": SIGNED}) == ("passed", "signed off by C. Voss on 20 Oct 2025")
    assert state({"sign_off": {**SIGNED, "on": "2025-11-03"}}) == ("open", "announced by C. Voss for 3 Nov 2025")
    assert state({"sign_off": None, "due": "2025-11-03"}) == ("open", "not signed off yet")
    assert state({"link": None, "due": "2025-11-02"}) == ("overdue", "no link yet")
    assert state({"link": "https://wiki/x", **SIGNED})[0] == "passed"


def test_work_items_and_themes_are_counted() -> None:
    """At most so many items open; at most so many voices a week over the last four; what nobody named is not judged."""
    assert state({"open_items": 2}, items={"Offline mode": (2, 9)}) == ("passed", "2 of 9 work items open, at most 2 wanted")
    assert state({"open_items": 0}, items={"Offline mode": (2, 9)})[0] == "open"
    assert state({"open_items": 0}, items={"Other": (0, 1)}) == ("cannot be judged", "no work item names Offline mode")
    assert state({"open_items": 0})[0] == "cannot be judged"
    themes = pd.DataFrame(
        {
            "name": "feedback on “Sync lost”",
            "period_start": pd.date_range("2025-09-01", periods=6, freq="7D"),
            "value": [90, 90, 1, 2, 3, 4],
        }
    )
    assert state({"theme": "sync", "at_most": 2.5}, themes=themes) == ("passed", "2.5 voices a week over 4 weeks, at most 2.5 wanted")
    assert state({"theme": "sync", "at_most": 2}, themes=themes)[0] == "open"
    assert state({"theme": "price", "at_most": 2}, themes=themes)[0] == "cannot be judged"


GATES = {
    "tests": {"team": "engineering", "link": None, "due": "2025-10-31"},
    "beta": {"team": "product", "sign_off": None, "needs": ["tests"], "due": "2025-11-12"},
    "help": {"team": "support", "link": None, "needs": ["beta"], "due": "2025-11-19"},
    "terms": {"team": "legal", "sign_off": None, "due": "2025-11-07"},
    "price": {"team": "sales", "sign_off": SIGNED},
}


def test_the_move_is_of_those_whom_the_others_wait_for() -> None:
    """The chain runs from the gate that can move now to the last that waits; the gate that most wait for comes first."""
    found = ready(GATES)
    assert [one.gate.name for one in found.chain] == ["tests", "beta", "help"]
    assert [one.gate.name for one in found.moves] == ["tests", "terms"]
    assert found.verdict == "no-go"
    assert found.sentence() == (
        "No-go as it stands, 21\u00a0days before 24 Nov 2025: 1 of 5 gates passed, 1 overdue. "
        "Next to move: engineering (Tests), then product (Beta), then support (Help)."
    )


def test_go_needs_every_gate_and_the_work_in_time() -> None:
    """All passed is go; a forecast that is more likely late than not is no-go; one that is not safe keeps it on course."""
    gates = {"price": GATES["price"], "work": {"team": "dev", "open_items": 9}}
    items = {"Offline mode": (4, 20)}

    def dates(*days: str) -> pd.DataFrame:
        return pd.DataFrame({"likelihood": [0.5, 0.85, 0.95], "date": pd.to_datetime(list(days))})

    assert ready(gates, items=items).verdict == "go"
    safe = ready(gates, items=items, forecast=dates("2025-11-10", "2025-11-20", "2025-12-01"))
    assert (safe.verdict, safe.outlook.chance()) == ("go", "85 to 95\u00a0%")
    assert ready(gates, items=items, forecast=dates("2025-11-10", "2025-12-01", "2026-01-01")).verdict == "on course"
    late = ready(gates, items=items, forecast=dates("2025-12-10", "2026-01-01", "2026-02-01"))
    assert late.verdict == "no-go"
    assert "done by then with a chance of under 50\u00a0%" in late.sentence()


def test_a_launch_without_gates_is_told_so() -> None:
    """Nothing to judge is said, not taken for ready."""
    found = ready({})
    assert found.verdict == "on course"
    assert found.sentence().startswith("Nothing says whether Offline mode is ready")
    assert found.chain == found.moves == ()


@pytest.mark.parametrize("gates", [GATES, {"price": GATES["price"]}])
def test_counts_add_up(gates: dict[str, Any]) -> None:
    """Every gate is in exactly one state."""
    found = ready(gates)
    assert found.count("passed", "open", "overdue", "cannot be judged") == len(gates)
