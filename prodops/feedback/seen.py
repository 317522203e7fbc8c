"""What a reader should have seen in a table of the report: one finding for each."""

from dataclasses import replace
from typing import TYPE_CHECKING

from prodops.feedback.mood import mood_changes
from prodops.feedback.telling import fit, number_words
from prodops.intervals import wilson
from prodops.stamps import Finding, in_words, range95

if TYPE_CHECKING:
    import pandas as pd


def steadiness(moved: "pd.DataFrame") -> Finding | None:
    """Say how many of the themes of :func:`movers` stayed within their usual range; nothing where no theme was compared."""
    compared = moved[moved["p"].notna()]
    if compared.empty:
        return None
    total, left = len(compared), int(compared["moved"].sum())
    gone = ", ".join(f"“{name}”" for name in compared.loc[compared["moved"], "name"].head(3)) + (
        f" and {left - 3} more" if left > 3 else ""
    )
    some = f"{number_words(total - left)} of {number_words(total)} themes".capitalize()
    return Finding(
        name="themes.steadiness",
        headline="All themes stayed within their usual range" if not left else f"{some} stayed within their usual range",
        sentence=f"Outside it: {gone}." if left else f"None of {number_words(total)} changed by a quarter or more, beyond chance.",
        value=(total - left) / total,
        unit="share",
    )


def felt(table: "pd.DataFrame", recent: int = 4) -> Finding | None:
    """Say which theme of :func:`mood.moods` is rated (or sounds) other than before, or that none is; nothing where none was compared."""
    if table.empty:
        return None
    if changed := mood_changes(table, recent):
        others = len(changed) - 1
        more = f" {others} more {'theme is' if others == 1 else 'themes are'} {_FELT[table['measure'].iloc[0]]} before." if others else ""
        return replace(changed[0], sentence=changed[0].sentence + more)
    how, looked = _FELT[table["measure"].iloc[0]], number_words(len(table))
    text = f"{looked.capitalize()} theme{' has' if len(table) == 1 else 's have'} enough voices to be compared; no mean {table['measure'].iloc[0]} changed beyond chance."
    return Finding(name="themes.felt", headline=f"No theme is {how} before", sentence=text, value=0.0)


_FELT = {"rating": "rated otherwise than", "sentiment": "felt otherwise than"}


def spoken_by(table: "pd.DataFrame") -> Finding | None:
    """Say which value of a :func:`profile` speaks of a theme most beyond the others, or that none does; nothing where nothing is known of who spoke."""
    if table.empty:
        return None
    found = table[table["more"]].sort_values(["ratio", "voices"], ascending=False, kind="stable")
    if found.empty:
        known = f"across {table['value'].nunique()} values of {table['by'].iloc[0]}"
        return Finding(
            name="themes.spoken_by",
            headline="No group stands out",
            sentence=f"No theme takes up a larger share in one group than in the others, {known}.",
        )
    top, others = found.iloc[0], len(found) - 1
    _, low, high = wilson(int(top["voices"]), int(top["of"]))
    more = f" {others} more such {'cell is' if others == 1 else 'cells are'} coloured." if others else ""
    sentence = (
        f"{in_words(top['share'], 'share')} of the voices from {top['by']} {top['value']} ("
        f"{range95(in_words(low, 'share'), in_words(high, 'share'))}) against {in_words(top['others_share'], 'share')} of the others.{more}"
    )
    return Finding(
        name=f"theme.{top['theme']}.{top['by']}", headline=fit(top["name"], f"is said most in {top['by']} {top['value']}"), sentence=sentence,
        value=float(top["share"]), unit="share", lower=low, upper=high, before=float(top["others_share"]),
    )  # fmt: skip


def goes_with(table: "pd.DataFrame") -> Finding | None:
    """Say the worst that a theme goes with, of :func:`associations`: accounts that leave, then low ratings; nothing where nothing was compared."""
    found = table[table["goes_with"].astype("bool")]
    leave, low = (found[found["outcome"] == outcome].sort_values(["difference", "theme"]) for outcome in ("churn", "rating"))
    leave, low = leave[leave["difference"] > 0].iloc[::-1], low[low["difference"] < 0]
    worst = next((rows.iloc[0] for rows in (leave, low, found) if len(rows)), None)
    if worst is None:
        outcomes = ", ".join(str(name).replace("_", " ") for name in dict.fromkeys(table["outcome"]))
        text = f"Of {len(table):,} comparisons ({outcomes}) none differs beyond chance."
        return Finding(name="themes.beside", headline="No theme stands out beside what was compared", sentence=text) if len(table) else None
    more, less = ("more accounts leaving", "fewer accounts leaving") if worst["outcome"] == "churn" else ("a higher {}", "a lower {}")
    words = (more if worst["difference"] > 0 else less).format(str(worst["outcome"]).replace("_", " "))
    others = len(found) - 1
    return Finding(
        name=f"theme.{worst['theme']}.{worst['outcome']}",
        headline=fit(worst["name"], f"goes with {words}"),
        sentence=worst["words"] + (f" {others} more of {len(table):,} such differences are beyond chance." if others else ""),
        value=float(worst["value"]),
        unit=str(worst["unit"]),
        before=float(worst["without"]),
    )
