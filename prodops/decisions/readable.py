"""The priorities' tables and charts, with headings for readers: numbers laid out, nothing computed anew."""

import math
from typing import TYPE_CHECKING

from prodops.decisions.closing_loops import EARLY, OVERDUE, UNMEASURED, WAITING
from prodops.decisions.grading import BEHIND, MAYBE_BEHIND, MISSED, NOT_BEGUN, UNKNOWN
from prodops.decisions.methods import method_of
from prodops.decisions.wording import amount, ends, grade, odds, score, times
from prodops.stamps import between, day_words, in_words

if TYPE_CHECKING:
    import pandas as pd

    from prodops.decisions.reporting import Review

MOST_PLACES = 12
SURE_PLACE = 0.5
SAFE = 0.8
"""A candidate that is among the first in so large a share of the draws is a safe choice."""


def goals(review: "Review") -> "pd.DataFrame":
    """Lay the goals out as a chart draws them: ``goal``, ``grade``, ``lower``, ``upper``, ``expected``; the lowest against its pace first."""
    frame = review.grades[review.grades["grade"].notna()]
    order = (frame["grade"] - frame["expected"]).astype(float).sort_values(kind="stable").index
    return frame.loc[order, ["goal", "grade", "lower", "upper", "expected"]].reset_index(drop=True)


def goal_table(review: "Review") -> "pd.DataFrame":
    """List each goal with its KPI, where that stands, what was due, and its pace."""
    import pandas as pd

    rows = []
    for r in review.grades.to_dict("records"):
        kpi = str(r["kpi"])
        known = not math.isnan(r["grade"])
        low, high = (review.say(r[c], kpi) for c in ("value_lower", "value_upper"))
        rows.append(
            {
                "Goal": r["goal"],
                "Owner": r["owner"],
                "KPI": review.label(kpi),
                "Start": review.say(r["start"], kpi),
                "Now": review.say(r["value"], kpi),
                "95\u00a0% range": between(low, high) if math.isfinite(r["value_lower"]) else "",
                "Due by now": review.say(r["due_value"], kpi) if known else "",
                "Target": review.say(r["target"], kpi),
                "Due on": day_words(r["due_on"]),
                "Grade": grade(r["grade"]),
                "Pace": r["pace"] + (f": {r['note']}" if r["note"] else ""),
            }
        )
    return pd.DataFrame(rows)


def ranking(review: "Review") -> "pd.DataFrame":
    """List the candidates in order, with their scores and how sure their places are."""
    import pandas as pd

    has_line = review.ranking["above_line"].notna().any()
    rows = [
        {
            "Candidate": r["title"],
            "Score": score(r["score"]),
            "90\u00a0% range": f"{score(r['lower'])} to {score(r['upper'])}" if r["lower"] != r["upper"] else "exact",
            "Place": f"{r['rank_lower']} to {r['rank_upper']}" if r["rank_lower"] != r["rank_upper"] else f"{r['rank_lower']}",
            "First": odds(r["first"]),
            f"First {review.top}": odds(r["top"]),
            **({"Person-months": amount(r["effort"]), "Above the line": odds(r["above_line"])} if has_line else {}),
            "Not told apart from": times(len(r["alike"]), "other") if r["alike"] else "none",
        }
        for r in review.ranking.to_dict("records")
    ]
    return pd.DataFrame(rows)


def purposes(review: "Review") -> "pd.DataFrame":
    """List what each candidate is for and whose it is, in the order of the ranking; columns that nobody filled are left out."""
    import pandas as pd

    rows = []
    for r in review.ranking.to_dict("records"):
        candidate = review.backlog[r["candidate"]]
        rows.append(
            {
                "Candidate": r["title"],
                "Answers": "; ".join(candidate.themes),
                "Goals": "; ".join(candidate.goals),
                "KPIs": "; ".join(map(review.label, candidate.kpis)),
                "Worth knowing": str(r["doubt"]).replace("_", " "),
                "Whose": "\u00a0· ".join(dict.fromkeys(filter(None, [candidate.owner, candidate.team]))),
                "Ticket": candidate.ticket,
            }
        )
    frame = pd.DataFrame(rows)
    return frame[[c for c in frame if frame[c].ne("").any()]]


def chances(review: "Review") -> "pd.DataFrame":
    """Lay out how often each candidate comes out among the first: ``title``, ``top``."""
    return review.ranking.sort_values(["top", "rank"], ascending=[False, True])[["title", "top"]].reset_index(drop=True)


def place_grid(review: "Review") -> "pd.DataFrame":
    """Lay out how often each candidate comes out at each place, as a shaded grid draws it, in the order of :func:`chances`: ``title``,
    ``place``, ``share``."""
    frame = review.places[review.places["place"] <= MOST_PLACES]
    order = {title: at for at, title in enumerate(chances(review)["title"].head(MOST_PLACES))}
    kept = frame[frame["title"].isin(order)]
    at = kept["title"].map(order).sort_values(kind="stable").index
    return kept.loc[at].assign(place=kept["place"].astype(str))


def methods(review: "Review") -> "pd.DataFrame":
    """List each candidate's place by each method, of those with two methods or more."""
    table = review.beside
    if table["method"].nunique() < 2:
        return table.iloc[:0]
    wide = table.assign(said=[f"{r} of {n}" for r, n in zip(table["rank"], table["of"], strict=True)])
    names = {m: method_of(m).title for m in table["method"].drop_duplicates()}
    frame = wide.pivot(index="title", columns="method", values="said").reindex(table["title"].drop_duplicates())
    return frame[list(names)].rename(columns=names).rename_axis("Candidate").rename_axis(None, axis=1).fillna("").reset_index()


def open_loops(review: "Review") -> "pd.DataFrame":
    """List the open loops, the most pressing first."""
    import pandas as pd

    frame = review.loops[review.loops["is_open"].astype(bool)]
    rows = [
        {
            "Action": r["title"],
            "Stands": ": ".join(filter(None, [_stands(r["status"], r["days"]), r["note"]])),
            "Whose": "\u00a0· ".join(dict.fromkeys(filter(None, [r["owner"], r["team"]]))),
            "Due": pd.Timestamp(r["due"]) if r["due"] else pd.NaT,
            "Answers": "; ".join(filter(None, [r["themes"], r["kpi"]])),
            "Ticket": r["ticket"],
        }
        for r in frame.to_dict("records")
    ]
    shown = pd.DataFrame(rows)
    return shown.drop(columns=[c for c in ("Due", "Answers", "Ticket") if c in shown and not shown[c].map(_is_told).any()])


def _is_told(value: object) -> bool:
    return value == value and value != ""


def _stands(status: str, days: float) -> str:
    if math.isnan(days):
        return status
    known = f"{abs(days):,.0f} day{'s' * (abs(days) != 1)}"
    return {
        OVERDUE: f"overdue by {known}",
        WAITING: f"waiting for {known}",
        UNMEASURED: f"shipped {known} ago, not measured",
        EARLY: f"shipped {known} ago, too early",
    }.get(status, f"due in {known}" if days <= 0 else status)


def outcomes(review: "Review") -> "pd.DataFrame":
    """List what became of the actions that shipped, measure by measure, the latest first."""
    import pandas as pd

    shipped = review.loops.set_index("action")["shipped"].to_dict()
    rows = []
    for r in sorted(review.outcomes.to_dict("records"), key=lambda r: (shipped[r["action"]], r["title"]), reverse=True):
        size = "points" if r["unit"] == "share" else r["unit"]
        low, high = (in_words(r[c], size, signed=True) for c in ("lower", "upper"))
        rows.append(
            {
                "Action": r["title"],
                "Shipped": day_words(shipped[r["action"]]),
                "Measure": r["measure"],
                "Before": in_words(r["before"], r["unit"]),
                "After": in_words(r["after"], r["unit"]),
                "Change": in_words(r["difference"], size, signed=True),
                "95\u00a0% range": ends(low, high) if math.isfinite(r["lower"]) else "",
                "Periods after": f"{r['periods_after']} {r['grain']}{'s' * (r['periods_after'] != 1)}",
                "Outcome": r["verdict"],
            }
        )
    return pd.DataFrame(rows)


def owed(review: "Review") -> "pd.DataFrame":
    """List who waits on whom."""
    frame = review.owed
    heads = {"owes": "Waiting on", "to": "For whom", "what": "For what", "action": "Action", "since": "Since", "days": "Days"}
    shown = frame.rename(columns=heads)
    return shown.assign(
        Since=[day_words(d) if d else "" for d in frame["since"]], Days=[f"{d:,.0f}" if d == d else "" for d in frame["days"]]
    )


# -------------------------------------------------------------------------------------------------------------------- headings
def goals_headline(review: "Review") -> str:
    """Say how many goals keep pace, as a heading."""
    paces = review.grades["pace"]
    behind, known = int(paces.isin([BEHIND, MAYBE_BEHIND, MISSED]).sum()), int((~paces.isin([UNKNOWN, NOT_BEGUN])).sum())
    if not known:
        return "No goal can be graded"
    if not behind:
        return f"All {known} goals keep pace" if known > 1 else "The goal keeps pace"
    return f"{behind} of {known} goals {'are' if behind != 1 else 'is'} behind or perhaps behind"


def order_headline(review: "Review") -> str:
    """Say how many candidates are sure of a place, as a heading."""
    safe = int((review.ranking["top"] >= SAFE).sum())
    if not safe:
        return f"No candidate is sure of a place among the first {review.top}"
    return f"{times(safe, 'candidate')} {'are' if safe != 1 else 'is'} sure of a place among the first {review.top}"


def places_headline(review: "Review") -> str:
    """Say which place is the surest, as a heading."""
    top = review.places.sort_values(["share", "place"], ascending=[False, True], kind="stable").iloc[0]
    last = int(review.places["place"].max())
    name = {1: "the first", last: "the last"}.get(int(top["place"]), f"place {int(top['place'])}")
    if top["share"] < SURE_PLACE:
        return "No candidate keeps to one place in half of the draws"
    return f"The surest place is {name}: {top['title']}, in {odds(top['share'])} of draws"


def ranking_caption(review: "Review") -> str:
    """Name the table of the ranking by its method."""
    return f"The candidates by {method_of(review.method).title}"
