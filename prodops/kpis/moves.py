"""Which numbers left their usual range in the last weeks, and in which slice the move sits."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations

import numpy as np
import pandas as pd

from prodops.kpis.book import KpiBook
from prodops.kpis.definitions import AnyKpi, DerivedKpi, SimpleKpi
from prodops.kpis.intervals import Z95
from prodops.kpis.kinds import SEPARATOR, Desk
from prodops.kpis.measure import compute_slicings
from prodops.kpis.signalling import LOOKS, normal, signals
from prodops.kpis.usual import LIMIT
from prodops.workspace import Grain, Period, step

BASELINE = 26
"""Past periods that a slice of two dimensions is judged by."""
RECENT: dict[Grain, int] = {"day": 14, "week": 6, "month": 3, "quarter": 2, "year": 1}
"""How many of the last whole periods a review looks at, each judged by its own past."""
SLICES = 0.01
"""Share of reports that name a slice by chance, where no whole moved."""
HALF, EXCESS = 0.5, 0.3
"""A move sits in a slice that holds at least half of it, and by so much more than the slice's size alone would bring."""


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
    """Join :func:`signals` to one KPI and slice's whole periods, in order, as ``expected``, ``usual_lower``, ``usual_upper``, ``z``, ``signal``
    and ``rule``."""
    whole = rows[rows["complete"].to_numpy(dtype=bool)].sort_values("period_start").reset_index(drop=True)
    limits = signals(
        whole.set_index("period_start")["value"], error=standard_error(kpi, whole), last=last, is_stock=is_stock(kpi)
    ).reset_index(drop=True)
    low, high = _bounds(kpi, whole["value"])
    return whole.assign(
        expected=limits["expected"],
        usual_lower=limits["lower"].clip(lower=low),
        usual_upper=limits["upper"].clip(upper=high),
        z=limits["z"],
        signal=limits["signal"],
        rule=limits["rule"],
    )


def _bounds(kpi: AnyKpi, values: pd.Series) -> tuple[float, float]:
    """Give what a KPI's values cannot pass."""
    if kpi.unit == "nps":
        return -100.0, 100.0
    low = 0.0 if not (values < 0).any() else -math.inf
    return low, 1.0 if kpi.unit == "share" and not isinstance(kpi, DerivedKpi) else math.inf


def find_moves(book: KpiBook, frames: Mapping[Grain, pd.DataFrame], grains: Mapping[str, Grain]) -> list[Move]:
    """Find for each KPI what lies farthest out in its last whole periods: all rows; where those lie within their limits, or only a few
    periods together do not, what one slice may do better, against what chance allows.

    All rows are held to the limits of :func:`signals`. Slices, being many, are held to limits so wide that one report in a hundred names
    one by chance; slices of sums and of what runs are not searched, as one big customer moves them and no limit holds.
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
        bars = [(rows, LIMIT if key == ("", "") else _limit_for(tests, grains[name])) for key, rows in parts]
        found = [(m, bar) for rows, bar in bars if (m := _farthest(rows, grains[name], bar))]
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


def _farthest(rows: pd.DataFrame, grain: Grain, limit: float = LIMIT) -> Move | None:
    """Give the period that lies farthest out, beyond a limit of ``z``; nothing where there is none."""
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
    )


# --------------------------------------------------------------------------------------------------- where a move sits
def locate(desk: Desk, book: KpiBook, moves: Sequence[Move], frames: Mapping[Grain, pd.DataFrame], dimensions: Sequence[str]) -> list[Move]:
    """Name for each move the slice, of one dimension or of two crossed, where it sits; a move that is spread evenly stays as it is.

    Each slice is compared with what its own past leads to expect: its share of the whole deviation against its share of the whole.
    Within a move of one slice only that slice is searched, and where it sits in a part of it the move is told of that part.
    """
    located = []
    for grain in dict.fromkeys(m.grain for m in moves):
        some = [m for m in moves if m.grain == grain]
        crossed = _crossed(desk, book, some, frames[grain], dimensions)
        located += [_locate(book[m.kpi], m, crossed[crossed["kpi"] == m.kpi]) for m in some]
    return sorted(located, key=lambda m: (-abs(m.z), m.kpi))


def _crossed(desk: Desk, book: KpiBook, moves: Sequence[Move], frame: pd.DataFrame, dimensions: Sequence[str]) -> pd.DataFrame:
    """Add the slices of two dimensions crossed to the rows of the KPIs that moved: one reading for all of them."""
    names = [m.kpi for m in moves if _can_be_split(book[m.kpi])]
    own = frame[frame["kpi"].isin(names)]
    pairs = list(combinations([d for d in dimensions if d in set(own["dimension"])], 2))
    if not pairs:
        return own
    starts = [pd.Timestamp(s) for s in sorted(own["period_start"].unique())][-(BASELINE + RECENT[moves[0].grain] + 1) :]
    periods = [Period(s.date(), step(s.date(), moves[0].grain)) for s in starts]
    crossed = compute_slicings(desk, book, grain=moves[0].grain, periods=periods, slicings=pairs, names=names)
    return pd.concat([own, crossed], ignore_index=True)


def _locate(kpi: AnyKpi, move: Move, own: pd.DataFrame) -> Move:
    upto = own[own["period_start"] <= pd.Timestamp(move.start)]
    whole = upto[(upto["dimension"] == move.dimension) & (upto["slice"] == move.slice) & (upto["period_start"] == pd.Timestamp(move.start))]
    cells = [(key, rows) for key, rows in upto.groupby(["dimension", "slice"], sort=False) if _is_within(key, move)]
    places = [p for key, rows in cells if (p := _place(kpi, key, rows, move, _weight(whole.iloc[0])))]
    if not places:
        return move
    best = min(places, key=lambda p: (-round(min(p.share, 1.0) - p.size, 2), SEPARATOR in p.dimension, p.dimension, p.slice))
    if not move.dimension:
        return replace(move, place=best)
    part = own[(own["dimension"] == best.dimension) & (own["slice"] == best.slice)]
    return _farthest(judge(kpi, part, RECENT[move.grain]), move.grain) or move


def _is_within(key: tuple[str, str], move: Move) -> bool:
    """Whether a slice is a part of what moved: any one of all rows, or a crossing of the slice that moved."""
    if not move.dimension:
        return key != ("", "")
    return (move.dimension, move.slice) in zip(key[0].split(SEPARATOR), key[1].split(SEPARATOR), strict=False) and SEPARATOR in key[0]


def _can_be_split(kpi: AnyKpi) -> bool:
    """Whether slices add up to the whole: counts, sums and rates do; a derived number does when it is a share or an NPS."""
    return not isinstance(kpi, DerivedKpi) or kpi.unit in ("share", "nps")


def _is_additive(kpi: AnyKpi) -> bool:
    return isinstance(kpi, SimpleKpi) and kpi.agg in ("count", "count_distinct", "sum")


def _place(kpi: AnyKpi, key: tuple[str, str], rows: pd.DataFrame, move: Move, whole: float) -> Place | None:
    rows = rows[rows["complete"].to_numpy(dtype=bool)].sort_values("period_start")
    if rows.empty or rows["period_start"].iloc[-1] != pd.Timestamp(move.start):
        return None
    row = judge(kpi, rows, 1).iloc[-1]
    value, expected = float(row["value"]), float(row["expected"])
    if not abs(row["z"]) > LIMIT:
        return None
    additive = _is_additive(kpi)
    base = move.expected if additive else whole
    size = (expected if additive else _weight(rows.iloc[-1])) / base if base else 0.0
    share = (value - expected) * (1.0 if additive else size) / (move.value - move.expected)
    return Place(*key, share, size, value, expected) if share >= HALF and share - size >= EXCESS else None


def _weight(row: pd.Series) -> float:
    """What a slice of a rate weighs: its denominator, or the rows behind it."""
    return float(row["denominator"] if pd.notna(row["denominator"]) else row["n"])
