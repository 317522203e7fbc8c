"""Filters as expressions of the engine: values enter as bound literals, never as SQL text."""

import operator
from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import reduce

import ibis
import ibis.expr.types as ir

from prodops.errors import DefinitionError, shorten
from prodops.kpis.filters import Condition, Scalar

_COMPARE: dict[str, Callable[..., ir.BooleanValue]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def filtered(table: ir.Table, where: Iterable[Condition]) -> ir.Table:
    """Keep the rows that pass a filter."""
    test = predicate(table, where)
    return table if test is None else table.filter(test)


def predicate(table: ir.Table, where: Iterable[Condition]) -> ir.BooleanValue | None:
    """Give the filter as one expression; raises DefinitionError where a value cannot be compared with its column."""
    tests = [_test(table[c.column], c) for c in where]
    return reduce(operator.and_, tests) if tests else None


def _test(column: ir.Value, condition: Condition) -> ir.BooleanValue:
    if condition.op == "is_null":
        return column.isnull() if condition.value else column.notnull()
    if isinstance(condition.value, tuple):
        found = column.isin([_literal(column, v) for v in condition.value])
        return ~found if condition.op == "not_in" else found
    return _COMPARE[condition.op](column, _literal(column, condition.value))


def _literal(column: ir.Value, value: Scalar) -> ir.Scalar:
    """Bind a value as its column's type, or say why it cannot be."""
    kind = column.type()
    fits = (
        (kind.is_boolean() and isinstance(value, bool))
        or (kind.is_string() and isinstance(value, str))
        or (kind.is_numeric() and not kind.is_boolean() and isinstance(value, int | float) and not isinstance(value, bool))
    )
    if fits:
        return ibis.literal(value)
    if kind.is_temporal() and isinstance(value, str | date):
        try:
            moment = value if isinstance(value, date) else datetime.fromisoformat(value)
            return ibis.literal(moment).cast(kind)
        except ValueError:
            pass
    hint = "; put quotes around it" if kind.is_string() else ""
    words = "text" if kind.is_string() else "true or false" if kind.is_boolean() else "a date or time" if kind.is_temporal() else "a number"
    raise DefinitionError(f'the filter compares "{column.get_name()}", which is {words}, with {shorten(value)}{hint}.')
