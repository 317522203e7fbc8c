import pytest

from prodops.kpis.aggregates import Rows
from prodops.kpis.filters import exclude


def where(**tests):
    return Rows(table="surveys", where=tests).where


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ({"score": {">=": 9}}, {"score": {"<=": 6}}, True),
        ({"score": {">=": 9}}, {"score": {"<=": 9}}, False),
        ({"score": {">": 9}}, {"score": {"<=": 9}}, True),
        ({"score": {">": 6}}, {"score": {"<": 7}}, False),  # 6.5 would pass both
        ({"score": 9}, {"score": [1, 2]}, True),
        ({"score": [2, 9]}, {"score": {"<": 3}}, False),
        ({"question": "nps"}, {"question": "csat"}, True),
        ({"question": "nps"}, {"question": {"not_in": ["nps"]}}, True),
        ({"question": "nps"}, {"question": {"!=": "csat"}}, False),
        ({"question": {"!=": "nps"}}, {"question": {"!=": "csat"}}, False),
        ({"question": "nps", "score": {">": 3}}, {"segment": "nps"}, False),
        ({"score": {"is_null": False}}, {"score": {"is_null": False}}, False),
        ({}, {}, False),
    ],
)
def test_two_filters_exclude_each_other_or_may_not(one, other, apart):
    """Only filters that no value at all can pass together are said to exclude each other, whichever comes first."""
    assert exclude(where(**one), where(**other)) is apart
    assert exclude(where(**other), where(**one)) is apart
