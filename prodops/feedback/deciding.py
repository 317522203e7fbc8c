"""What is to be decided: a few claims, the decisions they bear on, and what would change our mind."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from prodops.feedback.moving import Move, movers, moves, window
from prodops.feedback.places import DIMENSIONS, where
from prodops.feedback.sizes import summary, within
from prodops.feedback.telling import change_words, usual_words, weeks_words
from prodops.stamps import Takeaway, in_words, range95

if TYPE_CHECKING:
    import pandas as pd

_MUCH_WITHOUT, _RATED = 0.2, 10
"""A share without a theme that is worth a word, and the ratings that a theme's mean needs before it is compared."""


def takeaways(frame: "pd.DataFrame", weekly: "pd.DataFrame", *, recent: int = 4, by: Sequence[str] = DIMENSIONS) -> tuple[Takeaway, ...]:
    """Say what to decide: two or three claims computed from the data, whom to ask, and what would change our mind.

    Takes what :func:`findings` takes. Empty where there is no theme.
    """
    moved = moves(movers(weekly, recent=recent))[:1]
    told = [_act_on(move, where(frame, move, weekly, by)) for move in moved]
    table = summary(within(frame, window(weekly, recent)))
    none, table = table[table["theme"] == ""], table[table["theme"] != ""]
    told += _largest(table, [move.theme for move in moved])
    told += _lowest_rated(table)
    if len(none) and none["share"].iloc[0] >= _MUCH_WITHOUT:
        told.append(
            Takeaway(
                claim=f"{in_words(none['share'].iloc[0], 'share')} of recent voices have no theme.",
                owner="Research",
                decision="Read a sample of them before leaning on the shares of themes.",
                changes_our_mind=f"A share under {in_words(_MUCH_WITHOUT, 'share')}.",
            )
        )
    return tuple(told[:3])


def _act_on(move: Move, where: str) -> Takeaway:
    """Ask for a decision on the theme that moved most; name the week's count that would end the matter."""
    usual = move.usual / move.recent_weeks
    margin = 1.96 * math.sqrt(max(usual, 1) * move.dispersion)
    change = change_words(move.ratio, move.lower, move.upper)
    counts = f"{in_words(move.recent)} voices in {weeks_words(move.recent_weeks)}, usually {usual_words(move.usual)}"
    claim = f"“{move.name}” {change}: {counts}"
    if move.ratio > 1:
        decision = "Decide whether its cause is fixed before planned work, and what those affected are told."
        mind = f"Two weeks in a row with {in_words(math.ceil(usual + margin))} voices or fewer, its usual range: then it has passed."
    else:
        decision = "Find out what made it fall before its work is closed: fewer problems, or fewer people asked."
        mind = f"A week with {in_words(max(1, math.floor(usual - margin)))} voices or more, its usual range: then it was a lull."
    return Takeaway(
        claim=claim + (f", {where}." if where else "."),
        decision=decision,
        owner=f"Whoever owns “{move.name}”",
        changes_our_mind=mind,
        about=f"theme.{move.theme}.change",
    )


def _largest(table: "pd.DataFrame", told: Sequence[str]) -> list[Takeaway]:
    """The largest theme of those that are not known to be praise (rated above the mean of all), unless it was told already."""
    rated = table[table["rating"].notna()]
    mean = float((rated["rating"] * rated["rated"]).sum() / max(rated["rated"].sum(), 1))
    open_ = table[~(table["rating_lower"] > mean)]
    if len(open_) < 2 or open_["theme"].iloc[0] in told:
        return []
    first, second = open_.iloc[0], open_.iloc[1]
    largest = "the largest theme" if len(open_) == len(table) else "the largest theme that is not rated above the mean,"
    return [
        Takeaway(
            claim=f"“{first['name']}” is {largest} with {in_words(first['share'], 'share')} of recent voices.",
            decision="Check that the roadmap answers it, or say why not.",
            owner="Head of product",
            changes_our_mind=f"“{second['name']}”, now {in_words(second['share'], 'share')}, overtaking it for a whole month.",
        )
    ]


def _lowest_rated(table: "pd.DataFrame") -> list[Takeaway]:
    """The theme that goes with the lowest rating, where its interval lies under the mean of the others."""
    rated = table[(table["rated"] >= _RATED) & table["rating"].notna()].sort_values(["rating", "theme"], kind="stable")
    if len(rated) < 2:
        return []
    low, rest = rated.iloc[0], rated.iloc[1:]
    others = float((rest["rating"] * rest["rated"]).sum() / rest["rated"].sum())
    if not low["rating_upper"] < others:
        return []
    return [
        Takeaway(
            claim=f"“{low['name']}” goes with the lowest rating: {in_words(low['rating'], 'rating')} ("
            f"{range95(in_words(low['rating_lower'], 'rating'), in_words(low['rating_upper'], 'rating'))}) against {in_words(others, 'rating')} in the other themes.",
            decision="Read its quotes first when looking for what costs ratings; that it goes with them does not prove that it causes them.",
            owner="Product manager",
            changes_our_mind=f"A mean rating of {in_words(others, 'rating')} or more over the next weeks.",
        )
    ]
