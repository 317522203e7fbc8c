"""What is said of the action log: what helped, what did not, what nobody measured, what is late, and who waits on whom."""

import math
from typing import TYPE_CHECKING, Any

from prodops.decisions.closing_loops import EARLY, HELPED, NOTHING, OVERDUE, UNMEASURED, WORSE
from prodops.decisions.wording import alike, ends, first_that_fits, listed, times
from prodops.stamps import Finding, day_words, in_words

if TYPE_CHECKING:
    from prodops.decisions.reporting import Review

Row = dict[str, Any]
_ORDER = {"kpi": 0, "volume": 1, "mood": 2}
_DIFFERENCE = {"share": "points"}


def loops(review: "Review") -> list[Finding]:
    """Say of each action with a clear outcome what it was; the others are told together."""
    clear = [_outcome(review, row) for row in review.loops.to_dict("records") if row["status"] in (HELPED, WORSE)]
    together = [_nothing(review), _unmeasured(review), _overdue(review), _owed(review)]
    return [*clear, *(finding for finding in together if finding)]


def is_pressing(finding: Finding, review: "Review") -> bool:
    """Whether a finding on actions has to be told: one helped or did harm, is overdue, or waits on somebody."""
    clear = review.loops[review.loops["status"].isin([HELPED, WORSE])]
    return finding.name in {"loop.owed", "loop.overdue", *(f"loop.{action}" for action in clear["action"])}


def _outcome(review: "Review", action: Row) -> Finding:
    """Say what became of an action's KPI and themes, the main measure first; moods stand in the table."""
    rows = _measures(review, str(action["action"]))
    main = rows[0]
    unit, name = str(main["unit"]), str(action["title"])
    before, after = alike(main["before"], main["after"], unit)[:2]
    verb = "has helped" if action["status"] == HELPED else "has not helped"
    told = "; ".join(_moved(row) for row in rows if row is main or (row["kind"] != "mood" and row["verdict"] in (HELPED, WORSE)))
    return Finding(
        name=f"loop.{action['action']}",
        headline=first_that_fits(
            f"{name} {verb}: {main['measure']} {after}, before {before}", f"{name} {verb} ({after}, before {before})", f"{name} {verb}"
        ),
        sentence=f"Since {day_words(action['shipped'])}, {main['periods_after']} whole {main['grain']}s against {main['periods_before']} before: {told}.",
        value=main["after"],
        before=main["before"],
        unit=unit,
        good=main["good"] if main["good"] in ("up", "down") else None,
        surprise=3.0 if action["status"] == WORSE else 2.6,
    )


def _measures(review: "Review", action: str) -> list[Row]:
    found: list[Row] = list(review.outcomes[review.outcomes["action"] == action].to_dict("records"))
    return sorted(found, key=lambda row: _ORDER[row["kind"]])


def _moved(row: Row) -> str:
    """Say a measure after against before with its range."""
    unit, size = str(row["unit"]), _DIFFERENCE.get(str(row["unit"]), str(row["unit"]))
    low, high = (in_words(row[c], size, signed=True) for c in ("lower", "upper"))
    before, after, by = alike(row["before"], row["after"], unit)
    span = f", 95\u00a0% range {ends(low, high)}" if math.isfinite(row["lower"]) else ""
    return f"{row['measure']} {after}, before {before} ({by}{span})"


def _with(review: "Review", *statuses: str) -> list[Row]:
    return [row for row in review.loops.to_dict("records") if row["status"] in statuses]


def _nothing(review: "Review") -> Finding | None:
    rows = _with(review, NOTHING)
    if not rows:
        return None
    mains = [_measures(review, str(row["action"]))[0] for row in rows]
    told = "; ".join(f"{row['title']}: {_moved(main)}" for row, main in zip(rows, mains, strict=True))
    return Finding(
        name="loop.no_change",
        headline=f"No change to be seen from {times(len(rows), 'shipped action')}",
        sentence=f"{told}. No change is not proof of none: the ranges say how much could be hidden in them.",
        value=float(len(rows)),
        surprise=1.2,
    )


def _unmeasured(review: "Review") -> Finding | None:
    rows, early = _with(review, UNMEASURED), _with(review, EARLY)
    if not rows and not early:
        return None
    parts = [f"{r['title']}, shipped {day_words(r['shipped'])}{': ' + r['note'] if r['note'] else ''}" for r in rows]
    later = f"Too early to judge, as four whole weeks or three months have to pass: {listed([r['title'] for r in early])}." if early else ""
    told = f"{'; '.join(parts)}. " if parts else ""
    headline = (
        f"{times(len(rows), 'action')} shipped and cannot be measured"
        if rows
        else f"{times(len(early), 'shipped action')} too early to judge"
    )
    return Finding(
        name="loop.not_measured", headline=headline, sentence=told + later, value=float(len(rows)), surprise=1.4 if rows else 0.7
    )


def _overdue(review: "Review") -> Finding | None:
    late = _with(review, OVERDUE)
    if not late:
        return None
    told = "; ".join(f"{r['title']} ({_who(r)}), due {day_words(r['due'])}, {times(int(r['days']), 'day')} ago" for r in late)
    return Finding(
        name="loop.overdue",
        headline=first_that_fits(f"{times(len(late), 'action')} overdue, the longest by {times(int(late[0]['days']), 'day')}"),
        sentence=f"{told}.",
        value=float(len(late)),
        good="down",
        surprise=1.7,
    )


def _who(row: Row) -> str:
    return "\u00a0· ".join(filter(None, [str(row["owner"]), str(row["team"])])) or "no owner"


def _owed(review: "Review") -> Finding | None:
    """Say who waits on whom, the longest wait first."""
    rows: list[Row] = list(review.owed.to_dict("records"))
    if not rows:
        return None
    first = rows[0]
    told = "; ".join(
        f"{r['to'] or r['action']} waits on {r['owes']}"
        + (f" for {r['what']}" if r["what"] != r["action"] else "")
        + (f", since {day_words(r['since'])}" if r["since"] else "")
        for r in rows
    )
    since = f" for {times(int(first['days']), 'day')}" if math.isfinite(first["days"]) else ""
    return Finding(
        name="loop.owed",
        headline=first_that_fits(f"{first['owes']} has kept {first['to'] or 'an action'} waiting{since}", f"{first['owes']} is waited on"),
        sentence=f"{told}.",
        value=float(len(rows)),
        surprise=1.9,
    )
