"""What engagement's findings ask of whom."""

from typing import TYPE_CHECKING

from prodops.kpis.behaviour.surprising import NOTHING_TO_COMPARE
from prodops.stamps import Finding, Takeaway

if TYPE_CHECKING:
    from prodops.kpis.behaviour.report import Engagement


def takeaways(found: "Engagement") -> tuple[Takeaway, ...]:
    """Give what the findings ask for: the step that loses most first, then what moved."""
    said = {f.name.partition(".")[2]: f for f in found.findings()}
    back = next((f for name, f in said.items() if name.startswith("retention")), None)
    asked = (_of_loss(said.get("funnel.loss")), _of_retention(back), _of_net(said.get("net")))
    return tuple(takeaway for takeaway in asked if takeaway)


def _of_loss(loss: Finding | None) -> Takeaway | None:
    if loss is None:
        return None
    return Takeaway(
        claim=f"{loss.headline}.",
        decision="Watch a few people take that step, or read what they write there, before anything is built.",
        owner="Product",
        changes_our_mind="People who skip the step and come back as often as those who take it.",
        about=loss.name,
    )


def _of_retention(back: Finding | None) -> Takeaway | None:
    if back is None or back.surprise == NOTHING_TO_COMPARE:
        return None
    has_moved = back.surprise > 2
    return Takeaway(
        claim=f"{back.headline}.",
        decision="Find out what changed for the later cohorts."
        if has_moved
        else "Treat retention as steady: nothing to explain this time.",
        owner="Product",
        changes_our_mind="The same comparison with the next cohorts."
        if has_moved
        else "A later half of cohorts beyond what chance brings.",
        about=back.name,
    )


def _of_net(net: Finding | None) -> Takeaway | None:
    if net is None or net.value is None or net.value >= 0:
        return None
    return Takeaway(
        claim=f"{net.headline}.",
        decision="Ask those who did not come again before they are gone.",
        owner="Customer Success",
        changes_our_mind="A holiday or an outage in that time.",
        about=net.name,
    )
