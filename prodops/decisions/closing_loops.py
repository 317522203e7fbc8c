"""Closing the loop: what became of the theme, the mood and the KPI of each action that shipped, after against before.

An action is closed by a measured outcome and by nothing else. After against before is no proof of a cause: what else changed on that day changed
the numbers too. The launch report's readout with a control and a placebo says more, where there is one.
"""

import math
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple

from prodops.decisions.levels import Change, change
from prodops.decisions.log import Action, ActionLog
from prodops.decisions.pasts import Themes, of_kpi

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from prodops.decisions.pasts import Kpi

WEEKS = 13
"""Most whole periods looked at on either side."""
LEAST = {"week": 4, "month": 3}
"""Whole periods after an action that it takes to judge it."""
OVERDUE, WAITING, UNMEASURED, EARLY, WORSE, NOTHING, OPEN, HELPED = (
    "overdue", "waiting", "not measured", "too early", "worse", "no change", "open", "helped",
)  # fmt: skip
STATUSES = (OVERDUE, WAITING, WORSE, NOTHING, UNMEASURED, EARLY, OPEN, HELPED)
"""In the order in which a reader should see them; all but the last, and a change for the worse or none, leave the loop open."""
OPEN_ONES = (OVERDUE, WAITING, UNMEASURED, EARLY, OPEN)
LOOPS = ("action", "title", "status", "is_open", "owner", "team", "ticket", "due", "shipped", "days", "themes", "kpi", "note")
OUTCOMES = (
    "action", "title", "measure", "kind", "unit", "good", "before", "after", "difference", "lower", "upper", "periods_before", "periods_after",
    "grain", "verdict",
)  # fmt: skip


class Outcome(NamedTuple):
    """One measure of one action, after against before; the columns of :func:`outcomes`."""

    action: str
    title: str
    measure: str
    kind: str
    unit: str
    good: str
    before: float
    after: float
    difference: float
    lower: float
    upper: float
    periods_before: int
    periods_after: int
    grain: str
    verdict: str


def outcomes(
    log: ActionLog, *, themes: Themes, history: "pd.DataFrame | None", kpis: "Mapping[str, Kpi]", as_of: datetime, currency: str = "EUR"
) -> "pd.DataFrame":
    """Measure each action that had shipped by ``as_of`` by its themes (voices per 1,000 active users, or voices where users are not known), by how those who
    spoke of them felt, and by its KPI: the columns of :class:`Outcome`, one row a measure.

    Sides are up to 13 whole periods, ``difference`` is after − before with its 95 % range, ``verdict`` is helped, worse, no change (the range
    holds 0), or too early (fewer than four whole weeks, three months, after it). What a linked theme or KPI is not known of has no row.
    """
    import pandas as pd

    shipped = {name: action for name, action in log.items() if action.shipped and action.shipped < as_of.date()}
    rows = [row for name, action in shipped.items() for row in _measured(log, name, action, themes, history, kpis, currency)]
    return pd.DataFrame(rows, columns=list(OUTCOMES))


def _measured(
    log: ActionLog, name: str, action: Action, themes: Themes, history: "pd.DataFrame | None", kpis: "Mapping[str, Kpi]", currency: str
) -> list[Outcome]:
    assert action.shipped
    found: list[tuple[str, str, str, str, pd.DataFrame]] = []
    for theme in filter(themes.find, action.themes):
        shown, rate = themes.find(theme), themes.per_1000(theme)
        known = rate["value"].notna().any()
        found.append(
            (f"Feedback on “{shown}”", "volume", "per_1000" if known else "count", "down", rate if known else themes.voices(theme))
        )
        found.append((f"Mood in “{shown}”", "mood", "rating", "up", themes.mood(theme)))
    if action.kpi and action.kpi in kpis:
        kpi = kpis[action.kpi]
        found.append((kpi.label, "kpi", kpi.unit_in(currency), kpi.good, of_kpi(history, action.kpi)))
    return [
        _outcome(name, log.label(name), measure, kind, unit, good, periods, action.shipped)
        for measure, kind, unit, good, periods in found
        if periods["value"].notna().any()
    ]


def _outcome(name: str, title: str, measure: str, kind: str, unit: str, good: str, periods: "pd.DataFrame", shipped: date) -> Outcome:
    length = (periods["period_end"] - periods["period_start"]).dt.days.median()
    grain = "month" if length > 20 else "week"
    moved = change(periods, shipped, most=WEEKS if grain == "week" else WEEKS - 1)
    verdict = _verdict(moved, good, LEAST[grain])
    size = moved.difference
    return Outcome(
        name,
        title,
        measure,
        kind,
        unit,
        good,
        moved.before,
        moved.after,
        size.value,
        size.lower,
        size.upper,
        *moved.periods,
        grain,
        verdict,
    )


def _verdict(moved: Change, good: str, least: int) -> str:
    if moved.periods[1] < least:
        return EARLY
    if min(moved.periods) < 2 or math.isnan(moved.difference.lower):
        return UNMEASURED
    if not moved.is_clear or good not in ("up", "down"):
        return NOTHING
    return HELPED if (moved.difference.value > 0) == (good == "up") else WORSE


def loops(log: ActionLog, measured: "pd.DataFrame", *, themes: Themes, kpis: "Mapping[str, Kpi]", as_of: datetime) -> "pd.DataFrame":
    """Say of each action how it stands, open loops first: ``status`` (see :data:`STATUSES`), ``is_open``, ``days`` and a ``note``.

    ``measured`` is what :func:`outcomes` gave. ``days`` counts since it was due (overdue), since it waits (waiting), since it shipped, or until
    it is due (negative). An action has helped where its main measure has (its KPI, else its themes' volume); one that shipped and cannot be
    measured stays open.
    """
    import pandas as pd

    rows = [_stands(log, name, action, measured, themes, kpis, as_of.date()) for name, action in log.items()]
    frame = pd.DataFrame(rows, columns=list(LOOPS))
    order = frame["status"].map({s: n for n, s in enumerate(STATUSES)}).astype(float)
    late = -pd.to_numeric(frame["days"]).astype(float).fillna(-1e9)
    return frame.assign(_a=order, _b=late).sort_values(["_a", "_b", "title"], kind="stable", ignore_index=True).drop(columns=["_a", "_b"])


def _stands(
    log: ActionLog, name: str, action: Action, measured: "pd.DataFrame", themes: Themes, kpis: "Mapping[str, Kpi]", today: date
) -> dict[str, object]:
    unknown = [themes.missing(t) for t in action.themes if not themes.find(t)] if len(themes.weekly) else []
    unknown += [f'there is no KPI "{action.kpi}"'] if action.kpi and action.kpi not in kpis else []
    status, days, note = _status(action, measured[measured["action"] == name], today)
    return {
        "action": name,
        "title": log.label(name),
        "status": status,
        "is_open": status in OPEN_ONES,
        "owner": action.owner,
        "team": action.team,
        "ticket": action.ticket,
        "due": action.due,
        "shipped": action.shipped if action.shipped and action.shipped < today else None,
        "days": days,
        "themes": ", ".join(filter(None, map(themes.find, action.themes))),
        "kpi": kpis[action.kpi].label if action.kpi in kpis else "",
        "note": "; ".join([*([note] if note else []), *unknown]),
    }


def _status(action: Action, measured: "pd.DataFrame", today: date) -> tuple[str, float, str]:
    """Give an action's status, the days that go with it, and what is to be said of it."""
    if action.shipped and action.shipped < today:
        days = float((today - action.shipped).days)
        if measured.empty:
            named = action.themes or action.kpi
            return UNMEASURED, days, "" if named else "it names no theme and no KPI to be measured by"
        main = measured.sort_values("kind", key=lambda k: k.map({"kpi": 0, "volume": 1, "mood": 2}), kind="stable").iloc[0]
        return str(main["verdict"]), days, ""
    late = float((today - action.due).days) if action.due else math.nan
    if action.waiting:
        since = action.waiting.since
        note = f"on {action.waiting.on}" + (f" for {action.waiting.for_}" if action.waiting.for_ else "")
        return (
            WAITING,
            float((today - since).days) if since else math.nan,
            note + (f"; {late:.0f} day{'s' * (late != 1)} overdue" if late > 0 else ""),
        )
    return (OVERDUE if late > 0 else OPEN), late, ""


def owed(log: ActionLog, *, as_of: datetime) -> "pd.DataFrame":
    """Say who owes what to whom: ``owes`` (the team or person waited on), ``to`` (the action's team, or owner), ``what``, ``action``, ``since``,
    ``days``; the longest wait first, those of unknown length last."""
    import pandas as pd

    rows = [
        (
            w.on,
            a.team or a.owner,
            w.for_ or log.label(name),
            log.label(name),
            w.since,
            (as_of.date() - w.since).days if w.since else math.nan,
        )
        for name, a in log.items()
        if (w := a.waiting)
    ]
    frame = pd.DataFrame(rows, columns=["owes", "to", "what", "action", "since", "days"])
    return frame.sort_values(["days", "owes", "action"], ascending=[False, True, True], na_position="last", ignore_index=True)
