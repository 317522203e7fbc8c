"""Themes week by week: voices with intervals, per 1,000 of those listened to where known.

A voice counts once for each theme it speaks of, in the week it first did. The week in progress is given, marked, and never compared.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from prodops.errors import InputError, ParameterError, did_you_mean
from prodops.feedback import overdispersion
from prodops.feedback.rates import count_interval
from prodops.workspace import Period, WeekStart, current_period, last_periods

if TYPE_CHECKING:
    import pandas as pd

NOT_KNOWN = "not known"
STEADY_WEEKS = 8
"""Whole weeks that it takes to see how much weeks vary beyond chance; with fewer, counts are taken as Poisson."""


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

    ``frame`` holds feedback with ``created_at`` and ``theme`` (and ``voice``, ``theme_name``, as ``prepare`` and ``Themes.attach`` give
    them); a voice may stand in several rows with several themes. Given are the ``weeks`` whole weeks before ``as_of`` and, where ``as_of``
    lies inside one, the week in progress (``complete`` is false there). Weeks that ended before the first feedback are left out: nobody was
    listening. ``week`` is a week's first day. ``lower`` and ``upper`` are the 95 % interval of the expected count: the exact Poisson one
    (Garwood 1936), widened by how much the theme's weeks vary beyond chance (:func:`overdispersion.roughness`, from 8 whole weeks on).
    Texts without a theme are not counted. ``by`` splits by one more column (``segment``, ``product``, ``version``, ``subtheme`` …).
    ``exposure`` (columns ``week``, one that counts who was listened to, such as ``active_users`` or ``orders``, and ``by`` if given) adds
    that column and ``per_1000, per_1000_lower, per_1000_upper``, missing where it is 0 or missing.
    """
    import pandas as pd

    _need(frame, ("created_at", "theme", *([by] if by else [])))
    if weeks < 1:
        raise ParameterError(f"weeks is {weeks}; expected at least 1.")
    periods = last_periods(as_of, "week", weeks, week_start)
    running = current_period(as_of, "week", week_start)
    spoken = voices_of(frame[frame["created_at"] < as_of], *([by] if by else []))
    first = spoken["created_at"].min().date() if len(spoken) else as_of.date()
    shown = [period for period in [*periods, *([running] if running else [])] if period.end > first or period == running]
    counted = _count(spoken, shown, week_start, by)
    counted["complete"] = counted["week"] != pd.Timestamp(running.start) if running else True
    counted[["lower", "upper"]] = _ranges(counted, ["theme", *([by] if by else [])])
    names = dict(zip(spoken["theme"], spoken["theme_name"], strict=True)) if "theme_name" in spoken else {}
    counted = counted[[*(column for column in counted if column != "complete"), "complete"]]
    counted.insert(2, "name", counted["theme"].map(lambda theme: names.get(theme, theme)).astype("str"))
    return counted if exposure is None else _per_1000(counted, exposure, by)


def voices_of(frame: "pd.DataFrame", *keys: str) -> "pd.DataFrame":
    """Keep one row of each voice for each theme that it speaks of (and each value of ``keys``): its first statement on it.

    A row without a theme stays only where its voice has none at all. Rows that another speaks for (``copies`` is 0) are left out. Where
    the frame knows no voices, rows with one id are one voice; where it knows no ids, every row is one. Shares are of distinct
    voices, so that those of all themes may sum to more than 1.
    """
    one = next((column for column in ("voice", "id") if column in frame), None)
    if one is None:
        return frame
    spoken = frame[frame["copies"] > 0] if "copies" in frame else frame
    themed = ["theme"] if "theme" in frame else []
    order = [column for column in ("created_at", "id", "statement") if column in frame]
    first = spoken.sort_values(order, kind="stable").drop_duplicates([one, *themed, *keys])
    if not themed:
        return first
    has = first["theme"] != ""
    return first[has | ~has.groupby(first[one], dropna=False).transform("any")]


def count_voices(spoken: "pd.DataFrame") -> int:
    """Count the different voices in rows."""
    one = next((column for column in ("voice", "id") if column in spoken), None)
    return len(spoken) if one is None else int(spoken[one].nunique())


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
    table = themed[keys].assign(week=week_of(themed["created_at"], week_start))
    if by:
        table[by] = table[by].astype("str").fillna(NOT_KNOWN)
    groups = table[keys].drop_duplicates().sort_values(keys)
    grid = pd.DataFrame({"week": starts}).merge(groups, how="cross")
    sizes = table.groupby(["week", *keys]).size().rename("count").reset_index()
    counted = grid.merge(sizes, how="left", on=["week", *keys])
    return counted.assign(count=counted["count"].fillna(0).astype("int64"))[["week", *keys, "count"]]


def week_of(times: "pd.Series[pd.Timestamp]", week_start: WeekStart) -> "pd.Series[pd.Timestamp]":
    """Give the first day of the week of each time."""
    import pandas as pd

    days = times.dt.normalize()
    since = (times.dt.day_of_week + (week_start == "sunday")) % 7
    return (days - pd.to_timedelta(since, unit="D")).astype("datetime64[us]")


def _ranges(counted: "pd.DataFrame", keys: Sequence[str]) -> "pd.DataFrame":
    """Give the interval of each count, as wide as its theme's weeks are rough."""
    import numpy as np
    import pandas as pd

    whole = counted[counted["complete"]].pivot_table(index=list(keys), columns="week", values="count", sort=True)
    if whole.shape[1] < STEADY_WEEKS:
        return pd.DataFrame(dict(zip(("lower", "upper"), count_interval(counted["count"]), strict=True)), index=counted.index)
    spread = overdispersion.roughness(whole.to_numpy(float))
    place = whole.index.get_indexer(pd.MultiIndex.from_frame(counted[list(keys)]) if len(keys) > 1 else counted[keys[0]])
    ranges = count_interval(counted["count"], overdispersion.Spread(*(np.broadcast_to(each, len(whole))[place] for each in spread)))
    return pd.DataFrame(dict(zip(("lower", "upper"), ranges, strict=True)), index=counted.index)


def _per_1000(counted: "pd.DataFrame", exposure: "pd.DataFrame", by: str | None) -> "pd.DataFrame":
    import pandas as pd

    keys = ["week", *([by] if by and by in exposure else [])]
    measures = [column for column in exposure if column not in keys]
    if "week" not in exposure or len(measures) != 1:
        raise InputError(
            f"The exposure has the columns {', '.join(map(str, exposure.columns))}; expected week"
            f"{f', {by} if known' if by else ''} and one that counts who was listened to, such as active_users."
        )
    heard = exposure.assign(week=pd.to_datetime(exposure["week"]).astype("datetime64[us]"))
    joined = counted.merge(heard, how="left", on=keys, validate="many_to_one")
    active = joined[measures[0]].where(joined[measures[0]] > 0)
    for column, name in (("count", "per_1000"), ("lower", "per_1000_lower"), ("upper", "per_1000_upper")):
        joined[name] = joined[column] / active * 1000
    return joined
