"""What a review of delivery claims: each number with its range and what it is held against, most surprising first."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

from prodops.flow import detours, prospects
from prodops.flow.saying import FEWEST, PAST_WEEKS, before_words, decimals, lately, moved, row, shortest, surprise_of, tested
from prodops.intervals import mean_bounds
from prodops.stamps import Finding, day_words, in_words, range95

if TYPE_CHECKING:
    from prodops.flow.constraint import Bottleneck
    from prodops.flow.reviewing import Review

WIDEST = 10
"""A cost whose range reaches beyond so many times itself is none to tell."""


def findings(review: "Review") -> tuple[Finding, ...]:
    """Give the review's findings, most surprising first; where nothing was ever finished, only that and what is in progress."""
    lying = (detours.ages, detours.rework, detours.ping_pong, detours.efficiency)
    coming = (prospects.backlog, prospects.launches, prospects.how_many, prospects.dora, prospects.to_market)
    parts = (bottleneck, _cycle, _pace, _net, *lying, *coming)
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


def bottleneck(review: "Review") -> Iterator[Finding]:
    found = review.bottleneck
    if not found.stage:
        if len(review.finished):
            yield Finding(name="flow.bottleneck", headline="No single bottleneck", sentence=found.reason, surprise=0.2)
        return
    since = f"slower since {found.since:%B %Y}" if found.since else ""
    costs = f"it costs {in_words(found.cost_days, 'days')} an item" if told(found) else ""
    named = "is the bottleneck" if found.strength == "clear" else "is likely the bottleneck"
    yield Finding(
        name="flow.bottleneck",
        headline=shortest(
            *(f"{found.stage} {named}{': ' * bool(end)}{end}" for end in (", ".join(filter(None, (costs, since))), costs, ""))
        ),
        sentence=" ".join(_evidence(review, found)),
        value=found.cost_days if told(found) else found.wait_days,
        lower=found.cost_lower if told(found) else None,
        upper=found.cost_upper if told(found) else None,
        before=found.cost_before_days if found.since and told(found) and found.cost_before_days == found.cost_before_days else None,
        unit="days",
        good="down",
        surprise=5.0 if found.since else 2.4,
    )


def told(found: "Bottleneck") -> bool:
    """Tell whether the cost can be told: it is above 0, and its range does not reach far beyond it."""
    return found.cost_days > 0 and found.cost_upper <= WIDEST * found.cost_days


def _evidence(review: "Review", found: "Bottleneck") -> list[str]:
    """Say what a reader with five minutes needs, of the weeks shown: the cost with its range and what it was, and the one fact that shows it."""
    from prodops.flow.wording import queue_words

    days = lambda value: in_words(value, "days")  # noqa: E731
    if not told(found):
        cost = "What it costs an item cannot be told from these weeks: its range is too wide."
    else:
        spread = range95(days(found.cost_lower), days(found.cost_upper))
        than = f"if it waited no longer there than at {found.next_stage}, the next longest" if found.next_stage else "without that wait"
        cost = f"{_span(found)} an item would take {days(found.cost_days)} less ({spread}) {than}."
        if found.cost_before_days == found.cost_before_days:
            cost = f"{cost} {before_words()}: {days(found.cost_before_days)}."
    share = review.spent.loc[review.spent["stage"].isin({found.stage, *found.queue}), "share"].sum()
    took = f"; {in_words(share, 'share')} of the time of finished items went there"
    return [cost, f"{queue_words(found)}{took if found.span and found.span[0] == review.since else ''}."]


def _span(found: "Bottleneck") -> str:
    """Say of which weeks the cost is told."""
    start, end = found.span or (date.min, date.max)
    return f"In the {(end - start).days // 7} weeks to {day_words(end - timedelta(days=1), year=False)}"


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
    sentence = f"Half of the {int(now['items']):,} items finished took at most {likely['p50']}, and 95\u00a0% at most {likely['p95']}."
    if before is None or change is None:
        headline, sentence = (
            f"85\u00a0% of items take at most {likely['p85']}",
            f"{sentence} The past is too short to say whether that changed.",
        )
    else:
        was = in_words(round(before["p85"]), "days")
        slower = change["now"] > change["before"]
        headline = (
            f"Items take {'longer' if slower else 'less time'}: 85\u00a0% take at most {likely['p85']}, before {was}"
            if change["changed"]
            else f"85\u00a0% of items take at most {likely['p85']}, as before"
        )
        sentence += f" {before_words()}, 85\u00a0% took at most {was}. {tested(change, 'the weekly medians', 'days')}"
    yield Finding(
        name="flow.cycle_days",
        headline=headline,
        sentence=sentence,
        value=float(now["p85"]),
        before=float(before["p85"]) if before and change and change["changed"] else None,
        unit="days",
        good="down",
        surprise=surprise_of(change, 0.8),
    )


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
        sentence=f"The median week had {now} finished, {_against(before, now, bool(change['changed']))}.",
        value=float(change["now"]),
        before=float(change["before"]) if change["changed"] else None,
        good="up",
        surprise=surprise_of(change, 0.4),
    )


def _against(before: str, now: str, changed: bool) -> str:
    """Hold a median week against that of the year before."""
    if before == now:
        return f"as in the {PAST_WEEKS} weeks before"
    return f"in the {PAST_WEEKS} weeks before {before}: {'more' if changed else 'no more'} of a difference than chance makes"


def _net(review: "Review") -> Iterator[Finding]:
    """Say whether more starts than leaves: the mean weekly net flow with its range."""
    import numpy as np

    rows = lately(review)
    if len(rows) < 4:
        return
    net = rows["net_flow"].to_numpy(float)
    low, high = (float(b[0]) for b in mean_bounds(np.array([net.sum()]), np.array([(net**2).sum()]), np.array([len(net)], float)))
    first, last = int(rows["wip"].iloc[0] - net[0]), int(rows["wip"].iloc[-1])
    come, go, gap, *ends = decimals(float(rows["arrivals"].mean()), float(rows["departures"].mean()), low, high)
    grows, day = low > 0, day_words(review.until - timedelta(days=1), year=False)
    if not (grows or high < 0):
        headline = f"As much is finished as is started; in progress on {day}: {last:,}"
    else:
        headline = f"{'More' if grows else 'Less'} is started than finished: in progress went from {first:,} to {last:,}"
    yield Finding(
        name="flow.net_flow_weekly",
        headline=headline,
        sentence=f"On average {come} items start in a week and {go} leave: {gap} a week ({range95(*ends)}).",
        value=float(net.mean()),
        lower=low,
        upper=high,
        good="down",
        surprise=2.5 if grows else 0.3,
    )
