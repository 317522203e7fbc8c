"""A KPI in words, and the version that changes when, and only when, what it computes changes."""

import hashlib
import json
from typing import Any

from prodops.kpis.aggregates import Measure, Rows, Running
from prodops.kpis.book import KpiBook
from prodops.kpis.definitions import ConversionKpi, CumulativeKpi, DerivedKpi, Input, RatioKpi, SimpleKpi
from prodops.kpis.filters import Condition
from prodops.kpis.kinds import kind_of

_AGGS = {
    "count": "number of rows",
    "count_distinct": "number of different {c}",
    "sum": "sum of {c}",
    "mean": "mean {c}",
    "median": "median {c}",
    "max": "largest {c}",
    "min": "smallest {c}",
}
_OPS = {
    "==": "is",
    "!=": "is not",
    "<": "is below",
    "<=": "is at most",
    ">": "is above",
    ">=": "is at least",
    "in": "is one of",
    "not_in": "is none of",
}


def version(book: KpiBook, name: str) -> str:
    """Hash what a KPI computes, its inputs included; ten hexadecimal digits."""
    text = json.dumps(_formula(book, name), sort_keys=True, default=str, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def _formula(book: KpiBook, name: str) -> dict[str, Any]:
    kpi = book[name]
    if isinstance(kpi, SimpleKpi):
        return _plain(kpi.measure)
    if isinstance(kpi, RatioKpi):
        return {"ratio": [_part(book, kpi.numerator), _part(book, kpi.denominator)]}
    if isinstance(kpi, DerivedKpi):
        inputs = {alias: [_formula(book, i.kpi), i.offset and i.offset.model_dump()] for alias, i in kpi.parts.items()}
        return {"expr": "".join(kpi.expr.split()), "inputs": inputs}
    if isinstance(kpi, CumulativeKpi):
        return _plain(book.measures(name)[0])
    asked = {} if kpi.calculation == "rate" else {"calculation": kpi.calculation}
    rows = {"base": _plain(book.rows(kpi.base)), "then": _plain(book.rows(kpi.conversion))}
    return {**rows, "entity": kpi.entity, "days": kpi.window.days, **asked}


def _plain(rows: Rows) -> dict[str, Any]:
    return {
        **rows.model_dump(exclude_none=True, exclude={"where", "time"}),
        "time": rows.moment,
        "where": [[c.column, c.op, list(c.value) if isinstance(c.value, tuple) else c.value] for c in rows.where],
    }


def _part(book: KpiBook, part: str | Measure) -> dict[str, Any]:
    return _formula(book, part) if isinstance(part, str) else _plain(part)


# ------------------------------------------------------------------------------------------------------------ in words
def in_plain_words(book: KpiBook, name: str) -> str:
    """Say what a KPI means: its description, then how it is counted."""
    kpi = book[name]
    told = kpi.description.strip().rstrip(".")
    counted = _counted(book, name)
    text = f"{told}. Counted as: {counted}" if told else counted[0].upper() + counted[1:]
    if kpi.grain != "day":
        text += (
            f". By {kpi.grain} or coarser, where it is the rate of that whole period"
            if kpi.unit == "share"
            else f". By {kpi.grain} or coarser"
        )
    return text + "."


def _counted(book: KpiBook, name: str) -> str:
    kpi = book[name]
    if isinstance(kpi, SimpleKpi | CumulativeKpi):
        return measure_words(book.measures(name)[0])
    if isinstance(kpi, RatioKpi):
        parts = [p if isinstance(p, Measure) else book.measures(p)[0] for p in (kpi.numerator, kpi.denominator)]
        return f"{measure_words(parts[0])} ÷ {measure_words(parts[1])}, each over the whole period and slice first, then divided"
    if isinstance(kpi, DerivedKpi):
        return f"{kpi.expr}, where " + "; ".join(f"{alias} is {_input_words(book, i)}" for alias, i in kpi.parts.items())
    return _conversion_words(book, kpi)


def measure_words(measure: Measure) -> str:
    """Say what one aggregate counts: ``number of different user_id in events where event is session_started``."""
    agg = _AGGS.get(measure.agg, f"{measure.agg[1:]}th percentile of {{c}}").format(c=measure.column)
    when = f" running at the period's {measure.at}" if measure.at else ""
    by = f" by {measure.moment}" if measure.time and measure.moment != kind_of(measure.table).time else ""
    over = _running_words(measure) if isinstance(measure, Running) else ""
    return f"{agg} in {measure.table}{when}{_where_words(measure.where)}{by}{over}"


def _running_words(running: Running) -> str:
    """Say over which days an aggregate runs, and at which of a period's days it is read."""
    if running.window:
        n, grain = running.window.n, running.window.grain
        days = f"over the last {n} {grain}s" if n > 1 else f"over the last {grain}"
    else:
        days = f"over the {running.grain_to_date} to date" if running.grain_to_date else "over all days so far"
    if running.period_agg == "average":
        return f", {days}, as the mean over the period's {running.every}s"
    return f", {days}, at the end of the period" + (f"'s first {running.every}" if running.period_agg == "first" else "")


def _where_words(where: tuple[Condition, ...]) -> str:
    return " where " + " and ".join(map(_condition_words, where)) if where else ""


def _condition_words(condition: Condition) -> str:
    if condition.op == "is_null":
        return f"{condition.column} is {'missing' if condition.value else 'known'}"
    value = ", ".join(map(str, condition.value)) if isinstance(condition.value, tuple) else str(condition.value)
    return f"{condition.column} {_OPS[condition.op]} {value.lower() if isinstance(condition.value, bool) else value}"


def _input_words(book: KpiBook, part: Input) -> str:
    words = book[part.kpi].label
    if part.offset:
        grain = part.offset.grain or "period"
        words += f" {part.offset.n} {grain}{'s' if part.offset.n > 1 else ''} earlier"
    return f"{words} ({_counted(book, part.kpi)})"


def _conversion_words(book: KpiBook, kpi: ConversionKpi) -> str:
    base, then = book.rows(kpi.base), book.rows(kpi.conversion)
    counted = "share" if kpi.calculation == "rate" else "number"
    return (
        f"{counted} of {kpi.entity} in {base.table}{_where_words(base.where)} in the period, whose first such row was followed by one in "
        f"{then.table}{_where_words(then.where)} within {kpi.window.days} days; missing until those days have passed for the whole period"
    )
