"""The values that a review publishes, each with what it was made from, so that a later report can say why it reads otherwise."""

import json
import math
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from prodops.kpis import expressions
from prodops.kpis.book import KpiBook
from prodops.kpis.definitions import ConversionKpi, DerivedKpi
from prodops.kpis.fingerprints import Fingerprints
from prodops.kpis.formulas import offset_periods
from prodops.kpis.kinds import Desk
from prodops.workspace import Grain, Period, step

if TYPE_CHECKING:
    from prodops.kpis.page import Review

COLUMNS = ("kpi", "grain", "period_start", "period_end", "value", "n", "inputs", "definition", "version", "data")


def values(desk: Desk, review: "Review") -> pd.DataFrame:
    """Give what a review publishes: each KPI over all rows, for the whole weeks and months on its page.

    One row is a value: ``kpi``, ``grain``, ``period_start`` and ``period_end``, ``value`` in the KPI's unit, ``n`` rows behind it,
    ``inputs`` (JSON: what its formula was given), ``definition`` (JSON: the KPI and those it uses, as the file has them), ``version``
    (the definition's hash) and ``data`` (a hash of the rows it was counted from). What is not known or not whole is not published.
    """
    shown: dict[Grain, pd.DataFrame] = {"week": _whole(review.weekly), "month": _whole(review.monthly)}
    names = [n for n in review.book.order if any((frame["kpi"] == n).any() for frame in shown.values())]
    prints = Fingerprints(desk, review.book, names, [(g, row["period_start"]) for g, f in shown.items() for row in f.to_dict("records")])
    told = {n: (definition(review.book, n), review.book.version(n)) for n in names}
    rows = [
        {
            **{c: row[c] for c in ("kpi", "period_start", "period_end", "value", "n")},
            "grain": grain,
            "inputs": json.dumps(_inputs(review.book, row, grain, cells)),
            "definition": told[row["kpi"]][0],
            "version": told[row["kpi"]][1],
            "data": prints.of(row["kpi"], grain, Period(row["period_start"].date(), row["period_end"].date())),
        }
        for grain, frame in shown.items()
        for cells in [_cells(review.frames[grain])]
        for row in frame.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=COLUMNS).sort_values(["kpi", "grain", "period_start"], ignore_index=True)


def _whole(frame: pd.DataFrame) -> pd.DataFrame:
    """Take what is whole and known, over all rows."""
    over_all = frame["slice"].eq("") & (frame["dimension"].eq("") if "dimension" in frame.columns else True)
    return frame[over_all & frame["complete"].astype(bool) & frame["value"].notna()]


def _cells(frame: pd.DataFrame) -> dict[tuple[str, date], float]:
    whole = _whole(frame)
    return {(k, s.date()): v for k, s, v in zip(whole["kpi"], whole["period_start"], whole["value"], strict=True)}


def _inputs(book: KpiBook, row: dict[str, Any], grain: Grain, cells: dict[tuple[str, date], float]) -> dict[str, float | None]:
    """Give what a KPI's formula was given for one period; nothing for what is not on the page, as a hidden KPI."""
    kpi = book[row["kpi"]]
    if isinstance(kpi, DerivedKpi):
        back = {alias: (offset_periods(i.offset, grain) or 0) if i.offset else 0 for alias, i in kpi.parts.items()}
        return {a: cells.get((i.kpi, step(row["period_start"].date(), grain, -back[a]))) for a, i in kpi.parts.items()}
    is_count = isinstance(kpi, ConversionKpi) and kpi.calculation == "count"
    if not is_count and math.isfinite(row["numerator"]) and math.isfinite(row["denominator"]):
        return {"numerator": row["numerator"], "denominator": row["denominator"]}
    return {"value": row["value"]}


def again(book: KpiBook, name: str, inputs: dict[str, float | None]) -> float | None:
    """Work a KPI's formula out once more from the inputs it was given; nothing where one of them is not known."""
    if any(value is None for value in inputs.values()):
        return None
    kpi = book[name]
    if isinstance(kpi, DerivedKpi):
        given = {alias: pd.DataFrame([[inputs[alias]]], dtype=float) for alias in kpi.parts if alias in inputs}
        found = expressions.evaluate(kpi.expr, given) if len(given) == len(kpi.parts) else math.nan
        return float(found.iloc[0, 0]) if isinstance(found, pd.DataFrame) else float(found)
    if set(inputs) == {"numerator", "denominator"}:
        return inputs["numerator"] / inputs["denominator"] if inputs["denominator"] else None  # type: ignore[operator]
    return inputs.get("value")


def definition(book: KpiBook, name: str) -> str:
    """Write a KPI and those it uses as the file has them, in JSON that :func:`book.define` reads again."""
    return json.dumps({n: book.text[n] for n in _family(book, name)}, sort_keys=True, default=str, ensure_ascii=False)


def _family(book: KpiBook, name: str) -> list[str]:
    """List a KPI and all those that it uses, directly or not, each once."""
    found = [name]
    for each in found:
        found += [ref for _, ref in book[each].references() if ref not in found]
    return sorted(set(found))
