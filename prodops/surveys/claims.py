"""What the answers say, in sentences: where scores moved, where they stand, what people want, and who is not heard."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from prodops.stamps import Finding, day_words, in_words, listed
from prodops.surveys.asked import PMF_BAR
from prodops.surveys.wishes import wishes
from prodops.surveys.words import brief, from_to, inside, moved, parts, people, ranged, say, say_change, short, standing

if TYPE_CHECKING:
    from prodops.surveys.reporting import Report

MOST = 8.0
"""Surprise is distance in standard errors, and beyond eight one is as surprised as can be."""
STEADY, ALONE = 0.8, 1.0
"""How surprising a score is that is as before, and one that stands beside none."""
SURE = 0.05
MOST_SHIFTS = 5


def findings(found: "Report") -> tuple[Finding, ...]:
    """Give the findings that the answers allow, most surprising first."""
    said = [*_shifts(found), *_standing(found), *wishes(found), *_missing(found), *_weighted(found)]
    return tuple(sorted(said or [_too_few(found)], key=lambda f: (-f.surprise, f.name)))


def _too_few(found: "Report") -> Finding:
    """Say that there is nothing to say, and why."""
    n, least = int(found.days["n"].sum()), found.questionnaire.least
    return Finding(
        name="survey.too_few",
        headline="Too few answers to say anything",
        sentence=f"{people(n)} came in. No question has {least} that come to a number, and fewer are not shown, so that nobody can be made out.",
        value=float(n),
        surprise=STEADY,
    )


# ---------------------------------------------------------------------------------------------------------- what moved
def _shifts(found: "Report") -> Iterator[Finding]:
    for row in found.shifts.head(MOST_SHIFTS).to_dict("records"):
        whom = f" of {called(row)}" if row["group"] else ""
        size, verb = moved(row["before"], row["after"], row["unit"]), _verb(row)
        when = f"in {row['wave']}" if _is_past(row) else f"since {row['wave']}"
        place = f".{row['by']}.{row['group']}" if row["group"] else ""
        yield Finding(
            name=f"survey.{row['question']}{place}.since",
            headline=short(
                f"{brief(row['title'])}{whom} {verb} by {size} {when}"
                if _is_past(row)
                else f"{brief(row['title'])}{whom} is {size} {verb} {when}",
                f"{row['title']} moved by {size} {when}",
            ),
            sentence=f"{_where(row)}{_beside(row)}{_also(row)}{_rest(row)}{_fits(row)}",
            value=row["after"],
            before=row["before"],
            unit=row["unit"],
            good=found.questionnaire.questions[row["question"]].good,
            surprise=min(abs(row["z"]), MOST),
        )


def called(row: dict[str, Any]) -> str:
    """Name a group: ``enterprise``, or with its column where the name alone says little: ``segment A``."""
    return f"{row['by']} {row['group']}" if len(row["group"]) < 4 else str(row["group"])


def _is_past(row: dict[str, Any]) -> bool:
    """Whether a step is told as what happened in a wave, not as how it stands since: no wave followed, or there it moved again."""
    return bool(row["once"] or row["until"])


def _verb(row: dict[str, Any]) -> str:
    if _is_past(row):
        return "rose" if row["change"] > 0 else "fell"
    return "higher" if row["change"] > 0 else "lower"


def _where(row: dict[str, Any]) -> str:
    """Say where the score stood before and stands now, and how far it moved."""
    who = f"{row['title']} of the {row['by']} {row['group']}" if row["group"] else row["title"]
    before, after, change = parts(row["before"], row["after"], row["unit"])
    step = f"{change}{ranged(row['change_lower'], row['change_upper'], row['unit'], change=True)}"
    until = f"from {row['wave']} until {row['until']}" if row["until"] else f"in {row['wave']}" if row["once"] else f"from {row['wave']} on"
    past = f"since {row['from']}" if row["from"] else "until then"
    return f"{who} came to {after} {until} ({people(row['n_after'])}), after {before} {past} ({int(row['n_before']):,}): {step}."


def _rest(row: dict[str, Any]) -> str:
    if not row["group"] or row["rest"] != row["rest"]:
        return ""
    return f" All others together moved by {say_change(row['rest'], row['unit'])}{ranged(row['rest_lower'], row['rest_upper'], row['unit'], change=True)}."


def _also(row: dict[str, Any]) -> str:
    also = listed(row["also"])
    return f" {also[:1].upper()}{also[1:]} moved the same way." if also else ""


def _fits(row: dict[str, Any]) -> str:
    return f" It may have begun as early as {row['fits_from']}." if row["fits_from"] != row["wave"] else ""


def _beside(row: dict[str, Any]) -> str:
    """Name what fell together with it, right after what moved: where there is room for two sentences, these are the two."""
    if not row["beside"]:
        return ""
    name, on = row["beside"][0]
    return f" Beside it in time: {name} ({day_words(pd.Timestamp(on).date())})."


# -------------------------------------------------------------------------------------------------------- where it stands
def _standing(found: "Report") -> Iterator[Finding]:
    for row in found.now.to_dict("records"):
        unit, title = row["unit"], row["title"]
        known, sure = row["before"] == row["before"], row["p"] == row["p"] and row["p"] < SURE
        was, value, change = parts(row["before"], row["value"], unit) if known else ("", say(row["value"], unit), "")
        size, way = moved(row["before"], row["value"], unit) if known else "", "up" if known and row["change"] > 0 else "down"
        at = standing(title, say(row["value"], unit))
        here = f"{at} in {row['wave']}"
        told = f"{_question(found, row)} {value}{ranged(row['lower'], row['upper'], unit)} in {row['wave']}, over {people(row['n'])}"
        yield Finding(
            name=f"survey.{row['question']}",
            headline=short(
                *(f"{so}, {way} {size} since {row['before_wave']}" for so in (here, at) if sure),
                *(f"{so}, no different from {row['before_wave']}" for so in (here, at) if known and not sure),
                here,
            ),
            sentence=f"{told}{_against(row, was, change, sure)}{_bar(row, unit)}",
            value=row["value"],
            lower=row["lower"],
            upper=row["upper"],
            before=row["before"] if known else None,
            unit=unit,
            good=found.questionnaire.questions[row["question"]].good,
            surprise=min(_distance(row), MOST) if sure else STEADY if known else ALONE,
        )


def _question(found: "Report", row: dict[str, Any]) -> str:
    """Lead from a score's name to its value: a question is followed by what counts as its answer."""
    q = found.questionnaire.questions[row["question"]]
    if row["title"][-1:] != "?":
        return f"{row['title']} was"
    return f"{row['title']} {q.top_words()}:" if q.kind == "csat" else f"{row['title']} Mean" if row["unit"] == "rating" else row["title"]


def _distance(row: dict[str, Any]) -> float:
    """Give a change's distance from none in standard errors."""
    from statistics import NormalDist

    return -NormalDist().inv_cdf(max(row["p"], 1e-15) / 2)


def _against(row: dict[str, Any], was: str, change: str, sure: bool) -> str:
    if not was:
        return "."
    if not sure:
        return f"; {was} in {row['before_wave']}: {change}, within what chance brings."
    return f". In {row['before_wave']} it was {was}: {change}{ranged(row['change_lower'], row['change_upper'], row['unit'], change=True)}."


def _bar(row: dict[str, Any], unit: str) -> str:
    """Hold product-market fit against its bar."""
    if row["kind"] != "pmf":
        return ""
    bar = in_words(PMF_BAR, "share")
    if row["lower"] > PMF_BAR:
        return f" That is above the bar of {bar}."
    return f" That is below the bar of {bar}." if row["upper"] < PMF_BAR else f" The bar of {bar} lies within that range: not settled."


# --------------------------------------------------------------------------------------------------------- who is not heard
def _missing(found: "Report") -> Iterator[Finding]:
    """Name the group that answers less than the others, where one does."""
    low = found.missing[found.missing["is_missing"].astype(bool)]
    for _, own in low.groupby("question", sort=False):
        row = own.iloc[0]
        rest = found.missing[
            (found.missing["question"] == row["question"]) & (found.missing["by"] == row["by"]) & (found.missing["group"] != row["group"])
        ]
        others = rest["answered"].sum() / rest["invited"].sum()
        rate = in_words(row["rate"], "share")
        yield Finding(
            name=f"survey.{row['question']}.missing",
            headline=short(
                f"Too few of {row['group']} answer: {rate}, the others {in_words(others, 'share')}",
                f"{row['group']} is hardly heard: {rate} answer",
            ),
            sentence=f"Of those invited to “{row['title']}” in {row['wave']}, {rate} of the {row['by']} {row['group']} answered "
            f"({from_to(row['lower'], row['upper'], 'share')}), {in_words(others, 'share')} of the others. "
            f"The {row['by']} {row['group']} makes {in_words(row['share_invited'], 'share')} of those invited and {in_words(row['share_answered'], 'share')} of the answers.",
            value=float(row["rate"]),
            lower=float(row["lower"]),
            upper=float(row["upper"]),
            before=float(others),
            beside="the others",
            unit="share",
            surprise=2.5,
        )


def _weighted(found: "Report") -> Iterator[Finding]:
    """Say whether weighting the answers changes a number beyond its range, or that it does not."""
    rows = found.weighted
    if rows.empty:
        return
    outside = rows[(rows["weighted"] < rows["lower"]) | (rows["weighted"] > rows["upper"])]
    row = (outside if len(outside) else rows).iloc[0]
    value, heavy, _ = parts(row["value"], row["weighted"], row["unit"])
    way = "Weighted to the customers" if found.questionnaire.margins else "By the survey's weights"
    headline = (
        f"{way}, {inside(row['title'])} is {heavy}, not {value}"
        if len(outside)
        else "Weighting the answers changes no number beyond its range"
    )
    worst = float(rows["design_effect"].max())
    yield Finding(
        name="survey.weighting",
        headline=short(headline, "Weighting changes what the answers say"),
        sentence=f"{row['title']} is {value} as answered and {heavy}{ranged(row['weighted_lower'], row['weighted_upper'], row['unit'])} weighted. "
        f"Weights cost certainty: at worst {in_words(worst, 'ratio')} times the answers are needed for the same range.",
        value=float(row["weighted"]),
        before=float(row["value"]),
        beside="as answered",
        lower=float(row["weighted_lower"]),
        upper=float(row["weighted_upper"]),
        unit=row["unit"],
        surprise=3.0 if len(outside) else 0.3,
    )
