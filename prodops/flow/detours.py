"""What is said of work that lies: too old in its stage, sent back, handed to and fro, waiting."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from prodops.flow.saying import FEWEST, before_words, moved, points_between, range_words, row, surprise_of, too_old
from prodops.intervals import shares_difference
from prodops.stamps import Finding, in_words

if TYPE_CHECKING:
    import pandas as pd

    from prodops.flow.reviewing import Review

OVER = 0.15
"""Of the past's items so many were older when they left their stage than the bound that ages are held against."""


def ages(review: "Review") -> Iterator[Finding]:
    if review.ages.empty or review.stage_ages.empty:
        return
    from scipy.stats import binomtest

    old, all_ = too_old(review), len(review.ages)
    oldest = review.ages.iloc[0]
    p = float(binomtest(len(old), all_, OVER, alternative="greater").pvalue)
    yield Finding(
        name="flow.too_old",
        headline=f"{len(old):,} of {all_:,} items in progress {'is' if len(old) == 1 else 'are'} older than 85\u00a0% were at their stage",
        sentence=f"The oldest, {oldest['item_id']}, started {in_words(int(oldest['age_days']), 'days')} ago and lies in {oldest['stage']}. "
        + _where(old)
        + f"About {in_words(OVER, 'share')} is usual"
        + ("; so many are more than chance brings." if p < 0.05 else "; this many may be chance."),
        value=float(len(old)),
        good="down",
        surprise=1.0 + min(-math.log10(max(p, 1e-4)), 4) / 2 if p < 0.05 else 0.9 if len(old) else 0.2,
    )


def _where(old: "pd.DataFrame") -> str:
    """Say in which stages, and with which team, most of several old items lie."""
    if len(old) < 2:
        return ""
    stages = [(stage, int(n)) for stage, n in old["stage"].value_counts().head(2).items()]
    if len(stages) == 1:
        return f"All the old ones lie in {stages[0][0]}{_who(old)}. "
    (first, most), (second, fewer) = stages
    return f"Of the old ones {most} {'lies' if most == 1 else 'lie'} in {first} and {fewer} in {second}{_who(old)}. "


def _who(old: "pd.DataFrame") -> str:
    teams = old["team"].dropna().value_counts()
    return f", {int(teams.iloc[0])} of team {teams.index[0]}" if len(teams) > 1 else ""


def rework(review: "Review") -> Iterator[Finding]:
    now, before, change = row(review.rework, when="now"), row(review.rework, when="before"), moved(review, "rework")
    if now is None or now["items"] < FEWEST:
        return
    share = in_words(now["share"], "share")
    sentence = (
        f"{int(now['reworked']):,} of {int(now['items']):,} finished items went back to an earlier stage on their way ({range_words(now)})"
    )
    sentence += f", which took {in_words(now['days_per_item'], 'days')} each. " if now["days_per_item"] == now["days_per_item"] else ". "
    if len(review.moves_back):
        top = review.moves_back.iloc[0]
        sentence += f"Most often from {top['from_stage']} to {top['to_stage']} ({int(top['moves']):,} times). "
    changed = False
    if before is not None and before["items"] >= FEWEST:
        gap = shares_difference((before["reworked"], before["items"]), (now["reworked"], now["items"]))
        changed = bool(change and change["changed"])
        sentence += (
            f"{before_words()}: {in_words(before['share'], 'share')}; the difference lies between {points_between(gap.lower, gap.upper)}."
        )
    if "stages" in review.spec.inferred and now["reworked"]:
        sentence += (
            " Which stage is the earlier is inferred from the moves, and a guess where they go to and fro: params/flow.yaml can say it."
        )
    yield Finding(
        name="flow.rework_share",
        headline="No finished item went back to an earlier stage"
        if not now["reworked"]
        else f"{share} of finished items went back to an earlier stage"
        + (f", before {in_words(before['share'], 'share')}" if changed and before else ""),
        sentence=sentence.strip(),
        value=float(now["share"]),
        lower=float(now["lower"]),
        upper=float(now["upper"]),
        before=float(before["share"]) if before and changed else None,
        unit="share",
        good="down",
        surprise=surprise_of(change, 0.7 + float(now["share"])),
    )


def ping_pong(review: "Review") -> Iterator[Finding]:
    found = row(review.ping_pong, slice="")
    if found is None or found["items"] < FEWEST or not found["returned"]:
        return
    both = ""
    if len(review.handoffs):
        pairs = review.handoffs.assign(
            pair=[" and ".join(sorted((a, b))) for a, b in zip(review.handoffs["from_team"], review.handoffs["to_team"], strict=True)]
        )
        top = pairs.groupby("pair")["returns"].sum().sort_values(ascending=False, kind="stable")
        both = f" Most come back between {top.index[0]} ({int(top.iloc[0]):,} returns)." if top.iloc[0] else ""
    longer = ""
    if found["days_added_lower"] == found["days_added_lower"]:
        added = range_words(found, "days", "days_added_lower", "days_added_upper")
        longer = f" They took {in_words(found['days_added'], 'days')} longer at the median ({added}), hard items among them."
    yield Finding(
        name="flow.ping_pong_share",
        headline=f"{in_words(found['share'], 'share')} of items came back to a team that had handed them over",
        sentence=f"{int(found['returned']):,} of {int(found['items']):,} finished items ({range_words(found)}).{longer}{both}",
        value=float(found["share"]),
        lower=float(found["lower"]),
        upper=float(found["upper"]),
        unit="share",
        good="down",
        surprise=1.2 + 3 * float(found["share"]),
    )


def waits(review: "Review") -> "pd.DataFrame":
    """Give the stages from the start on by their share of the finished items' time, the largest first."""
    known = review.spent[review.spent["share"].notna()]
    return known.sort_values(["share", "stage"], ascending=[False, True], ignore_index=True)


def efficiency(review: "Review") -> Iterator[Finding]:
    now, before = row(review.efficiency, when="now"), row(review.efficiency, when="before")
    if now is None or now["items"] < FEWEST or now["efficiency"] != now["efficiency"] or not review.spec.of_kind("waiting"):
        return
    most = waits(review)
    waiting = most[most["kind"] == "waiting"]
    top = (
        f" Most of the waiting is in {waiting['stage'].iloc[0]}: {in_words(waiting['share'].iloc[0], 'share')} of their time."
        if len(waiting)
        else ""
    )
    guess = " Which stages wait is inferred from their names." if "waiting" in review.spec.inferred else ""
    was = (
        f" {before_words()}: {in_words(before['efficiency'], 'share')}." if before and before["efficiency"] == before["efficiency"] else ""
    )
    yield Finding(
        name="flow.efficiency",
        headline=f"Items are worked on for {in_words(now['efficiency'], 'share')} of their time, and wait for the rest",
        sentence=f"An item finished in these weeks had {in_words(now['active_days'], 'days')} of work and {in_words(now['waiting_days'], 'days')} of waiting: "
        f"{in_words(now['efficiency'], 'share')} is work ({range_words(now)}).{was}{top}{guess}",
        value=float(now["efficiency"]),
        lower=float(now["lower"]),
        upper=float(now["upper"]),
        before=float(before["efficiency"]) if before and not now["lower"] <= before["efficiency"] <= now["upper"] else None,
        unit="share",
        good="up",
        surprise=0.6,
    )
