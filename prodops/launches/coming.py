"""The launches ahead: each judged by its gates, and its open work items by a forecast."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING

from prodops.launches.gates import Readiness, readiness
from prodops.launches.measures import Measures
from prodops.launches.plan import Plan
from prodops.workspace import WeekStart, period_start

if TYPE_CHECKING:
    import pandas as pd

    Forecast = Callable[..., pd.DataFrame]

OWN_PACE, ALL_PACE = " at its own pace so far", " if all work stood back for them"


def coming(
    plan: Plan,
    as_of: date,
    measures: Measures,
    *,
    items: "pd.DataFrame | None" = None,
    forecast: "Forecast | None" = None,
    themes: "pd.DataFrame | None" = None,
    seed: int = 0,
    week_start: WeekStart = "monday",
) -> tuple[Readiness, ...]:
    """Judge every launch whose day has not come, the nearest first.

    ``items`` are work items (``flow.items``: ``launch``, ``finished``, ``cancelled``), ``forecast`` gives dates from weekly throughput
    (``flow.forecast``): from the launch's own past where that is long enough, else from that of all work.
    """
    counted = _counts(items)
    found = []
    for launch in plan.upcoming(as_of):
        still = counted.get(launch.name, (0, 0))[0] if counted else 0
        dates, pace = _dates(items, launch.name, still, forecast, as_of, seed, week_start) if still and forecast else (None, "")
        found.append(readiness(launch, as_of=as_of, measures=measures, items=counted, themes=themes, forecast=dates, pace=pace))
    return tuple(found)


def _counts(items: "pd.DataFrame | None") -> dict[str, tuple[int, int]] | None:
    """Count open and all items by launch; nothing where items do not name their launch."""
    if items is None or "launch" not in items or not items["launch"].notna().any():
        return None
    named = items[items["launch"].notna() & items["cancelled"].isna()]
    still = named["finished"].isna().groupby(named["launch"].astype(str)).agg(["sum", "size"])
    return {str(name): (int(row["sum"]), int(row["size"])) for name, row in still.iterrows()}


def _dates(
    items: "pd.DataFrame | None", launch: str, still: int, forecast: "Forecast", as_of: date, seed: int, week_start: WeekStart
) -> "tuple[pd.DataFrame | None, str]":
    """Give the dates of the open items, and in words whose pace they take."""
    import numpy as np

    assert items is not None
    for own, pace in ((items[items["launch"].astype("object") == launch], OWN_PACE), (items, ALL_PACE)):
        past = _weekly(own["finished"].dropna(), as_of, week_start)
        if past is not None:
            found = forecast(past, items=still, rng=np.random.default_rng(seed))
            if len(found):
                return found, pace
    return None, ""


def _weekly(finished: "pd.Series", as_of: date, week_start: WeekStart) -> "pd.Series | None":
    """Count what was finished in each whole week since the first."""
    import pandas as pd

    if finished.empty:
        return None
    days = pd.to_datetime(finished)
    first, end = period_start(days.min().date(), "week", week_start), period_start(as_of, "week", week_start)
    weeks = pd.DatetimeIndex([pd.Timestamp(first + timedelta(weeks=n)) for n in range((end - first).days // 7)])
    if not len(weeks):
        return None
    place = (days.dt.normalize() - pd.Timestamp(first)).dt.days // 7
    counts = place.value_counts().reindex(range(len(weeks)), fill_value=0)
    return pd.Series(counts.to_numpy(dtype=float), index=weeks, name="finished")
