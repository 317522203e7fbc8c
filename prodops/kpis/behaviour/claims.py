"""What engagement's numbers claim, in sentences."""

from typing import TYPE_CHECKING

import pandas as pd

from prodops.kpis.intervals import Z95, Interval, shares_difference
from prodops.kpis.words import period_words, range_words
from prodops.stamps import Definition, Finding, Takeaway, in_words

if TYPE_CHECKING:
    from prodops.kpis.behaviour.report import Engagement

LATER = {"day": 7, "week": 4, "month": 3}
"""The period whose retention is spoken of: a week, a month, a quarter after the start."""
FEWEST_COHORTS = 4
MOST = 8.0
MONTH = 28
NOTHING_TO_COMPARE = 1.0
"""How surprising a share is that stands beside none of before."""
Z99 = 2.5758293035489004
"""Steps are looked at side by side, so each is held to 99 %."""


def named(event: str | None) -> str:
    """Name an event for readers: in quotes, blanks for underscores."""
    return f"“{event.replace('_', ' ')}”" if event else "any activity"


def step_names(steps: pd.DataFrame) -> list[str]:
    """Name the steps of a funnel; one that comes again is numbered."""
    names = [str(event).replace("_", " ") for event in steps["event"]]
    return [f"{name} no. {names[: i + 1].count(name)}" if names.count(name) > 1 else name for i, name in enumerate(names)]


# -------------------------------------------------------------------------------------------------------------- findings
def findings(found: "Engagement") -> tuple[Finding, ...]:
    """Give the findings that the frames allow, most surprising first."""
    said = [_comes_back(found), *_steps(found), _gained(found), _habit(found)]
    return tuple(sorted((f for f in said if f), key=lambda f: (-f.surprise, f.name)))


def _range(row: "pd.Series") -> str:
    return f"{range_words(float(row['lower']), float(row['upper']), 'share')}, 95\u00a0%"


def _surprise(change: Interval) -> float:
    """Give a change's distance from nothing in standard errors, at most eight."""
    error = (change.upper - change.lower) / (2 * Z95)
    return min(abs(change.value) / error, MOST) if error > 0 else 0.0


def _comes_back(found: "Engagement") -> Finding | None:
    """Say how many come back, and whether later cohorts do more than earlier ones."""
    known = found.cohorts[found.cohorts["complete"] & (found.cohorts["period"] > 0) & (found.cohorts["cohort_size"] > 0)]
    after = min(LATER[found.grain], int(known["period"].max())) if len(known) else 0
    cells = known[known["period"] == after]
    if cells.empty:
        return None
    mean = found.curve[(found.curve["slice"] == "") & (found.curve["period"] == after)].iloc[0]
    share, start = in_words(mean["share"], "share"), named(found.retention.start.event)
    change = _later_cohorts(cells)
    told = f"Of {int(mean['people']):,} people in {len(cells)} cohorts, {share} came back in {found.grain} {after} ({_range(mean)})."
    if change:
        low, high = (in_words(v, "points", signed=True) for v in (change.lower, change.upper))
        holds = "as before, within what chance brings" if change.lower <= 0 <= change.upper else "more than chance brings"
        told += f" The later half of the cohorts stands {in_words(change.value, 'points', signed=True)} against the earlier ({low} to {high}): {holds}."
    return Finding(
        name=f"engagement.retention.{found.grain}_{after}",
        headline=f"{share} come back in {found.grain} {after} after {start}",
        sentence=told,
        value=float(mean["share"]),
        lower=float(mean["lower"]),
        upper=float(mean["upper"]),
        unit="share",
        good="up",
        surprise=_surprise(change) if change else NOTHING_TO_COMPARE,
    )


def _later_cohorts(cells: pd.DataFrame) -> Interval | None:
    """Compare the later half of the cohorts with the earlier one; nothing where there are too few."""
    if len(cells) < FEWEST_COHORTS:
        return None
    ordered = cells.sort_values("cohort_start")
    early, late = ordered.iloc[: len(ordered) // 2], ordered.iloc[len(ordered) // 2 :]
    before, after = ((float(half["retained"].sum()), float(half["cohort_size"].sum())) for half in (early, late))
    return shares_difference(before, after)


def _whole(steps: pd.DataFrame) -> pd.DataFrame:
    return steps[steps["slice"] == ""].sort_values("step") if len(steps) else steps


def _steps(found: "Engagement") -> list[Finding]:
    """Say how many get through the funnel, against the time before, and where most are lost."""
    now, before = _whole(found.steps), _whole(found.steps_before)
    if len(now) < 2 or not now["entities"].iloc[0]:
        return []
    last, first = now.iloc[-1], now.iloc[0]
    share = in_words(last["share"], "share")
    names = step_names(now)
    way = f"from “{names[0]}” to “{names[-1]}”"
    told = f"{int(last['entities']):,} of {int(first['entities']):,} people got {way} ({_range(last)})."
    change = None
    if len(before) and before["entities"].iloc[0]:
        pairs = [(float(s["entities"].iloc[-1]), float(s["entities"].iloc[0])) for s in (before, now)]
        change = shares_difference(pairs[0], pairs[1])
        low, high = (in_words(v, "points", signed=True) for v in (change.lower, change.upper))
        told += f" In the time before it was {in_words(before['share'].iloc[-1], 'share')}: {in_words(change.value, 'points', signed=True)} ({low} to {high})."
    through = Finding(
        name="engagement.funnel",
        headline=f"{share} get {way}",
        sentence=told,
        value=float(last["share"]),
        lower=float(last["lower"]),
        upper=float(last["upper"]),
        before=float(before["share"].iloc[-1]) if change else None,
        unit="share",
        good="up",
        surprise=_surprise(change) if change else 1.0,
    )
    moved = _moved(now, before) if change else None
    return [through, _loss(now), *([moved] if moved else [])]


def _moved(now: pd.DataFrame, before: pd.DataFrame) -> Finding | None:
    """Name the step to which another share gets than in the time before; the largest change of those that hold among all steps."""
    looked = []
    for (_, old), (_, new) in list(zip(before.iterrows(), now.iterrows(), strict=True))[1:-1]:
        first, then = ((float(r["entities"]), float(s["entities"].iloc[0])) for r, s in ((old, before), (new, now)))
        change = shares_difference(first, then, Z99)
        if change.lower > 0 or change.upper < 0:
            looked.append((abs(change.value), change, old, new))
    if not looked:
        return None
    _, change, old, new = max(looked, key=lambda each: each[0])
    share, was, name = in_words(new["share"], "share"), in_words(old["share"], "share"), step_names(now)[int(new["step"]) - 1]
    low, high = (in_words(v, "points", signed=True) for v in (change.lower, change.upper))
    return Finding(
        name=f"engagement.funnel.step_{int(new['step'])}",
        headline=f"{share} now get to “{name}”, {was} before",
        sentence=f"{int(new['entities']):,} of {int(now['entities'].iloc[0]):,} people got there. In the time before it was {was}: "
        f"{in_words(change.value, 'points', signed=True)} ({low} to {high}, 99\u00a0%).",
        value=float(new["share"]),
        before=float(old["share"]),
        unit="share",
        good="up",
        surprise=min(_surprise(change) * Z99 / Z95, MOST),
    )


def _loss(now: pd.DataFrame) -> Finding:
    """Name the step before which most people are lost."""
    lost = now["entities"].astype(float).diff().mul(-1)
    place = int(lost.to_numpy()[1:].argmax()) + 1
    row, previous = now.iloc[place], now.iloc[place - 1]
    kept, names = in_words(row["share_of_previous"], "share"), step_names(now)
    median = row["median_seconds_from_previous"]
    took = f" Those who go on take {span_words(float(median))} in the median." if pd.notna(median) else ""
    return Finding(
        name="engagement.funnel.loss",
        headline=f"Most are lost between “{names[place - 1]}” and “{names[place]}”",
        sentence=f"{int(lost.iloc[place]):,} of {int(previous['entities']):,} people do not go on; {kept} do "
        f"({range_words(row['lower_of_previous'], row['upper_of_previous'], 'share')}, 95 %).{took}",
        value=float(row["share_of_previous"]),
        lower=float(row["lower_of_previous"]),
        upper=float(row["upper_of_previous"]),
        unit="share",
        good="up",
        surprise=1.5,
    )


def span_words(seconds: float) -> str:
    """Say a length of time in the unit that fits."""
    if seconds < 120:
        return f"{seconds:.0f} seconds"
    if seconds < 7200:
        return f"{seconds / 60:.0f} minutes"
    return in_words(seconds / 3600, "hours") if seconds < 172_800 else in_words(seconds / 86_400, "days")


def _gained(found: "Engagement") -> Finding | None:
    """Say whether the last whole period gained more people than it lost."""
    life = found.lifecycle[(found.lifecycle["slice"] == "") & found.lifecycle["complete"]]
    if life.empty:
        return None
    row = life.iloc[-1]
    came, left = int(row["new"] + row["resurrecting"]), -int(row["dormant"])
    way = "More people came than left" if came > left else "More people left than came" if left > came else "As many people came as left"
    return Finding(
        name="engagement.net",
        headline=f"{way} in the last {found.grain}: {max(came, left):,} against {min(came, left):,}",
        sentence=f"In {period_words(row['period_start'].date(), found.grain)} {int(row['new']):,} people were active for the first time and "
        f"{int(row['resurrecting']):,} came back after a pause; {left:,} of those active in the {found.grain} before did not come. "
        f"{int(row['active']):,} were active in all.",
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
    before = float(earlier.mean()) if len(earlier) == MONTH else None
    told = f"On a usual day {in_words(share, 'share')} of the people of the trailing 28 days were active (mean over four weeks)."
    if before is not None:
        told += f" In the four weeks before it was {in_words(before, 'share')}."
    return Finding(
        name="engagement.stickiness",
        headline=f"{in_words(share, 'share')} of a month’s users come on a usual day",
        sentence=told,
        value=share,
        unit="share",
        good="up",
        surprise=0.6,
    )


# ------------------------------------------------------------------------------------------------------------- takeaways
def takeaways(found: "Engagement") -> tuple[Takeaway, ...]:
    """Give what the findings ask for: the step that loses most first, then what moved."""
    said = {f.name.partition(".")[2]: f for f in findings(found)}
    asked: list[Takeaway] = []
    if loss := said.get("funnel.loss"):
        asked.append(
            Takeaway(
                claim=f"{loss.headline}.",
                decision="Watch a few people take that step, or read what they write there, before anything is built.",
                owner="Product",
                changes_our_mind="People who skip the step and come back as often as those who take it.",
            )
        )
    back = next((f for name, f in said.items() if name.startswith("retention")), None)
    if back and back.surprise != NOTHING_TO_COMPARE:
        moved = back.surprise > 2
        asked.append(
            Takeaway(
                claim=f"{back.headline}.",
                decision="Find out what changed for the later cohorts."
                if moved
                else "Treat retention as steady: nothing to explain this time.",
                owner="Product",
                changes_our_mind="The same comparison with the next cohorts."
                if moved
                else "A later half of cohorts whose range leaves zero.",
            )
        )
    net = said.get("net")
    if net and net.value is not None and net.value < 0:
        asked.append(
            Takeaway(
                claim=f"{net.headline}.",
                decision="Ask those who did not come again before they are gone.",
                owner="Customer Success",
                changes_our_mind="A holiday or an outage in that time.",
            )
        )
    return tuple(asked)


def definitions(found: "Engagement") -> tuple[Definition, ...]:
    """Say which variant of each measure the report uses."""
    return tuple(Definition(name=name, text=f"{text}.") for name, text in found.variants.items())
