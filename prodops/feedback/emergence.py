"""Emerging, fading and new themes: each week's voices tested against the theme's own past, with the false alarms counted.

A theme's last week, last two weeks and last ``recent`` weeks are each compared with the weeks before them. The claims of a week are
corrected over all themes and all three looks (Holm 1979), at a level that leaves :data:`A_YEAR` expected false alarms in a year
of such weeks.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from prodops.errors import InputError, ParameterError, did_you_mean
from prodops.feedback import overdispersion
from prodops.feedback.rates import holm, ratio_interval, surprise

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

A_YEAR, WEEKS_A_YEAR = 0.5, 52
"""Alarms that chance alone is expected to raise in a year, at most, over all themes together, where one looks every week."""
BASE, LEAST_BEFORE = 26, 8
"""Whole weeks that a theme is compared with, at most and at least: with fewer, nothing is claimed."""
MATERIAL = 1.25
"""The least change, as a ratio up or down, that is worth a claim."""
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
    ``exposure`` its column of how many were listened to (``active_users``): rates are compared then. Without it, the general level of all
    themes is taken out where they move together. ``last`` keeps to so many latest weeks. Columns: ``week, theme, name`` (and ``by``);
    ``direction`` (``emerging``, ``fading``, or ``new``: not one voice in the weeks before); ``since``, the first of the ``weeks`` compared
    (1, 2 or ``recent``: the most surprising of those that alarm, else ``recent``), or the first one with a voice of what is new; ``count``
    in them, ``usual`` (expected in as many), ``ratio`` with ``lower, upper`` (95 %), ``dispersion`` (variance over mean), ``p``,
    ``p_adjusted`` (Holm, over themes and looks), ``alarm``, ``first`` (an alarm, with none in the week before) and ``before_weeks``. ``p``
    is missing with fewer than 8 weeks before.

    An alarm needs an adjusted p of at most ``a_year`` / 52 and a change by a quarter.
    """
    import numpy as np
    import pandas as pd

    looks = _looks(recent)
    counts, size = _matrix(weekly, by, exposure)
    ends = range(max(2, counts.shape[1] - (last or counts.shape[1]) + 1), counts.shape[1] + 1) if len(counts) else range(0)
    weeks = [_telling(_compare(counts.to_numpy(float)[:, :end], looks, size), a_year / WEEKS_A_YEAR) for end in ends]
    extra = {by: "str"} if by else {}
    if not weeks:
        return pd.DataFrame(columns=[*COLUMNS, *extra]).astype(COLUMNS | extra)
    table = pd.DataFrame({name: np.concatenate([week[name] for week in weeks]) for name in weeks[0]})
    table["lower"], table["upper"] = _intervals(table)
    keys = counts.index.to_frame(index=False)
    table = pd.concat([pd.concat([keys] * len(weeks), ignore_index=True), table], axis=1)
    starts = counts.columns
    table["week"] = np.repeat(starts[[end - 1 for end in ends]].to_numpy(), len(keys))
    table["direction"] = np.where(table["before"] == 0, "new", np.where(table["ratio"] >= 1, "emerging", "fading"))
    back = np.where(table["direction"] == "new", table["heard"], table["weeks"]) - 1
    table["since"] = table["week"] - pd.to_timedelta(7 * back, unit="D")
    table["first"] = table["alarm"] & ~table.groupby(list(keys))["alarm"].shift(fill_value=False)
    table = table.sort_values(["week", "alarm", "p", *keys], ascending=[False, False, *[True] * (1 + keys.shape[1])], kind="stable")
    return table.reset_index(drop=True).astype(COLUMNS)[[*list(COLUMNS)[:3], *extra, *list(COLUMNS)[3:]]]


def _looks(recent: int) -> tuple[int, ...]:
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


def _compare(counts: "Floats", looks: Sequence[int], size: "Floats | None") -> "dict[str, Floats]":
    """Compare the last columns of counts with those before them, in every look: arrays of looks by themes."""
    import numpy as np

    parts = [_look(counts, weeks, size) for weeks in looks if weeks < counts.shape[1]]
    return {name: np.stack([np.broadcast_to(part[name], len(counts)) for part in parts]) for name in parts[0]}


def _look(counts: "Floats", weeks: int, size: "Floats | None") -> "dict[str, Floats]":
    import numpy as np

    span = slice(max(0, counts.shape[1] - weeks - BASE), counts.shape[1])
    counts = counts[:, span]
    size = np.broadcast_to(overdispersion.level(counts), counts.shape) if size is None else size[:, span]
    counts = np.where(size > 0, counts, 0)  # nobody was listened to, or nobody knows: such a week says nothing
    late, before = counts[:, -weeks:].sum(axis=1), counts[:, :-weeks].sum(axis=1)
    late_size, before_size = size[:, -weeks:].sum(axis=1), size[:, :-weeks].sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = np.where(before_size > 0, before / before_size, 0)[:, None] * size[:, :-weeks]
        usual = before * late_size / before_size
        spread = overdispersion.dispersion(counts[:, :-weeks], expected)
        wide = spread.dispersion * overdispersion.memory(counts[:, :-weeks], expected, spread.dispersion, weeks)
        p = surprise(late, before, late_size, before_size, spread._replace(dispersion=wide))
        ratio = late / usual
    past = counts.shape[1] - weeks
    known = (past >= LEAST_BEFORE) & (late_size > 0) & (before_size > 0)
    return {
        "weeks": np.asarray(weeks), "before_weeks": np.asarray(past), "count": late, "before": before, "usual": usual, "ratio": ratio,
        "heard": weeks - (counts[:, -weeks:] > 0).argmax(axis=1), "late_size": late_size, "before_size": before_size,
        "dispersion": wide, "freedom": np.asarray(spread.freedom), "p": np.where(known, p, np.nan),
    }  # fmt: skip


def _telling(looked: "dict[str, Floats]", level: float) -> "dict[str, Floats]":
    """Keep one look for each theme: the most surprising of those that alarm, or else the longest with a past, which comes first."""
    import numpy as np

    adjusted = holm(looked["p"].ravel()).reshape(looked["p"].shape)
    material = (looked["ratio"] >= MATERIAL) | (looked["ratio"] <= 1 / MATERIAL)
    alarm = (adjusted <= level) & material
    telling = np.where(alarm, looked["p"], np.where(np.isnan(looked["p"]), 3.0, 2.0)).argmin(axis=0)
    fields = looked | {"p_adjusted": adjusted, "alarm": alarm}
    return {name: values[telling, np.arange(len(telling))] for name, values in fields.items()}


def _intervals(table: "pd.DataFrame") -> "tuple[Floats, Floats]":
    import numpy as np

    count, before, late_size, before_size, dispersion, freedom = (
        table[name].to_numpy(float) for name in ("count", "before", "late_size", "before_size", "dispersion", "freedom")
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = ratio_interval(count, before, late_size, before_size, overdispersion.Spread(dispersion, freedom))
    known = table["p"].notna().to_numpy()
    return np.where(known, low, np.nan), np.where(known, high, np.nan)
