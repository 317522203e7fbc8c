"""What the review's charts and tables draw: its numbers laid out and their headlines, nothing computed anew."""

from typing import TYPE_CHECKING

import pandas as pd

from prodops.flow.saying import FEWEST, lately, too_old
from prodops.stamps import between, day_words, in_words

if TYPE_CHECKING:
    from prodops.flow.reviewing import Review

MOST_ROWS = 15
LEAST_DAYS = 0.05
"""Days of an item below which a stage is not drawn: they would be said as 0."""
ALL_OPEN = "All that is open"
LEVELS = {"p50": "50\u00a0%", "p85": "85\u00a0%", "p95": "95\u00a0%"}
RESTS = {"waiting": " (waiting)", "before": " (not started)", "done": " (then reopened)", "cancelled": " (then reopened)"}


def headline(review: "Review", name: str, otherwise: str) -> str:
    """Give the headline of the finding of this name, as a chart's title."""
    return next((f.headline for f in review.findings() if f.name == f"flow.{name}"), otherwise)


def levels(review: "Review") -> dict[str, float]:
    """Give the percentiles of cycle time of the weeks shown, by what they are called."""
    now = review.usual[review.usual["when"] == "now"]
    return {} if now.empty else {words: float(now[name].iloc[0]) for name, words in LEVELS.items()}


def flows(review: "Review") -> pd.DataFrame:
    """Lay out what starts and what is finished, week by week: ``week``, ``of``, ``items``."""
    rows = lately(review)
    parts = [
        pd.DataFrame({"week": rows["period_start"], "of": name, "items": rows[column]})
        for column, name in (("arrivals", "started"), ("finished", "finished"), ("wip", "in progress at its end"))
    ]
    return pd.concat(parts, ignore_index=True)


def cfd(review: "Review") -> pd.DataFrame:
    """Give the cumulative flow of the stages on the way, and one count of what is finished however many stages that may be in."""
    rows = review.cfd[review.cfd["slice"] == ""]
    first, *others = review.spec.done or ("",)
    rows = rows[~rows["stage"].isin(others)].replace({"stage": {first: "Finished"}} if others else {})
    if len(rows) > 4_000:  # a page has room for one point a week of a long time
        rows = rows[rows["date"].isin(sorted(rows["date"].unique())[::-7])]
    return rows


def stages(review: "Review") -> pd.DataFrame:
    """Lay out the days that a finished item spent in each stage, now and before: ``stage``, ``days``, ``before`` (missing for few)."""
    rows = review.spent[review.spent[["days", "before"]].max(axis=1) >= LEAST_DAYS]
    then = review.usual[review.usual["when"] == "before"]["items"]
    waits = rows["stage"] + rows["kind"].map(RESTS).fillna("")
    return pd.DataFrame({"stage": waits, "days": rows["days"], "before": rows["before"] if (then >= FEWEST).any() else float("nan")})


def spent(review: "Review") -> str:
    """Say what part of a finished item's days went to the stage that took most of them, as a chart's title."""
    rows = review.spent[review.spent["share"].notna()]
    if rows.empty:
        return "Days that a finished item spent in each stage"
    most = rows.loc[rows["share"].idxmax()]
    return f"{most['stage']} takes {in_words(most['days'], 'days')} of a finished item's {in_words(rows['days'].sum())}"


def lying(review: "Review") -> str:
    """Say how far most items between start and done had come at the end of the weeks shown, as a chart's title."""
    rows = review.cfd[review.cfd["slice"] == ""]
    last = rows[rows["date"] == rows["date"].max()].set_index("stage")["reached"]
    inside = (last - last.shift(-1)).reindex([s for s in review.spec.work if s in last.index]).dropna()
    if inside.empty or not inside.max() > 0:
        return "Items by the stage they reached"
    day = day_words(rows["date"].max().date(), year=False)
    return f"Of {int(inside.sum()):,} items on their way on {day}, {int(inside.max()):,} have come as far as {inside.idxmax()}"


def stations(review: "Review") -> pd.DataFrame:
    """Give what speaks for and against each station being the bottleneck as a table."""
    rows = review.bottleneck.stations
    if "wait_days" not in rows or rows["wait_days"].isna().all():
        return pd.DataFrame()
    wide = [
        between(in_words(low, "days"), in_words(high, "days")) for low, high in zip(rows["wait_lower"], rows["wait_upper"], strict=True)
    ]
    return pd.DataFrame(
        {
            "Stage": rows["stage"],
            "Wait of an item": [in_words(d, "days") for d in rows["wait_days"]],
            "95\u00a0% range": wide,
            "Items waiting": [in_words(n) for n in rows["items_waiting"]],
            "Queue never empty": [f"{in_words(s, 'share')} of weeks" for s in rows["stood"]],
            "Busy": [in_words(u, "share") if u == u else "" for u in rows["utilisation"]],
            "Named by": [f"{in_words(a, 'share')} of resamples" for a in rows["agreement"]],
        }
    )


def stage_table(review: "Review") -> pd.DataFrame:
    """Give the visits to each stage as a table."""
    rows = review.stages[review.stages["slice"] == ""]
    return pd.DataFrame(
        {
            "Stage": rows["stage"],
            "Items": rows["items"],
            "Visits": rows["visits"],
            "Median of a visit": [in_words(d, "days") for d in rows["median_days"]],
            "85\u00a0% within": [in_words(d, "days") for d in rows["p85_days"]],
            "All visits of an item": [in_words(d, "days") for d in rows["days_per_item"]],
            "Of all time": [in_words(s, "share") if s == s else "" for s in rows["share"]],
        }
    )


def old(review: "Review") -> pd.DataFrame:
    """List the items that are too old, oldest first."""
    rows = too_old(review).head(MOST_ROWS)
    table = pd.DataFrame(
        {
            "Item": rows["item_id"],
            "Stage": rows["stage"],
            "Type": rows["type"].fillna(""),
            "Team": rows["team"].fillna(""),
            "Launch": rows["launch"].fillna(""),
            "Age": [in_words(int(d), "days") for d in rows["age_days"]],
            "In this stage": [in_words(d, "days") for d in rows["stage_days"]],
            "Started": [day_words(d.date()) for d in rows["started"]],
        }
    )
    return table[[c for c in table if c in ("Item", "Stage") or table[c].ne("").any()]]


def back(review: "Review") -> pd.DataFrame:
    """List the moves back by where from and where to."""
    rows = review.moves_back.head(MOST_ROWS)
    return pd.DataFrame({"From": rows["from_stage"], "Back to": rows["to_stage"], "Moves": rows["moves"], "Items": rows["items"]})


def handed(review: "Review") -> pd.DataFrame:
    """List the handoffs between teams, most returns first."""
    rows = review.handoffs.sort_values(["returns", "handoffs"], ascending=False, kind="stable").head(MOST_ROWS)
    return pd.DataFrame(
        {
            "From": rows["from_team"],
            "To": rows["to_team"],
            "Handoffs": rows["handoffs"],
            "Items": rows["items"],
            "Back to a team that had it": rows["returns"],
        }
    )


def dates(review: "Review") -> pd.DataFrame:
    """Lay out when all that is open, and each launch's items, are done: ``what`` with its date at 85 %, ``days`` until then, ``lower`` to ``upper`` (50 to 95 %)."""
    days = (
        review.when.pivot_table(index="launch", columns="likelihood", values="weeks", sort=False).mul(7).reindex(columns=[0.5, 0.85, 0.95])
    )
    days = days[days[0.85].notna()]
    known = review.when[review.when["likelihood"] == 0.85].set_index("launch")["date"]
    names = [f"{launch or ALL_OPEN}: {day_words(known[launch].date())}" for launch in days.index]
    return pd.DataFrame({"what": names, "days": days[0.85].tolist(), "lower": days[0.5].tolist(), "upper": days[0.95].tolist()})


def numbers(review: "Review") -> pd.DataFrame:
    """Give how many items are finished in the weeks ahead, at least, with each likelihood, as a table."""
    return pd.DataFrame(
        {
            "Likelihood": [in_words(p, "share") for p in review.how_many["likelihood"]],
            "Items, at least": review.how_many["items"].astype(int),
        }
    )


def done_by(review: "Review") -> pd.DataFrame:
    """Give the dates of all open items and of each launch's as a table."""
    rows = review.when
    if rows.empty:
        return pd.DataFrame()
    said = rows.assign(
        said=["not within a year" if d != d else day_words(d.date()) for d in rows["date"]],
        column=[in_words(p, "share") for p in rows["likelihood"]],
    )
    table = said.pivot(index=["launch", "remaining"], columns="column", values="said").reset_index()
    table["launch"] = table["launch"].replace("", ALL_OPEN)
    order = {name: n for n, name in enumerate([ALL_OPEN, *review.remaining["launch"]])}
    table = table.sort_values("launch", key=lambda names: names.map(order), kind="stable")
    return table.rename(columns={"launch": "What", "remaining": "Open items"}).rename_axis(columns=None).reset_index(drop=True)


def kept(review: "Review") -> pd.DataFrame:
    """Give the backtests as a table: how often dates and numbers given in the past were kept at each likelihood."""
    parts = [(review.kept, "when", "Dates"), (review.kept_many, "how many", "Numbers")]
    rows = [
        {
            "Given": f"{words} about {in_words(test.weeks * 7, 'days')} ahead",
            "At": in_words(r.likelihood, "share"),
            "Kept": in_words(r.kept, "share"),
            "95\u00a0% range": between(in_words(r.lower, "share"), in_words(r.upper, "share")),
            "Forecasts": int(r.n),
        }
        for test, question, words in parts
        for r in test.kept[test.kept["question"] == question].itertuples()
    ]
    return pd.DataFrame(rows)


def launches(review: "Review") -> pd.DataFrame:
    """Give each launch's way to market as a table."""
    rows = review.launches.tail(MOST_ROWS)
    return pd.DataFrame(
        {
            "Launch": rows["launch"],
            "Launched": ["not yet" if d != d else day_words(d.date()) for d in rows["launched_on"]],
            "Items": rows["items"],
            "Open": rows["in_progress"] + rows["not_started"],
            "First start to launch, or to now": [in_words(d, "days") for d in rows["days"]],
            "Finished work waited": [in_words(d, "days") if d == d else "" for d in rows["shelf_days"]],
        }
    )


def keys(review: "Review") -> pd.DataFrame:
    """Give DORA's four keys as a table, now and before."""
    if review.dora.empty:
        return pd.DataFrame()
    each = {str(row["when"]): row for row in review.dora.to_dict("records")}
    wanted = (
        ("Deployments a week", "per_day", "count", 7, "frequency_band"),
        ("Lead time, commit to production", "lead_days", "days", 1, "lead_band"),
        ("Deployments that fail", "failure_share", "share", 1, "failure_band"),
        ("Time to recover", "recovery_hours", "hours", 1, "recovery_band"),
    )
    said = {w: [in_words(float(each[w][c]) * k, u) if w in each else "n/a" for _, c, u, k, _ in wanted] for w in ("now", "before")}
    bands = [str(each["now"][b]) if "now" in each else "" for *_, b in wanted]
    return pd.DataFrame(
        {"Key": [name for name, *_ in wanted], "Now": said["now"], "The year before": said["before"], "DORA's band now": bands}
    )


def accent(review: "Review") -> str | None:
    """Give the stage that the cumulative flow puts first: the bottleneck, where it is among those drawn."""
    stage = review.bottleneck.stage
    return stage if stage in set(review.cfd["stage"]) else None
