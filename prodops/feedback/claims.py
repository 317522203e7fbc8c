"""What the report may say about themes, each with its number, range and comparison, most surprising first."""

import math
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from prodops.feedback.against_past import BASE, LEAST_BEFORE, LEAST_VOICES, MATERIAL
from prodops.feedback.emergence import A_YEAR, FALSE_ALARMS
from prodops.feedback.mood import mood_findings
from prodops.feedback.moving import Move, movers, moves, window
from prodops.feedback.overall import overall_findings
from prodops.feedback.places import DIMENSIONS, where
from prodops.feedback.sizes import size_findings
from prodops.feedback.telling import change_words, fit, last_words, number_words, times_range, usual_words, weeks_words
from prodops.stamps import Definition, Finding, day_words, in_words, standard_errors

if TYPE_CHECKING:
    import pandas as pd

_MOST, _ALL = 3, 5
"""Moved themes that get a finding of their own, and findings in all."""


def findings(frame: "pd.DataFrame", weekly: "pd.DataFrame", *, recent: int = 4, by: Sequence[str] = DIMENSIONS) -> tuple[Finding, ...]:
    """Say what changed among the themes, most surprising first: at most five findings.

    ``frame`` is what ``Themes.attach`` returned, ``weekly`` its :func:`trend`. Up to three themes that left their usual range
    (:func:`movers`), or that none did, or that history is too short to tell; feedback as a whole, if it did; then the theme whose rating or
    mood changed most, the largest theme, and how much has no theme.
    """
    changed = movers(weekly, recent=recent)
    moved = moves(changed)
    found = [_moved(move, where(frame, move, weekly, by)) for move in moved[:_MOST]] or [_steady(changed, weekly, recent)]
    if moved:
        found[0] = replace(found[0], sentence=f"{found[0].sentence} {FALSE_ALARMS}")  # said once, with the first of them
    if others := len(moved[_MOST:]):
        more = f"{found[-1].sentence} {others} more {'theme' if others == 1 else 'themes'} left the usual range."
        found[-1] = replace(found[-1], sentence=more)
    found += [
        *overall_findings(frame, weekly, recent=recent),
        *mood_findings(frame, weekly, recent=recent),
        *size_findings(frame, window(weekly, recent)),
    ]
    return tuple(sorted(found, key=lambda finding: -finding.surprise)[:_ALL])


def _moved(move: Move, place: str) -> Finding:
    """Say that one theme left its usual range, by how much, since when, and where."""
    new, place = move.direction == "new", f", {place}" if place else ""
    times = times_range(move.ratio, move.lower, move.upper)
    usual = f"; none in the {weeks_words(move.before_weeks)} before" if new else f" against {usual_words(move.usual)} as usual ({times})"
    words = f"is new since the week of {day_words(move.since, year=False)}" if new else change_words(move.ratio, move.lower, move.upper)
    return Finding(
        name=f"theme.{move.theme}.change",
        headline=fit(move.name, words),
        sentence=f"{in_words(move.recent)} voices in the {last_words(move.recent_weeks)}{usual}{place}.",
        value=float(move.recent),
        lower=_finite(move.lower * move.usual),
        upper=_finite(move.upper * move.usual),
        before=float(move.usual),
        surprise=round(standard_errors(move.p_adjusted), 3),
    )


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _steady(changed: "pd.DataFrame", weekly: "pd.DataFrame", recent: int) -> Finding:
    if weekly.empty:
        text = "So nothing can be compared with its past; the rows that came in stand below, as they are."
        return Finding(name="themes.steady", headline="No theme was found", sentence=text, surprise=0.3)
    weeks = weekly.loc[weekly["complete"].astype("bool"), "week"].nunique()
    if changed["p"].isna().all():
        text = (
            f"The last {weeks_words(recent)} would be compared with at least {weeks_words(LEAST_BEFORE)} before them; "
            f"the feedback covers {weeks_words(weeks)} in all."
        )
        return Finding(name="themes.steady", headline="Too little history to say what changed", sentence=text, surprise=0.3)
    looked = {1: "The one theme has not", 2: "Neither theme"}.get(len(changed), f"None of the {number_words(len(changed))} themes")
    text = (
        f"{looked} changed by a quarter or more, beyond chance, in the last {weeks_words(recent)} "
        f"against the {weeks_words(min(weeks - recent, BASE))} before. {FALSE_ALARMS}"
    )
    return Finding(name="themes.steady", headline="Nothing left its usual range", sentence=text, value=0.0, surprise=0.3)


def definitions(recent: int = 4) -> tuple[Definition, ...]:
    """Say what a weekly count is and when a theme is said to have moved, as stamps for the fine print."""
    looks = "the last week, the last two weeks" + (f" and the last {weeks_words(recent)}" if recent > 2 else "")
    texts = {
        "Voices per week": "Each voice counts once for each theme it speaks of, in the week it first did. Ranges are exact 95 % Poisson intervals "
        "(Garwood), widened by how much a theme's weeks vary beyond chance. The week in progress is never compared.",
        "Left its usual range": f"For each theme {looks} are compared with up to {BASE} whole weeks before them, at least {LEAST_BEFORE}: "
        "deviance test of two negative binomial counts, each theme's dispersion steadied by that of all themes (empirical Bayes), widened by how "
        "much weeks resemble each other; where all themes rise and fall together, a change must stand beside that, too. Adjusted over all themes and looks "
        f"and over the weeks of a year (Bonferroni): where one looks every week, at most {A_YEAR:g} false alarms a year are expected, all themes together. "
        "A rise is looked for in all of these, a fall in the longest alone; a change "
        f"of less than {in_words(MATERIAL - 1, 'share')} or {LEAST_VOICES} voices is not told. “At least” is the nearer end of the 95 % interval of that one change. "
        "A theme's own season is not known to the test, and where weeks vary much beyond chance a doubling may stay unseen: in simulated years of 50 themes one "
        "from 30 a week was seen within two weeks in 99 % where they vary by chance alone, in 63 % where by a fifth of the mean more, in 24 % where by a third.",
    }
    return tuple(Definition(name=name, text=text, version=sha256(text.encode()).hexdigest()[:8]) for name, text in texts.items())
