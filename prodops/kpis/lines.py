"""The rows a review shows: each KPI's line in the table, its tile, and the periods of its chart."""

import math
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from prodops.fiscal import per_grain
from prodops.kpis import words
from prodops.kpis.book import KpiBook
from prodops.kpis.definitions import AnyKpi, Target
from prodops.kpis.kinds import Desk
from prodops.kpis.measure import COLUMNS
from prodops.kpis.moves import RECENT, judge
from prodops.stamps import Tile, in_words
from prodops.workspace import Grain, step

if TYPE_CHECKING:
    Row = Mapping[str, Any]

YEAR: dict[Grain, int] = per_grain({"week": 52, "month": 12, "quarter": 4, "year": 1})
TILE_HISTORY = 13
_CONTEXT = ("year_before", "expected", "usual_lower", "usual_upper")


def nothing() -> pd.DataFrame:
    """Give a frame of no rows with the columns of :func:`compute_slicings`."""
    numbers = dict.fromkeys(("value", "numerator", "denominator", "n", "lower", "upper"), "float")
    types = {
        "dimension": "str",
        "kpi": "str",
        "slice": "str",
        "period_start": "datetime64[us]",
        "period_end": "datetime64[us]",
        "complete": "bool",
    }
    return pd.DataFrame({c: pd.Series(dtype=(types | numbers)[c]) for c in ("dimension", *COLUMNS)})


def shown(book: KpiBook, frame: pd.DataFrame, grain: Grain, first: date, by: str | None, country: str | None = None) -> pd.DataFrame:
    """Give the periods from ``first`` on, each with the same period of the year before and, over all rows, its usual range."""
    kept = frame[frame["dimension"].isin(["", by] if by else [""])]
    parts = [
        _with_context(book[str(name)], rows, grain, first, country)
        for (name, *_), rows in kept.groupby(["kpi", "dimension", "slice"], sort=False)
    ]
    empty = kept.assign(**dict.fromkeys(_CONTEXT, math.nan), signal=False)
    return (pd.concat(parts, ignore_index=True) if parts else empty).drop(columns="dimension")


def _with_context(kpi: AnyKpi, rows: pd.DataFrame, grain: Grain, first: date, country: str | None) -> pd.DataFrame:
    known = _whole_values(rows)
    whole = rows if not rows["slice"].iloc[0] else rows.head(0)
    last = int((rows["period_start"] >= pd.Timestamp(first)).sum())
    judged = judge(kpi, whole, last, country).set_index("period_start")
    rows = rows[rows["period_start"] >= pd.Timestamp(first)].sort_values("period_start")
    limits = judged[["expected", "usual_lower", "usual_upper", "signal"]].reindex(rows["period_start"])
    before = [known.get(_earlier(start, grain, YEAR[grain]), math.nan) for start in rows["period_start"]]
    return rows.assign(year_before=before, **{c: limits[c].to_numpy() for c in limits}).assign(signal=limits["signal"].eq(True).to_numpy())


def _whole_values(rows: pd.DataFrame) -> dict[pd.Timestamp, float]:
    whole = rows[rows["complete"]]
    return dict(zip(whole["period_start"], whole["value"], strict=True))


def _earlier(start: pd.Timestamp, grain: Grain, periods: int) -> pd.Timestamp:
    return pd.Timestamp(step(start.date(), grain, -periods))


# ------------------------------------------------------------------------------------------------------------- the table
def table(desk: Desk, book: KpiBook, frames: Mapping[Grain, pd.DataFrame], grains: Mapping[str, Grain]) -> pd.DataFrame:
    """Give one row a KPI: its last whole period against the one before, its target, the year before and its usual range.

    ``change``, ``vs_target`` and ``year_change`` are in ``change_unit``: relative (0.1 = 10 % more) for counts and money, a difference of
    fractions for shares, a difference in the KPI's own unit for the rest. What is not known is missing.
    """
    rows = []
    for name, grain in grains.items():
        own = frames[grain]
        own = own[(own["kpi"] == name) & (own["dimension"] == "") & (own["period_end"] <= pd.Timestamp(desk.as_of))]
        rows.append(_line(desk, book[name], own.sort_values("period_start").reset_index(drop=True), grain))
    return pd.DataFrame(rows)


def _line(desk: Desk, kpi: AnyKpi, rows: pd.DataFrame, grain: Grain) -> dict[str, object]:
    judged = judge(kpi, rows, RECENT[grain], desk.workspace.country)
    known = _whole_values(rows)
    latest = judged.iloc[-1] if len(judged) else rows.iloc[-1]
    value, start = float(latest["value"]), latest["period_start"]
    before, year = (known.get(_earlier(start, grain, n), math.nan) for n in (1, YEAR[grain]))
    goal = math.nan if kpi.target and kpi.target.per not in (None, grain) else _goal(kpi.target, value)
    currency = desk.workspace.currency
    return {
        "kpi": kpi.name,
        "title": kpi.label,
        "owner": kpi.owner,
        "unit": kpi.unit_in(currency),
        "good": kpi.good,
        "grain": grain,
        "period_start": start,
        "period_end": latest["period_end"],
        "value": value,
        "lower": latest["lower"],
        "upper": latest["upper"],
        "before": before,
        "change": words.change(kpi, before, value),
        "change_unit": words.change_unit(kpi, currency),
        "target": goal,
        "target_on": pd.Timestamp(kpi.target.on) if kpi.target else pd.NaT,
        "vs_target": words.change(kpi, goal, value),
        "year_before": year,
        "year_change": words.change(kpi, year, value),
        "expected": latest.get("expected", math.nan),
        "usual_lower": latest.get("usual_lower", math.nan),
        "usual_upper": latest.get("usual_upper", math.nan),
        "signal": bool(latest.get("signal", False)),
        "history": tuple(rows.loc[rows["period_start"] <= start, "value"].where(rows["complete"]).tail(TILE_HISTORY)),
    }


def _goal(target: Target | None, value: float) -> float:
    """Give the number to reach; of a range its nearer edge, or the value itself within it."""
    if target is None:
        return math.nan
    if target.low is None or target.high is None:
        return target.value if target.value is not None else math.nan
    return min(max(value, target.low), target.high) if math.isfinite(value) else target.low


def tile(kpi: AnyKpi, row: "Row") -> Tile:
    """Give a KPI's tile from its line in the table."""
    return Tile(
        name=f"kpi.{kpi.name}",
        title=kpi.label,
        value=_known(row["value"]),
        unit=row["unit"],
        before=_known(row["before"]),
        target=_known(row["target"]),
        target_on=kpi.target.on if kpi.target else None,
        good=kpi.good,
        period=row["grain"],
        history=tuple(_known(v) for v in row["history"]),
    )


def readable(row: "Row") -> dict[str, str]:
    """Say a line of the table in words; blank where nothing is known."""

    def say(key: str, unit: str, *, signed: bool = False) -> str:
        value = _known(row[key])
        return "" if value is None else in_words(value, unit, signed=signed)

    usual = words.range_words(row["usual_lower"], row["usual_upper"], row["unit"]) if _known(row["usual_lower"]) is not None else ""
    start: date = row["period_start"].date()
    return {
        "KPI": row["title"],
        "Period": words.period_words(start, row["grain"]),
        "Latest": say("value", row["unit"]),
        "Change": say("change", row["change_unit"], signed=True),
        "Target": say("target", row["unit"]),
        "Against target": say("vs_target", row["change_unit"], signed=True),
        "Year before": say("year_before", row["unit"]),
        "Usual range": usual,
    }


def _known(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None
