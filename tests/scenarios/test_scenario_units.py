"""Units: what cannot be added is refused, what multiplies combines, and shares are pure numbers."""

import pytest

from prodops.scenarios import units
from prodops.scenarios.language import parse

WORDS = {
    "people": "count",
    "share": "share",
    "gain": "points",
    "price": "EUR",
    "cost": "EUR",
    "dollars": "USD",
    "wait": "days",
    "fee": "EUR/months",
    "rent": "months",
    "factor": "ratio",
}
UNITS = {name: units.read(word) for name, word in WORDS.items()}


@pytest.mark.parametrize(
    ("formula", "gives"),
    [
        ("people * share", "count"),
        ("people * price", "EUR"),
        ("people * people", "count"),
        ("price / people", "EUR"),
        ("price / cost", "ratio"),
        ("people / people", "share"),
        ("price * (1 + gain)", "EUR"),
        ("share + gain * factor", "share"),
        ("fee * rent", "EUR"),
        ("price + 5", "EUR"),
        ("price * month", "EUR"),
        ("130 * (1 - share)", "count"),
        ("20 * people", "EUR"),
        ("sqrt(price * cost)", "EUR"),
        ("price ** 2 / price", "EUR"),
        ("(price / cost) ** factor * people", "count"),
        ("price if price > cost else max(cost, 10)", "EUR"),
        ("previous(price, 10) + sum(cost)", "EUR"),
        ("exp(share) * price", "EUR"),
        ("clip(wait, 1, 30)", "days"),
    ],
)
def test_a_formula_gives_its_unit(formula: str, gives: str) -> None:
    """Products combine, a count of things is a count, and written numbers fit anywhere."""
    assert units.of(parse(formula), UNITS, WORDS).may_be(units.read(gives))


@pytest.mark.parametrize(
    ("formula", "told"),
    [
        ("price + gain", 'adds "price" (EUR) and "gain" (points); to change an amount by a share, multiply by (1 + the share)'),
        ("price - share", "multiply by (1 - the share)"),
        ("price + dollars", 'adds "price" (EUR) and "dollars" (USD); both must be in one unit'),
        ("people - share", 'subtracts "people" (count)'),
        ("max(price, people)", "compares"),
        ("price if share > wait else cost", 'compares "share" (share) and "wait" (days)'),
        ("price if share else people", "chooses between"),
        ("previous(price, people)", "starts"),
        ("log(price)", "divide by an amount of the same unit"),
        ("price ** share", "a power that can change"),
        ("price * price + cost", "an amount in EUR^2"),
        ("fee + price", 'adds "fee" (EUR/months)'),
    ],
)
def test_what_does_not_go_together_is_refused(formula: str, told: str) -> None:
    """The refusal names both sides with their units, and what to write."""
    with pytest.raises(units.Clash) as refused:
        units.of(parse(formula), UNITS, WORDS)
    assert told in str(refused.value)


def test_a_node_of_another_unit_is_told_apart() -> None:
    """Money is no count, and days are no hours."""
    assert not units.read("EUR").fits(units.read("count"))
    assert not units.read("days").fits(units.read("hours"))
    assert not units.of(parse("people * share"), UNITS, WORDS).may_be(units.read("share"))


@pytest.mark.parametrize(("text", "near"), [("eur", "EUR"), ("shre", "share"), ("day", "days")])
def test_an_unknown_unit_has_its_near_miss(text: str, near: str) -> None:
    """A slip in a unit's word is answered with the word."""
    with pytest.raises(ValueError, match=f'Did you mean "{near}"'):
        units.read(text)
