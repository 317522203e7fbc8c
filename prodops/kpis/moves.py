"""Which numbers left their usual range in the last weeks."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from prodops.fiscal import per_grain
from prodops.intervals import Z95
from prodops.kpis.book import KpiBook
from prodops.kpis.definitions import AnyKpi, ConversionKpi, DerivedKpi, RatioKpi, SimpleKpi
from prodops.kpis.signalling import LOOKS, normal, signals
from prodops.kpis.usual import LIMIT
from prodops.workspace import Grain

RECENT: dict[Grain, int] = per_grain({"day": 14, "week": 6, "month": 3, "quarter": 2, "year": 1})
"""How many of the last whole periods a review looks at, each judged by its own past."""
SLICES = 0.01
"""Share of reports that name a slice by chance, where no whole moved."""


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
    """A period in which a KPI, or one slice of it, lay outside the range its own past leads to expect; or, where the ``rule`` is ``shift``,
    was the last of two or three that lay as far out together."""

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
    rule: str = "point"
    place: Place | None = None
    is_across: bool = False
    """Whether the last period lies out on the other side."""


def is_stock(kpi: AnyKpi) -> bool:
    """Whether a KPI counts what runs at an instant, so that each value goes on from the one before."""
    return isinstance(kpi, SimpleKpi) and kpi.at is not None


def standard_error(kpi: AnyKpi, rows: pd.DataFrame) -> pd.Series:
    """Give each value's own standard error: from its range where it has one, from counting where it is a count; else missing.

    ``rows`` are in order. A share has at least the error of the usual share (that of all rows so far) at its own number of rows: 0 of 1
    tells little where 85 % are usual, though its own range, resting on the 0, is narrow.
    """
    known = (rows["upper"] - rows["lower"]) / (2 * Z95)
    if kpi.unit == "share" and isinstance(kpi, RatioKpi | ConversionKpi) and known.notna().any():
        share = rows["numerator"].fillna(0.0).cumsum() / rows["denominator"].fillna(0.0).cumsum()
        return known.clip(lower=(share * (1 - share) / rows["denominator"]).clip(lower=0) ** 0.5)
    if isinstance(kpi, SimpleKpi) and kpi.agg in ("count", "count_distinct") and not kpi.at:
        return known.fillna(math.sqrt(max(rows["value"].median(), 1.0)) if rows["value"].notna().any() else math.nan)
    return known


def judge(kpi: AnyKpi, rows: pd.DataFrame, last: int, country: str | None = None) -> pd.DataFrame:
    """Join :func:`signals` to one KPI and slice's whole periods, in order, as ``expected``, ``usual_lower``, ``usual_upper``, ``z``, ``signal``
    and ``rule``; weeks and days with public holidays of the ``country`` are compared with each other."""
    whole = rows[rows["complete"].to_numpy(dtype=bool)].sort_values("period_start").reset_index(drop=True)
    series = pd.Series(whole["value"].to_numpy(), index=pd.DatetimeIndex(whole["period_start"]))
    limits = signals(series, error=standard_error(kpi, whole), last=last, is_stock=is_stock(kpi), holidays=country).reset_index(drop=True)
    low, high = _bounds(kpi, whole["value"])
    limits["lower"], limits["upper"] = np.maximum(limits["lower"], low), np.minimum(limits["upper"], high)
    told = limits.drop(columns="value").rename(columns={"lower": "usual_lower", "upper": "usual_upper"})
    return pd.concat([whole, told], axis=1)


def _bounds(kpi: AnyKpi, values: pd.Series) -> tuple[float, float]:
    """Give what a KPI's values cannot pass."""
    if kpi.unit == "nps":
        return -100.0, 100.0
    low = 0.0 if not (values < 0).any() else -math.inf
    return low, 1.0 if kpi.unit == "share" and not isinstance(kpi, DerivedKpi) else math.inf


def find_moves(book: KpiBook, frames: Mapping[Grain, pd.DataFrame], grains: Mapping[str, Grain], country: str | None = None) -> list[Move]:
    """Find for each KPI what lies farthest out in its last whole periods: all rows; where those lie within their limits, or only a few
    periods together do not, what one slice may do better, against what chance allows.

    All rows are held to the limits of :func:`signals`. Slices, being many, are held to limits so wide that one report in a hundred names
    one by chance; slices of sums and of what runs are not searched, as one big customer moves them and no limit holds.
    """
    judged = {
        name: [
            (key, judge(book[name], rows, RECENT[g], country))
            for key, rows in frames[g][frames[g]["kpi"] == name].groupby(["dimension", "slice"], sort=False)
            if key == ("", "") or not _is_lumpy(book[name])
        ]
        for name, g in grains.items()
    }
    tests = sum(int(rows["z"].notna().sum()) for parts in judged.values() for key, rows in parts if key != ("", ""))
    moves = []
    for name, parts in judged.items():
        bars = [(rows, LIMIT if key == ("", "") else _limit_for(tests, grains[name])) for key, rows in parts]
        found = [(m, bar) for rows, bar in bars if (m := farthest(rows, grains[name], bar))]
        moves += [m for m, _ in sorted(found, key=lambda f: (_is_slight(f[0]), -abs(f[0].z) / f[1], f[0].dimension, f[0].slice))[:1]]
    return sorted(moves, key=lambda m: (-abs(m.z), m.kpi))


def _is_slight(move: Move) -> bool:
    """Whether a move gives way to one of a slice that stands out more."""
    return bool(move.slice) or move.rule != "point"


def _is_lumpy(kpi: AnyKpi) -> bool:
    return isinstance(kpi, SimpleKpi) and (kpi.at is not None or kpi.agg in ("sum", "max", "min"))


def _limit_for(tests: int, grain: Grain) -> float:
    """Give the ``z`` that chance reaches in one of a hundred reports of so many tests (Bonferroni)."""
    from scipy.special import ndtri

    return max(LIMIT, -float(ndtri(SLICES / max(tests, 1) / 2)) / normal(1.0, LOOKS[grain]))


def farthest(rows: pd.DataFrame, grain: Grain, limit: float = LIMIT) -> Move | None:
    """Give the period of one judged KPI and slice that lies farthest out, beyond a limit of ``z``; nothing where there is none."""
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
        not last["signal"],
        bool(last["period_start"] == row["period_start"]),
        str(row["rule"]),
        is_across=bool(last["signal"] and np.sign(last["z"]) != np.sign(row["z"])),
    )
