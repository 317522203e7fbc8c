import math

import pandas as pd
import pytest

from prodops.kpis import expressions


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "a.b",
        "a[0]",
        "f(a)",
        "a ** 9",
        "a // b",
        "a % b",
        "a if b else c",
        "lambda: a",
        "[a]",
        "'x'",
        "True * a",
        "a and b",
        "a < b",
        "a := 1",
        "1e999",
        "a; b",
        "",
        "a +",
        "(" * 300 + "a" + ")" * 300,
        "a + " * 200 + "a",
        "1j * a",
        "not a",
        "~a",
    ],
)
def test_nothing_but_arithmetic_is_read(text):
    """Calls, attributes, comparisons, powers, strings and everything else that is no plain arithmetic is refused."""
    with pytest.raises(ValueError, match=r"expression|only|not a number"):
        expressions.parse(text)


def test_names_come_once_in_order_of_use():
    """The names of an expression are listed as a reader meets them."""
    assert expressions.names("(b - a) / b + c * a") == ["b", "a", "c"]


def test_arithmetic_follows_the_usual_rules():
    """Precedence, parentheses, signs and numbers work as on paper."""
    a, b = pd.DataFrame({"x": [6.0]}), pd.DataFrame({"x": [4.0]})
    assert expressions.evaluate("-(a - b) * 2 + a / b - 0.5", {"a": a, "b": b}).equals(pd.DataFrame({"x": [-3.0]}))


def test_division_by_zero_is_missing_where_it_happens_and_nowhere_else():
    """A slice without a denominator is missing; the slice beside it is not."""
    top, bottom = (pd.DataFrame({"x": [1.0, 3.0], "y": [0.0, 2.0]}), pd.DataFrame({"x": [2.0, 0.0], "y": [0.0, math.nan]}))
    assert expressions.evaluate("top / bottom", {"top": top, "bottom": bottom}).equals(
        pd.DataFrame({"x": [0.5, math.nan], "y": [math.nan, math.nan]})
    )
    assert math.isnan(expressions.evaluate("1 / (2 - 2)", {}))
