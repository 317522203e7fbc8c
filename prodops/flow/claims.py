"""What a review of delivery claims: each number with its range and what it is held against, most surprising first."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from prodops.flow.reviewing import PAST_WEEKS
from prodops.intervals import mean_bounds, shares_difference
from prodops.stamps import Finding, between, day_words, in_words, range95

if TYPE_CHECKING:
    import pandas as pd

    from prodops.flow.constraint import Bottleneck
    from prodops.flow.reviewing import Review

FEWEST = 20
"""Finished items without which no share of them is a finding."""
WIDEST = 10
"""A cost whose range reaches beyond so many times itself is none to tell."""
OVER = 0.15
"""Of the past's items so many were older when they left their stage than the bound that ages are held against."""
Row = dict[str, Any]


def findings(review: "Review") -> tuple[Finding, ...]:
    """Give the review's findings, most surprising first; where nothing was ever finished, only that and what is in progress."""
    parts = (_bottleneck, _cycle, _pace, _net, _ages, _rework, _ping_pong, _efficiency, _backlog, _launches, _many, _dora, _to_market)
    found = [finding for part in parts for finding in part(review)]
    if not len(review.finished):
        found.append(_nothing(review))
    return tuple(sorted(found, key=lambda finding: -finding.surprise))


def _nothing(review: "Review") -> Finding:
    open_ = len(review.ages)
    ends = " or ".join(review.spec.done) or "an end"
    return Finding(
        name="flow.nothing_finished",
        headline="Nothing was finished in the time that this report looks at",
        sentence=f"No item reached {ends} in the whole weeks since {day_words(review.past)}; in progress: {open_:,}. {' '.join(review.spec.notes)}".strip(),
        value=0.0,
        surprise=4.0,
    )


def _bottleneck(review: "Review") -> Iterator[Finding]:
    found = review.bottleneck
    if not found.stage:
        if len(review.finished):
            yield Finding(name="flow.bottleneck", headline="No stage is clearly the bottleneck", sentence=found.reason, surprise=0.2)
        return
    since = f"slower since {found.since:%B %Y}" if found.since else ""
    costs = f"it costs {in_words(found.cost_days, 'days')} an item" if told(found) else ""
    named = "is the bottleneck" if found.strength == "clear" else "is likely the bottleneck"
    yield Finding(
        name="flow.bottleneck",
        headline=shortest(
            *(f"{found.stage} {named}{': ' * bool(end)}{end}" for end in (", ".join(filter(None, (costs, since))), costs, ""))
        ),
        sentence=" ".join(_evidence(found)),
        value=found.cost_days if told(found) else found.wait_days,
        lower=found.cost_lower if told(found) else None,
        upper=found.cost_upper if told(found) else None,
        unit="days",
        good="down",
        surprise=5.0 if found.since else 2.4,
    )


def told(found: "Bottleneck") -> bool:
    """Tell whether the cost can be told: it is above 0, and its range does not reach far beyond it."""
    return found.cost_days > 0 and found.cost_upper <= WIDEST * found.cost_days


def _evidence(found: "Bottleneck") -> list[str]:
    """Choose the sentences that a reader with five minutes needs: since when, how long, how often, at what cost."""
    said = list(found.evidence)
    first = said[-1:] if found.since else []
    if not told(found):
        return [*first, said[1], "What it costs an item cannot be told from these weeks: its range is too wide."]
    return [*first, *said[:2], *(text for text in said if text.startswith("Were its wait"))]


def shortest(*options: str, limit: int = 80) -> str:
    """Give the first that fits a heading, or the last cut at a word."""
    return next((text for text in options if len(text) <= limit), options[-1][: limit - 1].rsplit(" ", 1)[0] + "…")


# ---------------------------------------------------------------------------------------------------------- speed and pace
def row(frame: "pd.DataFrame", **where: object) -> Row | None:
    """Give the first row that has these values; nothing where none has."""
    for column, value in where.items():
        frame = frame[frame[column] == value] if column in frame else frame.iloc[:0]
    return None if frame.empty else {str(k): v for k, v in frame.iloc[0].to_dict().items()}


def moved(review: "Review", measure: str) -> Row | None:
    """Give the row of a measure's change, where the weeks sufficed to test it."""
    found = row(review.changes, measure=measure)
    return None if found is None or math.isnan(found["p"]) else found


def _cycle(review: "Review") -> Iterator[Finding]:
    now, before, change = row(review.usual, when="now"), row(review.usual, when="before"), moved(review, "cycle")
    if now is None:
        return
    if now["items"] < FEWEST:
        yield Finding(
            name="flow.cycle_days",
            headline=f"Only {int(now['items'])} items were finished in these weeks",
            sentence=f"Half of them took at most {in_words(now['p50'], 'days')}; a percentile needs {FEWEST} to be worth telling.",
            value=float(now["items"]),
            surprise=0.8,
        )
        return
    likely = {name: in_words(round(now[name]), "days") for name in ("p50", "p85", "p95")}
    sentence = f"Half of the {int(now['items']):,} items finished took at most {likely['p50']}, 85 % {likely['p85']}, 95 % {likely['p95']}."
    if before is None or change is None:
        headline, sentence = f"85 % of items take at most {likely['p85']}", f"{sentence} The past is too short to say whether that changed."
    else:
        was = in_words(round(before["p85"]), "days")
        slower = change["now"] > change["before"]
        headline = (
            f"Items take {'longer' if slower else 'less time'}: 85 % take at most {likely['p85']}, before {was}"
            if change["changed"]
            else f"85 % of items take at most {likely['p85']}, as before"
        )
        sentence += f" {_before()}, 85 % took at most {was}. {_tested(change, 'the weekly medians', 'days')}"
    yield Finding(
        name="flow.cycle_days",
        headline=headline,
        sentence=sentence,
        value=float(now["p85"]),
        before=float(before["p85"]) if before and change and change["changed"] else None,
        unit="days",
        good="down",
        surprise=_surprise(change, 0.8),
    )


def _before() -> str:
    return f"In the {PAST_WEEKS} weeks before"


def _tested(change: Row, what: str, unit: str) -> str:
    """Say whether weekly values moved, with both medians."""
    now, before = (in_words(change[side], unit) for side in ("now", "before"))
    if change["changed"]:
        return f"{what[0].upper()}{what[1:]} moved from {before} to {now}, more than chance would move them."
    return f"{what[0].upper()}{what[1:]} ({before}, now {now}) differ no more than chance makes weeks differ."


def _surprise(change: Row | None, usual: float) -> float:
    """Give how surprising a change is: by its p-value where it is one, else ``usual``."""
    if change is None or not change["changed"]:
        return usual
    return 2.0 + min(-math.log10(max(change["adjusted"], 1e-9)), 6.0) / 2


def _pace(review: "Review") -> Iterator[Finding]:
    change = moved(review, "finished")
    if change is None:
        return
    now, before = (in_words(change[side], "count") for side in ("now", "before"))
    more = change["now"] > change["before"]
    headline = (
        f"{'More' if more else 'Fewer'} items are finished: {now} a week, before {before}"
        if change["changed"]
        else f"{now} items are finished in a usual week, as before"
    )
    yield Finding(
        name="flow.finished_weekly",
        headline=headline,
        sentence=f"That is the median of the weeks shown; {_before()[0].lower()}{_before()[1:]} it was {before}. {_tested(change, 'the weekly numbers', 'count')}",
        value=float(change["now"]),
        before=float(change["before"]) if change["changed"] else None,
        good="up",
        surprise=_surprise(change, 0.4),
    )


def _net(review: "Review") -> Iterator[Finding]:
    """Say whether more starts than leaves: the mean weekly net flow with its range."""
    import numpy as np

    rows = lately(review)
    if len(rows) < 4:
        return
    net = rows["net_flow"].to_numpy(float)
    low, high = (float(b[0]) for b in mean_bounds(np.array([net.sum()]), np.array([(net**2).sum()]), np.array([len(net)], float)))
    first, last = int(rows["wip"].iloc[0] - net[0]), int(rows["wip"].iloc[-1])
    grows = low > 0
    if not (grows or high < 0):
        headline = f"As much is finished as is started; in progress: {last:,}"
    else:
        headline = f"{'More' if grows else 'Less'} is started than finished: in progress went from {first:,} to {last:,}"
    yield Finding(
        name="flow.net_flow_weekly",
        headline=headline,
        sentence=f"On average {in_words(float(rows['arrivals'].mean()))} items start in a week and {in_words(float(rows['departures'].mean()))} leave; the "
        f"difference is {in_words(float(net.mean()), signed=True)} ({range95(in_words(low, signed=True), in_words(high, signed=True))}).",
        value=float(net.mean()),
        lower=low,
        upper=high,
        good="down",
        surprise=2.5 if grows else 0.3,
    )


def lately(review: "Review") -> "pd.DataFrame":
    """Give the weeks shown."""
    import pandas as pd

    weeks = review.weeks
    return weeks[(weeks["period_start"] >= pd.Timestamp(review.since)) & (weeks["period_start"] < pd.Timestamp(review.until))]


# --------------------------------------------------------------------------------------------------- what is in progress
def too_old(review: "Review") -> "pd.DataFrame":
    """Give the items in progress that are older than 85 % of the past's were when they left that stage, oldest first."""
    return review.ages[review.ages["level"].isin(["p85", "p95"])]


def _ages(review: "Review") -> Iterator[Finding]:
    if review.ages.empty or review.stage_ages.empty:
        return
    from scipy.stats import binomtest

    old, all_ = too_old(review), len(review.ages)
    oldest = review.ages.iloc[0]
    p = float(binomtest(len(old), all_, OVER, alternative="greater").pvalue)
    where = ", ".join(f"{n} in {stage}" for stage, n in old["stage"].value_counts().head(2).items())
    team = _who(old)
    yield Finding(
        name="flow.too_old",
        headline=f"{len(old):,} of {all_:,} items in progress {'is' if len(old) == 1 else 'are'} older than 85 % were at their stage",
        sentence=f"The oldest, {oldest['item_id']}, started {in_words(int(oldest['age_days']), 'days')} ago and lies in {oldest['stage']}. "
        + (f"Of the old ones {where}{team}. " if len(old) else "")
        + f"About {in_words(OVER, 'share')} would be as usual"
        + ("; so many are more than chance brings." if p < 0.05 else "; so many may be chance."),
        value=float(len(old)),
        good="down",
        surprise=1.0 + min(-math.log10(max(p, 1e-4)), 4) / 2 if p < 0.05 else 0.9 if len(old) else 0.2,
    )


def _who(old: "pd.DataFrame") -> str:
    teams = old["team"].dropna().value_counts()
    return f", {int(teams.iloc[0])} of team {teams.index[0]}" if len(teams) > 1 else ""


# ----------------------------------------------------------------------------------------------------- detours and waiting
def _rework(review: "Review") -> Iterator[Finding]:
    now, before, change = row(review.rework, when="now"), row(review.rework, when="before"), moved(review, "rework")
    if now is None or now["items"] < FEWEST:
        return
    share = in_words(now["share"], "share")
    sentence = (
        f"{int(now['reworked']):,} of {int(now['items']):,} finished items went back to an earlier stage on their way ({_range(now)})"
    )
    sentence += f", which took {in_words(now['days_per_item'], 'days')} each. " if now["days_per_item"] == now["days_per_item"] else ". "
    if len(review.moves_back):
        top = review.moves_back.iloc[0]
        sentence += f"Most often from {top['from_stage']} to {top['to_stage']} ({int(top['moves']):,} times). "
    changed = False
    if before is not None and before["items"] >= FEWEST:
        gap = shares_difference((before["reworked"], before["items"]), (now["reworked"], now["items"]))
        changed = bool(change and change["changed"])
        ends = between(*(in_words(x, "points", signed=True) for x in (gap.lower, gap.upper)))
        sentence += f"{_before()}: {in_words(before['share'], 'share')}; the difference lies between {ends.replace(' to ', ' and ')}."
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
        surprise=_surprise(change, 0.7 + float(now["share"])),
    )


def _range(found: Row, unit: str = "share", lower: str = "lower", upper: str = "upper") -> str:
    return range95(in_words(found[lower], unit), in_words(found[upper], unit))


def _ping_pong(review: "Review") -> Iterator[Finding]:
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
        added = _range(found, "days", "days_added_lower", "days_added_upper")
        longer = f" They took {in_words(found['days_added'], 'days')} longer at the median ({added}), hard items among them."
    yield Finding(
        name="flow.ping_pong_share",
        headline=f"{in_words(found['share'], 'share')} of items came back to a team that had handed them over",
        sentence=f"{int(found['returned']):,} of {int(found['items']):,} finished items ({_range(found)}).{longer}{both}",
        value=float(found["share"]),
        lower=float(found["lower"]),
        upper=float(found["upper"]),
        unit="share",
        good="down",
        surprise=1.2 + 3 * float(found["share"]),
    )


def waits(review: "Review") -> "pd.DataFrame":
    """Give the stages from the start on by their share of all time, the largest first."""
    known = review.stages[(review.stages["slice"] == "") & review.stages["share"].notna()]
    return known.sort_values(["share", "stage"], ascending=[False, True], ignore_index=True)


def _efficiency(review: "Review") -> Iterator[Finding]:
    now, before = row(review.efficiency, when="now"), row(review.efficiency, when="before")
    if now is None or now["items"] < FEWEST or now["efficiency"] != now["efficiency"] or not review.spec.of_kind("waiting"):
        return
    most = waits(review)
    waiting = most[most["kind"] == "waiting"]
    top = (
        f" Most of the waiting is in {waiting['stage'].iloc[0]}: {in_words(waiting['share'].iloc[0], 'share')} of all time."
        if len(waiting)
        else ""
    )
    guess = " Which stages wait is inferred from their names." if "waiting" in review.spec.inferred else ""
    was = f" {_before()}: {in_words(before['efficiency'], 'share')}." if before and before["efficiency"] == before["efficiency"] else ""
    yield Finding(
        name="flow.efficiency",
        headline=f"Items are worked on for {in_words(now['efficiency'], 'share')} of their time, and wait for the rest",
        sentence=f"A finished item had {in_words(now['active_days'], 'days')} of work and {in_words(now['waiting_days'], 'days')} of waiting "
        f"({_range(now)} of the time is work).{was}{top}{guess}",
        value=float(now["efficiency"]),
        lower=float(now["lower"]),
        upper=float(now["upper"]),
        before=float(before["efficiency"]) if before and not now["lower"] <= before["efficiency"] <= now["upper"] else None,
        unit="share",
        good="up",
        surprise=0.6,
    )


# ---------------------------------------------------------------------------------------------------------------- forecasts
def _backlog(review: "Review") -> Iterator[Finding]:
    open_ = int(review.remaining["remaining"].iloc[0])
    if not open_:
        return
    yield _when(review, "", open_, "flow.backlog", f"The {open_:,} open items" if open_ > 1 else "The open item", 0.5)


def _launches(review: "Review") -> Iterator[Finding]:
    for found in review.remaining.iloc[1:4].itertuples():
        yield _when(
            review,
            str(found.launch),
            int(found.remaining),
            f"flow.launch.{found.launch}",
            f"{_cut(str(found.launch))}: the {found.remaining:,} items left"
            if found.remaining > 1
            else f"{_cut(str(found.launch))}: the item left",
            1.1,
        )


def _cut(name: str, most: int = 28) -> str:
    return name if len(name) <= most else name[: most - 1].rstrip() + "…"


def _when(review: "Review", launch: str, open_: int, name: str, what: str, surprise: float) -> Finding:
    rows = review.when[review.when["launch"] == launch].set_index("likelihood")
    if rows.empty:
        return Finding(
            name=name,
            headline=f"{what}: the past is too short to say when",
            sentence="A forecast needs eight whole weeks on record, and three items finished in the last twelve of them.",
            value=float(open_),
            surprise=surprise / 2,
        )
    days = {p: None if d != d else day_words(d.date()) for p, d in rows["date"].items()}
    likely = f"by {days[0.85]}" if days[0.85] else "not within a year"
    verb = "is" if open_ == 1 else "are"
    shared = " if they come first, before all other work" if launch else ""
    return Finding(
        name=name,
        headline=f"{what} {verb} done {likely} with a likelihood of 85\u00a0%",
        sentence=f"Half of the futures have them done{shared} by {days[0.5] or 'a later day than a year from now'}, 95\u00a0% by "
        f"{days[0.95] or 'a later day than a year from now'}. {review.kept.sentence()}",
        value=float(rows.loc[0.85, "weeks"]) * 7 if days[0.85] else None,
        unit="days",
        surprise=surprise,
    )


def _many(review: "Review") -> Iterator[Finding]:
    if review.how_many.empty:
        return
    rows = review.how_many.set_index("likelihood")["items"]
    least, middle = int(rows[0.85]), int(rows[0.5])
    sure = f"At least {least:,} items in the next {review.ahead} weeks, with a likelihood of 85\u00a0%"
    yield Finding(
        name="flow.how_many",
        headline=sure if least else f"In the next {review.ahead} weeks perhaps nothing is finished",
        sentence=f"{middle:,} or more are as likely as fewer; 95\u00a0% of the futures have at least {int(rows[0.95]):,}. {review.kept_many.sentence('how many')}",
        value=float(least),
        lower=float(rows[0.95]),
        surprise=0.45,
    )


# ------------------------------------------------------------------------------------------------- deployments and launches
def _dora(review: "Review") -> Iterator[Finding]:
    now, before = row(review.dora, when="now"), row(review.dora, when="before")
    if now is None:
        return
    parts = [f"{in_words(7 * now['per_day'])} deployments a week ({_band(now['frequency_band'])})"]
    for column, words, unit, band in (
        ("lead_days", "from commit to production", "days", "lead_band"),
        ("failure_share", "of deployments fail", "share", "failure_band"),
        ("recovery_hours", "to recover", "hours", "recovery_band"),
    ):
        if now[column] == now[column]:
            parts.append(f"{in_words(now[column], unit)} {words} ({_band(now[band])})")
    failed, known = now["failure_share"], now["failure_share"] == now["failure_share"]
    was = f" {_before()}: {in_words(7 * before['per_day'])} a week" if before else ""
    was += (
        f", {in_words(before['failure_share'], 'share')} failed."
        if before and before["failure_share"] == before["failure_share"]
        else "." * bool(was)
    )
    worse = bool(before and known and now["failure_lower"] > before["failure_share"])
    yield Finding(
        name="flow.dora.failure_share" if known else "flow.dora.deployments_weekly",
        headline=(
            f"{in_words(failed, 'share')} of deployments fail, before {in_words(before['failure_share'], 'share')}"
            if worse and before
            else f"{in_words(7 * now['per_day'])} deployments a week" + (f", of which {in_words(failed, 'share')} fail" if known else "")
        ),
        sentence=f"{'; '.join(parts)}; the bands are DORA's of 2023.{was}",
        value=float(failed) if known else 7 * float(now["per_day"]),
        lower=float(now["failure_lower"]) if known else None,
        upper=float(now["failure_upper"]) if known else None,
        before=float(before["failure_share"]) if before and worse else None,
        unit="share" if known else "count",
        good="down" if known else "up",
        surprise=2.2 if worse else 0.5,
    )


def _band(name: str) -> str:
    return name or "not known"


def _to_market(review: "Review") -> Iterator[Finding]:
    rows = review.launches
    out = rows[rows["launched_on"].notna() & rows["days"].notna()] if len(rows) else rows
    if out.empty:
        return
    last = out.iloc[-1]
    others = out["days"].iloc[:-1]
    middle = f" The {len(others)} before took {in_words(float(others.median()), 'days')} at the median." if len(others) else ""
    shelf = (
        f", of which finished work lay {in_words(last['shelf_days'], 'days')}"
        if last["shelf_days"] == last["shelf_days"] and last["shelf_days"] > 0
        else ""
    )
    yield Finding(
        name="flow.time_to_market_days",
        headline=f"{_cut(str(last['launch']))} took {in_words(last['days'], 'days')} from first start to launch",
        sentence=f"From {day_words(last['first_started'].date())} to {day_words(last['launched_on'].date())}, with {int(last['items']):,} items{shelf}.{middle}",
        value=float(last["days"]),
        unit="days",
        good="down",
        surprise=0.35,
    )
