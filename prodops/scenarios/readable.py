"""A scenario's report as tables that a reader takes in: every number said in its own unit, one row a thing."""

from typing import TYPE_CHECKING, Any

from prodops.scenarios.findings import as_difference, odds, say

if TYPE_CHECKING:
    import pandas as pd

    from prodops.scenarios.reporting import Report

WHERE = {"met": "reached as it stands", "out_of_reach": "not by this lever alone"}


def beside(report: "Report") -> "pd.DataFrame":
    """Lay the scenarios beside each other: ``Outcome``, then a column a scenario with its value, range and chance of the target."""
    import pandas as pd

    rows: dict[str, dict[str, str]] = {}
    for row in report.scenarios.to_dict("records"):
        rows.setdefault(str(row["title"]), {})[_name(str(row["scenario"]))] = _outcome(row)
    return pd.DataFrame([{"Outcome": title, **cells} for title, cells in rows.items()])


def changes(report: "Report") -> "pd.DataFrame":
    """List the levers that stand elsewhere than in base: ``Lever``, ``In base``, ``Here``, and what this change alone brings."""
    import pandas as pd

    unit, head = as_difference(report.unit), f"Alone brings ({report.outcome.label})"
    rows = [
        {
            "Lever": row["title"],
            "In base": say(row["base"], row["unit"]),
            "Here": say(row["set"], row["unit"]),
            head: say(row["alone"], unit, signed=True),
        }
        for row in report.changes.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=["Lever", "In base", "Here", head])


def needed(report: "Report") -> "pd.DataFrame":
    """Say what each lever alone would have to be for the target: ``Lever``, ``Now``, ``Needed``, and the ``Best chance`` that it gives."""
    import pandas as pd

    rows = [
        {
            "Lever": goal.title,
            "Now": say(goal.now, goal.unit),
            "Needed": WHERE.get(goal.status) or goal.where(),
            "Best chance": f"{odds(goal.chance_at_best)} at {say(goal.best, goal.unit)}",
        }
        for goal in report.goals
    ]
    return pd.DataFrame(rows, columns=["Lever", "Now", "Needed", "Best chance"])


def levers(report: "Report") -> "pd.DataFrame":
    """List every lever, where it stands in base and here, its likely range, and where that comes from."""
    import pandas as pd

    told = {p.lever: p for p in report.fit.proposals} if report.fit else {}
    base = report.model.settings()
    rows = []
    for name, lever in report.model.levers.items():
        proposal = told.get(name)
        likely = f"{say(lever.likely[0], lever.unit)} to {say(lever.likely[1], lever.unit)}" if lever.likely else "taken as exact"
        source = f"{proposal.kpi}, {proposal.n} {proposal.grain}s" if proposal and proposal.value is not None else "judgement"
        rows.append(
            {
                "Lever": lever.label,
                "In base": say(base[name], lever.unit),
                "Here": say(report.settings[name], lever.unit),
                "Likely range in base": likely,
                "From": source,
                "To mind": proposal.warning if proposal else "",
            }
        )
    table = pd.DataFrame(rows)
    return table if (table["To mind"] != "").any() else table.drop(columns="To mind")


def told(report: "Report") -> "pd.DataFrame":
    """Say what launches and KPIs did to the levers' KPIs in the past, what stands up first: ``What followed``, ``Can it be told?``."""
    import pandas as pd

    rows = [] if report.fit is None else report.fit.effects.to_dict("records")
    said = [(str(row["sentence"]), "yes" if row["holds"] else "no") for row in rows]
    return pd.DataFrame(said, columns=["What followed", "Can it be told?"])


def _outcome(row: dict[str, Any]) -> str:
    middle, low, high = (say(row[c], row["unit"]) for c in ("point", "p05", "p95"))
    range_ = f" ({low} to {high})" if low != high else ""
    return f"{middle}{range_}" + (f", target {odds(row['probability'])}" if row["probability"] == row["probability"] else "")


def _name(scenario: str) -> str:
    return scenario.replace("_", " ").capitalize() if scenario.islower() else scenario
