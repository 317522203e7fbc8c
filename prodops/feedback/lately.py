"""The last weeks at a glance: who spoke of what, which themes left their range, and each theme's course."""

import math
from typing import TYPE_CHECKING

from prodops.feedback import sizes
from prodops.feedback.moving import window
from prodops.feedback.telling import last_words
from prodops.feedback.weekly import voices_of
from prodops.stamps import in_words

if TYPE_CHECKING:
    import pandas as pd


def within(frame: "pd.DataFrame", weekly: "pd.DataFrame", *, recent: int = 4) -> "pd.DataFrame":
    """Keep the rows of the last ``recent`` whole weeks; all rows where there are not so many."""
    return sizes.within(frame, window(weekly, recent))


def when(weekly: "pd.DataFrame", *, recent: int = 4) -> str:
    """Say which weeks :func:`within` keeps: "in the last four weeks", or "in all" where there are not so many."""
    if window(weekly, recent) is None:
        return "in all"
    return f"in the {last_words(recent)}"


def has_course(weekly: "pd.DataFrame") -> bool:
    """Tell whether there are two whole weeks or more, so that a line may be drawn."""
    return bool(weekly.loc[weekly["complete"].astype("bool"), "week"].nunique() > 1)


def latest(frame: "pd.DataFrame", weekly: "pd.DataFrame", moved: "pd.DataFrame", *, recent: int = 4) -> "pd.DataFrame":
    """Count the voices of the last weeks: ``theme, name, part, voices, moved, note``, a row per theme and sub-theme, the largest theme first.

    ``frame`` is what ``Themes.attach`` returned, ``weekly`` its :func:`trend`, ``moved`` its :func:`movers`. ``part`` is the sub-theme's name (the theme's where it
    has none); ``note`` says a theme's change where it left its usual range, and is empty else. Voices without a theme are not
    among them.
    """
    spoken = within(frame, weekly, recent=recent)
    spoken = spoken[spoken["theme"] != ""]
    part = "subtheme_name" if "subtheme_name" in spoken else "theme_name"
    spoken = spoken.assign(part=spoken[part].where(spoken[part] != "", spoken["theme_name"]))
    spoken = voices_of(spoken)  # of a voice that speaks of several parts, the first
    table = spoken.groupby(["theme", "theme_name", "part"]).size().rename("voices").reset_index().rename(columns={"theme_name": "name"})
    said = {row.theme: _change(row.ratio) for row in moved[moved["moved"]].itertuples(index=False)}
    table = table.assign(moved=table["theme"].isin(said), note=[said.get(theme, "") for theme in table["theme"]])
    whole = table.groupby("theme")["voices"].transform("sum")
    order = table.assign(whole=whole).sort_values(["whole", "theme", "voices", "part"], ascending=[False, True, False, True], kind="stable")
    return order.drop(columns="whole").reset_index(drop=True)


def _change(ratio: float) -> str:
    """Say a change in a few signs: ``▲ 2.8×``, ``▼ 40 %``."""
    if not math.isfinite(ratio):
        return "▲ new"
    return f"▲ {ratio:.1f}×" if ratio >= 1 else f"▼ {in_words(1 - ratio, 'share')}"


def with_course(table: "pd.DataFrame", weekly: "pd.DataFrame") -> "pd.DataFrame":
    """Add ``course`` to a table of themes: the voices of each whole week, oldest first."""
    return table.assign(course=[course(weekly, theme) for theme in table["theme"]])


def course(weekly: "pd.DataFrame", theme: str) -> list[int]:
    """Give a theme's voices in each whole week, oldest first; empty where it has none."""
    own = weekly[(weekly["theme"] == theme) & weekly["complete"].astype("bool")]
    return [int(count) for count in own.sort_values("week")["count"]]
