"""Before and after a date: did a number settle on another level when something launched?

This is association in time. Nothing here separates the launch from whatever else happened that week.
"""

import math
from dataclasses import asdict, dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from prodops.errors import ParameterError
from prodops.fiscal import PLAIN, per_grain
from prodops.intervals import Interval, means_difference, shares_difference, wilson_bounds
from prodops.kpis.book import KpiBook
from prodops.kpis.kinds import Desk
from prodops.kpis.measure import compute_slicings
from prodops.workspace import Grain, Period, last_periods, step

Array = npt.NDArray[np.float64]
SIDES: dict[Grain, int] = per_grain({"day": 56, "week": 26, "month": 12, "quarter": 4, "year": 3})
"""Most periods compared on each side of the date."""
FEWEST: dict[Grain, int] = per_grain({"day": 7, "week": 4, "month": 3, "quarter": 2, "year": 2})
"""Fewest periods on each side that make a comparison."""
YEARS: dict[Grain, tuple[int, int]] = per_grain({"week": (13, 52), "month": (3, 12), "quarter": (2, 4)})
"""A quarter's worth of periods, and how many periods a year before lies."""


@dataclass(frozen=True)
class Shift:
    """A KPI before and after a date, the period that holds the date left out; ``change`` is after − before with its 95 % range.

    ``p`` is the chance of a change so large if nothing changed. For counts over counts before and after are pooled shares, and the
    range is widened where the periods differ by more than counting explains; for other numbers they are means of the periods' values.
    ``also`` holds other dates that fit the break.
    """

    kpi: str
    dimension: str
    slice: str
    grain: Grain
    on: date
    before: float
    after: float
    change: Interval
    p: float
    periods_before: int
    periods_after: int
    also: tuple[date, ...] = ()

    @property
    def z(self) -> float:
        """The change in standard errors, as the normal curve has it, with its sign."""
        from scipy.special import ndtri

        return math.copysign(-float(ndtri(max(self.p, 1e-300) / 2)), self.change.value)


@dataclass(frozen=True)
class Run:
    """One KPI and slice over its whole periods, in order, as arrays; days are counted as numbers."""

    kpi: str
    dimension: str
    slice: str
    grain: Grain
    starts: npt.NDArray[np.datetime64]
    ends: npt.NDArray[np.datetime64]
    values: Array
    tops: Array
    bottoms: Array
    is_share: bool

    @classmethod
    def of(cls, rows: pd.DataFrame, grain: Grain) -> "Run":
        """Take the whole periods with a value from one KPI and slice of :func:`compute`'s rows."""
        known = rows[rows["complete"].to_numpy(dtype=bool) & rows["value"].notna().to_numpy()].sort_values("period_start")
        first = rows.iloc[0]
        is_share = bool(len(known) and known["lower"].notna().any() and _is_wilsons(known))
        starts, ends = (known[c].to_numpy().astype("datetime64[D]") for c in ("period_start", "period_end"))
        values, tops, bottoms = (known[c].to_numpy(dtype=float) for c in ("value", "numerator", "denominator"))
        name = str(first["kpi"]), str(first.get("dimension", "")), str(first["slice"])
        return cls(*name, grain, starts, ends, values, tops, bottoms, is_share)

    def part(self, where: object) -> "Run":
        """Take some of the periods."""
        return replace(self, **{c: getattr(self, c)[where] for c in ("starts", "ends", "values", "tops", "bottoms")})

    @property
    def level(self) -> float:
        return float(self.tops.sum() / self.bottoms.sum()) if self.is_share else float(self.values.mean())

    @property
    def weights(self) -> Array:
        return self.bottoms if self.is_share else np.ones(len(self.values))


def _is_wilsons(known: pd.DataFrame) -> bool:
    """Whether the range is that of counts over counts, and no other kind of number."""
    lower, _ = wilson_bounds(known["numerator"].to_numpy(dtype=float), known["denominator"].to_numpy(dtype=float))
    return bool(np.allclose(lower, known["lower"].to_numpy(dtype=float), equal_nan=True))


def runs(frame: pd.DataFrame, grain: Grain) -> list[Run]:
    """Give every KPI and slice of a frame as a run."""
    return [Run.of(rows, grain) for _, rows in frame.groupby(["kpi", "dimension", "slice"], sort=False)]


# ------------------------------------------------------------------------------------------------------------ one date
def since(desk: Desk, book: KpiBook, kpi: str, *, on: date, by: str | None = None, periods: int | None = None) -> pd.DataFrame:
    """Compare a KPI before and after a date, over all rows and, with ``by``, for each slice.

    Takes up to ``periods`` whole periods on each side (26 weeks, or 12 months for a KPI whose grain is the month), leaving out the one
    that holds ``on`` unless it starts there. One row a slice ("" = all): ``slice``, ``before``, ``after``, ``change`` with ``lower`` and
    ``upper`` (95 %, in the KPI's unit), ``p``, ``periods_before``, ``periods_after``; no row where a side has too few periods.
    The method is Newcombe's for counts over counts, Welch's for others. A change in time is not a proof of cause.
    Raises ParameterError for a date that the data does not reach.
    """
    if on >= desk.as_of.date():
        raise ParameterError(f"There is nothing yet after {on}: the data ends before {desk.as_of.date()}.")
    grain: Grain = "week" if book[kpi].grain == "day" else book[kpi].grain
    slicings: list[tuple[str, ...]] = [(), (by,)] if by else [()]
    frame = compute_slicings(desk, book, grain=grain, periods=_around(desk, on, grain, periods), slicings=slicings, names=[kpi])
    found = [s for run in runs(frame, grain) if (s := compare(run, on, periods))]
    rows = [{**asdict(s), "change": s.change.value, "lower": s.change.lower, "upper": s.change.upper} for s in found]
    return pd.DataFrame(rows, columns=["slice", "before", "after", "change", "lower", "upper", "p", "periods_before", "periods_after"])


def _around(desk: Desk, on: date, grain: Grain, periods: int | None) -> list[Period]:
    """Give the whole periods around a date that have ended."""
    side = (periods or SIDES[grain]) + 2
    ended = last_periods(desk.as_of, grain, 1, desk.workspace.week_start)[0].end
    length = {"day": 1, "week": 7, "month": 28, "quarter": 90, "year": 365}[PLAIN.get(grain, grain)]
    return last_periods(desk.as_of, grain, max((ended - on).days, 0) // length + side, desk.workspace.week_start)[: 2 * side + 2]


def compare(run: Run, on: date, periods: int | None = None) -> Shift | None:
    """Compare a run before and after a date; nothing where a side has too few whole periods."""
    side, day = periods or SIDES[run.grain], np.datetime64(on)
    before, after = (run.part(np.flatnonzero(run.ends <= day)[-side:]), run.part(np.flatnonzero(run.starts >= day)[:side]))
    return contrast(before, after, on) if min(len(before.values), len(after.values)) >= min(FEWEST[run.grain], side) else None


def against_year_before(run: Run) -> Shift | None:
    """Compare a run's last quarter of whole periods (13 weeks, 3 months) with the same ones a year before (52 weeks, 12 months)."""
    side, year = YEARS.get(run.grain, (0, 0))
    after = run.part(slice(-side, None))
    if not side or not len(after.values):
        return None
    earlier = [np.datetime64(step(start, run.grain, -year)) for start in after.starts.astype(object)]
    before = run.part(np.isin(run.starts, np.array(earlier)))
    enough = min(len(before.values), len(after.values)) >= min(FEWEST[run.grain], side)
    return contrast(before, after, after.starts[0].astype(object)) if enough else None


def contrast(before: Run, after: Run, on: date) -> Shift:
    """Compare two parts of one run."""
    change, p = _shares(before, after) if before.is_share else _means(before.values, after.values)
    return Shift(
        before.kpi,
        before.dimension,
        before.slice,
        before.grain,
        on,
        before.level,
        after.level,
        change,
        p,
        len(before.values),
        len(after.values),
    )


def _shares(before: Run, after: Run) -> tuple[Interval, float]:
    """Compare pooled shares; counts are shrunk by how much more the periods vary than counting explains."""
    free = max(len(before.values) + len(after.values) - 2, 1)
    extra = max(1.0, sum(_chi_square(side.tops, side.bottoms) for side in (before, after)) / free)
    first, then = ((float(side.tops.sum()) / extra, float(side.bottoms.sum()) / extra) for side in (before, after))
    change = shares_difference(first, then)
    pooled = (first[0] + then[0]) / (first[1] + then[1])
    error = math.sqrt(max(pooled * (1 - pooled), 0) * (1 / first[1] + 1 / then[1]))
    return change, math.erfc(abs(change.value) / error / math.sqrt(2)) if error else 1.0


def _chi_square(tops: Array, bottoms: Array) -> float:
    """Give Pearson's chi-square of periods against their pooled share."""
    share = float(tops.sum() / bottoms.sum())
    return float((((tops - share * bottoms) ** 2) / (bottoms * share * (1 - share))).sum()) if 0 < share < 1 else 0.0


def _means(before: Array, after: Array) -> tuple[Interval, float]:
    """Compare means of period values with Welch's test; errors are larger where one period goes on like the one before."""
    from scipy.special import stdtr

    wider = _memory([before, after])
    change, error, freedom = means_difference(before, after, wider)
    if not error:
        return change, 1.0 if change.value == 0 else 0.0
    return change, float(2 * stdtr(freedom, -abs(change.value) / error))


def _memory(sides: list[Array]) -> float:
    """Give how much larger the error of a mean is as neighbouring periods hang together: sqrt((1 + r) / (1 - r)) of the lag-one
    correlation r within the sides, at most 3."""
    rest = [side - side.mean() for side in sides]
    total = sum(float((r * r).sum()) for r in rest)
    r = sum(float((r[1:] * r[:-1]).sum()) for r in rest) / total if total else 0.0
    r = min(max(r, 0.0), 0.8)
    return math.sqrt((1 + r) / (1 - r))
