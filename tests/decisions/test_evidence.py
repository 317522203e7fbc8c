"""Inputs from the data: how many spoke, what a KPI is, what a survey answered, each with its range and where it comes from."""

from typing import Any, NamedTuple

import pytest
from pasts import Kpi, monthly, spoken, weekly

from prodops import decisions
from prodops.decisions.amounts import Range
from prodops.decisions.evidence import Evidence, resolve
from prodops.decisions.pasts import of_themes


class Estimate(NamedTuple):
    value: float
    lower: float
    upper: float


def reach(source: dict[str, Any], **given: Any) -> tuple[Range | None, str]:
    """Resolve one reach; None and why where the data do not know it."""
    backlog = decisions.define({"candidates": {"a": {"rice": {"reach": source, "impact": 1, "confidence": 1, "effort": 1}}}})
    found = resolve(backlog, Evidence(of_themes(given.pop("themes", None), given.get("history"), "users"), **given))
    amount = found.backlog["a"].inputs("rice")["reach"]
    return (amount if isinstance(amount, Range) else None), next(iter([*found.said.values(), *found.lacking.values()]))


def test_voices_of_a_quarter() -> None:
    """Ten a week are 130 a quarter, exactly where no week differs; per 1,000 users is said beside it."""
    amount, words = reach({"from_theme": "billing"}, themes=spoken("Billing", [99.0] + [10.0] * 13), history=weekly("users", [2000.0] * 14))
    assert amount == Range(low=130, likely=130, high=130)
    assert words == "voices on “Billing” in a quarter, from the last 13 weeks, 5 per\u00a01,000 active users a week"


def test_a_sum_s_range_holds_both_quarters_scatter() -> None:
    """Weeks of 8 and 12 scatter: the range of the next thirteen is ± 1.645 · s · √(13 + 13²/13) around their sum."""
    weeks = [8.0, 12.0] * 6 + [10.0]
    amount, _ = reach({"from_theme": "Billing"}, themes=spoken("Billing", weeks))
    s = (12 * 4 / 12) ** 0.5
    assert amount is not None
    assert (amount.likely, amount.high - amount.likely) == (130, pytest.approx(1.6448536 * s * 26**0.5))


def test_a_kpi_adds_up_or_stands() -> None:
    """Sign-ups of weeks, or of months, add up to a quarter; active users stand where they are, times the share that is reached."""
    kpis = {"signups": Kpi("Sign-ups"), "users": Kpi("Active users")}
    assert reach({"from_kpi": "signups", "adds_up": True}, history=weekly("signups", [5.0] * 20), kpis=kpis)[0] == Range(
        low=65, likely=65, high=65
    )
    assert reach({"from_kpi": "signups", "adds_up": True}, history=monthly("signups", [20.0] * 9), kpis=kpis)[0] == Range(
        low=60, likely=60, high=60
    )
    amount, words = reach({"from_kpi": "users", "times": [0.1, 0.4]}, history=weekly("users", [1000.0] * 20), kpis=kpis)
    assert amount is not None
    assert (amount.low, amount.likely, amount.high) == (pytest.approx(100), pytest.approx(200), pytest.approx(400))
    assert words == "Active users as it stands, times 0.1 to 0.4"


def test_a_survey_s_range_becomes_one_of_nine_cases_in_ten() -> None:
    """95 % bounds are drawn in by 1.645/1.96; an input stays within its method's bounds."""
    amount, words = reach({"from_survey": "billing"}, answers={"billing": Estimate(50, 30.4003, 69.5997)})
    assert amount is not None
    assert (amount.low, amount.high) == (pytest.approx(50 - 16.449, abs=0.01), pytest.approx(50 + 16.449, abs=0.01))
    assert words == "the survey's answer on “billing”"
    backlog = decisions.define({"candidates": {"a": {"opportunity": {"importance": {"from_survey": "i"}, "satisfaction": 3}}}})
    found = resolve(backlog, Evidence(of_themes(None), answers={"i": Estimate(9.8, 9, 10.6)}))
    assert found.backlog["a"].inputs("opportunity")["importance"].high == 10  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ({"from_theme": "Biling"}, 'the feedback has no theme “Biling”. Did you mean "Billing"?'),
        ({"from_kpi": "signup"}, 'there is no value of the KPI "signup". Did you mean "signups"?'),
        ({"from_survey": "biling"}, 'no survey\'s answer is called “biling”. Did you mean "billing"?'),
    ],
)
def test_what_the_data_do_not_know_is_said(source: dict[str, Any], why: str) -> None:
    """With the near miss; the input stays unknown, and nothing is made up for it."""
    themes = spoken("Billing", [1.0] * 5)
    found = reach(source, themes=themes, kpis={"signups": Kpi("Sign-ups")}, answers={"billing": Estimate(1, 1, 1)})
    assert found == (None, why)
