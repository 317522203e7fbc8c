"""Waves and groups set against each other, pooled, and asked who is missing."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodops import surveys
from prodops.errors import InputError


def test_a_difference_of_shares_is_newcombes() -> None:
    """56 of 70 less 48 of 80 is 0.2000 with 0.0524 to 0.3339 (Newcombe 1998, 873-890, method 10)."""
    before, after = surveys.share([True] * 48 + [False] * 32), surveys.share([True] * 56 + [False] * 14)
    found = surveys.difference(before, after)
    assert tuple(round(part, 4) for part in (found.value, found.lower, found.upper)) == (0.2, 0.0524, 0.3339)
    assert found.differs


answers = st.lists(st.integers(0, 10), min_size=1, max_size=60)


@settings(max_examples=30)
@given(answers, answers)
def test_range_and_p_say_the_same(one: list[int], other: list[int]) -> None:
    """A change is claimed exactly where its range leaves out 0, and turning the two about turns the sign alone."""
    before, after = surveys.nps(one), surveys.nps(other)
    found, back = surveys.difference(before, after), surveys.difference(after, before)
    assert found.differs == (found.lower >= 0 or found.upper <= 0)
    assert (back.value, back.lower, back.upper) == pytest.approx((-found.value, -found.upper, -found.lower))
    assert back.p == pytest.approx(found.p)


def test_a_large_change_is_claimed_and_a_small_one_is_not() -> None:
    """Waves of 200: from 30 to 33 is chance, from 30 to 60 is not; one weight for all changes nothing."""
    waves = [np.repeat([10, 8, 2], counts) for counts in ([100, 60, 40], [104, 58, 38], [140, 40, 20])]
    first, second, third = (surveys.nps(wave) for wave in waves)
    assert not surveys.difference(first, second).differs
    assert surveys.difference(first, third).p < 0.001
    assert surveys.difference(first, surveys.nps(waves[2], [3.0] * 200)).p == pytest.approx(surveys.difference(first, third).p)


def test_without_ranges_there_is_no_p() -> None:
    """A change of means without spread has a value and nothing else; nor does it differ."""
    found = surveys.difference(surveys.mean([3, 3]), surveys.mean([4]))
    assert (found.value, found.differs) == (1, False)
    assert math.isnan(found.p)


def test_many_comparisons_pay_for_each_other() -> None:
    """Twenty pairs of which one differs at p = 0.03 alone: adjusted (Benjamini and Hochberg) none is claimed; alone it is."""
    even = surveys.share([True, False] * 50)
    lucky = (surveys.share([True] * 42 + [False] * 58), surveys.share([True] * 58 + [False] * 42))
    pairs = {f"segment {i}": (even, even) for i in range(19)} | {"lucky": lucky}
    found = surveys.differences(pairs).set_index("name")
    assert found.loc["lucky", "p"] < 0.05 < found.loc["lucky", "p_adjusted"]
    assert not found["differs"].any()
    assert surveys.differences({"lucky": lucky})["differs"].all()
    assert surveys.differences({}).empty


def test_pooling_pools_people() -> None:
    """A wave of 90 detractors and one of 10 promoters make −80, not the mean of −100 and 100."""
    found = surveys.pooled(surveys.nps, [[10] * 10, [0] * 90])
    assert (found.value, found.n) == (-80, 100)
    weighted = surveys.pooled(surveys.nps, [[10], [0, 0]], [[2], None])
    assert weighted.value == pytest.approx(0)
    with pytest.raises(InputError, match="2 waves and weights for 1"):
        surveys.pooled(surveys.nps, [[1], [2]], [[1]])


def test_the_response_rate() -> None:
    """15 of 148 is 0.0624 to 0.1605 (Newcombe 1998); nobody invited has no rate, and more answers than people are refused."""
    found = surveys.response_rate(15, 148)
    assert (found.value, round(found.lower, 4), round(found.upper, 4)) == (15 / 148, 0.0624, 0.1605)
    assert math.isnan(surveys.response_rate(0, 0).value)
    with pytest.raises(InputError, match="12 answered of 10 invited"):
        surveys.response_rate(12, 10)


def test_who_is_missing_and_who_is_loud() -> None:
    """A group that answers less than the rest is missing, one that answers more is loud, a small one is left open."""
    found = surveys.who_is_missing({"free": 30, "pro": 90}, {"free": 300, "pro": 310, "trial": 4}).set_index("group")
    assert found.index.tolist() == ["trial", "free", "pro"]
    assert found["is_missing"].to_dict() == {"trial": False, "free": True, "pro": False}
    assert found["is_loud"].to_dict() == {"trial": False, "free": False, "pro": True}
    assert found.loc["free", "share_answered"] == 0.25
    assert found.loc["free", "share_invited"] == pytest.approx(300 / 614)


def test_one_group_has_nobody_to_be_compared_with() -> None:
    """Where there is one group only, nobody is missing; answers of a group that was not asked are refused."""
    assert not surveys.who_is_missing({"all": 5}, {"all": 10})["is_missing"].any()
    assert surveys.who_is_missing({}, {}).empty
    with pytest.raises(InputError, match='"pro" has answers'):
        surveys.who_is_missing({"pro": 1}, {"free": 10})
