"""Conditions on what a run found, as a delivery's ``when`` says them: ``nps.change < -3``, ``kpi.activation >= 40 % and not …``.

A condition compares numbers of findings and tiles with numbers, joined by ``and``, ``or``, ``not`` and brackets. It is read into
Python's own syntax tree, of which only what is named here is let through; nothing of it is ever executed.

- A finding goes by its name, of which the first part may be left out where that is clear (``nps`` for ``kpi.nps``); one with spaces or
  signs in it stands in quotes. Alone it stands for its value; ``.change`` (value less before), ``.relative`` (change as a share of before),
  ``.before``, ``.lower``, ``.upper``, ``.target`` and ``.surprise`` give its other numbers, ``abs(…)`` the size of any.
- A number may end in ``%`` or ``pts``, which is checked against the finding's unit: shares are fractions, so 40 % is 0.4.
- What is not known is neither true nor false, and sends nothing: ``not`` does not make it true.
"""

import ast
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from prodops.errors import did_you_mean, shorten

Figures = Sequence[Mapping[str, Any]]
"""Findings and tiles as a run's record has them."""

LONGEST = 500
FIELDS = ("value", "change", "relative", "before", "lower", "upper", "target", "surprise")
COMPARE = {ast.Lt: lt, ast.LtE: le, ast.Gt: gt, ast.GtE: ge, ast.Eq: eq, ast.NotEq: ne}
SHARES = ("share", "points")
WORDS = re.compile(
    r"""(?P<quoted>"[^"]*"|'[^']*')|(?P<name>(?<![\w.])[^\W\d]\w*(?:[.-]\w+)+)|(?P<number>(?<![\w.])\d+\.?\d*|\.\d+)\s*(?P<unit>%|pts\b)|(?P<minus>−)"""
)
"""What is not Python as it stands: names with hyphens (or a reserved word) in them, numbers with a unit, the minus sign of print."""
UNITS = {"%": "_percent", "pts": "_points"}


@dataclass(frozen=True)
class _Number:
    """A number with its unit: a finding's own, ``_percent`` or ``_points`` of a written one, or none."""

    value: float | None
    unit: str = ""


@dataclass(frozen=True)
class Condition:
    """One condition, as it was written and as it was read."""

    text: str
    tree: ast.expr

    def holds(self, figures: Figures) -> bool:
        """Tell whether the condition is true of a run; what is not known is not true."""
        return _Reading(figures).truth(self.tree) is True

    def doubts(self, figures: Figures) -> list[str]:
        """Say in sentences what the condition asks of a run that the run does not tell, as a finding it does not have."""
        reading = _Reading(figures)
        reading.truth(self.tree)
        return [f'"{self.text}": {said}' for said in dict.fromkeys(reading.said)]


def parse(text: str) -> Condition:
    """Read a condition; raises :class:`ValueError` with what is wrong, in a few words."""
    text = " ".join(text.split())
    if not text or len(text) > LONGEST:
        raise ValueError(f"a condition is a line of up to {LONGEST} characters, as nps.change < -3")
    try:
        tree = ast.parse(WORDS.sub(_as_python, text), mode="eval").body
        _check_truth(tree)
    except (SyntaxError, RecursionError, MemoryError):
        raise ValueError(f"{shorten(text)} cannot be read; write it as nps.change < -3, a name with spaces in quotes") from None
    except ValueError as fault:
        raise ValueError(f"{shorten(text)}: {fault}") from None
    return Condition(text, tree)


def _as_python(found: re.Match[str]) -> str:
    if found["minus"]:
        return "-"
    return found["quoted"] or (repr(found["name"]) if found["name"] else f"{UNITS[found['unit']]}({found['number']})")


# ------------------------------------------------------------------------------------------------- what is let through
def _check_truth(node: ast.expr) -> None:
    match node:
        case ast.BoolOp(values=parts):
            for part in parts:
                _check_truth(part)
        case ast.UnaryOp(op=ast.Not(), operand=part):
            _check_truth(part)
        case ast.Compare(left=left, ops=ops, comparators=others):
            if not all(type(op) in COMPARE for op in ops):
                raise ValueError("the comparisons are < <= > >= == and !=")
            named = [_check_number(term) for term in (left, *others)]
            if not any(named):
                raise ValueError("it compares no finding with anything")
        case _:
            raise ValueError("compare a finding with a number, as nps.change < -3")


def _check_number(node: ast.expr) -> bool:
    """Let a number or a finding's name pass; true where it is (or holds) a name."""
    match node:
        case ast.Constant(value=bool()):
            pass
        case ast.Constant(value=int() | float() as value):
            if _finite(value) is not None:
                return False
            raise ValueError("a number is too large")
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=part):
            return _check_number(part)
        case ast.Call(func=ast.Name(id="_percent" | "_points"), args=[ast.Constant() as part], keywords=[]):
            return _check_number(part)
        case ast.Call(func=ast.Name(id="abs"), args=[part], keywords=[]):
            return _check_number(part)
        case ast.BinOp():
            raise ValueError("it calculates; findings can only be compared with numbers")
        case _ if _name(node):
            return True
    raise ValueError("only findings' names, numbers, abs(…), comparisons, and, or, not are known here")


def _name(node: ast.expr) -> str:
    """Read a dotted name, the start of which may be quoted; empty where it is something else."""
    match node:
        case ast.Name(id=name) | ast.Constant(value=str(name)):
            return name.strip()
        case ast.Attribute(value=start, attr=last) if _name(start):
            return f"{_name(start)}.{last}"
    return ""


# ------------------------------------------------------------------------------------------------------- what it says
class _Reading:
    """One reading of a condition against one run's figures; ``said`` collects what could not be answered."""

    def __init__(self, figures: Figures) -> None:
        self.figures = {str(figure.get("name")): figure for figure in reversed(figures)}  # the first of a name counts
        self.said: list[str] = []

    def truth(self, node: ast.expr) -> bool | None:
        match node:
            case ast.BoolOp(op=op, values=parts):
                known = [self.truth(part) for part in parts]
                settles = isinstance(op, ast.Or)  # one such part settles it, whatever is not known of the others
                return settles if settles in known else None if None in known else not settles
            case ast.UnaryOp(operand=part):
                inner = self.truth(part)
                return None if inner is None else not inner
            case ast.Compare(left=left, ops=ops, comparators=others):
                terms = [self.number(term) for term in (left, *others)]
                steps = [self.compare(a, type(op), b) for a, op, b in zip(terms, ops, terms[1:], strict=False)]
                return False if False in steps else None if None in steps else True
        raise AssertionError("parse lets nothing else through")

    def compare(self, left: _Number, op: type[ast.cmpop], right: _Number) -> bool | None:
        a, b = self.aligned(left, right), self.aligned(right, left)
        return None if a is None or b is None else bool(COMPARE[op](a, b))

    def aligned(self, number: _Number, other: _Number) -> float | None:
        """Bring a written percentage or difference in points to the unit of what it is compared with."""
        if number.value is None or number.unit not in UNITS.values() or other.unit in UNITS.values() or other.value is None:
            return number.value
        if other.unit in SHARES:
            return number.value / 100
        if other.unit == "nps" and number.unit == "_points":
            return number.value
        sign = "%" if number.unit == "_percent" else "pts"
        self.said.append(f"{sign} does not go with the unit {shorten(other.unit or 'none')}; write a plain number.")
        return None

    def number(self, node: ast.expr) -> _Number:
        match node:
            case ast.Constant(value=int() | float() as value):
                return _Number(float(value))
            case ast.UnaryOp(op=op, operand=part):
                number = self.number(part)
                return number if number.value is None or isinstance(op, ast.UAdd) else _Number(-number.value, number.unit)
            case ast.Call(func=ast.Name(id="abs"), args=[part]):
                number = self.number(part)
                return number if number.value is None else _Number(abs(number.value), number.unit)
            case ast.Call(func=ast.Name(id=unit), args=[part]):
                return _Number(self.number(part).value, unit)
        return self.figure(_name(node))

    def figure(self, name: str) -> _Number:
        """Find a figure by its name, whole or without its first part, with the name of a field behind it or without."""
        stem, _, field = name.rpartition(".")
        for known in (self.figures, self._shortened()):
            if name in known:
                return _field(known[name], "value")
            if stem in known and field in FIELDS:
                return _field(known[stem], field)
        asked = stem if field in FIELDS and stem else name
        self.said.append(f"this run has no finding {shorten(asked)}.{did_you_mean(asked, [*self.figures, *self._shortened()])}")
        return _Number(None)

    def _shortened(self) -> Mapping[str, Mapping[str, Any]]:
        short = [name.partition(".")[2] for name in self.figures]
        return {s: figure for s, figure in zip(short, self.figures.values(), strict=True) if s and short.count(s) == 1}


def _field(figure: Mapping[str, Any], field: str) -> _Number:
    value, before, unit = _finite(figure.get("value")), _finite(figure.get("before")), str(figure.get("unit", "count"))
    if field == "relative":
        return _Number((value - before) / before if value is not None and before else None, "share")
    if field == "change":
        return _Number(value - before if value is not None and before is not None else None, unit)
    return _Number(_finite(figure.get(field)), "" if field == "surprise" else unit)


def _finite(value: object) -> float | None:
    """Take a finite number; anything else is missing."""
    try:
        number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
