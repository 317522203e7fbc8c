"""What can be wrong with a row, as tests on the typed table; and which of its rows are so."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from prodops.sources.engine import fetch
from prodops.tables import Column, Contract

if TYPE_CHECKING:
    import ibis.expr.types as ir

FILE, ROW = "_file", "_row"
FAULT_COLUMN, FAULT_VALUE, FAULT_REASON = "_fault_column", "_fault_value", "_fault_reason"
REPEATED = "a duplicate: the same row again"
HEADER_AGAIN = "the header again"
LARGEST = 1.7976931348623157e308

Wrong = tuple[str, str, Callable[["ir.Table"], "ir.BooleanValue"]]
"""A column, a reason, and the test that finds it in the typed table."""


def wrong(column: Column, unclear: str = "") -> list[Wrong]:
    """List what can be wrong with a column's values, in order of rank; ``unclear`` says why dates could not be read."""
    name = column.name
    if column.type == "text":
        must = column.required and not column.may_be_empty
        return [(name, f"{name} is empty", lambda t: t[name].isnull() | (t[name].strip() == ""))] if must else []
    found: list[Wrong] = [(name, f"{name} is empty", lambda t: ~t[f"_given_{name}"])] if column.required else []
    unread = "a date" if column.type in ("time", "date") else "a number"
    found.append((name, unclear or f"{name} is not {unread}", lambda t: t[f"_given_{name}"] & t[name].isnull()))
    if column.type in ("time", "date"):
        return [*found, (name, f"{name} is a date before 1971", lambda t: t[name].year() < 1971)]
    # not a number compares as greater than all numbers, in most engines
    found.append((name, f"{name} is not a finite number", lambda t: t[name].abs() > LARGEST))
    if column.type == "integer":
        found.append((name, f"{name} is not a whole number", lambda t: t[name] != t[name].round()))
    if column.low is not None:
        found.append((name, f"{name} is {'negative' if column.type == 'money' else 'out of range'}", lambda t: t[name] < column.low))
    if column.high is not None:
        found.append((name, f"{name} is out of range", lambda t: t[name] > column.high))
    return found


def judged(table: "ir.Table", faults: list[Wrong]) -> "ir.Table":
    """Give each row the place of its first fault, as ``_fault``; -1 where it has none."""
    import ibis

    tests = [(test(table).fill_null(False), i) for i, (_, _, test) in enumerate(faults)]
    return table.mutate(_fault=ibis.cases(*tests, else_=-1) if tests else ibis.literal(-1))


def part(table: "ir.Table", names: Iterable[str]) -> "tuple[ir.Table, ir.Table]":
    """Part the rows of a judged table: those that fit, and the others."""
    return table.filter(table["_fault"] < 0).select(FILE, ROW, *names), table.filter(table["_fault"] >= 0)


def explain(rows: "ir.Table", faults: list[Wrong]) -> "ir.Table":
    """Say of each row that does not fit which column, value (from its ``_value_NAME``) and reason that is."""
    import ibis

    if not faults:
        return rows.select(FILE, ROW, **dict.fromkeys((FAULT_COLUMN, FAULT_VALUE, FAULT_REASON), ibis.null("string")))
    return rows.select(FILE, ROW, **{
        FAULT_COLUMN: rows["_fault"].cases(*((i, name) for i, (name, _, _) in enumerate(faults))),
        FAULT_VALUE: rows["_fault"].cases(*((i, rows[f"_value_{name}"]) for i, (name, _, _) in enumerate(faults))),
        FAULT_REASON: rows["_fault"].cases(*((i, reason) for i, (_, reason, _) in enumerate(faults))),
    })  # fmt: skip


def repeats(fit: "ir.Table", rules: Contract) -> "ir.Table | None":
    """Give the rows whose key an earlier fit row has taken, as faults; nothing where no key is taken twice.

    The same row again is told from a conflict.
    """
    import ibis

    if not rules.key or not set(rules.key) <= set(fit.columns):
        return None
    keyed = fit.filter(*(fit[name].notnull() for name in rules.key))
    counts = keyed.group_by(*rules.key).aggregate(_n=keyed.count())
    taken = counts.filter(counts["_n"] > 1)
    if not len(fetch(taken.limit(1))):
        return None
    many = keyed.semi_join(taken, list(rules.key))
    window = ibis.window(group_by=[many[name] for name in rules.key], order_by=[many[FILE], many[ROW]])
    content = ibis.literal("\x1f").join([many[n].cast("string").fill_null("\x1e") for n in many.columns if not n.startswith("_")])
    ranked = many.mutate(
        _place=ibis.row_number().over(window), _first=many[ROW].first().over(window), _same=content == content.first().over(window)
    )
    later, key = ranked.filter(ranked["_place"] > 0), ", ".join(rules.key)
    label = ibis.literal(" · ").join([later[name].cast("string") for name in rules.key])
    label = label + " (as row " + later["_first"].cast("string") + ")"
    conflict = f"a duplicate {key} with other values: a conflict"
    return later.select(FILE, ROW, **{
        FAULT_COLUMN: ibis.literal(key), FAULT_VALUE: label, FAULT_REASON: later["_same"].ifelse(REPEATED, conflict),
    })  # fmt: skip
