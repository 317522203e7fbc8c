"""A survey's numbers go by name to those who reckon with them: candidates take their reach or importance from there."""

import pytest
from survey_desk import FakeDesk, answers

from prodops import decisions, surveys
from prodops.decisions.evidence import Evidence, resolve
from prodops.decisions.pasts import of_themes


def test_the_latest_numbers_have_names() -> None:
    """A score by its question, with its range: NPS 25 of four answers; a candidate whose reach is 3 of a share of 40 % has 1.2."""
    rows = [
        *answers("nps", "2025-01-06", [10, 9, 7, 3]),
        *answers("pmf", "2025-01-06", ["Very disappointed"] * 40 + ["no"] * 60, column="answer"),
    ]
    asked = surveys.define({"questions": {"nps": "nps", "pmf": "pmf"}, "least_group": 1})
    found = surveys.report(FakeDesk("2025-02-01", surveys=rows), asked).answers()
    assert (found["nps"].value, found["nps"].n) == (25.0, 4)
    reach = {"from_survey": "pmf", "times": 3}
    backlog = decisions.define({"candidates": {"a": {"rice": {"reach": reach, "impact": 1, "confidence": 1, "effort": 1}}}})
    settled = resolve(backlog, Evidence(of_themes(None, None, ""), answers=found))
    assert not settled.lacking
    assert settled.backlog["a"].inputs("rice")["reach"].likely == pytest.approx(1.2)  # type: ignore[union-attr]
