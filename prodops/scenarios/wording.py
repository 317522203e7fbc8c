"""The readable reading: a formula in words, as a report's fine print has it: ``Activated sign-ups = sign-ups × activation``."""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal

from prodops.scenarios.language import COMPARISONS, MONTH, MONTHS, Term

_SIGNS = {"+": "+", "-": "−", "*": "×", "/": "÷", "**": "^", "<=": "≤", ">=": "≥", "==": "=", "!=": "≠"}
_BINDS = {"if": 0, "or": 1, "and": 2, "not": 3, **dict.fromkeys(COMPARISONS, 4), "+": 5, "-": 5, "*": 6, "/": 6, "neg": 7, "**": 8}
"""How tightly an operation holds its parts; all others are closed by brackets of their own."""
_CLOSED = 9
_WORDS: dict[str, str] = {
    "min": "min of ({})",
    "max": "max of ({})",
    "clip": "limited ({0}; at least {1}; at most {2})",
    "exp": "exp ({})",
    "log": "ln ({})",
    "sqrt": "√({})",
    "sum": "total over all months of ({})",
    "mean": "mean over all months of ({})",
    "last": "last month of ({})",
    "cumulative": "running total of ({})",
    "previous": "the month before ({0}; at first {1})",
    "ramp": "ramp (from month {0}; over {1} months)",
}
_CLOCK = {MONTH: "month number", MONTHS: "number of months"}


def equation(title: str, term: Term, titles: Mapping[str, str]) -> str:
    """Say a node's formula: its title, and what it is made of; ``titles`` are in the words of :func:`inside`."""
    return f"{title} = {in_words(term, titles)}"


def inside(labels: Mapping[str, str]) -> dict[str, str]:
    """Give each label as it stands within a formula: small first letter, in quotes where it holds signs, the name where two are alike."""
    count = Counter(label.lower() for label in labels.values())
    return {name: _inside(label) if count[label.lower()] == 1 else name for name, label in labels.items()}


def _inside(label: str) -> str:
    text = label[0].lower() + label[1:] if label[1:2].islower() or label[1:2] in (" ", "-") else label
    return f"“{text}”" if set(text) & set("+−×÷^()<>=≤≥≠;√,") else text


def in_words(term: Term, titles: Mapping[str, str]) -> str:
    """Say a formula with × ÷ − ^, words for functions, and no more brackets than it needs."""
    if term.op == "number":
        return _digits(term.value)
    if term.op == "name":
        return _CLOCK.get(term.name) or titles.get(term.name, term.name)
    if term.op in _WORDS:
        parts = [in_words(arg, titles) for arg in term.args]
        return _WORDS[term.op].format(*parts) if "{0}" in _WORDS[term.op] else _WORDS[term.op].format("; ".join(parts))
    own = _BINDS[term.op]
    match term.op:
        case "neg" | "not":
            return ("−" if term.op == "neg" else "not ") + _held(term.args[0], own + 1, titles)
        case "if":
            then, test, other = (_held(arg, own + 1, titles) for arg in (term.args[1], term.args[0], term.args[2]))
            return f"{then} if {test}, otherwise {other}"
        case "**":
            return f"{_held(term.args[0], _CLOSED, titles)} ^ {_held(term.args[1], _CLOSED, titles)}"
    right = own + (term.op in ("-", "/", *COMPARISONS))
    left = own + (term.op in COMPARISONS)
    return f"{_held(term.args[0], left, titles)} {_SIGNS.get(term.op, term.op)} {_held(term.args[1], right, titles)}"


def _held(term: Term, needs: int, titles: Mapping[str, str]) -> str:
    """Say a part, in brackets where it holds less tightly than it must."""
    text = in_words(term, titles)
    return text if _BINDS.get(term.op, _CLOSED) >= needs else f"({text})"


def _digits(value: float) -> str:
    """Write a number in full, with thousands apart: ``2,000``, ``0.0005``."""
    text = format(Decimal(repr(value)), ",f")
    return text.rstrip("0").rstrip(".") if "." in text else text
