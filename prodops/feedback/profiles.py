"""Who speaks of what: each theme's share of the voices of a segment, beside its share of all others.

A voice counts once; voices of whom nothing is known are left out. What stands out is tested over all themes and values.
"""

from typing import TYPE_CHECKING

from prodops.feedback.claims import wilson
from prodops.feedback.moving import ALPHA, DIMENSIONS, MATERIAL, holm
from prodops.feedback.weekly import voices_of
from prodops.stamps import Finding, in_words

if TYPE_CHECKING:
    import pandas as pd

MOST_THEMES, MOST_VALUES = 12, 6
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
    by = by or next((column for column in DIMENSIONS if column in spoken and spoken[column].nunique() > 1), None)
    if by is None or by not in spoken or spoken.empty:
        return pd.DataFrame(columns=_COLUMNS)
    spoken = spoken[spoken[by].notna()].assign(value=spoken[by].astype("str"))
    own = spoken["theme"].where(spoken["theme"] != "").value_counts().head(themes)
    sizes = spoken["value"].value_counts()
    grid = pd.MultiIndex.from_product([own.index, sizes.index[:values]], names=["theme", "value"]).to_frame(index=False)
    counts = spoken.groupby(["theme", "value"]).size().rename("voices").reset_index()
    table = grid.merge(counts, how="left", on=["theme", "value"]).fillna({"voices": 0}).astype({"voices": "int64"})
    names = dict(zip(spoken["theme"], spoken["theme_name"], strict=True)) if "theme_name" in spoken else {}
    table = table.assign(by=by, name=[names.get(theme, theme) for theme in table["theme"]])
    return _compared(table, table["theme"].map(own), table["value"].map(sizes), len(spoken))[_COLUMNS]


def _compared(table: "pd.DataFrame", all_of_theme: "pd.Series[int]", of: "pd.Series[int]", total: int) -> "pd.DataFrame":
    from scipy.stats import hypergeom

    others = (all_of_theme - table["voices"]) / (total - of).where(total > of)
    share = table["voices"] / of
    table = table.assign(of=of, share=share, others_share=others, ratio=(share / others).where(others > 0))
    table["p"] = hypergeom.sf(table["voices"] - 1, total, all_of_theme, of)
    table["p_adjusted"] = holm(table["p"].to_numpy())
    table["more"] = (table["p_adjusted"] < ALPHA) & ~(table["ratio"] < MATERIAL)
    return table


def spoken_by(table: "pd.DataFrame") -> Finding:
    """Say which value of a :func:`profile` speaks of a theme most beyond the others, or that none does."""
    found = table[table["more"]].sort_values(["ratio", "voices"], ascending=False, kind="stable")
    if table.empty or found.empty:
        known = f"across {table['value'].nunique()} values of {table['by'].iloc[0]}" if len(table) else "as nothing is known of who spoke"
        return Finding(
            name="themes.spoken_by", headline="No group stands out", sentence=f"No theme takes up a larger share in one group than in the others, {known}."
        )
    top, others = found.iloc[0], len(found) - 1
    low, high = wilson(int(top["voices"]), int(top["of"]))
    more = f" {others} more such {'cell is' if others == 1 else 'cells are'} coloured." if others else ""
    sentence = (
        f"{in_words(top['share'], 'share')} of the voices from {top['by']} {top['value']} (95 % {in_words(low, 'share')} to "
        f"{in_words(high, 'share')}) against {in_words(top['others_share'], 'share')} of the others.{more}"
    )
    return Finding(
        name=f"theme.{top['theme']}.{top['by']}", headline=f"{_capital(top['value'])} speaks most of “{top['name']}”", sentence=sentence,
        value=float(top["share"]), unit="share", lower=low, upper=high, before=float(top["others_share"]),
    )  # fmt: skip


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
