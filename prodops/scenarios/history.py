"""A KPI's past as a series: whole periods only, of one grain, on a scale where its changes are even."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from prodops.errors import InputError, did_you_mean, shorten
from prodops.scenarios.draws import Array, Link, to_link
from prodops.stamps import day_words

if TYPE_CHECKING:
    import pandas as pd

Grain = Literal["week", "month"]
DAYS: dict[Grain, float] = {"week": 7.0, "month": 365.25 / 12}
POSITIVE = ("count", "days", "hours", "months", "per_1000", "ratio")
"""Units of numbers that are never negative and vary in proportion; currencies are such too."""
MOST = 260
"""Periods looked at, the latest: five years of weeks."""
ROUNDS = 12
OTHERS = ("period_start", "period_end", "complete")


@dataclass(frozen=True)
class Series:
    """One KPI over whole periods, oldest first: ``starts`` (days), ``values``, and the ``link`` on which it is looked at."""

    kpi: str
    grain: Grain
    starts: npt.NDArray[np.datetime64]
    values: Array
    link: Link

    def __len__(self) -> int:
        return len(self.values)

    def last(self, periods: int) -> "Series":
        """Give the latest periods."""
        return Series(self.kpi, self.grain, self.starts[-periods:], self.values[-periods:], self.link)

    def ahead(self, months: int) -> int:
        """Count the periods of so many months."""
        return max(round(months * DAYS["month"] / DAYS[self.grain]), 1)

    def on(self, place: int) -> str:
        """Say when a period began: ``the week of 7 Jul 2025``, ``Jul 2025``."""
        day = self.starts[place].astype("datetime64[D]").item()
        return f"{day:%b %Y}" if self.grain == "month" else f"the week of {day_words(day)}"

    @cached_property
    def response(self) -> Array:
        """The values on the link's scale, drawn straight at a smooth path through them, so that their mean stays their arithmetic mean
        and a 0 is no trouble: the working response of a generalised linear model with a level and a slope (McCullagh and Nelder 1989).
        """
        if self.link == "identity":
            return self.values
        path = _path(self.values, self.link)
        slope = path if self.link == "log" else path * (1 - path)
        return to_link(self.link, path) + (self.values - path) / slope


def read(history: "pd.DataFrame", kpi: str, unit: str, *, as_of: datetime | None = None) -> Series:
    """Take one KPI from a history: a frame of ``period_start`` and a column a KPI, or the tidy one that ``kpis.compute`` gives.

    Left out are missing values, rows whose ``complete`` is false, and periods that had not ended by ``as_of``. Weekly and monthly KPIs
    may stand in one frame; each one's grain is told by its own rows. Raises InputError for a KPI that is not there, with the near miss,
    and for periods that are neither weeks nor months.
    """
    frame = _rows(history, kpi)
    known = frame[frame["value"].notna()].sort_values("period_start").tail(MOST)
    starts = known["period_start"].to_numpy(dtype="datetime64[D]")
    grain = _grain(kpi, starts)
    if as_of is not None:
        ended = starts + np.timedelta64(timedelta(days=round(DAYS[grain]))) <= np.datetime64(as_of, "D")
        known, starts = known[ended], starts[ended]
    values = known["value"].to_numpy(dtype=float)
    return Series(kpi, grain, starts, values, link_for(unit, values))


def _rows(history: "pd.DataFrame", kpi: str) -> "pd.DataFrame":
    """Bring one KPI's rows to ``period_start`` and ``value``, whole periods only."""
    import pandas as pd

    if "period_start" not in history.columns:
        raise InputError('The history has no column "period_start": one row is a week or month, one column a KPI.')
    tidy = {"kpi", "value"} <= set(history.columns)
    options = sorted(history["kpi"].unique()) if tidy else [c for c in history.columns if c not in OTHERS]
    if kpi not in options:
        raise InputError(f"The history has no KPI {shorten(kpi)}.{did_you_mean(kpi, options)} It has {', '.join(options[:12]) or 'none'}.")
    rows = history[history["kpi"] == kpi] if tidy else history
    if tidy and "slice" in rows.columns:
        rows = rows[rows["slice"] == ""]
    frame = pd.DataFrame({"period_start": rows["period_start"].to_numpy(), "value": rows["value" if tidy else kpi].to_numpy(dtype=float)})
    return frame[rows["complete"].to_numpy(dtype=bool)] if "complete" in rows.columns else frame


def _grain(kpi: str, starts: npt.NDArray[np.datetime64]) -> Grain:
    """Tell weeks from months by the usual distance between periods; one period alone is called a month."""
    days = float(np.median(np.diff(starts).astype(float))) if len(starts) > 1 else 30.0
    if 6 <= days <= 8:
        return "week"
    if 27 <= days <= 32:
        return "month"
    raise InputError(f"The history of {shorten(kpi)} has a period every {days:g} days; weeks or months are expected.")


def link_for(unit: str, values: Array) -> Link:
    """Choose the scale on which a KPI of this unit varies evenly, as far as its values allow."""
    mean = float(values.mean()) if len(values) else 0.0
    positive = bool(len(values)) and values.min() >= 0 and mean > 0
    if unit == "share" and positive and values.max() <= 1 and mean < 1:
        return "logit"
    return "log" if positive and (unit in POSITIVE or unit == "share" or unit[:3].isupper()) else "identity"


def _path(values: Array, link: Link) -> Array:
    """Lay a level and a slope on the link's scale through the values (iteratively reweighted least squares)."""
    x = np.column_stack([np.ones(len(values)), np.linspace(-0.5, 0.5, len(values))])
    found = np.array([float(to_link(link, values.mean())), 0.0])
    for _ in range(ROUNDS):
        path = _inverse(link, x @ found)
        weight = path if link == "log" else path * (1 - path)
        step = np.linalg.solve(x.T @ (x * weight[:, None]), x.T @ (values - path))
        found = found + step * min(1.0, 1.0 / max(float(np.abs(step).max()), 1e-12))
    return _inverse(link, x @ found)


def _inverse(link: Link, eta: Array) -> Array:
    near = np.clip(eta, -30, 30)
    return np.exp(near) if link == "log" else 1 / (1 + np.exp(-near))
