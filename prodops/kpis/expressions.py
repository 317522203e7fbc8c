"""Arithmetic that people type: ``+ - * / ( )``, numbers and names; parsed, checked against a white list, never run as code."""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

LIMIT = 500
"""Longest expression, in characters: far above what a reader can follow, far below what strains the parser."""

_OPERATORS: dict[type[ast.operator], Callable[..., "pd.DataFrame"]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


@cache
def parse(text: str) -> ast.expr:
    """Parse an expression; raises ValueError that says which part is not allowed and what is."""
    if len(text) > LIMIT:
        raise ValueError(f"the expression has {len(text):,} characters; at most {LIMIT} are read")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError("the expression cannot be read; write arithmetic such as (a - b) / a") from None
    for node in ast.walk(tree):
        _allow(node)
    return tree


def _allow(node: ast.AST) -> None:
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool) or not isinstance(node.value, int | float) or not math.isfinite(node.value):
            raise ValueError(f"{node.value!r} is not a number; an expression holds names, numbers and + - * / ( )")
    elif isinstance(node, ast.BinOp):
        if type(node.op) not in _OPERATORS:
            raise ValueError("only + - * / and parentheses are understood")
    elif not isinstance(node, ast.Name | ast.UnaryOp | ast.USub | ast.UAdd | ast.Load | ast.operator):
        raise ValueError("only names, numbers, + - * / and parentheses are understood")


def names(text: str) -> list[str]:
    """List the names an expression uses, each once, in order of first use."""
    found = [(node.lineno, node.col_offset, node.id) for node in ast.walk(parse(text)) if isinstance(node, ast.Name)]
    return list(dict.fromkeys(name for *_, name in sorted(found)))


def evaluate(text: str, values: Mapping[str, "pd.DataFrame"]) -> "pd.DataFrame | float":
    """Work an expression out over frames of one shape; what is divided by zero is missing, as is whatever uses a missing value."""
    return _value(parse(text), values)


def _value(node: ast.expr, values: Mapping[str, "pd.DataFrame"]) -> "pd.DataFrame | float":
    if isinstance(node, ast.Name):
        return values[node.id]
    if isinstance(node, ast.Constant):
        return float(node.value)  # type: ignore[arg-type]
    if isinstance(node, ast.UnaryOp):
        operand = _value(node.operand, values)
        return -operand if isinstance(node.op, ast.USub) else operand
    assert isinstance(node, ast.BinOp)
    left, right = _value(node.left, values), _value(node.right, values)
    return divide(left, right) if isinstance(node.op, ast.Div) else _OPERATORS[type(node.op)](left, right)


def divide(left: "pd.DataFrame | float", right: "pd.DataFrame | float") -> "pd.DataFrame | float":
    """Divide; by zero is missing, never infinite."""
    if isinstance(right, int | float):
        return left / right if right else left * math.nan
    return left / right.where(right != 0)
