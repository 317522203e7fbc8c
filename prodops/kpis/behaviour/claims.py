"""What engagement's numbers claim, in sentences."""

from typing import TYPE_CHECKING

import pandas as pd

from prodops.intervals import Interval, shares_difference
from prodops.kpis.behaviour.funnel_claims import funnel_findings
from prodops.kpis.behaviour.surprising import NOTHING_TO_COMPARE, is_beyond_chance, points_words, surprise
from prodops.kpis.words import period_words
from prodops.stamps import Definition, Finding, in_words, range95

if TYPE_CHECKING:
    from prodops.kpis.behaviour.report import Engagement

LATER = {"day": 7, "week": 4, "month": 3}
"""The period whose retention is spoken of: a week, a month, a quarter after the start."""
FEWEST_COHORTS = 4
MONTH = 28


def findings(found: "Engagement") -> tuple[Finding, ...]:
    """Give the findings that the frames allow, most surprising first."""
    said = [_comes_back(found), *funnel_findings(found), _gained(found), _habit(found)]
    return tuple(sorted((f for f in said if f), key=lambda f: (-f.surprise, f.name)))


def definitions(found: "Engagement") -> tuple[Definition, ...]:
    """Say which variant of each measure the report uses."""
    return tuple(Definition(name=name, text=f"{text}.") for name, text in found.variants.items())


# ------------------------------------------------------------------------------------------------------------ retention
def _comes_back(found: "Engagement") -> Finding | None:
    """Say how many come back, and whether later cohorts do more than earlier ones."""
    known = found.cohorts[found.cohorts["complete"] & (found.cohorts["period"] > 0) & (found.cohorts["cohort_size"] > 0)]
    after = min(LATER[found.grain], int(known["period"].max())) if len(known) else 0
    cells = known[known["period"] == after]
    if cells.empty:
        return None
    mean = found.curve[(found.curve["slice"] == "") & (found.curve["period"] == after)].iloc[0]
    share, known_to = in_words(mean["share"], "share"), range95(in_words(mean["lower"], "share"), in_words(mean["upper"], "share"))
    change = _later_cohorts(cells)
    return Finding(
        name=f"engagement.retention.{found.grain}_{after}",
        headline=f"{share} come back in {found.grain} {after} after {named(found.retention.start.event)}",
        sentence=f"Of {int(mean['people']):,} people in {len(cells)} cohorts, {share} came back in {found.grain} {after} ({known_to})."
        f"{_later_words(change)}",
        value=float(mean["share"]),
        lower=float(mean["lower"]),
        upper=float(mean["upper"]),
        unit="share",
        good="up",
        surprise=surprise(change) if change else NOTHING_TO_COMPARE,
    )


def named(event: str | None) -> str:
    """Name an event for readers: in quotes, blanks for underscores."""
    return f"“{event.replace('_', ' ')}”" if event else "any activity"


def _later_cohorts(cells: pd.DataFrame) -> Interval | None:
    """Compare the later half of the cohorts with the earlier one; nothing where there are too few."""
    if len(cells) < FEWEST_COHORTS:
        return None
    ordered = cells.sort_values("cohort_start")
    early, late = ordered.iloc[: len(ordered) // 2], ordered.iloc[len(ordered) // 2 :]
    before, after = ((float(half["retained"].sum()), float(half["cohort_size"].sum())) for half in (early, late))
    return shares_difference(before, after)


def _later_words(change: Interval | None) -> str:
    if change is None:
        return ""
    holds = "more than chance brings" if is_beyond_chance(change) else "as before, within what chance brings"
    return f" The later half of the cohorts stands {points_words(change)} against the earlier: {holds}."


# ------------------------------------------------------------------------------------------------------------- activity
def _gained(found: "Engagement") -> Finding | None:
    """Say whether the last whole period gained more people than it lost."""
    life = found.lifecycle[(found.lifecycle["slice"] == "") & found.lifecycle["complete"]]
    if life.empty:
        return None
    row = life.iloc[-1]
    came, left = int(row["new"] + row["resurrecting"]), -int(row["dormant"])
    first = f"{int(row['new']):,}" if row["new"] else "none"
    way = "more people came than left" if came > left else "more people left than came"
    headline = (
        f"{abs(came - left):,} {way} in the last {found.grain}"
        if came != left
        else f"As many people came as left in the last {found.grain}"
    )
    return Finding(
        name="engagement.net",
        headline=headline,
        sentence=f"{came:,} came in {period_words(row['period_start'].date(), found.grain)}, {first} of them for the first time, the others "
        f"back after a pause; {left:,} of those active in the {found.grain} before did not come. {int(row['active']):,} were active in all.",
        value=float(came - left),
        good="up",
        surprise=2.0 if left > came else 0.8,
    )


def _habit(found: "Engagement") -> Finding | None:
    """Say which share of a month's users comes on a usual day, against four weeks before."""
    days = found.actives[(found.actives["slice"] == "") & found.actives["share"].notna()]
    if len(days) < MONTH:
        return None
    share = float(days["share"].tail(MONTH).mean())
    earlier = days["share"].iloc[:-MONTH].tail(MONTH)
    before = f" In the four weeks before it was {in_words(float(earlier.mean()), 'share')}." if len(earlier) == MONTH else ""
    return Finding(
        name="engagement.stickiness",
        headline=f"{in_words(share, 'share')} of a month’s users come on a usual day",
        sentence=f"On a usual day {in_words(share, 'share')} of the people of the trailing 28 days were active (mean over four weeks).{before}",
        value=share,
        unit="share",
        good="up",
        surprise=0.6,
    )
