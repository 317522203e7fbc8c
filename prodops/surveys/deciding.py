"""What to do about the answers: up to three claims, each with the decision it bears on."""

from typing import TYPE_CHECKING

from prodops.stamps import Finding, Takeaway
from prodops.surveys.asked import PMF_BAR
from prodops.surveys.wishes import UNDERSERVED
from prodops.surveys.words import inside

if TYPE_CHECKING:
    from prodops.surveys.reporting import Report

MOST = 4


def takeaways(found: "Report") -> tuple[Takeaway, ...]:
    """Give the decisions on what moved, what people want and what they answer anew, who is not heard, and the bar of product-market fit."""
    said = {f.name: f for f in found.findings()}
    asked = [_moved(found, said), _wanted(found), _chosen(found, said), _unheard(found, said), _fit(found)]
    told = [takeaway for takeaway in asked if takeaway]
    return tuple(told[:MOST]) or (_nothing(found),)


def _moved(found: "Report", said: dict[str, Finding]) -> Takeaway | None:
    """Ask for the cause of the surest step that is unwelcome, or else to keep what made a welcome one."""
    steps = [(row, f) for row in found.shifts.to_dict("records") for f in said.values() if f.name == _name(row)]
    if not steps:
        return None
    bad = [(row, f) for row, f in steps if (f.good == "up") == (row["change"] < 0) and f.good != "range"]
    row, finding = (bad or steps)[0]
    whom = f"respondents of {row['group']}" if row["group"] else "respondents"
    beside = f" Ask first about {row['beside'][0][0]}." if row["beside"] else ""
    decision = f"Call five {whom} who scored low before the next wave, and name an owner for the cause.{beside}"
    return Takeaway(
        claim=f"{finding.headline}.",
        decision=decision if bad else f"Keep what made it, and say so to those who built it.{beside}",
        owner="Head of Product",
        changes_our_mind=f"The next wave's {inside(row['title'])} back within its range of before.",
        about=finding.name,
    )


def _name(row: dict[str, object]) -> str:
    place = f".{row['by']}.{row['group']}" if row["group"] else ""
    return f"survey.{row['question']}{place}.since"


def _wanted(found: "Report") -> Takeaway | None:
    """Ask to discover the largest opportunity, and to build what is a must-be."""
    jobs, must = found.opportunities, found.kano[(found.kano["category"] == "M") & found.kano["is_sure"].astype(bool)]
    if len(jobs) and jobs["score_lower"].iloc[0] > UNDERSERVED:
        also = f" {must['title'].iloc[0]} is expected: plan it, but do not sell it." if len(must) else ""
        return Takeaway(
            claim=f"“{jobs['title'].iloc[0]}” matters and is badly served.",
            decision=f"Put it first in discovery this quarter.{also}",
            owner="Product",
            changes_our_mind="Use data that shows people doing it without trouble.",
        )
    if len(must):
        return Takeaway(
            claim=f"{must['title'].iloc[0]} is a must-be.",
            decision="Plan it before ideas that only please.",
            owner="Product",
            changes_our_mind="A later survey in which its lack no longer puts people off.",
        )
    return None


def _chosen(found: "Report", said: dict[str, Finding]) -> Takeaway | None:
    """Ask what is behind the surest change of an answer."""
    lists = {str(name) for table in (found.choices, found.items) for name in table["question"]}
    moved = [f for name, f in said.items() if f.before is not None and f.beside == "was" and name.split(".")[1] in lists]
    if not moved:
        return None
    return Takeaway(
        claim=f"{moved[0].headline}.",
        decision="Ask five respondents what is behind it, and take that into the next planning.",
        owner="Product",
        changes_our_mind="A next wave that is back where the wave before was.",
    )


def _unheard(found: "Report", said: dict[str, Finding]) -> Takeaway | None:
    missing = next((f for name, f in said.items() if name.endswith(".missing")), None)
    if missing is None:
        return None
    group = found.missing.loc[found.missing["is_missing"].astype(bool), "group"].iloc[0]
    return Takeaway(
        claim=f"{missing.headline}.",
        decision=f"Ask {group} through their account managers next time, and read this survey's shares weighted until then.",
        owner="Research",
        changes_our_mind="A response rate of the group within the range of the others'.",
        about=missing.name,
    )


def _fit(found: "Report") -> Takeaway | None:
    rows = found.now[found.now["kind"] == "pmf"]
    if rows.empty or rows["lower"].iloc[0] > PMF_BAR:
        return None
    below = rows["upper"].iloc[0] < PMF_BAR
    return Takeaway(
        claim="Product-market fit is below its bar." if below else "Whether product-market fit is above its bar is not settled.",
        decision="Ask those who would be very disappointed what they would miss, and build for them."
        if below
        else "Ask more people before anything is decided by this number.",
        owner="Head of Product",
        changes_our_mind="A wave whose whole range lies on one side of 40\u00a0%.",
        about=f"survey.{rows['question'].iloc[0]}",
    )


def _nothing(found: "Report") -> Takeaway:
    if found.now["before"].notna().any():
        heard = ", and no group is missing among the answers" if len(found.missing) else ""
        claim = f"No score moved beyond chance{heard}."
    else:
        claim = (
            "There is no wave before to hold these answers against."
            if len(found.findings()) > 1 or len(found.now)
            else "There are too few answers."
        )
    return Takeaway(
        claim=claim,
        decision="Decide nothing on these answers alone; ask again at the usual time.",
        owner="Product Operations",
        changes_our_mind="A wave outside the range of this one." if len(found.now) else "More answers.",
    )
