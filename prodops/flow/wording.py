"""What the measures of flow mean, in words, for a report's fine print."""

from typing import TYPE_CHECKING

from prodops.stamps import Definition

if TYPE_CHECKING:
    from prodops.flow.spec import FlowSpec


def definitions(spec: "FlowSpec") -> tuple[Definition, ...]:
    """Say what each measure means for a flow."""
    ends = " or ".join(spec.done) or "done"
    waits = ", ".join(spec.of_kind("waiting")) or "no stage" if spec.stages else "no stage"
    guessed = " These are inferred from the stages' names." if "waiting" in spec.inferred else ""
    return tuple(
        Definition(name=name, text=text)
        for name, text in {
            "Cycle time": f"Elapsed calendar days from the first time in {spec.start or 'the start'} or later to {ends}, rounded up, so that "
            "same-day work counts 1. An item that was put back before the start begins anew.",
            "Work in progress": f"Items that have started and have not reached {ends}, at the end of a day.",
            "Throughput": f"Items that reached {ends} for good, per whole period, periods with none included.",
            "Age": "Days from an item's start to the report's as-of, rounded up.",
            "Cumulative flow": "Items that have reached a stage or a later one by the end of each day.",
            "Flow efficiency": f"Active days ÷ (active + waiting days) of finished items, added up first. Items wait in {waits}.{guessed}",
            "Rework": "A move to an earlier stage.",
            "Handoff": "A move of another team than the one that moved the item before; ping-pong where that team had it before.",
        }.items()
    )
