"""What a scenario's report says, in sentences: results with their ranges, what they hang on, what it would take, what is not known."""

import math
from typing import TYPE_CHECKING, Any

from prodops.scenarios.effects import inside
from prodops.stamps import Finding, in_words

if TYPE_CHECKING:
    from prodops.scenarios.reporting import Report

MOST = 8.0
BASE = "base"
WIDTH_OF_SD = 3.2897072539029444
"""Standard deviations between the 5th and 95th percentile of a normal distribution."""
Row = dict[str, Any]


def findings(report: "Report") -> tuple[Finding, ...]:
    """Give the outcomes in order, then which change brings most, which lever decides, what it would take, what is not known."""
    rows = rows_of(report)
    said = [*(_outcome(report, row) for row in rows), _change(report), _decides(report), _takes(report), _unknown(report)]
    return tuple(f for f in said if f)


def rows_of(report: "Report") -> list[Row]:
    """Give the outcomes one by one, each by its columns."""
    return list(report.outcomes.to_dict("records"))


def _outcome(report: "Report", row: Row) -> Finding:
    """Say what one outcome comes to, against base and its target."""
    unit, title = str(row["unit"]), str(row["title"])
    middle, low, high = (say(row[c], unit) for c in ("point", "p05", "p95"))
    range_, sure = f" ({low} to {high}, 90\u00a0%)", math.isclose(row["p05"], row["p95"])
    aim = "" if math.isnan(row["probability"]) else say(row["target"], unit)
    under = "As things stand" if report.title == BASE else f"Under {report.title}"
    told = f"{under}, {inside(title)} comes to {middle}{'' if sure else range_}.{_against(report, row)}"
    if aim:
        told += f" The target of {aim} is reached with a chance of {odds(row['probability'])}."
    return Finding(
        name=f"scenario.{row['outcome']}",
        headline=_short(
            f"{title}: {middle}, with a chance of {odds(row['probability'])} to reach {aim}" if aim else "",
            f"{title}: {middle}" + ("" if sure else f" ({low} to {high})"),
        ),
        sentence=told,
        value=row["point"],
        lower=row["p05"],
        upper=row["p95"],
        before=row["base"] if report.settings != report.model.settings() else None,
        beside=BASE,
        unit=unit,
        good=row["good"],
        surprise=MOST if row["outcome"] == report.outcome.name else 2.0 + _surprise(row),
    )


def _against(report: "Report", row: Row) -> str:
    """Say the difference from base with its range; nothing where this is base."""
    if report.changes.empty:
        return ""
    ends = [row[c] for c in ("difference_p05", "difference_p95")]
    if not any(ends):
        return " That is as in base."
    unit = as_difference(row["unit"])
    if ends[0] * ends[1] < 0:
        return f" Against base that is {' to '.join(say(end, unit, signed=True) for end in ends)}."
    size, near, far = (say(abs(v), unit) for v in (row["difference"], *sorted(ends, key=abs)))
    range_ = f" ({near} to {far})" if near != far else ""
    return f" That is {size} {'more' if row['difference'] > 0 else 'less'} than in base{range_}."


def _surprise(row: Row) -> float:
    """Give the difference from base in standard deviations of the outcome, at most five."""
    spread = (row["p95"] - row["p05"]) / WIDTH_OF_SD
    return min(abs(row["difference"]) / spread, 5.0) if spread > 0 else 0.0


def _change(report: "Report") -> Finding | None:
    """Name the change that brings most by itself, and those that bring next to nothing."""
    changes = report.changes
    if len(changes) < 2 or not changes["alone"].abs().max():
        return None
    unit, top = _unit(report), changes.iloc[0]
    each = "; ".join(
        f"{inside(r.title)} from {say(r.base, r.unit)} to {say(r.set, r.unit)}: {say(r.alone, as_difference(unit), signed=True)}"
        for r in changes.itertuples()
    )
    return Finding(
        name="scenario.change",
        headline=_short(f"Of the changes, {inside(top.title)} moves {inside(report.outcome.label)} most", f"{top.title} moves most"),
        sentence=f"Each change alone, from base: {each}.",
        value=float(top.alone),
        unit=as_difference(unit),
        good=report.outcome.good,
        surprise=1.5,
    )


def _decides(report: "Report") -> Finding | None:
    """Name the lever whose uncertainty matters most, by its range alone and by its share of the variance."""
    if report.tornado.empty or not report.tornado["swing"].iloc[0] > 0:
        return None
    by_share, unit = report.sensitivity.set_index("lever"), _unit(report)
    top = by_share.index[0]
    swing, share = report.tornado.set_index("lever").loc[top], by_share.loc[top]
    title, outcome = str(swing["title"]), inside(report.outcome.label)
    ends = [say(float(swing[c]), str(swing["unit"])) for c in ("low", "high")]
    reached = [say(float(swing[c]), unit) for c in ("at_low", "at_high")]
    bounds = [in_words(min(max(float(share[c]), 0.0), 1.0), "share") for c in ("first_low", "first_high")]
    first = min(max(float(share["first"]), 0.0), 1.0)
    part = "makes most" if first > 0.5 else "makes the largest part"
    return Finding(
        name="scenario.lever",
        headline=_short(f"{title} {part} of the doubt about {outcome}", f"{title} {part} of the doubt"),
        sentence=f"{title} lies between {ends[0]} and {ends[1]} (90\u00a0%); {outcome} is then {reached[0]} or {reached[1]}, all else as set. "
        f"Knowing it would take away {in_words(first, 'share')} of the outcome's variance ({bounds[0]} to {bounds[1]}, 95\u00a0%).",
        value=first,
        lower=min(max(float(share["first_low"]), 0.0), 1.0),
        upper=min(max(float(share["first_high"]), 0.0), 1.0),
        unit="share",
        surprise=1.2,
    )


def _takes(report: "Report") -> Finding | None:
    """Say what it would take to reach the target: the lever that has to go the shortest way, or that none can alone."""
    if not report.goals:
        return None
    goal = report.goals[0]
    chance, aim = in_words(goal.probability, "share"), in_words(goal.target, goal.outcome_unit)
    if goal.status == "met":
        headline = f"{aim} is safe: the chance is {odds(goal.chance_now)}"
    elif goal.status == "reached":
        headline = f"For {aim} with {chance}, {inside(goal.title)} must be {goal.where()}"
    else:
        headline = f"No lever alone brings {aim} with a chance of {chance}"
    others = [g for g in report.goals[1:] if g.status == goal.status == "reached"][:2]
    told = goal.sentence() + "".join(f" Or {inside(g.title)}: {g.where()}." for g in others)
    return Finding(
        name="scenario.goal",
        headline=_short(headline, f"What it takes to reach {aim}"),
        sentence=told,
        value=goal.value,
        unit=goal.unit,
        before=goal.now,
        surprise=1.0,
    )


def _unknown(report: "Report") -> Finding | None:
    """Say which levers rest on judgement, and what the data cannot tell of the others."""
    told = {p.lever for p in report.fit.proposals if p.value is not None} if report.fit else set()
    judged = [lever.label for lever in report.model.levers.values() if lever.likely is not None and lever.name not in told]
    exact = [lever.label for lever in report.model.levers.values() if lever.likely is None and lever.name not in told]
    parts = [f"From the data: {', '.join(p.title for p in report.fit.proposals if p.value is not None)}." if report.fit and told else ""]
    parts += [f"Ranges by judgement: {', '.join(judged)}." if judged else "", f"Taken as exact: {', '.join(exact)}." if exact else ""]
    parts += [f"{w}" for w in (report.fit.warnings if report.fit else ())]
    if not judged and not exact and not (report.fit and report.fit.warnings):
        return None
    count = len(judged) + len(exact)
    return Finding(
        name="scenario.data",
        headline=f"{count} of {len(report.model.levers)} levers rest on judgement, not on data" if count else "What the data cannot tell",
        sentence=" ".join(filter(None, parts)) + " Levers are taken to vary independently.",
        value=float(count),
        surprise=0.5,
    )


# -------------------------------------------------------------------------------------------------------------------- words
def say(value: float, unit: str, *, signed: bool = False) -> str:
    """Say a number; counts of ten and more without decimals."""
    return in_words(float(round(value)) if unit == "count" and abs(value) >= 10 else value, unit, signed=signed)


def odds(chance: float) -> str:
    """Say a chance; draws know no certainty."""
    if chance > 0.995:
        return "over 99\u00a0%"
    return "under 1\u00a0%" if chance < 0.005 else in_words(round(chance, 2), "share")


def as_difference(unit: str) -> str:
    """Give the unit of a difference: points for shares."""
    return "points" if unit == "share" else unit


def _unit(report: "Report") -> str:
    return report.model.nodes[report.outcome.node].unit


def _short(*options: str, limit: int = 80) -> str:
    """Give the first that is there and fits, or the last cut at a word."""
    fits = [text for text in options if text and len(text) <= limit]
    return fits[0] if fits else options[-1][: limit - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"
