"""Did a number leave its usual range? Each point is judged by its own past and by nothing later, at one setting for every KPI.

:mod:`usual` says what the past leads to expect; here the calendar of the series is read (which season, which holidays, how many looks a
year) and the answer laid out. A number that is looked at more often is allowed fewer false alarms a look: :data:`BUDGET` over the
square root of the looks a year, so that hourly, daily, weekly and monthly numbers all stay readable.
"""

import math
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from prodops.errors import ParameterError
from prodops.fiscal import per_grain
from prodops.kpis.learners import Season
from prodops.kpis.usual import LIMIT, follow

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from prodops.workspace import Grain

    Array = npt.NDArray[np.float64]

BUDGET = 0.04
"""False alarms that a stable series may raise in a year by single points, over the square root of its looks a year."""
MOST = 0.05
"""A stable value passes its limits at most so often, however seldom it is looked at."""
WEEKLY, DAILY, HOURLY = 52.0, 365.25, 8766.0
"""Looks a year."""
LOOKS: "dict[Grain, float]" = per_grain({"day": DAILY, "week": WEEKLY, "month": 12.0, "quarter": 4.0, "year": 1.0})
"""Looks a year at a KPI of each grain."""
UNDATED = (1, 7, 24)
"""Seasons tried on a series without dates."""
YEARS = 3
"""A series without dates or season is taken to be weekly for so many years of weeks, then daily for as many years of days, then hourly."""


def signals(
    series: "pd.Series",
    *,
    season: Literal["auto"] | int | None = "auto",
    error: "pd.Series | None" = None,
    last: int | None = None,
    is_stock: bool = False,
    holidays: str | None = None,
) -> "pd.DataFrame":
    """Judge each value by the values before it; needs eight, and each phase of the season twice.

    ``series`` holds whole periods in order, missing values allowed. ``season`` is how many points make a cycle (``None``: there is none);
    ``"auto"`` reads it from the dates of the index — hours of the day and days of the week, and from the second year on the same time a
    year before — or, without dates, takes none, 7 or 24, whichever forecast the past best. ``error`` is the standard error of each
    value, where known; ``last`` judges only so many at the end; ``is_stock`` says that each value goes on from the one before (revenue
    that runs, open items), so that its change is judged, and by limits that know that one large account moves it; ``holidays`` is a
    country (``"DE"``, ``"US-CA"``), whose days off are compared with each other only; weeks likewise, by how many of their working days
    are public holidays (none, one, more).

    Gives ``value``, ``expected``, ``lower``, ``upper``, ``z`` (how far out the value lies, the limit on either side being 3), ``signal``
    (beyond 3) and ``rule`` for each: ``"point"`` outside the limits; ``"shift"`` within them, but together with the one or two before as
    far out as a point outside, and then ``z`` is how far they lie together; missing where the past is too short or never moved.
    Raises ParameterError for an index out of order, a season below one or an unknown country.
    """
    import pandas as pd

    values = series.to_numpy(dtype=float, na_value=np.nan)
    values = np.where(np.isfinite(values), values, np.nan)
    errors = None if error is None else np.nan_to_num(error.to_numpy(dtype=float, na_value=np.nan)).tolist()
    steps = np.diff(values, prepend=np.nan) if is_stock else values
    expected, below, above, together = _judged(steps, _dates(series.index), season, errors, holidays, is_stock)
    before = np.append(np.nan, values[:-1]) if is_stock else 0.0
    away = steps - expected
    z = LIMIT * away / np.where(away > 0, above, below)
    expected = expected + before
    lower, upper = expected - below, expected + above
    if last is not None:
        for judged in (expected, lower, upper, z, together):
            judged[: max(len(values) - last, 0)] = np.nan
    point = np.abs(z) > LIMIT
    shift = ~point & (np.abs(together) > LIMIT)
    rule = np.select([point, shift], ["point", "shift"], "")
    told = {"value": values, "expected": expected, "lower": lower, "upper": upper, "z": np.where(shift, together, z)}
    return pd.DataFrame(told | {"signal": point | shift, "rule": rule}, index=series.index)


def rate_of(looks: float) -> float:
    """Give the chance that a stable value passes its limits, for a number looked at so many times a year."""
    return min(BUDGET / math.sqrt(looks), MOST)


def normal(z: float, looks: float) -> float:
    """Give the standard normal deviate as rare as ``z``."""
    from scipy.special import ndtri

    return z / LIMIT * -float(ndtri(rate_of(looks) / 2))


def odds(z: float, looks: float) -> float:
    """Give the chance that a stable, normal number lies so far out, on either side."""
    return math.erfc(abs(normal(z, looks)) / math.sqrt(2))


# --------------------------------------------------------------------------------------------------------- the calendar
def looks_a_year(index: "pd.DatetimeIndex") -> float:
    """Give how many points of this index a year has."""
    return DAILY / _step_days(index)


def _step_days(index: "pd.DatetimeIndex") -> float:
    return float(np.median(np.diff(index.asi8))) / float(np.timedelta64(1, "D") / np.timedelta64(1, index.unit))


def _dates(index: "pd.Index") -> "pd.DatetimeIndex | None":
    """Take an index as dates, where it has some and they say how often; refuse one that goes back."""
    import pandas as pd

    dates = index.to_timestamp() if isinstance(index, pd.PeriodIndex) else index
    if not isinstance(dates, pd.DatetimeIndex):
        return None
    if not dates.is_monotonic_increasing:
        raise ParameterError("The index of the series goes back in time; expected points in order: sort_index() first.")
    dates = dates.tz_localize(None) if dates.tz else dates
    return dates if len(dates) > 1 and _step_days(dates) > 0 else None


def _judged(
    values: "Array",
    dates: "pd.DatetimeIndex | None",
    season: Literal["auto"] | int | None,
    errors: list[float] | None,
    country: str | None,
    leaps: bool,
) -> tuple["Array", "Array", "Array", "Array"]:
    """Follow a series in the season asked for, or in the one its dates or its own past speak for."""
    n = len(values)
    if season is not None and season != "auto":
        if season < 1:
            raise ParameterError(f"season is {season}; expected the number of points that make a cycle, 1 or more.")
        return _followed(values, _every(season, n), _looks(dates, season, n), errors, leaps)
    if dates is None:
        tried = UNDATED if season else UNDATED[:1]
        return _best(values, [_followed(values, _every(s, n), _looks(None, s, n), errors, leaps) for s in tried])
    seasons = _seasons(dates, country) if season else []
    return _followed(values, seasons, _looks(dates, 1, n), errors, leaps, _year_before(dates) if season else None)


def _looks(dates: "pd.DatetimeIndex | None", season: int, n: int) -> "Array":
    """Give how many looks a year each point stands for: by the dates, else by the season, else by how many points there have been."""
    if dates is not None:
        return np.full(n, looks_a_year(dates))
    if season in (7, 24):
        return np.full(n, DAILY if season == 7 else HOURLY)
    return np.select([np.arange(n) <= YEARS * WEEKLY, np.arange(n) <= YEARS * DAILY], [WEEKLY, DAILY], HOURLY)


def _followed(
    values: "Array", seasons: list[Season], looks: "Array", errors: list[float] | None, leaps: bool, years: list[int] | None = None
) -> tuple["Array", "Array", "Array", "Array"]:
    rates = np.minimum(BUDGET / np.sqrt(looks), MOST).tolist()
    outlooks, together = follow(values.tolist(), seasons, rates=rates, errors=errors, years=years, leaps=leaps)
    expected, below, above = np.array(outlooks, dtype=float).reshape(-1, 3).T
    return expected, below, above, np.array(together)


def _every(points: int, n: int) -> list[Season]:
    return [Season([i % points for i in range(n)], points)] if points > 1 else []


def _best(values: "Array", tried: list[tuple["Array", ...]]) -> tuple["Array", "Array", "Array", "Array"]:
    """Take for each point the season that forecast the points before it best, and none unless another did so by a tenth."""
    import pandas as pd

    missed = [pd.Series(np.sqrt(np.abs(values - t[0]))).ewm(halflife=100).mean().shift() for t in tried]
    gain = np.array([m.fillna(np.inf) * (1.0 if i == 0 else 1.05) for i, m in enumerate(missed)])
    which = gain.argmin(axis=0)
    expected, below, above, together = (np.array([t[part] for t in tried])[which, np.arange(len(values))] for part in range(4))
    return expected, below, above, together


def _seasons(dates: "pd.DatetimeIndex", country: str | None) -> list[Season]:
    """Read the cycles from the dates: hours within days, days within weeks; days off are days of their own kind."""
    step = _step_days(dates)
    if step > 4:
        return [Season(_weekdays_off(dates, country).tolist(), 3)] if country and 6 < step < 8 else []
    off = days_off(dates, country) if country else np.zeros(len(dates), dtype=int)
    days = Season(np.where(off, 7, dates.day_of_week).tolist(), 8, max(round(1 / step), 1))
    if step > 0.75:
        return [days]
    return [Season((dates.hour + 24 * off).tolist(), 48), days]


def days_off(dates: "pd.DatetimeIndex", country: str) -> "npt.NDArray[np.int_]":
    """Say (1 or 0) which dates are public holidays of a country, or of a part of it (``"US-CA"``)."""
    import pandas as pd

    known = _public_holidays(country, int(dates.year.min()), int(dates.year.max()))
    return dates.normalize().isin(pd.DatetimeIndex(known)).astype(int)


def _weekdays_off(dates: "pd.DatetimeIndex", country: str) -> "npt.NDArray[np.int_]":
    """Count the public holidays from Monday to Friday in the seven days that begin on each date, up to two."""
    import pandas as pd

    days = [dates + pd.Timedelta(days=d) for d in range(7)]
    off = sum(days_off(day, country) * np.asarray(day.day_of_week < 5, dtype=int) for day in days)
    return np.minimum(off, 2)


@cache
def _public_holidays(country: str, first: int, last: int) -> list[date]:
    """Give the public holidays of some years, in order."""
    import holidays

    name, _, part = country.partition("-")
    try:
        return sorted(holidays.country_holidays(name, subdiv=part or None, years=range(first, last + 1)))
    except NotImplementedError as error:
        raise ParameterError(f'holidays is "{country}"; expected a country such as DE, or a part of one such as US-CA.') from error


def _year_before(dates: "pd.DatetimeIndex") -> list[int] | None:
    """Give the place of each point's own time a year before (52 weeks, or 12 months), -1 where there is none."""
    import pandas as pd

    back = pd.DateOffset(weeks=52) if _step_days(dates) < 20 else pd.DateOffset(years=1)
    if not dates.is_unique or dates[-1] - back < dates[0]:
        return None
    return [int(i) for i in dates.get_indexer(dates - back)]
