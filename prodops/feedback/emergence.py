"""Emerging, fading and new themes: each week's voices tested against the theme's own past, with the false alarms counted.

The arithmetic is :mod:`against_past`'s; here it meets the table of weekly counts. Where one looks every week, at most :data:`A_YEAR` false
alarms a year are expected, all themes together.
"""

from typing import TYPE_CHECKING

from prodops.errors import InputError, ParameterError, did_you_mean
from prodops.feedback import overdispersion
from prodops.feedback.against_past import judge
from prodops.feedback.rates import ratio_interval

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

A_YEAR, WEEKS_A_YEAR = 0.75, 52
"""Alarms that chance alone is expected to raise in a year, at most, over all themes together, where one looks every week."""
MOODS_A_YEAR, OVERALL_A_YEAR = 0.2, 0.05
"""The same of changed ratings and moods (:mod:`mood`), and of feedback as a whole (:mod:`overall`)."""
FALSE_ALARMS = (
    f"Expected false alarms, over all themes and weeks, ratings included: at most {A_YEAR + MOODS_A_YEAR + OVERALL_A_YEAR:g} a year."
)
COLUMNS = {
    "week": "datetime64[us]", "theme": "str", "name": "str", "direction": "str", "since": "datetime64[us]", "weeks": "int64", "count": "float64",
    "usual": "float64", "ratio": "float64", "lower": "float64", "upper": "float64", "dispersion": "float64", "p": "float64",
    "p_adjusted": "float64", "alarm": "bool", "first": "bool", "before_weeks": "int64",
}  # fmt: skip


def alarms(
    weekly: "pd.DataFrame",
    *,
    recent: int = 4,
    last: int | None = None,
    a_year: float = A_YEAR,
    by: str | None = None,
    exposure: str | None = None,
) -> "pd.DataFrame":
    """Test each whole week of each theme against the theme's own past: one row per week and theme, the latest week first.

    ``weekly`` is what :func:`trend` gives; ``by`` names the column that it was split by, if each part is to be tested by itself, and
    ``exposure`` its column of how many were listened to (``active_users``): rates are compared then. Without it, where all
    themes move together, an alarm must stand both plainly and beside that general level: a theme that stays as it was while others rise has
    not faded. ``last`` keeps to so many latest weeks. Columns: ``week, theme, name`` (and ``by``);
    ``direction`` (``emerging``, ``fading``, or ``new``: not one voice in the weeks before); ``since``, the first of the ``weeks`` compared
    (1, 2 or ``recent``: the most surprising of those that alarm, else ``recent``), or the first one with a voice of what is new; ``count``
    in them, ``usual`` (expected in as many), ``ratio`` with ``lower, upper`` (95 %), ``dispersion`` (variance over mean), ``p``,
    ``p_adjusted`` (false alarms expected in a week, were all as surprising called one), ``alarm``, ``first`` (an alarm, with none in the
    week before) and ``before_weeks``. ``p`` is missing with fewer than 8 weeks before.

    An alarm needs an adjusted p of at most ``a_year`` / 52 and a change by a quarter and by five voices.
    """
    import numpy as np
    import pandas as pd

    looks = looks_of(recent)
    counts, size = _matrix(weekly, by, exposure)
    judged = judge(counts.to_numpy(float), size, looks=looks, allowed=a_year / WEEKS_A_YEAR, last=last) if len(counts) else {}
    extra = {by: "str"} if by else {}
    if not judged:
        return pd.DataFrame(columns=[*COLUMNS, *extra]).astype(COLUMNS | extra)
    table = pd.DataFrame({name: values.ravel() for name, values in judged.items()})
    table["p_adjusted"] = table["chances"].clip(upper=1)
    table["lower"], table["upper"] = _intervals(table)
    ends = len(judged["p"])
    keys = counts.index.to_frame(index=False)
    table = pd.concat([pd.concat([keys] * ends, ignore_index=True), table], axis=1)
    table["week"] = np.repeat(counts.columns[-ends:].to_numpy(), len(keys))
    table["direction"] = np.where(table["before"] == 0, "new", np.where(table["ratio"] >= 1, "emerging", "fading"))
    back = np.where(table["direction"] == "new", table["heard"], table["weeks"]) - 1
    table["since"] = table["week"] - pd.to_timedelta(7 * back, unit="D")
    table["first"] = table["alarm"] & ~table.groupby(list(keys))["alarm"].shift(fill_value=False)
    table = table.sort_values(["week", "alarm", "p", *keys], ascending=[False, False, *[True] * (1 + keys.shape[1])], kind="stable")
    return table.reset_index(drop=True).astype(COLUMNS)[[*list(COLUMNS)[:3], *extra, *list(COLUMNS)[3:]]]


def looks_of(recent: int = 4) -> tuple[int, ...]:
    """Give the numbers of weeks that are compared with those before them, the longest first."""
    if recent < 1:
        raise ParameterError(f"recent is {recent}; expected at least 1.")
    return tuple(sorted({1, 2, recent}, reverse=True))


def _matrix(weekly: "pd.DataFrame", by: str | None, exposure: str | None) -> "tuple[pd.DataFrame, Floats | None]":
    """Give counts, themes (and parts) by whole weeks, and what was listened to per week or per cell of it."""
    for column in filter(None, (by, exposure)):
        if column not in weekly:
            raise InputError(f'The weekly counts have no column "{column}".{did_you_mean(column, map(str, weekly.columns))}')
    whole = weekly[weekly["complete"].astype("bool")]
    keys = ["theme", "name", *([by] if by else [])]

    def wide(column: str) -> "pd.DataFrame":
        return (
            whole.pivot_table(index=keys, columns="week", values=column, aggfunc="sum", fill_value=0).sort_index(axis=0).sort_index(axis=1)
        )

    return wide("count"), None if exposure is None or whole.empty else wide(exposure).to_numpy(float)


def _intervals(table: "pd.DataFrame") -> "tuple[Floats, Floats]":
    import numpy as np

    count, before, late_size, before_size, dispersion, freedom = (
        table[name].to_numpy(float) for name in ("count", "before", "late_size", "before_size", "dispersion", "freedom")
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = ratio_interval(count, before, late_size, before_size, overdispersion.Spread(dispersion, freedom))
    known = table["p"].notna().to_numpy()
    return np.where(known, low, np.nan), np.where(known, high, np.nan)
