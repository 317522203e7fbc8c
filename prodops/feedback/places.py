"""Where a change sits: the segment, channel, product, version or sub-theme that holds more of it than its usual part."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from prodops.feedback.moving import Move, Window, window
from prodops.feedback.weekly import NOT_KNOWN, voices_of
from prodops.intervals import holm

if TYPE_CHECKING:
    import pandas as pd

DIMENSIONS = ("segment", "channel", "product", "version", "subtheme")
ALPHA = 0.05
_MOST_VALUES, _HALF, _STEADY = 50, 0.5, 10


def segments(
    frame: "pd.DataFrame", theme: str, weekly: "pd.DataFrame", *, recent: int = 4, by: Sequence[str] = DIMENSIONS
) -> "pd.DataFrame":
    """Say where a theme's change sits: ``by, value, recent, usual, change, share_of_change, ratio, p, p_adjusted, concentrated``.

    One row per value of each column of ``by`` that the frame has (the 50 most frequent), the last ``recent`` whole weeks against those
    before. ``usual`` is the theme's share beside other feedback from the value before, times that other feedback in the recent weeks: a
    version that is new brings more of every theme, and is no place of this one's; in a ``subtheme`` it is what the weeks before had. ``p``
    is one-sided: does the value hold more of the theme's recent voices (less, for a fall) than its usual part (binomial)? ``p_adjusted`` is
    Holm's, over all rows; ``concentrated`` also asks for at least half of the change.
    """
    import pandas as pd

    columns = ["by", "value", "recent", "usual", "change", "share_of_change", "ratio", "p", "p_adjusted", "concentrated"]
    span = window(weekly, recent)
    parts = [_shift(frame, theme, column, span) for column in by if span and column in frame]
    if not any(len(part) for part in parts):
        return pd.DataFrame(columns=columns).astype(
            dict.fromkeys(columns, "float64") | {"by": "str", "value": "str", "concentrated": "bool"}
        )
    result = pd.concat(parts, ignore_index=True)
    result["p_adjusted"] = holm(result["p"].to_numpy())
    result["concentrated"] = (result["p_adjusted"] < ALPHA) & (result["share_of_change"] >= _HALF)
    return result.sort_values(["concentrated", "p", "by", "value"], ascending=[False, True, True, True], kind="stable")[
        columns
    ].reset_index(drop=True)


def _shift(frame: "pd.DataFrame", theme: str, column: str, span: Window) -> "pd.DataFrame":
    """Compare one theme's recent voices per value with what other feedback makes one expect."""
    import pandas as pd
    from scipy.stats import binom

    start, split, end = (pd.Timestamp(day) for day in span)
    counts = _tally(frame[frame["created_at"] < end], theme, column, start, split)
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


def _tally(frame: "pd.DataFrame", theme: str, column: str, start: "pd.Timestamp", split: "pd.Timestamp") -> "dict[str, pd.Series[int]]":
    """Count voices per value, of the theme and of all who did not speak of it, before the split and after."""
    own = voices_of(frame, *(["subtheme"] if column == "subtheme" else []))
    own = own[own["theme"] == theme]
    one = next((name for name in ("voice", "id") if name in frame), None)
    others = frame[frame["theme"] != theme] if one is None else voices_of(frame[~frame[one].isin(own[one])].drop(columns="theme"))
    others = others.head(0) if column == "subtheme" else others  # nobody else could have spoken of it
    counts = {}
    for name, rows in (("", own), ("others", others)):
        inside = rows[rows["created_at"] >= start]
        values, late = inside[column].astype("str").fillna(NOT_KNOWN), inside["created_at"] >= split
        counts[name or "recent"] = values[late].value_counts()
        counts[f"{name}_before".lstrip("_")] = values[~late].value_counts()
    return counts


def _expected(table: "pd.DataFrame", scale: float) -> "pd.Series[float]":
    """Voices of the theme to expect per value: its share before (steadied by the theme's share overall) of what others said lately."""
    if not table["others_before"].sum() or not table["others"].sum():
        return table["before"] * scale
    overall = table["before"].sum() / table["others_before"].sum()
    return table["others"] * (table["before"] + _STEADY * overall) / (table["others_before"] + _STEADY)


def where(frame: "pd.DataFrame", move: Move, weekly: "pd.DataFrame", by: Sequence[str] = DIMENSIONS) -> str:
    """Name the one value that holds most of a theme's change in words, if one stands out."""
    table = segments(frame, move.theme, weekly, recent=move.recent_weeks, by=by)
    table = table[table["concentrated"] & ~table["value"].isin([NOT_KNOWN, ""])]
    if table.empty:
        return ""
    top = table.iloc[0]
    share = min(float(top["share_of_change"]), 1.0)
    amount = "nearly all" if share >= 0.9 else "most" if share >= 0.6 else "half"
    return f"{amount} of the change in {_place(frame, top['by'], top['value'])}"


def _place(frame: "pd.DataFrame", by: str, value: str) -> str:
    """Name a place; a sub-theme by its name, where the frame knows it."""
    if by != "subtheme" or "subtheme_name" not in frame:
        return f"{by} {value}"
    names = frame.loc[frame["subtheme"] == value, "subtheme_name"]
    return f"its part “{names.iloc[0] if len(names) else value}”"
