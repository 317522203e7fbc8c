"""What people wrote beside their answers: whose words a theme is, and which themes to quote."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from prodops.stamps import Finding, day_words, in_words, listed
from prodops.surveys.words import short

if TYPE_CHECKING:
    from prodops.surveys.reporting import Report

MOST_THEMES = 8
MIXED = "Mixed remarks"
"""What ``feedback`` calls a theme whose texts have hardly a word in common: nothing to open with."""
SIDES = ("detractor", "passive", "promoter")


def apart(sides: pd.DataFrame) -> pd.DataFrame:
    """Keep the themes in which promoters and detractors differ most, those of detractors first; ``sides`` is what ``feedback.profile`` gave."""
    if sides.empty:
        return sides
    gap = _gap(sides)
    surest = sides.groupby("theme", sort=False)["p_adjusted"].min()
    kept = (
        pd.DataFrame({"p": surest, "gap": gap})
        .sort_values(["p", "gap"], key=abs, ascending=[True, False], kind="stable")
        .index[:MOST_THEMES]
    )
    order = {theme: i for i, theme in enumerate(gap[kept].sort_values(ascending=False, kind="stable").index)}
    columns = {side: i for i, side in enumerate(SIDES)}
    own = sides[sides["theme"].isin(order)]
    place = own.assign(row=own["theme"].map(order), column=own["value"].map(columns).fillna(len(columns)))
    return place.sort_values(["row", "column"], kind="stable", ignore_index=True).drop(columns=["row", "column"])


def _gap(sides: pd.DataFrame) -> pd.Series:
    """Give by how much more often detractors speak of each theme than promoters."""
    share = sides.pivot_table(index="theme", columns="value", values="share", sort=False).reindex(columns=list(SIDES)).fillna(0.0)
    return share["detractor"] - share["promoter"]


def finding(found: "Report", sides: pd.DataFrame, summary: pd.DataFrame) -> Finding:
    """Say whose words the comments are: what detractors write of and promoters do not; without sides, the largest theme."""
    n = len(found.comments)
    named = summary[(summary["theme"] != "") & ~summary["name"].str.startswith(MIXED)]
    told = f"{n:,} comment{'' if n == 1 else 's'}, {len(named)} theme{'' if len(named) == 1 else 's'}."
    own = sides[sides["more"].astype(bool)] if len(sides) else sides
    against, fond = (own[own["value"] == side].sort_values("share", ascending=False, kind="stable") for side in ("detractor", "promoter"))
    if own.empty:
        return _largest(named, told)
    lead, side = (against, "Detractors") if len(against) else (fond, "Promoters")
    row = lead.iloc[0] if len(lead) else own.iloc[0]
    side = side if len(lead) else "Passives"
    share, other = in_words(row["share"], "share"), in_words(row["others_share"], "share")
    also = f" Promoters write more of {listed([str(n) for n in fond['name']], 3)}." if len(fond) and len(against) else ""
    return Finding(
        name="survey.words",
        headline=short(f"{side} write of {row['name']}: {share}, the others {other}", f"{side} write of {row['name']}"),
        sentence=f"{side} speak of {row['name']} in {share} of their comments, the others in {other}.{also} {told}",
        value=float(row["share"]),
        before=float(row["others_share"]),
        beside="the others",
        unit="share",
        surprise=0.5,
    )


def _largest(named: pd.DataFrame, told: str) -> Finding:
    if named.empty:
        return Finding(name="survey.words", headline="Too few comments to find themes in", sentence=told, surprise=0.2)
    row = named.iloc[0]
    share = in_words(row["share"], "share")
    return Finding(
        name="survey.words",
        headline=short(f"The largest theme of the comments is {row['name']}: {share}", f"The largest theme is {row['name']}"),
        sentence=f"{share} of the comments speak of {row['name']}. {told}",
        value=float(row["share"]),
        unit="share",
        surprise=0.3,
    )


def title(sides: pd.DataFrame) -> str:
    """Say how many themes are whose."""
    more = sides[sides["more"].astype(bool)]
    whose = {side: more.loc[more["value"] == side, "theme"].nunique() for side in SIDES}
    of, (against, _, fond) = sides["theme"].nunique(), whose.values()
    if not against and not fond:
        return "No side writes more of a theme than the others, beyond chance"
    return f"{against} of these {of} themes are rather the detractors', {fond} the promoters'"


def telling(sides: pd.DataFrame, themes: Mapping[str, str], most: int = 2) -> list[str]:
    """Choose the themes to quote: the surest of detractors, then of promoters, then the largest; ``themes`` has their names, by size."""
    more = sides[sides["more"].astype(bool)].sort_values("p_adjusted", kind="stable") if len(sides) else sides
    firsts = [more.loc[more["value"] == side, "theme"].head(1) for side in ("detractor", "promoter")] if len(more) else []
    return list(
        dict.fromkeys(
            [*(theme for own in firsts for theme in own), *(theme for theme, name in themes.items() if not name.startswith(MIXED))]
        )
    )[:most]


def quoted(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put quotes of several themes under each other, each with the day of its answer in words."""
    rows = pd.concat(list(frames), ignore_index=True)
    return rows.assign(answer=[f"answer of {day_words(when)}" for when in rows["created_at"]])
