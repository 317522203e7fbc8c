"""Which themes left their usual range, and where the change sits.

Only whole weeks are compared. Every claim is corrected over all themes looked at.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from prodops.errors import ParameterError
from prodops.feedback.weekly import NOT_KNOWN, voices_of

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEAST_BEFORE = 8
"""Whole weeks of history below which nothing is claimed."""
MATERIAL = 1.25
"""The least change, as a ratio up or down, that is worth a claim."""
ALPHA = 0.05
DIMENSIONS = ("segment", "channel", "product", "version")
_MOST_VALUES, _HALF, _STEADY = 50, 0.5, 10


class Window(NamedTuple):
    """The weeks compared: ``[start, split)`` before, ``[split, end)`` recent."""

    start: date
    split: date
    end: date


class Move(NamedTuple):
    """One theme's last weeks against those before; a row of :func:`movers`."""

    theme: str
    name: str
    recent: float
    usual: float
    ratio: float
    lower: float
    upper: float
    dispersion: float
    p: float
    p_adjusted: float
    moved: bool
    recent_weeks: int
    before_weeks: int


def window(weekly: "pd.DataFrame", recent: int = 4) -> Window | None:
    """Give the days compared by :func:`movers`, or nothing where there are not even ``recent`` whole weeks and one before."""
    whole = sorted(set(weekly.loc[weekly["complete"].astype("bool"), "week"]))
    if len(whole) <= recent:
        return None
    return Window(whole[0].date(), whole[-recent].date(), whole[-1].date() + timedelta(days=7))


def movers(weekly: "pd.DataFrame", *, recent: int = 4) -> "pd.DataFrame":
    """Compare each theme's last ``recent`` whole weeks with the whole weeks before them, most surprising first.

    ``weekly`` is what :func:`trend` gives. Columns: ``theme, name, recent`` (voices), ``usual`` (voices expected in as many weeks, from those before),
    ``ratio, lower, upper`` (95 %), ``dispersion``, ``p``, ``p_adjusted`` (Holm 1979, over all themes), ``moved``, ``recent_weeks, before_weeks``.

    The test is the conditional binomial one for two Poisson rates (Przyborowski & Wilenski 1940) on counts divided by how much
    weeks vary beyond chance (:func:`dispersion`, :func:`memory`), referred to Student's t as that is itself estimated. ``moved`` needs an
    adjusted p under 0.05 and a ratio of at least 1.25 up or down: of themes that are stable, at most one report in twenty names
    any (simulated with 50 themes: 1 % for Poisson counts, up to 4 % for overdispersed ones, about 10 % where a week
    resembles the one before with a correlation of 0.5). With fewer than 8 weeks before, nothing is claimed: ``p`` is missing.
    """
    import numpy as np

    if recent < 1:
        raise ParameterError(f"recent is {recent}; expected at least 1.")
    whole = weekly[weekly["complete"].astype("bool")]
    table = whole.pivot_table(index="theme", columns="week", values="count", aggfunc="sum", fill_value=0).sort_index(axis=1)
    if table.shape[1] <= recent or table.empty:
        return _empty(list(Move._fields), {"theme": "str", "name": "str", "moved": "bool"})
    before, late = table.iloc[:, :-recent].to_numpy(float), table.iloc[:, -recent:].to_numpy(float)
    spread = dispersion(before) * memory(before, recent)
    result = _compare(late.sum(axis=1), before.sum(axis=1), recent, before.shape[1], spread)
    if before.shape[1] < LEAST_BEFORE:
        result[["lower", "upper", "p"]] = np.nan
    names = dict(zip(weekly["theme"], weekly["name"], strict=True))
    result = result.assign(
        theme=table.index,
        name=[names[theme] for theme in table.index],
        dispersion=spread,
        p_adjusted=holm(result["p"].to_numpy()),
        recent_weeks=recent,
        before_weeks=before.shape[1],
    )
    result["moved"] = (result["p_adjusted"] < ALPHA) & ((result["ratio"] >= MATERIAL) | (result["ratio"] <= 1 / MATERIAL))
    return result.sort_values(["moved", "p", "theme"], ascending=[False, True, True], kind="stable")[list(Move._fields)].reset_index(
        drop=True
    )


def moves(table: "pd.DataFrame") -> list[Move]:
    """Give the themes that moved, as records, from the table of :func:`movers`."""
    return [Move(*row) for row in table[table["moved"]].itertuples(index=False)]


def _empty(columns: Sequence[str], types: dict[str, str]) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame(columns=columns).astype(dict.fromkeys(columns, "float64") | types)


def dispersion(counts: "Floats") -> "Floats":
    """Estimate variance over mean per row of weekly counts (Pearson): at least 1, and at least the rows' median, which steadies single ones."""
    import numpy as np

    if counts.shape[1] < 2:
        return np.ones(len(counts))
    mean = counts.mean(axis=1, keepdims=True)
    pearson = ((counts - mean) ** 2 / np.maximum(mean, 1e-9)).sum(axis=1) / (counts.shape[1] - 1)
    return np.maximum(np.maximum(pearson, np.median(pearson)), 1.0)


def memory(counts: "Floats", weeks: int) -> float:
    """Say by how much the variance of a sum of ``weeks`` weeks grows because a week resembles the one before.

    The correlation of neighbouring weeks is averaged over all rows with at least one voice a week (bias 1/n added back).
    """
    import numpy as np

    busy = counts[counts.mean(axis=1) >= 1]
    centred = busy - busy.mean(axis=1, keepdims=True)
    length = np.maximum((centred**2).sum(axis=1), 1e-9)
    if not len(busy):
        return 1.0
    likeness = float(np.clip(((centred[:, 1:] * centred[:, :-1]).sum(axis=1) / length).mean() + 1 / counts.shape[1], 0, 0.9))
    return 1 + 2 * sum((1 - lag / weeks) * likeness**lag for lag in range(1, weeks))


def _compare(late: "Floats", before: "Floats", late_weeks: int, before_weeks: int, spread: "Floats") -> "pd.DataFrame":
    """Ratio of two rates with its interval and two-sided p, from counts shrunk by their spread."""
    import numpy as np
    import pandas as pd
    from scipy.stats import beta, norm, t

    x, rest, free = late / spread, before / spread, max(before_weeks - 1, 1)
    expected, scale = late_weeks / (late_weeks + before_weeks), before_weeks / late_weeks
    tail = norm.sf(t.isf(ALPHA / 2, free))
    tiny = 1e-9
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.where(x > 0, beta.ppf(tail, np.maximum(x, tiny), rest + 1), 0.0)
        high = np.where(rest > 0, beta.ppf(1 - tail, x + 1, np.maximum(rest, tiny)), 1.0)
        up = np.where(x > 0, beta.cdf(expected, np.maximum(x, tiny), rest + 1), 1.0)
        down = np.where(rest > 0, beta.sf(expected, x + 1, np.maximum(rest, tiny)), 1.0)
        p = 2 * t.sf(norm.isf(np.minimum(0.5, np.minimum(up, down))), free)
        return pd.DataFrame(
            {
                "recent": late,
                "usual": before / scale,
                "ratio": late / before * scale,
                "lower": low / (1 - low) * scale,
                "upper": high / (1 - high) * scale,
                "p": p,
            }
        )


def holm(p: "Floats") -> "Floats":
    """Adjust p-values so that, over all of them, a false claim is as rare as one alone (Holm 1979); missing stays missing."""
    import numpy as np

    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    adjusted = np.full(len(p), np.nan)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(p[order] * np.arange(len(order), 0, -1)))
    return adjusted


def segments(
    frame: "pd.DataFrame", theme: str, weekly: "pd.DataFrame", *, recent: int = 4, by: Sequence[str] = DIMENSIONS
) -> "pd.DataFrame":
    """Say where a theme's change sits: ``by, value, recent, usual, change, share_of_change, ratio, p, p_adjusted, concentrated``.

    One row per value of each column of ``by`` that the frame has (the 50 most frequent), over the same weeks as :func:`movers`. ``usual`` is the
    theme's share beside other feedback from the value before, times that other feedback in the recent weeks: a version that is
    new brings more of every theme, and is no place of this one's. ``p`` is one-sided: does the value hold more of the theme's recent voices (less, for
    a fall) than its usual part (binomial)? ``p_adjusted`` is Holm's, over all rows; ``concentrated`` also asks for at least half of the change.
    """
    import pandas as pd

    columns = ["by", "value", "recent", "usual", "change", "share_of_change", "ratio", "p", "p_adjusted", "concentrated"]
    span = window(weekly, recent)
    spoken = voices_of(frame)
    parts = [_shift(spoken, theme, column, span) for column in by if span and column in spoken]
    if not any(len(part) for part in parts):
        return _empty(columns, {"by": "str", "value": "str", "concentrated": "bool"})
    result = pd.concat(parts, ignore_index=True)
    result["p_adjusted"] = holm(result["p"].to_numpy())
    result["concentrated"] = (result["p_adjusted"] < ALPHA) & (result["share_of_change"] >= _HALF)
    return result.sort_values(["concentrated", "p", "by", "value"], ascending=[False, True, True, True], kind="stable")[
        columns
    ].reset_index(drop=True)


def _shift(spoken: "pd.DataFrame", theme: str, column: str, span: Window) -> "pd.DataFrame":
    """Compare one theme's recent voices per value with what other feedback makes one expect."""
    import pandas as pd
    from scipy.stats import binom

    start, split, end = (pd.Timestamp(day) for day in span)
    inside = spoken[(spoken["created_at"] >= start) & (spoken["created_at"] < end)]
    late, own = inside["created_at"] >= split, inside["theme"] == theme
    values = inside[column].astype("str").fillna(NOT_KNOWN)
    counts = {
        name: values[rows].value_counts()
        for name, rows in (("recent", own & late), ("before", own & ~late), ("others", ~own & late), ("others_before", ~own & ~late))
    }
    table = pd.DataFrame(counts).fillna(0.0)
    table = (
        table[table["recent"] + table["before"] > 0].sort_values(["recent", "before"], ascending=False, kind="stable").head(_MOST_VALUES)
    )
    table = table.rename_axis("value").reset_index().assign(by=column)
    table["usual"] = _expected(table, (end - split) / (split - start))
    table["change"] = table["recent"] - table["usual"]
    total, part = table["recent"].sum(), table["usual"] / (table["usual"].sum() or 1.0)
    change = table["change"].sum()
    table["share_of_change"] = table["change"] / change if change else 0.0
    table["ratio"] = (table["recent"] / table["usual"]).where(table["usual"] > 0)
    table["p"] = binom.sf(table["recent"] - 1, total, part) if change >= 0 else binom.cdf(table["recent"], total, part)
    return table


def _expected(table: "pd.DataFrame", scale: float) -> "pd.Series[float]":
    """Voices of the theme to expect per value: its share before (steadied by the theme's share overall) of what others said lately."""
    if not table["others_before"].sum() or not table["others"].sum():
        return table["before"] * scale
    overall = table["before"].sum() / table["others_before"].sum()
    return table["others"] * (table["before"] + _STEADY * overall) / (table["others_before"] + _STEADY)
