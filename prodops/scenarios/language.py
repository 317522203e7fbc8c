"""The formulas of a driver tree: arithmetic that people type, parsed once against a white list, never run as code.

A formula becomes a :class:`Term`, from which arrays, Vega's expressions and the reader's words are made.
"""

import ast
import math
import operator
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

from prodops.errors import did_you_mean, shorten

LONGEST, DEEPEST, LARGEST = 1_000, 40, 400
"""A formula's limits: characters, levels of nesting, and operations: above what a reader follows, below what strains a computer."""
HIGHEST_POWER = 64.0

MONTH, MONTHS = "month", "months"
CLOCK = (MONTH, MONTHS)
"""Names that every formula knows: the month's number (1 to the last) and the number of months."""

FUNCTIONS: dict[str, tuple[int, int]] = {
    "min": (2, 20),
    "max": (2, 20),
    "clip": (3, 3),
    "exp": (1, 1),
    "log": (1, 1),
    "sqrt": (1, 1),
    "sum": (1, 1),
    "mean": (1, 1),
    "last": (1, 1),
    "cumulative": (1, 1),
    "previous": (2, 2),
    "ramp": (2, 2),
}
"""Each function with the least and the most values it takes."""
SIGNATURES = {
    "clip": "clip(x, low, high)",
    "previous": "previous(x, first)",
    "ramp": "ramp(start, months)",
    "min": "min(a, b, …)",
    "max": "max(a, b, …)",
}
OVER_MONTHS = ("sum", "mean", "last")
"""Functions that need every month of their value."""
COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
LOGIC = ("and", "or", "not")

_BINARY: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}
_PLAIN: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": math.pow,
}
_COMPARE: dict[type[ast.cmpop], str] = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
_WRITE = {
    "^": "**",
    "×": "*",
    "·": "*",
    "÷": "/",
    "−": "-",
    "–": "-",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "√": "sqrt(…)",
    "²": "** 2",
    "%": "/ 100",
}
_KNOWN = "names, numbers, + - * / **, comparisons, and/or/not, a if b else c, and the functions " + ", ".join(FUNCTIONS)
_REFUSED: dict[type[ast.AST], str] = {
    ast.Attribute: "a name has no parts: there is nothing behind a dot",
    ast.Subscript: "nothing is picked with [ ]; the month before is previous(x, first)",
    ast.Lambda: "a formula defines no functions",
    ast.JoinedStr: "a formula holds no text",
    ast.FormattedValue: "a formula holds no text",
    ast.Starred: "values are written out one by one",
    ast.NamedExpr: "a formula names nothing; make a node of its own",
}


class Term(NamedTuple):
    """One operation of a formula and what it works on; ``number`` has a value, ``name`` has a name, all others have arguments."""

    op: str
    args: tuple["Term", ...] = ()
    value: float = 0.0
    name: str = ""


def number(value: float) -> Term:
    """Give a number as a term."""
    return Term("number", value=float(value))


def name(text: str) -> Term:
    """Give a name as a term."""
    return Term("name", name=text)


def walk(term: Term) -> Iterator[Term]:
    """Give a term and all terms below it, in the order they are written."""
    yield term
    for arg in term.args:
        yield from walk(arg)


def names(term: Term) -> list[str]:
    """List the names that a formula uses, each once, in order of first use; the clock's are not among them."""
    return list(dict.fromkeys(t.name for t in walk(term) if t.op == "name" and t.name not in CLOCK))


@cache
def parse(text: str) -> Term:
    """Parse a formula; raises ValueError that says which part is not understood and what to write."""
    if len(text) > LONGEST:
        raise ValueError(f"the formula has {len(text):,} characters; at most {LONGEST:,} are read: make nodes of its parts")
    for sign, instead in _WRITE.items():
        if sign in text:
            raise ValueError(f'"{sign}" is not understood; write {instead}')
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as fault:
        raise ValueError(f"the formula cannot be read{_where(fault)}; write arithmetic such as (a - b) / c") from None
    if sum(1 for _ in ast.walk(tree)) > 4 * LARGEST:
        raise ValueError(f"the formula has more than {LARGEST} operations; make nodes of its parts")
    term = _term(tree, 1)
    if sum(1 for _ in walk(term)) > LARGEST:
        raise ValueError(f"the formula has more than {LARGEST} operations; make nodes of its parts")
    return term


def _where(fault: Exception) -> str:
    column = fault.offset if isinstance(fault, SyntaxError) else None
    return f" at character {column}" if column and column > 0 else ""


def _term(node: ast.expr, depth: int) -> Term:
    if depth > DEEPEST:
        raise ValueError(f"the formula is nested more than {DEEPEST} deep; make nodes of its parts")

    def below(*parts: ast.expr) -> tuple[Term, ...]:
        return tuple(_term(part, depth + 1) for part in parts)

    match node:
        case ast.Constant():
            return _number(node.value)
        case ast.Name():
            return _name(node.id)
        case ast.UnaryOp(op=ast.USub()):
            return Term("neg", below(node.operand))
        case ast.UnaryOp(op=ast.UAdd()):
            return below(node.operand)[0]
        case ast.UnaryOp(op=ast.Not()):
            return Term("not", below(node.operand))
        case ast.BinOp() if type(node.op) in _BINARY:
            return _power_limited(Term(_BINARY[type(node.op)], below(node.left, node.right)))
        case ast.BoolOp():
            return _folded("and" if isinstance(node.op, ast.And) else "or", below(*node.values))
        case ast.Compare() if all(type(op) in _COMPARE for op in node.ops):
            sides = below(node.left, *node.comparators)
            pairs = zip(node.ops, sides, sides[1:], strict=False)
            return _folded("and", tuple(Term(_COMPARE[type(op)], (a, b)) for op, a, b in pairs))
        case ast.IfExp():
            return Term("if", below(node.test, node.body, node.orelse))
        case ast.Call():
            return _call(node, below)
    raise ValueError(f"{_REFUSED.get(type(node), 'this is not understood')}; a formula holds {_KNOWN}")


def _folded(op: str, terms: tuple[Term, ...]) -> Term:
    whole = terms[0]
    for term in terms[1:]:
        whole = Term(op, (whole, term))
    return whole


def _number(value: object) -> Term:
    if isinstance(value, bool):
        raise ValueError(f"{value} is not a number; write {int(value)}")
    if not isinstance(value, int | float):
        raise ValueError(f"{shorten(value, 20)} is not a number; a formula holds {_KNOWN}")
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        raise ValueError(f"the number {shorten(value, 20)} is too large")
    return number(found)


def _name(text: str) -> Term:
    if text in FUNCTIONS:
        raise ValueError(f'"{text}" is a function: write {signature(text)}')
    if "__" in text:
        raise ValueError(f"{shorten(text)} is no name of this model; names have no double underscore")
    return name(text)


def _call(node: ast.Call, below: Callable[..., tuple[Term, ...]]) -> Term:
    called = node.func.id if isinstance(node.func, ast.Name) else ""
    if called not in FUNCTIONS:
        shown = shorten(called, 40) if called else "this"
        raise ValueError(f"{shown} is not a function that formulas know.{did_you_mean(called, FUNCTIONS)} They know {', '.join(FUNCTIONS)}")
    least, most = FUNCTIONS[called]
    if node.keywords or any(isinstance(a, ast.Starred) for a in node.args) or not least <= len(node.args) <= most:
        raise ValueError(f"{called} is written {signature(called)}, found {_count(node)}")
    return Term(called, below(*node.args))


def signature(function: str) -> str:
    """Say how a function is written: ``clip(x, low, high)``."""
    return SIGNATURES.get(function, f"{function}(x)")


def _count(node: ast.Call) -> str:
    if node.keywords:
        return f'"{node.keywords[0].arg or "**"} = …", where values stand without names'
    return f"{len(node.args)} value{'s' if len(node.args) != 1 else ''}"


def _power_limited(term: Term) -> Term:
    """Refuse a power that is a number, or made of numbers, and too high."""
    if term.op != "**":
        return term
    power = constant(term.args[1])
    if power is not None and not abs(power) <= HIGHEST_POWER:
        raise ValueError(f"a power of {power:,.0f} is too high; at most {HIGHEST_POWER:.0f} is taken")
    return term


def constant(term: Term) -> float | None:
    """Work out a term that holds only numbers; None for one that does not (infinite where it cannot be held)."""
    if term.op == "number":
        return term.value
    parts = [constant(arg) for arg in term.args]
    if term.op not in ("neg", "+", "-", "*", "/", "**") or None in parts:
        return None
    known = [p for p in parts if p is not None]
    try:
        return -known[0] if term.op == "neg" else _PLAIN[term.op](*known)
    except (OverflowError, ZeroDivisionError, TypeError):
        return math.inf


def is_name(text: str) -> bool:
    """Whether a lever or node may be called so."""
    return bool(re.fullmatch(r"[a-z][a-z0-9_]{0,59}", text)) and "__" not in text and not text.endswith("_")
