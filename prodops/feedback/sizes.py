"""How large themes are: voices, shares with intervals, mean ratings."""

from typing import TYPE_CHECKING

from prodops.feedback.moving import Window
from prodops.feedback.telling import fit
from prodops.feedback.weekly import count_voices, voices_of
from prodops.intervals import wilson
from prodops.stamps import Finding, in_words, range95, span_words

if TYPE_CHECKING:
    import pandas as pd

_WORTH_A_WORD = 0.02
"""Share of voices without a theme from which a finding says so."""


def summary(frame: "pd.DataFrame") -> "pd.DataFrame":
    """List themes by voices: ``theme, name, voices, share, rated, rating, rating_lower, rating_upper``, then what has none ("").

    ``frame`` is what ``Themes.attach`` returned. ``share`` is of all voices, and a voice may speak of several themes; ``rating`` is the
    mean of the voices that rated, with its 95 % interval (Student's t; missing with fewer than two), missing throughout where the frame has
    no ratings.
    """
    import pandas as pd

    spoken = voices_of(frame)
    spoken = spoken.assign(rating=pd.to_numeric(spoken["rating"])) if "rating" in spoken else spoken.assign(rating=float("nan"))
    names = dict(zip(spoken["theme"], spoken["theme_name"], strict=True)) if "theme_name" in spoken else {}
    groups = spoken.groupby("theme")["rating"].agg(voices="size", rated="count", rating="mean", spread="std").reset_index()
    groups.insert(1, "name", [names.get(theme) or theme or "No theme" for theme in groups["theme"]])
    groups.insert(3, "share", groups["voices"] / max(count_voices(spoken), 1))
    margin = _t_margin(groups["rated"], groups["spread"])
    groups = groups.assign(rating_lower=groups["rating"] - margin, rating_upper=groups["rating"] + margin, none=groups["theme"] == "")
    groups = groups.sort_values(["none", "voices", "theme"], ascending=[True, False, True], kind="stable")
    return groups.drop(columns=["spread", "none"]).reset_index(drop=True)


def _t_margin(rated: "pd.Series[int]", spread: "pd.Series[float]") -> "pd.Series[float]":
    import numpy as np
    from scipy.stats import t

    return t.ppf(1 - 0.05 / 2, np.maximum(rated - 1, 1)) * spread / np.sqrt(rated.where(rated > 1))


def size_findings(frame: "pd.DataFrame", span: Window | None) -> list[Finding]:
    """Say which theme is the largest in the recent weeks, and how much has no theme where that is 2 % or more."""
    spoken = voices_of(within(frame, span))
    total = count_voices(spoken)
    if not total:
        return []
    when = f"in {span_words(span.split, span.end)}" if span else "in all"
    table = summary(spoken)
    found = []
    for name, voices in table.loc[table["theme"] != "", ["name", "voices"]].head(1).itertuples(index=False):
        _, low, high = wilson(voices, total)
        range_ = range95(in_words(low, "share"), in_words(high, "share"))
        text = f"{in_words(voices)} of {in_words(total)} voices {when} ({in_words(voices / total, 'share')}, {range_})."
        found.append(
            Finding(
                name="themes.largest",
                headline=fit(name, "is the largest theme"),
                sentence=text,
                value=voices / total,
                unit="share",
                lower=low,
                upper=high,
                surprise=0.2,
            )
        )
    none = int(table.loc[table["theme"] == "", "voices"].sum())
    if none < max(1, _WORTH_A_WORD * total):
        return found
    _, low, high = wilson(none, total)
    text = f"{in_words(none)} of {in_words(total)} voices {when} fit no theme: wordless, too short, too unlike the rest, or in a language few use."
    found.append(
        Finding(
            name="themes.none",
            headline=f"{in_words(none / total, 'share')} of voices have no theme",
            sentence=text,
            value=none / total,
            unit="share",
            lower=low,
            upper=high,
            good="down",
            surprise=0.1,
        )
    )
    return found


def within(spoken: "pd.DataFrame", span: Window | None) -> "pd.DataFrame":
    """Keep the rows of the recent weeks."""
    import pandas as pd

    if span is None:
        return spoken
    return spoken[(spoken["created_at"] >= pd.Timestamp(span.split)) & (spoken["created_at"] < pd.Timestamp(span.end))]
