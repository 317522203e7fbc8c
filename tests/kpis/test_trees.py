from datetime import datetime, timedelta
from typing import Any

import pytest

from prodops import kpis

BOOK = kpis.define(
    {
        "tries": {"type": "simple", "title": "Tries", "hidden": True, "table": "events", "agg": "count"},
        "failed": {
            "type": "ratio",
            "title": "Failed",
            "unit": "share",
            "good": "down",
            "numerator": {"table": "events", "agg": "count", "where": {"event": "failed"}},
            "denominator": "tries",
        },
        "passed": {"type": "derived", "title": "Passed", "unit": "share", "expr": "1 - failed"},
    }
)
MONDAY = datetime(2025, 11, 3)


@pytest.fixture(scope="module")
def review(desk: Any) -> kpis.Review:
    """Ten tries a week, one of them failed; in the last week five of ten."""
    rows = [
        {
            "user_id": f"u{i}",
            "event": "failed" if i < (5 if back == 1 else 1) else "done",
            "occurred_at": MONDAY - timedelta(weeks=back, hours=-i),
        }
        for back in range(1, 60)
        for i in range(10)
    ]
    made: kpis.Review = kpis.review(desk("2025-11-03", events=rows), BOOK)
    return made


def test_a_tree_has_each_kpi_above_its_inputs(review: kpis.Review) -> None:
    """A derived KPI stands above the ratio it uses, that above its numerator and its hidden denominator."""
    found = kpis.tree(review, "passed")
    assert list(zip(found["depth"], found["node"], found["title"], strict=True)) == [
        (0, "passed", "Passed"),
        (1, "failed", "Failed"),
        (2, "failed", "Number of rows in events where event is failed"),
        (2, "tries", "Tries"),
    ]


def test_inputs_carry_value_and_change(review: kpis.Review) -> None:
    """Half failed where a tenth did: the ratio by 40 points, its numerator from one to five, its denominator not at all."""
    found = kpis.tree(review, "failed")
    assert found["value"].tolist() == [0.5, 5, 10]
    assert found["change"].round(9).tolist() == [0.4, 4, 0]
    assert found["year_change"].round(9).tolist() == [0.4, 4, 0]
    assert found["history"].iloc[1] == (1,) * 12 + (5,)


def test_a_tree_in_words_is_indented(review: kpis.Review) -> None:
    """Deeper inputs have a longer stroke, changes are in the unit of each."""
    said = review.tree("passed")
    assert said["KPI and its inputs"].tolist() == ["Passed", "└─ Failed", "└── Number of rows in events where event is failed", "└── Tries"]
    assert said["Change"].tolist() == ["−40\u00a0pts", "+40\u00a0pts", "+400\u00a0%", "0\u00a0%"]


def test_all_trees_are_those_of_kpis_with_inputs(review: kpis.Review) -> None:
    """Without a name every KPI on the page that is made of others has its tree; the hidden one has none."""
    assert list(dict.fromkeys(kpis.tree(review)["kpi"])) == ["failed", "passed"]


def test_the_page_of_a_review_is_the_page_of_its_kpi(review: kpis.Review) -> None:
    """What the review knows already gives the page that the engine would: weeks of one in ten, the last of five."""
    found = review.six_twelve("failed")
    assert found.weeks["value"].tolist() == [0.1] * 5 + [0.5]
    assert found.headline == "Failed: 50\u00a0% last week, +40\u00a0pts on the week before, +40\u00a0pts on the year before"


def test_a_total_behind_its_pace_is_a_finding(desk: Any) -> None:
    """Ten each Monday: of 260 wanted in the quarter 93 were due after 33 of its 92 days, and 40 came."""
    rows = [
        {"user_id": f"u{i}", "event": "done", "occurred_at": MONDAY - timedelta(weeks=back, hours=-i)}
        for back in range(1, 30)
        for i in range(10)
    ]
    target = {"value": 260, "on": "2025-12-31", "per": "quarter"}
    book = kpis.define({"done": {"type": "simple", "table": "events", "agg": "count", "target": target}})
    made = kpis.review(desk("2025-11-03", events=rows), book)
    found = {f.name: f for f in made.findings()}["kpi.done.pace"]
    assert (found.value, round(found.before or 0, 2)) == (40, round(260 * 33 / 92, 2))
    assert found.headline == "Done: behind by 57\u00a0% on the way to 260 by 31 Dec 2025"
    assert "kpi.done.target" not in {f.name for f in made.findings()}
    assert made.pace()["Pace"].tolist() == ["behind by 57\u00a0%"]
