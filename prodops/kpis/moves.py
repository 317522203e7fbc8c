"""Which numbers left their usual range in the last weeks."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from prodops.kpis.book import KpiBook
from prodops.kpis.definitions import AnyKpi, DerivedKpi, SimpleKpi
from prodops.kpis.intervals import Z95
from prodops.kpis.xmr import LIMIT, signals
from prodops.workspace import Grain

RECENT: dict[Grain, int] = {"day": 14, "week": 6, "month": 3, "quarter": 2, "year": 1}
"""How many of the last whole periods a review looks at, each judged by its own past."""


@dataclass(frozen=True)
class Place:
    """The slice where a move sits: ``share`` of the whole deviation, against ``size``, its share of the whole."""

    dimension: str
    slice: str
    share: float
    size: float
    value: float
    expected: float


@dataclass(frozen=True)
class Move:
    """A period in which a KPI, or one slice of it, lay outside the range its own past leads to expect."""

    kpi: str
    dimension: str
    slice: str
    grain: Grain
    start: date
    value: float
    expected: float
    lower: float
    upper: float
    z: float
    periods: int
    is_back: bool
    is_latest: bool
    place: Place | None = None


def is_stock(kpi: AnyKpi) -> bool:
    """Whether a KPI counts what runs at an instant, so that each value goes on from the one before."""
    return isinstance(kpi, SimpleKpi) and kpi.at is not None


def standard_error(kpi: AnyKpi, rows: pd.DataFrame) -> pd.Series:
    """Give each value's own standard error: from its range where it has one, from counting where it is a count; else missing."""
    known = (rows["upper"] - rows["lower"]) / (2 * Z95)
    if isinstance(kpi, SimpleKpi) and kpi.agg in ("count", "count_distinct") and not kpi.at:
        return known.fillna(math.sqrt(max(rows["value"].median(), 1.0)) if rows["value"].notna().any() else math.nan)
    return known


def judge(kpi: AnyKpi, rows: pd.DataFrame, last: int) -> pd.DataFrame:
    """Join :func:`xmr.signals` to one KPI and slice's whole periods, in order, as ``expected``, ``usual_lower``, ``usual_upper``, ``z``, ``signal``."""
    whole = rows[rows["complete"].to_numpy(dtype=bool)].sort_values("period_start").reset_index(drop=True)
    limits = signals(whole["value"], error=standard_error(kpi, whole), last=last, is_stock=is_stock(kpi))
    low, high = _bounds(kpi, whole["value"])
    return whole.assign(
        expected=limits["expected"],
        usual_lower=limits["lower"].clip(lower=low),
        usual_upper=limits["upper"].clip(upper=high),
        z=limits["z"],
        signal=limits["signal"],
    )


def _bounds(kpi: AnyKpi, values: pd.Series) -> tuple[float, float]:
    """Give what a KPI's values cannot pass."""
    if kpi.unit == "nps":
        return -100.0, 100.0
    low = 0.0 if not (values < 0).any() else -math.inf
    return low, 1.0 if kpi.unit == "share" and not isinstance(kpi, DerivedKpi) else math.inf


def find_moves(book: KpiBook, frames: Mapping[Grain, pd.DataFrame], grains: Mapping[str, Grain]) -> list[Move]:
    """Find for each KPI the farthest of its last whole periods outside the usual range: over all rows, or else in one slice.

    All rows are held to the XmR limits. Slices, being many, are held to limits so wide that one report in a hundred names one by chance;
    slices of sums and of what runs are not searched, as one big customer moves them and no limit holds.
    """
    judged = {
        name: [
            (key, judge(book[name], rows, RECENT[g]))
            for key, rows in frames[g][frames[g]["kpi"] == name].groupby(["dimension", "slice"], sort=False)
            if key == ("", "") or not _is_lumpy(book[name])
        ]
        for name, g in grains.items()
    }
    tests = sum(int(rows["z"].notna().sum()) for parts in judged.values() for key, rows in parts if key != ("", ""))
    moves = []
    for name, parts in judged.items():
        whole = [farthest(rows, grains[name], LIMIT) for key, rows in parts if key == ("", "")]
        slices = [farthest(rows, grains[name], _limit_for(tests)) for key, rows in parts if key != ("", "")]
        found = [m for m in whole if m] or sorted((m for m in slices if m), key=lambda m: (-abs(m.z), m.dimension, m.slice))[:1]
        moves += found
    return sorted(moves, key=lambda m: (-abs(m.z), m.kpi))


def _is_lumpy(kpi: AnyKpi) -> bool:
    return isinstance(kpi, SimpleKpi) and (kpi.at is not None or kpi.agg in ("sum", "max", "min"))


def _limit_for(tests: int) -> float:
    """Give the distance in sigma that chance reaches in one of a hundred reports of so many tests."""
    from scipy.special import ndtri

    return max(LIMIT, -float(ndtri(0.01 / max(tests, 1) / 2)))


def farthest(rows: pd.DataFrame, grain: Grain, limit: float) -> Move | None:
    """Give the period of one judged KPI and slice that lies farthest out, beyond a limit in sigma; nothing where none does."""
    out = rows[rows["z"].abs() > limit]
    if out.empty:
        return None
    row, last = out.loc[out["z"].abs().idxmax()], rows.iloc[-1]
    same_way = out[np.sign(out["z"]) == np.sign(row["z"])]
    return Move(
        row["kpi"],
        row["dimension"],
        row["slice"],
        grain,
        row["period_start"].date(),
        float(row["value"]),
        float(row["expected"]),
        float(row["usual_lower"]),
        float(row["usual_upper"]),
        float(row["z"]),
        len(same_way),
        bool(abs(last["z"]) <= LIMIT),
        bool(last["period_start"] == row["period_start"]),
    )
