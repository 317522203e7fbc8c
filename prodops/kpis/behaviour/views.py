"""What engagement's charts draw: its numbers laid out and their headlines, nothing computed anew."""

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from prodops.kpis.behaviour.claims import LATER, findings
from prodops.kpis.behaviour.funnel_claims import earlier_words, over_all, span_words, step_names
from prodops.kpis.words import range_words
from prodops.stamps import Finding, day_words, in_words, range95

if TYPE_CHECKING:
    from prodops.kpis.behaviour.report import Engagement

EVERY = {"day": "daily", "week": "weekly", "month": "monthly"}
MOST_COHORTS = 13
"""Cohorts that a grid has room for below their mean."""
MOST_PERIODS = 12
SLIGHT = 0.0005
FEWEST_PEOPLE = 30
"""A slice of fewer people is not compared."""
STAGES = ["Step", "People", "Of the first", "95\u00a0% range", "Of the step before", "Median time since"]


def grid(found: "Engagement") -> pd.DataFrame:
    """Lay retention out: the mean of all cohorts, then each of the last ones, the latest last."""
    each = found.cohorts[(found.cohorts["cohort_size"] > 0) & (found.cohorts["period"] > 0)]
    curve = found.curve[found.curve["period"] > 0]
    starts = sorted(each["cohort_start"].unique())
    name = f"All {len(starts)} cohorts" if len(starts) <= MOST_COHORTS else f"All {len(starts)} · the last {MOST_COHORTS}:"
    mean = curve.assign(cohort=name, note=_notes(curve))
    each = each[each["cohort_start"].isin(starts[-MOST_COHORTS:])]
    rows = each.assign(cohort=[_cohort_words(found.grain, r) for r in each.to_dict("records")], note=_notes(each))
    both = pd.concat([mean, rows], ignore_index=True)
    return both[["cohort", "period", "share", "note"]].assign(after=both["period"].astype(str))


def _cohort_words(grain: str, row: dict[str, Any]) -> str:
    start = row["cohort_start"].date()
    return f"{f'{start:%b %Y}' if grain == 'month' else day_words(start, year=False)} · {int(row['cohort_size']):,}"


def _notes(rows: pd.DataFrame) -> list[str]:
    return [
        range95(in_words(low, "share"), in_words(high, "share")) if math.isfinite(low) else ""
        for low, high in zip(rows["lower"].astype(float), rows["upper"].astype(float), strict=True)
    ]


def by_slice(found: "Engagement") -> pd.DataFrame:
    """Lay the mean retention of each slice out, the largest first."""
    sizes = found.slices[found.slices["period"] == 0].set_index("slice")["people"]
    named_ = found.slices["slice"].map(lambda s: f"{s} · {int(sizes[s]):,}")
    frame = found.slices.assign(cohort=named_, note=_notes(found.slices))
    frame = frame[frame["period"] > 0]
    return frame[["cohort", "period", "share", "note"]].assign(after=frame["period"].astype(str))


def flows(found: "Engagement") -> pd.DataFrame:
    """Put who came (new or back after a pause) beside who left, period by period."""
    life = found.lifecycle[(found.lifecycle["slice"] == "") & found.lifecycle["complete"]]
    numbers = {"came": life["new"] + life["resurrecting"], "left": -life["dormant"]}
    parts = [pd.DataFrame({"period_start": life["period_start"], "series": name, "people": v.astype(float)}) for name, v in numbers.items()]
    return pd.concat(parts, ignore_index=True).assign(complete=True)


def habits(found: "Engagement") -> pd.DataFrame:
    """Put daily, weekly and monthly active users under each other."""
    days = found.actives[(found.actives["slice"] == "") & found.actives["complete"]]
    names = {"mau": "in 28 days", "wau": "in 7 days", "dau": "that day"}
    parts = [
        pd.DataFrame({"day": days["day"], "series": name, "people": days[c].astype("Float64").astype(float)}) for c, name in names.items()
    ]
    return pd.concat(parts, ignore_index=True).assign(complete=True)


def stages(found: "Engagement") -> pd.DataFrame:
    """Give the funnel's steps over all people: ``step`` in words, ``share`` of those at the first with its range."""
    rows = over_all(found.steps)
    words = [f"{n}. {name}" for n, name in zip(rows["step"], step_names(rows), strict=True)] if len(rows) else []
    return pd.DataFrame({"step": words, **{c: rows[c].astype(float) if len(rows) else [] for c in ("share", "lower", "upper")}})


def stage_table(found: "Engagement") -> pd.DataFrame:
    """Give the funnel's steps in words: people, shares, the time they take, and the share of the time before, where it is known."""
    now, before = over_all(found.steps), over_all(found.steps_before)
    shares = dict(zip(before["step"], before["share"], strict=True)) if len(before) else {}
    names = step_names(now) if len(now) else []
    rows = zip(now.to_dict("records"), names, strict=True)
    told = pd.DataFrame([_stage(row, name) for row, name in rows], columns=STAGES)
    if shares:
        told[f"Of the first, {earlier_words(found)}"] = [in_words(shares[step], "share") for step in now["step"]]
    return told


def _stage(row: dict[str, Any], name: str) -> dict[str, str]:
    median = row["median_seconds_from_previous"]
    return {
        "Step": name,
        "People": f"{int(row['entities']):,}",
        "Of the first": in_words(row["share"], "share"),
        "95\u00a0% range": "" if row["step"] == 1 else range_words(float(row["lower"]), float(row["upper"]), "share"),
        "Of the step before": "" if row["step"] == 1 else in_words(row["share_of_previous"], "share"),
        "Median time since": "" if pd.isna(median) else span_words(float(median)),
    }


def frequency(found: "Engagement") -> pd.DataFrame:
    """Give people by the number of periods in which they were active: ``periods``, ``share``, ``lower``, ``upper``."""
    rows = found.stickiness[found.stickiness["slice"] == ""].sort_values("active_periods")
    bars = pd.DataFrame({"periods": rows["active_periods"].astype(str), **{c: rows[c].astype(float) for c in ("share", "lower", "upper")}})
    if len(bars) <= MOST_PERIODS:
        return bars
    kept, rest = bars.iloc[: MOST_PERIODS - 1], bars.iloc[MOST_PERIODS - 1 :]
    return pd.concat([kept, pd.DataFrame({"periods": [f"{MOST_PERIODS} or more"], "share": [rest["share"].sum()]})], ignore_index=True)


def scope(found: "Engagement") -> str:
    """Say whom the report follows: ``868 people in 12 weekly cohorts``; people who begin in several of them are not counted."""
    first = found.cohorts[(found.cohorts["period"] == 0) & (found.cohorts["cohort_size"] > 0)]
    cohorts = f"{len(first)} {EVERY[found.grain]} cohort{'' if len(first) == 1 else 's'}"
    return f"{int(first['cohort_size'].sum()):,} people in {cohorts}" if found.retention.cohorts == "first_time" else cohorts


def way(found: "Engagement") -> str:
    """Say what the funnel's bars are, and within which time."""
    return f"% of people who took the first step that got to each, {found.funnel.within}" if found.funnel else ""


def about(found: "Engagement", topic: str) -> tuple[Finding, ...]:
    """Give the findings that a topic's charts are evidence of: ``retention``, ``funnel``, ``net`` or ``stickiness``."""
    return tuple(f for f in findings(found) if f.name.startswith(f"engagement.{topic}"))


def slices_headline(found: "Engagement") -> str:
    """Say which slice comes back most and which least, after the period that findings speak of."""
    known = found.slices[found.slices["period"] > 0]
    after = min(LATER[found.grain], int(known["period"].max())) if len(known) else 0
    cells = known[(known["period"] == after) & (known["people"] >= FEWEST_PEOPLE)].sort_values("share")
    if len(cells) < 2:
        return "Too few people in these slices to compare"
    least, most = cells.iloc[0], cells.iloc[-1]
    if least["upper"] >= most["lower"]:
        return f"No slice stands apart in {found.grain} {after}"
    values = in_words(most["share"], "share"), in_words(least["share"], "share")
    return f"{most['slice']} come back most in {found.grain} {after}: {values[0]} against {values[1]} of {least['slice']}"


def frequency_headline(found: "Engagement") -> str:
    """Say how many came in every period, and how many in one only."""
    rows = found.stickiness[found.stickiness["slice"] == ""].sort_values("active_periods")
    if rows.empty:
        return "Nobody was active"
    once, always = (in_words(rows["share"].iloc[i], "share") for i in (0, -1))
    return f"{once} came in one {found.grain} only, {always if rows['share'].iloc[-1] > SLIGHT else 'next to nobody'} in all {len(rows)}"
