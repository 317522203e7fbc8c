"""Filters: ``{column: value | [values] | {op: value, …}}`` as checked tests of columns, and whether two of them can pass one row.

Values stay values: they are bound when a query is made, and never become SQL text.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import pairwise
from typing import Annotated, Literal, TypeVar, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict

from prodops.errors import did_you_mean, shorten

OPS = ("==", "!=", "<", "<=", ">", ">=", "in", "not_in", "is_null")
Op = Literal["==", "!=", "<", "<=", ">", ">=", "in", "not_in", "is_null"]
Scalar = bool | int | float | str | date
T = TypeVar("T")


class Strict(BaseModel):
    """A record that cannot be changed and takes no key it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


def one_of(value: T, options: Iterable[str], what: str) -> T:
    """Check that a value is one of some; raises ValueError with the near miss."""
    options = list(options)
    if value not in options:
        raise ValueError(f"{shorten(value)} is not {what}.{did_you_mean(str(value), options)} Use one of {', '.join(options)}")
    return value


class Condition(Strict):
    """One test of one column. A missing value passes only ``is_null``."""

    column: str
    op: Op
    value: Scalar | tuple[Scalar, ...]


def _conditions(where: object) -> object:
    """Read ``{column: value | [values] | {op: value, …}}`` as conditions that must all hold."""
    if isinstance(where, tuple | list) and all(isinstance(c, Condition) for c in where):
        return tuple(where)
    if not isinstance(where, Mapping):
        raise ValueError("a filter is a mapping of columns to values, such as {event: session_started}")
    found = [_condition(str(column), op, value) for column, test in where.items() for op, value in _tests(str(column), test)]
    return tuple(sorted(found, key=lambda c: (c.column, OPS.index(c.op), str(c.value))))


def _tests(column: str, test: object) -> list[tuple[str, object]]:
    if isinstance(test, Mapping):
        if not test:
            raise ValueError(f'the filter on "{column}" is empty')
        return [(str(op), value) for op, value in test.items()]
    return [("in" if isinstance(test, list | tuple) else "==", test)]


def _condition(column: str, op: str, value: object) -> Condition:
    one_of(op, OPS, f'an operator of the filter on "{column}"')
    if op == "is_null":
        if not isinstance(value, bool):
            raise ValueError(f'is_null of "{column}" is true or false, not {shorten(value)}')
    elif op in ("in", "not_in"):
        if not isinstance(value, list | tuple) or not value or not all(isinstance(v, Scalar) for v in value):
            raise ValueError(f'{op} of "{column}" needs a list of values, not {shorten(value)}')
    elif not isinstance(value, Scalar):
        hint = "; to test for missing values write {is_null: true}" if value is None else ""
        raise ValueError(f'"{column}" is compared with {shorten(value)}, which is not one value{hint}')
    return Condition.model_construct(column=column, op=cast(Op, op), value=tuple(value) if isinstance(value, list | tuple) else value)


Where = Annotated[tuple[Condition, ...], BeforeValidator(_conditions)]


# -------------------------------------------------------------------------------------------------------- two filters
def exclude(a: Iterable[Condition], b: Iterable[Condition]) -> bool:
    """Whether no row can pass both filters: on some column no value that either names, nor any between or beyond them, passes both."""
    a, b = list(a), list(b)
    for column in sorted({c.column for c in a} & {c.column for c in b}):
        tests = [c for c in [*a, *b] if c.column == column and c.op != "is_null"]
        if tests and not any(all(_passes(c, value) for c in tests) for value in _values_to_try(tests)):
            return True
    return False


def _values_to_try(tests: list[Condition]) -> list[float | str]:
    named = [v for c in tests for v in _named(c)]
    if not all(isinstance(v, int | float) for v in named):
        return [*map(str, named), "\0"]
    points = sorted({float(v) for v in named})  # type: ignore[arg-type]
    return [points[0] - 1, *points, *((p + q) / 2 for p, q in pairwise(points)), points[-1] + 1]


def _named(condition: Condition) -> tuple[object, ...]:
    return condition.value if isinstance(condition.value, tuple) else (condition.value,)


def _passes(condition: Condition, value: float | str) -> bool:
    named = _named(condition)
    if condition.op in ("==", "in"):
        return value in named
    if condition.op in ("!=", "not_in"):
        return value not in named
    if isinstance(value, str) or isinstance(named[0], str):
        return True
    limit = float(named[0])  # type: ignore[arg-type]
    return {"<": value < limit, "<=": value <= limit, ">": value > limit, ">=": value >= limit}[condition.op]
