"""What the report may say about themes, each with its number, range and comparison, most surprising first."""

import math
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from prodops.feedback.moving import ALPHA, DIMENSIONS, LEAST_BEFORE, MATERIAL, Move, Window, movers, moves, segments, window
from prodops.feedback.weekly import NOT_KNOWN, voices_of
from prodops.stamps import Definition, Finding, Takeaway, in_words, span_words

if TYPE_CHECKING:
    import pandas as pd

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_MOST = 3
"""Moved themes that get a finding of their own."""
_MUCH_WITHOUT, _RATED = 0.2, 10
"""A share without a theme that is worth a word, and the ratings that a theme's mean needs before it is compared."""


def summary(frame: "pd.DataFrame") -> "pd.DataFrame":
    """List themes by voices: ``theme, name, voices, share, rated, rating, rating_lower, rating_upper``, then what has none ("").

    ``frame`` is what ``Themes.attach`` returned. ``share`` is of all voices; ``rating`` is the mean of the voices that rated, with its 95 % interval
    (Student's t; missing with fewer than two), missing throughout where the frame has no ratings.
    """
    import pandas as pd

    spoken = voices_of(frame)
    spoken = spoken.assign(rating=pd.to_numeric(spoken["rating"])) if "rating" in spoken else spoken.assign(rating=float("nan"))
    names = dict(zip(spoken["theme"], spoken["theme_name"], strict=True)) if "theme_name" in spoken else {}
    groups = spoken.groupby("theme")["rating"].agg(voices="size", rated="count", rating="mean", spread="std").reset_index()
    groups.insert(1, "name", [names.get(theme) or theme or "No theme" for theme in groups["theme"]])
    groups.insert(3, "share", groups["voices"] / max(len(spoken), 1))
    margin = _t_margin(groups["rated"], groups["spread"])
    groups = groups.assign(rating_lower=groups["rating"] - margin, rating_upper=groups["rating"] + margin, none=groups["theme"] == "")
    groups = groups.sort_values(["none", "voices", "theme"], ascending=[True, False, True], kind="stable")
    return groups.drop(columns=["spread", "none"]).reset_index(drop=True)


def _t_margin(rated: "pd.Series[int]", spread: "pd.Series[float]") -> "pd.Series[float]":
    import numpy as np
    from scipy.stats import t

    return t.ppf(1 - ALPHA / 2, np.maximum(rated - 1, 1)) * spread / np.sqrt(rated.where(rated > 1))


# ------------------------------------------------------------------------------------------------- findings
def findings(frame: "pd.DataFrame", weekly: "pd.DataFrame", *, recent: int = 4, by: Sequence[str] = DIMENSIONS) -> tuple[Finding, ...]:
    """Say what changed among the themes, most surprising first: at most five findings.

    ``frame`` is what ``Themes.attach`` returned, ``weekly`` its :func:`trend`. Up to three themes that left their usual range (:func:`movers`), or
    that none did, or that history is too short to tell; then the largest theme, and how much has no theme.
    """
    changed = movers(weekly, recent=recent)
    moved = moves(changed)
    found = [_moved(move, _where(frame, move.theme, weekly, recent, by)) for move in moved[:_MOST]] or [_steady(changed, weekly, recent)]
    if others := len(moved[_MOST:]):
        more = f"{found[-1].sentence} {others} more {'theme' if others == 1 else 'themes'} left the usual range."
        found[-1] = replace(found[-1], sentence=more)
    return tuple(sorted([*found, *_sizes(frame, window(weekly, recent))], key=lambda finding: -finding.surprise))


def _moved(move: Move, where: str) -> Finding:
    """Say that one theme left its usual range, by how much, and where."""
    place, weeks = f", {where}" if where else "", _weeks(move.recent_weeks)
    times = f"{_times(move.ratio)} times, 95 % {_times(move.lower)}–{_times(move.upper)}"
    usual = f" against {in_words(round(move.usual))} in {weeks} as usual ({times}){place}."
    text = f"{in_words(move.recent)} voices in the last {weeks}" + (
        usual if move.usual else f"{place}; none in the {_weeks(move.before_weeks)} before."
    )
    return Finding(
        name=f"theme.{move.theme}.change",
        headline=_fit(move.name, change_words(move.ratio)),
        sentence=text,
        value=float(move.recent),
        lower=_finite(move.lower * move.usual),
        upper=_finite(move.upper * move.usual),
        before=float(move.usual),
        surprise=round(1 - math.log10(max(move.p_adjusted, 1e-50)), 3),
    )


def _times(ratio: float) -> str:
    return "any number" if not math.isfinite(ratio) else f"{ratio:.1f}" if ratio < 10 else f"{ratio:,.0f}"


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def change_words(ratio: float) -> str:
    """Say a ratio as a verb: "more than doubled", "fell by 30 %"."""
    if not math.isfinite(ratio):
        return "is new"
    for least, words in (
        (9.5, f"grew {ratio:.0f}-fold"),
        (3.1, "more than tripled"),
        (2.9, "tripled"),
        (2.1, "more than doubled"),
        (1.9, "doubled"),
        (1, ""),
    ):
        if ratio >= least:
            return words or f"rose by {in_words(ratio - 1, 'share')}"
    return (
        "stopped"
        if ratio == 0
        else "more than halved"
        if ratio < 0.48
        else "halved"
        if ratio < 0.52
        else f"fell by {in_words(1 - ratio, 'share')}"
    )


def _fit(name: str, words: str, limit: int = 80) -> str:
    room = limit - len(words) - 3
    return f"“{name if len(name) <= room else name[: room - 1].rstrip() + '…'}” {words}"


def _weeks(n: int) -> str:
    return f"{_NUMBERS[n] if n < len(_NUMBERS) else n} week{'s' * (n != 1)}"


def _where(frame: "pd.DataFrame", theme: str, weekly: "pd.DataFrame", recent: int, by: Sequence[str]) -> str:
    """Name the one value that holds most of the change, if one stands out."""
    table = segments(frame, theme, weekly, recent=recent, by=by)
    table = table[table["concentrated"] & (table["value"] != NOT_KNOWN)]
    if table.empty:
        return ""
    top = table.iloc[0]
    share = min(float(top["share_of_change"]), 1.0)
    amount = "nearly all" if share >= 0.9 else "most" if share >= 0.6 else "half"
    return f"{amount} of the change in {top['by']} {top['value']}"


def _steady(changed: "pd.DataFrame", weekly: "pd.DataFrame", recent: int) -> Finding:
    weeks = weekly.loc[weekly["complete"], "week"].nunique()
    if changed["p"].isna().all():
        text = f"The last {_weeks(recent)} would be compared with at least {_weeks(LEAST_BEFORE)} before them; the feedback covers {_weeks(weeks)} in all."
        return Finding(name="themes.steady", headline="Too little history to say what changed", sentence=text, surprise=0.3)
    text = (
        f"{'None of the themes' if len(changed) > 1 else 'The theme has not'} changed by a quarter or more, beyond chance, in the last {_weeks(recent)} "
        f"against the {_weeks(weeks - recent)} before."
    )
    return Finding(name="themes.steady", headline="Nothing left its usual range", sentence=text, value=0.0, surprise=0.3)


def _sizes(frame: "pd.DataFrame", span: Window | None) -> list[Finding]:
    """Say which theme is the largest in the recent weeks, and how much has no theme."""
    spoken = _within(voices_of(frame), span)
    total = len(spoken)
    if not total:
        return []
    when = f"in {span_words(span.split, span.end)}" if span else "in all"
    table = summary(spoken)
    found = []
    for name, voices in table.loc[table["theme"] != "", ["name", "voices"]].head(1).itertuples(index=False):
        low, high = wilson(voices, total)
        range_ = f"95 % {in_words(low, 'share')} to {in_words(high, 'share')}"
        text = f"{in_words(voices)} of {in_words(total)} voices {when} ({in_words(voices / total, 'share')}, {range_})."
        found.append(
            Finding(
                name="themes.largest",
                headline=_fit(name, "is the largest theme"),
                sentence=text,
                value=voices / total,
                unit="share",
                lower=low,
                upper=high,
                surprise=0.2,
            )
        )
    none = int(table.loc[table["theme"] == "", "voices"].sum())
    if not none:
        return found
    low, high = wilson(none, total)
    text = f"{in_words(none)} of {in_words(total)} voices {when} fit no theme: too short, too unlike the rest, or in a language few use."
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


def _within(spoken: "pd.DataFrame", span: Window | None) -> "pd.DataFrame":
    import pandas as pd

    if span is None:
        return spoken
    return spoken[(spoken["created_at"] >= pd.Timestamp(span.split)) & (spoken["created_at"] < pd.Timestamp(span.end))]


def wilson(part: int, total: int, z: float = 1.959964) -> tuple[float, float]:
    """Give the 95 % interval of a share (Wilson 1927); 0 to 1 where there is nothing."""
    if not total:
        return 0.0, 1.0
    share, wide = part / total, z * z / total
    centre, half = share + wide / 2, z * math.sqrt(share * (1 - share) / total + wide / total / 4)
    return max(0.0, (centre - half) / (1 + wide)), min(1.0, (centre + half) / (1 + wide))


# ------------------------------------------------------------------------------------------------- takeaways
def takeaways(frame: "pd.DataFrame", weekly: "pd.DataFrame", *, recent: int = 4, by: Sequence[str] = DIMENSIONS) -> tuple[Takeaway, ...]:
    """Say what to decide: two or three claims computed from the data, whom to ask, and what would change our mind.

    Takes what :func:`findings` takes. Empty where there is no theme.
    """
    moved = moves(movers(weekly, recent=recent))[:1]
    told = [_act_on(move, _where(frame, move.theme, weekly, recent, by)) for move in moved]
    table = summary(_within(voices_of(frame), window(weekly, recent)))
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
    claim = f"“{move.name}” {change_words(move.ratio)}: {in_words(move.recent)} voices in {_weeks(move.recent_weeks)}, usually {in_words(round(move.usual))}"
    if move.ratio > 1:
        decision = "Decide whether its cause is fixed before planned work, and what those affected are told."
        mind = f"Two weeks in a row with {in_words(math.ceil(usual + margin))} voices or fewer, its usual range: then it has passed."
    else:
        decision = "Find out what made it fall before its work is closed: fewer problems, or fewer people asked."
        mind = f"A week with {in_words(max(1, math.floor(usual - margin)))} voices or more, its usual range: then it was a lull."
    return Takeaway(
        claim=claim + (f", {where}." if where else "."), decision=decision, owner=f"Whoever owns “{move.name}”", changes_our_mind=mind
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
            claim=f"“{low['name']}” goes with the lowest rating: {in_words(low['rating'], 'rating')} (95 % {in_words(low['rating_lower'], 'rating')}–"
            f"{in_words(low['rating_upper'], 'rating')}) against {in_words(others, 'rating')} in the other themes.",
            decision="Read its quotes first when looking for what costs ratings; that it goes with them does not prove that it causes them.",
            owner="Product manager",
            changes_our_mind=f"A mean rating of {in_words(others, 'rating')} or more over the next weeks.",
        )
    ]


def definitions(recent: int = 4) -> tuple[Definition, ...]:
    """Say what a weekly count is and when a theme is said to have moved, as stamps for the fine print."""
    texts = {
        "Voices per week": "Each voice counts once, in the week it first spoke, under its one theme. Ranges are exact 95 % Poisson intervals (Garwood). "
        "The week in progress is never compared.",
        "Left its usual range": f"The last {_weeks(recent)} against all whole weeks before them in the chart, at least {LEAST_BEFORE}: conditional "
        "binomial test of two rates, widened by how much weeks vary beyond chance and resemble each other, adjusted "
        f"over all themes (Holm), p < {ALPHA} and a change of at least {MATERIAL - 1:.0%}. Of stable themes, about one "
        "report in twenty at most names any; more where weeks strongly resemble each other.",
    }
    return tuple(Definition(name=name, text=text, version=sha256(text.encode()).hexdigest()[:8]) for name, text in texts.items())
