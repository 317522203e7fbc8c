"""Raking: margins met, odds kept, and what cannot be met said."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodops import surveys
from prodops.errors import InputError


def people(**cells: int) -> pd.DataFrame:
    """Give so many respondents of each plan and region: ``free_eu=3``."""
    rows = [name.split("_") for name, count in cells.items() for _ in range(count)]
    return pd.DataFrame(rows, columns=["plan", "region"])


FRAME = people(free_eu=40, free_us=30, pro_eu=20, pro_us=10)


def share(weights: pd.Series, is_in: pd.Series) -> float:
    return float(weights[is_in].sum() / weights.sum())


def test_margins_are_met_and_odds_kept() -> None:
    """Shares by plan and region are the known ones, the odds ratio of the cells is the sample's (Deming and Stephan 1940), the mean is 1."""
    found = surveys.rake(FRAME, {"plan": {"free": 5_000, "pro": 5_000}, "region": {"eu": 0.3, "us": 0.7}})
    cells = found.weights.groupby([FRAME["plan"], FRAME["region"]]).sum()
    assert share(found.weights, FRAME["plan"] == "pro") == pytest.approx(0.5, abs=1e-5)
    assert share(found.weights, FRAME["region"] == "us") == pytest.approx(0.7, abs=1e-5)
    assert cells["free", "eu"] * cells["pro", "us"] / (cells["free", "us"] * cells["pro", "eu"]) == pytest.approx(40 * 10 / (30 * 20))
    assert found.weights.mean() == pytest.approx(1)
    assert found.converged
    assert found.design_effect == pytest.approx(len(FRAME) * (found.weights**2).sum() / found.weights.sum() ** 2)


def test_one_margin_is_a_quotient() -> None:
    """Seven of ten free who are half of all weigh 5/7, the rest 5/3."""
    frame = pd.DataFrame({"plan": ["free"] * 7 + ["pro"] * 3})
    weights = surveys.rake(frame, {"plan": {"free": 1, "pro": 1}}).weights
    assert weights.tolist() == pytest.approx([5 / 7] * 7 + [5 / 3] * 3)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1)), min_size=1, max_size=40), st.tuples(*[st.integers(1, 9)] * 5))
def test_raking_never_breaks(rows: list[tuple[int, int]], margins: tuple[int, ...]) -> None:
    """Whatever the sample, weights are finite, not negative, of mean 1 and at most the cap; what is not met is said."""
    frame = pd.DataFrame(rows, columns=["a", "b"])
    found = surveys.rake(frame, {"a": dict(enumerate(margins[:3])), "b": dict(enumerate(margins[3:]))})
    assert np.isfinite(found.weights).all()
    assert (found.weights >= 0).all()
    assert found.weights.mean() == pytest.approx(1)
    assert found.weights.max() <= 5.001
    assert found.converged == (found.farthest <= 1e-5)
    assert found.design_effect >= 1 - 1e-9
    assert {v for missed in found.unreached.values() for v in missed} <= {0, 1, 2}


def test_who_did_not_answer_at_all_is_said() -> None:
    """A group of the population without a respondent is named with its share, and the others share what is left."""
    found = surveys.rake(FRAME, {"region": {"eu": 4, "us": 4, "asia": 2}})
    assert found.unreached == {"region": {"asia": 0.2}}
    assert share(found.weights, FRAME["region"] == "us") == pytest.approx(0.5)


def test_who_did_not_say_keeps_the_samples_share() -> None:
    """A missing plan says nothing about the plan: those respondents keep their part, the others are raked to the rest."""
    frame = pd.DataFrame({"plan": ["free"] * 6 + ["pro"] * 2 + [None] * 2})
    weights = surveys.rake(frame, {"plan": {"free": 1, "pro": 1}}).weights
    assert weights.tolist() == pytest.approx([2 / 3] * 6 + [2] * 2 + [1] * 2)


def test_a_group_of_nobody_counts_nothing() -> None:
    """A known share of 0 takes its respondents out; the mean is over those who count."""
    found = surveys.rake(FRAME, {"plan": {"free": 1, "pro": 0}})
    assert (found.weights[FRAME["plan"] == "pro"] == 0).all()
    assert found.weights[FRAME["plan"] == "free"].mean() == pytest.approx(1)
    assert found.design_effect == pytest.approx(1)


def test_weights_are_cut_at_the_cap() -> None:
    """Two of a hundred who should be half would weigh 25 each: they weigh 5, and the margin is said not to be met."""
    frame = pd.DataFrame({"plan": ["free"] * 98 + ["pro"] * 2})
    found = surveys.rake(frame, {"plan": {"free": 1, "pro": 1}})
    assert found.weights.max() == pytest.approx(5)
    assert (found.converged, found.trimmed) == (False, 2)
    assert found.farthest == pytest.approx(0.5 - 2 * 5 / 100)
    assert surveys.rake(frame, {"plan": {"free": 1, "pro": 1}}, largest=30).converged


def test_base_weights_are_the_start() -> None:
    """Within a group respondents keep the proportions that they came with."""
    frame = pd.DataFrame({"plan": ["free", "free", "pro"]})
    weights = surveys.rake(frame, {"plan": {"free": 2, "pro": 1}}, base=[1, 3, 1]).weights
    assert weights.tolist() == pytest.approx([0.5, 1.5, 1])


def test_nobody_to_rake() -> None:
    """An empty frame has empty weights, which met nothing."""
    found = surveys.rake(pd.DataFrame({"plan": []}), {"plan": {"free": 1}})
    assert (len(found.weights), found.converged) == (0, False)


@pytest.mark.parametrize(
    ("margins", "message"),
    [
        ({"plam": {"free": 1}}, 'no column "plam" to rake by. Did you mean "plan"'),
        ({"plan": {"fre": 1, "pro": 1}}, '"free" is in "plan" but has no margin. Did you mean "fre"'),
        ({"plan": {"free": -1, "pro": 2}}, 'margin of "free" in "plan" is "-1"; expected a share'),
        ({"plan": {"free": "much", "pro": 2}}, 'margin of "free" in "plan" is "much"'),
        ({"plan": {"free": 0, "pro": 0}}, "add up to 0"),
    ],
)
def test_margins_that_cannot_be_used_are_refused(margins, message: str) -> None:
    """One line names the column, the value and the near miss."""
    with pytest.raises(InputError, match=message):
        surveys.rake(FRAME, margins)
