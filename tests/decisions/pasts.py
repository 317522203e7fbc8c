"""Pasts that tests write: a KPI by week or month as kpis.history gives it, a theme by week as feedback.themes_by_week does."""

from collections.abc import Sequence

import pandas as pd


def weekly(
    kpi: str, values: Sequence[float], *, end: str = "2025-11-03", n: float = float("nan"), half: float = float("nan")
) -> pd.DataFrame:
    """Give whole weeks that end at ``end``, the last value last; ``half`` is half of each value's own range."""
    starts = pd.date_range(end=pd.Timestamp(end) - pd.Timedelta(weeks=1), periods=len(values), freq="7D")
    frame = pd.DataFrame({"kpi": kpi, "period_start": starts, "period_end": starts + pd.Timedelta(weeks=1), "slice": "", "value": values})
    frame["value"] = frame["value"].astype(float)
    return frame.assign(n=n, lower=frame["value"] - half, upper=frame["value"] + half, complete=True)


def monthly(kpi: str, values: Sequence[float], *, end: str = "2025-11-01") -> pd.DataFrame:
    """Give whole months that end at ``end``."""
    starts = pd.date_range(end=pd.Timestamp(end) - pd.DateOffset(months=1), periods=len(values), freq="MS")
    ends = starts + pd.offsets.MonthBegin(1)
    frame = pd.DataFrame({"kpi": kpi, "period_start": starts, "period_end": ends, "slice": "", "value": values})
    return frame.assign(n=float("nan"), lower=float("nan"), upper=float("nan"), complete=True)


def spoken(name: str, voices: Sequence[float], *, end: str = "2025-11-03", sentiment: float = 0.0) -> pd.DataFrame:
    """Give a theme's voices in whole weeks that end at ``end``."""
    starts = pd.date_range(end=pd.Timestamp(end) - pd.Timedelta(weeks=1), periods=len(voices), freq="7D")
    said = pd.DataFrame({"name": f"feedback on “{name}”", "period_start": starts, "value": voices})
    return said.assign(theme=f"{name.lower()}-01", sentiment=sentiment)


class Kpi:
    """A KPI's definition as the room asks for it."""

    def __init__(self, label: str, good: str = "up", unit: str = "count", owner: str = "") -> None:
        self.label, self.good, self.unit, self.owner = label, good, unit, owner

    def unit_in(self, currency: str) -> str:
        return self.unit


class Book:
    """The definitions of some KPIs."""

    def __init__(self, **kpis: Kpi) -> None:
        self.kpis = kpis
