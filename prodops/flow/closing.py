"""What stands around a review's findings: the tile of a service level above them, takeaways and definitions below."""

from typing import TYPE_CHECKING

from prodops.flow import names
from prodops.flow.comparing import FALSE, MEASURES
from prodops.flow.saying import PAST_WEEKS, lately, too_old
from prodops.stamps import Definition, Takeaway, Tile, day_words, in_words

if TYPE_CHECKING:
    from prodops.flow.reviewing import Review

SPARK = 13


def tiles(review: "Review") -> tuple[Tile, ...]:
    """Give the share of items finished within the days that the flow's file promises, where it does."""
    import pandas as pd

    level = review.spec.service_level
    if level is None:
        return ()
    items = review.finished
    kept = items.assign(within=items["cycle_days"] <= level.days)
    now = kept[kept["finished"] >= pd.Timestamp(review.since)]
    before = kept[kept["finished"] < pd.Timestamp(review.since)]
    starts = list(lately(review)["period_start"])[-SPARK:]
    weekly = [kept[(kept["finished"] >= start) & (kept["finished"] < start + pd.Timedelta(weeks=1))]["within"] for start in starts]
    return (
        Tile(
            name="flow.service_level",
            title=f"Done within {in_words(level.days, 'days')}",
            value=float(now["within"].mean()) if len(now) else None,
            before=float(before["within"].mean()) if len(before) else None,
            target=level.share,
            unit="share",
            good="up",
            period="year",
            history=tuple(float(week.mean()) if len(week) else None for week in weekly),
        ),
    )


def takeaways(review: "Review") -> tuple[Takeaway, ...]:
    """Give the decision on the bottleneck, on what is too old, and on the date to give."""
    asked = []
    found = next((f for f in review.findings() if f.name == "flow.bottleneck"), None)
    if found is not None and review.bottleneck.stage:
        asked.append(
            Takeaway(
                claim=f"{found.headline}.",
                decision=_what_helps(review.bottleneck.stage),
                owner="Team leads",
                changes_our_mind="A month in which time in another stage grows more than in this one.",
                about=found.name,
            )
        )
    old = too_old(review)
    if len(old):
        first = ", ".join(old["item_id"].head(3))
        asked.append(
            Takeaway(
                claim=f"{len(old):,} items in progress are older than 85\u00a0% were at their stage.",
                decision=f"Finish, split or drop the oldest first: {first}{' and others' if len(old) > 3 else ''}.",
                owner="Team leads",
                changes_our_mind="A reason on record why they may wait.",
                about="flow.too_old",
            )
        )
    rows = review.when[(review.when["launch"] == "") & (review.when["likelihood"] == 0.85) & review.when["date"].notna()]
    if len(rows) and int(rows["remaining"].iloc[0]):
        asked.append(
            Takeaway(
                claim=f"All that is open is done by {day_words(rows['date'].iloc[0].date())} with a likelihood of 85\u00a0%, if nothing is added.",
                decision="Give this date, not the one that half of the futures keep; add work only where something else goes.",
                owner="Head of Product",
                changes_our_mind="A pace that leaves the range of these forecasts.",
                about="flow.backlog",
            )
        )
    return tuple(asked)


def _what_helps(stage: str) -> str:
    if names.is_for_others(stage):
        return f"Ask for less and earlier: what is asked for at the start need not be waited for in {stage}."
    return f"Limit what is started and put hands on {stage} before anything else: faster work elsewhere only lengthens its queue."


def definitions(review: "Review") -> tuple[Definition, ...]:
    """Say what each measure means, and how changes and forecasts are judged."""
    return (
        *review.spec.definitions(),
        Definition(
            name="A change",
            text=f"The weeks shown are held against the {PAST_WEEKS} before (Mann-Whitney on weekly values: {'; '.join(MEASURES.values())}); of the changes that are "
            f"claimed at most {in_words(FALSE, 'share')} are chance's (Benjamini and Hochberg).",
        ),
        Definition(
            name="Forecast",
            text="10,000 futures of weekly throughput: counts scatter (negative binomial) around a rate that wanders; how much of either is learnt from all "
            "weeks on record. A date holds for what is open now, if nothing is added; a launch's, if its items come first.",
        ),
        Definition(
            name="Backtest",
            text="The same forecast made from every third week of the past with what was known then; a date counts once all its likelihoods have passed. "
            "Forecasts whose stretches of time overlap count for fewer in the range.",
        ),
        Definition(
            name="Too old", text="Older, counted from the start, than 85\u00a0% of the finished items were when they left the same stage."
        ),
    )
