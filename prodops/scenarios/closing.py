"""What stands around a scenario's findings: tiles above them, takeaways and definitions below."""

import math
from typing import TYPE_CHECKING

from prodops.scenarios.effects import inside
from prodops.scenarios.findings import Row, findings, odds, rows_of, say
from prodops.stamps import Definition, Takeaway, Tile

if TYPE_CHECKING:
    from prodops.scenarios.reporting import Report

TILES = 6


def tiles(report: "Report") -> tuple[Tile, ...]:
    """Give a tile for each outcome with a target: its value beside base's, with the months of its node as the sparkline."""
    from datetime import date

    start, months = report.model.start, report.model.months
    first = date.fromisoformat(f"{start}-01") if start else None
    ends = date(first.year + (first.month - 1 + months) // 12, (first.month - 1 + months) % 12 + 1, 1) if first else None
    return tuple(
        Tile(
            name=f"scenario.{row['outcome']}",
            title=str(row["title"]),
            value=row["point"],
            unit=str(row["unit"]),
            before=row["base"] if row["difference_p05"] or row["difference_p95"] else None,
            target=row["target"],
            target_on=date.fromordinal(ends.toordinal() - 1) if ends else None,
            good=row["good"],
            period="base",
            history=tuple(float(v) for v in report.simulation.fan(str(row["node"]))["point"].tail(13)) if row["at"] == "end" else (),
        )
        for row in rows_of(report)
        if not math.isnan(row["target"])
    )[:TILES]


def takeaways(report: "Report") -> tuple[Takeaway, ...]:
    """Give the decision on the target, the lever to know better, and the change to begin with."""
    said = {f.name: f for f in findings(report)}
    asked = []
    row = next(r for r in rows_of(report) if r["outcome"] == report.outcome.name)
    if not math.isnan(row["probability"]):
        asked.append(_on_target(report, row))
    if change := said.get("scenario.change"):
        asked.append(
            Takeaway(
                claim=f"{change.headline}.",
                decision=f"Begin with {inside(report.changes['title'].iloc[0])}; ask of the others whether they are worth their cost.",
                owner="Product",
                changes_our_mind="A change that costs much less than this one.",
                about=change.name,
            )
        )
    if doubt := said.get("scenario.lever"):
        asked.append(
            Takeaway(
                claim=f"{doubt.headline}.",
                decision=f"Measure {inside(report.sensitivity['title'].iloc[0])} better before the next review; other numbers change the picture less.",
                owner="Product Operations",
                changes_our_mind="A range from more data that no longer makes most of the doubt.",
                about=doubt.name,
            )
        )
    return tuple(asked)


def _on_target(report: "Report", row: Row) -> Takeaway:
    likely, aim = row["probability"], say(row["target"], str(row["unit"]))
    takes = next((g for g in report.goals if g.status == "reached"), None)
    if likely >= 0.8:
        decision = f"Commit to {aim}."
    elif takes:
        decision = f"Commit to {aim} only with {inside(takes.title)} {takes.where()}; else lower the target."
    else:
        decision = f"Do not commit to {aim} on this scenario: more than one lever has to move, or the target."
    return Takeaway(
        claim=f"{report.outcome.label} reaches {aim} with a chance of {odds(likely)}.",
        decision=decision,
        owner="Head of Product",
        changes_our_mind="Months that leave the fan of this scenario.",
        about=f"scenario.{row['outcome']}",
    )


def definitions(report: "Report") -> tuple[Definition, ...]:
    """Say how ranges, chances and shares are made, and give each node's formula in words."""
    draws, months = f"{report.simulation.draws:,}", report.model.months
    method = (
        Definition(
            name="Ranges and chances",
            text=f"{draws} draws of the uncertain levers over {months} months (Latin hypercube, seed {report.simulation.seed}); a range runs from the "
            "5th to the 95th percentile, a chance is the share of draws; every scenario stands on the same draws, so differences are taken draw by draw.",
        ),
        Definition(
            name="Doubt",
            text="First-order Sobol' index: the share of the outcome's variance that knowing a lever would take away, over all levers' ranges together.",
        ),
    )
    formulas = report.model.formulas()
    return method + tuple(Definition(name=str(r.title), text=str(r.formula)) for r in formulas.itertuples())
