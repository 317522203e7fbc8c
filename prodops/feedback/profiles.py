"""Who speaks of what: each theme's share of the voices of a segment, beside its share of all others.

A voice counts once; voices of whom nothing is known are left out. What stands out is tested over all themes and values.
"""

from typing import TYPE_CHECKING

from prodops.feedback.against_past import MATERIAL
from prodops.feedback.places import ALPHA
from prodops.feedback.weekly import count_voices, voices_of
from prodops.intervals import holm

if TYPE_CHECKING:
    import pandas as pd

BY, MOST_THEMES, MOST_VALUES = ("segment", "channel", "product", "version"), 12, 6
_COLUMNS = ["theme", "name", "by", "value", "voices", "of", "share", "others_share", "ratio", "p", "p_adjusted", "more"]


def profile(frame: "pd.DataFrame", *, by: str | None = None, themes: int = MOST_THEMES, values: int = MOST_VALUES) -> "pd.DataFrame":
    """Give each theme's share of the voices of each value of a column: one row for each of the largest themes and values.

    ``frame`` is what ``Themes.attach`` returned; ``by`` is by default the first of segment, channel, product and version that has two
    values or more. Columns: ``theme, name, by, value, voices`` (of the theme in the value), ``of`` (all voices of the value), ``share``, ``others_share``
    (the theme's share in all other known values), their ``ratio``, ``p`` and ``p_adjusted`` (hypergeometric, one-sided for more; Holm over all rows),
    ``more``: beyond chance and by a quarter at least. Empty where nothing is known of who spoke.
    """
    import pandas as pd

    spoken = voices_of(frame)
    by = by or next((column for column in BY if column in spoken and spoken[column].nunique() > 1), None)
    if by is None or by not in spoken or spoken.empty:
        return pd.DataFrame(columns=_COLUMNS).astype({"more": "bool"})
    spoken = spoken[spoken[by].notna()].assign(value=spoken[by].astype("str"))
    own = spoken["theme"].where(spoken["theme"] != "").value_counts().head(themes)
    sizes = voices_of(spoken.drop(columns="theme"))["value"].value_counts()
    grid = pd.MultiIndex.from_product([own.index, sizes.index[:values]], names=["theme", "value"]).to_frame(index=False)
    counts = spoken.groupby(["theme", "value"]).size().rename("voices").reset_index()
    table = grid.merge(counts, how="left", on=["theme", "value"]).fillna({"voices": 0}).astype({"voices": "int64"})
    names = dict(zip(spoken["theme"], spoken["theme_name"], strict=True)) if "theme_name" in spoken else {}
    table = table.assign(by=by, name=[names.get(theme, theme) for theme in table["theme"]])
    of_theme, of_value = table["theme"].map(own).astype("int64"), table["value"].map(sizes).astype("int64")  # where there is no theme, too
    return _compared(table, of_theme, of_value, count_voices(spoken))[_COLUMNS]


def _compared(table: "pd.DataFrame", all_of_theme: "pd.Series[int]", of: "pd.Series[int]", total: int) -> "pd.DataFrame":
    from scipy.stats import hypergeom

    others = (all_of_theme - table["voices"]) / (total - of).where(total > of)
    share = table["voices"] / of
    table = table.assign(of=of, share=share, others_share=others, ratio=(share / others).where(others > 0))
    table["p"] = hypergeom.sf(table["voices"] - 1, total, all_of_theme, of)
    table["p_adjusted"] = holm(table["p"].to_numpy())
    table["more"] = (table["p_adjusted"] < ALPHA) & ~(table["ratio"] < MATERIAL)
    return table
