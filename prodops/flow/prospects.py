"""What is said of dates: when the open items are done, how many are by then, what deployments and launches took."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prodops.flow.saying import before_words, row, short, shortest
from prodops.stamps import Finding, day_words, in_words

if TYPE_CHECKING:
    from prodops.flow.reviewing import Review


def backlog(review: "Review") -> Iterator[Finding]:
    open_ = int(review.remaining["remaining"].iloc[0])
    if not open_:
        return
    tried = len(review.remaining) == 1  # else the first launch's date says how such dates were kept
    yield _when(review, "", open_, "flow.backlog", f"The {open_:,} open items" if open_ > 1 else "The open item", 0.5, tried)


def launches(review: "Review") -> Iterator[Finding]:
    for n, found in enumerate(review.remaining.iloc[1:4].itertuples()):
        yield _when(
            review,
            str(found.launch),
            int(found.remaining),
            f"flow.launch.{found.launch}",
            f"{short(str(found.launch))}: the {found.remaining:,} items left"
            if found.remaining > 1
            else f"{short(str(found.launch))}: the item left",
            1.1,
            not n,
        )


def _when(review: "Review", launch: str, open_: int, name: str, what: str, surprise: float, tried: bool) -> Finding:
    """Say when items are done, and, where ``tried``, how often such dates were kept in the past."""
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
    within = f"in {in_words(float(rows.loc[0.85, 'weeks']) * 7, 'days')}, " if days[0.85] else ""
    half = "If its items come before all other work, half" if launch else "Half"
    return Finding(
        name=name,
        headline=shortest(
            f"{what} {verb} done {within}{likely} with a likelihood of 85\u00a0%",
            f"{what} {verb} done {within}{likely} (85\u00a0%)",
            f"{what} {verb} done {likely} (85\u00a0%)",
        ),
        sentence=f"{half} of the futures have them done by {days[0.5] or 'a later day than a year from now'}, 95\u00a0% by "
        f"{days[0.95] or 'a later day than a year from now'}.{f' {review.kept.sentence()}' if tried else ''}",
        value=float(rows.loc[0.85, "weeks"]) * 7 if days[0.85] else None,
        unit="days",
        surprise=surprise,
    )


def how_many(review: "Review") -> Iterator[Finding]:
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


def dora(review: "Review") -> Iterator[Finding]:
    now, before = row(review.dora, when="now"), row(review.dora, when="before")
    if now is None:
        return
    parts = [f"{in_words(7 * now['per_day'])} deployments a week ({_band(now['frequency_band'], 'of 2023')})"]
    for column, words, unit, band in (
        ("lead_days", "from commit to production", "days", "lead_band"),
        ("failure_share", "of deployments fail", "share", "failure_band"),
        ("recovery_hours", "to recover", "hours", "recovery_band"),
    ):
        if now[column] == now[column]:
            parts.append(f"{in_words(now[column], unit)} {words} ({_band(now[band])})")
    failed, known = now["failure_share"], now["failure_share"] == now["failure_share"]
    was = f" {before_words()}: {in_words(7 * before['per_day'])} a week" if before else ""
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
        sentence=f"{'; '.join(parts)}.{was}",
        value=float(failed) if known else 7 * float(now["per_day"]),
        lower=float(now["failure_lower"]) if known else None,
        upper=float(now["failure_upper"]) if known else None,
        before=float(before["failure_share"]) if before and worse else None,
        unit="share" if known else "count",
        good="down" if known else "up",
        surprise=2.2 if worse else 0.5,
    )


def _band(name: str, of: str = "") -> str:
    return " ".join(filter(None, (f"DORA's {name} band", of))) if name else "in none of DORA's bands"


def to_market(review: "Review") -> Iterator[Finding]:
    rows = review.launches
    out = rows[rows["launched_on"].notna() & rows["days"].notna()] if len(rows) else rows
    if out.empty:
        return
    last = out.iloc[-1]
    others = out["days"].iloc[:-1]
    middle = f" The {len(others)} before took {in_words(float(others.median()), 'days')} at the median." if len(others) else ""
    shelf = (
        f"; finished work waited {in_words(last['shelf_days'], 'days')} for the launch"
        if last["shelf_days"] == last["shelf_days"] and last["shelf_days"] > 0
        else ""
    )
    yield Finding(
        name="flow.time_to_market_days",
        headline=f"{short(str(last['launch']))} took {in_words(last['days'], 'days')} from first start to launch",
        sentence=f"From {day_words(last['first_started'].date())} to {day_words(last['launched_on'].date())}, with {int(last['items']):,} items{shelf}.{middle}",
        value=float(last["days"]),
        unit="days",
        good="down",
        surprise=0.35,
    )
