"""Formulas are read against a white list: what is understood becomes terms, all else is refused at once in one line."""

import pytest

from prodops.scenarios.language import DEEPEST, Term, is_name, names, parse


def test_a_formula_becomes_terms() -> None:
    """Operations nest as arithmetic does: powers before signs before products before sums."""
    a, b = Term("name", name="a"), Term("name", name="b")
    two = Term("number", value=2.0)
    assert parse("-a ** 2 + b * 2") == Term("+", (Term("neg", (Term("**", (a, two)),)), Term("*", (b, two))))


def test_a_chain_of_comparisons_holds_where_each_does() -> None:
    """``1 < a < 2`` is ``1 < a and a < 2``."""
    assert parse("1 < a < 2") == parse("1 < a and a < 2")


def test_names_are_listed_once_without_the_clock() -> None:
    """What a formula uses stands in order of first use; month and months are everybody's."""
    assert names(parse("b * a + ramp(b, 2) * month / months")) == ["b", "a"]


@pytest.mark.parametrize(
    ("formula", "told"),
    [
        ("__import__('os').system('true')", "not a function that formulas know"),
        ("().__class__.__base__", "nothing behind a dot"),
        ("a.b", "nothing behind a dot"),
        ("a[0]", "previous(x, first)"),
        ("lambda: a", "defines no functions"),
        ("[a for a in b]", "not understood"),
        ("a if b", "cannot be read"),
        ("'text'", "is not a number"),
        ("f'{a}'", "holds no text"),
        ("True + a", "write 1"),
        ("1j", "is not a number"),
        ("(b := a)", "make a node of its own"),
        ("a ^ 2", "write **"),
        ("a × 2", "write *"),
        ("a ÷ 2", "write /"),
        ("5 %", "write / 100"),
        ("a // b", "not understood"),
        ("a @ b", "not understood"),
        ("a & b", "not understood"),
        ("a is b", "not understood"),
        ("9**9**9", "too high"),
        ("a ** 999", "too high"),
        ("a ** -(10 * 10)", "too high"),
        ("a ** (9e300 * 9e300)", "too high"),
        ("1e999", "too large"),
        ("9" * 900, "too large"),
        ("1+" * 500_000 + "1", "1,000,001 characters"),
        ("(" * 450 + "1" + ")" * 450, "cannot be read"),
        ("-" * 300 + "1", f"more than {DEEPEST} deep"),
        ("max(a, b, " * 60 + "a" + ")" * 60, "deep"),
        ("+".join(["a"] * 450), "more than 400 operations"),
        ("min(a)", "min is written min(a, b, …), found 1 value"),
        ("exp(a, b)", "exp is written exp(x), found 2 values"),
        ("clip(a, low=1, high=2)", "values stand without names"),
        ("max(*a)", "found 1 value"),
        ("mxa(a, b)", 'Did you mean "max"?'),
        ("maxx(a, b)", 'Did you mean "max"?'),
        ("min + 1", '"min" is a function'),
        ("a__set", "no double underscore"),
        ("", "cannot be read"),
        ("a\x00b", "cannot be read"),
        ("a; b", "cannot be read"),
    ],
)
def test_what_is_not_arithmetic_is_refused_at_once(formula: str, told: str) -> None:
    """Each refusal is one line that says what is wrong or what to write; a million characters are never parsed."""
    with pytest.raises(ValueError) as refused:
        parse(formula)
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "good"), [("mrr", True), ("mrr_2", True), ("Mrr", False), ("a__b", False), ("_a", False), ("a_", False), ("ä", False)]
)
def test_names_leave_room_for_those_of_our_own(text: str, good: bool) -> None:
    """A double underscore marks a month or a lever's two values, so no lever or node may have one."""
    assert is_name(text) is good
