"""The KPI tree: each KPI above the inputs of its formula, with their values, changes and signals, so that a reader sees which one moved."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from prodops.kpis import words
from prodops.kpis.book import KpiBook
from prodops.kpis.definitions import AnyKpi
from prodops.kpis.inputs import parts_of
from prodops.kpis.lines import TILE_HISTORY, YEAR
from prodops.kpis.moves import RECENT, judge
from prodops.stamps import in_words
from prodops.workspace import Grain, step

if TYPE_CHECKING:
    from prodops.kpis.page import Review

COLUMNS = ("kpi", "node", "depth", "title", "unit", "value", "change", "year_change", "change_unit", "signal", "history")


@dataclass(frozen=True)
class Node:
    """One input of a formula: ``kpi`` where it is a KPI of its own, else ``column`` of its parent's numbers (numerator or denominator)."""

    depth: int
    title: str
    kpi: str
    column: str = "value"
    unit: str = ""


def nodes(book: KpiBook, name: str, depth: int = 0) -> Iterator[Node]:
    """Walk a KPI and the inputs of its formula, each below what uses it."""
    yield Node(depth, book[name].label, name)
    for part in parts_of(book, name):
        if part.kpi:
            yield from nodes(book, part.kpi, depth + 1)
        else:
            yield Node(depth + 1, part.title, name, part.column, part.unit)


def tree(review: "Review", name: str | None = None) -> pd.DataFrame:
    """Give one row a node of a KPI's tree (of all KPIs that have inputs), parents first.

    ``kpi`` is the root, ``node`` the KPI whose number it is; ``value`` is that of the root's last whole period, ``change`` and
    ``year_change`` are in ``change_unit`` (see ``Review.table``), ``signal`` says whether it left its usual range there, and
    ``history`` has its last 13 periods. What is not known is missing.
    """
    roots = [review.book[name].name] if name else [n for n in review.grains if len(list(nodes(review.book, n))) > 1]
    rows = [_row(review, root, node) for root in roots for node in nodes(review.book, root)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(review: "Review", root: str, node: Node) -> dict[str, object]:
    grain, kpi = review.grains[root], review.book[node.kpi]
    rows = review.inputs[grain]
    rows = rows[rows["kpi"].eq(node.kpi) & rows["complete"]].sort_values("period_start")
    values = pd.Series(rows[node.column].to_numpy(dtype=float), index=pd.DatetimeIndex(rows["period_start"]))
    own = values[values.index <= _latest(review, root)]
    at = own.index[-1] if len(own) else pd.NaT
    unit = node.unit or kpi.unit_in(review.currency)
    now, before, year = (_at(own, at, grain, back) for back in (0, 1, YEAR[grain]))
    return {
        "kpi": root,
        "node": node.kpi,
        "depth": node.depth,
        "title": node.title,
        "unit": unit,
        "value": now,
        "change": _change(kpi, node, before, now),
        "year_change": _change(kpi, node, year, now),
        "change_unit": "share" if node.unit else words.change_unit(kpi, review.currency),
        "signal": not node.unit and _signal(kpi, rows, grain, at, review.country),
        "history": tuple(own.tail(TILE_HISTORY)),
    }


def _latest(review: "Review", root: str) -> pd.Timestamp:
    """The root's last period on the page, so that a conversion's inputs are those of the same sign-ups."""
    found: pd.Timestamp = review.table.set_index("kpi").loc[root, "period_start"]
    return found


def _at(values: pd.Series, at: pd.Timestamp, grain: Grain, back: int) -> float:
    return float(values.get(pd.Timestamp(step(at.date(), grain, -back)), math.nan)) if pd.notna(at) else math.nan


def _change(kpi: AnyKpi, node: Node, before: float, after: float) -> float:
    return words.ratio_change(before, after) if node.unit else words.change(kpi, before, after)


def _signal(kpi: AnyKpi, rows: pd.DataFrame, grain: Grain, at: pd.Timestamp, country: str | None) -> bool:
    judged = judge(kpi, rows, RECENT[grain], country)
    return bool(judged.loc[judged["period_start"].eq(at), "signal"].eq(True).any())


def readable(frame: pd.DataFrame) -> pd.DataFrame:
    """Say a tree in words, inputs indented below what they make up; blank where nothing is known."""

    def say(value: float, unit: str, *, signed: bool = False) -> str:
        return in_words(value, unit, signed=signed) if math.isfinite(value) else ""

    rows = [
        {
            "KPI and its inputs": (f"└{'─' * row['depth']} " if row["depth"] else "") + row["title"],
            "Latest": say(row["value"], row["unit"]),
            "Change": say(row["change"], row["change_unit"], signed=True),
            "Against the year before": say(row["year_change"], row["change_unit"], signed=True),
            "Last periods": row["history"],
            "Signal": "out of its usual range" if row["signal"] else "",
        }
        for row in frame.to_dict("records")
    ]
    return pd.DataFrame(rows)
