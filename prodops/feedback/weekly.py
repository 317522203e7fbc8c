"""Themes week by week: voices with intervals, per 1,000 active users where known.

A voice counts once, in the week it first spoke. The week in progress is given, marked, and never compared.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from prodops.errors import InputError, ParameterError, did_you_mean
from prodops.workspace import Period, WeekStart, current_period, last_periods

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

NOT_KNOWN = "not known"


def trend(
    frame: "pd.DataFrame",
    *,
    as_of: datetime,
    weeks: int,
    week_start: WeekStart = "monday",
    by: str | None = None,
    exposure: "pd.DataFrame | None" = None,
) -> "pd.DataFrame":
    """Count voices per week and theme: ``week, theme, name, count, lower, upper, complete``, one row each, zeros included.

    ``frame`` holds feedback with ``created_at`` and ``theme`` (and ``voice``, ``theme_name``, as ``prepare`` and ``Themes.attach``
    give them). Given are the ``weeks`` whole weeks before ``as_of`` and, where ``as_of`` lies inside one, the week in progress (``complete`` is
    false there). Weeks that ended before the first feedback are left out: nobody was listening. ``week`` is a week's first day.
    ``lower`` and ``upper`` are the exact 95 % Poisson interval of the expected count (Garwood 1936). Texts without a theme are not
    counted. ``by`` splits by one more column. ``exposure`` (columns ``week`` and ``active_users``, and ``by`` if given) adds ``active_users,
    per_1000, per_1000_lower, per_1000_upper``, missing where no one was active.
    """
    import pandas as pd

    _need(frame, ("created_at", "theme", *([by] if by else [])))
    if weeks < 1:
        raise ParameterError(f"weeks is {weeks}; expected at least 1.")
    periods = last_periods(as_of, "week", weeks, week_start)
    running = current_period(as_of, "week", week_start)
    spoken = voices_of(frame)
    spoken = spoken[spoken["created_at"] < as_of]
    first = spoken["created_at"].min().date() if len(spoken) else as_of.date()
    shown = [period for period in [*periods, *([running] if running else [])] if period.end > first or period == running]
    counted = _count(spoken, shown, week_start, by)
    counted["lower"], counted["upper"] = poisson_interval(counted["count"])
    counted["complete"] = counted["week"] != pd.Timestamp(running.start) if running else True
    names = dict(zip(spoken["theme"], spoken["theme_name"], strict=True)) if "theme_name" in spoken else {}
    counted.insert(2, "name", counted["theme"].map(lambda theme: names.get(theme, theme)).astype("str"))
    return counted if exposure is None else _per_1000(counted, exposure, by)


def voices_of(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Keep the first row of each voice; every row where the frame knows no voices."""
    if "voice" not in frame:
        return frame
    order = ["created_at", *(["id"] if "id" in frame else [])]
    return frame.sort_values(order, kind="stable").drop_duplicates("voice")


def _need(frame: "pd.DataFrame", columns: Sequence[str]) -> None:
    for column in columns:
        if column not in frame:
            raise InputError(
                f'The feedback has no column "{column}".{did_you_mean(column, map(str, frame.columns))} '
                "Give the frame that Themes.attach returned."
            )


def _count(spoken: "pd.DataFrame", periods: Sequence[Period], week_start: WeekStart, by: str | None) -> "pd.DataFrame":
    import pandas as pd

    keys = ["theme", *([by] if by else [])]
    themed = spoken[spoken["theme"] != ""]
    starts = pd.DatetimeIndex([period.start for period in periods], dtype="datetime64[us]")
    table = themed[keys].assign(week=_week_of(themed["created_at"], week_start))
    if by:
        table[by] = table[by].astype("str").fillna(NOT_KNOWN)
    groups = table[keys].drop_duplicates().sort_values(keys)
    grid = pd.DataFrame({"week": starts}).merge(groups, how="cross")
    sizes = table.groupby(["week", *keys]).size().rename("count").reset_index()
    counted = grid.merge(sizes, how="left", on=["week", *keys])
    return counted.assign(count=counted["count"].fillna(0).astype("int64"))[["week", *keys, "count"]]


def _week_of(times: "pd.Series[pd.Timestamp]", week_start: WeekStart) -> "pd.Series[pd.Timestamp]":
    import pandas as pd

    days = times.dt.normalize()
    since = (times.dt.day_of_week + (week_start == "sunday")) % 7
    return (days - pd.to_timedelta(since, unit="D")).astype("datetime64[us]")


def poisson_interval(counts: "ArrayLike", level: float = 0.95) -> "tuple[Floats, Floats]":
    """Give the exact (Garwood) interval of a Poisson mean for each count."""
    import numpy as np
    from scipy.stats import chi2

    counts, tail = np.asarray(counts, float), (1 - level) / 2
    return np.where(counts > 0, chi2.ppf(tail, 2 * np.maximum(counts, 0.5)) / 2, 0.0), chi2.ppf(1 - tail, 2 * counts + 2) / 2


def _per_1000(counted: "pd.DataFrame", exposure: "pd.DataFrame", by: str | None) -> "pd.DataFrame":
    import pandas as pd

    keys = ["week", *([by] if by and by in exposure else [])]
    for column in (*keys, "active_users"):
        if column not in exposure:
            raise InputError(
                f'The exposure has no column "{column}".{did_you_mean(column, map(str, exposure.columns))} It needs week and active_users.'
            )
    users = exposure[[*keys, "active_users"]].assign(week=pd.to_datetime(exposure["week"]).astype("datetime64[us]"))
    joined = counted.merge(users, how="left", on=keys, validate="many_to_one")
    active = joined["active_users"].where(joined["active_users"] > 0)
    for column, name in (("count", "per_1000"), ("lower", "per_1000_lower"), ("upper", "per_1000_upper")):
        joined[name] = joined[column] / active * 1000
    return joined
