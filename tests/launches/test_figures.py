"""Numbers that stand together are told with one unit and so many decimals that a reader can check the sum."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodops.launches.figures import figures


@pytest.mark.parametrize(
    ("unit", "whole", "part", "ends", "said"),
    [
        ("share", 0.46, 0.34, (0.06, 0.17), ("46\u00a0%", "34\u00a0%", "+12\u00a0pts", "+6 to +17\u00a0pts")),
        ("share", 0.4552, 0.3318, (0.064, 0.174), ("45.5\u00a0%", "33.2\u00a0%", "+12.3\u00a0pts", "+6.4 to +17.4\u00a0pts")),
        ("count", 25.452, 23.42, (0.89, 3.17), ("25.45", "23.42", "+2.03", "+0.89 to +3.17")),
        ("nps", 22.4, 47.1, (-42.0, -7.0), ("22\u00a0pts", "47\u00a0pts", "−25\u00a0pts", "−42 to −7\u00a0pts")),
        (
            "EUR", 41_000, 42_867, (-16_328, 5_610),
            ("€\u00a041.0\u00a0k", "€\u00a042.9\u00a0k", "−\u2060€\u00a01.9\u00a0k", "−\u2060€\u00a016.3\u00a0k to +\u2060€\u00a05.6\u00a0k"),
        ),
    ],
)  # fmt: skip
def test_one_unit_and_a_sum_that_holds(unit: str, whole: float, part: float, ends: tuple[float, float], said: tuple[str, ...]) -> None:
    """Value, what was to be expected, the effect and its range: one scale, as many decimals, and no line break behind a sign."""
    say = figures(unit, whole, part, whole - part, ends)
    assert (say.value(whole), say.rest(whole, whole - part), say.change(whole - part), say.range(*ends)) == said


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_parts_add_up_as_printed(whole: float, part: float) -> None:
    """Whatever the numbers, the printed rest and the printed difference make the printed whole, and the rest is off by no more than rounding."""
    say = figures("share", whole, part, whole - part)
    numbers = [
        float(re.sub(r"[^0-9.−-]", "", text).replace("−", "-"))
        for text in (say.value(whole), say.change(whole - part), say.rest(whole, whole - part))
    ]
    assert numbers[0] == pytest.approx(numbers[1] + numbers[2])
    assert abs(numbers[2] - 100 * part) <= 1.01 * 0.1**say.decimals


def test_what_is_not_known_is_told_as_such() -> None:
    """A number that is missing, beside one that is there."""
    say = figures("share", float("nan"), float("nan"), 0.123)
    assert (say.value(float("nan")), say.change(0.123)) == ("n/a", "+12\u00a0pts")
