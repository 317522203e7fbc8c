"""Where a goal's KPI turned: the launch, price change or incident after which it stands clearly elsewhere."""

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from prodops.decisions.levels import Change, change
from prodops.decisions.pasts import of_kpi
from prodops.intervals import holm

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    import pandas as pd

WEEKS, LEAST, SURE = 13, 2, 0.05
FIRST_TIER = 1


RIVAL = 10.0
"""Events whose p-value is within so many times the smallest are named beside it: the periods cannot tell which it was."""


class Turn(NamedTuple):
    """What a KPI was before and after one dated event, and the other events that fit about as well."""

    name: str
    on: "date"
    change: Change
    rivals: "tuple[tuple[str, date], ...]" = ()


def turns(kpis: "Iterable[str]", history: "pd.DataFrame", launches: "pd.DataFrame | None") -> dict[str, Turn]:
    """Give for each KPI the event after which it moved most clearly, where some event did; other KPIs are left out.

    Up to 13 whole periods on either side, at least two; looked at are events of the first tier (all, where tiers are not given), and a move
    counts with p < 0.05 by Holm over all KPIs and events looked at. Together in time is not yet cause and effect.
    """
    events = _events(launches)
    pasts = {kpi: of_kpi(history, kpi) for kpi in dict.fromkeys(kpis)}
    tried = [(kpi, Turn(name, on, change(past, on, most=WEEKS))) for kpi, past in pasts.items() for name, on in events]
    tried = [(kpi, turn) for kpi, turn in tried if min(turn.change.periods) >= LEAST and math.isfinite(turn.change.p)]
    adjusted = holm(np.array([turn.change.p for _, turn in tried])) if tried else np.array([])
    found: dict[str, Turn] = {}
    for (kpi, turn), p in sorted(zip(tried, adjusted, strict=True), key=lambda t: (t[0][1].change.p, t[0][1].name)):
        if p < SURE and kpi not in found:
            near = [t for k, t in tried if k == kpi and t.name != turn.name and t.change.p <= RIVAL * turn.change.p]
            found[kpi] = turn._replace(rivals=tuple((t.name, t.on) for t in sorted(near, key=lambda t: t.on)))
    return found


def _events(launches: "pd.DataFrame | None") -> "list[tuple[str, date]]":
    """List the events of the first tier, or all, by name and day."""
    import pandas as pd

    if launches is None or launches.empty:
        return []
    tiers = pd.to_numeric(launches["tier"]).astype(float) if "tier" in launches else pd.Series(math.nan, index=launches.index)
    chosen = launches[tiers == FIRST_TIER] if (tiers == FIRST_TIER).any() else launches
    return [(str(name), on.date()) for name, on in zip(chosen["name"], pd.to_datetime(chosen["launched_on"]), strict=True)]
